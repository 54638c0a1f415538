"""Beside a row of the register: what belongs to it, and what came back of it: empties, or a residue that was destroyed before two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import format, theme
from client.store import register, words
from client.widgets.approval import ApprovalPane
from client.widgets.choice import Choice
from client.widgets.form import Form, Label
from client.widgets.inputs import TextInput
from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.controlled import RecordEmpties, RecordResidue
from common.permissions import Permission

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk
    from common.messages.controlled import RegisterRow

EMPTIES, RESIDUE = "empties", "residue"
_SIGNED: Final = ("−", "－", "﹣")


class RowSide(QWidget):
    """``changed`` when what F12 would do may have changed."""

    changed = Signal()

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__()
        self._desk = desk
        self.row: RegisterRow | None = None
        self.title, self.facts = Label(type="heading"), Label(type="secondary")
        for label in (self.title, self.facts):
            label.setWordWrap(True)
        self.act = Choice(((EMPTIES, N_("register|Empties back")), (RESIDUE, N_("register|Residue destroyed"))))
        self.count, self.whom, self.note = TextInput(most=5), TextInput(most=30), TextInput(most=100)
        self.amount, self.way = TextInput(most=12), TextInput(most=60)
        self.empties = Form(2)
        self.empties.add(N_("register|How many"), self.count, required=True)
        self.empties.add(N_("register|From whom"), self.whom, required=True)
        self.empties.add(N_("register|Note"), self.note, span=2)
        self.residue = Form(2)
        self.residue.add(N_("register|Amount"), self.amount, required=True)
        self.residue.add(N_("register|How it was destroyed"), self.way, required=True)
        self.approval = ApprovalPane(desk.ops, act="residue")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for part in (self.title, self.facts, self.act, self.empties, self.residue, self.approval):
            column.addWidget(part)
        column.addStretch(1)
        self._connect()
        self.show_row(None)

    def _connect(self) -> None:
        self.act.chosen.connect(lambda _code: self._arrange())
        for field in (self.count, self.whom, self.note, self.amount, self.way):
            field.textChanged.connect(lambda _text: self._typed())
        self.empties.finished.connect(self.changed.emit)
        self.residue.finished.connect(lambda: self.approval.setFocus(Qt.FocusReason.OtherFocusReason))
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)

    def show_row(self, row: RegisterRow | None) -> None:
        """Another row, or the same one as it is now; what is typed for the same one stays."""
        if (row and row.id) != (self.row and self.row.id):
            self._clear()
        self.row = row
        self.title.setText(row.drug if row else tr("register|No row is chosen"))
        self.facts.setText(words.facts(register.facts(row, format.sex(row.sex))) if row else "")
        self.amount.setPlaceholderText(row.residue_unit if row else "")
        self.whom.setPlaceholderText(tr("register|the patient's family, a nurse"))
        self._arrange()

    def begin(self) -> None:
        """Enter on a row: the hand goes to the first field."""
        if self.act.isVisible():
            (self.count if self.act.code() == EMPTIES else self.amount).setFocus(Qt.FocusReason.TabFocusReason)

    def _arrange(self) -> None:
        may = self.row is not None and register.is_hand_over(self.row) and self._desk.place.may(Permission.PHARMACY_DISPENSE)
        empties = self.act.code() == EMPTIES
        self.act.setVisible(may)
        self.empties.setVisible(may and empties)
        self.residue.setVisible(may and not empties)
        self.approval.setVisible(may and not empties)
        self.setFocusProxy(self.count if empties else self.amount)
        self._typed()

    def _typed(self) -> None:
        self.empties.clear_wrongs()
        self.residue.clear_wrongs()
        amount = register.typed_quantity(self.amount.text())
        if self.row is not None and amount:
            self.approval.ask(self.row.id, detail=plain(amount))
        self.changed.emit()

    def _clear(self) -> None:
        for field in (self.count, self.whom, self.note, self.amount, self.way):
            field.clear()
        self.approval.clear()

    def _number(self) -> int | None:
        typed = self.count.text().strip()
        for sign in _SIGNED:
            typed = typed.replace(sign, "-")
        return int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 6 else None

    def why_not(self) -> str:
        """Why F12 has nothing to do."""
        if self.row is None or not register.is_hand_over(self.row):
            return tr("register|Choose a row of a drug that went to a patient.")
        if self.act.code() == EMPTIES:
            return self._why_no_empties()
        if not register.typed_quantity(self.amount.text()) or not self.way.text().strip():
            return tr("register|Type how much was left and how it was destroyed.")
        return "" if self.approval.approval_id is not None else tr("register|The second person signs below.")

    def _why_no_empties(self) -> str:
        number = self._number()
        if not number:
            return tr("register|Type how many came back empty.")
        if not self.whom.text().strip():
            return tr("register|Type who brought them.")
        return tr("register|Say in the note why the count is put right.") if number < 0 and not self.note.text().strip() else ""

    def request(self) -> RecordEmpties | RecordResidue:
        """What F12 sends; asked only while :meth:`why_not` is empty."""
        assert self.row is not None
        if self.act.code() == EMPTIES:
            return RecordEmpties(
                entry_id=self.row.id, pieces=self._number() or 0, from_whom=self.whom.text().strip(), note=self.note.text().strip()
            )
        amount = register.typed_quantity(self.amount.text())
        assert amount is not None
        return RecordResidue(entry_id=self.row.id, amount=amount, way=self.way.text().strip(), approval_id=self.approval.approval_id)

    def done(self) -> None:
        """It is written."""
        assert self.row is not None
        if self.act.code() == EMPTIES:
            self._desk.tell(tr("register|{n} empties of {drug} are written down.", n=self._number() or 0, drug=self.row.drug))
        else:
            self._desk.tell(tr("register|The destroyed residue of {drug} is written down.", drug=self.row.drug))
        self._clear()
