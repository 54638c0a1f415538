"""Refusals about the store's papers; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class PaperRefused(Refusal):
    """A paper cannot be made or taken a step further like this. ``reason`` is an English source string."""

    reason: str
    text = N_("This cannot be done: {reason}.")
    remedy = N_("Look at the paper again.")
    status = 422

    def shown(self) -> dict[str, object]:
        return {"reason": tr(self.reason)}


@dataclass(eq=False)
class PaperChanged(Refusal):
    """A draft was changed after it had been read."""

    number: str
    text = N_("{number} was changed in the meantime.")
    remedy = N_("Read it as it is now, then decide.")
    status = 409


@dataclass(eq=False)
class BatchUnfit(Refusal):
    """A batch may not go on this paper. ``reason`` is an English source string."""

    drug: str
    lot: str
    reason: str
    text = N_("{drug}, batch {lot}: {reason}.")
    remedy = N_("Take the line out, or choose another batch.")
    status = 422

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "lot": self.lot, "reason": tr(self.reason)}


@dataclass(eq=False)
class GoneFromQuarantine(Refusal):
    """What a paper brought to the quarantine area is not all there any more; ``taken_by``: the papers that took it. Quantities in base units."""

    number: str
    drug: str
    lot: str
    wanted: Decimal
    left: Decimal
    unit: str
    taken_by: list[str]
    text = N_(
        "{drug}, batch {lot}: of the {wanted} {unit} that {number} brought to quarantine {left} are still there; {taken_by} took the rest."
    )
    remedy = N_("What was destroyed or given back cannot be put on a shelf again. If it is there, have it found by a stock-take.")
    status = 409

    def shown(self) -> dict[str, object]:
        return super().shown() | {"taken_by": tr("list separator|, ").join(self.taken_by)}
