"""Charging by hand from the price list, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import AmountChanged, FieldWrong, NotFound
from common.i18n import N_
from common.messages.prices import ChargedManually, ChargeManually, ItemQuantity, VoidManualCharge
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.money_book import ChargeContext
from server.money_book.service_charges import ServiceCharge, charge_services, void_service_charge
from server.prices.items import check_quantity, facts
from server.prices.packages import one_package

if TYPE_CHECKING:
    from server.db import Row, Tx

_NEWEST: Final = Read("SELECT id FROM visit WHERE patient_id = %(patient_id)s AND state <> 'CANCELLED' ORDER BY date DESC, id DESC LIMIT 1")
#: Locked, so that a visit cannot be cancelled while something is charged to it.
_VISIT: Final = Write(
    "SELECT id, number, department_id, doctor_id FROM visit WHERE id = %(id)s AND patient_id = %(patient_id)s AND state <> 'CANCELLED' FOR UPDATE"
)


@handles(ChargeManually)
def charge_manually(tx: Tx, request: ChargeManually) -> ChargedManually:
    """Enter the lines at today's prices. Raises ``NotFound``, ``FieldWrong``, ``AmountChanged``."""
    visit = _lock_visit(tx, request)
    charges = _priced(tx, _wanted(tx, request))
    total = sum(charge.amount_fen for charge in charges)
    if request.expected_fen is not None and request.expected_fen != total:
        raise AmountChanged(shown_fen=request.expected_fen, due_fen=total)
    context = ChargeContext(patient_id=request.patient_id, visit_id=visit[0], department_id=visit[2], doctor_id=visit[3])
    ids = charge_services(tx, context, charges, source="service", source_number=visit[1], entered_by=tx.actor.staff)
    tx.patient_id = request.patient_id
    tx.detail = {"lines": ids, "total_fen": total}
    return ChargedManually(visit_id=visit[0], visit_number=visit[1], line_ids=tuple(ids), total_fen=total)


def _lock_visit(tx: Tx, request: ChargeManually) -> Row:
    missing = NotFound(kind=N_("Visit"), key=str(request.visit_id or ""))
    visit_id = request.visit_id if request.visit_id is not None else tx.one(_NEWEST, missing, patient_id=request.patient_id)[0]
    visit = tx.write_one(_VISIT, id=visit_id, patient_id=request.patient_id)
    if visit is None:
        raise missing
    return visit


def _wanted(tx: Tx, request: ChargeManually) -> list[ItemQuantity]:
    wanted = list(request.items)
    if request.package_id is not None:
        package = one_package(tx, request.package_id)
        if not package.active:
            raise NotFound(kind=N_("Package"), key=package.code)
        wanted += [ItemQuantity(item_id=line.item_id, quantity=line.quantity) for line in package.lines]
    if not wanted:
        raise FieldWrong(field=N_("Service item"), reason=N_("nothing was chosen"))
    for line in wanted:
        check_quantity(line.quantity)
    return wanted


def _priced(tx: Tx, wanted: list[ItemQuantity]) -> list[ServiceCharge]:
    found = {item.id: item for item in facts(tx, [line.item_id for line in wanted], tx.today) if item.active and item.priced}
    for line in wanted:
        if line.item_id not in found:
            raise NotFound(kind=N_("Service item"), key=str(line.item_id))
    return [ServiceCharge.of(found[line.item_id], line.quantity) for line in wanted]


@handles(VoidManualCharge)
def void_manual_charge(tx: Tx, request: VoidManualCharge) -> Done:
    """Nobody owes for it any more; see :func:`server.money_book.service_charges.void_service_charge`."""
    tx.patient_id = void_service_charge(tx, request.charge_line_id)
    tx.detail = {"line": request.charge_line_id, "reason": request.reason}
    return Done()
