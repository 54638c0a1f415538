"""One person at one desk: the real window with its devices, worked by keys, scans and cards alone, and a count of them.

The walk through the clinic and the bench stand on this. Nothing reaches into a desk: what is pressed goes through the application's event
filters, what is scanned comes from the scanner's wire.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import QCoreApplication, QEventLoop

from client import capture, robot
from client.connection import Service
from client.counter.devices import VirtualDevices
from client.settings import DeskSettings
from client.shell.window import DeskWindow
from common.i18n import current_language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devices.idcard.protocol import IdCard
    from installer.demo.clinic import DemoClinic

WAIT_S: Final = 20.0
#: The reader looks for a card every 0.4 s; it has to see that the last one is gone.
_CARD_GAP_S: Final = 1.0


class Stuck(Exception):
    """A desk did not do in time what was expected of it."""


class Effort(msgspec.Struct, kw_only=True):
    """What a person did for one task. Figures of the bench; ``seconds`` are the program's, without a person's pauses."""

    keys: int = 0
    scans: int = 0
    cards: int = 0
    clicks: int = 0
    seconds: float = 0.0

    def since(self, before: Effort) -> Effort:
        """What was added after ``before``."""
        return Effort(
            keys=self.keys - before.keys,
            scans=self.scans - before.scans,
            cards=self.cards - before.cards,
            clicks=self.clicks - before.clicks,
            seconds=round(self.seconds - before.seconds, 3),
        )


class Station:
    """``desk_id`` for ``login``, signed in on a window of ``size``. ``folder`` takes journal and print jobs."""

    def __init__(
        self, clinic: DemoClinic, desk_id: str, login: str, password: str, folder: Path, *, size: tuple[int, int] = (1366, 768)
    ) -> None:
        self.desk_id = desk_id
        self.login = login
        self.devices = VirtualDevices()
        settings = DeskSettings(url=clinic.url, desk_name="", language=current_language(), devices=self.devices.settings(), sounds=False)
        service = Service(clinic.url, clinic.fingerprint)
        self.window = DeskWindow(settings, service, folder / desk_id, desk_id=desk_id, virtual=self.devices.addresses)
        self.window.resize(*size)
        self.window.show()
        self.effort = Effort()
        #: How long each key took until everything that follows from it was painted, in seconds.
        self.answers: list[float] = []
        self._sign_in(login, password)

    def _sign_in(self, login: str, password: str) -> None:
        self.front()
        robot.type_text(self.window, login)
        robot.press(self.window, "Return")
        robot.type_text(self.window, password)
        robot.press(self.window, "Return")
        self.until(lambda: self.window.frame is not None, "signed in")
        self.until(lambda: self.devices.scanner.connected and self.devices.reader.connected, "devices open")
        self.rest(0.1)

    @property
    def desk(self) -> Any:
        """The desk in the window."""
        assert self.window.frame is not None
        return self.window.frame.desk

    @property
    def said(self) -> str:
        """The sentence in the result line."""
        result = self.window.frame.line.result if self.window.frame is not None else None
        return result.text if result is not None else ""

    def front(self) -> None:
        """Sit down at this desk."""
        self.window.activateWindow()
        pump()

    # --- what the person does

    def press(self, *keys: str) -> None:
        """Press keys, each by its name (``"F12"``, ``"Return"``, ``"Ctrl+K"``)."""
        for key in keys:
            started = time.perf_counter()
            robot.press(self.window, key)
            pump()
            self.effort.keys += 1
            self._answered(time.perf_counter() - started)

    def type(self, text: str) -> None:
        """Type into whatever has the focus. Each Hanzi counts as one key: what the input method takes is not the program's."""
        for char in text:
            started = time.perf_counter()
            robot.type_text(self.window, char)
            pump()
            self.effort.keys += 1
            self._answered(time.perf_counter() - started)

    def _answered(self, seconds: float) -> None:
        self.answers.append(seconds)
        self.effort.seconds += seconds

    def scan(self, code: str) -> None:
        """Hold a code before the scanner."""
        if not self.devices.scan(code):
            raise Stuck(f"{self.desk_id}: nobody listens to the scanner")
        self.effort.scans += 1

    def card(self, card: IdCard) -> None:
        """Lay an identity card on the reader; the last one was taken away a moment before, as the reader wants it."""
        if self.devices.card is not None:
            self.devices.remove_card()
            self.rest(_CARD_GAP_S)
        self.devices.insert_card(card)
        self.effort.cards += 1

    def until(self, true: Callable[[], object], what: str, seconds: float = WAIT_S) -> None:
        """Wait until something is so. Raises :class:`Stuck` if it does not become so."""
        started = time.perf_counter()
        while not true():
            pump(5)
            if time.perf_counter() - started > seconds:
                raise Stuck(f"{self.desk_id}: not {what} after {seconds:.0f} s; it says: {self.said}")
        if self.window.frame is not None:
            self.effort.seconds += time.perf_counter() - started

    def rest(self, seconds: float) -> None:
        """Let time pass, as between two scans."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            pump(5)

    def mark(self) -> Effort:
        """The effort so far, to take a difference later."""
        return msgspec.structs.replace(self.effort)

    def shot(self, file: Path) -> None:
        """A picture of the window as it is."""
        capture.render(self.window, file)

    def close(self) -> None:
        """Go home."""
        self.window.close()
        hang_up(self.window)
        pump()
        self.devices.close()
        self.window.deleteLater()
        pump()


def hang_up(window: DeskWindow) -> None:
    """Close a closed window's lines to the service, which would wait ten seconds for them when it ends."""
    if window.ops is not None:
        window.ops.connection.close()


def pump(milliseconds: int = 0) -> None:
    """Let the windows work."""
    if milliseconds:
        QCoreApplication.processEvents(
            QEventLoop.ProcessEventsFlag.WaitForMoreEvents | QEventLoop.ProcessEventsFlag.AllEvents, milliseconds
        )
    QCoreApplication.processEvents()
