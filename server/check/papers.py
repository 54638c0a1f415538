"""Papers of the store: each moved exactly what it says, and what is on the way is what transfers have sent."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_PLACE: Final = "(SELECT id FROM stock_location WHERE code = '{0}')"
_TRANSIT, _QUARANTINE = _PLACE.format("TRANSIT"), _PLACE.format("QUARANTINE")
_LINES: Final = "stock_paper p JOIN stock_paper_line l ON l.paper_id = p.id AND l.version = p.version"
_ARRIVED: Final = f"{_LINES} JOIN stock_paper_arrival a ON a.line_id = l.id WHERE p.state = 'RECEIVED'"
#: What its lines and its state say: so much of a batch came to a place (or left it).
_SAID: Final = (
    f"SELECT p.number, l.location_id, l.batch_id, -l.quantity AS quantity FROM {_LINES} WHERE p.kind = 'TRANSFER'"
    f" UNION ALL SELECT p.number, {_TRANSIT}, l.batch_id, CASE p.state WHEN 'SENT' THEN l.quantity ELSE 0 END FROM {_LINES} WHERE p.kind = 'TRANSFER'"
    f" UNION ALL SELECT p.number, p.out_of, l.batch_id, l.quantity FROM {_LINES} WHERE p.state = 'CALLED_BACK'"
    f" UNION ALL SELECT p.number, p.goes_to, l.batch_id, a.received FROM {_ARRIVED}"
    f" UNION ALL SELECT p.number, p.out_of, l.batch_id, a.back FROM {_ARRIVED}"
    f" UNION ALL SELECT p.number, {_QUARANTINE}, l.batch_id, a.damaged FROM {_ARRIVED}"
    f" UNION ALL SELECT p.number, l.location_id, l.batch_id, CASE WHEN p.reverses IS NULL THEN -l.quantity ELSE l.quantity END FROM {_LINES}"
    " WHERE p.state IN ('APPROVED', 'VOIDED')"
    f" UNION ALL SELECT p.number, {_QUARANTINE}, l.batch_id, CASE WHEN p.reverses IS NULL THEN l.quantity ELSE -l.quantity END FROM {_LINES}"
    " WHERE p.state IN ('APPROVED', 'VOIDED') AND p.kind = 'DAMAGE'"
)
_SERVED: Final = (
    "(SELECT coalesce(sum(a.received), 0) AS received FROM stock_paper c JOIN stock_paper_line y ON y.paper_id = c.id"
    " JOIN stock_paper_arrival a ON a.line_id = y.id WHERE c.serves = p.id AND y.drug_id = l.drug_id)"
)

PAPERS: Final = (
    Rule(
        "paper_moves",
        "stock_paper",
        N_("{count} batches moved otherwise than the papers of the store say."),
        f"WITH said AS (SELECT number, location_id, batch_id, sum(quantity) AS quantity FROM ({_SAID}) s GROUP BY 1, 2, 3),"
        " moved AS (SELECT m.document AS number, m.location_id, m.batch_id, sum(m.quantity) AS quantity FROM stock_move m"
        " WHERE m.kind IN ('DESTROY', 'SUPPLIER_RETURN') OR EXISTS (SELECT FROM stock_paper p WHERE p.number = m.document) GROUP BY 1, 2, 3)"
        " SELECT coalesce(s.number, m.number) AS id, coalesce(s.batch_id, m.batch_id) AS batch_id, coalesce(s.location_id, m.location_id)"
        " AS location_id, s.quantity AS said, m.quantity AS moved FROM said s FULL JOIN moved m ON m.number = s.number"
        " AND m.location_id = s.location_id AND m.batch_id = s.batch_id WHERE coalesce(s.quantity, 0) <> coalesce(m.quantity, 0)",
    ),
    Rule(
        "transit_sent",
        "stock_balance",
        N_("{count} batches are on the way in another quantity than transfers have sent."),
        f"WITH sent AS (SELECT l.batch_id, sum(l.quantity) AS quantity FROM {_LINES} WHERE p.state = 'SENT' GROUP BY l.batch_id),"
        f" there AS (SELECT b.batch_id, b.on_hand FROM stock_balance b WHERE b.location_id = {_TRANSIT})"
        " SELECT coalesce(t.batch_id, s.batch_id) AS id, t.on_hand, s.quantity AS sent FROM there t FULL JOIN sent s ON s.batch_id = t.batch_id"
        " WHERE coalesce(t.on_hand, 0) <> coalesce(s.quantity, 0)",
    ),
    Rule(
        "paper_arrival",
        "stock_paper_line",
        N_("{count} lines of transfers arrived otherwise than they were sent."),
        f"SELECT l.id, p.number, l.quantity, a.received, a.back, a.damaged FROM {_LINES} LEFT JOIN stock_paper_arrival a ON a.line_id = l.id"
        " WHERE (p.state = 'RECEIVED') <> (a.line_id IS NOT NULL) OR a.received + a.back + a.damaged <> l.quantity",
    ),
    Rule(
        "paper_signed",
        "stock_paper",
        N_("{count} papers of the store lack a line, a step or a second person."),
        "SELECT p.id, p.number, p.state, p.staff_id, p.decided_by FROM stock_paper p LEFT JOIN LATERAL (SELECT t.state, t.version, t.staff_id"
        " FROM stock_paper_step t WHERE t.paper_id = p.id ORDER BY t.id DESC LIMIT 1) t ON true"
        " WHERE (p.state, p.version) IS DISTINCT FROM (t.state, t.version) OR p.state IN ('APPROVED', 'VOIDED') AND p.decided_by = p.staff_id"
        " OR NOT EXISTS (SELECT FROM stock_paper_line l WHERE l.paper_id = p.id AND l.version = p.version)",
    ),
    Rule(
        "paper_reversed",
        "stock_paper",
        N_("{count} papers of the store are void without a paper that undoes them, or are undone and not void."),
        "SELECT p.id, p.number, p.state, r.number AS reversed_by FROM stock_paper p LEFT JOIN stock_paper r ON r.reverses = p.id"
        " AND r.state = 'APPROVED' WHERE (p.state = 'VOIDED') <> (r.id IS NOT NULL)",
    ),
    Rule(
        "request_served",
        "stock_paper",
        N_("{count} requests to the store are served in another state than what arrived for them says."),
        f"SELECT DISTINCT p.id, p.number, p.state FROM {_LINES} CROSS JOIN LATERAL {_SERVED} u WHERE p.state = 'SERVED' AND u.received < l.quantity"
        " OR p.state = 'OPEN' AND NOT EXISTS (SELECT FROM stock_paper_line o CROSS JOIN LATERAL (SELECT coalesce(sum(a.received), 0) AS received"
        " FROM stock_paper c JOIN stock_paper_line y ON y.paper_id = c.id JOIN stock_paper_arrival a ON a.line_id = y.id"
        " WHERE c.serves = p.id AND y.drug_id = o.drug_id) v WHERE o.paper_id = p.id AND o.version = p.version AND v.received < o.quantity)",
    ),
)
