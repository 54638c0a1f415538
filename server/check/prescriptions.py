"""Prescriptions against their charges, reservations, picks, and their own steps."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

#: A request carries the time at which it began; one that waits for a lock may be that much older than the step before it.
_SLACK: Final = "interval '10 seconds'"

PRESCRIPTIONS: Final = (
    Rule(
        "prescription_charges",
        "prescription",
        N_("{count} prescriptions are in a state that their charge lines contradict."),
        "WITH charged AS (SELECT c.prescription_id, count(*) AS n, count(*) FILTER (WHERE c.state = 'PENDING') AS pending,"
        " count(*) FILTER (WHERE c.state = 'SETTLED') AS settled, count(DISTINCT c.bill_id) AS bills,"
        " count(*) FILTER (WHERE c.state IN ('VOIDED', 'REFUNDED')) AS gone, count(*) FILTER (WHERE c.source = 'prescription') AS prescribed"
        " FROM charge_line c WHERE c.prescription_id IS NOT NULL"
        # What was taken back and charged again counts as it is charged now.
        " AND NOT (c.state = 'REFUNDED' AND EXISTS (SELECT FROM charge_line k WHERE k.prescription_id = c.prescription_id AND k.id > c.id"
        " AND k.source = c.source AND k.prescription_line_id IS NOT DISTINCT FROM c.prescription_line_id))"
        " GROUP BY c.prescription_id), written AS (SELECT l.prescription_id, count(*) AS n FROM prescription_line l GROUP BY l.prescription_id)"
        " SELECT p.id, p.number, p.state, w.n AS lines, c.n AS charges, c.pending, c.settled, c.bills FROM prescription p"
        " LEFT JOIN charged c ON c.prescription_id = p.id LEFT JOIN written w ON w.prescription_id = p.id WHERE w.n IS NULL"
        " OR p.state IN ('DRAFT', 'SUBMITTED', 'REJECTED') AND c.n IS NOT NULL"
        " OR p.state IN ('APPROVED', 'OVERRIDDEN') AND (c.prescribed IS DISTINCT FROM w.n OR c.pending <> c.n)"
        # A rest that nobody waited for may have been paid back.
        " OR p.state IN ('PAID', 'PICKED', 'PART_DISPENSED', 'DISPENSED')"
        " AND NOT EXISTS (SELECT FROM prescription_line g WHERE g.prescription_id = p.id AND g.given_up > 0)"
        " AND (c.prescribed IS DISTINCT FROM w.n OR c.settled <> c.n OR c.bills <> 1)"
        " OR p.state IN ('VOIDED', 'EXPIRED') AND c.gone <> c.n",
    ),
    Rule(
        "charge_prescribed",
        "charge_line",
        N_("{count} charge lines are not what the prescription says."),
        "SELECT c.id, c.prescription_id, c.prescription_line_id FROM charge_line c LEFT JOIN prescription_line l ON l.id = c.prescription_line_id"
        " LEFT JOIN prescription p ON p.id = c.prescription_id WHERE c.source = 'prescription' AND (l.id IS NULL OR p.id IS NULL"
        " OR l.prescription_id <> p.id OR (c.amount_fen <> l.amount_fen OR c.quantity <> l.quantity)"
        # What is left of a line after a part came back may have been charged again.
        " AND NOT (c.quantity < l.quantity AND EXISTS (SELECT FROM charge_line k WHERE k.prescription_line_id = l.id AND k.id < c.id"
        " AND k.state = 'REFUNDED')) OR c.category <> l.category"
        " OR c.patient_id <> p.patient_id OR c.visit_id <> p.visit_id OR c.source_number <> p.number)",
    ),
    Rule(
        "prescription_amount",
        "prescription",
        N_("{count} prescriptions have another amount than their lines."),
        "SELECT p.id, p.number, p.amount_fen, sum(l.amount_fen)::bigint AS lines_fen FROM prescription p"
        " JOIN prescription_line l ON l.prescription_id = p.id GROUP BY p.id HAVING p.amount_fen <> sum(l.amount_fen)",
    ),
    Rule(
        "reservation_state",
        "prescription_line",
        N_("{count} prescription lines hold stock that they should not hold, or hold none that they should."),
        "SELECT l.id, p.number, p.state, r.state AS reservation, r.quantity FROM prescription_line l JOIN prescription p ON p.id = l.prescription_id"
        " LEFT JOIN stock_reservation r ON r.prescription_line_id = l.id WHERE coalesce(r.drug_id <> l.drug_id OR r.quantity > l.quantity, false)"
        # What is paid may hold less than is wanted: as much as there was when it was picked.
        " OR r.state = 'HELD' AND (r.quantity > l.quantity - l.dispensed - l.given_up"
        " OR p.state NOT IN ('PAID', 'PICKED', 'PART_DISPENSED') AND r.quantity <> l.quantity)"
        # What is held from payment on holds nothing before, or while somebody pays it.
        " OR coalesce(r.state, '-') <> ALL (CASE WHEN p.reserve_at = 'PAYMENT' AND p.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'OVERRIDDEN')"
        " THEN ARRAY['-', 'HELD', 'RELEASED'] WHEN p.reserve_at = 'PAYMENT' AND p.state IN ('VOIDED', 'EXPIRED') THEN ARRAY['-', 'RELEASED']"
        # A lot that was taken out of use may have left less than was promised.
        " WHEN p.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'OVERRIDDEN') THEN CASE WHEN EXISTS (SELECT FROM quarantine q"
        " WHERE q.drug_id = l.drug_id) THEN ARRAY['HELD', 'RELEASED'] ELSE ARRAY['HELD'] END"
        " WHEN p.state IN ('PAID', 'PICKED') THEN ARRAY['HELD', 'RELEASED']"
        " WHEN p.state = 'PART_DISPENSED' THEN ARRAY['HELD', 'USED', 'RELEASED']"
        " WHEN l.given_up > 0 THEN ARRAY['USED', 'RELEASED'] WHEN p.state IN ('VOIDED', 'EXPIRED')"
        " THEN ARRAY['RELEASED'] WHEN p.state = 'DRAFT' THEN ARRAY['-'] ELSE ARRAY['USED'] END)",
    ),
    Rule(
        "reservation_line",
        "stock_reservation",
        N_("{count} reservations hold stock for no prescription."),
        "SELECT r.prescription_line_id AS id, r.drug_id, r.quantity FROM stock_reservation r"
        " WHERE NOT EXISTS (SELECT FROM prescription_line l WHERE l.id = r.prescription_line_id)",
    ),
    Rule(
        "picks",
        "prescription_line",
        N_("{count} prescription lines have more or less picked than their prescription's state asks for."),
        "WITH laid AS (SELECT k.prescription_line_id, sum(k.quantity) FILTER (WHERE k.state = 'LAID_ASIDE') AS aside,"
        " sum(k.quantity) FILTER (WHERE k.state = 'HANDED_OVER') AS handed FROM pick k GROUP BY k.prescription_line_id)"
        " SELECT l.id, p.number, p.state, l.quantity, k.aside, k.handed FROM prescription_line l JOIN prescription p ON p.id = l.prescription_id"
        " LEFT JOIN laid k ON k.prescription_line_id = l.id"
        " WHERE coalesce(k.aside, 0) > CASE WHEN p.state IN ('PICKED', 'PART_DISPENSED') THEN l.quantity - l.dispensed - l.given_up ELSE 0 END"
        " OR p.state = 'PICKED' AND NOT EXISTS (SELECT FROM prescription_line o JOIN laid ON laid.prescription_line_id = o.id"
        " WHERE o.prescription_id = p.id AND laid.aside > 0)"
        " OR coalesce(k.handed, 0)"
        " <> CASE WHEN p.state IN ('PART_DISPENSED', 'DISPENSED', 'PART_RETURNED', 'RETURNED') THEN l.dispensed ELSE 0 END",
    ),
    Rule(
        "prescription_steps",
        "prescription",
        N_("{count} prescriptions lack the time or the person of a step that their state has behind it."),
        "SELECT p.id, p.number, p.state FROM prescription p WHERE"
        " p.state IN ('APPROVED', 'REJECTED', 'OVERRIDDEN', 'PAID', 'PICKED', 'PART_DISPENSED', 'DISPENSED', 'PART_RETURNED', 'RETURNED')"
        " AND (p.reviewed_at IS NULL OR p.reviewer_id IS NULL)"
        " OR (p.state IN ('PAID', 'PICKED', 'PART_DISPENSED', 'DISPENSED')) AND p.paid_at IS NULL"
        " OR p.state IN ('PICKED', 'DISPENSED') AND (p.picked_at IS NULL OR p.picker_id IS NULL)"
        " OR p.state = 'DISPENSED' AND (p.dispensed_at IS NULL OR p.dispenser_id IS NULL)"
        " OR p.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'EXPIRED') AND (p.paid_at IS NOT NULL OR p.dispensed_at IS NOT NULL)"
        " OR (p.state = 'REJECTED' AND p.rejection IS NULL) OR (p.state = 'VOIDED' AND p.void_reason = '')",
    ),
    Rule(
        "prescription_times",
        "prescription",
        N_("{count} prescriptions took their steps in an order of time that cannot be."),
        "SELECT p.id, p.number, p.signed_at, p.reviewed_at, p.paid_at, p.picked_at, p.dispensed_at FROM prescription p"
        f" WHERE p.valid_until < p.signed_at OR p.reviewed_at < p.signed_at - {_SLACK} OR p.paid_at < p.reviewed_at - {_SLACK}"
        f" OR p.picked_at < p.paid_at - {_SLACK} OR p.dispensed_at < coalesce(p.picked_at, p.paid_at) - {_SLACK}",
    ),
    Rule(
        "prescription_visit",
        "prescription",
        N_("{count} prescriptions do not fit their visit: patient, department, or a consultation that never began."),
        "SELECT p.id, p.number, p.visit_id, v.state AS visit_state FROM prescription p LEFT JOIN visit v ON v.id = p.visit_id"
        " WHERE v.id IS NULL OR v.patient_id <> p.patient_id OR v.department_id <> p.department_id"
        f" OR v.state NOT IN ('IN_CONSULT', 'ON_HOLD', 'FINISHED', 'CLOSED') OR p.signed_at < v.started_at - {_SLACK}",
    ),
    Rule(
        "prescription_replaced",
        "prescription",
        N_("{count} prescriptions stand for another one that is still alive, or of another visit."),
        "SELECT p.id, p.number, p.replaces, q.state AS replaced_state FROM prescription p LEFT JOIN prescription q ON q.id = p.replaces"
        " WHERE p.replaces IS NOT NULL AND (q.id IS NULL OR q.state <> 'VOIDED' OR q.visit_id <> p.visit_id OR q.id >= p.id)",
    ),
    Rule(
        "codes_dispensed",
        "dispensed_code",
        N_("{count} pack codes went out for a line that was not dispensed, or that is of another drug."),
        "SELECT d.id, d.prescription_line_id, l.dispensed FROM dispensed_code d LEFT JOIN prescription_line l ON l.id = d.prescription_line_id"
        " WHERE d.returned_at IS NULL AND (l.id IS NULL OR l.dispensed = 0 OR l.drug_id <> d.drug_id)",
    ),
    Rule(
        "code_sold_once",
        "dispensed_code",
        N_("{count} pack codes were sold more than once."),
        "SELECT min(d.id) AS id, count(*) AS times FROM dispensed_code d WHERE NOT d.split_pack AND (d.returned_at IS NULL OR d.quarantined)"
        " GROUP BY d.code HAVING count(*) > 1",
    ),
)
