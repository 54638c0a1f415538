"""Every breach that ``xinglin check`` has to find: the check's name, the SQL that plants it, and what else it breaks by that."""

from __future__ import annotations

from typing import Final

from tests.server.check.account_breaches import ACCOUNT_NUMBERS, ACCOUNTS
from tests.server.check.closing_breaches import CLOSING_NUMBERS, SHIFTS
from tests.server.check.controlled_breaches import CONTROLLED
from tests.server.check.counting_breaches import COUNTING
from tests.server.check.dispensing_breaches import DISPENSING, OWED_NUMBERS
from tests.server.check.herbal_breaches import DECOCTION_NUMBERS, DECOCTION_STATES, HERBAL
from tests.server.check.insurance_breaches import INSURANCE
from tests.server.check.invoice_breaches import INVOICE_STATES, INVOICES
from tests.server.check.paper_breaches import PAPER_NUMBERS, PAPER_STATES, PAPERS
from tests.server.check.planted import Planted
from tests.server.check.planted import plant as _plant
from tests.server.check.purchase_breaches import PURCHASE_NUMBERS, PURCHASE_STATES, PURCHASING
from tests.server.check.recall_breaches import RECALL_NUMBERS, RECALL_STATES, RECALLS
from tests.server.check.return_breaches import RETURN_NUMBERS, RETURNS
from tests.server.check.settlement_breaches import BILLS as MORE_BILLS
from tests.server.check.settlement_breaches import SETTLEMENT_STATES, SETTLEMENTS
from tests.server.check.window_breaches import WINDOWS

#: A settled prescription that was not refunded.
_SALE: Final = "(SELECT max(bill_id) FROM charge_line WHERE source = 'prescription' AND state = 'SETTLED')"
_OPERATION: Final = f"(SELECT id FROM ledger_operation WHERE bill_id = {_SALE})"
_INCOME: Final = f"(SELECT min(id) FROM ledger_posting WHERE operation_id = {_OPERATION} AND charge_line_id IS NOT NULL)"
_TENDER: Final = f"(SELECT min(id) FROM ledger_posting WHERE operation_id = {_OPERATION} AND payment_id IS NOT NULL)"
#: A visit's fee that went back; nobody outside had to do anything.
_REFUND: Final = "(SELECT min(r.id) FROM bill r WHERE r.kind = 'REFUND' AND NOT EXISTS (SELECT FROM settlement s WHERE s.bill_id = r.id))"
_LINE: Final = "(SELECT min(l.id) FROM prescription_line l JOIN prescription p ON p.id = l.prescription_id WHERE p.state = '{0}')"


def _of(state: str) -> str:
    """A prescription in ``state``."""
    return f"(SELECT min(id) FROM prescription WHERE state = '{state}')"


LEDGER: Final = (
    _plant(
        "operation_balances",
        f"UPDATE ledger_posting SET amount_fen = amount_fen - 1 WHERE id = {_INCOME}",
        "day_balances",
        "sale_income",
        "bill_posted",
        "line_refunded",
    ),
    _plant(
        "day_balances",
        f"UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE id = {_TENDER}",
        "operation_balances",
        "payment_posted",
        "drawer",
    ),
    _plant(
        "operation_postings",
        "INSERT INTO ledger_operation (kind, at, business_date, staff_id, request_id)"
        " SELECT 'OTHER', now(), current_date, 1, id FROM request_log LIMIT 1",
    ),
    _plant("posting_belongs", f"UPDATE ledger_posting SET account = 'income:nowhere' WHERE id = {_INCOME}", "sale_income"),
    _plant("posting_cause", f"UPDATE ledger_posting SET charge_line_id = NULL WHERE id = {_INCOME}", "sale_income", "line_refunded"),
    _plant("operation_bill", f"UPDATE ledger_operation SET business_date = business_date - 1 WHERE id = {_OPERATION}"),
    _plant("operation_request", f"UPDATE ledger_operation SET request_id = gen_random_uuid() WHERE id = {_OPERATION}"),
    _plant("sale_income", f"UPDATE ledger_posting SET account = 'income:surgery' WHERE id = {_INCOME}"),
    _plant("payment_posted", f"UPDATE ledger_posting SET account = 'tender:card' WHERE id = {_TENDER}", "drawer"),
    _plant(
        "refund_mirrors_sale",
        f"UPDATE ledger_posting SET account = 'income:other' WHERE charge_line_id IS NOT NULL"
        f" AND operation_id = (SELECT id FROM ledger_operation WHERE bill_id = {_REFUND})",
    ),
    _plant(
        "refund_names_sale",
        f"UPDATE ledger_operation SET reverses = NULL WHERE bill_id = {_REFUND}",
    ),
    _plant("line_refunded", f"UPDATE charge_line SET refunded_fen = 1 WHERE bill_id = {_SALE}", "sale_income", "bill_lines"),
    _plant("drawer", f"UPDATE ledger_operation SET shift_id = shift_id + 1000 WHERE id = {_OPERATION}", "operation_bill"),
)

