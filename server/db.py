"""Statements, connections and the two kinds of transaction.

A :class:`Statement` is SQL that is compiled once, from text or from SQLAlchemy Core, and run by psycopg (ADR 0003). Reads take a
:class:`ReadTx` on an autocommit connection; writes take a :class:`Tx`. A ReadTx cannot run a :class:`Write`, and only
:mod:`server.dispatch` commits.

Lock order, for every write (a transaction takes what it needs from top to bottom, rows of one table by ascending key):

1. the request id (advisory)         2. clinic_session      3. patient         4. visit, record
5. prescription, its lines           6. charge_line         7. shift           8. stock_level by drug
9. stock_balance by expiry, batch   10. invoice_segment    11. number_series
12. deposit, then credit_account      13. the pharmacy's windows (advisory), window_queue
14. everything that is only inserted
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from common.wire import Change
from server.parties import NOBODY_OUTSIDE, Parties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Executable

    from common.errors import XinglinError
    from server.clock import Clock
    from server.sessions import Actor

Row = tuple[Any, ...]
S = TypeVar("S")

_DIALECT: Final[Any] = PGDialect_psycopg()  # type: ignore[no-untyped-call]

#: Every statement of the service, so that a test can have PostgreSQL itself prepare each one.
STATEMENTS: Final[list[Statement]] = []


class Statement:
    """SQL with ``%(name)s`` parameters, compiled once."""

    def __init__(self, sql: str | Executable) -> None:
        self.defaults: Mapping[str, Any] = {}
        if isinstance(sql, str):
            self.sql = sql
        else:
            compiled = sql.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
            self.sql = str(compiled)
            self.defaults = {name: value for name, value in compiled.params.items() if value is not None}
        self.bytes = self.sql.encode()
        STATEMENTS.append(self)


class Read(Statement):
    """A statement that changes nothing."""


class Write(Statement):
    """A statement that changes rows."""


def prefix(text: str) -> dict[str, str]:
    """Parameters ``low`` and ``high`` of the range ``low <= key AND key < high`` that holds every key beginning with ``text``.

    For columns of collation C. A range uses a plain index under a generic plan; ``LIKE`` with a parameter would be planned anew each time.
    """
    return {"low": text, "high": text + "\U0010ffff"}


def spelling(text: str) -> dict[str, str]:
    """Parameters ``low`` and ``high``: the range of the spellings (pinyin, initials) that begin with ``text``; empty for what is none."""
    return prefix(text.lower()) if text.isascii() and text.isalpha() else {"low": "", "high": ""}


def letters(text: str) -> dict[str, str]:
    """Parameters ``letters_low`` and ``letters_high``: the range of the pinyin and initials that begin with ``text``. It is empty for what is no
    spelling, and for a single letter, with which a tenth of all names begin."""
    typed = text.lower().replace("'", "").replace(" ", "")
    return {"letters_low": typed, "letters_high": typed + "\U0010ffff" if len(typed) > 1 and typed.isascii() and typed.isalpha() else ""}


class ReadTx:
    """What a query's handler works with. ``now`` and ``today`` are the clinic's; ``actor`` is who asks."""

    __slots__ = ("actor", "clock", "connection", "looked_at", "now", "parties", "today", "viewed", "wall")

    def __init__(self, connection: psycopg.Connection[Row], actor: Actor, clock: Clock, parties: Parties = NOBODY_OUTSIDE) -> None:
        self.parties = parties
        self.connection = connection
        self.actor = actor
        self.clock = clock
        self.now: datetime = clock.now()
        self.today: date = clock.today(self.now)
        self.wall: datetime = clock.wall()
        #: The patient whose record this query shows; dispatch leaves an audit entry for the look.
        self.viewed: int | None = None
        #: What else such a look was at, where it is more than one patient's record: the detail of its audit entry.
        self.looked_at: dict[str, Any] | None = None

    def _execute(self, statement: Statement, parameters: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        if statement.defaults:
            parameters = {**statement.defaults, **parameters}
        return self.connection.execute(statement.bytes, parameters, prepare=True)

    def rows(self, statement: Read, /, **parameters: Any) -> list[Row]:
        """All rows."""
        return self._execute(statement, parameters).fetchall()

    def first(self, statement: Read, /, **parameters: Any) -> Row | None:
        """The first row, if any."""
        return self._execute(statement, parameters).fetchone()

    def one(self, statement: Read, missing: XinglinError, /, **parameters: Any) -> Row:
        """The first row; raises ``missing`` if there is none."""
        row = self._execute(statement, parameters).fetchone()
        if row is None:
            raise missing
        return row

    def structs(self, kind: type[S], statement: Read, /, **parameters: Any) -> tuple[S, ...]:
        """All rows as ``kind``, whose fields are named like the columns."""
        return as_structs(kind, self._execute(statement, parameters))


class Tx(ReadTx):
    """What a command's handler works with. It says what it changed; dispatch audits, commits and publishes."""

    __slots__ = ("changes", "detail", "errands", "patient_id", "request_id")

    def __init__(
        self,
        connection: psycopg.Connection[Row],
        actor: Actor,
        clock: Clock,
        request_id: UUID | None,
        parties: Parties = NOBODY_OUTSIDE,
    ) -> None:
        super().__init__(connection, actor, clock, parties)
        self.request_id = request_id
        #: Settlements whose errand is to set out after the commit, each with the payment codes that only memory holds.
        self.errands: dict[int, dict[int, str]] = {}
        self.changes: list[Change] = []
        self.patient_id: int | None = None
        self.detail: dict[str, Any] = {}

    def write(self, statement: Write, /, **parameters: Any) -> list[Row]:
        """Run a write and give back its RETURNING rows, if it has any."""
        cursor = self._execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []

    def write_one(self, statement: Write, /, **parameters: Any) -> Row | None:
        """Run a write and give back its first RETURNING row."""
        return self._execute(statement, parameters).fetchone()

    def count(self, statement: Write, /, **parameters: Any) -> int:
        """Run a write and give back how many rows it changed."""
        return self._execute(statement, parameters).rowcount

    def write_many(self, statement: Write, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run one write for many parameter sets, pipelined."""
        with self.connection.cursor() as cursor:
            cursor.executemany(statement.bytes, rows)

    def changed(self, topic: str, id: int = 0) -> None:
        """Say that an object of ``topic`` changed; desks that show it refresh themselves."""
        self.changes.append(Change(topic=topic, id=id))


def as_structs(kind: type[S], cursor: psycopg.Cursor[Row]) -> tuple[S, ...]:
    """A cursor's rows as ``kind``."""
    names = [column.name for column in cursor.description or ()]
    return tuple(kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall())


class Database:
    """Where the connections come from: one for each worker thread, kept until it breaks."""

    def __init__(self, dsn: str, *, zone: str = "Asia/Shanghai", statement_timeout_ms: int = 30_000, lock_timeout_ms: int = 10_000) -> None:
        self.dsn = dsn
        self._options = (
            f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms}"
            " -c idle_in_transaction_session_timeout=60000 -c application_name=xinglin -c jit=off"
            f" -c TimeZone={zone}"
        )
        self._local = threading.local()
        self._all: set[psycopg.Connection[Row]] = set()
        self._guard = threading.Lock()

    def connect(self) -> psycopg.Connection[Row]:
        """A new connection, autocommit, that prepares statements from their first use."""
        connection = psycopg.connect(self.dsn, autocommit=True, options=self._options)
        connection.prepare_threshold = 0
        connection.prepared_max = 400
        with self._guard:
            self._all.add(connection)
        return connection

    def hold(self, lock: int, name: str) -> psycopg.Connection[Row]:
        """A connection that holds an advisory lock as long as it lives, so that others can tell that its process does."""
        connection = self.connect()
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (lock, name))
        return connection

    def of_thread(self) -> psycopg.Connection[Row]:
        """This thread's connection; a broken one is replaced."""
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed or connection.broken:
            if connection is not None:
                self.forget(connection)
            connection = self._local.connection = self.connect()
        return connection

    def forget(self, connection: psycopg.Connection[Row]) -> None:
        """Close a connection that is of no more use."""
        with self._guard:
            self._all.discard(connection)
        connection.close()

    def close(self) -> None:
        """Close all connections."""
        with self._guard:
            connections, self._all = self._all, set()
        for connection in connections:
            connection.close()
