"""The count at the change of shifts: batch by batch, blind; who takes over signs. A difference is named by the service and needs a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import register
from client.widgets.approval import ApprovalPane
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.catalogue_errors import CountUnexplained
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.store.view.desk import StoreDesk
    from common.errors import XinglinError
    from common.messages.controlled import ControlledBatch, CountControlled


class CountSide(QWidget):
    """``changed`` when what F12 would do may have changed."""

    changed = Signal()

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__()
        self._desk = desk
        self.count = register.Count()
        self.state = Label(type="secondary")
        self.table = Table(
            (
                Column(title=N_("stock|Drug"), text=lambda row: f"{row.drug} {row.specification}", strong=True),
                Column(title=N_("stock|Lot"), text=lambda row: row.lot, width=76, quiet=True),
                Column(title=N_("register|Counted"), text=self._counted, width=80, align="right"),
            ),
            key=lambda row: row.batch_id,
            empty=N_("register|Nothing that is registered is in the pharmacy."),
            dense=True,
        )
        self.typed, self.note = TextInput(most=12), TextInput(most=200)
        self.form = Form(2)
        self.form.add(N_("register|Counted (base units)"), self.typed)
        self.form.add(N_("register|Note on differences"), self.note)
        self.typed.removeEventFilter(self.form)  # Enter takes the number and goes to the next batch, not to the next field
        self.approval = ApprovalPane(desk.ops, act="narcotics_count")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for part in (SectionTitle(N_("register|Count at the change of shifts")), self.state, self.table, self.form, self.approval):
            column.addWidget(part, 1 if part is self.table else 0)
        self.state.setWordWrap(True)
        self.typed.returnPressed.connect(self._take)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.typed.setFocus(Qt.FocusReason.TabFocusReason))
        self.note.textChanged.connect(lambda _text: self.changed.emit())
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)
        self.table.led = True
        self.setFocusProxy(self.typed)
        self._say()

    def half_done(self) -> register.CountDraft | None:
        """What would be lost if the program ended now."""
        if not self.count.counted and not self.note.text().strip():
            return None
        return register.CountDraft(counted=dict(self.count.counted), note=self.note.text())

    def go_on(self, left: register.CountDraft) -> None:
        """What somebody had counted."""
        self.count.counted = dict(left.counted)
        self.note.setText(left.note)

    def _counted(self, row: ControlledBatch) -> str:
        quantity = self.count.counted.get(row.batch_id)
        return f"{plain(quantity)} {row.unit}" if quantity is not None else "—"

    def take(self, batches: Sequence[ControlledBatch]) -> None:
        """What is there now."""
        self.count.take(batches)
        self.table.set_rows(self.count.batches)
        self._say()

    def start(self) -> None:
        """F3: the hand goes to the first batch."""
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def _moved(self, row: Any) -> None:
        quantity = self.count.counted.get(row.batch_id) if row is not None else None
        self.typed.setText(plain(quantity) if quantity is not None else "")
        self.typed.selectAll()

    def _take(self) -> None:
        """Enter: this batch is counted, the next one."""
        row = self.table.current()
        if row is None:
            return
        quantity = register.typed_quantity(self.typed.text())
        self.form.wrong(self.typed, "" if quantity is not None else tr("register|Type a number, 0 if nothing is there."))
        if quantity is None:
            return
        if self.count.counted.get(row.batch_id) != quantity:
            self.count.counted[row.batch_id] = quantity
            self.approval.clear()
        self.table.viewport().update()
        self.table.step(1)
        self._say()
        if not self.count.missing:
            self.approval.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self) -> None:
        batches, missing = len(self.count.batches), self.count.missing
        ready = batches > 0 and not missing
        self.approval.setVisible(ready)
        if ready:
            self.approval.ask(batches, detail=plain(self.count.total))
            self.state.setText(tr("register|All {n} batches are counted. Who takes over signs below.", n=batches))
        else:
            self.state.setText(tr("register|{n} of {m} batches are counted. Enter goes to the next one.", n=batches - missing, m=batches))
        self.changed.emit()

    def why_not(self) -> str:
        """Why F12 has nothing to do."""
        if not self.count.batches:
            return tr("register|Nothing that is registered is in the pharmacy.")
        if self.count.missing:
            return tr("register|{n} batches are not counted yet.", n=self.count.missing)
        return "" if self.approval.approval_id is not None else tr("register|Who takes over signs first.")

    def request(self) -> CountControlled:
        """What F12 sends."""
        return self.count.request(self.note.text(), self.approval.approval_id)

    def refused(self, error: XinglinError) -> None:
        """A difference without a note: it is named beside the note, and the second person's yes still holds."""
        self._desk.fail(error)
        if isinstance(error, CountUnexplained):
            self.form.wrong(self.note, str(error))
            self.note.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.approval.clear()
            self._say()

    def done(self) -> None:
        """It is written."""
        self.count.counted.clear()
        self.note.clear()
        self.typed.clear()
        self.table.step(-len(self.count.batches))
        self.form.clear_wrongs()
        self.approval.clear()
        self._say()
        self._desk.tell(tr("register|The count is written down."))
