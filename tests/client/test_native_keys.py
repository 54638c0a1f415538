"""Keys before the input method: the systems' own events, and a scan that an input method turned into something else."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QInputMethodEvent

from client import capture
from client.keys import router
from client.native_keys import windows_stroke, xcb_stroke
from tests.client.test_keys import Window

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


def xcb(keycode: int, state: int = 0, kind: int = 2) -> bytes:
    return struct.pack("=BBHIIIIhhhhHBx", kind, keycode, 0, 0, 0, 0, 0, 0, 0, 0, 0, state, 1)


@pytest.mark.parametrize(
    ("event", "character"),
    [
        (xcb(38), "a"),
        (xcb(38, state=1), "A"),
        (xcb(38, state=2), "A"),
        (xcb(10), "1"),
        (xcb(36), "\r"),
        (xcb(35, state=4), "\x1d"),
        (xcb(96), ""),
    ],
)
def test_a_key_press_of_x11(event: bytes, character: str) -> None:
    stroke = xcb_stroke(event)
    assert stroke is not None
    assert stroke.character() == character


def test_other_events_of_x11_are_none_of_ours() -> None:
    assert xcb_stroke(xcb(38, kind=3)) is None


@pytest.mark.parametrize(
    ("parameter", "character"), [(0x001E0001, "a"), (0x00020001, "1"), (0x001C0001, "\r"), (0x011C0001, "\r"), (0x01480001, "")]
)
def test_a_key_press_of_windows(parameter: int, character: str) -> None:
    stroke = windows_stroke(0x0100, parameter, shift=False, caps_lock=False, control=False)
    assert stroke is not None
    assert stroke.character() == character
    assert windows_stroke(0x0101, parameter, shift=False, caps_lock=False, control=False) is None


def test_a_scan_that_an_input_method_ate_is_a_scan_all_the_same(app: QApplication, qtbot: QtBot) -> None:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.line.setFocus()
    capture.settle()
    router().breathe()
    time.sleep(0.1)
    with router().at_once():
        for count, char in enumerate("PQ12ab"):
            router().physical(char)
            composed = QInputMethodEvent("pq"[:count], [])
            QCoreApplication.sendEvent(window.line, composed)
        router().physical("\r")
        eaten = QInputMethodEvent("", [])
        eaten.setCommitString("拼起12")
        QCoreApplication.sendEvent(window.line, eaten)
    capture.settle()
    assert window.scans == ["PQ12ab"]
    assert window.line.text() == ""


def test_what_a_person_composes_arrives(app: QApplication, qtbot: QtBot) -> None:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.line.setFocus()
    capture.settle()
    router().breathe()
    time.sleep(0.1)
    router().physical("z")
    composed = QInputMethodEvent("", [])
    composed.setCommitString("张")
    QCoreApplication.sendEvent(window.line, composed)
    assert window.line.text() == "", "held until the key is known to be a person's"
    qtbot.waitUntil(lambda: window.line.text() == "张", timeout=10_000)
    assert window.scans == []
