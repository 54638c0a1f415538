"""What must survive a crash of the desk: drafts, and commands that have no answer yet, on disk before they are sent."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from client.errors import NotKept
from common import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from common.wire import Request

log = logging.getLogger(__name__)
Value = TypeVar("Value")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS draft (key TEXT PRIMARY KEY, value BLOB NOT NULL, kept_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS act (
    place INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, payload BLOB NOT NULL,
    staff_id INTEGER NOT NULL, about TEXT NOT NULL, stored_at REAL NOT NULL, left_desk INTEGER NOT NULL DEFAULT 1);
"""


class Act(NamedTuple):
    """A command without an answer. ``left_desk``: it may have reached the service, so that it cannot be taken back."""

    request_id: str
    name: str
    payload: bytes
    staff_id: int
    about: str
    stored_at: float
    left_desk: bool

    def request(self) -> Request[Any]:
        """The command itself. Raises ``KeyError`` or ``msgspec.ValidationError`` if another version of the program wrote it."""
        kind = wire.request_types()[self.name]
        return wire.decode(kind, self.payload)


class Journal:
    """One file of one desk. Safe to use from several threads; every change is on the disk when the call returns.

    Made or written where the disk takes nothing, it raises :class:`~client.errors.NotKept`; only :meth:`keep` and :meth:`drop`, which
    timers call, tell it to :attr:`trouble` instead.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        #: Called with what a person should hear when drafts cannot be kept, once until it works again; from whichever thread it happens in.
        self.trouble: Callable[[NotKept], object] = log_trouble
        self._said = False
        self._lock = threading.Lock()
        try:
            self._open()
        except (OSError, sqlite3.Error) as problem:
            raise NotKept(file=str(file), cause=str(problem)) from problem

    def _open(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.file.exists():
            os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds what was typed about patients
        self._base = sqlite3.connect(self.file, check_same_thread=False, isolation_level=None, timeout=5)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file. The journal cannot be used afterwards."""
        with self._lock:
            self._base.close()

    # --- drafts --------------------------------------------------------------------------------------------------------------

    def keep(self, key: str, value: object) -> None:
        """Keep a draft; an earlier one of the same key is replaced. ``value`` is anything that msgspec can write as JSON."""
        self._write_draft("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", key, wire.encode(value), time.time())

    def draft(self, key: str, kind: type[Value]) -> Value | None:
        """The draft kept under ``key`` as ``kind``; ``None`` if there is none or if its form is that of another version."""
        with self._lock:
            row = self._base.execute("SELECT value FROM draft WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            return wire.decode(kind, row[0])
        except (msgspec.ValidationError, msgspec.DecodeError):
            return None

    def drafts(self, prefix: str = "") -> list[str]:
        """The keys of the drafts that begin with ``prefix``, oldest first."""
        with self._lock:
            rows = self._base.execute("SELECT key FROM draft WHERE substr(key, 1, ?) = ? ORDER BY kept_at", (len(prefix), prefix))
            return [row[0] for row in rows]

    def drop(self, key: str) -> None:
        """Forget a draft: it was committed or thrown away on purpose."""
        self._write_draft("DELETE FROM draft WHERE key = ?", key)

    def _write_draft(self, statement: str, *values: object) -> None:
        try:
            with self._writing() as base:
                base.execute(statement, values)
        except NotKept as problem:
            if not self._said:
                self.trouble(problem)
            self._said = True
        else:
            self._said = False

    # --- commands without an answer --------------------------------------------------------------------------------------------

    def store(self, request_id: str, request: Request[Any], *, staff_id: int, about: str = "") -> Act:
        """Write a command down before it is sent. The same id again changes nothing.

        It counts as one that may have left: whoever reads it after a crash cannot know better.
        """
        act = Act(request_id, wire.wire_name(type(request)), wire.encode(request), staff_id, about, time.time(), left_desk=True)
        with self._writing() as base:
            base.execute(
                "INSERT OR IGNORE INTO act (request_id, name, payload, staff_id, about, stored_at) VALUES (?, ?, ?, ?, ?, ?)",
                (act.request_id, act.name, act.payload, act.staff_id, act.about, act.stored_at),
            )
        return act

    def stayed(self, request_id: str) -> None:
        """It certainly did not get out: no connection came about."""
        with self._writing() as base:
            base.execute("UPDATE act SET left_desk = 0 WHERE request_id = ?", (request_id,))

    def answered(self, request_id: str) -> None:
        """The service said what became of it."""
        with self._writing() as base:
            base.execute("DELETE FROM act WHERE request_id = ?", (request_id,))

    def withdraw(self, request_id: str) -> bool:
        """Take a command back that never left the desk. ``False`` if it may have left, or is not there."""
        with self._writing() as base:
            return base.execute("DELETE FROM act WHERE request_id = ? AND left_desk = 0", (request_id,)).rowcount == 1

    def waiting(self, staff_id: int | None = None) -> list[Act]:
        """Commands without an answer in the order in which they were given; of one person, or of all."""
        query = "SELECT request_id, name, payload, staff_id, about, stored_at, left_desk FROM act"
        with self._lock:
            rows = self._base.execute(
                f"{query} WHERE staff_id = ? ORDER BY place" if staff_id is not None else f"{query} ORDER BY place",
                (staff_id,) if staff_id is not None else (),
            ).fetchall()
        return [Act._make((*row[:6], bool(row[6]))) for row in rows]

    def of(self, staff_id: int) -> OwnDrafts:
        """The drafts of one person."""
        return OwnDrafts(self, staff_id)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._base
        except sqlite3.Error as problem:
            raise NotKept(file=str(self.file), cause=str(problem)) from problem


class OwnDrafts:
    """What one person has half done at a desk. Whoever signs in next at the same computer neither sees it nor goes on with it."""

    def __init__(self, journal: Journal, staff_id: int) -> None:
        #: What belongs to the desk, whoever works there: papers that are still to be printed.
        self.desk = journal
        self._prefix = f"{staff_id}/"

    def keep(self, key: str, value: object) -> None:
        """See :meth:`Journal.keep`."""
        self.desk.keep(self._prefix + key, value)

    def draft(self, key: str, kind: type[Value]) -> Value | None:
        """See :meth:`Journal.draft`."""
        return self.desk.draft(self._prefix + key, kind)

    def drafts(self, prefix: str = "") -> list[str]:
        """See :meth:`Journal.drafts`."""
        return [key.removeprefix(self._prefix) for key in self.desk.drafts(self._prefix + prefix)]

    def drop(self, key: str) -> None:
        """See :meth:`Journal.drop`."""
        self.desk.drop(self._prefix + key)


def log_trouble(problem: NotKept) -> None:
    """What a journal does as long as nobody listens."""
    log.warning("%s", problem)
