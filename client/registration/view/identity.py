"""The zone on the left: the search, or the form of a file in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.fitting import Fitting
from client.format import phone, short_sex
from client.registration.view.file_form import FileForm
from client.widgets.form import SectionTitle
from client.widgets.patient_search import PatientSearch
from client.widgets.table import Column
from common.i18n import N_

if TYPE_CHECKING:
    from datetime import date

    from client.ops import Ops

COLUMNS: Final = (
    Column(title=N_("Name"), text=lambda hit: hit.name, strong=True),
    Column(title=N_("file|Born"), text=lambda hit: f"{short_sex(hit.sex)} {hit.birth_date.isoformat()}", width=108),
    Column(title=N_("Phone"), text=lambda hit: phone(hit.phone), width=116),
    Column(title=N_("file|Doc."), text=lambda hit: f"…{hit.document_tail}" if hit.document_tail else "—", width=68),
)
_LEAST_NAME: Final = 80
#: The document's last figures, then the phone: name and birth date tell most people apart, and the card shows the rest.
_FIRST_TO_GO: Final = (3, 2)


class Identity(QStackedWidget):
    """``search`` is the first page, ``form`` the second."""

    def __init__(self, ops: Ops, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.search = PatientSearch(ops, columns=COLUMNS)
        Fitting(self.search.list, least=_LEAST_NAME, first_to_go=_FIRST_TO_GO)
        self.form = FileForm(today)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addWidget(SectionTitle(N_("file|Find the patient")))
        layout.addWidget(self.search, 1)
        self.addWidget(page)
        self.addWidget(self.form)

    @property
    def writing(self) -> bool:
        """Whether the form is open."""
        return self.currentIndex() == 1

    @property
    def entry(self) -> QWidget:
        """Where the hand begins. No focus proxy of this zone: Tab would leap over the fields between the two."""
        return self.form.name if self.writing else self.search

    def show_search(self) -> None:
        """The search, with what was typed."""
        self.setCurrentIndex(0)

    def show_form(self) -> None:
        """The form."""
        self.setCurrentIndex(1)
