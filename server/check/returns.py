"""Drugs that came back: no more than went out, each by its move and its document, each pack's code free again or kept back."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

RETURNS: Final = (
    Rule(
        "returned_moves",
        "prescription_line",
        N_("{count} prescription lines say that another quantity came back than their returns say, or more than went out."),
        "WITH back AS (SELECT t.prescription_line_id, sum(t.quantity) AS quantity FROM drug_return_line t GROUP BY t.prescription_line_id)"
        " SELECT l.id, p.number, p.state, l.dispensed, l.returned, b.quantity AS came_back FROM prescription_line l"
        " JOIN prescription p ON p.id = l.prescription_id LEFT JOIN back b ON b.prescription_line_id = l.id"
        " WHERE l.returned <> coalesce(b.quantity, 0) OR l.returned NOT BETWEEN 0 AND l.dispensed",
    ),
    Rule(
        "returned_state",
        "prescription",
        N_("{count} prescriptions are in a state that what came back contradicts."),
        "WITH back AS (SELECT l.prescription_id, sum(l.returned) AS returned, sum(l.dispensed) AS dispensed FROM prescription_line l"
        " GROUP BY l.prescription_id) SELECT p.id, p.number, p.state, b.dispensed, b.returned FROM prescription p"
        " JOIN back b ON b.prescription_id = p.id WHERE p.state = 'RETURNED' AND (b.returned < b.dispensed OR b.dispensed = 0)"
        " OR p.state = 'PART_RETURNED' AND (b.returned = 0 OR b.returned >= b.dispensed)"
        " OR p.state NOT IN ('PART_RETURNED', 'RETURNED') AND b.returned <> 0",
    ),
    Rule(
        "return_document",
        "stock_move",
        N_("{count} stock moves of returns have no document that says the same, or the other way round."),
        "WITH told AS (SELECT t.move_id, t.id, r.number, t.quantity, t.condition, t.prescription_line_id,"
        " l.prescription_id = r.prescription_id AS own FROM drug_return_line t JOIN drug_return r ON r.id = t.drug_return_id"
        " JOIN prescription_line l ON l.id = t.prescription_line_id),"
        " moved AS (SELECT m.*, p.code FROM stock_move m JOIN stock_location p ON p.id = m.location_id"
        " WHERE m.kind = 'RETURN' AND m.prescription_line_id IS NOT NULL)"
        " SELECT coalesce(m.id, t.move_id) AS id, m.document, t.number, m.quantity, t.quantity AS told FROM moved m"
        " FULL JOIN told t ON t.move_id = m.id WHERE m.id IS NULL OR t.id IS NULL OR NOT t.own OR m.document <> t.number"
        " OR m.quantity <> t.quantity OR m.prescription_line_id <> t.prescription_line_id"
        " OR m.code <> CASE t.condition WHEN 'saleable' THEN 'PHARMACY' ELSE 'QUARANTINE' END",
    ),
    Rule(
        "return_reverses",
        "stock_move",
        N_("{count} hand-overs were reversed otherwise than they went out: another line or batch, or more of it."),
        "WITH back AS (SELECT v.reverses, sum(v.quantity) AS quantity, bool_or(v.kind = 'DISPENSE') AND count(*) > 1 AS twice FROM stock_move v"
        " WHERE v.kind IN ('DISPENSE', 'RETURN') AND v.reverses IS NOT NULL GROUP BY v.reverses) SELECT m.id, m.document, m.quantity, b.quantity AS"
        " came_back FROM stock_move m JOIN back b ON b.reverses = m.id WHERE m.kind <> 'DISPENSE' OR b.quantity > -m.quantity OR b.twice"
        " UNION ALL SELECT v.id, v.document, v.quantity, m.quantity FROM stock_move v LEFT JOIN stock_move m ON m.id = v.reverses"
        " WHERE (v.kind = 'RETURN' AND v.prescription_line_id IS NOT NULL OR v.kind = 'DISPENSE' AND v.quantity > 0) AND (m.id IS NULL"
        " OR m.batch_id <> v.batch_id OR m.prescription_line_id IS DISTINCT FROM v.prescription_line_id OR v.quantity <= 0)",
    ),
    Rule(
        "code_returned",
        "dispensed_code",
        N_("{count} pack codes came back with another line, at no time, or may be sold although their pack may not."),
        "SELECT c.id, c.prescription_line_id, c.return_line_id, t.condition FROM dispensed_code c LEFT JOIN drug_return_line t"
        " ON t.id = c.return_line_id WHERE c.quarantined <> coalesce(t.condition = 'quarantined', false)"
        " OR c.return_line_id IS NOT NULL AND (t.id IS NULL OR t.prescription_line_id <> c.prescription_line_id OR c.returned_at IS NULL)",
    ),
    Rule(
        "returned_refunded",
        "prescription_line",
        N_("{count} prescription lines were paid back although the drugs are with the patient."),
        "WITH kept AS (SELECT c.prescription_line_id, sum(c.quantity - c.refunded_quantity) AS quantity FROM charge_line c"
        " WHERE c.source = 'prescription' AND c.state <> 'VOIDED' GROUP BY c.prescription_line_id)"
        " SELECT l.id, p.number, l.dispensed, l.returned, k.quantity AS paid_for FROM prescription_line l"
        " JOIN prescription p ON p.id = l.prescription_id LEFT JOIN kept k ON k.prescription_line_id = l.id"
        " WHERE l.dispensed > 0 AND coalesce(k.quantity, 0) < l.dispensed - l.returned",
    ),
)
