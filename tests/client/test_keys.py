"""Keys and scans: shortcuts that no field eats, scans that no field sees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from client import capture, robot
from client.keys import router

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from devices.scanner.protocol import Scan


class Window(QWidget):
    """A window with fields that would like to have every key."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []
        self.scans: list[str] = []
        self.scanning = True
        self.line, self.live, self.text, self.button = QLineEdit(), QLineEdit(), QPlainTextEdit(), QPushButton("x")
        self.live.setProperty("live", True)
        layout = QVBoxLayout(self)
        for widget in (self.line, self.live, self.text, self.button):
            layout.addWidget(widget)
        self.clicks = 0
        self.button.clicked.connect(self._click)
        router().add(self, self)

    def _click(self) -> None:
        self.clicks += 1

    def press(self, key: str) -> bool:
        self.pressed.append(key)
        return key in ("F12", "Ctrl+K", "F2")

    def takes_scans(self) -> bool:
        return self.scanning

    def take_scan(self, scan: Scan) -> None:
        self.scans.append(scan.text)


@pytest.fixture
def window(app: QApplication, qtbot: QtBot) -> Window:
    made = Window()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.line.setFocus()
    capture.settle()
    return made


def test_no_field_eats_a_shortcut(window: Window) -> None:
    for field in (window.line, window.live, window.text):
        field.setFocus()
        robot.type_text(window, "ab")
        robot.press(window, "F12")
        robot.press(window, "Ctrl+K")
    assert window.pressed.count("F12") == window.pressed.count("Ctrl+K") == 3
    assert (window.line.text(), window.live.text(), window.text.toPlainText()) == ("ab", "ab", "ab"), "Ctrl+K deletes nothing"


@pytest.mark.parametrize("name", ["line", "live", "text"])
def test_a_scan_reaches_the_window_and_no_field(window: Window, name: str) -> None:
    field = getattr(window, name)
    field.setFocus()
    robot.type_text(window, "张3")
    robot.scan(window, "6901234567892")
    capture.settle()
    assert window.scans == ["6901234567892"]
    assert (field.toPlainText() if name == "text" else field.text()) == "张3"


def test_a_scan_presses_no_button(window: Window) -> None:
    window.button.setFocus()
    robot.scan(window, "A B C 1234")
    assert window.clicks == 0
    assert window.scans == ["A B C 1234"]


def test_a_scan_replaces_nothing_that_was_selected(window: Window) -> None:
    window.live.setText("13812341234")
    window.live.setFocus()
    window.live.selectAll()
    robot.scan(window, "P26112100012")
    assert window.live.text() == "13812341234"
    assert window.live.selectedText() == "13812341234"


@pytest.mark.parametrize("name", ["line", "live", "text"])
def test_where_nothing_is_scanned_every_key_arrives_at_once_however_fast(window: Window, name: str) -> None:
    field = getattr(window, name)
    field.setFocus()
    returned: list[bool] = []
    window.line.returnPressed.connect(lambda: returned.append(True))
    router().breathe()
    with router().at_once():
        QTest.keyClick(field, Qt.Key.Key_Q)  # still held when scans end to be taken: it comes first all the same
        window.scanning = False
        robot.scan(window, "wang-1234")
        router().physical("x")
        typed = field.toPlainText().strip() if name == "text" else field.text()
    assert typed == "qwang-1234"
    assert window.scans == []
    assert returned == ([True] if name == "line" else [])
    event = QInputMethodEvent("", [])
    event.setCommitString("张")
    QCoreApplication.sendEvent(field, event)
    assert (field.toPlainText() if name == "text" else field.text()).endswith("张")


def test_a_person_types_presses_space_and_enter(window: Window) -> None:
    returned: list[bool] = []
    window.line.returnPressed.connect(lambda: returned.append(True))
    robot.type_text(window, "zhangsan 1985")
    robot.press(window, "Return")
    assert window.line.text() == "zhangsan 1985"
    assert returned == [True]
    window.button.setFocus()
    robot.press(window, "Space")
    assert window.clicks == 1
    assert not window.button.isDown()
    assert not window.scans


def test_held_keys_are_given_back_by_themselves(window: Window, qtbot: QtBot) -> None:
    QTest.keyClick(window.line, Qt.Key.Key_A)
    assert window.line.text() == ""
    qtbot.waitUntil(lambda: window.line.text() == "a", timeout=10_000)


def test_a_live_field_has_its_key_at_once(window: Window) -> None:
    window.live.setFocus()
    QTest.keyClick(window.live, Qt.Key.Key_A)
    assert window.live.text() == "a"


def test_what_an_input_method_makes_of_a_scan_is_dropped(window: Window) -> None:
    def commit(words: str) -> None:
        event = QInputMethodEvent("", [])
        event.setCommitString(words)
        QCoreApplication.sendEvent(window.line, event)

    router().breathe()
    time.sleep(0.1)  # what an earlier test typed and scanned is past
    commit("张")
    assert window.line.text() == "张", "a person's words pass"
    with router().at_once():
        robot.scan(window, "6901234567892")
        commit("六九零")
    assert window.line.text() == "张"
    time.sleep(0.1)
    commit("三")
    assert window.line.text() == "张三"


def test_activity_is_told_for_the_idle_lock(window: Window) -> None:
    seen: list[bool] = []
    router().active.connect(lambda: seen.append(True))
    robot.press(window, "Left")
    assert seen
