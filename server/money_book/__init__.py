"""The only writer of money: charges, bills, payments, invoices and the ledger postings under them.

Each act is one ledger operation whose postings sum to zero: what was received (debit, positive) against what was earned (credit, negative). The
postings go in by one statement, and the database refuses an unbalanced one. Nothing is updated or deleted there.
"""

from server.money_book.entries import Entered, Origin, Paid, open_shift
from server.money_book.invoices import standing_receipt
from server.money_book.refunds import refund_whole
from server.money_book.sales import (
    ChargeContext,
    Due,
    NewCharge,
    Sale,
    charge,
    hold,
    lines_held,
    lock_due,
    refuse_held,
    release,
    sell,
    settle,
    settle_at_once,
    void_prescription_charges,
)

__all__ = [
    "ChargeContext",
    "Due",
    "Entered",
    "NewCharge",
    "Origin",
    "Paid",
    "Sale",
    "charge",
    "hold",
    "lines_held",
    "lock_due",
    "open_shift",
    "refund_whole",
    "refuse_held",
    "release",
    "sell",
    "settle",
    "settle_at_once",
    "standing_receipt",
    "void_prescription_charges",
]