BILLS: Final = (
    _plant(
        "bill_operation",
        f"UPDATE ledger_operation SET bill_id = NULL, kind = 'OTHER' WHERE id = {_OPERATION}",
        "sale_income",
        "payment_posted",
        "bill_posted",
    ),
    _plant(
        "bill_lines",
        f"UPDATE charge_line SET amount_fen = amount_fen + 7 WHERE bill_id = {_SALE}",
        "sale_income",
        "charge_prescribed",
        "line_refunded",
    ),
    _plant(
        "bill_payments",
        f"INSERT INTO payment (bill_id, tender, amount_fen, given_fen, change_fen, state, at) SELECT {_SALE}, 'card', 5, 0, 0, 'PAID', now()",
        "payment_posted",
        "drawer",
    ),
    _plant("bill_refund", f"UPDATE bill SET patient_id = patient_id + 1 WHERE id = {_REFUND}"),
    _plant(
        "bill_refunded_once",
        "INSERT INTO bill (number, kind, patient_id, visit_id, total_fen, cashier_id, shift_id, business_date, at, reverses, receipt)"
        f" SELECT 'X1', kind, patient_id, visit_id, total_fen, cashier_id, shift_id, business_date, at, reverses, receipt"
        f" FROM bill WHERE id = {_REFUND}",
        "bill_operation",
        "bill_posted",
        "bill_payments",
        "bill_number_form",
        "invoice_bill",
        "invoice_reversed",
        "receipt_says",
    ),
    _plant("charge_bill", f"UPDATE charge_line SET settled_at = NULL WHERE bill_id = {_SALE}"),
    _plant("charge_times", f"UPDATE charge_line SET settled_at = created_at - interval '1 hour' WHERE bill_id = {_SALE}"),
    _plant("payment_refunded", f"UPDATE payment SET state = 'REFUNDED' WHERE bill_id = {_SALE}"),
    _plant(
        "payment_mirror",
        f"UPDATE payment SET tender = 'card' WHERE bill_id = {_REFUND}",
        "payment_posted",
        "drawer",
    ),
    _plant(
        "payment_change",
        "ALTER TABLE payment DROP CONSTRAINT ck_payment_change;"
        f"UPDATE payment SET change_fen = change_fen + 1 WHERE bill_id = {_SALE} AND tender = 'cash'",
    ),
    _plant("invoice_bill", f"UPDATE invoice SET amount_fen = amount_fen + 1 WHERE bill_id = {_SALE}"),
    _plant("invoice_reversed", f"UPDATE invoice SET state = 'REVERSED' WHERE bill_id = {_SALE}"),
    _plant("receipt_says", f"UPDATE bill SET receipt = jsonb_set(receipt, '{{total_fen}}', '1') WHERE id = {_SALE}"),
)

PRESCRIPTIONS: Final = (
    _plant("prescription_charges", f"UPDATE prescription SET state = 'APPROVED' WHERE id = {_of('PAID')}", "prescription_steps"),
    _plant("charge_prescribed", "UPDATE charge_line SET source_number = 'other' WHERE source = 'prescription' AND state = 'PENDING'"),
    _plant("prescription_amount", f"UPDATE prescription SET amount_fen = amount_fen + 1 WHERE id = {_of('PAID')}"),
    _plant(
        "reservation_state",
        f"UPDATE stock_reservation SET state = 'RELEASED' WHERE prescription_line_id = {_LINE.format('SUBMITTED')}",
        "level_reserved",
    ),
    _plant(
        "reservation_line",
        "INSERT INTO stock_reservation (prescription_line_id, location_id, drug_id, quantity, state) SELECT 999999, 1, min(drug_id), 1, 'USED'"
        " FROM stock_level",
    ),
    _plant(
        "picks",
        f"UPDATE pick SET state = 'PUT_BACK' WHERE prescription_line_id = {_LINE.format('PICKED')}",
        "balance_picked",
    ),
    _plant("prescription_steps", f"UPDATE prescription SET picked_at = NULL WHERE id = {_of('DISPENSED')}"),
    _plant("prescription_times", f"UPDATE prescription SET paid_at = signed_at - interval '1 day' WHERE id = {_of('DISPENSED')}"),
    _plant(
        "prescription_visit",
        f"UPDATE prescription SET department_id = department_id + 1 WHERE id = {_of('PAID')}",
    ),
    _plant(
        "prescription_replaced",
        f"UPDATE prescription SET replaces = {_of('PAID')} WHERE id = (SELECT max(id) FROM prescription WHERE state = 'REJECTED')",
    ),
    _plant(
        "codes_dispensed",
        f"UPDATE dispensed_code SET prescription_line_id = {_LINE.format('PAID')} WHERE id = (SELECT min(id) FROM dispensed_code)",
        "code_hand_over",
    ),
    _plant(
        "code_sold_once",
        "DROP INDEX uq_dispensed_code_sold_once; UPDATE dispensed_code SET code = 'same', split_pack = false",
    ),
)

