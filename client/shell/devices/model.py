"""A device's address taken apart into what a person can choose and type, and put together again."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import msgspec

from common.i18n import N_, tr
from devices.address import VIRTUAL, parse_address
from devices.errors import AddressWrong

NONE: Final = "none"
NETWORK: Final = "tcp"
SERIAL: Final = "serial"
USB: Final = "usb"
QUEUE: Final = "spooler"
FILE: Final = "file"
SIMULATED: Final = "virtual"

#: What the ways are called, in the order in which they are offered.
WAYS: Final = {
    NONE: N_("connection|None"),
    NETWORK: N_("connection|Network"),
    SERIAL: N_("connection|Serial port"),
    USB: N_("connection|USB"),
    QUEUE: N_("connection|Print queue"),
    FILE: N_("connection|Device file"),
    SIMULATED: N_("connection|Virtual"),
}
_LINES: Final = (NONE, NETWORK, SERIAL)
_WIRES: Final = (NONE, NETWORK, SERIAL, USB, QUEUE, FILE)
#: How each kind of device can be reached; card reader, scanner and display speak over a line of their own.
REACHED_BY: Final = {
    "receipt": _WIRES,
    "label": _WIRES,
    "a5": (NONE, QUEUE, NETWORK, FILE),
    "idcard": _LINES,
    "scanner": _LINES,
    "display": _LINES,
}
#: The option of a role's address that a person chooses: its name and its alternatives, the usual one first.
OPTIONS: Final[dict[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "receipt": ("roll", (("80", N_("80 mm roll")), ("58", N_("58 mm roll")))),
    "label": ("language", (("tspl", "TSPL"), ("zpl", "ZPL"), ("escpos", N_("ESC/POS, 58 mm roll")))),
}
#: Where a network printer listens if nobody says otherwise (RAW or JetDirect printing).
PRINTER_PORT: Final = 9100
PRINTERS: Final = ("receipt", "label", "a5")

_ASKED: Final = {
    NETWORK: N_("Address in the network"),
    SERIAL: N_("Port"),
    USB: N_("USB number"),
    QUEUE: N_("Name of the print queue"),
    FILE: N_("Device file"),
}
_ADVICE: Final = {
    NONE: N_("This desk works without one."),
    NETWORK: N_("The device's number in the network, such as 192.168.1.60:9100. A printer prints it on its self-test page."),
    SERIAL: N_("COM3 on Windows, /dev/ttyUSB0 on Linux; the speed as the device's manual says, empty for the usual one."),
    USB: N_("Maker and product, such as 04b8:0202; the device manager shows them as VID and PID."),
    QUEUE: N_("The printer's name as this computer's system shows it."),
    FILE: N_("The system's file of the device, such as /dev/usb/lp0."),
    SIMULATED: N_("The virtual counter's device: for training and demonstration only."),
}
_EXAMPLES: Final = {NETWORK: "192.168.1.60:9100", SERIAL: "COM3", USB: "04b8:0202", QUEUE: "EPSON TM-T88", FILE: "/dev/usb/lp0"}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One device as a person sees it. ``options`` are those of the address, also such as this page does not show."""

    way: str = NONE
    target: str = ""
    options: dict[str, str] = {}

    def option(self, role: str) -> str:
        """The value of the role's own option, the usual one if the address says nothing."""
        name, alternatives = OPTIONS[role]
        value = self.options.get(name, "")
        return value if value in dict(alternatives) else alternatives[0][0]


def read(address: str) -> Setting:
    """An address of the settings' file. One that is none is shown as it is, to be mended."""
    bare, _, query = address.partition("?")
    options = dict(parse_qsl(query))
    if not bare:
        return Setting()
    if bare.strip().upper() == VIRTUAL:
        return Setting(way=SIMULATED, options=options)
    parts = urlsplit(bare)
    way = NETWORK if parts.scheme == "socket" else parts.scheme
    if way not in WAYS:
        return Setting(way=NETWORK, target=bare, options=options)
    target = unquote(f"{parts.netloc}{parts.path}")
    return Setting(way=way, target=target.removeprefix("/") if way == FILE and ":" in target[:3] else target, options=options)


def write(role: str, setting: Setting) -> str:
    """The address for the settings' file; empty for none.

    Raises :class:`~devices.errors.AddressWrong` for what is no address.
    """
    query = f"?{urlencode(setting.options)}" if setting.options else ""
    if setting.way == NONE:
        return ""
    if setting.way == SIMULATED:
        return VIRTUAL
    address = f"{setting.way}://{_target(role, setting)}{query}"
    if not setting.target.strip():
        raise AddressWrong(address="")
    parse_address(address)
    return address


def _target(role: str, setting: Setting) -> str:
    target = setting.target.strip()
    if setting.way == NETWORK:
        has_port = target.rpartition(":")[2].isdecimal() and ":" in target.rpartition("]")[2]
        return target if has_port or role not in PRINTERS else f"{target}:{PRINTER_PORT}"
    if setting.way == FILE:
        return quote(target if target.startswith("/") else f"/{target}", safe="/:\\")
    return quote(target, safe="/:") if setting.way == QUEUE else target


def ways(role: str, now: str, *, virtual: bool) -> list[tuple[str, str]]:
    """The ways to offer for a role, as (code, source string): virtual devices in training only, and what is set in any case."""
    offered = [way for way in WAYS if way in REACHED_BY[role] or way == now or (way == SIMULATED and virtual)]
    return [(way, WAYS[way]) for way in offered]


def asked(way: str) -> str:
    """What the field for ``way`` is called, as a source string; empty if there is nothing to type."""
    return _ASKED.get(way, "")


def advice(way: str) -> str:
    """What stands under the field, as a source string."""
    return _ADVICE[way]


def example(way: str) -> str:
    """What such an address looks like."""
    return _EXAMPLES.get(way, "")


def shown(setting: Setting) -> str:
    """A device in the list, in a few words."""
    if setting.way in (NONE, SIMULATED):
        return tr(WAYS[setting.way]) if setting.way == SIMULATED else "—"
    return setting.target
