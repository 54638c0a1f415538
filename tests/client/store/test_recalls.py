"""The pages for the way of a batch and for recalls, with a prepared service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from client.store import lot_words
from client.store.view.desk import StoreDesk
from common.messages.alerts import Alerts, ListAlerts
from common.messages.batch_ways import (
    CodeStep,
    FindLots,
    GetLotPatients,
    GetLotWay,
    LotEntry,
    LotList,
    LotWay,
    PlaceBalance,
    WayPatient,
    WayPatients,
    WayStep,
)
from common.messages.recalls import (
    CallOutcome,
    CloseRecall,
    GetRecallPatients,
    Held,
    Hold,
    HoldList,
    HoldLot,
    HoldReason,
    Issuer,
    ListHolds,
    ListRecalls,
    NoteRecallCall,
    OpenRecall,
    RecallEntry,
    RecallList,
    RecallPatient,
    RecallPatients,
)
from common.messages.stock import ListStock, StockReport
from common.messages.store_papers import ListPapers, PaperList
from common.permissions import Role
from common.recall_errors import PatientsToCall
from common.wire import Done
from tests.client.conftest import app, qapp_args
from tests.client.stage import Stage

__all__ = ["app", "qapp_args"]
D = Decimal
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_DRUG: dict[str, Any] = {
    "drug_id": 7,
    "drug": "布洛芬片",
    "specification": "0.2g×24片/盒",
    "base_unit": "片",
    "pack_unit": "盒",
    "pack_size": D(24),
}


def lot(number: str = "L1", **fields: Any) -> LotEntry:
    base = {
        **_DRUG,
        "lot": number,
        "expires": date(2028, 1, 1),
        "received_at": AT,
        "suppliers": "国药控股",
        "on_hand": D(48),
        "paper": "",
        "recall": "",
    }
    return LotEntry(**(base | fields))


def step(number: int, kind: str, quantity: int, balance: int, **fields: Any) -> WayStep:
    base: dict[str, Any] = {
        "move_id": number,
        "at": AT,
        "kind": kind,
        "place": "PHARMACY",
        "to_place": "",
        "quantity": D(quantity),
        "balance": D(balance),
        "document": "R1",
        "by": "顾砚",
        "supplier": "国药控股" if kind == "RECEIPT" else "",
        "invoice": "",
        "inspector": "",
        "prescription_id": 5 if kind == "DISPENSE" else None,
        "codes": (),
        "undone": False,
    }
    return WayStep(**(base | fields))


def way(entry: LotEntry) -> LotWay:
    steps = (
        step(1, "RECEIPT", 72, 72),
        step(2, "DISPENSE", -24, 48, codes=("81234560000000000001",)),
        step(3, "TRANSFER", 48, 48, to_place="QUARANTINE"),
    )
    return LotWay(lot=entry, steps=steps, earlier=0, places=(PlaceBalance(place="PHARMACY", on_hand=D(48), picked=D(0)),))


def held(entry: LotEntry) -> Held:
    hold = Hold(
        id=3,
        number="G2611210001",
        **_DRUG,
        lot=entry.lot,
        reason=HoldReason.APPEARANCE,
        note="",
        state="HELD",
        at=AT,
        by="苏叶",
        aside=D(48),
        elsewhere=D(0),
        recall="",
        released_at=None,
        released_by="",
        agreed_by="",
        release_note="",
    )
    return Held(holds=(hold,), quantity=D(48), put_back=("26112100001",), unpaid=(), short=("26112100002",))


def recall(**fields: Any) -> RecallEntry:
    base: dict[str, Any] = {
        "id": 4,
        "number": "H2611210001",
        **_DRUG,
        "lots": ("L1",),
        "level": 1,
        "issuer": Issuer.AUTHORITY,
        "document": "17号",
        "note": "",
        "state": "OPEN",
        "at": datetime.now(UTC),
        "by": "苏叶",
        "deadline": datetime.now(UTC) + timedelta(hours=24),
        "out": D(72),
        "back": D(0),
        "aside": D(48),
        "patients": 2,
        "to_call": 2,
        "closed_at": None,
        "closed_by": "",
        "report": "",
        "withdrawn": False,
    }
    return RecallEntry(**(base | fields))


def patient(number: int) -> RecallPatient:
    return RecallPatient(
        patient_id=number,
        patient_number=f"{number:08d}",
        patient_name=f"何{number}",
        sex="2",
        phone="13812341234",
        at=AT,
        quantity=D(24),
        back=D(0),
        lots=("L1",),
        prescriptions=("26112100001",),
        calls=0,
        outcome=None,
        note="",
        called_at=None,
        called_by="",
    )


def prepared(folder: Path, *roles: Role) -> tuple[Stage, StoreDesk]:
    made = Stage(folder, roles)
    made.answers(ListStock, StockReport(at=AT, drugs=(), count=0, value_fen=0))
    made.answers(ListAlerts, Alerts(alerts=()))
    made.answers(FindLots, lambda asked: LotList(lots=(lot(asked.text),) if asked.text else ()))
    made.answers(GetLotWay, lambda asked: way(lot(asked.lot)))
    made.answers(ListHolds, HoldList(holds=()))
    made.answers(ListPapers, PaperList(papers=(), more=False, waiting={}))
    made.answers(ListRecalls, RecallList(recalls=(recall(),)))
    made.answers(GetRecallPatients, RecallPatients(recall_id=4, patients=(patient(1), patient(2))))
    desk = StoreDesk(made.place)
    made.show(desk)
    return made, desk


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[tuple[Stage, StoreDesk]]:
    made = prepared(tmp_path, Role.PHARMACIST)
    yield made
    made[0].close()


def test_the_way_of_a_batch(stage: tuple[Stage, StoreDesk]) -> None:
    """A desk takes seconds to be made, so that one serves several matters."""
    every_step_stands_with_its_balance(stage)
    keeping_out_is_asked_first_and_tells_the_pharmacy(stage)


def test_a_recall(stage: tuple[Stage, StoreDesk]) -> None:
    a_call_is_noted_by_a_digit(stage)
    what_is_missing_of_a_recall_is_said(stage)
    it_cannot_be_closed_while_somebody_was_not_called(stage)


def every_step_stands_with_its_balance(stage: tuple[Stage, StoreDesk]) -> None:
    stage[1].go_to("way")
    stage[0].press("F2")
    stage[0].type("L1")
    page = stage[1].way
    stage[0].settle(until=lambda: len(page.steps.rows()) == 3)
    text = page.steps.as_text()
    for words in ("+72 片", "−24 片", "48 片", "国药控股"):
        assert words in text, words
    assert "何一" not in text
    found = WayPatient(
        prescription_id=5, prescription_number="1", patient_id=9, patient_number="9", patient_name="何一", sex="2", age="30岁", phone="1"
    )
    stage[0].answers(GetLotPatients, WayPatients(patients=(found,)))
    stage[0].press("F11")
    assert "何一" in page.steps.as_text()
    assert (stage[0].asked(GetLotPatients)[-1].drug_id, stage[0].asked(GetLotPatients)[-1].lot) == (7, "L1")


def test_the_keeper_sees_no_patients(app: QApplication, tmp_path: Path) -> None:
    stage, desk = prepared(tmp_path, Role.STORE_KEEPER)
    try:
        for page in ("way", "recalls"):
            desk.go_to(page)
            stage.press("F11")
        assert isinstance(desk.way.may_see(), str)
        assert not stage.asked(GetLotPatients)
        assert not stage.asked(GetRecallPatients)
    finally:
        stage.close()


def keeping_out_is_asked_first_and_tells_the_pharmacy(stage: tuple[Stage, StoreDesk]) -> None:
    made, desk = stage
    desk.go_to("way")
    made.press("F2")
    made.type("L1")
    made.settle(until=lambda: desk.way.way is not None)
    made.answers(HoldLot, held(lot()))
    made.press("F12", "Escape")
    assert not made.asked(HoldLot)
    desk.way.reason.set_code("other")
    assert desk.way.why_not()
    desk.way.why.setText("运输时破损")
    made.press("F12", "Return")
    sent = made.asked(HoldLot)[-1]
    assert (sent.drug_id, sent.lot, sent.reason, sent.note) == (7, "L1", HoldReason.OTHER, "运输时破损")
    assert "26112100001" in made.said()
    assert "26112100002" in made.said()


def a_call_is_noted_by_a_digit(stage: tuple[Stage, StoreDesk]) -> None:
    made, desk = stage
    desk.go_to("recalls")
    made.settle(until=lambda: len(desk.recalls.recalls.rows()) == 1)
    assert not made.asked(GetRecallPatients)  # nobody's name without being asked for
    made.press("Alt+2", "Return")
    assert len(desk.recalls.patients.rows()) == 2
    made.answers(NoteRecallCall, Done())
    made.press("Return", "4", "F12")
    sent = made.asked(NoteRecallCall)[-1]
    assert (sent.recall_id, sent.patient_id, sent.outcome) == (4, 1, CallOutcome.NOT_REACHED)
    following = desk.recalls.patients.current()
    assert following is not None
    assert following.patient_id == 2


def what_is_missing_of_a_recall_is_said(stage: tuple[Stage, StoreDesk]) -> None:
    made, desk = stage
    desk.go_to("recalls")
    made.press("F3")
    form = desk.recalls.form
    assert form.drug.hasFocus()
    assert desk.recalls.why_not()
    form.drug.set_entry(lot_drug())
    assert desk.recalls.why_not()
    form.lots.setText("L1, L2；L1")
    assert desk.recalls.why_not()
    form.document.setText("17号")
    assert not desk.recalls.why_not()
    form.level.set_code("3")
    request = form.request(None, None)
    assert isinstance(request, OpenRecall)
    assert (request.lots, request.level, request.issuer) == (("L1", "L2"), 3, Issuer.AUTHORITY)
    made.press("Escape")
    assert form.mode.code() == "call"


def lot_drug() -> Any:
    from client.store.view.way_page import _Chosen

    return _Chosen(7, "布洛芬片", "0.2g×24片/盒")


def it_cannot_be_closed_while_somebody_was_not_called(stage: tuple[Stage, StoreDesk]) -> None:
    made, desk = stage
    desk.go_to("recalls")
    made.answers(CloseRecall, lambda _asked: PatientsToCall(number="H2611210001", count=2))
    made.settle(until=lambda: desk.recalls.recalls.current() is not None)
    desk.recalls.form.show_mode("close")
    assert desk.recalls.why_not()
    desk.recalls.form.report.setText("已全部通知")
    made.press("F12")
    assert made.asked(CloseRecall)[-1].report == "已全部通知"
    assert "2" in made.said()
    assert desk.recalls.form.report.text() == "已全部通知"


def test_the_deadline_counts_down_and_gets_red() -> None:
    now = datetime.now(UTC)
    entry = recall(at=now, deadline=now + timedelta(hours=24))
    assert [lot_words.left_tone(entry, now + timedelta(hours=hours)) for hours in (0, 17, 19, 25)] == [
        "warning",
        "warning",
        "danger",
        "danger",
    ]
    assert "23" in lot_words.left(entry, now + timedelta(minutes=1))
    assert lot_words.left(entry, now + timedelta(hours=25, minutes=5)) != lot_words.left(entry, now)
    assert lot_words.left_tone(recall(to_call=0), now) == "done"


def test_the_way_of_a_code_in_words() -> None:
    out = CodeStep(
        at=AT,
        prescription_id=5,
        prescription_number="26112100001",
        by="苏叶",
        split=True,
        lots=("L1",),
        returned_at=AT,
        return_number="T1",
        quarantined=True,
    )
    said = lot_words.code_line(out, {}, UTC)
    assert "26112100001" in said
    assert "T1" in said
    undone = lot_words.code_line(CodeStep(**{**_fields(out), "return_number": "", "quarantined": False}), {}, UTC)
    assert "T1" not in undone
    assert lot_words.lots(" A1，B2;B2 C3\n") == ("A1", "B2", "C3")


def _fields(out: CodeStep) -> dict[str, Any]:
    return {name: getattr(out, name) for name in out.__struct_fields__}
