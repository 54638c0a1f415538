"""Purchasing: orders that say what came, signed by two, answered by their own supplier's receipts; licensed hands; readings of their day."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

PURCHASING: Final = (
    Rule(
        "order_received",
        "purchase_order_line",
        N_("{count} lines of orders say that another quantity came than their receipts say."),
        "WITH came AS (SELECT r.order_id, x.drug_id, sum(x.packs) AS packs FROM stock_receipt_line x JOIN stock_receipt r ON r.id = x.receipt_id"
        " WHERE r.order_id IS NOT NULL AND x.batch_id IS NOT NULL GROUP BY r.order_id, x.drug_id)"
        " SELECT coalesce(l.id, c.order_id) AS id, o.number, l.received, c.packs AS came FROM purchase_order_line l"
        " FULL JOIN came c ON c.order_id = l.order_id AND c.drug_id = l.drug_id LEFT JOIN purchase_order o ON o.id = coalesce(l.order_id, c.order_id)"
        " WHERE coalesce(l.received, 0) <> coalesce(c.packs, 0)",
    ),
    Rule(
        "order_progress",
        "purchase_order",
        N_("{count} orders are in a state that what came contradicts."),
        "WITH l AS (SELECT x.order_id, sum(x.received) AS received, bool_or(x.received < x.packs) AS open FROM purchase_order_line x"
        " GROUP BY x.order_id) SELECT o.id, o.number, o.state, l.received, l.open FROM purchase_order o LEFT JOIN l ON l.order_id = o.id"
        " WHERE l.order_id IS NULL OR o.state IN ('DRAFT', 'APPROVED', 'SENT') AND l.received <> 0"
        " OR o.state = 'PART_RECEIVED' AND (l.received = 0 OR NOT l.open) OR o.state = 'RECEIVED' AND l.open",
    ),
    Rule(
        "order_signed",
        "purchase_order",
        N_("{count} orders lack a signature that their state needs, or have both from one person."),
        "SELECT o.id, o.number, o.state, o.made_by, o.approved_by FROM purchase_order o WHERE o.approved_by = o.made_by"
        " OR o.state = 'DRAFT' AND o.approved_by IS NOT NULL"
        " OR o.state NOT IN ('DRAFT', 'CLOSED') AND (o.approved_by IS NULL OR o.approved_at IS NULL)"
        " OR o.state IN ('SENT', 'PART_RECEIVED', 'RECEIVED') AND (o.sent_by IS NULL OR o.sent_at IS NULL)"
        " OR (o.state IN ('RECEIVED', 'CLOSED')) <> (o.ended_by IS NOT NULL AND o.ended_at IS NOT NULL)",
    ),
    Rule(
        "receipt_of_order",
        "stock_receipt",
        N_("{count} receipts answer an order to another supplier, or one that was not sent yet."),
        "SELECT r.id, r.number, o.number AS order_number, r.supplier_id, o.supplier_id AS ordered_of FROM stock_receipt r JOIN purchase_order o"
        " ON o.id = r.order_id WHERE r.supplier_id IS DISTINCT FROM o.supplier_id OR o.sent_at IS NULL OR r.at < o.sent_at",
    ),
    Rule(
        "receipt_place",
        "stock_receipt",
        N_("{count} receipts were booked in at another place than they say."),
        "SELECT r.id, r.number, r.place, p.code FROM stock_receipt r JOIN stock_move m ON m.document = r.number AND m.kind = 'RECEIPT'"
        " JOIN stock_location p ON p.id = m.location_id WHERE p.code <> r.place",
    ),
    Rule(
        "receipt_licensed",
        "stock_receipt",
        N_("{count} purchases came from a supplier whose licences did not hold, and nobody agreed to it."),
        "SELECT r.id, r.number, r.supplier, k.kind FROM stock_receipt r CROSS JOIN (VALUES ('DRUG'), ('BUSINESS'), ('AUTHORISATION')) AS k(kind)"
        " LEFT JOIN LATERAL (SELECT l.expires, l.withdrawn FROM supplier_licence l WHERE l.supplier_id = r.supplier_id AND l.kind = k.kind"
        " AND l.at <= r.at ORDER BY l.id DESC LIMIT 1) l ON true WHERE (r.inspector <> '' OR r.invoice <> '' OR r.order_id IS NOT NULL)"
        " AND r.agreed_by IS NULL AND (r.supplier_id IS NULL OR l.withdrawn IS NOT FALSE"
        " OR l.expires < (r.at AT TIME ZONE %(zone)s)::date)",
    ),
    Rule(
        "reading_of_its_half_day",
        "temperature_reading",
        N_("{count} temperatures were entered for another half day than the one in which they were read."),
        "SELECT r.id, r.day, r.half, r.at FROM temperature_reading r WHERE r.day <> (r.at AT TIME ZONE %(zone)s)::date"
        " OR (r.half = 'MORNING') <> ((r.at AT TIME ZONE %(zone)s)::time < '12:00')",
    ),
)
