"""Orders to suppliers: made, approved by a second person, sent, and answered by receipts until all of it came or no more is waited for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common import topics
from common.domain.states import PURCHASE_ORDER
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import N_
from common.messages.purchasing import (
    ApproveOrder,
    CloseOrder,
    GetOrder,
    ListOrders,
    MakeOrder,
    Order,
    OrderCopy,
    OrderEntry,
    OrderLine,
    OrderList,
    OrderMade,
    SendOrder,
    Why,
)
from common.purchasing_errors import MoreThanOrdered, NotOrdered
from common.wire import Done
from server import approvals, numbers
from server.db import Read, Write, spelling
from server.features import handles
from server.storeroom.copies import copies, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.purchasing import Wanted
    from common.messages.store import ReceiveStock
    from server.db import ReadTx, Row, Tx

MOST: Final = 300

_SUPPLIER: Final = Read("SELECT name FROM supplier WHERE id = %(id)s AND active")
_NAMES: Final = Read("SELECT id, name FROM drug WHERE id = ANY(%(ids)s) AND active")
_MAKE: Final = Write(
    "INSERT INTO purchase_order (number, supplier_id, state, note, business_date, made_at, made_by)"
    " VALUES (%(number)s, %(supplier_id)s, 'DRAFT', %(note)s, %(day)s, %(at)s, %(staff_id)s) RETURNING id"
)
#: Whoever writes a draft anew is who made it: the one who approves has to be another.
_REMAKE: Final = Write(
    "UPDATE purchase_order SET supplier_id = %(supplier_id)s, note = %(note)s, made_at = %(at)s, made_by = %(staff_id)s WHERE id = %(id)s"
)
_CLEAR: Final = Write("DELETE FROM purchase_order_line WHERE order_id = %(id)s")
_LINES: Final = Write(
    "INSERT INTO purchase_order_line (order_id, line_no, drug_id, packs, price, why) SELECT %(order_id)s, u.line_no, u.drug_id, u.packs, u.price,"
    " u.why::jsonb FROM unnest(%(drugs)s::bigint[], %(packs)s::numeric[], %(prices)s::numeric[], %(whys)s::text[]) WITH ORDINALITY"
    " AS u(drug_id, packs, price, why, line_no)"
)
_LOCK: Final = Write("SELECT number, state, made_by, supplier_id FROM purchase_order WHERE id = %(id)s FOR UPDATE")
_LOCK_NUMBER: Final = Write(
    "SELECT o.id, o.state, s.name FROM purchase_order o JOIN supplier s ON s.id = o.supplier_id WHERE o.number = %(number)s FOR UPDATE OF o"
)
_APPROVE: Final = Write("UPDATE purchase_order SET state = 'APPROVED', approved_at = %(at)s, approved_by = %(staff_id)s WHERE id = %(id)s")
_SEND: Final = Write("UPDATE purchase_order SET state = 'SENT', sent_at = %(at)s, sent_by = %(staff_id)s WHERE id = %(id)s")
_END: Final = Write(
    "UPDATE purchase_order SET state = %(state)s, ended_at = %(at)s, ended_by = %(staff_id)s, end_reason = %(reason)s WHERE id = %(id)s"
)
_PART: Final = Write("UPDATE purchase_order SET state = 'PART_RECEIVED' WHERE id = %(id)s AND state = 'SENT'")
_AWAITED: Final = Read("SELECT l.drug_id, l.packs - l.received FROM purchase_order_line l WHERE l.order_id = %(id)s")
_RECEIVED: Final = Write(
    "UPDATE purchase_order_line l SET received = l.received + u.packs FROM unnest(%(drugs)s::bigint[], %(packs)s::numeric[]) AS u(drug_id, packs)"
    " WHERE l.order_id = %(id)s AND l.drug_id = u.drug_id"
)
_COPY: Final = copies("purchase_order_print", "order_id")
_ENTRY: Final = (
    "SELECT o.id, o.number, o.supplier_id, s.name AS supplier, o.state, o.business_date, m.name AS made_by, l.lines, l.open_lines, l.value_fen"
    " FROM purchase_order o JOIN supplier s ON s.id = o.supplier_id JOIN staff m ON m.id = o.made_by CROSS JOIN LATERAL (SELECT count(*) AS lines,"
    " count(*) FILTER (WHERE x.received < x.packs) AS open_lines, coalesce(sum(round(x.packs * coalesce(x.price, 0) * 100)), 0)::bigint AS value_fen"
    " FROM purchase_order_line x WHERE x.order_id = o.id) l"
)
_LIST: Final = Read(
    f"{_ENTRY} WHERE (NOT %(open_only)s OR o.state NOT IN ('RECEIVED', 'CLOSED')) AND (NOT %(awaited)s OR o.state IN ('SENT', 'PART_RECEIVED'))"
    " AND (%(text)s = '' OR strpos(o.number, upper(%(text)s)) > 0 OR strpos(s.name, %(text)s) > 0 OR EXISTS (SELECT FROM purchase_order_line g"
    " JOIN drug d ON d.id = g.drug_id WHERE g.order_id = o.id AND (strpos(d.name, %(text)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s))))"
    " ORDER BY o.id DESC LIMIT %(limit)s"
)
_ONE: Final = Read(f"{_ENTRY} WHERE o.number = %(number)s")
_HEAD: Final = Read(
    "SELECT coalesce((SELECT name FROM clinic WHERE id = 1), ''), s.contact, s.phone, o.note, o.made_at, o.made_by, o.approved_at,"
    " coalesce(a.name, ''), o.sent_at, coalesce(t.name, ''), o.ended_at, coalesce(e.name, ''), o.end_reason,"
    " ARRAY(SELECT r.number FROM stock_receipt r WHERE r.order_id = o.id ORDER BY r.id) FROM purchase_order o JOIN supplier s"
    " ON s.id = o.supplier_id LEFT JOIN staff a ON a.id = o.approved_by LEFT JOIN staff t ON t.id = o.sent_by LEFT JOIN staff e"
    " ON e.id = o.ended_by WHERE o.id = %(id)s"
)
_HEAD_NAMES: Final = (
    *(
        "clinic",
        "contact",
        "phone",
        "note",
        "made_at",
        "made_by_id",
        "approved_at",
        "approved_by",
        "sent_at",
        "sent_by",
        "ended_at",
        "ended_by",
    ),
    *("end_reason", "receipts"),
)
_ORDER_LINES: Final = Read(
    "SELECT l.line_no, l.drug_id, d.code, d.name AS drug, d.specification, d.manufacturer, d.pack_unit, d.base_unit, d.pack_size,"
    " d.storage = 'fridge' AS cold, l.packs, l.price, round(l.packs * coalesce(l.price, 0) * 100)::bigint AS value_fen, l.received, p.paid,"
    " g.purchase_price AS last_price, coalesce(g.approval_number, '') AS last_approval, l.why, d.name_marks, d.specification_marks"
    " FROM purchase_order_line l"
    " JOIN drug d ON d.id = l.drug_id LEFT JOIN LATERAL (SELECT round(sum(x.packs * x.purchase_price) / sum(x.packs), 6) AS paid"
    " FROM stock_receipt_line x JOIN stock_receipt r ON r.id = x.receipt_id WHERE r.order_id = l.order_id AND x.drug_id = l.drug_id"
    " AND x.batch_id IS NOT NULL) p ON true LEFT JOIN LATERAL (SELECT x.purchase_price, x.approval_number FROM stock_receipt_line x"
    " WHERE x.drug_id = l.drug_id AND x.batch_id IS NOT NULL ORDER BY x.id DESC LIMIT 1) g ON true WHERE l.order_id = %(id)s ORDER BY l.line_no"
)


@handles(MakeOrder)
def make_order(tx: Tx, request: MakeOrder) -> OrderMade:
    """A new draft, or one that is written anew."""
    supplier = tx.one(_SUPPLIER, NotFound(kind=N_("Supplier"), key=str(request.supplier_id)), id=request.supplier_id)[0]
    _check_lines(tx, request.lines)
    note = request.note.strip()
    if request.order_id is None:
        number = f"P{numbers.dated(tx, 'purchase_order', tx.today, 4)}"
        row = tx.write_one(
            _MAKE, number=number, supplier_id=request.supplier_id, note=note, day=tx.today, at=tx.now, staff_id=tx.actor.staff
        )
        assert row is not None
        order_id = row[0]
    else:
        order_id, number = request.order_id, _locked(tx, request.order_id, "DRAFT")[0]
        tx.write(_REMAKE, id=order_id, supplier_id=request.supplier_id, note=note, at=tx.now, staff_id=tx.actor.staff)
        tx.write(_CLEAR, id=order_id)
    tx.write(
        _LINES,
        order_id=order_id,
        drugs=[line.drug_id for line in request.lines],
        packs=[line.packs for line in request.lines],
        prices=[line.price for line in request.lines],
        whys=[msgspec.json.encode(line.why).decode() if line.why else None for line in request.lines],
    )
    tx.changed(topics.PURCHASE, order_id)
    tx.detail = {"document": number, "supplier": supplier, "lines": len(request.lines)}
    return OrderMade(order_id=order_id, number=number)


def _check_lines(tx: Tx, lines: Sequence[Wanted]) -> None:
    names: dict[int, str] = dict(tx.rows(_NAMES, ids=[line.drug_id for line in lines]))
    seen = set[int]()
    for line in lines:
        if line.drug_id not in names:
            raise NotFound(kind=N_("Drug"), key=str(line.drug_id))
        if line.drug_id in seen:
            raise FieldWrong(field=N_("Drug"), reason=N_("stands in the order twice"))
        seen.add(line.drug_id)
        if line.packs <= 0 or line.packs != line.packs.to_integral_value():
            raise FieldWrong(field=N_("Packs"), reason=N_("whole packs, more than zero"))
        if line.price is not None and line.price < 0:
            raise FieldWrong(field=N_("Purchase price"), reason=N_("not below zero"))


def _locked(tx: Tx, order_id: int, *states: str) -> Row:
    """The order's number, state, maker and supplier. Raises ``WrongState`` unless it is in one of ``states``."""
    row = tx.write_one(_LOCK, id=order_id)
    if row is None:
        raise NotFound(kind=PURCHASE_ORDER.title, key=str(order_id))
    if row[1] not in states:
        raise WrongState(machine="purchase_order", key=row[0], state=row[1])
    return row


