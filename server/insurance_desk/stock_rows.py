"""What the bureau is told of goods: what came in (3502), what was bought (3503), and what lies in a store (3501A)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common.i18n import N_, tr
from server.db import Read
from server.insurance import uploads as up
from server.insurance_desk.told_drug import CODE, MADE, Lacking, batch, packs, require_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.db import ReadTx

#: ``inv_chg_type`` of goods that came in without a purchase's papers.
OTHER_IN: Final = "106"

_BATCH: Final = f"d.code, d.name, coalesce(m.med_list_codg, ''), b.id, b.lot, {MADE}, b.expires, NOT d.otc"
_MOVE: Final = Read(
    f"SELECT {_BATCH}, v.quantity, d.pack_size, b.purchase_price, v.at, s.name, v.document FROM stock_move v JOIN drug d ON d.id = v.drug_id"
    f" JOIN stock_batch b ON b.id = v.batch_id JOIN staff s ON s.id = v.staff_id {CODE} WHERE v.id = %(id)s"
)
#: All of a receipt that came of one batch.
_BOUGHT: Final = Read(
    f"SELECT {_BATCH}, (SELECT sum(w.quantity) FROM stock_move w WHERE w.batch_id = v.batch_id AND w.document = v.document"
    " AND w.kind = 'RECEIPT'), d.pack_size, b.purchase_price, v.at, s.name, v.document, b.supplier,"
    " coalesce(nullif(d.manufacturer, ''), c.manufacturer, ''), coalesce(c.approval_number, '') FROM stock_move v"
    f" JOIN drug d ON d.id = v.drug_id JOIN stock_batch b ON b.id = v.batch_id JOIN staff s ON s.id = v.staff_id {CODE}"
    " LEFT JOIN insurance_catalogue c ON c.list_type = m.list_type AND c.code = m.med_list_codg WHERE v.id = %(id)s"
)
_LAY: Final = Read(
    f"SELECT {_BATCH}, g.quantity, d.pack_size FROM unnest(%(batches)s::bigint[], %(quantities)s::numeric[]) WITH ORDINALITY"
    f" AS g(batch_id, quantity, place) JOIN stock_batch b ON b.id = g.batch_id JOIN drug d ON d.id = b.drug_id {CODE} ORDER BY g.place"
)


def received(tx: ReadTx, move_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """3502: goods of one batch that came in."""
    row = tx.first(_MOVE, id=move_id, today=tx.today)
    assert row is not None, "a move is never deleted"
    quantity, pack_size, price, at, operator, document = row[8:]
    require_codes([(row[1], row[2])])
    stock = up.StockChanged(
        drug=batch(*row[:8], memo=document), kind=OTHER_IN, price=price, quantity=packs(quantity, pack_size), at=at, operator=operator
    )
    return {"stock": stock}


def purchase(tx: ReadTx, move_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """3503: goods of one batch that were bought. Maker and approval number are the bureau's own, by the national code, where we have none."""
    row = tx.first(_BOUGHT, id=move_id, today=tx.today)
    assert row is not None, "a move is never deleted"
    name = row[1]
    quantity, pack_size, price, at, operator, document, supplier, maker, approval = row[8:]
    require_codes([(name, row[2])])
    if not maker or not approval:
        raise Lacking(tr(N_("Maker and approval number of {name} are not known; download the bureau's list of its drugs."), name=name))
    bought = up.Purchased(
        drug=batch(*row[:8], memo=document),
        supplier=supplier,
        maker=maker,
        approval_number=approval,
        price=price,
        quantity=packs(quantity, pack_size),
        invoice_number=given["invoice"],
        order_number=given["delivery_note"],
        at=at,
        operator=operator,
    )
    return {"purchase": bought}


def stock_take(tx: ReadTx, _move_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """3501A: so much of some batches lay in a store at a moment, whatever happened to them since."""
    batches, quantities = given["batches"], [Decimal(quantity) for quantity in given["quantities"]]
    rows = tx.rows(_LAY, batches=batches, quantities=quantities, today=tx.today)
    require_codes((row[1], row[2]) for row in rows)
    on = date.fromisoformat(given["day"])
    lying = tuple(up.StockTaken(drug=batch(*row[:8], memo=given["store"]), on=on, quantity=packs(row[8], row[9])) for row in rows)
    return {"stock_take": lying}
