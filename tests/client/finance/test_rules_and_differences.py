"""The pages of the rules about money and of differences with channels: what they say, offer and refuse; the service is a table of answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from client.finance import differences, rules
from client.finance.model import DIFFERENCES, PAGES, RULES
from client.finance.rules import RulesTyped
from client.finance.view.desk import FinanceDesk
from common.i18n import CHINESE, ENGLISH, set_language
from common.messages.cashier import TenderKind
from common.messages.catalogue import GetLists
from common.messages.finance import GetReport
from common.messages.reconcile import (
    DifferenceFacts,
    DifferenceList,
    Finding,
    ListDifferences,
    ListReconciliations,
    ReconciliationFacts,
    ReconciliationList,
    ResolveDifference,
    RunChannelReconciliation,
    Way,
)
from common.messages.settlement import GetMoneyRules, MoneyRules, SetMoneyRules
from common.wire import Done
from tests.client.finance import samples

if TYPE_CHECKING:
    from tests.client.stage import Stage

NOW = samples.NOW
DAY = NOW.date() - timedelta(days=1)
OURS = MoneyRules(
    cash_rounding="none",
    refund_alone_fen=20_000,
    waiver_limits={"cashier": 0, "manager": 50_000, "doctor": 7},
    green_days=30,
    invoice_segments=False,
    close_needs_acceptance=False,
    einvoice_kind="none",
    channels=(TenderKind.WECHAT, TenderKind.ALIPAY),
    insurance=True,
)


def difference(difference_id: int, finding: Finding = Finding.THEIRS_ONLY, **more: Any) -> DifferenceFacts:
    """A payment by WeChat that differs."""
    order = f"XL261121{difference_id:010d}"
    there = {Finding.THEIRS_ONLY: (None, 4250), Finding.OURS_ONLY: (4250, None), Finding.AMOUNT: (4250, 4205)}[finding]
    known: dict[str, Any] = {
        "id": difference_id,
        "party": "wechat",
        "day": DAY,
        "finding": finding,
        "act": "PAY",
        "order": order,
        "number": order,
        "ours_fen": there[0],
        "theirs_fen": there[1],
        "patient_id": None,
        "patient_name": "",
        "settlement_id": None,
        "found_at": NOW,
        "way": Way.OPEN,
        "refund_number": "",
        "trouble": "",
        "resolution": "",
        "resolved_at": None,
        "resolved_by": "",
    }
    return DifferenceFacts(**{**known, **more})


FOUND = (
    difference(1, trouble="The order was not made by this program."),
    difference(2, Finding.OURS_ONLY, patient_name="欧阳静怡", settlement_id=4711),
    difference(3, Finding.AMOUNT, party="alipay", patient_name="张小三", settlement_id=4712),
    difference(4, way=Way.REFUND, refund_number="DXL2611210000000004"),
    difference(5, party="insurance", act="SETTLE"),
    difference(6, act="REFUND", number="CONSOLE-1", trouble="This refund was not made here."),
)


def statement(day: date, channel: TenderKind, fetched_at: datetime | None = NOW, **more: Any) -> ReconciliationFacts:
    """A day's statement."""
    known: dict[str, Any] = {"trouble": "", "lines": 128, "paid_fen": 1_284_350, "back_fen": 8_600, "differences": 0, "open_differences": 0}
    return ReconciliationFacts(channel=channel, day=day, wanted_at=NOW, fetched_at=fetched_at, **{**known, **more})


DAYS = (
    statement(DAY, TenderKind.ALIPAY, open_differences=1, differences=1),
    statement(DAY, TenderKind.WECHAT, None, trouble="ECONNREFUSED"),
    statement(DAY - timedelta(days=1), TenderKind.ALIPAY),
    statement(DAY - timedelta(days=1), TenderKind.WECHAT, None),
)


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> FinanceDesk:
    """The manager's desk in a clinic with two channels."""
    stage.answers(GetLists, samples.LISTS)
    stage.answers(GetReport, samples.report)
    stage.answers(GetMoneyRules, OURS)
    stage.answers(ListDifferences, DifferenceList(differences=FOUND, more=False))
    stage.answers(ListReconciliations, ReconciliationList(days=DAYS))
    monkeypatch.setattr(stage.place, "now", lambda: NOW)
    made = FinanceDesk(stage.place)
    stage.show(made)
    return made


def go(stage: Stage, page: str) -> None:
    """To a page, and into it."""
    order = [each.id for each in PAGES]
    stage.press("Alt+1", *["Up"] * len(order), *["Down"] * order.index(page), "Return")


# --- rules -------------------------------------------------------------------------------------------------------------------------


