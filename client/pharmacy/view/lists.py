"""The left column: both worklists, always visible, each with its count and its key."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.format import short_sex
from client.pharmacy import words
from client.pharmacy.clean import Batch
from client.pharmacy.model import Mode
from client.pharmacy.windows import Windows
from client.widgets.badge import Badge
from client.widgets.buttons import KeyHint
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.pharmacy.model import PharmacyModel
    from common.messages.pharmacy import PharmacyEntry

#: On a small screen the work beside the lists needs the room more.
WIDTH, NARROW_WIDTH = 408, 344
_HEAD: Final = 40
#: Waiting times are painted anew this often.
_TICK_MS: Final = 20_000
#: The focus came back with the window; nobody chose a list.
_RETURNS: Final = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def _waits(entry: PharmacyEntry) -> str:
    now = datetime.now().astimezone()
    hours, minutes = divmod(words.minutes_waiting(entry.since, now), 60)
    if 1 <= hours < 24:  # in a narrow column
        return f"{hours}:{minutes:02d}"
    return words.waiting_words(entry.since, now)


def _waits_tone(entry: PharmacyEntry) -> str:
    return "warning" if words.minutes_waiting(entry.since, datetime.now().astimezone()) >= words.LONG_WAIT else ""


def _who(entry: PharmacyEntry) -> str:
    return f"{short_sex(entry.sex)} {words.age_words(entry.age)}"


def _kind(entry: PharmacyEntry) -> str:
    return "" if entry.kind == "ordinary" else words.kind_words(entry.kind)


def _state(entry: PharmacyEntry) -> str:
    if entry.state != "PICKED":
        return _kind(entry)
    if entry.passed:
        return tr("pharmacy|Passed")
    return tr("pharmacy|Called") if entry.called else tr("pharmacy|Picking")


def _state_tone(entry: PharmacyEntry) -> str:
    if entry.state != "PICKED":
        return words.kind_tone(entry.kind)
    return "warning" if entry.passed else "done" if entry.called else "info"


def _columns(state: Any, tone: Any, who: Any = _who) -> tuple[Column, ...]:
    return (
        Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, strong=True),
        Column(title="", text=who, width=88, quiet=True),
        Column(title="", text=state, width=92, tone=tone),
        Column(title=N_("pharmacy|Waits"), text=_waits, width=84, quiet=True, tone=_waits_tone),
    )


class _Head(QWidget):
    """Title, count and key of a list; the list that is worked on has a bar at its left."""

    def __init__(self, title: str, key: str) -> None:
        super().__init__()
        self.setFixedHeight(_HEAD)
        self.active = False
        self.count = Badge("0", "plain")
        self.note = Label(type="note")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(SectionTitle(title))
        layout.addWidget(self.count)
        layout.addWidget(self.note)
        layout.addStretch(1)
        layout.addWidget(KeyHint(key))

    def set(self, count: int, *, active: bool, note: str = "") -> None:
        self.note.setText(note)
        self.count.set(str(count), "info" if count else "plain")
        self.active = active
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.active:
            QPainter(self).fillRect(0, 8, 3, self.height() - 16, QColor(theme.now().primary))


class Worklists(QWidget):
    """``entered(Mode)`` fires when a list gets the focus, ``sought(text)`` while one types, ``found()`` on Enter there."""

    entered = Signal(object)
    sought = Signal(str)
    found = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.field = TextInput(placeholder=N_("pharmacy|Name, initials or prescription number"), most=40)
        self._windows, self._batch = Windows(), Batch()
        self.review = self._table(_columns(self._judged, self._judged_tone), N_("Nothing waits for review."))
        self.dispense = self._table(_columns(_state, _state_tone, self._where), N_("Nothing is paid and waiting."))
        self.dispense.dim = lambda entry: not self._windows.mine(entry)
        self._heads = {
            Mode.REVIEW: _Head(N_("pharmacy|Review"), "Alt+1"),
            Mode.DISPENSE: _Head(N_("pharmacy|Dispense"), "Alt+2"),
        }
        self._lay_out()
        self.field.textEdited.connect(self.sought.emit)
        self.field.installEventFilter(self)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._repaint)
        self._tick.start()

    def _table(self, columns: tuple[Column, ...], empty: str) -> Table:
        table = Table(columns, key=lambda entry: entry.prescription_id, empty=empty)
        table.installEventFilter(self)
        return table

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GAP, 0, 0)
        layout.setSpacing(0)
        search = QHBoxLayout()
        search.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP)
        search.addWidget(self.field)
        layout.addLayout(search)
        layout.addWidget(Hairline())
        layout.addWidget(self._heads[Mode.REVIEW])
        layout.addWidget(self.review, 1)
        layout.addWidget(Hairline())
        layout.addWidget(self._heads[Mode.DISPENSE])
        layout.addWidget(self.dispense, 1)

    def table(self, mode: Mode) -> Table:
        """The list of a mode."""
        return self.review if mode is Mode.REVIEW else self.dispense

    def _judged(self, entry: PharmacyEntry) -> str:
        """The kind, where it is no ordinary one, else whether it may be passed with others."""
        return _kind(entry) or (tr("pharmacy|Clean") if self._batch.is_clean(entry.prescription_id) else "")

    def _judged_tone(self, entry: PharmacyEntry) -> str:
        return words.kind_tone(entry.kind) if _kind(entry) else "done" if self._batch.is_clean(entry.prescription_id) else ""

    def _where(self, entry: PharmacyEntry) -> str:
        """Who it is, or the other window that it waits at."""
        return _who(entry) if self._windows.mine(entry) else entry.window

    def show_model(self, model: PharmacyModel) -> None:
        """Both lists and their counts as they stand."""
        self._windows, self._batch = model.windows, model.batch
        notes = {Mode.REVIEW: self._clean_words(model), Mode.DISPENSE: model.windows.title(model.to_dispense)}
        for mode in Mode:
            shown = model.shown(mode)
            self.table(mode).set_rows(shown)
            self._heads[mode].set(len(shown if mode is Mode.DISPENSE else model.entries(mode)), active=model.mode is mode, note=notes[mode])
        if self.field.text() != model.sought:
            self.field.setText(model.sought)

    def _clean_words(self, model: PharmacyModel) -> str:
        clean = len(model.batch.clean(model.to_review))
        return tr("pharmacy|clean: {n}, Alt+P", n=clean) if clean else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QFocusEvent)
            and event.gotFocus()
            and watched in (self.review, self.dispense)
            and event.reason() not in _RETURNS
        ):
            self.entered.emit(Mode.REVIEW if watched is self.review else Mode.DISPENSE)
        pressed = watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self.found.emit()
            return True
        return super().eventFilter(watched, event)

    def _repaint(self) -> None:
        for mode in Mode:
            self.table(mode).viewport().update()
