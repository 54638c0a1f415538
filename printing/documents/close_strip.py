"""The sums of a daily close or a roll-up on the roll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import tr
from printing.documents.base import bare_yuan, joined, strip_yuan
from printing.documents.close_lines import Sums, category_rows, explained_rows, insurance_name, tender_rows
from printing.documents.money_paper import BOLD
from printing.strip import PLAIN, Cells, Divider, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.messages.close_sheet import CloseSheet
    from common.messages.closing import RollUpFacts
    from printing.strip import Block

#: Label, received, paid back, net on paper of 48 columns.
_WIDE: Final = (15, -11, -11, -11)


def bill_blocks(sums: CloseSheet | RollUpFacts) -> Iterator[Block]:
    """How many bills and refunds, and what they come to."""
    yield Pair(tr("paper|Bills: {n}", n=sums.bills), bare_yuan(sums.bills_fen))
    yield Pair(tr("paper|Refunds: {n}", n=sums.refunds), bare_yuan(sums.refunds_fen))
    yield Pair(tr("paper|Net receipts"), strip_yuan(sums.bills_fen + sums.refunds_fen), BOLD)


def sum_blocks(sums: CloseSheet | RollUpFacts, *, table: bool) -> Iterator[Block]:
    """By category, by means of payment, by insurance and clearing."""
    for title, rows, others in (
        (tr("paper|Category"), category_rows(sums), []),
        (tr("paper|Means of payment"), tender_rows(sums), explained_rows(sums)),
    ):
        yield Divider()
        yield from _table((title, tr("paper|Received"), tr("paper|Paid back"), tr("paper|Net")), rows, others, table=table)
    for part in sums.insurance:
        yield Divider()
        count = tr("paper|{n} settled", n=part.settled)
        less = tr("paper|{n} cancelled", n=part.cancelled) if part.cancelled else ""
        yield Pair(insurance_name(part), joined(count, less), BOLD)
        for label, fen in (
            (tr("paper|close|Total of fees"), part.total_fen),
            (tr("paper|close|Fund"), part.fund_fen),
            (tr("paper|close|Personal account"), part.account_fen),
            (tr("paper|close|Family account"), part.mutual_aid_fen),
            (tr("paper|close|Borne by the clinic"), part.hospital_fen),
            (tr("paper|close|Paid in cash"), part.cash_fen),
        ):
            if fen:
                yield Pair(f"  {label}", bare_yuan(fen))


def _table(heading: Sums, rows: list[Sums], others: list[Sums], *, table: bool) -> Iterator[Block]:
    """Sums in four columns, or where there is no room for them the net sum, with what was paid back below it. The last of ``rows`` is the
    sum, ``others`` explain it."""
    if table:
        yield Cells(heading, _WIDE, BOLD)
        yield from (Cells(row, _WIDE, BOLD if row is rows[-1] else PLAIN) for row in (*rows, *others))
        return
    yield Pair(heading[0], heading[3], BOLD)
    for row in (*rows, *others):
        yield Pair(row[0], row[3], BOLD if row is rows[-1] else PLAIN)
        if row[2]:
            yield Pair(f"  {heading[1]} {row[1]}", f"{heading[2]} {row[2]}")
