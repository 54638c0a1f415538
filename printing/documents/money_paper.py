"""What receipts and refund slips share: lines by fee category, and the means of payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from common.messages.cashier import INSURANCE, Tender
from printing.documents.base import bare_yuan, labelled, strip_yuan
from printing.documents.fees import FeeCategory, in_order, tender_label
from printing.strip import Align, Cells, Divider, Line, Pair, Size, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block

TITLE: Final = Style(size=Size.TALL, bold=True, align=Align.CENTRE)
CENTRED: Final = Style(align=Align.CENTRE)
NOTE: Final = Style(bold=True, align=Align.CENTRE)
BOLD: Final = Style(bold=True)
TOTAL: Final = Style(size=Size.TALL, bold=True)
#: Columns of the table of items, on paper of 48. Narrower paper puts quantity and amount on a row of their own below the name.
_TABLE: Final = (25, -8, -15)
_NARROW: Final = (8, -9, -15)


class MoneyLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One item: ``quantity`` with its unit (``2盒``), ``amount_fen`` as charged, negative where money goes back."""

    category: FeeCategory
    name: str
    specification: str = ""
    quantity: str
    amount_fen: int


def total_fen(lines: Sequence[MoneyLine]) -> int:
    """The sum of the lines."""
    return sum(line.amount_fen for line in lines)


def require_balance(lines: Sequence[MoneyLine], tenders: Sequence[Tender], sign: int, rounding_fen: int = 0) -> None:
    """Raise ``ValueError`` unless the tenders, times ``sign``, sum to the lines and the cash rounding: a paper whose sums differ is not
    printed."""
    paid, due = sign * sum(tender.amount_fen for tender in tenders), total_fen(lines) + rounding_fen
    if paid != due:
        raise ValueError(f"the tenders sum to {paid} fen, the lines and the rounding to {due} fen")


def rounding_blocks(rounding_fen: int) -> Iterator[Block]:
    """The cash rounding 舍入差额, always a line of its own (DOMAIN.md §5.2)."""
    if rounding_fen:
        yield Pair(tr("paper|Cash rounding"), bare_yuan(rounding_fen), BOLD)


def fact_blocks(title: str, facts: Sequence[tuple[str, str]]) -> Iterator[Block]:
    """Rows of label and value under a title, such as what an insurance pays."""
    if facts:
        yield Divider()
        yield Line(title, BOLD)
        yield from (Pair(label, value) for label, value in facts)


def line_blocks(lines: Sequence[MoneyLine], *, table: bool) -> Iterator[Block]:
    """The lines under their categories, each category with its sum."""
    heading = (tr("paper|Item"), tr("paper|Qty"), tr("paper|Amount (yuan)"))
    yield Cells(heading, _TABLE if table else _NARROW)
    for category in in_order(line.category for line in lines):
        members = [line for line in lines if line.category is category]
        yield Pair(category.label, bare_yuan(total_fen(members)), BOLD)
        for line in members:
            yield from _item_blocks(line, table=table)


def _item_blocks(line: MoneyLine, *, table: bool) -> Iterator[Block]:
    name = f"{line.name} {line.specification}".rstrip()
    amount = bare_yuan(line.amount_fen)
    if table:
        yield Cells((name, line.quantity, amount), _TABLE)
    else:
        yield Line(name)
        yield Cells(("", line.quantity, amount), _NARROW)


def total_blocks(label: str, fen: int) -> Iterator[Block]:
    """The total in figures, double height, and in capitals."""
    yield Pair(label, strip_yuan(fen), TOTAL)
    yield Line(labelled(tr("paper|In capitals"), amount_in_capitals(fen)), hang=2)


def tender_blocks(tenders: Sequence[Tender], change_fen: int, *, insurance: bool = True) -> Iterator[Block]:
    """Each means of payment; for cash also what was handed over, and the change. ``insurance``: also what the insurance pays, where that has
    no block of its own."""
    for tender in tenders:
        if tender.kind in INSURANCE and not insurance:
            continue
        yield Pair(tender_label(tender.kind), strip_yuan(tender.amount_fen))
        if tender.given_fen:
            yield Pair(tr("paper|Cash given"), strip_yuan(tender.given_fen))
    if any(tender.given_fen for tender in tenders):
        yield Pair(tr("paper|Change"), strip_yuan(change_fen), BOLD)
