"""Money that pays no bill: into a deposit and out of it, from a company that owes, back to it.

Each is one ledger operation: the tenders against ``tender:deposit``, ``tender:credit`` or ``tender:green``; with a payment for each tender, an
entry in the account, and a receipt whose number the entry carries. What lies on the counter is checked and booked at once; what a channel
collects or pays back is booked by its settlement when that is done (:mod:`server.settling.moving`), by the functions ``book_…``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common import topics
from common.domain.paying_out import REFUND_WITHIN, share_out
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

    from server.db import ReadTx, Row, Tx

#: What lies on the counter. Payment channels collect by a settlement of their own.
AT_THE_COUNTER: Final = (TenderKind.CASH, TenderKind.CARD, TenderKind.BANK)

#: What a receipt's number begins with.
_LETTERS: Final = {"deposit": "D", "collect": "C"}
_PATIENT: Final = Read("SELECT name, number FROM patient WHERE id = %(id)s")
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")
_PAYMENT: Final = Write(
    "INSERT INTO payment (settlement_id, deposit_entry_id, credit_entry_id, credit_account_id, shift_id, tender, amount_fen, given_fen,"
    " change_fen, reference, state, reverses, at) VALUES (%(settlement_id)s, %(deposit_entry_id)s, %(credit_entry_id)s,"
    " %(credit_account_id)s, %(shift_id)s, %(tender)s, %(amount_fen)s, %(given_fen)s, %(change_fen)s, %(reference)s, 'PAID', %(reverses)s,"
    " %(at)s) RETURNING id"
)
#: A payment that a settlement entered, and that a channel has collected.
_BOOK_PAYMENT: Final = Write(
    "UPDATE payment SET deposit_entry_id = %(deposit_entry_id)s, credit_entry_id = %(credit_entry_id)s,"
    " credit_account_id = %(credit_account_id)s, shift_id = %(shift_id)s WHERE id = %(id)s AND state = 'PAID' RETURNING id"
)
_BY_CODE: Final = Read(
    "SELECT y.id, y.amount_fen + coalesce((SELECT sum(m.amount_fen) FROM payment m WHERE m.reverses = y.id), 0)::bigint FROM payment y"
    " JOIN deposit_entry e ON e.id = y.deposit_entry_id WHERE e.patient_id = %(patient_id)s AND y.order_number IS NOT NULL"
    " AND y.state = 'PAID' AND y.tender = ANY(%(channels)s) AND y.at > %(since)s ORDER BY y.id DESC"
)
_COLLECTING: Final = Read(
    "SELECT coalesce(sum(expected_fen), 0)::bigint FROM settlement WHERE credit_account_id = %(id)s AND state IN ('OPEN', 'QUOTED', 'UNKNOWN')"
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


class Means(NamedTuple):
    """A tender of such a movement: its row if a settlement entered it before, or the payment that goes back by it."""

    tender: Tender
    payment_id: int | None = None
    reverses: int | None = None


class _Move(NamedTuple):
    """Money between the clinic and an account. ``sign`` is +1 for what comes in."""

    kind: str
    contra: str
    sign: int
    means: Sequence[Means]
    deposit_entry: int | None = None
    credit_entry: int | None = None
    account_id: int | None = None
    settlement_id: int | None = None


def check_in(amount_fen: int, tenders: Sequence[Tender]) -> int:
    """Whether money that comes in sums up and lies on the counter, but for what has a payment code; the change.

    Raises ``TendersDoNotCover``, ``TenderNotAllowed``.
    """
    _check_counter([tender for tender in tenders if not tender.code])
    return check_tenders(amount_fen, tenders)


def top_up(tx: Tx, patient_id: int, amount_fen: int, tenders: Sequence[Tender]) -> Moved:
    """Take money on the counter into a deposit. Raises ``TendersDoNotCover``, ``TenderNotAllowed``, ``NotFound``."""
    _check_counter(tenders)
    return book_top_up(tx, patient_id, list(map(Means, tenders)), check_tenders(amount_fen, tenders))


def book_top_up(tx: Tx, patient_id: int, means: Sequence[Means], change_fen: int, settlement_id: int | None = None) -> Moved:
    """Enter and post what came into a deposit."""
    tenders, amount = _told(means)
    shift_id, number = _begin(tx, "deposit")
    payer = _patient(tx, patient_id)
    balance = deposits.lock(tx, patient_id) + amount
    receipt = _receipt(tx, "DEPOSIT", number, payer, tenders, change_fen, balance)
    entry = deposits.enter_receipted(tx, "TOP_UP", patient_id, amount, shift_id, receipt, number)
    _book(tx, shift_id, _Move("DEPOSIT", "tender:deposit", 1, means, deposit_entry=entry, settlement_id=settlement_id))
    return Moved(entry, receipt)


def back_by_code(tx: ReadTx, patient_id: int, amount_fen: int) -> tuple[dict[int, int], int]:
    """How so much of a deposit goes back: by payment through the channels that are connected, and what is left for cash."""
    return share_out(amount_fen, paid_by_code(tx, patient_id))


def paid_by_code(tx: ReadTx, patient_id: int) -> list[tuple[int, int]]:
    """What came into a deposit through channels and can still go back there, newest first: payment, and what is left of it."""
    channels = [kind.value for kind in tx.parties.channels]
    return [(row[0], row[1]) for row in tx.rows(_BY_CODE, patient_id=patient_id, channels=channels, since=tx.now - REFUND_WITHIN)]


def pay_out(
    tx: Tx, patient_id: int, amount_fen: int, payment_id: int | None, reference: str, reason: str, *, cash_agreed: bool = False
) -> Moved:
    """Pay a deposit out in cash, or to the card of the topping-up ``payment_id``. What was paid in by code is not paid out in cash unless a
    second person has agreed. Raises ``NotEnoughDeposit``, ``TenderNotAllowed``.
    """
    head = _begin(tx, "deposit")
    deposits.hold(tx, patient_id, amount_fen)
    kind = TenderKind.CASH if payment_id is None else _back_to(tx, patient_id, payment_id, amount_fen)
    if payment_id is None and not cash_agreed and back_by_code(tx, patient_id, amount_fen)[0]:
        raise TenderNotAllowed(tender=TITLES[kind], reason=N_("what was paid in by payment code goes back through its channel"))
    tender = Tender(kind=kind, amount_fen=amount_fen, reference=reference)
    return _paid_out(tx, head, patient_id, _Move("DEPOSIT_BACK", "tender:deposit", -1, [Means(tender, reverses=payment_id)]), reason)


def book_pay_out(tx: Tx, patient_id: int, means: Sequence[Means], reason: str, settlement_id: int | None = None) -> Moved:
    """Enter and post what went out of a deposit. Raises ``NotEnoughDeposit``."""
    head = _begin(tx, "deposit")
    deposits.hold(tx, patient_id, _told(means)[1], by=settlement_id)
    return _paid_out(tx, head, patient_id, _Move("DEPOSIT_BACK", "tender:deposit", -1, means, settlement_id=settlement_id), reason)


def _paid_out(tx: Tx, head: tuple[int, str], patient_id: int, move: _Move, reason: str) -> Moved:
    (shift_id, number), (tenders, amount) = head, _told(move.means)
    balance = deposits.lock(tx, patient_id) - amount
    receipt = _receipt(tx, "DEPOSIT_BACK", number, _patient(tx, patient_id), tenders, 0, balance, reason)
    entry = deposits.enter_receipted(tx, "PAY_OUT", patient_id, -amount, shift_id, receipt, number)
    _book(tx, shift_id, move._replace(deposit_entry=entry))
    return Moved(entry, receipt)


def collect(tx: Tx, account_id: int, amount_fen: int, expected_fen: int, tenders: Sequence[Tender]) -> Moved:
    """Take what an account owes. Raises ``AmountChanged``, ``CreditRefused``, ``TendersDoNotCover``, ``TenderNotAllowed``, ``NotFound``.

    A green channel that is paid in full closes: the next one is opened, and approved, anew.
    """
    _check_counter(tenders)
    change = check_tenders(amount_fen, tenders)
    head = _begin(tx, "collect")
    account = lock_owing(tx, account_id, amount_fen, expected_fen)
    return _collected(tx, head, account, _Move("COLLECT", f"tender:{account.tender}", 1, list(map(Means, tenders))), change)


def lock_owing(tx: Tx, account_id: int, amount_fen: int, expected_fen: int) -> credits.Account:
    """The account, locked, if it owes what the cashier saw, and so much of it that nobody collects already.

    Raises ``AmountChanged``, ``CreditRefused``, ``NotFound``.
    """
    account = credits.lock(tx, account_id)
    if account.balance_fen != expected_fen:
        raise AmountChanged(shown_fen=expected_fen, due_fen=account.balance_fen)
    if amount_fen > account.balance_fen:
        raise CreditRefused(account=account.name, reason=N_("it does not owe so much"))
    under_way = tx.first(_COLLECTING, id=account_id)
    if under_way is not None and amount_fen > account.balance_fen - under_way[0]:
        raise CreditRefused(account=account.name, reason=N_("it is paying by code at this moment"))
    return account


def book_collect(tx: Tx, account_id: int, means: Sequence[Means], change_fen: int, settlement_id: int | None = None) -> Moved:
    """Enter and post what an account paid. If bills were taken back while a channel collected, it has paid too much by that."""
    head = _begin(tx, "collect")
    account = credits.lock(tx, account_id)
    move = _Move("COLLECT", f"tender:{account.tender}", 1, means, settlement_id=settlement_id)
    return _collected(tx, head, account, move, change_fen)


def _collected(tx: Tx, head: tuple[int, str], account: credits.Account, move: _Move, change_fen: int) -> Moved:
    (shift_id, number), (tenders, amount) = head, _told(move.means)
    balance = account.balance_fen - amount
    receipt = _receipt(tx, "COLLECT", number, _holder(tx, account), tenders, change_fen, balance)
    entry = credits.enter_receipted(tx, "COLLECT", account.id, -amount, shift_id, receipt, number)
    _book(tx, shift_id, move._replace(credit_entry=entry, account_id=account.id))
    if account.tender is TenderKind.GREEN and balance == 0:
        credit_accounts.close(tx, account.id)
    return Moved(entry, receipt)


def pay_back(tx: Tx, account_id: int, tender: Tender, reason: str) -> Moved:
    """Pay back what an account has paid too much. Raises ``CreditRefused``, ``TenderNotAllowed``, ``NotFound``."""
    _check_counter((tender,))
    shift_id, number = _begin(tx, "collect")
    account = credits.lock(tx, account_id)
    if tender.amount_fen > -account.balance_fen:
        raise CreditRefused(account=account.name, reason=N_("it has not paid so much too much"))
    balance = account.balance_fen + tender.amount_fen
    receipt = _receipt(tx, "COLLECT_BACK", number, _holder(tx, account), (tender,), 0, balance, reason)
    entry = credits.enter_receipted(tx, "PAY_BACK", account_id, tender.amount_fen, shift_id, receipt, number)
    contra = f"tender:{account.tender}"
    _book(tx, shift_id, _Move("COLLECT_BACK", contra, -1, (Means(tender),), credit_entry=entry, account_id=account_id))
    return Moved(entry, receipt)


def _check_counter(tenders: Sequence[Tender]) -> None:
    for tender in tenders:
        if tender.code or tender.kind not in AT_THE_COUNTER:
            raise TenderNotAllowed(
                tender=TITLES[tender.kind], reason=N_("here only by its payment code; cash, card and bank transfer at once")
            )


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


def _begin(tx: Tx, series: str) -> tuple[int, str]:
    """The shift, and the receipt's number: locked before the account."""
    shift_id = open_shift(tx)
    return shift_id, _LETTERS[series] + numbers.dated(tx, series, tx.today)


