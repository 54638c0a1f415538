"""F2: find a patient while one types. The same box on every desk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import texts, theme
from client.format import phone, sex
from client.widgets.form import Label
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.patients import PatientHit, PatientHits, SearchPatients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.ops import Ops
    from common.errors import XinglinError

#: Keys that come faster than this are asked about together; a person does not notice it.
PAUSE_MS: Final = 12
_ARROWS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


class PatientSearch(QWidget):
    """One field over a list. ``chosen(PatientHit)`` fires on Enter; ``nothing_found(text)`` on Enter when the list is empty.

    ``columns`` are chosen from :data:`COLUMNS` where the zone is narrow.
    ``painted(text, nanoseconds)`` is for the bench: from the key press to the list on the screen.
    """

    chosen = Signal(object)
    nothing_found = Signal(str)
    painted = Signal(str, object)

    def __init__(self, ops: Ops, parent: QWidget | None = None, *, columns: Sequence[Column] = ()) -> None:
        super().__init__(parent)
        self._ops = ops
        self._typed_at = 0
        self._asked_for = ""
        self._measuring = ""
        self._enter_waits = False
        self.field = TextInput(placeholder=N_("Name, initials, phone, ID or patient number"), emphasis=True, most=60)
        self.list = Table(columns or COLUMNS, key=lambda hit: hit.id, empty=N_("Type, scan or read a card to find a patient."))
        self.list.led = True
        self.field.setProperty("live", True)
        self.note = Label(type="note")
        self._hits = PatientHits(hits=(), more=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        for widget in (self.field, self.list, self.note):
            layout.addWidget(widget)
        self.setFocusProxy(self.field)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.field.textEdited.connect(self._typed)
        self.field.installEventFilter(self)
        self.list.viewport().installEventFilter(self)
        self.list.chosen.connect(self.chosen.emit)
        texts.signals().changed.connect(self._say)

    def start(self, text: str = "") -> None:
        """Begin anew, with ``text`` already typed, and take the focus."""
        self.field.setText(text)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._typed(text)

    def clear(self) -> None:
        """Forget what was typed and found."""
        self.field.clear()
        self._show(PatientHits(hits=(), more=False))

    def text(self) -> str:
        """What was typed."""
        return self.field.text().strip()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.Paint and watched is self.list.viewport() and self._measuring:
            text, self._measuring = self._measuring, ""
            QTimer.singleShot(0, lambda: self.painted.emit(text, time.perf_counter_ns() - self._typed_at))
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
            return True
        if event.key() in _ARROWS:
            self.list.step(_ARROWS[Qt.Key(event.key())])
            return True
        return False

    def _enter(self) -> None:
        """Choose what is selected; while the answer to what was typed is still on its way, wait for it rather than take the wrong one."""
        if self._pause.isActive() or self._asked_for != self.text():
            self._enter_waits = bool(self.text())
            return
        current = self.list.current()
        if current is not None:
            self.chosen.emit(current)
        elif self.text():
            self.nothing_found.emit(self.text())

    def _typed(self, _text: str) -> None:
        self._typed_at = time.perf_counter_ns()
        self._enter_waits = False
        self._pause.start()

    def _ask(self) -> None:
        text = self.text()
        if not text:
            self._asked_for = ""
            self._show(PatientHits(hits=(), more=False))
            return
        request = SearchPatients(text=text)
        self._ops.send(request, owner=self, done=lambda hits: self._found(text, hits), failed=self._failed, key="type-ahead")

    def _found(self, text: str, hits: PatientHits) -> None:
        self._asked_for = text
        self._measuring = text
        self._show(hits)
        if self._enter_waits and text == self.text():
            self._enter_waits = False
            self._enter()

    def _show(self, hits: PatientHits) -> None:
        self.list.set_rows(hits.hits)
        if hits.hits:
            self.list.select(hits.hits[0].id)
        self._hits = hits
        self._say()

    def _say(self, _language: str = "") -> None:
        self.note.setText(_note(self.text(), self._hits))

    def _failed(self, error: XinglinError) -> None:
        self._enter_waits = False
        self.note.setText(str(error))


def _note(text: str, hits: PatientHits) -> str:
    if hits.more:
        return tr("More were found; type on to narrow them.")
    if hits.hits or not text:
        return ""
    return tr("Nobody was found. F3 opens a new file.")


def _born(hit: Any) -> str:
    return str(hit.birth_date.isoformat())


def _last(hit: PatientHit) -> str:
    return hit.last_visit.isoformat() if hit.last_visit else "—"


NAME: Final = Column(title=N_("Name"), text=lambda hit: hit.name, strong=True)
SEX: Final = Column(title=N_("Sex"), text=lambda hit: sex(hit.sex), width=72)
BORN: Final = Column(title=N_("Born"), text=_born, width=104)
PHONE: Final = Column(title=N_("Phone"), text=lambda hit: phone(hit.phone), width=128)
DOCUMENT: Final = Column(title=N_("Document"), text=lambda hit: f"…{hit.document_tail}" if hit.document_tail else "—", width=76)
NUMBER: Final = Column(title=N_("Patient no."), text=lambda hit: hit.number, width=112)
LAST_VISIT: Final = Column(title=N_("Last visit"), text=_last, width=104, quiet=True)
COLUMNS: Final = (NAME, SEX, BORN, PHONE, DOCUMENT, NUMBER, LAST_VISIT)
