"""Deposits and credit accounts: balance, entries and ledger agree; every entry has its cause; nobody owes more than they may."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

#: Of an operation without a bill, whose account it moves: what its payments say.
_OF_DEPOSIT: Final = (
    "SELECT coalesce(b.patient_id, (SELECT min(e.patient_id) FROM ledger_posting q JOIN payment y ON y.id = q.payment_id"
    " JOIN deposit_entry e ON e.id = y.deposit_entry_id WHERE q.operation_id = o.id)) AS patient_id, sum(-p.amount_fen) AS fen"
    " FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id LEFT JOIN bill b ON b.id = o.bill_id"
    " WHERE p.account = 'tender:deposit' GROUP BY 1"
)
_OF_CREDIT: Final = (
    "SELECT coalesce((SELECT y.credit_account_id FROM payment y WHERE y.id = p.payment_id), (SELECT min(y.credit_account_id)"
    " FROM ledger_posting q JOIN payment y ON y.id = q.payment_id WHERE q.operation_id = o.id AND o.bill_id IS NULL)) AS account_id,"
    " sum(p.amount_fen) AS fen FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id"
    " WHERE p.account IN ('tender:credit', 'tender:green') GROUP BY 1"
)
#: What the payments of one bill say of one account.
_PAID: Final = "SELECT sum(y.amount_fen) FROM payment y WHERE y.bill_id = e.bill_id AND y.state IN ('PAID', 'REFUNDING', 'REFUNDED')"

ACCOUNTS: Final = (
    Rule(
        "deposit_entries",
        "deposit",
        N_("{count} deposits hold something else than the sum of their entries."),
        "SELECT coalesce(d.patient_id, e.patient_id) AS id, d.balance_fen, e.fen::bigint AS entries_fen FROM deposit d FULL JOIN"
        " (SELECT patient_id, sum(amount_fen) AS fen FROM deposit_entry GROUP BY patient_id) e ON e.patient_id = d.patient_id"
        " WHERE coalesce(d.balance_fen, 0) <> coalesce(e.fen, 0) OR d.patient_id IS NULL OR d.balance_fen < 0",
    ),
    Rule(
        "deposit_running",
        "deposit_entry",
        N_("{count} entries of deposits show another balance than the entries up to them come to."),
        "SELECT id, balance_fen, running::bigint AS running_fen FROM (SELECT e.*, sum(amount_fen) OVER (PARTITION BY patient_id ORDER BY id)"
        " AS running FROM deposit_entry e) e WHERE running <> balance_fen",
    ),
    Rule(
        "deposit_ledger",
        "deposit",
        N_("{count} deposits hold something else than the ledger says."),
        f"SELECT coalesce(d.patient_id, p.patient_id) AS id, d.balance_fen, p.fen::bigint AS posted_fen FROM deposit d FULL JOIN ({_OF_DEPOSIT})"
        " p ON p.patient_id = d.patient_id WHERE coalesce(d.balance_fen, 0) <> coalesce(p.fen, 0)",
    ),
    Rule(
        "deposit_cause",
        "deposit_entry",
        N_("{count} entries of deposits have another cause than their bill, or the money that came or went."),
        "SELECT e.id, e.kind, e.amount_fen, e.bill_id FROM deposit_entry e LEFT JOIN bill b ON b.id = e.bill_id"
        " WHERE (e.kind IN ('SPEND', 'PAY_OUT')) <> (e.amount_fen < 0) OR (e.kind IN ('TOP_UP', 'PAY_OUT')) <> (e.number IS NOT NULL)"
        " OR CASE WHEN e.kind IN ('TOP_UP', 'PAY_OUT') THEN e.bill_id IS NOT NULL OR e.receipt->>'number' IS DISTINCT FROM e.number"
        " OR coalesce((SELECT sum(y.amount_fen) FROM payment y WHERE y.deposit_entry_id = e.id), 0) <> e.amount_fen"
        " ELSE b.id IS NULL OR b.patient_id <> e.patient_id OR (b.kind = 'SALE') <> (e.kind = 'SPEND')"
        f" OR coalesce(({_PAID} AND y.tender = 'deposit'), 0)"
        " <> -(SELECT sum(f.amount_fen) FROM deposit_entry f WHERE f.bill_id = e.bill_id) END",
    ),
    Rule(
        "credit_entries",
        "credit_account",
        N_("{count} credit accounts owe something else than the sum of their entries."),
        "SELECT a.id, a.balance_fen, coalesce(sum(e.amount_fen), 0)::bigint AS entries_fen FROM credit_account a"
        " LEFT JOIN credit_entry e ON e.account_id = a.id GROUP BY a.id HAVING a.balance_fen <> coalesce(sum(e.amount_fen), 0)",
    ),
    Rule(
        "credit_running",
        "credit_entry",
        N_("{count} entries of credit accounts show another balance than the entries up to them come to."),
        "SELECT id, balance_fen, running::bigint AS running_fen FROM (SELECT e.*, sum(amount_fen) OVER (PARTITION BY account_id ORDER BY id)"
        " AS running FROM credit_entry e) e WHERE running <> balance_fen",
    ),
    Rule(
        "credit_ledger",
        "credit_account",
        N_("{count} credit accounts owe something else than the ledger says."),
        f"SELECT coalesce(a.id, p.account_id) AS id, a.balance_fen, p.fen::bigint AS posted_fen FROM credit_account a FULL JOIN ({_OF_CREDIT})"
        " p ON p.account_id = a.id WHERE coalesce(a.balance_fen, 0) <> coalesce(p.fen, 0)",
    ),
    Rule(
        "credit_cause",
        "credit_entry",
        N_("{count} entries of credit accounts have another cause than their bill, or the money that came or went."),
        "SELECT e.id, e.kind, e.amount_fen, e.bill_id FROM credit_entry e LEFT JOIN bill b ON b.id = e.bill_id"
        " WHERE (e.kind IN ('CHARGE_BACK', 'COLLECT')) <> (e.amount_fen < 0) OR (e.kind IN ('COLLECT', 'PAY_BACK')) <> (e.number IS NOT NULL)"
        " OR CASE WHEN e.kind IN ('COLLECT', 'PAY_BACK') THEN e.bill_id IS NOT NULL OR e.receipt->>'number' IS DISTINCT FROM e.number"
        " OR coalesce((SELECT sum(y.amount_fen) FROM payment y WHERE y.credit_entry_id = e.id), 0) <> -e.amount_fen"
        " ELSE b.id IS NULL OR b.patient_id IS DISTINCT FROM e.patient_id OR (b.kind = 'SALE') <> (e.kind = 'CHARGE')"
        f" OR coalesce(({_PAID} AND y.credit_account_id = e.account_id), 0)"
        " <> (SELECT sum(f.amount_fen) FROM credit_entry f WHERE f.bill_id = e.bill_id AND f.account_id = e.account_id) END",
    ),
    Rule(
        "credit_limit",
        "credit_account",
        N_("{count} credit accounts owe more than they may."),
        "SELECT a.id, a.limit_fen, a.balance_fen FROM credit_account a WHERE a.balance_fen > a.limit_fen",
    ),
    Rule(
        "credit_holder",
        "credit_entry",
        N_("{count} bills were charged to an account that was not to pay for their patient."),
        "SELECT e.id, e.account_id, e.patient_id FROM credit_entry e JOIN credit_account a ON a.id = e.account_id WHERE e.kind = 'CHARGE'"
        " AND NOT CASE a.kind WHEN 'GREEN' THEN a.patient_id = e.patient_id ELSE EXISTS (SELECT FROM credit_member m"
        " WHERE m.account_id = a.id AND m.patient_id = e.patient_id AND m.since <= e.at + interval '10 seconds') END",
    ),
    Rule(
        "approval_used",
        "approval",
        N_("{count} approvals were given by the one who asked, or used before they were given or after they had lapsed."),
        "SELECT v.id, v.act, v.asked_by, v.approved_by, v.used_at FROM approval v WHERE v.asked_by = v.approved_by OR v.used_at < v.at"
        " OR v.used_at > v.expires_at",
    ),
)
