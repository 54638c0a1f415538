"""A table of rows that are facts: virtual, dense, keeps its place when it is refreshed, can be copied."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from client import texts, theme
from client.widgets.badge import paint_badge
from client.widgets.marked_name import paint_marked
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Index = QModelIndex | QPersistentModelIndex

#: As plain numbers: a cell is painted a hundred times a key press, and Qt's flags are slow to combine.
_ALIGN: Final = {
    "left": int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
    "right": int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
    "centre": int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter),
}
_PAD: Final = 8
_ENDS: Final = {Qt.Key.Key_Home: -1, Qt.Key.Key_End: 1}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. ``title`` is a source string, ``text(row)`` what stands in a cell, ``width`` px (0 shares what is left over).

    ``tone(row)`` (danger, warning, done, info, plain) draws the cell as a badge; empty: as plain text. ``strong`` sets it in medium weight,
    ``quiet`` in the secondary colour. Amounts and numbers are ``align="right"``. ``marks(row)`` says which characters tell the drug from what it is
    mixed up with (:mod:`client.widgets.marked_name`).
    """

    title: str
    text: Callable[[Any], str]
    width: int = 0
    align: str = "left"
    tone: Callable[[Any], str] | None = None
    strong: bool = False
    quiet: bool = False
    marks: Callable[[Any], str] | None = None


class Rows(QAbstractTableModel):
    """The rows as Qt sees them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.rows: list[Any] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(self.rows[index.row()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title) if self.columns[section].title else ""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[self.columns[section].align]
        return None

    def replace(self, rows: Sequence[Any]) -> None:
        """Other rows. Where only their contents differ, nothing but the cells is painted anew."""
        if len(rows) == len(self.rows):
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()


class _RowsWithHeadings(Rows):
    """Rows of which some head a group; the arrows pass over those. A class of its own, since Qt asks for flags at every paint of a cell."""

    def __init__(self, columns: Sequence[Column], heading: Callable[[Any], str]) -> None:
        super().__init__(columns)
        self._heading = heading

    def flags(self, index: Index) -> Qt.ItemFlag:
        heads = index.isValid() and bool(self._heading(self.rows[index.row()]))
        return Qt.ItemFlag.NoItemFlags if heads else super().flags(index)


class _Cell(QStyledItemDelegate):
    """Paints a cell: a hairline below, a bar at the selected row's left edge, a badge or a text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        table = self.parent()
        if not isinstance(table, Table):
            return
        row, column = table.rows_model.rows[index.row()], table.rows_model.columns[index.column()]
        look, box = theme.now(), QRect(option.rect)
        title = table.heading(row) if table.heading is not None else ""
        if title:
            _paint_heading(painter, box, title)
            return
        selected = index.row() == table.currentIndex().row()
        painter.save()
        painter.fillRect(box, QColor(look.selected if selected else look.hover if index.row() == table.hovered else look.surface))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
        if selected and index.column() == 0:
            painter.fillRect(
                box.x(), box.y(), 3, box.height() - 1, QColor(look.primary if table.hasFocus() or table.led else look.field_line)
            )
        room = box.adjusted(_PAD, 0, -_PAD, -1)
        tone = column.tone(row) if column.tone else ""
        words = column.text(row)
        if tone and words:
            paint_badge(painter, room, words, tone, right=column.align == "right")
        elif words:
            _paint_words(
                painter, room, words, column, dim=table.dim is not None and table.dim(row), marks=column.marks(row) if column.marks else ""
            )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(40, theme.ROW)


def _paint_heading(painter: QPainter, box: QRect, title: str) -> None:
    look = theme.now()
    painter.save()
    painter.fillRect(box, QColor(look.ground))
    painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
    painter.setFont(theme.font(theme.NOTE, QFont.Weight.DemiBold))
    painter.setPen(QColor(look.secondary))
    painter.drawText(box.adjusted(_PAD, 0, -_PAD, 0), _ALIGN["left"], title)
    painter.restore()


def _paint_words(painter: QPainter, room: QRect, words: str, column: Column, *, dim: bool = False, marks: str = "") -> None:
    look = theme.now()
    painter.setFont(theme.font(theme.BODY, QFont.Weight.Medium if column.strong else QFont.Weight.Normal))
    painter.setPen(QColor(look.secondary if column.quiet or dim else look.text))
    if marks:
        paint_marked(painter, room, words, marks)
        return
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, _ALIGN[column.align], shown)


