"""调价单: drugs with their old and new price and what that is worth at each place, with signatures. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.money import format_price
from common.domain.states import PRICE_CHANGE
from common.i18n import tr
from common.messages.repricing import PriceChange, PriceLine
from printing.documents.base import SheetDocument, bare_yuan, copy_note, place_words
from printing.documents.close_page import Page, facts, finished, head, paragraph, signatures
from printing.documents.stock_take import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Sheet

_WIDTHS: Final = (66.0, 30.0, 20.0, 20.0, 22.0, 20.0)


class PriceChangeSheet(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``change`` as the service has it; its times are the clinic's."""

    change: PriceChange

    def sheets(self) -> Sequence[Sheet]:
        """Head, the lines by place, the sum, signatures."""
        page, change = Page(), self.change
        head(page, self.clinic, tr("paper|Price change"), change.entry.number, copy_note(self.copy), alarm=False)
        facts(page, _facts(change))
        cells = [row for line in change.lines for row in _cells(line)]
        listed(page, _WIDTHS, _heading(), cells)
        for words in _sentences(change):
            paragraph(page, words)
        signatures(page, (tr("stock paper|Proposed by"), tr("stock paper|Agreed by")), self.copy)
        return finished(page, change.entry.number)


def _facts(change: PriceChange) -> tuple[tuple[tuple[str, str], ...], ...]:
    entry = change.entry
    return (
        (
            (tr("stock paper|State"), PRICE_CHANGE.label(entry.state)),
            (tr("stock paper|Valid from"), f"{entry.effective_at:%Y-%m-%d %H:%M}"),
            (tr("stock paper|Became valid"), f"{entry.applied_at:%Y-%m-%d %H:%M}" if entry.applied_at else ""),
        ),
        (
            (tr("stock paper|Proposed by"), entry.proposed_by),
            (tr("stock paper|Agreed by"), entry.approved_by),
            (tr("stock paper|Document"), entry.authority),
        ),
    )


def _heading() -> tuple[str, ...]:
    return (
        tr("stock paper|Drug, specification"),
        tr("stock paper|Place"),
        tr("stock paper|On hand"),
        tr("stock paper|Old price"),
        tr("stock paper|New price"),
        tr("stock paper|Profit or loss"),
    )


def _cells(line: PriceLine) -> Iterator[tuple[str, ...]]:
    """One row for each place once it is valid; before that one with what it would be worth."""
    places = [(place.place, place.quantity, place.value_fen) for place in line.places] or [("", line.quantity, line.value_fen)]
    for place, quantity, value in places:
        yield (
            f"{line.drug} {line.specification}",
            place_words(place),
            f"{plain(quantity)} {line.base_unit}",
            format_price(line.old_price),
            format_price(line.new_price),
            bare_yuan(value),
        )


def _sentences(change: PriceChange) -> Iterator[str]:
    entry = change.entry
    yield tr("stock paper|Reason: {reason}", reason=entry.reason)
    if entry.void_reason:
        yield tr("stock paper|Withdrawn: {reason}", reason=entry.void_reason)
    yield tr("stock paper|{n} drugs, profit or loss {value} yuan at retail price.", n=entry.lines, value=bare_yuan(entry.value_fen))
    if change.unpaid:
        repriced = sum(not one.kept for one in change.unpaid)
        kept = len(change.unpaid) - repriced
        yield tr(
            "stock paper|{n} unpaid prescriptions were priced anew, {kept} were being paid and kept their price.", n=repriced, kept=kept
        )
