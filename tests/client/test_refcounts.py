"""PySide6 6.12 drops references to True and None on Python 3.11 until the interpreter aborts; the version in use must not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

CALLS = 200_000
#: Other parts of the program take and give references meanwhile; a leak of one a call is far beyond this.
NOISE = 20_000


class _Bell(QObject):
    rung = Signal(bool)


def test_calls_into_qt_keep_the_references_to_constants(app: QApplication) -> None:
    bell, label = _Bell(), QLabel()
    bell.rung.connect(label.setEnabled)
    before = [sys.getrefcount(each) for each in (True, False, None)]
    for number in range(CALLS // 2):
        bell.rung.emit(True)
        label.setText("" if number % 2 else "a")
    after = [sys.getrefcount(each) for each in (True, False, None)]
    assert all(abs(late - early) < NOISE for early, late in zip(before, after, strict=True)), (before, after)
