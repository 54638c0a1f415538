"""The cashier's window with payment channels and the insurance at the other end of their wires; by keys, scans and cards."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from client import theme
from client.counter.devices import RECEIPT
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, set_language
from common.messages.cashier import GetUnpaid, TenderKind
from common.messages.patients import DocumentKind
from common.messages.settlement import BeginSettlement
from devices.idcard.protocol import IdCard, IdCardKind
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from tests.flows.conftest import Connected


@pytest.fixture
def cashier(qapp: QApplication, connected: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealDesk]:
    """The cashier at her desk."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(connected.clinic, "cashier", visits.CASHIER, tmp_path)
    made.front()
    yield made
    made.close()


def wechat_code() -> str:
    """A payment code as a telephone shows it."""
    return f"13{uuid.uuid4().int % 10**16:016d}"


def owing(connected: Connected, name: str = "林静怡", **file: Any) -> tuple[int, int]:
    """A patient with a reviewed prescription to pay; what it comes to."""
    clinic = connected.clinic
    patient = visits.new_patient(clinic, name, **file)
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    visits.approve(clinic, visits.prescribe(clinic, visit.visit_id).id)
    return patient.id, clinic.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient.id)).total_fen


def take_up(cashier: RealDesk, patient_id: int) -> None:
    """The patient's bill is in hand."""
    model = cashier.desk.model
    cashier.scan(make_code(OwnKind.PATIENT, patient_id))
    cashier.wait(lambda: model.patient_id == patient_id and model.lines and model.rules is not None)
    cashier.rest()


def insured_patient(connected: Connected, name: str = "林静怡") -> tuple[int, int, IdCard]:
    """Somebody who is insured, owes, and has an ID card."""
    number = connected.insured(name)
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    patient_id, due = owing(connected, name, document_kind=DocumentKind.ID_CARD, document_number=number, birth_date=born, sex="2")
    card = IdCard(
        kind=IdCardKind.CITIZEN,
        name=name,
        sex="2",
        birth_date=born,
        number=number,
        issuer="杏林市公安局",
        valid_from=date(2020, 1, 1),
        valid_to=None,
        ethnic_code="01",
    )
    return patient_id, due, card


def tenders(connected: Connected, patient_id: int) -> dict[str, int]:
    """What the patient's prescription was paid with."""
    rows = connected.clinic.database.value(
        "SELECT jsonb_object_agg(p.tender, p.amount_fen) FROM payment p JOIN bill b ON b.id = p.bill_id"
        " WHERE b.patient_id = %s AND b.id = (SELECT max(id) FROM bill WHERE patient_id = %s)",
        patient_id,
        patient_id,
    )
    return dict(rows)


