"""Who may do what: permissions by name (``AREA_ACT``, kept sorted), and the roles that hold them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permission(StrEnum):
    """One thing that a person may be allowed to do."""

    ADMIN_AUDIT = "admin.audit"
    ADMIN_CATALOGUE = "admin.catalogue"
    ADMIN_CLINIC = "admin.clinic"
    ADMIN_PAIR = "admin.pair"
    ADMIN_STAFF = "admin.staff"
    ADMIN_TRAINING = "admin.training"
    ANYONE = "anyone"  # not signed in yet: signing in and pairing only
    CASHIER_APPROVE = "cashier.approve"  # the second person of a refund, waiver, finding
    CASHIER_CHARGE = "cashier.charge"
    CASHIER_REFUND = "cashier.refund"
    CASHIER_SETTLE = "cashier.settle"
    CASHIER_VIEW = "cashier.view"
    CATALOGUE_VIEW = "catalogue.view"
    CLOSING_ROLL_UP = "closing.roll_up"
    CLOSING_SHIFT = "closing.shift"
    CONSULT_RECORD = "consult.record"
    CONSULT_VIEW = "consult.view"
    CONTROLLED_REGISTER = "controlled.register"  # narcotics: patients with their identity numbers
    CREDIT_MANAGE = "credit.manage"
    EXPENSE_ENTER = "expense.enter"
    HALL_SCREEN = "hall.screen"  # a computer that stands in the hall by itself
    HALL_VIEW = "hall.view"
    INSURANCE_MANAGE = "insurance.manage"
    INSURANCE_USE = "insurance.use"
    INVOICE_GIVE = "invoice.give"
    INVOICE_USE = "invoice.use"
    PATIENT_EDIT = "patient.edit"
    PATIENT_SEARCH = "patient.search"
    PATIENT_VIEW = "patient.view"
    PHARMACY_DISPENSE = "pharmacy.dispense"
    PHARMACY_MANAGE = "pharmacy.manage"
    PHARMACY_RETURN = "pharmacy.return"
    PHARMACY_REVIEW = "pharmacy.review"
    PHARMACY_UNDO = "pharmacy.undo"
    PHARMACY_VIEW = "pharmacy.view"
    PRESCRIPTION_SIGN = "prescription.sign"
    PRICE_MANAGE = "price.manage"
    QUEUE_CALL = "queue.call"
    QUEUE_VIEW = "queue.view"
    REGISTRATION_CANCEL = "registration.cancel"
    REGISTRATION_REGISTER = "registration.register"
    REGISTRATION_VIEW = "registration.view"
    REPORT_VIEW = "report.view"
    SERVICE = "service"  # the service's own work; no role holds it
    SESSION_OWN = "session.own"  # every person who is signed in
    STORE_APPROVE = "store.approve"  # the second person of a code that is learned
    STORE_COUNT = "store.count"  # counts in a stock-take, blind
    STORE_MANAGE = "store.manage"
    STORE_PAPERS = "store.papers"  # requests, transfers, damage: the pharmacy's side and the store's
    STORE_RECEIVE = "store.receive"
    STORE_VIEW = "store.view"


class Role(StrEnum):
    """A person's work. One person may have several."""

    REGISTRATION_CLERK = "registration_clerk"
    NURSE = "nurse"
    DOCTOR = "doctor"
    PHARMACIST = "pharmacist"
    CASHIER = "cashier"
    STORE_KEEPER = "store_keeper"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    HALL_SCREEN = "hall_screen"


_EVERYBODY: Final = frozenset({Permission.SESSION_OWN, Permission.CATALOGUE_VIEW})
_FRONT: Final = frozenset({Permission.PATIENT_SEARCH, Permission.PATIENT_VIEW, Permission.QUEUE_VIEW})

