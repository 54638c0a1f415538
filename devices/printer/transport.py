"""How bytes reach a printer: python-escpos' transports behind one small class.

A wire is opened for each use and closed after it, so that desks can share a network printer and an unplugged one is found again. A USB
printer stays open, since opening resets it.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escpos import capabilities
from escpos.exceptions import DeviceNotFoundError
from escpos.printer import LP, CupsPrinter, File, Network, Serial, Usb, Win32Raw

from common.leftovers import remove_unless_named
from devices.address import Address, Transport
from devices.printer.protocol import TransportMissing
from devices.wire.port import PORT_ERRORS

if TYPE_CHECKING:
    from escpos.escpos import Escpos

# Reading its list of printers, python-escpos makes a temporary folder at each start for a copy that no later start ever finds.
remove_unless_named(capabilities.pickle_dir, "ESCPOS_CAPABILITIES_PICKLE_DIR")

CONNECT_SECONDS = 3.0
WRITE_SECONDS = 10.0
_SLICE = 0.05
_PIECE = 1024


class WireClosed(Exception):
    """The connection broke or could not be made; never shown to a person. ``sent`` bytes are known to have left before."""

    def __init__(self, cause: object, sent: int = 0) -> None:
        super().__init__(str(cause))
        self.sent = sent


class Wire:
    """One way to a printer. ``answers`` tells whether the printer can be heard on it. All calls raise :class:`WireClosed`."""

    answers = True
    keeps_open = False

    def __init__(self, address: Address) -> None:
        self.address = address
        self._printer: Escpos | None = None

    def open(self) -> None:
        """Connect, unless connected."""
        if self._printer is None:
            printer = self._make()
            try:
                self._connect(printer)
            except (DeviceNotFoundError, *self._errors()) as error:
                raise WireClosed(error) from error
            self._printer = printer

    def write(self, data: bytes) -> None:
        """Send all of ``data``, in pieces, so that after a break it is known how much left for certain."""
        sent = 0
        while sent < len(data):
            piece = data[sent : sent + _PIECE]
            try:
                self._device()._raw(piece)
            except self._errors() as error:
                self.drop()
                raise WireClosed(error, sent) from error
            sent += len(piece)

    def read(self, seconds: float) -> bytes:
        """What the printer says within ``seconds``; empty if nothing."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                heard = self._hear(self._device())
            except self._errors() as error:
                self.drop()
                raise WireClosed(error) from error
            if heard or time.monotonic() >= deadline:
                return heard

    def release(self) -> None:
        """The use is over: disconnect, unless this kind of wire stays open."""
        if not self.keeps_open:
            self.drop()

    def drop(self) -> None:
        """Disconnect."""
        printer, self._printer = self._printer, None
        if printer is not None:
            try:
                printer.close()
            except self._errors():
                return  # it is gone already, which is what was wanted

    def _device(self) -> Escpos:
        if self._printer is None:
            raise WireClosed("not connected")
        return self._printer

    def _errors(self) -> tuple[type[Exception], ...]:
        return PORT_ERRORS

    def _make(self) -> Escpos:
        raise NotImplementedError

    def _connect(self, printer: Escpos) -> None:
        printer.open()

    def _hear(self, printer: Escpos) -> bytes:
        """What arrived, waiting at most about 50 ms."""
        raise NotImplementedError


class _Tcp(Wire):
    def _make(self) -> Escpos:
        return Network(self.address.target, self.address.port, timeout=CONNECT_SECONDS)

    def _connect(self, printer: Escpos) -> None:
        printer.open()
        printer.device.settimeout(WRITE_SECONDS)

    def _hear(self, printer: Escpos) -> bytes:
        line: socket.socket = printer.device
        line.settimeout(_SLICE)
        try:
            heard = bytes(line.recv(4096))
        except TimeoutError:
            return b""
        finally:
            line.settimeout(WRITE_SECONDS)
        if not heard:
            raise ConnectionResetError("closed by the printer")
        return heard


