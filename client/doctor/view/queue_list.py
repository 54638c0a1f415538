"""The doctor's queue: sections by state, two lines a patient, and the place kept when it is refreshed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from client import theme
from client.format import age_of, sex
from client.widgets.badge import badge_width, paint_badge
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from common.messages.consult import QueueEntry

Index = QModelIndex | QPersistentModelIndex

ROW: Final = 50
SECTION: Final = 28
_ROLE: Final = Qt.ItemDataRole.UserRole
#: 号别 as a badge; an ordinary number needs none.
_LEVELS: Final = {
    "emergency": (N_("level|Emergency"), "danger"),
    "expert": (N_("level|Expert"), "plain"),
    "special": (N_("level|Special"), "plain"),
}
#: Waiting longer than so many minutes is shown in the colour of a warning.
LONG_WAIT: Final = 45


class _Rows(QAbstractListModel):
    """Section titles (source, count) and entries, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, int] | QueueEntry] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == _ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{tr(row[0])} {row[1]}" if isinstance(row, tuple) else f"{row.queue_number} {row.patient_name}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], tuple):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def replace(self, rows: list[tuple[str, int] | QueueEntry]) -> None:
        if len(rows) == len(self.rows):
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002 - Qt's signature
        return QSize(80, SECTION if isinstance(index.data(_ROLE), tuple) else ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, row, box = self.parent(), index.data(_ROLE), QRect(option.rect)
        if not isinstance(view, QueueList):
            return
        painter.save()
        if isinstance(row, tuple):
            _paint_section(painter, box, row)
        else:
            _paint_entry(painter, box, row, view, current=index.row() == view.currentIndex().row())
        painter.restore()


def _paint_section(painter: QPainter, box: QRect, row: tuple[str, int]) -> None:
    look = theme.now()
    painter.fillRect(box, QColor(look.ground))
    painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
    painter.setFont(theme.font(theme.NOTE, QFont.Weight.Medium))
    painter.setPen(QColor(look.secondary))
    room = box.adjusted(theme.MARGIN, 0, -theme.MARGIN, -1)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), tr(row[0]))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), str(row[1]))


def _paint_entry(painter: QPainter, box: QRect, entry: QueueEntry, view: QueueList, *, current: bool) -> None:
    _paint_ground(painter, box, entry, view, current=current)
    first = QRect(box.x() + theme.MARGIN, box.y() + 5, box.width() - 2 * theme.MARGIN, 21)
    left = _paint_who(painter, first, entry)
    _paint_facts(painter, first.translated(0, 20), entry, left, view.today)


def _paint_ground(painter: QPainter, box: QRect, entry: QueueEntry, view: QueueList, *, current: bool) -> None:
    look = theme.now()
    painter.fillRect(box, QColor(look.selected if current else look.surface))
    painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
    if current:
        painter.fillRect(box.x(), box.y(), 3, box.height() - 1, QColor(look.primary if view.hasFocus() else look.field_line))
    if entry.visit_id == view.open_visit:
        painter.fillRect(box.right() - 3, box.y() + 6, 3, box.height() - 12, theme.patient_colour(view.open_number))


def _paint_who(painter: QPainter, first: QRect, entry: QueueEntry) -> int:
    """Number, name and how long he waits; given back is how far from the left the name begins."""
    look = theme.now()
    over = entry.state in ("FINISHED", "CLOSED")
    painter.setFont(theme.font(theme.BODY, QFont.Weight.Medium))
    painter.setPen(QColor(look.secondary if over else look.primary))
    painter.drawText(first, int(Qt.AlignmentFlag.AlignVCenter), entry.queue_number)
    left = max(48, painter.fontMetrics().horizontalAdvance(entry.queue_number) + 10)
    painter.setPen(QColor(look.secondary if over else look.text))
    right = _paint_minutes(painter, first, entry)
    name = first.adjusted(left, 0, -right, 0)
    painter.setFont(theme.font(theme.BODY, QFont.Weight.Normal if over else QFont.Weight.Medium))
    painter.setPen(QColor(look.secondary if over else look.text))
    painter.drawText(
        name,
        int(Qt.AlignmentFlag.AlignVCenter),
        painter.fontMetrics().elidedText(entry.patient_name, Qt.TextElideMode.ElideRight, name.width()),
    )
    return left


