"""The cashier's window against the real service and devices: exact, change, several means, refused, two desks, crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from client import theme
from client.counter.devices import RECEIPT
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, set_language
from common.messages.cashier import GetUnpaid
from common.messages.repricing import ApprovePriceChange, ChangedPrice, ProposePriceChange
from common.messages.settlement import Approve
from installer.sample import PASSWORD
from tests import visits
from tests.client.registration.real_desk import RealDesk, has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from common.messages.consult import PrescriptionFacts
    from tests.harness import Clinic


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cashier(qapp: QApplication, clinic: Clinic, folder: Path) -> Iterator[RealDesk]:
    """The cashier at her desk."""
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    made = RealDesk(clinic, "cashier", visits.CASHIER, folder)
    made.front()
    yield made
    made.close()


class Debt(msgspec.Struct, frozen=True):
    """Somebody who has to pay for a prescription."""

    patient_id: int
    visit_id: int
    prescription: PrescriptionFacts


def owing(clinic: Clinic, name: str = "张小三", *drugs: str) -> Debt:
    """A patient whose prescription was signed and reviewed."""
    patient = visits.new_patient(clinic, name)
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    prescription = visits.prescribe(clinic, visit.visit_id, *(drugs or ("阿莫西林胶囊", "布洛芬")))
    visits.approve(clinic, prescription.id)
    return Debt(patient.id, visit.visit_id, prescription)


def in_hand(cashier: RealDesk, patient_id: int) -> None:
    """Wait for the bill."""
    cashier.wait(lambda: cashier.desk.model.patient_id == patient_id and cashier.desk.model.lines)
    cashier.rest()


def test_the_next_debtor_pays_exactly_by_two_keys(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.wait(lambda: cashier.desk.debtors.table.rows())
    cashier.desk.debtors.search.setFocus()
    cashier.press("Return")
    in_hand(cashier, debt.patient_id)
    before = cashier.keys
    cashier.press("F12")
    assert cashier.keys - before == 1
    cashier.wait(lambda: cashier.desk.model.last is not None)
    (paper,) = cashier.receipts(1)
    assert has(paper, cashier.desk.model.last.settled.invoice_number)
    cashier.wait(lambda: cashier.devices.drawer_open)
    assert clinic.database.value("SELECT state FROM prescription WHERE id = %s", debt.prescription.id) == "PAID"
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
    cashier.wait(lambda: not cashier.desk.debtors.table.rows())
    cashier.wait(lambda: cashier.desk.model.shift is not None and cashier.desk.model.shift.bills == 1)


def test_cash_and_change_by_a_scan_and_five_keys(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    number = clinic.database.value("SELECT number FROM visit WHERE id = %s", debt.visit_id)
    cashier.scan(make_code(OwnKind.VISIT, int(number)))
    in_hand(cashier, debt.patient_id)
    cashier.type("100")
    due = debt.prescription.amount_fen
    cashier.wait(lambda: cashier.devices.rows[1].strip().endswith(f"{(10000 - due) / 100:.2f}"))
    cashier.press("F12")
    assert cashier.keys <= 5
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert cashier.desk.model.last.settled.change_fen == 10000 - due
    assert clinic.database.value("SELECT change_fen FROM payment WHERE change_fen > 0") == 10000 - due


def test_wechat_and_cash_in_one_settlement(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    cashier.type("10")
    cashier.press("F7")
    cashier.type("420000")
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    assert clinic.database.value("SELECT amount_fen FROM payment WHERE tender = 'wechat'") == debt.prescription.amount_fen - 1000
    assert clinic.database.value("SELECT reference FROM payment WHERE tender = 'wechat'") == "420000"


def test_settled_at_another_window_meanwhile(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    cashier.desk.topics = frozenset()  # the change feed is late
    visits.settle_all(clinic, debt.patient_id)
    assert cashier.desk.model.lines
    cashier.type("100")
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.trouble)
    assert cashier.desk.till.given.text().startswith("100")
    cashier.wait(lambda: not cashier.desk.model.lines)
    assert clinic.database.value("SELECT count(*) FROM bill WHERE kind = 'SALE' AND total_fen = %s", debt.prescription.amount_fen) == 1


def test_the_other_window_settles_and_this_one_sees_it(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    visits.settle_all(clinic, debt.patient_id)
    cashier.wait(lambda: not cashier.desk.model.lines)
    cashier.press("F12")
    assert clinic.database.value("SELECT count(*) FROM bill WHERE total_fen = %s", debt.prescription.amount_fen) == 1


def test_a_prescription_in_review_is_announced_and_then_appears(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    more = visits.prescribe(clinic, debt.visit_id, "氯雷他定")
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    assert "1" in cashier.desk.review.text()
    before = cashier.desk.model.due_fen
    visits.approve(clinic, more.id)
    cashier.wait(lambda: cashier.desk.model.due_fen == before + more.amount_fen)
    cashier.wait(lambda: not cashier.desk.review.text())


def test_one_prescription_now_and_the_other_later(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    more = visits.prescribe(clinic, debt.visit_id, "氯雷他定")
    visits.approve(clinic, more.id)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    cashier.press("Alt+2", "Down", "Space", "F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    left = clinic.desk(visits.CASHIER).call(GetUnpaid(patient_id=debt.patient_id))
    assert {line.source_number for line in left.lines} == {debt.prescription.number}
    assert cashier.desk.model.last.settled.left_fen == left.total_fen == debt.prescription.amount_fen
    assert "未缴" in cashier.said


def test_reprint_is_marked(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    cashier.press("F12")
    assert not has(cashier.receipts(1)[0], "补打")
    cashier.rest()
    cashier.press("F9")
    assert has(cashier.receipts(2)[1], "补打 1")


def test_out_of_paper_after_the_money_was_booked(cashier: RealDesk, clinic: Clinic) -> None:
    debt = owing(clinic)
    cashier.devices.take_out_paper(RECEIPT)
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.last is not None)
    cashier.refused_by_printer()
    cashier.devices.load_paper(RECEIPT)
    cashier.press("F9")
    assert has(cashier.receipts(1)[0], cashier.desk.model.last.settled.invoice_number)
    assert clinic.database.value("SELECT count(*) FROM bill WHERE total_fen = %s", debt.prescription.amount_fen) == 1


def test_a_price_change_that_becomes_valid_is_said_at_the_open_bill(clinic: Clinic, cashier: RealDesk) -> None:
    debt = owing(clinic, "周小九", "布洛芬")
    (line,) = debt.prescription.lines
    cashier.scan(make_code(OwnKind.PATIENT, debt.patient_id))
    in_hand(cashier, debt.patient_id)
    before = cashier.desk.till.due.text()
    keeper, price = clinic.desk("kuyan"), visits.drug(clinic, "布洛芬").pack_price * 2
    change = keeper.call(ProposePriceChange(lines=(ChangedPrice(drug_id=line.drug_id, price=price),), reason="进价上调"))
    yes = keeper.call(Approve(act="price_change", subject_id=change.entry.id, login="yuanzhang", password=PASSWORD))
    keeper.call(ApprovePriceChange(change_id=change.entry.id, approval_id=yes.approval_id))
    cashier.wait(lambda: cashier.desk.till.due.text() != before)
    assert line.name in cashier.said
    assert "→" in cashier.said
    assert before in cashier.said
    assert cashier.desk.till.due.text() in cashier.said
    cashier.press("F12")
    cashier.wait(lambda: cashier.desk.model.lines == ())
