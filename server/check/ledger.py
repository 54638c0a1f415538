"""The money ledger: operations, their postings, and the drawers."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_POSTED: Final = "SELECT p.{key}, o.bill_id, count(*) AS n, sum(p.amount_fen) AS fen, min(p.account) AS account FROM ledger_posting p"

LEDGER: Final = (
    Rule(
        "operation_balances",
        "ledger_operation",
        N_("{count} ledger operations do not sum to zero."),
        "SELECT p.operation_id AS id, sum(p.amount_fen)::bigint AS sum_fen FROM ledger_posting p GROUP BY p.operation_id"
        " HAVING sum(p.amount_fen) <> 0",
    ),
    Rule(
        "day_balances",
        "ledger_posting",
        N_("{count} business days do not sum to zero."),
        "SELECT o.business_date::text AS id, sum(p.amount_fen)::bigint AS sum_fen FROM ledger_posting p"
        " JOIN ledger_operation o ON o.id = p.operation_id GROUP BY o.business_date HAVING sum(p.amount_fen) <> 0",
    ),
    Rule(
        "operation_postings",
        "ledger_operation",
        N_("{count} ledger operations have fewer than two postings."),
        "SELECT o.id, count(p.id) AS postings FROM ledger_operation o LEFT JOIN ledger_posting p ON p.operation_id = o.id"
        " GROUP BY o.id HAVING count(p.id) < 2",
    ),
    Rule(
        "posting_belongs",
        "ledger_posting",
        N_("{count} postings belong to no ledger operation or to no account."),
        "SELECT p.id, p.operation_id, p.account FROM ledger_posting p LEFT JOIN ledger_operation o ON o.id = p.operation_id"
        " LEFT JOIN ledger_account a ON a.code = p.account WHERE o.id IS NULL OR a.code IS NULL",
    ),
    Rule(
        "posting_cause",
        "ledger_posting",
        N_("{count} postings name neither the one charge line nor the one payment that they are for."),
        "SELECT p.id, p.operation_id, p.account FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
        " WHERE o.kind IN ('SALE', 'REFUND') AND (num_nonnulls(p.charge_line_id, p.payment_id) <> 1"
        " OR (p.charge_line_id IS NULL) <> (p.account LIKE 'tender:%%')) AND p.account <> 'rounding'",
    ),
    Rule(
        "operation_bill",
        "ledger_operation",
        N_("{count} ledger operations differ from their bill in kind, day, shift or cashier."),
        "SELECT o.id, o.bill_id, o.kind FROM ledger_operation o LEFT JOIN bill b ON b.id = o.bill_id WHERE o.kind IN ('SALE', 'REFUND')"
        " AND (b.id IS NULL OR b.kind <> o.kind OR b.business_date <> o.business_date OR b.shift_id IS DISTINCT FROM o.shift_id"
        " OR b.cashier_id <> o.staff_id)",
    ),
    Rule(
        "operation_request",
        "ledger_operation",
        N_("{count} ledger operations were caused by no request that was carried out."),
        "SELECT o.id, o.request_id FROM ledger_operation o LEFT JOIN request_log r ON r.id = o.request_id WHERE r.id IS NULL",
    ),
    Rule(
        "sale_income",
        "charge_line",
        N_("{count} charge lines were not posted once, with what stands of them and their category, by the bill that they belong to."),
        f"WITH posted AS ({_POSTED.format(key='charge_line_id')} JOIN ledger_operation o ON o.id = p.operation_id"
        " WHERE o.kind = 'SALE' AND p.charge_line_id IS NOT NULL AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = o.bill_id)"
        " GROUP BY p.charge_line_id, o.bill_id)"
        " SELECT coalesce(c.id, x.charge_line_id) AS id, c.bill_id, x.bill_id AS posted_by, c.left_fen, (-x.fen)::bigint AS posted_fen, x.account"
        " FROM (SELECT *, amount_fen - refunded_fen AS left_fen FROM charge_line WHERE bill_id IS NOT NULL AND amount_fen <> refunded_fen) c"
        " FULL JOIN posted x ON x.charge_line_id = c.id AND x.bill_id = c.bill_id"
        " WHERE c.id IS NULL OR x.bill_id IS NULL OR x.n <> 1 OR x.fen <> -c.left_fen OR x.account <> 'income:' || c.category",
    ),
    Rule(
        "payment_posted",
        "payment",
        N_("{count} payments were not posted once, with their amount, to the account of their tender."),
        f"WITH posted AS ({_POSTED.format(key='payment_id')} JOIN ledger_operation o ON o.id = p.operation_id"
        " WHERE p.payment_id IS NOT NULL GROUP BY p.payment_id, o.bill_id)"
        " SELECT coalesce(y.id, x.payment_id) AS id, y.bill_id, x.bill_id AS posted_by, y.amount_fen, x.fen::bigint AS posted_fen, x.account"
        " FROM (SELECT * FROM payment WHERE state IN ('PAID', 'REFUNDING', 'REFUNDED', 'UNKNOWN')"
        " AND num_nonnulls(bill_id, deposit_entry_id, credit_entry_id) = 1) y"
        " FULL JOIN posted x ON x.payment_id = y.id AND coalesce(x.bill_id, 0) = coalesce(y.bill_id, 0)"
        " WHERE y.id IS NULL OR x.payment_id IS NULL OR x.n <> 1 OR x.fen <> y.amount_fen OR x.account <> 'tender:' || y.tender",
    ),
    Rule(
        "refund_mirrors_sale",
        "ledger_operation",
        N_("{count} refunds are not the exact mirror of their sale."),
        "WITH pair AS (SELECT id AS refund, id AS operation FROM ledger_operation WHERE reverses IS NOT NULL"
        " UNION ALL SELECT id, reverses FROM ledger_operation WHERE reverses IS NOT NULL),"
        " left_over AS (SELECT r.refund FROM pair r JOIN ledger_posting p ON p.operation_id = r.operation"
        " LEFT JOIN payment y ON y.id = p.payment_id GROUP BY r.refund, p.account, p.charge_line_id, coalesce(y.reverses, y.id)"
        " HAVING sum(p.amount_fen) <> 0) SELECT DISTINCT refund AS id FROM left_over",
    ),
    Rule(
        "refund_names_sale",
        "ledger_operation",
        N_("{count} refunds do not name the sale that they take back."),
        # What is no bill is taken back by its own kind: a hand-in that a reopened close takes back is a hand-in.
        "SELECT r.id, r.reverses, r.bill_id FROM ledger_operation r LEFT JOIN ledger_operation s ON s.id = r.reverses"
        " LEFT JOIN bill b ON b.id = r.bill_id WHERE (r.kind = 'REFUND' AND r.reverses IS NULL) OR (r.kind = 'SALE' AND r.reverses IS NOT NULL)"
        " OR r.reverses IS NOT NULL AND (s.id IS NULL OR s.kind <> CASE r.kind WHEN 'REFUND' THEN 'SALE' ELSE r.kind END"
        " OR r.kind = 'REFUND' AND s.bill_id IS DISTINCT FROM b.reverses)",
    ),
    Rule(
        "line_refunded",
        "charge_line",
        N_("{count} charge lines say that another amount was refunded than the ledger does, or more than was paid."),
        "SELECT c.id, c.state, c.amount_fen, c.refunded_fen, coalesce(-x.fen, 0)::bigint AS posted_fen FROM charge_line c"
        " LEFT JOIN (SELECT p.charge_line_id, sum(p.amount_fen) AS fen FROM ledger_posting p WHERE p.charge_line_id IS NOT NULL"
        " GROUP BY p.charge_line_id) x ON x.charge_line_id = c.id"
        " WHERE coalesce(-x.fen, 0) <> CASE WHEN c.bill_id IS NULL THEN 0 ELSE c.amount_fen - c.refunded_fen END OR c.refunded_fen > c.amount_fen"
        " OR c.state = 'REFUNDED' AND (c.refunded_fen <> c.amount_fen OR c.refunded_quantity <> c.quantity OR c.waived_fen <> 0)"
        " OR c.state = 'PART_REFUNDED' AND NOT (c.refunded_quantity > 0 AND c.refunded_quantity < c.quantity)"
        " OR c.state IN ('PENDING', 'SETTLED', 'VOIDED') AND (c.refunded_fen <> 0 OR c.refunded_quantity <> 0)"
        " OR c.waived_fen > c.amount_fen - c.refunded_fen",
    ),
    Rule(
        "drawer",
        "shift",
        N_("{count} drawers hold, by one of the tenders, something else than the ledger says."),
        # A payment falls into the shift of its bill, deposit or collection. Float, differences and hand-in are no payments (section shifts).
        "WITH paid AS (SELECT coalesce(b.shift_id, d.shift_id, c.shift_id) AS shift_id, y.tender, sum(y.amount_fen) AS fen FROM payment y"
        " LEFT JOIN bill b ON b.id = y.bill_id LEFT JOIN deposit_entry d ON d.id = y.deposit_entry_id"
        " LEFT JOIN credit_entry c ON c.id = y.credit_entry_id WHERE y.state IN ('PAID', 'REFUNDING', 'REFUNDED', 'UNKNOWN')"
        " AND num_nonnulls(y.bill_id, y.deposit_entry_id, y.credit_entry_id) = 1 GROUP BY 1, 2),"
        " posted AS (SELECT o.shift_id, substr(p.account, 8) AS tender, sum(p.amount_fen) AS fen FROM ledger_posting p"
        " JOIN ledger_operation o ON o.id = p.operation_id WHERE p.account LIKE 'tender:%%' AND p.payment_id IS NOT NULL"
        " GROUP BY o.shift_id, p.account)"
        " SELECT coalesce(y.shift_id, x.shift_id) AS id, coalesce(y.tender, x.tender) AS tender, y.fen::bigint AS paid_fen,"
        " x.fen::bigint AS posted_fen FROM paid y FULL JOIN posted x ON x.shift_id = y.shift_id AND x.tender = y.tender"
        " WHERE coalesce(y.fen, 0) <> coalesce(x.fen, 0)",
    ),
)
