"""The purchase plan: what is known of each drug goes into the formula of :mod:`common.domain.purchase_plan`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain import purchase_plan
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.purchasing import PlanLine, PlanPurchase, PurchasePlan, SetPurchase, Why
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.storeroom.stock import sought

if TYPE_CHECKING:
    from datetime import date

    from server.db import ReadTx, Tx

#: Where nobody has said how long a supplier takes.
LEAD_DAYS: Final = 3

_DRUGS: Final = Read(
    "WITH last AS (SELECT DISTINCT ON (l.drug_id) l.drug_id, l.purchase_price, r.supplier_id FROM stock_receipt_line l JOIN stock_receipt r"
    " ON r.id = l.receipt_id WHERE l.batch_id IS NOT NULL ORDER BY l.drug_id, l.id DESC),"
    " first AS (SELECT b.drug_id, min(b.received_at) AS at FROM stock_batch b GROUP BY b.drug_id),"
    " life AS (SELECT b.drug_id, max(b.expires - b.received_at::date) AS days FROM (SELECT x.*, row_number() OVER (PARTITION BY x.drug_id"
    " ORDER BY x.id DESC) AS place FROM stock_batch x) b WHERE b.place <= 3 GROUP BY b.drug_id),"
    " held AS (SELECT v.drug_id, sum(v.reserved) AS quantity FROM stock_level v GROUP BY v.drug_id),"
    " ordered AS (SELECT l.drug_id, sum(greatest(l.packs - l.received, 0)) AS packs FROM purchase_order_line l JOIN purchase_order o"
    " ON o.id = l.order_id WHERE o.state IN ('DRAFT', 'APPROVED', 'SENT', 'PART_RECEIVED') GROUP BY l.drug_id)"
    " SELECT d.id AS drug_id, d.code, d.name, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size, s.id AS supplier_id,"
    " coalesce(s.name, '') AS supplier, coalesce(p.case_packs, 1) AS case_packs, t.purchase_price AS price, d.min_stock, s.lead_days,"
    " f.at AS first_at, e.days AS shelf_days, coalesce(h.quantity, 0) AS reserved,"
    " (coalesce(o.packs, 0) * d.pack_size)::numeric(16, 4) AS on_order FROM drug d"
    " LEFT JOIN last t ON t.drug_id = d.id LEFT JOIN drug_purchase p ON p.drug_id = d.id"
    " LEFT JOIN supplier s ON s.id = coalesce(p.supplier_id, t.supplier_id) AND s.active LEFT JOIN first f ON f.drug_id = d.id"
    " LEFT JOIN life e ON e.drug_id = d.id LEFT JOIN held h ON h.drug_id = d.id LEFT JOIN ordered o ON o.drug_id = d.id"
    " WHERE d.active AND (%(text)s = '' OR %(named)s <> '' AND strpos(d.name, %(named)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    " OR d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    " OR c.kind = 'trace_prefix' AND c.code = %(product)s)) ORDER BY coalesce(s.name, ''), d.name, d.id"
)
#: What was handed out, day by day at the clinic, without hand-overs that were undone.
_USED: Final = Read(
    "SELECT u.drug_id, array_agg(u.day), array_agg(u.quantity) FROM (SELECT m.drug_id, m.at::date AS day, -sum(m.quantity) AS quantity"
    " FROM stock_move m WHERE m.kind = 'DISPENSE' AND m.at >= %(begins)s AND m.at < %(ends)s GROUP BY m.drug_id, m.at::date) u GROUP BY u.drug_id"
)
#: What may still be used, wherever it is on its way to the patients.
_THERE: Final = Read(
    "SELECT b.drug_id, b.expires, sum(b.on_hand) FROM stock_balance b JOIN stock_location p ON p.id = b.location_id"
    " WHERE b.on_hand > 0 AND b.expires >= %(today)s AND p.code <> 'QUARANTINE' GROUP BY b.drug_id, b.expires"
)
_SET: Final = Write(
    "INSERT INTO drug_purchase (drug_id, supplier_id, case_packs) SELECT d.id, %(supplier_id)s, %(case_packs)s FROM drug d WHERE d.id = %(drug_id)s"
    " ON CONFLICT (drug_id) DO UPDATE SET supplier_id = excluded.supplier_id, case_packs = excluded.case_packs"
)
_DRUG: Final = Read("SELECT name FROM drug WHERE id = %(id)s")
_SUPPLIER: Final = Read("SELECT name FROM supplier WHERE id = %(id)s AND active")


@handles(PlanPurchase)
def plan_purchase(tx: ReadTx, request: PlanPurchase) -> PurchasePlan:
    """Every drug through the formula. Today is not over, so its use is left out."""
    if request.service not in purchase_plan.SERVICE:
        raise FieldWrong(field=N_("Service level"), reason=N_("80, 90, 95, 98 or 99 per cent"))
    policy = purchase_plan.Policy(service=request.service, review_days=request.review_days, cover_days=request.cover_days)
    begins, ends = (datetime.combine(tx.today - timedelta(days=ago), time(), tx.now.tzinfo) for ago in (request.use_days, 0))
    used = {row[0]: dict(zip(row[1], row[2], strict=True)) for row in tx.rows(_USED, begins=begins, ends=ends)}
    there: dict[int, list[purchase_plan.Shelf]] = {}
    for drug_id, expires, quantity in tx.rows(_THERE, today=tx.today):
        there.setdefault(drug_id, []).append(purchase_plan.Shelf(quantity=quantity, days=(expires - tx.today).days))
    names, rows = _named(tx, request.text.strip())
    lines = []
    for row in rows:
        known = dict(zip(names, row, strict=True))
        use = _days(used.get(known["drug_id"], {}), known["first_at"], tx, request.use_days)
        line = _line(known, use, there.get(known["drug_id"], []), policy)
        if line.why.suggested or request.everything:
            lines.append(line)
    return PurchasePlan(lines=tuple(lines))


_NAMES: Final = (
    *("drug_id", "code", "name", "specification", "manufacturer", "base_unit", "pack_unit", "pack_size", "supplier_id", "supplier"),
    *("case_packs", "price", "min_stock", "lead_days", "first_at", "shelf_days", "reserved", "on_order"),
)


def _named(tx: ReadTx, text: str) -> tuple[tuple[str, ...], list[Any]]:
    return _NAMES, tx.rows(_DRUGS, **sought(text))


def _days(used: dict[date, Decimal], first_at: datetime | None, tx: ReadTx, most: int) -> list[Decimal]:
    """The use of each whole day since the drug first came, at most of so many."""
    since = (tx.today - first_at.astimezone(tx.now.tzinfo).date()).days if first_at else 0
    count = max(min(since, most), len(used) and (tx.today - min(used)).days)
    return [used.get(tx.today - timedelta(days=ago), Decimal(0)) for ago in range(count, 0, -1)]


def _line(known: dict[str, Any], use: list[Decimal], shelves: list[purchase_plan.Shelf], policy: purchase_plan.Policy) -> PlanLine:
    rest = {name: known.pop(name) for name in ("min_stock", "lead_days", "first_at", "shelf_days", "reserved", "on_order")}
    lead_days = LEAD_DAYS if rest["lead_days"] is None else rest["lead_days"]
    drug = purchase_plan.Drug(
        use=use,
        shelves=shelves,
        reserved=rest["reserved"],
        on_order=rest["on_order"],
        lead_days=lead_days,
        pack_size=known["pack_size"],
        case_packs=known["case_packs"],
        minimum=rest["min_stock"],
        shelf_days=rest["shelf_days"],
    )
    found = purchase_plan.suggest(drug, policy)
    why = Why(
        suggested=found.packs,
        mean=found.mean,
        deviation=found.deviation,
        days=len(use),
        lead_days=lead_days,
        safety=found.safety,
        point=found.point,
        target=found.target,
        there=found.there,
        expiring=found.expiring,
        reserved=rest["reserved"],
        on_order=rest["on_order"],
        min_stock=rest["min_stock"],
        shelf_days=rest["shelf_days"],
        capped=found.capped,
    )
    return PlanLine(**known, why=why)


@handles(SetPurchase)
def set_purchase(tx: Tx, request: SetPurchase) -> Done:
    """Write down whom a drug is bought from and in which cases."""
    name = tx.one(_DRUG, NotFound(kind=N_("Drug"), key=str(request.drug_id)), id=request.drug_id)[0]
    supplier = ""
    if request.supplier_id is not None:
        supplier = tx.one(_SUPPLIER, NotFound(kind=N_("Supplier"), key=str(request.supplier_id)), id=request.supplier_id)[0]
    tx.write(_SET, drug_id=request.drug_id, supplier_id=request.supplier_id, case_packs=request.case_packs)
    tx.changed(topics.PURCHASE)
    tx.detail = {"drug": name, "supplier": supplier, "case_packs": request.case_packs}
    return Done()
