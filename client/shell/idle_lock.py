"""When the lock falls and how it is lifted; :mod:`client.shell.lock` is what is seen of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from common.permissions import unattended

if TYPE_CHECKING:
    from client.shell.lock import LockScreen
    from client.shell.window import DeskWindow
    from common.errors import XinglinError
    from common.messages.session import SignedIn

_LOOK_MS: Final = 5000


class IdleLock(QObject):
    """The lock of one window: asked for, after the clinic's minutes without a key, or when the session has ended."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._focus_before: QWidget | None = None
        self.screen: LockScreen | None = None
        self.seen_at = time.monotonic()
        self._clock = QTimer(self, interval=_LOOK_MS)
        self._clock.timeout.connect(self.look)

    def start(self) -> None:
        """Somebody is at work."""
        self.note_active()
        self._clock.start()

    def stop(self) -> None:
        """Nobody is."""
        self._clock.stop()

    def note_active(self) -> None:
        """The person did something."""
        self.seen_at = time.monotonic()

    def look(self) -> None:
        """Lock if nobody did anything for as long as the clinic allows. Nobody is meant to do anything at a screen in the hall."""
        session = self._window.session
        if (
            session is not None
            and not unattended(session.staff.roles)
            and time.monotonic() - self.seen_at > session.clinic.idle_lock_minutes * 60
        ):
            self.cover()

    def covers(self) -> bool:
        """Whether the lock covers the window."""
        return self.screen is not None and self.screen.isVisible()

    def cover(self) -> None:
        """Cover the window; its work is kept."""
        window = self._window
        if window.session is None or self.covers():
            return
        if window.frame is not None:
            window.frame.close_sheets()
        if self.screen is None:
            from client.shell.lock import LockScreen

            self.screen = LockScreen(window)
            self.screen.unlocking.connect(self.unlock)
            self.screen.leaving.connect(window.sign_out)
        self._focus_before = QApplication.focusWidget()
        window.pages.setEnabled(False)
        self.fit()
        self.screen.lock(window.session.staff.name)

    def fit(self) -> None:
        """The window has another size."""
        if self.screen is not None:
            self.screen.setGeometry(self._window.rect())

    def uncover(self) -> None:
        """Show the window as it was, with the focus where it was."""
        self._window.pages.setEnabled(True)
        if self.screen is not None:
            self.screen.open()
        before, self._focus_before = self._focus_before, None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def unlock(self, password: str) -> None:
        """Ask the service whether it is the same person. An ended session is opened anew with the same password."""
        from common.errors import NotSignedIn
        from common.messages.session import SignIn, Unlock

        ops, session, screen = self._window.ops, self._window.session, self.screen
        if ops is None or session is None or screen is None:
            return

        def refused(problem: XinglinError) -> None:
            if isinstance(problem, NotSignedIn):
                again = SignIn(login=session.staff.login, password=password)
                ops.send(again, owner=screen, done=self._signed_in_again, failed=lambda still: screen.refuse(str(still)))
            else:
                screen.refuse(str(problem))

        ops.send(Unlock(password=password), owner=screen, done=lambda _done: self._unlocked(), failed=refused)

    def _signed_in_again(self, session: SignedIn) -> None:
        self._window.renew(session)
        self._unlocked()

    def _unlocked(self) -> None:
        window = self._window
        assert window.ops is not None
        assert window.session is not None
        self.note_active()
        self.uncover()
        window.ops.resume(window.session.staff.id)
