"""One thread a port. Devices are slow and speak with one voice: every call to a device runs on its port's own thread, in order."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from devices.errors import WorkerStopped, WrongPortThread

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

log = logging.getLogger(__name__)


class _Closable(Protocol):
    def close(self) -> None: ...


S = TypeVar("S", bound=_Closable)


def port_call(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Mark a driver's method: it belongs to the thread of the driver's first call. Another thread gets :class:`WrongPortThread`.

    :func:`release_port` (called by ``close``) frees the driver for another thread.
    """

    @functools.wraps(method)
    def checked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        here = threading.current_thread()
        owner: threading.Thread = self.__dict__.setdefault("_port_thread", here)
        if owner is not here:
            raise WrongPortThread(call=method.__qualname__, owner=owner.name, caller=here.name)
        return method(self, *args, **kwargs)

    return checked


def release_port(driver: _Closable) -> None:
    """Forget which thread ``driver`` belongs to; the next call decides anew."""
    driver.__dict__.pop("_port_thread", None)


class Polling:
    """A call that a :class:`PortWorker` repeats until :meth:`cancel`."""

    def __init__(self, seconds: float, run: Callable[[], None]) -> None:
        self.seconds = seconds
        self.run = run
        self.due = time.monotonic()
        self.cancelled = False

    def cancel(self) -> None:
        """Stop repeating. A call under way ends, and its result is no longer reported."""
        self.cancelled = True


class PortWorker:
    """The thread of one port. Calls are carried out one after another; polling fills the time between them.

    ``on_result`` and ``on_error`` of :meth:`every` and callbacks of futures run on this thread: a window passes them on through its own
    bridge. The thread is a daemon, so that a device that never answers cannot keep the program from ending.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._jobs: deque[tuple[Future[Any], Callable[[], None]]] = deque()
        self._pollings: list[Polling] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name=f"port {name}", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Carry out ``call`` on the port's thread. Its result or error arrives in the future. Raises :class:`WorkerStopped`."""
        future: Future[T] = Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                _fulfil(future, functools.partial(call, *args, **kwargs))

        with self._changed:
            if self._stopping:
                raise WorkerStopped(worker=self.name)
            self._jobs.append((future, job))
            self._changed.notify()
        return future

    def every(
        self,
        seconds: float,
        call: Callable[[], T],
        on_result: Callable[[T], None],
        on_error: Callable[[Exception], None],
    ) -> Polling:
        """Repeat ``call``, the next time ``seconds`` after the last one ended, whether it failed or not. Raises :class:`WorkerStopped`."""

        def run() -> None:
            future: Future[T] = Future()
            _fulfil(future, call)
            error = future.exception()
            if polling.cancelled:
                return
            if isinstance(error, Exception):
                on_error(error)
            else:
                on_result(future.result())

        polling = Polling(seconds, run)
        with self._changed:
            if self._stopping:
                raise WorkerStopped(worker=self.name)
            self._pollings.append(polling)
            self._changed.notify()
        return polling

    def assert_here(self) -> None:
        """Raise :class:`WrongPortThread` unless the caller runs on this port's thread."""
        here = threading.current_thread()
        if here is not self._thread:
            raise WrongPortThread(call="assert_here", owner=self._thread.name, caller=here.name)

    def stop(self, seconds: float = 5.0) -> bool:
        """End the thread: the call under way ends, waiting ones are cancelled, polling ends. False if it still runs after ``seconds``."""
        with self._changed:
            self._stopping = True
            for future, _ in self._jobs:
                future.cancel()
            for polling in self._pollings:
                polling.cancel()
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (run := self._next()) is not None:
            try:
                run()
            except Exception:
                # Only a listener of ours can raise here; the port must go on serving the others.
                log.exception("a listener of port %s failed", self.name)

    def _next(self) -> Callable[[], None] | None:
        """The next thing to do, waiting for it; ``None`` when the worker was stopped."""
        with self._changed:
            while True:
                if self._jobs:
                    return self._jobs.popleft()[1]
                if self._stopping:
                    return None
                self._pollings = [polling for polling in self._pollings if not polling.cancelled]
                first = min(self._pollings, key=lambda polling: polling.due, default=None)
                wait = None if first is None else first.due - time.monotonic()
                if first is not None and wait is not None and wait <= 0:
                    return functools.partial(self._poll, first)
                self._changed.wait(wait)

    @staticmethod
    def _poll(polling: Polling) -> None:
        try:
            if not polling.cancelled:
                polling.run()
        finally:
            polling.due = time.monotonic() + polling.seconds


def _fulfil(future: Future[T], call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except Exception as error:  # noqa: BLE001 - the future carries it to the caller
        future.set_exception(error)
