"""Two more tasks at the till: settling a line exactly, and taking a part of it back at the refunds desk, the change of desks included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from client.desks import permitted
from common.domain.barcodes import OwnKind, make_code

if TYPE_CHECKING:
    from common.messages.cashier import Settled
    from installer.demo.station import Station

_ITEM: Final = "SELECT code FROM service_item WHERE active AND category = 'treatment' ORDER BY code LIMIT 1"


def charge(station: Station, dsn: str) -> None:
    """Two of a service, by hand, for the patient in hand."""
    desk = station.desk
    with psycopg.connect(dsn) as connection:
        (code,) = connection.execute(_ITEM).fetchone() or ("",)
    station.press("F3")
    station.type(str(code))
    station.until(lambda: desk.charge_bar.item.listed.isVisible(), "the item listed")
    station.press("Return")
    station.until(lambda: desk.charge_bar.quantity.hasFocus(), "the item chosen")
    station.type("2")
    station.press("Return")
    station.until(lambda: desk.model.lines, "charged")
    station.press("Escape")


def settle_exactly(station: Station) -> Settled:
    """One key."""
    desk = station.desk
    before = desk.model.last
    station.until(lambda: not desk.model.why_not(), "ready to settle")
    station.press("F12")
    station.until(lambda: desk.model.last is not before, "settled")
    settled: Settled = desk.model.last.settled
    return settled


def take_one_back(station: Station, settled: Settled) -> None:
    """To the refunds desk, the receipt under the scanner, one of two, the reason, done."""
    station.press(key_of(station, "refunds"))
    station.until(lambda: station.desk.id == "refunds", "at the refunds desk")
    desk = station.desk
    before = desk.model.last
    station.scan(make_code(OwnKind.BILL, int(settled.bill_number)))
    station.until(lambda: desk.model.bill is not None and desk.model.bill.bill.id == settled.bill_id, "the bill found")
    station.until(lambda: desk.bill.lines.hasFocus(), "the hand on its lines")
    station.type("1")
    station.press("F6")
    station.type("4")
    station.until(lambda: not desk.model.why_not(), "worked out")
    station.press("F12")
    station.until(lambda: desk.model.last is not before, "taken back")


def go_back(station: Station) -> None:
    """To the till again."""
    station.press(key_of(station, "cashier"))
    station.until(lambda: station.desk.id == "cashier", "at the till")


def key_of(station: Station, desk_id: str) -> str:
    """The key of a desk's tab."""
    session = station.window.session
    assert session is not None
    ids = [entry.id for entry in permitted(session.permissions)]
    return f"Ctrl+{ids.index(desk_id) + 1}"
