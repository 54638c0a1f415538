"""The drawing of 日结单 on A4 portrait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.domain.amount_words import amount_in_capitals
from common.i18n import tr
from printing.documents.base import bare_yuan, copy_note, day, labelled
from printing.documents.close_lines import cash_received, denomination, difference_label, invoice_lines
from printing.documents.close_page import (
    HAIR,
    HALF,
    LEFT,
    NOTE,
    PITCH,
    RIGHT,
    Page,
    Rows,
    bills,
    facts,
    finished,
    head,
    insurance,
    paragraph,
    signatures,
    table,
    tables,
)
from printing.fonts import Weight, text_width

if TYPE_CHECKING:
    from common.messages.close_sheet import CloseSheet
    from printing.documents.daily_close import DailyClose
    from printing.sheet import Sheet


def draw(paper: DailyClose) -> list[Sheet]:
    """The pages."""
    page = Page()
    _head(page, paper)
    bills(page, paper.sheet)
    tables(page, paper.sheet)
    insurance(page, paper.sheet)
    _cash(page, paper.sheet)
    _numbers(page, paper.sheet)
    signatures(page, (tr("paper|Cashier's signature"), tr("paper|Receiver's signature"), tr("paper|Finance's signature")), paper.copy)
    return finished(page)


def _head(page: Page, paper: DailyClose) -> None:
    sheet = paper.sheet
    note = tr("paper|VOID, opened again: {reason}", reason=paper.reopened) if paper.reopened else copy_note(paper.copy)
    head(page, paper.clinic, tr("paper|Daily close"), sheet.number, note, alarm=bool(paper.reopened))
    alone = tr("paper|closed alone") if sheet.accepted_alone else sheet.accepted_by
    rows = (
        ((tr("paper|Cashier"), sheet.cashier), (tr("paper|Business date"), day(sheet.business_date)), (tr("paper|Accepted by"), alone)),
        ((tr("paper|From"), f"{sheet.opened_at:%Y-%m-%d %H:%M}"), (tr("paper|Closed at"), f"{sheet.closed_at:%Y-%m-%d %H:%M}")),
    )
    facts(page, rows)


def _cash(page: Page, sheet: CloseSheet) -> None:
    left: Rows = [((tr("paper|Cash"), tr("paper|Amount (yuan)")), False)]
    for label, fen, strong in (
        (tr("paper|Float"), sheet.float_fen, False),
        (tr("paper|Cash received, net"), cash_received(sheet), False),
        *(((tr("paper|Expenses in cash"), -sheet.expenses_fen, False),) if sheet.expenses_fen else ()),
        (tr("paper|Cash expected"), sheet.expected_fen, False),
        (tr("paper|Cash counted"), sheet.counted_fen, False),
        (difference_label(sheet.difference_fen), sheet.difference_fen, bool(sheet.difference_fen)),
        (tr("paper|Kept as float"), sheet.kept_fen, False),
        (tr("paper|Handed in"), sheet.handed_in_fen, True),
    ):
        left.append(((label, bare_yuan(fen)), strong))
    right: Rows = [((tr("paper|Denomination"), tr("paper|Pieces"), tr("paper|Amount (yuan)")), False)]
    for counted in sheet.counted:
        total = bare_yuan(counted.denomination_fen * counted.pieces)
        right.append(((denomination(counted.denomination_fen), str(counted.pieces), total), False))
    if sheet.loose_fen:
        right.append(((tr("paper|Other coins"), "", bare_yuan(sheet.loose_fen)), False))
    right.append(((tr("paper|Cash counted"), "", bare_yuan(sheet.counted_fen)), True))
    page.room(max(len(left), len(right)) * PITCH + 40)
    columns = table(page, LEFT, (54.0, 30.0), left), table(page, RIGHT - HALF, (34.0, 20.0, 30.0), right)
    page.y += max(columns) + 2.0
    page.text(LEFT, labelled(tr("paper|Handed in, in capitals"), amount_in_capitals(sheet.handed_in_fen)), strong=True)
    page.y += PITCH
    if sheet.difference_reason:
        paragraph(page, labelled(tr("paper|Reason of the difference"), sheet.difference_reason))
    page.y += 2.0


def _numbers(page: Page, sheet: CloseSheet) -> None:
    page.room(2 * PITCH)
    page.rule(colour=HAIR)
    page.y += 2.0
    for label, numbers in invoice_lines(sheet.invoices, sheet.reissued):
        page.room(2 * PITCH)
        page.text(LEFT, label, strong=True, size=NOTE)
        indent = max(34.0, text_width(label, NOTE, Weight.BOLD) + 4)
        if numbers:
            paragraph(page, numbers, indent=indent, size=NOTE)
        else:
            page.y += PITCH
