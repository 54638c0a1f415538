"""日结汇总: the closes of a business day added up, for the roll and for A4, with two signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from common.messages.closing import RollUpFacts
from printing.documents.base import SheetDocument, StripDocument, bare_yuan, copy_note, day, labelled, strip_yuan
from printing.documents.close_lines import cash_received, difference_label, floats
from printing.documents.close_strip import bill_blocks, sum_blocks
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE, TOTAL
from printing.strip import PLAIN, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Sheet
    from printing.strip import Block

_LINE: Final = "_" * 16


class RollUp(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``facts`` as the service kept them; their times are the clinic's."""

    facts: RollUpFacts

    def strip(self, *, table: bool) -> Sequence[Block]:
        """Which day, its closes, by category, by tender, the cash, signatures."""
        return [*self._head(), *self._closes(), *sum_blocks(self.facts, table=table), *self._cash(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A4."""
        from printing.documents.roll_up_sheet import draw

        return draw(self)

    def _head(self) -> Iterator[Block]:
        facts = self.facts
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Daily roll-up"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        yield Pair(tr("paper|No."), facts.number)
        yield Pair(tr("paper|Business date"), day(facts.business_date))
        yield Pair(tr("paper|Rolled up by"), facts.staff)
        yield Pair(tr("paper|Rolled up at"), f"{facts.at:%Y-%m-%d %H:%M}")
        yield Divider()
        yield from bill_blocks(facts)

    def _closes(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(tr("paper|Daily closes: {n}", n=len(self.facts.closes)), tr("paper|Net receipts"), BOLD)
        for hit in self.facts.closes:
            yield Pair(f"{hit.number} {hit.cashier}", bare_yuan(hit.net_fen))
            handed_in = labelled(tr("paper|Handed in"), bare_yuan(hit.handed_in_fen))
            difference = f"{difference_label(hit.difference_fen)} {bare_yuan(abs(hit.difference_fen))}" if hit.difference_fen else ""
            yield Pair(handed_in, difference)

    def _cash(self) -> Iterator[Block]:
        facts = self.facts
        yield Divider()
        yield Pair(tr("paper|Float"), bare_yuan(floats(facts)))
        yield Pair(tr("paper|Cash received, net"), bare_yuan(cash_received(facts)))
        if facts.expenses_fen:
            yield Pair(tr("paper|Expenses in cash"), bare_yuan(-facts.expenses_fen))
        yield Pair(tr("paper|Cash expected"), bare_yuan(facts.expected_fen))
        yield Pair(tr("paper|Cash counted"), bare_yuan(facts.counted_fen))
        yield Pair(difference_label(facts.difference_fen), bare_yuan(facts.difference_fen), BOLD if facts.difference_fen else PLAIN)
        yield Pair(tr("paper|Kept as float"), bare_yuan(facts.kept_fen))
        yield Pair(tr("paper|Handed in"), strip_yuan(facts.handed_in_fen), TOTAL)
        yield Line(labelled(tr("paper|In capitals"), amount_in_capitals(facts.handed_in_fen)), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Line(tr("paper|Every account agrees with the ledger."))
        yield Space()
        yield Line(labelled(tr("paper|Signature of who rolled up"), _LINE))
        yield Space()
        yield Line(labelled(tr("paper|Finance's signature"), _LINE))
