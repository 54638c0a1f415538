"""The desks there are. Each is imported only when somebody opens it, so that none can slow down or break another."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.desk import DeskSpec


@dataclass(frozen=True)
class DeskEntry:
    """A desk in the chooser: everything that can be said without importing it."""

    id: str
    title: str
    about: str
    icon: str
    needs: Permission

    @property
    def module(self) -> str:
        """The package that exposes ``DESK``."""
        return f"client.{self.id}"

    def installed(self) -> bool:
        """Whether this build of the program has the desk."""
        return importlib.util.find_spec(self.module) is not None

    def load(self) -> DeskSpec:
        """Import the desk. Raises ``ImportError`` if this build has none."""
        spec: DeskSpec = importlib.import_module(self.module).DESK
        return spec


DESKS: Final = (
    DeskEntry(
        "registration", N_("desk|Registration"), N_("Find or enter a patient, choose a doctor, take the fee"), "register",
        Permission.REGISTRATION_REGISTER,
    ),
    DeskEntry("doctor", N_("desk|Doctor"), N_("Call, write the record, diagnose, prescribe"), "doctor", Permission.CONSULT_RECORD),
    DeskEntry("cashier", N_("desk|Cashier"), N_("Settle what a patient owes and print the receipt"), "cashier", Permission.CASHIER_SETTLE),
    DeskEntry("pharmacy", N_("desk|Pharmacy"), N_("Review, pick, scan and hand over"), "pharmacy", Permission.PHARMACY_DISPENSE),
)  # fmt: skip


def permitted(permissions: Iterable[Permission]) -> list[DeskEntry]:
    """The desks that a person may open, in the order of a patient's way."""
    held = set(permissions)
    return [entry for entry in DESKS if entry.needs in held and entry.installed()]


def by_id(desk_id: str) -> DeskEntry:
    """The desk with this id. Raises ``KeyError``."""
    return {entry.id: entry for entry in DESKS}[desk_id]
