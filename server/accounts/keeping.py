"""Keeping credit accounts: opening, changing, members, the green channel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.accounts import (
    AddCreditMember,
    CorrectCreditAccount,
    CreditAccount,
    EndCreditMember,
    OpenCreditAccount,
    OpenGreenChannel,
)
from common.permissions import Permission
from common.wire import Done
from server import approvals, money_rules
from server.accounts.credit import account_of
from server.db import Read
from server.features import handles
from server.money_book import credit_accounts, credits
from server.money_book.credit_accounts import Terms

if TYPE_CHECKING:
    from server.db import Tx

_NAME: Final = Read("SELECT name FROM patient WHERE id = %(id)s")


def _patient_name(tx: Tx, patient_id: int) -> str:
    return str(tx.one(_NAME, NotFound(kind=N_("Patient"), key=str(patient_id)), id=patient_id)[0])


def _kept(account: CreditAccount) -> dict[str, Any]:
    """What the trail keeps of an account's terms."""
    return {
        "name": account.name,
        "limit_fen": account.limit_fen,
        "due_on": account.due_on,
        "contact": account.contact,
        "note": account.note,
        "active": account.active,
    }


@handles(OpenCreditAccount)
def open_credit_account(tx: Tx, request: OpenCreditAccount) -> CreditAccount:
    """Let a company owe. Two of one name cannot be (``AlreadyExists``)."""
    terms = Terms(request.name.strip(), request.limit_fen, contact=request.contact.strip(), note=request.note.strip())
    account = account_of(tx, credit_accounts.open_account(tx, terms))
    tx.detail = {"new": _kept(account)}
    return account


@handles(CorrectCreditAccount)
def correct_credit_account(tx: Tx, request: CorrectCreditAccount) -> CreditAccount:
    """Change an account's terms; the trail keeps the old and the new ones."""
    locked = credits.lock(tx, request.account_id)
    old = account_of(tx, request.account_id)
    if request.limit_fen < locked.balance_fen:
        raise FieldWrong(field=N_("Limit"), reason=N_("less than it owes now; close the account to let it owe no more"))
    if locked.patient_id is not None and request.name.strip() != locked.name:
        raise FieldWrong(field=N_("Name"), reason=N_("a green channel is named after its patient"))
    terms = Terms(
        request.name.strip(), request.limit_fen, request.due_on, request.contact.strip(), request.note.strip(), active=request.active
    )
    credit_accounts.correct(tx, request.account_id, terms)
    account = account_of(tx, request.account_id)
    tx.patient_id = account.patient_id
    tx.detail = {"old": _kept(old), "new": _kept(account)}
    return account


@handles(AddCreditMember)
def add_credit_member(tx: Tx, request: AddCreditMember) -> Done:
    """From now on the company may pay for this patient."""
    account = credits.lock(tx, request.account_id)
    if account.patient_id is not None:
        raise FieldWrong(field=N_("Credit account"), reason=N_("a green channel has no members"))
    _patient_name(tx, request.patient_id)
    credit_accounts.add_member(tx, request.account_id, request.patient_id)
    tx.patient_id = request.patient_id
    return Done()


@handles(EndCreditMember)
def end_credit_member(tx: Tx, request: EndCreditMember) -> Done:
    """From now on the company pays for this patient no more."""
    if not credit_accounts.end_member(tx, request.account_id, request.patient_id):
        raise NotFound(kind=N_("Member"), key=str(request.patient_id))
    tx.patient_id = request.patient_id
    return Done()


@handles(OpenGreenChannel)
def open_green_channel(tx: Tx, request: OpenGreenChannel) -> CreditAccount:
    """Treat first, pay later: by whoever keeps the credit accounts, or with a second person's approval."""
    name = _patient_name(tx, request.patient_id)
    approver = None
    if Permission.CREDIT_MANAGE not in tx.actor.permissions:
        approver = approvals.use(tx, request.approval_id, "green", request.patient_id, request.limit_fen)
    due_on = tx.today + timedelta(days=money_rules.rules(tx).green_days)
    terms = Terms(name, request.limit_fen, due_on, note=request.reason.strip())
    account = account_of(tx, credit_accounts.open_account(tx, terms, request.patient_id))
    tx.patient_id = request.patient_id
    tx.detail = {"new": _kept(account), "approved_by": approver}
    return account
