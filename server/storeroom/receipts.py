"""Receipts of goods as they were inspected: written once, listed, printed with counted copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.receipts import (
    GetGoodsReceipt,
    GoodsReceipt,
    ListReceipts,
    ListSuppliers,
    PrintReceipt,
    ReceiptCopy,
    ReceiptEntry,
    ReceiptLine,
    ReceiptList,
    Suppliers,
)
from server.db import Read, Write, spelling
from server.features import handles
from server.storeroom.copies import copies, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.store import ReceiveStock
    from server.db import ReadTx, Tx
    from server.stock_book import Delivery
    from server.storeroom.purchasing import Answered
    from server.storeroom.suppliers import Deliverer

MOST: Final = 300

_ENTER: Final = Write(
    "INSERT INTO stock_receipt (number, supplier, invoice, delivery_note, inspector, temperature, note, staff_id, at, supplier_id, order_id, place,"
    " surplus_reason, licence_reason, agreed_by) VALUES (%(number)s, %(supplier)s, %(invoice)s, %(delivery_note)s, %(inspector)s,"
    " %(temperature)s, %(note)s, %(staff_id)s, %(at)s, %(supplier_id)s, %(order_id)s, %(place)s, %(surplus_reason)s, %(licence_reason)s,"
    " %(agreed_by)s) RETURNING id"
)
_ENTER_LINES: Final = Write(
    "INSERT INTO stock_receipt_line (receipt_id, line_no, drug_id, batch_id, lot, made, expires, packs, quantity, purchase_price, approval_number,"
    " appearance, conclusion) SELECT %(receipt_id)s, u.line_no, u.drug_id, b.id, u.lot, u.made, u.expires, u.packs, u.quantity, u.price, u.approval,"
    " u.appearance, CASE WHEN u.accepted THEN 'ACCEPTED' ELSE 'REJECTED' END FROM unnest(%(drugs)s::bigint[], %(lots)s::text[],"
    " %(made)s::date[], %(expires)s::date[], %(packs)s::numeric[], %(quantities)s::numeric[], %(prices)s::numeric[],"
    " %(approvals)s::text[], %(appearances)s::text[], %(accepted)s::bool[]) WITH ORDINALITY"
    " AS u(drug_id, lot, made, expires, packs, quantity, price, approval, appearance, accepted, line_no)"
    " LEFT JOIN stock_batch b ON u.accepted AND (b.drug_id, b.lot, b.expires, b.purchase_price, b.supplier, b.pack_size)"
    " = (u.drug_id, u.lot, u.expires, u.price::numeric(16, 6), %(supplier)s, (SELECT d.pack_size FROM drug d WHERE d.id = u.drug_id))"
)
_ENTRY: Final = (
    "SELECT r.id, r.number, r.at, r.supplier, r.invoice, r.delivery_note, r.inspector, s.name AS by, l.lines, l.rejected, l.value_fen"
    " FROM stock_receipt r JOIN staff s ON s.id = r.staff_id CROSS JOIN LATERAL (SELECT count(*) AS lines,"
    " count(*) FILTER (WHERE batch_id IS NULL) AS rejected, coalesce(sum(round(packs * purchase_price * 100))"
    " FILTER (WHERE batch_id IS NOT NULL), 0)::bigint AS value_fen FROM stock_receipt_line WHERE receipt_id = r.id) l"
)
_LIST: Final = Read(
    f"{_ENTRY} WHERE r.at >= %(first)s::date AND r.at < %(last)s::date + 1 AND (%(text)s = '' OR strpos(r.number, upper(%(text)s)) > 0"
    " OR strpos(r.supplier, %(text)s) > 0 OR strpos(r.invoice, %(text)s) > 0 OR EXISTS (SELECT FROM stock_receipt_line g"
    " JOIN drug d ON d.id = g.drug_id WHERE g.receipt_id = r.id AND (g.lot = %(text)s OR strpos(d.name, %(text)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s))))"
    " ORDER BY r.at DESC, r.id DESC LIMIT %(limit)s"
)
_ONE: Final = Read(f"{_ENTRY} WHERE r.number = %(number)s")
_HEAD: Final = Read("SELECT r.temperature, r.note, (SELECT name FROM clinic WHERE id = 1) FROM stock_receipt r WHERE r.id = %(id)s")
_LINES: Final = Read(
    "SELECT l.line_no, l.drug_id, d.name AS drug, d.specification, d.manufacturer, d.pack_unit, l.lot, l.made, l.expires, l.packs,"
    " l.purchase_price, round(l.packs * l.purchase_price * 100)::bigint AS value_fen, l.approval_number, l.appearance,"
    " l.conclusion = 'ACCEPTED' AS accepted FROM stock_receipt_line l JOIN drug d ON d.id = l.drug_id WHERE l.receipt_id = %(id)s ORDER BY l.line_no"
)
_LOCK: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('receipt ' || %(number)s, 0))")
_COPY: Final = copies("stock_receipt_print", "receipt_id")
_SUPPLIERS: Final = Read("SELECT name FROM supplier WHERE active ORDER BY name")


def enter(tx: Tx, number: str, request: ReceiveStock, inspected: Sequence[Delivery], source: Deliverer, answer: Answered | None) -> None:
    """Write a receipt down with all its lines, the accepted ones with the batches that were just booked in. ``inspected`` in their order."""
    celsius = request.temperature
    if celsius is not None and not (abs(celsius) < 100 and celsius == round(celsius, 1)):
        raise FieldWrong(field=N_("Temperature"), reason=N_("degrees Celsius, at most one place"))
    row = tx.write_one(
        _ENTER,
        number=number,
        supplier=request.supplier,
        invoice=request.invoice,
        delivery_note=request.delivery_note,
        inspector=request.inspector,
        temperature=celsius,
        note=request.note,
        staff_id=tx.actor.staff,
        at=tx.now,
        supplier_id=source.supplier_id,
        order_id=answer.order_id if answer else None,
        place=request.place,
        surplus_reason=request.surplus_reason.strip() if answer else "",
        licence_reason=request.licence_reason.strip() if source.agreed_by else "",
        agreed_by=source.agreed_by,
    )
    assert row is not None
    tx.write(
        _ENTER_LINES,
        receipt_id=row[0],
        supplier=request.supplier,
        drugs=[delivery.drug_id for delivery in inspected],
        lots=[line.lot for line in request.rows],
        made=[line.made for line in request.rows],
        expires=[line.expires for line in request.rows],
        packs=[line.packs for line in request.rows],
        quantities=[delivery.quantity for delivery in inspected],
        prices=[line.purchase_price for line in request.rows],
        approvals=[line.approval_number for line in request.rows],
        appearances=[line.appearance for line in request.rows],
        accepted=[line.accepted for line in request.rows],
    )


@handles(ListReceipts)
def list_receipts(tx: ReadTx, request: ListReceipts) -> ReceiptList:
    """Receipts, newest first."""
    text = request.text.strip()
    found = tx.structs(ReceiptEntry, _LIST, first=request.first_day, last=request.last_day, text=text, limit=MOST + 1, **spelling(text))
    return ReceiptList(receipts=found[:MOST], more=len(found) > MOST)


@handles(GetGoodsReceipt)
def get_receipt(tx: ReadTx, request: GetGoodsReceipt) -> GoodsReceipt:
    """One receipt with its lines."""
    return _receipt(tx, request.number)


def _receipt(tx: ReadTx, number: str) -> GoodsReceipt:
    found = tx.structs(ReceiptEntry, _ONE, number=number)
    if not found:
        raise NotFound(kind=N_("Receipt of goods"), key=number)
    temperature, note, clinic = tx.rows(_HEAD, id=found[0].id)[0]
    lines = tx.structs(ReceiptLine, _LINES, id=found[0].id)
    return GoodsReceipt(clinic=clinic or "", entry=found[0], temperature=temperature, note=note, lines=lines)


@handles(PrintReceipt)
def print_receipt(tx: Tx, request: PrintReceipt) -> ReceiptCopy:
    """Count a copy."""
    tx.write(_LOCK, number=request.number)
    receipt = _receipt(tx, request.number)
    copy = count(tx, _COPY, receipt.entry.id)
    tx.detail = {"document": request.number, "copy": copy}
    return ReceiptCopy(receipt=receipt, copy=copy, at=tx.now, by=tx.actor.name)


@handles(ListSuppliers)
def list_suppliers(tx: ReadTx, request: ListSuppliers) -> Suppliers:
    """Everybody whom goods may come from."""
    return Suppliers(names=tuple(row[0] for row in tx.rows(_SUPPLIERS)))
