"""HTTP to one service over a few connections that are kept open. Plain standard library: a desk starts with it in a third of the time."""

from __future__ import annotations

import http.client
import select
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Mapping

CONNECT_SECONDS: Final = 3.0
#: An idle connection is not used any more after so long: the service, or a box between, may have forgotten it.
IDLE_SECONDS: Final = 55.0
MOST_IDLE: Final = 6


class NotConnectedError(OSError):
    """No connection came about: nothing left this computer. The cause says why."""


class BrokenOffError(OSError):
    """The request went out, wholly or in part, and no whole answer came."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    content: bytes


class _Idle(NamedTuple):
    connection: http.client.HTTPConnection
    since: float


class HttpLine:
    """Safe to use from several threads. ``base`` is the service's address, ``context`` the TLS context of an https address."""

    def __init__(self, base: str, context: ssl.SSLContext | None) -> None:
        parts = urlsplit(base)
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._context = context
        self._idle: list[_Idle] = []
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", *, seconds: float) -> Answer:
        """Send and wait at most ``seconds`` for each piece of the answer. Raises :class:`NotConnectedError` or :class:`BrokenOffError`."""
        connection = self._take() or self._connect()
        try:
            _socket(connection).settimeout(seconds)
            connection.request(method, f"{self._path}{path}", body or None, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException, ValueError) as problem:
            connection.close()
            raise BrokenOffError(str(problem)) from problem
        if answer.will_close:
            connection.close()
        else:
            self._keep(connection)
        return Answer(answer.status, content)

    def close(self) -> None:
        """Close what is idle; what is in use, or is asked after this, closes when its answer is there."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for each in idle:
            each.connection.close()

    def _take(self) -> http.client.HTTPConnection | None:
        """A connection that still stands: one that has something to say before it was asked is being closed by the other side."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and not _speaks(_socket(connection)):
                return connection
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=CONNECT_SECONDS, context=self._context)
        try:
            connection.connect()
        except OSError as problem:
            connection.close()
            raise NotConnectedError(str(problem)) from problem
        return connection

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < MOST_IDLE:
                self._idle.append(_Idle(connection, time.monotonic()))
                return
        connection.close()


def _socket(connection: http.client.HTTPConnection) -> socket.socket:
    found: socket.socket = connection.sock
    return found


def _speaks(line: socket.socket) -> bool:
    if line.fileno() < 0:
        return True
    if hasattr(select, "poll"):  # select alone knows no descriptors above 1024
        look = select.poll()
        look.register(line, select.POLLIN)
        return bool(look.poll(0))
    return bool(select.select([line], [], [], 0)[0])
