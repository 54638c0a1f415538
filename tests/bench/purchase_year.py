"""The purchase plan played through a year, against a rule of thumb (:mod:`tests.bench.purchases` measures it).

Each evening a rule looks at what the day before would have shown it (what was *handed out*, not what was wanted) and orders; goods
come after the lead time, are used by first expiry, and expire. The first 90 days fill the rule's memory and are not counted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.domain.purchase_plan import Drug, Policy, Shelf, packs_of, suggest, use_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MEMORY: Final = 90
LEAD: Final = 3
SHELF: Final = 400
_ZERO: Final = Decimal(0)
#: Of each drug, its pack's size and what is wanted of it day by day, in base units.
Year = list[tuple[Decimal, list[Decimal]]]


@dataclass(kw_only=True)
class Sums:
    """What came of a year: of the counted days ``days`` (one a drug) ``short_days`` had less than was wanted."""

    days: int = 0
    short_days: int = 0
    wanted: Decimal = _ZERO
    given: Decimal = _ZERO
    missed: Decimal = _ZERO
    orders: int = 0
    expired: Decimal = _ZERO
    begun: Decimal = _ZERO
    came: Decimal = _ZERO
    given_in_all: Decimal = _ZERO
    left: Decimal = _ZERO
    kept: list[Decimal] = field(default_factory=list)

    @property
    def served(self) -> Decimal:
        """The share of what was wanted that was there."""
        return self.given / self.wanted

    @property
    def mean_days_kept(self) -> Decimal:
        """What lay there on the average, in days of use."""
        return sum(self.kept, _ZERO) / len(self.kept)


@dataclass(kw_only=True)
class _Store:
    """One drug's shelf: (so much, last usable day), first expiry first; and what is on its way, by the day of its arrival."""

    pack_size: Decimal
    shelves: list[list[Decimal]]
    coming: dict[int, Decimal]
    use: list[Decimal]

    def there(self) -> Decimal:
        return sum((shelf[0] for shelf in self.shelves), _ZERO)

    def as_drug(self, day: int) -> Drug:
        """As the service would know it this evening."""
        return Drug(
            use=self.use[-MEMORY:],
            shelves=[Shelf(quantity=quantity, days=int(last) - day - 1) for quantity, last in self.shelves],
            reserved=_ZERO,
            on_order=sum(self.coming.values(), _ZERO),
            lead_days=LEAD,
            pack_size=self.pack_size,
            shelf_days=SHELF,
        )


def formula(policy: Policy) -> Callable[[Drug], int]:
    """The plan's own rule."""
    return lambda drug: suggest(drug, policy).packs


def rule_of_thumb(drug: Drug) -> int:
    """What many do: where less than a week's use is left, a month's is bought; the use is that of the last 30 days."""
    mean, _ = use_of(drug.use[-30:])
    position = sum((shelf.quantity for shelf in drug.shelves), _ZERO) + drug.on_order
    return packs_of(mean * 30, drug) if mean > 0 and position < mean * 7 else 0


def play(year: Year, rule: Callable[[Drug], int]) -> Sums:
    """Every drug through the whole year."""
    sums = Sums()
    for pack_size, wanted in year:
        _play_one(sums, pack_size, wanted, rule)
    return sums


def _play_one(sums: Sums, pack_size: Decimal, wanted: Sequence[Decimal], rule: Callable[[Drug], int]) -> None:
    mean, _ = use_of(wanted)
    begun = Decimal(int(mean * 30 / pack_size) + 1) * pack_size
    store = _Store(pack_size=pack_size, shelves=[[begun, Decimal(SHELF)]], coming={}, use=[])
    sums.begun += begun
    lying = _ZERO
    for day, quantity in enumerate(wanted):
        _morning(sums, store, day)
        given = _hand_out(store, quantity)
        store.use.append(given)
        sums.given_in_all += given
        if day >= MEMORY:
            sums.days += 1
            sums.short_days += given < quantity
            sums.wanted += quantity
            sums.given += given
            sums.missed += quantity - given
            lying += store.there()
        packs = rule(store.as_drug(day))
        if packs:
            sums.orders += day >= MEMORY
            arrival = day + LEAD + 1
            store.coming[arrival] = store.coming.get(arrival, _ZERO) + packs * pack_size
    sums.left += store.there()
    if mean > 0:
        sums.kept.append(lying / (len(wanted) - MEMORY) / mean)


def _morning(sums: Sums, store: _Store, day: int) -> None:
    """Goods come, and what expired is taken off."""
    came = store.coming.pop(day, _ZERO)
    if came:
        store.shelves.append([came, Decimal(day + SHELF)])
        sums.came += came
    gone = [shelf for shelf in store.shelves if shelf[1] < day]
    for shelf in gone:
        sums.expired += shelf[0]
        store.shelves.remove(shelf)


def _hand_out(store: _Store, wanted: Decimal) -> Decimal:
    left = wanted
    while left > 0 and store.shelves:
        part = min(left, store.shelves[0][0])
        store.shelves[0][0] -= part
        left -= part
        if store.shelves[0][0] == 0:
            store.shelves.pop(0)
    return wanted - left


def sample_year(*, drugs: int, days: int = 365, seed: int = 1) -> Year:
    """A small clinic: some drugs go daily, some once a week; on Sundays a third comes, in winter half as many again."""
    draw = random.Random(seed)
    year: Year = []
    for number in range(drugs):
        patients, pack_size = 12 // (1 + number % 6) or 1, Decimal((12, 24, 30, 1)[number % 4])
        wanted = []
        for day in range(days):
            chances = patients * (2 if day % 7 == 6 else 6) * (3 if 120 <= day % 365 <= 210 else 2)
            packs = sum(draw.randrange(36) < 4 for _ in range(chances))
            wanted.append(Decimal(sum(draw.choice((1, 1, 2)) for _ in range(packs))) * pack_size)
        year.append((pack_size, wanted))
    return year
