"""What stands below the pick list when it is needed: a hand-over in part, another batch, and the second person."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.pharmacy import words
from client.pharmacy.view.reasons import ReasonPanel
from client.pharmacy.words import BATCH_REASONS
from client.widgets.approval import ApprovalPane
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.marked_name import MarkedLabel, marked_html
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from client.ops import Ops
    from client.pharmacy.picking import Picking
    from common.messages.consult import PrescriptionLine
    from common.messages.pharmacy import BatchChoice, Pick

_MOST_CHOICES = 4


def _sheet(panel: QFrame) -> QVBoxLayout:
    panel.setProperty("sheet", True)
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.GAP + 4)
    layout.setSpacing(theme.GAP)
    return layout


def _marked(line: PrescriptionLine) -> str:
    return f"{marked_html(line.name, line.name_marks)} {marked_html(line.specification, line.specification_marks)}"


class OwingPanel(QFrame):
    """``counted(text)``: so much of the marked line goes out now. ``promised(day, phone, note)``: what is promised for the rest."""

    counted = Signal(str)
    promised = Signal(object, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._line_id = 0
        self.title = Label(type="section")
        self.rest = Label(type="secondary")
        self.rest.setWordWrap(True)
        self.quantity = TextInput(most=12)
        self.day = DateInput()
        self.phone = TextInput(most=30)
        self.note = TextInput(most=100)
        self.form = Form(4)
        self.form.add(N_("owing|Handed over now"), self.quantity)
        self.form.add(N_("owing|The rest till"), self.day, required=True)
        self.form.add(N_("owing|Patient's phone"), self.phone)
        self.form.add(N_("owing|Note"), self.note)
        layout = _sheet(self)
        for part in (self.title, self.rest, self.form):
            layout.addWidget(part)
        self.quantity.editingFinished.connect(self.flush)
        self.day.textEdited.connect(lambda _text: self._say())
        self.day.editingFinished.connect(self._say)
        for field in (self.phone, self.note):
            field.textEdited.connect(lambda _text: self._say())

    def flush(self) -> None:
        """What stands in the field counts."""
        if self.quantity.isModified():
            self.quantity.setModified(False)
            self.counted.emit(self.quantity.text())

    def _say(self) -> None:
        self.promised.emit(self.day.date(), self.phone.text(), self.note.text())

    def start(self) -> None:
        """The quantity is to be typed."""
        self.quantity.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.quantity.selectAll()

    def wrong(self, reason: str) -> None:
        """Why a quantity is no good; nothing when it is."""
        if reason:
            self.form.wrong(self.quantity, reason)
        else:
            self.form.clear_wrongs()

    def show_picking(self, picking: Picking, line_id: int | None) -> None:
        """What is owed as it stands, and the marked line to type for."""
        owing, owed = picking.owing, picking.owed()
        line = picking.line(line_id) if line_id is not None else None
        self.title.setText(
            tr("Hand over in part: {drug} ({unit})", drug=line.name, unit=line.unit)
            if line is not None
            else tr("pharmacy|Hand over in part")
        )
        rest = "; ".join(f"{picking.line(each).name} {plain(left)}{picking.line(each).unit}" for each, left in owed.items())
        self.rest.setText(
            tr("Owed after it: {rest}. A slip is printed for the patient.", rest=rest)
            if rest
            else tr("Type how much of the marked drug goes out now; the rest is owed. Alt+Q again hands over everything.")
        )
        self.rest.setProperty("tone", "warning" if rest else "")
        self.rest.style().polish(self.rest)
        if line is not None and (line.id != self._line_id or not self.quantity.hasFocus()):
            self._line_id = line.id
            only = owing.only.get(line.id, picking.aside(line.id))
            self.quantity.setText(plain(only))
        if not self.day.hasFocus():
            self.day.set_date(owing.day)
        for field, text in ((self.phone, owing.phone), (self.note, owing.note)):
            if not field.hasFocus():
                field.setText(text)


class BatchPanel(QFrame):
    """``chosen(pick_id, batch_id, place)``: this batch for the reason at ``place``. Arrows mark the batch, a digit takes it."""

    chosen = Signal(int, int, int)

    def __init__(self, today: date) -> None:
        super().__init__()
        self._pick: Pick | None = None
        self.title = MarkedLabel("section")
        self.choices = Table(
            (
                Column(title=N_("pharmacy|Lot"), text=lambda row: row.lot, strong=True),
                Column(
                    title=N_("pharmacy|Use by"),
                    text=lambda row: words.expiry_words(row.expires, today),
                    width=176,
                    tone=lambda row: words.expiry_tone(row.expires, today),
                ),
                Column(title=N_("batch|Free"), text=lambda row: plain(row.free), width=80, align="right"),
                Column(
                    title=N_("batch|In opened packs"), text=lambda row: plain(row.opened) if row.opened else "", width=124, align="right"
                ),
            ),
            key=lambda row: row.batch_id,
            empty=N_("No other batch holds enough."),
            dense=True,
        )
        self.reasons = ReasonPanel(
            N_("Why another batch"),
            N_("Mark the batch, press a digit."),
            [title for _code, title in BATCH_REASONS],
            columns=2,
        )
        layout = _sheet(self)
        layout.addWidget(self.title)
        beside = QHBoxLayout()
        beside.setSpacing(theme.MARGIN)
        beside.addWidget(self.choices, 1, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.reasons, 1, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(beside)
        self.reasons.picked.connect(self._take)
        self.choices.installEventFilter(self)
        self.hide()

    def open(self, pick: Pick, line: PrescriptionLine, choices: Sequence[BatchChoice]) -> None:
        """Show the batches for a pick; the first other one is marked."""
        self._pick = pick
        self.title.say(lambda: tr("Another batch: {drug}, lot {lot}", drug=_marked(line), lot=escape(pick.lot)))
        self.choices.set_rows(choices)
        self.choices.setFixedHeight(theme.DENSE_ROW * (1 + _MOST_CHOICES))
        other = next((choice.batch_id for choice in choices if choice.batch_id != pick.batch_id), pick.batch_id)
        self.choices.select(other)
        self.show()
        self.choices.setFocus(Qt.FocusReason.OtherFocusReason)

    def close(self) -> bool:
        """Away with it."""
        self._pick = None
        self.hide()
        return True

    def _take(self, place: int) -> None:
        row = self.choices.current()
        if self._pick is not None and row is not None:
            self.chosen.emit(self._pick.pick_id, row.batch_id, place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.choices and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            place = event.key() - int(Qt.Key.Key_1)
            plainly = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if 0 <= place < len(BATCH_REASONS) and plainly:
                self._take(place)
                return True
        return super().eventFilter(watched, event)


class SecondPanel(QFrame):
    """``agreed(approval_id | None)`` when a second person looked on or the yes lapsed; ``alone(reason)`` as it is typed."""

    agreed = Signal(object)
    alone = Signal(str)

    def __init__(self, ops: Ops) -> None:
        super().__init__()
        self.pane = ApprovalPane(ops, act="dispense_controlled")
        self.reason = TextInput(most=100)
        form = Form()
        form.add(N_("second|Why nobody else is here"), self.reason)
        note = Label(N_("second|Only when you are alone on duty. The reason is kept, and the manager sees it in a list."), "note")
        note.setWordWrap(True)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("second|Alone on duty")), note, form):
            column.addWidget(part)
        column.addStretch(1)
        layout = QHBoxLayout()
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.pane, 3)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side, 2)
        _sheet(self).addLayout(layout)
        self.pane.approved.connect(self.agreed.emit)
        self.pane.lapsed.connect(lambda: self.agreed.emit(None))
        self.reason.textEdited.connect(self.alone.emit)

    def start(self) -> None:
        """The hand goes to the pane."""
        if self.isVisible():
            self.pane.setFocus()

    def scanned(self, code: str) -> bool:
        """A badge; ``False`` if it is none or nobody is asked."""
        return self.isVisible() and self.pane.scanned(code)

    def forget(self) -> None:
        """What was agreed to counts no more."""
        self.pane.clear()

    def show_picking(self, picking: Picking) -> None:
        """Who is to look on at this prescription."""
        self.pane.ask(picking.facts.id)
        if self.reason.text() != picking.alone:
            self.reason.setText(picking.alone)
        self.reason.setEnabled(picking.approval_id is None)
