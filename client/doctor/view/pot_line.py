"""Below a herbal prescription: how many doses there are, who boils them, and how they are drunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from client import theme
from client.texts import text
from client.widgets.form import Label
from client.widgets.text_input import TextInput
from common.domain.herbal import DECOCTED_HERE
from common.domain.herbal_words import herbal_usage
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.doctor.sheet import Sheet
    from common.messages.consult import PrescriptionFacts

_MOST_PORTIONS = 6


class PotLine(QWidget):
    """Hidden for any other prescription. ``edited`` when somebody typed, ``left`` on Enter in its last field."""

    edited = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sheet: Sheet | None = None
        self.says = Label(type="emphasis")
        self.portions = TextInput(most=1)
        self.portions.setFixedWidth(40)
        self.portions.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.usage = TextInput(placeholder=N_("Usage, such as warm, after meals"), most=60)
        self.before, self.after = Label(N_("herbal|each dose in"), "secondary"), Label(N_("herbal|portions"), "secondary")
        text(self.portions.setAccessibleName, N_("Portions of a dose"))
        text(self.usage.setAccessibleName, N_("Usage of the doses"))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        row.setSpacing(theme.GAP)
        for widget in (self.says, self.before, self.portions, self.after):
            row.addWidget(widget)
        row.addWidget(self.usage, 1)
        self.portions.textEdited.connect(self._take_portions)
        self.usage.textEdited.connect(self._take_usage)
        for field in (self.portions, self.usage):
            field.installEventFilter(self)
        self.hide()

    def show_sheet(self, sheet: Sheet | None, doses: int = 0) -> None:
        """The prescription that is being written; nothing for one that is not of slices."""
        self._sheet = sheet if sheet is not None and sheet.herbal else None
        self.setVisible(self._sheet is not None)
        if self._sheet is None:
            return
        self._lock(on=False)
        first = self._sheet.lines[0]
        kind = tr("herbal|boiled by the clinic") if first.route == DECOCTED_HERE else tr("herbal|boiled at home")
        self.says.setText(" ".join(filter(None, (tr("herbal|{n} doses", n=doses) if doses else "", kind))))
        if not self.portions.hasFocus():
            self.portions.setText(str(self._sheet.portions))
        if not self.usage.hasFocus():
            self.usage.setText(self._sheet.usage)

    def show_signed(self, facts: PrescriptionFacts) -> None:
        """A signed one, as it was."""
        self._sheet = None
        self.setVisible(facts.herbal is not None)
        if facts.herbal is not None:
            self.says.setText(herbal_usage(facts.lines[0], facts.herbal))
            self._lock(on=True)

    def start(self) -> None:
        """The hand goes to the portions."""
        self.portions.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.portions.selectAll()

    def _lock(self, *, on: bool) -> None:
        for widget in (self.before, self.portions, self.after, self.usage):
            widget.setVisible(not on)

    def _take_portions(self, typed: str) -> None:
        if self._sheet is not None and typed.isdecimal() and 1 <= int(typed) <= _MOST_PORTIONS:
            self._sheet.portions = int(typed)
            self.edited.emit()

    def _take_usage(self, typed: str) -> None:
        if self._sheet is not None:
            self._sheet.usage = typed
            self.edited.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self._sheet is not None:
            self.portions.setText(str(self._sheet.portions))
        if (
            event.type() != QEvent.Type.KeyPress
            or not isinstance(event, QKeyEvent)
            or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            return super().eventFilter(watched, event)
        if watched is self.portions:
            self.usage.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit()
        return True
