"""The desk's window: from pairing to sign-in to the chooser to a desk, and back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from client import desks, keys, settings, texts, theme
from client.connection import Connection, Service
from client.icons import icon
from client.ops import Bridge, Ops
from common.errors import NotSignedIn
from common.i18n import tr
from common.messages.session import ChangePassword, SignedIn, SignIn, SignOut, Unlock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from client.desk import Workplace
    from client.settings import DeskSettings
    from client.shell.frame import Frame
    from client.shell.lock import LockScreen
    from client.shell.pair import PairPage
    from client.shell.sign_in import SignInPage
    from common.errors import XinglinError
    from devices.scanner.protocol import Scan

SMALLEST: Final = (1024, 640)
FIRST: Final = (1366, 768)
_IDLE_LOOK_MS: Final = 5000


class DeskWindow(QWidget):
    """``desk_id`` opens that desk straight after signing in. ``virtual`` gives addresses of simulators (see :class:`client.devices.Devices`).

    ``journal_folder`` is where drafts, unanswered acts and print jobs lie.
    """

    def __init__(
        self,
        remembered: DeskSettings,
        service: Service | None,
        journal_folder: Path,
        *,
        desk_id: str = "",
        virtual: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.settings = remembered
        self.desk_id = desk_id
        self.session: SignedIn | None = None
        self.service = service
        self.bridge: Bridge = Bridge()
        self.ops: Ops | None = None
        self.frame: Frame | None = None
        self.sign_in_page: SignInPage | None = None
        self._lock: LockScreen | None = None
        self._workplace: Workplace | None = None
        self._virtual = virtual
        self._folder = journal_folder
        self._seen_at = time.monotonic()
        self._focus_before_lock: QWidget | None = None
        self.pages = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self.setMinimumSize(*SMALLEST)
        self.setWindowIcon(icon("brand"))
        self._restore_geometry()
        self._idle = QTimer(self, interval=_IDLE_LOOK_MS)
        self._idle.timeout.connect(self.look_for_idle)
        router = keys.router()
        router.add(self, self)
        router.active.connect(self.note_active)
        texts.signals().changed.connect(self._set_title)
        self._set_title()
        if service is None:
            self.show_pairing()
        else:
            self.connect_to(service)

    # --- pairing and signing in --------------------------------------------------------------------------------------------------

    def show_pairing(self) -> None:
        """The page of the first start."""
        from client.shell.pair import PairPage

        page = PairPage()
        page.pairing.connect(lambda address, code: self._pair(page, address, code))
        page.preferred.connect(self.prefer)
        self._show(page)
        page.begin(self.settings.url)

    def _pair(self, page: PairPage, address: str, code: str) -> None:
        from client import keychain
        from client.pairing import pair

        def work() -> tuple[Service, str, str]:
            service, paired = pair(address, code)
            return service, paired.desk_name, keychain.keep(service.url, paired.desk_id, paired.secret)

        self.bridge.run(work, owner=page, done=lambda made: self._paired(*made), failed=lambda problem: page.refuse(str(problem)))

    def _paired(self, service: Service, desk_name: str, secret_file: str) -> None:
        self.settings.url = service.url
        self.settings.fingerprint = (service.fingerprint or b"").hex()
        self.settings.desk_id = service.desk[0] if service.desk else 0
        self.settings.desk_name = desk_name
        settings.save(self.settings)
        self.connect_to(service)
        if secret_file and self.sign_in_page is not None:
            self.sign_in_page.refuse(
                tr("This computer has no keyring: the desk's secret lies in {file}, which only you can read.", file=secret_file)
            )

    def connect_to(self, service: Service) -> None:
        """Use this service from now on, and ask who is there."""
        if self.ops is not None:
            self.ops.stop()
        self.service = service
        self.ops = Ops(Connection(service))
        self.ops.session_lost.connect(self.lock)
        self.show_sign_in()

    def show_sign_in(self) -> None:
        """The sign-in page; an open desk is closed with its drafts kept."""
        from client.shell.sign_in import SignInPage

        self._close_desk()
        page = SignInPage()
        self.sign_in_page = page
        page.signing_in.connect(self.sign_in)
        page.preferred.connect(self.prefer)
        page.name_clinic(self.settings.clinic)
        self._show(page)
        page.begin(self.settings.last_login, self.settings.desk_name, self.service.url if self.service else "")

    def sign_in(self, login: str, password: str) -> None:
        """Ask the service for a session."""
        page, ops = self.sign_in_page, self.ops
        if ops is not None and page is not None:
            ops.send(
                SignIn(login=login, password=password), owner=page, done=self._signed_in, failed=lambda problem: page.refuse(str(problem))
            )

    def _signed_in(self, session: SignedIn) -> None:
        assert self.ops is not None
        self.session = session
        self.ops.connection.token = session.token
        self.settings.last_login, self.settings.clinic = session.staff.login, session.clinic.name
        settings.save(self.settings)
        self._unlock_window()
        if session.must_change_password:
            self._ask_new_password()
        else:
            self._start_work(session)

    def _ask_new_password(self) -> None:
        from client.shell.sign_in import NewPasswordPage

        page, ops, session = NewPasswordPage(), self.ops, self.session
        assert ops is not None
        assert session is not None
        page.preferred.connect(self.prefer)
        page.changing.connect(
            lambda old, new: ops.send(
                ChangePassword(old=old, new=new),
                owner=page,
                done=lambda _done: self._start_work(session),
                failed=lambda problem: page.refuse(str(problem)),
            )
        )
        self._show(page)
        page.begin()

    # --- at work -------------------------------------------------------------------------------------------------------------------

    def _start_work(self, session: SignedIn) -> None:
        """Journal, feed and devices; then the desk that was asked for, the only one, or the chooser."""
        self._workplace = self._make_workplace(session)
        self._workplace.ops.resume(session.staff.id)
        self._idle.start()
        entries = desks.permitted(session.permissions)
        wanted = next((entry for entry in entries if entry.id == self.desk_id), None)
        if wanted is None and len(entries) == 1:
            wanted = entries[0]
        if wanted is not None:
            self.open_desk(wanted.id)
        else:
            self.show_chooser()

    def _make_workplace(self, session: SignedIn) -> Workplace:
        from client.desk import Workplace
        from client.devices import Devices
        from client.journal import Journal
        from client.printing import Paper

        assert self.ops is not None
        before = self._workplace
        journal = before.journal if before else Journal(self._folder / f"desk-{self.settings.desk_id}.sqlite")
        if before is None:
            self.ops.use_journal(journal)
        devices = before.devices if before else Devices(self.settings, self._virtual)
        paper = Paper(self.ops, devices, self._folder / f"paper-{self.settings.desk_id}.sqlite", by=session.staff.name)
        return Workplace(ops=self.ops, session=session, journal=journal, paper=paper, devices=devices, settings=self.settings)

    def show_chooser(self) -> None:
        """The desks that the person may open."""
        from client.shell.chooser import ChooserPage

        assert self.session is not None
        self._close_desk()
        page = ChooserPage()
        page.chosen.connect(self.open_desk)
        page.leaving.connect(self.sign_out)
        self._show(page)
        page.offer(desks.permitted(self.session.permissions), self.session.staff.name, self.settings.last_desk)

    def open_desk(self, desk_id: str) -> None:
        """Open a desk in its frame."""
        from client.shell.frame import Frame

        assert self._workplace is not None
        self._close_desk()
        self.settings.last_desk = desk_id
        settings.save(self.settings)
        desk = desks.by_id(desk_id).load().create(self._workplace)
        self.frame = Frame(self._workplace, desk)
        self.frame.leaving.connect(self._leave)
        self.frame.preferred.connect(self.prefer)
        self._show(self.frame)
        self._set_title()
        desk.refresh(frozenset())
        self._workplace.devices.start()
        self._workplace.paper.look_after()

    def _leave(self, where: str) -> None:
        {"lock": self.lock, "desks": self.show_chooser, "sign_out": self.sign_out}[where]()

    def sign_out(self) -> None:
        """End the session; drafts and unanswered acts stay."""
        ops = self.ops
        if ops is not None and self.session is not None:
            ops.send(SignOut(), owner=ops, done=lambda _done: None, failed=lambda _problem: None)
            ops.pause()
        self.session = None
        self._idle.stop()
        self._unlock_window()
        self.show_sign_in()

    def _close_desk(self) -> None:
        if self.frame is not None:
            self.frame.wind_up()
            self.frame = None

    # --- the lock ------------------------------------------------------------------------------------------------------------------

    def note_active(self) -> None:
        """The person did something."""
        self._seen_at = time.monotonic()

    def look_for_idle(self) -> None:
        """Lock if nobody did anything for as long as the clinic allows."""
        if self.session is not None and time.monotonic() - self._seen_at > self.session.clinic.idle_lock_minutes * 60:
            self.lock()

    def locked(self) -> bool:
        """Whether the lock covers the desk."""
        return self._lock is not None and self._lock.isVisible()

    def lock(self) -> None:
        """Cover the desk; its work is kept."""
        if self.session is None or self.locked():
            return
        if self.frame is not None:
            self.frame.close_sheets()
        if self._lock is None:
            from client.shell.lock import LockScreen

            self._lock = LockScreen(self)
            self._lock.unlocking.connect(self.unlock)
            self._lock.leaving.connect(self.sign_out)
        self._focus_before_lock = QApplication.focusWidget()
        self.pages.setEnabled(False)
        self._lock.setGeometry(self.rect())
        self._lock.lock(self.session.staff.name)

    def unlock(self, password: str) -> None:
        """Ask the service whether it is the same person. An ended session is opened anew with the same password."""
        ops, session, lock = self.ops, self.session, self._lock
        if ops is None or session is None or lock is None:
            return

        def refused(problem: XinglinError) -> None:
            if isinstance(problem, NotSignedIn):
                again = SignIn(login=session.staff.login, password=password)
                ops.send(again, owner=lock, done=self._signed_in_again, failed=lambda still: lock.refuse(str(still)))
            else:
                lock.refuse(str(problem))

        ops.send(Unlock(password=password), owner=lock, done=lambda _done: self._unlocked(), failed=refused)

    def _signed_in_again(self, session: SignedIn) -> None:
        assert self.ops is not None
        self.session = session
        self.ops.connection.token = session.token
        self._unlocked()

    def _unlocked(self) -> None:
        assert self.ops is not None
        assert self.session is not None
        self.note_active()
        self._unlock_window()
        self.ops.resume(self.session.staff.id)

    def _unlock_window(self) -> None:
        self.pages.setEnabled(True)
        if self._lock is not None:
            self._lock.open()
        before, self._focus_before_lock = self._focus_before_lock, None
        if before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- keys ----------------------------------------------------------------------------------------------------------------------

    def press(self, key: str) -> bool:
        """See :class:`client.keys.KeyHost`."""
        return self.frame is not None and not self.locked() and self.frame.press(key)

    def take_scan(self, scan: Scan) -> None:
        """See :class:`client.keys.KeyHost`."""
        if self.frame is not None and not self.locked():
            self.frame.take_scan(scan)

    # --- look ----------------------------------------------------------------------------------------------------------------------

    def prefer(self, what: str, value: str) -> None:
        """Change ``language`` or ``theme``, now and for the next start."""
        if what == "language":
            self.settings.language = value
            texts.speak(value)
        else:
            self.settings.theme = value
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            theme.apply(app, theme.Mode(value))
        settings.save(self.settings)

    def _show(self, page: QWidget) -> None:
        old = self.pages.currentWidget()
        self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)
        if old is not None:
            self.pages.removeWidget(old)
            old.deleteLater()

    def _set_title(self, _language: str = "") -> None:
        parts = [self.frame.title()] if self.frame is not None else []
        self.setWindowTitle(" · ".join([*parts, self.settings.desk_name or self.settings.clinic, tr("Xinglin")]))

    def _restore_geometry(self) -> None:
        kept = self.settings.geometry.get(self.desk_id or "desk", "")
        if not kept or not self.restoreGeometry(QByteArray.fromBase64(kept.encode())):
            self.resize(*FIRST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._lock is not None:
            self._lock.setGeometry(self.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.geometry[self.desk_id or "desk"] = bytes(self.saveGeometry().toBase64().data()).decode()
        settings.save(self.settings)
        self._close_desk()
        self._idle.stop()
        self.bridge.stop()
        if self.ops is not None:
            self.ops.stop()
        if self._workplace is not None:
            self._workplace.devices.stop()
        super().closeEvent(event)
