"""Administration: people, departments, clinic sessions, the training clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from functools import partial
from time import monotonic as time_now
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from common.errors import AlreadyExists, FieldWrong, NotFound, NotPermitted, OnlyInTraining, XinglinError
from common.messages.admin import (
    AddDepartment,
    AddStaff,
    ChangeCapacity,
    CloseSession,
    CorrectStaff,
    GetRoster,
    LastAdministrator,
    ListDepartments,
    ListStaff,
    NumbersTaken,
    OpenSession,
    ResetPassword,
    SetClinic,
    SetTrainingClock,
    StaffCorrected,
)
from common.messages.registration import Level, ListSessions, Period
from common.messages.session import SignedIn, SignIn, WhoAmI
from common.permissions import Role
from common.registration_errors import NoSlotLeft
from common.wire import Refused, Request, decode, encode, new_request_id
from installer.sample import PASSWORD
from server.clock import Clock
from server.dispatch import Call
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, session


def opening(office: Office, **fields: object) -> OpenSession:
    doctor, department = office.rows("SELECT id, department_id FROM staff WHERE login = 'fangzhou'")[0]
    request = OpenSession(
        date=office.today + timedelta(days=1),
        period=Period.MORNING,
        starts=time(8),
        ends=time(12),
        department_id=department,
        doctor_id=doctor,
        room="101",
        level=Level.ORDINARY,
        capacity=20,
        fee_codes=("C001",),
    )
    return changed(request, **fields)


def test_a_clinic_session_is_opened(own_office: Office) -> None:
    own_office.desk("admin").call(opening(own_office))
    (session,) = own_office.desk("zhouqing").call(ListSessions(date=own_office.today + timedelta(days=1))).sessions
    assert (session.doctor, session.left, session.fee_fen > 0) == ("方舟", 20, True)


def test_a_doctor_does_not_sit_in_two_rooms(own_office: Office) -> None:
    admin = own_office.desk("admin")
    admin.call(opening(own_office))
    for starts, ends in ((time(8), time(12)), (time(11, 59), time(13)), (time(7), time(18)), (time(9), time(10))):
        with pytest.raises(AlreadyExists):
            admin.call(opening(own_office, starts=starts, ends=ends, room="202"))
    admin.call(opening(own_office, starts=time(12), ends=time(13)))  # one after the other is fine


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"starts": time(12), "ends": time(8)}, FieldWrong),
        ({"starts": time(12), "ends": time(12)}, FieldWrong),
        ({"doctor_id": 10**9}, NotFound),
        ({"department_id": 10**9}, NotFound),
        ({"fee_codes": ("NIE",)}, NotFound),
        ({"starts": time(8, tzinfo=ZoneInfo("UTC"))}, FieldWrong),
    ],
)
def test_clinic_sessions_that_cannot_be(office: Office, fields: dict[str, object], kind: type[XinglinError]) -> None:
    with pytest.raises(kind):
        office.desk("admin").call(opening(office, **fields))
    assert office.desk("zhouqing").call(ListSessions(date=office.today + timedelta(days=1))).sessions == ()


def test_only_a_doctor_sees_patients(office: Office) -> None:
    cashier = office.actor("qianduo").staff
    with pytest.raises(NotFound):
        office.desk("admin").call(opening(office, doctor_id=cashier))


def test_people_and_departments_are_added_once(own_office: Office) -> None:
    admin = own_office.desk("admin")
    department = admin.call(AddDepartment(code="KQ", name="口腔科")).id
    person = AddStaff(login="newone", name="新人", department_id=department, roles=(Role.NURSE, Role.DOCTOR), password="Welcome-2026")
    person_id = admin.call(person).id
    line = next(line for line in admin.call(ListStaff()).staff if line.id == person_id)
    assert (line.login, line.department, line.roles, line.active) == ("newone", "口腔科", (Role.NURSE, Role.DOCTOR), True)
    again: list[Request[Any]] = [person, AddDepartment(code="KQ", name="另一个")]
    for request in again:
        with pytest.raises(AlreadyExists):
            admin.call(request)
    with pytest.raises(FieldWrong):
        admin.call(changed(person, login="other", roles=()))
    detail = own_office.database.value("SELECT detail::text FROM audit_entry WHERE act = 'add_staff' ORDER BY id DESC LIMIT 1")
    assert "Welcome" not in detail


def test_the_clinics_name_and_switches(own_office: Office) -> None:
    own_office.desk("admin").call(SetClinic(name="青杏门诊", triage_desk=True, idle_lock_minutes=30))
    clinic = own_office.desk("zhouqing").call(WhoAmI()).clinic
    assert (clinic.name, clinic.triage_desk, clinic.idle_lock_minutes) == ("青杏门诊", True, 30)
    assert last_detail(own_office, "set_clinic")["old"]["name"] == "杏林诊所"


# --- the training clock


def test_the_clock_of_a_real_service_cannot_be_moved(own_office: Office) -> None:
    before = own_office.clock.now()
    for now in (before + timedelta(days=1), datetime(9999, 12, 31, tzinfo=ZoneInfo("UTC"))):
        with pytest.raises(OnlyInTraining):
            own_office.desk("admin").call(SetTrainingClock(now=now))
    assert own_office.clock.now() - before < timedelta(minutes=1)


def test_the_training_clock_goes_forward_alone(own_office: Office) -> None:
    own_office.dispatch._clock = clock = Clock(training=True)
    admin = own_office.desk("admin")
    tomorrow = clock.now() + timedelta(days=1)
    admin.call(SetTrainingClock(now=tomorrow))
    assert clock.today(clock.now()) == tomorrow.date()
    assert clock.now() < clock.now()  # it stands still but for the order of events
    assert clock.wall() < tomorrow
    for wrong in (tomorrow - timedelta(hours=1), datetime(2030, 1, 1), datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo("UTC"))):  # noqa: DTZ001
        with pytest.raises(FieldWrong):
            admin.call(SetTrainingClock(now=wrong))
    assert admin.call(ListStaff()).staff


# --- correcting people


def correction(office: Office, login: str, **fields: object) -> CorrectStaff:
    """A person as they are, with other ``fields``."""
    line = next(line for line in office.desk("admin").call(ListStaff()).staff if line.login == login)
    request = CorrectStaff(
        staff_id=line.id,
        name=line.name,
        title=line.title,
        department_id=line.department_id,
        roles=line.roles,
        antibacterial_level=line.antibacterial_level,
        active=line.active,
    )
    return changed(request, **fields)


def sign_in(office: Office, login: str, password: str = PASSWORD) -> str:
    """A token of a person's new session."""
    body = encode(SignIn(login=login, password=password))
    answer = office.dispatch.answer(Call(name="sign_in", body=body, request_id=new_request_id()))
    return decode(SignedIn, answer.body).token if answer.status == 200 else decode(Refused, answer.body).error


