"""Today's clinic sessions under their departments; those that cannot be had are grey and say why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from client import theme
from client.registration.sessions import LEVELS, PERIODS, SessionRow
from client.widgets.badge import badge_width, paint_badge
from client.widgets.table import Column, Rows, Table
from common.domain.money import yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.messages.registration import SessionFacts

_PAD: Final = 8
_FEW: Final = 3


def _fact(show: Callable[[SessionFacts], str]) -> Callable[[SessionRow], str]:
    return lambda row: show(row.facts) if row.facts else ""


def _left(row: SessionRow) -> str:
    if row.facts is None:
        return ""
    return tr(row.why_not) if row.why_not else f"{row.facts.left}"


def _left_tone(row: SessionRow) -> str:
    if row.facts is None:
        return ""
    return "plain" if row.why_not else "warning" if row.facts.left <= _FEW else ""


COLUMNS: Final = (
    Column(title=N_("session|No."), text=lambda row: str(row.number), width=40, align="right", quiet=True),
    Column(title=N_("Doctor"), text=_fact(lambda session: session.doctor), strong=True),
    Column(title=N_("session|Title"), text=_fact(lambda session: session.title), width=96),
    Column(title=N_("session|Level"), text=_fact(lambda session: tr(LEVELS[session.level])), width=80),
    Column(title=N_("session|Room"), text=_fact(lambda session: session.room), width=80),
    Column(title=N_("session|Time"), text=_fact(lambda s: f"{tr(PERIODS[s.period])} {s.starts:%H:%M}"), width=96),
    Column(title=N_("session|Left"), text=_left, tone=_left_tone, width=68, align="right"),
    Column(title=N_("session|Waiting"), text=_fact(lambda session: str(session.waiting)), width=60, align="right"),
    Column(title=N_("session|Fee (yuan)"), text=_fact(lambda session: f"{yuan(session.fee_fen):,}"), width=80, align="right"),
)
#: The column that shares what is left over, its least width, and which others go first where there is no room: title, room, level, waiting.
_NAME: Final = 1
_LEAST_NAME: Final = 72
_FIRST_TO_GO: Final = (2, 4, 3, 7)


class _Grouped(Rows):
    """Headings cannot be chosen, so that the arrows pass over them."""

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        row = self.rows[index.row()] if index.isValid() else None
        return Qt.ItemFlag.NoItemFlags if row is None or row.facts is None else super().flags(index)


class _Cell(QStyledItemDelegate):
    """A heading across the table, or a cell; grey where nobody can be registered."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        table = self.parent()
        if not isinstance(table, SessionTable):
            return
        row: SessionRow = table.rows_model.rows[index.row()]
        box, look = QRect(option.rect), theme.now()
        painter.save()
        if row.facts is None:
            painter.fillRect(box, QColor(look.ground))
            painter.setFont(theme.font(theme.NOTE, QFont.Weight.DemiBold))
            painter.setPen(QColor(look.secondary))
            painter.drawText(box.adjusted(_PAD, 0, -_PAD, 0), int(Qt.AlignmentFlag.AlignVCenter), row.said)
        else:
            self._paint_session(painter, box, table, row, index)
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
        painter.restore()

    def _paint_session(self, painter: QPainter, box: QRect, table: SessionTable, row: SessionRow, index: Any) -> None:
        look, column = theme.now(), table.rows_model.columns[index.column()]
        selected = index.row() == table.currentIndex().row()
        painter.fillRect(box, QColor(look.selected if selected else look.hover if index.row() == table.hovered else look.surface))
        if selected and index.column() == 0:
            painter.fillRect(box.x(), box.y(), 3, box.height() - 1, QColor(look.primary if table.hasFocus() else look.field_line))
        room = box.adjusted(_PAD, 0, -_PAD, -1)
        tone = column.tone(row) if column.tone else ""
        if tone:
            width = badge_width(column.text(row), QFontMetrics(theme.font(theme.NOTE)))
            paint_badge(painter, room.adjusted(max(0, room.width() - width), 0, 0, 0), column.text(row), tone)
            return
        painter.setFont(theme.font(theme.BODY, QFont.Weight.Medium if column.strong and not row.why_not else QFont.Weight.Normal))
        painter.setPen(QColor(look.secondary if column.quiet or row.why_not else look.text))
        words = painter.fontMetrics().elidedText(column.text(row), Qt.TextElideMode.ElideRight, room.width())
        side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), words)


class SessionTable(Table):
    """The list on the right. ``chosen`` and ``moved`` give a :class:`SessionRow` with facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        empty = N_("No clinic session today fits. Esc shows all of them.")
        super().__init__(COLUMNS, key=lambda row: row.key, empty=empty, fits=lambda row: bool(row.facts and not row.why_not), parent=parent)
        self.rows_model = _Grouped(COLUMNS)
        self.setModel(self.rows_model)
        self.setItemDelegate(_Cell(self))

    def set_rows(self, rows: Sequence[Any]) -> None:
        super().set_rows(rows)
        self.clearSpans()
        for number, row in enumerate(rows):
            if row.facts is None:
                self.setSpan(number, 0, 1, len(COLUMNS))

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

    def step(self, by: int) -> None:
        """Move among the sessions, over the headings."""
        sessions = [number for number, row in enumerate(self.rows_model.rows) if row.facts is not None]
        if not sessions:
            return
        now = self.currentIndex().row()
        place = sessions.index(now) if now in sessions else -1
        self.select(self.rows_model.rows[sessions[min(max(place + by, 0), len(sessions) - 1)]].key)
