"""The forms of the desk's acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.invoices.model import Act
from client.widgets.form import Form, Label
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.invoices.model import InvoicesModel
    from common.messages.invoices import Holder

_HOLDERS = (
    Column(title=N_("invoice|Given to"), text=lambda row: row.name, strong=True),
    Column(title=N_("segment|Left"), text=lambda row: str(row.left), width=72, align="right"),
)


class GiveForm(QWidget):
    """Who, and which numbers. ``finished`` fires after the last field."""

    typed = Signal()
    finished = Signal()

    def __init__(self, model: InvoicesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.holders = Table(_HOLDERS, key=lambda row: row.staff_id, empty=N_("invoices|Nobody here takes money."), dense=True)
        self.holders.setFixedHeight(5 * theme.DENSE_ROW + 2)
        self.prefix, self.first, self.last = TextInput(most=14), TextInput(most=18), TextInput(most=18)
        self.count = Label(type="note")
        form = Form()
        form.add(N_("invoice|Prefix"), self.prefix)
        form.add(N_("invoice|First number"), self.first, required=True)
        form.add(N_("invoice|Last number"), self.last, required=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        for widget in (self.holders, form, self.count):
            layout.addWidget(widget)
        self.holders.moved.connect(self._take)
        self.holders.chosen.connect(lambda _row: self.prefix.setFocus(Qt.FocusReason.TabFocusReason))
        for field in (self.prefix, self.first, self.last):
            field.textChanged.connect(lambda _text: self._take_fields())
        form.finished.connect(self.finished)

    def begin(self) -> None:
        """Empty fields; the hand is on the list of people."""
        for field in (self.prefix, self.first, self.last):
            field.clear()
        self._take(self.holders.current())
        self.holders.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, holder: Holder | None) -> None:
        self._model.typed.holder = holder
        self.typed.emit()

    def _take_fields(self) -> None:
        typed = self._model.typed
        typed.prefix, typed.first, typed.last = self.prefix.text().strip(), self.first.text().strip(), self.last.text().strip()
        self._model.trouble = None
        self.typed.emit()

    def show_model(self) -> None:
        """People and how many numbers they hold; how many are typed."""
        segments = self._model.segments
        self.holders.set_rows(segments.holders if segments else ())
        count = self._model.count()
        self.count.setText(tr("invoices|{n} numbers", n=count) if count else "")


class ReasonForm(QWidget):
    """Why; and which number, where that is not selected in the list."""

    typed = Signal()
    finished = Signal()

    def __init__(self, model: InvoicesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.about = Label(type="emphasis")
        self.about.setWordWrap(True)
        self.number, self.reason = TextInput(most=32), TextInput(most=200)
        self.form = Form()
        self.form.add(N_("invoice|Number"), self.number, required=True)
        self.form.add(N_("invoice|Why"), self.reason, required=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.about)
        layout.addWidget(self.form)
        self.number.textChanged.connect(lambda _text: self._take())
        self.reason.textChanged.connect(lambda _text: self._take())
        self.form.finished.connect(self.finished)

    def begin(self) -> None:
        """The hand is on the reason; a number that was proposed may be typed over."""
        self.number.setText(self._model.typed.number)
        self.reason.clear()
        field = self.number if self._model.act is Act.VOID_NUMBER else self.reason
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def _take(self) -> None:
        typed = self._model.typed
        typed.number, typed.reason = self.number.text(), self.reason.text()
        self._model.trouble = None
        self.typed.emit()

    def show_model(self) -> None:
        """What it is about."""
        model = self._model
        self.form.show_field(self.number, model.act is Act.VOID_NUMBER)
        self.about.setText(self._about())
        self.about.setVisible(bool(self.about.text()))

    def _about(self) -> str:
        subject = self._model.subject
        if self._model.act is Act.VOID_INVOICE:
            return f"{subject.number}　{subject.patient_name}　{format_yuan(subject.amount_fen)}"
        if self._model.act is Act.TAKE_BACK:
            return tr(
                "invoices|{name}: {next} to {last}, {n} numbers", name=subject.cashier, next=subject.next, last=subject.last, n=subject.left
            )
        return ""
