"""Paper that came out of a printer, drawn from the very bytes that it got, the newest piece on top."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.widgets.form import Label
from common.i18n import N_
from printing.render import render_png

if TYPE_CHECKING:
    from client.ops import Bridge
    from common.errors import XinglinError
    from printing.media import Media

#: Older paper has fallen from the counter.
_KEPT: Final = 30


class PaperStrip(QScrollArea):
    """``show_jobs`` draws what is new. Drawing is done elsewhere, so that the window never waits for it."""

    def __init__(self, bridge: Bridge, media: Media) -> None:
        super().__init__()
        self._bridge = bridge
        self._media = media
        self._drawn = 0
        self._pieces: list[_Piece] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(120)
        inside = QWidget()
        inside.setProperty("ground", "surface")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, theme.GAP, 0)
        self._column.setSpacing(theme.GAP)
        self._empty = Label(N_("counter|No paper has come out yet."), "secondary")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._empty.setContentsMargins(0, theme.MARGIN, 0, 0)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setWidget(inside)

    def show_jobs(self, jobs: list[bytes]) -> None:
        """Draw the jobs that came since the last time."""
        fresh, self._drawn = jobs[self._drawn :], len(jobs)
        for job in fresh:
            self._bridge.run(partial(render_png, job, self._media), owner=self, done=self._came_out, failed=self._unreadable)

    def pieces(self) -> int:
        """How many pieces of paper lie there."""
        return len(self._pieces)

    def _came_out(self, pictures: list[bytes]) -> None:
        self._empty.hide()
        for picture in pictures:
            piece = _Piece(picture)
            self._column.insertWidget(0, piece)
            self._pieces.insert(0, piece)
            piece.fit(self._room())
        for old in self._pieces[_KEPT:]:
            old.hide()
            old.deleteLater()
        del self._pieces[_KEPT:]
        self.verticalScrollBar().setValue(0)

    def _unreadable(self, problem: XinglinError) -> None:
        note = QLabel(str(problem))
        note.setProperty("tone", "danger")
        note.setWordWrap(True)
        self._column.insertWidget(0, note)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        for piece in self._pieces:
            piece.fit(self._room())

    def _room(self) -> int:
        return self.viewport().width() - theme.GAP


class _Piece(QLabel):
    """One piece of paper, white in every theme, never drawn larger than it is."""

    def __init__(self, picture: bytes) -> None:
        super().__init__()
        self._whole = QPixmap()
        self._whole.loadFromData(picture)
        self.setStyleSheet("background: white; border: 1px solid #C9CDD2;")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)

    def fit(self, room: int) -> None:
        """Draw it as wide as there is room."""
        width = max(40, min(room - 2, self._whole.width()))
        scale = self.devicePixelRatioF()
        shown = self._whole.scaledToWidth(round(width * scale), Qt.TransformationMode.SmoothTransformation)
        shown.setDevicePixelRatio(scale)
        self.setPixmap(shown)
        self.setFixedSize(QSize(width + 2, round(shown.height() / scale) + 2))
