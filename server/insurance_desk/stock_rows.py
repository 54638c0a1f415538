"""What the bureau is told of goods: what came in (3502), was bought (3503), went back to its supplier (3504), and lies in a store (3501A)."""

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

    from server.db import ReadTx, Row

#: ``inv_chg_type`` (DOMAIN.md §1.7) of a move ``v`` at a place ``p``. What is damaged leaves its place as a loss and lies in the quarantine area,
#: another store, as other goods in; from there it is destroyed, or goes back by the paper that undoes the damage.
CHANGE: Final = (
    "CASE WHEN v.kind = 'TRANSFER' THEN CASE WHEN v.quantity > 0 THEN '101' ELSE '102' END"
    " WHEN v.kind = 'ADJUST' THEN CASE WHEN v.quantity > 0 THEN '103' ELSE '104' END"
    " WHEN v.kind = 'DAMAGE' AND v.quantity < 0 AND p.code <> 'QUARANTINE' THEN '104'"
    " WHEN v.kind = 'DESTROY' AND v.quantity < 0 THEN '105' WHEN v.quantity > 0 THEN '106' ELSE '107' END"
)

_BATCH: Final = f"d.code, d.name, coalesce(m.med_list_codg, ''), b.id, b.lot, {MADE}, b.expires, NOT d.otc"
_MOVE: Final = Read(
    f"SELECT {_BATCH}, v.quantity, b.pack_size, b.purchase_price, v.at, s.name, v.document, p.name, {CHANGE} FROM stock_move v"
    " JOIN stock_location p ON p.id = v.location_id JOIN drug d ON d.id = v.drug_id JOIN stock_batch b ON b.id = v.batch_id"
    f" JOIN staff s ON s.id = v.staff_id {CODE} WHERE v.id = %(id)s"
)
#: All of a receipt that came of one batch.
_BOUGHT: Final = Read(
    f"SELECT {_BATCH}, (SELECT sum(w.quantity) FROM stock_move w WHERE w.batch_id = v.batch_id AND w.document = v.document"
    " AND w.kind = 'RECEIPT'), b.pack_size, b.purchase_price, v.at, s.name, v.document, b.supplier,"
    " coalesce(nullif(d.manufacturer, ''), c.manufacturer, ''), coalesce(c.approval_number, '') FROM stock_move v"
    f" JOIN drug d ON d.id = v.drug_id JOIN stock_batch b ON b.id = v.batch_id JOIN staff s ON s.id = v.staff_id {CODE}"
    " LEFT JOIN insurance_catalogue c ON c.list_type = m.list_type AND c.code = m.med_list_codg WHERE v.id = %(id)s"
)
#: All of a return to the supplier that was of one batch. The day of making as its receipt has it, where no upload said it.
_GIVEN_BACK: Final = Read(
    f"SELECT d.code, d.name, coalesce(m.med_list_codg, ''), b.id, b.lot, coalesce({MADE}, r.made), b.expires, NOT d.otc, g.quantity, b.pack_size,"
    " b.purchase_price, v.at, s.name, v.document, b.supplier, coalesce(nullif(d.manufacturer, ''), c.manufacturer, ''),"
    " coalesce(nullif(r.approval_number, ''), c.approval_number, ''), coalesce(r.invoice, ''), coalesce(r.delivery_note, '') FROM stock_move v"
    f" JOIN drug d ON d.id = v.drug_id JOIN stock_batch b ON b.id = v.batch_id JOIN staff s ON s.id = v.staff_id {CODE}"
    " LEFT JOIN insurance_catalogue c ON c.list_type = m.list_type AND c.code = m.med_list_codg"
    " CROSS JOIN LATERAL (SELECT -sum(w.quantity) AS quantity FROM stock_move w WHERE w.batch_id = v.batch_id AND w.document = v.document"
    " AND w.kind = 'SUPPLIER_RETURN') g"
    " LEFT JOIN LATERAL (SELECT l.made, l.approval_number, q.invoice, q.delivery_note FROM stock_receipt_line l"
    " JOIN stock_receipt q ON q.id = l.receipt_id WHERE l.batch_id = v.batch_id AND q.invoice <> '' ORDER BY q.id DESC LIMIT 1) r ON true"
    " WHERE v.id = %(id)s"
)
#: ``inv_chg_type`` of what went back to its supplier without an invoice.
OTHER_OUT: Final = "107"
_KIND: Final = Read("SELECT kind FROM stock_move WHERE id = %(id)s")
_LAY: Final = Read(
    f"SELECT {_BATCH}, g.quantity, b.pack_size FROM unnest(%(batches)s::bigint[], %(quantities)s::numeric[]) WITH ORDINALITY"
    f" AS g(batch_id, quantity, place) JOIN stock_batch b ON b.id = g.batch_id JOIN drug d ON d.id = b.drug_id {CODE} ORDER BY g.place"
)


