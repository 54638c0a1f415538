"""The zone on the right: the amount due, what the insurance pays, the tenders, the change, and the last settlement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.cashier.view.panels import LastPanel, ShiftPanel
from client.cashier.view.tender_rows import TenderRows
from client.format import signed_yuan
from client.widgets.approval import ApprovalPane
from client.widgets.form import Hairline, Label
from client.widgets.quote_panel import QuotePanel
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.cashier.model import CashierModel
    from client.ops import Ops
    from common.messages.cashier import TenderKind

#: What each other means takes in the zone, and what everything else takes with the room for a sentence and for the last patient.
ROW: Final = theme.FIELD + 6
BESIDE_ROWS: Final = 266


class Till(QWidget):
    """``paid`` fires when a tender changed."""

    paid = Signal()

    def __init__(self, ops: Ops, model: CashierModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.due_title = Label(N_("till|Amount due"))
        self.due = Label(type="figure")
        self.due_note = Label(type="note")
        self.quote = QuotePanel()
        self.rows = TenderRows(model)
        self.given, self.amounts, self.references = self.rows.given, self.rows.amounts, self.rows.references
        self.rounding_row, self.rounding = _row(Label(N_("till|Cash rounding"), "note"), Label())
        self.change = Label(type="figure")
        self.trouble = QLabel()
        self.approval = ApprovalPane(ops, act="waiver")
        self.approval.hide()
        self.last = LastPanel(model)
        #: One's own shift. Not in here, where it could be scrolled out of view: the desk lays it below.
        self.shift = ShiftPanel(model)
        #: The height of the zone; where it has no room for all rows, the means that everybody has get one only once they are used.
        self.height_given = 0
        self.setFocusProxy(self.given)
        self._lay_out()
        self.rows.paid.connect(self.paid.emit)
        self.approval.approved.connect(lambda approval_id: self._take_approval(approval_id))
        self.approval.lapsed.connect(lambda: self._take_approval(None))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self._due_row())
        layout.addWidget(self.quote)
        layout.addWidget(Hairline())
        layout.addWidget(self.rows)
        layout.addWidget(Hairline())
        layout.addWidget(self.rounding_row)
        layout.addWidget(_row(Label(N_("till|Change")), self.change)[0])
        self.trouble.setWordWrap(True)
        layout.addWidget(self.trouble)
        layout.addWidget(self.approval)
        layout.addStretch(1)
        layout.addWidget(self.last)

    def _due_row(self) -> QHBoxLayout:
        """What it is and how many lines, at the left of the figure."""
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.due_title)
        words.addWidget(self.due_note)
        words.addStretch(1)
        row = QHBoxLayout()
        row.addLayout(words, 1)
        row.addWidget(self.due)
        return row

    def make_room(self, height: int) -> None:
        """The zone has so much height now."""
        before = self._narrow()
        self.height_given = height
        if before != self._narrow():
            self.show_model()

    def _narrow(self) -> bool:
        rows = len(self._model.offered()) + self.rows.account.isVisibleTo(self)
        return self.height_given < BESIDE_ROWS + ROW * rows

    # --- what the person does --------------------------------------------------------------------------------------------------

    def focus_cash(self) -> None:
        """Go to the cash given; what stands there is typed over."""
        self.given.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.given.selectAll()

    def next_tender(self) -> None:
        """Let the next means cover what is left."""
        self.rows.next_tender()

    def use(self, kind: TenderKind) -> None:
        """Let ``kind`` cover what is left."""
        self.rows.use(kind)

    def _take_approval(self, approval_id: int | None) -> None:
        self._model.take_approval(approval_id)
        self.paid.emit()
        if approval_id is not None:
            self.given.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another bill: the fields are empty."""
        self.rows.forget()
        self.approval.clear()
        self.show_model()

    def show_tenders(self) -> None:
        """Show the tenders as the model has them."""
        self.rows.take_over()
        self.show_model()

    def show_model(self) -> None:
        """Show due, split, rounding, change, and what is wrong."""
        model, tendering = self._model, self._model.tendering
        quoted = model.quoted
        self.due.setText(format_yuan(model.due_fen))
        self.due_title.setText(tr("till|To be paid by the patient") if quoted else tr("till|Amount due"))
        counted = self._counted()
        self.due_note.setText(counted)
        self.due_note.setVisible(bool(counted))
        self.quote.show_quote(quoted)
        self._show_approval()
        self.rows.compact = quoted is not None or self.approval.isVisibleTo(self) or self._narrow()
        self.rows.show_model()
        self.rounding_row.setVisible(bool(tendering.rounding_fen) and tendering.due_fen > 0)
        self.rounding.setText(signed_yuan(tendering.rounding_fen))
        change = tendering.change_fen
        self.change.setText(format_yuan(max(0, change)) if change is not None else "—")
        self._say_trouble()
        self.last.show_model()
        self.shift.show_model()

    def _show_approval(self) -> None:
        model, tendering = self._model, self._model.tendering
        reasoned = tendering.waived_fen > tendering.waive_alone_fen and model.patient_id is not None
        if reasoned and model.patient_id is not None:
            self.approval.ask(model.patient_id, tendering.waived_fen)
            if self.approval.approval_id != model.approval_id:
                model.take_approval(self.approval.approval_id)
        self.approval.setVisible(reasoned)

    def _counted(self) -> str:
        if self._model.quoted is not None:
            return ""
        ticked, every = len(self._model.ticked), len(self._model.lines)
        if not every:
            return ""
        return tr("bill|Lines: {n}", n=every) if ticked == every else tr("bill|Lines: {n} of {all}", n=ticked, all=every)

    def _say_trouble(self) -> None:
        model = self._model
        words, tone = model.trouble_words(), "danger"
        if not words and (model.lines or model.quoted):
            words, tone = model.why_not() or model.tendering.question(), "info" if model.sending else "warning"
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        self.trouble.setProperty("tone", tone)
        self.trouble.style().polish(self.trouble)


def _row(title: QLabel, figure: QLabel) -> tuple[QWidget, QLabel]:
    """A title at the left, its figure at the right."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(title, 0, Qt.AlignmentFlag.AlignVCenter)
    layout.addStretch(1)
    layout.addWidget(figure)
    return row, figure
