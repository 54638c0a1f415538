"""A closed month as its page shows it: one row for each kind of move of a place, between what lay there before and after. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from client.store import papers_words
from common.i18n import N_, tr

if TYPE_CHECKING:
    from common.messages.stock_months import StockMonth

KINDS: Final = {
    "RECEIPT": N_("move|Goods in"),
    "DISPENSE": N_("move|Dispensed"),
    "RETURN": N_("move|Brought back by patients"),
    "ADJUST": N_("move|Stock-take"),
    "TRANSFER": N_("move|Between places"),
    "DAMAGE": N_("move|Damage"),
    "DESTROY": N_("move|Destroyed"),
    "SUPPLIER_RETURN": N_("move|Back to the supplier"),
}
REASONS: Final = (N_("month|a paper has to be added"), N_("month|closed by mistake"))


class SumRow(NamedTuple):
    """A row of a place's account; amounts in fen, ``None`` where there is none. ``title`` is empty but for the place's own row."""

    key: str
    title: str
    label: str
    came_fen: int | None
    went_fen: int | None
    left_fen: int | None


def rows(month: StockMonth) -> list[SumRow]:
    """Each place: its name, the opening, the kinds, the closing."""
    found: list[SumRow] = []
    for place in month.places:
        name = place.place
        found.append(SumRow(f"{name} ", papers_words.place(name), papers_words.place(name), None, None, None))
        found.append(SumRow(f"{name} opening", "", tr("month|Opening"), None, None, place.opening_fen))
        found += [
            SumRow(f"{name} {kind.kind}", "", tr(KINDS.get(kind.kind, kind.kind)), kind.came_fen or None, kind.went_fen or None, None)
            for kind in place.kinds
        ]
        found.append(SumRow(f"{name} closing", "", tr("month|Closing"), None, None, place.closing_fen))
    return found
