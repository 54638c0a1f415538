"""A delivery that is being accepted: its papers, the order that it answers, the lines so far, the line in hand. No Qt. It is kept as a draft."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import msgspec

from client.widgets.inputs import parse_date
from common.i18n import tr
from common.messages.catalogue import StockRow
from common.messages.receipts import Goods
from common.messages.store import ReceiveStock

if TYPE_CHECKING:
    from datetime import date

    from common.messages.purchasing import Order

GOOD: Final = "accepted"
BAD: Final = "rejected"


class Line(msgspec.Struct, kw_only=True):
    """A line as it was typed. ``packs`` and ``price`` are quantities already, since a line is added only once it is whole."""

    goods: Goods
    packs: Decimal
    lot: str
    expires: str
    made: str
    price: Decimal
    approval: str
    appearance: str
    conclusion: str

    @property
    def value_fen(self) -> int:
        """At purchase price; nothing for what is not accepted."""
        return int((self.packs * self.price * 100).to_integral_value("ROUND_HALF_UP")) if self.conclusion == GOOD else 0


class Awaited(msgspec.Struct, kw_only=True):
    """A drug of the order that the delivery answers: so many packs are still to come, at ``price`` a pack."""

    goods: Goods
    packs: Decimal
    price: Decimal | None


class Delivery(msgspec.Struct, kw_only=True):
    """The delivery's papers as they stand in the fields, and the lines. ``order``: the number of the order that it answers."""

    place: str = "PHARMACY"
    order: str = ""
    awaited: list[Awaited] = []
    surplus_reason: str = ""
    licence_reason: str = ""
    supplier: str = ""
    invoice: str = ""
    delivery_note: str = ""
    inspector: str = ""
    temperature: str = ""
    note: str = ""
    lines: list[Line] = []

    def begun(self) -> bool:
        """Whether there is anything that would be lost."""
        return bool(self.lines or self.supplier or self.invoice or self.delivery_note or self.order)

    def expects(self, goods: Goods) -> Awaited | None:
        """What the order still awaits of a drug, less what stands in the lines; ``None`` if it is not in the order."""
        found = next((one for one in self.awaited if one.goods.drug_id == goods.drug_id), None)
        return None if found is None else msgspec.structs.replace(found, packs=found.packs - self._came(goods.drug_id))

    def still(self) -> list[Awaited]:
        """What the order awaits besides what stands in the lines."""
        left = [msgspec.structs.replace(one, packs=one.packs - self._came(one.goods.drug_id)) for one in self.awaited]
        return [one for one in left if one.packs > 0]

    def surplus(self) -> Goods | None:
        """A drug of which more came than was ordered."""
        return next((one.goods for one in self.awaited if self._came(one.goods.drug_id) > one.packs), None)

    def _came(self, drug_id: int) -> Decimal:
        return sum((line.packs for line in self.lines if line.goods.drug_id == drug_id and line.conclusion == GOOD), Decimal(0))

    def ordered_at(self, line: Line) -> Decimal | None:
        """The order's price, where the line's is another."""
        found = next((one.price for one in self.awaited if one.goods.drug_id == line.goods.drug_id), None)
        return found if found != line.price else None

    def celsius(self) -> Decimal | None:
        """The temperature that was typed, if it is one."""
        return number(self.temperature.replace("℃", ""))

    def cold(self) -> bool:
        """Whether something that was accepted is kept cold."""
        return any(line.goods.cold and line.conclusion == GOOD for line in self.lines)

    def value_fen(self) -> int:
        """Of all that was accepted."""
        return sum(line.value_fen for line in self.lines)

    def why_not(self) -> str:
        """What is still missing, as a sentence; empty if nothing is."""
        if not self.lines:
            return tr("delivery|There is no line yet.")
        if not any(line.conclusion == GOOD for line in self.lines):
            return tr("delivery|No line was accepted; nothing can be booked in.")
        if not self.supplier.strip():
            return tr("delivery|Type the supplier.")
        if not self.inspector.strip():
            return tr("delivery|Type who inspected the goods.")
        if self.order:
            wrong = self._against_order()
            if wrong:
                return wrong
        if self.temperature.strip() and self.celsius() is None:
            return tr("delivery|The temperature is a number, such as 5.5.")
        if self.cold() and not 2 <= (self.celsius() or Decimal(-99)) <= 8:
            return tr("delivery|Something is kept cold: type the temperature on arrival, 2 to 8 °C, or do not accept it.")
        if self.invoice.strip() and any(not line.made for line in self.lines if line.conclusion == GOOD):
            return tr("delivery|With an invoice each line needs its day of making.")
        return ""

    def _against_order(self) -> str:
        known = {one.goods.drug_id for one in self.awaited}
        other = next((line.goods.name for line in self.lines if line.conclusion == GOOD and line.goods.drug_id not in known), "")
        if other:
            return tr("delivery|{drug} is not in order {number}: take the line out (F10).", drug=other, number=self.order)
        more = self.surplus()
        if more is not None and not self.surplus_reason.strip():
            return tr("delivery|{drug}: more came than was ordered. Type why, or correct the line.", drug=more.name)
        return ""

    def request(self) -> ReceiveStock:
        """The command. Call it only while :meth:`why_not` is empty."""
        return ReceiveStock(
            rows=tuple(_row(line) for line in self.lines),
            supplier=self.supplier.strip(),
            invoice=self.invoice.strip(),
            delivery_note=self.delivery_note.strip(),
            inspector=self.inspector.strip(),
            temperature=self.celsius(),
            note=self.note.strip(),
            place=self.place,
            order_number=self.order,
            surplus_reason=self.surplus_reason.strip() if self.surplus() else "",
            licence_reason=self.licence_reason.strip(),
        )


