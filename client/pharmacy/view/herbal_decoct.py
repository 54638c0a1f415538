"""The decoctions' page: every order with its state and what is late; the marked one with its steps, slices and address."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.pharmacy import words
from client.pharmacy.herbal import STEP_WORDS, how_words, next_step
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.states import DECOCTION
from common.i18n import N_, tr

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.pharmacy.herbal import Herbal
    from common.messages.herbal import DecoctionFacts

_TONES = {"": "warning", "TAKEN_IN": "info", "SOAKED": "info", "DECOCTED": "info", "PACKED": "done"}
_DETAIL = 380


class DecoctPage(QWidget):
    """``delivered(receiver, phone, address)`` and ``cancelled(note)`` on Enter in the last field of their forms."""

    delivered = Signal(str, str, str)
    cancelled = Signal(str)

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self._zone = zone
        self.field = TextInput(placeholder=N_("pharmacy|Name, initials or prescription number"), most=40)
        self.field.setMaximumWidth(360)
        self.orders = Table(
            self._columns(),
            key=lambda order: order.prescription_id,
            empty=N_("Nothing is to be boiled. What the clinic boils comes here when it is handed over."),
        )
        self.who, self.about = Label(type="heading"), Label(type="secondary")
        self.special, self.steps, self.where = Label(type="emphasis"), Label(), Label(type="secondary")
        self.receiver, self.phone, self.address, self.note = (TextInput(most=size) for size in (40, 30, 200, 100))
        self.form, self.cancelling = Form(1), Form(1)
        for title, field in ((N_("Receiver"), self.receiver), (N_("Phone"), self.phone), (N_("Address"), self.address)):
            self.form.add(title, field)
        self.cancelling.add(N_("Why it is cancelled"), self.note)
        self._lay_out()
        for field in (self.address, self.note):
            field.installEventFilter(self)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("pharmacy|Patient"), text=lambda order: order.patient_name, strong=True),
            Column(title=N_("herbal|Order"), text=lambda order: order.number or order.prescription_number, width=120, quiet=True),
            Column(title=N_("herbal|Doses"), text=lambda order: str(order.doses), width=56, align="right"),
            Column(title=N_("herbal|Special"), text=_kinds, width=132, tone=lambda order: "warning" if order.special else ""),
            Column(title=N_("herbal|State"), text=_state, width=104, tone=lambda order: _TONES.get(order.state, "plain")),
            Column(title=N_("herbal|For"), text=self._since, width=104, tone=lambda order: "danger" if order.late else ""),
            Column(title=N_("herbal|Next"), text=_next, width=96, quiet=True),
        )

    def _since(self, order: DecoctionFacts) -> str:
        if order.state in ("COLLECTED", "DELIVERED", "CANCELLED"):
            return f"{order.since.astimezone(self._zone):%H:%M}"
        waited = words.waiting_words(order.since, datetime.now().astimezone())
        return tr("herbal|late, {time}", time=waited) if order.late else waited

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        left = QWidget()
        left.setProperty("ground", "surface")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("herbal|Decoctions")))
        head.addStretch(1)
        head.addWidget(self.field, 2)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addWidget(self.orders, 1)
        layout.addWidget(left, 1)
        layout.addWidget(Hairline(vertical=True))
        self.detail = QFrame()
        self.detail.setFixedWidth(_DETAIL)
        inside = QVBoxLayout(self.detail)
        inside.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        inside.setSpacing(theme.GAP)
        for label in (self.who, self.about, self.special, self.steps, self.where):
            label.setWordWrap(True)
            inside.addWidget(label)
        inside.addWidget(self.form)
        inside.addWidget(self.cancelling)
        inside.addStretch(1)
        layout.addWidget(self.detail)

    # --- showing -------------------------------------------------------------------------------------------------------------------

    def show_model(self, room: Herbal) -> None:
        """The page as it stands."""
        self.orders.set_rows(room.found_orders())
        if not self.field.hasFocus():
            self.field.setText(room.sought)
        self.show_order(room)

    def show_order(self, room: Herbal) -> None:
        """The marked order."""
        order: DecoctionFacts | None = self.orders.current()
        for widget in (self.who, self.about, self.special, self.steps, self.where):
            widget.setVisible(order is not None)
        writes = room.delivery is not None and order is not None and room.delivery.order.id == order.id
        self.form.setVisible(writes)
        self.cancelling.setVisible(room.cancelling and order is not None)
        if order is None:
            return
        self.who.setText(order.patient_name)
        bags = tr("herbal|{n} doses in {bags} bags", n=order.doses, bags=order.doses * order.portions)
        self.about.setText("　".join(filter(None, (order.number, bags, order.usage))))
        self.special.setText("\n".join(f"{how_words(each.handling, each.advice)}　{each.name}" for each in order.special))
        self.special.setVisible(bool(order.special))
        self.steps.setText("\n".join(self._step(order, at) for at in range(len(order.steps))))
        to = tr("herbal|Deliver to {who}, {phone}, {address}", who=order.receiver, phone=order.phone, address=order.address)
        self.where.setText(to if order.deliver else tr("herbal|The patient collects it. F6: deliver it."))

    def _step(self, order: DecoctionFacts, at: int) -> str:
        step = order.steps[at]
        note = f"　{step.note}" if step.note else ""
        return f"{step.at.astimezone(self._zone):%m-%d %H:%M}　{DECOCTION.label(step.state)}　{step.by}{note}"

    def start_delivery(self) -> None:
        """The hand goes to the receiver."""
        order: DecoctionFacts | None = self.orders.current()
        if order is not None:
            self.receiver.setText(order.receiver or order.patient_name)
            self.phone.setText(order.phone or order.patient_phone)
            self.address.setText(order.address)
        self.address.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def start_cancel(self) -> None:
        """The hand goes to the reason."""
        self.note.clear()
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if watched is self.address:
                self.delivered.emit(self.receiver.text(), self.phone.text(), self.address.text())
            else:
                self.cancelled.emit(self.note.text())
            return True
        return super().eventFilter(watched, event)


def _state(order: DecoctionFacts) -> str:
    return DECOCTION.label(order.state) if order.state else tr("herbal|To be taken in")


def _kinds(order: DecoctionFacts) -> str:
    return " ".join(dict.fromkeys(tr(each.handling.label) for each in order.special))


def _next(order: DecoctionFacts) -> str:
    step = next_step(order)
    return tr(STEP_WORDS[step]) if step else ""
