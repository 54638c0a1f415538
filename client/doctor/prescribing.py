"""What the doctor's desk does about prescriptions: finding drugs and diagnoses, signing, following, voiding, scans and cards."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from client.doctor import words
from client.doctor.actions import call, choose, keep_work, load_patient, save, start
from client.doctor.papers import prescription_paper
from client.doctor.sheet import Sheet, line_again
from common.domain.barcodes import BarcodeInvalid, OwnKind, parse
from common.domain.money import format_yuan
from common.domain.states import PRESCRIPTION
from common.errors import NotEnoughStock, RequestIdReused
from common.i18n import tr
from common.messages.catalogue import SearchDiagnoses, SearchDrugs
from common.messages.consult import GetEncounter, GetPrescription, VoidPrescription
from common.prescribing_errors import NoDiagnosis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.doctor.view.desk import DoctorDesk
    from client.doctor.work import VisitWork
    from common.domain.prescription import Finding
    from common.errors import XinglinError
    from common.messages.catalogue import DiagnosisHits, DrugFacts, DrugHits
    from common.messages.consult import Encounter, PrescriptionFacts

# --- finding -----------------------------------------------------------------------------------------------------------------------


def find_drugs(desk: DoctorDesk, text: str, show: Callable[[Sequence[Any]], None]) -> None:
    """Drugs for what was typed: at once where the same letters were answered a moment ago, else from the service."""
    known = desk.model.found_drugs(text, _now())
    if known is not None:
        show(known)
        return

    def found(hits: DrugHits) -> None:
        desk.model.keep_drugs(text, hits.drugs, _now())
        show(hits.drugs)

    desk.send(SearchDrugs(text=text[:40]), done=found, key="find drugs")


def find_diagnoses(desk: DoctorDesk, text: str, show: Callable[[Sequence[Any]], None]) -> None:
    """Diagnoses for what was typed."""
    known = desk.model.found_diagnoses(text)
    if known is not None:
        show(known)
        return

    def found(hits: DiagnosisHits) -> None:
        desk.model.keep_diagnoses(text, hits.diagnoses)
        show(hits.diagnoses)

    desk.send(SearchDiagnoses(text=text[:40]), done=found, key="find diagnoses")


# --- signing -----------------------------------------------------------------------------------------------------------------------


def sign(desk: DoctorDesk) -> None:
    """F8: sign the prescription that is shown, or go to the first thing that keeps it from being signed."""
    work, sheet = desk.model.work, desk.model.sheet
    if work is None or sheet is None or not sheet.lines:
        return
    if not work.diagnoses:
        desk.fail(NoDiagnosis())
        desk.go_to("diagnoses")
        return
    held = first_held(sheet.findings(desk.model.patient(), desk.model.catalogue))
    if held is not None:
        desk.fail(held.error)
        desk.go_to_line(max(held.line, 0), "reason" if held.severity == "ask" else "dose")
        return
    save(desk, work)
    send_signing(desk, work, sheet)


def first_held(findings: Sequence[Finding]) -> Finding | None:
    """The first finding that keeps from signing: what blocks before what asks."""
    held = [each for each in findings if each.severity != "inform"]
    return min(held, key=lambda each: each.severity == "ask", default=None)


def send_signing(desk: DoctorDesk, work: VisitWork, sheet: Sheet) -> None:
    """Send it. The draft says so first, so that after a crash the same signing is asked for again, not another one."""
    sheet.sent = True
    keep_work(desk, work)
    desk.send(
        work.sign(sheet, desk.model.patient(), desk.model.catalogue),
        done=lambda facts: _signed(desk, work, sheet, facts),
        failed=lambda error: _not_signed(desk, work, sheet, error),
        request_id=sheet.request_id,
    )
    desk.show_sheets()


def _signed(desk: DoctorDesk, work: VisitWork, sheet: Sheet, facts: PrescriptionFacts) -> None:
    work.signed_as(sheet, facts)
    keep_work(desk, work)
    desk.model.forget_stock()
    if desk.model.work is work:
        desk.model.shown = facts
        desk.show_sheets()
        desk.go_to("prescription")
        load_patient(desk)
    if desk.place.devices.has("a5"):
        by = desk.place.session.staff.name
        desk.place.paper.print(
            prescription_paper(facts, printed_at=datetime.now(desk.place.session.expires_at.tzinfo), by=by), "a5", sheet.request_id
        )
    desk.tell(
        tr(
            "Prescription {number} signed, {amount}; the pharmacist reviews it now.",
            number=facts.number,
            amount=format_yuan(facts.amount_fen),
        ),
        follow=["new_prescription", "void"],
    )


def _not_signed(desk: DoctorDesk, work: VisitWork, sheet: Sheet, error: XinglinError) -> None:
    sheet.sent = False
    number = sheet.note_refusal(error)
    if isinstance(error, NotEnoughStock) and number >= 0:
        line = sheet.lines[number]
        line.drug = msgspec.structs.replace(line.drug, free=error.left)
    if isinstance(error, RequestIdReused):
        _reload_signed(desk, work)
    keep_work(desk, work)
    desk.model.forget_stock()
    desk.fail(error)
    if desk.model.work is work and desk.model.shown is sheet:
        desk.show_sheets()
        if number >= 0:
            asked = sheet.lines[number].refused and sheet.lines[number].refused[-1][2] == "ask"
            desk.go_to_line(number, "reason" if asked else "dose")
        elif isinstance(error, NoDiagnosis):
            desk.go_to("diagnoses")


def _reload_signed(desk: DoctorDesk, work: VisitWork) -> None:
    """The signing of before had been carried out after all: show what the service has."""

    def shown(encounter: Encounter) -> None:
        work.signed = [each for each in encounter.prescriptions if each.state != "VOIDED"]
        if desk.model.work is work:
            desk.show_sheets()

    desk.send(GetEncounter(visit_id=work.visit_id), done=shown, key="signed")


# --- afterwards --------------------------------------------------------------------------------------------------------------------


def follow(desk: DoctorDesk, ids: set[int] | None) -> None:
    """Read the prescriptions anew that changed; all of the visit where ``ids`` is None."""
    work = desk.model.work
    if work is None:
        return
    for facts in work.signed:
        if ids is None or facts.id in ids or 0 in ids:
            desk.send(
                GetPrescription(prescription_id=facts.id),
                done=partial(_followed, desk, work),
                key=f"prescription {facts.id}",
            )


def follow_stock(desk: DoctorDesk, moved: set[int]) -> None:
    """Stock of these drugs moved (0: of any): read anew what is free of those that are being prescribed."""
    work = desk.model.work

    def found(drug_id: int, hits: DrugHits) -> None:
        newer = next((drug for drug in hits.drugs if drug.id == drug_id), None)
        if newer is not None and desk.model.work is work:
            desk.model.refresh_stock(newer)
            desk.rx.refresh()

    drugs = {line.drug.id: line.drug for sheet in work.sheets for line in sheet.lines} if work is not None else {}
    for drug_id, drug in drugs.items():
        if drug_id in moved or 0 in moved:
            desk.send(SearchDrugs(text=drug.code[:40]), done=partial(found, drug_id), key=f"stock {drug_id}")


def _followed(desk: DoctorDesk, work: VisitWork, facts: PrescriptionFacts) -> None:
    before = work.show_state(facts)
    if desk.model.work is not work:
        return
    desk.model.settle_shown()
    desk.show_sheets()
    if before is None:
        return
    if facts.state == "REJECTED":
        desk.tell(
            tr("Prescription {number} was sent back: {reason}", number=facts.number, reason=words.sent_back(facts.rejection)),
            "warning",
            follow=["edit_again"],
        )
    else:
        desk.tell(tr("Prescription {number}: {state}", number=facts.number, state=PRESCRIPTION.label(facts.state)), "info")
    if facts.state in ("PAID", "VOIDED", "APPROVED"):
        load_patient(desk)


def edit_again(desk: DoctorDesk) -> None:
    """Write a prescription that nobody has paid anew; signing it takes the place of the old one."""
    work, facts = desk.model.work, desk.model.prescription
    if work is None or facts is None:
        return
    drugs: dict[int, DrugFacts | None] = {}

    def found(drug_id: int, hits: DrugHits) -> None:
        drugs[drug_id] = next((drug for drug in hits.drugs if drug.id == drug_id), None)
        if len(drugs) == len({line.drug_id for line in facts.lines}):
            _write_again(desk, work, facts, drugs)

    for drug_id, name in {line.drug_id: line.name for line in facts.lines}.items():
        desk.send(SearchDrugs(text=name[:40], limit=50), done=partial(found, drug_id), key=f"drug {drug_id}")


def _write_again(desk: DoctorDesk, work: VisitWork, facts: PrescriptionFacts, drugs: dict[int, DrugFacts | None]) -> None:
    if desk.model.work is not work:
        return
    lines = [line_again(drug, line, desk.model.catalogue) for line in facts.lines if (drug := drugs[line.drug_id]) is not None]
    gone = [line.name for line in facts.lines if drugs[line.drug_id] is None]
    sheet = Sheet(lines=lines, replaces=facts.id, replaced_number=facts.number)
    if facts.herbal is not None:
        sheet.portions, sheet.usage = facts.herbal.portions, facts.herbal.usage
    work.sheets.insert(0, sheet)
    desk.model.shown = sheet
    desk.show_sheets()
    desk.written()
    desk.go_to_line(0, "dose")
    if gone:
        desk.tell(tr("Not to be had any more: {drugs}", drugs=tr("list separator|, ").join(gone)), "warning")


def void(desk: DoctorDesk, facts: PrescriptionFacts, reason: str) -> None:
    """Take an unpaid prescription back."""
    work = desk.model.work
    if work is None:
        return

    def voided(_done: object) -> None:
        work.signed = [each for each in work.signed if each.id != facts.id]
        desk.model.settle_shown()
        desk.model.forget_stock()
        desk.show_sheets()
        desk.tell(tr("Prescription {number} is void; its drugs are free again.", number=facts.number))
        load_patient(desk)

    desk.send(VoidPrescription(prescription_id=facts.id, reason=reason), done=voided)


# --- cards and scans ---------------------------------------------------------------------------------------------------------------


def card_read(desk: DoctorDesk, card: Any) -> None:
    """An ID card: it proves who sits here, or finds the one in the queue."""
    work = desk.model.work
    found = desk.model.identify(card.name, card.birth_date)
    if work is not None and work.writable:
        file = work.encounter.patient.file
        same = (
            file.document_number.upper() == card.number.upper()
            if file.document_number
            else (file.name, file.birth_date) == (card.name, card.birth_date)
        )
        if same:
            desk.tell(tr("The card is that of {name}.", name=file.name))
        else:
            desk.tell(
                tr("Wrong patient? The card is that of {card}, the record open here that of {name}.", card=card.name, name=file.name),
                "danger",
            )
    elif len(found) == 1:
        desk.select_visit(found[0].visit_id, focus=True)
        choose(desk, found[0]) if found[0].state != "WAITING" else call(desk, found[0])
    else:
        desk.tell(tr("{name} is not in your queue.", name=card.name), "warning")


def scanned(desk: DoctorDesk, code: str) -> bool:
    """The clinic's own barcodes name patient, visit or prescription; anything else may be a drug's pack."""
    try:
        own = parse(code)
    except BarcodeInvalid:
        return _scanned_drug(desk, code)
    work = desk.model.work
    if own.kind is OwnKind.PRESCRIPTION and work is not None:
        facts = next((each for each in work.signed if _digits(each.number) == own.number), None)
        if facts is not None:
            desk.model.shown = facts
            desk.show_sheets()
        return facts is not None
    if own.kind is OwnKind.PATIENT and work is not None:
        return _is_patient(desk, work, own.number)
    entry = next((each for each in desk.model.queue if own.kind is OwnKind.VISIT and _digits(each.visit_number) == own.number), None)
    if entry is None:
        return False
    desk.select_visit(entry.visit_id, focus=True)
    if entry.state in ("CALLED", "ON_HOLD"):
        start(desk, entry)
    return True


def _is_patient(desk: DoctorDesk, work: VisitWork, number: int) -> bool:
    file = work.encounter.patient.file
    same = _digits(work.encounter.patient.number) == number
    if same:
        desk.tell(tr("The card is that of {name}.", name=file.name))
    else:
        desk.tell(tr("Wrong patient? This card is not that of {name}, whose record is open here.", name=file.name), "danger")
    return same


def _scanned_drug(desk: DoctorDesk, code: str) -> bool:
    if desk.model.sheet is None:
        return False

    def found(hits: DrugHits) -> None:
        if len(hits.drugs) == 1:
            desk.add_drug(hits.drugs[0])
        else:
            desk.tell(tr("No drug of the catalogue has the code {code}.", code=code), "warning")

    desk.send(SearchDrugs(text=code[:40]), done=found, key=f"scan {code}")
    return True


def _digits(number: str) -> int:
    return int("".join(char for char in number if char.isascii() and char.isdigit()) or "0")


def _now() -> datetime:
    return datetime.now(UTC)
