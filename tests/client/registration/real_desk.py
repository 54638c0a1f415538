"""A real window at a real service, with every device a simulator at the other end of its wire; worked by keys, cards and scans."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from client import capture, robot
from client.connection import Service
from client.counter.devices import RECEIPT, VirtualDevices
from client.settings import DeskSettings
from client.shell.window import DeskWindow
from installer.sample import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devices.idcard.protocol import IdCard
    from printing.spool import Outcome
    from tests.harness import Clinic

WAIT_S: Final = 30.0


class RealDesk:
    """One person at one desk. ``keys`` counts what was pressed."""

    def __init__(self, clinic: Clinic, desk_id: str, login: str, folder: Path) -> None:
        self.clinic = clinic
        self.folder = folder / login
        self.closed = False
        self.devices = VirtualDevices()
        settings = DeskSettings(url=clinic.url, desk_name="1 号窗口", devices=VirtualDevices.settings(), sounds=False)
        self.window = DeskWindow(settings, Service(clinic.url), self.folder, desk_id=desk_id, virtual=self.devices.addresses)
        self.window.resize(1366, 768)
        self.window.show()
        self.window.sign_in(login, PASSWORD)
        self.wait(lambda: self.window.frame is not None)
        self.wait(lambda: self.devices.scanner.connected and self.devices.reader.connected)
        self.rest()
        self.keys = 0
        self.outcomes: list[Outcome] = []
        self.desk.place.paper.finished.connect(self.outcomes.append)

    @property
    def desk(self) -> Any:
        """The desk in the window."""
        assert self.window.frame is not None
        return self.window.frame.desk

    @property
    def said(self) -> str:
        """What the result line says."""
        return self.window.frame.line.text() if self.window.frame is not None else ""

    def wait(self, until: Callable[[], object], seconds: float = WAIT_S) -> None:
        """Let time pass until something is so."""
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"it did not happen; the line says: {self.said}"
            capture.settle()
            time.sleep(0.004)

    def rest(self) -> None:
        """Until nothing is asked any more and no type-ahead waits."""
        time.sleep(0.03)
        capture.settle()
        self.wait(self.at_rest)
        capture.settle()

    def at_rest(self) -> bool:
        """Whether no answer is awaited."""
        return self.window.ops is not None and self.window.ops.idle()

    def front(self) -> None:
        """Sit down at this desk."""
        self.window.activateWindow()
        capture.settle()

    def press(self, *names: str) -> None:
        """Press keys."""
        for name in names:
            self.keys += 1
            robot.press(self.window, name)
            self.rest()

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        for char in text:
            self.keys += 1
            robot.type_text(self.window, char)
        self.rest()

    def card(self, card: IdCard) -> None:
        """Lay a card on the reader."""
        self.front()
        self.devices.insert_card(card)

    def scan(self, code: str) -> None:
        """Hold a code before the scanner."""
        self.front()
        self.devices.scan(code)

    def receipts(self, count: int) -> list[bytes]:
        """The papers of the receipt printer, once the desk knows of so many that they came out."""
        self.wait(lambda: sum(outcome.state.value == "PRINTED" for outcome in self.outcomes) >= count)
        return self.devices.jobs(RECEIPT)

    def refused_by_printer(self) -> None:
        """Wait until the desk knows that a paper did not come out."""
        self.wait(lambda: any(outcome.state.value == "FAILED" for outcome in self.outcomes))

    def power_cut(self, login: str) -> Path:
        """The computer loses its power: only what is on its disk now is left. The folder for ``login``, who starts it again."""
        after = self.folder / "after"
        shutil.copytree(self.folder, after / login, ignore=shutil.ignore_patterns("*-shm", "after"))
        self.close()
        return after

    def close(self) -> None:
        """Leave; a second time is nothing."""
        if self.closed:
            return
        self.closed = True
        self.window.close()
        self.window.deleteLater()
        capture.settle()
        self.devices.close()


def has(paper: bytes, words: str) -> bool:
    """Whether these words are on the paper."""
    return words.encode("gb18030") in paper
