"""The zone on the right: what is selected, in full; or the form of an act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.invoices.model import Act
from client.invoices.view.details import Details
from client.invoices.view.forms import GiveForm, ReasonForm
from client.texts import text
from client.widgets.buttons import PrimaryButton
from client.widgets.form import SectionTitle
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.invoices.model import InvoicesModel

_TITLES: Final = {
    Act.GIVE: N_("invoices|Give a segment"),
    Act.TAKE_BACK: N_("invoices|Take back"),
    Act.VOID_NUMBER: N_("invoices|Void a number"),
    Act.VOID_INVOICE: N_("invoices|Void and reissue"),
}
_ADVICE: Final = {
    Act.GIVE: N_("Type the numbers as they stand on the paper. What stands before them, such as the code, is the prefix."),
    Act.TAKE_BACK: N_("Its unused numbers are one gap with this reason; they may be given to somebody else."),
    Act.VOID_NUMBER: N_("An unused paper that nobody can print on: no bill will take its number."),
    Act.VOID_INVOICE: N_("The paper is spoiled: its number becomes void, and the bill gets a new one. The money is not touched."),
}


class Panel(QWidget):
    """``typed`` fires when a field of the form changed."""

    typed = Signal()

    def __init__(self, model: InvoicesModel, carry_out: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.details = Details(model)
        self.give, self.reason = GiveForm(model), ReasonForm(model)
        self.title, self.advice, self.trouble = SectionTitle(_TITLES[Act.GIVE]), QLabel(), QLabel()
        self.button = PrimaryButton(key="F12", run=carry_out)
        text(self.button.setText, N_("invoices|Carry out"))
        self.stack = QStackedWidget()
        self._lay_out()
        for form in (self.give, self.reason):
            form.typed.connect(self.typed)
            form.finished.connect(self.button.setFocus)

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.title)
        for label in (self.advice, self.trouble):
            label.setWordWrap(True)
        self.advice.setProperty("type", "note")
        column.addWidget(self.advice)
        for form in (self.give, self.reason):
            column.addWidget(form)
        column.addWidget(self.trouble)
        column.addWidget(self.button)
        column.addStretch(1)
        self.stack.addWidget(self.details)
        self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.addWidget(self.stack)

    def form(self) -> GiveForm | ReasonForm:
        """The form of the act that is being filled in."""
        return self.give if self._model.act is Act.GIVE else self.reason

    def open(self) -> None:
        """The hand goes to the first field of the form."""
        self.show_model()
        self.form().begin()

    def show_model(self) -> None:
        """Details or form, with what is wrong."""
        model = self._model
        self.stack.setCurrentIndex(0 if model.act is None else 1)
        for form in (self.give, self.reason):  # what is not filled in takes no room, or the zone could be scrolled to nothing
            form.setVisible(model.act is not None and form is self.form())
        if model.act is None:
            self.details.show_model()
            return
        text(self.title.setText, _TITLES[model.act])
        self.advice.setText(tr(_ADVICE[model.act]))
        self.form().show_model()
        self.button.setEnabled(not model.why_not())
        self.trouble.setText(str(model.trouble) if model.trouble else model.why_not())
        self.trouble.setProperty("tone", "danger" if model.trouble else "warning")
        self.trouble.style().polish(self.trouble)