STOCK: Final = (
    _plant("balance_moves", "UPDATE stock_balance SET on_hand = on_hand + 1 WHERE batch_id = 1", "level_balances"),
    _plant("month_moves", "UPDATE stock_month SET quantity = quantity + 1 WHERE batch_id = 1"),
    _plant(
        "balance_not_negative",
        "ALTER TABLE stock_balance DROP CONSTRAINT ck_stock_balance_picked_within; UPDATE stock_balance SET picked = on_hand + 1 WHERE batch_id = 1",
        "balance_picked",
    ),
    _plant("balance_picked", "UPDATE stock_balance SET picked = picked + 1 WHERE batch_id = 1"),
    _plant("level_balances", "UPDATE stock_level SET on_hand = on_hand + 1 WHERE drug_id = 1"),
    _plant("level_reserved", "UPDATE stock_level SET reserved = reserved + 1 WHERE drug_id = 1"),
    _plant(
        "level_not_negative",
        "ALTER TABLE stock_level DROP CONSTRAINT ck_stock_level_reserved_within; UPDATE stock_level SET reserved = on_hand + 1 WHERE drug_id = 1",
        "level_reserved",
    ),
    _plant("batch_of_drug", "UPDATE stock_balance SET expires = expires + 1 WHERE batch_id = 1"),
    _plant("move_of_drug", "UPDATE stock_move SET drug_id = drug_id + 1 WHERE batch_id = 1 AND kind = 'RECEIPT'"),
    _plant("move_cause", "UPDATE stock_move SET document = 'other' WHERE kind = 'DISPENSE'"),
    _plant("receipt_moves", "UPDATE stock_receipt_line SET quantity = quantity + 1 WHERE batch_id = 1"),
    _plant(
        "dispensed_moves",
        f"UPDATE prescription_line SET dispensed = dispensed - 1 WHERE id = {_LINE.format('DISPENSED')}",
        "picks",
    ),
    _plant(
        "dispensed_picks",
        "UPDATE pick SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM pick WHERE state = 'HANDED_OVER')",
        "picks",
    ),
    _plant(
        "dispensed_in_time",
        "UPDATE stock_batch SET expires = '2020-01-01' WHERE id = (SELECT min(batch_id) FROM stock_move WHERE kind = 'DISPENSE')",
        "batch_of_drug",
    ),
)

VISITS: Final = (
    _plant("session_taken", "UPDATE clinic_session SET taken = taken + 1 WHERE id = (SELECT max(session_id) FROM visit)"),
    _plant(
        "queue_once",
        "UPDATE visit SET queue_number = 'N001' WHERE id = (SELECT max(id) FROM visit)",
        "queue_number_once",
        "queue_number_last",
    ),
    _plant(
        "visit_once",
        "DROP INDEX uq_visit_patient_session; UPDATE visit SET patient_id = (SELECT min(patient_id) FROM visit)"
        " WHERE id = (SELECT max(visit_id) FROM prescription WHERE state = 'PAID')",
        "prescription_visit",
        "visit_fee",
    ),
    _plant("visit_session", "UPDATE visit SET doctor_id = doctor_id + 1 WHERE id = (SELECT max(id) FROM visit)"),
    _plant("visit_steps", "UPDATE visit SET finished_at = NULL WHERE state = 'FINISHED'"),
    _plant(
        "visit_times",
        "UPDATE visit SET finished_at = started_at - interval '1 hour' WHERE state = 'FINISHED'",
    ),
    _plant("visit_fee", "UPDATE visit SET state = 'WAITING' WHERE state = 'CANCELLED'", "session_taken"),
    _plant("visit_record", "UPDATE record SET signed_at = NULL WHERE visit_id = (SELECT min(id) FROM visit WHERE state = 'FINISHED')"),
    _plant("record_versions", "UPDATE record_version SET version = 99"),
    _plant("patient_versions", "UPDATE patient SET version = version + 1 WHERE id = 1"),
)


