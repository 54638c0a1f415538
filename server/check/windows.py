"""Windows of the pharmacy against what waits at them, who was called, and who was asked."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

WINDOWS: Final = (
    Rule(
        "window_kind",
        "window_queue",
        N_("{count} paid prescriptions wait at an open window that does not take their kind."),
        "SELECT q.prescription_id AS id, p.number, p.kind, w.name, w.kinds FROM window_queue q JOIN prescription p ON p.id = q.prescription_id"
        " JOIN pharmacy_window w ON w.id = q.window_id WHERE p.state IN ('PAID', 'PICKED') AND w.open"
        " AND w.kinds <> '{}' AND p.kind <> ALL(w.kinds)"
        # One that was called there was brought there by a person.
        " AND NOT EXISTS (SELECT FROM pharmacy_call c WHERE c.prescription_id = p.id AND c.window_id = w.id)",
    ),
    Rule(
        "window_weight",
        "window_queue",
        N_("{count} prescriptions weigh more or less at their window than their lines and packs."),
        "SELECT q.prescription_id AS id, q.weight, sum(1 + l.packs)::bigint AS lines_and_packs FROM window_queue q"
        " LEFT JOIN prescription_line l ON l.prescription_id = q.prescription_id GROUP BY q.prescription_id, q.weight"
        " HAVING q.weight IS DISTINCT FROM sum(1 + l.packs)",
    ),
    Rule(
        "window_paid",
        "window_queue",
        N_("{count} prescriptions have a window although nobody ever paid them."),
        "SELECT q.prescription_id AS id, p.state FROM window_queue q JOIN prescription p ON p.id = q.prescription_id WHERE p.paid_at IS NULL",
    ),
    Rule(
        "call_order",
        "pharmacy_call",
        N_("{count} patients were passed without being called before, or called for what was never picked."),
        "SELECT c.id, c.prescription_id, c.act FROM (SELECT k.*, lag(k.act) OVER (PARTITION BY k.prescription_id ORDER BY k.id) AS before"
        " FROM pharmacy_call k) c JOIN prescription p ON p.id = c.prescription_id"
        " WHERE c.act = 'PASS' AND c.before IS DISTINCT FROM 'CALL' OR p.paid_at IS NULL",
    ),
    Rule(
        "doctor_call_review",
        "doctor_call",
        N_("{count} times a doctor was asked after the review was over, or before the prescription was signed."),
        "SELECT c.id, c.prescription_id, c.at, p.signed_at, p.reviewed_at FROM doctor_call c JOIN prescription p ON p.id = c.prescription_id"
        " WHERE c.at < p.signed_at - interval '10 seconds' OR c.at > p.reviewed_at + interval '10 seconds'",
    ),
)
