"""收费票据: what was paid, for what, and how."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from common.i18n import tr
from common.messages.cashier import Tender
from printing.documents.base import StripDocument, copy_note, joined, labelled, strip_yuan
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
from printing.strip import Barcode, Divider, Line, Pair, Qr, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block


class Receipt(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the invoice's. The tenders' amounts must sum to the lines and the cash rounding (``ValueError``); cash given is covered by
    amount and change.

    ``other_facts`` are the rows of the block 其他信息: what the insurance pays, as label and value. ``rest_of`` names the receipt whose
    remaining lines this charges anew after a partial refund. ``deposit_left_fen``: what the deposit that paid a part of it still holds.
    ``e_invoice`` is the address behind the QR code of the electronic invoice 电子票据.
    """

    number: str
    barcode: str
    patient: str
    sex: str
    visit_number: str
    lines: tuple[MoneyLine, ...]
    tenders: tuple[Tender, ...]
    change_fen: int = 0
    rounding_fen: int = 0
    rest_of: str = ""
    deposit_left_fen: int | None = None
    cashier: str
    settled_at: datetime
    payer: str = ""
    other_facts: tuple[tuple[str, str], ...] = ()
    e_invoice: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        require_balance(self.lines, self.tenders, sign=1, rounding_fen=self.rounding_fen)
        over = sum(tender.given_fen - tender.amount_fen for tender in self.tenders if tender.given_fen)
        if over != self.change_fen:
            raise ValueError(f"{over} fen were given in excess, but the change is {self.change_fen} fen")

    def strip(self, *, table: bool) -> Sequence[Block]:
        """Whose, what, how much, how paid, by whom."""
        return [*self._head(), *line_blocks(self.lines, table=table), *self._sums(), *self._foot()]

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr("paper|Outpatient receipt"), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        yield Pair(tr("paper|Receipt no."), self.number)
        yield Pair(labelled(tr("paper|Name"), self.patient), joined(self.sex, self.payer))
        yield Pair(tr("paper|Visit no."), self.visit_number)
        if self.rest_of:
            yield Pair(tr("paper|Rest of receipt"), self.rest_of)
        yield Divider()

    def _sums(self) -> Iterator[Block]:
        yield Divider()
        yield from rounding_blocks(self.rounding_fen)
        yield from total_blocks(tr("paper|Total"), total_fen(self.lines) + self.rounding_fen)
        yield from tender_blocks(self.tenders, self.change_fen, insurance=not self.other_facts)
        if self.deposit_left_fen is not None:
            yield Pair(tr("paper|Deposit left"), strip_yuan(self.deposit_left_fen))
        yield from fact_blocks(tr("paper|Other information"), self.other_facts)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Cashier"), self.cashier), f"{self.settled_at:%Y-%m-%d %H:%M}")
        yield Space()
        yield Barcode(self.barcode)
        if self.e_invoice:
            yield Line(tr("paper|Scan for the electronic invoice"), CENTRED)
            yield Qr(self.e_invoice)
        yield Line(self.note or tr("paper|Please check before you leave and keep this receipt."), CENTRED)
