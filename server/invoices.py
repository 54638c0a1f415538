"""Invoices 票据: segments of numbers, reprints, spoiled papers, lists, gaps. Numbers are :mod:`server.numbers`', invoices the money book's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.invoice_errors import NotYourNumber, SegmentOverlaps
from common.messages.invoices import (
    GapKind,
    GapReport,
    GiveSegment,
    Holder,
    InvoiceCopy,
    InvoiceFacts,
    InvoiceList,
    InvoiceReissued,
    ListInvoices,
    ListSegments,
    NumberGap,
    ReportGaps,
    ReprintInvoice,
    ReturnSegment,
    SegmentFacts,
    SegmentList,
    VoidInvoice,
    VoidNumber,
)
from common.permissions import Role
from server import numbers
from server.db import Read, letters, prefix
from server.features import handles
from server.money_book import invoices

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx
    from server.numbers import Run

_MOST: Final = 100_000
_MONEY_ROLES: Final = [str(Role.CASHIER), str(Role.REGISTRATION_CLERK)]

# --- segments ------------------------------------------------------------------------------------------------------------------------

_SEGMENT: Final = (
    "SELECT g.id, g.cashier_id, s.name, g.prefix, g.width, g.first, g.last, g.next, g.spoiled, g.state, g.given_at, b.name, g.returned_from,"
    " g.returned_at, g.note, u.used, u.voided FROM invoice_segment g JOIN staff s ON s.id = g.cashier_id JOIN staff b ON b.id = g.given_by"
    " CROSS JOIN LATERAL (SELECT count(*) AS used, count(*) FILTER (WHERE i.state = 'VOIDED') AS voided FROM invoice i"
    " WHERE i.segment_id = g.id) u"
)
_SEGMENTS: Final = Read(
    f"{_SEGMENT} WHERE (%(cashier_id)s::bigint IS NULL OR g.cashier_id = %(cashier_id)s)"
    " AND (%(ended)s OR g.state IN ('ACTIVE', 'WAITING'))"
    " ORDER BY array_position(ARRAY['ACTIVE', 'WAITING', 'USED_UP', 'RETURNED'], g.state), s.name, g.id LIMIT 500"
)
_ONE_SEGMENT: Final = Read(f"{_SEGMENT} WHERE g.id = %(id)s")
_HOLDERS: Final = Read(
    "SELECT s.id AS staff_id, s.login, s.name, coalesce((SELECT sum(g.last - g.next + 1 -"
    " (SELECT count(*) FROM unnest(g.spoiled) AS n WHERE n >= g.next)) FROM invoice_segment g"
    " WHERE g.cashier_id = s.id AND g.state IN ('ACTIVE', 'WAITING')), 0)::bigint AS left"
    " FROM staff s WHERE s.active AND s.roles && %(roles)s ORDER BY s.login"
)
_IN_USE: Final = Read("SELECT invoice_segments FROM money_rules WHERE id = 1")
_USED_ALREADY: Final = Read(
    "SELECT number FROM invoice WHERE length(number) = length(%(first)s)"
    ' AND number COLLATE "C" BETWEEN %(first)s AND %(last)s ORDER BY number LIMIT 1'
)


def _segment(row: Row) -> SegmentFacts:
    run = numbers.Run(*row[3:7])
    following, last, state, returned_from = row[7], row[6], row[9], row[12]
    unused = [n for n in set(row[8]) if n >= following]
    left = last - following + 1 - len(unused) if state in ("ACTIVE", "WAITING") else 0
    return SegmentFacts(
        id=row[0],
        cashier_id=row[1],
        cashier=row[2],
        first=run.spelled(run.first),
        last=run.spelled(run.last),
        next=run.spelled(_unspoiled(following, row[8])) if left else "",
        state=state,
        used=row[15],
        voided=row[16],
        spoiled=len(set(row[8])),
        left=left,
        given_at=row[10],
        given_by=row[11],
        returned_from="" if returned_from is None else run.spelled(returned_from),
        returned_at=row[13],
        note=row[14],
    )


def _unspoiled(following: int, spoiled: list[int]) -> int:
    while following in spoiled:
        following += 1
    return following


@handles(ListSegments)
def list_segments(tx: ReadTx, request: ListSegments) -> SegmentList:
    """Segments and who may be given one."""
    rows = tx.rows(_SEGMENTS, cashier_id=request.cashier_id, ended=request.ended)
    in_use = tx.first(_IN_USE)
    holders = tx.structs(Holder, _HOLDERS, roles=_MONEY_ROLES)
    return SegmentList(segments=tuple(map(_segment, rows)), holders=holders, in_use=bool(in_use and in_use[0]))


@handles(GiveSegment)
def give_segment(tx: Tx, request: GiveSegment) -> SegmentFacts:
    """Hand somebody a run of numbers that nobody has and no invoice bears."""
    if request.cashier_id not in {holder.staff_id for holder in tx.structs(Holder, _HOLDERS, roles=_MONEY_ROLES)}:
        raise FieldWrong(field=N_("invoice|Given to"), reason=N_("this person takes no money"))
    run = _checked_run(request)
    other = numbers.overlapping(tx, run)
    if other is not None:
        raise SegmentOverlaps(first=run.spelled(other[0]), last=run.spelled(other[1]), holder=other[2])
    used = tx.first(_USED_ALREADY, first=run.spelled(run.first), last=run.spelled(run.last))
    if used is not None:
        raise FieldWrong(field=str(used[0]), reason=N_("an invoice bears this number already"))
    segment_id = numbers.give(tx, request.cashier_id, run, request.note)
    return _changed(tx, segment_id)


def _checked_run(request: GiveSegment) -> Run:
    if len(request.first) != len(request.last):
        raise FieldWrong(field=N_("invoice|Last number"), reason=N_("it has another number of digits than the first"))
    run = numbers.run_of(request.prefix, request.first, request.last)
    if run.last < run.first:
        raise FieldWrong(field=N_("invoice|Last number"), reason=N_("it is lower than the first"))
    if run.last - run.first >= _MOST:
        raise FieldWrong(field=N_("invoice|Last number"), reason=N_("more than 100,000 numbers at a time"))
    if run.width > 18:
        raise FieldWrong(field=N_("invoice|First number"), reason=N_("more than 18 digits"))
    if not run.prefix and run.width == numbers.RUNNING_WIDTH:
        raise FieldWrong(
            field=N_("invoice|Prefix"), reason=N_("ten digits alone are the program's own numbers: put the code on the paper before them")
        )
    return run


def _changed(tx: Tx, segment_id: int) -> SegmentFacts:
    tx.changed(topics.INVOICE)
    return _segment(tx.one(_ONE_SEGMENT, NotFound(kind=N_("Segment"), key=str(segment_id)), id=segment_id))


@handles(ReturnSegment)
def return_segment(tx: Tx, request: ReturnSegment) -> SegmentFacts:
    """Take a segment back; its unused numbers are one gap, explained by the reason."""
    if not numbers.take_back(tx, request.segment_id, request.reason):
        raise NotFound(kind=N_("A segment of which something is left"), key=str(request.segment_id))
    return _changed(tx, request.segment_id)


@handles(VoidNumber)
def void_number(tx: Tx, request: VoidNumber) -> SegmentFacts:
    """An unused paper is spoiled."""
    segment_id = numbers.spoil(tx, request.number, request.reason)
    if segment_id is None:
        raise NotYourNumber(number=request.number, reason=N_("this is none of the unused numbers that you hold"))
    return _changed(tx, segment_id)


# --- invoices ------------------------------------------------------------------------------------------------------------------------

_FITTING: Final = (
    " FROM invoice i JOIN bill b ON b.id = i.bill_id JOIN patient p ON p.id = b.patient_id"
    " WHERE (%(cashier_id)s::bigint IS NULL OR i.issued_by = %(cashier_id)s) AND (%(state)s = '' OR i.state = %(state)s)"
)
_FACTS: Final = (
    "SELECT i.id, i.number, i.state, i.amount_fen, i.issued_at, s.name AS issued_by, i.bill_id, b.number AS bill_number, p.id AS patient_id,"
    " p.number AS patient_number, p.name AS patient_name, i.prints, coalesce(o.number, '') AS reverses,"
    " coalesce((SELECT r.number FROM invoice r WHERE r.reverses = i.id AND r.state <> 'VOIDED' LIMIT 1), '') AS reversed_by,"
    " i.void_reason, coalesce(v.name, '') AS voided_by, coalesce(e.state, '') AS einvoice"
)
_ALSO: Final = (
    " JOIN staff s ON s.id = i.issued_by LEFT JOIN staff v ON v.id = i.voided_by LEFT JOIN invoice o ON o.id = i.reverses"
    " LEFT JOIN einvoice e ON e.invoice_id = i.id"
)
_BY_DAY: Final = " AND b.business_date BETWEEN %(first_day)s AND %(last_day)s"
#: Numbers whole, since people scan them; a running number also without its zeros. Names by their beginning, or that of their pinyin or initials.
_BY_TEXT: Final = (
    " AND i.id IN (SELECT x.id FROM invoice x WHERE x.number IN (%(text)s, %(padded)s)"
    " UNION SELECT x.id FROM bill y JOIN invoice x ON x.bill_id = y.id WHERE y.number = %(text)s"
    " UNION SELECT x.id FROM patient q JOIN bill y ON y.patient_id = q.id JOIN invoice x ON x.bill_id = y.id"
    " WHERE q.number = %(text)s OR q.name >= %(low)s AND q.name < %(high)s"
    " UNION SELECT x.id FROM patient_spelling k JOIN bill y ON y.patient_id = k.patient_id JOIN invoice x ON x.bill_id = y.id"
    " WHERE k.key >= %(letters_low)s AND k.key < %(letters_high)s)"
)


def _listing(where: str) -> tuple[Read, Read]:
    """The statements of a list and of its counts."""
    facts = _FITTING.replace(" WHERE", f"{_ALSO} WHERE", 1)
    return (
        Read(f"{_FACTS}{facts}{where} ORDER BY i.id DESC LIMIT %(limit)s"),
        Read(f"SELECT count(*), coalesce(sum(i.amount_fen) FILTER (WHERE i.state <> 'VOIDED'), 0)::bigint{_FITTING}{where}"),
    )


_DAYS: Final = _listing(_BY_DAY)
_TEXT: Final = _listing(_BY_TEXT)


@handles(ListInvoices)
def list_invoices(tx: ReadTx, request: ListInvoices) -> InvoiceList:
    """Invoices of some days, or those that a text finds."""
    if (request.last_day - request.first_day).days > 400:
        raise FieldWrong(field=N_("invoice|Until"), reason=N_("at most 400 days at a time"))
    text = request.text.strip()
    rows, counts = _TEXT if text else _DAYS
    fitting: dict[str, object] = {"cashier_id": request.cashier_id, "state": request.state}
    if text:
        fitting |= {"text": text, "padded": text.zfill(numbers.RUNNING_WIDTH), **prefix(text), **letters(text)}
    else:
        fitting |= {"first_day": request.first_day, "last_day": request.last_day}
    found = tx.structs(InvoiceFacts, rows, limit=request.limit, **fitting)
    count, total = tx.first(counts, **fitting) or (0, 0)
    return InvoiceList(invoices=found, more=count > len(found), count=count, total_fen=total)


def _paper(copy: invoices.Copy, tx: Tx) -> InvoiceCopy:
    return InvoiceCopy(
        invoice_id=copy.invoice_id,
        receipt=copy.receipt,
        copy=copy.copy,
        at=tx.now,
        by=tx.actor.name,
        refund_reason=copy.reason,
        approver=copy.approver,
        einvoice_url=copy.einvoice_url,
        rest=copy.rest,
    )


@handles(ReprintInvoice)
def reprint_invoice(tx: Tx, request: ReprintInvoice) -> InvoiceCopy:
    """Count one more copy, and say what it shows."""
    copy = invoices.reprint(tx, request.bill_id, request.reason)
    tx.patient_id = copy.patient_id
    return _paper(copy, tx)


@handles(VoidInvoice)
def void_invoice(tx: Tx, request: VoidInvoice) -> InvoiceReissued:
    """Void a spoiled paper and issue another for the same bill."""
    old, new = invoices.void_and_reissue(tx, request.invoice_id, request.reason)
    tx.patient_id = new.patient_id
    tx.detail = {"voided": old.receipt.invoice_number, "issued": new.receipt.invoice_number}
    tx.changed(topics.BILL, new.receipt.bill_id)
    return InvoiceReissued(voided=old.receipt.invoice_number, paper=_paper(new, tx))


# --- gaps ----------------------------------------------------------------------------------------------------------------------------

#: Numbers before ``next`` that neither an invoice nor a gap has, as runs.
_MISSING: Final = Read(
    "SELECT g.prefix, g.width, min(n), max(n), s.name FROM (SELECT g.id, n, n - row_number() OVER (PARTITION BY g.id ORDER BY n) AS run"
    " FROM invoice_segment g CROSS JOIN LATERAL generate_series(g.first, g.next - 1) AS n"
    " WHERE (%(cashier_id)s::bigint IS NULL OR g.cashier_id = %(cashier_id)s) AND n <> ALL(g.spoiled) AND NOT EXISTS"
    " (SELECT FROM invoice i WHERE i.number = g.prefix || lpad(n::text, g.width, '0'))) m"
    " JOIN invoice_segment g ON g.id = m.id JOIN staff s ON s.id = g.cashier_id GROUP BY g.id, g.prefix, g.width, s.name, m.run ORDER BY 3"
)
_SPOILED: Final = Read(
    "SELECT g.prefix, g.width, p.number, p.number, s.name, p.reason, coalesce(b.name, ''), p.at FROM number_gap p"
    " JOIN invoice_segment g ON p.scope = g.id::text JOIN staff s ON s.id = g.cashier_id LEFT JOIN staff b ON b.id = p.staff_id"
    " WHERE p.kind = 'invoice_segment' AND (%(cashier_id)s::bigint IS NULL OR g.cashier_id = %(cashier_id)s) ORDER BY p.at DESC LIMIT 500"
)
_RETURNED: Final = Read(
    "SELECT g.prefix, g.width, g.returned_from, g.last, s.name, g.note, '', g.returned_at FROM invoice_segment g"
    " JOIN staff s ON s.id = g.cashier_id WHERE g.state = 'RETURNED'"
    " AND (%(cashier_id)s::bigint IS NULL OR g.cashier_id = %(cashier_id)s) ORDER BY g.returned_at DESC LIMIT 500"
)
#: The running series: between two neighbours, less what is explained.
_RUNNING: Final = Read(
    "WITH known AS (SELECT number::bigint AS n FROM invoice WHERE segment_id IS NULL AND number ~ '^[0-9]{10}$'"
    " UNION SELECT number FROM number_gap WHERE kind = 'invoice' AND scope = '')"
    " SELECT '', 10, before + 1, n - 1, '' FROM (SELECT n, lag(n, 1, 0::bigint) OVER (ORDER BY n) AS before FROM known) k"
    " WHERE n - before > 1 ORDER BY 3"
)
_EXPLAINED: Final = Read(
    "SELECT '', 10, p.number, p.number, '', p.reason, coalesce(s.name, ''), p.at FROM number_gap p LEFT JOIN staff s ON s.id = p.staff_id"
    " WHERE p.kind = 'invoice' AND p.scope = '' ORDER BY p.number DESC LIMIT 500"
)
_BEARING: Final = Read(
    "SELECT count(*), count(*) FILTER (WHERE i.state = 'VOIDED') FROM invoice i LEFT JOIN invoice_segment g ON g.id = i.segment_id"
    " WHERE %(cashier_id)s::bigint IS NULL OR g.cashier_id = %(cashier_id)s"
)


def _gap(kind: GapKind, row: Row) -> NumberGap:
    run = numbers.Run(*row[:4])
    reason, by, at = row[5:] if len(row) > 5 else ("", "", None)
    first, last = run.spelled(run.first), run.spelled(run.last)
    return NumberGap(first=first, last=last, count=run.last - run.first + 1, kind=kind, holder=row[4], reason=reason, by=by, at=at)


@handles(ReportGaps)
def report_gaps(tx: ReadTx, request: ReportGaps) -> GapReport:
    """Numbers that no invoice bears, the unexplained ones first."""
    whose = {"cashier_id": request.cashier_id}
    unexplained = tx.rows(_MISSING, **whose) + ([] if request.cashier_id else tx.rows(_RUNNING))
    gaps = [_gap(GapKind.UNEXPLAINED, row) for row in unexplained]
    missing = sum(gap.count for gap in gaps)
    gaps += [_gap(GapKind.SPOILED, row) for row in tx.rows(_SPOILED, **whose)]
    gaps += [_gap(GapKind.RETURNED, row) for row in tx.rows(_RETURNED, **whose)]
    if request.cashier_id is None:
        gaps += [_gap(GapKind.EXPLAINED, row) for row in tx.rows(_EXPLAINED)]
    used, voided = tx.first(_BEARING, **whose) or (0, 0)
    return GapReport(gaps=tuple(gaps), used=used, voided=voided, unexplained=missing)
