"""After the count: what differs and why, what is handed in and what stays; also another one's shift that is to be taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.closing.model import Step, difference
from client.widgets.approval import ApprovalPane
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import MoneyInput, TextInput
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.closing.model import ClosingModel
    from client.ops import Ops
    from common.messages.closing import ShiftStanding


class HandOverPage(QWidget):
    """``typed`` fires when reason or hand-in changed, ``agreed`` when a second person agreed."""

    typed = Signal()
    agreed = Signal(int)

    def __init__(self, ops: Ops, model: ClosingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: tuple[object, ...] | None = None
        self.who = SectionTitle(N_("closing|Hand over"))
        self.when = Label(type="note")
        self.expected, self.counted, self.differs = Label(type="emphasis"), Label(type="emphasis"), Label(type="figure")
        self.reason = TextInput(most=200)
        self.hand_in = MoneyInput()
        self.form = Form(2)
        self.form.add(N_("closing|Why the drawer differs"), self.reason, span=2)
        self.form.add(N_("closing|Handed in (empty: all of it)"), self.hand_in)
        self.kept = Label(type="secondary")
        self.told = Label(type="secondary")
        self.approval = ApprovalPane(ops, act="accept")
        self.setFocusProxy(self.reason)
        self._build()
        self.reason.textChanged.connect(self._take)
        self.hand_in.textChanged.connect(self._take)
        self.approval.approved.connect(self.agreed)

    def _build(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        figures = QGridLayout()
        figures.setVerticalSpacing(theme.GAP)
        figures.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QLabel], ...] = (
            (N_("closing|Cash counted"), self.counted),
            (N_("closing|Cash expected"), self.expected),
            (N_("closing|Difference"), self.differs),
        )
        for row, (title, figure) in enumerate(rows):
            figures.addWidget(Label(title), row, 0, Qt.AlignmentFlag.AlignVCenter)
            figures.addWidget(figure, row, 1, Qt.AlignmentFlag.AlignRight)
        for label in (self.kept, self.told):
            label.setWordWrap(True)
        column.addWidget(self.who)
        column.addWidget(self.when)
        column.addLayout(figures)
        for widget in (Hairline(), self.form, self.kept, self.told, self.approval):
            column.addWidget(widget)
        column.addStretch(1)

    def start(self) -> None:
        """The hand goes where something is missing."""
        if self.approval.isVisibleTo(self):
            self.approval.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.form.isVisibleTo(self):
            field = self.reason if self.reason.isEnabled() else self.hand_in
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_model(self) -> None:
        """The shift in hand; what is being typed stays while it is the same one."""
        shift = self._model.shift()
        if shift is None or shift.counted_fen is None:
            return
        self._figures(shift)
        mine = shift.cashier_id == self._model.staff_id
        editable = mine and shift.state == "COUNTED"
        shown = (shift.id, shift.state, shift.counted_at)  # another count: what was typed for the one before is gone
        if shown != self._shown:
            self._shown = shown
            self._fill(editable=editable)
        self.form.setVisible(editable)
        self.reason.setEnabled(bool(shift.difference_fen))
        self.form.show_field(self.reason, bool(shift.difference_fen))
        self._kept(shift)
        waits = self._model.step() is Step.WAIT
        self.approval.setVisible(waits)
        if waits:
            self.approval.ask(shift.id)
        self.told.setText(self._words(shift, mine=mine))
        self.told.setVisible(bool(self.told.text()))

    def _fill(self, *, editable: bool) -> None:
        self.approval.clear()
        for field, value in ((self.reason, self._model.reason), (self.hand_in, "")):
            field.blockSignals(True)
            field.setText(value if editable else "")
            field.blockSignals(False)
        if editable:
            self.hand_in.set_fen(self._model.handed_in_fen)

    def _figures(self, shift: ShiftStanding) -> None:
        self.who.setText(tr("closing|Hand over") if shift.cashier_id == self._model.staff_id else shift.cashier)
        bills = tr("closing|Bills: {n}, refunds: {refunds}", n=shift.bills, refunds=shift.refunds)
        opened = shift.opened_at.astimezone(self._model.zone)
        self.when.setText(tr("closing|Shift since {time} · {bills}", time=f"{opened:%m-%d %H:%M}", bills=bills))
        self.counted.setText(format_yuan(shift.counted_fen or 0))
        self.expected.setText(format_yuan(shift.expected_fen or 0))
        self.differs.setText(difference(shift.difference_fen or 0))
        self.differs.setProperty("tone", "danger" if (shift.difference_fen or 0) < 0 else "warning" if shift.difference_fen else "done")
        self.differs.style().unpolish(self.differs)
        self.differs.style().polish(self.differs)

    def _kept(self, shift: ShiftStanding) -> None:
        kept = shift.kept_fen if shift.cashier_id != self._model.staff_id else self._model.kept_fen()
        if kept is None:
            self.kept.setText(tr("closing|No more can be handed in than was counted."))
            return
        handed_in = format_yuan((shift.counted_fen or 0) - kept)
        self.kept.setText(tr("closing|Handed in: {amount}. Kept as the next float: {kept}.", amount=handed_in, kept=format_yuan(kept)))

    def _words(self, shift: ShiftStanding, *, mine: bool) -> str:
        reason = tr("closing|Reason: {reason}", reason=shift.difference_reason) if shift.difference_reason else ""
        if not mine:
            return "\n".join(filter(None, (reason, tr("closing|Count what you are handed, then take it over."))))
        if shift.accepted_by:
            return "\n".join(filter(None, (reason, tr("closing|Taken over by {name}.", name=shift.accepted_by))))
        if self._model.step() is Step.WAIT:
            return "\n".join(filter(None, (reason, tr("closing|It waits for somebody who takes the cash over, at his own desk or here."))))
        return reason

    def _take(self, _typed: str) -> None:
        model = self._model
        model.reason = self.reason.text()
        model.handed_in_fen = self.hand_in.fen()
        model.hand_in_unreadable = bool(self.hand_in.text().strip()) and model.handed_in_fen is None
        shift = model.own()
        if shift is not None:
            self._kept(shift)
        self.typed.emit()
