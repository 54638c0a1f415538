"""Refusals of the drug store; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

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
