"""The pharmacy's desk among windows: own prescriptions first, calling, clean ones together, and asking the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from client.pharmacy.clean import Batch
from client.pharmacy.view.desk import PharmacyDesk
from common.messages.catalogue import DrugHits, GetLists, SearchDrugs
from common.messages.consult import GetPrescription
from common.messages.patients import GetPatient
from common.messages.pharmacy import ListToDispense, ListToReview, PharmacyList, PickPrescription
from common.messages.reviewing import DoctorOutcome, Judged, Judgements, JudgeReviews, PassClean, RecordDoctorCall
from common.messages.windows import CallPatient, CloseWindow, ListWindows, OpenWindow, PassPatient, WindowList, WindowSet
from common.prescribing_errors import PrescriptionExpired
from common.window_errors import WindowIsClosed
from common.wire import Done, Refused
from tests.client.pharmacy import samples
from tests.client.windows import samples as windows

if TYPE_CHECKING:
    from tests.client.stage import Stage


def paid(stage: Stage, *entries: Any) -> None:
    stage.answers(ListToDispense, PharmacyList(entries=entries))


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> PharmacyDesk:
    monkeypatch.setattr("client.settings.save", lambda _settings: None)
    stage.answers(GetLists, samples.LISTS)
    stage.answers(GetPatient, samples.patient())
    stage.answers(SearchDrugs, DrugHits(drugs=(samples.drug(),)))
    stage.answers(GetPrescription, lambda request: samples.prescription(id=request.prescription_id))
    stage.answers(PickPrescription, lambda request: samples.pick_list(id=request.prescription_id, packs={1: 2}))
    stage.answers(ListWindows, windows.windows())
    stage.answers(ListToReview, PharmacyList(entries=()))
    paid(
        stage,
        samples.entry(7, state="PAID", window_id=1, window="1号窗口"),
        samples.entry(8, state="PAID", window_id=2, window="2号窗口"),
        samples.entry(9, state="PAID"),
    )
    stage.place.settings.window_id = 2
    return PharmacyDesk(stage.place)


def shown(desk: PharmacyDesk) -> list[int]:
    return [entry.prescription_id for entry in desk.model.shown(desk.model.mode)]


def test_own_ones_and_anybodys_come_first_and_all_by_a_key(stage: Stage, desk: PharmacyDesk) -> None:
    stage.show(desk)
    assert shown(desk) == [8, 9]
    assert desk.model.picking is not None
    assert desk.model.picking.facts.id == 8  # it waited shorter than the other window's
    assert desk.model.windows.title(desk.model.to_dispense) == "2号窗口，其他窗口 1"
    stage.press("Alt+A")
    assert shown(desk) == [8, 9, 7]
    assert desk.model.windows.title(desk.model.to_dispense) == "全部，2号窗口在前"
    desk.model.sought = "0007"
    assert shown(desk) == [7]  # what is sought is found wherever it waits


@pytest.mark.parametrize("own", [0, 3, 99])
def test_without_an_open_window_of_ones_own_everything_is_shown(stage: Stage, desk: PharmacyDesk, own: int) -> None:
    stage.place.settings.window_id = own
    stage.show(desk)
    assert shown(desk) == [7, 8, 9]


def test_standing_at_a_window_is_kept_for_this_computer(stage: Stage, desk: PharmacyDesk) -> None:
    stage.answers(OpenWindow, WindowSet(window_id=1, moved=0))
    stage.answers(CloseWindow, WindowSet(window_id=2, moved=3))
    stage.show(desk)
    stage.press("Alt+W", "Return")
    assert [request.window_id for request in stage.asked(OpenWindow)] == [1]
    assert stage.place.settings.window_id == 1
    assert "1号窗口" in stage.said()


def test_a_window_that_the_service_closed_is_said_once(stage: Stage, desk: PharmacyDesk) -> None:
    stage.show(desk)
    assert "已被关闭" not in stage.said()
    closed = [windows.window(2, open=False, staff="", waiting=0, load=0) if row.id == 2 else row for row in windows.windows().windows]
    stage.answers(ListWindows, WindowList(windows=tuple(closed), unplaced=2))
    desk.refresh(frozenset())
    stage.settle()
    assert "2号窗口已被关闭" in stage.said()
    assert shown(desk) == [7, 8, 9]
    desk.unsay()
    desk.refresh(frozenset())
    stage.settle()
    assert "已被关闭" not in stage.said()


def test_one_key_calls_and_calls_again(stage: Stage, desk: PharmacyDesk) -> None:
    stage.answers(CallPatient, lambda _request: windows.call(1, "欧**溪", window="2号窗口"))
    stage.show(desk)
    stage.press("F11")
    assert [(request.prescription_id, request.window_id) for request in stage.asked(CallPatient)] == [(8, 2)]
    assert "2号窗口" in stage.said()
    stage.press("Alt+N")
    assert stage.asked(PassPatient) == []  # the list does not know of the call yet
    paid(stage, samples.entry(8, state="PICKED", window_id=2, window="2号窗口", called=1))
    stage.answers(PassPatient, windows.call(2, "欧**溪", passed=True))
    stage.press("F5", "Alt+N")
    assert [request.prescription_id for request in stage.asked(PassPatient)] == [8]
    assert desk.model.picking is None


def test_nobody_is_called_from_nowhere(stage: Stage, desk: PharmacyDesk) -> None:
    stage.place.settings.window_id = 0
    stage.show(desk)
    stage.press("F11")
    assert stage.asked(CallPatient) == []
    assert "Alt+W" in stage.said()


def test_a_window_that_closed_meanwhile_is_said(stage: Stage, desk: PharmacyDesk) -> None:
    stage.answers(CallPatient, WindowIsClosed(window="2号窗口"))
    stage.show(desk)
    stage.press("F11")
    assert "没有开放" in stage.said()
    stage.press("F11")
    assert len(stage.asked(CallPatient)) == 2  # it may be tried again


# --- clean ones together


def judged(stage: Stage) -> None:
    entries = (samples.entry(7), samples.entry(8), samples.entry(9))
    stage.answers(ListToReview, PharmacyList(entries=entries))
    paid(stage)
    reason = Refused(error="ReviewAlone", fields={"reason": "batch review|needs a skin test", "drug": "青霉素钠"})
    whys: dict[int, tuple[Refused, ...]] = {7: (), 8: (reason,), 9: ()}
    judged = tuple(Judged(prescription_id=each, whys=why) for each, why in whys.items())
    stage.answers(JudgeReviews, Judgements(allowed=True, judged=judged))


def test_one_signature_passes_the_clean_ones_and_a_refusal_stops_nothing(stage: Stage, desk: PharmacyDesk) -> None:
    judged(stage)
    answers = {
        7: PrescriptionExpired(number="26112100007", valid_until="2026-11-20 23:59"),
        9: samples.prescription(id=9, state="APPROVED"),
    }
    stage.answers(PassClean, lambda request: answers[request.prescription_id])
    stage.show(desk)
    assert desk.lists.review.rows_model.rows[0].prescription_id == 7
    stage.press("Alt+P")
    assert stage.asked(PassClean) == []  # who is passed is said before
    stage.press("Return")
    passed = stage.asked(PassClean)
    assert [request.prescription_id for request in passed] == [7, 9]
    assert len({request.batch for request in passed}) == 1
    assert len(set(stage.request_ids(PassClean))) == 2
    assert "26112100007" in stage.said()
    assert "1 张" in stage.said()


def test_why_one_is_reviewed_by_itself_is_said(stage: Stage, desk: PharmacyDesk) -> None:
    judged(stage)
    stage.show(desk)
    assert desk.model.batch.why_not(8) == "青霉素钠：需要皮试。"
    assert [entry.prescription_id for entry in desk.model.batch.clean(desk.model.to_review)] == [7, 9]
    stage.press("Down")
    assert "需要皮试" in desk.review_page.scope.text()


def test_where_the_clinic_does_not_allow_it_nothing_is_clean(stage: Stage, desk: PharmacyDesk) -> None:
    batch = Batch()
    batch.judged(Judgements(allowed=False, judged=(Judged(prescription_id=7, whys=()),)))
    assert not batch.is_clean(7)
    paid(stage)
    stage.answers(ListToReview, PharmacyList(entries=(samples.entry(7),)))
    stage.show(desk)
    stage.press("Alt+P")
    assert stage.asked(PassClean) == []


# --- asking the doctor


def test_the_doctor_is_asked_by_a_digit_and_a_note(stage: Stage, desk: PharmacyDesk) -> None:
    judged(stage)
    stage.answers(RecordDoctorCall, Done())
    stage.show(desk)
    stage.press("Alt+D")
    assert "8021" in desk.review_page.doctor.where.text()
    stage.press("Return", "Return")
    assert stage.asked(RecordDoctorCall) == []  # nothing was chosen
    desk.review_page.focus()
    stage.press("1", "Return")
    stage.type("按体重")
    stage.press("Return")
    assert stage.asked(RecordDoctorCall) == [RecordDoctorCall(prescription_id=7, outcome=DoctorOutcome.CONFIRMED, note="按体重")]
    assert desk.model.review is not None
    assert not desk.model.review.asking