def of_order(order: Order, inspector: str) -> Delivery:
    """The delivery that answers an order: what is still to come of it is awaited."""
    awaited = [
        Awaited(
            goods=Goods(
                drug_id=line.drug_id,
                code=line.code,
                name=line.drug,
                specification=line.specification,
                manufacturer=line.manufacturer,
                pack_unit=line.pack_unit,
                cold=line.cold,
                last_price=line.last_price,
                last_approval=line.last_approval,
                name_marks=line.name_marks,
                specification_marks=line.specification_marks,
            ),
            packs=line.packs - line.received,
            price=line.price,
        )
        for line in order.lines
    ]
    return Delivery(order=order.entry.number, supplier=order.entry.supplier, awaited=awaited, inspector=inspector)


def _row(line: Line) -> StockRow:
    expires = parse_date(line.expires)
    assert expires is not None
    return StockRow(
        drug_code=line.goods.code,
        lot=line.lot,
        expires=expires,
        packs=line.packs,
        purchase_price=line.price,
        made=parse_date(line.made),
        approval_number=line.approval,
        appearance=line.appearance,
        accepted=line.conclusion == GOOD,
    )


def number(typed: str) -> Decimal | None:
    """A number as it was typed; ``None`` if it is none."""
    try:
        found = Decimal(typed.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**9 else None


class Typed(msgspec.Struct, kw_only=True):
    """What stands in the fields of the line in hand."""

    goods: Goods | None
    packs: str
    lot: str
    expires: str
    made: str
    price: str
    approval: str
    appearance: str
    conclusion: str

    def wrong(self, today: date) -> tuple[str, str] | None:
        """The first field that is not right, and why."""
        expires, made = parse_date(self.expires), parse_date(self.made)
        packs, price = number(self.packs), number(self.price)
        checks = (
            ("goods", self.goods is None, tr("delivery|Choose the drug.")),
            ("packs", packs is None or packs <= 0 or _places(packs) > 4, tr("delivery|Type how many packs came.")),
            ("lot", not self.lot.strip(), tr("delivery|Type the lot.")),
            ("expires", expires is None, tr("delivery|Type the expiry, such as 20280131.")),
            ("expires", expires is not None and expires < today and self.conclusion == GOOD, tr("delivery|These goods have expired.")),
            ("made", bool(self.made.strip()) and made is None, tr("delivery|Type the day of making, such as 20260131.")),
            (
                "made",
                made is not None and (made > today or (expires is not None and made > expires)),
                tr("delivery|Made after today or after the expiry."),
            ),
            ("price", price is None or price < 0 or _places(price) > 6, tr("delivery|Type the purchase price of a pack.")),
        )
        return next(((field, why) for field, bad, why in checks if bad), None)

    def line(self) -> Line:
        """The line. Call it only while nothing is :meth:`wrong`."""
        packs, price = number(self.packs), number(self.price)
        expires, made = parse_date(self.expires), parse_date(self.made)
        assert self.goods is not None
        assert packs is not None
        assert price is not None
        assert expires is not None
        return Line(
            goods=self.goods,
            packs=packs,
            lot=self.lot.strip(),
            expires=expires.isoformat(),
            made=made.isoformat() if made else "",
            price=price,
            approval=self.approval.strip(),
            appearance=self.appearance.strip(),
            conclusion=self.conclusion,
        )


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 99
