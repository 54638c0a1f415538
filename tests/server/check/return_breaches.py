"""Breaches about drugs that came back, and the life that they are planted into."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.domain.returning import Condition, ReturnReason
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.pharmacy import Dispense, PickPrescription, Scan
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.settlement import GetBill, PlanRefund, RefundBill, RefundLine
from installer.sample import trace_code
from server.catalogue.starter import starter
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from tests.harness import Clinic

_LINE: Final = "(SELECT min(id) FROM drug_return_line)"
_OF_LINE: Final = "(SELECT prescription_line_id FROM drug_return_line ORDER BY id LIMIT 1)"
_MOVE: Final = "(SELECT min(id) FROM stock_move WHERE kind = 'RETURN')"
_UNDONE: Final = "(SELECT min(id) FROM stock_move WHERE kind = 'DISPENSE' AND quantity > 0)"

RETURNS: Final = (
    plant(
        "returned_moves",
        f"UPDATE prescription_line SET returned = returned - 1 WHERE id = {_OF_LINE}",
        "dispensed_moves",
        "returned_refunded",
    ),
    plant("returned_state", "UPDATE prescription SET state = 'PART_RETURNED' WHERE state = 'RETURNED'"),
    plant("return_document", f"UPDATE drug_return_line SET condition = 'quarantined' WHERE id = {_LINE}", "code_returned"),
    plant("return_reverses", f"UPDATE stock_move SET reverses = (SELECT min(id) FROM stock_move) WHERE id = {_MOVE}"),
    plant("code_returned", "UPDATE dispensed_code SET quarantined = false WHERE quarantined"),
    plant(
        "returned_refunded",
        "UPDATE charge_line SET refunded_quantity = quantity WHERE id = (SELECT max(c.id) FROM charge_line c"
        " JOIN prescription p ON p.id = c.prescription_id WHERE p.state = 'DISPENSED' AND c.source = 'prescription')",
        "line_refunded",
    ),
)

_UNIQUE: Final = "ALTER TABLE drug_return DROP CONSTRAINT uq_drug_return_number;"
RETURN_NUMBERS: Final = (
    plant(
        "drug_return_number_form",
        "UPDATE drug_return SET number = 'abc' WHERE id = (SELECT max(id) FROM drug_return)",
        "drug_return_number_last",
        "return_document",
    ),
    plant(
        "drug_return_number_once",
        f"{_UNIQUE} UPDATE drug_return SET number = (SELECT min(number) FROM drug_return)",
        "drug_return_number_last",
        "return_document",
    ),
    plant("drug_return_number_within", "DELETE FROM number_series WHERE kind = 'drug_return'"),
    plant("drug_return_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'drug_return'"),
    plant(
        "drug_return_number_gaps",
        "UPDATE drug_return SET number = left(number, -1) || '9' WHERE id = (SELECT max(id) FROM drug_return);"
        "UPDATE number_series SET last = 9 WHERE kind = 'drug_return'",
        "return_document",
    ),
    plant(
        "drug_return_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
        " WHERE kind = 'drug_return'",
    ),
)


def live_with_returns(clinic: Clinic) -> None:
    """One pack back on its shelf and paid back, all of another in quarantine, and a hand-over that was undone."""
    part, whole, none = (_handed(clinic, name) for name in ("褚一", "褚二", "褚三"))
    _give_back(clinic, part.id, 1, ReturnReason.DOCTOR_CHANGED, Condition.SALEABLE)
    _pay_back(clinic, part)
    _give_back(clinic, whole.id, 2, ReturnReason.ADVERSE_REACTION, Condition.QUARANTINED)
    clinic.desk(visits.PHARMACIST).call(UndoDispense(prescription_id=none.id, reason=UndoReason.WRONG_PATIENT))
    _hand_over(clinic, none.id)


def _handed(clinic: Clinic, name: str) -> PrescriptionFacts:
    patient = visits.new_patient(clinic, name).id
    visit = visits.register(clinic, patient).visit_id
    visits.consult(clinic, visit)
    drug = visits.drug(clinic, "布洛芬")
    lines = (visits.line(drug, quantity=drug.pack_size * 2),)
    prescription = clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit, kind=PrescriptionKind.ORDINARY, lines=lines))
    visits.approve(clinic, prescription.id)
    visits.settle_all(clinic, patient)
    _hand_over(clinic, prescription.id)
    return prescription


def _hand_over(clinic: Clinic, prescription_id: int) -> None:
    pharmacist = clinic.desk(visits.PHARMACIST)
    picked = pharmacist.call(PickPrescription(prescription_id=prescription_id))
    codes = [row.code for row in starter("drugs")]
    (line,) = picked.prescription.lines
    code = clinic.database.value("SELECT code FROM drug WHERE id = %s", line.drug_id)
    traces = (trace_code(codes.index(code) + 1, line.id * 100 + pack) for pack in range(picked.packs[line.id]))
    pharmacist.call(Dispense(prescription_id=prescription_id, scans=tuple(Scan(line_id=line.id, code=trace) for trace in traces)))


def _give_back(clinic: Clinic, prescription_id: int, packs: int, reason: ReturnReason, condition: Condition) -> None:
    pharmacist = clinic.desk(visits.PHARMACIST)
    (line,) = pharmacist.call(GetReturnable(prescription_id=prescription_id)).lines
    quantity = min(line.pack_size * Decimal(packs), line.lots[0].handed)
    codes = tuple(code.code for code in line.codes[:packs])
    lines = (ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=quantity, condition=condition, codes=codes),)
    pharmacist.call(ReturnDrugs(prescription_id=prescription_id, reason=reason, lines=lines))


def _pay_back(clinic: Clinic, prescription: PrescriptionFacts) -> None:
    bill_id = clinic.database.value("SELECT bill_id FROM charge_line WHERE prescription_id = %s", prescription.id)
    cashier = clinic.desk(visits.CASHIER)
    (line,) = (line for line in cashier.call(GetBill(bill_id=int(str(bill_id)))).lines if line.left)
    lines = (RefundLine(charge_line_id=line.charge_line_id, quantity=line.left),)
    plan = cashier.call(PlanRefund(bill_id=int(str(bill_id)), lines=lines))
    cashier.call(RefundBill(bill_id=int(str(bill_id)), lines=lines, reason="医生换药", expected_back_fen=plan.back_fen))
