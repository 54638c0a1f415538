"""Who boils it: settled with the patient before it is paid, with the fee that goes with it; and what that fee is."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.herbal import DECOCTED_HERE
from common.domain.money import line_amount
from common.errors import NotFound, WrongState
from common.herbal_errors import NotHerbal
from common.i18n import N_
from common.messages.herbal import ChooseDecoction, DecoctionFee, DecoctionFees, GetDecoctionFee
from common.messages.prices import PriceItem
from server import money_book, prescribing, prices
from server.db import Read, Write
from server.features import handles
from server.herbal.orders import DECOCTS
from server.money_book.repricing import price_is_fixed
from server.money_book.service_charges import void_surcharges

if TYPE_CHECKING:
    from common.domain.surcharge import Per
    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Tx

_UNPAID: Final = ("SUBMITTED", "APPROVED", "OVERRIDDEN")
_ORDER: Final = Read(
    f"SELECT p.visit_id, p.department_id, p.doctor_id, {DECOCTS} FROM prescription p JOIN herbal_order h ON h.prescription_id = p.id"
    " WHERE p.id = %(id)s"
)
_NUMBER: Final = Read(
    "SELECT p.number, h.prescription_id FROM prescription p LEFT JOIN herbal_order h ON h.prescription_id = p.id WHERE p.id = %(id)s"
)
_CHOOSE: Final = Write("INSERT INTO decoction_choice (prescription_id, decoct, staff_id, at) VALUES (%(id)s, %(decoct)s, %(by)s, %(at)s)")
_FEES: Final = Read(
    "SELECT i.name, i.unit, v.price, r.per FROM route_surcharge r JOIN service_item i ON i.id = r.service_item_id AND i.active"
    " JOIN service_price v ON v.service_item_id = i.id AND v.valid_from <= %(today)s AND (v.valid_to IS NULL OR v.valid_to >= %(today)s)"
    " WHERE r.route_code = %(route)s ORDER BY i.id"
)


@handles(ChooseDecoction)
def choose_decoction(tx: Tx, request: ChooseDecoction) -> PrescriptionFacts:
    """Keep what was settled; where it is charged already, its fee comes or goes. Chosen as it stands, nothing changes."""
    row = prescribing.lock(tx, request.prescription_id, *_UNPAID)
    order = tx.first(_ORDER, id=request.prescription_id)
    if order is None:
        raise NotHerbal(number=row[0])
    if price_is_fixed(tx, request.prescription_id):  # paid once, and a part of it given back since
        raise WrongState(machine="prescription", key=row[0], state="PAID")
    tx.patient_id = row[3]
    tx.detail = {"number": row[0], "decoct": request.decoct}
    if order[3] != request.decoct:
        tx.write(_CHOOSE, id=request.prescription_id, decoct=request.decoct, by=tx.actor.staff, at=tx.now)
        if row[1] != "SUBMITTED":
            void_surcharges(tx, request.prescription_id, row[3])
            context = money_book.ChargeContext(patient_id=row[3], visit_id=order[0], department_id=order[1], doctor_id=order[2])
            prices.charge_surcharges(tx, context, request.prescription_id, row[0])
        tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return prescribing.one(tx, request.prescription_id)


@handles(GetDecoctionFee)
def get_decoction_fee(tx: ReadTx, request: GetDecoctionFee) -> DecoctionFees:
    """What boiling costs, at today's prices."""
    id = request.prescription_id
    if id is None:
        rows = tx.rows(_FEES, route=DECOCTED_HERE, today=tx.today)
        return DecoctionFees(fees=tuple(_fee(name, unit, price, per, Decimal(1)) for name, unit, price, per in rows))
    number, herbal = tx.one(_NUMBER, NotFound(kind=N_("Prescription"), key=str(id)), id=id)
    if herbal is None:
        raise NotHerbal(number=number)
    return DecoctionFees(fees=tuple(_fee_of(*each) for each in prices.surcharges_due(tx, id, DECOCTED_HERE)))


def _fee_of(item: PriceItem, per: Per, count: int) -> DecoctionFee:
    return _fee(item.name, item.unit, item.price, per, Decimal(count))


def _fee(name: str, unit: str, price: Decimal, per: str, quantity: Decimal) -> DecoctionFee:
    return DecoctionFee(name=name, unit=unit, price=price, per=str(per), quantity=quantity, amount_fen=line_amount(price, quantity))