@handles(ApproveOrder)
def approve_order(tx: Tx, request: ApproveOrder) -> Done:
    """Another person than the maker agrees."""
    number, _, made_by, _ = _locked(tx, request.order_id, "DRAFT")
    entry = tx.structs(OrderEntry, _ONE, number=number)[0]
    agreed_by = tx.actor.staff
    if made_by == tx.actor.staff:
        agreed_by = approvals.use(tx, request.approval_id, "purchase_order", request.order_id, entry.value_fen)
    tx.write(_APPROVE, id=request.order_id, at=tx.now, staff_id=agreed_by)
    tx.changed(topics.PURCHASE, request.order_id)
    tx.detail = {"document": number, "supplier": entry.supplier, "value_fen": entry.value_fen, "agreed_by": agreed_by}
    return Done()


@handles(CloseOrder)
def close_order(tx: Tx, request: CloseOrder) -> Done:
    """No more of it is waited for."""
    number = _locked(tx, request.order_id, "DRAFT", "APPROVED", "SENT", "PART_RECEIVED")[0]
    if not request.reason.strip():
        raise FieldWrong(field=N_("Reason"), reason=N_("is missing"))
    tx.write(_END, id=request.order_id, state="CLOSED", at=tx.now, staff_id=tx.actor.staff, reason=request.reason.strip())
    tx.changed(topics.PURCHASE, request.order_id)
    tx.detail = {"document": number, "reason": request.reason.strip()}
    return Done()


