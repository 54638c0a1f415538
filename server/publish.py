"""The change feed: what one desk committed, every other desk hears.

Commands write their changes to ``outbox`` in their own transaction. Each service process reads that table and pushes to the desks that are
connected to it: woken at once by its own commits, and every 100 ms for those of other processes. There is no NOTIFY: it takes a lock
over the whole database at each commit (ADR 0004).

Sequence numbers are taken before they are committed, so a lower one can become visible after a higher one: numbers that were passed over are
asked for again until they appear or are a minute old.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from common.wire import Change, Pushed, as_kind, encode
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.db import Database

log = logging.getLogger("xinglin.feed")

_LAST: Final = Read("SELECT coalesce(max(seq), 0) FROM outbox")
_SKIPPED: Final = Read(
    "SELECT n FROM generate_series(greatest(%(last)s - 500, 1), %(last)s) n WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.seq = n)"
)
_NEW: Final = Read("SELECT seq, changes FROM outbox WHERE seq > %(after)s OR seq = ANY(%(missing)s) ORDER BY seq LIMIT 2000")
_PURGE: Final = Write("DELETE FROM outbox WHERE at < now() - interval '1 hour'")

_POLL_SECONDS: Final = 0.1
_GAP_SECONDS: Final = 60.0
_PURGE_EVERY: Final = 600.0


class Feed:
    """What the outbox holds beyond what was read, tolerant of late commits. No threads, no sockets: it is polled."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._missing: dict[int, float] = {}
        #: Whether a row could not be read since this was last set to ``False``.
        self.unread = False
        self._purged_at = time.monotonic()
        connection = database.of_thread()
        row = connection.execute(_LAST.bytes).fetchone()
        self.seq: int = row[0] if row else 0
        for (skipped,) in connection.execute(_SKIPPED.bytes, {"last": self.seq}):  # what is under way right now
            self._missing[skipped] = time.monotonic() + _GAP_SECONDS

    def poll(self) -> list[Change]:
        """The changes that became visible since the last poll, each once."""
        connection = self._database.of_thread()
        rows = connection.execute(_NEW.bytes, {"after": self.seq, "missing": list(self._missing)}, prepare=True).fetchall()
        self._note([row[0] for row in rows])
        self._purge()
        changes = [change for seq, found in rows for change in self._read(seq, found)]
        return list(dict.fromkeys(changes))

    def _read(self, seq: int, found: Any) -> list[Change]:
        """One row. One that this version cannot read may concern any desk, and costs the others nothing."""
        try:
            return as_kind(found, list[Change])
        except msgspec.ValidationError as error:
            log.error("row %d of the outbox is no change, so all desks read everything anew: %s", seq, error)
            self.unread = True
            return []

    def _note(self, seen: list[int]) -> None:
        now = time.monotonic()
        for seq in seen:
            self._missing.pop(seq, None)
            for skipped in range(self.seq + 1, seq):
                self._missing[skipped] = now + _GAP_SECONDS
            self.seq = max(self.seq, seq)
        self._missing = {seq: until for seq, until in self._missing.items() if until > now}

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at > _PURGE_EVERY:
            self._purged_at = time.monotonic()
            self._database.of_thread().execute(_PURGE.bytes)


class Publisher:
    """Pushes the feed to the desks connected to this process. Lives on the event loop."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        #: Whether late commits were pushed since ``seq``: then whoever saw ``seq`` may have missed them all the same.
        self._late = False
        self.seq = 0

    @property
    def connected(self) -> int:
        """How many desks listen."""
        return len(self._queues)

    def wake(self) -> None:
        """Say from any thread that this process committed something."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, feed_of_thread: Any, in_thread: Any) -> None:
        """Read and push until cancelled. ``in_thread(fn)`` awaits a call on a worker thread; ``feed_of_thread()`` makes the feed there."""
        self._loop = asyncio.get_running_loop()
        feed: Feed | None = None
        while True:
            try:
                feed = feed or await in_thread(feed_of_thread)
                self.heard(await in_thread(feed.poll), feed.seq, unread=feed.unread)
                feed.unread = False
            except (OSError, psycopg.Error) as error:  # the connection is gone; the next poll gets another
                log.warning("the change feed could not be read: %s", type(error).__name__)
            except Exception:
                log.exception("the change feed could not be read")  # a fault of ours must not leave every desk deaf
            await self._sleep()

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)
        except TimeoutError:
            return
        self._wake.clear()

    def heard(self, changes: list[Change], seq: int, *, unread: bool = False) -> None:
        """Push what was read. Changes without a higher number were committed late; what could not be read makes every desk read anew."""
        self._late = seq == self.seq and (self._late or bool(changes) or unread)
        self.seq = seq
        if changes or unread:
            self._push(() if unread else changes, reset=unread)

    def _push(self, changes: Iterable[Change], *, reset: bool = False) -> None:
        message = encode(Pushed(seq=self.seq, changes=tuple(changes), reset=reset))
        for queue in list(self._queues):
            if queue.full():  # a desk that does not read: it will be told to read everything anew
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(encode(Pushed(seq=self.seq, changes=(), reset=True)))
            else:
                queue.put_nowait(message)

    def join(self, since: int) -> asyncio.Queue[bytes]:
        """A desk's queue. One that missed something is told first to read everything anew."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=500)
        queue.put_nowait(encode(Pushed(seq=self.seq, changes=(), reset=since != self.seq or self._late)))
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[bytes]) -> None:
        """The desk is gone."""
        self._queues.discard(queue)
