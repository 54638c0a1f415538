"""Hand-overs, what is owed after them, and opened packs."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

DISPENSING: Final = (
    Rule(
        "hand_over_moves",
        "stock_move",
        N_("{count} stock moves handed something out of which no hand-over knows, or one of another prescription."),
        "SELECT m.id, m.document, x.hand_over_id FROM stock_move m LEFT JOIN hand_over_line x ON x.move_id = m.id"
        " LEFT JOIN hand_over h ON h.id = x.hand_over_id LEFT JOIN prescription_line l ON l.id = x.prescription_line_id"
        " WHERE m.kind = 'DISPENSE' AND m.quantity < 0 AND (x.id IS NULL OR l.id IS DISTINCT FROM m.prescription_line_id"
        " OR h.prescription_id <> l.prescription_id OR h.at <> m.at)"
        " UNION ALL SELECT x.move_id, '', x.hand_over_id FROM hand_over_line x LEFT JOIN stock_move m ON m.id = x.move_id"
        " WHERE m.kind IS DISTINCT FROM 'DISPENSE' OR m.quantity > 0",
    ),
    Rule(
        "code_hand_over",
        "dispensed_code",
        N_("{count} pack codes went out at no hand-over, or at one that gave nothing of their line."),
        "SELECT c.id, c.prescription_line_id, c.hand_over_id FROM dispensed_code c WHERE NOT EXISTS (SELECT FROM hand_over_line x"
        " WHERE x.hand_over_id = c.hand_over_id AND x.prescription_line_id = c.prescription_line_id)",
    ),
    Rule(
        "owed_state",
        "prescription",
        N_("{count} prescriptions are handed over in part and owe nothing, or owe more than their slip says."),
        "SELECT p.id, p.number, p.state FROM prescription p WHERE p.state = 'PART_DISPENSED' AND (NOT EXISTS (SELECT FROM prescription_line l"
        " WHERE l.prescription_id = p.id AND l.dispensed + l.given_up < l.quantity)"
        " OR EXISTS (SELECT FROM prescription_line l LEFT JOIN owed_line o ON o.prescription_line_id = l.id AND o.owed_slip_id ="
        " (SELECT max(s.id) FROM owed_slip s WHERE s.prescription_id = p.id)"
        " WHERE l.prescription_id = p.id AND l.quantity - l.dispensed - l.given_up > coalesce(o.quantity, 0)))",
    ),
    Rule(
        "owed_given_up",
        "prescription_line",
        N_("{count} prescription lines say that another rest was given up than was written down."),
        "SELECT l.id, l.given_up, g.quantity FROM prescription_line l LEFT JOIN (SELECT prescription_line_id, sum(quantity) AS quantity"
        " FROM owed_given_up GROUP BY prescription_line_id) g ON g.prescription_line_id = l.id WHERE l.given_up <> coalesce(g.quantity, 0)",
    ),
    Rule(
        "open_pack_uses",
        "open_pack",
        N_("{count} opened packs hold something else than what was taken out of them leaves."),
        "SELECT o.id, o.code, o.size, o.remaining, u.quantity AS taken FROM open_pack o LEFT JOIN (SELECT open_pack_id, sum(quantity) AS quantity"
        " FROM open_pack_use GROUP BY open_pack_id) u ON u.open_pack_id = o.id WHERE o.remaining <> o.size - coalesce(u.quantity, 0)",
    ),
    Rule(
        "open_pack_batch",
        "open_pack",
        N_("{count} opened packs hold more than their batch has, or are of another drug than it."),
        "WITH pool AS (SELECT o.location_id, o.batch_id, sum(o.remaining) AS quantity, min(o.id) AS id, bool_or(o.drug_id <> s.drug_id) AS other"
        " FROM open_pack o JOIN stock_batch s ON s.id = o.batch_id WHERE o.remaining > 0 GROUP BY o.location_id, o.batch_id)"
        " SELECT p.id, p.batch_id, p.quantity, b.on_hand FROM pool p LEFT JOIN stock_balance b ON b.location_id = p.location_id"
        " AND b.batch_id = p.batch_id WHERE p.other OR p.quantity > coalesce(b.on_hand, 0)",
    ),
    Rule(
        "hand_over_controlled",
        "hand_over",
        N_("{count} hand-overs name a second person who agreed to something else, or nothing."),
        "SELECT h.id, h.prescription_id, h.second_id FROM hand_over h WHERE h.second_id IS NOT NULL AND NOT EXISTS (SELECT FROM approval a"
        " WHERE a.act = 'dispense_controlled' AND a.subject_id = h.prescription_id AND a.approved_by = h.second_id AND a.asked_by = h.staff_id"
        " AND a.used_at IS NOT NULL)",
    ),
)
