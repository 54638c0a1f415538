"""交班单: the cash of a shift as it was counted, and what it was short or over, to be signed by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from common.messages.closing import ShiftStanding
from printing.documents.base import StripDocument, bare_yuan, copy_note, day, labelled, strip_yuan
from printing.documents.close_lines import denomination, difference_label
from printing.documents.money_paper import BOLD, CENTRED, NOTE, TITLE, TOTAL
from printing.strip import Align, Divider, Line, Pair, Size, Space, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block

_ALARM: Final = Style(size=Size.TALL, bold=True, align=Align.CENTRE)
_LINE: Final = "_" * 16


class ShiftSlip(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``shift`` has been counted (``ValueError`` otherwise). With a difference the slip is the short/over note 长短款单 as well."""

    shift: ShiftStanding

    def __post_init__(self) -> None:
        if self.shift.counted_fen is None or self.shift.expected_fen is None:
            raise ValueError("a shift that was not counted has nothing to hand over")

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Who, what was counted, what differs and why, what goes to whom."""
        return [*self._head(), *self._count(), *self._hand_over(), *self._foot()]

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Hand-over slip"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        yield Pair(tr("paper|Cashier"), self.shift.cashier)
        yield Pair(tr("paper|Business date"), day(self.shift.business_date))
        yield Pair(tr("paper|From"), f"{self.shift.opened_at:%Y-%m-%d %H:%M}")
        if self.shift.counted_at is not None:
            yield Pair(tr("paper|Counted at"), f"{self.shift.counted_at:%Y-%m-%d %H:%M}")
        yield Pair(tr("paper|Bills: {n}", n=self.shift.bills), tr("paper|Refunds: {n}", n=self.shift.refunds))
        yield Divider()

    def _count(self) -> Iterator[Block]:
        shift = self.shift
        for counted in shift.counted:
            yield Pair(f"{denomination(counted.denomination_fen)} × {counted.pieces}", bare_yuan(counted.denomination_fen * counted.pieces))
        if shift.loose_fen:
            yield Pair(tr("paper|Other coins"), bare_yuan(shift.loose_fen))
        yield Pair(tr("paper|Cash counted"), bare_yuan(shift.counted_fen or 0), BOLD)
        yield Pair(tr("paper|Cash expected"), bare_yuan(shift.expected_fen or 0))
        yield Pair(tr("paper|of which float"), bare_yuan(shift.float_fen))
        difference = shift.difference_fen or 0
        if difference:
            yield Space()
            yield Line(f"{difference_label(difference)} {strip_yuan(abs(difference))}", _ALARM)
            yield Line(labelled(tr("paper|Reason of the difference"), shift.difference_reason or "_" * 16), hang=2)
        else:
            yield Line(tr("paper|Nothing short, nothing over."))

    def _hand_over(self) -> Iterator[Block]:
        if self.shift.handed_in_fen is None:
            return
        yield Divider()
        yield Pair(tr("paper|Kept as float"), bare_yuan(self.shift.kept_fen or 0))
        yield Pair(tr("paper|Handed in"), strip_yuan(self.shift.handed_in_fen), TOTAL)
        yield Line(labelled(tr("paper|In capitals"), amount_in_capitals(self.shift.handed_in_fen)), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Line(labelled(tr("paper|Cashier's signature"), _LINE))
        yield Space()
        yield Line(labelled(tr("paper|Receiver's signature"), self.shift.accepted_by or _LINE))
        yield Space()
        yield Line(f"{self.copy.at:%Y-%m-%d %H:%M}")
