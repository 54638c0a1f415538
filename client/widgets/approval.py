"""A second person's yes at this desk: a badge is scanned, or login name and password are typed, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from client import texts, theme
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.buttons import Button
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.text_input import TextInput
from common.i18n import N_, tr
from common.messages.settlement import Approve

if TYPE_CHECKING:
    from client.ops import Ops
    from common.errors import XinglinError
    from common.messages.settlement import Approved

#: The service forgets an approval after five minutes; here a little earlier, so that nobody presses F12 in vain.
VALID_MS: Final = 290_000
#: Shorter codes are no badges (:class:`common.messages.settlement.GiveBadge`).
LEAST_CODE: Final = 12


class ApprovalPane(QWidget):
    """Asks a second person to agree to one ``act`` (see :class:`common.messages.settlement.Approve`).

    The desk says by :meth:`ask` what is to be approved, shows and hides the pane, and passes scans to :meth:`scanned` while it is shown.
    ``approved(id)`` fires when the service has taken the yes, ``lapsed()`` when it was not used in time. :attr:`approval_id` holds it.
    """

    approved = Signal(int)
    lapsed = Signal()

    def __init__(self, ops: Ops, *, act: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ops, self._act = ops, act
        self._subject, self._amount, self._detail = 0, 0, ""
        self._approver = ""
        self._problem: XinglinError | str = ""
        self._waiting = False
        self.approval_id: int | None = None
        self.login = TextInput(most=30)
        self.login.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.password = TextInput(most=200)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.form = Form(2)
        self.form.add(N_("Login name"), self.login)
        self.form.add(N_("Password"), self.password)
        self.note = Label(N_("approval|Scan the badge, or type login name and password."), "note")
        self.wrong = Label(type="note")
        self.wrong.setProperty("tone", "danger")
        self.button = Button(run=self.submit)
        text(self.button.setText, N_("verb|Approve"))
        self.given = Badge()
        self._timer = QTimer(self, singleShot=True, interval=VALID_MS)
        self._lay_out()
        self.form.finished.connect(self.submit)
        self._timer.timeout.connect(self._lapse)
        texts.signals().changed.connect(self._show)
        self.setFocusProxy(self.login)
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for label in (self.note, self.wrong):
            label.setWordWrap(True)
        for widget in (SectionTitle(N_("Second person")), self.given, self.note, self.form, self.wrong, self.button):
            column.addWidget(widget)
        column.setAlignment(self.button, Qt.AlignmentFlag.AlignRight)

    def ask(self, subject_id: int, amount_fen: int = 0, detail: str = "") -> None:
        """What is to be approved now. A yes that was given for it before, and covers it, still holds."""
        same = (subject_id, detail) == (self._subject, self._detail)
        if same and amount_fen <= self._amount and self.approval_id is not None:
            return
        if not same or amount_fen != self._amount:
            self.clear()
        self._subject, self._amount, self._detail = subject_id, amount_fen, detail

    @property
    def approver(self) -> str:
        """Who agreed; empty while nobody has."""
        return self._approver

    def clear(self) -> None:
        """Nothing is approved, nothing typed."""
        self._timer.stop()
        self.approval_id, self._approver, self._problem, self._waiting = None, "", "", False
        self._subject, self._amount, self._detail = 0, 0, ""
        self.login.clear()
        self.password.clear()
        self._show()

    def scanned(self, code: str) -> bool:
        """A scan while the pane is shown. ``False``: it is no badge. A password that was typed very fast arrives here too."""
        if self.approval_id is not None:
            return False
        if self.password.hasFocus() and self.login.text().strip():
            self.password.setText(code)
            self.submit()
        elif len(code) < LEAST_CODE:
            return False
        else:
            self._send(msgspec.structs.replace(self._asks(), badge=code[:64]))
        return True

    def submit(self) -> None:
        """Ask the service about what was typed."""
        login, password = self.login.text().strip().lower(), self.password.text()
        if not login or not password:
            self._problem = tr("approval|Type the second person's login name and password.")
            (self.password if login else self.login).setFocus(Qt.FocusReason.OtherFocusReason)
            self._show()
            return
        self._send(msgspec.structs.replace(self._asks(), login=login, password=password))

    def _asks(self) -> Approve:
        return Approve(act=self._act, subject_id=self._subject, amount_fen=self._amount, detail=self._detail)

    def _send(self, request: Approve) -> None:
        if self._waiting:
            return
        self._waiting, self._problem = True, ""
        self._show()
        asked = self._asks()
        self._ops.send(
            request, owner=self, done=lambda approved: self._taken(asked, approved), failed=lambda why: self._refused(asked, why)
        )

    def _taken(self, asked: Approve, approved: Approved) -> None:
        if asked != self._asks():
            return  # the desk asks about something else by now
        self._waiting = False
        self.approval_id, self._approver = approved.approval_id, approved.approver
        self.password.clear()
        self._timer.start()
        self._show()
        self.approved.emit(approved.approval_id)

    def _refused(self, asked: Approve, why: XinglinError) -> None:
        if asked != self._asks():
            return
        self._waiting, self._problem = False, why
        self._show()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)
        self.password.selectAll()

    def _lapse(self) -> None:
        asked = self._asks()
        self.clear()
        self._subject, self._amount, self._detail = asked.subject_id, asked.amount_fen, asked.detail
        self.lapsed.emit()

    def _show(self, _language: str = "") -> None:
        agreed = self.approval_id is not None
        self.given.set(tr("approval|{name} agreed", name=self._approver) if agreed else "", "done")
        self.given.setVisible(agreed)
        for widget in (self.note, self.form, self.button):
            widget.setVisible(not agreed)
        self.button.setEnabled(not self._waiting)
        self.wrong.setText(str(self._problem))
        self.wrong.setVisible(bool(self._problem) and not agreed)
