"""Administration: the clinic, departments, staff, clinic sessions and the training clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, NotFound, OnlyInTraining
from common.i18n import N_
from common.messages.admin import (
    AddDepartment,
    AddStaff,
    ChangeCapacity,
    CloseSession,
    CorrectStaff,
    DepartmentLine,
    DepartmentList,
    GetRoster,
    Identified,
    LastAdministrator,
    ListDepartments,
    ListStaff,
    NumbersTaken,
    OpenSession,
    ResetPassword,
    Roster,
    RosterLine,
    SetClinic,
    SetTrainingClock,
    StaffCorrected,
    StaffLine,
    StaffList,
)
from common.permissions import Role
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.passwords import check_new_password, hash_password
from server.sessions import end_sessions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from server.db import ReadTx, Row, Tx

_LAST_YEAR: Final = 2100

_CLINIC: Final = Write(
    "INSERT INTO clinic (id, name, name_en, triage_desk, idle_lock_minutes) VALUES (1, %(name)s, %(name_en)s, %(triage_desk)s, %(idle)s)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, triage_desk = excluded.triage_desk,"
    " idle_lock_minutes = excluded.idle_lock_minutes"
)
_OLD_CLINIC: Final = Read("SELECT name, name_en, triage_desk, idle_lock_minutes FROM clinic WHERE id = 1")
_DEPARTMENT: Final = Write(
    "INSERT INTO department (code, name, name_en, kind) VALUES (%(code)s, %(name)s, %(name_en)s, %(kind)s) RETURNING id"
)
_STAFF: Final = Write(
    "INSERT INTO staff (login, name, title, department_id, roles, password_hash, must_change_password, password_changed_at,"
    " antibacterial_level, phone) VALUES (%(login)s, %(name)s, %(title)s, %(department_id)s, %(roles)s, %(hash)s, %(must_change)s, %(wall)s,"
    " %(antibacterial_level)s, %(phone)s) RETURNING id"
)
_DOCTOR: Final = Read("SELECT id FROM staff WHERE id = %(id)s AND active AND 'doctor' = ANY(roles)")
_DEPARTMENT_CODE: Final = Read("SELECT code FROM department WHERE id = %(id)s AND active")
_SESSION: Final = Write(
    "INSERT INTO clinic_session (date, period, starts, ends, department_id, doctor_id, room, level, capacity, queue_prefix)"
    " VALUES (%(date)s, %(period)s, %(starts)s, %(ends)s, %(department_id)s, %(doctor_id)s, %(room)s, %(level)s, %(capacity)s, %(prefix)s)"
    " RETURNING id"
)
_ITEM: Final = Read("SELECT id FROM service_item WHERE code = %(code)s AND active")
_FEE: Final = Write("INSERT INTO clinic_session_fee (session_id, service_item_id) VALUES (%(session_id)s, %(item_id)s)")
#: Without the one that is no person; nobody corrects it, gives it a password or signs in with it.
_EVERYBODY: Final = Read(
    "SELECT s.id, s.login, s.name, s.title, s.department_id, coalesce(d.name, ''), s.roles, s.antibacterial_level, s.active, s.phone FROM staff s"
    " LEFT JOIN department d ON d.id = s.department_id WHERE s.login <> 'system' ORDER BY s.login"
)
_DEPARTMENTS: Final = Read("SELECT id, code, name, name_en, kind, active FROM department ORDER BY code")
#: All active administrators are locked too, so that of two who take the role from each other one is refused.
_STAFF_LOCKED: Final = Write(
    "SELECT id, login, name, title, department_id, roles, antibacterial_level, active, phone FROM staff WHERE login <> 'system'"
    " AND (id = %(id)s OR (active AND 'administrator' = ANY(roles))) ORDER BY id FOR NO KEY UPDATE"
)
_CORRECT: Final = Write(
    "UPDATE staff SET name = %(name)s, title = %(title)s, department_id = %(department_id)s, roles = %(roles)s,"
    " antibacterial_level = %(antibacterial_level)s, active = %(active)s, phone = %(phone)s WHERE id = %(id)s"
)
_STILL_OPEN: Final = Read("SELECT count(*) FROM clinic_session WHERE doctor_id = %(id)s AND date >= %(today)s AND capacity > 0")
_LOGIN_LOCKED: Final = Write("SELECT login FROM staff WHERE id = %(id)s AND login <> 'system' FOR NO KEY UPDATE")
_NEW_PASSWORD: Final = Write(
    "UPDATE staff SET password_hash = %(hash)s, must_change_password = true, password_changed_at = %(wall)s, wrong_tries = 0,"
    " locked_until = NULL WHERE id = %(id)s"
)
_SESSION_LOCKED: Final = Write("SELECT capacity, taken FROM clinic_session WHERE id = %(id)s FOR NO KEY UPDATE")
_CAPACITY: Final = Write("UPDATE clinic_session SET capacity = %(capacity)s WHERE id = %(id)s")
_ROSTER: Final = Read(
    "SELECT s.id, s.date, s.period, s.starts, s.ends, d.name AS department, p.login AS doctor_login, p.name AS doctor, s.room, s.level,"
    " s.capacity, s.taken, coalesce((SELECT sum(round(i.price * 100)) FROM clinic_session_fee f JOIN service_item i"
    " ON i.id = f.service_item_id WHERE f.session_id = s.id), 0)::bigint AS fee_fen"
    " FROM clinic_session s JOIN department d ON d.id = s.department_id JOIN staff p ON p.id = s.doctor_id"
    " WHERE s.date = %(date)s ORDER BY s.starts, d.code, p.name"
)


@handles(SetClinic)
def set_clinic(tx: Tx, request: SetClinic) -> Done:
    """Name the clinic."""
    old = tx.first(_OLD_CLINIC)
    tx.write(_CLINIC, name=request.name, name_en=request.name_en, triage_desk=request.triage_desk, idle=request.idle_lock_minutes)
    tx.changed(topics.CATALOGUE)
    tx.detail = {"name": request.name, "triage_desk": request.triage_desk, "idle_lock_minutes": request.idle_lock_minutes}
    if old is not None:
        tx.detail["old"] = dict(zip(("name", "name_en", "triage_desk", "idle_lock_minutes"), old, strict=True))
    return Done()


@handles(AddDepartment)
def add_department(tx: Tx, request: AddDepartment) -> Identified:
    """Open a department."""
    row = tx.write_one(_DEPARTMENT, code=request.code, name=request.name, name_en=request.name_en, kind=request.kind)
    assert row is not None
    tx.changed(topics.CATALOGUE, row[0])
    tx.detail = {"code": request.code, "name": request.name, "kind": request.kind}
    return Identified(id=row[0])


@handles(ListDepartments)
def list_departments(tx: ReadTx, request: ListDepartments) -> DepartmentList:
    """Every department."""
    return DepartmentList(departments=tx.structs(DepartmentLine, _DEPARTMENTS))


def _check_work(tx: Tx, roles: Sequence[Role], department_id: int | None) -> None:
    """A person has a role, and works in a department that there is, or in none."""
    if not roles:
        raise FieldWrong(field=N_("Roles"), reason=N_("at least one"))
    if department_id is not None:
        tx.one(_DEPARTMENT_CODE, NotFound(kind=N_("Department"), key=str(department_id)), id=department_id)


@handles(AddStaff, replayed=False)
def add_staff(tx: Tx, request: AddStaff) -> Identified:
    """Take on a person."""
    _check_work(tx, request.roles, request.department_id)
    check_new_password(request.login, request.password)
    row = tx.write_one(
        _STAFF,
        login=request.login,
        name=request.name,
        title=request.title,
        department_id=request.department_id,
        roles=[str(role) for role in request.roles],
        hash=hash_password(request.password),
        must_change=not request.keep_password,
        wall=tx.wall,
        antibacterial_level=request.antibacterial_level,
        phone=request.phone.strip(),
    )
    assert row is not None
    tx.changed(topics.STAFF, row[0])
    tx.detail = {"login": request.login, "roles": [str(role) for role in request.roles]}
    return Identified(id=row[0])


@handles(CorrectStaff)
def correct_staff(tx: Tx, request: CorrectStaff) -> StaffCorrected:
    """Correct a person. The audit trail keeps what was before."""
    locked = {row[0]: row for row in tx.write(_STAFF_LOCKED, id=request.staff_id)}
    if request.staff_id not in locked:
        raise NotFound(kind=N_("Person"), key=str(request.staff_id))
    roles = list(dict.fromkeys(map(str, request.roles)))
    old = _facts_of(locked[request.staff_id])
    new = {**_asked_facts(request, roles), "phone": old["phone"] if request.phone is None else request.phone.strip()}
    if new["department_id"] != old["department_id"] or not roles:  # one that was closed meanwhile may stay
        _check_work(tx, request.roles, request.department_id)
    if _administers(old) and not _administers(new) and len(locked) == 1:
        raise LastAdministrator
    tx.write(_CORRECT, id=request.staff_id, **new)
    less = set(old["roles"]) != set(roles) or not request.active
    ended = end_sessions(tx, request.staff_id) if less else 0
    changed = [name for name in old if old[name] != new[name]]
    tx.changed(topics.STAFF, request.staff_id)
    tx.detail = {"old": {name: old[name] for name in changed}, "new": {name: new[name] for name in changed}, "sessions_ended": ended}
    still_doctor = request.active and Role.DOCTOR in request.roles
    left = 0 if still_doctor else _still_open(tx, request.staff_id)
    return StaffCorrected(sessions_ended=ended, clinic_sessions_left=left)


def _facts_of(row: Row) -> dict[str, Any]:
    names = ("name", "title", "department_id", "roles", "antibacterial_level", "active", "phone")
    return dict(zip(names, row[2:], strict=True))


def _asked_facts(request: CorrectStaff, roles: list[str]) -> dict[str, Any]:
    return {
        "name": request.name,
        "title": request.title,
        "department_id": request.department_id,
        "roles": roles,
        "antibacterial_level": request.antibacterial_level,
        "active": request.active,
    }


def _administers(facts: dict[str, Any]) -> bool:
    return facts["active"] and Role.ADMINISTRATOR in facts["roles"]


def _still_open(tx: Tx, doctor_id: int) -> int:
    row = tx.first(_STILL_OPEN, id=doctor_id, today=tx.today)
    return row[0] if row else 0


@handles(ResetPassword, replayed=False)
def reset_password(tx: Tx, request: ResetPassword) -> Done:
    """Give a person a password. Not kept as a replay: a quick hash of it would lie in the database, and done twice it is the same."""
    row = tx.write_one(_LOGIN_LOCKED, id=request.staff_id)
    if row is None:
        raise NotFound(kind=N_("Person"), key=str(request.staff_id))
    check_new_password(row[0], request.password)
    tx.write(_NEW_PASSWORD, id=request.staff_id, hash=hash_password(request.password), wall=tx.wall)
    tx.changed(topics.STAFF, request.staff_id)
    tx.detail = {"login": row[0], "sessions_ended": end_sessions(tx, request.staff_id)}
    return Done()


@handles(OpenSession)
def open_session(tx: Tx, request: OpenSession) -> Identified:
    """Open a clinic session. A doctor who sits elsewhere at that time is refused by the database."""
    if request.starts.tzinfo or request.ends.tzinfo:
        raise FieldWrong(field=N_("Time"), reason=N_("the clinic's own time, without a zone"))
    if request.starts >= request.ends:
        raise FieldWrong(field=N_("Time"), reason=N_("it ends before it begins"))
    tx.one(_DOCTOR, NotFound(kind=N_("Doctor"), key=str(request.doctor_id)), id=request.doctor_id)
    code = tx.one(_DEPARTMENT_CODE, NotFound(kind=N_("Department"), key=str(request.department_id)), id=request.department_id)[0]
    row = tx.write_one(
        _SESSION,
        date=request.date,
        period=request.period,
        starts=request.starts,
        ends=request.ends,
        department_id=request.department_id,
        doctor_id=request.doctor_id,
        room=request.room,
        level=request.level,
        capacity=request.capacity,
        prefix=code[:1].upper(),
    )
    assert row is not None
    for fee in request.fee_codes:
        item = tx.one(_ITEM, NotFound(kind=N_("Service item"), key=fee), code=fee)
        tx.write(_FEE, session_id=row[0], item_id=item[0])
    tx.changed(topics.CLINIC_SESSION, row[0])
    return Identified(id=row[0])


@handles(CloseSession)
def close_session(tx: Tx, request: CloseSession) -> Done:
    """Take a clinic session off sale. Its row stays, since visits that were taken back belong to it."""
    capacity, taken = _locked_session(tx, request.session_id)
    if taken:
        raise NumbersTaken(taken=taken)
    return _set_capacity(tx, request.session_id, capacity, 0)


@handles(ChangeCapacity)
def change_capacity(tx: Tx, request: ChangeCapacity) -> Done:
    """Give a clinic session more numbers, or fewer."""
    capacity, taken = _locked_session(tx, request.session_id)
    if request.capacity < taken:
        raise NumbersTaken(taken=taken)
    return _set_capacity(tx, request.session_id, capacity, request.capacity)


def _locked_session(tx: Tx, session_id: int) -> tuple[int, int]:
    row = tx.write_one(_SESSION_LOCKED, id=session_id)
    if row is None:
        raise NotFound(kind=N_("Clinic session"), key=str(session_id))
    return row[0], row[1]


def _set_capacity(tx: Tx, session_id: int, old: int, new: int) -> Done:
    tx.write(_CAPACITY, id=session_id, capacity=new)
    tx.changed(topics.CLINIC_SESSION, session_id)
    tx.detail = {"old": {"capacity": old}, "new": {"capacity": new}}
    return Done()


@handles(GetRoster)
def get_roster(tx: ReadTx, request: GetRoster) -> Roster:
    """The clinic sessions of a day."""
    return Roster(sessions=tx.structs(RosterLine, _ROSTER, date=request.date))


@handles(ListStaff)
def list_staff(tx: ReadTx, request: ListStaff) -> StaffList:
    """Everybody."""
    lines = (
        StaffLine(
            id=row[0],
            login=row[1],
            name=row[2],
            title=row[3],
            department_id=row[4],
            department=row[5],
            roles=tuple(Role(role) for role in row[6]),
            antibacterial_level=row[7],
            active=row[8],
            phone=row[9],
        )
        for row in tx.rows(_EVERYBODY)
    )
    return StaffList(staff=tuple(lines))


@handles(SetTrainingClock, replayed=False)
def set_training_clock(tx: Tx, request: SetTrainingClock) -> Done:
    """Move the clock of the service process that was asked; a training service has one process."""
    if not tx.clock.training:
        raise OnlyInTraining
    if request.now.tzinfo is None or request.now.year > _LAST_YEAR:
        raise FieldWrong(field=N_("Time"), reason=N_("a time with its zone, of this century"))
    if request.now < tx.now:
        raise FieldWrong(field=N_("Time"), reason=N_("the training clock only goes forward"))
    tx.clock.set(request.now)
    return Done()