#: An administrator sees no clinical data (three roles separated, GB/T 22239).
ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.REGISTRATION_CLERK: _EVERYBODY
    | _FRONT
    | {
        Permission.CLOSING_SHIFT,  # who takes fees has a drawer to hand in
        Permission.PATIENT_EDIT,
        Permission.REGISTRATION_CANCEL,
        Permission.REGISTRATION_REGISTER,
        Permission.REGISTRATION_VIEW,
    },
    Role.NURSE: _EVERYBODY | _FRONT | {Permission.PATIENT_EDIT, Permission.QUEUE_CALL, Permission.REGISTRATION_VIEW},
    Role.DOCTOR: _EVERYBODY
    | _FRONT
    | {
        Permission.CONSULT_RECORD,
        Permission.CONSULT_VIEW,
        Permission.PATIENT_EDIT,
        Permission.PRESCRIPTION_SIGN,
        Permission.QUEUE_CALL,
    },
    Role.PHARMACIST: _EVERYBODY
    | _FRONT
    | {
        Permission.CONSULT_VIEW,
        Permission.CONTROLLED_REGISTER,
        Permission.HALL_VIEW,
        Permission.PHARMACY_DISPENSE,
        Permission.PHARMACY_RETURN,
        Permission.PHARMACY_REVIEW,
        Permission.PHARMACY_UNDO,
        Permission.PHARMACY_VIEW,
        Permission.STORE_APPROVE,
        Permission.STORE_COUNT,
        Permission.STORE_PAPERS,
        Permission.STORE_VIEW,
    },
    Role.CASHIER: _EVERYBODY
    | _FRONT
    | {
        Permission.CASHIER_CHARGE,
        Permission.CASHIER_REFUND,
        Permission.CASHIER_SETTLE,
        Permission.CASHIER_VIEW,
        Permission.CLOSING_SHIFT,
        Permission.INSURANCE_USE,
        Permission.INVOICE_USE,
    },
    Role.STORE_KEEPER: _EVERYBODY
    | {
        Permission.STORE_APPROVE,
        Permission.STORE_COUNT,
        Permission.STORE_MANAGE,
        Permission.STORE_PAPERS,
        Permission.STORE_RECEIVE,
        Permission.STORE_VIEW,
    },
    Role.MANAGER: _EVERYBODY
    | {
        Permission.CASHIER_APPROVE,
        Permission.CASHIER_VIEW,
        Permission.CLOSING_ROLL_UP,
        Permission.CLOSING_SHIFT,
        Permission.CONTROLLED_REGISTER,
        Permission.CREDIT_MANAGE,
        Permission.EXPENSE_ENTER,
        Permission.INSURANCE_MANAGE,
        Permission.INSURANCE_USE,
        Permission.INVOICE_GIVE,
        Permission.PATIENT_SEARCH,
        Permission.PHARMACY_MANAGE,
        Permission.PRICE_MANAGE,
        Permission.REPORT_VIEW,
        Permission.STORE_APPROVE,
        Permission.STORE_VIEW,
    },
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        Permission.ADMIN_AUDIT,
        Permission.ADMIN_CATALOGUE,
        Permission.ADMIN_CLINIC,
        Permission.ADMIN_PAIR,
        Permission.ADMIN_STAFF,
        Permission.ADMIN_TRAINING,
        Permission.STORE_VIEW,
    },
    #: No person: a computer that nobody sits at, and that sees what everybody in the hall sees.
    Role.HALL_SCREEN: frozenset({Permission.HALL_SCREEN, Permission.HALL_VIEW, Permission.SESSION_OWN}),
}

_ROLE_NAMES: Final = {
    Role.REGISTRATION_CLERK: N_("Registration clerk"),
    Role.NURSE: N_("Nurse"),
    Role.DOCTOR: N_("Doctor"),
    Role.PHARMACIST: N_("Pharmacist"),
    Role.CASHIER: N_("role|Cashier"),
    Role.STORE_KEEPER: N_("Store keeper"),
    Role.MANAGER: N_("Manager"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.HALL_SCREEN: N_("role|Hall screen"),
}


def role_name(role: Role) -> str:
    """The role as a person reads it, in the current language."""
    return tr(_ROLE_NAMES[role])


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that a person with these roles may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def unattended(roles: Iterable[Role]) -> bool:
    """Whether nobody sits there who could unlock a desk or sign in anew each day: a screen in the hall, and nothing else."""
    return set(roles) == {Role.HALL_SCREEN}
