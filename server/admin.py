"""Administration: the clinic, departments, staff, clinic sessions and the training clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, NotFound, OnlyInTraining
from common.i18n import N_
from common.messages.admin import (
    AddDepartment,
    AddStaff,
    Identified,
    ListStaff,
    OpenSession,
    SetClinic,
    SetTrainingClock,
    StaffLine,
    StaffList,
)
from common.permissions import Role
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.sessions import check_new_password, hash_password

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_LAST_YEAR: Final = 2100

_CLINIC: Final = Write(
    "INSERT INTO clinic (id, name, name_en, triage_desk, idle_lock_minutes) VALUES (1, %(name)s, %(name_en)s, %(triage_desk)s, %(idle)s)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, triage_desk = excluded.triage_desk,"
    " idle_lock_minutes = excluded.idle_lock_minutes"
)
_DEPARTMENT: Final = Write(
    "INSERT INTO department (code, name, name_en, kind) VALUES (%(code)s, %(name)s, %(name_en)s, %(kind)s) RETURNING id"
)
_STAFF: Final = Write(
    "INSERT INTO staff (login, name, title, department_id, roles, password_hash, must_change_password, password_changed_at,"
    " antibacterial_level) VALUES (%(login)s, %(name)s, %(title)s, %(department_id)s, %(roles)s, %(hash)s, %(must_change)s, %(wall)s,"
    " %(antibacterial_level)s) RETURNING id"
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
_EVERYBODY: Final = Read(
    "SELECT s.id, s.login, s.name, s.title, coalesce(d.name, ''), s.roles, s.active FROM staff s"
    " LEFT JOIN department d ON d.id = s.department_id ORDER BY s.login"
)


@handles(SetClinic)
def set_clinic(tx: Tx, request: SetClinic) -> Done:
    """Name the clinic."""
    tx.write(_CLINIC, name=request.name, name_en=request.name_en, triage_desk=request.triage_desk, idle=request.idle_lock_minutes)
    tx.changed(topics.CATALOGUE)
    tx.detail = {"name": request.name, "triage_desk": request.triage_desk, "idle_lock_minutes": request.idle_lock_minutes}
    return Done()


@handles(AddDepartment)
def add_department(tx: Tx, request: AddDepartment) -> Identified:
    """Open a department."""
    row = tx.write_one(_DEPARTMENT, code=request.code, name=request.name, name_en=request.name_en, kind=request.kind)
    assert row is not None
    tx.changed(topics.CATALOGUE, row[0])
    return Identified(id=row[0])


@handles(AddStaff)
def add_staff(tx: Tx, request: AddStaff) -> Identified:
    """Take on a person."""
    if not request.roles:
        raise FieldWrong(field=N_("Roles"), reason=N_("at least one"))
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
    )
    assert row is not None
    tx.changed(topics.STAFF, row[0])
    tx.detail = {"login": request.login, "roles": [str(role) for role in request.roles]}
    return Identified(id=row[0])


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


@handles(ListStaff)
def list_staff(tx: ReadTx, request: ListStaff) -> StaffList:
    """Everybody."""
    lines = (
        StaffLine(
            id=row[0], login=row[1], name=row[2], title=row[3], department=row[4], roles=tuple(Role(role) for role in row[5]), active=row[6]
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
