"""The address of a device: one short string in the desk's settings.

==============================================  =====================================================================
``VIRTUAL``                                     the simulator that the caller names
``tcp://192.168.1.50:9100``                     a network printer, or a serial device behind a serial server
``serial:///dev/ttyUSB0?baud=115200``           a serial port on Linux (also a USB-serial adapter)
``serial://COM3?baud=9600``                     a serial port on Windows
``usb://04b8:0202``                             a USB printer by vendor and product number (hexadecimal)
``spooler://EPSON``                             a print queue of the operating system
``file:///tmp/out.bin``, ``file:///C:/out.bin`` a file, or a device file such as ``/dev/usb/lp0``
==============================================  =====================================================================
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from devices.errors import AddressWrong, NoVirtualDevice

VIRTUAL: Final = "VIRTUAL"


class Transport(StrEnum):
    """How bytes travel to a device."""

    TCP = "tcp"
    SERIAL = "serial"
    USB = "usb"
    SPOOLER = "spooler"
    FILE = "file"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed address. ``target`` is the host, port name, USB number, queue or path; ``port`` the TCP port (1 to 65535, else 0)."""

    text: str
    transport: Transport
    target: str
    port: int = 0
    options: dict[str, str] = {}

    def number(self, option: str, default: int) -> int:
        """A numeric option. Raises :class:`AddressWrong` if it is not a number from 1 on."""
        value = self.options.get(option, str(default))
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            raise AddressWrong(address=self.text)
        return int(value)


def parse_address(text: str, virtual: str | None = None, device: str = "") -> Address:
    """Read an address. ``VIRTUAL`` stands for ``virtual``, the address of a running simulator.

    Raises :class:`AddressWrong`, or :class:`NoVirtualDevice` (naming ``device``) if there is no simulator.
    """
    if text.strip().upper() == VIRTUAL:
        if virtual is None:
            raise NoVirtualDevice(device=device)
        return parse_address(virtual)
    try:
        parts = urlsplit(text.strip())
        transport = Transport("tcp" if parts.scheme == "socket" else parts.scheme)
        target, port = _target(transport, parts.netloc, unquote(parts.path)), parts.port if transport == "tcp" else 0
    except ValueError:
        raise AddressWrong(address=text) from None
    if not target or (transport == Transport.TCP and not port):
        raise AddressWrong(address=text)
    return Address(text=text, transport=transport, target=target, port=port or 0, options=dict(parse_qsl(parts.query)))


def _target(transport: Transport, netloc: str, path: str) -> str:
    """The part of the address that names the device; empty if it is malformed."""
    if transport == Transport.TCP:
        return urlsplit(f"//{netloc}").hostname or ""
    if transport == Transport.USB:
        return netloc.lower() if re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", netloc) else ""
    if transport == Transport.FILE:
        return re.sub(r"^/([A-Za-z]:[/\\])", r"\1", path)
    return unquote(netloc) + path
