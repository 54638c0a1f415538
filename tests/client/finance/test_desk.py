"""The desk in its frame, by keys alone; the service is a table of answers."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from client.finance import actions
from client.finance.view.desk import FinanceDesk
from common import topics
from common.domain.surcharge import Per
from common.errors import FieldWrong, ServiceBroken
from common.i18n import CHINESE, ENGLISH, set_language
from common.messages.cashier import GetReceipt
from common.messages.catalogue import GetLists
from common.messages.finance import (
    DrillDown,
    EnterExpense,
    ExpenseCategory,
    GetExpense,
    GetReport,
    ListExpenses,
    PaidFrom,
    ReportKind,
    ReverseExpense,
)
from common.messages.prices import (
    AddServiceItem,
    CorrectServiceItem,
    DropRouteSurcharge,
    GetPriceHistory,
    ListPackages,
    ListPriceItems,
    ListRouteSurcharges,
    PackageList,
    PriceHits,
    PriceList,
    PutPackage,
    PutRouteSurcharge,
    SearchPriceItems,
    SetPrice,
    SurchargeList,
)
from common.wire import Change, Done
from tests.client.finance import samples

if TYPE_CHECKING:
    from tests.client.stage import Stage

#: Pages in the order of the list, and how often ↓ goes there.
DOWN = {kind: place for place, kind in enumerate([*ReportKind, "spend", "prices", "packages", "surcharges"])}


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> FinanceDesk:
    """A month's end."""
    stage.answers(GetLists, samples.LISTS)
    stage.answers(GetReport, samples.report)
    stage.answers(DrillDown, samples.drilled)
    stage.answers(GetReceipt, samples.RECEIPT)
    stage.answers(GetExpense, lambda request: samples.expense(request.expense_id))
    stage.answers(ListExpenses, samples.EXPENSES)
    stage.answers(ListPriceItems, PriceList(day=samples.NOW.date(), items=samples.ITEMS, more=False))
    stage.answers(GetPriceHistory, samples.HISTORY)
    stage.answers(ListPackages, PackageList(packages=samples.PACKAGES))
    stage.answers(ListRouteSurcharges, SurchargeList(surcharges=samples.SURCHARGES))
    stage.answers(SearchPriceItems, lambda request: PriceHits(packages=(), items=tuple(i for i in samples.ITEMS if request.text in i.name)))
    monkeypatch.setattr(stage.place, "now", lambda: samples.NOW)
    made = FinanceDesk(stage.place)
    stage.show(made)
    return made


def go(stage: Stage, page: str) -> None:
    """To a page, and into it."""
    stage.press("Alt+1", *["Up"] * len(DOWN), *["Down"] * DOWN[page], "Return")


# --- reports -----------------------------------------------------------------------------------------------------------------------


def test_it_begins_with_the_days_of_this_month_and_says_that_the_books_agree(desk: FinanceDesk, stage: Stage) -> None:
    (asked,) = stage.asked(GetReport)
    assert (asked.kind, asked.begins, asked.ends) == (ReportKind.DAILY, date(2026, 11, 1), date(2026, 11, 30))
    assert desk.reports.table is not None
    assert len(desk.reports.table.rows()) == 21
    assert (desk.reports.verdict.text(), desk.reports.verdict.tone()) == ("与总账相符", "done")
    assert desk.reports.panel.title.text() == "2026-11-01 周日"


def test_books_that_do_not_agree_are_red_and_say_by_how_much(desk: FinanceDesk, stage: Stage) -> None:
    def broken(request: GetReport) -> Any:
        made = samples.report(request)
        return msgspec.structs.replace(made, ledger_fen=made.total_fen + 1)

    stage.answers(GetReport, broken)
    stage.press("F5")
    assert (desk.reports.verdict.text(), desk.reports.verdict.tone()) == ("与总账相差 -¥0.01", "danger")


@pytest.mark.parametrize("kind", ReportKind)
def test_every_report_by_arrows(desk: FinanceDesk, stage: Stage, kind: ReportKind) -> None:
    go(stage, kind)
    assert stage.asked(GetReport)[-1].kind is kind
    assert desk.reports.table is not None
    assert desk.reports.table.hasFocus()
    assert desk.reports.sums is not None
    (total,) = desk.reports.sums.rows()
    assert desk.model.report is not None
    assert total.cells == desk.model.report.totals
    assert desk.reports.sums.current() is None


