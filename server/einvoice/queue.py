"""The queue of e-invoices in the database: what waits, what is claimed for sending, what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg.types.json import Jsonb

from common import topics
from common.errors import NotFound, WrongState
from common.i18n import N_
from common.messages.cashier import ReceiptFacts
from common.messages.einvoice import (
    Claim,
    ClaimedEInvoice,
    ClaimEInvoice,
    EInvoiceDocument,
    EInvoiceFacts,
    EInvoiceLine,
    EInvoiceQueue,
    IssuedBefore,
    ListEInvoices,
    RecordEInvoice,
    RetryEInvoice,
)
from common.wire import Done, as_kind, encode
from server.db import Read, Write
from server.einvoice import words
from server.features import handles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Database, ReadTx, Row, Tx

#: Pauses after a try that told nothing: half a minute, doubled each time up to ten minutes.
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=10)


def pause(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th try."""
    return min(FIRST_PAUSE * (1 << min(max(tries - 1, 0), 10)), LONGEST_PAUSE)


# --- what a person sees --------------------------------------------------------------------------------------------------------------

_FACTS: Final = (
    "SELECT e.id, i.number AS invoice_number, i.bill_id, p.name AS patient_name, i.amount_fen, e.kind, e.platform, e.serial, e.state, e.code,"
    " e.number, e.check_code, e.url, e.tries, e.next_try_at, e.error, e.entered_at, e.issued_at,"
    " CASE WHEN e.state <> 'ISSUED' AND o.state <> 'ISSUED' THEN o.serial ELSE '' END AS waits_for"
    " FROM einvoice e JOIN invoice i ON i.id = e.invoice_id JOIN bill b ON b.id = i.bill_id JOIN patient p ON p.id = b.patient_id"
    " LEFT JOIN einvoice o ON o.id = e.reverses"
)
_OPEN: Final = Read(
    f"{_FACTS} WHERE e.state IN ('PENDING', 'UNKNOWN', 'FAILED') ORDER BY (e.state <> 'FAILED'), e.entered_at, e.id LIMIT %(limit)s"
)
_ISSUED: Final = Read(f"{_FACTS} WHERE e.state = 'ISSUED' ORDER BY e.issued_at DESC, e.id DESC LIMIT %(limit)s")
_COUNTS: Final = Read(
    "SELECT count(*) FILTER (WHERE state <> 'FAILED'), count(*) FILTER (WHERE state = 'FAILED'),"
    " min(entered_at) FILTER (WHERE state <> 'FAILED') FROM einvoice WHERE state IN ('PENDING', 'UNKNOWN', 'FAILED')"
)


@handles(ListEInvoices)
def list_einvoices(tx: ReadTx, request: ListEInvoices) -> EInvoiceQueue:
    """What waits or was refused, and if wanted what is done."""
    shown = tx.structs(EInvoiceFacts, _OPEN, limit=request.limit)
    waiting, failed, oldest = tx.first(_COUNTS) or (0, 0, None)
    more = waiting + failed > len(shown)
    if request.issued and len(shown) < request.limit:
        shown += tx.structs(EInvoiceFacts, _ISSUED, limit=request.limit - len(shown))
    return EInvoiceQueue(einvoices=shown, waiting=waiting, failed=failed, oldest=oldest, more=more)


_RETRY: Final = Write(
    "UPDATE einvoice SET state = CASE state WHEN 'FAILED' THEN 'PENDING' ELSE state END, next_try_at = %(at)s,"
    " payload = CASE state WHEN 'FAILED' THEN '{}' ELSE payload END"
    " WHERE id = %(id)s AND state <> 'ISSUED' RETURNING serial"
)
_SERIAL: Final = Read("SELECT serial FROM einvoice WHERE id = %(id)s")


@handles(RetryEInvoice)
def retry_einvoice(tx: Tx, request: RetryEInvoice) -> Done:
    """Let one be sent at the next turn."""
    if tx.write_one(_RETRY, id=request.einvoice_id, at=tx.now) is None:
        serial = tx.one(_SERIAL, NotFound(kind=N_("E-invoice"), key=str(request.einvoice_id)), id=request.einvoice_id)[0]
        raise WrongState(machine="einvoice", key=serial, state="ISSUED")
    tx.changed(topics.INVOICE)
    return Done()


# --- what the service does by itself -------------------------------------------------------------------------------------------------

#: A red one waits until its blue one is issued.
_DUE: Final = (
    " FROM einvoice e LEFT JOIN einvoice o ON o.id = e.reverses WHERE e.state IN ('PENDING', 'UNKNOWN') AND e.next_try_at <= %(now)s"
    " AND e.platform = ANY(%(platforms)s) AND (e.reverses IS NULL OR o.state = 'ISSUED')"
)
_IS_DUE: Final = Read(f"SELECT EXISTS (SELECT{_DUE})")
_NEXT: Final = Write(
    "SELECT e.id, e.platform, e.serial, e.tries, e.payload, o.serial, o.code, o.number, o.issued_at"
    f"{_DUE} ORDER BY e.next_try_at, e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED"
)
_BILL: Final = Read(
    "SELECT b.receipt, b.reason, i.number FROM einvoice e JOIN invoice i ON i.id = e.invoice_id JOIN bill b ON b.id = i.bill_id WHERE e.id = %(id)s"
)
_CLAIM: Final = Write(
    "UPDATE einvoice SET tries = tries + 1, next_try_at = %(until)s, payload = %(payload)s WHERE id = %(id)s RETURNING tries"
)


