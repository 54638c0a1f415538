"""The parts of the program that the first screen does not need, loaded one by one while a person types the password."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

_AFTER_PAINT_MS: Final = 50
_BETWEEN_MS: Final = 10
_PARTS: Final = ("client.connection", "client.ops", "client.journal", "client.devices", "client.printing", "client.shell.frame")


class LoadLater(QObject):
    """``begin(desk)`` after the first paint; ``first()`` is called before the first part, ``enough()`` stops it: somebody was faster."""

    def __init__(self, parent: QObject, first: Callable[[], None], enough: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._first, self._enough = first, enough
        self._begun = False
        self._left: list[str] = []

    def begin(self, desk_id: str) -> None:
        """Load everything, and the desk that will probably be opened. A second call does nothing."""
        if not self._begun:
            self._begun = True
            self._left = [*_PARTS, *([f"client.{desk_id}"] if desk_id else [])]
            QTimer.singleShot(_AFTER_PAINT_MS, self, self._start)

    def _start(self) -> None:
        self._first()
        self._next()

    def _next(self) -> None:
        if self._left and not self._enough():
            name = self._left.pop(0)
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
            QTimer.singleShot(_BETWEEN_MS, self, self._next)
