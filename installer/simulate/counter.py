"""The cashier: what is due is settled, with wrong amounts, lost replies and impatient second clicks on the way."""

from __future__ import annotations

import msgspec

from common.errors import AmountChanged, NothingToSettle, PartOfPrescription, RequestIdReused, TendersDoNotCover
from common.messages.cashier import GetReceipt, GetShift, GetUnpaid, ListDebtors, Settle, Settled, Tender, TenderKind
from common.wire import new_request_id
from installer.simulate import dispensary
from installer.simulate.worker import Worker
from installer.simulate.world import CASHIERS, World


def pay(world: World, patient_id: int) -> None:
    """A patient comes to pay whatever he owes by now; one in twenty goes home instead."""
    cashier = world.one_of(CASHIERS)
    unpaid = cashier.call(GetUnpaid(patient_id=patient_id))
    if not unpaid.lines or world.chance(0.05):
        return
    request = Settle(
        patient_id=patient_id,
        line_ids=tuple(line.id for line in unpaid.lines),
        expected_fen=unpaid.total_fen,
        tenders=world.tenders(unpaid.total_fen),
    )
    _mistakes(world, cashier, request)
    if len(unpaid.lines) > 1 and unpaid.lines[0].source_number == unpaid.lines[1].source_number and world.chance(0.05):
        first = unpaid.lines[0]
        part = msgspec.structs.replace(request, line_ids=(first.id,), expected_fen=first.amount_fen, tenders=_cash(first.amount_fen))
        cashier.refused(PartOfPrescription, part)
    settled = _settle(world, cashier, request)
    if world.chance(0.05):
        cashier.call(GetReceipt(bill_id=settled.bill_id))
    if world.chance(0.05):
        cashier.call(ListDebtors())
    world.at(world.rng.randint(2, 8), lambda: dispensary.hand_over_all(world, patient_id))


def _mistakes(world: World, cashier: Worker, request: Settle) -> None:
    due = request.expected_fen
    if world.chance(0.04):
        cashier.refused(AmountChanged, msgspec.structs.replace(request, expected_fen=due + 1, tenders=_cash(due + 1)))
    if world.chance(0.04):
        cashier.refused(TendersDoNotCover, msgspec.structs.replace(request, tenders=_cash(due + 100)))
    if world.chance(0.02):
        two = (Tender(kind=TenderKind.CASH, amount_fen=1), Tender(kind=TenderKind.CASH, amount_fen=max(due - 1, 1)))
        cashier.refused(TendersDoNotCover, msgspec.structs.replace(request, tenders=two))


def _cash(fen: int) -> tuple[Tender, ...]:
    return (Tender(kind=TenderKind.CASH, amount_fen=fen, given_fen=fen),)


def _settle(world: World, cashier: Worker, request: Settle) -> Settled:
    if world.chance(0.04):
        settled = cashier.twice(request)
    elif world.chance(0.03):
        request_id = new_request_id()
        settled = cashier.call(request, request_id)
        cashier.refused(RequestIdReused, msgspec.structs.replace(request, expected_fen=request.expected_fen + 1), request_id)
    else:
        settled = cashier.call(request)
    if world.chance(0.03):
        cashier.refused(NothingToSettle, request)
    return settled


def close(world: World) -> None:
    """The cashiers look at their drawers."""
    for login in CASHIERS:
        world.worker(login).call(GetShift())
