"""Sounds: a scan was taken, a scan was refused, a patient is called. They differ in number, so that one needs no ear for pitch."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

BETWEEN_MS: Final = 160


def accepted() -> None:
    """One."""
    QApplication.beep()


def refused() -> None:
    """Two."""
    QApplication.beep()
    QTimer.singleShot(BETWEEN_MS, QApplication.beep)


def called() -> None:
    """Three, slower: somebody in the hall should look up."""
    for place in range(3):
        QTimer.singleShot(place * 2 * BETWEEN_MS, QApplication.beep)