class _Serial(Wire):
    def _make(self) -> Escpos:
        address = self.address
        hardware_flow = address.options.get("flow", "dsrdtr") == "dsrdtr"
        return Serial(address.target, address.number("baud", 9600), timeout=_SLICE, dsrdtr=hardware_flow)

    def _connect(self, printer: Escpos) -> None:
        printer.open()
        printer.device.write_timeout = WRITE_SECONDS

    def _hear(self, printer: Escpos) -> bytes:
        line = printer.device
        return bytes(line.read(max(1, line.in_waiting)))


class _Usb(Wire):
    keeps_open = True

    def _make(self) -> Escpos:
        _need("usb", "pyusb", self.address)
        vendor, product = (int(part, 16) for part in self.address.target.split(":"))
        in_ep, out_ep = (int(self.address.options.get(name, usual), 16) for name, usual in (("in", "82"), ("out", "01")))
        return Usb(vendor, product, timeout=int(WRITE_SECONDS * 1000), in_ep=in_ep, out_ep=out_ep)

    def _errors(self) -> tuple[type[Exception], ...]:
        # Without libusb the package is there but can do nothing: NoBackendError.
        return (*PORT_ERRORS, *_error_class("usb.core", "USBError"), *_error_class("usb.core", "NoBackendError"))

    def _hear(self, printer: Escpos) -> bytes:
        try:
            return bytes(printer.device.read(printer.in_ep, 64, int(_SLICE * 1000)))
        except _error_class("usb.core", "USBTimeoutError"):
            return b""


class _Spooler(Wire):
    """A queue of the operating system, which takes a job when it is closed. Nothing is heard of it afterwards."""

    answers = False

    def write(self, data: bytes) -> None:
        """Put one job into the queue."""
        super().write(data)
        printer, self._printer = self._device(), None
        try:
            if isinstance(printer, LP):
                _hand_over(printer)
            printer.close()
        except self._errors() as error:
            raise WireClosed(error) from error

    def _make(self) -> Escpos:
        name = self.address.target
        if sys.platform == "win32":
            _need("win32print", "pywin32", self.address)
            return Win32Raw(name)
        if importlib.util.find_spec("cups"):
            return CupsPrinter(name)
        if not (shutil.which("lp") and shutil.which("lpstat")):
            raise TransportMissing(transport="spooler", part="cups-client")
        return LP(name)

    def _errors(self) -> tuple[type[Exception], ...]:
        # pywin32 and pycups raise errors of their own kind, which can be named only where they are installed.
        own = (*_error_class("pywintypes", "error"), *_error_class("cups", "IPPError"))
        return (*PORT_ERRORS, RuntimeError, subprocess.SubprocessError, *own)


def _hand_over(printer: LP) -> None:
    """End the job and hear whether lp took it; python-escpos would add a line feed behind the cut and ask nothing."""
    program: subprocess.Popen[bytes] = printer.device
    if program.stdin is not None:
        program.stdin.close()
    printer._flushed = True
    if program.wait(WRITE_SECONDS):
        raise subprocess.SubprocessError("lp refused the job")


class _File(Wire):
    """A file to which jobs are appended, or a device file such as ``/dev/usb/lp0``."""

    answers = False

    def _make(self) -> Escpos:
        return File(self.address.target)

    def _connect(self, printer: Escpos) -> None:
        # python-escpos would open it with "wb" and so lose the jobs before.
        printer.device = Path(self.address.target).open("ab")  # noqa: SIM115 - closed by drop()


_WIRES: dict[Transport, type[Wire]] = {
    Transport.TCP: _Tcp,
    Transport.SERIAL: _Serial,
    Transport.USB: _Usb,
    Transport.SPOOLER: _Spooler,
    Transport.FILE: _File,
}


def wire_to(address: Address) -> Wire:
    """The wire that ``address`` names. Nothing is opened yet."""
    return _WIRES[address.transport](address)


def _need(module: str, part: str, address: Address) -> None:
    if not importlib.util.find_spec(module):
        raise TransportMissing(transport=address.transport.value, part=part)


def _error_class(module: str, name: str) -> tuple[type[Exception], ...]:
    if not importlib.util.find_spec(module.partition(".")[0]):
        return ()
    found: Any = getattr(importlib.import_module(module), name)
    return (found,)
