"""The foot of the desk: the session chosen, its fee, how it is paid, and the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QStackedWidget, QWidget

from client import theme
from client.format import signed_yuan
from client.registration.model import session_words
from client.registration.view.choice import Choice
from client.texts import text
from client.widgets.form import Label
from client.widgets.inputs import MoneyInput, TextInput
from common.domain.money import format_yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from client.registration.model import RegistrationModel

TENDERS: Final = tuple((kind.value, TITLES[kind]) for kind in (TenderKind.CASH, TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.CARD))
HEIGHT: Final = 80


class CashInput(MoneyInput):
    """The cash given; Enter in an empty field means exactly the fee (``exact``)."""

    exact = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self.text().strip():
                self.exact.emit()
            return
        super().keyPressEvent(event)


class FeeBar(QWidget):
    """``paid`` fires when something about the payment changed."""

    paid = Signal()

    def __init__(self, model: RegistrationModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._words = ""
        self.words = Label(type="emphasis")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note = QLabel()
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.number = Label(type="figure")
        self.fee = Label(type="figure")
        self.change = Label(type="figure")
        self.tender = Choice(TENDERS)
        self.given = CashInput()
        self.reference = TextInput(placeholder=N_("Reference of the terminal"), most=64)
        self.pay = QStackedWidget()
        self._build()
        self._connect()
        self.show_model()

    def _build(self) -> None:
        for widget in (self.given, self.reference):
            self.pay.addWidget(widget)
        self.pay.setFixedSize(148, 34)
        self.tender.setFixedWidth(112)
        text(self.tender.setAccessibleName, N_("money|Paid by"))
        text(self.given.setAccessibleName, N_("money|Cash given"))
        for figure in (self.number, self.fee, self.change):
            figure.setMinimumWidth(112)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.GAP)
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        self.number_title, self.change_title, self.given_title = (
            Label(N_("visit|Queue number"), "note"),
            Label(N_("money|Change"), "note"),
            Label(type="note"),
        )
        right, bottom = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        columns: tuple[tuple[QWidget, QWidget], ...] = (
            (self.number_title, self.number),
            (Label(N_("money|Fee"), "note"), self.fee),
            (Label(N_("money|Paid by"), "note"), self.tender),
            (self.given_title, self.pay),
            (self.change_title, self.change),
        )
        grid.addWidget(self.note, 0, 0)
        grid.addWidget(self.words, 1, 0)
        for place, (title, field) in enumerate(columns, start=1):
            left = place in (3, 4)
            grid.addWidget(title, 0, place, Qt.AlignmentFlag.AlignLeft if left else right)
            grid.addWidget(field, 1, place, bottom | (Qt.AlignmentFlag.AlignLeft if left else right))

    def _connect(self) -> None:
        self.tender.chosen.connect(self._take_tender)
        self.given.textChanged.connect(self._take_given)
        self.given.exact.connect(self._take_exact)
        self.reference.textChanged.connect(self._take_reference)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def next_tender(self) -> None:
        """Pay by the next means, and go to its field."""
        codes = [code for code, _ in TENDERS]
        following = codes[(codes.index(self._model.payment.kind.value) + 1) % len(codes)]
        self.tender.set_code(following)
        self._take_tender(following)
        self.focus_payment()

    def focus_payment(self) -> None:
        """Go to the cash given, or to the reference."""
        field = self.given if self._model.payment.is_cash else self.reference
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def _take_tender(self, code: str) -> None:
        self._model.payment.kind = TenderKind(code)
        self.paid.emit()

    def _take_given(self, _typed: str) -> None:
        payment = self._model.payment
        payment.given_fen = self.given.fen()
        payment.unreadable = bool(self.given.text().strip()) and payment.given_fen is None
        self.paid.emit()

    def _take_exact(self) -> None:
        self.given.set_fen(self._model.to_pay_fen)
        self.given.selectAll()

    def _take_reference(self, typed: str) -> None:
        self._model.payment.reference = typed
        self.paid.emit()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another person pays: the fields are empty."""
        for field in (self.given, self.reference):
            field.blockSignals(True)
            field.clear()
            field.blockSignals(False)
        self.show_model()

    def recall(self) -> None:
        """The person before pays after all: the fields hold again what was typed for him."""
        payment = self._model.payment
        for field in (self.given, self.reference):
            field.blockSignals(True)
        self.given.set_fen(payment.given_fen)
        self.reference.setText(payment.reference)
        for field in (self.given, self.reference):
            field.blockSignals(False)
        self._model.payment.unreadable = False
        self.show_model()

    def show_model(self) -> None:
        """Show fee, change, and what speaks against registering."""
        model, payment = self._model, self._model.payment
        done = model.done
        session = model.session
        self._words = session_words(session, model.department(session.department)) if session else tr("No clinic session is chosen.")
        self._say_words()
        self.fee.setText(format_yuan(model.to_pay_fen))
        self.tender.set_code(payment.kind.value)
        self.pay.setCurrentWidget(self.given if payment.is_cash else self.reference)
        self.given_title.setText(tr("money|Cash given") if payment.is_cash else tr("money|Reference"))
        for widget in (self.number_title, self.number):
            widget.setVisible(done is not None)
        self.number.setText(done.queue_number if done else "")
        self._show_change()
        self._show_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_words()

    def _say_words(self) -> None:
        """As much as there is room for; all of it to the pointer."""
        self.words.setToolTip(self._words)
        self.words.setText(self.words.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self.words.width()))

    def _show_change(self) -> None:
        model = self._model
        change = model.done.receipt.change_fen if model.done and model.done.receipt else model.payment.change(model.to_pay_fen)
        self.change.setText(format_yuan(max(0, change)))

    def _show_note(self) -> None:
        model = self._model
        wrong = (model.patient is not None or model.draft is not None) and model.done is None and not model.sending
        blocking = model.why_not_session() or model.payment.why_not(model.to_pay_fen) if wrong else ""
        words, tone = (model.trouble_words(), "danger") if model.trouble else (blocking, "warning")
        if not words and model.sending:
            words, tone = model.why_not_register(), "info"
        rounded = model.to_pay_fen - model.fee_fen
        if not words and rounded and model.done is None:
            words, tone = tr("money|Fee {fee}, cash rounding {amount}", fee=format_yuan(model.fee_fen), amount=signed_yuan(rounded)), "info"
        self.note.setText(words)
        self.note.setToolTip(words)
        self.note.setProperty("tone", tone)
        self.note.style().polish(self.note)
