"""The zone on the right: what goes back and by which way, why, and who agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.refunds.model import REASONS, summary, ways
from client.texts import text
from client.widgets.approval import ApprovalPane
from client.widgets.buttons import PrimaryButton
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label
from client.widgets.text_input import TextInput
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.ops import Ops
    from client.refunds.model import RefundModel

_NOT_CHOSEN: Final = N_("refund reason|Not chosen")


class Side(QWidget):
    """``changed`` fires when reason or approval changed."""

    changed = Signal()

    def __init__(self, ops: Ops, model: RefundModel, take_back: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.back = Label(type="figure")
        self.ways = QWidget()
        self._rows: list[tuple[QLabel, QLabel]] = []
        self.rest = Label(type="note")
        self.insured = Label(
            N_("refund|The insurance settles the rest anew first; what that costs the patient is kept of this amount."), "note"
        )
        self.reason = Choice((("", _NOT_CHOSEN), *((reason, reason) for reason in REASONS)))
        self.words = TextInput(placeholder=N_("refund|In words, if needed"), most=120)
        self.form = Form()
        self.trouble = QLabel()
        self.approval = ApprovalPane(ops, act="refund")
        self.approval.hide()
        self.button = PrimaryButton(key="F12", run=take_back)
        text(self.button.setText, N_("verb|Take back"))
        self.last = Label(type="note")
        self.setFocusProxy(self.reason)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QGridLayout()
        head.setColumnStretch(0, 1)
        head.addWidget(Label(N_("refund|Goes back to the patient")), 0, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.back, 0, 1)
        layout.addLayout(head)
        self._grid = QGridLayout(self.ways)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.form.add(N_("refund|Reason"), self.reason)
        self.form.add(N_("refund|Remark"), self.words)
        for label in (self.trouble, self.rest, self.insured, self.last):
            label.setWordWrap(True)
        for widget in (self.ways, self.rest, self.insured, self.trouble, Hairline(), self.form, self.approval, self.button):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.last)

    def _connect(self) -> None:
        self.reason.chosen.connect(self._take_reason)
        self.words.textEdited.connect(self._take_words)
        self.form.finished.connect(self.focus_next)
        self.approval.approved.connect(self._take_approval)
        self.approval.lapsed.connect(lambda: self._take_approval(None))

    # --- what the person does --------------------------------------------------------------------------------------------------

    def focus_reason(self) -> None:
        """Go to the reason."""
        self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_next(self) -> None:
        """After the last field: to the second person, if one is needed, else to the button."""
        waits = self.approval.isVisible() and self._model.approval_id is None
        (self.approval.login if waits else self.button).setFocus(Qt.FocusReason.TabFocusReason)

    def _take_reason(self, reason: str) -> None:
        self._model.reason = reason
        self.changed.emit()

    def _take_words(self, words: str) -> None:
        self._model.words = words
        self.changed.emit()

    def _take_approval(self, approval_id: int | None) -> None:
        """The second person's fields are gone with the yes: the hand goes to what is next, not where the window would put it."""
        self._model.approval_id = approval_id
        self.changed.emit()
        if approval_id is not None and self._model.missing()[0] == "reason":
            self.focus_reason()
        elif approval_id is not None:
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_for_approval(self) -> None:
        """The plan is known: a yes that was given for it before may still hold."""
        model = self._model
        if model.plan is None or model.bill is None or not model.plan.needs_approval:
            return
        self.approval.ask(model.bill.bill.id, model.plan.value_fen)
        model.approval_id = self.approval.approval_id

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another bill: nothing is chosen, typed or agreed."""
        self.reason.set_code("")
        self.words.clear()
        self.approval.clear()
        self._model.reason = self._model.words = ""
        self._model.approval_id = None

    def show_model(self) -> None:
        """Show what the plan says, and what is missing."""
        model, plan = self._model, self._model.plan
        self.back.setText(format_yuan(plan.back_fen) if plan else "—")
        self._show_ways(ways(plan, model.bill) if plan and model.bill else [])
        stays = (
            tr("refund|{amount} stay and are charged anew on a receipt of their own.", amount=format_yuan(plan.rest_fen)) if plan else ""
        )
        self.rest.setText(stays)
        self.rest.setVisible(bool(plan and plan.rest_fen))
        self.insured.setVisible(bool(plan and plan.insured and plan.rest_fen))
        self.approval.setVisible(bool(plan and plan.needs_approval) and model.waiting is None)
        self.button.setEnabled(not model.hindrance())
        self.last.setText(summary(model.last) if model.last else "")
        self.last.setVisible(model.last is not None)
        self._say_trouble()

    def _show_ways(self, rows: list[tuple[str, str]]) -> None:
        while len(self._rows) < len(rows):
            pair = (Label(type="secondary"), Label())
            place = len(self._rows)
            self._grid.addWidget(pair[0], place, 0)
            self._grid.addWidget(pair[1], place, 1, Qt.AlignmentFlag.AlignRight)
            self._rows.append(pair)
        for place, (title, amount) in enumerate(self._rows):
            words = rows[place] if place < len(rows) else ("", "")
            title.setText(words[0])
            amount.setText(words[1])
            for widget in (title, amount):
                widget.setVisible(bool(words[0]))
        self.ways.setVisible(bool(rows))

    def _say_trouble(self) -> None:
        model = self._model
        words, tone = model.trouble_words(), "danger"
        if not words and model.bill is not None and model.bill.bill.state == "STANDS":
            words, tone = model.why_not(), "info" if model.sending or not model.back else "warning"
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        self.trouble.setProperty("tone", tone)
        self.trouble.style().polish(self.trouble)
