"""The zone on the right: the amount due, the tenders, the change, the last settlement, and one's own shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.cashier.tenders import BY_REFERENCE
from client.format import clock
from client.texts import text
from client.widgets.form import Hairline, Label
from client.widgets.inputs import MoneyInput, TextInput
from common.domain.money import format_yuan, yuan
from common.domain.tenders import TITLES as ALL_TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from client.cashier.model import CashierModel

TITLES: Final = {kind: ALL_TITLES[kind] for kind in BY_REFERENCE}


class CashInput(MoneyInput):
    """The cash given; Enter in an empty field means exactly what is left (``exact``)."""

    exact = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.text().strip():
                self.exact.emit()
            return
        super().keyPressEvent(event)


class Till(QWidget):
    """``paid`` fires when a tender changed."""

    paid = Signal()

    def __init__(self, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.due = Label(type="figure")
        self.due_note = Label(type="note")
        self.given = CashInput()
        self.given.setProperty("emphasis", True)
        self.change = Label(type="figure")
        self.amounts = {kind: MoneyInput() for kind in BY_REFERENCE}
        self.references = {kind: TextInput(placeholder=N_("till|Reference"), most=64) for kind in BY_REFERENCE}
        self.trouble = QLabel()
        self.last = LastPanel(model)
        self.shift = ShiftPanel(model)
        self.setFocusProxy(self.given)
        self._build()
        self._connect()

    # --- building --------------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(_figure_row(N_("till|Amount due"), self.due))
        layout.addWidget(self.due_note, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(Hairline())
        layout.addLayout(self._tender_grid())
        layout.addWidget(Hairline())
        layout.addLayout(_figure_row(N_("till|Change"), self.change))
        self.trouble.setWordWrap(True)
        layout.addWidget(self.trouble)
        layout.addStretch(1)
        layout.addWidget(self.last)
        layout.addWidget(Hairline())
        layout.addWidget(self.shift)

    def _tender_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(theme.GAP)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(Label(N_("till|Cash given")), 0, 0)
        grid.addWidget(self.given, 0, 1, 1, 2)
        text(self.given.setAccessibleName, N_("till|Cash given"))
        for row, kind in enumerate(BY_REFERENCE, start=1):
            title = Label(TITLES[kind])
            title.setMinimumWidth(72)
            grid.addWidget(title, row, 0)
            grid.addWidget(self.amounts[kind], row, 1)
            grid.addWidget(self.references[kind], row, 2)
            text(self.amounts[kind].setAccessibleName, TITLES[kind])
        return grid

    def _connect(self) -> None:
        self.given.textChanged.connect(lambda _typed: self._take_given())
        self.given.exact.connect(self._take_exact)
        for kind in BY_REFERENCE:
            self.amounts[kind].textChanged.connect(lambda _typed, kind=kind: self._take_amount(kind))
            for field in (self.amounts[kind], self.references[kind]):
                field.returnPressed.connect(self.given.setFocus)
            self.references[kind].textChanged.connect(lambda typed, kind=kind: self._take_reference(kind, typed))

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _take_given(self) -> None:
        tendering = self._model.tendering
        tendering.given_fen = self.given.fen()
        tendering.given_unreadable = bool(self.given.text().strip()) and tendering.given_fen is None
        self.paid.emit()

    def _take_exact(self) -> None:
        self._model.tendering.exact()
        self.given.set_fen(self._model.tendering.given_fen)
        self.given.selectAll()

    def _take_amount(self, kind: TenderKind) -> None:
        part, field = self._model.tendering.parts[kind], self.amounts[kind]
        part.amount_fen = field.fen()
        part.unreadable = bool(field.text().strip()) and part.amount_fen is None
        self.paid.emit()

    def _take_reference(self, kind: TenderKind, typed: str) -> None:
        self._model.tendering.parts[kind].reference = typed
        self.paid.emit()

    def focus_cash(self) -> None:
        """Go to the cash given; what stands there is typed over."""
        self.given.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.given.selectAll()

    def next_tender(self) -> None:
        """Let the next means cover what is left; one that was only tried, and has no reference yet, gives way."""
        here = next((kind for kind in BY_REFERENCE if self.references[kind].hasFocus() or self.amounts[kind].hasFocus()), None)
        if here is not None and not self.references[here].text().strip():
            self.amounts[here].clear()
        place = BY_REFERENCE.index(here) + 1 if here is not None else 0
        if place < len(BY_REFERENCE):
            self.use(BY_REFERENCE[place])
        else:
            self.given.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def use(self, kind: TenderKind) -> None:
        """Let ``kind`` cover what is left, and go to its reference; its amount when it covers nothing."""
        part = self._model.tendering.use(kind)
        self.amounts[kind].set_fen(part.amount_fen)
        field = self.references[kind] if part.amount_fen else self.amounts[kind]
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another bill: the fields are empty."""
        for field in (self.given, *self.amounts.values(), *self.references.values()):
            field.blockSignals(True)
            field.clear()
            field.blockSignals(False)
        self.show_model()

    def show_model(self) -> None:
        """Show due, change, and what is wrong."""
        model, tendering = self._model, self._model.tendering
        self.due.setText(format_yuan(model.due_fen))
        self.due_note.setText(self._counted())
        change = tendering.change_fen
        self.change.setText(format_yuan(max(0, change)) if change is not None else "—")
        self.given.setPlaceholderText(f"{yuan(max(0, tendering.cash_due_fen)):,}" if model.lines else "0.00")
        self._say_trouble()
        self.last.show_model()
        self.shift.show_model()

    def _counted(self) -> str:
        ticked, every = len(self._model.ticked), len(self._model.lines)
        if not every:
            return ""
        return tr("bill|Lines: {n}", n=every) if ticked == every else tr("bill|Lines: {n} of {all}", n=ticked, all=every)

    def _say_trouble(self) -> None:
        model = self._model
        words, tone = model.trouble_words(), "danger"
        if not words and model.lines:
            words, tone = model.why_not(), "info" if model.sending else "warning"
        self.trouble.setText(words)
        self.trouble.setProperty("tone", tone)
        self.trouble.style().polish(self.trouble)


class LastPanel(QWidget):
    """The patient before: paid, and the change that must be in his hand."""

    def __init__(self, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.title = Label(type="note")
        self.change = Label(type="figure")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title, 1)
        layout.addWidget(self.change)

    def show_model(self) -> None:
        """Show it, if there was one."""
        last = self._model.last
        self.setVisible(last is not None)
        if last is not None:
            paid = format_yuan(last.settled.total_fen)
            self.title.setText(
                tr("Last: {patient}, {paid}", patient=last.patient, paid=paid) + "\n" + tr("till|Change of the last patient")
            )
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
        layout.addWidget(self.since, 0, 0)
        layout.addWidget(self.bills, 1, 0)
        layout.addWidget(self.cash, 1, 1, Qt.AlignmentFlag.AlignRight)

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


def _figure_row(title: str, figure: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(Label(title), 0, Qt.AlignmentFlag.AlignVCenter)
    row.addStretch(1)
    row.addWidget(figure)
    return row
