"""From the paid prescription to the patient's hands: open, scan, explain, hand over, labels."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.owed_paper import owed_slip
from client.pharmacy import actions, herbal_acts, papers, parting
from client.pharmacy.model import BEING_SENT, HANDED_KEY, Handed, Mode
from client.pharmacy.picking import Picking, ScanDraft
from client.printing import slip_role
from common.dispensing_errors import CodeAlreadySold, OpenPackFirst, PackIsOpen, PromiseNeeded, WrongPack
from common.domain.barcodes import read_pack
from common.errors import NotFound, NotSignedIn, SessionLocked, Trouble, WrongState
from common.herbal_errors import BagsUnchecked, SlicesMissing
from common.i18n import N_, tr
from common.messages.pharmacy import CheckPack, Dispensed, GetLabels, PickPrescription
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.pharmacy_errors import CodeQuarantined
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.pharmacy.view.desk import PharmacyDesk
    from common.domain.barcodes import Pack
    from common.errors import XinglinError
    from common.messages.pharmacy import PickList

_SHORTEST, _LONGEST = 4, 100

# --- opening -----------------------------------------------------------------------------------------------------------------------


def open_prescription(desk: PharmacyDesk, prescription_id: int, *, by_itself: bool = False) -> None:
    """Lay the batches of a paid prescription aside and show where they stand. The scans of the one before stay as a draft."""
    model = desk.model
    if model.opening == prescription_id or (model.picking is not None and model.picking.handing):
        return
    if model.picking is not None and model.picking.facts.id == prescription_id:
        desk.enter_mode(Mode.DISPENSE)
        return
    keep_scans(desk)
    if not by_itself:
        desk.unsay()
    model.opening, model.problem, model.put_away = prescription_id, "", False
    desk.ops.describe(N_("pharmacy|Pick"))
    desk.send(
        PickPrescription(prescription_id=prescription_id),
        lambda picked: _opened(desk, picked, by_itself),
        lambda error: _not_opened(desk, prescription_id, error),
    )


def _opened(desk: PharmacyDesk, picked: PickList, by_itself: bool) -> None:
    model, facts = desk.model, picked.prescription
    if model.opening != facts.id:
        return
    model.opening = 0
    others = facts.picker not in ("", desk.place.session.staff.name)
    if others and by_itself:  # two idle desks reached for the same one
        model.passed_over.add(facts.id)
        actions.take_up(desk)
        return
    picking = Picking(picked)
    parting.begin(picking, desk.place.session.clinic.today)
    draft = desk.place.journal.draft(picking.draft_key, ScanDraft)
    if draft is not None:
        picking.restore(draft)
    model.picking, model.choosing_no_code = picking, False
    desk.enter_mode(Mode.DISPENSE)
    actions.read_around(desk, facts)
    if others:
        desk.tell(
            tr("{picker} has begun to pick {number}. Ask before you hand it over.", picker=facts.picker, number=facts.number), "warning"
        )
    elif facts.herbal is not None:
        desk.tell(tr("{number} is of slices: F4 leads to the scale.", number=facts.number), "info")
    check_again(desk)


def _not_opened(desk: PharmacyDesk, prescription_id: int, error: XinglinError) -> None:
    model = desk.model
    if model.opening == prescription_id:
        model.opening = 0
    model.passed_over.add(prescription_id)
    model.problem = str(error)
    desk.fail(error)
    desk.show_work()
    actions.load(desk)


def put_away(desk: PharmacyDesk) -> None:
    """Esc: close it; its batches stay laid aside and its scans stay as a draft."""
    model = desk.model
    if model.picking is None or model.picking.handing:
        return
    keep_scans(desk)
    model.picking, model.put_away = None, True
    desk.set_patient(None)
    desk.show_work()


# --- scanning ----------------------------------------------------------------------------------------------------------------------


@dataclass
class _Probe:
    """A code that the service is being asked about, line by line."""

    code: Pack
    waiting: int
    line_id: int | None = None
    refused: XinglinError | None = None
    lost: XinglinError | None = None


def scanned(desk: PharmacyDesk, text: str) -> str:
    """A pack was scanned. Returned is why it is refused at once; empty if it is taken or asked about."""
    picking = desk.model.picking
    if picking is None:
        return tr("Open a paid prescription first (Alt+2), then scan its packs.")
    if picking.handing:
        return tr(BEING_SENT)
    code = read_pack(text)
    if not _SHORTEST <= len(code.text) <= _LONGEST:
        return tr("This is no code of a pack.")
    if desk.model.mode is not Mode.DISPENSE:
        desk.enter_mode(Mode.DISPENSE)
    if not picking.hindrance() and picking.needs_second() and desk.dispense_page.second.scanned(text):
        return ""
    refused = picking.refusal(code)
    if not refused:
        known = picking.known(code)
        if known is None:
            _ask(desk, picking, code)
        else:
            _take(desk, picking, known, code)
    return refused


def _ask(desk: PharmacyDesk, picking: Picking, code: Pack) -> None:
    """Ask about every line that it may belong to, at once: one says yes, the others that it is the wrong pack."""
    lines = picking.candidates(code)
    probe = _Probe(code, len(lines))
    picking.checking += 1
    for line_id in lines:

        def done(_done: object, line_id: int = line_id) -> None:
            probe.line_id = line_id
            _answered(desk, picking, probe)

        def failed(error: XinglinError) -> None:
            if isinstance(error, Trouble | NotSignedIn | SessionLocked):
                probe.lost = error
            elif not isinstance(error, WrongPack):
                probe.refused = error
            _answered(desk, picking, probe)

        desk.send(CheckPack(line_id=line_id, code=code.text), done, failed, key=f"pack {desk.next_serial()}")


def _answered(desk: PharmacyDesk, picking: Picking, probe: _Probe) -> None:
    probe.waiting -= 1
    if probe.waiting:
        return
    picking.checking -= 1
    if desk.model.picking is picking:
        _judge(desk, picking, probe)
    if picking.go_when_checked and not picking.checking:
        picking.go_when_checked = False
        if desk.model.picking is picking:
            hand_over(desk)


def _judge(desk: PharmacyDesk, picking: Picking, probe: _Probe) -> None:
    code = probe.code
    if probe.line_id is not None:
        # Between question and answer other packs were taken.
        refused = picking.refusal(code) or picking.full(probe.line_id) or picking.leaves_opened(probe.line_id, code)
        desk.refuse(refused) if refused else _take(desk, picking, probe.line_id, code)
    elif probe.refused is not None:
        desk.refuse(str(probe.refused))
    elif probe.lost is not None:
        picking.unplaced.append(code.text)
        keep_scans(desk)
        desk.refuse(tr("The pack is noted and will be checked when the service answers again. {why}", why=str(probe.lost)), "warning")
    else:
        desk.refuse(tr("Wrong pack: {code} belongs to no drug of this prescription. Put it back.", code=code.text))
    desk.show_work()


def _take(desk: PharmacyDesk, picking: Picking, line_id: int, code: Pack) -> None:
    picking.take(line_id, code)
    desk.sound(accepted=True)
    desk.keep_soon()
    line = picking.line(line_id)
    if picking.hindrance():
        words = tr("pharmacy|{drug}: {n} of {wanted}", drug=line.name, n=picking.scanned(line_id), wanted=picking.wanted(line_id))
        desk.tell(words, "info")
    else:
        desk.tell(tr("All packs are scanned. Compare the ten items, then hand over with F12."), "info")
    desk.show_work(line_id)


def check_again(desk: PharmacyDesk) -> None:
    """Ask about the packs that could not be checked when they were scanned."""
    picking = desk.model.picking
    if picking is None or not picking.unplaced or picking.checking:
        return
    codes, picking.unplaced = picking.unplaced, []
    for text in codes:
        code = read_pack(text)
        if not picking.refusal(code):
            _ask(desk, picking, code)


def keep_scans(desk: PharmacyDesk) -> None:
    """What was scanned is on the disk."""
    picking = desk.model.picking
    if picking is None or picking.handing:
        return
    draft = picking.draft()
    if draft is None:
        desk.place.journal.drop(picking.draft_key)
    else:
        desk.place.journal.keep(picking.draft_key, draft)


# --- without a code, and taking back -----------------------------------------------------------------------------------------------


def begin_no_code(desk: PharmacyDesk) -> None:
    """F6: the reasons stand to choose from, for the line that is current in the list.

    The line that was scanned last needs none once all its packs are there: then the next one along the shelves is meant.
    """
    picking, line_id = desk.model.picking, desk.dispense_page.current_line()
    desk.model.choosing_no_code = not desk.model.choosing_no_code
    desk.dispense_page.batch.close()
    done = picking is not None and line_id is not None and line_id not in picking.without and picking.settled(line_id)
    desk.show_work(picking.next_line() if done and picking is not None else None)
    desk.dispense_page.focus()


def explain(desk: PharmacyDesk, reason: str) -> None:
    """The current line goes without a code; an empty reason takes that back."""
    picking, line_id = desk.model.picking, desk.dispense_page.current_line()
    if picking is None or line_id is None or picking.handing:
        return
    picking.explain(line_id, reason)
    desk.model.choosing_no_code = False
    desk.keep_soon()
    desk.show_work(picking.next_line())
    desk.dispense_page.focus()


def undo(desk: PharmacyDesk) -> None:
    """Ctrl+Z: the last pack, or the last reason, is taken back."""
    picking = desk.model.picking
    if picking is None or picking.handing:
        return
    line_id = picking.undo()
    if line_id is not None:
        desk.tell(tr("Taken back: {drug}", drug=picking.line(line_id).name), "info")
    else:
        picking.unplaced.clear()
    desk.keep_soon()
    desk.show_work(line_id)


# --- handing over ------------------------------------------------------------------------------------------------------------------


def hand_over(desk: PharmacyDesk) -> None:
    """F12. Pressed while a pack is still being checked, it waits for that; pressed twice, it is one act."""
    picking = desk.model.picking
    if picking is None or picking.handing:
        return
    if picking.checking:
        picking.go_when_checked = True
        return
    desk.dispense_page.owing.flush()
    hindrance = picking.hindrance()
    if hindrance:
        desk.tell(hindrance, "warning")
        return
    if picking.needs_second():
        desk.tell(tr("Drugs under special control: a second person has to look on, or say why nobody else is on duty."), "warning")
        desk.dispense_page.second.start()
        return
    keep_scans(desk)
    picking.handing = True
    desk.ops.describe(N_("pharmacy|Hand over"))
    desk.send(
        picking.request(),
        lambda reply: _handed(desk, picking, reply),
        lambda error: _refused(desk, picking, error),
        request_id=picking.request_id,
    )
    desk.show_work()


def _handed(desk: PharmacyDesk, picking: Picking, reply: Dispensed) -> None:
    model, facts = desk.model, reply.prescription
    print_labels(desk, reply, picking.request_id)
    desk.place.journal.drop(picking.draft_key)
    model.remember(Handed(facts.id, facts.number, facts.patient_name))
    desk.place.journal.desk.keep(HANDED_KEY, model.handed)
    words = tr(
        "Handed over: {patient}, prescription {number}. Drugs: {n}, labels: {labels}.",
        patient=facts.patient_name,
        n=len({(label.name, label.specification) for label in reply.labels}),
        number=facts.number,
        labels=len(reply.labels),
    )
    if reply.owed is not None:
        words += " " + tr(
            "Owed: {n} drugs, slip {slip}, till {day}.", n=len(reply.owed.lines), slip=reply.owed.number, day=reply.owed.promised
        )
    desk.tell(words, follow=["reprint"])
    if model.picking is picking:
        model.picking, model.put_away = None, False
        model.finished_at = time.monotonic()  # a press that was on its way while the answer came is still the same press
    model.without(facts.id)
    desk.show_lists()
    actions.take_up(desk)
    desk.show_work()


def _refused(desk: PharmacyDesk, picking: Picking, error: XinglinError) -> None:
    picking.handing = False
    picking.request_id = new_request_id()
    desk.refuse(str(error))
    if isinstance(error, PromiseNeeded):
        picking.owing.shown = True
    if isinstance(error, SlicesMissing | BagsUnchecked):
        herbal_acts.lead_to_scale(desk, picking.facts.id, error.sentence())
    if isinstance(error, ApprovalNeeded | ApprovalNotValid):
        picking.approval_id = None
        desk.dispense_page.second.forget()
    if isinstance(error, CodeAlreadySold | WrongPack | PackIsOpen | CodeQuarantined):
        picking.drop(error.code)
        desk.keep_soon()
    elif isinstance(error, OpenPackFirst):
        picking.drop_unopened(error.drug)
        desk.keep_soon()
    elif isinstance(error, WrongState | NotFound):
        actions.explain_change(desk, picking.facts.id)
        actions.load(desk)
    desk.show_work()


# --- labels ------------------------------------------------------------------------------------------------------------------------


def print_labels(desk: PharmacyDesk, reply: Dispensed, request_id: str, *, copy: int = 1) -> None:
    """One label for each bag."""
    now, by = desk.place.now(), desk.place.session.staff.name
    for label in papers.labels(reply, printed_at=now, by=by, copy=copy):
        desk.place.paper.print(label, "label", request_id)
    if reply.owed is not None:
        desk.place.paper.print(owed_slip(reply.owed, printed_at=now, by=by, copy=copy), slip_role(desk.place.devices), request_id)
    desk.labels_of = (reply.prescription.id, request_id)


def reprint(desk: PharmacyDesk) -> None:
    """F9: the labels of the last hand-over once more, also after the desk was started anew."""
    last = desk.model.handed.entries[0]
    desk.tell(tr("The labels of {patient} ({number}) are printed again.", patient=last.patient_name, number=last.number), "info")
    prescription_id, request_id = desk.labels_of
    if prescription_id == last.prescription_id and desk.place.paper.repeats(request_id):
        desk.place.paper.again()
        return
    desk.send(GetLabels(prescription_id=last.prescription_id), lambda reply: print_labels(desk, reply, new_request_id(), copy=2))
