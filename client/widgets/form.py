"""Labels and fields on one grid, and Enter that goes to the next field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from client import theme
from client.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPES: Final = {
    "note": (theme.NOTE, QFont.Weight.Normal),
    "secondary": (theme.BODY, QFont.Weight.Normal),
    "section": (theme.BODY, QFont.Weight.DemiBold),
    "emphasis": (theme.EMPHASIS, QFont.Weight.Medium),
    "heading": (theme.HEADING, QFont.Weight.Medium),
    "figure": (theme.FIGURE, QFont.Weight.Medium),
}


class Label(QLabel):
    """A text of one of the types of the style sheet: note, emphasis, heading, figure, secondary, or body (empty)."""

    def __init__(self, source: str = "", type: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if type:
            self.setProperty("type", type)
            self.setFont(theme.font(*_TYPES[type]))
        if source:
            text(self.setText, source)


class SectionTitle(Label):
    """The heading of a part of a screen. ``source`` is an English source string."""

    def __init__(self, source: str, parent: QWidget | None = None) -> None:
        super().__init__(source, "section", parent)


class Hairline(QFrame):
    """A line of one pixel, across or down."""

    def __init__(self, *, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("hairline", True)
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)


class Form(QWidget):
    """Fields in ``columns`` columns, each label above its field. Enter goes to the next field; after the last one ``finished`` fires.

    ::

        form = Form(columns=2)
        form.add(N_("Name"), self.name, span=2, required=True)
        form.add(N_("Phone"), self.phone)
        form.wrong(self.phone, tr("The number is too short."))
    """

    finished = Signal()

    def __init__(self, columns: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._place = 0
        self._fields: list[QWidget] = []
        self._notes: dict[QWidget, QLabel] = {}
        self._labels: dict[QWidget, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.MARGIN)
        self._grid.setVerticalSpacing(2)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def add(self, source: str, field: QWidget, *, span: int = 1, required: bool = False) -> QWidget:
        """Put ``field`` under its label, in the next free place; ``span`` columns wide. The field itself comes back."""
        if self._place % self._columns + span > self._columns:
            self._place += self._columns - self._place % self._columns
        row, column = divmod(self._place, self._columns)
        label = QLabel()
        label.setProperty("type", "note")
        label.setBuddy(field)
        text(label.setText, "{label} *" if required else "{label}", label=lambda: _tr(source))
        text(field.setAccessibleName, source)
        note = QLabel()
        note.setProperty("type", "note")
        note.setProperty("tone", "danger")
        note.setWordWrap(True)
        note.setMinimumHeight(theme.GAP)
        note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        for line, widget in enumerate((label, field, note)):
            self._grid.addWidget(widget, 3 * row + line, column, 1, span)
        self._place += span
        self._fields.append(field)
        self._notes[field] = note
        self._labels[field] = label
        field.installEventFilter(self)
        return field

    def rename(self, field: QWidget, source: str) -> None:
        """Another label above a field, where what it asks for depends on another one."""
        text(self._labels[field].setText, "{label}", label=lambda: _tr(source))
        text(field.setAccessibleName, source)

    def show_field(self, field: QWidget, shown: bool) -> None:
        """Take a field away with its label and its note, or bring it back; its place stays empty."""
        for widget in (self._labels[field], field, self._notes[field]):
            widget.setVisible(shown)

    def wrong(self, field: QWidget, reason: str) -> None:
        """Mark a field with what is wrong in it; an empty reason takes the mark away."""
        self._notes[field].setText(reason)
        field.setProperty("wrong", bool(reason))
        field.style().unpolish(field)
        field.style().polish(field)

    def clear_wrongs(self) -> None:
        """Take all marks away."""
        for field in self._fields:
            if field.property("wrong"):
                self.wrong(field, "")

    def fields(self) -> list[QWidget]:
        """The fields in reading order."""
        return list(self._fields)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and not event.modifiers() & Qt.KeyboardModifier.ControlModifier and not _keeps_enter(watched):
                self._next(watched)
                return True
        return super().eventFilter(watched, event)

    def _next(self, field: QWidget) -> None:
        after = self._fields[self._fields.index(field) + 1 :]
        target = next((each for each in after if each.isEnabled() and each.isVisible()), None)
        if target is None:
            self.finished.emit()
        else:
            target.setFocus(Qt.FocusReason.TabFocusReason)


def _keeps_enter(field: QWidget) -> bool:
    """Text of several lines needs Enter; a popup that hangs open takes it to choose."""
    from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

    popup: Callable[[], bool] | None = getattr(field, "popup_open", None)
    return isinstance(field, QPlainTextEdit | QTextEdit) or (popup is not None and popup())


def _tr(source: str) -> str:
    from common.i18n import tr

    return tr(source)