def knows(office: Office, token: str) -> bool:
    """Whether a session is alive for somebody who looks it up anew."""
    office.dispatch.sessions.forget_all()
    return office.dispatch.answer(Call(name="who_am_i", body=b"{}", token=token)).status == 200


def last_detail(office: Office, act: str) -> Any:
    return office.database.value("SELECT detail FROM audit_entry WHERE act = %s ORDER BY id DESC LIMIT 1", act)


def test_a_correction_is_stored_and_the_trail_keeps_what_was_before(own_office: Office) -> None:
    admin = own_office.desk("admin")
    surgery = next(line.id for line in admin.call(ListDepartments()).departments if line.code == "WK")
    token = sign_in(own_office, "fangzhou")
    asked = correction(own_office, "fangzhou", name="方洲", title="副主任医师", department_id=surgery, antibacterial_level="special")
    assert admin.call(asked) == StaffCorrected(sessions_ended=0, clinic_sessions_left=0)
    line = next(line for line in admin.call(ListStaff()).staff if line.login == "fangzhou")
    assert (line.name, line.title, line.department, line.antibacterial_level) == ("方洲", "副主任医师", "外科", "special")
    assert knows(own_office, token), "another title signs nobody out"
    detail = last_detail(own_office, "correct_staff")
    assert detail["old"]["name"] == "方舟"
    assert detail["new"] == {"name": "方洲", "title": "副主任医师", "department_id": surgery, "antibacterial_level": "special"}


