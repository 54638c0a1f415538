"""Shifts, their drawers and counts, the daily closes with their sheets, and the roll-ups."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

#: The drawer of every shift, with and without what its close posted.
_DRAWERS: Final = (
    "WITH drawer AS (SELECT o.shift_id, sum(p.amount_fen) AS fen, coalesce(sum(p.amount_fen) FILTER (WHERE o.kind = 'OVER_SHORT'), 0) AS over_short,"
    " coalesce(sum(p.amount_fen) FILTER (WHERE o.kind = 'HAND_IN'), 0) AS hand_in,"
    " coalesce(sum(p.amount_fen) FILTER (WHERE o.kind = 'FLOAT'), 0) AS float"
    " FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id WHERE p.account = 'tender:cash' GROUP BY o.shift_id)"
)
_CLOSED: Final = "s.state IN ('CLOSED', 'ROLLED_UP')"
#: Shifts of before there were counts have none.
_COUNTED: Final = "s.counted_fen IS NOT NULL"

SHIFTS: Final = (
    Rule(
        "shift_steps",
        "shift",
        N_("{count} shifts lack something of a step that their state has behind it."),
        f"SELECT s.id, s.state FROM shift s WHERE (s.state = 'OPENED' AND {_COUNTED}) OR (s.state <> 'OPENED' AND ({_COUNTED} IS FALSE"
        " OR s.expected_fen IS NULL OR s.counted_at IS NULL)) OR (s.state IN ('SUBMITTED', 'ACCEPTED', 'CLOSED', 'ROLLED_UP'))"
        " <> (s.handed_in_fen IS NOT NULL) OR (s.state IN ('ACCEPTED', 'CLOSED', 'ROLLED_UP')) <> (s.accepted_by IS NOT NULL)"
        f" OR ({_CLOSED}) <> (s.closed_at IS NOT NULL) OR s.counted_at < s.opened_at OR s.closed_at < s.counted_at"
        " OR s.handed_in_fen > s.counted_fen",
    ),
    Rule(
        "shift_float",
        "shift",
        N_("{count} shifts have another float than the ledger put into their drawer."),
        f"{_DRAWERS} SELECT s.id, s.float_fen, coalesce(d.float, 0)::bigint AS posted_fen FROM shift s LEFT JOIN drawer d ON d.shift_id = s.id"
        " WHERE s.float_fen <> coalesce(d.float, 0)",
    ),
    Rule(
        "shift_count",
        "shift",
        N_("{count} shifts were counted to another sum than their notes and coins have."),
        "SELECT s.id, s.counted_fen, x.fen::bigint AS pieces_fen FROM shift s CROSS JOIN LATERAL (SELECT"
        " coalesce((SELECT sum((e->>0)::bigint * (e->>1)::bigint) FROM jsonb_array_elements(s.counted->'pieces') e), 0)"
        f" + coalesce((s.counted->>'loose_fen')::bigint, 0) AS fen) x WHERE {_COUNTED} AND x.fen <> s.counted_fen",
    ),
    Rule(
        "shift_expected",
        "shift",
        N_("{count} drawers were counted against another sum than their cash postings have."),
        f"{_DRAWERS} SELECT s.id, s.expected_fen, coalesce(d.fen - d.over_short - d.hand_in, 0)::bigint AS posted_fen FROM shift s"
        f" LEFT JOIN drawer d ON d.shift_id = s.id WHERE {_COUNTED} AND s.expected_fen <> coalesce(d.fen - d.over_short - d.hand_in, 0)",
    ),
    Rule(
        "shift_closed_empty",
        "shift",
        N_("{count} closed shifts still have cash in their drawer, or less than nothing."),
        f"{_DRAWERS} SELECT s.id, d.fen::bigint AS drawer_fen FROM shift s JOIN drawer d ON d.shift_id = s.id WHERE {_CLOSED} AND d.fen <> 0",
    ),
    Rule(
        "shift_difference",
        "shift",
        N_("{count} shifts posted another difference than was counted, or none that is explained."),
        f"{_DRAWERS} SELECT s.id, s.counted_fen - s.expected_fen AS difference_fen, coalesce(d.over_short, 0)::bigint AS posted_fen"
        f" FROM shift s LEFT JOIN drawer d ON d.shift_id = s.id WHERE {_COUNTED} AND (coalesce(d.over_short, 0) <>"
        f" CASE WHEN {_CLOSED} THEN s.counted_fen - s.expected_fen ELSE 0 END"
        f" OR {_CLOSED} AND s.counted_fen <> s.expected_fen AND s.difference_reason = '')",
    ),
    Rule(
        "shift_close",
        "shift",
        N_("{count} closed shifts have not exactly one daily close, or open ones have one."),
        "SELECT s.id, s.state, count(k.id) AS closes FROM shift s LEFT JOIN day_close k ON k.shift_id = s.id AND k.reopened_at IS NULL"
        f" GROUP BY s.id HAVING count(k.id) <> ({_CLOSED})::int",
    ),
    Rule(
        "close_sheet",
        "day_close",
        N_("{count} daily closes say something else of an account than the ledger does."),
        "SELECT k.id, k.number, coalesce(f.key, l.account) AS account, f.value AS sheet_fen, l.fen::text AS ledger_fen FROM day_close k"
        " CROSS JOIN LATERAL (SELECT key, value FROM jsonb_each_text(k.facts->'accounts')) f FULL JOIN"
        " (SELECT c.id, p.account, sum(p.amount_fen) AS fen FROM day_close c JOIN ledger_operation o ON o.shift_id = c.shift_id"
        " JOIN ledger_posting p ON p.operation_id = o.id WHERE c.reopened_at IS NULL GROUP BY c.id, p.account HAVING sum(p.amount_fen) <> 0) l"
        " ON l.id = k.id AND l.account = f.key WHERE k.reopened_at IS NULL AND f.value IS DISTINCT FROM l.fen::text",
    ),
    Rule(
        "close_bills",
        "day_close",
        N_("{count} daily closes count other bills, refunds or cash than their shift has."),
        "SELECT k.id, k.number, k.facts->>'bills' AS bills, k.facts->>'refunds' AS refunds FROM day_close k JOIN shift s ON s.id = k.shift_id"
        " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'SALE' AND reissues IS NULL) AS sales,"
        " count(*) FILTER (WHERE kind = 'REFUND') AS refunds, count(*) FILTER (WHERE reissues IS NOT NULL) AS reissued,"
        " coalesce(sum(total_fen), 0) AS fen FROM bill WHERE shift_id = s.id) b WHERE k.reopened_at IS NULL"
        " AND ((k.facts->>'bills')::bigint <> b.sales OR (k.facts->>'reissued')::bigint <> b.reissued OR (k.facts->>'refunds')::bigint <> b.refunds"
        " OR (k.facts->>'bills_fen')::bigint + (k.facts->>'refunds_fen')::bigint <> b.fen"
        " OR (k.facts->>'counted_fen')::bigint IS DISTINCT FROM s.counted_fen OR (k.facts->>'expected_fen')::bigint IS DISTINCT FROM s.expected_fen"
        " OR (k.facts->>'handed_in_fen')::bigint IS DISTINCT FROM s.handed_in_fen)",
    ),
    Rule(
        "roll_up_sums",
        "roll_up",
        N_("{count} roll-ups are not the sum of their closes, or of another day."),
        "SELECT r.id, r.number, r.facts->>'counted_fen' AS rolled_fen, x.counted::bigint AS closes_fen FROM roll_up r CROSS JOIN LATERAL (SELECT"
        " coalesce(sum((k.facts->>'counted_fen')::bigint), 0) AS counted, coalesce(sum((k.facts->>'bills_fen')::bigint), 0) AS bills,"
        " coalesce(sum((k.facts->>'refunds_fen')::bigint), 0) AS refunds, bool_or(k.business_date <> r.business_date OR k.reopened_at IS NOT NULL"
        " OR s.state <> 'ROLLED_UP') AS odd FROM day_close k JOIN shift s ON s.id = k.shift_id WHERE k.roll_up_id = r.id) x"
        " WHERE x.odd IS DISTINCT FROM false OR (r.facts->>'counted_fen')::bigint <> x.counted OR (r.facts->>'bills_fen')::bigint <> x.bills"
        " OR (r.facts->>'refunds_fen')::bigint <> x.refunds",
    ),
)
