"""The page with one card in the middle, on which pairing, sign-in and the new password stand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.shell.brand import BrandMark
from client.texts import bind, text
from client.widgets.buttons import Button
from client.widgets.form import Label
from common.i18n import CHINESE, N_, current_language, tr


class CardPage(QWidget):
    """Brand, title and a column for fields; at the foot the service, the language and the theme. ``preferred(what, value)`` asks for those."""

    preferred = Signal(str, str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = Label(type="secondary")
        self.wrong = Label(type="note")
        self.wrong.setProperty("tone", "danger")
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(34)
        self.wrong.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.service = Label(type="note")
        self.column = QVBoxLayout()
        self.column.setSpacing(theme.GAP)
        sheet = QFrame()
        sheet.setProperty("sheet", True)
        sheet.setFixedWidth(416)
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(40, 36, 40, 28)
        inside.setSpacing(theme.GAP)
        inside.addLayout(self._brand())
        inside.addSpacing(theme.MARGIN)
        inside.addWidget(Label(title, "heading"))
        inside.addWidget(self.about)
        inside.addSpacing(theme.GAP)
        inside.addLayout(self.column)
        self._lay_out(sheet)

    def _brand(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(BrandMark(44))
        names = QVBoxLayout()
        names.setSpacing(0)
        self.clinic = Label("Xinglin", "emphasis")
        names.addWidget(self.clinic)
        names.addWidget(Label(N_("Outpatient clinic workstation"), "note"))
        row.addLayout(names)
        row.addStretch(1)
        return row

    def _lay_out(self, sheet: QFrame) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, 12)
        layout.addStretch(2)
        layout.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        foot = QHBoxLayout()
        foot.addWidget(self.service)
        foot.addStretch(1)
        for button in (self._language_button(), self._theme_button()):
            button.setProperty("flat", True)
            foot.addWidget(button)
        layout.addLayout(foot)

    def _language_button(self) -> Button:
        button = Button(run=lambda: self.preferred.emit("language", "en" if current_language() == CHINESE else CHINESE))
        bind(button, lambda it: it.setText("English" if current_language() == CHINESE else "中文"))
        return button

    def _theme_button(self) -> Button:
        self._other_theme = Button(run=lambda: self.preferred.emit("theme", "dark" if theme.now() is theme.LIGHT else "light"))
        bind(self._other_theme, lambda _button: self._name_other_theme())
        theme.signals().changed.connect(self._name_other_theme)
        return self._other_theme

    def _name_other_theme(self) -> None:
        self._other_theme.setText(tr("Dark") if theme.now() is theme.LIGHT else tr("Light"))

    def name_clinic(self, name: str) -> None:
        """Say whose desk this is; the program's own name if nobody knows yet."""
        if name:
            text(self.clinic.setText, "{name}", name=name)

    def refuse(self, why: str) -> None:
        """Say what was wrong."""
        self.wrong.setText(why)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.now().ground))
