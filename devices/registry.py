"""Which driver a desk's settings ask for.

A device is named by its kind and its address (see :mod:`devices.address`). ``VIRTUAL`` stands for the address of a running simulator,
which the caller gives; the driver is the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from common.i18n import N_
from devices.address import VIRTUAL, Address, Transport, parse_address
from devices.display.driver import VfdDisplay
from devices.errors import TransportNotFit
from devices.idcard.driver import SerialIdCardReader
from devices.scale.driver import SerialScale
from devices.scanner.driver import SerialScanner

if TYPE_CHECKING:
    from devices.display import CustomerDisplay
    from devices.idcard import IdCardReader
    from devices.printer import PrinterPort
    from devices.scale import Scale
    from devices.scanner import Scanner


class DeviceKind(StrEnum):
    """What stands at a desk."""

    IDCARD_READER = "idcard_reader"
    SCANNER = "scanner"
    RECEIPT_PRINTER = "receipt_printer"
    LABEL_PRINTER = "label_printer"
    CUSTOMER_DISPLAY = "customer_display"
    SCALE = "scale"

    @property
    def label(self) -> str:
        """Its name, as an English source string."""
        return _TITLES[self]


_TITLES = {
    DeviceKind.IDCARD_READER: N_("device|ID card reader"),
    DeviceKind.SCANNER: N_("device|Scanner"),
    DeviceKind.RECEIPT_PRINTER: N_("device|Receipt printer"),
    DeviceKind.LABEL_PRINTER: N_("device|Label printer"),
    DeviceKind.CUSTOMER_DISPLAY: N_("device|Customer display"),
    DeviceKind.SCALE: N_("device|Scale"),
}


class PrinterLanguage(StrEnum):
    """What a printer understands."""

    ESCPOS = "escpos"
    ZPL = "zpl"
    TSPL = "tspl"


class DeviceSetting(msgspec.Struct, frozen=True, kw_only=True):
    """One device of a desk, as it stands in the desk's settings."""

    kind: DeviceKind
    address: str = VIRTUAL
    language: PrinterLanguage = PrinterLanguage.ESCPOS


def open_printer(address: str, language: PrinterLanguage = PrinterLanguage.ESCPOS, virtual: str | None = None) -> PrinterPort:
    """The printer at ``address``. Nothing is connected before its first call. Raises ``AddressWrong`` or ``NoVirtualDevice``."""
    # python-escpos takes 0.3 s to import: only desks that print pay for it.
    from devices.printer.driver import EscPosPrinter
    from devices.printer.labels import TsplPrinter, ZplPrinter

    where = parse_address(address, virtual, DeviceKind.RECEIPT_PRINTER.value)
    if language == PrinterLanguage.ZPL:
        return ZplPrinter(where)
    return TsplPrinter(where) if language == PrinterLanguage.TSPL else EscPosPrinter(where)


def open_idcard_reader(address: str, virtual: str | None = None) -> IdCardReader:
    """The card reader at ``address`` (serial or TCP). Raises ``AddressWrong``, ``TransportNotFit`` or ``NoVirtualDevice``."""
    return SerialIdCardReader(_line(address, virtual, DeviceKind.IDCARD_READER))


def open_scanner(address: str, virtual: str | None = None) -> Scanner:
    """The scanner at ``address`` (serial or TCP). Raises as :func:`open_idcard_reader`. A keyboard wedge needs no port."""
    return SerialScanner(_line(address, virtual, DeviceKind.SCANNER))


def open_display(address: str, virtual: str | None = None) -> CustomerDisplay:
    """The customer display at ``address`` (serial or TCP). Raises as :func:`open_idcard_reader`."""
    return VfdDisplay(_line(address, virtual, DeviceKind.CUSTOMER_DISPLAY))


def open_scale(address: str, virtual: str | None = None) -> Scale:
    """The scale at ``address`` (serial or TCP). Raises as :func:`open_idcard_reader`."""
    return SerialScale(_line(address, virtual, DeviceKind.SCALE))


def _line(address: str, virtual: str | None, kind: DeviceKind) -> Address:
    where = parse_address(address, virtual, kind.value)
    if where.transport not in (Transport.TCP, Transport.SERIAL):
        raise TransportNotFit(device=kind.value, transport=where.transport.value)
    return where