def test_limits_of_other_roles_stay_and_what_is_connected_is_only_read(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(SetMoneyRules, Done())
    go(stage, RULES)
    assert desk.rules.connected.text() == "微信\n支付宝\n医保" or "医保" in desk.rules.connected.text()
    stage.press("3", "F12")
    (asked,) = stage.asked(SetMoneyRules)
    assert asked.rules == msgspec.structs.replace(OURS, cash_rounding="half_up")


@pytest.mark.parametrize("typed", ["", "0", "3651", "-1", "x", "３"])
def test_days_that_make_no_sense_are_asked_for(desk: FinanceDesk, stage: Stage, typed: str) -> None:
    go(stage, RULES)
    desk.rules.green_days.setText(typed)
    assert "绿色通道" in desk.missing()
    stage.press("F12")
    assert stage.asked(SetMoneyRules) == []


def test_without_a_change_nothing_is_sent(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, RULES)
    stage.press("F12")
    assert stage.asked(SetMoneyRules) == []


def test_what_was_typed_goes_over_what_another_changed() -> None:
    typed = msgspec.structs.replace(OURS, green_days=7)
    latest = msgspec.structs.replace(OURS, cash_rounding="up", green_days=60)
    merged = RulesTyped.of(typed).over(OURS, latest)
    assert (merged.cash_rounding, merged.green_days) == ("up", 7)


def test_a_clinic_alone_says_so() -> None:
    set_language(ENGLISH)
    alone = msgspec.structs.replace(OURS, channels=(), insurance=False)
    assert rules.connected(alone) == "No payment channel\nNo insurance"
    set_language(CHINESE)


# --- differences -------------------------------------------------------------------------------------------------------------------


def test_those_with_the_insurance_stand_at_its_own_desk(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, DIFFERENCES)
    assert [one.id for one in desk.differences.table.rows()] == [1, 2, 3, 4, 6]
    assert "欧阳静怡" not in desk.differences.table.as_text()


@pytest.mark.parametrize(
    ("number", "ways"),
    [
        (1, (Way.REFUND, Way.SETTLED, Way.ACCEPTED)),
        (2, (Way.SETTLED, Way.ACCEPTED)),
        (3, (Way.SETTLED, Way.ACCEPTED)),
        (4, ()),
        (6, (Way.SETTLED, Way.ACCEPTED)),
    ],
)
def test_only_ways_that_the_service_takes_are_offered(number: int, ways: tuple[Way, ...]) -> None:
    (one,) = (each for each in FOUND if each.id == number)
    assert differences.ways(one) == ways
    assert differences.ways(msgspec.structs.replace(one, resolved_at=NOW)) == ()


def test_the_settlement_that_is_known_is_proposed(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(ResolveDifference, msgspec.structs.replace(FOUND[1], resolved_at=NOW, way=Way.SETTLED))
    go(stage, DIFFERENCES)
    desk.differences.table.select(2)
    stage.press("Return", "Return", "Return")
    stage.type("found in the console")
    stage.press("F12")
    (asked,) = stage.asked(ResolveDifference)
    assert (asked.difference_id, asked.way, asked.settlement_id, asked.reason) == (2, Way.SETTLED, 4711, "found in the console")


def test_a_reason_is_for_one_difference_alone(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, DIFFERENCES)
    desk.differences.reason.setText("kiosk")
    stage.press("F5")
    assert desk.differences.reason.text() == "kiosk"
    desk.differences.table.select(3)
    assert desk.differences.reason.text() == ""
    stage.press("F12")
    assert stage.asked(ResolveDifference) == []


def test_one_that_is_being_paid_back_waits(desk: FinanceDesk, stage: Stage) -> None:
    go(stage, DIFFERENCES)
    desk.differences.table.select(4)
    assert not desk.differences.form.isVisible()
    assert "DXL2611210000000004" in desk.differences.about.text()
    assert desk.missing()


def test_a_statement_is_fetched_for_the_day_and_channel_at_the_top(desk: FinanceDesk, stage: Stage) -> None:
    stage.answers(RunChannelReconciliation, DAYS[1])
    go(stage, DIFFERENCES)
    stage.press("Alt+3", "Tab", "2", "Ctrl+T")
    (asked,) = stage.asked(RunChannelReconciliation)
    assert (asked.channel, asked.day) == (TenderKind.ALIPAY, DAY)


def test_statements_in_words() -> None:
    set_language(CHINESE)
    assert [differences.fetched(day) for day in DAYS] == [
        ("1 笔未处理", "warning"),
        ("ECONNREFUSED", "danger"),
        ("平", "done"),
        ("正在取", "info"),
    ]
