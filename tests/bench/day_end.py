"""The cashier's day end for the robot: the drawer is counted, then closed; what is counted of it is the close alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from common.messages.close_sheet import DENOMINATIONS_FEN
from installer.demo.station import Station
from installer.sample import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from installer.demo.walk import Clinic

CASHIER = "qianduo"
_DRAWER = (
    "SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
    " WHERE o.shift_id = %s AND p.account = 'tender:cash'"
)


def seat(clinic: Clinic, folder: Path) -> Station:
    """The cashier at the desk of the daily close."""
    return Station(clinic.clinic, "closing", CASHIER, PASSWORD, folder / "day-end")


def count(station: Station, dsn: str) -> None:
    """Type what lies in the drawer, note by note, and say that it is counted."""
    station.front()
    station.press("F5")
    station.until(lambda: station.desk.model.closing is not None and station.desk.model.closing.shifts, "a shift to close")
    station.press("Alt+1", "PgUp", "Return")
    station.until(station.desk.model.counting, "the count begun")
    with psycopg.connect(dsn) as connection:
        row = connection.execute(_DRAWER, (station.desk.model.own().id,)).fetchone()
    left = row[0] if row else 0
    for value in DENOMINATIONS_FEN:
        pieces, left = divmod(left, value)
        if pieces:
            station.type(str(pieces))
        station.press("Return")
    station.type(f"{left / 100:.2f}")
    station.press("F12")
    station.until(lambda: station.desk.model.own() is not None and station.desk.model.own().state == "COUNTED", "counted")


def close(station: Station) -> None:
    """The daily close of what was counted."""
    before = station.desk.model.closes
    station.press("F12")
    station.until(lambda: len(station.desk.model.closes) > len(before), "closed")
