"""盘点表: what a stock-take found, batch by batch, with value and three signatures. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.domain.states import STOCK_TAKE
from common.i18n import tr
from common.messages.stock_take import DifferenceLine, Differences
from printing.documents.base import SheetDocument, bare_yuan, copy_note, place_words
from printing.documents.close_page import LEFT, PITCH, Page, Rows, facts, finished, head, paragraph, row_height, signatures, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Sheet

#: Where the last row of a page may stand, in mm.
_BOTTOM: Final = 258.0
_WIDTHS: Final = (54.0, 26.0, 22.0, 22.0, 22.0, 18.0, 14.0)


class StockTakeSheet(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``found`` as the service has it; its times are the clinic's."""

    found: Differences

    def sheets(self) -> Sequence[Sheet]:
        """Head, what differs, what nobody counted, sums, signatures."""
        page, found = Page(), self.found
        head(page, self.clinic, tr("paper|Stock-take"), found.take.number, copy_note(self.copy), alarm=False)
        facts(page, _facts(found))
        differ = [line for line in found.lines if line.difference]
        listed(page, _WIDTHS, _heading(), [_cells(line) for line in differ])
        for words in _sentences(found, len(differ)):
            paragraph(page, words)
        signatures(page, (tr("stock paper|Counted by"), tr("stock paper|Agreed by")), self.copy)
        return finished(page, found.take.number)


def listed(page: Page, widths: Sequence[float], heading: tuple[str, ...], cells: Sequence[tuple[str, ...]]) -> None:
    """A table over as many pages as it needs, each with its heading."""
    left = list(cells)
    while left:
        page.room(3 * PITCH)
        fits = _fitting(left, widths, _BOTTOM - page.y - PITCH)
        rows: Rows = [(heading, False), *((row, False) for row in left[:fits])]
        page.y += table(page, LEFT, widths, rows) + 3.0
        left = left[fits:]


def _fitting(cells: Sequence[tuple[str, ...]], widths: Sequence[float], room: float) -> int:
    """How many rows there is room for; at least one."""
    for place, texts in enumerate(cells):
        room -= row_height(texts, widths)
        if room < 0:
            return max(place, 1)
    return len(cells)


def _facts(found: Differences) -> tuple[tuple[tuple[str, str], ...], ...]:
    take = found.take
    ended = f"{take.ended_at:%Y-%m-%d %H:%M}" if take.ended_at else ""
    return (
        (
            (tr("stock paper|Place"), place_words(take.place)),
            (tr("stock paper|State"), STOCK_TAKE.label(take.state)),
            (tr("stock paper|Opened"), f"{take.opened_at:%Y-%m-%d %H:%M}"),
        ),
        (
            (tr("stock paper|Keeper"), take.ended_by or take.counted_by or take.opened_by),
            (tr("stock paper|Agreed by"), take.approved_by),
            (tr("stock paper|Booked"), ended),
        ),
    )


def _heading() -> tuple[str, ...]:
    return (
        tr("stock paper|Drug, specification"),
        tr("stock paper|Lot"),
        tr("stock paper|Book"),
        tr("stock paper|Found there"),
        tr("stock paper|Difference"),
        tr("stock paper|Value (yuan)"),
        tr("stock paper|Counts"),
    )


def _cells(line: DifferenceLine) -> tuple[str, ...]:
    sign = "+" if line.difference > 0 else ""
    counted = "–" if line.counted is None else plain(line.counted)
    return (
        f"{line.drug} {line.specification}",
        line.lot,
        f"{plain(line.book)} {line.base_unit}",
        f"{counted} {line.base_unit}",
        f"{sign}{plain(line.difference)} {line.base_unit}",
        bare_yuan(line.value_fen),
        str(line.rounds),
    )


def _sentences(found: Differences, differ: int) -> Iterator[str]:
    yield tr("stock paper|{n} batches, {differ} of them differ.", n=len(found.lines), differ=differ)
    yield tr(
        "stock paper|Gain {gain} yuan, loss {loss} yuan, at purchase price.", gain=bare_yuan(found.gain_fen), loss=bare_yuan(found.loss_fen)
    )
    left_out = [f"{line.drug} {line.lot}" for line in found.lines if line.counted is None]
    if left_out:
        yield tr("stock paper|Not counted, left as the book has them: {lines}", lines=tr("list separator|, ").join(left_out))
