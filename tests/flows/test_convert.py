"""A receipt paid without the insurance, changed to it at the refunds desk: by keys, a scan and a card, against the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import theme
from common.i18n import CHINESE, set_language
from common.messages.cashier import TenderKind
from tests import visits
from tests.client.registration.real_desk import RealDesk, has
from tests.flows.test_cashier_outside import insured_patient
from tests.flows.test_refunds import MANAGER, scan_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from common.messages.cashier import Settled
    from devices.idcard.protocol import IdCard
    from tests.flows.conftest import Connected


@pytest.fixture
def window(qapp: QApplication, connected: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The cashier at the refunds desk."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(connected.clinic, "refunds", visits.CASHIER, tmp_path)
    made.front()
    yield made
    made.close()


def sold(connected: Connected) -> tuple[Settled, IdCard]:
    """Somebody insured who paid cash, and has the card with her now."""
    patient_id, _, card = insured_patient(connected)
    return visits.settle_all(connected.clinic, patient_id), card


def test_by_the_card_and_two_keys(window: RealDesk, connected: Connected) -> None:
    settled, card = sold(connected)
    model = window.desk.model
    scan_receipt(window, settled)
    before = window.keys
    window.press("F8")
    assert window.desk.convert_form.insured.number.text() == card.number
    window.card(card)
    window.wait(lambda: model.watched is not None and model.watched.state == "QUOTED")
    quote, back = model.watched.quote, model.watched.conversion.back_fen
    assert back == settled.total_fen - quote.cash_fen > 0
    assert window.desk.convert_quote.isVisible()
    window.press("F12")
    assert window.keys - before == 2
    window.wait(lambda: model.last is not None)
    assert model.last.back == {TenderKind.CASH: back}
    slip, receipt = window.receipts(2)
    assert has(slip, "退费单") and has(slip, "未带医保凭证")
    assert has(receipt, model.last.rest.invoice_number) and has(receipt, quote.psn_no)
    window.wait(lambda: window.devices.drawer_open)
    assert connected.clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    assert connected.clinic.database.value("SELECT count(*) FROM prescription WHERE state = 'PAID'") == 1
    window.wait(lambda: model.bill.bill.id == model.last.rest.bill_id)
    window.press("F8")
    assert "医保" in window.said and not window.desk.convert_form.isVisible()


def test_given_up_with_the_quote_in_hand_and_the_number_typed(window: RealDesk, connected: Connected) -> None:
    settled, card = sold(connected)
    model = window.desk.model
    scan_receipt(window, settled)
    window.press("F8", "Ctrl+A")
    window.type(card.number)
    window.press("F12")
    window.wait(lambda: model.watched is not None and model.watched.state == "QUOTED")
    window.press("Esc")
    window.wait(lambda: model.watched is None and not model.open)
    assert "原票据不变" in window.said
    assert window.desk.right.currentWidget() is window.desk.areas[window.desk.side]
    assert connected.clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 0
    assert connected.clinic.database.value("SELECT state FROM insurance_settlement") == "CANCELLED"


def test_what_the_insurance_refuses_stands_in_the_form(window: RealDesk, connected: Connected) -> None:
    settled, card = sold(connected)
    connected.bureau.control("fault", {"kind": "REJECT", "infno": "2206", "message": "超出待遇限额"})
    scan_receipt(window, settled)
    window.press("F8")
    window.card(card)
    window.wait(lambda: "超出待遇限额" in window.desk.convert_form.insured.wrong.text())
    assert window.desk.convert_form.isVisible()
    window.press("Esc")
    assert not window.desk.convert_form.isVisible()
    assert connected.clinic.database.value("SELECT count(*) FROM bill WHERE reverses = %s", settled.bill_id) == 0


def test_above_the_limit_a_second_person_agrees_to_what_goes_back(window: RealDesk, connected: Connected) -> None:
    from installer.sample import PASSWORD

    connected.clinic.database.run("UPDATE money_rules SET refund_alone_fen = 1")
    settled, card = sold(connected)
    model = window.desk.model
    scan_receipt(window, settled)
    window.press("F8")
    window.card(card)
    window.wait(lambda: window.desk.convert_quote.approval.isVisible())
    window.press("F12")
    assert window.desk.convert_quote.approval.login.hasFocus()
    window.type(MANAGER)
    window.press("Return")
    window.type(PASSWORD)
    window.press("Return")
    window.wait(lambda: window.desk.conversion.approval_id is not None)
    window.press("F12")
    window.wait(lambda: model.last is not None)
    assert has(window.receipts(2)[0], "审批人")
    approved = "SELECT count(*) FROM bill b JOIN staff s ON s.id = b.approved_by WHERE b.reverses = %s AND s.login = %s"
    assert connected.clinic.database.value(approved, settled.bill_id, MANAGER) == 1