class Table(QTableView):
    """Rows of facts. ``key(row)`` tells which row is which, so that a refresh keeps the place.

    ``chosen(row)`` fires on Enter or a double click, ``moved(row)`` when another row becomes current. ``fits(row)`` says which row to
    select first when nothing was selected (default: the first). ``empty`` is a source string shown when there are no rows: what to do.
    Columns of which none has a title have no header.
    ``heading(row)`` gives the finished title of a row that heads a group, else an empty text: such a row spans all columns, and neither
    arrows nor :meth:`select` stop at it. ``dim(row)`` paints a row's words in the secondary colour (full, over, given back).
    """

    chosen = Signal(object)
    moved = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        key: Callable[[Any], object],
        empty: str = "",
        fits: Callable[[Any], bool] | None = None,
        heading: Callable[[Any], str] | None = None,
        dim: Callable[[Any], bool] | None = None,
        dense: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.heading, self.dim = heading, dim
        self._key = key
        self._empty = empty
        self._fits = fits
        self.hovered = -1
        self._refreshing = False
        #: A field above the list moves the current row, so that the list looks as if it had the focus itself.
        self.led = False
        self.rows_model = Rows(columns) if heading is None else _RowsWithHeadings(columns, heading)
        self.setModel(self.rows_model)
        self.setItemDelegate(_Cell(self))
        self._set_up(dense=dense)
        texts.signals().changed.connect(self._retranslate)
        theme.signals().changed.connect(self.viewport().update)

    def _set_up(self, *, dense: bool) -> None:
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(theme.DENSE_ROW if dense else theme.ROW)
        head = self.horizontalHeader()
        head.setFixedHeight(theme.DENSE_ROW)
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setMinimumSectionSize(24)
        head.setVisible(any(column.title for column in self.rows_model.columns))

    # --- rows ------------------------------------------------------------------------------------------------------------------

    def rows(self) -> list[Any]:
        """The rows as they are shown."""
        return list(self.rows_model.rows)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows. The current row stays current and stays where it is on the screen, if it is still there."""
        before, scroll = self.current(), self.verticalScrollBar().value()
        self._refreshing = True
        self.rows_model.replace(rows)
        self._span_headings()
        keep = self._find(self._key(before)) if before is not None else None
        self.verticalScrollBar().setValue(scroll)
        row = keep if keep is not None else self._first_fitting()
        if row is not None and row != self.currentIndex().row():
            self._go(row, scroll=keep is None)
        self.viewport().update()
        self._refreshing = False
        after = self.current()
        if (before is None) != (after is None) or (before is not None and after is not None and self._key(before) != self._key(after)):
            self.moved.emit(after)

    def current(self) -> Any | None:
        """The current row's facts."""
        row = self.currentIndex().row()
        return self.rows_model.rows[row] if 0 <= row < len(self.rows_model.rows) else None

    def select(self, key: object) -> bool:
        """Make the row with this key current. ``False`` if there is none."""
        row = self._find(key)
        if row is None or self._heads(row):
            return False
        self._go(row)
        return True

    def step(self, by: int) -> None:
        """Move the current row up or down, as arrows do, while the focus stays in another field."""
        every, now = range(self.rows_model.rowCount()), self.currentIndex().row()
        rows = every if self.heading is None else [number for number in every if not self._heads(number)]
        if rows:
            place = bisect_left(rows, now) if now >= 0 else -1
            self._go(rows[min(max(place + by, 0), len(rows) - 1)])

    def as_text(self) -> str:
        """All rows with their titles, tab-separated, to be pasted into a spreadsheet."""
        columns = self.rows_model.columns
        lines = ["\t".join(tr(column.title) for column in columns)]
        return "\n".join(lines + ["\t".join(column.text(row) for column in columns) for row in self.rows_model.rows])

    # --- Qt --------------------------------------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.row() != previous.row() and current.isValid() and not self._refreshing:
            self.moved.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.chosen.emit(self.current())
        elif event.key() in _ENDS:  # Qt would go to the first or last column, which nobody sees: rows are what is selected
            self.step(_ENDS[Qt.Key(event.key())] * len(self.rows_model.rows))
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and not self._heads(row) and self.current() is not None:
            self.chosen.emit(self.current())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: Any) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._empty and not self.rows_model.rows:
            painter = QPainter(self.viewport())
            painter.setFont(theme.font())
            painter.setPen(QColor(theme.now().secondary))
            room = self.viewport().rect().adjusted(theme.MARGIN, theme.MARGIN, -theme.MARGIN, -theme.MARGIN)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room.adjusted(0, 8, 0, 0), int(flags), tr(self._empty))

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _go(self, row: int, *, scroll: bool = True) -> None:
        index = self.rows_model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        place = self.verticalScrollBar().value()
        self.selectionModel().setCurrentIndex(index, flags)
        if not scroll:
            self.verticalScrollBar().setValue(place)

    def _find(self, key: object) -> int | None:
        return next((number for number, row in enumerate(self.rows_model.rows) if self._key(row) == key), None)

    def _first_fitting(self) -> int | None:
        rows = self.rows_model.rows
        free = (number for number in range(len(rows)) if not self._heads(number))
        return next((number for number in free if self._fits is None or self._fits(rows[number])), None)

    def _heads(self, row: int) -> bool:
        return self.heading is not None and bool(self.heading(self.rows_model.rows[row]))

    def _span_headings(self) -> None:
        if self.heading is None:
            return
        self.clearSpans()
        for number in range(len(self.rows_model.rows)):
            if self._heads(number):
                self.setSpan(number, 0, 1, len(self.rows_model.columns))

    def _share_width(self) -> None:
        columns = self.rows_model.columns
        fixed = sum(column.width for column in columns)
        sharing = [number for number, column in enumerate(columns) if not column.width]
        room = max(self.viewport().width() - fixed, 64 * len(sharing))
        for number, column in enumerate(columns):
            self.setColumnWidth(number, column.width or room // max(len(sharing), 1))
        if sharing:
            self.setColumnWidth(sharing[-1], room - room // len(sharing) * (len(sharing) - 1))

    def _retranslate(self, _language: str) -> None:
        last = len(self.rows_model.columns) - 1
        self.rows_model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)
        self.viewport().update()
