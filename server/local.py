"""Requests carried out on the service's own machine, without a desk: set-up, import, pairing codes. They go through dispatch like all others.

Who may do this is who may read the database's address and the service's keys: the operating system's administrator.
"""

from __future__ import annotations

import os
from typing import Any, TypeVar

from common.wire import Request, decode, new_request_id, reply_type
from server.clock import Clock
from server.db import Database
from server.dispatch import Dispatch
from server.people import system_actor

R = TypeVar("R")


class LocalDesk:
    """Carries out requests in this process, on one database."""

    def __init__(self, dsn: str, clock: Clock | None = None) -> None:
        self.database = Database(dsn, statement_timeout_ms=600_000)
        self._dispatch = Dispatch(self.database, clock or Clock())
        self._actor = system_actor(self.database)

    def perform(self, request: Request[R]) -> R:
        """Carry out one request. Raises what dispatch raises."""
        answer = self._dispatch.perform(request, self._actor, new_request_id())
        kind: Any = reply_type(type(request))
        return decode(kind, answer.body)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def perform_locally(request: Request[R]) -> R:
    """Carry out one request on this machine's database, which ``XINGLIN_DATABASE_URL`` names."""
    desk = LocalDesk(os.environ["XINGLIN_DATABASE_URL"])
    try:
        return desk.perform(request)
    finally:
        desk.close()
