"""How a row comes into the queue of uploads: one cheap statement in the transaction that it tells of, and only where the clinic is connected.

This is imported by the desks that dispense, receive and finish visits, and so imports nothing of the insurance. What the clinic's own tables do
not keep and the bureau wants (a purchase's invoice, the stock of a moment) is ``given`` with the row, in its payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.i18n import N_, tr
from server.db import Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from server.db import Tx

#: 3505A: the drugs of one hand-over of a prescription.
SALE: Final = "3505A"
#: 3502: goods that came in without a purchase's papers, were carried, found, missed, spoilt or destroyed.
STOCK: Final = "3502"
#: 3503: goods that were bought, by one invoice.
PURCHASE: Final = "3503"
#: 3504: so much of a batch that was bought by an invoice and went back to its supplier.
SUPPLIER_RETURN: Final = "3504"
#: 3501A: a part of what lies in a store at one moment.
STOCK_TAKE: Final = "3501A"
#: 3506: so much of a batch that a patient brought back.
RETURN: Final = "3506"
#: 3506A: a hand-over that was told already and then undone.
UNDONE: Final = "3506A"
#: 4301: a visit that was finished.
RECORD: Final = "4301"

HAND_OVER_UNDONE: Final = N_("The hand-over was undone.")

_CONNECTED: Final = "FROM insurance_setup u WHERE u.id = 1 AND u.connected"
#: What is entered again (a record that was amended, a stock that did not move since) is told again. ``tries`` goes on, so that the answer to what is
#: just under way is not taken for the answer to this.
AGAIN: Final = (
    " ON CONFLICT (infno, subject, subject_id) DO UPDATE SET state = 'PENDING', payload = excluded.payload, next_try_at = excluded.next_try_at,"
    " tries = insurance_upload.tries + 1, error = '', entered_at = excluded.entered_at, done_at = NULL"
)
_ENTER: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    f" SELECT %(infno)s, %(subject)s, %(subject_id)s, '{{}}', 'PENDING', %(at)s, %(at)s {_CONNECTED}{AGAIN}"
)
_ENTER_RECEIPT: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT %(infno)s, 'stock_move', m.id, '{}', 'PENDING', %(at)s, %(at)s FROM stock_move m WHERE m.kind = 'RECEIPT' AND m.at >= %(since)s"
    f" AND m.document = %(document)s AND EXISTS (SELECT {_CONNECTED}){AGAIN}"
)
#: One row a batch, whichever rows of the receipt it came in: the bureau takes a batch of one invoice once.
_ENTER_PURCHASE: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT %(infno)s, 'stock_move', min(m.id), jsonb_build_object('given', jsonb_build_object('invoice', %(invoice)s::text, 'delivery_note',"
    " %(delivery_note)s::text, 'made', min(g.made)::text)), 'PENDING', %(at)s, %(at)s FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id"
    " JOIN unnest(%(drugs)s::bigint[], %(lots)s::text[], %(expires)s::date[], %(made)s::date[]) AS g(drug_id, lot, expires, made)"
    " ON g.drug_id = b.drug_id AND g.lot = b.lot AND g.expires = b.expires WHERE m.kind = 'RECEIPT' AND m.at >= %(since)s"
    f" AND m.document = %(document)s AND EXISTS (SELECT {_CONNECTED}) GROUP BY m.batch_id{AGAIN}"
)

#: One row a batch, from wherever it was taken. What was not bought by an invoice goes out as it came in: as another change of the stock.
_ENTER_SUPPLIER_RETURN: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT CASE WHEN EXISTS (SELECT FROM stock_receipt_line l JOIN stock_receipt r ON r.id = l.receipt_id WHERE l.batch_id = m.batch_id"
    " AND r.invoice <> '') THEN %(bought)s ELSE %(other)s END, 'stock_move', min(m.id), '{}', 'PENDING', %(at)s, %(at)s FROM stock_move m"
    f" WHERE m.kind = 'SUPPLIER_RETURN' AND m.at >= %(since)s AND m.document = %(document)s AND EXISTS (SELECT {_CONNECTED})"
    f" GROUP BY m.batch_id{AGAIN}"
)

#: What is on its way lies in no store: it left one and will come to another. What goes back to a supplier is told by its paper.
_ENTER_MOVES: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT %(infno)s, 'stock_move', m.id, '{}', 'PENDING', %(at)s, %(at)s FROM stock_move m JOIN stock_location l ON l.id = m.location_id"
    f" WHERE m.id = ANY(%(ids)s) AND m.kind <> 'SUPPLIER_RETURN' AND l.code <> 'TRANSIT' AND EXISTS (SELECT {_CONNECTED}) ORDER BY m.id"
)
#: ``call`` stands with what is under way, or whose answer was lost: that is told first, as it was, and then undone.
_WITHDRAW_SALE: Final = Write(
    "UPDATE insurance_upload SET state = 'DROPPED', error = %(reason)s, done_at = %(at)s WHERE infno = %(sale)s AND subject = 'hand_over'"
    " AND subject_id = %(id)s AND state IN ('PENDING', 'FAILED') AND NOT payload ? 'call'"
)
_ENTER_UNDONE: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT %(infno)s, 'hand_over', s.subject_id, jsonb_build_object('given', jsonb_build_object('reason', %(reason)s::text)), 'PENDING', %(at)s,"
    " %(at)s FROM insurance_upload s WHERE s.infno = %(sale)s AND s.subject = 'hand_over' AND s.subject_id = %(id)s AND s.payload ? 'sales'"
    " ON CONFLICT (infno, subject, subject_id) DO NOTHING"
)


def enter(tx: Tx, infno: str, subject: str, subject_id: int) -> None:
    """The bureau is to be told of this; ``subject`` is the table that ``subject_id`` is of."""
    tx.write(_ENTER, infno=infno, subject=subject, subject_id=subject_id, at=tx.wall)


def undo_sale(tx: Tx, hand_over_id: int, reason: str) -> None:
    """A hand-over was undone. What was not sent yet is never sent; what the bureau may have been told is taken back there, line by line."""
    tx.write(_WITHDRAW_SALE, sale=SALE, id=hand_over_id, reason=tr(HAND_OVER_UNDONE), at=tx.wall)
    tx.write(_ENTER_UNDONE, infno=UNDONE, sale=SALE, id=hand_over_id, reason=reason, at=tx.wall)


def enter_receipt(tx: Tx, document: str) -> None:
    """The bureau is to be told of every row of a receipt of goods that this transaction books."""
    tx.write(_ENTER_RECEIPT, infno=STOCK, document=document, since=tx.now, at=tx.wall)


def enter_supplier_return(tx: Tx, document: str) -> None:
    """The bureau is to be told of every batch that this transaction gives back to a supplier."""
    tx.write(_ENTER_SUPPLIER_RETURN, bought=SUPPLIER_RETURN, other=STOCK, document=document, since=tx.now, at=tx.wall)


def enter_moves(tx: Tx, move_ids: Sequence[int]) -> None:
    """The bureau is to be told of these moves (3502), each as what it is: found or missing, carried, spoilt, destroyed. Every move that no patient
    is behind comes through here (:func:`server.stock_book.moves.post`), so that no paper is forgotten."""
    tx.write(_ENTER_MOVES, infno=STOCK, ids=list(move_ids), at=tx.wall)


class Made(NamedTuple):
    """A batch that was bought, and the day on which it was made."""

    drug_id: int
    lot: str
    expires: date
    made: date


def enter_purchase(tx: Tx, document: str, goods: Sequence[Made], *, invoice: str, delivery_note: str) -> None:
    """The bureau is to be told of a purchase that this transaction books under ``document``."""
    tx.write(
        _ENTER_PURCHASE,
        infno=PURCHASE,
        document=document,
        invoice=invoice,
        delivery_note=delivery_note,
        drugs=[one.drug_id for one in goods],
        lots=[one.lot for one in goods],
        expires=[one.expires for one in goods],
        made=[one.made for one in goods],
        since=tx.now,
        at=tx.wall,
    )
