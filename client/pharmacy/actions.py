"""The worklists and the review: reading, approving, sending back. Handing over is in :mod:`client.pharmacy.handing`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from client.pharmacy import asking, batch, boiling, handing, taking_back, windows
from client.pharmacy.model import HANDED_KEY, NO_REASON, HandedList, Mode
from client.pharmacy.review import BackDraft, Review
from common.domain.states import PRESCRIPTION
from common.errors import NotFound, WrongState
from common.i18n import N_, tr
from common.messages.catalogue import DrugHits, GetLists, SearchDrugs
from common.messages.consult import GetPrescription
from common.messages.patients import GetPatient
from common.messages.pharmacy import ListToDispense, ListToReview
from common.permissions import Permission
from common.prescribing_errors import PrescriptionExpired

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.catalogue import Lists
    from common.messages.consult import PrescriptionFacts
    from common.messages.patients import PatientSummary
    from common.messages.pharmacy import PharmacyEntry, PharmacyList

#: So many drugs of a name are looked at to find the very one of a line.
_NAMESAKES = 50

# --- the worklists -----------------------------------------------------------------------------------------------------------------


def load(desk: PharmacyDesk) -> None:
    """Read both worklists, and once the short lists and what was handed over last."""
    if desk.place.lists is None:
        desk.send(GetLists(), lambda lists: _lists_came(desk, lists))
    if not desk.model.loaded:
        desk.model.handed = desk.place.journal.desk.draft(HANDED_KEY, HandedList) or HandedList()
        taking_back.say_what_is_left(desk)
    windows.load(desk)
    batch.load(desk)
    desk.send(ListToReview(), lambda reply: listed(desk, Mode.REVIEW, reply))
    desk.send(ListToDispense(), lambda reply: listed(desk, Mode.DISPENSE, reply))


def _lists_came(desk: PharmacyDesk, lists: Lists) -> None:
    desk.place.lists = lists
    desk.show_work()


def listed(desk: PharmacyDesk, mode: Mode, reply: PharmacyList) -> None:
    """A worklist arrived."""
    model = desk.model
    if mode is Mode.REVIEW:
        model.to_review = reply.entries
    else:
        model.to_dispense = reply.entries
    model.loaded.add(mode)
    desk.show_lists()
    _look_after_open(desk, mode)
    take_up(desk)


def take_up(desk: PharmacyDesk) -> None:
    """An idle desk takes up what waits: in its own list, else in the other one. What was put away by hand stays away."""
    model = desk.model
    if model.returns.shown or model.herbal.shown or len(model.loaded) < len(Mode) or not model.idle():
        return
    _choose_mode(desk)
    if model.mode is Mode.REVIEW:
        entry = desk.lists.review.current()
        if entry is not None:
            read(desk, entry.prescription_id)
    elif not model.put_away and (fresh := model.next_paid()) is not None:
        handing.open_prescription(desk, fresh, by_itself=True)
    if model.idle():
        desk.set_patient(None)
    desk.show_work()


def _choose_mode(desk: PharmacyDesk) -> None:
    """At first the review goes before, since patients cannot pay without it; later one changes over only when nothing is left."""
    model = desk.model
    may_review = desk.place.may(Permission.PHARMACY_REVIEW)
    if not model.mode_chosen:
        wanted = Mode.REVIEW if model.to_review and may_review else Mode.DISPENSE
        model.mode_chosen = bool(model.entries(wanted))
    elif not model.entries(model.mode):
        wanted = Mode.DISPENSE if model.to_dispense else Mode.REVIEW if model.to_review and may_review else model.mode
    else:
        return
    if wanted is not model.mode:
        desk.enter_mode(wanted)


def _look_after_open(desk: PharmacyDesk, mode: Mode) -> None:
    """What is open here and is off the list now was decided on elsewhere."""
    model = desk.model
    on_list = {entry.prescription_id for entry in model.entries(mode)}
    if mode is Mode.REVIEW and model.review is not None and not model.review.deciding:
        facts = model.review.facts
    elif mode is Mode.DISPENSE and model.picking is not None and not model.picking.handing:
        facts = model.picking.facts
    else:
        return
    owed = mode is Mode.DISPENSE and facts.state == "PART_DISPENSED"  # what is owed stands on a list of its own
    if facts.id not in on_list and not owed:
        explain_change(desk, facts.id)


def explain_change(desk: PharmacyDesk, prescription_id: int) -> None:
    """Say who did what with a prescription that was open here, and close it."""
    desk.send(
        GetPrescription(prescription_id=prescription_id), lambda facts: _changed_elsewhere(desk, facts), key=f"changed {prescription_id}"
    )


def _changed_elsewhere(desk: PharmacyDesk, facts: PrescriptionFacts) -> None:
    model = desk.model
    reviewed = model.review is not None and model.review.facts.id == facts.id and facts.state != "SUBMITTED"
    taken = model.picking is not None and model.picking.facts.id == facts.id and facts.state not in ("PAID", "PICKED", "PART_DISPENSED")
    if not reviewed and not taken:
        return
    who = facts.dispenser if facts.state == "DISPENSED" else facts.reviewer if facts.state in ("APPROVED", "REJECTED", "PAID") else ""
    words = {"number": facts.number, "patient": facts.patient_name, "state": PRESCRIPTION.label(facts.state), "who": who}
    if who:
        desk.tell(tr("{number} {patient} is “{state}” now, by {who} at another desk.", **words), "warning")
    else:
        desk.tell(
            tr("{number} {patient} is “{state}” now.", number=words["number"], patient=words["patient"], state=words["state"]), "warning"
        )
    if taken and model.picking is not None:
        desk.place.journal.drop(model.picking.draft_key)
        model.picking = None
    if reviewed:
        model.review = None
    _gone(desk, facts.id)


def _gone(desk: PharmacyDesk, prescription_id: int) -> None:
    """It is off the lists; the next one opens."""
    desk.model.without(prescription_id)
    desk.show_lists()
    take_up(desk)
    desk.show_work()


# --- what is read with a prescription ----------------------------------------------------------------------------------------------


def read(desk: PharmacyDesk, prescription_id: int) -> None:
    """Open a prescription for review."""
    model = desk.model
    if model.reading == prescription_id or (model.review is not None and model.review.facts.id == prescription_id):
        return
    keep_reasons(desk)
    model.review, model.reading = None, prescription_id
    desk.send(GetPrescription(prescription_id=prescription_id), lambda facts: _opened(desk, facts), lambda error: _not_opened(desk, error))
    desk.state_changed.emit()


def _opened(desk: PharmacyDesk, facts: PrescriptionFacts) -> None:
    model = desk.model
    if model.reading != facts.id:
        return
    model.reading = 0
    model.review = Review(facts)
    draft = desk.place.journal.draft(model.review.draft_key, BackDraft)
    if draft is not None:
        model.review.restore(draft)
    read_around(desk, facts)
    asking.read(desk, model.review)
    boiling.read(desk, model.review)
    desk.show_work()


def _not_opened(desk: PharmacyDesk, error: XinglinError) -> None:
    desk.model.reading = 0
    desk.fail(error)


def read_around(desk: PharmacyDesk, facts: PrescriptionFacts) -> None:
    """The patient for the banner, and the drugs for the rules."""
    model = desk.model
    desk.send(GetPatient(patient_id=facts.patient_id), lambda summary: _patient_came(desk, summary))
    for line in facts.lines:
        if line.drug_id not in model.drugs:
            request = SearchDrugs(text=line.name[:40], limit=_NAMESAKES)
            desk.send(request, lambda hits: _drugs_came(desk, hits), key=f"drug {line.drug_id}")
    if model.review is not None:
        model.review.drugs = model.drugs


def _patient_came(desk: PharmacyDesk, summary: PatientSummary) -> None:
    model = desk.model
    if model.review is not None and model.review.facts.patient_id == summary.id:
        model.review.patient = summary
    if not model.herbal.shown:  # there another patient's slices lie on the scale
        desk.set_patient(summary)
    desk.show_work()


def _drugs_came(desk: PharmacyDesk, hits: DrugHits) -> None:
    desk.model.drugs.update({drug.id: drug for drug in hits.drugs})
    desk.show_work()


def choose(desk: PharmacyDesk, entry: PharmacyEntry | None) -> None:
    """Another row of the review list is current."""
    if entry is not None and desk.model.mode is Mode.REVIEW:
        read(desk, entry.prescription_id)


# --- deciding ----------------------------------------------------------------------------------------------------------------------


def finish(desk: PharmacyDesk) -> None:
    """F12: approve, send back, hand over or take back, whichever the desk is at."""
    model, review = desk.model, desk.model.review
    if model.returns.shown:
        taking_back.finish(desk)
    elif model.mode is Mode.DISPENSE:
        handing.hand_over(desk)
    elif review is not None and not model.just_finished():
        model.finished_at = time.monotonic()
        desk.ops.describe(N_("pharmacy|Send back") if review.sending_back else N_("pharmacy|Approve"))
        send_back(desk, review) if review.sending_back else approve(desk, review)


def approve(desk: PharmacyDesk, review: Review) -> None:
    """审方通过: the reviewer signs, and the next one opens by itself."""
    review.deciding = True
    words = tr("Approved {number}, {patient}; it can be paid now.", number=review.facts.number, patient=review.facts.patient_name)
    desk.send(
        review.approval(),
        lambda _facts: _decided(desk, review, words),
        lambda error: _refused(desk, review, error),
        request_id=review.approve_id,
    )


def begin_send_back(desk: PharmacyDesk) -> None:
    """F7: the reasons stand to choose from; F7 again puts them away."""
    review = desk.model.review
    if review is not None:
        review.sending_back, review.asking = not review.sending_back, False
        desk.show_work()
        desk.review_page.focus()


def send_back(desk: PharmacyDesk, review: Review) -> None:
    """Back to the doctor with reasons."""
    if review.deciding:
        return
    if not review.may_send_back():
        desk.tell(tr(NO_REASON), "warning")
        return
    review.deciding = True
    words = tr(
        "Sent back to {doctor}: {number}, {patient}.",
        doctor=review.facts.doctor,
        number=review.facts.number,
        patient=review.facts.patient_name,
    )
    desk.send(
        review.rejection(),
        lambda _done: _decided(desk, review, words),
        lambda error: _refused(desk, review, error),
        request_id=review.reject_id,
    )


def keep_reasons(desk: PharmacyDesk) -> None:
    """What was chosen and written of a sending back is on the disk."""
    review = desk.model.review
    if review is None or review.deciding:
        return
    _keep(desk, review.draft_key, review.draft)


def _keep(desk: PharmacyDesk, key: str, draft: Callable[[], object | None]) -> None:
    value = draft()
    if value is None:
        desk.place.journal.drop(key)
    else:
        desk.place.journal.keep(key, value)


def _decided(desk: PharmacyDesk, review: Review, words: str) -> None:
    desk.place.journal.drop(review.draft_key)
    if desk.model.review is review:
        desk.model.review = None
    desk.tell(words)
    _gone(desk, review.facts.id)


def _refused(desk: PharmacyDesk, review: Review, error: XinglinError) -> None:
    review.deciding = False
    desk.fail(error)
    if isinstance(error, WrongState | PrescriptionExpired | NotFound):
        desk.place.journal.drop(review.draft_key)
        if desk.model.review is review:
            desk.model.review = None
        _gone(desk, review.facts.id)
    load(desk)
