"""What a person does in the herbal room: slices onto the scale, bags out of it, decoctions from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.pharmacy import actions
from client.pharmacy import herbal_decocting as decocting
from client.pharmacy import herbal_papers as papers
from client.pharmacy.herbal import NO_ORDER, NOT_UNEVEN, NOTHING_OPEN, SECOND_BAG, SECOND_LOOK, STEP_WORDS, Page, Weighing, next_step
from client.pharmacy.model import Mode
from client.pharmacy.papers import digits_of
from common.domain.barcodes import OwnCode, OwnKind, classify
from common.i18n import N_, tr
from common.messages.consult import GetPrescription
from common.messages.herbal import GetWeighing, TakeInDecoction
from common.messages.patients import GetPatient
from common.messages.pharmacy import PickPrescription
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import WeighingFacts
    from common.messages.patients import PatientSummary
    from common.messages.pharmacy import Dispensed, PickList
    from devices.scale import Reading
    from printing.documents.herbal_bag import HerbalBag


# --- coming and going --------------------------------------------------------------------------------------------------------------


def turn(desk: PharmacyDesk) -> None:
    """F4: from the lists to the scale, on to the decoctions, and back to the lists."""
    room = desk.model.herbal
    if not room.shown:
        room.shown, room.page = True, Page.WEIGH
        _show_patient(desk)
        picking = desk.model.picking
        if room.work is None and picking is not None and picking.facts.herbal is not None and not picking.handing:
            open_one(desk, picking.facts.id)
    elif room.page is Page.WEIGH:
        room.page = Page.DECOCT
    else:
        leave(desk)
        return
    room.sought = ""
    decocting.load(desk)
    desk.show_work()
    desk.herbal_room.start()


def lead_to_scale(desk: PharmacyDesk, prescription_id: int, why: str) -> None:
    """A prescription that was to go over the counter unweighed, and may not."""
    room = desk.model.herbal
    room.shown, room.page, room.sought, room.unweighed = True, Page.WEIGH, "", why
    decocting.load(desk)
    open_one(desk, prescription_id)
    desk.show_work()


def leave(desk: PharmacyDesk) -> None:
    """Back to the lists; what lies on the scale stays open."""
    model = desk.model
    model.herbal.shown = False
    desk.set_patient(None)
    desk.show_work()
    desk.lists.table(model.mode).setFocus()
    open_one = model.picking if model.mode is Mode.DISPENSE else model.review
    if open_one is not None:
        actions.read_around(desk, open_one.facts)
    else:
        actions.take_up(desk)


def _show_patient(desk: PharmacyDesk) -> None:
    """The banner is of whose slices lie on the scale, or of nobody."""
    work = desk.model.herbal.work
    desk.set_patient(None)
    if work is not None:
        patient_id = work.prescription.patient_id
        desk.send(GetPatient(patient_id=patient_id), lambda summary: _patient_came(desk, work, summary), key="herbal patient")


def _patient_came(desk: PharmacyDesk, work: Weighing, summary: PatientSummary) -> None:
    room = desk.model.herbal
    if room.shown and room.work is work:
        desk.set_patient(summary)


def back(desk: PharmacyDesk) -> None:
    """Esc: out of a form, then from the prescription to the list, then to the desk's lists."""
    room = desk.model.herbal
    if room.delivery is not None or room.cancelling:
        room.delivery, room.cancelling = None, False
    elif room.sought:
        room.sought = ""
    elif room.page is Page.WEIGH and room.work is not None and not (room.work.sending or room.work.handing):
        if room.work.typed:
            room.work.typed = ""
        else:
            room.work = None
            desk.set_patient(None)
    else:
        leave(desk)
        return
    desk.show_work()
    desk.herbal_room.focus()


def seek(desk: PharmacyDesk, text: str) -> None:
    """Narrow the list of the page."""
    desk.model.herbal.sought = text
    desk.show_work()


# --- weighing ----------------------------------------------------------------------------------------------------------------------


def open_one(desk: PharmacyDesk, prescription_id: int) -> None:
    """Lay the batches aside and put the prescription on the scale."""
    room = desk.model.herbal
    if room.work is not None and (room.work.prescription.id == prescription_id or room.work.sending or room.work.handing):
        desk.herbal_room.focus()
        return
    room.opening = prescription_id
    desk.send(
        PickPrescription(prescription_id=prescription_id),
        lambda picked: _picked(desk, picked),
        lambda error: _not_opened(desk, error),
    )


def _picked(desk: PharmacyDesk, picked: PickList) -> None:
    desk.send(
        GetWeighing(prescription_id=picked.prescription.id),
        lambda facts: _opened(desk, facts),
        lambda error: _not_opened(desk, error),
        key="weighing",
    )


