"""The blind count: pieces by denomination, the total as it grows, and nothing about what it should be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from client import texts, theme
from client.closing.sheet_rows import bare
from client.texts import text
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.inputs import MoneyInput
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.close_sheet import DENOMINATIONS_FEN

if TYPE_CHECKING:
    from client.closing.model import ClosingModel

#: The sums stand close to what they are sums of, however wide the page is.
_WIDE: Final = 400
_FORTH: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down)


class PiecesInput(QLineEdit):
    """How many notes or coins; digits alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setMaxLength(5)
        self.setPlaceholderText("0")
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)

    def pieces(self) -> int | None:
        """The number typed; ``None`` while there is none."""
        return int(self.text()) if self.text() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = event.text()
        if typed and typed.isprintable() and not re.fullmatch(r"[0-9]", typed) and not event.modifiers():
            return
        super().keyPressEvent(event)


class CountPage(QWidget):
    """``counted`` fires when a number changed. Enter and Down go to the next field, Up to the one before."""

    counted = Signal()

    def __init__(self, model: ClosingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._showing = False
        self.fields = {fen: PiecesInput() for fen in DENOMINATIONS_FEN}
        self.loose = MoneyInput()
        self.amounts = {fen: QLabel() for fen in DENOMINATIONS_FEN}
        self.total = Label(type="figure")
        self.advice = Label(N_("closing|Count the drawer, the float as well. What it should hold is shown afterwards."), "note")
        self.setFocusProxy(self.fields[DENOMINATIONS_FEN[0]])
        self._build()
        for fen, field in self.fields.items():
            field.textChanged.connect(lambda _typed, fen=fen: self._put(fen))
        self.loose.fen_changed.connect(lambda _fen: self._put_loose())
        for each in self._order():
            each.installEventFilter(self)
        texts.signals().changed.connect(self._retitle)

    def _order(self) -> list[QLineEdit]:
        return [*self.fields.values(), self.loose]

    def _build(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(SectionTitle(N_("closing|Count the drawer")))
        self.advice.setWordWrap(True)
        column.addWidget(self.advice)
        column.addLayout(self._grid())
        line = Hairline()
        line.setMaximumWidth(_WIDE)
        column.addWidget(line)
        foot = QHBoxLayout()
        foot.addWidget(Label(N_("closing|Counted in all"), "emphasis"), 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addStretch(1)
        foot.addWidget(self.total)
        sums = QWidget()
        sums.setMaximumWidth(_WIDE)
        foot.setContentsMargins(0, 0, 0, 0)
        sums.setLayout(foot)
        column.addWidget(sums)
        column.addStretch(1)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 120)
        grid.setColumnMinimumWidth(2, _WIDE - 120 - 112 - 2 * theme.MARGIN)
        grid.setColumnStretch(3, 1)
        self._titles = {fen: QLabel() for fen in DENOMINATIONS_FEN}
        for row, fen in enumerate(DENOMINATIONS_FEN):
            self.fields[fen].setFixedWidth(112)
            grid.addWidget(self._titles[fen], row, 0)
            grid.addWidget(self.fields[fen], row, 1)
            grid.addWidget(self.amounts[fen], row, 2, Qt.AlignmentFlag.AlignRight)
        self.loose.setFixedWidth(112)
        grid.addWidget(Label(N_("closing|Other coins, together")), len(DENOMINATIONS_FEN), 0)
        grid.addWidget(self.loose, len(DENOMINATIONS_FEN), 1)
        text(self.loose.setAccessibleName, N_("closing|Other coins, together"))
        self._retitle("")
        return grid

    def _retitle(self, _language: str) -> None:
        for fen, title in self._titles.items():
            words = tr("closing|{n} yuan", n=fen // 100) if fen >= 100 else tr("closing|{n} jiao", n=fen // 10)
            title.setText(words)
            self.fields[fen].setAccessibleName(words)

    def show_model(self) -> None:
        """The fields as the model has them; what is being typed stays."""
        count = self._model.count()
        self._showing = True
        for fen, field in self.fields.items():
            if field.pieces() != count.pieces.get(fen):
                field.setText(str(count.pieces.get(fen, "")))
        if (self.loose.fen() or 0) != count.loose_fen:
            self.loose.set_fen(count.loose_fen or None)
        self._showing = False
        self._show_sums()

    def start(self) -> None:
        """The hand goes to the first field that is empty."""
        empty = next((field for field in self._order() if not field.text()), self.loose)
        empty.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_sums(self) -> None:
        count = self._model.count()
        for fen, label in self.amounts.items():
            label.setText(bare(fen * count.pieces[fen]) if count.pieces.get(fen) else "")
        self.total.setText(format_yuan(count.total_fen()))

    def _put(self, fen: int) -> None:
        if not self._showing:
            self._model.count().put(fen, self.fields[fen].pieces())
            self._changed()

    def _put_loose(self) -> None:
        if not self._showing:
            self._model.count().loose_fen = self.loose.fen() or 0
            self._changed()

    def _changed(self) -> None:
        self._show_sums()
        self.counted.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        order = self._order()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QLineEdit):
            place = order.index(watched)
            if event.key() in _FORTH or event.key() == Qt.Key.Key_Up:
                by = -1 if event.key() == Qt.Key.Key_Up else 1
                order[min(max(place + by, 0), len(order) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)
