"""The desk in its frame, by keys, cards and scans; the service is a table of answers."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from client import texts
from client.registration.filing import DRAFT
from client.registration.view.desk import RegistrationDesk
from common import topics
from common.domain.barcodes import OwnKind, make_code
from common.errors import AmountChanged, ChangedMeanwhile
from common.messages.cashier import TenderKind
from common.messages.catalogue import GetLists
from common.messages.patients import CorrectPatient, GetPatient, PatientHits, RegisterPatient, SearchPatients
from common.messages.registration import CancelVisit, GetSlip, ListSessions, RegisterVisit, SessionList, VisitCancelled
from common.messages.settlement import GetMoneyRules
from common.registration_errors import LikelyDuplicate, NoSlotLeft
from common.wire import Change
from devices.idcard.protocol import IdCard, IdCardKind
from tests.client.cashier.samples import RULES
from tests.client.registration.samples import HITS, ID_NUMBER, LISTS, PATIENT, SESSIONS, TODAY, hit, registered, visit

if TYPE_CHECKING:
    from printing.catalog import AnyDocument
    from tests.client.stage import Stage

CARD = IdCard(
    kind=IdCardKind.CITIZEN,
    name="李建国",
    sex="2",
    birth_date=date(1949, 12, 31),
    number=ID_NUMBER,
    issuer="某公安局",
    valid_from=date(2010, 1, 1),
    valid_to=None,
    ethnic_code="01",
)


@pytest.fixture
def papers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[AnyDocument]:
    """What was sent to the printer."""
    printed: list[AnyDocument] = []
    monkeypatch.setattr(stage.place.paper, "print", lambda document, *_: printed.append(document))
    return printed


@pytest.fixture
def desk(stage: Stage, papers: list[AnyDocument]) -> RegistrationDesk:
    """An ordinary morning."""
    stage.answers(GetLists, LISTS)
    stage.answers(ListSessions, SessionList(sessions=SESSIONS))
    stage.answers(GetMoneyRules, RULES)
    stage.answers(SearchPatients, PatientHits(hits=HITS, more=False))
    stage.answers(GetPatient, PATIENT)
    stage.answers(RegisterVisit, registered())
    made = RegistrationDesk(stage.place)
    stage.show(made)
    return made


def in_hand(desk: RegistrationDesk) -> Any:
    """The patient in hand now; a call, since what a desk shows changes between two looks."""
    return desk.patient


def done(desk: RegistrationDesk) -> Any:
    """The visit that was registered last."""
    return desk.model.done


def nobody(stage: Stage) -> None:
    """The search finds nobody."""
    stage.answers(SearchPatients, PatientHits(hits=(), more=False))


def wait(stage: Stage, seconds: float = 0.3) -> None:
    """Let the form's pause pass."""
    time.sleep(seconds)
    stage.settle()


# --- registering -------------------------------------------------------------------------------------------------------------------


