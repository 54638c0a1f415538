"""The desk of a computer that shows the hall's screen: what stands behind the screen, for who sets it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from client import theme
from client.action import Action
from client.calls import words
from client.calls.hall import Hall
from client.desk import Desk
from client.speech import has_voice
from client.texts import text
from client.widgets.buttons import PrimaryButton
from client.widgets.form import Label
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from client.desk import Workplace
    from common.wire import Change


class HallDesk(Desk):
    """The screen comes by itself as soon as somebody has signed in; F11 brings it back after Esc."""

    id, title, icon = "hall", N_("desk|Hall screen"), "windows"
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.hall = Hall(place, self)
        self._begun = False
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.again = PrimaryButton(key="F11", run=self.show_screen)
        text(self.again.setText, N_("windows|Screen for the hall"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.MARGIN)
        layout.addStretch(2)
        for part in self._words():
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(part)
        layout.addWidget(self.again, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.setFocusProxy(self.again)

    def _words(self) -> Sequence[Label]:
        shown = [
            Label(N_("This computer shows the hall who is called, and can do nothing else."), "heading"),
            Label(
                N_("The screen needs nobody: it comes back by itself after the service or the line was away. Esc on it leads here."),
                "secondary",
            ),
        ]
        return shown if has_voice() else [*shown, Label(words.NO_VOICE, "note")]

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        return [Action(id="screen", title=N_("windows|Screen for the hall"), key="F11", run=self.show_screen, primary=True)]

    def zones(self) -> Sequence[QWidget]:
        return (self.again,)

    def refresh(self, changes: frozenset[Change]) -> None:  # noqa: ARG002 - the screen hears of changes itself
        if not self._begun:
            self._begun = True
            self.show_screen()
        self.hall.load()

    def show_screen(self) -> None:
        """F11: on the second screen of this computer if it has one."""
        self.hall.show(self.window().screen())

    def wind_up(self) -> None:
        self.hall.wind_up()
