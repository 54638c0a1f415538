"""Which lines of an open bill cost another price than a moment ago: a price change became valid (docs/adr/0014). No Qt."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.cashier import ChargeFacts

#: More are counted, not named.
_NAMED: Final = 2


def price(line: ChargeFacts) -> str:
    """At least two places, up to four where the price has them; a base unit's price may have no end (¥12.40 for 18 pieces)."""
    value = line.unit_price.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{places}f}"


def told(before: Sequence[ChargeFacts], after: Sequence[ChargeFacts]) -> str:
    """Which drugs cost what, and what they cost before; empty if no price changed. Lines that came or went are no new prices."""
    were = {line.id: line for line in before}
    changed = [(were[line.id], line) for line in after if line.id in were and were[line.id].unit_price != line.unit_price]
    said = [tr("{drug}: {old} → {new} yuan a {unit}", drug=now.name, old=price(was), new=price(now), unit=now.unit) for was, now in changed]
    if not said:
        return ""
    drugs = tr("list separator|, ").join(said[:_NAMED])
    if len(said) > _NAMED:
        drugs = tr("{drugs}, and {n} more", drugs=drugs, n=len(said) - _NAMED)
    return tr("New prices: {drugs}.", drugs=drugs)
