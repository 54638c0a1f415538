"""The sheet of a daily close, made of the ledger by a few statements, however many settlements the shift had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.messages.close_sheet import CloseSheet, InsuranceSum, InvoiceRange, InvoiceUse
from server.closing.standing import loose_of, pieces_of
from server.closing.sums import of_shifts
from server.db import Read

if TYPE_CHECKING:
    from datetime import date, datetime

    from server.db import ReadTx

_SHIFT: Final = Read(
    "SELECT c.name, s.opened_at, s.closed_at, s.float_fen, s.counted, s.counted_fen, s.expected_fen, s.difference_reason, s.handed_in_fen,"
    " a.name, s.accepted_by = s.cashier_id, s.cashier_id, s.counted_at, (SELECT max(o.counted_at) FROM shift o WHERE o.cashier_id = s.cashier_id"
    " AND o.id < s.id), (SELECT name FROM clinic WHERE id = 1) FROM shift s JOIN staff c ON c.id = s.cashier_id"
    " JOIN staff a ON a.id = s.accepted_by WHERE s.id = %(id)s"
)
_BILLS: Final = Read(
    "SELECT count(*) FILTER (WHERE kind = 'SALE' AND reissues IS NULL),"
    " coalesce(sum(total_fen) FILTER (WHERE kind = 'SALE' AND reissues IS NULL), 0)::bigint, count(*) FILTER (WHERE kind = 'REFUND'),"
    " coalesce(sum(total_fen) FILTER (WHERE kind = 'REFUND' OR reissues IS NOT NULL), 0)::bigint, count(*) FILTER (WHERE reissues IS NOT NULL)"
    " FROM bill WHERE shift_id = %(id)s"
)
#: Numbers in a row: within one prefix and width, number less place in the order is the same for a row without a gap.
_RANGES: Final = Read(
    "WITH used AS (SELECT i.number, substring(i.number FROM '^(.*?)[0-9]*$') AS prefix, length(i.number) AS width,"
    " substring(i.number FROM '[0-9]+$')::numeric AS n FROM bill b JOIN invoice i ON i.bill_id = b.id WHERE b.shift_id = %(id)s),"
    " placed AS (SELECT *, n - row_number() OVER (PARTITION BY prefix, width ORDER BY n) AS island FROM used)"
    " SELECT min(number), max(number), count(*) FROM placed GROUP BY prefix, width, island ORDER BY prefix, width, min(n)"
)
_REVERSED: Final = Read(
    "SELECT i.number, o.number FROM bill b JOIN invoice i ON i.bill_id = b.id JOIN invoice o ON o.id = i.reverses"
    " WHERE b.shift_id = %(id)s AND b.kind = 'REFUND' ORDER BY i.id"
)
_VOIDED: Final = Read(
    "SELECT number FROM invoice WHERE voided_by = %(cashier_id)s AND voided_at > %(after)s AND voided_at <= %(until)s ORDER BY number"
)
_REPRINTED: Final = Read(
    "SELECT DISTINCT i.number FROM invoice_print p JOIN invoice i ON i.id = p.invoice_id WHERE p.staff_id = %(cashier_id)s AND p.copy > 1"
    " AND p.at > %(after)s AND p.at <= %(until)s ORDER BY i.number"
)
#: A refund's insurance settlement is the cancelled one of the bill that it takes back.
_INSURANCE: Final = Read(
    "WITH part AS (SELECT n.*, 1 AS sign FROM bill b JOIN insurance_settlement n ON n.bill_id = b.id WHERE b.shift_id = %(id)s"
    " AND b.kind = 'SALE' UNION ALL SELECT n.*, -1 FROM bill b JOIN insurance_settlement n ON n.bill_id = b.reverses"
    " WHERE b.shift_id = %(id)s AND b.kind = 'REFUND')"
    " SELECT insutype, clr_type, coalesce((SELECT d.label FROM insurance_dictionary d WHERE d.type = 'clr_type' AND d.value = clr_type), '')"
    " AS clr_name, count(*) FILTER (WHERE sign > 0) AS settled, count(*) FILTER (WHERE sign < 0) AS cancelled,"
    " sum(sign * medfee_fen)::bigint AS total_fen, sum(sign * fund_fen)::bigint AS fund_fen, sum(sign * account_fen)::bigint AS account_fen,"
    " sum(sign * mutual_fen)::bigint AS mutual_aid_fen, sum(sign * hospital_fen)::bigint AS hospital_fen, sum(sign * cash_fen)::bigint"
    " AS cash_fen FROM part GROUP BY insutype, clr_type ORDER BY insutype, clr_type"
)


def sheet_of(tx: ReadTx, shift_id: int, number: str, business_date: date) -> CloseSheet:
    """The sheet of a shift that is being closed: counted, accepted, and its last postings made."""
    row = tx.first(_SHIFT, id=shift_id)
    assert row is not None
    cashier, opened_at, closed_at, float_fen, counted, counted_fen, expected, reason, handed_in, acceptor, alone = row[:11]
    bills, bills_fen, refunds, refunds_fen, reissued = tx.first(_BILLS, id=shift_id) or (0, 0, 0, 0, 0)
    return CloseSheet(
        clinic=row[14] or "",
        number=number,
        cashier=cashier,
        opened_at=opened_at,
        closed_at=closed_at,
        business_date=business_date,
        bills=bills,
        bills_fen=bills_fen,
        refunds=refunds,
        refunds_fen=refunds_fen,
        reissued=reissued,
        invoices=_invoices(tx, shift_id, row[11], row[13] or opened_at, row[12]),
        insurance=tx.structs(InsuranceSum, _INSURANCE, id=shift_id),
        float_fen=float_fen,
        expected_fen=expected,
        counted=pieces_of(counted),
        loose_fen=loose_of(counted),
        counted_fen=counted_fen,
        difference_fen=counted_fen - expected,
        difference_reason=reason,
        handed_in_fen=handed_in,
        kept_fen=counted_fen - handed_in,
        accepted_by=acceptor,
        accepted_alone=alone,
        **_ledger(tx, shift_id),
    )


def _ledger(tx: ReadTx, shift_id: int) -> dict[str, Any]:
    """What comes out of the ledger's sums."""
    sums = of_shifts(tx, [shift_id])
    return {
        "categories": sums.categories(),
        "tenders": sums.tenders(),
        "deposits": sums.deposits(),
        "collected_fen": sums.collected(),
        "waived_fen": sums.net("tender:waiver"),
        "rounding_fen": -sums.net("rounding"),
        "expenses_fen": sums.expenses(),
        "accounts": sums.accounts(),
    }


def _invoices(tx: ReadTx, shift_id: int, cashier_id: int, after: datetime, until: datetime) -> InvoiceUse:
    """What became of numbers: taken by the shift's bills; voided and printed again by the cashier between the last count and this one."""
    ranges = tuple(InvoiceRange(first=first, last=last, count=count) for first, last, count in tx.rows(_RANGES, id=shift_id))
    pairs = tx.rows(_REVERSED, id=shift_id)
    span = {"cashier_id": cashier_id, "after": after, "until": until}
    return InvoiceUse(
        used=ranges,
        used_count=sum(part.count for part in ranges),
        red=tuple(red for red, _ in pairs),
        reversed=tuple(original for _, original in pairs),
        voided=tuple(row[0] for row in tx.rows(_VOIDED, **span)),
        reprinted=tuple(row[0] for row in tx.rows(_REPRINTED, **span)),
    )
