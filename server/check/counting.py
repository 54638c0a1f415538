"""Stock-takes, price changes and closed months against the moves that they stand on."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_LAST: Final = (
    "SELECT l.stock_take_id, l.batch_id, c.quantity + c.aside - c.book AS differs FROM stock_take_line l JOIN LATERAL (SELECT * FROM"
    " stock_take_count k WHERE k.line_id = l.id ORDER BY k.round DESC LIMIT 1) c ON true"
)

STOCK_TAKES: Final = (
    Rule(
        "take_moves",
        "stock_move",
        N_("{count} batches were adjusted otherwise than a confirmed stock-take says."),
        f"WITH said AS (SELECT t.number, t.location_id, x.batch_id, x.differs FROM ({_LAST}) x JOIN stock_take t ON t.id = x.stock_take_id"
        " WHERE t.state = 'CONFIRMED' AND x.differs <> 0), moved AS (SELECT m.document, m.location_id, m.batch_id, sum(m.quantity) AS quantity"
        " FROM stock_move m WHERE m.kind = 'ADJUST' GROUP BY m.document, m.location_id, m.batch_id)"
        " SELECT coalesce(s.batch_id, m.batch_id) AS id, coalesce(s.number, m.document) AS document, s.differs, m.quantity AS moved FROM said s"
        " FULL JOIN moved m ON m.document = s.number AND m.batch_id = s.batch_id AND m.location_id = s.location_id"
        " WHERE coalesce(s.differs, 0) <> coalesce(m.quantity, 0)",
    ),
    Rule(
        "take_book",
        "stock_take_line",
        N_("{count} lines of stock-takes say that the book had something else than the sum of its moves."),
        "WITH told AS (SELECT l.id, l.stock_take_id, l.batch_id, l.book, l.through_move FROM stock_take_line l UNION ALL"
        " SELECT l.id, l.stock_take_id, l.batch_id, c.book, c.through_move FROM stock_take_count c JOIN stock_take_line l ON l.id = c.line_id)"
        " SELECT o.id, t.number, o.book, m.quantity AS moved FROM told o JOIN stock_take t ON t.id = o.stock_take_id CROSS JOIN LATERAL"
        " (SELECT coalesce(sum(v.quantity), 0) AS quantity FROM stock_move v WHERE v.batch_id = o.batch_id AND v.location_id = t.location_id"
        " AND v.id <= o.through_move) m WHERE m.quantity <> o.book",
    ),
    Rule(
        "take_counters",
        "stock_take_count",
        N_("{count} counts were made although none was wanted, or by the person of the count before."),
        "WITH told AS (SELECT c.*, c.quantity + c.aside - c.book AS differs, lag(c.staff_id) OVER w AS staff_before,"
        " lag(c.quantity + c.aside - c.book) OVER w AS differed, lag(c.round) OVER w AS round_before, lag(c.quantity + c.aside - c.book, 2) OVER w"
        " AS differed_first FROM stock_take_count c WHERE c.round <= 3 WINDOW w AS (PARTITION BY c.line_id ORDER BY c.round))"
        " SELECT o.id, o.line_id, o.round"
        " FROM told o WHERE o.round <> coalesce(o.round_before, 0) + 1 OR o.staff_id = o.staff_before OR o.round > 1 AND o.differed = 0"
        " OR o.round = 3 AND o.differed = o.differed_first",
    ),
    Rule(
        "take_recounts",
        "stock_take_count",
        N_("{count} counts were made once the counting was done, and nobody else saw them; or they say so and were not."),
        "SELECT c.id, t.number, c.line_id, c.round FROM stock_take_count c JOIN stock_take_line l ON l.id = c.line_id"
        " JOIN stock_take t ON t.id = l.stock_take_id LEFT JOIN stock_take_recount r ON r.count_id = c.id"
        " WHERE (c.round > 3) <> (r.count_id IS NOT NULL) OR r.staff_id <> c.staff_id"
        " OR c.round > 3 AND (t.counted_at IS NULL OR c.at < t.counted_at)"
        " OR c.round > 4 AND NOT EXISTS (SELECT FROM stock_take_count b WHERE b.line_id = c.line_id AND b.round = c.round - 1)",
    ),
    Rule(
        "take_steps",
        "stock_take",
        N_("{count} stock-takes have steps that their state contradicts, or wait for a count that was wanted."),
        "WITH single AS (SELECT x.stock_take_id FROM (SELECT l.stock_take_id, c.line_id, max(c.round) AS last, count(*) AS n,"
        " min(c.quantity + c.aside - c.book) AS d FROM stock_take_count c JOIN stock_take_line l ON l.id = c.line_id"
        " GROUP BY l.stock_take_id, c.line_id) x WHERE x.n = 1 AND x.d <> 0 AND x.last <= 3)"
        " SELECT t.id, t.number, t.state FROM stock_take t WHERE (t.state IN ('COUNTED', 'CONFIRMED') AND t.counted_at IS NULL)"
        " OR (t.state = 'OPEN' AND t.counted_at IS NOT NULL) OR (t.state = 'CONFIRMED') <> (t.confirmed_at IS NOT NULL AND t.approved_by IS NOT NULL)"
        " OR (t.state = 'VOIDED') <> (t.voided_at IS NOT NULL)"
        " OR t.state IN ('COUNTED', 'CONFIRMED') AND t.id IN (SELECT s.stock_take_id FROM single s)",
    ),
)

PRICE_CHANGES: Final = (
    Rule(
        "drug_price_now",
        "drug",
        N_("{count} drugs cost something else than the newest row of their history says."),
        "SELECT d.id, d.code, d.price, p.price AS noted FROM drug d LEFT JOIN LATERAL (SELECT x.price FROM drug_price x WHERE x.drug_id = d.id"
        " ORDER BY x.id DESC LIMIT 1) p ON true WHERE p.price IS DISTINCT FROM d.price",
    ),
    Rule(
        "price_change_worth",
        "price_change_value",
        N_("{count} revaluations are not quantity times new less old price, or of a change that is not valid."),
        "SELECT w.id, c.number, w.quantity, w.old_price, w.new_price, w.value_fen FROM price_change_value w"
        " JOIN price_change_line l ON l.id = w.line_id JOIN price_change c ON c.id = l.price_change_id"
        " WHERE c.state <> 'APPLIED' OR w.new_price <> l.new_price"
        " OR w.value_fen <> round(w.quantity * (w.new_price - w.old_price) / w.pack_size * 100)",
    ),
    Rule(
        "price_change_steps",
        "price_change",
        N_("{count} price changes have steps that their state contradicts, or are valid without a price in the history."),
        "SELECT c.id, c.number, c.state FROM price_change c WHERE (c.state = 'APPLIED') <> (c.applied_at IS NOT NULL)"
        " OR (c.state = 'VOIDED') <> (c.voided_at IS NOT NULL) OR c.state IN ('APPROVED', 'APPLIED') AND c.approved_by IS NULL"
        " OR c.state = 'PROPOSED' AND c.approved_by IS NOT NULL OR c.applied_at < c.effective_at"
        " OR c.state = 'APPLIED' AND EXISTS (SELECT FROM price_change_line l WHERE l.price_change_id = c.id AND NOT EXISTS"
        " (SELECT FROM drug_price p WHERE p.drug_id = l.drug_id AND p.price = l.new_price))",
    ),
)

CLOSED_MONTHS: Final = (
    Rule(
        "stock_close_sums",
        "stock_close_drug",
        N_("{count} accounts of closed months do not add up: opening and what came less what went is not the closing."),
        "WITH moved AS (SELECT m.close_id, m.location_id, m.drug_id, sum(m.came - m.went) AS quantity, sum(m.came_fen - m.went_fen) AS fen"
        " FROM stock_close_move m GROUP BY m.close_id, m.location_id, m.drug_id) SELECT coalesce(d.close_id, m.close_id) AS id,"
        " coalesce(d.drug_id, m.drug_id) AS drug_id, d.opening, d.closing, m.quantity FROM stock_close_drug d FULL JOIN moved m"
        " ON m.close_id = d.close_id AND m.location_id = d.location_id AND m.drug_id = d.drug_id WHERE d.drug_id IS NULL"
        " OR d.opening + coalesce(m.quantity, 0) <> d.closing OR d.opening_fen + coalesce(m.fen, 0) <> d.closing_fen",
    ),
    Rule(
        "stock_close_moves",
        "stock_close_move",
        N_("{count} drugs came and went in a closed month otherwise than its moves say."),
        "WITH live AS (SELECT c.id, c.begins, c.ends FROM stock_close c WHERE c.reopened_at IS NULL), moved AS (SELECT c.id, v.location_id,"
        " v.drug_id, v.kind, coalesce(sum(v.quantity) FILTER (WHERE v.quantity > 0), 0) AS came,"
        " -coalesce(sum(v.quantity) FILTER (WHERE v.quantity < 0), 0) AS went FROM live c JOIN stock_move v"
        " ON v.at >= c.begins AND v.at < c.ends GROUP BY c.id, v.location_id, v.drug_id, v.kind),"
        " said AS (SELECT m.* FROM stock_close_move m JOIN live c ON c.id = m.close_id) SELECT coalesce(s.close_id, m.id) AS id,"
        " coalesce(s.drug_id, m.drug_id) AS drug_id, coalesce(s.kind, m.kind) AS kind, s.came, m.came AS moved FROM said s FULL JOIN moved m"
        " ON m.id = s.close_id AND m.location_id = s.location_id AND m.drug_id = s.drug_id AND m.kind = s.kind"
        " WHERE coalesce(s.came, 0) <> coalesce(m.came, 0) OR coalesce(s.went, 0) <> coalesce(m.went, 0)",
    ),
    Rule(
        "stock_close_chain",
        "stock_close",
        N_("{count} closed months do not begin with what the one before them ended with, or leave a month out."),
        "WITH live AS (SELECT c.*, lag(c.id) OVER w AS before, lag(c.ends) OVER w AS ended FROM stock_close c WHERE c.reopened_at IS NULL"
        " WINDOW w AS (ORDER BY c.month)) SELECT c.id, c.number, c.month FROM live c WHERE c.before IS NOT NULL AND (c.ended <> c.begins"
        " OR EXISTS (SELECT FROM (SELECT location_id, drug_id, opening, opening_fen FROM stock_close_drug WHERE close_id = c.id) o"
        " FULL JOIN (SELECT location_id, drug_id, closing, closing_fen FROM stock_close_drug WHERE close_id = c.before) e"
        " USING (location_id, drug_id) WHERE coalesce(o.opening, 0) <> coalesce(e.closing, 0)"
        " OR coalesce(o.opening_fen, 0) <> coalesce(e.closing_fen, 0)))",
    ),
)

COUNTING: Final = (*STOCK_TAKES, *PRICE_CHANGES, *CLOSED_MONTHS)
