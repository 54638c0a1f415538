"""The acts of the desk of the pharmacy's windows, each a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from client import settings
from client.action import Action
from client.windows import words
from common.i18n import N_, tr
from common.messages.herbal import GetDecoctionFee
from common.messages.windows import CloseWindow, GetPharmacyRules, ListWindows, OpenWindow
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.windows.view import WindowsDesk
    from common.errors import XinglinError
    from common.messages.herbal import DecoctionFees
    from common.messages.windows import PharmacyRules, WindowList
    from common.wire import Request


def rows(desk: WindowsDesk) -> list[Action]:
    """The desk's actions as data."""
    manage, stand = Permission.PHARMACY_MANAGE, Permission.PHARMACY_DISPENSE
    return [
        Action(id="find", title=N_("windows|To the list"), key="F2", run=desk.to_list),
        Action(id="new", title=N_("windows|New window"), key="F3", run=lambda: begin(desk), needs=manage),
        Action(
            id="open",
            title=N_("windows|Open or close"),
            key="F6",
            run=lambda: turn(desk),
            needs=stand,
            enabled=lambda model: model.may_turn(),
        ),
        Action(
            id="out_of_use",
            title=N_("windows|Out of use"),
            key="F7",
            run=lambda: ask_out_of_use(desk),
            needs=manage,
            enabled=lambda model: model.may_turn(),
        ),
        Action(
            id="own",
            title=N_("windows|This desk's window"),
            key="F8",
            run=lambda: make_own(desk),
            needs=stand,
            enabled=lambda model: model.may_turn(),
        ),
        Action(id="screen", title=N_("windows|Screen for the hall"), key="F11", run=desk.show_screen, needs=Permission.HALL_VIEW),
        Action(
            id="save",
            title=N_("windows|Save"),
            key="F12",
            run=lambda: save(desk),
            primary=True,
            needs=manage,
            enabled=lambda model: model.may_save(),
        ),
    ]


def load(desk: WindowsDesk) -> None:
    """Windows and rules; the hall's screen, if it is shown."""
    desk.send(ListWindows(), lambda found: _listed(desk, found))
    desk.send(GetPharmacyRules(), lambda found: _ruled(desk, found))
    desk.send(GetDecoctionFee(), lambda found: _fees_came(desk, found))
    if desk.hall is not None:
        desk.hall.load()


def _fees_came(desk: WindowsDesk, found: DecoctionFees) -> None:
    desk.model.fees = found.fees
    desk.show_model()


def _listed(desk: WindowsDesk, found: WindowList) -> None:
    desk.model.listed(found)
    desk.show_model()


def _ruled(desk: WindowsDesk, found: PharmacyRules) -> None:
    desk.model.ruled(found)
    desk.show_model()


def begin(desk: WindowsDesk) -> None:
    """F3: the form for a new window."""
    desk.model.begin()
    desk.show_model()
    desk.to_name()


def save(desk: WindowsDesk) -> None:
    """F12: the window of the form if it was changed, and the rules if others were chosen."""
    model = desk.model
    rules = model.rules_request() if model.rules_changed() else None
    if model.fresh or model.window_changed():
        request = model.window_request()
        name = request.name

        def saved(reply: Any) -> None:
            made = next((each for each in model.windows if each.id == reply.window_id), None)
            model.fresh, model.current = False, made
            desk.tell(_moved(tr("{window} is saved.", window=name), reply.moved))
            if rules is not None:
                _send(desk, rules, lambda _done: desk.tell(tr("{window} and the rules are saved.", window=name)))

        _send(desk, request, saved)
    elif rules is not None:
        _send(desk, rules, lambda _done: desk.tell(tr("The rules are saved. They hold from the next prescription on.")))


def turn(desk: WindowsDesk) -> None:
    """F6: open what is closed and close what is open; one that somebody else stands at changes hands."""
    window = desk.model.current
    if window is None:
        return
    if window.open and window.staff == desk.place.session.staff.name:
        words_ = tr("{window} is closed.", window=window.name)
        _send(desk, CloseWindow(window_id=window.id), lambda reply: desk.tell(_moved(words_, reply.moved)))
    elif window.open:
        question = tr("{staff} stands at {window}. Close it, or take it over?", staff=window.staff, window=window.name)
        desk.ask(question, [(N_("windows|Close it"), lambda: _close(desk, window.id)), (N_("windows|Take it over"), lambda: _stand(desk))])
    else:
        _stand(desk)


def _close(desk: WindowsDesk, window_id: int) -> None:
    _send(desk, CloseWindow(window_id=window_id), lambda reply: desk.tell(_moved(tr("The window is closed."), reply.moved)))


def _stand(desk: WindowsDesk) -> None:
    window = desk.model.current
    if window is not None:
        said = tr("You stand at {window}.", window=window.name)
        _send(desk, OpenWindow(window_id=window.id), lambda reply: desk.tell(_moved(said, reply.moved)))


def _moved(said: str, moved: int) -> str:
    return said + (tr("windows| Waiting prescriptions that got another window: {n}.", n=moved) if moved else "")


def ask_out_of_use(desk: WindowsDesk) -> None:
    """F7: a window that there is no more."""
    window = desk.model.current
    if window is None:
        return
    done = tr("{window} is out of use.", window=window.name)

    def carry_out() -> None:
        _send(desk, desk.model.window_request(active=False), lambda reply: desk.tell(_moved(done, reply.moved)))

    desk.ask(
        tr("Take {window} out of use? What waits there goes to the others.", window=window.name), [(N_("windows|Out of use"), carry_out)]
    )


def make_own(desk: WindowsDesk) -> None:
    """F8: this computer stands at the window; its pharmacy desk shows what waits there first. Again: at none."""
    model, place = desk.model, desk.place
    if model.current is None:
        return
    model.own = 0 if model.is_own() else model.current.id
    place.settings.window_id = model.own
    settings.save(place.settings)
    desk.tell(words.own_words(model.current.name, own=bool(model.own)))
    desk.show_model()


def _send(desk: WindowsDesk, request: Request[Any], done: Callable[[Any], None]) -> None:
    """Carry an act out, once however often the key is pressed; then everything anew."""
    model = desk.model
    if model.saving:
        return
    model.saving = True

    def finished(reply: Any) -> None:
        model.saving, model.request_id = False, new_request_id()
        done(reply)
        load(desk)

    def refused(error: XinglinError) -> None:
        model.saving, model.request_id = False, new_request_id()
        desk.fail(error)
        load(desk)

    desk.send(request, finished, refused, request_id=model.request_id)
    desk.state_changed.emit()