def _not_opened(desk: PharmacyDesk, error: XinglinError) -> None:
    desk.model.herbal.opening = 0
    desk.refuse(str(error))
    decocting.load(desk)


def _opened(desk: PharmacyDesk, facts: WeighingFacts) -> None:
    room = desk.model.herbal
    room.opening = 0
    room.work = Weighing(facts)
    if desk.place.devices.reading is not None:
        room.work.heard(desk.place.devices.reading)
    desk.herbal_room.forget_approval()
    desk.unsay()
    if room.unweighed:
        desk.tell(room.unweighed, "warning")
        room.unweighed = ""
    _show_patient(desk)
    if facts.short:
        desk.tell(tr("Not all of it is there: {drugs}.", drugs=tr("list separator|, ").join(facts.short)), "warning")
    desk.show_work()
    desk.herbal_room.focus()


def heard(desk: PharmacyDesk, reading: Reading) -> None:
    """The scale says something else."""
    work = desk.model.herbal.work
    if work is not None:
        work.heard(reading)
        if desk.model.herbal.shown:
            desk.herbal_room.show_scale(work)


def typed(desk: PharmacyDesk, text: str) -> None:
    """A weight is typed by hand."""
    work = desk.model.herbal.work
    if work is not None:
        work.typed = text
        desk.herbal_room.show_scale(work)


def choose(desk: PharmacyDesk, key: int) -> None:
    """Weigh this slice or bag now, also once more."""
    work = desk.model.herbal.work
    if work is not None and key != work.key and not work.sending:
        work.choose(key)
        desk.herbal_room.forget_approval()
        desk.show_work()


def reasoned(desk: PharmacyDesk, text: str) -> None:
    """Why a bag goes out as it is."""
    work = desk.model.herbal.work
    if work is not None:
        work.reason = text


def begin_reason(desk: PharmacyDesk) -> None:
    """F6: write why a bag that is too light or too heavy goes out."""
    work = desk.model.herbal.work
    if work is None or not work.bag or not work.off():
        desk.refuse(tr(NOT_UNEVEN), "warning")
    else:
        desk.herbal_room.start_reason()


def agreed(desk: PharmacyDesk, approval_id: int | None) -> None:
    """A second person looked at a toxic slice, or the yes has lapsed."""
    work = desk.model.herbal.work
    if work is not None:
        work.approval_id = approval_id
        desk.show_work()
        desk.herbal_room.focus()


def enter(desk: PharmacyDesk) -> None:
    """Enter: keep the weight; when there is nothing left to weigh, hand over."""
    work = desk.model.herbal.work
    finish(desk) if work is None or work.done else keep(desk)


def keep(desk: PharmacyDesk) -> None:
    """Keep the weight of the slice or bag and go on to the next."""
    work = desk.model.herbal.work
    if work is None:
        return
    why = tr(work.hindrance())
    if not why and (error := work.beyond()) is not None:
        why = str(error)
    elif not why and work.toxic and work.approval_id is None:
        desk.herbal_room.ask_second()
        why = tr(SECOND_BAG if work.bag else SECOND_LOOK)
    if why:
        desk.refuse(why, "warning")
        desk.show_work()
        return
    work.sending = True
    desk.send(work.keep(), lambda facts: _kept(desk, work, facts), lambda error: _not_kept(desk, work, error), request_id=work.request_id)
    desk.show_work()


def _kept(desk: PharmacyDesk, work: Weighing, facts: WeighingFacts) -> None:
    was_bag, name = work.bag, work.current.name
    work.kept(facts)
    desk.herbal_room.forget_approval()
    desk.sound(accepted=True)
    if work.done:
        desk.tell(tr("Everything is weighed. F12 hands it over and prints the labels of the bags."))
    elif was_bag:
        desk.tell(tr("Bag {bag} is checked. Lay bag {next} on the scale.", bag=was_bag, next=work.bag), "info")
    elif work.bag:
        desk.tell(tr("All slices are weighed. Split them into {n} bags and lay each on the scale.", n=len(work.bags)), "info")
    else:
        desk.tell(tr("{drug} is weighed. Next: {next}.", drug=name, next=work.current.name), "info")
    desk.show_work()
    desk.herbal_room.focus()


def _not_kept(desk: PharmacyDesk, work: Weighing, error: XinglinError) -> None:
    work.sending, work.request_id, work.approval_id = False, new_request_id(), None
    desk.herbal_room.forget_approval()
    desk.refuse(str(error))
    if desk.model.herbal.work is work:
        desk.send(GetWeighing(prescription_id=work.prescription.id), lambda facts: _renewed(desk, work, facts), key="weighing")
    desk.show_work()


