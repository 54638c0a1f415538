"""退费单: money that goes back, with the patient's signature for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from common.i18n import tr
from common.messages.cashier import INSURANCE, Tender, TenderKind
from printing.documents.base import StripDocument, bare_yuan, copy_note, labelled, strip_yuan
from printing.documents.fees import tender_label
from printing.documents.money_paper import (
    BOLD,
    CENTRED,
    NOTE,
    TITLE,
    MoneyLine,
    fact_blocks,
    line_blocks,
    require_balance,
    rounding_blocks,
    total_blocks,
    total_fen,
)
from printing.strip import Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block


class RefundSlip(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` and ``refund_of`` are invoice numbers: the refund's and the one that it reverses. Lines are negative; tenders are theirs.

    After a partial refund ``rest_number`` (an invoice number too) and ``rest_fen`` name the receipt over what the patient keeps. ``paid_back``
    is what goes back in the end, below zero where something has to be added; without a rest it is the tenders. What the patient gets of it is
    the figure that he signs for.
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

    @property
    def _back(self) -> tuple[Tender, ...]:
        return self.paid_back if self.rest_number else self.tenders

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
        yield Pair(tr("paper|Reversed in red"), bare_yuan(total_fen(self.lines) + self.rounding_fen))
        yield from fact_blocks(tr("paper|Other information"), self.other_facts)
        if self.rest_number:
            yield Pair(tr("paper|Charged anew"), bare_yuan(self.rest_fen))
            yield Pair(tr("paper|Charged anew, receipt"), self.rest_number)
        yield Divider()
        yield from self._to_the_patient()
        yield from self._elsewhere()
        yield Line(labelled(tr("paper|Reason"), self.reason), hang=2)

    def _to_the_patient(self) -> Iterator[Block]:
        """What he signs for, and by which way."""
        his = [tender for tender in self._back if tender.kind not in INSURANCE and tender.kind is not TenderKind.WAIVER]
        total = sum(tender.amount_fen for tender in his)
        if total < 0:
            yield from total_blocks(tr("paper|Paid in addition"), -total)
        else:
            yield from total_blocks(tr("paper|Paid back to the patient"), total)
        for tender in his:
            added = labelled(tr("paper|Added"), tender_label(tender.kind))
            yield Pair(added if tender.amount_fen < 0 else tender_label(tender.kind), strip_yuan(abs(tender.amount_fen)))

    def _elsewhere(self) -> Iterator[Block]:
        """What the insurance takes back, and the part of a waiver that falls away."""
        insured = [tender for tender in self._back if tender.kind in INSURANCE]
        if insured:
            yield Pair(tr("paper|Back to the insurance"), strip_yuan(sum(tender.amount_fen for tender in insured)), BOLD)
            yield from (
                Pair(labelled(tr("paper|of which"), tender_label(tender.kind)), strip_yuan(tender.amount_fen)) for tender in insured
            )
        for tender in self._back:
            if tender.kind is TenderKind.WAIVER:
                yield Pair(tr("paper|Waived before, not paid back"), strip_yuan(tender.amount_fen))

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Cashier"), self.cashier), f"{self.refunded_at:%Y-%m-%d %H:%M}")
        if self.approver:
            yield Line(labelled(tr("paper|Approved by"), self.approver))
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), "_" * 10))