def _numbered(kind: str, table: str, column: str, where: str = "true") -> tuple[Planted, ...]:
    newest = f"(SELECT max(id) FROM {table} WHERE {where})"
    unique = f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_{column};"
    receipt = ("receipt_says",) if kind in ("bill", "invoice") else ()
    named = ("charge_prescribed", "move_cause") if kind == "prescription" else ()
    oldest = f"(SELECT {column} FROM {table} ORDER BY id LIMIT 1)"
    return (
        _plant(
            f"{kind}_number_form",
            f"UPDATE {table} SET {column} = 'abc' WHERE id = {newest}",
            f"{kind}_number_last",
            *receipt,
            *named[: _charged(kind, "newest")],
        ),
        _plant(
            f"{kind}_number_once",
            f"{unique} UPDATE {table} SET {column} = {oldest} WHERE id = {newest}",
            f"{kind}_number_last",
            *receipt,
            *named[: _charged(kind, "newest")],
        ),
        _plant(f"{kind}_number_within", f"UPDATE number_series SET last = last - 1 WHERE kind = '{kind}'"),
        _plant(f"{kind}_number_last", f"UPDATE number_series SET last = last + 3 WHERE kind = '{kind}'"),
        _plant(
            f"{kind}_number_gaps",
            f"UPDATE {table} SET {column} = left({column}, -4) || '0900' WHERE id = {newest};"
            f"UPDATE number_series SET last = 900 WHERE kind = '{kind}'",
            *receipt,
            *named[: _charged(kind, "newest")],
        ),
        _plant(
            f"{kind}_gap_unused",
            f"INSERT INTO number_gap (kind, scope, number, reason, at) SELECT '{kind}', scope, 2, 'torn', now() FROM number_series"
            f" WHERE kind = '{kind}'",
        ),
    )


def _charged(kind: str, _: str) -> int:
    """The newest prescription is charged and not dispensed: its charge lines name its number, no stock move does."""
    return 1 if kind == "prescription" else 0


NUMBERS: Final = (
    *_numbered("visit", "visit", "number"),
    *_numbered("bill", "bill", "number"),
    *_numbered("prescription", "prescription", "number"),
    *_numbered("invoice", "invoice", "number"),
    *_numbered("patient", "patient", "number"),
    _plant("receipt_number_form", "UPDATE stock_move SET document = 'abc' WHERE kind = 'RECEIPT'", "receipt_number_last", "receipt_moves"),
    _plant("receipt_number_once", "UPDATE stock_move SET xid = '5' WHERE id = (SELECT min(id) FROM stock_move)"),
    _plant("receipt_number_within", "DELETE FROM number_series WHERE kind = 'receipt'"),
    _plant("receipt_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'receipt'"),
    _plant(
        "receipt_number_gaps",
        "UPDATE stock_move SET document = left(document, -1) || '9' WHERE kind = 'RECEIPT' AND document = (SELECT max(number) FROM stock_receipt);"
        "UPDATE number_series SET last = 9 WHERE kind = 'receipt' AND scope = (SELECT max(scope) FROM number_series WHERE kind = 'receipt')",
        "receipt_moves",
    ),
    _plant(
        "receipt_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series WHERE kind = 'receipt'",
    ),
    _plant("queue_number_form", "UPDATE visit SET queue_number = 'N' WHERE id = (SELECT max(id) FROM visit)", "queue_number_last"),
    _plant(
        "queue_number_once",
        "UPDATE visit SET queue_number = 'M001' WHERE id = (SELECT max(id) FROM visit)",
        "queue_number_last",
    ),
    _plant("queue_number_within", "UPDATE number_series SET last = last - 1 WHERE kind = 'queue'"),
    _plant("queue_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'queue'"),
    _plant(
        "queue_number_gaps",
        "UPDATE visit SET queue_number = 'N900' WHERE id = (SELECT min(id) FROM visit);"
        "UPDATE number_series SET last = 900 WHERE kind = 'queue'",
    ),
    _plant(
        "queue_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series WHERE kind = 'queue'",
    ),
)

