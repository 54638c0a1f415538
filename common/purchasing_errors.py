"""Refusals of purchasing; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.errors import Refusal
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Licences as a person calls them.
LICENCES: Final[Mapping[str, str]] = {
    "DRUG": N_("licence|Drug distribution licence"),
    "BUSINESS": N_("licence|Business licence"),
    "AUTHORISATION": N_("licence|Letter of authorisation"),
    "GSP": N_("licence|GSP certificate"),
    "QUALITY": N_("licence|Quality agreement"),
}


@dataclass(eq=False)
class LicenceMissing(Refusal):
    """A supplier's licence has expired or is not there. ``kind`` is a :class:`common.messages.suppliers.LicenceKind`; ``expired``: the day."""

    supplier: str
    kind: str
    expired: str
    text = N_("{supplier}: the {kind} {what}.")
    remedy = N_("Enter the new licence on the page of suppliers; or a second person agrees to this delivery, with a reason.")
    status = 409

    def shown(self) -> dict[str, object]:
        what = tr("licence|expired on {day}", day=self.expired) if self.expired else tr("licence|is missing")
        return {"supplier": self.supplier, "kind": tr(LICENCES.get(self.kind, self.kind)), "what": what}


@dataclass(eq=False)
class SupplierUnknown(Refusal):
    """Nobody is entered under this name, or they are out of use."""

    supplier: str
    text = N_("{supplier} is not among the suppliers.")
    remedy = N_("Enter the supplier and its licences first, on the page of suppliers.")
    status = 409


@dataclass(eq=False)
class MoreThanOrdered(Refusal):
    """More of a drug came than is still awaited, and nobody said why. Quantities in packs."""

    drug: str
    came: Decimal
    awaited: Decimal
    text = N_("{drug}: {came} packs came, {awaited} are still awaited.")
    remedy = N_("Count again; if they are to stay, say why more came.")
    status = 409


@dataclass(eq=False)
class NotOrdered(Refusal):
    """A drug came that is not in the order."""

    drug: str
    number: str
    text = N_("{drug} is not in the order {number}.")
    remedy = N_("Take it in without the order, in a delivery of its own; or give it back.")
    status = 409