def _renewed(desk: PharmacyDesk, work: Weighing, facts: WeighingFacts) -> None:
    work.use(facts)
    desk.show_work()


def finish(desk: PharmacyDesk) -> None:
    """F12: the next slice or bag, and when all that has to be is weighed they go out; a decoction goes one step further."""
    room = desk.model.herbal
    if room.page is Page.DECOCT:
        order = desk.herbal_room.order()
        decocting.step(desk, order) if order is not None else desk.refuse(tr(NO_ORDER), "warning")
    elif room.work is None:
        desk.refuse(tr(NOTHING_OPEN), "warning")
    elif not room.work.ready:
        keep(desk)
    elif not room.work.handing:
        work = room.work
        work.handing = True
        work.request_id = new_request_id()
        desk.ops.describe(N_("pharmacy|Hand over"))
        desk.send(
            work.hand_over(),
            lambda reply: _handed(desk, work, reply),
            lambda error: _not_handed(desk, work, error),
            request_id=work.request_id,
        )
        desk.show_work()


def _handed(desk: PharmacyDesk, work: Weighing, reply: Dispensed) -> None:
    room, facts = desk.model.herbal, reply.prescription
    assert facts.herbal is not None
    if room.work is work:
        room.work = None
        desk.set_patient(None)
    room.last, room.last_bags = facts, work.bags
    if facts.herbal.decoct:
        desk.send(TakeInDecoction(prescription_id=facts.id), lambda order: decocting.taken_in(desk, facts, order))
    else:
        decocting.print_bags(desk, _bags(desk, facts), work.request_id)
        desk.tell(
            tr("Handed over: {patient}, {n} doses. The labels are being printed.", patient=facts.patient_name, n=facts.herbal.doses),
            follow=["reprint"],
        )
    decocting.load(desk)
    desk.show_work()
    desk.herbal_room.start()


def _not_handed(desk: PharmacyDesk, work: Weighing, error: XinglinError) -> None:
    work.handing = False
    desk.refuse(str(error))
    _not_kept(desk, work, error)


# --- scans and paper ---------------------------------------------------------------------------------------------------------------


def scanned(desk: PharmacyDesk, text: str) -> str:
    """A prescription's barcode opens it on the scale, and brings its decoction one step further. Returned is why it is refused."""
    room, seen = desk.model.herbal, classify(text)
    if not isinstance(seen, OwnCode) or seen.kind is not OwnKind.PRESCRIPTION:
        approval = desk.herbal_room.approval
        return (
            ""
            if approval.isVisible() and approval.scanned(text)
            else tr("Scan the barcode of a herbal prescription or of a decoction's label.")
        )
    if room.page is Page.DECOCT:
        order = next((each for each in room.orders if digits_of(each.prescription_number) == seen.number), None)
        if order is None:
            return tr("No decoction here belongs to this barcode.")
        desk.herbal_room.select(order)
        decocting.step(desk, order)
        return ""
    entry = next((each for each in room.entries if digits_of(each.number) == seen.number), None)
    if entry is None:
        return tr("No paid prescription of slices has this barcode.")
    desk.sound(accepted=True)
    open_one(desk, entry.prescription_id)
    return ""


def reprint(desk: PharmacyDesk) -> None:
    """F9: the labels of the marked order, or of what was handed over last."""
    room, order = desk.model.herbal, desk.herbal_room.order()
    if room.page is Page.DECOCT and order is not None and order.id:
        desk.send(
            GetPrescription(prescription_id=order.prescription_id),
            lambda facts: decocting.label(desk, facts, order, copy=2),
            key="label again",
        )
    elif room.last is not None:
        decocting.print_bags(desk, _bags(desk, room.last, copy=2), new_request_id())


def _bags(desk: PharmacyDesk, facts: PrescriptionFacts, copy: int = 1) -> list[HerbalBag]:
    """The labels of what was handed over last."""
    by, checked = desk.place.session.staff.name, desk.model.herbal.last_bags
    return papers.dose_bags(facts, printed_at=desk.place.now(), by=by, copy=copy, checked=checked)


def words_of_f12(desk: PharmacyDesk) -> str:
    """What F12 does here."""
    room = desk.model.herbal
    if room.page is Page.DECOCT:
        order = desk.herbal_room.order()
        return tr(STEP_WORDS.get(next_step(order) if order is not None else "", N_("herbal|Next step")))
    return tr("pharmacy|Hand over") if room.work is not None and room.work.ready else tr("herbal|Keep the weight")
