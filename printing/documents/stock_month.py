"""库存月结表: each place's account of a month by kind of move, then drug by drug, with signatures. A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.stock_months import DrugSum, PlaceSum, StockMonth
from printing.documents.base import SheetDocument, bare_yuan, copy_note, place_words
from printing.documents.close_page import LEFT, PITCH, Page, Rows, facts, finished, head, signatures, table
from printing.documents.stock_take import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Sheet

_KINDS: Final = {
    "RECEIPT": N_("move|Goods in"),
    "DISPENSE": N_("move|Dispensed"),
    "RETURN": N_("move|Brought back by patients"),
    "ADJUST": N_("move|Stock-take"),
    "TRANSFER": N_("move|Between places"),
    "DAMAGE": N_("move|Damage"),
    "DESTROY": N_("move|Destroyed"),
    "SUPPLIER_RETURN": N_("move|Back to the supplier"),
}
_WIDTHS: Final = (76.0, 34.0, 34.0, 34.0)
_DRUG_WIDTHS: Final = (58.0, 20.0, 20.0, 18.0, 18.0, 22.0, 22.0)


class StockMonthSheet(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``month`` as the service has it; its times are the clinic's."""

    month: StockMonth

    def sheets(self) -> Sequence[Sheet]:
        """Head, the places' accounts, the drugs, signatures."""
        page, entry = Page(), self.month.entry
        head(page, self.clinic, tr("paper|Stock account of {month}", month=f"{entry.month:%Y-%m}"), entry.number, _note(self), alarm=False)
        first = (tr("stock paper|Closed by"), entry.closed_by), (tr("stock paper|Closed at"), f"{entry.closed_at:%Y-%m-%d %H:%M}")
        facts(page, ((*first, (tr("stock paper|Closing (yuan)"), bare_yuan(entry.closing_fen))),))
        for place in self.month.places:
            rows = _account(place)
            page.room(len(rows) * PITCH)
            page.y += table(page, LEFT, _WIDTHS, rows) + 3.0
        listed(page, _DRUG_WIDTHS, _heading(), [_cells(drug) for drug in self.month.drugs])
        signatures(page, (tr("stock paper|Keeper"), tr("stock paper|Finance"), tr("stock paper|Manager")), self.copy)
        return finished(page, entry.number)


def _note(paper: StockMonthSheet) -> str:
    again = tr("stock paper|opened again: no longer holds") if paper.month.entry.reopened_at else ""
    return "　".join(filter(None, (copy_note(paper.copy), again)))


def _account(place: PlaceSum) -> Rows:
    rows: Rows = [((place_words(place.place), tr("stock paper|Came"), tr("stock paper|Went"), tr("stock paper|Left (yuan)")), False)]
    rows.append(((tr("stock paper|Opening"), "", "", bare_yuan(place.opening_fen)), False))
    for kind in place.kinds:
        rows.append(((tr(_KINDS.get(kind.kind, kind.kind)), _yuan(kind.came_fen), _yuan(kind.went_fen), ""), False))
    rows.append(((tr("stock paper|Closing"), "", "", bare_yuan(place.closing_fen)), True))
    return rows


def _yuan(fen: int) -> str:
    """Nothing where nothing was moved."""
    return bare_yuan(fen) if fen else ""


def _heading() -> tuple[str, ...]:
    return (
        tr("stock paper|Drug, specification"),
        tr("stock paper|Place"),
        tr("stock paper|Opening"),
        tr("stock paper|Came"),
        tr("stock paper|Went"),
        tr("stock paper|Closing"),
        tr("stock paper|Value (yuan)"),
    )


def _cells(drug: DrugSum) -> tuple[str, ...]:
    quantities = (plain(drug.opening), plain(drug.came), plain(drug.went), f"{plain(drug.closing)} {drug.base_unit}")
    return (f"{drug.drug} {drug.specification}", place_words(drug.place), *quantities, bare_yuan(drug.closing_fen))
