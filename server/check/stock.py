"""The stock ledger: moves, balances by batch and place, levels by drug and place."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

STOCK: Final = (
    Rule(
        "balance_moves",
        "stock_balance",
        N_("{count} batches have another balance than the sum of their moves."),
        "WITH moved AS (SELECT m.location_id, m.batch_id, sum(m.quantity) AS quantity FROM stock_move m GROUP BY m.location_id, m.batch_id)"
        " SELECT coalesce(b.batch_id, m.batch_id) AS id, coalesce(b.location_id, m.location_id) AS location_id, b.on_hand, m.quantity AS moved"
        " FROM stock_balance b FULL JOIN moved m ON m.location_id = b.location_id AND m.batch_id = b.batch_id"
        " WHERE coalesce(b.on_hand, 0) <> coalesce(m.quantity, 0)",
    ),
    Rule(
        "month_moves",
        "stock_month",
        N_("{count} batches have another sum of a month than its moves."),
        "WITH moved AS (SELECT m.location_id, m.batch_id, date_trunc('month', m.at AT TIME ZONE 'UTC')::date AS month, sum(m.quantity) AS quantity,"
        " max(m.at) FILTER (WHERE m.kind = 'DISPENSE' AND m.quantity < 0) AS last_out FROM stock_move m GROUP BY 1, 2, 3)"
        " SELECT coalesce(s.batch_id, m.batch_id) AS id, coalesce(s.month, m.month) AS month, s.quantity, m.quantity AS moved FROM stock_month s"
        " FULL JOIN moved m ON m.location_id = s.location_id AND m.batch_id = s.batch_id AND m.month = s.month"
        " WHERE (s.quantity, s.last_out) IS DISTINCT FROM (m.quantity, m.last_out)",
    ),
    Rule(
        "balance_not_negative",
        "stock_balance",
        N_("{count} batches have a balance below zero, or more picked than there is."),
        "SELECT b.batch_id AS id, b.location_id, b.on_hand, b.picked FROM stock_balance b"
        " WHERE b.on_hand < 0 OR b.picked NOT BETWEEN 0 AND b.on_hand",
    ),
    Rule(
        "balance_picked",
        "stock_balance",
        N_("{count} batches have another quantity laid aside than the picks say."),
        "WITH laid AS (SELECT k.location_id, k.batch_id, sum(k.quantity) AS quantity FROM pick k WHERE k.state = 'LAID_ASIDE'"
        " GROUP BY k.location_id, k.batch_id) SELECT coalesce(b.batch_id, k.batch_id) AS id, b.picked, k.quantity AS laid_aside"
        " FROM stock_balance b FULL JOIN laid k ON k.location_id = b.location_id AND k.batch_id = b.batch_id"
        " WHERE coalesce(b.picked, 0) <> coalesce(k.quantity, 0)",
    ),
    Rule(
        "level_balances",
        "stock_level",
        N_("{count} drugs have another level than their batches."),
        "WITH there AS (SELECT b.location_id, b.drug_id, sum(b.on_hand) AS quantity FROM stock_balance b GROUP BY b.location_id, b.drug_id)"
        " SELECT coalesce(l.drug_id, b.drug_id) AS id, l.on_hand, b.quantity AS batches FROM stock_level l"
        " FULL JOIN there b ON b.location_id = l.location_id AND b.drug_id = l.drug_id WHERE coalesce(l.on_hand, 0) <> coalesce(b.quantity, 0)",
    ),
    Rule(
        "level_reserved",
        "stock_level",
        N_("{count} drugs have another quantity reserved than signed prescriptions hold."),
        "WITH held AS (SELECT r.location_id, r.drug_id, sum(r.quantity) AS quantity FROM stock_reservation r WHERE r.state = 'HELD'"
        " GROUP BY r.location_id, r.drug_id) SELECT coalesce(l.drug_id, r.drug_id) AS id, l.reserved, r.quantity AS held FROM stock_level l"
        " FULL JOIN held r ON r.location_id = l.location_id AND r.drug_id = l.drug_id WHERE coalesce(l.reserved, 0) <> coalesce(r.quantity, 0)",
    ),
    Rule(
        "level_not_negative",
        "stock_level",
        N_("{count} drugs have a level below zero, or more reserved than there is."),
        "SELECT l.drug_id AS id, l.on_hand, l.reserved FROM stock_level l WHERE l.on_hand < 0 OR l.reserved NOT BETWEEN 0 AND l.on_hand",
    ),
    Rule(
        "batch_of_drug",
        "stock_balance",
        N_("{count} balances name another drug or expiry than their batch."),
        "SELECT b.batch_id AS id, b.drug_id, b.expires FROM stock_balance b LEFT JOIN stock_batch s ON s.id = b.batch_id"
        " WHERE s.id IS NULL OR s.drug_id <> b.drug_id OR s.expires <> b.expires",
    ),
    Rule(
        "move_of_drug",
        "stock_move",
        N_("{count} stock moves name another drug than their batch."),
        "SELECT m.id, m.drug_id, m.batch_id FROM stock_move m LEFT JOIN stock_batch s ON s.id = m.batch_id"
        " WHERE s.id IS NULL OR s.drug_id <> m.drug_id",
    ),
    Rule(
        "move_cause",
        "stock_move",
        N_("{count} stock moves have the wrong sign or not the document that they need."),
        "SELECT m.id, m.kind, m.quantity, m.document FROM stock_move m LEFT JOIN prescription_line l ON l.id = m.prescription_line_id"
        " LEFT JOIN prescription p ON p.id = l.prescription_id WHERE m.kind = 'RECEIPT' AND (m.quantity < 0 OR m.document = '')"
        " OR m.kind = 'DISPENSE' AND ((m.quantity > 0) <> (m.reverses IS NOT NULL) OR p.id IS NULL OR m.document <> p.number"
        " OR l.drug_id <> m.drug_id)",
    ),
    Rule(
        "receipt_moves",
        "stock_move",
        N_("{count} batches came in otherwise than their receipt says."),
        "WITH said AS (SELECT r.number, l.batch_id, sum(l.quantity) AS quantity FROM stock_receipt_line l JOIN stock_receipt r ON r.id = l.receipt_id"
        " WHERE l.batch_id IS NOT NULL GROUP BY r.number, l.batch_id), moved AS (SELECT m.document, m.batch_id, sum(m.quantity) AS quantity"
        " FROM stock_move m WHERE m.kind = 'RECEIPT' GROUP BY m.document, m.batch_id)"
        " SELECT coalesce(s.batch_id, m.batch_id) AS id, coalesce(s.number, m.document) AS document, s.quantity, m.quantity AS moved FROM said s"
        " FULL JOIN moved m ON m.document = s.number AND m.batch_id = s.batch_id WHERE coalesce(s.quantity, 0) <> coalesce(m.quantity, 0)",
    ),
    Rule(
        "dispensed_moves",
        "prescription_line",
        N_("{count} prescription lines say that another quantity was dispensed than left the stock, or more than was prescribed."),
        "WITH moved AS (SELECT m.prescription_line_id, -sum(m.quantity) AS quantity FROM stock_move m WHERE m.prescription_line_id IS NOT NULL"
        " GROUP BY m.prescription_line_id) SELECT l.id, p.number, p.state, l.quantity, l.dispensed, m.quantity AS moved FROM prescription_line l"
        " JOIN prescription p ON p.id = l.prescription_id LEFT JOIN moved m ON m.prescription_line_id = l.id"
        " WHERE l.dispensed - l.returned <> coalesce(m.quantity, 0) OR l.dispensed NOT BETWEEN 0 AND l.quantity"
        " OR p.state = 'DISPENSED' AND l.dispensed + l.given_up <> l.quantity"
        " OR p.state NOT IN ('PART_DISPENSED', 'DISPENSED', 'PART_RETURNED', 'RETURNED') AND l.dispensed + l.given_up <> 0",
    ),
    Rule(
        "dispensed_picks",
        "pick",
        N_("{count} batches went out of the stock otherwise than they were picked."),
        "WITH handed AS (SELECT k.prescription_line_id, k.batch_id, sum(k.quantity) AS quantity FROM pick k WHERE k.state = 'HANDED_OVER'"
        " GROUP BY k.prescription_line_id, k.batch_id), moved AS (SELECT m.prescription_line_id, m.batch_id, -sum(m.quantity) AS quantity"
        " FROM stock_move m WHERE m.kind = 'DISPENSE' GROUP BY m.prescription_line_id, m.batch_id)"
        " SELECT coalesce(k.prescription_line_id, m.prescription_line_id) AS id, coalesce(k.batch_id, m.batch_id) AS batch_id,"
        " k.quantity AS picked, m.quantity AS moved FROM handed k FULL JOIN moved m ON m.prescription_line_id = k.prescription_line_id"
        " AND m.batch_id = k.batch_id WHERE coalesce(k.quantity, 0) <> coalesce(m.quantity, 0)",
    ),
    Rule(
        "dispensed_in_time",
        "stock_move",
        N_("{count} stock moves handed out what had expired."),
        "SELECT m.id, m.batch_id, b.expires, m.at FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id"
        " WHERE m.kind = 'DISPENSE' AND (m.at AT TIME ZONE %(zone)s)::date > b.expires",
    ),
)
