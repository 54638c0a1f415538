"""What lies in the quarantine area 不合格区, and by whose paper it came there.

Packs of one batch are alike, so which of them left is told by an order: a paper that takes back (a hold that ends, damage that was none) takes
what it had brought itself; whatever else takes from there (destruction, return to a supplier) takes what came first.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from server.db import Read, Write
from server.stock_book import QUARANTINE, location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Tx

_ZERO: Final = Decimal(0)
_LOCK: Final = Write("SELECT 1 FROM stock_level WHERE drug_id = ANY(%(drugs)s) ORDER BY drug_id, location_id FOR UPDATE")
#: A reversing paper takes back what the paper that it reverses had brought.
_MOVES: Final = Read(
    "SELECT m.batch_id, m.quantity, m.document, coalesce(q.number, m.document) FROM stock_move m LEFT JOIN stock_paper p ON p.number = m.document"
    " LEFT JOIN stock_paper q ON q.id = p.reverses WHERE m.batch_id = ANY(%(batches)s) AND m.location_id = %(aside)s ORDER BY m.batch_id, m.id"
)


class Lying:
    """What papers brought of one batch: how much of each is still there, and which papers took the rest."""

    def __init__(self) -> None:
        self._left: dict[str, Decimal] = {}
        self._takers: dict[str, list[str]] = defaultdict(list)

    def move(self, quantity: Decimal, document: str, source: str) -> None:
        """So much came (above zero) or left by ``document``; what takes back, takes what ``source`` brought."""
        if quantity > 0:
            self._left[source] = self._left.get(source, _ZERO) + quantity
            return
        wanted = -quantity
        for brought in sorted(self._left, key=lambda by: by != source):  # in the order in which they came, but its own first
            part = min(wanted, self._left[brought])
            if part > 0:
                self._left[brought] -= part
                wanted -= part
                self._takers[brought].append(document)

    def of(self, source: str) -> Decimal:
        """How much of what this paper brought is still there."""
        return self._left.get(source, _ZERO)

    def takers(self, source: str) -> tuple[str, ...]:
        """The papers that took some of what this one had brought."""
        return tuple(dict.fromkeys(self._takers.get(source, ())))


def lock(tx: Tx, drugs: Sequence[int]) -> None:
    """Nobody moves these drugs anywhere until the end."""
    tx.write(_LOCK, drugs=list(drugs))


def lying(tx: Tx, batches: Sequence[int]) -> dict[int, Lying]:
    """By batch. To be asked once the levels are locked."""
    found: dict[int, Lying] = defaultdict(Lying)
    for batch_id, quantity, document, source in tx.rows(_MOVES, batches=list(batches), aside=location(tx, QUARANTINE)):
        found[batch_id].move(quantity, document, source)
    return found
