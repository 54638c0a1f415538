"""How a row comes into the queue of uploads: one cheap statement in the transaction that it tells of, and only where the clinic is connected.

This is imported by the desks that dispense, receive and finish visits, and so imports nothing of the insurance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.db import Write

if TYPE_CHECKING:
    from server.db import Tx

#: 3505A: all drugs of a prescription that was handed over.
SALE: Final = "3505A"
#: 3502: goods that came in.
STOCK: Final = "3502"
#: 4301: a visit that was finished.
RECORD: Final = "4301"

_CONNECTED: Final = "FROM insurance_setup u WHERE u.id = 1 AND u.connected"
#: What is entered again (a record that was amended) is told again.
_AGAIN: Final = (
    " ON CONFLICT (infno, subject, subject_id) DO UPDATE SET state = 'PENDING', payload = '{}', next_try_at = excluded.next_try_at, tries = 0,"
    " error = '', done_at = NULL"
)
_ENTER: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    f" SELECT %(infno)s, %(subject)s, %(subject_id)s, '{{}}', 'PENDING', %(at)s, %(at)s {_CONNECTED}{_AGAIN}"
)
_ENTER_RECEIPT: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    " SELECT %(infno)s, 'stock_move', m.id, '{}', 'PENDING', %(at)s, %(at)s FROM stock_move m WHERE m.kind = 'RECEIPT' AND m.at >= %(since)s"
    f" AND m.document = %(document)s AND EXISTS (SELECT {_CONNECTED}){_AGAIN}"
)


def enter(tx: Tx, infno: str, subject: str, subject_id: int) -> None:
    """The bureau is to be told of this; ``subject`` is the table that ``subject_id`` is of."""
    tx.write(_ENTER, infno=infno, subject=subject, subject_id=subject_id, at=tx.wall)


def enter_receipt(tx: Tx, document: str) -> None:
    """The bureau is to be told of every row of a receipt of goods that this transaction books."""
    tx.write(_ENTER_RECEIPT, infno=STOCK, document=document, since=tx.now, at=tx.wall)
