"""What the pages of a desk with a list of pages share: a list, what belongs to its row at the right, and what F12 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.widgets.form import Hairline
from common.i18n import tr
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.desk import Desk
    from common.errors import XinglinError
    from common.wire import Request


class ListPage(QWidget):
    """One page. ``changed`` when what F12 would do may have changed."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.request_id = new_request_id()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def load(self) -> None:
        """Read everything that the page shows."""

    def work(self) -> QWidget:
        """Where one works: the second zone."""
        return self

    def detail(self) -> QWidget:
        """What belongs to the row: the third zone."""
        return self

    def seek(self) -> None:
        """F2."""

    def why_not(self) -> str:
        """Why F12 cannot be pressed now; empty when it can."""
        return tr("This page is only read.")

    def finish(self) -> None:
        """F12."""

    def scanned(self, code: str) -> bool | None:  # noqa: ARG002 - for pages to override
        """A code was scanned; see :meth:`client.desk.Desk.scanned`."""
        return False

    def back(self) -> bool:
        """Esc: one step back inside of the page."""
        return False

    def wind_up(self) -> None:
        """The desk closes: keep drafts now."""

    def lay_out(self, left: Sequence[QWidget], right: Sequence[QWidget], width: int, *, grows: QWidget | None = None) -> None:
        """The list at the left (its last part takes what is left over), the detail of ``width`` px at the right; ``grows`` fills it."""
        column = QVBoxLayout()
        column.setContentsMargins(0, theme.MARGIN, 0, 0)
        column.setSpacing(theme.GAP)
        for part in left:
            column.addWidget(part, 1 if part is left[-1] else 0)
        side = QWidget()
        side.setFixedWidth(width)
        detail = QVBoxLayout(side)
        detail.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        detail.setSpacing(theme.GAP)
        for part in right:
            detail.addWidget(part, 1 if part is grows else 0)
        if grows is None:
            detail.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(column, 1)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side)

    def send(self, request: Request[Any], done: Callable[[Any], None], failed: Callable[[XinglinError], None] | None = None) -> None:
        """Carry an act out, once however often the key is pressed; then ``done`` and everything anew."""
        state = self._desk.state
        if state.saving:
            return
        state.saving = True

        def finished(reply: Any) -> None:
            state.saving = False
            self.request_id = new_request_id()
            done(reply)
            self.load()
            self.changed.emit()

        def refused(error: XinglinError) -> None:
            state.saving = False
            self.request_id = new_request_id()
            (failed or self._desk.fail)(error)
            self.changed.emit()

        self._desk.send(request, finished, refused, request_id=self.request_id)
        self.changed.emit()


def bar(*parts: QWidget, stretch: int = 0) -> QWidget:
    """A row above a list; the part at ``stretch`` takes what is left over."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
    layout.setSpacing(theme.MARGIN)
    for place, part in enumerate(parts):
        layout.addWidget(part, 1 if place == stretch else 0)
    return row
