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
        " AS differed_first FROM stock_take_count c WINDOW w AS (PARTITION BY c.line_id ORDER BY c.round)) SELECT o.id, o.line_id, o.round"
        " FROM told o WHERE o.round <> coalesce(o.round_before, 0) + 1 OR o.staff_id = o.staff_before OR o.round > 1 AND o.differed = 0"
        " OR o.round = 3 AND o.differed = o.differed_first",
    ),
    Rule(
        "take_steps",
        "stock_take",
        N_("{count} stock-takes have steps that their state contradicts, or wait for a count that was wanted."),
        "WITH single AS (SELECT x.stock_take_id FROM (SELECT l.stock_take_id, c.line_id, count(*) AS n, min(c.quantity + c.aside - c.book) AS d"
        " FROM stock_take_count c JOIN stock_take_line l ON l.id = c.line_id GROUP BY l.stock_take_id, c.line_id) x WHERE x.n = 1 AND x.d <> 0)"
        " SELECT t.id, t.number, t.state FROM stock_take t WHERE (t.state IN ('COUNTED', 'CONFIRMED') AND t.counted_at IS NULL)"
        " OR (t.state = 'OPEN' AND t.counted_at IS NOT NULL) OR (t.state = 'CONFIRMED') <> (t.confirmed_at IS NOT NULL AND t.approved_by IS NOT NULL)"
        " OR (t.state = 'VOIDED') <> (t.voided_at IS NOT NULL)"
        " OR t.state IN ('COUNTED', 'CONFIRMED') AND t.id IN (SELECT s.stock_take_id FROM single s)",
    ),
)

COUNTING: Final = STOCK_TAKES
