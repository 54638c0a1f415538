"""The desk's window: from pairing to sign-in to the chooser to a desk, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from client import settings, texts, theme
from client.icons import icon
from client.shell.idle_lock import IdleLock
from client.shell.load_later import LoadLater
from client.shell.open_desks import OpenDesks
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from client.desk import Workplace
    from client.ops import Bridge, Ops
    from client.service import Service
    from client.settings import DeskSettings
    from client.shell.frame import Frame
    from client.shell.sign_in import SignInPage
    from common.messages.session import SignedIn
    from devices.scanner.protocol import Scan

SMALLEST: Final = (1024, 640)
FIRST: Final = (1366, 768)


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
        self.settings, self.desk_id = remembered, desk_id
        self.session: SignedIn | None = None
        self.service = service
        self._bridge: Bridge | None = None
        self._ops: Ops | None = None
        self.sign_in_page: SignInPage | None = None
        self.workplace: Workplace | None = None
        self.open_desks = OpenDesks(self)
        self._choosing = False
        self._virtual, self._folder = virtual, journal_folder
        self.pages = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self.setMinimumSize(*SMALLEST)
        self.setWindowIcon(icon("brand"))
        self._restore_geometry()
        self.idle_lock = IdleLock(self)
        self._ready, self._later = False, LoadLater(self, self.get_ready, lambda: self.session is not None)
        texts.signals().changed.connect(self._set_title)
        self._set_title()
        if service is None:
            self.show_pairing()
        else:
            self.connect_to(service)

    # --- what the first screen does not need ---------------------------------------------------------------------------------------

    @property
    def bridge(self) -> Bridge:
        """Other threads, without a service."""
        if self._bridge is None:
            from client.ops import Bridge

            self._bridge = Bridge()
        return self._bridge

    @property
    def ops(self) -> Ops | None:
        """The bridge to the service, if there is one."""
        if self._ops is None and self.service is not None:
            from client.connection import Connection
            from client.ops import Ops

            self._ops = Ops(Connection(self.service))
            self._ops.session_lost.connect(self.lock)
        return self._ops

    def get_ready(self) -> None:
        """Keys and scans; done soon after the first screen was painted, or when somebody is faster than that."""
        if not self._ready:
            from client import keys

            self._ready = True
            router = keys.router()
            router.add(self, self)
            router.active.connect(self.idle_lock.note_active)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._later.begin(self.desk_id or self.settings.last_desk)

    # --- pairing and signing in --------------------------------------------------------------------------------------------------

    def show_pairing(self) -> None:
        """The page of the first start."""
        from client.shell.pair import PairPage

        page = PairPage(self.bridge)
        page.paired.connect(self._paired)
        page.preferred.connect(self.prefer)
        self.show_page(page)
        page.begin(self.settings.url)

    def _paired(self, service: Service, desk_name: str, secret_file: str) -> None:
        self.settings.belong_to(service, desk_name)
        self.connect_to(service)
        if secret_file:
            self._warn(tr("This computer has no keyring: the desk's secret lies in {file}, which only you can read.", file=secret_file))
        self.remember()

    def remember(self) -> None:
        """Write the settings down. A disk that does not take them is said; the work goes on."""
        from common.errors import XinglinError

        try:
            settings.save(self.settings)
        except XinglinError as problem:
            self._warn(str(problem))

    def _warn(self, sentence: str) -> None:
        if self.frame is not None:
            self.frame.desk.tell(sentence, "warning")
        elif self.sign_in_page is not None and self.pages.currentWidget() is self.sign_in_page:
            self.sign_in_page.refuse(sentence)

    def connect_to(self, service: Service) -> None:
        """Use this service from now on, and ask who is there."""
        if self._ops is not None:
            self._ops.stop()
        self._ops, self.service = None, service
        self.show_sign_in()

    def show_sign_in(self) -> None:
        """The sign-in page; an open desk is closed with its drafts kept."""
        from client.shell.sign_in import SignInPage

        self.open_desks.close()
        page = SignInPage()
        self.sign_in_page = page
        page.signing_in.connect(self.sign_in)
        page.preferred.connect(self.prefer)
        page.name_clinic(self.settings.clinic)
        self.show_page(page)
        page.begin(self.settings.last_login, self.settings.desk_name, self.service.url if self.service else "")

    def sign_in(self, login: str, password: str) -> None:
        """Ask the service for a session."""
        from common.messages.session import SignIn

        page, ops = self.sign_in_page, self.ops
        if ops is not None and page is not None:
            request = SignIn(login=login, password=password)
            ops.send(request, owner=page, done=self._signed_in, failed=lambda problem: page.refuse(str(problem)))

    def _signed_in(self, session: SignedIn) -> None:
        self.renew(session)
        self.settings.last_login, self.settings.clinic = session.staff.login, session.clinic.name
        self.idle_lock.uncover()
        if session.must_change_password:
            self._ask_new_password()
        else:
            self._start_work(session)

    def _ask_new_password(self) -> None:
        from client.shell.sign_in import NewPasswordPage

        ops, session = self.ops, self.session
        assert ops is not None
        assert session is not None
        page = NewPasswordPage(ops)
        page.preferred.connect(self.prefer)
        page.changed.connect(lambda: self._start_work(session))
        self.show_page(page)
        page.begin()

    # --- at work -------------------------------------------------------------------------------------------------------------------

    def _start_work(self, session: SignedIn) -> None:
        """Journal, feed and devices; then the desk that was asked for, the only one, or the chooser."""
        from client.errors import NotKept
        from client.workplace import set_up

        self.get_ready()
        assert self.ops is not None
        try:
            self.workplace = set_up(self.ops, session, self.settings, self._folder, virtual=self._virtual, before=self.workplace)
        except NotKept as problem:
            self.sign_out()
            self._warn(str(problem))
            return
        self.workplace.ops.resume(session.staff.id)
        self.idle_lock.start()
        desk_id = self.first_desk(session)
        if desk_id:
            self.open_desk(desk_id)
        else:
            self.show_chooser()
            self.remember()

    def first_desk(self, session: SignedIn) -> str:
        """Where somebody who signs in lands: the desk asked for at the start, else the one used last here, else the only one, else none."""
        from client import desks

        may = [entry.id for entry in desks.permitted(session.permissions)]
        return next((each for each in (self.desk_id, self.settings.last_desk) if each in may), may[0] if len(may) == 1 else "")

    def show_chooser(self) -> None:
        """The desks that the person may open; those that are open stay as they are."""
        from client import desks
        from client.shell.chooser import ChooserPage

        assert self.session is not None
        page = ChooserPage()
        page.chosen.connect(self.open_desk)
        page.leaving.connect(self.sign_out)
        page.devices.connect(self.open_desks.show_devices)
        page.back.connect(self.open_desks.come_back)
        self.open_desks.rest()
        self.show_page(page)
        self._choosing = True
        entries = desks.permitted(self.session.permissions)
        page.offer(entries, self.session.staff.name, self.settings.last_desk, may_go_back=self.open_desks.any())

    def open_desk(self, desk_id: str, subject: Any = None) -> None:
        """Show a desk; see :meth:`client.shell.open_desks.OpenDesks.show`."""
        self.open_desks.show(desk_id, subject)

    @property
    def frame(self) -> Frame | None:
        """The frame on the screen, if a desk is."""
        return self.open_desks.on_screen

    def show_devices(self) -> None:
        """The set-up of the devices, laid over the desk."""
        self.open_desks.show_devices()

    def sign_out(self) -> None:
        """End the session; drafts and unanswered acts stay."""
        from common.messages.session import SignOut

        ops = self.ops
        if ops is not None and self.session is not None:
            ops.send(SignOut(), owner=ops, done=lambda _done: None, failed=lambda _problem: None)
            ops.pause()
        self.session = None
        self.remember()
        self.idle_lock.stop()
        self.idle_lock.uncover()
        self.show_sign_in()

    # --- the lock ------------------------------------------------------------------------------------------------------------------

    def locked(self) -> bool:
        """Whether the lock covers the desk."""
        return self.idle_lock.covers()

    def lock(self) -> None:
        """Cover the desk; its work is kept."""
        self.idle_lock.cover()

    def renew(self, session: SignedIn) -> None:
        """The same person has a new session."""
        assert self.ops is not None
        self.session = session
        self.ops.connection.token = session.token
        if self.workplace is not None:
            self.workplace.session = session

    # --- keys ----------------------------------------------------------------------------------------------------------------------

    def press(self, key: str) -> bool:
        """See :class:`client.keys.KeyHost`."""
        return self.frame is not None and not self.locked() and self.frame.press(key)

    def takes_scans(self) -> bool:
        """At a desk that is not locked: passwords, login names and pairing codes are typed. At the chooser a scan's digits choose nothing."""
        return (self.frame is not None or self._choosing) and not self.locked()

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
        self.remember()

    def show_page(self, page: QWidget) -> None:
        """Put a page on the screen. The one before it goes, unless it is a desk that stays open: that waits outside the window."""
        old, self._choosing = self.pages.currentWidget(), False
        self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)
        if old is not None and old is not page:
            self.pages.removeWidget(old)
            if self.open_desks.keeps(old):
                old.setParent(None)
            else:
                old.deleteLater()
        self._set_title()

    def _set_title(self, _language: str = "") -> None:
        desk = self.frame.title() if self.frame is not None else ""
        self.setWindowTitle(" · ".join(filter(None, (desk, self.settings.desk_name or self.settings.clinic, tr("Xinglin")))))

    def _restore_geometry(self) -> None:
        kept = self.settings.geometry.get(self.desk_id or "desk", "")
        if not kept or not self.restoreGeometry(QByteArray.fromBase64(kept.encode())):
            self.resize(*FIRST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.idle_lock.fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.open_desks.close()
        self.settings.geometry[self.desk_id or "desk"] = bytes(self.saveGeometry().toBase64().data()).decode()
        self.remember()
        self.idle_lock.stop()
        for bridge in filter(None, (self._bridge, self._ops)):
            bridge.stop()
        if self.workplace is not None:
            self.workplace.devices.stop()
        super().closeEvent(event)