@handles(SendOrder)
def send_order(tx: Tx, request: SendOrder) -> OrderCopy:
    """Print it; the first time it is sent by that."""
    found = tx.write_one(_LOCK_NUMBER, number=request.number)
    if found is None:
        raise NotFound(kind=PURCHASE_ORDER.title, key=request.number)
    order_id, state, _ = found
    if state == "DRAFT" or (state == "CLOSED" and _head(tx, order_id)["approved_at"] is None):
        raise WrongState(machine="purchase_order", key=request.number, state=state)
    if state == "APPROVED":
        tx.write(_SEND, id=order_id, at=tx.now, staff_id=tx.actor.staff)
        tx.changed(topics.PURCHASE, order_id)
    copy = count(tx, _COPY, order_id)
    tx.detail = {"document": request.number, "copy": copy, "sent": state == "APPROVED"}
    return OrderCopy(order=_order(tx, request.number), copy=copy, at=tx.now, by=tx.actor.name)


@handles(ListOrders)
def list_orders(tx: ReadTx, request: ListOrders) -> OrderList:
    """Orders, newest first."""
    text = request.text.strip()
    found = tx.structs(OrderEntry, _LIST, text=text, open_only=request.open_only, awaited=request.awaited, limit=MOST + 1, **spelling(text))
    return OrderList(orders=found[:MOST], more=len(found) > MOST)


