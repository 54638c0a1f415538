"""The list of pages at the left, with what each of them counts.

Where the window is tall enough all pages stand in their groups. Else only the group of the current page is unfolded: the others are a line each,
with the sum of what their pages count, so that nothing scrolls and nothing is hidden that wants somebody. The arrows go from page to page as if
all were there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from client import theme
from client.store.model import Page
from client.widgets.badge import paint_badge
from client.widgets.table import Column, Table
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INDENT: Final = 24
_COUNT: Final = 68
#: More than that is a heap, and has no room.
_MOST: Final = 99
_GRAVITY: Final = ("danger", "warning", "info", "done", "plain")
#: By how many pages a key goes.
_STEPS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -99, Qt.Key.Key_End: 99}


class _Heading(NamedTuple):
    """``folds``: not all groups have room; ``folded``: this one is a line now."""

    id: str
    title: str
    folds: bool
    folded: bool


class _Cell(QStyledItemDelegate):
    """Headings as the rail wants them; pages as in any list."""

    def __init__(self, rail: Rail) -> None:
        super().__init__(rail)
        self._rail, self._page = rail, rail.itemDelegate()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        row = self._rail.rows_model.rows[index.row()]
        if isinstance(row, _Heading):
            self._heading(painter, QRect(option.rect), row, hovered=index.row() == self._rail.hovered)
        else:
            self._page.paint(painter, option, index)

    def _heading(self, painter: QPainter, box: QRect, heading: _Heading, *, hovered: bool) -> None:
        look, folded = theme.now(), heading.folded
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(box, QColor(look.hover if hovered and folded else look.surface if folded else look.ground))
        painter.fillRect(box.x(), box.bottom(), box.width(), 1, QColor(look.line))
        painter.setFont(theme.font(theme.BODY if heading.folds else theme.NOTE, QFont.Weight.Medium))
        painter.setPen(QColor(look.text if heading.folds else look.secondary))
        inside = box.adjusted(theme.MARGIN, 0, -8, -1)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), tr(heading.title))
        number, tone = self._rail.count_of(heading.title)
        if folded and number:
            paint_badge(painter, inside.adjusted(0, 0, -16, 0), _number(number), tone, right=True)
        if heading.folds:
            _paint_chevron(painter, QPointF(inside.right() - 5, inside.center().y() + 1), look.secondary, down=not folded)
        painter.restore()


def _number(count: int) -> str:
    return str(count) if count <= _MOST else f"{_MOST}+"


def _paint_chevron(painter: QPainter, at: QPointF, ink: str, *, down: bool) -> None:
    painter.setPen(QPen(QColor(ink), 1.5))
    long, short = (QPointF(4, 0), QPointF(0, 2)) if down else (QPointF(0, 4), QPointF(2, 0))
    painter.drawPolyline(QPolygonF([at - long - short, at + short, at + long - short]))


class Rail(Table):
    """``moved(page)`` when another page was chosen, ``chosen(page)`` when the person wants to work in it."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._counts: Mapping[str, tuple[int, str]] = {}
        self.pages = tuple(pages)
        self._wanted = self.pages[0].id
        #: The page that was shown last in each group: there somebody goes on who comes back to it.
        self._last: dict[str, str] = {}
        super().__init__(
            (
                Column(title="", text=lambda _page: "", width=_INDENT),
                Column(title=N_("store page|Page"), text=lambda page: tr(page.title)),
                Column(title="", text=self._count, width=_COUNT, align="right", tone=lambda page: self._counts.get(page.id, (0, ""))[1]),
            ),
            key=lambda row: row.id,
            heading=lambda row: tr(row.title) if isinstance(row, _Heading) else "",
            fits=lambda row: row.id == self._wanted,
        )
        self.setItemDelegate(_Cell(self))
        self.horizontalHeader().hide()
        self.moved.connect(self._keep_last)
        self._lay_rows()

    # --- pages -----------------------------------------------------------------------------------------------------------------

    def select(self, key: object) -> bool:
        """Make this page current, its group unfolded. ``False`` if the person has none such."""
        if key not in [page.id for page in self.pages]:
            return False
        self._wanted = str(key)
        self._lay_rows()
        return super().select(key)

    def step(self, by: int) -> None:
        """So many pages on, whether they are unfolded or not."""
        ids = [page.id for page in self.pages]
        self.select(ids[min(max(ids.index(self._wanted) + by, 0), len(ids) - 1)])

    def folded(self) -> bool:
        """Whether only one group's pages have room."""
        return (len(self.pages) + len({page.group for page in self.pages})) * theme.ROW > self.viewport().height()

    def _lay_rows(self) -> None:
        current = next(page.group for page in self.pages if page.id == self._wanted)
        folded = self.folded()
        rows: list[Page | _Heading] = []
        for group in dict.fromkeys(page.group for page in self.pages):
            shut = folded and group != current
            rows.append(_Heading(f"heading {group}", group, folded, shut))
            rows += () if shut else [page for page in self.pages if page.group == group]
        self.set_rows(rows)

    def _keep_last(self, page: Page | None) -> None:
        if page is not None:
            self._wanted = self._last[page.group] = page.id

    # --- counts ----------------------------------------------------------------------------------------------------------------

    def _count(self, page: Page) -> str:
        number = self._counts.get(page.id, (0, ""))[0]
        return _number(number) if number else ""

    def count_of(self, group: str) -> tuple[int, str]:
        """What the pages of a group count together, in the tone of the gravest."""
        counts = [self._counts[page.id] for page in self.pages if page.group == group and self._counts.get(page.id, (0, ""))[0]]
        return sum(number for number, _ in counts), min((tone for _, tone in counts), key=_GRAVITY.index, default="plain")

    def show_counts(self, counts: Mapping[str, tuple[int, str]]) -> None:
        """Numbers beside the pages, each with its tone."""
        self._counts = counts
        self.viewport().update()

    # --- Qt --------------------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = _STEPS.get(Qt.Key(event.key()))
        if by is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        else:
            self.step(by)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(round(event.position().y()))
        heading = self.rows_model.rows[row] if row >= 0 else None
        if isinstance(heading, _Heading):
            if heading.folded:
                first = next(page.id for page in self.pages if page.group == heading.title)
                self.select(self._last.get(heading.title, first))
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        row = self.rowAt(round(event.position().y()))
        folded = row >= 0 and getattr(self.rows_model.rows[row], "folded", False)
        self.setCursor(Qt.CursorShape.PointingHandCursor if folded else Qt.CursorShape.ArrowCursor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if any(isinstance(row, _Heading) and row.folded for row in self.rows_model.rows) != self.folded():
            self._lay_rows()
