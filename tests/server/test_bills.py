"""Finding bills, and what a bill says of itself."""

from __future__ import annotations

import pytest

from common.domain.refundable import BILL_TAKEN_BACK, CANCEL_VISIT, HANDED_OUT, PUT_BACK
from common.errors import NotFound
from common.messages.cashier import Settled
from common.messages.pharmacy import PickPrescription
from common.messages.registration import CancelVisit
from common.messages.settlement import BillFacts, FindBills, GetBill
from tests import visits
from tests.server.office import Office

CASHIER = visits.CASHIER


def paid(office: Office, name: str, *drugs: str) -> tuple[Settled, int]:
    """A settled prescription of a new patient, and the prescription's id."""
    visit = visits.register(office, visits.new_patient(office, name).id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id, *drugs)
    visits.approve(office, prescription.id)
    return visits.settle_all(office, prescription.patient_id), prescription.id


def bill(office: Office, bill_id: int) -> BillFacts:
    return office.desk(CASHIER).call(GetBill(bill_id=bill_id))


def found(office: Office, text: str = "", patient_id: int | None = None, limit: int = 50) -> list[str]:
    hits = office.desk(CASHIER).call(FindBills(text=text, patient_id=patient_id, limit=limit))
    return [hit.number for hit in hits.bills]


def test_a_bill_is_found_by_each_of_its_numbers_and_by_its_patient(office: Office) -> None:
    settled, _ = paid(office, "万一一", "布洛芬")
    facts = bill(office, settled.bill_id).bill
    for text in (settled.bill_number, settled.invoice_number, facts.patient_number, "万一一", "万一"):
        assert settled.bill_number in found(office, text), text
    both = found(office, patient_id=facts.patient_id)
    assert both[0] == settled.bill_number
    assert len(both) == 2, "the fee and the prescription"
    assert found(office)[0] == settled.bill_number, "nothing asked: the newest"
    assert found(office, "no such bill") == []


def test_a_cut_list_says_so(office: Office) -> None:
    paid(office, "万一二")
    hits = office.desk(CASHIER).call(FindBills(text="万一二", limit=1))
    assert (len(hits.bills), hits.more) == (1, True)


def test_a_bill_shows_what_can_go_back(office: Office) -> None:
    settled, _ = paid(office, "万一三", "布洛芬", "氯雷他定")
    facts = bill(office, settled.bill_id)
    assert (facts.bill.state, facts.bill.total_fen, len(facts.lines)) == ("STANDS", settled.total_fen, 2)
    assert sum(line.left_fen for line in facts.lines) == settled.total_fen
    assert all(line.left == line.quantity and not line.hindrance for line in facts.lines)
    assert [(p.tender, p.amount_fen, p.state) for p in facts.payments] == [("cash", settled.total_fen, "PAID")]
    assert facts.receipt == settled.receipt
    assert facts.chain == ()


def test_the_fee_goes_back_with_the_visit(office: Office) -> None:
    visit = visits.register(office, visits.new_patient(office, "万一四").id)
    (fee,) = office.desk(CASHIER).call(FindBills(text="万一四")).bills
    (line,) = bill(office, fee.id).lines
    assert (line.hindrance, line.left_fen) == (CANCEL_VISIT, 0)
    assert not line.left
    office.desk(visits.CLERK).call(CancelVisit(visit_id=visit.visit_id, reason="不看了"))
    after = bill(office, fee.id)
    assert after.bill.state == "TAKEN_BACK"
    assert [(line.hindrance, line.left_fen) for line in after.lines] == [(BILL_TAKEN_BACK, 0)]
    (refund,) = after.chain
    assert (refund.state, refund.total_fen) == ("REFUND", -fee.total_fen)
    back = bill(office, refund.id)
    assert [hit.id for hit in back.chain] == [fee.id]
    assert sum(line.amount_fen for line in back.lines) == refund.total_fen


def test_what_is_picked_or_handed_out_stays(office: Office) -> None:
    settled, prescription_id = paid(office, "万一五")
    office.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription_id))
    assert {line.hindrance for line in bill(office, settled.bill_id).lines} == {PUT_BACK}
    handed, prescription_id = paid(office, "万一六")
    visits.hand_over(office, prescription_id)
    (line,) = bill(office, handed.bill_id).lines
    assert (line.hindrance, line.left_fen, line.prescription_id) == (HANDED_OUT, 0, prescription_id)


def test_there_is_no_such_bill(office: Office) -> None:
    with pytest.raises(NotFound):
        bill(office, 987654)