class Backlog(NamedTuple):
    """What waits for the platform, and what it refused."""

    waiting: int
    failed: int
    due: bool


def backlog(database: Database, now: datetime, platforms: Sequence[str]) -> Backlog:
    """Counts for the service's figures, and whether anything is due now on one of the platforms."""
    connection = database.of_thread()
    counted = connection.execute(_COUNTS.bytes).fetchone() or (0, 0, None)
    due = connection.execute(_IS_DUE.bytes, {"now": now, "platforms": list(platforms)}).fetchone()
    return Backlog(counted[0], counted[1], bool(due and due[0]))


@handles(ClaimEInvoice, replayed=False)
def claim_einvoice(tx: Tx, request: ClaimEInvoice) -> Claim:
    """Take the next one that is due. What will be sent is written down with it."""
    row = tx.write_one(_NEXT, now=tx.now, platforms=list(request.platforms))
    if row is None:
        return Claim(einvoice=None)
    einvoice_id, platform, serial, tries, payload = row[:5]
    document = as_kind(payload, EInvoiceDocument) if payload else _document(tx, einvoice_id, serial, row[5:])
    until = tx.now + timedelta(seconds=request.lease_seconds)
    claimed = tx.write_one(_CLAIM, id=einvoice_id, until=until, payload=Jsonb(document, dumps=encode))
    assert claimed is not None
    return Claim(einvoice=ClaimedEInvoice(id=einvoice_id, turn=claimed[0], platform=platform, perhaps_sent=tries > 0, document=document))


def _document(tx: Tx, einvoice_id: int, serial: str, original: Row) -> EInvoiceDocument:
    """The bill's receipt as the platform is to know it. Its own lines: what was refunded later has a red one."""
    row = tx.first(_BILL, id=einvoice_id)
    assert row is not None
    receipt = as_kind(row[0], ReceiptFacts)
    before = IssuedBefore(serial=original[0], code=original[1], number=original[2], issued_at=original[3]) if original[0] else None
    return EInvoiceDocument(
        serial=serial,
        clinic=receipt.clinic,
        invoice_number=row[2],
        visit_number=receipt.visit_number,
        patient_number=receipt.patient_number,
        payer=receipt.patient_name,
        sex=receipt.sex,
        cashier=receipt.cashier,
        at=receipt.issued_at,
        total_fen=abs(receipt.total_fen),
        lines=_lines(receipt),
        insurance=receipt.insurance,
        original=before,
        reason=row[1],
    )


def _lines(receipt: ReceiptFacts) -> tuple[EInvoiceLine, ...]:
    """The lines, positive also where money goes back, and cash rounding as one of them, so that they sum to the total."""
    sign = -1 if receipt.total_fen < 0 else 1
    lines = [
        EInvoiceLine(
            category=line.category,
            name=line.name,
            specification=line.specification,
            quantity=line.quantity * sign,
            unit=line.unit,
            amount_fen=line.amount_fen * sign,
        )
        for line in receipt.lines
    ]
    if receipt.rounding_fen:
        rounding = receipt.rounding_fen * sign
        lines.append(
            EInvoiceLine(category="other", name=words.rounding(), specification="", quantity=Decimal(1), unit="", amount_fen=rounding)
        )
    return tuple(lines)


_RECORD: Final = Write(
    "UPDATE einvoice SET state = CASE %(state)s WHEN 'PENDING' THEN state ELSE %(state)s END,"
    " code = %(code)s, number = %(number)s, check_code = %(check_code)s, url = %(url)s,"
    " issued_at = %(issued_at)s, error = %(error)s, next_try_at = %(next_try_at)s"
    " WHERE id = %(id)s AND tries = %(turn)s AND state IN ('PENDING', 'UNKNOWN') RETURNING invoice_id"
)


@handles(RecordEInvoice, replayed=False)
def record_einvoice(tx: Tx, request: RecordEInvoice) -> Done:
    """Write down what became of one, unless somebody else has claimed it since."""
    row = tx.write_one(
        _RECORD,
        id=request.einvoice_id,
        turn=request.turn,
        state=request.state,
        code=request.code,
        number=request.number,
        check_code=request.check_code,
        url=request.url,
        issued_at=request.issued_at if request.state == "ISSUED" else None,
        error=request.error,
        next_try_at=tx.now + pause(request.turn),
    )
    if row is not None:
        tx.changed(topics.INVOICE, row[0])
    return Done()
