"""Listening on a port and ending in good time."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import sys
from typing import Final

import uvicorn

from common.i18n import tr

_BACKLOG: Final = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises ``SystemExit`` with a sentence if it cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":  # there the other option would let two services share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as trouble:
        raise SystemExit(_why_not(host, port, trouble)) from trouble
    return listener


def say_port(listener: socket.socket) -> None:
    """Tell whoever started this process where it listens: one line of JSON on stdout, ``{"port": 50123}``."""
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()


def _why_not(host: str, port: int, trouble: OSError) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return tr("Port {port} of {host} is in use by another program. End that one, or choose another with --port.", host=host, port=port)
    return tr("Port {port} of {host} cannot be listened on: {reason}", host=host, port=port, reason=trouble.strerror or str(trouble))


class PromptServer(uvicorn.Server):
    """uvicorn's server, which does not wait for desks that have nothing to ask.

    A TLS line counts as open until the other side has said good-bye too, and a desk hears that only when it reads next: without this the
    end would take the whole time that is meant for requests under way.
    """

    #: A desk that has been told good-bye may take so long to say it too; then its line is cut.
    farewell_seconds = 0.5

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hanging_up = asyncio.create_task(self._hang_up())
        try:
            await super().shutdown(sockets)
        finally:
            hanging_up.cancel()

    async def _hang_up(self) -> None:
        """Cut the lines that were being closed the last time already. Those with a request under way are not being closed."""
        closing: set[asyncio.Transport] = set()
        while True:
            await asyncio.sleep(self.farewell_seconds)
            still = {each.transport for each in list(self.server_state.connections) if each.transport.is_closing()}
            for transport in closing & still:
                transport.abort()
            closing = still
