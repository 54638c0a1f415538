"""Windows at the pharmacy's desk 发药窗口: what waits at one's own comes first, and the patient of a picked prescription is called there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from client import settings
from common.errors import NotFound, WrongState
from common.i18n import N_, tr
from common.messages.windows import CallPatient, CloseWindow, ListWindows, OpenWindow, PassPatient
from common.permissions import Permission
from common.window_errors import NotCalled, WindowIsClosed
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.pharmacy.picking import Picking
    from client.pharmacy.view.desk import PharmacyDesk
    from common.errors import XinglinError
    from common.messages.pharmacy import PharmacyEntry
    from common.messages.windows import CallFacts, WindowFacts, WindowList, WindowSet

#: So many windows stand in the line that asks where one stands; the others are at the desk of the windows.
_OFFERED: Final = 5

NO_WINDOWS: Final = N_("The clinic has no pharmacy windows; the manager sets them up.")
NOT_STANDING: Final = N_("Say first at which window you stand (Alt+W).")
NOT_PICKED: Final = N_("Open a paid prescription first; its patient is called once it is picked.")


class Windows:
    """The windows as the service has them, and which is this desk's. Without one, or while it is closed, everything is shown."""

    def __init__(self) -> None:
        self.rows: Sequence[WindowFacts] = ()
        self.own_id = 0
        self.all = False
        self.calling = False

    @property
    def own(self) -> WindowFacts | None:
        """This desk's window."""
        return next((window for window in self.rows if window.id == self.own_id), None)

    @property
    def standing(self) -> WindowFacts | None:
        """This desk's window, if it is open."""
        return self.own if self.own is not None and self.own.open else None

    def mine(self, entry: PharmacyEntry) -> bool:
        """Whether this desk hands it out: its own window's, or any window's."""
        return self.standing is None or entry.window_id in (None, self.standing.id)

    def arranged(self, entries: Sequence[PharmacyEntry]) -> list[PharmacyEntry]:
        """Own ones, longest waiting first; behind them those of the other windows, if they are wanted too."""
        own = [entry for entry in entries if self.mine(entry)]
        return own + [entry for entry in entries if not self.mine(entry)] if self.all else own

    def title(self, entries: Sequence[PharmacyEntry]) -> str:
        """What the head of the list says about it: one's own window, and how many wait at others, so that none is forgotten there."""
        if self.standing is None:
            return ""
        if self.all:
            return tr("windows|All, {window} first", window=self.standing.name)
        elsewhere = sum(not self.mine(entry) for entry in entries)
        return tr("windows|{window}, elsewhere {n}", window=self.standing.name, n=elsewhere) if elsewhere else self.standing.name


# --- where one stands ---------------------------------------------------------------------------------------------------------------


def load(desk: PharmacyDesk) -> None:
    """Read the windows."""
    if desk.place.may(Permission.STORE_VIEW):
        desk.send(ListWindows(), lambda found: _listed(desk, found))


def _listed(desk: PharmacyDesk, found: WindowList) -> None:
    windows = desk.model.windows
    before = windows.standing
    windows.rows, windows.own_id = found.windows, desk.place.settings.window_id
    if before is not None and windows.own_id == before.id and windows.standing is None:
        desk.tell(
            tr("{window} was closed meanwhile; this list shows everything. Stand there again with Alt+W.", window=before.name), "warning"
        )
    desk.show_lists()


def may_choose(desk: PharmacyDesk) -> bool | str:
    """For Alt+W."""
    return True if desk.model.windows.rows else NO_WINDOWS


def may_show_all(desk: PharmacyDesk) -> bool | str:
    """For Alt+A."""
    return True if desk.model.windows.standing is not None else NOT_STANDING


def choose(desk: PharmacyDesk) -> None:
    """Alt+W: at which window does this computer stand? The one it stands at already can be left."""
    windows = desk.model.windows
    others = [window for window in windows.rows if windows.standing is None or window.id != windows.standing.id]
    answers: list[tuple[str, Callable[[], None]]] = [(_named(window), partial(_stand, desk, window)) for window in others[:_OFFERED]]
    if windows.standing is not None:
        left = windows.standing
        answers.append((tr("windows|Close {window}", window=left.name), partial(_leave, desk, left)))
    desk.ask(tr("At which window do you stand?"), answers, danger=False)


def _named(window: WindowFacts) -> str:
    return tr("windows|{window} ({staff})", window=window.name, staff=window.staff) if window.open else window.name


