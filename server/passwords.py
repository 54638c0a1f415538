"""Passwords: their hashes, what a new one must be like, and how wrong tries are counted and locked out."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from common.errors import FieldWrong, LockedOut, WrongPassword
from common.i18n import N_
from server.db import Write

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Row, Tx

#: Measured on two cores: 97 ms (DEPENDENCIES.md).
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_WRONG_TRIES: Final = 5
_FIRST_LOCK_SECONDS: Final = 60


def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    return _HASHER.hash(password)


def check_new_password(login: str, password: str) -> None:
    """At least 10 characters of three classes, not the login name. Raises ``FieldWrong``."""
    classes = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < 10:
        raise FieldWrong(field=N_("Password"), reason=N_("at least 10 characters"))
    if classes < 3:
        raise FieldWrong(field=N_("Password"), reason=N_("three of: small letters, capitals, digits, other signs"))
    if login.lower() in password.lower():
        raise FieldWrong(field=N_("Password"), reason=N_("must not contain the login name"))


def matches(stored: str, password: str) -> bool:
    """Whether a stored hash is this password's."""
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


#: Checked when the login does not exist, so that the answer takes as long as for one that does.
_NOBODYS_HASH: Final = _HASHER.hash(secrets.token_hex(16))

#: Whoever may sign in.
BY_LOGIN: Final = Write(
    "SELECT id, login, name, title, department_id, roles, password_hash, must_change_password, wrong_tries, locked_until, antibacterial_level"
    " FROM staff WHERE login = %(login)s AND active FOR UPDATE"
)
_TRIED: Final = Write("UPDATE staff SET wrong_tries = %(tries)s, locked_until = %(until)s WHERE id = %(id)s")


def _seconds_locked(tries: int) -> int:
    """How long an account is locked after so many wrong tries: not before the fifth, then each time twice as long."""
    return _FIRST_LOCK_SECONDS * 2 ** min(tries - _WRONG_TRIES, 6) if tries >= _WRONG_TRIES else 0


class Strangers:
    """Login names that do not exist are counted and locked like others, so that nobody learns from the answers which ones do."""

    def __init__(self) -> None:
        self._tries: dict[str, tuple[int, datetime]] = {}
        self._guard = threading.Lock()

    def refusal(self, login: str, password: str, wall: datetime) -> WrongPassword | LockedOut:
        """The answer that a known login would have got, after as much work: a hash, but none while it is locked."""
        locked = self.locked(login, wall)
        if locked is not None:
            return locked
        matches(_NOBODYS_HASH, password)
        return self._count(login, wall)

    def locked(self, login: str, wall: datetime) -> LockedOut | None:
        """Whether too many tries were made under this name."""
        with self._guard:
            _, until = self._tries.get(login, (0, wall))
        return LockedOut(seconds=int((until - wall).total_seconds()) + 1) if until > wall else None

    def _count(self, login: str, wall: datetime) -> WrongPassword | LockedOut:
        with self._guard:
            tries, _ = self._tries.get(login, (0, wall))
            lock = _seconds_locked(tries + 1)
            if len(self._tries) > 10_000:
                self._tries.clear()
            self._tries[login] = (tries + 1, wall + timedelta(seconds=lock))
        return LockedOut(seconds=lock) if lock else WrongPassword(tries_left=_WRONG_TRIES - tries - 1)


STRANGERS: Final = Strangers()


def _count_wrong_try(tx: Tx, row: Row) -> WrongPassword | LockedOut:
    tries = row[8] + 1
    lock = _seconds_locked(tries)
    tx.write(_TRIED, id=row[0], tries=tries, until=tx.wall + timedelta(seconds=lock) if lock else None)
    return LockedOut(seconds=lock) if lock else WrongPassword(tries_left=_WRONG_TRIES - tries)


def check_password(tx: Tx, row: Row | None, login: str, password: str) -> WrongPassword | LockedOut | None:
    """The refusal, if any; a wrong try is counted, the account locked from the fifth on, each time twice as long."""
    if row is None:
        tx.detail = {"login": login[:30], "reason": "unknown"}
        return STRANGERS.refusal(login, password, tx.wall)
    if row[9] is not None and row[9] > tx.wall:
        tx.detail = {"login": login[:30], "reason": "locked out"}
        return LockedOut(seconds=int((row[9] - tx.wall).total_seconds()) + 1)
    if not matches(row[6], password):
        tx.detail = {"login": login[:30], "reason": "password"}
        return _count_wrong_try(tx, row)
    if row[8]:
        tx.write(_TRIED, id=row[0], tries=0, until=None)
    return None
