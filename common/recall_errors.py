"""Refusals about lots that are kept out of use and about recalls; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_


@dataclass(eq=False)
class LotKeptOut(Refusal):
    """The lot is in quarantine or was recalled: nothing of it is received, put on a shelf or kept out once more. ``number`` is its paper."""

    drug: str
    lot: str
    number: str
    text = N_("{drug}, batch {lot}, is kept out of use by {number}.")
    remedy = N_("Do not take it onto a shelf. What came back from a patient goes into quarantine; a delivery goes back to the supplier.")
    status = 409


@dataclass(eq=False)
class LotRecalled(Refusal):
    """A recalled lot is not used again, unless the recall was withdrawn."""

    lot: str
    number: str
    text = N_("Batch {lot} was recalled by {number}; it is not used again.")
    remedy = N_("If the recall was withdrawn, close it as withdrawn first.")
    status = 409


@dataclass(eq=False)
class PatientsToCall(Refusal):
    """A recall cannot be closed while somebody who has some of it was never called. ``count`` such patients."""

    number: str
    count: int
    text = N_("{number} cannot be closed yet: {count} patients were not called.")
    remedy = N_("Call them first, and write down what they said.")
    status = 409
