"""Administration: people, departments, clinic sessions, the training clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.errors import AlreadyExists, FieldWrong, NotFound, OnlyInTraining, XinglinError
from common.messages.admin import AddDepartment, AddStaff, ListStaff, OpenSession, SetClinic, SetTrainingClock
from common.messages.registration import Level, ListSessions, Period
from common.messages.session import WhoAmI
from common.permissions import Role
from common.wire import Request
from server.clock import Clock
from tests.server.office import Office, changed


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
