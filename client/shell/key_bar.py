"""The bar at the foot: what can be done now, each with its key; the primary action always at the same place, at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from client import theme
from client.widgets.buttons import Button, PrimaryButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Offer


class KeyBar(QWidget):
    """Buttons made of offers. ``pressed(action id)`` fires when one is clicked. What does not fit is in the palette."""

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.KEY_BAR)
        # What it showed last, in another language perhaps, must not keep the window wide: it hides what does not fit.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._buttons: dict[str, Button] = {}
        self._optional: list[Button] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(theme.GAP, 4, theme.MARGIN, 4)
        self._layout.setSpacing(4)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show these actions. The same ones again only change what is grey and why."""
        shown = [each for each in offers if each.action.bar and each.action.key]
        if [each.action.id for each in shown] != list(self._buttons):
            self._build(shown)
        for each in shown:
            button = self._buttons[each.action.id]
            button.setText(each.action.caption())
            button.setEnabled(each.ready)
            button.setToolTip(each.tip())
        self._hide_what_does_not_fit()

    def _build(self, offers: Sequence[Offer]) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._buttons = {}
        self._optional = []
        for each in sorted(offers, key=lambda offer: (offer.action.primary, offer.action.id == "palette")):
            if each.action.id == "palette":
                self._layout.addStretch(1)
            self._add(each)
        self._buttons = {each.action.id: self._buttons[each.action.id] for each in offers}

    def _add(self, offer: Offer) -> None:
        action_id = offer.action.id
        kind = PrimaryButton if offer.action.primary else Button
        button = kind(key=offer.action.key, run=lambda: self.pressed.emit(action_id))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if not offer.action.primary:
            button.setProperty("flat", True)
        if not offer.action.primary and action_id not in ("palette", "help"):
            self._optional.append(button)
        self._buttons[action_id] = button
        self._layout.addWidget(button)

    def _hide_what_does_not_fit(self) -> None:
        room = self.width() - 2 * theme.MARGIN
        needed = sum(button.sizeHint().width() + 4 for button in self._buttons.values() if button not in self._optional)
        for button in self._optional:
            needed += button.sizeHint().width() + 4
            button.setVisible(needed <= room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hide_what_does_not_fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        painter.fillRect(self.rect(), QColor(look.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(look.line))