def test_a_card_and_one_key_register(desk: RegistrationDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    stage.answers(SearchPatients, PatientHits(hits=(hit(),), more=False))
    stage.place.devices.carded.emit(CARD)
    stage.settle()
    assert desk.patient == PATIENT
    stage.press("F12")
    (request,) = stage.asked(RegisterVisit)
    assert (request.session_id, request.tenders[0].given_fen) == (2, 1500)
    assert [type(paper).__name__ for paper in papers] == ["RegistrationSlip", "Receipt"]
    assert "A005" in stage.said()
    assert "26112100042" in stage.said()


def test_typing_choosing_and_change(desk: RegistrationDesk, stage: Stage) -> None:
    stage.answers(RegisterVisit, lambda request: registered(SESSIONS[7], request.tenders[0].given_fen))
    stage.press("F2")
    stage.type("ljg")
    stage.press("Return")
    stage.type("8")
    stage.press("Return")
    stage.type("50")
    assert desk.fee.change.text() == "¥35.00"
    stage.press("F12")
    (request,) = stage.asked(RegisterVisit)
    assert (request.session_id, request.tenders[0].given_fen) == (8, 5000)
    assert "¥35.00" in stage.said()


def test_letters_narrow_and_choose(desk: RegistrationDesk, stage: Stage) -> None:
    stage.press("F2")
    stage.type("ljg")
    stage.press("Return")
    stage.type("zyk")
    assert desk.model.session is SESSIONS[6]
    stage.press("Esc")
    assert desk.model.session is SESSIONS[6]
    assert len([row for row in desk.table.rows() if row.facts]) == len(SESSIONS)


def test_enter_in_the_empty_cash_field_means_exact(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F6", "Return")
    assert desk.model.payment.given_fen == 1500
    assert stage.asked(RegisterVisit) == []


def test_the_fee_in_cash_is_rounded_and_says_so(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    desk.model.rounding = "up"
    desk.model.listed = tuple(msgspec.structs.replace(each, fee_fen=1503) for each in desk.model.listed)
    desk.show_all()
    assert desk.fee.fee.text() == "¥15.10"
    assert "¥0.07" in desk.fee.note.text()
    stage.press("F12")
    (request,) = stage.asked(RegisterVisit)
    assert (request.expected_fee_fen, request.tenders[0].amount_fen) == (1503, 1510)


def test_another_means_of_payment(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F7")
    stage.type("4200")
    stage.press("F12")
    tender = stage.asked(RegisterVisit)[0].tenders[0]
    assert (tender.kind, tender.reference, tender.given_fen) == (TenderKind.WECHAT, "4200", 0)


def test_f12_pressed_twice_registers_once(desk: RegistrationDesk, stage: Stage) -> None:
    gate = threading.Event()

    def slow(_request: Any) -> Any:
        gate.wait(30)
        return registered()

    stage.answers(RegisterVisit, slow)
    desk.show_patient(PATIENT)
    frame = stage.frame
    assert frame is not None
    for _ in range(2):
        frame.press("F12")
    gate.set()
    stage.settle()
    assert len(stage.asked(RegisterVisit)) == 1
    stage.press("F12")
    assert len(stage.asked(RegisterVisit)) == 1


def test_too_little_cash_is_said_and_nothing_is_sent(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F6")
    stage.type("10")
    stage.press("F12")
    assert "¥5.00" in desk.fee.note.text()
    assert stage.asked(RegisterVisit) == []


@pytest.mark.parametrize("error", [AmountChanged(shown_fen=1500, due_fen=2000), NoSlotLeft(doctor="李晓梅")])
def test_a_refusal_stands_beside_the_fee_and_loses_nothing(desk: RegistrationDesk, stage: Stage, error: Exception) -> None:
    stage.answers(RegisterVisit, error)
    desk.show_patient(PATIENT)
    stage.press("F6")
    stage.type("100")
    lists = len(stage.asked(ListSessions))
    stage.press("F12")
    assert desk.fee.note.text() == str(error)
    assert desk.fee.given.text() == "100"
    assert len(stage.asked(ListSessions)) == lists + 1
    texts.speak("en")
    assert desk.fee.note.text() == str(error)


def test_the_same_try_keeps_its_id(desk: RegistrationDesk, stage: Stage) -> None:
    stage.answers(RegisterVisit, NoSlotLeft(doctor="李晓梅"))
    desk.show_patient(PATIENT)
    stage.press("F12", "F12")
    first, second = stage.request_ids(RegisterVisit)
    assert first == second


# --- scans -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        (make_code(OwnKind.PATIENT, 1234), "00001234"),
        (make_code(OwnKind.VISIT, 26112100042), "26112100042"),
        (ID_NUMBER, ID_NUMBER),
    ],
)
def test_a_scan_picks_the_patient_from_anywhere(desk: RegistrationDesk, stage: Stage, code: str, asked: str) -> None:
    stage.answers(SearchPatients, PatientHits(hits=(hit(),), more=False))
    desk.fee.given.setFocus()
    stage.scan(code)
    assert stage.asked(SearchPatients)[-1].text == asked
    assert desk.patient == PATIENT
    assert desk.fee.given.text() == ""


def test_an_unknown_id_number_opens_the_form(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.scan(ID_NUMBER)
    assert desk.model.draft is not None
    assert desk.identity.form.birth_date.date() == date(1949, 12, 31)


def test_codes_of_drugs_are_refused(desk: RegistrationDesk) -> None:
    assert desk.scanned("6901234567892") is False


# --- files -------------------------------------------------------------------------------------------------------------------------


def test_an_unknown_card_opens_the_form_filled_and_f12_saves_and_registers(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.answers(RegisterPatient, PATIENT)
    stage.place.devices.carded.emit(CARD)
    stage.settle()
    form = desk.identity.form
    assert (form.name.text(), form.sex.code(), form.document_number.text()) == ("李建国", "2", ID_NUMBER)
    assert form.ethnic_group.text() == "汉族"
    stage.press("F12")
    assert stage.asked(RegisterPatient)[0].file.document_number == ID_NUMBER
    assert len(stage.asked(RegisterVisit)) == 1
    assert stage.place.journal.drafts(DRAFT) == []


def test_nobody_found_and_enter_opens_the_form_with_the_name(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.press("F2")
    stage.type("王小满")
    stage.press("Return")
    assert desk.identity.form.name.text() == "王小满"
    assert desk.identity.form.document_number.hasFocus()


def test_a_typed_number_fills_in_sex_birth_date_and_age(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.press("F3")
    stage.type(ID_NUMBER)
    form = desk.identity.form
    assert (form.sex.code(), form.birth_date.text(), form.age.text()) == ("2", "1949-12-31", "76岁")


def test_what_is_missing_is_marked_and_nothing_is_sent(desk: RegistrationDesk, stage: Stage) -> None:
    stage.press("F3", "Ctrl+S")
    assert desk.identity.form.name.property("wrong")
    assert stage.asked(RegisterPatient) == []
    stage.type("110101")
    assert desk.identity.form.name.property("wrong"), "a mark stays until its field is right"


def test_likely_duplicates_are_shown_before_saving_and_enter_opens_one(desk: RegistrationDesk, stage: Stage) -> None:
    stage.press("F3")
    desk.identity.form.name.setText("李建国")
    wait(stage)
    assert [each.hit.id for each in desk.card.likeness.table.rows()] == [7, 8]
    stage.press("Alt+2", "Return")
    assert desk.patient == PATIENT
    assert stage.asked(RegisterPatient) == []


def test_a_duplicate_found_by_the_service_is_asked_about(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.answers(
        RegisterPatient, lambda request: PATIENT if request.another_person else LikelyDuplicate(patient="李建国", number="00001234")
    )
    stage.place.devices.carded.emit(CARD)
    stage.settle()
    stage.press("Ctrl+S")
    frame = stage.frame
    assert frame is not None
    assert frame.question.isVisible()
    from client.widgets.buttons import Button

    frame.question.findChildren(Button)[1].click()
    stage.settle()
    assert [request.another_person for request in stage.asked(RegisterPatient)] == [False, True]
    first, second = stage.request_ids(RegisterPatient)
    assert first != second
    assert desk.patient == PATIENT


def test_corrections_keep_what_was_typed_when_somebody_was_faster(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F4")
    form = desk.identity.form
    form.phone.setText("13900002222")
    stage.answers(CorrectPatient, ChangedMeanwhile(kind="The patient's file"))
    theirs = msgspec.structs.replace(PATIENT.file, address="别处")
    stage.answers(GetPatient, msgspec.structs.replace(PATIENT, version=4, file=theirs))
    stage.press("Ctrl+S")
    assert form.phone.text() == "13900002222"
    assert "住址" in stage.said()
    stage.answers(CorrectPatient, PATIENT)
    stage.press("Ctrl+S")
    assert [request.version for request in stage.asked(CorrectPatient)] == [3, 4]


def test_a_form_that_was_open_when_the_program_died_is_open_again(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.press("F3")
    desk.identity.form.name.setText("王小满")
    wait(stage, 0.6)
    again = RegistrationDesk(stage.place)
    assert again.model.draft is not None
    assert again.identity.form.name.text() == "王小满"
    again.deleteLater()


def test_escape_keeps_the_form_as_a_draft_and_f3_goes_on(desk: RegistrationDesk, stage: Stage) -> None:
    nobody(stage)
    stage.press("F3")
    desk.identity.form.name.setText("王小满")
    stage.press("Esc", "F3")
    assert desk.identity.form.name.text() == "王小满"
    stage.press("Ctrl+E")
    assert desk.identity.form.name.text() == ""


def test_the_banner_never_names_another_than_the_form(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F3")
    assert in_hand(desk) is None
    stage.press("Esc")
    assert desk.patient == PATIENT


# --- taking back, printing again -----------------------------------------------------------------------------------------------------


def waiting_today(stage: Stage, desk: RegistrationDesk) -> None:
    """The patient in hand waits."""
    today = visit(42, TODAY, state="WAITING")
    patient = msgspec.structs.replace(PATIENT, visits=(today, *PATIENT.visits), today=today)
    stage.answers(GetPatient, patient)
    stage.answers(GetSlip, registered().slip)
    desk.show_patient(patient)
    stage.settle()


def test_a_visit_is_taken_back_with_its_reason(desk: RegistrationDesk, stage: Stage) -> None:
    waiting_today(stage, desk)
    stage.answers(CancelVisit, VisitCancelled(visit_id=42, refunded_fen=1500, refund=None))
    stage.press("F8")
    stage.press("Return")
    assert stage.asked(CancelVisit) == [], "Enter is never the destructive answer"
    stage.press("F8", "Shift+Tab", "Return")
    desk.card.cancelling.field.setText("家中有急事")
    stage.press("Return")
    assert stage.asked(CancelVisit) == [CancelVisit(visit_id=42, reason="家中有急事")]
    assert "¥15.00" in stage.said()


def test_the_slip_is_printed_again_as_a_copy(desk: RegistrationDesk, stage: Stage, papers: list[AnyDocument]) -> None:
    waiting_today(stage, desk)
    stage.press("F9")
    assert papers[-1].copy.number == 2


# --- other desks -------------------------------------------------------------------------------------------------------------------


def test_a_refresh_moves_neither_choice_nor_focus(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.type("5")
    assert desk.model.session_id == 5
    fewer = tuple(msgspec.structs.replace(each, left=each.left - 1) for each in SESSIONS[1:])
    stage.answers(ListSessions, SessionList(sessions=fewer))
    stage.ops.changed.emit(frozenset({Change(topic=topics.CLINIC_SESSION, id=5)}))
    wait(stage, 0.1)
    current = desk.table.current()
    assert current is not None
    assert (current.key, current.facts.left) == (5, 6)
    assert desk.typed.hasFocus()


def test_a_change_of_another_patient_asks_for_nothing(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    before = len(stage.asked(GetPatient))
    stage.ops.changed.emit(frozenset({Change(topic=topics.PATIENT, id=99), Change(topic=topics.CHARGE, id=99)}))
    wait(stage, 0.1)
    assert len(stage.asked(GetPatient)) == before
    stage.ops.changed.emit(frozenset({Change(topic=topics.CHARGE, id=7)}))
    wait(stage, 0.1)
    assert len(stage.asked(GetPatient)) == before + 1


def test_the_language_changes_while_it_runs(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F6")
    stage.type("100")
    texts.speak("en")
    stage.settle()
    assert desk.fee.given_title.text() == "Cash given"
    assert desk.fee.given.text() == "100"
    assert desk.card.facts["allergies"].text().startswith("青霉素类 (severe)")


# --- a new file while somebody is in hand ------------------------------------------------------------------------------------------


def test_a_new_file_takes_the_patient_before_out_of_hand(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    stage.press("F6")
    stage.type("50")
    session_id = desk.model.session_id
    stage.press("F3")
    frame = stage.frame
    assert frame is not None
    assert in_hand(desk) is None
    assert not frame.banner.isVisible()
    assert desk.card.currentWidget() is desk.card.likeness
    assert desk.fee.given.text() == ""
    desk.refresh(frozenset({Change(topic=topics.VISIT, id=visit.id) for visit in PATIENT.visits}))
    stage.settle()
    assert in_hand(desk) is None, "an answer about the patient before must not bring him back"
    assert desk.card.currentWidget() is desk.card.likeness
    stage.press("Esc")
    assert desk.model.patient == desk.patient == PATIENT
    assert frame.banner.isVisible()
    assert len(desk.card.visits.rows()) == len(PATIENT.visits)
    assert (desk.fee.given.text(), desk.model.payment.given_fen) == ("50.00", 5000)
    assert desk.model.session_id == session_id


def test_a_strangers_card_takes_the_patient_before_out_of_hand(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    nobody(stage)
    stage.place.devices.carded.emit(CARD)
    stage.settle()
    assert desk.identity.writing
    assert in_hand(desk) is None
    stage.press("F2")
    assert desk.patient == PATIENT


def test_a_number_that_comes_while_a_new_file_is_open_is_the_patients_before(desk: RegistrationDesk, stage: Stage) -> None:
    gate = threading.Event()

    def slow(_request: Any) -> Any:
        gate.wait(30)
        return registered()

    stage.answers(RegisterVisit, slow)
    desk.show_patient(PATIENT)
    frame = stage.frame
    assert frame is not None
    frame.press("F12")
    frame.press("F3")
    assert not desk.model.sending
    gate.set()
    stage.settle()
    assert done(desk) is None
    stage.press("Esc")
    assert desk.model.done == registered()
    assert not desk.model.sending


def test_the_means_of_payment_can_be_chosen_while_the_form_is_open(desk: RegistrationDesk, stage: Stage) -> None:
    stage.press("F3", "F7")
    assert desk.model.payment.kind is TenderKind.WECHAT


# --- Tab ---------------------------------------------------------------------------------------------------------------------------


def _round(stage: Stage, key: str) -> list[object]:
    """Which widgets the key visits until it is back where it began."""
    visited: list[object] = []
    while (focused := QApplication.focusWidget()) not in visited and len(visited) < 60:
        visited.append(focused)
        stage.press(key)
    return visited


@pytest.mark.parametrize("guardian", [False, True])
def test_tab_goes_round_through_every_field_of_the_form(desk: RegistrationDesk, stage: Stage, guardian: bool) -> None:
    nobody(stage)
    desk.show_patient(PATIENT)
    stage.press("F3")
    form = desk.identity.form
    if guardian:
        form.guardian_name.setText("王芳")
        stage.settle()
    fields = [form.allergies.field if each is form.allergies else each for each in form.form.fields() if each.isVisible()]
    assert len(fields) == (13 if guardian else 11)
    desk.fee.given.setFocus()
    there = _round(stage, "Tab")
    desk.fee.given.setFocus()
    back = _round(stage, "Shift+Tab")
    wanted = [form.leave, form.save, *fields]
    assert [each for each in there if each in wanted] == wanted
    assert [each for each in back if each in wanted] == wanted[::-1]
    for others in (desk.typed, desk.table, desk.fee.tender, desk.fee.given):
        assert others in there
        assert others in back


def test_alt_1_goes_to_the_form_or_to_the_search(desk: RegistrationDesk, stage: Stage) -> None:
    stage.press("F3", "Alt+3", "Alt+1")
    assert desk.identity.form.name.hasFocus()
    stage.press("Esc", "Alt+3", "Alt+1")
    assert desk.identity.search.field.hasFocus()


# --- language ----------------------------------------------------------------------------------------------------------------------


def test_departments_follow_the_language_and_are_found_by_either_name(desk: RegistrationDesk, stage: Stage) -> None:
    desk.show_patient(PATIENT)
    try:
        texts.speak("en")
        stage.settle()
        headings = [row.said for row in desk.table.rows() if row.facts is None]
        assert "Internal medicine" in headings
        assert "内科" not in headings
        assert "Internal medicine" in desk.fee.words.text()
        department = desk.card.visits.rows_model.columns[1]
        assert {department.text(each) for each in PATIENT.visits if each.department == "内科"} == {"Internal medicine"}
        stage.type("internal")
        assert {row.facts.department for row in desk.table.rows() if row.facts} == {"内科"}
    finally:
        texts.speak("zh_CN")


# --- small screens -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_column_is_cut_on_a_small_screen(stage: Stage, desk: RegistrationDesk, language: str) -> None:
    stage.type("ljg")
    stage.press("Return")
    texts.speak(language)
    desk.setFixedWidth(1024)
    stage.settle()
    assert desk.minimumSizeHint().width() <= 1024
    for table in (desk.table, desk.card.visits, desk.identity.search.list):
        columns = table.rows_model.columns
        taken = [table.columnWidth(place) for place in range(len(columns))]
        assert sum(taken) <= max(table.viewport().width(), 1)
        assert [width for width, column in zip(taken, columns, strict=True) if column.width] == [
            each.width for each in columns if each.width
        ]
        assert min(taken) >= 40
    texts.speak("zh_CN")


def test_the_session_in_words_ends_with_dots_where_it_has_no_room(stage: Stage, desk: RegistrationDesk) -> None:
    whole = desk.fee.words.toolTip()
    desk.setFixedWidth(1024)
    desk.fee.words.resize(60, 20)
    desk.fee._say_words()
    assert desk.fee.words.text().endswith("…")
    assert desk.fee.words.toolTip() == whole
