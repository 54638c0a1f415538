"""What became of a call that nobody answers, looked up by two people and recorded at the desk of the daily close; by keys and scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import theme
from common.i18n import CHINESE, set_language
from common.messages.cashier import GetUnpaid, Tender, TenderKind
from common.messages.settlement import BeginSettlement, ConfirmSettlement, GetSettlement, GiveBadge, InsuranceUse, SettlementFacts
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk
from tests.flows.test_cashier_outside import insured_patient, owing, wechat_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.flows.conftest import Connected

MANAGER = "yuanzhang"
BADGE = "XLGP-2026-0004711"


@pytest.fixture
def window(qapp: QApplication, connected: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The cashier at the desk of the daily close."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(connected.clinic, "closing", visits.CASHIER, tmp_path)
    made.front()
    yield made
    made.close()


def now(connected: Connected, settlement_id: int) -> SettlementFacts:
    """Where it stands."""
    return connected.clinic.desk(visits.CASHIER).call(GetSettlement(settlement_id=settlement_id))


def lost(window: RealDesk, connected: Connected, pay: str) -> tuple[int, int]:
    """A payment whose reply was lost (``pay``: how), and a channel that is gone since; the settlement and the patient."""
    patient_id, due = owing(connected)
    silent = [{"kind": "RESET_BEFORE", "act": act, "times": 10_000} for act in ("query", "reverse")]
    connected.channels.control("faults", [{"kind": pay, "act": "pay"}, *silent])
    desk = connected.clinic.desk(visits.CASHIER)
    lines = tuple(line.id for line in desk.call(GetUnpaid(patient_id=patient_id)).lines)
    by_code = Tender(kind=TenderKind.WECHAT, amount_fen=due, code=wechat_code())
    begun = desk.call(BeginSettlement(patient_id=patient_id, line_ids=lines, expected_fen=due, tenders=(by_code,)))
    shown(window, connected, begun.id)
    return begun.id, patient_id


def shown(window: RealDesk, connected: Connected, settlement_id: int) -> None:
    """It is unknown, and the desk knows."""
    window.wait(lambda: now(connected, settlement_id).state == "UNKNOWN", seconds=60)
    window.wait(lambda: [(matter.settlement_id, matter.state) for matter in window.desk.model.matters] == [(settlement_id, "UNKNOWN")])
    window.rest()


def opened(window: RealDesk) -> None:
    """The page for the one open matter, with the hand on what became of it."""
    window.press("Alt+3")
    window.wait(lambda: "F11" in window.desk.side.advice.text())
    window.press("F11")
    window.wait(lambda: window.desk.page() is window.desk.finding)
    assert window.desk.finding.answer.hasFocus()


def test_what_was_paid_is_booked_after_two_people_saw_it(window: RealDesk, connected: Connected) -> None:
    settlement_id, patient_id = lost(window, connected, "RESET_AFTER")
    opened(window)
    assert now(connected, settlement_id).steps[0].number in window.desk.finding.facts.text()
    before = window.keys
    window.press("F12")
    assert "办成" in window.said
    window.press("2", "F12")
    assert "在哪里" in window.said
    window.press("Return")
    window.type("微信商户平台")
    window.press("F12")
    assert connected.clinic.database.value("SELECT count(*) FROM approval") == 0
    window.press("Return")
    assert window.desk.finding.approval.login.hasFocus()
    window.type(MANAGER)
    window.press("Return")
    window.type(PASSWORD)
    window.press("Return")
    window.wait(lambda: window.desk.recording.approval_id is not None)
    window.press("F12")
    assert window.keys - before == 9 + len("微信商户平台" + MANAGER + PASSWORD)
    window.wait(lambda: "已登记" in window.said and not window.desk.model.matters)
    window.wait(lambda: now(connected, settlement_id).state == "DONE")
    assert window.desk.page() is not window.desk.finding
    database = connected.clinic.database
    assert database.value("SELECT tender FROM payment WHERE settlement_id = %s AND bill_id IS NOT NULL", settlement_id) == "wechat"
    assert database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    seen = database.value("SELECT detail->>'where' FROM audit_entry WHERE act = 'record_finding' AND patient_id = %s", patient_id)
    assert seen == "微信商户平台"


def test_what_was_not_paid_only_after_ten_minutes(window: RealDesk, connected: Connected) -> None:
    settlement_id, patient_id = lost(window, connected, "RESET_BEFORE")
    database = connected.clinic.database
    manager = database.value("SELECT id FROM staff WHERE login = %s", MANAGER)
    connected.clinic.desk("admin").call(GiveBadge(staff_id=manager, code=BADGE))
    opened(window)
    window.press("3", "Return")
    window.type("平台查无此单")
    window.scan(BADGE)
    window.wait(lambda: window.desk.recording.approval_id is not None)
    window.press("F12")
    window.wait(lambda: "十分钟" in window.desk.trouble.text())
    assert window.desk.finding.where.text() == "平台查无此单"
    assert now(connected, settlement_id).state == "UNKNOWN"
    database.run("UPDATE channel_call SET sent_at = sent_at - interval '11 minutes' WHERE settlement_id = %s", settlement_id)
    window.press("F12")
    window.wait(lambda: "已登记" in window.said and not window.desk.model.matters)
    window.wait(lambda: now(connected, settlement_id).state == "FAILED")
    assert connected.clinic.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient_id)).lines
    assert database.value("SELECT means FROM approval WHERE used_at IS NOT NULL AND approved_by = %s", manager) == "badge"


def test_what_stands_at_the_bureau_is_reversed_there_first(window: RealDesk, connected: Connected) -> None:
    patient_id, due, card = insured_patient(connected)
    desk = connected.clinic.desk(visits.CASHIER)
    lines = tuple(line.id for line in desk.call(GetUnpaid(patient_id=patient_id)).lines)
    use = InsuranceUse(certificate_type="02", certificate_number=card.number)
    begun = desk.call(BeginSettlement(patient_id=patient_id, line_ids=lines, expected_fen=due, insurance=use))
    window.wait(lambda: now(connected, begun.id).state == "QUOTED", seconds=60)
    quote = now(connected, begun.id).quote
    assert quote is not None
    connected.bureau.control("fault", {"kind": "RESET_AFTER", "infno": "2207"})
    connected.bureau.control("fault", {"kind": "RESET_BEFORE", "infno": "2601", "times": 10_000})
    cash = (Tender(kind=TenderKind.CASH, amount_fen=quote.cash_fen, given_fen=quote.cash_fen),) if quote.cash_fen else ()
    desk.call(ConfirmSettlement(settlement_id=begun.id, expected_cash_fen=quote.cash_fen, tenders=cash))
    shown(window, connected, begun.id)
    manager = connected.clinic.database.value("SELECT id FROM staff WHERE login = %s", MANAGER)
    connected.clinic.desk("admin").call(GiveBadge(staff_id=manager, code=BADGE))
    window.press("Alt+3", "F11")
    window.wait(lambda: window.desk.page() is window.desk.finding)
    assert window.desk.finding.answer.hasFocus()  # its reversal is no call to say anything about
    window.press("2", "Return")
    window.type("医保明细")
    window.scan(BADGE)
    window.wait(lambda: window.desk.recording.approval_id is not None)
    window.press("F12")
    window.wait(lambda: "冲正" in window.desk.trouble.text())
    window.press("Alt+2")
    window.press("3")
    assert window.desk.recording.approval_id is None  # the second person agreed to the other answer
    window.scan(BADGE)
    window.wait(lambda: window.desk.recording.approval_id is not None)
    window.press("F12")
    window.wait(lambda: "已登记" in window.said)
    states = {step.act: step.state for step in now(connected, begun.id).steps}
    assert (states["2207"], states.get("2601", "REVERSED")) == ("REVERSED", "REVERSED")
    window.wait(lambda: not window.desk.model.matters, seconds=60)


def test_an_answer_that_comes_meanwhile_ends_it(window: RealDesk, connected: Connected) -> None:
    settlement_id, _ = lost(window, connected, "RESET_AFTER")
    opened(window)
    window.press("Escape")
    assert window.desk.recording is None
    window.press("F11")
    window.wait(lambda: window.desk.page() is window.desk.finding)
    connected.channels.control("clear")
    window.wait(lambda: window.desk.recording is None, seconds=60)
    assert "已有答复" in window.said
    window.wait(lambda: not window.desk.model.matters)
    window.press("F11")
    assert "未知" in window.said
    assert now(connected, settlement_id).state == "DONE"