def test_earlier_later_longer_and_back_to_today(desk: FinanceDesk, stage: Stage) -> None:
    stage.press("F6")
    assert stage.asked(GetReport)[-1].begins == date(2026, 10, 1)
    stage.press("F7", "F7")
    assert stage.asked(GetReport)[-1].begins == date(2026, 12, 1)
    stage.press("F4")
    assert stage.asked(GetReport)[-1].begins == date(2026, 11, 1)
    stage.press("F8")
    assert (stage.asked(GetReport)[-1].begins, stage.asked(GetReport)[-1].ends) == (date(2026, 1, 1), date(2026, 12, 31))
    stage.press("F8")
    assert stage.asked(GetReport)[-1].begins == date(2026, 12, 31)


def test_two_dates_of_ones_own_even_the_wrong_way_round(desk: FinanceDesk, stage: Stage) -> None:
    stage.press("Alt+3", "Tab")
    stage.press("Ctrl+A")
    stage.type("20261115")
    stage.press("Tab", "Ctrl+A")
    stage.type("20261105")
    stage.press("Return")
    asked = stage.asked(GetReport)[-1]
    assert (asked.begins, asked.ends) == (date(2026, 11, 5), date(2026, 11, 15))
    assert desk.model.period.text() == "2026-11-05 – 2026-11-15"


def test_the_answer_to_an_older_question_is_not_shown(desk: FinanceDesk, stage: Stage) -> None:
    held = threading.Event()

    def slow(request: GetReport) -> Any:
        if request.begins == date(2026, 10, 1):
            held.wait(20)
        return samples.report(request)

    stage.answers(GetReport, slow)
    from client import robot

    robot.press(stage.frame, "F6")  # type: ignore[arg-type]
    robot.press(stage.frame, "F6")  # type: ignore[arg-type]
    held.set()
    stage.settle(lambda: desk.model.report is not None and desk.model.report.begins == date(2026, 9, 1))
    assert "2026-09-01" in desk.reports.title.text()


def test_down_to_the_bill_and_back_step_by_step(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, ReportKind.DOCTOR)
    stage.press("Down", "Return")
    (asked,) = stage.asked(DrillDown)
    assert (asked.kind, asked.key, asked.before) == (ReportKind.DOCTOR, "12", None)
    assert desk.reports.postings.hasFocus()
    assert desk.reports.verdict.text().startswith("150 笔分录")
    stage.press("Down", "Return")
    assert stage.asked(GetReceipt)[-1].bill_id == 149
    shown = desk.reports.panel.table.as_text()
    assert "张*三" in shown
    assert "张小三" not in shown
    stage.press("Esc")
    assert desk.model.depth == 1
    posting = desk.reports.postings.current()
    assert posting is not None
    assert posting.posting_id == 149
    stage.press("Esc")
    assert desk.model.depth == 0
    assert desk.reports.table is not None
    assert desk.reports.table.hasFocus()
    row = desk.reports.table.current()
    assert row is not None
    assert row.name == "林悦"
    stage.press("Esc")
    assert desk.rail.hasFocus()


def test_the_rest_of_a_long_list_comes_as_one_goes_on(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, ReportKind.CATEGORY)
    stage.press("Return")
    stage.press(*["PgDown"] * 12)
    assert [asked.before for asked in stage.asked(DrillDown)] == [None, 91, 31]
    assert [row.posting_id for row in desk.reports.postings.rows()] == list(range(150, 0, -1))


def test_an_expense_behind_a_figure(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, ReportKind.EXPENSES)
    stage.press("Return", "Return")
    assert stage.asked(GetExpense)[-1].expense_id == 150
    assert "城南物业管理有限公司" in desk.reports.panel.table.as_text()


def test_figures_without_postings_or_documents_say_so(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, ReportKind.PROFIT)
    assert desk.reports.table is not None
    desk.reports.table.select(("memo", "drugs_cost"))
    stage.press("Return")
    assert "库存账" in stage.said()
    assert stage.asked(DrillDown) == []

    def float_only(request: DrillDown) -> Any:
        part = samples.drilled(request)
        return msgspec.structs.replace(part, rows=(msgspec.structs.replace(part.rows[0], operation="FLOAT", bill_id=None),), before=None)

    stage.answers(DrillDown, float_only)
    go(stage, ReportKind.TENDER)
    stage.press("Return", "Return")
    assert stage.said() == "这笔备用金没有单据。"


