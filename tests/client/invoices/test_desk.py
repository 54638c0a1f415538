"""The invoices desk with a prepared service: lists, filters, reprints, spoiled papers, segments, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from client.invoices import words
from client.invoices.model import Act, Page
from client.invoices.view.desk import InvoicesDesk
from common.domain.barcodes import OwnKind, make_code
from common.errors import Unreachable
from common.i18n import ENGLISH, set_language
from common.invoice_errors import NoInvoiceSegment, SegmentOverlaps
from common.messages.cashier import Tender, TenderKind
from common.messages.einvoice import ListEInvoices, RetryEInvoice
from common.messages.invoices import (
    GiveSegment,
    InvoiceReissued,
    ListInvoices,
    ListSegments,
    ReportGaps,
    ReprintInvoice,
    ReturnSegment,
    SegmentState,
    VoidInvoice,
    VoidNumber,
)
from common.permissions import Role
from common.wire import Done
from printing.documents.refund_slip import RefundSlip
from tests.client.conftest import app, qapp_args
from tests.client.invoices import samples
from tests.client.stage import Stage

__all__ = ["app", "qapp_args"]


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    made.answers(ListInvoices, samples.invoices())
    made.answers(ListSegments, samples.segments())
    made.answers(ReportGaps, samples.gaps())
    made.answers(ListEInvoices, samples.queue())
    yield made
    made.close()


@pytest.fixture
def papers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was sent to the printer."""
    printed: list[Any] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda document, role, request_id: printed.append((document, role, request_id)))
    return printed


@pytest.fixture
def desk(stage: Stage) -> InvoicesDesk:
    desk = InvoicesDesk(stage.place)
    stage.show(desk)
    return desk


def test_the_lists_by_one_key_each(stage: Stage, desk: InvoicesDesk) -> None:
    shown = [desk.model.page]
    for _ in range(4):
        stage.press("F4")
        shown.append(desk.model.page)
        assert desk.lists.table().hasFocus()
    assert shown == [Page.INVOICES, Page.SEGMENTS, Page.GAPS, Page.EINVOICES, Page.INVOICES]
    assert len(desk.lists.tables[Page.INVOICES].rows()) == 17
    assert len(desk.lists.tables[Page.GAPS].rows()) == 3


def test_what_the_list_is_narrowed_to(stage: Stage, desk: InvoicesDesk) -> None:
    desk.lists.days.setFocus()
    stage.press("Right")
    desk.lists.state.setFocus()
    stage.press("4")
    desk.lists.whose.setFocus()
    stage.press("2")
    stage.press("F2")
    stage.type("欧阳")
    stage.settle(until=lambda: stage.asked(ListInvoices)[-1].text == "欧阳")
    asked = stage.asked(ListInvoices)[-1]
    assert ((asked.last_day - asked.first_day).days, asked.state, asked.cashier_id, asked.text) == (6, "VOIDED", 1, "欧阳")
    stage.press("Escape")
    stage.settle(until=lambda: stage.asked(ListInvoices)[-1].text == "")


def test_a_scanned_receipt_is_found(stage: Stage, desk: InvoicesDesk) -> None:
    stage.press("F4")
    stage.scan(make_code(OwnKind.BILL, 26112100017))
    stage.settle(until=lambda: bool(stage.asked(ListInvoices)) and stage.asked(ListInvoices)[-1].text == "26112100017")
    assert desk.model.page is Page.INVOICES


def test_a_reprint_carries_the_services_count(stage: Stage, desk: InvoicesDesk, papers: list[Any]) -> None:
    stage.answers(ReprintInvoice, samples.copy(3, einvoice_url="https://einvoice.example/7"))
    desk.lists.focus_table()
    stage.press("F6")
    assert stage.asked(ReprintInvoice)[-1].bill_id == 517
    ((paper, role, _),) = papers
    assert (role, paper.copy.number, paper.copy.by, paper.copy.at, paper.number) == (
        "receipt",
        3,
        "王芳",
        samples.copy().at,
        "310601260000017",
    )
    assert paper.e_invoice == "https://einvoice.example/7"
    assert "310601260000017" in stage.said()
    assert "2" in stage.said()


