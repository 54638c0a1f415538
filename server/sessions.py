"""Who is there: passwords, sessions, lock-out, idle lock."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from common.errors import DeskUnknown, LockedOut, MustChangePassword, NotPermitted, NotSignedIn, SessionLocked, WrongPassword
from common.messages.session import ChangePassword, ClinicFacts, SignedIn, SignIn, SignOut, StaffFacts, Unlock, WhoAmI
from common.permissions import Permission, Role, permissions_of, unattended
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.passwords import BY_LOGIN, check_new_password, check_password, hash_password

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Database, ReadTx, Row, Tx

_SESSION_HOURS: Final = 14
#: Of a screen in the hall, which is to come back by itself; it can see what the hall sees, and nothing else.
_UNATTENDED_HOURS: Final = 24 * 31
#: A session looked up is believed for so long; ending it in another service process takes at most this to be seen.
_CACHE_SECONDS: Final = 3.0
#: ``last_seen_at`` is written at most so often.
_SEEN_EVERY: Final = timedelta(seconds=60)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: nobody yet (``staff_id`` is None), or a person in a session at a desk."""

    staff_id: int | None = None
    session_id: int | None = None
    desk_id: int | None = None
    name: str = ""
    title: str = ""
    department_id: int | None = None
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = frozenset({Permission.ANYONE})
    #: Idle too long: nothing but unlocking and signing out is done.
    locked: bool = False
    #: Signed in with a password that somebody else gave: nothing but changing it is done.
    must_change_password: bool = False

    def require(self, permission: Permission) -> None:
        """Raise ``NotSignedIn``, ``SessionLocked`` or ``NotPermitted`` unless this person may."""
        if permission is Permission.ANYONE:
            return
        if self.staff_id is None:
            raise NotSignedIn
        if self.locked and permission is not Permission.SESSION_OWN:
            raise SessionLocked
        if self.must_change_password and permission is not Permission.SESSION_OWN:
            raise MustChangePassword
        if permission not in self.permissions:
            raise NotPermitted(permission=permission)

    @property
    def staff(self) -> int:
        """The person's id. Raises ``NotSignedIn`` if there is none."""
        if self.staff_id is None:
            raise NotSignedIn
        return self.staff_id


NOBODY: Final = Actor()


