"""The desks there are. Each is imported only when somebody opens it, so that none can slow down or break another."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.i18n import N_, tr
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.desk import DeskSpec


@functools.cache
def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@dataclass(frozen=True)
class DeskEntry:
    """A desk in the chooser and in the tabs: everything that can be said without importing it.

    ``tab`` is a shorter title for the tabs, where ``title`` is longer than some 90 px; a source string too.
    """

    id: str
    title: str
    about: str
    icon: str
    needs: Permission
    tab: str = ""

    @property
    def module(self) -> str:
        """The package that exposes ``DESK``."""
        return f"client.{self.id}"

    def installed(self) -> bool:
        """Whether this build of the program has the desk."""
        return _is_there(self.module)

    def tab_title(self) -> str:
        """What its tab says, in the current language."""
        return tr(self.tab or self.title)

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
    DeskEntry(
        "refunds", N_("desk|Refunds"), N_("Take bills back, whole or in part, by the way the money came"), "refunds",
        Permission.CASHIER_REFUND,
    ),
    DeskEntry(
        "accounts", N_("desk|Deposits and credit"), N_("Deposits, company accounts, green channel, statements"), "accounts",
        Permission.CASHIER_VIEW, tab=N_("desk|Accounts"),
    ),
    DeskEntry(
        "closing", N_("desk|Shift and daily close"), N_("Count the drawer, hand it over, close the day"), "closing",
        Permission.CLOSING_SHIFT, tab=N_("desk|Closing"),
    ),
    DeskEntry("invoices", N_("desk|Invoices"), N_("Numbers, reprints, spoiled papers, electronic invoices"), "invoices", Permission.CASHIER_VIEW),
    DeskEntry("pharmacy", N_("desk|Pharmacy"), N_("Review, pick, scan and hand over"), "pharmacy", Permission.PHARMACY_DISPENSE),
    DeskEntry(
        "windows", N_("desk|Pharmacy windows"), N_("Open and close windows, call patients in the hall, the pharmacy's rules"), "windows",
        Permission.STORE_VIEW, tab=N_("desk|Windows"),
    ),
    DeskEntry(
        "hall", N_("desk|Hall screen"), N_("Who is called in the hall, at a computer of its own"), "windows", Permission.HALL_SCREEN,
    ),
    DeskEntry(
        "owing",
        N_("desk|Owed drugs"),
        N_("What is owed and whether it is there now, opened packs, hand-overs alone"),
        "pharmacy",
        Permission.PHARMACY_DISPENSE,
        tab=N_("desk|Owed"),
    ),
    DeskEntry("store", N_("desk|Drug store"), N_("Stock, goods in, expiries, the way of a lot"), "store", Permission.STORE_VIEW),
    DeskEntry("finance", N_("desk|Finance"), N_("Reports, expenses, price list, packages, surcharges"), "finance", Permission.REPORT_VIEW),
    DeskEntry("insurance", N_("desk|Insurance"), N_("Reconciliation, uploads, mapping, lists, the line"), "insurance", Permission.INSURANCE_USE),
)  # fmt: skip


def permitted(permissions: Iterable[Permission]) -> list[DeskEntry]:
    """The desks that a person may open, in the order of a patient's way."""
    held = set(permissions)
    return [entry for entry in DESKS if entry.needs in held and entry.installed()]


def by_id(desk_id: str) -> DeskEntry:
    """The desk with this id. Raises ``KeyError``."""
    return {entry.id: entry for entry in DESKS}[desk_id]
