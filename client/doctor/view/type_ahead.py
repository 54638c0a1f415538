"""A code field for a fast typist: what is typed while the answer is on its way waits for it, and the time to the painted list is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from client.widgets.code_input import CodeInput
from client.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: After so long without an answer the keys that waited are let go.
PATIENCE_MS: Final = 3000


class Cell(QLineEdit):
    """A cell of a line. ``first(event)`` sees each key before the field does and says whether it has used it up."""

    first: Callable[[QKeyEvent], bool] | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.first is None or not self.first(event):
            super().keyPressEvent(event)


class TypeAhead(CodeInput):
    """A :class:`~client.widgets.code_input.CodeInput` in which "amx⏎⏎bls⏎⏎" may be typed without looking. ``first`` as in :class:`Cell`.

    ``painted(text, nanoseconds)`` is for the bench: from the key press to the list on the screen.
    """

    painted = Signal(str, object)
    first: Callable[[QKeyEvent], bool] | None = None

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        look_up: Callable[[str, Callable[[Sequence[Any]], None]], None],
        shown: Callable[[Any], str],
        key: Callable[[Any], object],
        popup_width: int = 560,
        opens: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(columns, look_up=self._ask_and_measure, shown=shown, key=key, popup_width=popup_width, opens=opens, parent=parent)
        self._whole_list = opens
        self._service = look_up
        self._typed_at = 0
        self._measuring = ""
        self._held: list[QKeyEvent | Callable[[], object]] = []
        self._holding = False
        self._awaited = ""
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._let_go)
        self.setProperty("live", True)
        self.textEdited.connect(self._note_time)
        found = self.findChild(Table)
        if isinstance(found, Table):
            found.viewport().installEventFilter(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._holding and event.key() != Qt.Key.Key_Escape:
            self._held.append(event.clone())
            return
        if self.first is not None and self.first(event):
            return
        if event.key() == Qt.Key.Key_Down and self._whole_list and self.entry() is not None:
            self.set_entry(None)  # the list of all opens; leaving the field without a choice puts the old one back
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._waits():
            self._holding, self._awaited = True, self.text().strip()
            self._patience.start()
        elif event.key() == Qt.Key.Key_Escape:
            self._held.clear()
            self._let_go()

    def holding(self) -> bool:
        """Whether Enter was pressed and its answer is still on the way."""
        return self._holding

    def in_turn(self, act: Callable[[], object]) -> None:
        """Do something after all keys that were typed before; at once where none waits."""
        if self._holding:
            self._held.append(act)
        else:
            act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._measuring:
            text, self._measuring = self._measuring, ""
            QTimer.singleShot(0, self, lambda: self.painted.emit(text, time.perf_counter_ns() - self._typed_at))
        return super().eventFilter(watched, event)

    def _waits(self) -> bool:
        """Enter was pressed, and nothing is chosen yet although something is typed."""
        return self.hasFocus() and self.entry() is None and bool(self.text().strip())

    def _note_time(self, _text: str) -> None:
        self._typed_at = time.perf_counter_ns()

    def _ask_and_measure(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        def answered(entries: Sequence[Any]) -> None:
            self._measuring = text if entries and text == self.text().strip() else ""
            show(entries)
            if self._holding and text == self._awaited:
                self._let_go()

        self._service(text, answered)

    def _let_go(self) -> None:
        """Play the keys that waited to whatever has the focus now; straight to it, since they have passed the program's filters before."""
        self._patience.stop()
        self._holding = False
        held, self._held = self._held, []
        for number, event in enumerate(held):
            field = QApplication.focusWidget()
            if isinstance(field, TypeAhead) and field._holding:
                field._held.extend(held[number:])
                return
            if not isinstance(event, QKeyEvent):
                event()
            elif field is not None:
                field.event(event)
