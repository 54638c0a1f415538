"""The patient in the middle: what must be noticed, who it is, what is unpaid, and the latest visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.format import day, name_of, payer, phone
from client.widgets.badge import Badge
from client.widgets.banner import allergy_badge
from client.widgets.buttons import Button
from client.widgets.empty import EmptyState
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.domain.mask import mask_document
from common.domain.money import format_yuan
from common.domain.states import VISIT
from common.i18n import N_, tr
from common.messages.patients import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary, VisitBrief

DOCUMENTS: Final = (
    (DocumentKind.ID_CARD.value, N_("ID card")),
    (DocumentKind.PASSPORT.value, N_("Passport")),
    (DocumentKind.HK_MACAU_PERMIT.value, N_("Hong Kong and Macau permit")),
    (DocumentKind.TAIWAN_PERMIT.value, N_("Taiwan permit")),
    (DocumentKind.FOREIGN_RESIDENCE.value, N_("Foreign residence card")),
    (DocumentKind.NONE.value, N_("No document")),
)
_FACTS: Final = (
    ("phone", N_("Phone")),
    ("document", N_("Document")),
    ("address", N_("Address")),
    ("ethnic", N_("Ethnic group")),
    ("payer", N_("Payer")),
    ("guardian", N_("Guardian")),
    ("since", N_("On file since")),
)
_TONES: Final = {"CANCELLED": "plain", "NO_SHOW": "plain", "FINISHED": "done", "CLOSED": "done"}

VISITS: Final = (
    Column(title=N_("Date"), text=lambda visit: visit.date.isoformat(), width=100),
    Column(title=N_("Visit"), text=lambda visit: f"{visit.department} {visit.doctor}".strip()),
    Column(
        title=N_("State"),
        text=lambda visit: VISIT.label(visit.state),
        tone=lambda visit: _TONES.get(visit.state, "info"),
        width=96,
    ),
)


class PatientCard(QStackedWidget):
    """``picked(VisitBrief | None)`` fires when another visit is selected; ``show_document`` shows the whole number until the next patient."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._patient: PatientSummary | None = None
        self._lists: Lists | None = None
        self._open_document = False
        self.allergy = Badge()
        self.unpaid = Badge()
        self.facts = {key: QLabel() for key, _ in _FACTS}
        self.visits = Table(VISITS, key=lambda visit: visit.id, empty=N_("This is the first visit."), dense=True)
        self.diagnoses = QLabel()
        self.cancelling = CancelRow()
        self.addWidget(
            EmptyState(N_("Nobody is chosen yet."), N_("Lay an ID card on the reader, scan a code, or type in the search."), key="F2")
        )
        self.addWidget(self._card())
        self.setProperty("ground", "surface")

    def _card(self) -> QWidget:
        card = QWidget()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        badges = QHBoxLayout()
        badges.setSpacing(theme.GAP)
        for badge in (self.allergy, self.unpaid):
            badge.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            badges.addWidget(badge)
        badges.addStretch(1)
        layout.addLayout(badges)
        layout.addLayout(self._facts_grid())
        layout.addWidget(Hairline())
        layout.addWidget(SectionTitle(N_("Latest visits")))
        layout.addWidget(self.visits, 1)
        self.diagnoses.setProperty("type", "note")
        self.diagnoses.setWordWrap(True)
        layout.addWidget(self.diagnoses)
        layout.addWidget(self.cancelling)
        self.visits.moved.connect(self._moved)
        return card

    def _facts_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._titles: dict[str, Label] = {}
        for row, (key, title) in enumerate(_FACTS):
            self._titles[key] = Label(title, "note")
            value = self.facts[key]
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(self._titles[key], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        return grid

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_patient(self, patient: PatientSummary | None, lists: Lists | None) -> None:
        """Show a patient; the visit that was selected stays selected."""
        if patient is None or self._patient is None or patient.id != self._patient.id:
            self._open_document = False
            self.cancelling.hide()
            self.visits.set_rows(())
        self._patient, self._lists = patient, lists
        self.setCurrentIndex(0 if patient is None else 1)
        self.retranslate()
        if patient is not None:
            self.visits.set_rows(patient.visits)

    def show_document(self) -> None:
        """Show the document's whole number, or hide it again."""
        self._open_document = not self._open_document
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        patient = self._patient
        if patient is None:
            return
        self.allergy.set(*allergy_badge(patient.file))
        self.allergy.setToolTip(self.allergy.text())
        self.unpaid.set(tr("Unpaid {amount}", amount=format_yuan(patient.unpaid_fen)) if patient.unpaid_fen else "", "warning")
        for key, words in self._words(patient).items():
            self.facts[key].setText(words)
            self.facts[key].setVisible(bool(words))
            self._titles[key].setVisible(bool(words))
        self._say_diagnoses(self.visits.current())

    def _words(self, patient: PatientSummary) -> dict[str, str]:
        file = patient.file
        kind = tr(dict(DOCUMENTS)[file.document_kind.value])
        number = file.document_number if self._open_document else mask_document(file.document_number)
        groups = self._lists.ethnic_groups if self._lists else ()
        return {
            "phone": phone(file.phone),
            "document": f"{kind} {number}".strip(),
            "address": file.address,
            "ethnic": next((name_of(group) for group in groups if group.code == file.ethnic_group), ""),
            "payer": payer(file.payer),
            "guardian": f"{file.guardian_name} {phone(file.guardian_phone)}".strip(),
            "since": day(patient.registered_at.date()),
        }

    def _moved(self, visit: VisitBrief | None) -> None:
        self._say_diagnoses(visit)
        self.picked.emit(visit)

    def _say_diagnoses(self, visit: VisitBrief | None) -> None:
        words = tr("list separator|, ").join(visit.diagnoses) if visit else ""
        number = tr("Visit {number}", number=visit.number) if visit else ""
        self.diagnoses.setText("　".join(part for part in (number, visit.queue_number if visit else "", words) if part))


class CancelRow(QWidget):
    """The reason of a cancellation, in place, when none of the usual ones fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confirmed: Callable[[str], None] | None = None
        self.field = TextInput(placeholder=N_("Why is the visit taken back?"), most=200)
        self.button = Button(run=self._confirm)
        self.button.setProperty("danger", True)
        from client.texts import text

        text(self.button.setText, N_("Take back"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.button)
        self.field.returnPressed.connect(self._confirm)
        self.hide()

    def ask(self, confirmed: Callable[[str], None]) -> None:
        """Ask for the reason; an empty one confirms nothing."""
        self._confirmed = confirmed
        self.field.clear()
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        reason = self.field.text().strip()
        if reason and self._confirmed is not None:
            self.hide()
            self._confirmed(reason)
