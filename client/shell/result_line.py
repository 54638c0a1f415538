"""The line at the foot: the last result, with its number, and what can still be done about it; or a question in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from client import theme
from client.desk import Result
from client.widgets.badge import paint_sign
from client.widgets.buttons import Button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Offer


class _Sign(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.tone = ""
        self.setFixedSize(12, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.tone:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_sign(painter, QRectF(1, 1, 10, 10), self.tone, QColor(theme.now().tone(self.tone).ink))


class ResultLine(QWidget):
    """28 px. ``pressed(action id)`` fires for a follow-up."""

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.RESULT_LINE)
        self.result: Result | None = None
        #: It is not the desk's own, and is not taken away by it: a paper that did not come out.
        self.stays = False
        self._sign = _Sign()
        self._words = QLabel()
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._follow: list[Button] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        self._layout.setSpacing(theme.GAP)
        self._layout.addWidget(self._sign)
        self._layout.addWidget(self._words, 1)
        theme.signals().changed.connect(self.update)

    def say(self, result: Result | None, offers: Sequence[Offer] = ()) -> None:
        """Show a result and its follow-ups; a long sentence is cut, and whole in the tooltip."""
        self.stays = self.stays and result is self.result
        self.result = result
        self._sign.tone = result.kind.value if result else ""
        self._sign.update()
        self._words.setProperty("tone", result.kind.value if result else "")
        self._words.style().polish(self._words)
        self._words.setText(result.text if result else "")
        self._words.setToolTip(result.text if result else "")
        self.update()
        for button in self._follow:
            button.deleteLater()
        self._follow = [self._button(each) for each in offers if result is not None and each.action.id in result.follow and each.ready]

    def unsay(self) -> None:
        """The desk's last result is over."""
        if not self.stays:
            self.say(None)

    def recheck(self, offers: Sequence[Offer]) -> None:
        """What hindered an action is not said any longer than it hinders."""
        hindered = self.result.hinders if self.result is not None else ""
        if hindered and any(each.action.id == hindered and each.ready for each in offers):
            self.say(None)

    def text(self) -> str:
        """What the line says."""
        return self._words.text()

    def _button(self, offer: Offer) -> Button:
        action_id = offer.action.id
        button = Button(offer.action.caption(), key=offer.action.key, run=lambda: self.pressed.emit(action_id))
        button.setProperty("flat", True)
        button.setProperty("low", True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._layout.addWidget(button)
        return button

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        ground = look.tone(self.result.kind.value).ground if self.result else look.surface
        painter.fillRect(self.rect(), QColor(ground))
        painter.fillRect(0, 0, self.width(), 1, QColor(look.line))
