"""Hands for the demonstration, the bench and the tests: real key events through the real filters, without a person's pauses."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from client.keys import router

_NAMED: Final = {"\r": Qt.Key.Key_Return, "\n": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space}


def press(window: QWidget, key: str) -> None:
    """Press and release a key given as in ``"F12"``, ``"Ctrl+K"``, ``"Return"`` in ``window``."""
    combination = QKeySequence(key)[0]  # type: ignore[index]  # the stubs do not know that it can be indexed
    text = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t", Qt.Key.Key_Space: " "}.get(combination.key(), "")
    _send(window, combination, text)
    router().breathe()


def type_text(window: QWidget, text: str) -> None:
    """Type into whatever has the focus in ``window``, one key after another as a person does. Hanzi come as an input method commits them."""
    for char in text:
        _send(window, QKeyCombination(_key(char)), char)
        router().breathe()


def scan(window: QWidget, code: str) -> None:
    """Scan ``code`` with a scanner that types like a keyboard: all keys at once, then Enter."""
    with router().at_once():
        for char in f"{code}\r":
            _send(window, QKeyCombination(_key(char)), char)


def _key(char: str) -> Qt.Key:
    if char in _NAMED:
        return _NAMED[char]
    return Qt.Key(ord(char.upper())) if char.isascii() else Qt.Key.Key_unknown


def _send(window: QWidget, combination: QKeyCombination, text: str) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        focused = QApplication.focusWidget()
        target = focused if focused is not None and focused.window() is window else window.focusWidget() or window
        QCoreApplication.sendEvent(target, QKeyEvent(kind, combination.key(), combination.keyboardModifiers(), text))
