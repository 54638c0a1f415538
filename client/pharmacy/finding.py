"""What a scan or a card names: a pack, or the paper and the person that a prescription belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.pharmacy import actions, handing
from client.pharmacy.model import Mode
from client.pharmacy.papers import digits_of
from common.domain.barcodes import OwnCode, OwnKind, PaymentCode, ResidentId, classify
from common.i18n import N_, tr
from common.messages.patients import PatientHits, SearchPatients
from common.messages.pharmacy import ListToDispense

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.pharmacy.view.desk import PharmacyDesk
    from common.messages.pharmacy import PharmacyEntry, PharmacyList


def paper_or_pack(desk: PharmacyDesk, text: str) -> str:
    """A code was scanned. Returned is why it is refused; empty if it is taken."""
    seen = classify(text)
    if isinstance(seen, OwnCode):
        return _paper(desk, seen)
    if isinstance(seen, PaymentCode | ResidentId):
        return tr("This is no code of a pack.")
    return handing.scanned(desk, text)


def _paper(desk: PharmacyDesk, code: OwnCode) -> str:
    """A prescription, registration slip or patient barcode opens what waits here; paid prescriptions go before."""
    if code.kind not in _NAMED_BY:
        return tr("Scan the prescription, the registration slip or the patient's barcode.")
    if not _opens(desk, code):  # it may have been paid this very moment
        desk.send(ListToDispense(), lambda reply: _look_again(desk, code, reply), key="who")
    return ""


def _opens(desk: PharmacyDesk, code: OwnCode) -> bool:
    named = _NAMED_BY[code.kind]
    for entry in (*desk.model.to_dispense, *desk.model.to_review):
        if digits_of(named(entry)) == code.number:
            desk.sound(accepted=True)
            open_entry(desk, entry)
            return True
    return False


def _look_again(desk: PharmacyDesk, code: OwnCode, reply: PharmacyList) -> None:
    """With the list of now."""
    desk.model.to_dispense = reply.entries
    found = _opens(desk, code)
    actions.listed(desk, Mode.DISPENSE, reply)  # after it, so that an idle desk takes up this one and no other
    if found:
        return
    if code.kind is OwnKind.PRESCRIPTION:
        desk.refuse(_not_waiting(desk, code.number))
    else:
        desk.refuse(tr("Nothing waits for this patient here."))


_NAMED_BY: Final[dict[OwnKind, Callable[[PharmacyEntry], str]]] = {
    OwnKind.PRESCRIPTION: lambda entry: entry.number,
    OwnKind.VISIT: lambda entry: entry.visit_number,
    OwnKind.PATIENT: lambda entry: entry.patient_number,
}


def _not_waiting(desk: PharmacyDesk, number: int) -> str:
    for handed in desk.model.handed.entries:
        if digits_of(handed.number) == number:
            desk.model.remember(handed)
            words = N_("{number} {patient} was handed over here already. F9 prints its labels again.")
            return tr(words, number=handed.number, patient=handed.patient_name)
    words = N_("Prescription {number} is on neither list: it is not paid, or handed over already. What is owed stands at the desk Owed.")
    return tr(words, number=number)


def open_entry(desk: PharmacyDesk, entry: PharmacyEntry) -> None:
    """Open what a list shows: for review, or to hand over."""
    if entry.state in ("PAID", "PICKED"):
        handing.open_prescription(desk, entry.prescription_id)
        return
    desk.enter_mode(Mode.REVIEW)
    desk.lists.review.select(entry.prescription_id)
    actions.read(desk, entry.prescription_id)


def open_first(desk: PharmacyDesk) -> None:
    """Enter in the search field: the first one found opens; paid ones go before."""
    model = desk.model
    found = [*model.shown(Mode.DISPENSE), *model.shown(Mode.REVIEW)]
    if not model.sought.strip() or not found:
        desk.tell(tr("Nothing on the lists fits “{text}”.", text=model.sought.strip()), "warning")
        return
    entry = found[0]
    model.sought = ""
    desk.show_lists()
    desk.lists.table(Mode.DISPENSE if entry.state in ("PAID", "PICKED") else Mode.REVIEW).setFocus()
    open_entry(desk, entry)


def by_document(desk: PharmacyDesk, number: str) -> None:
    """A card was read: what waits for this person opens."""
    desk.send(SearchPatients(text=number, limit=2), lambda hits: _found(desk, hits), key="who")


def _found(desk: PharmacyDesk, hits: PatientHits) -> None:
    hit = hits.hits[0] if len(hits.hits) == 1 else None
    entry = desk.model.find(patient_id=hit.id) if hit is not None else None
    if entry is not None:
        open_entry(desk, entry)
    elif hit is not None:
        desk.refuse(tr("Nothing waits for {patient} here.", patient=hit.name), "warning")
    else:
        desk.refuse(tr("This person is not known here."), "warning")
