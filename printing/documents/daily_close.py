"""日结单: what a cashier's shift came to, for the roll and for A4, with two signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from common.messages.close_sheet import CloseSheet
from printing.documents.base import SheetDocument, StripDocument, bare_yuan, copy_note, day, labelled, strip_yuan
from printing.documents.close_lines import cash_received, denomination, difference_label, invoice_lines
from printing.documents.close_strip import bill_blocks, sum_blocks
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE, TOTAL
from printing.strip import PLAIN, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Sheet
    from printing.strip import Block

_LINE: Final = "_" * 16


class DailyClose(StripDocument, SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``sheet`` as the service kept it. ``reopened``: why this close was opened again, where it was; then it is marked as void."""

    sheet: CloseSheet
    reopened: str = ""

    def strip(self, *, table: bool) -> Sequence[Block]:
        """Who, when, by category, by tender, the cash, the receipts' numbers, signatures."""
        return [*self._head(), *sum_blocks(self.sheet, table=table), *self._cash(), *self._numbers(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A4."""
        from printing.documents.daily_close_sheet import draw

        return draw(self)

    def _head(self) -> Iterator[Block]:
        sheet = self.sheet
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Daily close"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        if self.reopened:
            yield Line(tr("paper|VOID, opened again: {reason}", reason=self.reopened), NOTE)
        yield Divider()
        yield Pair(tr("paper|No."), sheet.number)
        yield Pair(tr("paper|Cashier"), sheet.cashier)
        yield Pair(tr("paper|Business date"), day(sheet.business_date))
        yield Pair(tr("paper|From"), f"{sheet.opened_at:%Y-%m-%d %H:%M}")
        yield Pair(tr("paper|Closed at"), f"{sheet.closed_at:%Y-%m-%d %H:%M}")
        yield Divider()
        yield from bill_blocks(sheet)

    def _cash(self) -> Iterator[Block]:
        sheet = self.sheet
        yield Divider()
        yield Pair(tr("paper|Float"), bare_yuan(sheet.float_fen))
        yield Pair(tr("paper|Cash received, net"), bare_yuan(cash_received(sheet)))
        if sheet.expenses_fen:
            yield Pair(tr("paper|Expenses in cash"), bare_yuan(-sheet.expenses_fen))
        yield Pair(tr("paper|Cash expected"), bare_yuan(sheet.expected_fen))
        for counted in sheet.counted:
            yield Pair(
                f"  {denomination(counted.denomination_fen)} × {counted.pieces}", bare_yuan(counted.denomination_fen * counted.pieces)
            )
        if sheet.loose_fen:
            yield Pair(f"  {tr('paper|Other coins')}", bare_yuan(sheet.loose_fen))
        yield Pair(tr("paper|Cash counted"), bare_yuan(sheet.counted_fen))
        yield Pair(difference_label(sheet.difference_fen), bare_yuan(sheet.difference_fen), BOLD if sheet.difference_fen else PLAIN)
        if sheet.difference_reason:
            yield Line(labelled(tr("paper|Reason of the difference"), sheet.difference_reason), hang=2)
        yield Pair(tr("paper|Kept as float"), bare_yuan(sheet.kept_fen))
        yield Pair(tr("paper|Handed in"), strip_yuan(sheet.handed_in_fen), TOTAL)
        yield Line(labelled(tr("paper|In capitals"), amount_in_capitals(sheet.handed_in_fen)), hang=2)

    def _numbers(self) -> Iterator[Block]:
        yield Divider()
        for label, numbers in invoice_lines(self.sheet.invoices, self.sheet.reissued):
            yield Line(label, BOLD)
            if numbers:
                yield Line(f"  {numbers}", hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        alone = tr("paper|Closed without a second person, as the clinic's rules allow.")
        yield Line(alone if self.sheet.accepted_alone else labelled(tr("paper|Accepted by"), self.sheet.accepted_by))
        yield Space()
        yield Line(labelled(tr("paper|Cashier's signature"), _LINE))
        yield Space()
        yield Line(labelled(tr("paper|Receiver's signature"), _LINE))
