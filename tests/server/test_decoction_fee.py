"""What boiling costs: charged with the prescription by whoever orders it, once; given back while nothing was soaked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from common.domain.refundable import BOILED, TAKEN_IN
from common.errors import WrongState
from common.herbal_errors import DecoctionFeeBack, NotHerbal
from common.messages.cashier import GetUnpaid
from common.messages.herbal import ChooseDecoction, GetDecoctionFee, ListDecoctions, StepDecoction, TakeInDecoction
from common.messages.prices import DropRouteSurcharge, ListPriceItems, PutRouteSurcharge
from common.messages.settlement import GetBill, RefundLine
from common.settling_errors import LineNotRefundable
from common.wire import new_request_id
from tests import visits
from tests.server.office import Office
from tests.server.settling.shop import take_back
from tests.server.test_herbal import shelves, sign
from tests.server.test_pharmacy import PHARMACIST

__all__ = ["shelves"]
D = Decimal
MANAGER = "yuanzhang"


@pytest.fixture
def fee(office: Office) -> Iterator[None]:
    """The clinic takes 3.00 for boiling a dose."""
    desk = office.desk(MANAGER)
    item = next(each for each in desk.call(ListPriceItems()).items if each.code == "T051")
    desk.call(PutRouteSurcharge(route_code="decoct_in", item_id=item.id, per="giving"))  # type: ignore[arg-type]
    yield
    desk.call(DropRouteSurcharge(route_code="decoct_in", item_id=item.id))


def charged(office: Office, prescription_id: int) -> list[tuple[str, Decimal, int]]:
    return office.rows(
        "SELECT state, quantity, amount_fen FROM charge_line WHERE prescription_id = %s AND source = 'surcharge' ORDER BY id",
        prescription_id,
    )


@pytest.mark.usefixtures("fee")
def test_the_pharmacist_has_it_boiled_before_or_after_the_review_until_it_is_paid(office: Office) -> None:
    desk = office.desk(PHARMACIST)
    early, late = sign(office, "费一", "黄芪", "当归"), sign(office, "费二", "黄芪", "当归")
    ((fee),) = desk.call(GetDecoctionFee(prescription_id=early.id)).fees
    assert (fee.name, fee.price, fee.quantity, fee.amount_fen) == ("中药煎药", D(3), D(7), 2100)
    chosen = desk.call(ChooseDecoction(prescription_id=early.id, decoct=True))
    assert chosen.herbal is not None
    assert chosen.herbal.decoct
    assert charged(office, early.id) == []
    for each in (early, late):
        visits.approve(office, each.id)
    assert charged(office, early.id) == [("PENDING", D(7), 2100)]
    assert charged(office, late.id) == []
    request, id = ChooseDecoction(prescription_id=late.id, decoct=True), new_request_id()
    desk.call(request, request_id=id)
    desk.call(request, request_id=id)
    desk.call(request)
    assert charged(office, late.id) == [("PENDING", D(7), 2100)]
    unpaid = office.desk(visits.CASHIER).call(GetUnpaid(patient_id=late.patient_id))
    assert unpaid.total_fen == late.amount_fen + 2100
    desk.call(ChooseDecoction(prescription_id=late.id, decoct=False))
    assert charged(office, late.id) == [("VOIDED", D(7), 2100)]
    visits.settle_all(office, late.patient_id)
    with pytest.raises(WrongState):
        desk.call(ChooseDecoction(prescription_id=late.id, decoct=True))


@pytest.mark.usefixtures("fee")
def test_the_patient_boils_at_home_what_the_doctor_had_boiled_here(office: Office) -> None:
    desk = office.desk(PHARMACIST)
    facts = sign(office, "费三", "黄芪", route="decoct_in")
    visits.approve(office, facts.id)
    assert charged(office, facts.id) == [("PENDING", D(7), 2100)]
    chosen = desk.call(ChooseDecoction(prescription_id=facts.id, decoct=False))
    assert chosen.herbal is not None
    assert not chosen.herbal.decoct
    visits.settle_all(office, facts.patient_id)
    visits.hand_over_slices(office, facts.id)
    with pytest.raises(NotHerbal):
        desk.call(TakeInDecoction(prescription_id=facts.id))


def test_without_a_fee_boiling_costs_nothing_and_says_so(office: Office) -> None:
    desk = office.desk(PHARMACIST)
    facts = sign(office, "费四", "黄芪", route="decoct_in")
    assert desk.call(GetDecoctionFee()).fees == desk.call(GetDecoctionFee(prescription_id=facts.id)).fees == ()
    visits.approve(office, facts.id)
    assert charged(office, facts.id) == []
    with pytest.raises(NotHerbal):
        registered = visits.register(office, visits.new_patient(office, "费五").id)
        visits.consult(office, registered.visit_id)
        desk.call(GetDecoctionFee(prescription_id=visits.prescribe(office, registered.visit_id).id))


@pytest.mark.usefixtures("fee")
def test_the_fee_goes_back_with_the_prescription_and_alone_while_nothing_was_soaked(office: Office) -> None:
    desk = office.desk(PHARMACIST)
    assert [(each.price, each.per) for each in desk.call(GetDecoctionFee()).fees] == [(D(3), "giving")]
    facts = sign(office, "费六", "黄芪", route="decoct_in")
    visits.approve(office, facts.id)
    bill = visits.settle_all(office, facts.patient_id)
    desk_cashier = office.desk(visits.CASHIER)

    def line() -> tuple[int, str]:
        found = next(each for each in desk_cashier.call(GetBill(bill_id=bill.bill_id)).lines if each.source == "surcharge")
        return found.charge_line_id, found.hindrance

    visits.hand_over_slices(office, facts.id)
    order = desk.call(TakeInDecoction(prescription_id=facts.id))
    assert line()[1] == TAKEN_IN
    desk.call(StepDecoction(decoction_id=order.id, state="CANCELLED", note="改自煎"))
    take_back(office, bill.bill_id, RefundLine(charge_line_id=line()[0], quantity=D(7)))
    assert charged(office, facts.id) == [("REFUNDED", D(7), 2100)]
    assert facts.id not in [each.prescription_id for each in desk.call(ListDecoctions()).orders if not each.id]
    with pytest.raises(DecoctionFeeBack):
        desk.call(TakeInDecoction(prescription_id=facts.id))


@pytest.mark.usefixtures("fee")
def test_the_fee_for_what_was_soaked_stays(office: Office) -> None:
    desk = office.desk(PHARMACIST)
    facts = sign(office, "费七", "黄芪", route="decoct_in")
    visits.approve(office, facts.id)
    bill = visits.settle_all(office, facts.patient_id)
    visits.hand_over_slices(office, facts.id)
    order = desk.call(TakeInDecoction(prescription_id=facts.id))
    desk.call(StepDecoction(decoction_id=order.id, state="SOAKED"))
    line = next(each for each in office.desk(visits.CASHIER).call(GetBill(bill_id=bill.bill_id)).lines if each.source == "surcharge")
    assert (line.hindrance, line.left) == (BOILED, D(0))
    with pytest.raises(LineNotRefundable):
        take_back(office, bill.bill_id, RefundLine(charge_line_id=line.charge_line_id, quantity=D(7)))
