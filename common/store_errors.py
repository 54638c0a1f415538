"""Refusals of the drug store; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from common.errors import Refusal
from common.i18n import N_


@dataclass(eq=False)
class CodeBound(Refusal):
    """The product section of a 追溯码 belongs to another drug already."""

    prefix: str
    drug: str
    text = N_("Codes that begin with {prefix} belong to {drug}.")
    remedy = N_("Look at the pack again; if the catalogue is wrong, have it corrected there.")
    status = 409


@dataclass(eq=False)
class NotCold(Refusal):
    """Goods that are kept cold came too warm, too cold, or with no temperature. ``celsius`` is what was typed."""

    drug: str
    celsius: str
    text = N_("{drug} has to arrive at 2 to 8 °C; it says: {celsius}.")
    remedy = N_("Type the temperature on arrival. What came too warm or too cold is not accepted.")
    status = 422


@dataclass(eq=False)
class NotEnoughInBatch(Refusal):
    """A batch has less at that place than a paper wants to take, or the rest of it is laid aside for patients. Quantities in base units."""

    drug: str
    lot: str
    wanted: Decimal
    left: Decimal
    unit: str
    text = N_("{drug}, batch {lot}: {wanted} {unit} wanted, {left} {unit} free there.")
    remedy = N_("Take less, or look whether it is laid aside for a patient.")
    status = 409


@dataclass(eq=False)
class HeldForPatients(Refusal):
    """What is left would be less than signed prescriptions hold. Quantities in base units."""

    drug: str
    wanted: Decimal
    left: Decimal
    held: Decimal
    unit: str
    text = N_("{drug}: {wanted} {unit} wanted, {left} {unit} free; {held} {unit} are held for signed prescriptions.")
    remedy = N_("Take less, or wait until the prescriptions are handed over or void.")
    status = 409
