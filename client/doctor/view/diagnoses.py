"""Diagnoses: found by ICD-10 code, name or initials; the first is the main one; moved, marked as suspected and noted by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from client import theme
from client.doctor.view.type_ahead import TypeAhead
from client.texts import text
from client.widgets.form import Label
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.consult import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from common.messages.catalogue import DiagnosisHit

FOUND: Final = (
    Column(title=N_("Code"), text=lambda hit: hit.code, width=104),
    Column(title=N_("Diagnosis"), text=lambda hit: hit.name, strong=True),
)


class DiagnosisList(QWidget):
    """``changed(list[Diagnosis])`` whenever a person changed something; ``finished`` on Enter in the empty field."""

    changed = Signal(object)
    finished = Signal()

    def __init__(self, look_up: Callable[[str, Callable[[Sequence[Any]], None]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diagnoses: list[Diagnosis] = []
        self.table = _Rows(
            (
                Column(title="", text=lambda row: _place(row[0]), width=48, quiet=True),
                Column(title="", text=lambda row: _words(row[1]), strong=True),
                Column(title="", text=lambda row: row[1].code, width=100, quiet=True),
            ),
            key=lambda row: row[1].code,
            dense=True,
        )
        self.table.horizontalHeader().hide()
        self.table.pressed_key.connect(self._key)
        self.field = TypeAhead(FOUND, look_up=look_up, shown=lambda hit: hit.name, key=lambda hit: hit.code, popup_width=460)
        text(self.field.setPlaceholderText, N_("Code, name or initials"))
        self.field.chosen.connect(self._add)
        self.field.returnPressed.connect(self._enter)
        self.note = QLineEdit()
        self.note.setMaxLength(100)
        text(self.note.setPlaceholderText, N_("Note to this diagnosis; Enter keeps it"))
        self.note.returnPressed.connect(self._noted)
        self.note.hide()
        self.hint = Label(N_("?  suspected    Alt+↑↓  move    Enter  note    Del  remove"), "note")
        self.hint.hide()
        self._lay_out()
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.table, self.hint, self.note, self.field):
            layout.addWidget(widget)
        self.table.focused.connect(self.hint.setVisible)

    def diagnoses(self) -> list[Diagnosis]:
        """The diagnoses, main one first."""
        return list(self._diagnoses)

    def set_diagnoses(self, diagnoses: Sequence[Diagnosis]) -> None:
        """Show diagnoses; nothing is fired."""
        self._diagnoses = list(diagnoses)
        self._show()

    def set_writable(self, writable: bool) -> None:
        """Whether anything can be changed."""
        self.field.setVisible(writable)

    def remove_current(self) -> bool:
        """Take the current diagnosis away, if the list has the focus."""
        if not self.table.hasFocus():
            return False
        self._key(Qt.Key.Key_Delete)
        return True

    def _show(self) -> None:
        self.table.set_rows(list(enumerate(self._diagnoses)))
        height = len(self._diagnoses) * theme.DENSE_ROW
        self.table.setFixedHeight(max(height, 1))
        self.table.setVisible(bool(self._diagnoses))

    def _say(self) -> None:
        self._show()
        self.changed.emit(self.diagnoses())

    def _add(self, hit: DiagnosisHit) -> None:
        self.field.set_entry(None)
        if all(each.code != hit.code for each in self._diagnoses):
            self._diagnoses.append(Diagnosis(code=hit.code, name=hit.name))
            self._say()

    def _enter(self) -> None:
        if not self.field.text().strip():
            self.finished.emit()

    def _current(self) -> int | None:
        row = self.table.current()
        return None if row is None else int(row[0])

    def _key(self, key: int) -> None:
        at = self._current()
        if at is None or not self.field.isVisibleTo(self):
            return
        if key == Qt.Key.Key_Question:
            each = self._diagnoses[at]
            self._diagnoses[at] = Diagnosis(code=each.code, name=each.name, suspected=not each.suspected, note=each.note)
        elif key == Qt.Key.Key_Delete:
            del self._diagnoses[at]
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            to = at + (1 if key == Qt.Key.Key_Down else -1)
            if not 0 <= to < len(self._diagnoses):
                return
            self._diagnoses.insert(to, self._diagnoses.pop(at))
        else:
            self._ask_note(at)
            return
        self._say()
        if not self._diagnoses:
            self.field.setFocus()

    def _ask_note(self, at: int) -> None:
        self.note.setText(self._diagnoses[at].note)
        self.note.show()
        self.note.setFocus()

    def _noted(self) -> None:
        at = self._current()
        self.note.hide()
        self.table.setFocus()
        if at is not None:
            each = self._diagnoses[at]
            self._diagnoses[at] = Diagnosis(code=each.code, name=each.name, suspected=each.suspected, note=self.note.text().strip())
            self._say()


class _Rows(Table):
    """A table that hands on the keys by which diagnoses are changed."""

    pressed_key = Signal(int)
    focused = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.text() in ("?", "？"):
            self.pressed_key.emit(int(Qt.Key.Key_Question))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter) or (alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down)):
            self.pressed_key.emit(int(key))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


def _place(number: int) -> str:
    return tr("main diagnosis|Main") if number == 0 else str(number + 1)


def _words(diagnosis: Diagnosis) -> str:
    name = tr("suspected: {diagnosis}", diagnosis=diagnosis.name) if diagnosis.suspected else diagnosis.name
    return f"{name}（{diagnosis.note}）" if diagnosis.note else name