def test_a_scan_of_a_payment_code_pays_everything(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due = owing(connected)
    take_up(cashier, patient_id)
    before = cashier.keys
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert cashier.keys == before
    assert tenders(connected, patient_id) == {"wechat": due}
    assert has(cashier.receipts(1)[0], cashier.desk.model.last.settled.invoice_number)
    assert connected.clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0


def test_a_part_in_cash_and_the_rest_by_code(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due = owing(connected)
    take_up(cashier, patient_id)
    cashier.type("1")
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.model.tendering.with_code)
    assert cashier.desk.till.amounts[TenderKind.WECHAT].fen() == due - 100
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert tenders(connected, patient_id) == {"cash": 100, "wechat": due - 100}
    cashier.wait(lambda: cashier.devices.drawer_open)


def test_a_refused_code_says_so_and_another_pays(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due = owing(connected)
    connected.channels.control("faults", [{"kind": "REJECT", "act": "pay", "code": "NOTENOUGH", "message": "余额不足"}])
    take_up(cashier, patient_id)
    cashier.scan(wechat_code())
    cashier.wait(lambda: "余额不足" in cashier.desk.till.trouble.text())
    assert "余额不足" in cashier.said
    cashier.press("F12")  # nobody said that it is paid in cash
    assert "全收现金？再按 F12" in cashier.desk.till.trouble.text()
    assert cashier.desk.till.given.hasFocus()
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert tenders(connected, patient_id) == {"wechat": due}


def test_another_patient_is_served_while_a_channel_is_silent(cashier: RealDesk, connected: Connected) -> None:
    first, first_due = owing(connected, "张小三")
    second, second_due = owing(connected, "李小四")
    connected.channels.control("faults", [{"kind": "HELD", "act": "pay"}])
    take_up(cashier, first)
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.model.waiting is not None)
    assert cashier.desk.right.currentWidget() is cashier.desk.areas[cashier.desk.pane]
    take_up(cashier, second)
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert cashier.desk.model.last.settled.total_fen == second_due
    assert [each.patient_id for each in cashier.desk.debtors.open.rows()] == [first]
    connected.channels.control("release")
    cashier.wait(lambda: cashier.desk.model.last.settled.total_fen == first_due and not cashier.desk.model.open)
    assert tenders(connected, first) == {"wechat": first_due}
    assert len(cashier.receipts(2)) == 2


def test_esc_gives_a_silent_payment_up(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due = owing(connected)
    connected.channels.control("faults", [{"kind": "SLOW", "act": "pay", "seconds": 2}])
    take_up(cashier, patient_id)
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.model.waiting is not None)
    cashier.press("Escape")
    cashier.wait(lambda: cashier.desk.model.watched is None, seconds=60)
    cashier.wait(lambda: cashier.desk.model.trouble and cashier.desk.model.lines)
    assert connected.clinic.database.value("SELECT count(*) FROM bill WHERE patient_id = %s AND total_fen = %s", patient_id, due) == 0


def test_the_id_card_serves_as_certificate(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due, card = insured_patient(connected)
    cashier.card(card)
    cashier.wait(lambda: cashier.desk.model.patient_id == patient_id and cashier.desk.model.insured.shown)
    cashier.wait(lambda: cashier.desk.model.lines and cashier.desk.model.rules is not None)
    cashier.rest()
    before = cashier.keys
    cashier.press("F8")
    cashier.wait(lambda: cashier.desk.model.quoted is not None, seconds=60)
    share = cashier.desk.model.quoted.quote
    assert share.total_fen == due == share.fund_fen + share.account_fen + share.cash_fen
    assert cashier.desk.model.due_fen == share.cash_fen
    cashier.press("F12")
    assert cashier.keys - before == 2
    cashier.wait(lambda: cashier.desk.model.last is not None, seconds=60)
    assert sum(tenders(connected, patient_id).values()) == due
    (paper,) = cashier.receipts(1)
    assert has(paper, "医保统筹基金支付")


def test_an_e_certificate_is_asked_about_by_its_scan(cashier: RealDesk, connected: Connected) -> None:
    patient_id, _, card = insured_patient(connected)
    take_up(cashier, patient_id)
    cashier.scan(f"EC{card.number}")
    cashier.wait(lambda: cashier.desk.model.quoted is not None, seconds=60)
    first = cashier.desk.model.quoted
    assert first.quote.account_fen > 0
    cashier.press("F11")
    cashier.wait(lambda: cashier.desk.model.quoted is not None and cashier.desk.model.quoted.id != first.id, seconds=60)
    assert cashier.desk.model.quoted.quote.account_fen == 0
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None, seconds=60)
    assert "account" not in tenders(connected, patient_id)


def test_refused_by_the_insurance_and_settled_by_oneself(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due, card = insured_patient(connected)
    connected.bureau.control("fault", {"kind": "REJECT", "infno": "2206", "message": "超出医保支付范围"})
    take_up(cashier, patient_id)
    cashier.scan(f"EC{card.number}")
    cashier.wait(lambda: "超出医保支付范围" in cashier.desk.till.trouble.text(), seconds=60)
    cashier.wait(lambda: cashier.desk.model.lines and not cashier.desk.model.why_not())
    assert "超出医保支付范围" in cashier.said
    cashier.press("F12")
    assert "全收现金？再按 F12" in cashier.desk.till.trouble.text()
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert tenders(connected, patient_id) == {"cash": due}


def test_insured_in_two_ways_one_is_chosen(cashier: RealDesk, connected: Connected) -> None:
    both = tuple(
        {"insutype": kind, "psn_type": "1101", "status": "1", "balance_fen": 50_000, "insuplc": "440300"} for kind in ("310", "390")
    )
    number = connected.insured("周国强", both)
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    patient_id, _ = owing(connected, "周国强", document_kind=DocumentKind.ID_CARD, document_number=number, birth_date=born, sex="2")
    take_up(cashier, patient_id)
    cashier.scan(f"EC{number}")
    cashier.wait(lambda: cashier.desk.insured_form.isVisible() and cashier.desk.model.insured.choices, seconds=60)
    assert cashier.desk.insured_form.insutype.hasFocus()
    cashier.press("2", "F12")
    cashier.wait(lambda: cashier.desk.model.quoted is not None, seconds=60)
    assert cashier.desk.model.quoted.quote.insutype == "390"


def test_lines_that_another_window_settles_are_named(cashier: RealDesk, connected: Connected) -> None:
    patient_id, due = owing(connected)
    take_up(cashier, patient_id)
    connected.channels.control("faults", [{"kind": "HELD", "act": "pay"}])
    other = connected.clinic.desk(visits.CASHIER)  # another session: another window
    lines = tuple(line.id for line in cashier.desk.model.lines)
    other.call(BeginSettlement(patient_id=patient_id, line_ids=lines, expected_fen=due, tenders=(_by_wechat(due),)))
    cashier.press("F12")
    cashier.wait(lambda: "正在结算" in cashier.desk.till.trouble.text())
    connected.channels.control("release")
    cashier.wait(lambda: not cashier.desk.model.lines)
    assert connected.clinic.database.value("SELECT count(*) FROM bill WHERE patient_id = %s AND total_fen = %s", patient_id, due) == 1


def _by_wechat(fen: int) -> Any:
    from common.messages.cashier import Tender

    return Tender(kind=TenderKind.WECHAT, amount_fen=fen, code=wechat_code())


def test_a_killed_desk_prints_what_it_waited_for(cashier: RealDesk, connected: Connected, tmp_path: Path) -> None:
    patient_id, due = owing(connected)
    connected.channels.control("faults", [{"kind": "HELD", "act": "pay"}])
    take_up(cashier, patient_id)
    cashier.scan(wechat_code())
    cashier.wait(lambda: cashier.desk.waiting.ids)
    cashier.close()
    connected.channels.control("release")
    again = RealDesk(connected.clinic, "cashier", visits.CASHIER, tmp_path)
    try:
        again.front()
        again.wait(lambda: again.devices.jobs(RECEIPT))  # it may have come out before anybody could listen
        assert has(again.devices.jobs(RECEIPT)[0], again.desk.model.last.settled.invoice_number)
        assert tenders(connected, patient_id) == {"wechat": due}
        assert again.desk.waiting.ids == set()
    finally:
        again.close()
