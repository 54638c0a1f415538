"""The bare service of a measurement: the plans of :mod:`tests.bench.plan` behind an ASGI handler, on the same server with as many threads.

``python -m tests.bench.floor PLANS`` says its port on stdout; the database is the one that ``XINGLIN_DATABASE_URL`` names.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from common.wire import request_types

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.bench.plan import Plan

APPLICATION: Final = "xinglin-floor"
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_OPTIONS: Final = f"-c statement_timeout=30000 -c lock_timeout=10000 -c application_name={APPLICATION} -c jit=off"


class Floor:
    """The ASGI application: decode, run the statements on this thread's connection, encode."""

    def __init__(self, dsn: str, plans: list[Plan], threads: int) -> None:
        self._dsn = dsn
        types = request_types()
        self._work: dict[str, tuple[msgspec.json.Decoder[Any], Any]] = {
            plan.name: (msgspec.json.Decoder(types[plan.name]), plan.compiled()) for plan in plans
        }
        self._threads = ThreadPoolExecutor(threads)
        self._local = threading.local()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        name = scope["path"][5:]
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        status = 200
        try:
            reply = await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: self.answer(name, headers.get(b"request-id"), body)
            )
        except psycopg.Error as error:
            status, reply = 500, str(error).encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": reply})

    def answer(self, name: str, request_id: bytes | None, body: bytes) -> bytes:
        """Carry out one request."""
        decoder, run = self._work[name]
        rid = uuid.UUID(request_id.decode()) if request_id else None
        reply: bytes = run(self._connection(), decoder.decode(body), body, rid, datetime.now(_ZONE))
        return reply

    def _connection(self) -> psycopg.Connection[Any]:
        found: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = psycopg.connect(self._dsn, autocommit=True, options=_OPTIONS)
            found.prepare_threshold, found.prepared_max = 0, 400
        return found


def main(argv: list[str]) -> None:
    """Serve until ended, with the settings of the real service (``server/__main__.py``)."""
    import uvicorn

    from server.serving import listen, say_port

    listener = listen("127.0.0.1", 0)
    say_port(listener)
    plans = pickle.loads(Path(argv[0]).read_bytes())
    floor = Floor(os.environ["XINGLIN_DATABASE_URL"], plans, threads=16)
    settings = uvicorn.Config(floor, log_config=None, access_log=False, server_header=False, date_header=False, ws="websockets-sansio")
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
