"""In place of the zone on the right while a bill is changed to insurance: how the patient is insured, and what the quote means for him."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.refunds.converting import REASONS
from client.texts import text
from client.widgets.approval import ApprovalPane
from client.widgets.buttons import Button, PrimaryButton
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.insured_form import InsuredForm
from client.widgets.quote_panel import QuotePanel
from common.domain.money import format_yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.ops import Ops
    from client.refunds.converting import Conversion
    from common.messages.settlement import SettlementFacts


class ConvertForm(QWidget):
    """How the patient is insured, and why it was not settled so at once. ``ready()`` fires when the insurance is to be asked."""

    ready = Signal()

    def __init__(self, conversion: Callable[[], Conversion], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._conversion = conversion
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.reason = Choice(tuple((reason, reason) for reason in REASONS))
        self.insured = InsuredForm(lambda: conversion().insured, titled=False)
        self.setFocusProxy(self.insured.number)
        form = Form()
        form.add(N_("convert|Why not at once"), self.reason)
        above = QVBoxLayout()
        above.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 0)
        above.setSpacing(theme.GAP)
        note = Label(N_("convert|The bill stays paid until the insurance has settled; what it pays then goes back to the patient."), "note")
        note.setWordWrap(True)
        for widget in (SectionTitle(N_("convert|Change the bill to insurance")), note, form):
            above.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(above)
        layout.addWidget(self.insured, 1)
        self.reason.chosen.connect(self._take_reason)
        self.insured.ready.connect(self.ready.emit)

    def _take_reason(self, reason: str) -> None:
        self._conversion().reason = reason

    def show_conversion(self) -> None:
        """Another bill."""
        self.reason.set_code(self._conversion().reason)

    def start(self) -> None:
        """Show what is known, and go to what is missing."""
        self.insured.start()

    def say(self, words: str) -> None:
        """What is missing or was refused."""
        self.insured.say(words)


class ConvertQuote(QWidget):
    """What the insurance pays, what goes back to the patient and by which way, and who agrees to it. ``confirm`` and ``give_up`` are what
    the buttons do; ``changed()`` fires when a second person agreed."""

    changed = Signal()

    def __init__(
        self,
        ops: Ops,
        conversion: Callable[[], Conversion],
        *,
        confirm: Callable[[], object],
        give_up: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._conversion = conversion
        self.facts: SettlementFacts | None = None
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.patient, self.back = Label(type="emphasis"), Label(type="figure")
        self.quote = QuotePanel()
        self.ways = Label(type="secondary")
        self.own = Label(type="note")
        self.trouble = QLabel()
        self.approval = ApprovalPane(ops, act="refund")
        self.button, self.away = PrimaryButton(key="F12", run=confirm), Button(key="Esc", run=give_up)
        text(self.button.setText, N_("verb|Change to insurance"))
        text(self.away.setText, N_("verb|Give up"))
        self.setFocusProxy(self.button)
        self._lay_out()
        self.approval.approved.connect(self._take_approval)
        self.approval.lapsed.connect(lambda: self._take_approval(None))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        head = QGridLayout()
        head.setColumnStretch(0, 1)
        head.addWidget(Label(N_("refund|Goes back to the patient")), 0, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.back, 0, 1)
        self.ways.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.trouble.setProperty("tone", "danger")
        for label in (self.ways, self.own, self.trouble):
            label.setWordWrap(True)
        layout.addWidget(SectionTitle(N_("convert|Change the bill to insurance")))
        layout.addWidget(self.patient)
        layout.addWidget(self.quote)
        layout.addWidget(Hairline())
        layout.addLayout(head)
        for widget in (self.ways, self.own, self.trouble, self.approval):
            layout.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.away)
        buttons.addWidget(self.button)
        layout.addLayout(buttons)
        layout.addStretch(1)

    def _take_approval(self, approval_id: int | None) -> None:
        self._conversion().approval_id = approval_id
        self.changed.emit()
        if approval_id is not None:
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def start(self) -> None:
        """The hand is on the button, or where the second person types."""
        conversion = self.facts.conversion if self.facts is not None else None
        second = conversion is not None and conversion.needs_approval and self._conversion().approval_id is None
        (self.approval.login if second else self.button).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_settlement(self, facts: SettlementFacts) -> None:
        """Show the quote of a conversion."""
        self.facts = facts
        conversion = facts.conversion
        if conversion is None or conversion.back_fen is None:
            return
        if conversion.needs_approval:
            self.approval.ask(conversion.bill_id, conversion.back_fen)
            self._conversion().approval_id = self.approval.approval_id
        self.approval.setVisible(bool(conversion.needs_approval))
        self.show_model()

    def show_model(self) -> None:
        """The same anew: in another language, or with another sentence about what went wrong."""
        facts = self.facts
        if facts is None or facts.conversion is None:
            return
        self.patient.setText(tr("convert|{patient}, bill {number}", patient=facts.patient_name, number=facts.conversion.bill_number))
        self.quote.show_quote(facts)
        self.back.setText(format_yuan(facts.conversion.back_fen or 0))
        self.ways.setText("\n".join(f"{tr(TITLES[kind])} {format_yuan(fen)}" for kind, fen in facts.conversion.back.items()))
        self.ways.setVisible(bool(facts.conversion.back))
        own = facts.quote.cash_fen if facts.quote is not None else 0
        self.own.setText(tr("convert|The patient's own share is {amount}; it stays paid as it was.", amount=format_yuan(own)))
        trouble = self._conversion().trouble
        self.trouble.setText(str(trouble))
        self.trouble.setVisible(bool(trouble))

    def forget(self) -> None:
        """No quote waits here any more."""
        self.facts = None
        self.approval.clear()
