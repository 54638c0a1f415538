"""A plan that is being worked on: what is suggested, what the person made of it, and the orders that come of it. No Qt."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from common.messages.purchasing import MakeOrder, PlanLine, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Edit(msgspec.Struct, kw_only=True):
    """What somebody typed over a suggestion; ``None``: as it is suggested."""

    packs: int | None = None
    price: Decimal | None = None


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of a plan: what was typed over it, with the lines that it was typed over."""

    edits: dict[int, Edit]
    lines: tuple[PlanLine, ...]


class Plan:
    """Lines by drug, with what was typed over them. A reading anew keeps what was typed."""

    def __init__(self) -> None:
        self.lines: tuple[PlanLine, ...] = ()
        self.edits: dict[int, Edit] = {}

    def draft(self) -> PlanDraft | None:
        """What would be lost if the program ended now; ``None`` if nothing would."""
        edits = {drug_id: edit for drug_id, edit in self.edits.items() if edit != Edit()}
        return PlanDraft(edits=edits, lines=tuple(line for line in self.lines if line.drug_id in edits)) if edits else None

    def restore(self, draft: PlanDraft) -> None:
        """Go on with it. The plan is reckoned anew; what was typed stands over it."""
        self.edits, self.lines = dict(draft.edits), draft.lines

    def take(self, lines: Sequence[PlanLine]) -> None:
        """A plan that was reckoned anew. Lines that somebody asked for stay although they are not suggested any more."""
        found = {line.drug_id for line in lines}
        kept = [line for line in self.lines if line.drug_id not in found and self.packs(line) and line.drug_id in self.edits]
        self.lines = (*lines, *kept)

    def packs(self, line: PlanLine) -> int:
        """So many packs are to be ordered."""
        edit = self.edits.get(line.drug_id)
        return line.why.suggested if edit is None or edit.packs is None else edit.packs

    def price(self, line: PlanLine) -> Decimal | None:
        """At so much a pack."""
        edit = self.edits.get(line.drug_id)
        return line.price if edit is None or edit.price is None else edit.price

    def set(self, line: PlanLine, packs: int, price: Decimal | None) -> None:
        """What the person wants; the suggestion itself is no edit."""
        self.edits[line.drug_id] = Edit(packs=None if packs == line.why.suggested else packs, price=None if price == line.price else price)

    def changed(self, line: PlanLine) -> bool:
        """Whether it is other than it was suggested."""
        return self.packs(line) != line.why.suggested

    def value_fen(self, line: PlanLine) -> int:
        """At its price; nothing while none is known."""
        return int(((self.price(line) or Decimal(0)) * self.packs(line) * 100).to_integral_value("ROUND_HALF_UP"))

    def chosen(self) -> list[PlanLine]:
        """What is to be ordered."""
        return [line for line in self.lines if self.packs(line) > 0]

    def nobody(self) -> list[PlanLine]:
        """What is to be ordered although nobody is known to order it of."""
        return [line for line in self.chosen() if line.supplier_id is None]

    def orders(self) -> list[MakeOrder]:
        """One order for each supplier."""
        suppliers = dict.fromkeys(line.supplier_id for line in self.chosen() if line.supplier_id is not None)
        return [MakeOrder(supplier_id=supplier, lines=tuple(self._wanted(supplier))) for supplier in suppliers]

    def _wanted(self, supplier_id: int) -> Iterable[Wanted]:
        for line in self.chosen():
            if line.supplier_id == supplier_id:
                yield Wanted(drug_id=line.drug_id, packs=Decimal(self.packs(line)), price=self.price(line), why=line.why)

    def ordered(self, made: MakeOrder) -> None:
        """An order was made: its lines are done."""
        done = {line.drug_id for line in made.lines}
        self.lines = tuple(line for line in self.lines if line.drug_id not in done)
        for drug_id in done:
            self.edits.pop(drug_id, None)
