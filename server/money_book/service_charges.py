"""Charge lines of service items: by hand at the cashier's desk, and what a prescription's routes cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.money import line_amount
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import N_
from common.settling_errors import LinesHeld
from common.wire import encode
from server.db import Read, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.prices import PriceItem
    from server.db import Tx
    from server.money_book.sales import ChargeContext


class ServiceCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A service item to charge: its words and price as they are now."""

    service_item_id: int
    category: str
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_fen: int

    @classmethod
    def of(cls, item: PriceItem, quantity: Decimal) -> ServiceCharge:
        """``quantity`` of an item at its price; only the line is rounded (DOMAIN.md §5.2)."""
        return cls(
            service_item_id=item.id,
            category=item.category,
            name=item.name,
            unit=item.unit,
            quantity=quantity,
            unit_price=item.price,
            amount_fen=line_amount(item.price, quantity),
        )


_CHARGE: Final = Write(
    "INSERT INTO charge_line (patient_id, visit_id, source, prescription_id, source_number, category, name, quantity, unit, unit_price,"
    " amount_fen, refunded_fen, service_item_id, entered_by, department_id, doctor_id, state, created_at)"
    " SELECT %(patient_id)s, %(visit_id)s, %(source)s, %(prescription_id)s, %(source_number)s, c.category, c.name, c.quantity, c.unit,"
    " c.unit_price, c.amount_fen, 0, c.service_item_id, %(entered_by)s, %(department_id)s, %(doctor_id)s, 'PENDING', %(at)s"
    " FROM jsonb_to_recordset(%(charges)s) AS c(service_item_id bigint, category text, name text, quantity numeric, unit text,"
    " unit_price numeric, amount_fen bigint) RETURNING id"
)
_LINE: Final = Write(
    "SELECT patient_id, name, state, entered_by, settlement_id FROM charge_line WHERE id = %(id)s AND bill_id IS NULL FOR UPDATE"
)
_STATE: Final = Read("SELECT name, state FROM charge_line WHERE id = %(id)s")
_HOLDER: Final = Read("SELECT s.name FROM settlement t JOIN staff s ON s.id = t.cashier_id WHERE t.id = %(id)s")
_VOID_SURCHARGES: Final = Write(
    "UPDATE charge_line SET state = 'VOIDED' WHERE prescription_id = %(prescription_id)s AND source = 'surcharge' AND state || '' = 'PENDING'"
)
_VOID: Final = Write("UPDATE charge_line SET state = 'VOIDED' WHERE id = %(id)s")


def charge_services(
    tx: Tx,
    context: ChargeContext,
    charges: Sequence[ServiceCharge],
    *,
    source: str,
    source_number: str,
    prescription_id: int | None = None,
    entered_by: int | None = None,
) -> list[int]:
    """Enter what a patient owes for service items from now on; the new lines' ids.

    With ``prescription_id`` the lines are the prescription's: paid, voided and taken back together with it. ``entered_by``: who charged it
    by hand, none where it follows from what a doctor ordered.
    """
    if not charges:
        return []
    rows = tx.write(
        _CHARGE,
        patient_id=context.patient_id,
        visit_id=context.visit_id,
        department_id=context.department_id,
        doctor_id=context.doctor_id,
        source=source,
        source_number=source_number,
        prescription_id=prescription_id,
        entered_by=entered_by,
        at=tx.now,
        charges=Jsonb(list(charges), dumps=encode),
    )
    tx.changed(topics.CHARGE, context.patient_id)
    return [row[0] for row in rows]


def void_service_charge(tx: Tx, charge_line_id: int) -> int:
    """Void an unpaid line that was charged by hand; whose it was. Raises ``NotFound``, ``FieldWrong`` (a doctor's),
    ``LinesHeld``, ``WrongState``.
    """
    row = tx.write_one(_LINE, id=charge_line_id)
    if row is None:
        other = tx.first(_STATE, id=charge_line_id)
        if other is None:
            raise NotFound(kind=N_("Charge line"), key=str(charge_line_id))
        raise WrongState(machine="charge_line", key=other[0], state=other[1])
    patient_id, name, state, entered_by, settlement_id = row
    if entered_by is None:
        raise FieldWrong(field=N_("Charge line"), reason=N_("a doctor ordered it; only the doctor can take it back"))
    if settlement_id is not None:
        cashier = tx.first(_HOLDER, id=settlement_id)
        raise LinesHeld(cashier=cashier[0] if cashier else "", settlement_id=settlement_id)
    if state != "PENDING":
        raise WrongState(machine="charge_line", key=name, state=state)
    tx.write(_VOID, id=charge_line_id)
    tx.changed(topics.CHARGE, patient_id)
    return int(patient_id)


def void_surcharges(tx: Tx, prescription_id: int, patient_id: int) -> None:
    """What a prescription's routes cost is due no more; the prescription is locked, and none of it is being settled."""
    if tx.count(_VOID_SURCHARGES, prescription_id=prescription_id):
        tx.changed(topics.CHARGE, patient_id)
