"""Refusals about what the catalogue says of drugs, and of the narcotics register; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class DrugChangedMeanwhile(Refusal):
    """Somebody changed the drug while one typed, or another change of the same field waits. ``field`` is an English source string."""

    drug: str
    field: str
    text = N_("{drug}: {field} says something else by now, or another change of it waits.")
    remedy = N_("Look at it again, then type what is still to be changed.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "field": tr(self.field)}


@dataclass(eq=False)
class DrugValueRefused(Refusal):
    """What is no value of a drug's field, or one that its other values do not allow. ``field`` and ``reason`` are English source strings, ``about``
    what the ``{n}`` of the reason stands for."""

    field: str
    reason: str
    about: str = ""
    text = N_("{field}: {reason}.")
    remedy = N_("Type another value, or change the other one with it.")
    status = 422

    def shown(self) -> dict[str, object]:
        return {"field": tr(self.field), "reason": tr(self.reason, n=self.about)}


@dataclass(eq=False)
class MoreEmptiesThanOut(Refusal):
    """More empty ampoules would have come back for a hand-over than it gave out, or fewer than none. Quantities in base units."""

    drug: str
    out: Decimal
    back: Decimal
    unit: str
    text = N_("{drug}: {out} {unit} went out with this line and {back} empty ones came back already.")
    remedy = N_("Count again; a wrong count is put right by a count below zero with a note.")
    status = 409


@dataclass(eq=False)
class CountUnexplained(Refusal):
    """A count at the change of shifts differs from the register, and nobody wrote down why."""

    drug: str
    lot: str
    counted: Decimal
    booked: Decimal
    unit: str
    text = N_("{drug}, batch {lot}: {counted} {unit} counted, the register says {booked} {unit}.")
    remedy = N_("Count again. If it stays so, write down what both of you found; report it.")
    status = 409
