"""The manager's rules about money and differences with payment channels, against the real service and the channels' simulator; keys alone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from client import theme
from client.finance import differences
from client.finance.model import PAGES
from common.i18n import CHINESE, set_language
from common.messages.reconcile import DifferenceFacts
from common.messages.settlement import GetMoneyRules, SetMoneyRules
from server.channels.acquirer import CHANNEL_ZONE
from tests.client.registration.real_desk import RealDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.flows.conftest import Connected
    from tests.harness import Clinic

MANAGER = "yuanzhang"
ORDER = [page.id for page in PAGES]


def sit_down(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealDesk:
    """The manager at his desk."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "finance", MANAGER, tmp_path)
    made.front()
    return made


@pytest.fixture
def manager(qapp: QApplication, clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The manager of a clinic with nobody outside."""
    made = sit_down(qapp, clinic, tmp_path, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def auditor(qapp: QApplication, connected: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The manager of a clinic with payment channels."""
    made = sit_down(qapp, connected.clinic, tmp_path, monkeypatch)
    yield made
    made.close()


def go(manager: RealDesk, page: str) -> None:
    """To a page, and into it."""
    manager.press("Alt+1", *["Up"] * len(ORDER), *["Down"] * ORDER.index(page))
    manager.wait(lambda: manager.desk.model.page == page)
    manager.rest()
    manager.press("Return")


def test_rules_are_changed_by_keys_and_hold(manager: RealDesk, clinic: Clinic) -> None:
    go(manager, "rules")
    manager.wait(lambda: manager.desk.rules.base is not None)
    assert manager.desk.rules.connected.text() == "没有支付渠道\n没有医保"
    before = clinic.desk(MANAGER).call(GetMoneyRules())
    manager.press("F12")
    assert clinic.desk(MANAGER).call(GetMoneyRules()) == before
    manager.press("2", "Return", "Ctrl+A")
    manager.type("150")
    manager.press("Return", "Ctrl+A")
    manager.type("14")
    manager.press("Return", "Ctrl+A")
    manager.type("5")
    manager.press("Return", "Return", "2", "Return", "2", "Return", "3", "F12")
    manager.wait(lambda: "收费规则已保存" in manager.said)
    rules = clinic.desk(MANAGER).call(GetMoneyRules())
    assert (rules.cash_rounding, rules.refund_alone_fen, rules.green_days) == ("down", 15_000, 14)
    assert rules.waiver_limits == {"cashier": 500, "manager": 50_000}
    assert (rules.invoice_segments, rules.close_needs_acceptance, rules.einvoice_kind) == (True, True, "tax")


def test_what_another_person_set_meanwhile_is_kept(manager: RealDesk, clinic: Clinic) -> None:
    go(manager, "rules")
    manager.wait(lambda: manager.desk.rules.base is not None)
    manager.press("4")
    other = clinic.desk(MANAGER)
    rules = other.call(GetMoneyRules())
    other.call(SetMoneyRules(rules=msgspec.structs.replace(rules, green_days=21)))
    manager.press("F5")
    manager.wait(lambda: manager.desk.rules.green_days.text() == "21")
    manager.press("F12")
    manager.wait(lambda: "收费规则已保存" in manager.said)
    rules = other.call(GetMoneyRules())
    assert (rules.cash_rounding, rules.green_days) == ("up", 21)


def planted(connected: Connected, *orders: str) -> None:
    """Orders of the channel's books that ours do not hold, on the day that the page proposes."""
    yesterday = datetime.now(CHANNEL_ZONE) - timedelta(days=1)
    noon = yesterday.replace(hour=12, minute=0, second=0, microsecond=0)
    lines = [
        {"order": order, "act": "PAY", "number": order, "amount_fen": 1000, "at": noon.isoformat(), "channel_number": "W1"}
        for order in orders
    ]
    connected.channels.control("plant", {"channel": "wechat", "lines": lines})


def choose_wechat(auditor: RealDesk) -> None:
    """The day's field, then the channel beside it."""
    auditor.wait(lambda: "wechat" in auditor.desk.differences.channel.codes())
    auditor.press("Alt+3", "Tab")
    auditor.press(str(auditor.desk.differences.channel.codes().index("wechat") + 1))


def test_differences_are_fetched_and_cleared_by_keys(auditor: RealDesk, connected: Connected) -> None:
    paid_back, accepted = f"KIOSK-{uuid.uuid4().hex[:12]}", f"KIOSK-{uuid.uuid4().hex[:12]}"
    planted(connected, paid_back, accepted)
    go(auditor, "differences")
    page = auditor.desk.differences
    choose_wechat(auditor)
    auditor.press("Ctrl+T")

    def found() -> dict[str, DifferenceFacts]:
        return {one.order: one for one in page.table.rows()}

    auditor.wait(lambda: {paid_back, accepted} <= found().keys() and all(one.trouble for one in found().values()), seconds=60)
    auditor.wait(lambda: any(differences.fetched(day)[1] == "warning" for day in page.days.rows()), seconds=60)
    page.table.select(found()[accepted].id)
    assert "我方账上没有" in page.about.text()
    auditor.press("Alt+2", "Return", "3", "Return")
    auditor.type("kiosk")
    auditor.press("F12")
    auditor.wait(lambda: accepted not in found(), seconds=60)
    page.table.select(found()[paid_back].id)
    auditor.press("Alt+2", "Return", "1", "Return")
    auditor.type("kiosk")
    auditor.press("F12")
    auditor.wait(lambda: paid_back not in found(), seconds=60)
    state = "SELECT jsonb_object_agg(order_number, way) FROM money_difference WHERE order_number = ANY(%s)"
    cleared = connected.clinic.database.value(state, [paid_back, accepted])
    assert cleared == {paid_back: "REFUND", accepted: "ACCEPTED"}
    book = connected.channels.control("book", {"channel": "wechat", "order_prefix": paid_back})
    assert [line["act"] for line in book] == ["PAY", "REFUND"]
    page.which.setFocus()
    auditor.press("2")
    auditor.wait(lambda: {paid_back, accepted} <= found().keys())


def test_a_clinic_without_channels_has_an_empty_page(manager: RealDesk) -> None:
    go(manager, "differences")
    manager.press("Ctrl+T")
    manager.wait(lambda: "没有连接任何支付渠道" in manager.said)
    manager.press("F12")
    assert manager.desk.differences.missing()
