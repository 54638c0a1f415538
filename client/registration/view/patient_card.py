"""The patient in the middle: what must be noticed, who it is, what is unpaid, and the latest visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.fitting import Fitting
from client.format import day, name_of, payer, phone
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
from common.messages.patients import AllergyState, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.registration.likeness import Likeness
    from common.messages.catalogue import Lists
    from common.messages.patients import PatientSummary, VisitBrief

DOCUMENTS: Final = (
    (DocumentKind.ID_CARD.value, N_("document|ID card")),
    (DocumentKind.PASSPORT.value, N_("document|Passport")),
    (DocumentKind.HK_MACAU_PERMIT.value, N_("Hong Kong and Macau permit")),
    (DocumentKind.TAIWAN_PERMIT.value, N_("Taiwan permit")),
    (DocumentKind.FOREIGN_RESIDENCE.value, N_("Foreign residence card")),
    (DocumentKind.NONE.value, N_("document|No document")),
)
_FACTS: Final = (
    ("allergies", N_("Allergies")),
    ("unpaid", N_("file|Unpaid")),
    ("phone", N_("Phone")),
    ("document", N_("file|Document")),
    ("address", N_("file|Address")),
    ("ethnic", N_("file|Ethnic group")),
    ("payer", N_("file|Payer")),
    ("guardian", N_("Guardian")),
    ("since", N_("On file since")),
)
#: On a screen lower than this the latest visits need the room of what stands in the banner or is asked once a year.
_LOW: Final = 420
_SELDOM_ASKED: Final = frozenset({"ethnic", "payer", "since"})
_LEAST_NAME: Final = 64
#: English departments are long. The state of the visit selected stands below the list as well.
_LEAST_DEPARTMENT, _LEAST_ENGLISH_DEPARTMENT = 72, 128
_TONES: Final = {"CANCELLED": "plain", "NO_SHOW": "plain", "FINISHED": "done", "CLOSED": "done"}

LIKENESSES: Final = (
    Column(title=N_("Name"), text=lambda each: each.hit.name, strong=True),
    Column(title=N_("file|Born"), text=lambda each: each.hit.birth_date.isoformat(), width=88),
    Column(title=N_("likeness|Same"), text=lambda each: tr(each.why), width=124, quiet=True),
)


def _visit_columns(department: Callable[[str], str]) -> tuple[Column, ...]:
    return (
        Column(title=N_("visit|Date"), text=lambda visit: visit.date.isoformat(), width=88),
        Column(title=N_("visit|Dept."), text=lambda visit: department(visit.department)),
        Column(
            title=N_("visit|State"),
            text=lambda visit: VISIT.label(visit.state),
            tone=lambda visit: _TONES.get(visit.state, "info"),
            width=100,
        ),
    )


class PatientCard(QStackedWidget):
    """``picked(VisitBrief | None)`` fires when another visit is selected; ``show_document`` shows the whole number until the next patient.

    ``department`` gives a department's name in the current language.
    """

    picked = Signal(object)

    def __init__(self, department: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._department = department
        self._patient: PatientSummary | None = None
        self._lists: Lists | None = None
        self._open_document = False
        self._low = False
        self.facts = {key: QLabel() for key, _ in _FACTS}
        self.visits = Table(_visit_columns(department), key=lambda visit: visit.id, empty=N_("file|This is the first visit."), dense=True)
        Fitting(self.visits, least=_LEAST_DEPARTMENT, least_english=_LEAST_ENGLISH_DEPARTMENT, first_to_go=(2,))
        self.diagnoses = QLabel()
        self.cancelling = CancelRow()
        self.addWidget(
            EmptyState(N_("file|Nobody is chosen yet."), N_("Lay an ID card on the reader, scan a code, or type in the search."), key="F2")
        )
        self.addWidget(self._card())
        self.likeness = LikenessList()
        self.addWidget(self.likeness)
        self.setProperty("ground", "surface")

    def _card(self) -> QWidget:
        card = QWidget()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self._facts_grid())
        layout.addWidget(Hairline())
        layout.addWidget(SectionTitle(N_("file|Latest visits")))
        layout.addWidget(self.visits, 1)
        self.diagnoses.setProperty("type", "note")
        self.diagnoses.setWordWrap(True)
        layout.addWidget(self.diagnoses)
        layout.addWidget(self.cancelling)
        self.visits.moved.connect(self._moved)
        self.visits.setMinimumHeight(4 * theme.DENSE_ROW)
        card.setProperty("ground", "surface")
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(card)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _facts_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._titles: dict[str, Label] = {}
        for row, (key, title) in enumerate(_FACTS):
            self._titles[key] = Label(title, "note")
            self._titles[key].setContentsMargins(0, 2, 0, 0)
            value = self.facts[key]
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(self._titles[key], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        return grid

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_patient(self, patient: PatientSummary | None, lists: Lists | None) -> None:
        """Show a patient; the visit that was selected stays selected."""
        before = self._patient
        if patient is None or before is None or patient.id != before.id:
            self._open_document = False
            self.cancelling.hide()
            self.visits.set_rows(())
        self._patient, self._lists = patient, lists
        self.setCurrentIndex(0 if patient is None else 1)
        self.retranslate()
        if patient is not None:
            self.visits.set_rows(patient.visits)
            if patient.today is not None and (before is None or before.today is None or before.today.id != patient.today.id):
                self.visits.select(patient.today.id)

    def show_likeness(self, shown: bool) -> None:
        """While a new file is written: who on file could be the same person, in the place of the card."""
        self.setCurrentIndex(2 if shown else 0 if self._patient is None else 1)

    def show_document(self) -> None:
        """Show the document's whole number, or hide it again."""
        self._open_document = not self._open_document
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        patient = self._patient
        if patient is None:
            return
        self._tint("allergies", allergy_badge(patient.file)[1])
        self._tint("unpaid", "warning")
        self._low = self.height() < _LOW
        for key, words in self._words(patient).items():
            shown = bool(words) and not (self._low and key in _SELDOM_ASKED)
            self.facts[key].setText(words)
            self.facts[key].setVisible(shown)
            self._titles[key].setVisible(shown)
        self._say_diagnoses(self.visits.current())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._low is not (self.height() < _LOW):
            self.retranslate()

    def _words(self, patient: PatientSummary) -> dict[str, str]:
        file = patient.file
        kind = tr(dict(DOCUMENTS)[file.document_kind.value])
        number = file.document_number if self._open_document else mask_document(file.document_number)
        groups = self._lists.ethnic_groups if self._lists else ()
        return {
            "allergies": _allergies(patient),
            "unpaid": format_yuan(patient.unpaid_fen) if patient.unpaid_fen else "",
            "phone": phone(file.phone),
            "document": f"{kind} {number}".strip(),
            "address": file.address,
            "ethnic": next((name_of(group) for group in groups if group.code == file.ethnic_group), ""),
            "payer": payer(file.payer),
            "guardian": f"{file.guardian_name} {phone(file.guardian_phone)}".strip(),
            "since": day(patient.registered_at.date()),
        }

    def _tint(self, key: str, tone: str) -> None:
        label = self.facts[key]
        label.setProperty("tone", "" if tone == "done" else tone)
        label.style().polish(label)

    def _moved(self, visit: VisitBrief | None) -> None:
        self._say_diagnoses(visit)
        self.picked.emit(visit)

    def _say_diagnoses(self, visit: VisitBrief | None) -> None:
        words = tr("list separator|, ").join(visit.diagnoses) if visit else ""
        number = tr("visit|Visit {number}", number=visit.number) if visit else ""
        doctor = f"{self._department(visit.department)} {visit.doctor}".strip() if visit else ""
        state = VISIT.label(visit.state) if visit else ""
        self.diagnoses.setText("　".join(part for part in (number, visit.queue_number if visit else "", state, doctor, words) if part))


