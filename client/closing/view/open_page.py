"""Opening a shift: the float that is counted into the drawer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import MoneyInput
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.closing.model import ClosingModel


class OpenPage(QWidget):
    """``typed`` fires when the float changed."""

    typed = Signal()

    def __init__(self, model: ClosingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.float = MoneyInput()
        self.float.setProperty("emphasis", True)
        self.form = Form()
        self.form.add(N_("closing|Float from the vault"), self.float)
        self.form.setMaximumWidth(280)
        self.kept = Label(type="note")
        self.advice = Label(
            N_("closing|A shift without a float needs no opening: the first money opens it. It counts for the day on which it is opened."),
            "note",
        )
        self.setFocusProxy(self.float)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        for label in (self.advice, self.kept):
            label.setWordWrap(True)
        for widget in (SectionTitle(N_("closing|Open a shift")), self.form, self.kept, self.advice):
            column.addWidget(widget)
        column.addStretch(1)
        self.float.textChanged.connect(self._take)

    def start(self) -> None:
        """What was kept at the last close is offered."""
        kept = self._model.closing.next_float_fen if self._model.closing is not None else 0
        if kept and not self.float.text():
            self.float.set_fen(kept)
        self.float.setFocus(Qt.FocusReason.OtherFocusReason)
        self.float.selectAll()

    def show_model(self) -> None:
        """What was kept, in words."""
        kept = self._model.closing.next_float_fen if self._model.closing is not None else 0
        self.kept.setText(tr("closing|You kept {amount} at your last close.", amount=format_yuan(kept)) if kept else "")
        self.kept.setVisible(bool(kept))

    def forget(self) -> None:
        """Nothing is typed."""
        self.float.clear()

    def _take(self, _typed: str) -> None:
        self._model.float_fen = self.float.fen()
        self.typed.emit()
