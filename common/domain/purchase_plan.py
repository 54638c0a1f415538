"""How much of a drug should be ordered: from its use, its supplier's lead time and what is there (docs/store.md tells the formula).

With ``d`` the mean use a day, ``σ`` the deviation of a day's use, ``P`` the days between ordering and the arrival of the *next* order (lead time and
the days until somebody looks again), and ``z`` of the wanted service level::

    safety        = z · σ · √P
    reorder point = max(d · P + safety, minimum)
    position      = usable − reserved + on order        (usable: without what will expire unused in the days that are bought for)
    order if      position ≤ reorder point
    up to         max(d · (P + cover) + safety, minimum)
    but not past  d · shelf life                        (what is bought beyond it would expire; the minimum is kept all the same)

and the difference is rounded up to whole packs, and to whole cases. Quantities are in base units, exact; only the square roots are rounded.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ZERO: Final = Decimal(0)
_PLACES: Final = Decimal("0.0001")
#: Share of the waits for goods (per cent) in which nothing runs out → how many deviations are kept for it (normal distribution).
SERVICE: Final = {80: Decimal("0.8416"), 90: Decimal("1.2816"), 95: Decimal("1.6449"), 98: Decimal("2.0537"), 99: Decimal("2.3263")}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the clinic wants: to have enough in ``service`` per cent of all waits, to look every ``review_days``, and to buy for ``cover_days``."""

    service: int = 98
    review_days: int = 2
    cover_days: int = 14


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that is there: so much of it, usable for so many days from today on (0: today is the last)."""

    quantity: Decimal
    days: int


class Drug(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one drug. ``use``: of each past day, oldest first. ``shelf_days``: how long what is bought can be used, if known."""

    use: Sequence[Decimal]
    shelves: Sequence[Shelf]
    reserved: Decimal
    on_order: Decimal
    lead_days: int
    pack_size: Decimal
    case_packs: int = 1
    minimum: Decimal | None = None
    shelf_days: int | None = None


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What should be ordered, and why. All in base units but ``packs``. ``capped``: more was wanted, but would expire.

    ``there`` is all that is usable today; ``expiring``, a part of it, will expire before it is used.
    """

    packs: int
    mean: Decimal
    deviation: Decimal
    safety: Decimal
    point: Decimal
    target: Decimal
    there: Decimal
    expiring: Decimal
    position: Decimal
    capped: bool


def suggest(drug: Drug, policy: Policy) -> Suggestion:
    """The suggestion for one drug; 0 packs while the position is above the reorder point."""
    mean, deviation = use_of(drug.use)
    wait = Decimal(drug.lead_days + policy.review_days)
    least = drug.minimum or _ZERO
    safety = _rounded(SERVICE[policy.service] * deviation * wait.sqrt())
    point = max(_rounded(mean * wait) + safety, least)
    target = max(_rounded(mean * (wait + policy.cover_days)) + safety, least)
    lasting = None if drug.shelf_days is None else max(_rounded(mean * drug.shelf_days), least)
    there, expiring = shelves_of(drug.shelves, mean, int(wait) + policy.cover_days)
    position = there - expiring - drug.reserved + drug.on_order
    goal = target if lasting is None else min(target, lasting)
    wanted = max(goal - position, _ZERO) if position <= point and point > 0 else _ZERO
    packs = packs_of(wanted, drug)
    capped = lasting is not None and wanted > 0 and lasting < target
    if lasting is not None and position + packs * drug.pack_size > lasting:
        fewer = _fitting(lasting - position, drug)
        if position + fewer * drug.pack_size >= least:
            capped, packs = capped or fewer < packs, fewer
    return Suggestion(
        packs=packs,
        mean=mean,
        deviation=deviation,
        safety=safety,
        point=point,
        target=target,
        there=there,
        expiring=expiring,
        position=position,
        capped=capped,
    )


def use_of(use: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Mean and deviation (of a sample) of a day's use. A day on which more came back than went out counts as one without use."""
    days = [max(quantity, _ZERO) for quantity in use]
    if not days:
        return _ZERO, _ZERO
    mean = sum(days, _ZERO) / len(days)
    spread = sum(((quantity - mean) ** 2 for quantity in days), _ZERO)
    deviation = (spread / (len(days) - 1)).sqrt() if len(days) > 1 else _ZERO
    return _rounded(mean), _rounded(deviation)


def shelves_of(shelves: Iterable[Shelf], mean: Decimal, horizon: int) -> tuple[Decimal, Decimal]:
    """What is there, and how much of it expires unused within ``horizon`` days if the first to expire goes first. What nobody uses at all, and
    what lasts longer, is not counted as lost."""
    there, taken = _ZERO, _ZERO
    for shelf in sorted(shelves, key=lambda shelf: shelf.days):
        there += shelf.quantity
        lasts = shelf.days + 1 >= horizon
        taken += shelf.quantity if lasts else min(shelf.quantity, max(_rounded(mean * (shelf.days + 1)) - taken, _ZERO))
    return there, there - taken if mean > 0 else _ZERO


def packs_of(wanted: Decimal, drug: Drug) -> int:
    """So many packs, in whole cases, hold at least ``wanted``."""
    cases = (wanted / (drug.pack_size * drug.case_packs)).to_integral_value(ROUND_CEILING)
    return int(cases) * drug.case_packs


def _fitting(room: Decimal, drug: Drug) -> int:
    """So many packs, in whole cases, are not more than ``room``."""
    return max(int((room / (drug.pack_size * drug.case_packs)).to_integral_value(ROUND_FLOOR)), 0) * drug.case_packs


def _rounded(quantity: Decimal) -> Decimal:
    return quantity.quantize(_PLACES)
