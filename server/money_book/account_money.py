"""Money at the counter that pays no bill: into a deposit and out of it, from a company that owes, back to it.

Each is one ledger operation: the tenders against ``tender:deposit``, ``tender:credit`` or ``tender:green``; with a payment for each tender, an
entry in the account, and a receipt whose number the entry carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from common.domain.tenders import TITLES, check_tenders
from common.errors import AmountChanged, NotFound
from common.i18n import N_
from common.messages.accounts import AccountReceipt
from common.messages.cashier import Tender, TenderKind
from common.money_errors import CreditRefused
from common.settling_errors import TenderNotAllowed
from server import numbers
from server.db import Read, Write
from server.money_book import credit_accounts, credits, deposits
from server.money_book.entries import Posting, open_shift, post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Row, Tx

#: What lies on the counter. Payment channels collect by a settlement of their own.
AT_THE_COUNTER: Final = (TenderKind.CASH, TenderKind.CARD, TenderKind.BANK)

_PATIENT: Final = Read("SELECT name, number FROM patient WHERE id = %(id)s")
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")
_PAYMENT: Final = Write(
    "INSERT INTO payment (deposit_entry_id, credit_entry_id, credit_account_id, shift_id, tender, amount_fen, given_fen, change_fen, reference,"
    " state, reverses, at) VALUES (%(deposit_entry_id)s, %(credit_entry_id)s, %(credit_account_id)s, %(shift_id)s, %(tender)s, %(amount_fen)s,"
    " %(given_fen)s, %(change_fen)s, %(reference)s, 'PAID', %(reverses)s, %(at)s) RETURNING id"
)
_TOP_UP: Final = Write(
    "SELECT y.tender, y.amount_fen, (SELECT coalesce(sum(m.amount_fen), 0) FROM payment m WHERE m.reverses = y.id)::bigint FROM payment y"
    " JOIN deposit_entry e ON e.id = y.deposit_entry_id WHERE y.id = %(id)s AND e.patient_id = %(patient_id)s AND y.amount_fen > 0"
    " AND y.tender IN ('card', 'bank') FOR NO KEY UPDATE OF y"
)
_GONE_BACK: Final = Write("UPDATE payment SET state = 'REFUNDED' WHERE id = %(id)s AND state = 'PAID'")


class Moved(NamedTuple):
    """What was booked."""

    entry_id: int
    receipt: AccountReceipt


class _Move(NamedTuple):
    """Money between the counter and an account. ``sign`` is +1 for what comes in. ``reverses`` is the payment that goes back."""

    kind: str
    contra: str
    sign: int
    tenders: Sequence[Tender]
    deposit_entry: int | None = None
    credit_entry: int | None = None
    account_id: int | None = None
    reverses: int | None = None


def top_up(tx: Tx, patient_id: int, amount_fen: int, tenders: Sequence[Tender]) -> Moved:
    """Take money into a deposit. Raises ``TendersDoNotCover``, ``TenderNotAllowed``, ``NotFound``."""
    _check_counter(tenders)
    change = check_tenders(amount_fen, tenders)
    shift_id = open_shift(tx)
    number = "D" + numbers.dated(tx, "deposit", tx.today)
    payer = _patient(tx, patient_id)
    balance = deposits.lock(tx, patient_id) + amount_fen
    receipt = _receipt(tx, "DEPOSIT", number, payer, tenders, change, balance)
    entry = deposits.enter_receipted(tx, "TOP_UP", patient_id, amount_fen, shift_id, receipt, number)
    _book(tx, shift_id, _Move("DEPOSIT", "tender:deposit", 1, tenders, deposit_entry=entry))
    return Moved(entry, receipt)


def pay_out(tx: Tx, patient_id: int, amount_fen: int, payment_id: int | None, reference: str, reason: str) -> Moved:
    """Pay a deposit out in cash, or to the card of the topping-up ``payment_id``. Raises ``NotEnoughDeposit``, ``TenderNotAllowed``."""
    shift_id = open_shift(tx)
    number = "D" + numbers.dated(tx, "deposit", tx.today)
    deposits.hold(tx, patient_id, amount_fen)
    kind = TenderKind.CASH if payment_id is None else _back_to(tx, patient_id, payment_id, amount_fen)
    tenders = (Tender(kind=kind, amount_fen=amount_fen, reference=reference),)
    balance = deposits.lock(tx, patient_id) - amount_fen
    receipt = _receipt(tx, "DEPOSIT_BACK", number, _patient(tx, patient_id), tenders, 0, balance, reason)
    entry = deposits.enter_receipted(tx, "PAY_OUT", patient_id, -amount_fen, shift_id, receipt, number)
    _book(tx, shift_id, _Move("DEPOSIT_BACK", "tender:deposit", -1, tenders, deposit_entry=entry, reverses=payment_id))
    return Moved(entry, receipt)


def collect(tx: Tx, account_id: int, amount_fen: int, expected_fen: int, tenders: Sequence[Tender]) -> Moved:
    """Take what an account owes. Raises ``AmountChanged``, ``CreditRefused``, ``TendersDoNotCover``, ``TenderNotAllowed``, ``NotFound``.

    A green channel that is paid in full closes: the next one is opened, and approved, anew.
    """
    _check_counter(tenders)
    change = check_tenders(amount_fen, tenders)
    shift_id = open_shift(tx)
    number = "C" + numbers.dated(tx, "collect", tx.today)
    account = credits.lock(tx, account_id)
    if account.balance_fen != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=account.balance_fen)
    if amount_fen > account.balance_fen:
        raise CreditRefused(account=account.name, reason=N_("it does not owe so much"))
    balance = account.balance_fen - amount_fen
    receipt = _receipt(tx, "COLLECT", number, _holder(tx, account), tenders, change, balance)
    entry = credits.enter_receipted(tx, "COLLECT", account_id, -amount_fen, shift_id, receipt, number)
    _book(tx, shift_id, _Move("COLLECT", f"tender:{account.tender}", 1, tenders, credit_entry=entry, account_id=account_id))
    if account.tender is TenderKind.GREEN and balance == 0:
        credit_accounts.close(tx, account_id)
    return Moved(entry, receipt)


def pay_back(tx: Tx, account_id: int, tender: Tender, reason: str) -> Moved:
    """Pay back what an account has paid too much. Raises ``CreditRefused``, ``TenderNotAllowed``, ``NotFound``."""
    _check_counter((tender,))
    shift_id = open_shift(tx)
    number = "C" + numbers.dated(tx, "collect", tx.today)
    account = credits.lock(tx, account_id)
    if tender.amount_fen > -account.balance_fen:
        raise CreditRefused(account=account.name, reason=N_("it has not paid so much too much"))
    balance = account.balance_fen + tender.amount_fen
    receipt = _receipt(tx, "COLLECT_BACK", number, _holder(tx, account), (tender,), 0, balance, reason)
    entry = credits.enter_receipted(tx, "PAY_BACK", account_id, tender.amount_fen, shift_id, receipt, number)
    _book(tx, shift_id, _Move("COLLECT_BACK", f"tender:{account.tender}", -1, (tender,), credit_entry=entry, account_id=account_id))
    return Moved(entry, receipt)


def _check_counter(tenders: Sequence[Tender]) -> None:
    for tender in tenders:
        if tender.code or tender.kind not in AT_THE_COUNTER:
            raise TenderNotAllowed(tender=TITLES[tender.kind], reason=N_("accounts take cash, card and bank transfer only"))


def _back_to(tx: Tx, patient_id: int, payment_id: int, amount_fen: int) -> TenderKind:
    """The tender of an earlier topping-up of this patient, of which so much has not gone back yet."""
    row = tx.write_one(_TOP_UP, id=payment_id, patient_id=patient_id)
    if row is None:
        raise TenderNotAllowed(tender=TITLES[TenderKind.CARD], reason=N_("this patient has paid nothing by it"))
    kind, left = TenderKind(row[0]), row[1] + row[2]
    if amount_fen > left:
        raise TenderNotAllowed(tender=TITLES[kind], reason=N_("not so much was paid by it"))
    if amount_fen == left:
        tx.write(_GONE_BACK, id=payment_id)
    return kind


def _patient(tx: Tx, patient_id: int) -> Row:
    return tx.one(_PATIENT, NotFound(kind=N_("Patient"), key=str(patient_id)), id=patient_id)


def _holder(tx: Tx, account: credits.Account) -> Row:
    return (account.name, "") if account.patient_id is None else _patient(tx, account.patient_id)


def _receipt(
    tx: Tx, kind: str, number: str, payer: Row, tenders: Sequence[Tender], change_fen: int, balance_fen: int, reason: str = ""
) -> AccountReceipt:
    clinic = tx.first(_CLINIC)
    return AccountReceipt(
        kind=kind,
        number=number,
        clinic=clinic[0] if clinic else "",
        payer=payer[0],
        patient_number=payer[1],
        date=tx.today,
        issued_at=tx.now,
        cashier=tx.actor.name,
        amount_fen=sum(tender.amount_fen for tender in tenders),
        tenders=tuple(tenders),
        change_fen=change_fen,
        balance_fen=balance_fen,
        reason=reason,
    )


def _book(tx: Tx, shift_id: int, move: _Move) -> None:
    postings: list[Posting] = []
    for tender in move.tenders:
        amount = tender.amount_fen * move.sign
        postings.append((f"tender:{tender.kind}", amount, None, _enter_payment(tx, shift_id, move, tender, amount)))
    postings.append((move.contra, -sum(amount for _, amount, _, _ in postings), None, None))
    post(tx, move.kind, None, shift_id, None, postings)
    tx.changed(topics.SHIFT, shift_id)


def _enter_payment(tx: Tx, shift_id: int, move: _Move, tender: Tender, amount_fen: int) -> int:
    in_hand = tender.kind is TenderKind.CASH and move.sign > 0
    row = tx.write_one(
        _PAYMENT,
        deposit_entry_id=move.deposit_entry,
        credit_entry_id=move.credit_entry,
        credit_account_id=move.account_id,
        shift_id=shift_id,
        tender=tender.kind,
        amount_fen=amount_fen,
        given_fen=(tender.given_fen or tender.amount_fen) if in_hand else 0,
        change_fen=max(tender.given_fen - tender.amount_fen, 0) if in_hand else 0,
        reference=tender.reference,
        reverses=move.reverses,
        at=tx.now,
    )
    assert row is not None
    return int(row[0])
