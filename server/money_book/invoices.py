"""Invoices: entered with their bill, printed again, voided on spoiled paper and issued anew. One stands for each bill at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common import topics
from common.errors import NotFound, WrongState
from common.i18n import N_
from common.messages.cashier import ReceiptFacts
from common.wire import as_kind
from server import numbers
from server.db import Read, Write
from server.einvoice.entering import ENTER, PASS_ON

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import ReadTx, Tx

#: The segment of the person's that gave this number, among their newest. Numbers of one length and spelling are in the order of their letters.
_SEGMENT: Final = (
    "CASE WHEN (SELECT invoice_segments FROM money_rules WHERE id = 1) THEN"
    " (SELECT g.id FROM invoice_segment g WHERE g.cashier_id = %(staff_id)s"
    ' AND g.next > g.first AND length(%(number)s) = length(g.prefix) + g.width AND %(number)s COLLATE "C"'
    " BETWEEN g.prefix || lpad(g.first::text, g.width, '0') AND g.prefix || lpad((g.next - 1)::text, g.width, '0')"
    " ORDER BY g.id DESC LIMIT 1) END"
)
_ENTER: Final = (
    "INSERT INTO invoice (number, bill_id, state, amount_fen, issued_at, issued_by, reverses, segment_id)"
    f" VALUES (%(number)s, %(bill_id)s, 'USED', %(amount_fen)s, %(at)s, %(staff_id)s, %(reverses)s, {_SEGMENT})"
    " RETURNING id, bill_id, amount_fen, reverses"
)

#: A bill's invoice, and with it the electronic one where the clinic issues those.
INVOICE: Final = Write(f"WITH i AS ({_ENTER}), e AS ({ENTER}) SELECT id FROM i")

_STANDING: Final = (
    "SELECT i.id, i.number, i.state, i.prints, b.receipt, b.reason, coalesce(a.name, ''), coalesce(e.url, ''), b.patient_id, n.receipt,"
    " (SELECT z.number FROM invoice z WHERE z.bill_id = n.id AND z.state <> 'VOIDED')"
    " FROM invoice i JOIN bill b ON b.id = i.bill_id LEFT JOIN staff a ON a.id = b.approved_by LEFT JOIN einvoice e ON e.invoice_id = i.id"
    " LEFT JOIN bill n ON n.reissues = b.reverses"
)
_OF_BILL: Final = Read(f"{_STANDING} WHERE i.bill_id = %(bill_id)s AND i.state <> 'VOIDED'")
_LOCK_OF_BILL: Final = Write(f"{_STANDING} WHERE i.bill_id = %(bill_id)s AND i.state <> 'VOIDED' FOR UPDATE OF i")
_LOCK: Final = Write(f"{_STANDING} WHERE i.id = %(id)s FOR UPDATE OF i")
#: A refund takes the bill first, then its invoice; so does voiding.
_LOCK_BILL: Final = Write("SELECT id FROM bill WHERE id = (SELECT bill_id FROM invoice WHERE id = %(id)s) FOR UPDATE")
_REPRINTED: Final = Write(
    "WITH p AS (UPDATE invoice SET state = 'REPRINTED', prints = prints + 1 WHERE id = %(id)s RETURNING id, prints)"
    " INSERT INTO invoice_print (invoice_id, copy, at, staff_id, desk_id, reason)"
    " SELECT p.id, p.prints, %(at)s, %(staff_id)s, %(desk_id)s, %(reason)s FROM p"
)
_VOID: Final = (
    "UPDATE invoice SET state = 'VOIDED', void_reason = %(reason)s, voided_at = %(at)s, voided_by = %(staff_id)s WHERE id = %(id)s"
    " RETURNING id, bill_id, amount_fen, reverses"
)
#: The new invoice takes the old one's place in everything: its bill, what it reverses, its electronic one.
_REISSUE: Final = Write(
    f"WITH old AS ({_VOID}), i AS (INSERT INTO invoice (number, bill_id, state, amount_fen, issued_at, issued_by, reverses, segment_id)"
    f" SELECT %(number)s, bill_id, 'USED', amount_fen, %(at)s, %(staff_id)s, reverses, {_SEGMENT} FROM old RETURNING id), e AS ({PASS_ON})"
    " SELECT id FROM i"
)


class Copy(NamedTuple):
    """A paper of the invoice that stands for a bill; ``copy`` 1 is the original. ``rest``: of a partial refund, what was charged anew."""

    invoice_id: int
    state: str
    receipt: ReceiptFacts
    copy: int
    reason: str
    approver: str
    einvoice_url: str
    patient_id: int
    rest: ReceiptFacts | None


def _copy(row: tuple[object, ...] | None, key: str) -> Copy:
    if row is None:
        raise NotFound(kind=N_("Invoice"), key=key)
    invoice_id, number, state, prints, facts, reason, approver, url, patient_id, rest, rest_number = row
    again = _numbered(rest, rest_number) if rest is not None else None
    return Copy(invoice_id, state, _numbered(facts, number), prints, reason, approver, url, patient_id, again)  # type: ignore[arg-type]


def _numbered(facts: object, number: object) -> ReceiptFacts:
    """A receipt with the number that its invoice has now."""
    receipt = as_kind(facts, ReceiptFacts)
    return msgspec.structs.replace(receipt, invoice_number=str(number)) if number else receipt


def standing_receipt(tx: ReadTx, bill_id: int) -> ReceiptFacts:
    """A bill's receipt with the number of the invoice that stands for it: after a spoiled paper that is another than at issue."""
    return _copy(tx.first(_OF_BILL, bill_id=bill_id), str(bill_id)).receipt


def reprint(tx: Tx, bill_id: int, reason: str) -> Copy:
    """Count one more copy of a bill's invoice. Raises ``NotFound``, and ``WrongState`` when it was reversed: its refund's is printed then."""
    found = _copy(tx.write_one(_LOCK_OF_BILL, bill_id=bill_id), str(bill_id))
    if found.state == "REVERSED":
        raise WrongState(machine="invoice", key=found.receipt.invoice_number, state=found.state)
    tx.write(_REPRINTED, id=found.invoice_id, at=tx.now, staff_id=tx.actor.staff, desk_id=tx.actor.desk_id, reason=reason)
    tx.changed(topics.INVOICE, found.invoice_id)
    return found._replace(copy=found.copy + 1)


def void_and_reissue(tx: Tx, invoice_id: int, reason: str) -> tuple[Copy, Copy]:
    """Void an invoice on spoiled paper and issue another for the same bill: the old one and the new one.

    Raises ``NotFound``, ``WrongState`` (voided or reversed before), ``NoInvoiceSegment``.
    """
    tx.write(_LOCK_BILL, id=invoice_id)
    old = _copy(tx.write_one(_LOCK, id=invoice_id), str(invoice_id))
    if old.state not in ("USED", "REPRINTED"):
        raise WrongState(machine="invoice", key=old.receipt.invoice_number, state=old.state)
    number = numbers.for_invoice(tx)
    at: datetime = tx.now
    row = tx.write_one(_REISSUE, id=invoice_id, number=number, reason=reason, at=at, staff_id=tx.actor.staff)
    assert row is not None
    for id in (invoice_id, row[0]):
        tx.changed(topics.INVOICE, id)
    return old, old._replace(invoice_id=row[0], state="USED", receipt=msgspec.structs.replace(old.receipt, invoice_number=number), copy=1)
