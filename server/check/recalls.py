"""Lots that are kept out of use: nothing of them lies where it would be used, and only their own papers moved them there."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

RECALLS: Final = (
    Rule(
        "lot_kept_out",
        "quarantine",
        N_("{count} batches that are kept out of use lie in the pharmacy or the store."),
        "SELECT q.id, q.number, q.lot, p.code, b.on_hand FROM quarantine q JOIN stock_batch s ON s.drug_id = q.drug_id AND s.lot = q.lot"
        " JOIN stock_balance b ON b.batch_id = s.id JOIN stock_location p ON p.id = b.location_id"
        " WHERE q.state = 'HELD' AND p.code IN ('PHARMACY', 'STORE') AND b.on_hand > 0",
    ),
    Rule(
        "quarantine_moves",
        "quarantine",
        N_("{count} quarantine papers moved another batch, or brought more back than they took away."),
        "SELECT q.id, q.number, q.lot, m.id AS move_id, m.kind, m.quantity FROM quarantine q JOIN stock_move m ON m.document = q.number"
        " JOIN stock_batch s ON s.id = m.batch_id WHERE m.kind <> 'TRANSFER' OR s.drug_id <> q.drug_id OR s.lot <> q.lot"
        " UNION ALL SELECT q.id, q.number, q.lot, s.id, p.code, sum(m.quantity) FROM quarantine q JOIN stock_move m ON m.document = q.number"
        " JOIN stock_batch s ON s.id = m.batch_id JOIN stock_location p ON p.id = m.location_id GROUP BY q.id, s.id, p.id"
        " HAVING CASE p.code WHEN 'QUARANTINE' THEN sum(m.quantity) < 0 ELSE sum(m.quantity) > 0 END",
    ),
    Rule(
        "recall_lots",
        "recall",
        N_("{count} recalls have no batch, one of another drug, or one that was released although the recall was not withdrawn."),
        "SELECT r.id, r.number, q.number AS paper, q.lot FROM recall r LEFT JOIN quarantine q ON q.recall_id = r.id"
        " WHERE q.id IS NULL OR q.drug_id <> r.drug_id OR q.state = 'RELEASED' AND NOT r.withdrawn",
    ),
    Rule(
        "recall_patients",
        "recall_call",
        N_("{count} calls of a recall went to somebody who never got any of it."),
        "SELECT c.id, r.number, c.patient_id FROM recall_call c JOIN recall r ON r.id = c.recall_id WHERE NOT EXISTS (SELECT FROM quarantine q"
        " JOIN stock_batch s ON s.drug_id = q.drug_id AND s.lot = q.lot JOIN stock_move m ON m.batch_id = s.id"
        " JOIN prescription_line l ON l.id = m.prescription_line_id JOIN prescription p ON p.id = l.prescription_id"
        " WHERE q.recall_id = r.id AND p.patient_id = c.patient_id AND m.quantity < 0)",
    ),
)
