"""The stock of a moment (3501A): a person has it reported, store by store; it goes through the queue of uploads in parts that the wire takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from common import topics
from common.errors import FieldWrong, NotFound
from common.i18n import N_, tr
from common.messages.insurance_upload import ListStockPlaces, ReportStock, StockPlace, StockPlaces, StockReported
from common.settling_errors import NotConnected
from common.wire import encode
from server.db import Read, Write
from server.features import handles
from server.insurance_desk.entering import AGAIN, STOCK_TAKE
from server.insurance_desk.told_drug import CODE

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

#: Batches in a part: an input has at most 40,000 characters, and a batch with a name of 200 has 700.
PART: Final = 50

_PLACES: Final = Read(
    "SELECT l.id AS location_id, l.name, count(b.batch_id) AS batches, count(b.batch_id) FILTER (WHERE m.med_list_codg IS NULL) AS unmapped,"
    " (SELECT max(u.entered_at) FROM insurance_upload u WHERE u.infno = '3501A' AND u.payload->'given'->>'location' = l.id::text) AS told_at"
    " FROM stock_location l LEFT JOIN stock_balance b ON b.location_id = l.id AND b.on_hand > 0 LEFT JOIN drug d ON d.id = b.drug_id"
    f" {CODE} GROUP BY l.id ORDER BY l.id"
)
_NAME: Final = Read("SELECT name FROM stock_location WHERE id = %(id)s")
_CONNECTED: Final = Read("SELECT connected FROM insurance_setup WHERE id = 1")
#: One statement sees one moment. Those without a national code come last, so that they hold up no others.
_LIES: Final = Read(
    "SELECT b.batch_id, b.on_hand, m.med_list_codg IS NOT NULL AS mapped, (SELECT max(v.id) FROM stock_move v WHERE v.batch_id = b.batch_id"
    f" AND v.location_id = b.location_id) FROM stock_balance b JOIN drug d ON d.id = b.drug_id {CODE}"
    " WHERE b.location_id = %(id)s AND b.on_hand > 0 ORDER BY mapped DESC, d.code, b.expires, b.batch_id"
)
_OLDER: Final = Write(
    "UPDATE insurance_upload SET state = 'DROPPED', error = %(reason)s, done_at = %(at)s WHERE infno = '3501A' AND state IN ('PENDING', 'FAILED')"
    " AND payload->'given'->>'location' = %(location)s::text"
)
_ENTER: Final = Write(
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at)"
    f" VALUES (%(infno)s, 'stock_move', %(move_id)s, %(payload)s, 'PENDING', %(at)s, %(at)s){AGAIN}"
)


@handles(ListStockPlaces)
def list_stock_places(tx: ReadTx, request: ListStockPlaces) -> StockPlaces:
    """Stores with what would be told of them."""
    return StockPlaces(places=tx.structs(StockPlace, _PLACES, today=tx.today))


@handles(ReportStock)
def report_stock(tx: Tx, request: ReportStock) -> StockReported:
    """Enter what lies there now, in parts."""
    store = tx.one(_NAME, NotFound(kind=N_("Stock location"), key=str(request.location_id)), id=request.location_id)[0]
    if not (tx.first(_CONNECTED) or (False,))[0]:
        raise NotConnected(party=N_("Insurance"))
    lies = tx.rows(_LIES, id=request.location_id, today=tx.today)
    if not lies:
        raise FieldWrong(field=N_("Stock location"), reason=N_("nothing lies there"))
    mapped = [row for row in lies if row[2]]
    parts = [*_parts(mapped), *_parts(lies[len(mapped) :])]
    tx.write(_OLDER, location=request.location_id, reason=tr("The stock was reported anew."), at=tx.wall)
    for number, part in enumerate(parts, 1):
        given = _given(tx, request.location_id, store, part, f"{number}/{len(parts)}")
        _enter(tx, part, given)
    tx.detail = {"store": store, "batches": len(lies), "parts": len(parts)}
    tx.changed(topics.INSURANCE)
    return StockReported(batches=len(lies), parts=len(parts), unmapped=len(lies) - len(mapped))


def _parts(lies: list[Row]) -> list[list[Row]]:
    return [lies[at : at + PART] for at in range(0, len(lies), PART)]


def _given(tx: Tx, location_id: int, store: str, part: list[Row], number: str) -> dict[str, Any]:
    return {
        "location": location_id,
        "store": store,
        "day": f"{tx.today:%Y-%m-%d}",
        "about": f"{store} {tx.now:%Y-%m-%d %H:%M} {number}",
        "batches": [row[0] for row in part],
        "quantities": [str(row[1]) for row in part],
    }


def _enter(tx: Tx, part: list[Row], given: dict[str, Any]) -> None:
    """A part is known by the newest move in it: no other part has that, and a stock that has not moved since is the same one."""
    payload = Jsonb({"given": given}, dumps=encode)
    tx.write(_ENTER, infno=STOCK_TAKE, move_id=max(row[3] for row in part), payload=payload, at=tx.wall)
