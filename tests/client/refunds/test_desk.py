"""The refunds desk in its frame, by keys and scans; the service is a table of answers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from client.refunds.view.desk import RefundDesk
from common import topics
from common.domain.barcodes import OwnKind, make_code
from common.errors import PartOfPrescription
from common.messages.cashier import Tender, TenderKind
from common.messages.invoices import InvoiceCopy, ReprintInvoice
from common.messages.patients import GetPatient, PatientHit, PatientHits, SearchPatients
from common.messages.settlement import (
    Approve,
    Approved,
    BillPayment,
    CancelSettlement,
    FindBills,
    GetBill,
    GetSettlement,
    ListOpenSettlements,
    PlanRefund,
    RefundBill,
    SettlementList,
)
from common.wire import Change
from printing.documents.receipt import Receipt
from printing.documents.refund_slip import RefundSlip
from printing.spool import JobState, Outcome
from tests.client.cashier.samples import patient
from tests.client.refunds.samples import AT, BILLS, LINES, bill, plan, receipt, refund, refunded

if TYPE_CHECKING:
    from printing.catalog import AnyDocument
    from tests.client.stage import Stage

LATER_DAY = "refund|The bill is of an earlier day: a second person has to agree."


@pytest.fixture
def papers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[AnyDocument]:
    """What was sent to the printer."""
    printed: list[AnyDocument] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda document, *_: printed.append(document))
    return printed


@pytest.fixture
def desk(stage: Stage, papers: list[AnyDocument]) -> RefundDesk:
    """A bill can be found."""
    del papers
    stage.answers(FindBills, BILLS)
    stage.answers(GetBill, lambda request: bill(request.bill_id))
    stage.answers(GetPatient, lambda request: patient(request.patient_id))
    stage.answers(PlanRefund, plan())
    stage.answers(RefundBill, refund())
    stage.answers(ListOpenSettlements, SettlementList(settlements=()))
    made = RefundDesk(stage.place)
    stage.show(made)
    made.finder.field.setFocus()
    return made


def take_up(stage: Stage) -> None:
    """The bill on the receipt that is scanned."""
    stage.scan(make_code(OwnKind.BILL, 26112100005))


def test_a_part_goes_back_by_a_scan_and_six_keys(desk: RefundDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    take_up(stage)
    assert stage.asked(FindBills)[-1].text == "26112100005"
    stage.type("1")
    assert desk.side.back.text() == "¥18.00"
    stage.press("F6")
    stage.type("4")
    stage.press("F12")
    (request,) = stage.asked(RefundBill)
    (line,) = request.lines
    assert (line.charge_line_id, line.quantity, request.expected_back_fen) == (2, Decimal(1), 1800)
    assert request.reason == "患者不要"
    assert [type(paper) for paper in papers] == [RefundSlip, Receipt]
    assert "已退费 ¥18.00" in stage.said()


def test_space_takes_all_of_a_line_and_a_prescription_whole(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    stage.press("Space", "Down", "Space")
    assert [(each.charge_line_id, each.quantity) for each in stage.asked(PlanRefund)[-1].lines] == [(2, None), (3, None), (4, None)]
    stage.press("Space")
    assert [each.charge_line_id for each in stage.asked(PlanRefund)[-1].lines] == [2]


def test_a_line_that_cannot_go_back_says_why(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    desk.bill.lines.select(5)
    stage.press("Space")
    assert stage.asked(PlanRefund) == []
    assert "药房" in desk.bill.detail.text()
    stage.press("F12")
    assert stage.asked(RefundBill) == []


def test_more_than_is_left_is_refused_in_words(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    stage.type("3")
    assert "2次" in stage.said()
    assert desk.model.back == {}


def test_without_a_reason_nothing_goes_back(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    stage.press("Space", "F12")
    assert stage.asked(RefundBill) == []
    assert "F6" in desk.side.trouble.text()
    assert "F6" in stage.said()
    stage.type("4")  # the hand is on the reasons by then
    stage.press("F12")
    assert stage.asked(RefundBill)[0].reason == "患者不要"


def test_a_second_person_agrees_in_place(desk: RefundDesk, stage: Stage) -> None:
    stage.answers(PlanRefund, plan(needs_approval=LATER_DAY))
    stage.answers(Approve, Approved(approval_id=77, approver="周丽华", expires_at=AT))
    take_up(stage)
    stage.press("Space", "F6")
    stage.type("2")
    stage.press("F12")
    assert stage.asked(RefundBill) == []
    stage.scan("BADGE-7755-0012")
    (asked,) = stage.asked(Approve)
    assert (asked.act, asked.subject_id, asked.amount_fen) == ("refund", 5, 1800)
    stage.settle(until=desk.side.button.hasFocus)
    stage.press("F12")
    assert stage.asked(RefundBill)[0].approval_id == 77


def test_f12_twice_is_one_refund(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    stage.press("Space", "F6")
    stage.type("2")
    assert stage.frame is not None
    stage.frame.press("F12")
    stage.frame.press("F12")
    stage.settle()
    assert len(stage.asked(RefundBill)) == 1


def test_a_refund_with_a_channel_is_followed_to_its_end(desk: RefundDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    stage.answers(RefundBill, refund(state="OPEN"))
    stage.answers(GetSettlement, refund(state="OPEN"))
    take_up(stage)
    stage.press("Space", "F6")
    stage.type("2")
    stage.press("F12")
    assert desk.right.currentWidget() is desk.areas[desk.pane]
    assert papers == []
    stage.answers(GetSettlement, refund())
    desk.refresh(frozenset({Change(topic=topics.SETTLEMENT, id=51)}))
    stage.settle()
    assert [type(paper) for paper in papers] == [RefundSlip, Receipt]
    slip = papers[0]
    assert isinstance(slip, RefundSlip)
    assert slip.reason == "医生改单"
    assert desk.right.currentWidget() is desk.areas[desk.side]


def test_esc_gives_up_what_is_under_way(desk: RefundDesk, stage: Stage) -> None:
    stage.answers(RefundBill, refund(state="OPEN"))
    stage.answers(GetSettlement, refund(state="OPEN"))
    stage.answers(CancelSettlement, refund(state="FAILED"))
    take_up(stage)
    stage.press("Space", "F6")
    stage.type("2")
    stage.press("F12", "Escape")
    assert len(stage.asked(CancelSettlement)) == 1
    assert desk.model.waiting is None
    assert desk.side.trouble.text()


def test_what_the_service_refuses_stands_beside_it(desk: RefundDesk, stage: Stage) -> None:
    stage.answers(PlanRefund, PartOfPrescription(number="26112100031"))
    take_up(stage)
    stage.press("Space")
    assert "26112100031" in desk.side.trouble.text()


def test_a_killed_desk_prints_what_it_waited_for(desk: RefundDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    stage.answers(RefundBill, refund(state="OPEN"))
    stage.answers(GetSettlement, refund(state="OPEN"))
    take_up(stage)
    stage.press("Space", "F6")
    stage.type("2")
    stage.press("F12")
    stage.answers(GetSettlement, refund())
    again = RefundDesk(stage.place)
    again.refresh(frozenset())
    stage.settle()
    assert [type(paper) for paper in papers] == [RefundSlip, Receipt]


def test_the_patient_s_card_lists_the_patient_s_bills(desk: RefundDesk, stage: Stage) -> None:
    file = patient(7).file
    one = PatientHit(
        id=7, number="00000007", name=file.name, sex="1", birth_date=file.birth_date, phone="", document_tail="", last_visit=None
    )
    stage.answers(SearchPatients, PatientHits(hits=(one,), more=False))
    stage.scan(make_code(OwnKind.PATIENT, 7))
    assert stage.asked(FindBills)[-1].patient_id == 7
    del desk


def test_another_desk_sends_a_bill(desk: RefundDesk, stage: Stage) -> None:
    desk.open(5)
    stage.settle()
    assert desk.model.bill is not None
    assert desk.model.bill.bill.id == 5


def test_a_bill_that_was_taken_back_leads_to_the_one_that_stands(desk: RefundDesk, stage: Stage) -> None:
    def told(request: GetBill) -> Any:
        gone = bill(request.bill_id, state="REISSUED")
        return msgspec.structs.replace(gone, chain=(bill(8).bill,)) if request.bill_id == 5 else bill(request.bill_id)

    stage.answers(GetBill, told)
    take_up(stage)
    stage.press("Space")
    assert stage.asked(PlanRefund) == []
    desk.bill.chain.linkActivated.emit("8")
    stage.settle()
    assert desk.model.bill is not None
    assert desk.model.bill.bill.id == 8


def test_ways_are_listed(desk: RefundDesk, stage: Stage) -> None:
    stage.answers(PlanRefund, plan(4600, back={TenderKind.CASH: 600, TenderKind.WECHAT: 4000}))
    take_up(stage)
    stage.press("Space")
    assert [title.text() for title, _ in desk.side._rows] == ["现金", "微信支付"]


def insured_bill(request: GetBill) -> Any:
    """Paid by fund and personal account alone."""
    amounts = {TenderKind.FUND: 6615, TenderKind.ACCOUNT: 2545}
    paid = tuple(BillPayment(tender=kind, amount_fen=fen, state="PAID", reference="") for kind, fen in amounts.items())
    return bill(request.bill_id, payments=paid)


def test_what_goes_back_to_the_insurance_is_listed_and_said(desk: RefundDesk, stage: Stage) -> None:
    tenders = (Tender(kind=TenderKind.FUND, amount_fen=6615), Tender(kind=TenderKind.ACCOUNT, amount_fen=2545))
    whole = msgspec.structs.replace(refunded(0), refund=receipt(6, LINES, sign=-1, tenders=tenders), rest=None, back={})
    stage.answers(GetBill, insured_bill)
    stage.answers(PlanRefund, plan(0, back={}, rest_fen=0, insured=True))
    stage.answers(RefundBill, refund(refunded=whole))
    take_up(stage)
    stage.press("Ctrl+T")
    shown = [(title.text(), amount.text()) for title, amount in desk.side._rows]
    assert shown == [("退回医保", "¥91.60"), ("其中医保统筹", "¥66.15"), ("其中医保个人账户", "¥25.45")]
    stage.press("F6")
    stage.type("4")
    stage.press("F12")
    assert "已退费 ¥0.00" in stage.said()
    assert "退回医保 ¥91.60（医保统筹 ¥66.15、医保个人账户 ¥25.45）" in stage.said()


def test_after_a_refund_all_bills_are_listed_again(desk: RefundDesk, stage: Stage) -> None:
    take_up(stage)
    assert desk.finder.text() == "26112100005"
    stage.press("Ctrl+T", "F6")
    stage.type("4")
    stage.press("F12")
    stage.settle(until=lambda: stage.asked(FindBills)[-1].text == "")
    assert desk.finder.field.text() == ""


def copy_of(request: ReprintInvoice) -> InvoiceCopy:
    """The second reprint, as the service counts it."""
    facts = receipt(request.bill_id, LINES)
    return InvoiceCopy(invoice_id=9, receipt=facts, copy=3, at=AT, by="王芳")


def test_papers_printed_again_are_counted_by_the_service(desk: RefundDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    stage.answers(ReprintInvoice, copy_of)
    take_up(stage)
    stage.press("F9")
    assert [request.bill_id for request in stage.asked(ReprintInvoice)] == [5]
    assert [(type(paper), paper.copy.number) for paper in papers] == [(Receipt, 3)]
    stage.type("1")
    stage.press("F6")
    stage.type("4")
    stage.press("F12")
    stage.settle(until=lambda: desk.model.bill is not None and desk.model.bill.bill.id == 7)
    stage.press("F9")  # both papers of the refund
    assert [request.bill_id for request in stage.asked(ReprintInvoice)] == [5, 6, 7]


def test_a_receipt_that_was_reversed_is_not_printed_again(desk: RefundDesk, stage: Stage) -> None:
    stage.answers(GetBill, lambda request: bill(request.bill_id, state="REISSUED"))
    take_up(stage)
    stage.press("F9")
    assert stage.asked(ReprintInvoice) == []
    assert "冲红" in stage.said()
    del desk


def test_a_paper_that_did_not_come_out_is_printed_and_not_counted(desk: RefundDesk, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    monkeypatch.setattr(stage.place.paper, "again", lambda: again.append("again"))
    take_up(stage)
    stage.place.paper.finished.emit(Outcome(job_id=4, state=JobState.FAILED, advice="缺纸"))
    stage.press("F9")
    assert (again, stage.asked(ReprintInvoice)) == (["again"], [])
    del desk
