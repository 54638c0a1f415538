"""The desks that somebody has open in one window: each is made at its first visit and kept until he signs out; one is at the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client.desk import Kind, Result
from common.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.desk import Desk
    from client.desks import DeskEntry
    from client.shell.frame import Frame
    from client.shell.window import DeskWindow

#: Nothing that can wait is done while a desk is being painted for the first time.
_LATER_MS: Final = 400
_GRAVITY: Final = tuple(kind.value for kind in (Kind.INFO, Kind.DONE, Kind.WARNING, Kind.DANGER))


class OpenDesks:
    """Which desks are open, and which is at the front.

    A desk that is not on the screen has no place in the window at all: it is a widget of its own, so that nothing it does when an answer
    comes late can take the keyboard from the desk where somebody is typing.
    """

    def __init__(self, window: DeskWindow) -> None:
        self._window = window
        self._frames: dict[str, Frame] = {}
        self._front: Frame | None = None
        self._devices: Frame | None = None
        self._marks: dict[str, str] = {}

    @property
    def on_screen(self) -> Frame | None:
        """The frame that has the keys; none while the chooser is shown or nobody is signed in."""
        if self._devices is not None:
            return self._devices
        return self._front if self._front is not None and not self._front.resting else None

    def any(self) -> bool:
        """Whether a desk is open."""
        return self._front is not None

    def keeps(self, page: QWidget) -> bool:
        """Whether this page is a desk that stays open."""
        return any(page is frame for frame in self._frames.values())

    def desk(self, desk_id: str) -> Desk | None:
        """The desk with this id, if it is open."""
        frame = self._frames.get(desk_id)
        return frame.desk if frame is not None else None

    # --- going about -------------------------------------------------------------------------------------------------------------

    def show(self, desk_id: str, subject: Any = None) -> None:
        """Bring a desk to the front, made now if this is its first visit; then it opens ``subject``, if there is one."""
        self._window.settings.last_desk = desk_id
        frame = self._frames.get(desk_id)
        if frame is not None:
            self._bring(frame)
        else:
            frame = self._first_visit(desk_id)
        if subject is not None:
            frame.desk.open(subject)

    def _first_visit(self, desk_id: str) -> Frame:
        from client import desks

        place = self._window.workplace
        assert place is not None
        frame = self._frames[desk_id] = self._framed(desks.by_id(desk_id).load().create(place), self._tabs())
        frame.going.connect(self._go)
        frame.noticed.connect(lambda tone: self._notice(desk_id, tone))
        self._bring(frame)
        frame.desk.refresh(frozenset())
        frame.take_focus()
        if len(self._frames) == 1:
            place.devices.start()
            QTimer.singleShot(_LATER_MS, place.paper, place.paper.look_after)
        self._window.remember()
        return frame

    def _tabs(self) -> list[DeskEntry]:
        """The desks of the person's roles; one alone needs no tab."""
        from client import desks

        assert self._window.session is not None
        entries = desks.permitted(self._window.session.permissions)
        return entries if len(entries) > 1 else []

    def _framed(self, desk: Desk, entries: list[DeskEntry]) -> Frame:
        from client.shell.frame import Frame

        window = self._window
        assert window.workplace is not None
        frame = Frame(window.workplace, desk, entries)
        frame.leaving.connect(self._leave)
        frame.preferred.connect(window.prefer)
        return frame

    def _leave(self, where: str) -> None:
        window = self._window
        {"lock": window.lock, "desks": window.show_chooser, "devices": self.show_devices, "sign_out": window.sign_out}[where]()

    def _go(self, desk_id: str, subject: Any) -> None:
        """A tab, its key, or the desk at the front asks for another desk."""
        from client import desks

        session, frame = self._window.session, self.on_screen
        assert session is not None
        entry = next((each for each in desks.DESKS if each.id == desk_id), None)
        if entry in desks.permitted(session.permissions):
            self.show(desk_id, subject)
        elif frame is not None:
            name = tr(entry.title) if entry is not None else desk_id
            frame.say(Result(tr("Your roles do not open the desk “{desk}”.", desk=name), Kind.WARNING))

    def rest(self) -> None:
        """Another page than a desk comes to the screen; the desk at the front stays so, and speaks for all, for when somebody comes back."""
        self._put_devices_away()
        if self._front is not None and not self._front.resting:
            self._front.rest()

    def come_back(self) -> None:
        """To the desk that is at the front."""
        if self._front is not None:
            self._bring(self._front)

    def _bring(self, frame: Frame) -> None:
        self.rest()
        if self._front is not None:
            self._front.speaks = False
        self._front, frame.speaks = frame, True
        focus = frame.wanted_focus()
        self._marks.pop(frame.desk.id, None)
        frame.strip.tabs.mark(self._marks)
        self._window.show_page(frame)
        if frame.resting:
            frame.wake(focus)

    def _notice(self, desk_id: str, tone: str) -> None:
        """A desk that is not on the screen said something; its tab shows it, the gravest of all that was said."""
        self._marks[desk_id] = max(tone, self._marks.get(desk_id, tone), key=_GRAVITY.index)
        if self._front is not None and self._front.desk.id != desk_id:
            self._front.strip.tabs.mark(self._marks)

    # --- the devices ---------------------------------------------------------------------------------------------------------------

    def show_devices(self) -> None:
        """The set-up of the devices, over the desk or the chooser."""
        from client.shell.devices.view import DevicesDesk

        place = self._window.workplace
        assert place is not None
        desk = DevicesDesk(place)
        desk.left.connect(self._leave_devices)
        frame = self._framed(desk, [])
        self.rest()
        if self._front is not None:
            self._front.speaks = False
        self._devices = frame
        self._window.show_page(frame)
        desk.setFocus(Qt.FocusReason.OtherFocusReason)
        place.devices.start()

    def _leave_devices(self) -> None:
        if self._front is not None:
            self.come_back()
        else:
            self._put_devices_away()
            self._window.show_chooser()

    def _put_devices_away(self) -> None:
        devices, self._devices = self._devices, None
        if devices is not None:
            devices.wind_up()
        if self._front is not None:
            self._front.speaks = True

    # --- the end -------------------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close every desk, with its drafts kept."""
        self._put_devices_away()
        front, frames = self._front, list(self._frames.values())
        self._frames, self._front, self._marks = {}, None, {}
        for frame in frames:
            frame.wind_up()
            if frame is not front or frame.parent() is None:
                frame.deleteLater()