def test_other_roles_end_the_persons_sessions_and_nobody_elses(own_office: Office) -> None:
    hers, others = sign_in(own_office, "qianduo"), sign_in(own_office, "jinxing")
    asked = correction(own_office, "qianduo", roles=(Role.CASHIER, Role.NURSE))
    assert own_office.desk("admin").call(asked).sessions_ended == 1
    assert not knows(own_office, hers)
    assert knows(own_office, others)
    assert own_office.actor("qianduo").roles == {Role.CASHIER, Role.NURSE}


def test_who_is_deactivated_is_out_and_can_come_back(own_office: Office) -> None:
    admin, token = own_office.desk("admin"), sign_in(own_office, "fangzhou")
    left = admin.call(correction(own_office, "fangzhou", active=False))
    assert left.sessions_ended == 1
    assert left.clinic_sessions_left == 3, "today's three are still on sale under his name"
    assert not knows(own_office, token)
    assert sign_in(own_office, "fangzhou") == "WrongPassword"
    with pytest.raises(NotFound):
        admin.call(opening(own_office))
    admin.call(correction(own_office, "fangzhou", active=True))
    assert knows(own_office, sign_in(own_office, "fangzhou"))
    assert not knows(own_office, token), "what was ended stays ended"


@pytest.mark.parametrize("fields", [{"active": False}, {"roles": (Role.MANAGER,)}])
def test_the_last_administrator_stays(own_office: Office, fields: dict[str, object]) -> None:
    admin = own_office.desk("admin")
    with pytest.raises(LastAdministrator):
        admin.call(correction(own_office, "admin", **fields))
    admin.call(correction(own_office, "yuanzhang", roles=(Role.MANAGER, Role.ADMINISTRATOR), active=False))
    with pytest.raises(LastAdministrator):  # one who is not active is none
        admin.call(correction(own_office, "admin", **fields))
    admin.call(correction(own_office, "yuanzhang", active=True))
    admin.call(correction(own_office, "admin", **fields))


def test_two_administrators_cannot_dismiss_each_other_at_once(own_office: Office) -> None:
    admin = own_office.desk("admin")
    admin.call(correction(own_office, "yuanzhang", roles=(Role.ADMINISTRATOR,)))
    acts = [partial(admin.call, correction(own_office, login, active=False)) for login in ("admin", "yuanzhang")]
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(own_office.database.owner_dsn) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("SELECT id FROM staff FOR UPDATE")
        both = pool.submit(at_once, *acts)
        until = time_now() + 30
        while own_office.database.value(waiting) < 2 and time_now() < until:
            sleep(0.01)
        holder.commit()
        outcomes = both.result()
    assert [type(refused) for refused in refusals(outcomes)] == [LastAdministrator]


@pytest.mark.parametrize(
    ("fields", "kind"), [({"roles": ()}, FieldWrong), ({"department_id": 10**9}, NotFound), ({"staff_id": 10**9}, NotFound)]
)
def test_corrections_that_cannot_be(office: Office, fields: dict[str, object], kind: type[XinglinError]) -> None:
    with pytest.raises(kind):
        office.desk("admin").call(correction(office, "qianduo", **fields))


def test_the_one_that_is_no_person_is_neither_listed_nor_corrected(office: Office) -> None:
    admin = office.desk("admin")
    system = office.rows("SELECT id FROM staff WHERE login = 'system'")[0][0]
    assert system not in {line.id for line in admin.call(ListStaff()).staff}
    requests: list[Request[Any]] = [
        correction(office, "qianduo", staff_id=system, roles=(Role.ADMINISTRATOR,)),
        ResetPassword(staff_id=system, password="Welcome-2026"),
    ]
    for request in requests:
        with pytest.raises(NotFound):
            admin.call(request)


