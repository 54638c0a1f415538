"""Signing in: login name and password, and a new password where one has to be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from client.shell.card import CardPage
from client.texts import text
from client.widgets.buttons import PrimaryButton
from client.widgets.form import Form
from client.widgets.text_input import TextInput
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.ops import Ops


class SignInPage(CardPage):
    """``signing_in(login, password)`` fires when both are there."""

    signing_in = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(N_("Sign in"))
        self.login = TextInput(emphasis=True, most=30)
        self.login.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.password = _password_field()
        form = Form()
        form.add(N_("Login name"), self.login)
        form.add(N_("Password"), self.password)
        form.finished.connect(self._submit)
        self.button = PrimaryButton(key="Enter", run=self._submit)
        text(self.button.setText, N_("Sign in"))
        for widget in (form, self.wrong, self.button):
            self.column.addWidget(widget)

    def begin(self, login: str, desk: str, service: str) -> None:
        """Show the page afresh."""
        self.login.setText(login)
        self.password.clear()
        self.refuse("")
        self.about.setText(desk)
        self.about.setVisible(bool(desk))
        self.service.setText(service)
        self.wait(False)
        (self.password if login else self.login).setFocus(Qt.FocusReason.OtherFocusReason)

    def wait(self, waiting: bool) -> None:
        """The service is being asked."""
        self.button.setEnabled(not waiting)
        text(self.button.setText, N_("Signing in …") if waiting else N_("Sign in"))

    def refuse(self, why: str) -> None:
        super().refuse(why)
        self.wait(False)
        if why:
            self.password.setFocus(Qt.FocusReason.OtherFocusReason)
            self.password.selectAll()

    def _submit(self) -> None:
        if not self.button.isEnabled():
            return
        if not self.login.text().strip() or not self.password.text():
            self.refuse(tr("Type your login name and your password."))
            return
        self.wait(True)
        self.wrong.clear()
        self.signing_in.emit(self.login.text().strip().lower(), self.password.text())


class NewPasswordPage(CardPage):
    """``changed()`` fires when the service has taken the new password."""

    changed = Signal()

    def __init__(self, ops: Ops) -> None:
        super().__init__(N_("Choose a new password"))
        self._ops = ops
        text(self.about.setText, N_("At least 10 characters of three kinds: small and capital letters, digits, signs."))
        self.about.setWordWrap(True)
        self.old, self.new, self.again = _password_field(), _password_field(), _password_field()
        form = Form()
        for source, field in ((N_("Password so far"), self.old), (N_("New password"), self.new), (N_("New password again"), self.again)):
            form.add(source, field)
        form.finished.connect(self._submit)
        self.button = PrimaryButton(key="Enter", run=self._submit)
        text(self.button.setText, N_("Set the password"))
        for widget in (form, self.wrong, self.button):
            self.column.addWidget(widget)

    def begin(self) -> None:
        """Show the page afresh."""
        for field in (self.old, self.new, self.again):
            field.clear()
        self.refuse("")
        self.old.setFocus(Qt.FocusReason.OtherFocusReason)

    def _submit(self) -> None:
        if self.new.text() != self.again.text():
            self.refuse(tr("The two new passwords differ."))
        elif self.old.text() and self.new.text():
            from common.messages.session import ChangePassword

            request = ChangePassword(old=self.old.text(), new=self.new.text())
            self._ops.send(request, owner=self, done=lambda _done: self.changed.emit(), failed=lambda problem: self.refuse(str(problem)))


def _password_field() -> TextInput:
    field = TextInput(emphasis=True, most=200)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field
