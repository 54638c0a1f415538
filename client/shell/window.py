"""The desk's window: from pairing to sign-in to the chooser to a desk, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import shiboken6
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from client import desks, keys, settings, texts, theme
from client.connection import Connection, Service
from client.errors import NotKept
from client.icons import icon
from client.ops import Bridge, Ops
from client.shell.idle_lock import IdleLock
from common.i18n import tr
from common.messages.session import ChangePassword, SignedIn, SignIn, SignOut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from client.desk import Desk, Workplace
    from client.settings import DeskSettings
    from client.shell.frame import Frame
    from client.shell.sign_in import SignInPage
    from devices.scanner.protocol import Scan

SMALLEST: Final = (1024, 640)
FIRST: Final = (1366, 768)


class _Beneath(NamedTuple):
    """What lies under the set-up of the devices, and where the focus was."""

    page: QWidget
    frame: Frame | None
    focus: QWidget | None


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
        self._beneath: _Beneath | None = None
        self._workplace: Workplace | None = None
        self._virtual = virtual
        self._folder = journal_folder
        self.pages = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self.setMinimumSize(*SMALLEST)
        self.setWindowIcon(icon("brand"))
        self._restore_geometry()
        self.idle_lock = IdleLock(self)
        router = keys.router()
        router.add(self, self)
        router.active.connect(self.idle_lock.note_active)
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

        page = PairPage(self.bridge)
        page.paired.connect(self._paired)
        page.preferred.connect(self.prefer)
        self._show(page)
        page.begin(self.settings.url)

    def _paired(self, service: Service, desk_name: str, secret_file: str) -> None:
        self.settings.url = service.url
        self.settings.fingerprint = (service.fingerprint or b"").hex()
        self.settings.desk_id = service.desk[0] if service.desk else 0
        self.settings.desk_name = desk_name
        self.connect_to(service)
        if secret_file:
            self._warn(tr("This computer has no keyring: the desk's secret lies in {file}, which only you can read.", file=secret_file))
        self._remember()

    def _remember(self) -> None:
        """Write the settings down. A disk that does not take them is said; the work goes on."""
        try:
            settings.save(self.settings)
        except NotKept as problem:
            self._warn(str(problem))

    def _warn(self, sentence: str) -> None:
        if self.frame is not None:
            self.frame.desk.tell(sentence, "warning")
        elif self.sign_in_page is not None:
            self.sign_in_page.refuse(sentence)

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
        self.renew(session)
        self.settings.last_login, self.settings.clinic = session.staff.login, session.clinic.name
        self._remember()
        self.idle_lock.uncover()
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
        self.idle_lock.start()
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
        paper_file = self._folder / f"paper-{self.settings.desk_id}.sqlite"
        paper = Paper(self.ops, devices, paper_file, by=session.staff.name, zone=session.expires_at.tzinfo)
        return Workplace(ops=self.ops, session=session, journal=journal, paper=paper, devices=devices, settings=self.settings)

    def show_chooser(self) -> None:
        """The desks that the person may open."""
        from client.shell.chooser import ChooserPage

        assert self.session is not None
        self._close_desk()
        page = ChooserPage()
        page.chosen.connect(self.open_desk)
        page.leaving.connect(self.sign_out)
        page.devices.connect(self.show_devices)
        self._show(page)
        page.offer(desks.permitted(self.session.permissions), self.session.staff.name, self.settings.last_desk)

    def open_desk(self, desk_id: str) -> None:
        """Open a desk in its frame."""
        assert self._workplace is not None
        self._close_desk()
        self.settings.last_desk = desk_id
        desk = desks.by_id(desk_id).load().create(self._workplace)
        self._show(self._framed(desk))
        self._set_title()
        desk.refresh(frozenset())
        self._workplace.devices.start()
        self._workplace.paper.look_after()
        self._remember()

    def _framed(self, desk: Desk) -> Frame:
        from client.shell.frame import Frame

        assert self._workplace is not None
        self.frame = Frame(self._workplace, desk)
        self.frame.leaving.connect(self._leave)
        self.frame.preferred.connect(self.prefer)
        return self.frame

    def _leave(self, where: str) -> None:
        ways = {"lock": self.lock, "desks": self.show_chooser, "devices": self.show_devices, "sign_out": self.sign_out}
        ways[where]()

    def show_devices(self) -> None:
        """The set-up of the devices, laid over the desk or the chooser, which stay beneath as they are."""
        from client.shell.devices.view import DevicesDesk

        assert self._workplace is not None
        page = self.pages.currentWidget()
        assert page is not None
        self._beneath = _Beneath(page, self.frame, QApplication.focusWidget())
        desk = DevicesDesk(self._workplace)
        desk.left.connect(self._put_devices_away)
        self._show(self._framed(desk), instead=False)
        desk.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set_title()
        self._workplace.devices.start()

    def _put_devices_away(self) -> None:
        beneath, self._beneath = self._beneath, None
        if beneath is None or self.frame is None:
            return
        self.frame.wind_up()
        self.frame = beneath.frame
        self._show(beneath.page)
        self._set_title()
        if beneath.focus is not None and shiboken6.isValid(beneath.focus):
            beneath.focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def sign_out(self) -> None:
        """End the session; drafts and unanswered acts stay."""
        ops = self.ops
        if ops is not None and self.session is not None:
            ops.send(SignOut(), owner=ops, done=lambda _done: None, failed=lambda _problem: None)
            ops.pause()
        self.session = None
        self.idle_lock.stop()
        self.idle_lock.uncover()
        self.show_sign_in()

    def _close_desk(self) -> None:
        beneath, self._beneath = self._beneath, None
        for frame in (self.frame, beneath.frame if beneath else None):
            if frame is not None:
                frame.wind_up()
        if beneath is not None:
            self.pages.removeWidget(beneath.page)
            beneath.page.deleteLater()
        self.frame = None

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
        if self._workplace is not None:
            self._workplace.session = session

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
        self._remember()

    def _show(self, page: QWidget, *, instead: bool = True) -> None:
        old = self.pages.currentWidget()
        self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)
        if old is not None and old is not page and instead:
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
        self.idle_lock.fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._close_desk()
        self.settings.geometry[self.desk_id or "desk"] = bytes(self.saveGeometry().toBase64().data()).decode()
        self._remember()
        self.idle_lock.stop()
        self.bridge.stop()
        if self.ops is not None:
            self.ops.stop()
        if self._workplace is not None:
            self._workplace.devices.stop()
        super().closeEvent(event)
