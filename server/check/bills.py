"""Bills, their charge lines, payments, invoices and receipts."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

BILLS: Final = (
    Rule(
        "bill_operation",
        "bill",
        N_("{count} bills are not booked by exactly one ledger operation."),
        "SELECT b.id, b.number, b.total_fen, count(o.id) AS operations FROM bill b LEFT JOIN ledger_operation o ON o.bill_id = b.id"
        " GROUP BY b.id HAVING count(o.id) <> (b.total_fen <> 0)::int",
    ),
    Rule(
        "bill_lines",
        "bill",
        N_("{count} bills have another total than their charge lines."),
        # What of a line was taken back belongs to no bill any more; the rest of it to the last one.
        "SELECT b.id, b.number, b.total_fen, b.rounding_fen, coalesce(sum(c.amount_fen - c.refunded_fen), 0)::bigint AS lines_fen FROM bill b"
        " LEFT JOIN charge_line c ON c.bill_id = b.id WHERE b.kind = 'SALE' AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id)"
        " GROUP BY b.id HAVING count(c.id) = 0 OR b.total_fen <> sum(c.amount_fen - c.refunded_fen) + b.rounding_fen",
    ),
    Rule(
        "bill_posted",
        "bill",
        N_("{count} bills have another total or cash rounding than their postings."),
        "SELECT b.id, b.number, b.total_fen, b.rounding_fen, x.income::bigint AS income_fen, x.rounding::bigint AS rounding_posted_fen FROM bill b"
        " CROSS JOIN LATERAL (SELECT coalesce(-sum(p.amount_fen) FILTER (WHERE p.account LIKE 'income:%%'), 0) AS income,"
        " coalesce(-sum(p.amount_fen) FILTER (WHERE p.account = 'rounding'), 0) AS rounding FROM ledger_operation o"
        " JOIN ledger_posting p ON p.operation_id = o.id WHERE o.bill_id = b.id) x"
        " WHERE b.total_fen <> x.income + x.rounding OR b.rounding_fen <> x.rounding",
    ),
    Rule(
        "bill_rounding",
        "bill",
        N_("{count} bills round by ten fen or more, or round what was not paid in cash."),
        "SELECT b.id, b.number, b.rounding_fen FROM bill b WHERE b.rounding_fen <> 0 AND (abs(b.rounding_fen) >= 10 OR b.kind = 'SALE' AND"
        " b.rounding_fen > 0 AND NOT EXISTS (SELECT FROM payment y WHERE y.bill_id = b.id AND y.tender = 'cash'))",
    ),
    Rule(
        "bill_waived",
        "bill",
        N_("{count} bills waive another amount than their lines."),
        "SELECT b.id, b.number, coalesce(y.fen, 0)::bigint AS waived_fen, coalesce(c.fen, 0)::bigint AS lines_fen FROM bill b LEFT JOIN (SELECT"
        " bill_id, sum(amount_fen) AS fen FROM payment WHERE tender = 'waiver' GROUP BY bill_id) y ON y.bill_id = b.id LEFT JOIN (SELECT bill_id,"
        " sum(waived_fen) AS fen FROM charge_line GROUP BY bill_id) c ON c.bill_id = b.id WHERE b.kind = 'SALE'"
        " AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id) AND coalesce(y.fen, 0) <> coalesce(c.fen, 0)",
    ),
    Rule(
        "bill_payments",
        "bill",
        N_("{count} bills have another total than their payments: paid is not what was due."),
        "SELECT b.id, b.number, b.total_fen, coalesce(sum(y.amount_fen), 0)::bigint AS paid_fen FROM bill b"
        " LEFT JOIN payment y ON y.bill_id = b.id AND y.state IN ('PAID', 'REFUNDING', 'REFUNDED') GROUP BY b.id"
        " HAVING b.total_fen <> coalesce(sum(y.amount_fen), 0)",
    ),
    Rule(
        "bill_refund",
        "bill",
        N_("{count} refund bills are not the opposite of one sale of the same patient."),
        "SELECT r.id, r.number, r.reverses, r.total_fen FROM bill r LEFT JOIN bill s ON s.id = r.reverses WHERE r.kind = 'REFUND'"
        " AND (s.id IS NULL OR s.kind <> 'SALE' OR s.total_fen <> -r.total_fen OR s.rounding_fen <> -r.rounding_fen"
        " OR s.patient_id <> r.patient_id)",
    ),
    Rule(
        "bill_reissued",
        "bill",
        N_("{count} bills go on with one that was not taken back just then, or that two go on with, or come to more than it."),
        "SELECT n.id, n.number, n.reissues, n.total_fen FROM bill n LEFT JOIN bill s ON s.id = n.reissues LEFT JOIN bill r ON r.reverses = s.id"
        " WHERE n.reissues IS NOT NULL AND (n.kind <> 'SALE' OR s.id IS NULL OR r.id IS NULL OR r.at <> n.at OR s.patient_id <> n.patient_id"
        " OR n.total_fen - n.rounding_fen > s.total_fen - s.rounding_fen"
        " OR EXISTS (SELECT FROM bill m WHERE m.reissues = n.reissues AND m.id <> n.id))",
    ),
    Rule(
        "bill_refunded_once",
        "bill",
        N_("{count} bills were refunded more than once."),
        "SELECT r.reverses AS id, count(*) AS refunds FROM bill r WHERE r.reverses IS NOT NULL GROUP BY r.reverses HAVING count(*) > 1",
    ),
    Rule(
        "charge_bill",
        "charge_line",
        N_("{count} charge lines are in a state that their bill contradicts."),
        "SELECT c.id, c.state, c.bill_id FROM charge_line c LEFT JOIN bill b ON b.id = c.bill_id"
        " WHERE (c.state IN ('PENDING', 'VOIDED')) <> (c.bill_id IS NULL) OR (c.settled_at IS NULL) <> (c.bill_id IS NULL)"
        " OR c.bill_id IS NOT NULL AND (b.id IS NULL OR b.kind <> 'SALE' OR b.patient_id <> c.patient_id)"
        " OR c.state IN ('SETTLED', 'PART_REFUNDED') AND EXISTS (SELECT FROM bill r WHERE r.reverses = b.id)"
        " OR c.state = 'REFUNDED' AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id)",
    ),
    Rule(
        "charge_times",
        "charge_line",
        N_("{count} charge lines were settled before they were charged."),
        "SELECT c.id, c.created_at, c.settled_at FROM charge_line c WHERE c.settled_at < c.created_at - interval '10 seconds'",
    ),
    Rule(
        "payment_refunded",
        "payment",
        N_("{count} payments say that they went back while they did not, or more went back than was paid."),
        "SELECT y.id, y.state, y.amount_fen, coalesce(sum(-m.amount_fen), 0)::bigint AS refunded_fen FROM payment y"
        " LEFT JOIN payment m ON m.reverses = y.id WHERE y.reverses IS NULL AND y.amount_fen > 0"
        " AND num_nonnulls(y.bill_id, y.deposit_entry_id, y.credit_entry_id) = 1 GROUP BY y.id"
        " HAVING coalesce(sum(-m.amount_fen), 0) > y.amount_fen"
        " OR (y.state = 'REFUNDED') <> (coalesce(sum(-m.amount_fen), 0) = y.amount_fen)",
    ),
    Rule(
        "payment_mirror",
        "payment",
        N_("{count} payments went back another way than they came."),
        "SELECT m.id, m.tender, m.reverses, m.bill_id FROM payment m LEFT JOIN payment y ON y.id = m.reverses"
        " LEFT JOIN bill r ON r.id = m.bill_id WHERE m.bill_id IS NOT NULL AND (m.reverses IS NULL) <> (m.amount_fen > 0)"
        " OR (r.kind = 'REFUND') <> (m.reverses IS NOT NULL)"
        " OR m.reverses IS NOT NULL AND (y.id IS NULL OR y.tender <> m.tender OR y.bill_id IS DISTINCT FROM r.reverses)",
    ),
    Rule(
        "payment_change",
        "payment",
        N_("{count} payments do not agree with what was handed over and given back."),
        "SELECT y.id, y.tender, y.amount_fen, y.given_fen, y.change_fen FROM payment y WHERE y.given_fen < 0 OR y.change_fen < 0"
        " OR y.given_fen <> 0 AND y.given_fen - y.change_fen <> y.amount_fen OR y.given_fen = 0 AND y.change_fen <> 0"
        " OR y.tender <> 'cash' AND y.given_fen <> 0",
    ),
    Rule(
        "invoice_bill",
        "bill",
        N_("{count} bills have not exactly one invoice over their total."),
        "SELECT b.id, b.number, b.total_fen, count(i.id) AS invoices FROM bill b LEFT JOIN invoice i ON i.bill_id = b.id AND i.state <> 'VOIDED'"
        " GROUP BY b.id HAVING count(i.id) <> 1 OR min(i.amount_fen) <> b.total_fen",
    ),
    Rule(
        "invoice_reversed",
        "invoice",
        N_("{count} invoices are reversed while their bill is not refunded, or the other way round."),
        "SELECT i.id, i.number, i.state, r.id AS refund FROM invoice i LEFT JOIN bill r ON r.reverses = i.bill_id"
        " LEFT JOIN invoice j ON j.bill_id = r.id WHERE i.state <> 'VOIDED' AND ((i.state = 'REVERSED') <> (r.id IS NOT NULL)"
        " OR r.id IS NOT NULL AND j.reverses IS DISTINCT FROM i.id)",
    ),
    Rule(
        "receipt_says",
        "bill",
        N_("{count} receipts show another number or total than their bill."),
        "SELECT b.id, b.number, b.total_fen, b.receipt->>'total_fen' AS shown_fen FROM bill b"
        " WHERE b.receipt->>'bill_number' IS DISTINCT FROM b.number OR b.receipt->>'total_fen' IS DISTINCT FROM b.total_fen::text"
        " OR NOT EXISTS (SELECT FROM invoice i WHERE i.bill_id = b.id AND i.number = b.receipt->>'invoice_number')",
    ),
)