def changed(tx: ReadTx, move_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """3502: a change of one batch: what came in or went back without an invoice, was carried, found, missed, spoilt or destroyed."""
    kind = tx.rows(_KIND, id=move_id)[0][0]
    return {"stock": _went_back(tx, move_id) if kind == "SUPPLIER_RETURN" else _moved(tx, move_id)}


def _went_back(tx: ReadTx, move_id: int) -> up.StockChanged:
    row = tx.rows(_GIVEN_BACK, id=move_id, today=tx.today)[0]
    quantity, pack_size, price, at, operator, document = row[8:14]
    return _change(row, quantity, pack_size, kind=OTHER_OUT, price=price, at=at, operator=operator, memo=document)


def _moved(tx: ReadTx, move_id: int) -> up.StockChanged:
    row = tx.first(_MOVE, id=move_id, today=tx.today)
    assert row is not None, "a move is never deleted"
    quantity, pack_size, price, at, operator, document, place, kind = row[8:]
    return _change(row, abs(quantity), pack_size, kind=kind, price=price, at=at, operator=operator, memo=f"{document} {place}")


def _change(row: Row, quantity: Decimal, pack_size: Decimal, *, memo: str, **fields: Any) -> up.StockChanged:
    """The batch of ``row``, as whole packs or (``trdn_flag``) with a part of one."""
    require_codes([(row[1], row[2])])
    drug = batch(*row[:8], split=bool(quantity % pack_size), memo=memo)
    return up.StockChanged(drug=drug, quantity=packs(quantity, pack_size), **fields)


def purchase(tx: ReadTx, move_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """3503: goods of one batch that were bought. Maker and approval number are the bureau's own, by the national code, where we have none."""
    row = tx.first(_BOUGHT, id=move_id, today=tx.today)
    assert row is not None, "a move is never deleted"
    _require_known(row)
    return {"purchase": _goods(row, given["invoice"], given["delivery_note"])}


def _require_known(row: Row) -> None:
    """The bureau takes no goods without code, maker and approval number."""
    require_codes([(row[1], row[2])])
    if not row[15] or not row[16]:
        raise Lacking(tr(N_("Maker and approval number of {name} are not known; download the bureau's list of its drugs."), name=row[1]))


def _goods(row: Row, invoice: str, delivery_note: str) -> up.Purchased:
    quantity, pack_size, price, at, operator, document, supplier, maker, approval = row[8:17]
    return up.Purchased(
        drug=batch(*row[:8], memo=document),
        supplier=supplier,
        maker=maker,
        approval_number=approval,
        price=price,
        quantity=packs(quantity, pack_size),
        invoice_number=invoice,
        order_number=delivery_note,
        at=at,
        operator=operator,
    )


def given_back(tx: ReadTx, move_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """3504: goods of one batch that went back to their supplier, by the invoice that they were bought with."""
    row = tx.rows(_GIVEN_BACK, id=move_id, today=tx.today)[0]
    _require_known(row)
    if row[5] is None:
        raise Lacking(tr(N_("The day on which {name}, batch {lot}, was made is not known."), name=row[1], lot=row[4]))
    return {"purchase_returned": _goods(row, *row[17:])}


def stock_take(tx: ReadTx, _move_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """3501A: so much of some batches lay in a store at a moment, whatever happened to them since."""
    batches, quantities = given["batches"], [Decimal(quantity) for quantity in given["quantities"]]
    rows = tx.rows(_LAY, batches=batches, quantities=quantities, today=tx.today)
    require_codes((row[1], row[2]) for row in rows)
    on = date.fromisoformat(given["day"])
    lying = tuple(up.StockTaken(drug=batch(*row[:8], memo=given["store"]), on=on, quantity=packs(row[8], row[9])) for row in rows)
    return {"stock_take": lying}
