"""The drawing of 日结汇总 on A4 portrait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from printing.documents.base import bare_yuan, copy_note, day, labelled
from printing.documents.close_lines import cash_received, difference_label, floats
from printing.documents.close_page import (
    LEFT,
    PITCH,
    Page,
    Rows,
    bills,
    facts,
    finished,
    head,
    insurance,
    signatures,
    table,
    tables,
)

if TYPE_CHECKING:
    from common.messages.closing import RollUpFacts
    from printing.documents.roll_up import RollUp
    from printing.sheet import Sheet

#: So many closes stand together on a page; the heading comes again on the next.
_TOGETHER: Final = 30


def draw(paper: RollUp) -> list[Sheet]:
    """The pages."""
    page, told = Page(), paper.facts
    head(page, paper.clinic, tr("paper|Daily roll-up"), told.number, copy_note(paper.copy), alarm=False)
    first = ((tr("paper|Business date"), day(told.business_date)), (tr("paper|Rolled up by"), told.staff))
    facts(page, ((*first, (tr("paper|Rolled up at"), f"{told.at:%Y-%m-%d %H:%M}")),))
    bills(page, told)
    _closes(page, told)
    tables(page, told)
    insurance(page, told)
    _cash(page, told)
    signatures(page, (tr("paper|Signature of who rolled up"), tr("paper|Finance's signature")), paper.copy)
    return finished(page)


def _closes(page: Page, told: RollUpFacts) -> None:
    heading = (
        tr("paper|Daily closes: {n}", n=len(told.closes)),
        tr("paper|Cashier"),
        tr("paper|Net receipts"),
        tr("paper|Cash counted"),
        tr("paper|Difference"),
        tr("paper|Handed in"),
    )
    for start in range(0, len(told.closes), _TOGETHER):
        rows: Rows = [(heading, False)]
        for hit in told.closes[start : start + _TOGETHER]:
            sums = (hit.net_fen, hit.counted_fen, hit.difference_fen, hit.handed_in_fen)
            rows.append(((hit.number, hit.cashier, *(bare_yuan(fen) for fen in sums)), False))
        page.room(len(rows) * PITCH + 4)
        page.y += table(page, LEFT, (30.0, 46.0, 26.0, 26.0, 24.0, 26.0), rows) + 3.0
    page.room(80)


def _cash(page: Page, told: RollUpFacts) -> None:
    rows: Rows = [((tr("paper|Cash"), tr("paper|Amount (yuan)")), False)]
    for label, fen, strong in (
        (tr("paper|Float"), floats(told), False),
        (tr("paper|Cash received, net"), cash_received(told), False),
        *(((tr("paper|Expenses in cash"), -told.expenses_fen, False),) if told.expenses_fen else ()),
        (tr("paper|Cash expected"), told.expected_fen, False),
        (tr("paper|Cash counted"), told.counted_fen, False),
        (difference_label(told.difference_fen), told.difference_fen, bool(told.difference_fen)),
        (tr("paper|Kept as float"), told.kept_fen, False),
        (tr("paper|Handed in"), told.handed_in_fen, True),
    ):
        rows.append(((label, bare_yuan(fen)), strong))
    page.room(len(rows) * PITCH + 16)
    page.y += table(page, LEFT, (54.0, 30.0), rows) + 2.0
    page.text(LEFT, labelled(tr("paper|Handed in, in capitals"), amount_in_capitals(told.handed_in_fen)), strong=True)
    page.y += PITCH
    page.text(LEFT, tr("paper|Every account agrees with the ledger."))
    page.y += PITCH