def test_a_forgotten_password_is_replaced(own_office: Office) -> None:
    admin, token = own_office.desk("admin"), sign_in(own_office, "qianduo")
    for _ in range(5):
        sign_in(own_office, "qianduo", "Wrong-2026-wrong")
    assert sign_in(own_office, "qianduo") == "LockedOut"
    person = own_office.actor("qianduo").staff
    with pytest.raises(FieldWrong):
        admin.call(ResetPassword(staff_id=person, password="qianduo-2026-A"))
    admin.call(ResetPassword(staff_id=person, password="Welcome-2026"))
    assert not knows(own_office, token)
    assert sign_in(own_office, "qianduo") == "WrongPassword"
    signed_in = sign_in(own_office, "qianduo", "Welcome-2026")
    assert knows(own_office, signed_in)
    refused = own_office.dispatch.answer(Call(name="list_debtors", body=b"{}", token=signed_in))
    assert decode(Refused, refused.body).error == "MustChangePassword"
    assert "Welcome" not in str(last_detail(own_office, "reset_password"))


def test_only_the_administrator_corrects(office: Office) -> None:
    requests: list[Request[Any]] = [
        correction(office, "yuanzhang", roles=(Role.ADMINISTRATOR,)),
        ResetPassword(staff_id=office.actor("admin").staff, password="Welcome-2026"),
        ListDepartments(),
        CloseSession(session_id=1),
        ChangeCapacity(session_id=1, capacity=1),
        GetRoster(date=office.today),
    ]
    for request in requests:
        with pytest.raises(NotPermitted):
            office.desk("yuanzhang").call(request)


# --- clinic sessions on and off sale


def test_a_clinic_session_is_closed_and_opened_again(own_office: Office) -> None:
    admin, chosen = own_office.desk("admin"), session(own_office)
    admin.call(CloseSession(session_id=chosen.id))
    assert session(own_office).left == 0
    assert last_detail(own_office, "close_session") == {"old": {"capacity": 60}, "new": {"capacity": 0}}
    patient = visits.new_patient(own_office).id
    with pytest.raises(NoSlotLeft):
        visits.register(own_office, patient)
    admin.call(ChangeCapacity(session_id=chosen.id, capacity=1))
    assert visits.register(own_office, patient).visit_id


def test_numbers_that_are_taken_stay_with_their_patients(own_office: Office) -> None:
    admin, chosen = own_office.desk("admin"), session(own_office)
    for _ in range(2):
        visits.register(own_office, visits.new_patient(own_office).id)
    for request in (CloseSession(session_id=chosen.id), ChangeCapacity(session_id=chosen.id, capacity=1)):
        with pytest.raises(NumbersTaken) as refused:
            admin.call(request)
        assert refused.value.taken == 2
    admin.call(ChangeCapacity(session_id=chosen.id, capacity=2))
    with pytest.raises(NoSlotLeft):
        visits.register(own_office, visits.new_patient(own_office).id)
    line = next(line for line in admin.call(GetRoster(date=own_office.today)).sessions if line.id == chosen.id)
    assert (line.doctor_login, line.capacity, line.taken, line.fee_fen) == ("fangzhou", 2, 2, chosen.fee_fen)


def test_clinic_sessions_that_are_not_there(office: Office) -> None:
    for request in (CloseSession(session_id=10**9), ChangeCapacity(session_id=10**9, capacity=1)):
        with pytest.raises(NotFound):
            office.desk("admin").call(request)


def test_a_phone_is_kept_unless_another_is_given(own_office: Office) -> None:
    admin = own_office.desk("admin")
    request = AddStaff(login="dianhua", name="话小明", roles=(Role.DOCTOR,), password="Welcome-2026", phone=" 8021 ")
    staff_id = admin.call(request).id

    def corrected(**fields: object) -> str:
        line = next(each for each in admin.call(ListStaff()).staff if each.id == staff_id)
        facts = {name: getattr(line, name) for name in ("name", "title", "department_id", "roles", "antibacterial_level", "active")}
        admin.call(CorrectStaff(staff_id=staff_id, **{**facts, **fields}))
        return next(each.phone for each in admin.call(ListStaff()).staff if each.id == staff_id)

    assert [corrected(title="主治医师"), corrected(phone="8022"), corrected(phone="")] == ["8021", "8022", ""]
