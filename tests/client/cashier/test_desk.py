"""The desk in its frame, by keys, cards and scans; the service is a table of answers."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from client import texts
from client.cashier.model import BillRow
from client.cashier.new_prices import price, told
from client.cashier.view.desk import CashierDesk
from client.ticket import Link
from common import topics
from common.domain.barcodes import OwnKind, make_code
from common.errors import AmountChanged, NothingToSettle, ServiceBroken
from common.messages.cashier import DebtorList, GetShift, GetUnpaid, ListDebtors, Settle, TenderKind
from common.messages.patients import PatientHit, PatientHits, SearchPatients
from common.wire import Change
from tests.client.cashier.samples import DEBTORS, LINES, SHIFT, line, patient, settled, unpaid

if TYPE_CHECKING:
    from printing.catalog import AnyDocument
    from tests.client.stage import Stage

TOTAL = sum(each.amount_fen for each in LINES)


def wait(stage: Stage, seconds: float = 0.1) -> None:
    """Let changes gather."""
    time.sleep(seconds)
    stage.settle()


def found(id: int = 7) -> PatientHits:
    """One patient."""
    file = patient(id).file
    one = PatientHit(
        id=id, number=f"{id:08d}", name=file.name, sex="1", birth_date=file.birth_date, phone="", document_tail="", last_visit=None
    )
    return PatientHits(hits=(one,), more=False)


# --- settling ----------------------------------------------------------------------------------------------------------------------


def test_exact_is_one_key_after_the_patient(desk: CashierDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    stage.press("Return")
    assert desk.patient is not None
    assert desk.patient.id == 7
    stage.press("F12")
    (request,) = stage.asked(Settle)
    assert (request.expected_fen, request.tenders[0].given_fen) == (TOTAL, TOTAL)
    assert [type(paper).__name__ for paper in papers] == ["Receipt"]
    assert "0000000123" in stage.said()


def test_cash_with_change_is_four_keys(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    assert desk.till.change.text() == "¥75.88"
    stage.press("F12")
    assert stage.asked(Settle)[0].tenders[0].given_fen == 20000
    assert "¥75.88" in stage.said()
    assert desk.till.last.change.text() == "¥75.88"
    assert desk.till.given.text() == ""


def test_the_next_patient_is_one_enter_away_and_the_change_stays(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    stage.answers(ListDebtors, DebtorList(debtors=DEBTORS.debtors[1:]))
    stage.answers(GetUnpaid, lambda request: unpaid(*([] if request.patient_id == 7 else LINES), patient_id=request.patient_id))
    stage.press("F12", "Return")
    assert desk.model.patient_id == 8
    assert desk.till.last.change.text() == "¥75.88"


def test_several_means_in_one_settlement(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("100")
    stage.press("F7")
    stage.type("4200001234")
    stage.press("F12")
    cash, wechat = stage.asked(Settle)[0].tenders
    assert (cash.amount_fen, cash.given_fen) == (10000, 10000)
    assert (wechat.kind, wechat.amount_fen, wechat.reference) == (TenderKind.WECHAT, TOTAL - 10000, "4200001234")


def test_f7_again_goes_to_the_next_means(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return", "F7", "F7", "F7")
    used = {kind: part.amount_fen for kind, part in desk.model.tendering.parts.items() if part.amount_fen}
    assert used == {TenderKind.CARD: TOTAL}


def test_unticked_lines_are_left(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return", "Alt+2", "Down", "Space")
    assert desk.till.due.text() == "¥109.12"
    stage.press("F12")
    assert stage.asked(Settle)[0].line_ids == (2, 3, 4, 5, 6)
    assert [each.id for each in desk.model.lines][:1] == [1]


def test_f12_pressed_twice_settles_once(desk: CashierDesk, stage: Stage) -> None:
    gate = threading.Event()

    def slow(request: Settle) -> Any:
        gate.wait(30)
        return settled(request)

    stage.answers(Settle, slow)
    stage.press("Return")
    assert stage.frame is not None
    for _ in range(3):
        stage.frame.press("F12")
    gate.set()
    stage.settle()
    assert len(stage.asked(Settle)) == 1


def test_too_little_is_said_in_place(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("100")
    stage.press("F12")
    assert "¥24.12" in desk.till.trouble.text()
    assert stage.asked(Settle) == []


@pytest.mark.parametrize("error", [AmountChanged(shown_fen=TOTAL, due_fen=TOTAL + 100), NothingToSettle(), ServiceBroken(reference="abc")])
def test_a_refusal_stands_in_the_till_and_loses_nothing(desk: CashierDesk, stage: Stage, error: Exception) -> None:
    stage.answers(Settle, error)
    stage.press("Return")
    stage.type("200")
    stage.press("F12")
    assert desk.till.trouble.text() == stage.said() == str(error)
    assert desk.till.given.text() == "200"
    texts.speak("en")
    assert desk.till.trouble.text() == str(error)
    texts.speak("zh_CN")


def test_settled_elsewhere_refreshes_the_lists(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(Settle, NothingToSettle())
    stage.press("Return")
    stage.answers(GetUnpaid, unpaid(patient_id=7))
    before = len(stage.asked(ListDebtors))
    stage.press("F12")
    assert desk.model.lines == ()
    assert len(stage.asked(ListDebtors)) > before


def test_a_broken_line_says_not_to_take_the_money_again(desk: CashierDesk, stage: Stage) -> None:
    gate = threading.Event()
    stage.answers(Settle, lambda request: (gate.wait(30), settled(request))[1])
    stage.press("Return")
    assert stage.frame is not None
    stage.frame.press("F12")
    stage.ops.link_changed.emit(Link(online=False, waiting=1))
    assert "请勿重复收款" in desk.till.trouble.text()
    stage.ops.link_changed.emit(Link(online=True, waiting=0))
    assert "请勿重复收款" not in desk.till.trouble.text()
    gate.set()
    stage.settle()
    assert len(stage.asked(Settle)) == 1


# --- who ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [make_code(OwnKind.PATIENT, 7), make_code(OwnKind.VISIT, 26112100042), "11010519491231002X"])
def test_a_scan_chooses_the_patient(desk: CashierDesk, stage: Stage, code: str) -> None:
    stage.answers(SearchPatients, found())
    desk.till.given.setFocus()
    stage.scan(code)
    assert desk.model.patient_id == 7
    assert desk.till.given.text() == ""


def test_a_new_price_is_said_with_the_drug_and_both_prices(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    dearer = [msgspec.structs.replace(each, unit_price=each.unit_price + Decimal("0.06"), amount_fen=each.amount_fen + 100) if each.id == 3 else each
              for each in LINES]  # fmt: skip
    stage.answers(GetUnpaid, unpaid(*dearer))
    desk.refresh(frozenset({Change(topic=topics.CHARGE, id=7)}))
    stage.settle()
    old, new = (price(next(each for each in lines if each.id == 3)) for lines in (LINES, dearer))
    assert f"布洛芬缓释胶囊 {old} → {new} 元/" in stage.said()
    assert desk.till.due.text() in stage.said()
    assert desk.till.given.text() == "200"
    stage.answers(GetUnpaid, unpaid(*dearer[:3]))  # a line that went is no new price
    desk.refresh(frozenset({Change(topic=topics.CHARGE, id=7)}))
    stage.settle()
    assert "→" not in stage.said()


def test_many_new_prices_are_counted() -> None:
    dearer = [msgspec.structs.replace(each, unit_price=each.unit_price + 1) for each in LINES]
    assert "3" in told(LINES[:5], dearer)
    assert told(LINES, LINES) == told((), dearer) == ""


def test_searching_by_typing(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(SearchPatients, found(9))
    stage.press("F2")
    stage.type("csy")
    assert not desk.debtors.table.isVisible()
    stage.press("Return")
    assert desk.model.patient_id == 9
    assert desk.debtors.table.isVisible()


def test_a_code_of_nobody_is_said(desk: CashierDesk, stage: Stage) -> None:
    stage.scan(make_code(OwnKind.PATIENT, 99))
    assert "00000099" in stage.said()
    assert desk.scanned("6901234567892") is False


def test_another_patient_begins_with_empty_fields(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    stage.press("F2", "Down", "Return")
    assert desk.model.patient_id == 8
    assert desk.till.given.text() == ""
    assert desk.till.given.hasFocus()


# --- other desks -------------------------------------------------------------------------------------------------------------------


def test_new_lines_appear_and_the_hand_stays_where_it_is(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    stage.answers(GetUnpaid, lambda request: unpaid(*LINES, line(99, "氯雷他定片", 2000), patient_id=request.patient_id))
    stage.answers(ListDebtors, DebtorList(debtors=DEBTORS.debtors[::-1]))
    selected = desk.debtors.table.current()
    assert selected is not None
    stage.ops.changed.emit(frozenset({Change(topic=topics.CHARGE, id=7)}))
    wait(stage)
    assert desk.till.due.text() == "¥144.12"
    assert desk.till.given.text() == "200"
    assert desk.till.given.hasFocus()
    current = desk.debtors.table.current()
    assert current is not None
    assert current.patient_id == selected.patient_id
    assert "¥144.12" in stage.said()


def test_a_change_of_somebody_else_reads_only_the_list(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    before = len(stage.asked(GetUnpaid))
    stage.ops.changed.emit(frozenset({Change(topic=topics.CHARGE, id=99)}))
    wait(stage)
    assert len(stage.asked(GetUnpaid)) == before


# --- and ---------------------------------------------------------------------------------------------------------------------------


def test_the_till_survives_a_kill(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    desk.till.references[TenderKind.CARD].setText("77")
    wait(stage, 0.6)
    again = CashierDesk(stage.place)
    stage.settle()
    assert again.model.patient_id == 7
    assert again.model.tendering.given_fen == 20000
    assert again.model.tendering.parts[TenderKind.CARD].reference == "77"
    again.deleteLater()


def test_a_settled_till_leaves_no_draft(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    wait(stage, 0.6)
    assert stage.place.journal.drafts("cashier:")
    stage.press("F12")
    wait(stage, 0.6)
    assert stage.place.journal.drafts("cashier:") == []


def test_the_customer_sees_the_amount_and_the_change(desk: CashierDesk, stage: Stage, display: list[tuple[str, ...]]) -> None:
    stage.press("Return")
    assert display[-1][0] == "应收 124.12"
    stage.type("200")
    assert display[-1] == ("应收 124.12", "找零 75.88")
    stage.press("F12")
    assert ("实收 124.12", "找零 75.88") in display


def test_the_shift_is_shown(desk: CashierDesk) -> None:
    assert "¥500.00" in desk.till.shift.cash.text()
    assert "41" in desk.till.shift.bills.text()


def test_the_language_changes_while_it_runs(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    stage.type("200")
    texts.speak("en")
    stage.settle()
    assert desk.till.given.text() == "200"
    assert "Prescription 26112100031" in desk.bill.rows()[2].source
    texts.speak("zh_CN")


@pytest.mark.parametrize(
    ("price", "words"),
    [("0.688889", "0.6889"), ("0.013333", "0.0133"), ("12.4", "12.40"), ("1234.5", "1,234.50"), ("0.12345", "0.1235"), ("0.99999", "1.00")],
)
def test_a_unit_price_has_two_to_four_places(price: str, words: str) -> None:
    from client.cashier.view.bill_table import COLUMNS

    charge = line(1, "药", 100, unit_price=Decimal(price))
    assert COLUMNS[5].text(BillRow("", (charge,), True, charge)) == words


def test_one_is_said_in_the_singular(desk: CashierDesk, stage: Stage) -> None:
    stage.answers(GetUnpaid, lambda request: msgspec.structs.replace(unpaid(LINES[0], patient_id=request.patient_id), in_review=1))
    stage.answers(GetShift, msgspec.structs.replace(SHIFT, bills=1, refunds=0))
    try:
        texts.speak("en")
        desk.refresh(frozenset())
        stage.press("Return")
        assert desk.review.text() == "1 prescription in review"
        assert desk.till.due_note.text() == "Lines: 1"
        assert desk.till.shift.bills.text() == "Bills: 1"
    finally:
        texts.speak("zh_CN")


def test_departments_follow_the_language(desk: CashierDesk, stage: Stage) -> None:
    stage.press("Return")
    assert any("内科" in row.source for row in desk.bill.rows())
    try:
        texts.speak("en")
        desk.retranslate()
        headings = [row.source for row in desk.bill.rows() if row.line is None]
        assert headings and all("Internal medicine" in each and "内科" not in each for each in headings)
    finally:
        texts.speak("zh_CN")
