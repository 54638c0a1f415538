"""The frame: palette, help, questions, results, changes, offline, language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from client import texts
from client.desk import Kind
from client.ticket import Link
from common.i18n import ENGLISH
from common.messages.consult import HoldVisit
from common.messages.patients import Allergy, AllergyState, PatientFile, PatientHit, PatientHits, PatientSummary, SearchPatients
from common.permissions import Role
from common.prescribing_errors import NoDiagnosis
from common.wire import Change, Done
from tests.client.sample_desk import SampleDesk
from tests.client.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from client.shell.frame import Frame


@pytest.fixture
def desk(stage: Stage) -> SampleDesk:
    stage.answers(SearchPatients, PatientHits(hits=(), more=False))
    stage.answers(HoldVisit, Done())
    made = SampleDesk(stage.place)
    stage.show(made)
    return made


def frame_of(stage: Stage) -> Frame:
    assert stage.frame is not None
    return stage.frame


def test_the_palette_finds_an_action_by_initials_and_runs_it(stage: Stage, desk: SampleDesk) -> None:
    desk.field.setText("x")
    stage.press("Ctrl+K")
    palette = frame_of(stage).palette_sheet
    assert palette.isVisible()
    assert {entry.offer.action.id for entry in palette.list.rows()} >= {"find", "finish", "lock", "language", "sign_out"}
    stage.type("wc")
    assert next(entry.title for entry in palette.list.rows()) == "完成"
    stage.press("Return")
    assert desk.finished == 1
    assert not palette.isVisible()


def test_the_palette_shows_what_cannot_be_done_and_why(stage: Stage, desk: SampleDesk) -> None:
    stage.press("Ctrl+K")
    stage.type("f12")
    stage.press("Return")
    palette = frame_of(stage).palette_sheet
    assert palette.isVisible()
    assert palette.note.text() == "现在不能做。"
    assert desk.finished == 0
    stage.press("Esc")
    assert not palette.isVisible()
    assert desk.went_back == 0, "Esc closed the palette only"


def test_a_key_whose_action_is_grey_says_why(stage: Stage, desk: SampleDesk) -> None:
    stage.press("F12")
    assert stage.said() == "现在不能做。"
    desk.field.setFocus()
    stage.type("x")
    stage.press("F12")
    assert desk.finished == 1


def test_what_the_role_may_not_is_nowhere(app: QApplication, tmp_path: Path) -> None:
    clerk = Stage(tmp_path, roles=[Role.CASHIER])
    desk = SampleDesk(clerk.place)
    frame = clerk.show(desk)
    clerk.press("F7")
    assert desk.finished == 0
    assert "audit" not in [each.action.id for each in frame.offers()]
    clerk.close()


def test_help_shows_words_and_keys_and_goes_with_its_own_key(stage: Stage, desk: SampleDesk) -> None:
    stage.press("F1")
    sheet = frame_of(stage).help_sheet
    assert sheet.isVisible()
    assert "Nothing." in sheet.words.toPlainText()
    stage.press("F12")
    assert desk.finished == 0, "the desk beneath sleeps"
    stage.press("F1")
    assert not sheet.isVisible()


def test_zones_and_escape(stage: Stage, desk: SampleDesk) -> None:
    stage.press("Alt+2")
    assert desk.field.hasFocus()
    stage.press("Alt+1")
    assert desk.search.field.hasFocus()
    stage.press("Esc")
    assert desk.went_back == 1


def test_enter_is_never_the_destructive_answer(stage: Stage, desk: SampleDesk) -> None:
    done: list[str] = []
    desk.field.setFocus()
    desk.ask("作废？", [("Close", lambda: done.append("voided"))])
    stage.settle()
    frame = frame_of(stage)
    assert frame.question.isVisible()
    assert not frame.line.isVisible()
    stage.press("Return")
    assert done == []
    assert not frame.question.isVisible()
    assert frame.line.isVisible()
    assert desk.field.hasFocus(), "the focus is where it was"
    desk.ask("作废？", [("Close", lambda: done.append("voided"))])
    stage.press("Shift+Tab", "Return")
    assert done == ["voided"]


def test_a_result_has_its_number_and_what_follows(stage: Stage, desk: SampleDesk) -> None:
    stage.press("F6")
    assert stage.said() == "held"
    result = frame_of(stage).line.result
    assert result is not None
    assert result.kind is Kind.DONE
    assert result.follow == ("find",)


def test_an_error_nobody_took_stands_in_the_line(stage: Stage, desk: SampleDesk) -> None:
    stage.answers(HoldVisit, NoDiagnosis())
    stage.press("F6")
    assert stage.said() == str(NoDiagnosis())
    result = frame_of(stage).line.result
    assert result is not None
    assert result.kind is Kind.DANGER


def test_changes_are_gathered_and_only_the_desks_own_count(stage: Stage, desk: SampleDesk) -> None:
    desk.refreshed.clear()
    for change in (Change(topic="bill", id=1), Change(topic="stock", id=2), Change(topic="bill", id=3)):
        stage.ops.changed.emit(frozenset({change}))
    stage.settle(until=lambda: bool(desk.refreshed))
    assert desk.refreshed == [frozenset({Change(topic="bill", id=1), Change(topic="bill", id=3)})]
    stage.ops.changed.emit(frozenset({Change(topic="stock", id=2)}))
    stage.ops.changed.emit(frozenset())
    stage.settle(until=lambda: len(desk.refreshed) == 2)
    assert desk.refreshed[1] == frozenset()


def test_a_scan_goes_to_the_desk_and_a_refused_one_is_said(stage: Stage, desk: SampleDesk) -> None:
    desk.field.setFocus()
    stage.scan("6901234567892")
    assert desk.codes == ["6901234567892"]
    assert desk.field.text() == ""
    desk.takes_codes = False
    stage.scan("12345678")
    assert stage.said() == "这个码现在在这里用不上。"


def test_the_line_that_went_is_said_with_what_waits(stage: Stage, desk: SampleDesk) -> None:
    strip = frame_of(stage).strip
    stage.ops.link_changed.emit(Link(online=False, waiting=2))
    assert "2" in strip.middle.text()
    assert strip.link.tone() == "warning"
    stage.ops.link_changed.emit(Link())
    assert strip.middle.text() == ""
    assert strip.link.text() == "在线"


def test_the_banner_stays_and_says_what_is_known_of_allergies(stage: Stage, desk: SampleDesk) -> None:
    frame = frame_of(stage)
    assert not frame.banner.isVisible()
    desk.set_patient(summary(AllergyState.KNOWN))
    stage.settle()
    assert frame.banner.name.text() == "欧阳淑贞"
    assert frame.banner.allergy.text() == "过敏：青霉素"
    assert frame.banner.allergy.tone() == "danger"
    assert "¥38.60" in frame.banner.unpaid.text()
    stage.press("Ctrl+K")
    assert frame.palette_sheet.geometry().top() > frame.banner.geometry().bottom()
    stage.press("Esc")
    words = {state: _badge(stage, desk, state) for state in AllergyState}
    assert len(set(words.values())) == 4, "the four states read differently"
    desk.set_patient(None)
    assert not frame.banner.isVisible()


def _badge(stage: Stage, desk: SampleDesk, state: AllergyState) -> str:
    desk.set_patient(summary(state))
    return frame_of(stage).banner.allergy.text()


def test_the_language_changes_and_the_work_stays(stage: Stage, desk: SampleDesk) -> None:
    desk.field.setText("现病史")
    desk.set_patient(summary(AllergyState.NOT_ASKED))
    texts.speak(ENGLISH)
    stage.settle()
    frame = frame_of(stage)
    assert desk.field.text() == "现病史"
    assert frame.banner.allergy.text() == "Allergies not asked"
    assert frame.banner.name.text() == "欧阳淑贞"
    assert "Xinglin Clinic" in frame.strip.place.text()


def test_enter_waits_for_the_answer_to_what_was_typed(stage: Stage, desk: SampleDesk) -> None:
    chosen: list[PatientHit] = []
    painted: list[str] = []
    desk.search.chosen.connect(chosen.append)
    desk.search.painted.connect(lambda text, _ns: painted.append(text))
    stage.answers(SearchPatients, lambda request: PatientHits(hits=(hit(len(request.text), request.text),), more=False))
    stage.press("F2")
    stage.type("zs")
    stage.press("Return")
    stage.settle(until=lambda: bool(chosen))
    assert [each.name for each in chosen] == ["zs"]
    assert "zs" in painted


def test_a_desk_that_closes_keeps_its_drafts(stage: Stage, desk: SampleDesk) -> None:
    frame_of(stage).wind_up()
    assert desk.wound_up


def hit(number: int, name: str) -> PatientHit:
    return PatientHit(
        id=number, number=f"26{number:06d}", name=name, sex="1", birth_date=date(1985, 3, 14), phone="", document_tail="", last_visit=None
    )


def summary(state: AllergyState) -> PatientSummary:
    known = (Allergy(text="青霉素"),) if state is AllergyState.KNOWN else ()
    file = PatientFile(name="欧阳淑贞", sex="2", birth_date=date(1985, 3, 14), allergy_state=state, allergies=known)
    return PatientSummary(
        id=1,
        number="26000123",
        file=file,
        version=1,
        registered_at=datetime(2026, 1, 1, tzinfo=UTC),
        visits=(),
        unpaid_fen=3860,
        today=None,
    )


def test_a_desk_may_answer_for_a_scan_itself(stage: Stage, desk: SampleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("client.sounds.accepted", lambda: heard.append("one"))
    monkeypatch.setattr("client.sounds.refused", lambda: heard.append("two"))
    stage.place.settings.sounds = True
    desk.takes_codes = None
    stage.scan("6901234567892")
    assert desk.codes == ["6901234567892"]
    assert (stage.said(), heard) == ("", [])
    desk.sound(accepted=False)
    stage.place.settings.sounds = False
    desk.sound(accepted=True)
    assert heard == ["two"]


def test_a_desk_that_is_locked_or_covered_hears_no_scanner(stage: Stage, desk: SampleDesk) -> None:
    frame = frame_of(stage)
    frame.setEnabled(False)
    stage.place.devices.scanned.emit("690")
    frame.setEnabled(True)
    frame.hide()
    stage.place.devices.scanned.emit("691")
    frame.show()
    stage.place.devices.scanned.emit("692")
    assert desk.codes == ["692"]


def test_print_again_with_nothing_printed_says_so(stage: Stage, desk: SampleDesk) -> None:
    stage.press("F9")
    assert stage.said() == "本机还没有打印过。"


def test_the_clock_is_the_clinics_not_the_computers(stage: Stage, desk: SampleDesk) -> None:
    import msgspec

    east = timezone(timedelta(hours=14))
    there = datetime.now(east)
    stage.place.session = msgspec.structs.replace(stage.place.session, expires_at=datetime(2026, 11, 22, tzinfo=east))
    strip = frame_of(stage).strip
    strip.tick()
    assert strip.time.text()[:10] == f"{there:%Y-%m-%d}"
    assert strip.time.text()[-5:] in (f"{there:%H:%M}", f"{there + timedelta(minutes=1):%H:%M}")


def test_a_search_shows_the_columns_that_its_zone_has_room_for(stage: Stage) -> None:
    from client.widgets.patient_search import BORN, NAME, PatientSearch

    assert PatientSearch(stage.ops, columns=(NAME, BORN)).list.rows_model.columns == (NAME, BORN)
    assert len(PatientSearch(stage.ops).list.rows_model.columns) == 7