@pytest.mark.parametrize(("key", "suffix"), [("F10", "xlsx"), ("F11", "pdf"), ("Ctrl+E", "csv")])
def test_a_report_as_a_file(
    desk: FinanceDesk, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, suffix: str
) -> None:
    monkeypatch.setattr(actions, "folder", lambda _desk: tmp_path / "out")
    stage.press(key)
    stage.settle(lambda: bool(stage.said()))
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == f"收费日报 2026-11-01_2026-11-30.{suffix}"
    assert file.stat().st_size > 500
    assert str(file) in stage.said()


def test_a_file_that_cannot_be_written_is_said(desk: FinanceDesk, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text("in the way")
    monkeypatch.setattr(actions, "folder", lambda _desk: tmp_path / "out")
    stage.press("Ctrl+E")
    stage.settle(lambda: "out" in stage.said())


def test_what_others_settle_adds_up_anew_but_never_under_the_hand(desk: FinanceDesk, stage: Stage) -> None:
    change = frozenset({Change(topic=topics.BILL, id=5)})
    before = len(stage.asked(GetReport))
    desk.refresh(change)
    assert desk._soon.isActive()
    assert len(stage.asked(GetReport)) == before  # not for each single bill
    desk._soon.timeout.emit()
    stage.settle()
    assert len(stage.asked(GetReport)) == before + 1
    desk._soon.stop()
    go(stage, ReportKind.CATEGORY)
    stage.press("Return")
    desk.refresh(change)
    assert not desk._soon.isActive()


def test_a_report_that_does_not_come_is_said(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(GetReport, ServiceBroken(reference="ab12"))
    stage.press("F6")
    assert "ab12" in stage.said()
    assert not desk.model.loading


def test_both_languages_while_it_runs(desk: FinanceDesk, stage: Stage) -> None:
    set_language(ENGLISH)
    stage.press("F5")
    desk.retranslate()
    assert desk.reports.title.text().startswith("Daily report")
    assert desk.reports.table is not None
    assert desk.reports.table.as_text().startswith("Day\tBills")
    set_language(CHINESE)
    desk.retranslate()
    assert desk.reports.table.as_text().startswith("日期\t收费笔数")


# --- entering ----------------------------------------------------------------------------------------------------------------------


def test_an_expense_by_keys_alone_and_twice_pressed_once_booked(desk: FinanceDesk, stage: Stage) -> None:
    booked = samples.expense(9)
    stage.answers(EnterExpense, booked)
    go(stage, "spend")
    stage.type("fz")
    stage.press("Return")
    stage.type("8500")
    stage.press("Return", "Return", "Return")
    stage.type("城南物业")
    assert desk.missing() == ""
    from client import robot

    robot.press(stage.frame, "F12")  # type: ignore[arg-type]
    robot.press(stage.frame, "F12")  # type: ignore[arg-type]
    stage.settle()
    (asked,) = stage.asked(EnterExpense)
    assert asked == EnterExpense(
        category=ExpenseCategory.RENT,
        amount_fen=850_000,
        paid_from=PaidFrom.BANK,
        payee="城南物业",
        department_id=None,
        date=date(2026, 11, 21),
    )
    assert stage.said() == f"已入账：支出 {booked.number}，¥8,500.00。"
    assert desk.spend.payee.text() == ""
    assert desk.spend.category.hasFocus()


def test_what_is_missing_is_said_before_it_is_sent(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, "spend")
    stage.press("F12")
    assert "请填写：支出类别" in stage.said()
    assert stage.asked(EnterExpense) == []


def test_an_expense_that_was_refused_keeps_what_was_typed(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(EnterExpense, FieldWrong(field="Date", reason="that day was rolled up already; take a later one"))
    go(stage, "spend")
    desk.spend.category.set_entry((ExpenseCategory.RENT, "房租"))
    desk.spend.amount.set_fen(100)
    desk.spend.payee.setText("城南物业")
    stage.press("F12")
    assert "已经汇总" in stage.said()
    assert desk.spend.payee.text() == "城南物业"
    stage.press("F12")
    assert len(set(stage.request_ids(EnterExpense))) == 2  # refused: another try is another act


def test_an_expense_is_reversed_with_a_reason_and_after_a_question(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(ReverseExpense, samples.expense(12, number="Z261121012", amount_fen=-850_000))
    go(stage, "spend")
    desk.spend.table.select(3)
    stage.press("Ctrl+R")
    assert "请先在备注里写明原因" in stage.said()
    desk.spend.note.setText("重复录入")
    stage.press("Ctrl+R", "Esc")
    assert stage.asked(ReverseExpense) == []
    stage.press("Ctrl+R", "Shift+Tab", "Return")
    (asked,) = stage.asked(ReverseExpense)
    assert (asked.expense_id, asked.reason) == (3, "重复录入")
    assert "Z261121012" in stage.said()
    desk.spend.table.select(2)
    desk.spend.note.setText("再来")
    stage.press("Ctrl+R")
    assert len(stage.asked(ReverseExpense)) == 1


def test_a_price_from_the_new_year_on(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(SetPrice, samples.ITEMS[2])
    go(stage, "prices")
    stage.press("Return", "Down", "Down", "Return")
    assert desk.prices.item is not None
    assert desk.prices.item.code == "E001"
    assert stage.asked(GetPriceHistory)[-1].item_id == 3
    stage.press("Ctrl+A")
    stage.type("28.5")
    stage.press("Return", "Ctrl+A")
    stage.type("20270101")
    stage.press("Return")
    stage.type("医价8号")
    stage.press("F12")
    (asked,) = stage.asked(SetPrice)
    assert asked == SetPrice(item_id=3, price=Decimal("28.5"), valid_from=date(2027, 1, 1), document="医价8号")
    assert stage.asked(CorrectServiceItem) == []


def test_words_and_price_of_an_item_at_once_words_first(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(SetPrice, samples.ITEMS[0])
    stage.answers(CorrectServiceItem, samples.ITEMS[0])
    go(stage, "prices")
    desk.prices.show_item(samples.ITEMS[0])
    desk.prices.name.setText("普通门诊诊察费（成人）")
    desk.prices.price.setText("12")
    stage.press("F12")
    sent = [type(request) for request, _ in stage.connection.asked if isinstance(request, CorrectServiceItem | SetPrice)]
    assert sent == [CorrectServiceItem, SetPrice]
    assert len(set(stage.request_ids(CorrectServiceItem) + stage.request_ids(SetPrice))) == 2
    desk.prices.show_item(samples.ITEMS[0])
    stage.press("F12")
    assert "没有改动" in stage.said() or stage.said()
    assert len(stage.asked(SetPrice)) == 1


def test_a_new_item(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(AddServiceItem, samples.item(99, "T900", "掌心推拿", "treatment", "18.8"))
    go(stage, "prices")
    stage.press("F3")
    assert desk.prices.code.hasFocus()
    stage.type("T900")
    stage.press("Return")
    stage.type("次")
    stage.press("Return")
    stage.type("掌心推拿")
    stage.press("Return")
    stage.type("zlf")
    stage.press("Return", "Return", "Return")
    stage.type("18.8")
    stage.press("F12")
    (asked,) = stage.asked(AddServiceItem)
    assert (asked.code, asked.category, asked.price) == ("T900", "treatment", Decimal("18.8"))


def test_a_package_is_put_together_and_an_item_taken_out(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(PutPackage, samples.PACKAGES[0])
    go(stage, "packages")
    stage.press("F3")
    stage.type("XK01")
    desk.packages.name.setText("心电套餐")
    stage.press("Alt+2")
    for name, quantity in (("心电图", ""), ("注射器", "2"), ("头颅", "1")):
        stage.type(name)
        stage.press("Return")
        stage.type(quantity)
        stage.press("Return")
    assert [(part.code, part.quantity) for part in desk.packages.parts] == [
        ("E001", Decimal(1)),
        ("M001", Decimal(2)),
        ("E017", Decimal(1)),
    ]
    assert desk.packages.total.text() == "¥246.70"
    desk.packages.contents.select(4)
    desk.packages.contents.setFocus()
    stage.press("Delete")
    stage.press("F12")
    (asked,) = stage.asked(PutPackage)
    assert [(line.item_id, line.quantity) for line in asked.lines] == [(3, 1), (8, 2)]
    assert (asked.code, asked.name, asked.active) == ("XK01", "心电套餐", True)


def test_a_surcharge_begins_and_ends(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(PutRouteSurcharge, Done())
    stage.answers(DropRouteSurcharge, Done())
    go(stage, "surcharges")
    stage.type("jmdz")
    stage.press("Return")
    stage.type("注射器")
    stage.press("Return", "3", "F12")
    (asked,) = stage.asked(PutRouteSurcharge)
    assert asked == PutRouteSurcharge(route_code="ivgtt", item_id=8, per=Per.PRESCRIPTION)
    stage.press("Ctrl+D", "Shift+Tab", "Return")
    (dropped,) = stage.asked(DropRouteSurcharge)
    assert (dropped.route_code, dropped.item_id) == ("im", 5)