STATES: Final = (
    _plant("visit_state", "UPDATE visit SET state = 'LOST' WHERE id = (SELECT max(id) FROM visit)"),
    _plant("prescription_state", f"UPDATE prescription SET state = 'LOST' WHERE id = {_of('DISPENSED')}", "picks", "dispensed_moves"),
    _plant("charge_line_state", f"UPDATE charge_line SET state = 'LOST' WHERE bill_id = {_SALE}", "prescription_charges"),
    _plant(
        "payment_state",
        f"UPDATE payment SET state = 'LOST' WHERE bill_id = {_SALE}",
        "payment_posted",
        "bill_payments",
        "payment_booked_state",
        "drawer",
    ),
    _plant("invoice_state", f"UPDATE invoice SET state = 'LOST' WHERE bill_id = {_SALE}"),
    _plant("shift_state", "UPDATE shift SET state = 'LOST' WHERE id = (SELECT max(id) FROM shift WHERE state = 'OPENED')", "shift_steps"),
)

_SEALED: Final = "(SELECT entry_id FROM audit_leaf WHERE leaf = 20)"
AUDIT: Final = (
    _plant(
        "request_audited",
        "DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry WHERE act = 'settle')",
        "entry_missing",
    ),
    _plant("audited_requested", "DELETE FROM request_log WHERE name = 'correct_patient'"),
    _plant("entry_skipped", "INSERT INTO audit_entry (xid, at, act, subjects) VALUES ('9', now(), 'settle', '[]')"),
    _plant("entry_unsealed", "INSERT INTO audit_entry (at, act, subjects) VALUES (now() - interval '2 days', 'sign_in', '[]')"),
    _plant("leaf_missing", "DELETE FROM audit_leaf WHERE leaf = 20", "entry_skipped"),
    _plant("entry_missing", "DELETE FROM audit_entry WHERE act = 'sign_in'"),
    _plant("entry_changed", f'UPDATE audit_entry SET detail = \'{{"reason": "other"}}\' WHERE id = {_SEALED}'),
    _plant(
        "checkpoint_root",
        f"UPDATE audit_entry SET at = at - interval '1 second' WHERE id = {_SEALED};"
        "UPDATE audit_leaf l SET hash = sha256('\\x00'::bytea || convert_to({text}, 'UTF8')) FROM audit_entry e"
        " WHERE e.id = l.entry_id AND l.leaf = 20",
    ),
    _plant(
        "checkpoint_signature",
        "UPDATE audit_checkpoint SET signature = '\\x00' WHERE size = (SELECT max(size) FROM audit_checkpoint)",
    ),
    _plant(
        "trail_truncated",
        "DELETE FROM audit_leaf WHERE leaf > (SELECT max(leaf) - 2 FROM audit_leaf);"
        "DELETE FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id);"
        "DELETE FROM request_log r WHERE NOT EXISTS (SELECT FROM audit_entry e WHERE e.request_id = r.id);"
        "DELETE FROM audit_checkpoint WHERE size > (SELECT count(*) FROM audit_leaf)",
        "checkpoint_gone",
    ),
    _plant("checkpoint_gone", "DELETE FROM audit_checkpoint WHERE size = (SELECT min(size) FROM audit_checkpoint)"),
)

ALL: Final = (
    *LEDGER,
    *BILLS,
    *MORE_BILLS,
    *SETTLEMENTS,
    *SETTLEMENT_STATES,
    *ACCOUNTS,
    *ACCOUNT_NUMBERS,
    *INVOICES,
    *INVOICE_STATES,
    *INSURANCE,
    *SHIFTS,
    *CLOSING_NUMBERS,
    *PRESCRIPTIONS,
    *STOCK,
    *RETURNS,
    *DISPENSING,
    *HERBAL,
    *DECOCTION_NUMBERS,
    *DECOCTION_STATES,
    *RECALLS,
    *RECALL_NUMBERS,
    *RECALL_STATES,
    *PAPERS,
    *PAPER_NUMBERS,
    *PAPER_STATES,
    *PURCHASING,
    *WINDOWS,
    *RETURN_NUMBERS,
    *OWED_NUMBERS,
    *PURCHASE_NUMBERS,
    *PURCHASE_STATES,
    *COUNTING,
    *CONTROLLED,
    *VISITS,
    *NUMBERS,
    *STATES,
    *AUDIT,
)
