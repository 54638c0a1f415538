"""The change feed: what other desks changed, pushed by the service over one WebSocket, with reconnection."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from client.connection import CONNECT_SECONDS, pinned_context
from common import wire
from common.wire import Pushed

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.sync.client import ClientConnection

    from client.connection import Connection

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
_NOT_SIGNED_IN: Final = (401, 403)
_MOVED: Final = Pushed(seq=0, changes=(), reset=True)


class Feed:
    """Listens until it is stopped. All callbacks are called in the thread that calls :meth:`run`.

    ``refused()`` means that the session has ended; the feed is over then.
    """

    def __init__(
        self, connection: Connection, *, heard: Callable[[Pushed], None], online: Callable[[bool], None], refused: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._heard = heard
        self._online = online
        self._refused = refused
        self._stopped = threading.Event()
        self._socket: ClientConnection | None = None
        self._was_connected = False
        self.since: int | None = None

    def run(self) -> None:
        """Connect, listen, and connect again after a growing pause, until :meth:`stop`."""
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            if self._listen():
                pause = FIRST_PAUSE
            if not self._stopped.is_set():
                self._online(False)
                self._stopped.wait(pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """End :meth:`run` soon; safe from any thread."""
        self._stopped.set()
        socket = self._socket
        if socket is not None:
            socket.close()

    def _listen(self) -> bool:
        """One connection's life. ``True`` if it came about at all."""
        from websockets.exceptions import InvalidStatus, WebSocketException

        connected = False
        try:
            with self._connect() as socket:
                self._socket = socket
                connected = True
                if self._stopped.is_set():  # while it was being connected, when there was nothing to close yet
                    return connected
                self._greet()
                for message in socket:
                    self._take(message)
        except InvalidStatus as problem:
            if problem.response.status_code in _NOT_SIGNED_IN:
                self._stopped.set()
                self._refused()
        except (OSError, WebSocketException):
            pass  # the caller sees it by the return and connects again
        finally:
            self._socket = None
        return connected

    def _greet(self) -> None:
        self._online(True)
        if self._was_connected and self.since is None:
            self._heard(_MOVED)  # a line that broke before its first message: nobody can say what was missed
        self._was_connected = True

    def _connect(self) -> ClientConnection:
        from websockets.sync.client import connect

        service = self._connection.service
        headers = self._connection.headers()
        headers.pop("Content-Type", None)
        return connect(
            f"ws{service.base.removeprefix('http')}/changes" + (f"?since={self.since}" if self.since is not None else ""),
            ssl=pinned_context(service.fingerprint) if service.fingerprint else None,
            additional_headers=headers,
            open_timeout=CONNECT_SECONDS,
            close_timeout=1,
            ping_interval=10,
            ping_timeout=10,
            proxy=None,
            compression=None,
        )

    def _take(self, message: str | bytes) -> None:
        try:
            pushed = wire.decode(Pushed, message.encode() if isinstance(message, str) else message)
        except (msgspec.ValidationError, msgspec.DecodeError):
            pushed = _MOVED  # a newer service says more than this program understands: read anew rather than miss it
        if pushed.seq:
            self.since = pushed.seq
        self._heard(pushed)
