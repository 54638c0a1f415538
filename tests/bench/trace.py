"""What a request does to the database: each statement with its parameters and its rows, written down while the real service carries it out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from common.wire import Request, decode, encode, payload_hash, reply_type, wire_name
from server.clock import Clock
from server.db import Database
from server.dispatch import Call, Dispatch

if TYPE_CHECKING:
    from psycopg.abc import Params

Row = tuple[Any, ...]


class Step(msgspec.Struct, frozen=True):
    """One statement as it was run. ``rows`` is None where it gives none back."""

    sql: bytes
    parameters: dict[str, Any]
    columns: tuple[str, ...]
    rows: list[Row] | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One request from end to end."""

    request: Request[Any]
    request_id: uuid.UUID
    payload_hash: bytes
    reply: bytes
    steps: list[Step]


class _WritingCursor(psycopg.Cursor[Row]):
    """A cursor that writes down what it runs."""

    steps: list[Step]

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> _WritingCursor:
        super().execute(query, params, **options)
        rows: list[Row] | None = None
        if self.description is not None:
            rows = self.fetchall()
            if rows:
                self.scroll(0, mode="absolute")
        columns = tuple(column.name for column in self.description or ())
        assert isinstance(query, bytes)
        self.steps.append(Step(query, dict(params or {}), columns, rows))
        return self


def writing_cursor(steps: list[Step]) -> type[_WritingCursor]:
    """A cursor class that appends to ``steps``."""
    return type("WritingCursor", (_WritingCursor,), {"steps": steps})


class _TracedDatabase(Database):
    """The service's database, with a cursor that writes down."""

    def __init__(self, dsn: str, steps: list[Step]) -> None:
        super().__init__(dsn)
        self._steps: Final = steps

    def connect(self) -> psycopg.Connection[Row]:
        """A connection whose statements are written down."""
        connection = super().connect()
        connection.cursor_factory = writing_cursor(self._steps)
        return connection


class Tracer:
    """Carries out requests through the service's own dispatch, in this process, and writes down what they do."""

    def __init__(self, dsn: str) -> None:
        self._steps: list[Step] = []
        self._database = _TracedDatabase(dsn, self._steps)
        self._dispatch = Dispatch(self._database, Clock())

    def trace(self, request: Request[Any], token: str) -> Trace:
        """Carry out one request. Raises ``AssertionError`` with the answer unless it went well."""
        request_id = uuid.uuid4()
        self._dispatch.sessions.actor(token, self._dispatch._clock.wall())  # the session is known before, as in a busy service
        self._steps.clear()
        call = Call(name=wire_name(type(request)), body=encode(request), token=token, request_id=str(request_id))
        answer = self._dispatch.answer(call)
        assert answer.status == 200, answer.body
        decode(reply_type(type(request)), answer.body)
        return Trace(request=request, request_id=request_id, payload_hash=payload_hash(request), reply=answer.body, steps=list(self._steps))

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
