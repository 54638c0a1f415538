"""Tenders that come out of an account in the clinic's own books: a patient's deposit, a company's credit, the green channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.messages.cashier import Tender, TenderKind
from server.money_book import credits, deposits

if TYPE_CHECKING:
    from server.db import Tx
    from server.money_book.entries import Head

_ON_CREDIT = (TenderKind.CREDIT, TenderKind.GREEN)


def spend(tx: Tx, head: Head, shift_id: int, tender: Tender, *, again: bool) -> int | None:
    """Take a tender out of its account; the credit account's id where it is one. Tenders without an account need nothing.

    ``again``: it was taken before and goes on being used for the rest of a bill, so that limits are not asked a second time.
    """
    if tender.kind is TenderKind.DEPOSIT:
        deposits.spend(tx, head.patient_id, tender.amount_fen, head.bill_id, shift_id)
    if tender.kind not in _ON_CREDIT:
        return None
    return credits.charge(tx, tender.account_id, head.patient_id, tender.amount_fen, head.bill_id, shift_id, tender.kind, again=again)


def give_back(tx: Tx, head: Head, shift_id: int, tender: Tender) -> None:
    """Put a tender back into its account."""
    if tender.kind is TenderKind.DEPOSIT:
        deposits.spend_back(tx, head.patient_id, tender.amount_fen, head.bill_id, shift_id)
    elif tender.kind in _ON_CREDIT:
        credits.charge_back(tx, tender.account_id, head.patient_id, tender.amount_fen, head.bill_id, shift_id)
