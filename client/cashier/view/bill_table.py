"""The unpaid lines under the headings of their sources, each with a tick; the doctor's lines are read-only."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from client import theme
from client.cashier.model import BillRow
from client.cashier.new_prices import price
from client.widgets.table import Column, Table
from client.widgets.tick import paint_tick
from common.domain.money import yuan
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.messages.cashier import ChargeFacts

_PAD: Final = 8
TICK: Final = 36


def _fact(show: Callable[[ChargeFacts], str]) -> Callable[[BillRow], str]:
    return lambda row: show(row.line) if row.line else ""


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


COLUMNS: Final = (
    Column(title="", text=lambda row: "✓" if row.ticked else "", width=TICK),
    Column(title=N_("bill|Item"), text=lambda row: row.line.name if row.line else row.source, strong=True),
    Column(title=N_("bill|Specification"), text=_fact(lambda line: line.specification), width=132, quiet=True),
    Column(title=N_("bill|Qty"), text=_fact(lambda line: _plain(line.quantity)), width=60, align="right"),
    Column(title=N_("bill|Unit"), text=_fact(lambda line: line.unit), width=52),
    Column(title=N_("bill|Price (yuan)"), text=_fact(price), width=88, align="right"),
    Column(title=N_("bill|Amount (yuan)"), text=lambda row: f"{yuan(row.amount_fen):,}", width=100, align="right"),
)
_LAST: Final = len(COLUMNS) - 1
#: The column that shares what is left over, its least width, and which others go first where there is no room: price, specification.
_NAME: Final = 1
_LEAST_NAME: Final = 150
_FIRST_TO_GO: Final = (5, 2)


class _Cell(QStyledItemDelegate):
    """A heading with its sum, or a line; what is not ticked is grey."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        table = self.parent()
        if not isinstance(table, BillTable):
            return
        row: BillRow = table.rows_model.rows[index.row()]
        box, look = QRect(option.rect), theme.now()
        selected = index.row() == table.currentIndex().row()
        ground = look.selected if selected else look.hover if index.row() == table.hovered else look.surface
        painter.save()
        painter.fillRect(box, QColor(look.ground if row.line is None and not selected else ground))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
        if selected and index.column() == 0:
            painter.fillRect(box.x(), box.y(), 3, box.height() - 1, QColor(look.primary if table.hasFocus() else look.field_line))
        if index.column() == 0:
            paint_tick(painter, box, row.ticked)
        else:
            _paint_words(painter, box.adjusted(_PAD, 0, -_PAD, -1), row, table.rows_model.columns[index.column()])
        painter.restore()


def _paint_words(painter: QPainter, room: QRect, row: BillRow, column: Column) -> None:
    look, heading = theme.now(), row.line is None
    weight = QFont.Weight.DemiBold if heading else QFont.Weight.Medium if column.strong and row.ticked else QFont.Weight.Normal
    painter.setFont(theme.font(theme.NOTE if heading else theme.BODY, weight))
    painter.setPen(QColor(look.secondary if heading or column.quiet or not row.ticked else look.text))
    words = painter.fontMetrics().elidedText(column.text(row), Qt.TextElideMode.ElideRight, room.width())
    side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
    painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), words)


class BillTable(Table):
    """``ticking(BillRow)`` fires when a row's tick is to change: space, or a press on the box; ``voiding()`` on Delete."""

    ticking = Signal(object)
    voiding = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            COLUMNS, key=lambda row: row.key, empty=N_("Choose who pays from the list, or find the patient with F2."), parent=parent
        )
        self.setItemDelegate(_Cell(self))

    def set_rows(self, rows: Sequence[Any]) -> None:
        super().set_rows(rows)
        self.clearSpans()
        for number, row in enumerate(rows):
            if row.line is None:
                self.setSpan(number, 1, 1, _LAST - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drop_what_has_no_room()

    def _drop_what_has_no_room(self) -> None:
        """On a small screen, or at 200 %, the columns that matter least go, so that none is cut."""
        room = self.viewport().width() - _LEAST_NAME
        kept = {place for place, column in enumerate(COLUMNS) if column.width}
        for place in _FIRST_TO_GO:
            if sum(COLUMNS[each].width for each in kept) > room:
                kept.discard(place)
        for place, column in enumerate(COLUMNS):
            self.setColumnHidden(place, bool(column.width) and place not in kept)
        taken = sum(COLUMNS[each].width for each in kept)
        self.setColumnWidth(_NAME, max(_LEAST_NAME, self.viewport().width() - taken))

    def say_empty(self, source: str) -> None:
        """What stands there when there are no lines."""
        self._empty = source
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.current() is not None:
            self.ticking.emit(self.current())
        elif event.key() == Qt.Key.Key_Delete:
            self.voiding.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0:
            self.ticking.emit(self.rows_model.rows[index.row()])
