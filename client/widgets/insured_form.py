"""What is said to the insurance: which certificate, how insured, with or without the personal account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from client import theme
from client.insured import CERTIFICATES, MED_TYPES, SOCIAL_CARD
from client.texts import text
from client.widgets.buttons import PrimaryButton
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.text_input import TextInput
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.insured import Insured

_ACCOUNT: Final = (("yes", N_("insured|Use the personal account")), ("no", N_("insured|Do not use it")))
CHRONIC: Final = "14"


class InsuredForm(QWidget):
    """``insured`` is what is known of the patient's insurance, and takes what is typed; not ``titled`` where it stands under another title.

    ``ready()`` fires on Enter in the last field and on the button: ask the insurance now.
    """

    ready = Signal()

    def __init__(self, insured: Callable[[], Insured], *, titled: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titled = titled
        self._insured = insured
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.certificate, self.med_type, self.account = Choice(CERTIFICATES), Choice(MED_TYPES), Choice(_ACCOUNT)
        self.number, self.card_sn = TextInput(emphasis=True, most=50), TextInput(most=32)
        self.disease = TextInput(most=30)
        self.insutype = Choice((("", "—"),))
        self.note = Label(type="note")
        self.wrong = QLabel()
        self.form = Form()
        self.button = PrimaryButton(key="F12", run=self.ready.emit)
        text(self.button.setText, N_("verb|Ask the insurance"))
        self.setFocusProxy(self.number)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        self.form.add(N_("insured|How is the patient insured?"), self.insutype)
        self.form.add(N_("insured|Certificate number"), self.number, required=True)
        self.form.add(N_("insured|Card identification code"), self.card_sn, required=True)
        self.form.add(N_("insured|Certificate"), self.certificate)
        self.form.add(N_("insured|Kind of visit"), self.med_type)
        self.form.add(N_("insured|Disease code of the chronic disease"), self.disease, required=True)
        self.form.add(N_("insured|Personal account"), self.account)
        for label in (self.note, self.wrong):
            label.setWordWrap(True)
        self.wrong.setProperty("tone", "danger")
        if self._titled:
            layout.addWidget(SectionTitle(N_("insured|Settle with the insurance")))
        for widget in (self.note, self.form, self.wrong):
            layout.addWidget(widget)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.number.textEdited.connect(self._typed)
        self.card_sn.textEdited.connect(lambda _typed: self.take())
        self.disease.textEdited.connect(lambda _typed: self.take())
        for choice in (self.certificate, self.med_type, self.account, self.insutype):
            choice.chosen.connect(lambda _code: self.take())
        self.form.finished.connect(self.ready.emit)

    def _typed(self, _text: str) -> None:
        self._insured().shown = False
        self.take()

    def take(self) -> None:
        """What stands in the fields is what will be said."""
        insured = self._insured()
        insured.certificate_type, insured.certificate_number = self.certificate.code(), self.number.text()
        insured.card_sn, insured.disease_code = self.card_sn.text(), self.disease.text() if self.med_type.code() == CHRONIC else ""
        insured.med_type, insured.use_account = self.med_type.code(), self.account.code() == "yes"
        insured.insutype = self.insutype.code() if insured.choices else ""
        self.show_note()

    def start(self) -> None:
        """Show what is known, and go to what is missing."""
        insured = self._insured()
        self.number.setText(insured.certificate_number)
        self.card_sn.setText(insured.card_sn)
        self.disease.setText(insured.disease_code)
        self.certificate.set_code(insured.certificate_type)
        self.med_type.set_code(insured.med_type)
        self.account.set_code("yes" if insured.use_account else "no")
        if insured.choices:
            self.insutype.offer([(code, name) for code, name in insured.choices.items()])
            self.insutype.set_code(insured.insutype)
            insured.insutype = self.insutype.code()
        self.show_note()
        self.say("")
        (self.insutype if insured.choices else self.number).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_note(self) -> None:
        """Which fields there are, and whether the certificate was read here."""
        insured = self._insured()
        self.form.show_field(self.insutype, bool(insured.choices))
        self.form.show_field(self.card_sn, insured.certificate_type == SOCIAL_CARD)
        self.form.show_field(self.disease, insured.med_type == CHRONIC)
        if insured.shown:
            self.note.setText(tr("insured|The certificate was read at this desk."))
        else:
            self.note.setText(tr("insured|Read the ID card or scan the e-certificate; a number that is typed has to be compared with it."))

    def say(self, words: str) -> None:
        """What is missing or was refused."""
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))
