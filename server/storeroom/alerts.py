"""What the drug store has to look at. When a drug last went out stands in ``stock_month``, so that no move is read for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common.messages.alerts import Alert, Alerts, LicenceAlert, ListAlerts
from common.messages.suppliers import DEMANDED, LicenceState
from server.db import Read
from server.features import handles
from server.storeroom import suppliers, temperature

if TYPE_CHECKING:
    from server.db import ReadTx

_DRUG: Final = "d.id AS drug_id, d.code, d.name, d.specification, d.base_unit, d.pack_unit, d.pack_size"
#: Of what lies in the quarantine area only what has expired is told: it waits to be destroyed, and nobody will use it.
_ALERTS: Final = Read(
    "SELECT a.* FROM (WITH there AS (SELECT b.batch_id, b.drug_id, b.expires, s.lot, s.supplier, s.received_at, p.code = 'QUARANTINE' AS aside,"
    " sum(b.on_hand) AS on_hand, sum(b.on_hand * s.purchase_price / s.pack_size) * 100 AS fen"
    " FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id JOIN stock_location p ON p.id = b.location_id WHERE b.on_hand > 0"
    " GROUP BY b.batch_id, b.drug_id, b.expires, s.lot, s.supplier, s.received_at, p.code = 'QUARANTINE'),"
    " usable AS (SELECT t.drug_id, sum(t.on_hand) AS on_hand FROM there t WHERE t.expires >= %(today)s AND NOT t.aside GROUP BY t.drug_id),"
    " gone AS (SELECT s.drug_id, max(m.last_out) AS last_out FROM stock_month m JOIN stock_batch s ON s.id = m.batch_id GROUP BY s.drug_id),"
    " whole AS (SELECT t.drug_id, sum(t.on_hand) AS on_hand, min(t.received_at) AS since, sum(t.fen) AS fen"
    " FROM there t WHERE NOT t.aside GROUP BY t.drug_id)"
    " SELECT CASE WHEN t.expires < %(today)s THEN 'EXPIRED' WHEN t.expires <= %(today)s + 30 THEN 'NEAR_30'"
    f" WHEN t.expires <= %(today)s + 90 THEN 'NEAR_90' ELSE 'NEAR_180' END AS kind, {_DRUG}, t.lot, t.expires, t.on_hand, d.min_stock,"
    " g.last_out, round(t.fen, 4)::bigint AS value_fen, t.supplier, t.aside FROM there t JOIN drug d ON d.id = t.drug_id"
    " LEFT JOIN gone g ON g.drug_id = d.id WHERE t.expires <= %(today)s + 180 AND (NOT t.aside OR t.expires < %(today)s)"
    f" UNION ALL SELECT 'BELOW_MINIMUM', {_DRUG}, '', NULL, coalesce(u.on_hand, 0), d.min_stock, g.last_out, 0, '', false FROM drug d"
    " LEFT JOIN usable u ON u.drug_id = d.id LEFT JOIN gone g ON g.drug_id = d.id"
    " WHERE d.active AND d.min_stock > coalesce(u.on_hand, 0)"
    f" UNION ALL SELECT 'IDLE', {_DRUG}, '', NULL, w.on_hand, d.min_stock, g.last_out, round(w.fen, 4)::bigint, '', false"
    " FROM whole w JOIN drug d ON d.id = w.drug_id LEFT JOIN gone g ON g.drug_id = d.id WHERE w.since < %(idle_since)s"
    " AND coalesce(g.last_out, w.since) < %(idle_since)s"
    f" UNION ALL SELECT 'RECALL', {_DRUG}, q.lot, min(t.expires), coalesce(sum(t.on_hand), 0), d.min_stock, g.last_out,"
    " coalesce(round(sum(t.fen), 4), 0)::bigint, '', coalesce(bool_and(t.aside), true) FROM recall r JOIN quarantine q ON q.recall_id = r.id"
    " JOIN drug d ON d.id = q.drug_id LEFT JOIN there t ON t.drug_id = q.drug_id AND t.lot = q.lot LEFT JOIN gone g ON g.drug_id = d.id"
    " WHERE r.state = 'OPEN' GROUP BY q.id, d.id, g.last_out"
    ") a ORDER BY array_position(ARRAY['RECALL', 'EXPIRED', 'NEAR_30', 'BELOW_MINIMUM', 'NEAR_90', 'NEAR_180', 'IDLE'], a.kind),"
    " a.expires, a.name, a.lot, a.aside"
)
_SUPPLIERS: Final = Read("SELECT id, name FROM supplier WHERE active ORDER BY name")


@handles(ListAlerts)
def list_alerts(tx: ReadTx, request: ListAlerts) -> Alerts:
    """Everything at once; the most urgent kind first."""
    return Alerts(
        alerts=tx.structs(Alert, _ALERTS, today=tx.today, idle_since=tx.now - timedelta(days=request.idle_days)),
        licences=_licences(tx),
        temperatures=temperature.alerts(tx),
    )


def _licences(tx: ReadTx) -> tuple[LicenceAlert, ...]:
    """Of suppliers in use, the worst first."""
    known = suppliers.licences(tx)
    found = [
        LicenceAlert(supplier_id=supplier_id, supplier=name, licence=licence)
        for supplier_id, name in tx.rows(_SUPPLIERS)
        for licence in known.get(supplier_id) or tuple(suppliers.missing(kind) for kind in DEMANDED)
        if licence.state is not LicenceState.VALID
    ]
    states = tuple(LicenceState)
    return tuple(sorted(found, key=lambda alert: (states.index(alert.licence.state), alert.supplier)))
