"""退费单: money that went back, with the patient's signature for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from common.i18n import tr
from common.messages.cashier import Tender
from printing.documents.base import StripDocument, copy_note, labelled, strip_yuan
from printing.documents.money_paper import (
    CENTRED,
    NOTE,
    TITLE,
    MoneyLine,
    fact_blocks,
    line_blocks,
    require_balance,
    rounding_blocks,
    tender_blocks,
    total_blocks,
    total_fen,
)
from printing.strip import Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block


class RefundSlip(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the refund's, ``refund_of`` the receipt's that it reverses. Lines are negative; tenders are what goes back.

    ``other_facts``: what the insurance takes back. After a partial refund ``rest_number`` and ``rest_fen`` name the receipt over what the
    patient keeps, and ``paid_back`` is what he gets in the end.
    """

    number: str
    refund_of: str
    barcode: str
    patient: str
    sex: str
    visit_number: str
    lines: tuple[MoneyLine, ...]
    tenders: tuple[Tender, ...]
    reason: str
    cashier: str
    approver: str = ""
    refunded_at: datetime
    rounding_fen: int = 0
    other_facts: tuple[tuple[str, str], ...] = ()
    rest_number: str = ""
    rest_fen: int = 0
    paid_back: tuple[Tender, ...] = ()

    def __post_init__(self) -> None:
        require_balance(self.lines, self.tenders, sign=-1, rounding_fen=self.rounding_fen)

    def strip(self, *, table: bool) -> Sequence[Block]:
        """Whose, what came back, by which way, why, and a line to sign on."""
        return [*self._head(), *line_blocks(self.lines, table=table), *self._sums(), *self._foot()]

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Refund slip"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        yield Pair(tr("paper|Refund no."), self.number)
        yield Pair(tr("paper|Refund of receipt"), self.refund_of)
        yield Pair(labelled(tr("paper|Name"), self.patient), self.sex)
        yield Pair(tr("paper|Visit no."), self.visit_number)
        yield Divider()

    def _sums(self) -> Iterator[Block]:
        yield Divider()
        yield from rounding_blocks(self.rounding_fen)
        yield from total_blocks(tr("paper|Refund total"), total_fen(self.lines) + self.rounding_fen)
        yield from fact_blocks(tr("paper|Other information"), self.other_facts)
        if self.rest_number:
            yield Divider()
            yield Pair(tr("paper|Charged anew, receipt"), self.rest_number)
            yield Pair(tr("paper|Charged anew"), strip_yuan(self.rest_fen))
        back = self.paid_back if self.rest_number else self.tenders
        if back:
            yield Line(tr("paper|Paid back by:"))
            yield from tender_blocks(back, 0)
        yield Line(labelled(tr("paper|Reason"), self.reason), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Cashier"), self.cashier), f"{self.refunded_at:%Y-%m-%d %H:%M}")
        if self.approver:
            yield Line(labelled(tr("paper|Approved by"), self.approver))
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), "_" * 10))
