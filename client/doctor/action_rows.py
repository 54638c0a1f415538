"""The desk's actions as rows of data: what they are called, their keys, and when they can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.action import Action
from client.doctor import actions, last_visit, prescribing
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.doctor.model import DoctorModel
    from client.doctor.view.desk import DoctorDesk


def actions_of(desk: DoctorDesk) -> list[Action]:
    """Everything that can be done at the doctor's desk."""
    return [*_queue(desk), *_visit(desk), *_prescription(desk)]


def _queue(desk: DoctorDesk) -> list[Action]:
    return [
        Action(id="find", title=N_("Find patient"), key="F2", run=desk.find_patient),
        Action(
            id="call_next",
            title=N_("Call next"),
            key="F4",
            run=lambda: actions.call_next(desk),
            needs=Permission.QUEUE_CALL,
            enabled=_may_call,
        ),
        Action(
            id="pass_over",
            title=N_("Pass over"),
            key="F7",
            run=lambda: _selected(desk, actions.pass_over),
            needs=Permission.QUEUE_CALL,
            enabled=_called,
        ),
        Action(
            id="call_again",
            title=N_("Call again"),
            key="Ctrl+R",
            run=lambda: _selected(desk, actions.call),
            needs=Permission.QUEUE_CALL,
            enabled=_called,
            bar=False,
        ),
    ]


def _visit(desk: DoctorDesk) -> list[Action]:
    return [
        Action(id="usual_phrase", title=N_("Usual phrase"), key="F6", run=desk.usual_phrase, enabled=_writing),
        Action(
            id="hold",
            title=N_("visit|Hold"),
            key="F10",
            run=lambda: actions.hold(desk),
            needs=Permission.CONSULT_RECORD,
            enabled=_in_consultation,
        ),
        Action(
            id="finish",
            title=N_("Finish visit"),
            key="F12",
            run=lambda: actions.finish(desk),
            needs=Permission.CONSULT_RECORD,
            enabled=_writing,
            primary=True,
        ),
        Action(
            id="first_or_again", title=N_("First visit or re-visit"), key="Ctrl+T", run=desk.switch_visit_kind, enabled=_writing, bar=False
        ),
        Action(
            id="take_over",
            title=N_("Take over the last visit"),
            key="Ctrl+P",
            run=lambda: last_visit.take_over(desk),
            enabled=last_visit.may_take_over,
            bar=False,
        ),
        Action(id="reopen", title=N_("Correct the record"), key="Ctrl+E", run=lambda: actions.reopen(desk), enabled=_finished, bar=False),
        Action(id="bring_back", title=N_("Bring back my text"), run=lambda: actions.bring_back(desk), enabled=_set_aside, bar=False),
    ]


def _prescription(desk: DoctorDesk) -> list[Action]:
    return [
        Action(id="new_prescription", title=N_("New prescription"), key="F3", run=desk.new_prescription, enabled=_writing),
        Action(
            id="sign",
            title=N_("Sign prescription"),
            key="F8",
            run=desk.sign,
            needs=Permission.PRESCRIPTION_SIGN,
            enabled=_something_to_sign,
        ),
        Action(
            id="edit_again",
            title=N_("Write anew"),
            key="F11",
            run=lambda: prescribing.edit_again(desk),
            needs=Permission.PRESCRIPTION_SIGN,
            enabled=_may_take_back,
            bar=False,
        ),
        Action(
            id="void",
            title=N_("Void prescription"),
            key="Ctrl+B",
            run=desk.rx.ask_void,
            needs=Permission.PRESCRIPTION_SIGN,
            enabled=_may_take_back,
            bar=False,
        ),
        Action(id="remove", title=N_("Take out this line"), key="Ctrl+D", run=desk.remove, enabled=_writing, bar=False),
        Action(id="undo_remove", title=N_("Bring the line back"), run=desk.undo_remove, enabled=_writing, bar=False),
        Action(
            id="group", title=N_("Group with the line above"), key="Ctrl+G", run=desk.rx.join_group, enabled=_something_to_sign, bar=False
        ),
        Action(id="doses", title=N_("Doses: portions and usage"), key="Ctrl+J", run=desk.rx.go_to_pot, enabled=_slices, bar=False),
        Action(id="next_tab", title=N_("Next prescription"), key="Alt+N", run=desk.next_tab, enabled=_visit_open, bar=False),
    ]


def _selected(desk: DoctorDesk, act: object) -> None:
    if desk.model.selected is not None and callable(act):
        act(desk, desk.model.selected)


# --- when ----------------------------------------------------------------------------------------------------------------------------


def _may_call(model: DoctorModel) -> bool | str:
    if model.with_me() is not None:
        return N_("Finish or hold the patient who is with you first.")
    return True if model.waiting() else N_("Nobody is waiting.")


def _called(model: DoctorModel) -> bool | str:
    chosen = model.selected
    return True if chosen is not None and chosen.state == "CALLED" else N_("Choose a called patient in the queue.")


def _visit_open(model: DoctorModel) -> bool | str:
    return True if model.work is not None else N_("No patient is open.")


def _writing(model: DoctorModel) -> bool | str:
    if model.work is None:
        return N_("No patient is open.")
    return True if model.work.writable else N_("The visit is finished; Ctrl+E takes it up again.")


def _in_consultation(model: DoctorModel) -> bool | str:
    return True if model.work is not None and model.work.state == "IN_CONSULT" else N_("No patient is in consultation.")


def _finished(model: DoctorModel) -> bool | str:
    return True if model.work is not None and model.work.state == "FINISHED" else N_("Only a finished visit is taken up again.")


def _set_aside(model: DoctorModel) -> bool | str:
    return True if model.work is not None and model.work.set_aside is not None else N_("No text was set aside.")


def _slices(model: DoctorModel) -> bool | str:
    writable = model.work is not None and model.work.writable
    return True if writable and model.sheet is not None and model.sheet.herbal else N_("Open a prescription of slices first.")


def _something_to_sign(model: DoctorModel) -> bool | str:
    sheet = model.sheet
    if model.work is None or not model.work.writable or sheet is None:
        return N_("Open a prescription that is not signed yet (F3).")
    if sheet.sent:
        return N_("It is being signed.")
    return True if sheet.lines or model.typing_ahead() else N_("Write a drug first.")


def _may_take_back(model: DoctorModel) -> bool | str:
    return True if model.may_take_back() else N_("Choose a signed prescription that nobody has paid yet.")
