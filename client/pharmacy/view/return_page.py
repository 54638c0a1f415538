"""Returns 退药: what was handed out and today's returns at the left, what comes back beside them, the reasons by digit below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.fitting import show_columns
from client.pharmacy import words
from client.pharmacy.returning import RETURN_REASONS, UNDO_REASONS
from client.pharmacy.view.lists import NARROW_WIDTH, WIDTH
from client.pharmacy.view.reasons import ReasonPanel
from client.widgets.approval import ApprovalPane
from client.widgets.badge import Badge
from client.widgets.empty import EmptyState
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.dosage import plain, quantity_text
from common.domain.returning import Condition
from common.domain.states import PRESCRIPTION
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from client.ops import Ops
    from client.pharmacy.returning import BackRow, Returning, Returns

_ROOMY: Final = 1200
_STATE_TONES: Final = {"DISPENSED": "done", "PART_RETURNED": "warning", "RETURNED": "plain", "PART_DISPENSED": "info"}
_REASONS: Final = {str(code): title for code, title in RETURN_REASONS}


class ReturnPage(QWidget):
    """Shows :class:`~client.pharmacy.returning.Returns`. ``sought(text)`` fires on Enter in the finder, ``picked(place)`` for a reason's digit,
    ``counted(row, typed)`` for a typed quantity, ``confirmed()`` for Enter among the reasons."""

    sought = Signal(str)
    picked = Signal(int)
    counted = Signal(object, str)
    confirmed = Signal()

    def __init__(self, ops: Ops, today: date, zone: tzinfo | None) -> None:
        super().__init__()
        self._today, self._zone = today, zone
        self._work: Returning | None = None
        self._narrow = False
        self.field = TextInput(placeholder=N_("pharmacy|Number, name or initials, then Enter"), most=40)
        self.entries = Table(
            self._entry_columns(), key=lambda entry: entry.prescription_id, empty=N_("Nothing was handed out today. Look for it above.")
        )
        self.returns = Table(self._return_columns(), key=lambda entry: entry.return_id, empty=N_("Nothing came back today."))
        self.empty = EmptyState(
            N_("Nothing is open to be returned"), N_("Scan the prescription, the slip, the receipt or the patient's card."), key="F2"
        )
        self.sheet = QFrame()
        self.sheet.setProperty("sheet", True)
        self.number = Label(type="emphasis")
        self.state = Badge()
        self.about = Label(type="secondary")
        self.about.setWordWrap(True)
        self.rows = Table(
            self._columns(), key=lambda row: (row.line.line_id, row.lot.batch_id), empty=N_("Nothing of it is with the patient.")
        )
        self.quantity = TextInput(most=12)
        self.quantity.setFixedWidth(120)
        self.quantity_of = Label(type="secondary")
        self.counting = QWidget()
        self.reasons = ReasonPanel(
            N_("Why it comes back"),
            N_("A digit chooses. Scan each pack; Enter on a line types how much. F6 puts the marked line into quarantine."),
            [title for _code, title in RETURN_REASONS],
            columns=3,
        )
        self.undo_reasons = ReasonPanel(
            N_("Why the hand-over was none"),
            N_("A digit chooses. The drugs go back to the shelf, and the prescription waits to be picked again. Esc leaves it."),
            [title for _code, title in UNDO_REASONS],
            columns=2,
        )
        self.approvals = {act: ApprovalPane(ops, act=act) for act in ("drug_return", "undo_dispense")}
        self._lay_out()
        self._connect()

    def _connect(self) -> None:
        for panel in (self.reasons, self.undo_reasons):
            panel.picked.connect(self.picked.emit)
            panel.confirmed.connect(self.confirmed.emit)
        self.rows.chosen.connect(lambda _row: self._count())
        self.rows.moved.connect(lambda _row: self._show_counting())
        for watched in (self.field, self.quantity, self.rows):
            watched.installEventFilter(self)

    # --- laying out ----------------------------------------------------------------------------------------------------------------

    def _entry_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, strong=True),
            Column(title=N_("pharmacy|No."), text=lambda entry: entry.number, width=104, quiet=True),
            Column(
                title="",
                text=lambda entry: PRESCRIPTION.label(entry.state),
                width=116,
                tone=lambda entry: _STATE_TONES.get(entry.state, ""),
            ),
        )

    def _return_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("pharmacy|Patient"), text=lambda entry: entry.patient_name, strong=True),
            Column(title=N_("pharmacy|Reason"), text=lambda entry: tr(_REASONS[entry.reason]), width=112, quiet=True),
            Column(title=N_("pharmacy|Time"), text=lambda entry: f"{self._local(entry.at):%H:%M}", width=72, quiet=True),
        )

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)

    def _columns(self, *, narrow: bool = False) -> tuple[Column, ...]:
        lot, until, amount, codes, place = (88, 108, 84, 64, 108) if narrow else (112, 128, 112, 80, 128)
        return (
            Column(title=N_("Drug"), text=lambda row: f"{row.line.name}  {row.line.specification}"),
            Column(title=N_("pharmacy|Lot"), text=lambda row: row.lot.lot, width=lot),
            Column(
                title=N_("pharmacy|Use by"),
                text=lambda row: row.lot.expires.isoformat(),
                width=until,
                tone=lambda row: words.expiry_tone(row.lot.expires, self._today),
            ),
            Column(title=N_("pharmacy|Still out"), text=lambda row: _amount(row, row.left), width=amount, align="right", quiet=True),
            Column(
                title=N_("pharmacy|Comes back"),
                text=lambda row: _amount(row, row.quantity) if row.quantity else "—",
                width=amount,
                align="right",
                strong=True,
            ),
            Column(title=N_("pharmacy|Codes"), text=lambda row: str(len(row.codes)) if row.codes else "", width=codes, align="right"),
            Column(title=N_("pharmacy|Goes to"), text=self._place, width=place, tone=self._place_tone),
        )

    def _place(self, row: BackRow) -> str:
        if self._work is None or not (row.quantity or row.kept_back):
            return ""
        return tr("pharmacy|Shelf again") if self._work.condition(row) is Condition.SALEABLE else tr("pharmacy|Quarantine")

    def _place_tone(self, row: BackRow) -> str:
        if self._work is None or not (row.quantity or row.kept_back):
            return ""
        return "done" if self._work.condition(row) is Condition.SALEABLE else "warning"

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._finder())
        layout.addWidget(Hairline(vertical=True))
        work = QVBoxLayout()
        work.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        work.setSpacing(theme.GAP)
        work.addWidget(self.empty, 1)
        work.addWidget(self.sheet, 1)
        work.addWidget(self.reasons)
        work.addWidget(self.undo_reasons)
        layout.addLayout(work, 1)
        inside = QVBoxLayout(self.sheet)
        inside.setContentsMargins(1, 12, 1, 8)
        inside.setSpacing(theme.GAP)
        inside.addLayout(self._head())
        inside.addWidget(Hairline())
        inside.addWidget(self.rows, 1)
        inside.addWidget(self.counting)
        agree = QHBoxLayout()
        agree.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        for pane in self.approvals.values():
            agree.addWidget(pane)
        inside.addLayout(agree)
        row = QHBoxLayout(self.counting)
        row.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        row.setSpacing(theme.GAP)
        row.addStretch(1)
        row.addWidget(self.quantity_of)
        row.addWidget(self.quantity)

    def _finder(self) -> QWidget:
        self.side = QWidget()
        self.side.setProperty("ground", "surface")
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.side.setFixedWidth(WIDTH)
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.setSpacing(0)
        search = QHBoxLayout()
        search.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP)
        search.addWidget(self.field)
        column.addLayout(search)
        for title, table in ((N_("pharmacy|Handed out"), self.entries), (N_("pharmacy|Came back today"), self.returns)):
            column.addWidget(Hairline())
            head = QHBoxLayout()
            head.setContentsMargins(theme.MARGIN, 10, theme.MARGIN, 10)
            head.addWidget(SectionTitle(title))
            column.addLayout(head)
            column.addWidget(table, 1)
        return self.side

    def _head(self) -> QVBoxLayout:
        head = QVBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(theme.GAP)
        first.addWidget(self.number)
        first.addWidget(self.state)
        first.addStretch(1)
        head.addLayout(first)
        head.addWidget(self.about)
        return head

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _ROOMY + 300
        self.side.setFixedWidth(WIDTH if self.width() >= _ROOMY else NARROW_WIDTH)
        if narrow is not self._narrow:
            self._narrow = narrow
            show_columns(self.rows, self._columns(narrow=narrow), self.rows.viewport().width())

    # --- showing -------------------------------------------------------------------------------------------------------------------

    def show_model(self, returns: Returns) -> None:
        """The page as it stands."""
        work = self._work = returns.work
        self.entries.set_rows(returns.found)
        self.returns.set_rows(returns.today)
        if not self.field.hasFocus():
            self.field.setText(returns.sought)
        undoing = work is not None and work.undoing
        self.empty.setVisible(work is None)
        self.sheet.setVisible(work is not None)
        self.reasons.setVisible(work is not None and not undoing)
        self.undo_reasons.setVisible(undoing)
        self.counting.setVisible(work is not None and not undoing)
        for act, pane in self.approvals.items():
            pane.setVisible(work is not None and work.act == act)
        if work is None:
            self.rows.set_rows(())
            return
        self._show_head(work)
        self.rows.set_rows(work.rows)
        self.reasons.show_chosen({place for place, (code, _title) in enumerate(RETURN_REASONS) if code == work.reason})
        self.undo_reasons.show_chosen({place for place, (code, _title) in enumerate(UNDO_REASONS) if code == work.undo_reason})
        self._show_counting()
        if work.act:
            self.approval.ask(work.prescription.id)

    def _show_head(self, work: Returning) -> None:
        facts = work.prescription
        self.number.setText(tr("pharmacy|Prescription {number}", number=facts.number))
        self.state.set(PRESCRIPTION.label(facts.state), _STATE_TONES.get(facts.state, "plain"))
        at = f"{self._local(facts.dispensed_at):%Y-%m-%d %H:%M}" if facts.dispensed_at is not None else "—"
        self.about.setText(tr("Handed over {at} by {who}", at=at, who=facts.dispenser or "—"))

    def _show_counting(self) -> None:
        row = self.current()
        self.quantity.setEnabled(row is not None and row.left > 0)
        self.quantity_of.setText(tr("{drug}, how much ({unit})", drug=row.line.name, unit=row.line.unit) if row is not None else "")
        if row is not None and not self.quantity.hasFocus():
            self.quantity.setText(plain(row.quantity) if row.quantity else "")

    @property
    def approval(self) -> ApprovalPane:
        """Where the second person of the present act agrees."""
        return self.approvals[self._work.act if self._work is not None and self._work.act else "drug_return"]

    def forget_approvals(self) -> None:
        """Nobody agreed to anything."""
        for pane in self.approvals.values():
            pane.clear()

    # --- focus and keys ------------------------------------------------------------------------------------------------------------

    def current(self) -> BackRow | None:
        """The marked line."""
        row: BackRow | None = self.rows.current()
        return row

    def select(self, row: BackRow) -> None:
        """Mark a line."""
        self.rows.select((row.line.line_id, row.lot.batch_id))

    def start(self) -> None:
        """The hand goes to the finder."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def focus(self) -> None:
        """The hand goes to where the next key belongs: the digits of the reasons."""
        panel = self.undo_reasons if self._work is not None and self._work.undoing else self.reasons
        panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def zones(self) -> Sequence[QWidget]:
        """Alt+1 to Alt+3."""
        return (self.entries, self.rows, self.returns)

    def _count(self) -> None:
        self.quantity.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.quantity.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(watched, event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _pressed(self, watched: QObject, event: QKeyEvent) -> bool:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        digit = event.key() - Qt.Key.Key_1
        row: Any = self.current()
        if watched is self.field and enter:
            self.sought.emit(self.field.text().strip())
        elif watched is self.quantity and enter and row is not None:
            self.counted.emit(row, self.quantity.text())
        elif watched is self.rows and 0 <= digit < len(RETURN_REASONS) and not event.modifiers():
            self.picked.emit(digit)
        else:
            return False
        return True


def _amount(row: BackRow, quantity: Any) -> str:
    return quantity_text(quantity, row.line.unit, row.line.pack_unit, row.line.pack_size)