def test_a_red_invoice_is_printed_as_a_refund(stage: Stage, desk: InvoicesDesk, papers: list[Any]) -> None:
    facts = samples.receipt(
        refund_of="26112100009", refund_of_invoice="310601260000009", total_fen=-3579, change_fen=0,
        lines=tuple(_minus(line) for line in samples.receipt().lines),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=3579),),
    )  # fmt: skip
    stage.answers(ReprintInvoice, samples.copy(2, receipt=facts, refund_reason="药品质量"))
    stage.press("F6")
    paper = papers[0][0]
    assert isinstance(paper, RefundSlip)
    assert (paper.copy.number, paper.reason, paper.refund_of) == (2, "药品质量", "310601260000009")


def test_a_red_invoice_that_was_printed_again_shows_both() -> None:
    red = msgspec.structs.replace(samples.invoice(18), state="REPRINTED", prints=2, reverses="310601260000017")
    assert (words.invoice_state(red), words.invoice_tone(red)) == ("红字，补打 1 次", "warning")
    assert words.invoice_state(msgspec.structs.replace(red, reverses="")) == "补打 1 次"
    assert words.invoice_state(msgspec.structs.replace(red, state="USED")) == "红字"
    assert words.invoice_state(msgspec.structs.replace(red, state="VOIDED")) == "已作废"


def _minus(line: Any) -> Any:
    return msgspec.structs.replace(line, amount_fen=-line.amount_fen, quantity=-line.quantity)


@pytest.mark.parametrize(("steps", "may_reprint", "may_void"), [(0, True, True), (4, True, True), (6, False, False), (8, False, False)])
def test_what_can_be_done_with_which_invoice(stage: Stage, desk: InvoicesDesk, steps: int, may_reprint: bool, may_void: bool) -> None:
    desk.lists.focus_table()
    stage.press(*["Down"] * steps)
    assert (desk.model.may_reprint() is True, desk.model.may_void() is True) == (may_reprint, may_void)


def test_a_spoiled_paper_is_issued_anew_and_printed(stage: Stage, desk: InvoicesDesk, papers: list[Any]) -> None:
    reissued = samples.copy(1, receipt=samples.receipt(invoice_number="310601260000018"))
    stage.answers(VoidInvoice, InvoiceReissued(voided="310601260000017", paper=reissued))
    stage.press("F7")
    assert desk.model.act is Act.VOID_INVOICE
    stage.press("F12")
    assert stage.asked(VoidInvoice) == []  # why is still missing
    stage.type("打印偏移")
    stage.press("F12")
    (asked,) = stage.asked(VoidInvoice)
    assert (asked.invoice_id, asked.reason) == (17, "打印偏移")
    ((paper, _, _),) = papers
    assert (paper.number, paper.copy.number) == ("310601260000018", 1)
    assert desk.panel.details.isVisible()
    assert "310601260000017" in stage.said()


def test_the_subject_stays_while_the_list_changes(stage: Stage, desk: InvoicesDesk) -> None:
    """Another desk's invoice comes in on top while one types why."""
    stage.press("F7")
    stage.type("卡")
    before = samples.invoices()
    stage.answers(ListInvoices, msgspec.structs.replace(before, invoices=(samples.invoice(18), *before.invoices)))
    desk.refresh(frozenset())
    stage.settle()
    stage.type("纸")
    stage.answers(VoidInvoice, InvoiceReissued(voided="310601260000017", paper=samples.copy(1)))
    stage.press("F12")
    assert stage.asked(VoidInvoice)[-1].invoice_id == 17


def test_a_refusal_stands_in_the_form_and_what_was_typed_stays(stage: Stage, desk: InvoicesDesk) -> None:
    stage.answers(VoidInvoice, NoInvoiceSegment(cashier="王芳"))
    stage.press("F7")
    stage.type("打印偏移")
    stage.press("F12")
    assert "王芳" in desk.panel.trouble.text()
    assert desk.panel.reason.reason.text() == "打印偏移"
    assert desk.model.why_not() == ""
    stage.answers(VoidInvoice, InvoiceReissued(voided="310601260000017", paper=samples.copy(1)))
    stage.press("F12")
    ids = stage.request_ids(VoidInvoice)
    assert ids[0] == ids[1]  # the same act, tried again
    stage.press("Escape")
    assert desk.model.act is None