@handles(GetOrder)
def get_order(tx: ReadTx, request: GetOrder) -> Order:
    """One order with its lines."""
    return _order(tx, request.number)


def _order(tx: ReadTx, number: str) -> Order:
    found = tx.structs(OrderEntry, _ONE, number=number)
    if not found:
        raise NotFound(kind=PURCHASE_ORDER.title, key=number)
    head = _head(tx, found[0].id)
    lines = tx.structs(OrderLine, _ORDER_LINES, id=found[0].id)
    lines = tuple(msgspec.structs.replace(line, why=msgspec.convert(line.why, Why | None, strict=False)) for line in lines)
    return Order(entry=found[0], lines=lines, **head)


def _head(tx: ReadTx, order_id: int) -> dict[str, Any]:
    row = tx.rows(_HEAD, id=order_id)[0]
    return {**dict(zip(_HEAD_NAMES, row, strict=True)), "receipts": tuple(row[-1])}


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An order that goods came for: its id, and what came of each of its drugs, in packs."""

    order_id: int
    came: dict[int, Decimal]
    awaited: dict[int, Decimal]


def answered(tx: Tx, request: ReceiveStock, drugs: dict[str, Row]) -> Answered | None:
    """The order that a delivery answers, locked; ``None`` without one. Raises ``WrongState``, ``NotOrdered``, ``MoreThanOrdered``."""
    if not request.order_number:
        return None
    found = tx.write_one(_LOCK_NUMBER, number=request.order_number)
    if found is None:
        raise NotFound(kind=PURCHASE_ORDER.title, key=request.order_number)
    order_id, state, supplier = found
    if state not in ("SENT", "PART_RECEIVED"):
        raise WrongState(machine="purchase_order", key=request.order_number, state=state)
    if supplier != request.supplier:
        raise FieldWrong(field=N_("Supplier"), reason=N_("the order is to another one"))
    awaited: dict[int, Decimal] = dict(tx.rows(_AWAITED, id=order_id))
    came: dict[int, Decimal] = {}
    for row in request.rows:
        if row.accepted:
            drug_id, name = drugs[row.drug_code][1], drugs[row.drug_code][4]
            if drug_id not in awaited:
                raise NotOrdered(drug=name, number=request.order_number)
            came[drug_id] = came.get(drug_id, Decimal(0)) + row.packs
            if came[drug_id] > awaited[drug_id] and not request.surplus_reason.strip():
                raise MoreThanOrdered(drug=name, came=came[drug_id], awaited=max(awaited[drug_id], Decimal(0)))
    return Answered(order_id=order_id, came=came, awaited=awaited)


def receive(tx: Tx, answer: Answered) -> None:
    """Write down what came. Once nothing more is awaited the order is received."""
    tx.write(_RECEIVED, id=answer.order_id, drugs=list(answer.came), packs=list(answer.came.values()))
    if any(left > answer.came.get(drug, Decimal(0)) for drug, left in answer.awaited.items()):
        tx.write(_PART, id=answer.order_id)
    else:
        tx.write(_END, id=answer.order_id, state="RECEIVED", at=tx.now, staff_id=tx.actor.staff, reason="")
    tx.changed(topics.PURCHASE, answer.order_id)
