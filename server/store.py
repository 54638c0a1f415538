"""Drug store 药库: goods in, and what is on the shelf."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.store import BatchFacts, GetStock, Received, ReceiveStock, StockList
from common.store_errors import NotCold
from server import numbers, stock_book
from server.db import Read
from server.features import handles
from server.insurance_desk import entering
from server.stock_book.moves import refuse_kept_out
from server.storeroom import purchasing, receipts, suppliers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.messages.catalogue import StockRow
    from server.db import ReadTx, Row, Tx

_DRUGS: Final = Read("SELECT code, id, pack_size, storage, name FROM drug WHERE code = ANY(%(codes)s)")
#: What is kept cold arrives at 2 to 8 °C (DOMAIN.md §6.2).
_COLDEST, _WARMEST = Decimal(2), Decimal(8)
_STOCK: Final = Read(
    "SELECT b.batch_id, b.drug_id, d.name AS drug, d.specification, s.lot, b.expires, b.on_hand, d.base_unit AS unit"
    " FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id JOIN drug d ON d.id = b.drug_id"
    " WHERE b.drug_id = %(drug_id)s AND b.on_hand > 0 ORDER BY b.expires, b.batch_id"
)


@handles(ReceiveStock)
def receive_stock(tx: Tx, request: ReceiveStock) -> Received:
    """Book goods in under a document number. Expired goods and empty rows are refused."""
    drugs = {row[0]: row for row in tx.rows(_DRUGS, codes=[row.drug_code for row in request.rows])}
    _check_papers(request)
    inspected = [_delivery(tx, row, drugs.get(row.drug_code), request.supplier) for row in request.rows]
    _check_temperature(request, drugs)
    deliveries = [delivery for delivery, row in zip(inspected, request.rows, strict=True) if row.accepted]
    if not deliveries:
        raise FieldWrong(field=N_("Conclusion"), reason=N_("nothing was accepted; there is nothing to book in"))
    source = suppliers.deliverer(tx, request)
    answer = purchasing.answered(tx, request, drugs)
    number = f"R{numbers.dated(tx, 'receipt', tx.today, 4)}"
    stock_book.receive(tx, deliveries, number, request.place)
    refuse_kept_out(tx, {(delivery.drug_id, delivery.lot) for delivery in deliveries})
    receipts.enter(tx, number, request, inspected, source, answer)
    if answer is not None:
        purchasing.receive(tx, answer)
    if request.invoice:
        goods = [
            entering.Made(drugs[row.drug_code][1], row.lot, row.expires, row.made) for row in request.rows if row.made and row.accepted
        ]
        entering.enter_purchase(tx, number, goods, invoice=request.invoice, delivery_note=request.delivery_note)
    else:
        entering.enter_receipt(tx, number)
    tx.detail = {
        "document": number,
        "supplier": request.supplier,
        "note": request.note,
        "rows": len(deliveries),
        "invoice": request.invoice,
        "place": request.place,
    }
    agreed = {"licence_reason": request.licence_reason, "agreed_by": source.agreed_by} if source.agreed_by else {}
    ordered = {"order": request.order_number, "surplus_reason": request.surplus_reason} if answer else {}
    tx.detail |= agreed | ordered
    return Received(document_number=number, batches=len(deliveries))


def _check_papers(request: ReceiveStock) -> None:
    """A purchase comes from somebody, and its goods were made on a day."""
    if not request.invoice:
        return
    if not request.supplier:
        raise FieldWrong(field=N_("Supplier"), reason=N_("is missing; the invoice is somebody's"))
    for row in request.rows:
        if row.made is None or row.made > row.expires:
            raise FieldWrong(field=N_("Day of making"), reason=N_("is missing or behind the expiry"))


def _check_temperature(request: ReceiveStock, drugs: Mapping[str, Row]) -> None:
    """Cold goods that somebody inspected were between 2 and 8 °C when they arrived."""
    celsius = request.temperature
    if not request.inspector or (celsius is not None and _COLDEST <= celsius <= _WARMEST):
        return
    for row in request.rows:
        if row.accepted and drugs[row.drug_code][3] == "fridge":
            raise NotCold(drug=drugs[row.drug_code][4], celsius="–" if celsius is None else f"{celsius} °C")


def _delivery(tx: Tx, row: StockRow, drug: Row | None, supplier: str) -> stock_book.Delivery:
    if drug is None:
        raise NotFound(kind=N_("Drug"), key=row.drug_code)
    if row.packs <= 0 or row.packs.as_tuple().exponent < -4:  # type: ignore[operator]
        raise FieldWrong(field=N_("Packs"), reason=N_("more than zero, at most four places"))
    if row.accepted and row.expires < tx.today:
        raise FieldWrong(field=N_("Expiry"), reason=N_("these goods have expired"))
    if row.purchase_price < 0:
        raise FieldWrong(field=N_("Purchase price"), reason=N_("not below zero"))
    return stock_book.Delivery(
        drug_id=drug[1],
        lot=row.lot,
        expires=row.expires,
        quantity=row.packs * drug[2],
        purchase_price=row.purchase_price,
        supplier=supplier,
    )


@handles(GetStock)
def get_stock(tx: ReadTx, request: GetStock) -> StockList:
    """A drug's batches."""
    return StockList(batches=tx.structs(BatchFacts, _STOCK, drug_id=request.drug_id))
