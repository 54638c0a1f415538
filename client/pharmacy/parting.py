"""Handing over in part, another batch for a pick, putting back, and the second person: what the dispensing page does besides scanning."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from client.action import Action
from client.pharmacy import actions
from client.pharmacy.model import BEING_SENT, NOTHING_TO_DISPENSE, Mode
from client.pharmacy.owing import DAYS
from client.pharmacy.words import BATCH_REASONS
from common.i18n import N_, tr
from common.messages.pharmacy import ChooseBatch, ListShelfBatches, PutBack
from common.permissions import Permission

if TYPE_CHECKING:
    from datetime import date

    from client.pharmacy.picking import Picking
    from client.pharmacy.view.desk import PharmacyDesk
    from common.messages.consult import PrescriptionFacts
    from common.messages.pharmacy import BatchChoices, PickList


def rows(desk: PharmacyDesk) -> list[Action]:
    """The actions, as data: they are in the palette (Ctrl+K) and on their keys."""
    needs, may = Permission.PHARMACY_DISPENSE, lambda _model: _may(desk)
    return [
        Action(
            id="part", title=N_("pharmacy|Hand over in part"), key="Alt+Q", run=lambda: toggle(desk), needs=needs, enabled=may, bar=False
        ),
        Action(
            id="other_batch", title=N_("pharmacy|Another batch"), key="Alt+B", run=lambda: choose(desk), needs=needs, enabled=may, bar=False
        ),
        Action(id="put_back", title=N_("pharmacy|Put back"), key="Alt+K", run=lambda: ask_back(desk), needs=needs, enabled=may, bar=False),
    ]


def connect(desk: PharmacyDesk) -> None:
    """What the panels below the pick list say comes here."""
    page = desk.dispense_page
    page.owing.counted.connect(lambda typed: set_quantity(desk, typed))
    page.owing.promised.connect(lambda day, phone, note: promised(desk, day, phone, note))
    page.batch.chosen.connect(lambda pick_id, batch_id, place: exchange(desk, pick_id, batch_id, place))
    page.second.agreed.connect(lambda approval_id: agreed(desk, approval_id))
    page.second.alone.connect(lambda reason: alone(desk, reason))


def _may(desk: PharmacyDesk) -> bool | str:
    model = desk.model
    if model.returns.shown or model.mode is not Mode.DISPENSE or model.picking is None:
        return NOTHING_TO_DISPENSE
    return BEING_SENT if model.picking.handing else True


def begin(picking: Picking, today: date) -> None:
    """What is proposed for a rest, should there be one. It is shown at once if something is not there."""
    owing = picking.owing
    owing.today = today
    owing.day, owing.phone = today + timedelta(days=DAYS), picking.facts.phone
    owing.shown = bool(picking.picked.short)


# --- in part -----------------------------------------------------------------------------------------------------------------------


def toggle(desk: PharmacyDesk) -> None:
    """Alt+Q: how much of the marked line goes out now; Alt+Q again puts it away, and everything that lies aside goes."""
    picking = desk.model.picking
    if picking is None or picking.handing:
        return
    owing = picking.owing
    owing.shown = not owing.shown
    if not owing.shown:
        owing.only.clear()
        desk.keep_soon()
        owing.shown = bool(picking.picked.short)
    desk.model.choosing_no_code = False
    desk.dispense_page.batch.close()
    desk.show_work()
    if owing.shown:
        desk.dispense_page.owing.start()
    else:
        desk.dispense_page.focus()


def leave(desk: PharmacyDesk) -> bool:
    """Esc: the batches, or the hand-over in part, are put away; ``False`` if neither is shown."""
    picking, page = desk.model.picking, desk.dispense_page
    if desk.model.mode is not Mode.DISPENSE or picking is None:
        return False
    if page.batch.isVisible():
        page.batch.close()
        page.focus()
        return True
    if picking.owing.shown and (picking.owing.only or not picking.picked.short):
        toggle(desk)
        return True
    return False


def set_quantity(desk: PharmacyDesk, typed: str) -> None:
    """Only so much of the marked line goes out now, in its base unit."""
    picking, line_id = desk.model.picking, desk.dispense_page.current_line()
    if picking is None or line_id is None or picking.handing:
        return
    refused = picking.owing.set_quantity(line_id, typed, picking.aside(line_id))
    desk.dispense_page.owing.wrong(refused)
    if not refused:
        while picking.scanned(line_id) > picking.wanted(line_id):
            picking.drop_last(line_id)
        desk.keep_soon()
        desk.show_work()


def promised(desk: PharmacyDesk, day: date | None, phone: str, note: str) -> None:
    """What was typed about the rest."""
    picking = desk.model.picking
    if picking is not None:
        picking.owing.day, picking.owing.phone, picking.owing.note = day, phone, note
        desk.keep_soon()
        desk.state_changed.emit()


# --- another batch -----------------------------------------------------------------------------------------------------------------


def choose(desk: PharmacyDesk) -> None:
    """Alt+B: the batches that hold enough for the marked row, and the reasons by digit."""
    pick = desk.dispense_page.current_pick()
    if pick is None or desk.model.picking is None or desk.model.picking.handing:
        return
    if desk.dispense_page.batch.isVisible():
        desk.dispense_page.batch.close()
        desk.dispense_page.focus()
        return
    desk.send(ListShelfBatches(pick_id=pick.pick_id), lambda found: _choices(desk, pick.pick_id, found), key="batches")


def _choices(desk: PharmacyDesk, pick_id: int, found: BatchChoices) -> None:
    picking, page = desk.model.picking, desk.dispense_page
    if picking is None or all(pick.pick_id != pick_id for pick in picking.picked.picks):
        return
    pick = next(pick for pick in picking.picked.picks if pick.pick_id == pick_id)
    desk.model.choosing_no_code = False
    desk.show_work()
    page.open_batches(pick, picking.line(pick.line_id), found.choices)


def exchange(desk: PharmacyDesk, pick_id: int, batch_id: int, place: int) -> None:
    """A digit: take the marked batch for this reason."""
    picking = desk.model.picking
    if picking is None or picking.handing or place >= len(BATCH_REASONS):
        return
    desk.ops.describe(N_("pharmacy|Another batch"))
    desk.send(
        ChooseBatch(pick_id=pick_id, batch_id=batch_id, reason=BATCH_REASONS[place][0]), lambda picked: _exchanged(desk, picking, picked)
    )


def _exchanged(desk: PharmacyDesk, picking: Picking, picked: PickList) -> None:
    if desk.model.picking is not picking:
        return
    picking.renew(picked)
    desk.keep_soon()
    desk.dispense_page.batch.close()
    desk.tell(tr("Another batch is laid aside; the reason is kept with it."), "info")
    desk.show_work()
    desk.dispense_page.focus()


# --- putting back ------------------------------------------------------------------------------------------------------------------


def ask_back(desk: PharmacyDesk) -> None:
    """Alt+K."""
    picking = desk.model.picking
    if picking is not None and not picking.handing:
        question = tr("Put everything of {number} back on its shelves?", number=picking.facts.number)
        desk.ask(question, [(N_("pharmacy|Put back"), lambda: put_back(desk, picking))], danger=False)


def put_back(desk: PharmacyDesk, picking: Picking) -> None:
    """What was picked lies on its shelves again; the prescription waits as before."""
    desk.ops.describe(N_("pharmacy|Put back"))
    desk.send(PutBack(prescription_id=picking.facts.id), lambda facts: _back(desk, picking, facts))


def _back(desk: PharmacyDesk, picking: Picking, facts: PrescriptionFacts) -> None:
    desk.place.journal.drop(picking.draft_key)
    if desk.model.picking is picking:
        desk.model.picking, desk.model.put_away = None, True
    desk.model.passed_over.add(facts.id)
    desk.tell(tr("Put back: {number}, {patient}.", number=facts.number, patient=facts.patient_name))
    desk.set_patient(None)
    actions.load(desk)
    desk.show_work()


# --- the second person -------------------------------------------------------------------------------------------------------------


def agreed(desk: PharmacyDesk, approval_id: int | None) -> None:
    """A second person looked on, or the yes has lapsed."""
    if desk.model.picking is not None:
        desk.model.picking.approval_id = approval_id
        desk.show_work()


def alone(desk: PharmacyDesk, reason: str) -> None:
    """Why nobody else is on duty."""
    if desk.model.picking is not None:
        desk.model.picking.alone = reason
        desk.keep_soon()
        desk.state_changed.emit()
