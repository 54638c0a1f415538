"""What the desk reads from the service, and when."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.barcodes import OwnCode, OwnKind, ResidentId, classify
from common.i18n import tr
from common.messages.accounts import CreditStatement, GetAccountReceipt, GetCreditAccount, GetDeposit, ListCreditAccounts
from common.messages.patients import GetPatient, PatientHits, SearchPatients
from common.messages.settlement import GetMoneyRules
from common.permissions import Permission

if TYPE_CHECKING:
    from datetime import date

    from client.accounts.view.desk import AccountsDesk
    from common.messages.accounts import AccountReceipt, CreditAccountFacts, CreditAccountList, Deposit, Statement
    from common.messages.patients import PatientSummary
    from common.messages.settlement import MoneyRules
    from common.wire import Change

#: Numbers of receipts of deposits and of debts that were paid.
_RECEIPT: Final = re.compile(r"[DC]\d{11,}")


def refresh(desk: AccountsDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something; an empty set: everything."""
    named = {change.topic for change in changes}
    if not changes or topics.CREDIT in named:
        load_accounts(desk)
        load_account(desk)
    if not changes or any(change.topic == topics.DEPOSIT and change.id == desk.model.patient_id for change in changes):
        load_deposit(desk)
    if not changes or topics.CATALOGUE in named:
        load_rules(desk)


def load_rules(desk: AccountsDesk) -> None:
    """The clinic's rules: above what a second person agrees."""

    def taken(rules: MoneyRules) -> None:
        desk.model.rules = rules
        desk.show_all()

    desk.send(GetMoneyRules(), done=taken)


def load_accounts(desk: AccountsDesk) -> None:
    """The credit accounts on the left."""

    def taken(found: CreditAccountList) -> None:
        desk.model.accounts = found.accounts
        desk.show_all()

    desk.send(ListCreditAccounts(), done=taken)


def load_deposit(desk: AccountsDesk) -> None:
    """The deposit in hand."""
    patient_id = desk.model.patient_id
    if patient_id is None:
        return

    def taken(deposit: Deposit) -> None:
        if deposit.patient_id == desk.model.patient_id:
            desk.model.deposit = deposit
            desk.show_all()

    desk.send(GetDeposit(patient_id=patient_id), done=taken)


def load_account(desk: AccountsDesk) -> None:
    """The credit account in hand, and its statement if that is on the screen."""
    account_id = desk.model.account_id
    if account_id is None:
        return

    def taken(facts: CreditAccountFacts) -> None:
        if facts.account.id == desk.model.account_id:
            desk.model.facts = facts
            desk.show_all()

    desk.send(GetCreditAccount(account_id=account_id), done=taken)
    if desk.model.statement is not None:
        load_statement(desk, desk.model.statement.month)


def load_statement(desk: AccountsDesk, month: date) -> None:
    """The statement of a month, for the account in hand."""
    account_id = desk.model.account_id
    if account_id is None:
        return

    def taken(statement: Statement) -> None:
        if statement.account_id == desk.model.account_id:
            desk.model.statement = statement
            desk.show_all()

    desk.send(CreditStatement(account_id=account_id, month=month), done=taken)


def another_month(month: date, by: int) -> date:
    """The month before or after."""
    return (month.replace(day=1) + timedelta(days=31 if by > 0 else -1)).replace(day=1)


def load_patient(desk: AccountsDesk) -> None:
    """Whose deposit it is, for the banner, where the person may see a patient's file."""
    if desk.model.patient_id is None or not desk.place.may(Permission.PATIENT_VIEW):
        return

    def taken(patient: PatientSummary) -> None:
        if patient.id == desk.model.patient_id:
            desk.set_patient(patient)

    desk.send(GetPatient(patient_id=desk.model.patient_id), done=taken, key="patient")


def scanned(desk: AccountsDesk, code: str) -> bool:
    """A patient's or visit's barcode, an identity number, or the barcode of an account's receipt."""
    found = classify(code)
    if isinstance(found, OwnCode) and found.kind in (OwnKind.PATIENT, OwnKind.VISIT):
        find_number(desk, f"{found.number:0{8 if found.kind is OwnKind.PATIENT else 11}d}")
    elif isinstance(found, ResidentId):
        find_number(desk, found.number)
    elif _RECEIPT.fullmatch(code):
        find_receipt(desk, code)
    else:
        return False
    return True


def find_receipt(desk: AccountsDesk, number: str) -> None:
    """Choose the patient whose receipt this is, as it is shown for a pay-out. One of a company names nobody: its account is in the list."""

    def taken(receipt: AccountReceipt) -> None:
        if receipt.patient_number:
            find_number(desk, receipt.patient_number)
        else:
            desk.tell(tr("account|This is a receipt of {payer}.", payer=receipt.payer), "info")

    desk.send(GetAccountReceipt(number=number), done=taken, key="pick")


def find_number(desk: AccountsDesk, number: str) -> None:
    """Choose the one patient with this number."""

    def found(hits: PatientHits) -> None:
        if len(hits.hits) == 1:
            desk.take_patient(hits.hits[0].id)
        elif hits.hits:
            desk.holders.search.start(number)
        else:
            desk.tell(tr("till|Nobody has the number {number}.", number=number), "warning")

    desk.send(SearchPatients(text=number), done=found, key="pick")
