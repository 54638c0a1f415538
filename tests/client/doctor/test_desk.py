"""The doctor's desk by its keys, in its frame, with the service's answers prepared."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from client import texts
from client.doctor import prescribing
from client.doctor.sheet import Catalogue
from client.doctor.work import VisitDraft, draft_key
from common.domain.barcodes import OwnKind, make_code
from common.domain.supply import OVER_7_DAYS
from common.errors import ChangedMeanwhile, NotEnoughStock
from common.messages import consult
from common.messages.catalogue import DrugHits, SearchDrugs
from common.messages.consult import (
    CallNext,
    CallVisit,
    DrugLine,
    FinishVisit,
    GetEncounter,
    GetPrescription,
    HoldVisit,
    PassVisit,
    PrescriptionKind,
    RecordSaved,
    RecordText,
    SaveRecord,
    SignPrescription,
    StartConsult,
    VoidPrescription,
)
from common.prescribing_errors import PrescriptionRule, RecordIncomplete
from common.wire import Change, Done
from devices.idcard import IdCard, IdCardKind
from tests.client.doctor import samples

if TYPE_CHECKING:
    from tests.client.doctor.conftest import DoctorStage


def card(name: str = "张晓三", number: str = "11010519690307101X") -> IdCard:
    return IdCard(
        kind=IdCardKind.CITIZEN,
        name=name,
        sex="1",
        birth_date=date(1969, 3, 7),
        number=number,
        issuer="某公安局",
        valid_from=date(2020, 1, 1),
        valid_to=None,
    )


# --- calling -----------------------------------------------------------------------------------------------------------------------


def test_the_next_one_is_called_and_enter_starts(doctor: DoctorStage) -> None:
    stage = doctor.stage
    called = samples.entry(3, "张晓三", "CALLED")
    stage.answers(CallNext, lambda _request: called)
    stage.show(doctor.desk)
    stage.press("F4")
    assert doctor.desk.queue.current() == called
    doctor.queue[1] = samples.entry(3, "张晓三", "IN_CONSULT")
    stage.press("Return")
    assert stage.asked(StartConsult)[0].visit_id == 3
    assert doctor.desk.patient is not None and doctor.desk.patient.file.name == "张晓三"
    assert doctor.desk.record.fields["chief_complaint"].hasFocus()


def test_a_waiting_row_is_called_out_of_turn_and_passed_over(doctor: DoctorStage) -> None:
    stage = doctor.stage
    called = samples.entry(4, "欧阳春晓", "CALLED")
    stage.answers(CallVisit, called)
    stage.answers(PassVisit, Done())
    stage.show(doctor.desk)
    stage.press("F2")
    stage.type("oycx")
    stage.press("Return")
    assert stage.asked(CallVisit)[0].visit_id == 4
    stage.press("F7")
    assert stage.asked(PassVisit)[0].visit_id == 4


def test_a_second_patient_is_not_started_while_one_is_here(doctor: DoctorStage) -> None:
    doctor.queue[2] = samples.entry(4, "欧阳春晓", "CALLED")
    doctor.open()
    doctor.desk.select_visit(4, focus=True)
    doctor.stage.press("Return")
    assert doctor.stage.asked(StartConsult) == []
    assert "张晓三" in doctor.stage.said()


def test_the_queue_keeps_its_place_when_it_is_refreshed(doctor: DoctorStage) -> None:
    stage = doctor.stage
    stage.show(doctor.desk)
    stage.press("Down", "Down")
    here = doctor.desk.queue.current()
    doctor.queue.insert(0, samples.entry(20, "新来的", "WAITING"))
    doctor.desk.refresh(frozenset({Change(topic="queue", id=1)}))
    stage.settle()
    assert doctor.desk.queue.current() == here


def test_hold_leaves_the_desk_and_keeps_what_was_typed(doctor: DoctorStage) -> None:
    stage = doctor.stage
    stage.answers(HoldVisit, Done())
    doctor.open()
    stage.type("咳嗽")
    stage.press("F10")
    assert stage.asked(SaveRecord)[0].record.chief_complaint == "咳嗽"
    assert stage.asked(HoldVisit)[0].visit_id == 3
    assert doctor.desk.patient is None


# --- the record --------------------------------------------------------------------------------------------------------------------


def test_typing_is_in_the_journal_within_a_second(doctor: DoctorStage) -> None:
    doctor.open()
    assert doctor.desk._keep.interval() < 1000
    for char in "咳嗽三天":
        doctor.stage.type(char)
    journal = doctor.stage.place.journal

    def kept() -> bool:
        draft = journal.draft(draft_key(3), VisitDraft)
        return draft is not None and draft.written.record.chief_complaint == "咳嗽三天"

    doctor.stage.settle(kept)


def test_typing_is_saved_when_the_hand_rests(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.desk._save.setInterval(20)
    doctor.stage.type("咳嗽")
    doctor.stage.settle(lambda: bool(doctor.stage.asked(SaveRecord)))
    assert doctor.stage.place.journal.draft(draft_key(3), VisitDraft) is None
    assert doctor.desk.record.saving.text() == "已保存"


def test_what_was_typed_before_a_crash_is_back(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.stage.type("咳嗽")
    doctor.stage.press("Alt+3")
    doctor.stage.type("blf")
    doctor.stage.press("Return")
    from client.doctor import actions

    actions.keep(doctor.desk)
    draft = doctor.stage.place.journal.draft(draft_key(3), VisitDraft)
    assert draft is not None
    doctor.desk.model.work = None  # the program ended here; nothing was wound up
    actions.opened(doctor.desk, doctor.encounter)
    doctor.stage.settle()
    assert doctor.desk.record.fields["chief_complaint"].text() == "咳嗽"
    assert [line.drug.id for sheet in doctor.desk.model.work.unsigned() for line in sheet.lines] == [2]  # type: ignore[attr-defined]
    assert "恢复" in doctor.stage.said()


def test_a_signing_without_answer_is_asked_for_again_under_its_own_id(doctor: DoctorStage) -> None:
    from client.doctor import actions

    doctor.open()
    doctor.write()
    doctor.stage.press("Alt+3")
    doctor.stage.type("blf")
    doctor.stage.press("Return", "Return")
    sheet = doctor.desk.model.sheet
    assert sheet is not None
    sheet.sent = True  # it left the desk, and then the desk lost power
    actions.keep(doctor.desk)
    doctor.desk.model.work = None
    actions.opened(doctor.desk, doctor.encounter)
    doctor.stage.settle()
    assert doctor.stage.request_ids(SignPrescription) == [sheet.request_id]
    assert doctor.desk.model.prescription is not None


def test_another_text_at_the_service_is_asked_about_and_nothing_is_lost(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    theirs = msgspec.structs.replace(doctor.encounter, record=RecordText(chief_complaint="发热"), record_version=5)
    stage.answers(
        SaveRecord, lambda request: ChangedMeanwhile(kind="The record") if request.version < 5 else RecordSaved(version=6, signed=False)
    )
    stage.answers(GetEncounter, theirs)
    stage.type("咳嗽")
    doctor.desk._save.stop()
    from client.doctor import actions

    assert doctor.desk.model.work is not None
    actions.save(doctor.desk, doctor.desk.model.work)
    stage.settle()
    assert stage.frame is not None and stage.frame.question.isVisible()
    stage.press("Return")  # Enter alone decides nothing
    assert doctor.desk.record.fields["chief_complaint"].text() == "咳嗽"
    actions.save(doctor.desk, doctor.desk.model.work)
    doctor.desk.model.work.refused = None
    actions.save(doctor.desk, doctor.desk.model.work)
    stage.settle()
    stage.frame.question._answer(lambda: actions._take_theirs(doctor.desk, doctor.desk.model.work, theirs))  # type: ignore[arg-type]
    assert doctor.desk.record.fields["chief_complaint"].text() == "发热"
    stage.frame.run_id("bring_back")
    assert doctor.desk.record.fields["chief_complaint"].text() == "咳嗽"


def test_finish_names_what_is_missing_and_goes_there(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.type("咳嗽三天")
    stage.press("F12")
    assert stage.asked(FinishVisit) == []
    assert "现病史" in stage.said() and "诊断" in stage.said() and "主诉" not in stage.said()
    assert doctor.desk.record.fields["present_illness"].hasFocus()


def test_the_usual_phrases_fill_the_rest_and_the_visit_finishes(doctor: DoctorStage) -> None:
    stage = doctor.stage
    stage.answers(FinishVisit, lambda request: RecordSaved(version=request.version, signed=True))
    doctor.open()
    stage.type("咳嗽三天")
    stage.press("Return", "F6", "F6", "F6", "F6", "F6")
    stage.type("jx")
    stage.press("Return", "Return", "F6", "F12")
    saved = stage.asked(SaveRecord)[-1]
    assert saved.record.examination == "未见异常。"
    assert [each.code for each in saved.diagnoses] == ["J06.900"]
    assert stage.asked(FinishVisit)[-1].version == doctor.version
    assert doctor.desk.patient is None
    assert stage.place.journal.drafts("doctor:") == []


def test_the_usual_phrase_of_allergies_says_what_the_file_knows(doctor: DoctorStage) -> None:
    doctor.open(samples.encounter(patient=samples.patient(**samples.ALLERGIC)))
    doctor.desk.go_to("allergy_history")
    doctor.stage.press("F6")
    assert doctor.desk.record.fields["allergy_history"].text() == "对青霉素过敏。"


def test_a_re_visit_requires_less(doctor: DoctorStage) -> None:
    stage = doctor.stage
    stage.answers(FinishVisit, RecordIncomplete(missing=["Diagnosis"]))
    doctor.open()
    doctor.write()
    doctor.desk.record.fields["past_history"].set_text("")
    stage.press("F12")
    assert doctor.desk.record.fields["past_history"].hasFocus()
    stage.press("Ctrl+T", "F12")
    assert len(stage.asked(FinishVisit)) == 1
    assert doctor.desk.record.diagnoses.field.hasFocus()  # where the service saw something missing


def test_the_chief_complaint_counts_its_characters(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.stage.type("咳嗽")
    assert doctor.desk.record.count.text() == "2/20"
    doctor.desk.record.fields["chief_complaint"].set_text("咳" * 21)
    assert "过长" in doctor.desk.record.count.text()


def test_diagnoses_are_moved_marked_noted_and_removed_by_keys(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    doctor.write()
    listed = doctor.desk.record.diagnoses
    listed.table.setFocus()
    stage.press("Alt+Down")
    stage.type("?")
    assert [(each.code, each.suspected) for each in listed.diagnoses()] == [("I10.x00", False), ("J20.900", True)]
    stage.press("Return")
    stage.type("左侧")
    stage.press("Return")
    assert listed.diagnoses()[1].note == "左侧"
    stage.press("Ctrl+D")
    assert [each.code for each in listed.diagnoses()] == ["I10.x00"]


# --- prescribing -------------------------------------------------------------------------------------------------------------------


def test_three_drugs_take_no_more_than_twenty_keys(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    doctor.write()
    keys = 0

    def press(name: str) -> None:
        nonlocal keys
        keys += 1
        stage.press(name)

    press("Alt+3")
    for initials in ("amx", "blf", "gc"):
        for letter in initials:
            keys += 1
            stage.type(letter)
        press("Return")
        press("Return")
    press("F8")
    assert keys <= 20
    signed = stage.asked(SignPrescription)[0]
    assert [(line.drug_id, line.quantity) for line in signed.lines] == [(1, 24), (2, 6), (3, 1)]
    assert doctor.desk.model.prescription is not None
    assert "26112100061" in stage.said()


def test_typing_ahead_of_the_answers_loses_no_key(doctor: DoctorStage) -> None:
    stage = doctor.stage

    def late(request: SearchDrugs) -> object:
        time.sleep(0.15)
        return samples.drugs_for(request.text)

    stage.answers(SearchDrugs, late)
    doctor.open()
    stage.press("Alt+3")
    from client import robot

    assert stage.frame is not None
    for key in "amx\r\rblf\r\r":
        robot.type_text(stage.frame, key)
    stage.settle()
    sheet = doctor.desk.model.sheet
    assert sheet is not None and [line.drug.id for line in sheet.lines] == [1, 2]
    assert doctor.desk.rx.editor.line() is None


def test_enter_walks_the_cells_once_something_was_changed(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return")
    stage.type("0.6")
    stage.press("Return")
    stage.type("tid")
    stage.press("Return", "Return")
    stage.type("2")
    stage.press("Return", "Return")
    stage.type("饭后服")
    stage.press("Return")
    sheet = doctor.desk.model.sheet
    assert sheet is not None
    line = sheet.lines[0]
    assert (str(line.dose), line.frequency, line.route, line.days, line.advice) == ("0.6", "tid", "po", 2, "饭后服")
    assert line.quantity(doctor.desk.model.catalogue) == 12
    assert doctor.desk.rx.editor.line() is None  # the next drug


def test_a_frequency_that_was_not_chosen_gives_way_to_the_old_one(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return")
    doctor.desk.rx.editor.go_to_cell("frequency")
    stage.type("xx")
    stage.press("Tab")
    assert doctor.desk.rx.editor.frequency.text() == "每日两次"


def test_a_reason_is_asked_for_in_place(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open(samples.encounter(patient=samples.patient(**samples.ALLERGIC)))
    doctor.write()
    stage.press("Alt+3")
    stage.type("amx")
    stage.press("Return", "Return")
    assert doctor.desk.rx.editor.reason.hasFocus()
    stage.press("F8")
    assert stage.asked(SignPrescription) == []
    stage.type("皮试阴性")
    stage.press("Return", "F8")
    assert stage.asked(SignPrescription)[0].lines[0].reason == "皮试阴性"


def test_without_a_diagnosis_nothing_is_signed(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return", "Return", "F8")
    assert stage.asked(SignPrescription) == []
    assert doctor.desk.record.diagnoses.field.hasFocus()


def test_what_the_service_refuses_is_shown_at_its_line(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    doctor.write()
    stage.answers(SignPrescription, PrescriptionRule(rule=OVER_7_DAYS, drug=samples.IBUPROFEN.name))
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return", "Return", "F8")
    assert doctor.desk.rx.editor.reason.hasFocus()
    stage.answers(SignPrescription, NotEnoughStock(drug=samples.IBUPROFEN.name, wanted=Decimal(6), left=Decimal(2), unit="粒"))
    stage.type("慢性病")
    stage.press("F8")
    sheet = doctor.desk.model.sheet
    assert sheet is not None and sheet.lines[0].drug.free == 2
    assert "库存不足" in stage.said()


def test_a_line_is_taken_out_and_brought_back(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    for initials in ("amx", "blf"):
        stage.type(initials)
        stage.press("Return", "Return")
    stage.press("Up", "Ctrl+D")
    sheet = doctor.desk.model.sheet
    assert sheet is not None and [line.drug.id for line in sheet.lines] == [1]
    assert stage.frame is not None
    stage.frame.run_id("undo_remove")
    assert [line.drug.id for line in sheet.lines] == [1, 2]


def test_infusions_are_grouped(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("tbqs")
    stage.press("Return", "Return")
    stage.type("lhn")
    stage.press("Return", "Ctrl+G")
    sheet = doctor.desk.model.sheet
    assert sheet is not None and [line.group for line in sheet.lines] == [1, 1]
    stage.press("Ctrl+G")
    assert [line.group for line in sheet.lines] == [0, 0]


def test_a_pack_is_scanned_into_a_line(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.stage.scan("6901234567892")
    sheet = doctor.desk.model.sheet
    assert sheet is not None and [line.drug.id for line in sheet.lines] == [2]
    assert doctor.desk.record.fields["chief_complaint"].text() == ""


def sign_one(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.write()
    doctor.stage.press("Alt+3")
    doctor.stage.type("blf")
    doctor.stage.press("Return", "Return", "F8")
    assert doctor.desk.model.prescription is not None


def test_a_prescription_that_was_sent_back_is_written_anew_and_replaced(doctor: DoctorStage) -> None:
    stage = doctor.stage
    sign_one(doctor)
    facts = doctor.desk.model.prescription
    assert facts is not None
    rejected = msgspec.structs.replace(facts, state="REJECTED", rejection="剂量偏大", reviewer="孙药师")
    stage.answers(GetPrescription, rejected)
    doctor.desk.refresh(frozenset({Change(topic="prescription", id=facts.id)}))
    stage.settle()
    assert "剂量偏大" in stage.said()
    assert "剂量偏大" in doctor.desk.rx.notice.text()
    stage.answers(SignPrescription, lambda request: samples.signed(request, id=62))
    stage.press("F11")
    stage.type("0.6")
    stage.press("F8")
    again = stage.asked(SignPrescription)[-1]
    assert (again.replaces, str(again.lines[0].dose)) == (facts.id, "0.6")
    assert len(set(stage.request_ids(SignPrescription))) == 2
    assert doctor.desk.model.work is not None and [each.id for each in doctor.desk.model.work.signed] == [62]


def test_a_paid_prescription_cannot_be_taken_back(doctor: DoctorStage) -> None:
    stage = doctor.stage
    sign_one(doctor)
    facts = doctor.desk.model.prescription
    assert facts is not None
    stage.answers(GetPrescription, msgspec.structs.replace(facts, state="PAID"))
    doctor.desk.refresh(frozenset({Change(topic="prescription", id=facts.id)}))
    stage.settle()
    stage.press("Ctrl+B")
    assert not doctor.desk.rx.reason.isVisible()
    stage.press("F11")
    assert len(doctor.desk.model.tabs()) == 2


def test_voiding_wants_a_reason(doctor: DoctorStage) -> None:
    stage = doctor.stage
    stage.answers(VoidPrescription, Done())
    sign_one(doctor)
    stage.press("Ctrl+B", "Return")
    assert stage.asked(VoidPrescription) == []
    stage.type("开错")
    stage.press("Return")
    assert stage.asked(VoidPrescription)[0].reason == "开错"
    assert doctor.desk.model.sheet is not None


def test_f8_pressed_twice_is_one_signing(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    doctor.write()

    def slow(request: SignPrescription) -> object:
        time.sleep(0.1)
        return samples.signed(request)

    stage.answers(SignPrescription, slow)
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return", "Return")
    from client import robot

    assert stage.frame is not None
    robot.press(stage.frame, "F8")
    robot.press(stage.frame, "F8")
    stage.settle()
    assert len(set(stage.request_ids(SignPrescription))) == 1
    assert len(stage.asked(SignPrescription)) == 1


def test_drugs_that_are_not_signed_are_asked_about_before_finishing(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    doctor.write()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return", "Return", "F12")
    assert stage.asked(FinishVisit) == []
    assert stage.frame is not None and stage.frame.question.isVisible()


# --- cards -------------------------------------------------------------------------------------------------------------------------


def test_the_card_of_somebody_else_is_a_red_line(doctor: DoctorStage) -> None:
    doctor.open()
    doctor.desk.carded(card())
    assert "核对无误" in doctor.stage.said()
    doctor.desk.carded(card("李四", "11010519491231002X"))
    assert "请核对患者" in doctor.stage.said() and "李四" in doctor.stage.said()


def test_a_card_finds_its_owner_in_the_queue(doctor: DoctorStage) -> None:
    doctor.stage.answers(CallVisit, samples.entry(3, "张晓三", "CALLED"))
    doctor.stage.show(doctor.desk)
    doctor.desk.carded(card())
    doctor.stage.settle()
    assert doctor.stage.asked(CallVisit)[0].visit_id == 3
    doctor.desk.carded(card("路人"))
    assert "不在" in doctor.stage.said()


def test_own_barcodes_check_the_patient(doctor: DoctorStage) -> None:
    doctor.open()
    assert doctor.desk.scanned(make_code(OwnKind.PATIENT, 103))
    assert not doctor.desk.scanned(make_code(OwnKind.PATIENT, 104))
    assert "请核对患者" in doctor.stage.said()
    assert not doctor.desk.scanned(make_code(OwnKind.BILL, 7))


# --- speed and place ---------------------------------------------------------------------------------------------------------------


def test_the_painted_list_is_told_with_its_time(doctor: DoctorStage) -> None:
    told: list[tuple[str, int]] = []
    doctor.open()
    doctor.desk.rx.editor.drug.painted.connect(lambda text, taken: told.append((text, taken)))
    doctor.stage.press("Alt+3")
    doctor.stage.type("amx")
    doctor.stage.settle(lambda: bool(told))
    assert told[-1][0] == "amx"
    assert 0 < told[-1][1] < 1_000_000_000


def test_the_same_letters_are_answered_from_memory_until_stock_moves(doctor: DoctorStage) -> None:
    doctor.open()
    found: list[object] = []
    prescribing.find_drugs(doctor.desk, "amx", found.append)
    doctor.stage.settle()
    prescribing.find_drugs(doctor.desk, "AMX", found.append)
    assert len(doctor.stage.asked(SearchDrugs)) == 1 and len(found) == 2
    doctor.desk.refresh(frozenset({Change(topic="stock", id=1)}))
    prescribing.find_drugs(doctor.desk, "amx", found.append)
    doctor.stage.settle()
    assert len(doctor.stage.asked(SearchDrugs)) == 2


def test_stock_that_another_desk_took_is_seen_at_once(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return", "Return")
    stage.answers(SearchDrugs, DrugHits(drugs=(msgspec.structs.replace(samples.IBUPROFEN, free=Decimal(1)),)))
    doctor.desk.refresh(frozenset({Change(topic="stock", id=samples.IBUPROFEN.id)}))
    stage.settle()
    sheet = doctor.desk.model.sheet
    assert sheet is not None
    assert [each.severity for each in sheet.findings(doctor.desk.model.patient(), doctor.desk.model.catalogue)] == ["block"]


def test_the_reasons_of_a_rejection_are_words(doctor: DoctorStage) -> None:
    from client.doctor.words import sent_back
    from common.messages.pharmacy import RejectReason

    for reason in RejectReason:
        assert sent_back(reason) != reason
    assert sent_back("dose; 请核对").endswith("请核对")


def test_escape_in_a_cell_puts_the_old_choice_back(doctor: DoctorStage) -> None:
    stage = doctor.stage
    doctor.open()
    stage.press("Alt+3")
    stage.type("blf")
    stage.press("Return")
    doctor.desk.rx.editor.go_to_cell("frequency")
    stage.press("Down", "Escape")
    assert doctor.desk.rx.editor.frequency.text() == "每日两次"
    stage.press("Down", "Down", "Down", "Return")
    sheet = doctor.desk.model.sheet
    assert sheet is not None and sheet.lines[0].frequency == "tid"


@pytest.mark.parametrize("size", [(1024, 640), (1366, 768), (1920, 1080)])
def test_nothing_is_cut_off(doctor: DoctorStage, size: tuple[int, int]) -> None:
    from client.doctor.view.columns import cells

    doctor.open()
    doctor.write()
    assert doctor.stage.frame is not None
    doctor.stage.frame.resize(*size)
    doctor.stage.settle()
    panel = doctor.desk.rx
    assert panel.width() >= panel.minimumSizeHint().width()
    places = cells(panel.width())
    assert panel.geometry().right() < doctor.desk.width() == size[0]
    assert places["amount"].right() <= panel.width()
    assert places["drug"].width() >= (150 if size[0] > 1024 else 110)


def test_no_two_actions_share_a_key_and_each_has_its_chinese(doctor: DoctorStage) -> None:
    from client.action import clashes
    from common.i18n import CHINESE, catalogue

    actions = doctor.desk.actions()
    assert clashes(actions) == []
    assert all(action.title in catalogue(CHINESE) for action in actions)


def test_f8_right_after_the_last_drug_signs_it_too(doctor: DoctorStage) -> None:
    from client import robot

    def late(request: SearchDrugs) -> object:
        time.sleep(0.1)
        return samples.drugs_for(request.text)

    stage = doctor.stage
    doctor.open()
    doctor.write()
    stage.answers(SearchDrugs, late)
    stage.press("Alt+3")
    assert stage.frame is not None
    robot.type_text(stage.frame, "blf\r\r")
    robot.press(stage.frame, "F8")
    stage.settle(lambda: bool(stage.asked(SignPrescription)))
    assert [line.drug_id for line in stage.asked(SignPrescription)[0].lines] == [2]


def test_both_languages_while_it_runs(doctor: DoctorStage) -> None:
    from client import texts
    from common.i18n import CHINESE, ENGLISH

    doctor.open()
    doctor.write()
    doctor.stage.press("Alt+3")
    doctor.stage.type("blf")
    doctor.stage.press("Return")
    texts.speak(ENGLISH)
    assert doctor.desk.rx.editor.route.text() == "by mouth"
    assert doctor.desk.waiting.text().endswith("waiting")
    assert doctor.desk.record.record() == msgspec.structs.replace(samples.RECORD, first_visit=True)
    texts.speak(CHINESE)
    assert doctor.desk.rx.editor.route.text() == "口服"


def test_the_words_of_a_signed_line_follow_the_language(doctor: DoctorStage) -> None:
    from client import texts
    from client.doctor.view import rows

    once = msgspec.structs.replace(samples.LISTS.frequencies[2], name_en="three times a day")
    catalogue = Catalogue(frequencies={"tid": once}, routes={each.code: each for each in samples.LISTS.routes})
    line = samples.signed(
        SignPrescription(
            visit_id=3,
            kind=PrescriptionKind.ORDINARY,
            lines=(DrugLine(drug_id=2, dose=Decimal("0.3"), frequency="tid", route="po", days=3, quantity=Decimal(9)),),
        )
    ).lines[0]
    issued = msgspec.structs.replace(line, frequency_text="每日三次（早中晚）", route_text="口服（饭后）")
    chinese = dict(rows.signed(issued, 1, "", catalogue).cells)
    assert (chinese["frequency"], chinese["route"]) == ("每日三次（早中晚）", "口服（饭后）")
    try:
        texts.speak("en")
        english = rows.signed(issued, 1, "", catalogue)
        unknown = dict(rows.signed(issued, 1, "", Catalogue()).cells)
    finally:
        texts.speak("zh_CN")
    assert (dict(english.cells)["frequency"], dict(english.cells)["route"]) == ("tid", "by mouth")
    assert "three times a day" in english.full()
    assert (unknown["frequency"], unknown["route"]) == ("每日三次（早中晚）", "口服（饭后）")


def test_the_line_being_written_says_the_frequency_in_short_in_english(doctor: DoctorStage) -> None:
    from client import texts
    from client.doctor.view.line_editor import CODES

    doctor.open()
    doctor.stage.press("Alt+3")
    doctor.stage.type("blf")
    doctor.stage.press("Return")
    editor = doctor.desk.rx.editor
    doctor.desk.model.lists = None
    doctor.desk.model.catalogue.frequencies["bid"] = msgspec.structs.replace(samples.LISTS.frequencies[1], name_en="twice a day")
    assert editor.frequency.text() == "每日两次"
    try:
        texts.speak("en")
        doctor.stage.settle()
        assert editor.frequency.text() == "bid"
        assert editor.frequency.toolTip() == "twice a day"
        assert [column.text(editor.frequency.entry()) for column in CODES] == ["bid", "twice a day"]
    finally:
        texts.speak("zh_CN")
    doctor.stage.settle()
    assert editor.frequency.text() == "每日两次"


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_tab_goes_round_through_the_whole_desk(doctor: DoctorStage, key: str) -> None:
    doctor.open()
    doctor.write()
    desk = doctor.desk
    visited: list[object] = []
    while (focused := QApplication.focusWidget()) not in visited and len(visited) < 60:
        visited.append(focused)
        doctor.stage.press(key)
    wanted = [desk.queue, *desk.record.fields.values(), desk.record.diagnoses.field, desk.record.diagnoses.table, desk.rx.tabs]
    assert [each for each in (*wanted, desk.rx.editor.drug) if each not in visited] == []
    doctor.stage.press("Alt+1", "Alt+3")
    assert desk.rx.editor.drug.hasFocus()
    doctor.stage.press("Alt+2")
    assert desk.record.fields["chief_complaint"].hasFocus()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_diagnosis_shows_its_whole_code_on_a_small_screen(doctor: DoctorStage, language: str) -> None:
    doctor.open()
    doctor.desk.record.diagnoses.set_diagnoses([consult.Diagnosis(code="J06.900x001", name="急性上呼吸道感染伴发热待查")])
    texts.speak(language)
    doctor.desk.setFixedWidth(1024)
    doctor.stage.settle()
    table = doctor.desk.record.diagnoses.table
    code = 2
    assert sum(table.columnWidth(place) for place in range(3)) <= table.viewport().width()
    assert table.fontMetrics().horizontalAdvance("J06.900x001") + 16 <= table.columnWidth(code)
    texts.speak("zh_CN")
