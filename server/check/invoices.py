"""Segments of invoice numbers, papers of invoices, and the electronic ones."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

#: Every number of a segment that was passed: spelled, with its segment.
_PASSED: Final = (
    "WITH passed AS (SELECT g.id, n, g.prefix || lpad(n::text, g.width, '0') AS number FROM invoice_segment g"
    " CROSS JOIN LATERAL generate_series(g.first, g.next - 1) AS n)"
)
_LEFT: Final = "(g.last - g.next + 1 - (SELECT count(DISTINCT n) FROM unnest(g.spoiled) AS n WHERE n >= g.next))"
_SPOILED: Final = "(SELECT p.number FROM number_gap p WHERE p.kind = 'invoice_segment' AND p.scope = g.id::text)"
_ISSUED: Final = "e.state = 'ISSUED'"

INVOICES: Final = (
    Rule(
        "segment_number",
        "invoice",
        N_("{count} invoices bear a number that their segment has not given."),
        f"{_PASSED} SELECT i.id, i.number, i.segment_id FROM invoice i LEFT JOIN passed p ON p.id = i.segment_id AND p.number = i.number"
        " WHERE i.segment_id IS NOT NULL AND p.id IS NULL",
    ),
    Rule(
        "segment_gaps",
        "invoice_segment",
        N_("{count} numbers of segments were passed over without a reason."),
        f"{_PASSED} SELECT p.number AS id, p.id AS segment FROM passed p JOIN invoice_segment g ON g.id = p.id WHERE NOT EXISTS"
        f" (SELECT FROM invoice i WHERE i.number = p.number) AND p.n <> ALL (ARRAY{_SPOILED})",
    ),
    Rule(
        "segment_gap_unused",
        "number_gap",
        N_("{count} invoices bear a number that was made void."),
        "SELECT p.id, i.number, g.id AS segment FROM number_gap p JOIN invoice_segment g ON p.scope = g.id::text"
        " JOIN invoice i ON i.number = g.prefix || lpad(p.number::text, g.width, '0') WHERE p.kind = 'invoice_segment'",
    ),
    Rule(
        "segment_spoiled",
        "invoice_segment",
        N_("{count} segments pass over other numbers than those that have a reason."),
        f"SELECT g.id, g.spoiled FROM invoice_segment g WHERE ARRAY(SELECT n FROM unnest(g.spoiled) AS n ORDER BY n)"
        f" <> ARRAY(SELECT x.number FROM {_SPOILED} x ORDER BY x.number)",
    ),
    Rule(
        "segment_holder",
        "invoice",
        N_("{count} invoices bear a number of somebody else's segment."),
        "SELECT i.id, i.number, i.issued_by, g.cashier_id FROM invoice i JOIN invoice_segment g ON g.id = i.segment_id"
        " WHERE g.cashier_id <> i.issued_by",
    ),
    Rule(
        "segment_hands",
        "invoice_segment",
        N_("{count} segments share numbers with another one."),
        "SELECT g.id, o.id AS other FROM invoice_segment g JOIN invoice_segment o ON o.id < g.id AND o.prefix = g.prefix AND o.width = g.width"
        " AND int8range(g.first, coalesce(g.returned_from, g.last + 1)) && int8range(o.first, coalesce(o.returned_from, o.last + 1))",
    ),
    Rule(
        "segment_state",
        "invoice_segment",
        N_("{count} segments are in a state that their numbers contradict."),
        f"SELECT g.id, g.state, g.next, g.last FROM invoice_segment g WHERE (g.state IN ('ACTIVE', 'WAITING')) <> ({_LEFT} > 0)"
        " AND g.state <> 'RETURNED' OR (g.state = 'RETURNED') <> (g.returned_from IS NOT NULL) OR g.state = 'WAITING' AND g.next <> g.first",
    ),
    Rule(
        "invoice_prints",
        "invoice",
        N_("{count} invoices count other copies than were made."),
        "SELECT i.id, i.number, i.prints, count(p.id) AS copies FROM invoice i LEFT JOIN invoice_print p ON p.invoice_id = i.id GROUP BY i.id"
        " HAVING i.prints <> count(p.id) + 1 OR max(p.copy) <> i.prints OR min(p.copy) < 2 OR i.state = 'USED' AND i.prints > 1"
        " OR i.state = 'REPRINTED' AND i.prints = 1",
    ),
    Rule(
        "invoice_voided",
        "invoice",
        N_("{count} voided invoices lack who, when and why, or others have it."),
        "SELECT i.id, i.number, i.state, i.void_reason FROM invoice i"
        " WHERE (i.state = 'VOIDED') <> (i.voided_at IS NOT NULL AND i.voided_by IS NOT NULL AND i.void_reason <> '')"
        " OR num_nonnulls(i.voided_at, i.voided_by) = 1",
    ),
    Rule(
        "einvoice_invoice",
        "einvoice",
        N_("{count} e-invoices do not fit the invoice that they belong to."),
        "SELECT e.id, e.serial, e.kind, i.state, i.amount_fen FROM einvoice e JOIN invoice i ON i.id = e.invoice_id"
        " LEFT JOIN einvoice o ON o.id = e.reverses WHERE i.state = 'VOIDED' OR (e.kind = 'RED') <> (e.reverses IS NOT NULL)"
        " OR (e.kind = 'BLUE') <> (i.amount_fen > 0) OR e.kind = 'RED' AND (o.kind <> 'BLUE' OR o.invoice_id IS DISTINCT FROM i.reverses"
        " OR o.platform <> e.platform)",
    ),
    Rule(
        "einvoice_serial",
        "einvoice",
        N_("{count} e-invoices have another serial than their bill's number."),
        "SELECT e.id, e.serial, b.number FROM einvoice e JOIN invoice i ON i.id = e.invoice_id JOIN bill b ON b.id = i.bill_id"
        " WHERE e.serial <> b.number OR e.payload->>'serial' <> e.serial OR (e.payload->>'total_fen')::bigint <> abs(i.amount_fen)",
    ),
    Rule(
        "einvoice_reversed",
        "einvoice",
        N_("{count} e-invoices were taken back on paper and not electronically, or the other way round."),
        "SELECT e.id, e.serial, i.state FROM einvoice e JOIN invoice i ON i.id = e.invoice_id LEFT JOIN einvoice r ON r.reverses = e.id"
        " WHERE e.kind = 'BLUE' AND (i.state = 'REVERSED') <> (r.id IS NOT NULL)",
    ),
    Rule(
        "einvoice_order",
        "einvoice",
        N_("{count} red e-invoices were sent before their blue one was issued."),
        f"SELECT e.id, e.serial, o.state FROM einvoice e JOIN einvoice o ON o.id = e.reverses WHERE ({_ISSUED} OR e.tries > 0)"
        " AND (o.state <> 'ISSUED' OR e.issued_at < o.issued_at - interval '1 day')",
    ),
    Rule(
        "einvoice_numbered",
        "einvoice",
        N_("{count} e-invoices are issued without a number of their own, or have one without being issued."),
        f"SELECT e.id, e.serial, e.state, e.number FROM einvoice e WHERE ({_ISSUED}) <> (e.number <> '')"
        f" OR ({_ISSUED} AND e.tries = 0) OR e.number <> '' AND EXISTS (SELECT FROM einvoice x WHERE x.platform = e.platform"
        " AND x.code = e.code AND x.number = e.number AND x.id < e.id)",
    ),
)