def test_the_number_that_comes_next_is_proposed_to_be_void(stage: Stage, desk: InvoicesDesk) -> None:
    stage.answers(VoidNumber, samples.segment(1, next="310601260000019", spoiled=1, left=82))
    stage.press("F8")
    assert desk.panel.reason.number.text() == "310601260000018"
    stage.press("Return")
    stage.type("受潮")
    stage.press("F12")
    (asked,) = stage.asked(VoidNumber)
    assert (asked.number, asked.reason) == ("310601260000018", "受潮")
    assert "310601260000019" in stage.said()


def test_a_segment_is_given_by_keys_alone(stage: Stage, desk: InvoicesDesk) -> None:
    given = samples.segment(9, cashier_id=3, cashier="周清", first="A0301", last="A0400", next="A0301", used=0, voided=0, left=100)
    stage.answers(GiveSegment, given)
    stage.press("F3")
    assert desk.model.page is Page.SEGMENTS
    stage.press("Down", "Down", "Return")
    stage.type("a")
    stage.press("Return")
    stage.type("0301")
    stage.press("Return")
    stage.type("0400")
    assert "100" in desk.panel.give.count.text()
    stage.press("F12")
    (asked,) = stage.asked(GiveSegment)
    assert (asked.cashier_id, asked.prefix, asked.first, asked.last) == (3, "A", "0301", "0400")
    assert "A0400" in stage.said()


@pytest.mark.parametrize(("first", "last"), [("", ""), ("1", "10"), ("20", "10"), ("1a", "20")])
def test_what_is_no_segment_is_not_sent(stage: Stage, desk: InvoicesDesk, first: str, last: str) -> None:
    stage.press("F3")
    desk.panel.give.first.setText(first)
    desk.panel.give.last.setText(last)
    stage.press("F12")
    assert stage.asked(GiveSegment) == []
    assert desk.panel.trouble.text()


def test_numbers_that_somebody_has_are_refused_with_his_name(stage: Stage, desk: InvoicesDesk) -> None:
    stage.answers(GiveSegment, SegmentOverlaps(first="A0001", last="A0100", holder="金杏"))
    stage.press("F3")
    desk.panel.give.first.setText("0001")
    desk.panel.give.last.setText("0100")
    stage.press("F12")
    assert "金杏" in desk.panel.trouble.text()


def test_a_segment_is_taken_back(stage: Stage, desk: InvoicesDesk) -> None:
    back = samples.segment(1, state=SegmentState.RETURNED, returned_from="310601260000018", returned_at=samples.AT, left=0, next="")
    stage.answers(ReturnSegment, back)
    stage.press("F4", "F10")
    stage.type("年底换新票")
    stage.press("F12")
    (asked,) = stage.asked(ReturnSegment)
    assert (asked.segment_id, asked.reason) == (1, "年底换新票")
    assert "310601260000018" in stage.said()


def test_an_einvoice_is_sent_now(stage: Stage, desk: InvoicesDesk) -> None:
    stage.answers(RetryEInvoice, Done())
    stage.press("F4", "F4", "F4", "F11")
    assert stage.asked(RetryEInvoice)[-1].einvoice_id == 6


def test_the_backlog_and_ones_own_numbers_are_always_in_sight(stage: Stage, desk: InvoicesDesk) -> None:
    assert (desk.lists.backlog.tone(), desk.lists.holding.tone()) == ("danger", "plain")
    assert "183" in desk.lists.holding.text()
    set_language(ENGLISH)
    desk.retranslate()
    assert desk.lists.backlog.text() == "E-invoices: 1 refused, 4 waiting"


def test_a_manager_gives_and_does_not_void(app: QApplication, tmp_path: Path) -> None:
    made = Stage(tmp_path, roles=(Role.MANAGER,))
    for kind, reply in ((ListInvoices, samples.invoices()), (ListSegments, samples.segments()), (ListEInvoices, samples.queue())):
        made.answers(kind, reply)
    try:
        frame = made.show(InvoicesDesk(made.place))
        offered = {offer.action.id for offer in frame.offers()}
        assert {"give", "take_back"} <= offered
        assert not {"reissue", "void_number", "reprint"} & offered
    finally:
        made.close()


def test_without_a_line_nothing_is_lost(stage: Stage, desk: InvoicesDesk) -> None:
    stage.answers(ListInvoices, Unreachable())
    stage.press("F5")
    assert len(desk.lists.tables[Page.INVOICES].rows()) == 17
