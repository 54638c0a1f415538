"""A field that finds an entry of a code list while one types: a drug, a diagnosis, a frequency, a route."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from client import theme
from client.widgets.table import Column, Table
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAUSE_MS: Final = 12
ROWS_SHOWN: Final = 9
#: After so long without an answer the keys that waited for it are let go.
PATIENCE_MS: Final = 2500
_ARROWS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


class CodeInput(QLineEdit):
    """``look_up(text, show)`` finds the entries and calls ``show(entries)``, at once (a short list) or when the service answers.

    ``shown(entry)`` is what stands in the field once an entry was chosen. ``chosen(entry)`` fires on Enter, Tab or a click; ``entry()`` is
    the chosen one, ``None`` after the text was changed. ``opens`` shows the whole list on focus (for short lists).

    The popup never takes the focus and closes with Esc; what was typed stays. "amx⏎⏎bls⏎⏎" may be typed without looking: keys that come
    while Enter waits for its answer are kept, and played to whatever has the focus after ``chosen``; see :meth:`in_turn`.

    ``in_place``: the list does not hang over what is below; the desk lays :attr:`listed` into its own layout, where it shows while it is open.

    Enter on what matches nothing says so under the field; the text is marked then, so that the next key begins anew, and keys that were kept
    for the fields behind it are thrown away.

    ``painted(text, nanoseconds)`` is for the bench: from the key press to the list on the screen.
    """

    chosen = Signal(object)
    painted = Signal(str, object)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        look_up: Callable[[str, Callable[[Sequence[Any]], None]], None],
        shown: Callable[[Any], str],
        key: Callable[[Any], object],
        popup_width: int = 560,
        opens: bool = False,
        in_place: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("live", True)
        self._look_up = look_up
        self._shown = shown
        self._opens = opens
        self._popup_width = popup_width
        self._entry: Any | None = None
        self._asked = ""
        self._enter_waits = False
        self._kept: list[Callable[[], object]] = []
        self._nothing = False
        self._typed_at = 0
        self._measuring = ""
        self._popup = _Popup(columns, key, self, in_place=in_place)
        self._popup.list.viewport().installEventFilter(self)
        self._popup.list.clicked.connect(lambda _index: self._take(self._popup.list.current()))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._go_on)
        self.textEdited.connect(self._edited)

    @property
    def listed(self) -> QWidget:
        """The list that was found, for the desk's layout where it is ``in_place``."""
        return self._popup

    def entry(self) -> Any | None:
        """The entry that was chosen, while the field still says so."""
        return self._entry

    def set_entry(self, entry: Any | None) -> None:
        """Show an entry as chosen (nothing is fired), or clear the field."""
        self._entry = entry
        self.setText(self._shown(entry) if entry is not None else "")
        self._popup.hide()

    def popup_open(self) -> bool:
        """Whether the list hangs open; then Enter chooses."""
        return self._popup.isVisible() or self._enter_waits or (self._entry is None and bool(self.text().strip()))

    def holding(self) -> bool:
        """Whether Enter was pressed and its answer is still on the way."""
        return self._enter_waits

    def in_turn(self, act: Callable[[], object]) -> None:
        """Do something after all keys that were typed before; at once where none waits."""
        if self._enter_waits:
            self._kept.append(act)
        else:
            act()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._enter_waits and key != Qt.Key.Key_Escape:
            self._keep(event)
        elif self._enter_waits:
            self._kept.clear()
            self._go_on()
            self._popup.hide()
        elif key in _ARROWS and (self._popup.isVisible() or key == Qt.Key.Key_Down):
            self._arrow(_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.popup_open():
            self._enter()
        elif key == Qt.Key.Key_Escape and self._popup.isVisible():
            self._popup.hide()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            if self._enter_waits:
                self._keep(event)
                return True
            if self._popup.isVisible():
                self._enter()
        return super().event(event)

    def _keep(self, event: QKeyEvent) -> None:
        """A key waits for the answer to Enter. It goes straight to its field then: it has passed the program's filters before."""
        kept = event.clone()

        def play() -> None:
            field = QApplication.focusWidget()
            if field is not None and not self._nothing:
                field.event(kept)

        self.in_turn(play)

    def _go_on(self) -> None:
        """Enter waits no longer: the keys that were kept go to whatever has the focus now, or wait for Enter there."""
        self._patience.stop()
        self._enter_waits = False
        kept, self._kept = self._kept, []
        for act in kept:
            field = QApplication.focusWidget()
            if isinstance(field, CodeInput):
                field.in_turn(act)
            else:
                act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._measuring:
            text, self._measuring = self._measuring, ""
            QTimer.singleShot(0, self, lambda: self.painted.emit(text, time.perf_counter_ns() - self._typed_at))
        return super().eventFilter(watched, event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.selectAll()
        if self._opens and self._entry is None and event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self._ask()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._popup.hide()

    def _edited(self, _text: str) -> None:
        self._typed_at = time.perf_counter_ns()
        self._entry, self._nothing = None, False
        self._go_on()
        self._pause.start()

    def _ask(self) -> None:
        typed = self.text().strip() if self._entry is None else ""
        if not typed and not self._opens:
            self._popup.hide()
            return
        self._look_up(typed, lambda entries: self._show(typed, entries))

    def _show(self, typed: str, entries: Sequence[Any]) -> None:
        if self._entry is None and typed != self.text().strip():
            return
        self._asked = typed
        self._measuring = typed if entries else ""
        self._popup.fill(entries)
        if entries and self.hasFocus():
            self._popup.hang_under(self, self._popup_width)
        else:
            self._popup.hide()
        if self._enter_waits:
            self._enter_waits = False
            self._take(self._popup.list.current())
            self._go_on()
            self._nothing = False

    def _arrow(self, by: int) -> None:
        if self._popup.isVisible():
            self._popup.list.step(by)
        else:
            self._ask()

    def _enter(self) -> None:
        if self._pause.isActive() or self._asked != self.text().strip():
            self._enter_waits = True  # the answer is on its way; taking what is shown now could be the wrong entry
            self._patience.start()
            return
        self._take(self._popup.list.current())

    def _take(self, entry: Any | None) -> None:
        if entry is None:
            self._say_nothing()
            return
        self.set_entry(entry)
        self.chosen.emit(entry)

    def _say_nothing(self) -> None:
        typed = self.text().strip()
        if not typed or not self.hasFocus():
            return
        self._nothing = True
        self.selectAll()
        self._popup.say(tr("There is no “{text}”: choose from the list.", text=typed))
        self._popup.hang_under(self, self._popup_width)


class _Popup(QFrame):
    """The list under the field. A tool-tip window: above everything, never focused; or ``in_place`` in the desk."""

    def __init__(self, columns: Sequence[Column], key: Callable[[Any], object], field: QWidget, *, in_place: bool) -> None:
        super().__init__(field, Qt.WindowType.Widget if in_place else Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self._in_place = in_place
        self.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setProperty("sheet", True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list = Table(columns, key=key, dense=True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.led = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self.list)
        self.note = QLabel()
        self.note.setProperty("tone", "warning")
        self.note.setMargin(theme.GAP)
        layout.addWidget(self.note)
        self.note.hide()
        self._window: QWidget | None = None

    def say(self, words: str) -> None:
        """A sentence in place of the list."""
        self.list.set_rows(())
        self.list.hide()
        self.note.setText(words)
        self.note.show()

    def fill(self, entries: Sequence[Any]) -> None:
        self.note.hide()
        self.list.show()
        self.list.set_rows(entries)
        if entries:
            self.list.step(-len(entries))

    def hang_under(self, field: QWidget, width: int) -> None:
        self._watch(field.window())
        rows = min(len(self.list.rows()), ROWS_SHOWN)
        head = self.list.horizontalHeader()
        height = rows * self.list.verticalHeader().defaultSectionSize() + (0 if head.isHidden() else head.height()) + 4
        if not self.note.isHidden():
            height = self.note.sizeHint().height() + 2
        if self._in_place:
            self.setFixedHeight(height)
            self.show()
            return
        below = field.mapToGlobal(QPoint(0, field.height() + 2))
        place = QRect(below.x(), below.y(), max(width, field.width()), height)
        room = field.screen().availableGeometry()
        if place.bottom() > room.bottom():
            place.moveBottom(field.mapToGlobal(QPoint(0, -2)).y())
        place.moveLeft(max(room.left(), min(place.left(), room.right() - place.width())))
        self.setGeometry(place)
        self.show()

    def _watch(self, window: QWidget) -> None:
        """The window that the field is in now, which it is not yet when it is made."""
        if window is not self._window:
            if self._window is not None and shiboken6.isValid(self._window):
                self._window.removeEventFilter(self)
            self._window = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.WindowDeactivate):
            self.hide()
        return super().eventFilter(watched, event)
