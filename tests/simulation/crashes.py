"""A database whose connections break when they are told to: before a statement, before the commit, or just after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg

from server.db import Database, Row

#: ``statement`` breaks at the n-th one, ``before`` and ``after`` mean the commit; each so many times in a row.
Where = Literal["statement", "before", "after"]


class Fault:
    """What is going to break, shared by all connections of a database."""

    def __init__(self) -> None:
        self._where: Where | None = None
        self._countdown = 0
        self._times = 0
        self.struck = 0

    def arm(self, where: Where, countdown: int = 0, times: int = 1) -> None:
        """Break at ``where``, at the statement number ``countdown``, ``times`` transactions in a row."""
        self._where, self._countdown, self._times = where, countdown, times

    def disarm(self) -> None:
        """Break nothing more."""
        self._where = None

    def strikes(self, where: Where, statement: int = 0) -> bool:
        """Whether it breaks here and now."""
        if self._where != where or statement < self._countdown or self._times <= 0:
            return False
        self._times -= 1
        self.struck += 1
        return True


class BreakingConnection(psycopg.Connection[Row]):
    """A connection to a server that goes away."""

    fault: Fault

    def execute(self, *args: Any, **kwargs: Any) -> psycopg.Cursor[Row]:
        """Run a statement, unless the connection breaks before it."""
        if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self._statement += 1
            if self.fault.strikes("statement", self._statement):
                self._break("before a statement")
        return super().execute(*args, **kwargs)

    @contextmanager
    def transaction(self, *args: Any, **kwargs: Any) -> Iterator[psycopg.Transaction]:
        """A transaction whose commit may never arrive, or whose outcome is never heard."""
        self._statement = 0
        with super().transaction(*args, **kwargs) as transaction:
            yield transaction
            if self.fault.strikes("before"):
                self._break("before the commit")
        if self.fault.strikes("after"):
            self._break("after the commit")

    _statement = 0

    def _break(self, when: str) -> None:
        self.close()
        raise psycopg.OperationalError(f"the connection broke {when}")


class BreakingDatabase(Database):
    """The service's database with connections that break on demand."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.fault = Fault()

    def connect(self) -> psycopg.Connection[Row]:
        """A new connection; it may break. Commits do not wait for the disk: the machine itself never dies here."""
        connection = BreakingConnection.connect(self.dsn, autocommit=True, options=f"{self._options} -c synchronous_commit=off")
        connection.fault = self.fault
        connection.prepare_threshold = 0
        with self._guard:
            self._all.add(connection)
        return connection
