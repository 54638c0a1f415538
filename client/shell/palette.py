"""Ctrl+K: every action with its key, found by a few letters of its title, of its pinyin or by its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from client.action import shown_key
from client.initials import matches
from client.shell.overlay import Overlay
from client.widgets.form import Label
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Offer


@dataclass(frozen=True)
class Entry:
    """A line of the palette."""

    offer: Offer

    @property
    def title(self) -> str:
        """The action's title in the current language."""
        return self.offer.action.caption()

    @property
    def key(self) -> str:
        """Its key, as the key cap says it."""
        return shown_key(self.offer.action.key) if self.offer.action.key else ""

    def rank(self, wanted: str) -> int:
        """How well it fits what was typed; 0 not at all. The English title finds it in every language."""
        source = self.offer.action.title.rpartition("|")[2]
        return max(matches(wanted, self.title), matches(wanted, source), 4 if wanted.upper() == self.key.upper() else 0)


class Palette(Overlay):
    """Shows offers; ``chosen(Offer)`` fires for one that can be done. One that cannot keeps the palette open and says why."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, *, below: Sequence[QWidget] = ()) -> None:
        super().__init__(parent, width=640, height=460, below=below)
        self._entries: list[Entry] = []
        self.field = TextInput(placeholder=N_("What do you want to do? Title, initials or key"), emphasis=True)
        self.list = Table(COLUMNS, key=lambda entry: entry.offer.action.id, empty=N_("No action has this name."))
        self.note = Label(type="note")
        for widget in (self.field, self.list, self.note):
            self.layout_.addWidget(widget)
        self.list.led = True
        self.list.horizontalHeader().setVisible(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(lambda _index: self._take())
        self.field.textChanged.connect(self._narrow)
        self.field.installEventFilter(self)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Open with these actions."""
        self._entries = [Entry(each) for each in offers]
        self.field.clear()
        self._narrow("")
        self.open()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
            if event.key() in steps:
                self.list.step(steps[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
        return super().eventFilter(watched, event)

    def _narrow(self, typed: str) -> None:
        wanted = typed.strip()
        ranked = [(entry.rank(wanted) if wanted else 1, entry) for entry in self._entries]
        fitting = sorted((pair for pair in ranked if pair[0]), key=lambda pair: -pair[0])
        self.list.set_rows([entry for _rank, entry in fitting])
        if fitting:
            self.list.select(fitting[0][1].offer.action.id)
        self.note.setText("")

    def _take(self) -> None:
        entry = self.list.current()
        if entry is None:
            return
        if not entry.offer.ready:
            self.note.setText(entry.offer.reason)
            return
        self.close_sheet()
        self.chosen.emit(entry.offer)


COLUMNS = (
    Column(title="", text=lambda entry: entry.title),
    Column(title="", text=lambda entry: entry.offer.reason, width=280, quiet=True),
    Column(title="", text=lambda entry: entry.key, width=96, align="right", quiet=True),
)
