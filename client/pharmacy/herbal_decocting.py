"""What a person does with the decoctions: each goes from step to step, to an address or into the patient's hands; and both lists are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.pharmacy import herbal_papers as papers
from client.pharmacy.herbal import NO_ORDER, Delivery, next_step, step_request
from common.domain.states import DECOCTION
from common.i18n import N_, tr
from common.messages.consult import GetPrescription
from common.messages.herbal import ListDecoctions, ListHerbal, StepDecoction
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFacts, DecoctionList, HerbalList
    from printing.documents.herbal_bag import HerbalBag

TOO_LATE: Final = N_("Only an order of which nothing was soaked can be cancelled.")


def load(desk: PharmacyDesk) -> None:
    """Both lists."""
    desk.send(ListHerbal(), lambda reply: _listed(desk, reply), key="herbal list")
    desk.send(ListDecoctions(), lambda reply: _ordered(desk, reply), key="decoctions")


def _listed(desk: PharmacyDesk, reply: HerbalList) -> None:
    desk.model.herbal.entries = reply.entries
    desk.show_work()


def _ordered(desk: PharmacyDesk, reply: DecoctionList) -> None:
    desk.model.herbal.orders = reply.orders
    desk.show_work()


def step(desk: PharmacyDesk, order: DecoctionFacts) -> None:
    """The next step of an order; pressed or scanned twice it is one."""
    room = desk.model.herbal
    if not next_step(order):
        desk.refuse(tr("This order is done: {state}.", state=DECOCTION.label(order.state)), "warning")
    elif order.prescription_id not in room.stepping:
        room.stepping.add(order.prescription_id)
        desk.send(step_request(order), lambda newer: _stepped(desk, newer), lambda error: _not_stepped(desk, order.prescription_id, error))


def taken_in(desk: PharmacyDesk, facts: PrescriptionFacts, order: DecoctionFacts) -> None:
    """Its slices came straight from the scale."""
    _put(desk, order)
    label(desk, facts, order)
    desk.tell(
        tr("{patient}: order {number} is taken in; its label goes with the pot.", patient=order.patient_name, number=order.number),
        follow=["reprint"],
    )


def _stepped(desk: PharmacyDesk, order: DecoctionFacts) -> None:
    desk.model.herbal.stepping.discard(order.prescription_id)
    _put(desk, order)
    desk.sound(accepted=True)
    desk.tell(f"{order.patient_name} {order.number}: {DECOCTION.label(order.state)}")
    if order.state in ("TAKEN_IN", "PACKED"):
        desk.send(GetPrescription(prescription_id=order.prescription_id), lambda facts: label(desk, facts, order), key=f"label {order.id}")


def _not_stepped(desk: PharmacyDesk, prescription_id: int, error: XinglinError) -> None:
    desk.model.herbal.stepping.discard(prescription_id)
    desk.refuse(str(error))
    load(desk)


def _put(desk: PharmacyDesk, order: DecoctionFacts) -> None:
    room = desk.model.herbal
    others = [each for each in room.orders if each.prescription_id != order.prescription_id]
    room.orders = [*others, order]
    load(desk)
    desk.show_work()


def begin_delivery(desk: PharmacyDesk) -> None:
    """F6: where the marked order goes to."""
    order = desk.herbal_room.order()
    if order is None or not order.id or not next_step(order):
        desk.refuse(tr(NO_ORDER), "warning")
        return
    desk.model.herbal.delivery = Delivery(order)
    desk.model.herbal.cancelling = False
    desk.show_work()
    desk.herbal_room.start_delivery()


def deliver(desk: PharmacyDesk, receiver: str, phone: str, address: str) -> None:
    """Enter in the form's last field."""
    delivery = desk.model.herbal.delivery
    if delivery is None:
        return
    delivery.receiver, delivery.phone, delivery.address = receiver, phone, address
    if address.strip() and not phone.strip():
        desk.refuse(tr("A delivery needs a phone number."), "warning")
        return
    desk.send(delivery.request(), lambda order: _delivered(desk, order), lambda error: desk.refuse(str(error)))


def _delivered(desk: PharmacyDesk, order: DecoctionFacts) -> None:
    desk.model.herbal.delivery = None
    _put(desk, order)
    to = f"{order.receiver} {order.phone} {order.address}" if order.deliver else tr("bag|to be collected")
    desk.tell(f"{order.patient_name} {order.number}: {to}")
    desk.herbal_room.focus()


def begin_cancel(desk: PharmacyDesk) -> None:
    """F10: the reason for which the marked order is cancelled."""
    order = desk.herbal_room.order()
    if order is None or order.state != "TAKEN_IN":
        desk.refuse(tr(TOO_LATE), "warning")
        return
    desk.model.herbal.cancelling, desk.model.herbal.delivery = True, None
    desk.show_work()
    desk.herbal_room.start_cancel()


def cancel(desk: PharmacyDesk, note: str) -> None:
    """Enter in the reason."""
    order = desk.herbal_room.order()
    if order is None or not note.strip():
        return
    desk.model.herbal.cancelling = False
    desk.send(
        StepDecoction(decoction_id=order.id, state="CANCELLED", note=note.strip()),
        lambda newer: _stepped(desk, newer),
        lambda error: _not_stepped(desk, order.prescription_id, error),
    )
    desk.show_work()
    desk.herbal_room.focus()


def label(desk: PharmacyDesk, facts: PrescriptionFacts, order: DecoctionFacts, *, copy: int = 1) -> None:
    """The label of the pot until it is packed, then those of the bags."""
    by, now = desk.place.session.staff.name, desk.place.now()
    packed = order.state in ("PACKED", "COLLECTED", "DELIVERED")
    bags = (
        papers.decoction_bags(facts, printed_at=now, by=by, copy=copy)
        if packed
        else [papers.order_label(facts, order, printed_at=now, by=by, copy=copy)]
    )
    print_bags(desk, bags, new_request_id())


def print_bags(desk: PharmacyDesk, bags: list[HerbalBag], request_id: str) -> None:
    """All of them on the label printer."""
    for bag in bags:
        desk.place.paper.print(bag, "label", request_id)
