"""The device's end of a wire: a TCP port on this machine, or a pseudo-terminal (POSIX only), served by one thread.

Every simulator is a :class:`SimulatedDevice`; the driver at the other end cannot tell it from hardware.
"""

from __future__ import annotations

import logging
import os
import queue
import selectors
import shutil
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

log = logging.getLogger(__name__)

TCP = "tcp"
PTY = "pty"


class _Wire(Protocol):
    """What the thread needs of either kind of wire. All calls but the first :meth:`plug_in` come from that thread."""

    address: str

    @property
    def connected(self) -> bool: ...
    def plug_in(self, selector: selectors.BaseSelector) -> None: ...
    def unplug(self, selector: selectors.BaseSelector) -> None: ...
    def receive(self, ready: int, selector: selectors.BaseSelector, /) -> bytes: ...
    def send(self, data: bytes) -> None: ...
    def drop(self, selector: selectors.BaseSelector) -> None: ...


class SimulatedDevice:
    """Base of all simulators. A subclass answers :meth:`received` and, if it does things by itself, :meth:`tick`.

    ``address`` goes into the desk's settings and stays the same while the device is unplugged and plugged in again. Everything that a
    person can do to the device takes :attr:`lock`, so it may be called from any thread.
    """

    def __init__(self, wire: str = TCP) -> None:
        self.lock = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._wire: _Wire = _PtyWire() if wire == PTY else _TcpWire()
        self._wire.plug_in(self._selector)
        self._plugged_in = True
        self._orders: queue.SimpleQueue[tuple[Callable[[], None], threading.Event]] = queue.SimpleQueue()
        self._ended = False
        self.address = self._wire.address
        self._thread = threading.Thread(target=self._serve, name=f"simulator {self.address}", daemon=True)
        self._thread.start()

    # what a subclass says

    def received(self, data: bytes) -> None:
        """Bytes arrived from the driver. Called with the lock held."""
        raise NotImplementedError

    def tick(self) -> float | None:
        """Do what is due and return the seconds until the next time, ``None`` for "when something happens". Called with the lock held."""
        return None

    def send(self, data: bytes) -> None:
        """Send to the driver, if one is connected and the device is plugged in."""
        with self.lock:
            if self._plugged_in:
                self._wire.send(data)

    def wake(self) -> None:
        """Have :meth:`tick` called soon: something changed."""
        self._waker.send(b"!")

    # what a person can do

    @property
    def plugged_in(self) -> bool:
        """Whether the cable is in."""
        return self._plugged_in

    @property
    def connected(self) -> bool:
        """Whether a driver hears what the device sends. A pseudo-terminal cannot tell: there it only means that the cable is in."""
        with self.lock:
            return self._plugged_in and self._wire.connected

    def unplug(self) -> None:
        """Pull the cable out. Not to be called with :attr:`lock` held."""
        self._order(self._unplug)

    def plug_in(self) -> None:
        """Put the cable back in; the address stays. Not to be called with :attr:`lock` held."""
        self._order(self._plug_in)

    def drop_connection(self) -> None:
        """Break the connection under way, as a network fault does; the device can be reached again at once."""
        self._order(self._drop)

    def close(self) -> None:
        """Take the device away for good."""
        if self._ended:
            return
        self.unplug()
        self._ended = True
        self.wake()
        self._thread.join(5)
        for end in (self._waker, self._woken):
            end.close()
        self._selector.close()

    def _drop(self) -> None:
        if self._plugged_in:
            self._wire.drop(self._selector)

    def _unplug(self) -> None:
        if self._plugged_in:
            self._plugged_in = False
            self._wire.unplug(self._selector)

    def _plug_in(self) -> None:
        if not self._plugged_in:
            self._wire.plug_in(self._selector)
            self._plugged_in = True

    def _order(self, act: Callable[[], None]) -> None:
        """Have the wire's own thread do it: on Windows a socket must not be closed while another thread waits for it."""
        if threading.current_thread() is self._thread:
            act()
            return
        done = threading.Event()
        self._orders.put((act, done))
        self.wake()
        done.wait(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _serve(self) -> None:
        seconds: float | None = None
        while not self._ended:
            ready = [key.fd for key, _ in self._selector.select(seconds)]
            with self.lock:
                for fd in ready:
                    self._serve_one(fd)
                seconds = self.tick()

    def _serve_one(self, fd: int) -> None:
        if fd == self._woken.fileno():
            self._woken.recv(4096)
            while not self._orders.empty():
                act, done = self._orders.get()
                act()
                done.set()
        elif self._plugged_in:
            data = self._wire.receive(fd, self._selector)
            if data:
                self.received(data)


class _TcpWire:
    """A listening port on the loopback interface; several drivers may connect, as with a serial server."""

    def __init__(self) -> None:
        self._port = 0
        self._listener: socket.socket | None = None
        self._connections: dict[int, socket.socket] = {}
        self.address = ""

    @property
    def connected(self) -> bool:
        return bool(self._connections)

    def plug_in(self, selector: selectors.BaseSelector) -> None:
        listener = socket.socket()
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen()
        listener.setblocking(False)
        self._port = listener.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"
        self._listener = listener
        selector.register(listener, selectors.EVENT_READ)

    def unplug(self, selector: selectors.BaseSelector) -> None:
        self.drop(selector)
        if self._listener is not None:
            selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def drop(self, selector: selectors.BaseSelector) -> None:
        for fd in list(self._connections):
            self._hang_up(fd, selector)

    def receive(self, ready: int, selector: selectors.BaseSelector, /) -> bytes:
        if self._listener is not None and ready == self._listener.fileno():
            self._accept(self._listener, selector)
            return b""
        connection = self._connections.get(ready)
        if connection is None:
            return b""
        try:
            data = connection.recv(65536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up(ready, selector)
        return data

    def send(self, data: bytes) -> None:
        for connection in list(self._connections.values()):
            try:
                connection.sendall(data)
            except OSError as error:
                log.debug("nobody hears %d bytes: %s", len(data), error)

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            connection, _ = listener.accept()
        except OSError as error:  # the caller went away again
            log.debug("no connection after all: %s", error)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection
        selector.register(connection, selectors.EVENT_READ)

    def _hang_up(self, fd: int, selector: selectors.BaseSelector) -> None:
        connection = self._connections.pop(fd)
        selector.unregister(connection)
        connection.close()


class _PtyWire:
    """A pseudo-terminal behind a link of constant name, as udev gives to a serial adapter."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise OSError("Windows has no pseudo-terminals: use the TCP wire")
        self._folder = Path(tempfile.mkdtemp(prefix="xinglin-tty-"))
        self._link = self._folder / "tty"
        self.address = f"serial://{self._link}"
        self._master = -1
        self._slave = -1

    @property
    def connected(self) -> bool:
        return True

    def plug_in(self, selector: selectors.BaseSelector) -> None:
        if sys.platform == "win32":
            return
        import tty

        self._folder.mkdir(exist_ok=True)
        # Our own hold on the slave keeps the wire alive while no driver has it open.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link.symlink_to(os.ttyname(self._slave))
        selector.register(self._master, selectors.EVENT_READ)

    def unplug(self, selector: selectors.BaseSelector) -> None:
        selector.unregister(self._master)
        os.close(self._master)
        os.close(self._slave)
        shutil.rmtree(self._folder)

    def drop(self, selector: selectors.BaseSelector) -> None:
        self.unplug(selector)
        self.plug_in(selector)

    def receive(self, _ready: int, _selector: selectors.BaseSelector, /) -> bytes:
        try:
            return os.read(self._master, 65536)
        except OSError as error:
            log.debug("nothing to read: %s", error)
            return b""

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._master, rest) :]
            except BlockingIOError:  # nobody reads: a serial line loses what nobody takes
                log.debug("%d bytes lost", len(rest))
                return
