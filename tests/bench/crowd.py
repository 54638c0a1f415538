"""The clients of a measurement, in a process of their own: keep-alive HTTP/1.1 on bare asyncio, as cheap as Python allows.

Orders come in and outcomes go out as lines of JSON. A client sends its next request as soon as the answer to the last one is there.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Final, cast

import msgspec

if TYPE_CHECKING:
    from types import TracebackType

_CONTENT_LENGTH: Final = b"content-length: "


class Shot(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One request to send: its name, whose session, the body, and whether it needs a request id."""

    name: str
    token: str
    body: str
    writes: bool


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """So many clients, until the time is over or the shots are used up. With ``again`` the shots are sent round and round."""

    port: int
    clients: int
    seconds: float
    shots: list[Shot]
    again: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an order. ``nanoseconds`` holds the good answers' times; ``refusals`` the beginnings of some bad ones."""

    seconds: float
    used: int
    nanoseconds: list[int]
    errors: int
    refusals: list[str]


class _Run:
    """One order being carried out."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.waiting = deque(order.shots)
        self.used = self.errors = 0
        self.nanoseconds: list[int] = []
        self.refusals: list[str] = []
        self.deadline = time.perf_counter() + order.seconds

    def next(self) -> bytes | None:
        """The next request as bytes, or None when it is over."""
        if not self.waiting or time.perf_counter() >= self.deadline:
            return None
        shot = self.waiting.popleft()
        if self.order.again:
            self.waiting.append(shot)
        self.used += 1
        identity = f"request-id: {uuid.uuid4()}\r\n" if shot.writes else ""
        body = shot.body.encode()
        head = f"POST /api/{shot.name} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {shot.token}\r\n{identity}content-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def answered(self, status: bytes, body: bytes, started: int) -> None:
        """Note an answer."""
        if status == b"200":
            self.nanoseconds.append(time.perf_counter_ns() - started)
            return
        self.errors += 1
        if len(self.refusals) < 5:
            self.refusals.append(body[:300].decode("utf-8", "replace"))

    def broken(self) -> None:
        """Note a connection that was lost."""
        self.errors += 1
        if len(self.refusals) < 5:
            self.refusals.append("the connection was lost")


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again."""

    def __init__(self, run: _Run, over: asyncio.Future[None]) -> None:
        self.run, self.over = run, over
        self.buffer, self.started, self.wanted, self.body_at = b"", 0, -1, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.send()

    def send(self) -> None:
        """Send the next request, or end."""
        request = self.run.next()
        if request is None:
            self.transport.close()
            if not self.over.done():
                self.over.set_result(None)
            return
        self.started = time.perf_counter_ns()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.wanted < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.index(_CONTENT_LENGTH) + len(_CONTENT_LENGTH)
            self.body_at = end + 4
            self.wanted = self.body_at + int(head[at:].split(b"\r\n", 1)[0])
        if len(self.buffer) >= self.wanted:
            self.run.answered(self.buffer[9:12], self.buffer[self.body_at : self.wanted], self.started)
            self.buffer, self.wanted = b"", -1
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.run.broken()
            self.over.set_result(None)


async def carry_out(order: Order) -> Outcome:
    """Send the shots and wait for the last answer."""
    loop = asyncio.get_running_loop()
    run, overs = _Run(order), []
    began = time.perf_counter()
    for _ in range(order.clients):
        over: asyncio.Future[None] = loop.create_future()
        overs.append(over)
        await loop.create_connection(lambda over=over: _Client(run, over), "127.0.0.1", order.port)  # type: ignore[misc]
    await asyncio.gather(*overs)
    return Outcome(
        seconds=time.perf_counter() - began, used=run.used, nanoseconds=run.nanoseconds, errors=run.errors, refusals=run.refusals
    )


class Crowd:
    """The other end: a crowd of clients that waits for orders."""

    def __enter__(self) -> Crowd:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def carry_out(self, order: Order) -> Outcome:
        """Have an order carried out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Outcome)


def main() -> None:
    """Read orders until there are no more."""
    for line in sys.stdin.buffer:
        outcome = asyncio.run(carry_out(msgspec.json.decode(line, type=Order)))
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
