"""What the cashier's desk reads: who is to pay, what is owed, what one can pay with, the clinic's rules, and one's own shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.cashier import new_prices
from client.cashier.stand import show_customer
from common.domain.money import format_yuan
from common.i18n import tr
from common.messages.accounts import GetPatientAccounts
from common.messages.cashier import DebtorList, GetShift, GetUnpaid, ListDebtors, ShiftFacts, Unpaid
from common.messages.catalogue import GetLists, Lists
from common.messages.patients import GetPatient
from common.messages.settlement import GetMoneyRules

if TYPE_CHECKING:
    from client.cashier.view.desk import CashierDesk
    from common.messages.accounts import PatientAccounts
    from common.messages.settlement import MoneyRules


def take_lists(desk: CashierDesk) -> None:
    """The departments' names, once for the desk."""

    def taken(lists: Lists) -> None:
        desk.place.lists = desk.model.lists = lists
        desk.show_all()

    if desk.place.lists is not None:
        taken(desk.place.lists)
    else:
        desk.send(GetLists(), done=taken)


def load_rules(desk: CashierDesk) -> None:
    """How cash is rounded, what may be waived, and who is connected."""

    def taken(rules: MoneyRules) -> None:
        desk.model.take_rules(rules)
        desk.show_all()

    desk.send(GetMoneyRules(), done=taken)


def load_debtors(desk: CashierDesk) -> None:
    """Who is to pay today."""

    def taken(found: DebtorList) -> None:
        desk.model.debtors = found.debtors
        desk.show_all()

    desk.send(ListDebtors(), done=taken)


def load_patient(desk: CashierDesk) -> None:
    """Whose bill it is, for the banner."""
    if desk.model.patient_id is not None:
        desk.send(GetPatient(patient_id=desk.model.patient_id), done=desk.show_patient, key="patient")


def load_accounts(desk: CashierDesk) -> None:
    """What the patient in hand can pay with."""
    patient_id = desk.model.patient_id
    if patient_id is None:
        return

    def taken(accounts: PatientAccounts) -> None:
        if accounts.patient_id == desk.model.patient_id:
            desk.model.take_accounts(accounts)
            desk.show_all()

    desk.send(GetPatientAccounts(patient_id=patient_id), done=taken)


def load_unpaid(desk: CashierDesk) -> None:
    """What the patient in hand owes. If that became another amount meanwhile, it is said in place."""
    patient_id = desk.model.patient_id
    if patient_id is None:
        return

    def taken(unpaid: Unpaid) -> None:
        if unpaid.patient_id != desk.model.patient_id:
            return
        before, lines = desk.model.due_fen, desk.model.lines
        became_another = desk.model.take_unpaid(unpaid)
        expected, desk.own_change = desk.own_change and became_another, desk.own_change and not became_another
        said = [new_prices.told(lines, unpaid.lines)]
        if became_another and (said[0] or (not expected and not desk.model.trouble and before)):
            said.append(tr("The amount due is now {due}, not {before}.", due=format_yuan(desk.model.due_fen), before=format_yuan(before)))
        if any(said) and not desk.model.held:
            desk.tell(" ".join(filter(None, said)), "info" if said[0] else "warning")
        desk.show_all()
        show_customer(desk)

    desk.send(GetUnpaid(patient_id=patient_id), done=taken)


def load_shift(desk: CashierDesk) -> None:
    """One's own shift."""

    def taken(shift: ShiftFacts | None) -> None:
        desk.model.shift = shift
        desk.till.show_model()

    desk.send(GetShift(), done=taken)


def refresh_all(desk: CashierDesk) -> None:
    """Everything anew."""
    for load in (load_debtors, load_unpaid, load_patient, load_accounts, load_shift):
        load(desk)