def _told(means: Sequence[Means]) -> tuple[tuple[Tender, ...], int]:
    """The tenders as a receipt says them, and their sum."""
    tenders = tuple(msgspec.structs.replace(each.tender, code="") for each in means)
    return tenders, sum(tender.amount_fen for tender in tenders)


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
    for means in move.means:
        amount = means.tender.amount_fen * move.sign
        postings.append((f"tender:{means.tender.kind}", amount, None, _enter_payment(tx, shift_id, move, means, amount)))
    postings.append((move.contra, -sum(amount for _, amount, _, _ in postings), None, None))
    post(tx, move.kind, None, shift_id, None, postings)
    tx.changed(topics.SHIFT, shift_id)


def _enter_payment(tx: Tx, shift_id: int, move: _Move, means: Means, amount_fen: int) -> int:
    cause = {"deposit_entry_id": move.deposit_entry, "credit_entry_id": move.credit_entry, "credit_account_id": move.account_id}
    if means.payment_id is not None:
        row = tx.write_one(_BOOK_PAYMENT, id=means.payment_id, shift_id=shift_id, **cause)
        assert row is not None, "a payment is booked only when it is paid"
        return means.payment_id
    tender = means.tender
    in_hand = tender.kind is TenderKind.CASH and move.sign > 0
    row = tx.write_one(
        _PAYMENT,
        settlement_id=move.settlement_id,
        **cause,
        shift_id=shift_id,
        tender=tender.kind,
        amount_fen=amount_fen,
        given_fen=(tender.given_fen or tender.amount_fen) if in_hand else 0,
        change_fen=max(tender.given_fen - tender.amount_fen, 0) if in_hand else 0,
        reference=tender.reference,
        reverses=means.reverses,
        at=tx.now,
    )
    assert row is not None
    return int(row[0])
