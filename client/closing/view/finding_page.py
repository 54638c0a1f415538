"""A call that nobody answers: what people found out about it, where, and who agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.closing.finding import ANSWERS, named
from client.format import moment
from client.widgets.approval import ApprovalPane
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from common.i18n import N_, tr
from common.messages.settlement import finding_detail

if TYPE_CHECKING:
    from client.closing.finding import Finding
    from client.closing.model import ClosingModel
    from client.ops import Ops


class FindingPage(QWidget):
    """``typed`` fires when anything of the finding changed."""

    typed = Signal()

    def __init__(self, ops: Ops, model: ClosingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._finding: Finding | None = None
        self._offered: tuple[tuple[str, str], ...] = ()
        self.patient = Label(type="heading")
        self.advice = Label(N_("finding|Look it up where it was sent, both of you. What you say here is booked."), "note")
        self.which, self.answer = Choice((("", ""),)), Choice(ANSWERS)
        self.facts = Label(type="secondary")
        self.where = TextInput(most=200)
        self.form = Form()
        self.form.add(N_("finding|Which call"), self.which)
        self.form.add(N_("finding|What became of it"), self.answer, required=True)
        self.form.add(N_("finding|Where it was seen: merchant console, bureau's list …"), self.where, required=True)
        self.approval = ApprovalPane(ops, act="finding")
        self.setFocusProxy(self.answer)
        self._build()
        self.which.chosen.connect(self._take)
        self.answer.chosen.connect(self._take)
        self.where.textChanged.connect(self._take)
        self.approval.approved.connect(self._agreed)
        self.approval.lapsed.connect(lambda: self._agreed(None))
        self.form.finished.connect(lambda: self.approval.setFocus(Qt.FocusReason.TabFocusReason))

    def _build(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        for label in (self.advice, self.facts):
            label.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget in (
            SectionTitle(N_("closing|Record a finding")),
            self.patient,
            self.facts,
            self.advice,
            self.form,
            Hairline(),
            self.approval,
        ):
            column.addWidget(widget)
        column.addStretch(1)

    def begin(self, finding: Finding) -> None:
        """Another settlement; nothing is said of it yet."""
        self._finding = None
        self._offered = ()
        self.answer.set_code("")
        self.where.clear()
        self.approval.clear()
        self.approval.ask(finding.facts.id)
        self._finding = finding

    def start(self) -> None:
        """The hand goes to the first thing to say."""
        first = self.which if self.which.isVisibleTo(self) else self.answer
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_finding(self) -> None:
        """The settlement as it is now; what is being typed stays."""
        finding = self._finding
        if finding is None:
            return
        offered = tuple((step.number, named(step)) for step in finding.calls)
        if offered != self._offered:
            self._offered = offered
            self.which.offer(offered)
            self.which.set_code(finding.number)
            self.form.show_field(self.which, len(offered) > 1)
        self.patient.setText(f"{finding.facts.patient_name}  {named(finding.call())}")
        self.facts.setText(self._words(finding))

    def _words(self, finding: Finding) -> str:
        call = finding.call()
        lines = [tr("finding|Number {number}, sent {time}", number=call.number, time=moment(call.at.astimezone(self._model.zone)))]
        if call.message:
            lines.append(tr("finding|What came back: {message}", message=call.message))
        return "\n".join(lines)

    def _take(self, _typed: str) -> None:
        finding = self._finding
        if finding is None:
            return
        finding.number = self.which.code() or finding.number
        finding.carried_out = {"yes": True, "no": False}.get(self.answer.code())
        finding.seen_where = self.where.text()
        finding.trouble = ""
        if finding.carried_out is not None:  # another answer is another thing to agree to
            self.approval.ask(finding.facts.id, detail=finding_detail(finding.call().number, carried_out=finding.carried_out))
            finding.approval_id = self.approval.approval_id
        self.show_finding()
        self.typed.emit()

    def _agreed(self, approval_id: int | None) -> None:
        if self._finding is not None:
            self._finding.approval_id = approval_id
            self.typed.emit()
