"""The quiet parts of the till: the last settlement, and one's own shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from client import theme
from client.cashier.tenders import ways
from client.format import clock
from client.widgets.form import Label
from common.domain.money import format_yuan
from common.i18n import tr

if TYPE_CHECKING:
    from client.cashier.model import CashierModel


class LastPanel(QWidget):
    """The patient before: what was paid by which way, and the change that must be in his hand."""

    def __init__(self, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.paid, self.title = Label(type="note"), Label(type="note")
        self.paid.setWordWrap(True)
        self.change = Label(type="figure")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(0, 1)
        layout.setHorizontalSpacing(theme.GAP)
        layout.addWidget(self.paid, 0, 0)
        layout.addWidget(self.title, 1, 0)
        layout.addWidget(self.change, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)

    def show_model(self) -> None:
        """Show it, if there was one."""
        last = self._model.last
        self.setVisible(last is not None)
        if last is not None:
            paid = ways(last.settled.receipt.tenders) or format_yuan(last.settled.total_fen)
            self.paid.setText(tr("Last: {patient}, {paid}", patient=last.patient, paid=paid))
            self.title.setText(tr("till|Change of the last patient"))
            self.change.setText(format_yuan(last.settled.change_fen))


class ShiftPanel(QWidget):
    """One's own shift: bills, refunds, the float. What the drawer should hold is not told before it was counted."""

    def __init__(self, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.since, self.bills, self.cash = Label(type="note"), Label(type="note"), Label(type="note")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(0)
        layout.setHorizontalSpacing(theme.MARGIN)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.since, 0, 0)
        layout.addWidget(self.bills, 0, 1)
        layout.addWidget(self.cash, 0, 2, Qt.AlignmentFlag.AlignRight)

    def show_model(self) -> None:
        """Show the figures; without a shift, that the first settlement opens one."""
        shift = self._model.shift
        if shift is None:
            self.since.setText(tr("No shift is open yet; the first settlement opens one."))
            self.bills.clear()
            self.cash.clear()
            return
        self.since.setText(tr("Shift since {time}", time=clock(shift.opened_at.astimezone(self._model.zone))))
        words = tr("shift|Bills: {n}, refunds: {refunds}") if shift.refunds else tr("shift|Bills: {n}")
        self.bills.setText(words.format(n=shift.bills, refunds=shift.refunds))
        self.cash.setText(tr("shift|Float {amount}", amount=format_yuan(shift.float_fen)) if shift.float_fen else "")
