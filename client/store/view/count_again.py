"""A line of a finished stock-take that is counted once more 复盘: two persons count, and both sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import counting
from client.widgets.approval import ApprovalPane
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.stock_take import DifferenceLine, RecountLine

if TYPE_CHECKING:
    from decimal import Decimal

    from client.ops import Ops


class CountAgain(QWidget):
    """``changed`` whenever what F12 would do may have changed. :attr:`line` is what is counted, ``None``: nothing."""

    changed = Signal()

    def __init__(self, ops: Ops) -> None:
        super().__init__()
        self.line: DifferenceLine | None = None
        self.named = Label(type="secondary")
        self.named.setWordWrap(True)
        self.packs, self.loose, self.reason = TextInput(most=10), TextInput(most=10), TextInput(most=200)
        self.form = Form(2)
        self.form.add(N_("count|Packs"), self.packs)
        self.form.add(N_("count|Loose units"), self.loose)
        self.form.add(N_("count|Why it is counted again"), self.reason, span=2, required=True)
        self.hint = Label(N_("count|Count together. What is laid aside for patients is not counted."), "note")
        self.hint.setWordWrap(True)
        self.approval = ApprovalPane(ops, act="stock_recount")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (SectionTitle(N_("count|Count again")), self.named, self.form, self.hint, self.approval):
            column.addWidget(widget)
        for field in (self.packs, self.loose):
            field.textChanged.connect(lambda _text: self._typed())
        self.reason.textChanged.connect(lambda _text: self.changed.emit())
        self.form.finished.connect(self._to_second)
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)
        self.setFocusProxy(self.packs)
        self.hide()

    def open(self, line: DifferenceLine) -> None:
        """The hand goes to how much lies there."""
        self.close_line()
        self.line = line
        self.named.setText(f"{line.drug}　{line.lot}")
        self.show()
        self.packs.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def close_line(self) -> None:
        """Nothing is counted; what was typed is thrown away."""
        self.line = None
        for field in (self.packs, self.loose, self.reason):
            field.clear()
        self.form.clear_wrongs()
        self.approval.clear()
        self.hide()
        self.changed.emit()

    def _quantity(self) -> Decimal | str:
        assert self.line is not None
        return counting.quantity(self.packs.text(), self.loose.text(), self.line)

    def _typed(self) -> None:
        """A yes is given for one quantity."""
        if self.line is None:
            return
        self.form.clear_wrongs()
        quantity = self._quantity()
        if isinstance(quantity, str):
            self.approval.clear()
        else:
            self.approval.ask(self.line.line_id, detail=plain(quantity))
        self.changed.emit()

    def _to_second(self) -> None:
        quantity = self._quantity()
        if isinstance(quantity, str):
            self.form.wrong(self.packs, quantity)
            self.packs.setFocus(Qt.FocusReason.OtherFocusReason)
        elif len(self.reason.text().strip()) < 2:
            self.form.wrong(self.reason, tr("count|Type why."))
            self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.approval.setFocus(Qt.FocusReason.TabFocusReason)

    def why_not(self) -> str:
        """What is still missing; empty if nothing is."""
        quantity = self._quantity()
        if isinstance(quantity, str):
            return quantity
        if len(self.reason.text().strip()) < 2:
            return tr("count|Type why.")
        return "" if self.approval.approval_id is not None else tr("count|Whoever counted with you signs first.")

    def request(self) -> RecountLine:
        """What F12 sends. Call it only while :meth:`why_not` is empty."""
        assert self.line is not None
        quantity = self._quantity()
        assert not isinstance(quantity, str)
        return RecountLine(
            line_id=self.line.line_id, quantity=quantity, reason=self.reason.text().strip(), approval_id=self.approval.approval_id
        )
