"""The first start: where is the service, and which code did the administrator give?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from client.shell.card import CardPage
from client.texts import text
from client.widgets.buttons import PrimaryButton
from client.widgets.form import Form
from client.widgets.text_input import TextInput
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.connection import Service
    from client.ops import Bridge

DIGITS = 8


class PairPage(CardPage):
    """``paired(service, desk's name, file)`` fires when it is done; ``file`` is where the secret lies if there is no keyring, else empty."""

    paired = Signal(object, str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(N_("Pair this desk"))
        self._bridge = bridge
        text(self.about.setText, N_("Ask the administrator for a code. It is good for ten minutes and for one desk."))
        self.about.setWordWrap(True)
        self.address = TextInput(emphasis=True, placeholder="192.168.1.10")
        self.code = TextInput(emphasis=True, placeholder="1234 5678", most=DIGITS + 3)
        for field in (self.address, self.code):
            field.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        form = Form()
        form.add(N_("Address of the service"), self.address)
        form.add(N_("Pairing code"), self.code)
        form.finished.connect(self._submit)
        self.button = PrimaryButton(key="Enter", run=self._submit)
        text(self.button.setText, N_("Pair"))
        for widget in (form, self.wrong, self.button):
            self.column.addWidget(widget)

    def begin(self, address: str) -> None:
        """Show the page afresh."""
        self.address.setText(address)
        self.code.clear()
        self.refuse("")
        (self.code if address else self.address).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, why: str) -> None:
        super().refuse(why)
        self.button.setEnabled(True)

    def _submit(self) -> None:
        digits = "".join(char for char in self.code.text() if char.isdecimal())
        if not self.address.text().strip() or len(digits) != DIGITS:
            self.refuse(tr("Type the service's address and the eight digits of the code."))
        elif self.button.isEnabled():
            self._pair(self.address.text(), digits)

    def _pair(self, typed: str, digits: str) -> None:
        from client import keychain, pairing

        def work() -> tuple[Service, str, str]:
            service, paired = pairing.pair(address, digits)
            return service, paired.desk_name, keychain.keep(service.url, paired.desk_id, paired.secret)

        try:
            address = pairing.full_address(typed)
        except ValueError:
            self.refuse(tr("“{typed}” is not the address of a service. It looks like 192.168.1.10.", typed=typed.strip()))
            return
        self.button.setEnabled(False)
        self.wrong.clear()
        self._bridge.run(work, owner=self, done=lambda made: self.paired.emit(*made), failed=lambda problem: self.refuse(str(problem)))
