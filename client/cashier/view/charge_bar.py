"""Charging by hand, above the unpaid lines: find an item or a package, say how much, Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from client import theme
from client.cashier.charging import quantity_of
from client.texts import text
from client.widgets.code_input import CodeInput
from client.widgets.form import Label, SectionTitle
from client.widgets.table import Column
from client.widgets.text_input import TextInput
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from client.cashier.charging import Entry

_COLUMNS: Final = (
    Column(title=N_("charge|Item or package"), text=lambda entry: entry.name, strong=True),
    Column(title=N_("charge|Unit"), text=lambda entry: entry.unit, width=72, quiet=True),
    Column(title=N_("charge|Price (yuan)"), text=lambda entry: entry.price, width=104, align="right"),
)


class ChargeBar(QWidget):
    """``charging(entry, quantity)`` fires on Enter in the quantity. A package is charged once: Enter in its field is enough."""

    charging = Signal(object, object)

    def __init__(self, look_up: Callable[[str, Callable[[Sequence[Any]], None]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = CodeInput(_COLUMNS, look_up=look_up, shown=lambda entry: entry.name, key=lambda entry: entry.key, in_place=True)
        text(self.item.setPlaceholderText, N_("charge|Initials, code or name"))
        text(self.item.setAccessibleName, N_("charge|Item or package"))
        self.quantity = TextInput(most=9)
        self.quantity.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.quantity.setFixedWidth(72)
        text(self.quantity.setPlaceholderText, N_("charge|1"))
        text(self.quantity.setAccessibleName, N_("charge|Quantity"))
        self.note = Label(type="note")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setFocusProxy(self.item)
        self._lay_out()
        self.item.chosen.connect(self._chosen)
        self.quantity.textEdited.connect(lambda _typed: self._say())
        self.quantity.returnPressed.connect(self._charge)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP)
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(SectionTitle(N_("charge|By hand")), 0, 0)
        grid.addWidget(self.item, 0, 1)
        grid.addWidget(Label(N_("charge|Quantity"), "note"), 0, 2)
        grid.addWidget(self.quantity, 0, 3)
        grid.addWidget(self.item.listed, 1, 1)
        grid.addWidget(self.note, 2, 1, 1, 3)

    def next(self) -> None:
        """Empty, for the next item."""
        self.item.set_entry(None)
        self.quantity.clear()
        self._say()
        if self.isVisible():
            self.item.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self, entry: Entry) -> None:
        if entry.package is not None:
            self._charge()
            return
        self._say()
        self.quantity.setFocus(Qt.FocusReason.TabFocusReason)

    def _charge(self) -> None:
        entry, quantity = self.item.entry(), quantity_of(self.quantity.text())
        if entry is None:
            self.item.setFocus(Qt.FocusReason.OtherFocusReason)
        elif quantity is None:
            self._say()
        else:
            self.charging.emit(entry, quantity)

    def _say(self) -> None:
        entry, quantity = self.item.entry(), quantity_of(self.quantity.text())
        words, tone = tr("charge|Enter charges it; Esc closes."), ""
        if quantity is None:
            words, tone = tr("charge|The quantity is above zero, with at most 4 places."), "danger"
        elif entry is not None:
            words = tr("charge|{amount}; Enter charges it.", amount=format_yuan(entry.amount_fen(quantity)))
        self.note.setText(words)
        self.note.setProperty("tone", tone)
        self.note.style().polish(self.note)
