"""Sessions, fee and what speaks against registering."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import msgspec
import pytest

from client.registration.draft import FileDraft
from client.registration.model import Payment, RegistrationModel
from client.registration.sessions import FULL, OVER, LastChoice, numbered, preselected, rows, why_not
from common.messages.cashier import Tender, TenderKind
from tests.client.registration.samples import PATIENT, SESSIONS, TODAY, registered, session, visit

if TYPE_CHECKING:
    from common.messages.patients import PatientSummary, VisitBrief

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def model(**fields: object) -> RegistrationModel:
    """A desk with a patient in hand."""
    made = RegistrationModel(today=TODAY, zone=UTC, listed=SESSIONS, **fields)  # type: ignore[arg-type]
    made.take_patient(PATIENT)
    return made


# --- sessions ----------------------------------------------------------------------------------------------------------------------


def test_sessions_stand_under_their_departments_and_are_numbered() -> None:
    listed = rows((session(1), session(2, department="儿科"), session(3)), NOON)
    assert [(row.department, row.number) for row in listed] == [("内科", 0), ("内科", 1), ("内科", 2), ("儿科", 0), ("儿科", 3)]


@pytest.mark.parametrize(("typed", "doctors"), [("ek", ["陈思雨", "赵国庆"]), ("lxm", ["李晓梅"]), ("吴", ["吴敏"]), ("7", 9), ("zzz", [])])
def test_letters_narrow_and_digits_do_not(typed: str, doctors: list[str] | int) -> None:
    found = [row.facts.doctor for row in rows(SESSIONS, NOON, typed) if row.facts]
    assert found == doctors if isinstance(doctors, list) else len(found) == doctors


def test_digits_choose_the_row() -> None:
    listed = rows(SESSIONS, NOON)
    assert numbered(listed, "2") is SESSIONS[1]
    assert numbered(listed, "99") is None
    assert numbered(listed, "nk") is None


def test_full_and_over_say_why() -> None:
    assert why_not(session(1, left=0), NOON) == FULL
    assert why_not(session(1, starts=time(8), ends=time(12)), NOON) == OVER
    assert why_not(session(1, starts=time(8), ends=time(12, 1)), NOON) == ""
    assert why_not(session(1, starts=time(20), ends=time(6)), NOON) == ""


def test_the_last_doctor_comes_first_then_the_department_then_the_clerks_choice() -> None:
    chosen = LastChoice(session_id=7, doctor_id=7, department_id=0)
    assert preselected(SESSIONS, NOON, PATIENT, chosen) is SESSIONS[1]
    without = tuple(each for each in SESSIONS if each.doctor != "李晓梅")
    assert preselected(without, NOON, PATIENT, chosen) is SESSIONS[0]
    stranger = msgspec.structs.replace(PATIENT, visits=())
    assert preselected(SESSIONS, NOON, stranger, chosen) is SESSIONS[6]
    assert preselected(SESSIONS, NOON, stranger, None) is SESSIONS[0]


def test_a_session_that_is_on_comes_before_one_that_is_to_come() -> None:
    later, on = session(1, starts=time(14), ends=time(18)), session(2, starts=time(8), ends=time(13))
    assert preselected((later, on), NOON, None, None) is on
    assert preselected((later,), NOON, None, None) is later
    assert preselected((session(3, left=0),), NOON, None, None) is None


def _of_age(years: int, *visits: VisitBrief) -> PatientSummary:
    born = NOON.date().replace(year=NOON.year - years)
    return msgspec.structs.replace(PATIENT, file=msgspec.structs.replace(PATIENT.file, birth_date=born), visits=visits)


def test_paediatrics_is_chosen_beforehand_for_children_alone() -> None:
    children, medicine = session(4, "陈思雨", "儿科"), session(7, "周明", "中医科")
    clerk = LastChoice(session_id=4, doctor_id=4, department_id=children.department_id)
    both = (children, medicine)
    assert preselected(both, NOON, _of_age(18), clerk) is medicine
    assert preselected(both, NOON, _of_age(17), None) is children
    assert preselected(both, NOON, _of_age(17, visit(department="中医科")), clerk) is medicine
    assert preselected(both, NOON, _of_age(18, visit(department="儿科", doctor="陈思雨")), None) is medicine
    assert preselected((children,), NOON, _of_age(40), clerk) is None
    assert preselected((msgspec.structs.replace(children, left=0), medicine), NOON, _of_age(3), None) is medicine


def test_before_the_birth_date_is_known_paediatrics_is_chosen_only_where_nothing_else_is_open() -> None:
    children, medicine = session(4, "陈思雨", "儿科"), session(7, "周明", "中医科")
    assert preselected((children, medicine), NOON, None, None) is medicine
    assert preselected((children,), NOON, None, None) is children
    assert preselected((children, medicine), NOON, None, None, born=NOON.date()) is children
    assert preselected((children,), NOON, None, None, born=date(1960, 1, 1)) is None


def test_the_session_follows_the_birth_date_in_the_form_but_never_leaves_the_clerks_choice() -> None:
    desk = RegistrationModel(today=TODAY)
    desk.take_sessions((session(4, "陈思雨", "儿科"), session(7, "周明", "中医科"), session(8, "吴敏", "皮肤科")))
    desk.draft = FileDraft()
    assert desk.session_id == 7
    desk.draft.birth_date = date(2022, 1, 1)
    assert desk.follow_birth()
    assert desk.session_id == 4
    assert not desk.follow_birth()
    desk.draft.birth_date = date(1960, 1, 1)
    desk.choose(8)
    assert not desk.follow_birth()
    assert desk.session_id == 8


# --- the fee -----------------------------------------------------------------------------------------------------------------------


def test_cash_not_typed_is_exact() -> None:
    assert Payment().tenders(1500) == (Tender(kind=TenderKind.CASH, amount_fen=1500, given_fen=1500),)


def test_change_is_what_is_given_above_the_fee() -> None:
    payment = Payment(given_fen=10000)
    assert payment.change(1500) == 8500
    assert payment.tenders(1500)[0].given_fen == 10000


def test_too_little_is_said_with_what_is_missing() -> None:
    assert "¥5.00" in Payment(given_fen=1000).why_not(1500)
    assert Payment(unreadable=True).why_not(1500)


def test_other_means_carry_their_reference_and_nothing_is_paid_for_nothing() -> None:
    wechat = Payment(kind=TenderKind.WECHAT, reference=" 42 ", given_fen=99)
    assert wechat.tenders(1500) == (Tender(kind=TenderKind.WECHAT, amount_fen=1500, reference="42"),)
    assert wechat.why_not(1500) == ""
    assert Payment().tenders(0) == ()


# --- registering -------------------------------------------------------------------------------------------------------------------


def test_everything_is_ready_as_soon_as_the_patient_is_in_hand() -> None:
    made = model()
    assert made.why_not_register() == ""
    request = made.register_request()
    assert (request.patient_id, request.session_id, request.expected_fee_fen) == (7, 2, 1500)


def test_nobody_in_hand() -> None:
    assert RegistrationModel(today=TODAY, listed=SESSIONS).why_not_register()


def test_a_chosen_session_that_fills_up_stays_chosen_and_says_so() -> None:
    made = model()
    full = tuple(msgspec.structs.replace(each, left=0) if each.id == 2 else each for each in SESSIONS)
    made.take_sessions(full)
    assert made.session_id == 2
    assert "李晓梅" in made.why_not_register()


def test_the_same_request_keeps_its_id_and_another_gets_a_new_one() -> None:
    made = model()
    request = made.register_request()
    first = made.request_id(request)
    assert made.request_id(made.register_request()) == first
    made.choose(1)
    assert made.request_id(made.register_request()) != first


def test_after_it_was_done_f12_does_nothing_until_something_else_is_chosen() -> None:
    made = model()
    made.sending = True
    assert made.why_not_register()
    assert made.registered(registered()) == LastChoice(session_id=2, doctor_id=2, department_id=SESSIONS[1].department_id)
    assert "A005" in made.why_not_register()
    made.choose(1)
    assert made.why_not_register() == ""


def test_another_patient_forgets_the_payment_but_not_the_last_choice() -> None:
    made = model()
    made.payment.given_fen = 10000
    made.registered(registered())
    made.take_patient(msgspec.structs.replace(PATIENT, id=8, visits=()))
    assert made.payment == Payment()
    assert made.session_id == 2
    assert made.done is None


def test_only_a_visit_of_today_that_has_not_begun_can_be_taken_back() -> None:
    made = model()
    assert made.why_not_cancel()
    waiting = visit(42, TODAY, state="WAITING")
    made.renew_patient(msgspec.structs.replace(PATIENT, visits=(waiting,), today=waiting))
    assert made.why_not_cancel() == ""
    begun = msgspec.structs.replace(waiting, state="IN_CONSULT")
    made.renew_patient(msgspec.structs.replace(PATIENT, visits=(begun,), today=begun))
    assert begun.number in made.why_not_cancel()