def _paint_facts(painter: QPainter, second: QRect, entry: QueueEntry, left: int, today: date) -> None:
    painter.setFont(theme.font(theme.NOTE))
    painter.setPen(QColor(theme.now().secondary))
    words = f"{sex(entry.sex)}　{age_of(entry.birth_date, today)}"
    painter.drawText(second.adjusted(left, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), words)
    if entry.level in _LEVELS:
        words, tone = tr(_LEVELS[entry.level][0]), _LEVELS[entry.level][1]
        width = badge_width(words, painter.fontMetrics())
        paint_badge(painter, QRect(second.right() - width + 1, second.y(), width, second.height()), words, tone)


def _paint_minutes(painter: QPainter, box: QRect, entry: QueueEntry) -> int:
    """Minutes of waiting at the right. The width that they take."""
    if entry.state not in ("WAITING", "CALLED", "PASSED", "CHECKED_IN", "REGISTERED"):
        return 0
    minutes = waited(entry)
    look = theme.now()
    painter.setFont(theme.font(theme.NOTE))
    long = minutes >= LONG_WAIT
    painter.setPen(QColor(look.warning.ink if long else look.secondary))
    words = tr("{n} min", n=minutes)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), words)
    return painter.fontMetrics().horizontalAdvance(words) + 8


def waited(entry: QueueEntry) -> int:
    """Full minutes since the patient has been waiting."""
    now = datetime.now(UTC) if entry.waiting_since.tzinfo else datetime.now()  # noqa: DTZ005 - naive times only come from a naive source
    return max(0, int((now - entry.waiting_since).total_seconds() // 60))


class QueueList(QListView):
    """``chosen(QueueEntry)`` on Enter or a double click, ``moved(QueueEntry | None)`` when another row becomes current."""

    chosen = Signal(object)
    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.today = datetime.now(UTC).date()
        self.open_visit = 0
        self.open_number = ""
        self._rows = _Rows()
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        minute = QTimer(self, interval=20_000)
        minute.timeout.connect(self.viewport().update)
        minute.start()
        theme.signals().changed.connect(self.viewport().update)

    def set_sections(self, sections: Sequence[tuple[str, Sequence[QueueEntry]]]) -> None:
        """Show the queue. Who was current stays current, and the list stays where it is."""
        before, scroll = self.current(), self.verticalScrollBar().value()
        rows: list[tuple[str, int] | QueueEntry] = []
        for title, entries in sections:
            rows.append((title, len(entries)))
            rows.extend(entries)
        self._rows.replace(rows)
        self.verticalScrollBar().setValue(scroll)
        if before is None or not self.select(before.visit_id, scroll=False):
            self._select_first()
        self.viewport().update()
        after = self.current()
        if after != before:
            self.moved.emit(after)

    def current(self) -> QueueEntry | None:
        """The current patient."""
        row = self.currentIndex().row()
        found = self._rows.rows[row] if 0 <= row < len(self._rows.rows) else None
        return None if isinstance(found, tuple) else found

    def select(self, visit_id: int, *, scroll: bool = True) -> bool:
        """Make a visit current. ``False`` if it is not in the list."""
        for number, row in enumerate(self._rows.rows):
            if not isinstance(row, tuple) and row.visit_id == visit_id:
                place = self.verticalScrollBar().value()
                self.setCurrentIndex(self._rows.index(number))
                if not scroll:
                    self.verticalScrollBar().setValue(place)
                return True
        return False

    def _select_first(self) -> None:
        first = next((number for number, row in enumerate(self._rows.rows) if not isinstance(row, tuple)), None)
        if first is not None:
            self.setCurrentIndex(self._rows.index(first))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.row() != previous.row():
            self.moved.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.current() is not None:
                self.chosen.emit(self.current())
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        super().mouseDoubleClickEvent(event)
        if self.current() is not None:
            self.chosen.emit(self.current())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._rows.rows:
            painter = QPainter(self.viewport())
            painter.setFont(theme.font())
            painter.setPen(QColor(theme.now().secondary))
            room = self.viewport().rect().adjusted(theme.MARGIN, theme.MARGIN, -theme.MARGIN, -theme.MARGIN)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), tr("Nobody is here yet. Patients appear as soon as they are registered."))