def _stand(desk: PharmacyDesk, window: WindowFacts) -> None:
    def stands(done: WindowSet) -> None:
        _keep_own(desk, window.id)
        said = tr("You stand at {window}.", window=window.name)
        desk.tell(said + (tr("windows| It took over {n}.", n=done.moved) if done.moved else ""))
        _again(desk)

    desk.send(OpenWindow(window_id=window.id), stands)


def _leave(desk: PharmacyDesk, window: WindowFacts) -> None:
    def left(done: WindowSet) -> None:
        waiting = window.waiting - done.moved
        said = tr("{window} is closed. To other windows: {n}.", window=window.name, n=done.moved)
        desk.tell(said + (tr("windows| Any window hands out the rest.") if waiting > 0 and not done.moved else ""))
        desk.model.windows.rows = [row for row in desk.model.windows.rows if row.id != window.id]  # no news to who closed it
        _again(desk)

    desk.send(CloseWindow(window_id=window.id), left)


def _keep_own(desk: PharmacyDesk, window_id: int) -> None:
    desk.place.settings.window_id = desk.model.windows.own_id = window_id
    settings.save(desk.place.settings)


def _again(desk: PharmacyDesk) -> None:
    from client.pharmacy import actions

    actions.load(desk)


def show_all(desk: PharmacyDesk) -> None:
    """Alt+A: the other windows' prescriptions too, or only one's own again."""
    windows = desk.model.windows
    windows.all = not windows.all
    desk.show_lists()


# --- calling ------------------------------------------------------------------------------------------------------------------------


def _entry(desk: PharmacyDesk) -> PharmacyEntry | None:
    picking = desk.model.picking
    if picking is None:
        return None
    return next((entry for entry in desk.model.to_dispense if entry.prescription_id == picking.facts.id), None)


def may_call(desk: PharmacyDesk) -> bool | str:
    """For F11."""
    model = desk.model
    if model.returns.shown or model.picking is None:
        return NOT_PICKED
    if not model.windows.rows:
        return NO_WINDOWS
    return True if model.windows.standing is not None else NOT_STANDING


def may_pass(desk: PharmacyDesk) -> bool | str:
    """For Alt+N."""
    entry = _entry(desk)
    return True if entry is not None and entry.called and not entry.passed else N_("The patient was not called.")


def call_words(desk: PharmacyDesk) -> str:
    """What F11 does now."""
    entry = _entry(desk)
    return tr("windows|Call again") if entry is not None and entry.called else tr("windows|Call")


def call(desk: PharmacyDesk) -> None:
    """F11: the patient of the open prescription is called to this desk's window; the hall sees and hears it."""
    picking, window = desk.model.picking, desk.model.windows.standing
    if picking is None or window is None or desk.model.windows.calling:
        return
    desk.model.windows.calling = True
    request = CallPatient(prescription_id=picking.facts.id, window_id=window.id)
    desk.send(request, lambda called: _called(desk, picking, called), lambda error: _not_called(desk, error), request_id=new_request_id())


def _called(desk: PharmacyDesk, picking: Picking, called: CallFacts) -> None:
    desk.model.windows.calling = False
    words = N_("{patient} is called to {window}.") if called.times == 1 else N_("{patient} is called to {window}, time {n}.")
    desk.tell(tr(words, patient=picking.facts.patient_name, window=called.window, n=called.times), "info")
    _again(desk)


def _not_called(desk: PharmacyDesk, error: XinglinError) -> None:
    desk.model.windows.calling = False
    desk.fail(error)
    if isinstance(error, WindowIsClosed | WrongState | NotFound | NotCalled):
        _again(desk)


def pass_over(desk: PharmacyDesk) -> None:
    """Alt+N: nobody came. The prescription goes back onto the list, marked; it can be called again at any time."""
    picking = desk.model.picking
    if picking is None or desk.model.windows.calling:
        return
    desk.model.windows.calling = True
    request = PassPatient(prescription_id=picking.facts.id)
    desk.send(request, lambda _passed: _was_passed(desk, picking), lambda error: _not_called(desk, error), request_id=new_request_id())


def _was_passed(desk: PharmacyDesk, picking: Picking) -> None:
    from client.pharmacy import handing

    desk.model.windows.calling = False
    desk.tell(tr("{patient} did not come. The prescription stays on the list.", patient=picking.facts.patient_name), "info")
    if desk.model.picking is picking:
        desk.model.passed_over.add(picking.facts.id)
        handing.put_away(desk)
        desk.model.put_away = False  # the next one may open by itself
    _again(desk)
