"""Quantities, expiries and states of the drug store as a person reads them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final, Protocol

from common.domain.dosage import plain
from common.domain.money import format_price, format_yuan
from common.i18n import N_, tr
from common.messages.alerts import AlertKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal


class Packed(Protocol):
    """A drug with its units."""

    @property
    def base_unit(self) -> str:
        """What is counted."""
        ...

    @property
    def pack_unit(self) -> str:
        """What is sold."""
        ...

    @property
    def pack_size(self) -> Decimal:
        """So many base units make a pack."""
        ...


STORAGE: Final = {
    "room": N_("storage|Room temperature"),
    "cool": N_("storage|Cool, to 20 °C"),
    "fridge": N_("storage|Refrigerated, 2 to 8 °C"),
}


def packs(quantity: Decimal, drug: Packed) -> str:
    """``3 盒 5 片``; ``5 片`` where no pack is full. Units are the catalogue's own words in every language."""
    if drug.pack_unit == drug.base_unit:
        return f"{plain(quantity)} {drug.base_unit}"
    whole, rest = divmod(quantity, drug.pack_size)
    parts = [f"{plain(whole)} {drug.pack_unit}"] if whole else []
    if rest or not whole:
        parts.append(f"{plain(rest)} {drug.base_unit}")
    return " ".join(parts)


def pieces(quantity: Decimal, drug: Packed) -> str:
    """``77 片``: all of it in base units."""
    return f"{plain(quantity)} {drug.base_unit}"


def expiry(expires: date | None, today: date) -> str:
    """The day, and how near it is where that matters: ``2026-12-01 余 9 天``."""
    if expires is None:
        return ""
    left = (expires - today).days
    if left < 0:
        return tr("expiry|{day} expired", day=expires.isoformat())
    return tr("expiry|{day} in {n} d", day=expires.isoformat(), n=left) if left <= FAR_DAYS else expires.isoformat()


#: Near, nearer, nearest: so many days before the expiry.
FAR_DAYS, NEAR_DAYS, NEXT_DAYS = 180, 90, 30


def expiry_tone(expires: date | None, today: date) -> str:
    """How urgent an expiry is; empty where it is far off."""
    if expires is None:
        return ""
    left = (expires - today).days
    if left <= NEXT_DAYS:
        return "danger"
    return "warning" if left <= NEAR_DAYS else "info" if left <= FAR_DAYS else ""


ALERTS: Final = {
    AlertKind.RECALL: (N_("alert|Recalled"), "danger"),
    AlertKind.EXPIRED: (N_("alert|Expired"), "danger"),
    AlertKind.NEAR_30: (N_("alert|Within 30 days"), "danger"),
    AlertKind.BELOW_MINIMUM: (N_("alert|Below minimum"), "warning"),
    AlertKind.NEAR_90: (N_("alert|Within 90 days"), "warning"),
    AlertKind.NEAR_180: (N_("alert|Within 180 days"), "info"),
    AlertKind.IDLE: (N_("alert|Does not move"), "plain"),
    AlertKind.LICENCE: (N_("alert|Licence"), "warning"),
    AlertKind.TEMPERATURE: (N_("alert|Temperature"), "danger"),
}


def amount(fen: int) -> str:
    """Without the sign, for columns whose heading names the unit."""
    return format_yuan(fen).replace("¥", "")


price: Final = format_price


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels and values below one another, for a label that wraps; what is empty is left out."""
    label_cell, value_cell = '<td style="padding-right:12px; white-space:nowrap">', '<td style="white-space:pre-wrap">'
    rows = "".join(f"<tr>{label_cell}{escape(label)}</td>{value_cell}{escape(value)}</td></tr>" for label, value in pairs if value)
    return f"<table cellspacing=0 cellpadding=1>{rows}</table>" if rows else ""


def storage(code: str) -> str:
    """How it is kept."""
    return tr(STORAGE[code]) if code in STORAGE else code
