"""Just enough HTTP for a simulator that must also be able to break it: one request a connection, answered with bytes of the simulator's choice."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_LONGEST: Final = 32 * 1024 * 1024
_SILENT_SECONDS: Final = 300


class HttpRequest(NamedTuple):
    """What came in; names of headers in small letters."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Silence:
    """Says nothing until the other side gives up."""


class Cut:
    """Sends ``first`` and tears the connection down, so that the other side sees a reset."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first


Answering = bytes | Silence | Cut


def response(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """A whole HTTP reply."""
    lines = [f"HTTP/1.1 {status} Simulated", f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def listen(port: int, answer: Callable[[HttpRequest], Awaitable[Answering]]) -> tuple[asyncio.Server, int]:
    """Answer on that port of this machine (0: a free one); the server and its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _send(await answer(await _read(reader)), reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            writer.transport.abort()  # what came was no HTTP, or the other side has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    return server, server.sockets[0].getsockname()[1]


async def _read(reader: asyncio.StreamReader) -> HttpRequest:
    """Raises ``ValueError`` for what is no request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    _method, path, _version = head[0].split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _LONGEST:
        raise ValueError("too long")
    return HttpRequest(path, headers, await reader.readexactly(length))


async def _send(answering: Answering, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if isinstance(answering, Silence):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.read(1), _SILENT_SECONDS)
    elif isinstance(answering, Cut):
        line = writer.get_extra_info("socket")
        if answering.first:
            writer.write(answering.first)
            await writer.drain()
        else:  # closed without linger: a reset instead of a farewell. What was sent before would be lost by that.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0))
        writer.transport.abort()
    else:
        writer.write(answering)
        await writer.drain()
