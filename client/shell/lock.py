"""The lock: the desk's work stays as it is behind it, unseen, until the same person types the password."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from client import theme
from client.shell.brand import BrandMark
from client.texts import text
from client.widgets.buttons import Button, PrimaryButton
from client.widgets.form import Label
from client.widgets.text_input import TextInput
from common.i18n import N_


class LockScreen(QWidget):
    """Covers the window wholly. ``unlocking(password)`` and ``leaving()`` (somebody else signs in) are the ways out."""

    unlocking = Signal(str)
    leaving = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = Label(type="heading")
        self.password = TextInput(emphasis=True, placeholder=N_("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.wrong = Label(type="note")
        self.wrong.setProperty("tone", "danger")
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(32)
        self.unlock = PrimaryButton(key="Enter", run=self._unlock)
        self.other = Button(run=self.leaving.emit)
        self.other.setProperty("flat", True)
        text(self.unlock.setText, N_("Unlock"))
        text(self.other.setText, N_("Somebody else signs in"))
        self._lay_out()
        self.password.returnPressed.connect(self._unlock)
        self.hide()

    def _lay_out(self) -> None:
        sheet = QFrame()
        sheet.setProperty("sheet", True)
        sheet.setFixedWidth(400)
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(32, 32, 32, 24)
        inside.setSpacing(theme.GAP)
        inside.addWidget(BrandMark(40), 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self.name, Label(N_("The desk is locked. Your work is kept."), "secondary")):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            inside.addWidget(label)
        inside.addSpacing(theme.GAP)
        for widget in (self.password, self.wrong, self.unlock, self.other):
            inside.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def lock(self, name: str) -> None:
        """Cover the desk."""
        self.name.setText(name)
        self.password.clear()
        self.wrong.clear()
        self.show()
        self.raise_()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, why: str) -> None:
        """The password was wrong, or the service does not answer."""
        self.wrong.setText(why)
        self.unlock.setEnabled(True)
        self.password.selectAll()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def open(self) -> None:
        """Uncover the desk."""
        self.password.clear()
        self.unlock.setEnabled(True)
        self.hide()

    def _unlock(self) -> None:
        if self.password.text() and self.unlock.isEnabled():
            self.unlock.setEnabled(False)
            self.unlocking.emit(self.password.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()  # nothing reaches the desk behind

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.now().ground))
