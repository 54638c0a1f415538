"""A stock-take as its page knows it: what was typed for a line, which lines a scan or words mean, and words for states. No Qt."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from client.store.delivery import number
from common.domain.barcodes import Gs1Code, classify
from common.domain.states import STOCK_TAKE
from common.i18n import N_, tr
from common.messages.receipts import Goods
from common.messages.stock_take import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from common.messages.stock_take import DifferenceLine, SheetLine, TakeEntry


class CountDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of a sheet: the count that was being typed for a line in its round, and the batch that was being entered."""

    take_id: int
    line_id: int = 0
    round: int = 0
    packs: str = ""
    loose: str = ""
    goods: Goods | None = None
    lot: str = ""
    expires: str = ""

    def adding(self) -> bool:
        """Whether a batch was being entered."""
        return bool(self.goods or self.lot or self.expires)

    def begun(self) -> bool:
        """Whether there is anything that would be lost."""
        return self.adding() or bool(self.packs or self.loose)


PLACES: Final = (("PHARMACY", N_("place|Pharmacy")), ("STORE", N_("place|Store")), ("QUARANTINE", N_("place|Quarantine area")))
CHOICES: Final = ((Choice.ALL, N_("count|All")), (Choice.SHELF, N_("count|By shelf")), (Choice.CLASS, N_("count|By class")))
CLASSES: Final = (
    ("western", N_("count|Western drugs")),
    ("patent", N_("count|Patent Chinese drugs")),
    ("herbal", N_("count|Slices")),
    ("controlled", N_("count|Controlled drugs")),
)
REASONS: Final = (N_("count|opened by mistake"), N_("count|to be counted anew"))
TONES: Final = {"OPEN": "info", "COUNTED": "warning", "CONFIRMED": "done", "VOIDED": "plain"}
_ROUNDS: Final = {
    0: (N_("count|Done"), "done"),
    1: (N_("count|To count"), "info"),
    2: (N_("count|Second count"), "warning"),
    3: (N_("count|Third count"), "danger"),
}


def quantity(packs: str, loose: str, line: SheetLine | DifferenceLine) -> Decimal | str:
    """Packs and loose units as base units; a sentence if what was typed is none."""
    if not packs.strip() and not loose.strip():
        return tr("count|Type how much lies there; 0 if nothing does.")
    found = []
    for typed in (packs, loose):
        value = number(typed) if typed.strip() else Decimal(0)
        if value is None or value < 0:
            return tr("count|Type a number, such as 12.")
        found.append(value)
    total = found[0] * line.pack_size + found[1]
    return total if total == round(total, 4) else tr("count|At most four places.")


def state(take: TakeEntry) -> str:
    """The state as a person reads it."""
    return STOCK_TAKE.label(take.state)


def chosen(take: TakeEntry) -> str:
    """What is counted: ``all``, ``shelf A-1``, ``controlled drugs``."""
    if take.choice is Choice.SHELF:
        return tr("count|shelf {name}", name=take.chosen)
    if take.choice is Choice.CLASS:
        return tr(dict(CLASSES).get(take.chosen, take.chosen))
    return tr("count|All") if take.choice is Choice.ALL else tr("count|Some drugs")


def wanted(line: SheetLine) -> tuple[str, str]:
    """What is to be done with a line, and its tone."""
    if line.mine:
        return tr("count|Another person"), "plain"
    words, tone = _ROUNDS[line.round]
    return tr(words), tone


def fitting(lines: Sequence[SheetLine], words: str, drugs: Collection[int] | None) -> list[SheetLine]:
    """The lines that words name, or whose drug the service found for them (``drugs``)."""
    sought = words.strip().lower()
    if not sought:
        return list(lines)
    return [line for line in lines if (drugs and line.drug_id in drugs) or _named(line, sought)]


def _named(line: SheetLine, sought: str) -> bool:
    return any(sought in part.lower() for part in (line.drug, line.lot, line.shelf, line.code))


def scanned(lines: Sequence[SheetLine], code: str, drugs: Collection[int]) -> SheetLine | None:
    """The line of a pack: its drug, and its lot where the code says it; one that is still to be counted first."""
    seen = classify(code)
    lot = seen.lot if isinstance(seen, Gs1Code) else ""
    mine = [line for line in lines if line.drug_id in drugs and (not lot or line.lot == lot)]
    return min(mine, key=lambda line: (line.round == 0, line.mine), default=None)


def following(lines: Sequence[SheetLine], after: int) -> SheetLine | None:
    """The next line that this person can count, behind the one with this id, else from the top."""
    place = next((nth for nth, line in enumerate(lines) if line.line_id == after), -1)
    return next((line for line in [*lines[place + 1 :], *lines[: place + 1]] if line.round and not line.mine), None)


def tone(line: DifferenceLine) -> str:
    """How a difference looks."""
    if line.counted is None:
        return "warning"
    return "danger" if line.difference < 0 else "info" if line.difference > 0 else "plain"