_SESSION: Final = Read(
    "SELECT s.id, s.staff_id, s.desk_id, s.last_seen_at, s.expires_at, s.locked_at, p.name, p.title, p.department_id, p.roles,"
    " c.idle_lock_minutes, p.must_change_password FROM session s JOIN staff p ON p.id = s.staff_id LEFT JOIN clinic c ON c.id = 1"
    " WHERE s.token_hash = %(token_hash)s AND s.ended_at IS NULL AND p.active"
)
_SEEN: Final = Write("UPDATE session SET last_seen_at = %(wall)s WHERE id = %(id)s")
_LOCK: Final = Write("UPDATE session SET locked_at = %(wall)s WHERE id = %(id)s AND locked_at IS NULL")


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class SessionBook:
    """Finds the actor of a request. Keeps what it found for a few seconds, since every request asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[float, Actor, datetime]] = {}
        self._guard = threading.Lock()
        self._forgotten = 0

    def forget_all(self) -> None:
        """Look everybody up anew: a session ended or a role changed."""
        with self._guard:
            self._known.clear()
            self._forgotten += 1

    def actor(self, token: str, wall: datetime) -> Actor:
        """Who holds ``token``. Raises ``NotSignedIn``."""
        token_hash = _hash_token(token)
        known = self._known.get(token_hash)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        forgotten = self._forgotten
        row = self._database.of_thread().execute(_SESSION.bytes, {"token_hash": token_hash}, prepare=True).fetchone()
        if row is None or row[4] <= wall:
            raise NotSignedIn
        actor = _actor(row, locked=self._idle(row, wall))
        with self._guard:
            if len(self._known) > 5000:
                self._known.clear()
            if forgotten == self._forgotten:  # else what was read is older than what was ended meanwhile
                self._known[token_hash] = (time.monotonic() + _CACHE_SECONDS, actor, row[3])
        return actor

    def _idle(self, row: Row, wall: datetime) -> bool:
        """Whether the session is locked; an idle one becomes so now, unless nobody is meant to be there; a used one is marked as seen."""
        session_id, last_seen, locked_at, idle = row[0], row[3], row[5], timedelta(minutes=row[10] or 15)
        connection = self._database.of_thread()
        if locked_at is None and wall - last_seen > idle and not unattended(map(Role, row[9])):
            connection.execute(_LOCK.bytes, {"wall": wall, "id": session_id})
            return True
        if locked_at is None and wall - last_seen > _SEEN_EVERY:
            connection.execute(_SEEN.bytes, {"wall": wall, "id": session_id})
        return locked_at is not None


def _actor(row: Row, *, locked: bool) -> Actor:
    roles = frozenset(Role(role) for role in row[9])
    return Actor(
        staff_id=row[1],
        session_id=row[0],
        desk_id=row[2],
        name=row[6],
        title=row[7],
        department_id=row[8],
        roles=roles,
        permissions=permissions_of(roles),
        locked=locked,
        must_change_password=row[11],
    )


_BY_ID: Final = Read(
    "SELECT id, login, name, title, department_id, roles, password_hash, must_change_password, wrong_tries, locked_until, antibacterial_level"
    " FROM staff WHERE id = %(id)s AND active"
)
_BY_ID_LOCKED: Final = Write(f"{_BY_ID.sql} FOR UPDATE")
_OPEN: Final = Write(
    "INSERT INTO session (token_hash, staff_id, desk_id, created_at, last_seen_at, expires_at)"
    " VALUES (%(token_hash)s, %(staff_id)s, %(desk_id)s, %(wall)s, %(wall)s, %(expires_at)s) RETURNING id"
)
_END: Final = Write("UPDATE session SET ended_at = %(wall)s WHERE id = %(id)s AND ended_at IS NULL")
_END_OTHERS: Final = Write("UPDATE session SET ended_at = %(wall)s WHERE staff_id = %(staff_id)s AND id <> %(id)s AND ended_at IS NULL")
_END_ALL: Final = Write("UPDATE session SET ended_at = %(wall)s WHERE staff_id = %(staff_id)s AND ended_at IS NULL")
_UNLOCK: Final = Write("UPDATE session SET locked_at = NULL, last_seen_at = %(wall)s WHERE id = %(id)s")
_CLINIC: Final = Read("SELECT name, name_en, triage_desk, idle_lock_minutes FROM clinic WHERE id = 1")
_SET_PASSWORD: Final = Write(
    "UPDATE staff SET password_hash = %(hash)s, must_change_password = false, password_changed_at = %(wall)s, wrong_tries = 0 WHERE id = %(id)s"
)
_DESK: Final = Read("SELECT id FROM desk WHERE id = %(id)s AND secret_hash = %(secret_hash)s AND revoked_at IS NULL")


def desk_of(database: Database, header: str) -> int:
    """The paired desk that ``id:secret`` names. Raises ``DeskUnknown``."""
    desk_id, _, secret = header.partition(":")
    if not desk_id.isdecimal() or len(desk_id) > 18:
        raise DeskUnknown
    parameters = {"id": int(desk_id), "secret_hash": hashlib.sha256(secret.encode()).digest()}
    row = database.of_thread().execute(_DESK.bytes, parameters, prepare=True).fetchone()
    if row is None:
        raise DeskUnknown
    return int(row[0])


def _staff_facts(row: Row) -> StaffFacts:
    return StaffFacts(
        id=row[0],
        login=row[1],
        name=row[2],
        title=row[3],
        department_id=row[4],
        roles=tuple(Role(role) for role in row[5]),
        antibacterial_level=row[10],
    )


def _clinic_facts(tx: ReadTx, *, training: bool) -> ClinicFacts:
    name, name_en, triage, idle = tx.first(_CLINIC) or ("", "", False, 15)
    return ClinicFacts(name=name, name_en=name_en, today=tx.today, triage_desk=triage, idle_lock_minutes=idle, training=training)


def _signed_in(tx: ReadTx, row: Row, token: str, expires_at: datetime) -> SignedIn:
    staff = _staff_facts(row)
    return SignedIn(
        token=token,
        staff=staff,
        clinic=_clinic_facts(tx, training=tx.now.date() != tx.wall.date()),
        permissions=tuple(sorted(permissions_of(staff.roles))),
        must_change_password=row[7],
        expires_at=expires_at,
    )


@handles(SignIn, replayed=False, keeps_refusals=True)
def sign_in(tx: Tx, request: SignIn) -> SignedIn | WrongPassword | LockedOut:
    """Open a session. A refusal is returned, not raised, so that the wrong try is committed."""
    row = tx.write_one(BY_LOGIN, login=request.login)
    refused = check_password(tx, row, request.login, request.password)
    if refused is not None:
        return refused
    assert row is not None
    token = secrets.token_urlsafe(32)
    expires_at = tx.wall + timedelta(hours=_UNATTENDED_HOURS if unattended(map(Role, row[5])) else _SESSION_HOURS)
    opened = tx.write_one(
        _OPEN, token_hash=_hash_token(token), staff_id=row[0], desk_id=tx.actor.desk_id, wall=tx.wall, expires_at=expires_at
    )
    tx.detail = {"staff": row[0], "session": opened and opened[0]}
    return _signed_in(tx, row, token, expires_at)


@handles(SignOut)
def sign_out(tx: Tx, request: SignOut) -> Done:
    """End the session that asks."""
    tx.write(_END, id=tx.actor.session_id, wall=tx.wall)
    return Done()


@handles(Unlock, replayed=False, keeps_refusals=True)
def unlock(tx: Tx, request: Unlock) -> Done | WrongPassword | LockedOut:
    """Open the idle lock."""
    row = tx.write_one(_BY_ID_LOCKED, id=tx.actor.staff)
    refused = check_password(tx, row, tx.actor.name, request.password)
    if refused is not None:
        return refused
    tx.write(_UNLOCK, id=tx.actor.session_id, wall=tx.wall)
    return Done()


@handles(ChangePassword, replayed=False, keeps_refusals=True)
def change_password(tx: Tx, request: ChangePassword) -> Done | WrongPassword | LockedOut:
    """Set a new password and end the person's other sessions."""
    row = tx.write_one(_BY_ID_LOCKED, id=tx.actor.staff)
    refused = check_password(tx, row, tx.actor.name, request.old)
    if refused is not None:
        return refused
    assert row is not None
    check_new_password(row[1], request.new)
    tx.write(_SET_PASSWORD, id=tx.actor.staff, hash=hash_password(request.new), wall=tx.wall)
    tx.write(_END_OTHERS, staff_id=tx.actor.staff, id=tx.actor.session_id, wall=tx.wall)
    return Done()


def end_sessions(tx: Tx, staff_id: int) -> int:
    """End every session of a person; how many there were."""
    return tx.count(_END_ALL, staff_id=staff_id, wall=tx.wall)


@handles(WhoAmI)
def who_am_i(tx: ReadTx, request: WhoAmI) -> SignedIn:
    """The session that asks."""
    row = tx.one(_BY_ID, NotSignedIn(), id=tx.actor.staff)
    return _signed_in(tx, row, "", tx.wall)
