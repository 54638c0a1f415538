"""Suppliers, licences, orders and suggestions as a person reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from client.store.words import packs, pieces
from common.domain.dosage import plain
from common.domain.states import PURCHASE_ORDER
from common.i18n import N_, tr
from common.messages.suppliers import LicenceState
from common.messages.temperature import Half
from common.purchasing_errors import LICENCES

if TYPE_CHECKING:
    from datetime import date

    from common.messages.purchasing import OrderEntry, PlanLine
    from common.messages.suppliers import Licence
    from common.messages.temperature import ColdPlace

STATES: Final = {
    LicenceState.MISSING: (N_("licence|missing"), "danger"),
    LicenceState.EXPIRED: (N_("licence|expired"), "danger"),
    LicenceState.NEAR_30: (N_("licence|within 30 days"), "danger"),
    LicenceState.NEAR_90: (N_("licence|within 90 days"), "warning"),
    LicenceState.VALID: (N_("licence|in order"), "done"),
}
_TONES: Final = {"DRAFT": "warning", "APPROVED": "info", "SENT": "info", "PART_RECEIVED": "warning", "RECEIVED": "done", "CLOSED": "plain"}
HALVES: Final = {Half.MORNING: N_("temperature|morning"), Half.AFTERNOON: N_("temperature|afternoon")}


def licence(kind: str) -> str:
    """The licence's name."""
    return tr(LICENCES[kind])


def licence_state(state: LicenceState) -> str:
    """How it stands."""
    return tr(STATES[state][0])


def licence_tone(state: LicenceState) -> str:
    """Its colour."""
    return STATES[state][1]


def holds_until(found: Licence) -> str:
    """The last day, or that there is none."""
    if found.state is LicenceState.MISSING:
        return ""
    return found.expires.isoformat() if found.expires else tr("licence|no end")


def order_state(state: str) -> str:
    """The order's state."""
    return PURCHASE_ORDER.label(state)


def order_tone(state: str) -> str:
    """Its colour."""
    return _TONES[state]


def progress(entry: OrderEntry) -> str:
    """``3/10``: so many of its lines have come whole."""
    return f"{entry.lines - entry.open_lines}/{entry.lines}"


def reasons(line: PlanLine) -> list[tuple[str, str]]:
    """Why so much is suggested: label and value, in the order of the reckoning."""
    why = line.why

    def units(quantity: Decimal) -> str:
        return pieces(quantity.quantize(Decimal("0.1")), line)

    def about(quantity: Decimal) -> str:
        """What was reckoned, in packs as all the rest."""
        return packs(quantity.quantize(Decimal(1)), line) if line.pack_size > 1 else units(quantity)

    spread = plain(round(why.deviation, 1))
    rows = [
        (tr("plan|Use a day"), tr("plan|{mean} ± {deviation}, of {n} days", mean=units(why.mean), deviation=spread, n=why.days)),
        (tr("plan|Days until goods come"), str(why.lead_days)),
        (tr("plan|Safety stock"), about(why.safety)),
        (tr("plan|Order at or below"), about(why.point)),
        (tr("plan|Up to"), about(why.target)),
        (tr("plan|Usable"), packs(why.there, line)),
        (tr("plan|Will expire unused"), packs(why.expiring, line) if why.expiring else ""),
        (tr("plan|Reserved"), packs(why.reserved, line) if why.reserved else ""),
        (tr("plan|On order"), packs(why.on_order, line) if why.on_order else ""),
        (tr("plan|Minimum"), "" if why.min_stock is None else packs(why.min_stock, line)),
        (tr("plan|Bought in cases of"), tr("plan|{n} packs", n=line.case_packs) if line.case_packs > 1 else ""),
        (tr("plan|Less, because"), tr("plan|more would expire (usable for {n} days)", n=why.shelf_days) if why.capped else ""),
    ]
    return [(label, value) for label, value in rows if value]


def limits(place: ColdPlace) -> str:
    """``2 to 8 °C`` and the humidity, where it is watched."""
    warm = tr("temperature|{low} to {high} °C", low=plain(place.coldest), high=plain(place.warmest))
    if place.driest is None or place.dampest is None:
        return warm
    return tr("temperature|{warm}, {low} to {high} %", warm=warm, low=plain(place.driest), high=plain(place.dampest))


def half_day(day: date, half: Half) -> str:
    """``11-22 上午``."""
    return f"{day:%m-%d} {tr(HALVES[half])}"
