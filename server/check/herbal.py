"""Herbal prescriptions: each has its doses, what was weighed will do, and a decoction is where its steps say."""

from __future__ import annotations

from typing import Final

from common.domain.herbal import DECOCTED_HERE, TOLERANCE
from common.i18n import N_
from server.check.rule import Rule
from server.herbal import DECOCTS

HERBAL: Final = (
    Rule(
        "herbal_doses",
        "herbal_order",
        N_("{count} herbal prescriptions have no doses, other ones than their slices, or are none."),
        "SELECT p.id, p.number, p.kind, h.doses, h.decoct FROM prescription p LEFT JOIN herbal_order h ON h.prescription_id = p.id"
        " WHERE (p.kind = 'herbal') <> (h.prescription_id IS NOT NULL) OR EXISTS (SELECT FROM prescription_line l"
        " JOIN drug d ON d.id = l.drug_id WHERE l.prescription_id = h.prescription_id"
        f" AND ((l.route = '{DECOCTED_HERE}') <> h.decoct OR l.unit = 'g' AND l.quantity * d.dose_per_base <> l.dose * h.doses))",
    ),
    Rule(
        "herbal_weights",
        "herbal_weight",
        N_("{count} weights of slices are beyond the tolerance, or for more than was prescribed."),
        "SELECT w.id, p.number, l.name, w.target, w.grams FROM herbal_weight w JOIN prescription_line l ON l.id = w.prescription_line_id"
        " JOIN prescription p ON p.id = l.prescription_id"
        f" WHERE abs(w.grams - w.target) > w.target * {TOLERANCE} OR w.target > l.quantity OR p.kind <> 'herbal'",
    ),
    Rule(
        "herbal_bags",
        "herbal_bag",
        N_("{count} bags of slices are beyond the tolerance without a reason, or are none of the prescription's doses."),
        "SELECT b.id, p.number, b.bag, b.target, b.grams, b.reason FROM herbal_bag b JOIN prescription p ON p.id = b.prescription_id"
        " LEFT JOIN herbal_order h ON h.prescription_id = p.id"
        f" WHERE (abs(b.grams - b.target) > b.target * {TOLERANCE}) <> (b.reason <> '') OR h.doses IS NULL OR b.bag > h.doses"
        " OR b.target > (SELECT sum(round(l.dose / d.dose_per_base, 4)) FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
        " WHERE l.prescription_id = p.id)",
    ),
    Rule(
        "decoction_fees",
        "decoction",
        N_("{count} decoctions were made though the fee for them was paid back, or are of a prescription whose patient boils it at home."),
        f"SELECT c.id, c.number, c.state, p.number AS prescription FROM decoction c JOIN prescription p ON p.id = c.prescription_id"
        f" JOIN herbal_order h ON h.prescription_id = p.id WHERE c.state <> 'CANCELLED' AND (NOT {DECOCTS} OR EXISTS (SELECT FROM charge_line f"
        " WHERE f.prescription_id = p.id AND f.source = 'surcharge' AND f.state = 'REFUNDED'))",
    ),
    Rule(
        "decoction_steps",
        "decoction",
        N_("{count} decoctions are not where their steps say, or belong to no prescription that was handed over."),
        "WITH last AS (SELECT DISTINCT ON (t.decoction_id) t.decoction_id, t.state, t.at FROM decoction_step t"
        " ORDER BY t.decoction_id, t.at DESC, array_position(ARRAY['TAKEN_IN', 'SOAKED', 'DECOCTED', 'PACKED', 'COLLECTED', 'DELIVERED',"
        " 'CANCELLED'], t.state) DESC)"
        " SELECT c.id, c.number, c.state, t.state AS last, p.state AS prescription FROM decoction c LEFT JOIN last t ON t.decoction_id = c.id"
        " JOIN prescription p ON p.id = c.prescription_id LEFT JOIN herbal_order h ON h.prescription_id = p.id"
        " WHERE c.state IS DISTINCT FROM t.state OR c.since IS DISTINCT FROM t.at OR h.prescription_id IS NULL"
        " OR c.state <> 'CANCELLED' AND p.state NOT IN ('DISPENSED', 'PART_RETURNED', 'RETURNED')"
        " OR NOT EXISTS (SELECT FROM decoction_step t WHERE t.decoction_id = c.id AND t.state = 'TAKEN_IN')",
    ),
)
