"""What the desk says about money: by which way it was taken, what is not taken without being said, and whose figures stand there."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtCore import QPoint

from client.cashier import actions, paying
from client.cashier.view.desk import CashierDesk
from client.desk import Kind, Result
from common import topics
from common.errors import NotFound
from common.messages.accounts import CreditKind, GetPatientAccounts, PatientAccounts, PayingAccount
from common.messages.cashier import DebtorList, GetUnpaid, ListDebtors, Settle, Tender, TenderKind
from common.messages.prices import ChargedManually, ChargeManually, PriceHits, PriceItem, SearchPriceItems
from common.messages.settlement import BeginSettlement, GetMoneyRules, GetSettlement, ListOpenSettlements, SettlementList
from common.settling_errors import PaymentRefused
from common.wire import Change, Refused
from tests.client.cashier.samples import CONNECTED, DEBTORS, LINES, SHARE, line, settled, settlement, unpaid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from printing.catalog import AnyDocument
    from tests.client.stage import Stage

TOTAL = sum(each.amount_fen for each in LINES)  # 124.12
CODE = "134567890123456789"


def owns(stage: Stage, *credit: tuple[str, int], deposit_fen: int = 0) -> None:
    """What every patient can pay with besides."""
    accounts = tuple(
        PayingAccount(account_id=number, kind=CreditKind.COMPANY, name=name, left_fen=left) for number, (name, left) in enumerate(credit, 1)
    )
    stage.answers(
        GetPatientAccounts, lambda request: PatientAccounts(patient_id=request.patient_id, deposit_fen=deposit_fen, credit=accounts)
    )


def refusing(stage: Stage) -> None:
    """Every payment code is refused."""
    failure = PaymentRefused(channel="tender|WeChat Pay", message="余额不足")
    refused = Refused(error="PaymentRefused", fields=failure.fields)
    stage.answers(GetMoneyRules, CONNECTED)
    stage.answers(
        BeginSettlement,
        lambda request: settlement(state="FAILED", patient_id=request.patient_id, failure=refused, can_cancel=False),
    )


def paid(stage: Stage) -> dict[TenderKind, int]:
    """The tenders that were sent last."""
    return {tender.kind: tender.amount_fen for tender in stage.asked(Settle)[-1].tenders}


def whole(words: QWidget) -> bool:
    """Whether a label has the room for all of its words."""
    return words.isVisible() and words.width() >= words.sizeHint().width()


# --- how much is available -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [500_00, 1_234_567_00])
def test_a_long_name_never_cuts_what_a_company_can_pay(desk: CashierDesk, stage: Stage, left: int) -> None:
    owns(stage, ("新疆维吾尔自治区杏林电子元器件制造股份有限公司", left))
    stage.press("Return")
    note = desk.till.rows.notes[TenderKind.CREDIT]
    assert note.amount.text() == f"可用 ¥{left // 100:,}.00"
    assert whole(note.amount)
    assert note.name.width() < note.name.sizeHint().width()
    assert note.name.toolTip().endswith("公司")


def test_of_several_companies_the_chosen_one_s_figure_is_whole(desk: CashierDesk, stage: Stage) -> None:
    owns(stage, ("宏远建筑工程有限公司", 1_234_567_00), ("区教育局", 50_00))
    stage.press("Return", "F7")
    note = desk.till.rows.notes[TenderKind.CREDIT]
    assert (note.amount.text(), whole(note.amount)) == ("可用 ¥1,234,567.00", True)
    stage.press("Tab", "Down")
    assert desk.till.rows.account.currentText() == "区教育局"
    assert note.amount.text() == "可用 ¥50.00"


def test_what_only_this_patient_has_comes_first(desk: CashierDesk, stage: Stage) -> None:
    owns(stage, ("杏林电子厂", 500_00), deposit_fen=100_00)
    stage.press("Return", "F7")
    assert desk.till.amounts[TenderKind.DEPOSIT].fen() == 100_00
    stage.press("F7")
    assert desk.till.amounts[TenderKind.CREDIT].fen() == TOTAL


# --- cash that nobody typed ----------------------------------------------------------------------------------------------------------


def test_the_rest_of_a_company_s_part_is_asked_about_before_it_is_cash(desk: CashierDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    owns(stage, ("杏林电子厂", 100_00))
    stage.press("Return", "F7", "F12")
    assert stage.asked(Settle) == []
    assert desk.till.given.hasFocus()
    assert desk.till.trouble.text() == "其余 ¥24.12 收现金？再按 F12。"
    stage.press("F12")
    assert paid(stage) == {TenderKind.CREDIT: 100_00, TenderKind.CASH: 24_12}
    assert len(papers) == 1


def test_another_rest_is_asked_about_anew(desk: CashierDesk, stage: Stage) -> None:
    owns(stage, ("杏林电子厂", 100_00))
    stage.press("Return", "F7", "F12")
    stage.press("F7")
    stage.type("50")
    stage.press("F12")
    assert stage.asked(Settle) == []
    assert "¥74.12" in desk.till.trouble.text()


def test_cash_that_was_typed_needs_no_question(desk: CashierDesk, stage: Stage) -> None:
    owns(stage, ("杏林电子厂", 100_00))
    stage.press("Return", "F7", "F6")
    stage.type("50")
    stage.press("F12")
    assert paid(stage) == {TenderKind.CREDIT: 100_00, TenderKind.CASH: 24_12}


def test_a_hand_at_another_means_does_not_take_cash(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(GetMoneyRules, CONNECTED)
    stage.press("F5", "Return")
    desk.till.amounts[TenderKind.WAIVER].setFocus()
    stage.press("F12")
    assert stage.asked(Settle) == []
    assert desk.till.trouble.text() == "¥124.12 全收现金？再按 F12。"
    stage.press("F12")
    assert paid(stage) == {TenderKind.CASH: TOTAL}


def test_after_a_refused_code_cash_is_asked_about(desk: CashierDesk, stage: Stage) -> None:
    refusing(stage)
    stage.press("F5", "Return")
    stage.scan(CODE)
    assert "微信支付未收款：余额不足。 未扣款。" in desk.till.trouble.text()
    assert desk.till.trouble.text() == stage.said()
    stage.press("F12")
    assert stage.asked(Settle) == []
    assert (desk.till.trouble.text(), stage.said()) == ("¥124.12 全收现金？再按 F12。", "")
    stage.press("F12")
    assert paid(stage) == {TenderKind.CASH: TOTAL}


def test_the_next_patient_s_exact_cash_is_one_key_again(desk: CashierDesk, stage: Stage) -> None:
    refusing(stage)
    stage.press("F5", "Return")
    stage.scan(CODE)
    stage.press("F2", "Down", "Return", "F12")
    assert stage.asked(Settle)[0].patient_id == 8


# --- what was taken ------------------------------------------------------------------------------------------------------------------


def result(*tenders: Tender, **fields: Any) -> Any:
    """The answer to a settlement by these tenders."""
    total = sum(tender.amount_fen for tender in tenders)
    return msgspec.structs.replace(settled(Settle(patient_id=7, line_ids=(1,), expected_fen=total, tenders=tenders)), **fields)


CASH = Tender(kind=TenderKind.CASH, amount_fen=140_00, given_fen=200_00)


@pytest.mark.parametrize(
    ("tenders", "said", "last", "shown"),
    [
        ((CASH,), "已收费 ¥140.00，找零 ¥60.00，票据 0000000123。", "现金 140.00", "实收 140.00"),
        (
            (CASH, Tender(kind=TenderKind.CREDIT, amount_fen=500_00)),
            "已收费 ¥640.00：单位挂账 500.00，现金 140.00，找零 ¥60.00，票据 0000000123。",
            "单位挂账 500.00，现金 140.00",
            "实收 140.00",
        ),
        (
            (CASH, Tender(kind=TenderKind.WAIVER, amount_fen=50_00), Tender(kind=TenderKind.WECHAT, amount_fen=1_00)),
            "已收费 ¥191.00：减免 50.00，微信支付 1.00，现金 140.00，找零 ¥60.00，票据 0000000123。",
            "减免 50.00，微信支付 1.00，现金 140.00",
            "实收 141.00",
        ),
        (
            (Tender(kind=TenderKind.DEPOSIT, amount_fen=3_08),),
            "已收费 ¥3.08：预交金 3.08，票据 0000000123。",
            "预交金 3.08",
            "已结清 3.08",
        ),
    ],
)
def test_it_is_said_what_was_taken_by_which_way(
    desk: CashierDesk, stage: Stage, display: list[tuple[str, ...]], tenders: tuple[Tender, ...], said: str, last: str, shown: str
) -> None:
    paying.settled(desk, 99, result(*tenders), "paper")
    stage.settle()
    assert stage.said() == said
    assert desk.till.last.paid.text() == f"上一位：李建国，{last}"
    assert display[-1][0] == shown


# --- whose sentence stands there -----------------------------------------------------------------------------------------------------


def test_another_patient_in_hand_takes_the_result_of_the_one_before_away(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return", "F12")
    assert "已收费" in stage.said()
    stage.answers(ListDebtors, DebtorList(debtors=DEBTORS.debtors[1:]))
    stage.press("F5", "Return")
    assert desk.model.patient_id == 8
    assert stage.said() == ""


def test_a_paper_that_did_not_come_out_is_not_taken_away(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return", "F12")
    stage.place.paper.told.emit(Result("没有打印。", Kind.WARNING))
    stage.press("F2", "Down", "Return")
    assert desk.model.patient_id == 8
    assert stage.said() == "没有打印。"


def test_what_is_missing_is_said_as_long_as_it_is_missing(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("112.04")
    stage.press("F12")
    assert stage.said() == "还差 ¥12.08。"
    stage.answers(GetMoneyRules, CONNECTED)
    gate = threading.Event()
    stage.answers(BeginSettlement, lambda request: (gate.wait(30), settlement(patient_id=request.patient_id))[1])
    stage.answers(GetSettlement, NotFound(kind="settlement", key="31"))
    stage.press("F5")
    stage.scan(CODE)
    assert stage.said() == ""
    assert desk.model.tendering.parts[TenderKind.WECHAT].amount_fen == 12_08
    gate.set()
    stage.settle()


def test_a_charge_of_one_s_own_ends_in_green(desk: CashierDesk, stage: Stage) -> None:
    item = PriceItem(id=3, code="T3", name="静脉注射", unit="次", category="treatment", price=Decimal(8), active=True)
    stage.answers(SearchPriceItems, PriceHits(items=(item,), packages=()))
    mine = line(77, "静脉注射", 2400, source="service")

    def charge(_request: ChargeManually) -> ChargedManually:
        stage.answers(GetUnpaid, lambda request: unpaid(*LINES, mine, patient_id=request.patient_id))
        stage.ops.changed.emit(frozenset({Change(topic=topics.CHARGE, id=7)}))
        return ChargedManually(visit_id=42, visit_number="26112100042", line_ids=(77,), total_fen=2400)

    stage.answers(ChargeManually, charge)
    stage.press("Return", "F3")
    stage.type("jm")
    stage.press("Return")
    stage.type("3")
    stage.press("Return")
    stage.settle(lambda: desk.model.due_fen == TOTAL + 2400)
    assert stage.said() == "已计入 静脉注射 ×3 ¥24.00。"
    assert stage.frame is not None
    assert stage.frame.line.result is not None
    assert stage.frame.line.result.kind is Kind.DONE


# --- where things stand --------------------------------------------------------------------------------------------------------------


def place_of(widget: QWidget, desk: CashierDesk) -> tuple[int, int, int]:
    """Left, top and bottom of a widget in the desk."""
    at = widget.mapTo(desk, QPoint(0, 0))
    return at.x(), at.y(), at.y() + widget.height()


def test_the_price_list_opens_under_its_field_and_above_the_lines(desk: CashierDesk, stage: Stage) -> None:
    items = tuple(
        PriceItem(
            id=number, code=f"T{number}", name=f"静脉输液（第 {number} 瓶）", unit="次", category="treatment", price=Decimal(8), active=True
        )
        for number in range(1, 13)
    )
    stage.answers(SearchPriceItems, PriceHits(items=items, packages=()))
    stage.press("Return", "F3")
    stage.type("jm")
    bar = desk.charge_bar
    listed = bar.item.listed
    assert listed.isVisible()
    assert (place_of(listed, desk)[0], listed.width()) == (place_of(bar.item, desk)[0], bar.item.width())
    assert place_of(bar.item, desk)[2] <= place_of(listed, desk)[1]
    assert place_of(listed, desk)[2] <= place_of(desk.bill.horizontalHeader(), desk)[1]
    stage.press("Return")
    assert not listed.isVisible()
    assert bar.quantity.hasFocus()


def quoted(desk: CashierDesk, stage: Stage) -> None:
    """The insurance has quoted for the patient in hand."""
    paying.follow(desk, settlement(state="QUOTED", patient_id=desk.model.patient_id or 0, quote=SHARE))
    stage.settle()


def test_the_float_stays_in_view_when_the_insurance_has_quoted(desk: CashierDesk, stage: Stage) -> None:
    owns(stage, ("杏林电子厂", 100_00), deposit_fen=100_00)
    stage.press("Return", "F12", "F12", "F2", "Down", "Return")
    quoted(desk, stage)
    shift = desk.till.shift
    assert shift.isVisible()
    assert shift.cash.text() == "备用金 ¥500.00"
    assert whole(shift.cash)
    assert whole(shift.bills)
    assert place_of(shift, desk)[2] <= desk.height()
    area = desk.areas[desk.till]
    assert area.verticalScrollBar().maximum() == 0
    assert not area.isAncestorOf(shift)


def test_the_patient_under_way_is_listed_once(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(ListOpenSettlements, SettlementList(settlements=(settlement(),)))
    stage.answers(GetSettlement, settlement())
    desk.refresh(frozenset())
    stage.settle()
    assert [each.patient_id for each in desk.debtors.open.rows()] == [7]
    assert 7 not in [each.patient_id for each in desk.debtors.table.rows()]
    assert desk.debtors.count.text() == f"{len(DEBTORS.debtors) - 1} 人"


def test_the_rows_that_are_marked_are_those_of_the_patient_in_hand(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(ListOpenSettlements, SettlementList(settlements=(settlement(patient_id=8, name="欧阳志远"),)))
    desk.refresh(frozenset())
    actions.choose(desk, 12)
    stage.settle()
    table, under_way = desk.debtors.table, desk.debtors.open
    current = table.current()
    assert current is not None
    assert (current.patient_id, under_way.current()) == (12, None)
    actions.choose(desk, 99)
    desk.refresh(frozenset())
    stage.settle()
    assert (table.current(), under_way.current()) == (None, None)
    stage.press("F2")
    current = table.current()
    assert current is not None
    assert current.patient_id == 7  # whom Enter takes
