"""The zones at both sides: what can be taken in hand at the left, what is open and stands in the way at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.closing.finding import can_be_found
from client.closing.sheet_rows import bare, tender
from client.fitting import Fitting
from client.widgets.badge import Badge
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.domain.states import PAYMENT, SETTLEMENT
from common.i18n import N_, tr
from common.messages.closing import MatterKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.closing.model import ClosingModel, Row
    from common.messages.closing import OpenMatter

ROWS: Final = (
    Column(title=N_("closing|Shift or day"), text=lambda row: row.title, strong=True),
    Column(title="", text=lambda row: row.note, width=124, tone=lambda row: row.tone or ""),
    Column(title=N_("closing|Handed in"), text=lambda row: row.amount, width=92, align="right"),
)
_KINDS: Final = {
    MatterKind.SETTLEMENT: N_("closing|Settlement"),
    MatterKind.PAYMENT: N_("closing|Payment"),
    MatterKind.INSURANCE_CALL: N_("closing|Insurance"),
}


def _matter_state(matter: OpenMatter) -> str:
    if matter.kind is MatterKind.SETTLEMENT:
        return SETTLEMENT.label(matter.state)
    return PAYMENT.label("UNKNOWN")


MATTERS: Final = (
    Column(title=N_("Name"), text=lambda matter: matter.patient or tr(_KINDS[matter.kind]), strong=True),
    Column(
        title="",
        text=_matter_state,
        width=130,
        tone=lambda matter: "danger" if matter.state == "UNKNOWN" else "warning",
    ),
    Column(title=N_("closing|Yuan"), text=lambda matter: bare(matter.amount_fen) if matter.amount_fen else "", width=76, align="right"),
)


class ListPane(QWidget):
    """``chosen(Row)`` fires on Enter, ``moved(Row)`` when the arrows go to another row."""

    chosen = Signal(object)
    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.table = Table(
            ROWS,
            key=lambda row: row.key,
            heading=lambda row: row.title if row.key.startswith("h:") else "",
            empty=N_("closing|No shift yet. The first money opens one; F3 opens one with a float."),
        )
        self.setFocusProxy(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("closing|Shifts and days")))
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self.table.chosen.connect(self.chosen)
        self.table.moved.connect(lambda row: self.moved.emit(row) if row is not None else None)

    def show_rows(self, rows: Sequence[Row], chosen: str) -> None:
        """The list anew; the row in hand is selected."""
        self.table.blockSignals(True)
        self.table.set_rows(rows)
        if chosen:
            self.table.select(chosen)
        self.table.blockSignals(False)


class MattersPane(QWidget):
    """``chosen(OpenMatter)`` fires on Enter. Above stands what the shift in hand took, but for cash."""

    chosen = Signal(object)

    def __init__(self, model: ClosingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.count = Badge()
        self.table = Table(MATTERS, key=lambda matter: (matter.kind, matter.id), empty=N_("closing|Nothing is open."), dense=True)
        Fitting(self.table, least=84, first_to_go=(2,))
        self.advice = Label(type="note")
        self.advice.setWordWrap(True)
        self.figures = QGridLayout()
        self.figures.setVerticalSpacing(4)
        self.setFocusProxy(self.table)
        self._build()
        self.table.chosen.connect(self.chosen)
        self.table.moved.connect(self._advise)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(SectionTitle(N_("closing|In this shift")))
        column.addLayout(self.figures)
        column.addWidget(Hairline())
        head = QHBoxLayout()
        head.addWidget(SectionTitle(N_("closing|Open matters")))
        head.addStretch(1)
        head.addWidget(self.count)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.advice)

    def show_model(self) -> None:
        """Matters and figures anew."""
        matters = self._model.matters
        self.table.set_rows(matters)
        self.count.set(tr("closing|{n} open", n=len(matters)) if matters else "", "danger")
        self._advise(self.table.current())
        self._figures()

    def _figures(self) -> None:
        while (item := self.figures.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (title, figure) in enumerate(self._rows()):
            label, amount = QLabel(title), QLabel(figure)
            label.setProperty("type", "secondary")
            self.figures.addWidget(label, row, 0)
            self.figures.addWidget(amount, row, 1, Qt.AlignmentFlag.AlignRight)

    def _rows(self) -> list[tuple[str, str]]:
        shift = self._model.shift()
        if shift is None:
            return [(tr("closing|Choose a shift on the left."), "")]
        rows = [
            (tr("closing|Bills"), str(shift.bills)),
            (tr("closing|Refunds"), str(shift.refunds)),
            (tr("closing|Float"), format_yuan(shift.float_fen)),
        ]
        rows += [(tender(code), format_yuan(fen)) for code, fen in shift.tenders.items()]
        if shift.expected_fen is None:
            rows.append((tr("tender|Cash"), tr("closing|after the count")))
        return rows

    def _advise(self, matter: OpenMatter | None) -> None:
        if matter is None:
            self.advice.clear()
            return
        can_ask = matter.settlement_id and matter.state != "QUOTED"
        keys = [tr("closing|Enter: do it now.")] if can_ask else []
        keys += [tr("finding|F11: record what you found.")] if can_be_found(matter) else []
        self.advice.setText(" ".join((tr(matter.advice), *keys)))