def _allergies(patient: PatientSummary) -> str:
    """The state in words; of known substances each, the severe ones marked."""
    if patient.file.allergy_state is not AllergyState.KNOWN:
        return allergy_badge(patient.file)[0]
    named = (tr("file|{substance} (severe)", substance=each.text) if each.severe else each.text for each in patient.file.allergies)
    return tr("list separator|, ").join(named)


class LikenessList(QWidget):
    """Who on file could be the person in the form. ``opened(Likeness)`` fires when one of them is it."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        empty = N_("Nobody on file looks like this person.")
        self.table = Table(LIKENESSES, key=lambda each: each.hit.id, empty=empty)
        Fitting(self.table, least=_LEAST_NAME, first_to_go=(1,))
        self.table.chosen.connect(self.opened.emit)
        self.advice = Label(N_("Is it one of them? Enter opens that file instead of making a second one."), "note")
        self.advice.setWordWrap(True)
        self.setFocusProxy(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addWidget(SectionTitle(N_("Likely the same person")))
        layout.addWidget(self.advice)
        layout.addWidget(self.table, 1)
        self.show_found(())

    def show_found(self, found: Sequence[Likeness]) -> None:
        """Show the likenesses, the strongest first."""
        self.advice.setVisible(bool(found))
        self.table.set_rows(found)


class CancelRow(QWidget):
    """The reason of a cancellation, in place, when none of the usual ones fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confirmed: Callable[[str], None] | None = None
        self.field = TextInput(placeholder=N_("Why is the visit taken back?"), most=200)
        self.button = Button(run=self._confirm)
        self.button.setProperty("danger", True)
        from client.texts import text

        text(self.button.setText, N_("visit|Take back"))
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
