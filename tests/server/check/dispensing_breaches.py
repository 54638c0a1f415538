"""Breaches about hand-overs, what is owed, and opened packs; and the life that they are planted into."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.dispensing import GiveUpOwed, GiveUpReason
from common.messages.pharmacy import Dispense, HandOut, PickList, PickPrescription, Promise, Scan
from installer.sample import trace_code
from server.catalogue.starter import starter
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from tests.harness import Clinic

_PACK: Final = "(SELECT min(id) FROM open_pack WHERE remaining > 0)"
_SLIP: Final = "(SELECT max(o.id) FROM owed_slip o JOIN prescription p ON p.id = o.prescription_id WHERE p.state = 'PART_DISPENSED')"

DISPENSING: Final = (
    plant("hand_over_moves", "DELETE FROM hand_over_line WHERE id = (SELECT max(id) FROM hand_over_line)"),
    plant("code_hand_over", "UPDATE dispensed_code SET hand_over_id = NULL WHERE id = (SELECT max(id) FROM dispensed_code)"),
    plant("owed_state", f"UPDATE owed_line SET quantity = quantity / 2 WHERE owed_slip_id = {_SLIP}"),
    plant("owed_given_up", "UPDATE owed_given_up SET quantity = quantity / 2"),
    plant("open_pack_uses", f"UPDATE open_pack SET remaining = remaining - 1 WHERE id = {_PACK}"),
    plant(
        "open_pack_batch",
        f"UPDATE open_pack SET size = size + 1000000, remaining = remaining + 1000000 WHERE id = {_PACK}",
    ),
    plant("hand_over_controlled", "UPDATE approval SET act = 'drug_return' WHERE act = 'dispense_controlled'"),
)

_UNIQUE: Final = "ALTER TABLE owed_slip DROP CONSTRAINT uq_owed_slip_number;"
OWED_NUMBERS: Final = (
    plant(
        "owed_slip_number_form", "UPDATE owed_slip SET number = 'abc' WHERE id = (SELECT max(id) FROM owed_slip)", "owed_slip_number_last"
    ),
    plant("owed_slip_number_once", f"{_UNIQUE} UPDATE owed_slip SET number = (SELECT min(number) FROM owed_slip)", "owed_slip_number_last"),
    plant("owed_slip_number_within", "DELETE FROM number_series WHERE kind = 'owed_slip'"),
    plant("owed_slip_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'owed_slip'"),
    plant(
        "owed_slip_number_gaps",
        "UPDATE owed_slip SET number = left(number, -1) || '9' WHERE id = (SELECT max(id) FROM owed_slip);"
        "UPDATE number_series SET last = 9 WHERE kind = 'owed_slip'",
    ),
    plant(
        "owed_slip_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
        " WHERE kind = 'owed_slip'",
    ),
)


def live_with_owed(clinic: Clinic) -> None:
    """One that waits for the rest, one whose rest was given up, and an opened pack."""
    waiting, given_up = _paid(clinic, "史一", "布洛芬", 3), _paid(clinic, "史二", "布洛芬", 3)
    for prescription in (waiting, given_up):
        picked = _pick(clinic, prescription)
        (line,) = picked.prescription.lines
        only = (HandOut(line_id=line.id, quantity=line.quantity / 3),)
        _hand_over(clinic, picked, 1, only=only, promise=Promise(day=prescription.signed_at.date() + timedelta(days=3)))
    clinic.desk(visits.PHARMACIST).call(GiveUpOwed(prescription_id=given_up.id, reason=GiveUpReason.PATIENT))
    opened = _pick(clinic, _paid(clinic, "史三", "阿莫西林胶囊", Decimal(1) / 2))
    _hand_over(clinic, opened, opened.packs[opened.prescription.lines[0].id])


def _paid(clinic: Clinic, name: str, drug: str, packs: Decimal | int) -> PrescriptionFacts:
    patient = visits.new_patient(clinic, name).id
    visit = visits.register(clinic, patient).visit_id
    visits.consult(clinic, visit)
    found = visits.drug(clinic, drug)
    lines = (visits.line(found, quantity=Decimal(int(found.pack_size * packs))),)
    prescription = clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit, kind=PrescriptionKind.ORDINARY, lines=lines))
    visits.approve(clinic, prescription.id)
    visits.settle_all(clinic, patient)
    return prescription


def _pick(clinic: Clinic, prescription: PrescriptionFacts) -> PickList:
    return clinic.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription.id))


def _hand_over(clinic: Clinic, picked: PickList, packs: int, **given: object) -> None:
    codes = [row.code for row in starter("drugs")]
    (line,) = picked.prescription.lines
    code = clinic.database.value("SELECT code FROM drug WHERE id = %s", line.drug_id)
    opened = [each.opened.code for each in picked.picks if each.opened is not None]
    traces = [trace_code(codes.index(code) + 1, line.id * 100 + 50 + pack) for pack in range(packs - len(opened))]
    scans = tuple(Scan(line_id=line.id, code=trace) for trace in (*traces, *opened))
    clinic.desk(visits.PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=scans, **given))  # type: ignore[arg-type]
