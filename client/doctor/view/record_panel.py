"""The record: its parts in the order of the paper, each with its label beside it, and the diagnoses before the treatment."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from client import texts, theme
from client.doctor.view.diagnoses import DiagnosisList
from client.doctor.view.prose import ProseInput
from client.texts import text
from client.widgets.buttons import Button
from client.widgets.form import Label, SectionTitle
from common.domain.record import FIRST_VISIT, PARTS, REVISIT
from common.i18n import N_, tr
from common.messages.consult import RecordText
from common.messages.patients import AllergyState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from common.messages.consult import Diagnosis
    from common.messages.patients import PatientFile

#: 主诉: symptom and how long, in no more characters than this (病历书写基本规范).
CHIEF_LENGTH: Final = 20
_LINES: Final = {"present_illness": (3, 7), "examination": (2, 6), "treatment": (2, 5)}
#: With less width than this the diagnoses stand below their label.
_NARROW: Final = 400
#: What the key for the usual phrase writes into an empty part.
_PHRASES: Final = {
    "present_illness": N_("phrase|No fever, no other discomfort; appetite, sleep and weight as usual."),
    "past_history": N_("phrase|None of note."),
    "allergy_history": N_("phrase|Denies allergies to drugs and food."),
    "examination": N_("phrase|Nothing abnormal found."),
    "auxiliary": N_("phrase|None."),
    "treatment": N_("phrase|Drugs as prescribed; rest and drink enough; come back if it does not get better."),
}


class RecordPanel(QWidget):
    """``edited`` whenever a person changed record or diagnoses. The parts are named as in :data:`common.domain.record.PARTS`."""

    edited = Signal()
    passed_on = Signal()

    def __init__(self, find_diagnoses: Callable[[str, Callable[[Sequence[Any]], None]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._file: PatientFile | None = None
        self._showing = False
        self._narrow = False
        self._marked: frozenset[str] = frozenset()
        self._labels: dict[str, QLabel] = {}
        self.fields: dict[str, ProseInput] = {part: ProseInput(*_LINES.get(part, (1, 4))) for part in PARTS}
        self.diagnoses = DiagnosisList(find_diagnoses)
        self.first = Button(run=lambda: self.set_first_visit(first=True))
        self.again = Button(run=lambda: self.set_first_visit(first=False))
        self.saving = Label(type="note")
        self.count = Label(type="note")
        self._lay_out()
        self._connect()
        texts.signals().changed.connect(self._retranslate)

    # --- what it shows -----------------------------------------------------------------------------------------------------------

    def show_record(self, record: RecordText, diagnoses: Sequence[Diagnosis], file: PatientFile, *, writable: bool) -> None:
        """Show a record; nothing is fired."""
        self._showing, self._file = True, file
        for part, field in self.fields.items():
            field.set_text(getattr(record, part))
            field.setReadOnly(not writable)
        self.diagnoses.set_diagnoses(diagnoses)
        self.diagnoses.set_writable(writable)
        self._set_switch(first=record.first_visit)
        for button in (self.first, self.again):
            button.setEnabled(writable)
        self._marked = frozenset()
        self._say_labels()
        self._showing = False

    def record(self) -> RecordText:
        """The record as it stands in the fields."""
        return RecordText(first_visit=self.first.isChecked(), **{part: field.text() for part, field in self.fields.items()})

    def set_first_visit(self, *, first: bool) -> None:
        """Switch between first visit and re-visit; other parts are required then."""
        self._set_switch(first=first)
        self._say_labels()
        self._changed()

    def mark(self, parts: Iterable[str]) -> None:
        """Mark the parts that are missing."""
        self._marked = frozenset(parts)
        self._say_labels()

    def mark_theirs(self, theirs: RecordText) -> None:
        """In a conflict: show the other text of each part in which it differs, when one points at it."""
        mine = self.record()
        for part, field in self.fields.items():
            other = getattr(theirs, part)
            field.setToolTip(tr("The other text: {text}", text=other) if other != getattr(mine, part) else "")

    def go_to(self, part: str) -> None:
        """Put the focus into a part (``diagnoses`` too)."""
        field: QWidget = self.diagnoses if part == "diagnoses" else self.fields[part]
        (self.diagnoses.field if part == "diagnoses" else field).setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(field, 0, 40)

    def first_empty(self) -> str:
        """Where the work begins: the first part that is empty and has to be filled in."""
        required = self._required()
        return next((part for part in PARTS if part in required and not self.fields[part].text().strip()), "chief_complaint")

    def usual_phrase(self) -> bool:
        """Write the usual phrase into the part with the focus, and go on to the next. ``False`` if no part has one."""
        part = next((part for part, field in self.fields.items() if field.hasFocus()), "")
        phrase = self._phrase(part)
        if not phrase or self.fields[part].isReadOnly():
            return False
        field = self.fields[part]
        if field.text().strip():
            field.insertPlainText(phrase)
        else:
            field.set_text(phrase)
            self._next(part)
        return True

    def _phrase(self, part: str) -> str:
        """The usual phrase; of allergies what the patient's file knows goes first, so that the two cannot disagree."""
        if part == "allergy_history" and self._file is not None and self._file.allergy_state is AllergyState.KNOWN:
            substances = tr("list separator|, ").join(each.text for each in self._file.allergies)
            return tr("phrase|Allergic to {substances}.", substances=substances)
        return tr(_PHRASES[part]) if part in _PHRASES else ""

    # --- inside ------------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GAP, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self._head())
        layout.addWidget(self._body(), 1)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.setSpacing(theme.GAP)
        head.addWidget(SectionTitle(N_("Record")))
        head.addWidget(self.saving)
        head.addStretch(1)
        for button, source in ((self.first, N_("First visit")), (self.again, N_("Re-visit"))):
            text(button.setText, source)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            head.addWidget(button)
        return head

    def _body(self) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("ground", "surface")
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(theme.GAP)
        self._grid.setColumnStretch(1, 1)
        for row, part in enumerate(self._order()):
            self._row(2 * row, part)
        self._grid.setRowStretch(2 * len(self._order()), 1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        return self._scroll

    @staticmethod
    def _order() -> list[str]:
        """The parts, with the diagnoses before the treatment, as on paper."""
        parts = [part for part in PARTS if part != "treatment"]
        return [*parts, "diagnoses", "treatment"]

    def _row(self, row: int, part: str) -> None:
        label = QLabel()
        label.setProperty("type", "note")
        label.setWordWrap(True)
        label.setFixedWidth(82)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        label.setContentsMargins(0, 8, 0, 0)
        self._labels[part] = label
        field: QWidget = self.diagnoses if part == "diagnoses" else self.fields[part]
        field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, 1)
        if part == "chief_complaint":
            self.count.setParent(self.fields[part])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._narrow is not (self.width() < _NARROW):
            self._narrow = not self._narrow
            self._place_diagnoses()

    def _place_diagnoses(self) -> None:
        """On a small screen below their label: a name and a code of eleven characters have no room beside it."""
        row, label = 2 * self._order().index("diagnoses"), self._labels["diagnoses"]
        for widget in (label, self.diagnoses):
            self._grid.removeWidget(widget)
        self._grid.addWidget(label, row, 0, 1, 2 if self._narrow else 1, Qt.AlignmentFlag.AlignTop)
        if self._narrow:
            self._grid.addWidget(self.diagnoses, row + 1, 0, 1, 2)
        else:
            self._grid.addWidget(self.diagnoses, row, 1)

    def _connect(self) -> None:
        order = self._order()
        for part, field in self.fields.items():
            field.textChanged.connect(self._changed)
            field.finished.connect(lambda part=part: self._next(part))
        self.diagnoses.changed.connect(lambda _diagnoses: self._changed())
        self.diagnoses.finished.connect(lambda: self._next("diagnoses"))
        self.fields["chief_complaint"].installEventFilter(self)
        for earlier, later in pairwise(order):
            QWidget.setTabOrder(self._widget(earlier), self._widget(later))

    def _widget(self, part: str) -> QWidget:
        return self.diagnoses.field if part == "diagnoses" else self.fields[part]

    def _next(self, part: str) -> None:
        order = self._order()
        at = order.index(part)
        if at + 1 < len(order):
            self.go_to(order[at + 1])
        else:
            self.passed_on.emit()

    def _set_switch(self, *, first: bool) -> None:
        self.first.setChecked(first)
        self.again.setChecked(not first)

    def _required(self) -> frozenset[str]:
        return (FIRST_VISIT if self.first.isChecked() else REVISIT) | {"diagnoses"}

    def _changed(self) -> None:
        self._say_count()
        if not self._showing:
            if self._marked:
                self._marked = frozenset(part for part in self._marked if not self._filled(part))
                self._say_labels()
            self.edited.emit()

    def _filled(self, part: str) -> bool:
        return bool(self.diagnoses.diagnoses()) if part == "diagnoses" else bool(self.fields[part].text().strip())

    def _retranslate(self, _language: str) -> None:
        self._say_labels()

    def _say_labels(self) -> None:
        required = self._required()
        for part, label in self._labels.items():
            name = tr("Diagnosis") if part == "diagnoses" else tr(PARTS[part])
            label.setText(f"{name}\u00a0*" if part in required else name)
            wrong = part in self._marked
            label.setProperty("tone", "danger" if wrong else "")
            self._mark_field(part, wrong=wrong)
            label.style().unpolish(label)
            label.style().polish(label)
            if part != "diagnoses":
                self.fields[part].setAccessibleName(name)
        self._say_count()

    def _mark_field(self, part: str, *, wrong: bool) -> None:
        field: ProseInput | QLineEdit = self.diagnoses.field if part == "diagnoses" else self.fields[part]
        if part == "diagnoses":
            field.setPlaceholderText(tr("Missing") if wrong else tr("Code, name or initials"))
        else:
            field.setPlaceholderText(
                tr("Missing; F6 writes the usual phrase") if wrong and part in _PHRASES else tr("Missing") if wrong else ""
            )
        if bool(field.property("wrong")) != wrong:
            field.setProperty("wrong", wrong)
            field.style().unpolish(field)
            field.style().polish(field)

    def _say_count(self) -> None:
        length = len(self.fields["chief_complaint"].text().strip())
        over = length > CHIEF_LENGTH
        self.count.setText(tr("{n}/{most}, too long", n=length, most=CHIEF_LENGTH) if over else f"{length}/{CHIEF_LENGTH}")
        if self.count.property("tone") != ("warning" if over else ""):
            self.count.setProperty("tone", "warning" if over else "")
            self.count.style().unpolish(self.count)
            self.count.style().polish(self.count)
        self._place_count()

    def _place_count(self) -> None:
        field = self.fields["chief_complaint"]
        self.count.adjustSize()
        field.setViewportMargins(0, 0, self.count.width() + 8, 0)
        self.count.move(field.width() - self.count.width() - 8, 7)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.fields["chief_complaint"]:
            self._place_count()
        return super().eventFilter(watched, event)
