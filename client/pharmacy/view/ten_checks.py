"""四查十对: the ten items that a pharmacist compares before the drugs leave the hand (处方管理办法 Art. 37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from client import theme
from client.format import sex
from client.pharmacy import words
from client.widgets.form import Hairline, Label, SectionTitle
from common.i18n import N_, current_language, tr

if TYPE_CHECKING:
    from common.messages.catalogue import DrugFacts, Lists
    from common.messages.consult import PrescriptionFacts, PrescriptionLine

#: The four looks, each with its items, numbered 1 to 10.
LOOKS: Final = (
    (N_("Look|Prescription"), N_("Look|1 dept., 2 name, 3 age")),
    (N_("Look|Drug"), N_("Look|4 name, 5 form, 6 specification, 7 quantity")),
    (N_("Look|Incompatibility"), N_("Look|8 properties, 9 usage and dose")),
    (N_("Look|Reason for use"), N_("Look|10 diagnosis")),
)


class TenChecks(QScrollArea):
    """Four columns; drugs and their usage stand in the same row."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_items(self, facts: PrescriptionFacts, lists: Lists | None, drugs: dict[int, DrugFacts]) -> None:
        """The items of a prescription; built anew only where something differs."""
        shown = (facts.id, current_language(), lists is None, tuple(line.drug_id in drugs for line in facts.lines))
        if shown == self._shown:
            return
        self._shown = shown
        inside = QWidget()
        inside.setProperty("ground", "surface")
        grid = QGridLayout(inside)
        grid.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(6)
        for column, stretch in enumerate((3, 5, 6, 4)):
            grid.setColumnStretch(column, stretch)
            title, items = LOOKS[column]
            grid.addLayout(_heading(title, items), 0, column, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(Hairline(), 1, 0, 1, 4)
        count = max(1, len(facts.lines))
        grid.addWidget(_cell(_person(facts)), 2, 0, count, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_cell("\n".join(facts.diagnoses)), 2, 3, count, 1, Qt.AlignmentFlag.AlignTop)
        for row, line in enumerate(facts.lines, start=2):
            grid.addWidget(_cell(_drug(line)), row, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_cell(_usage(line, lists, drugs.get(line.drug_id))), row, 2, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(2 + count, 1)
        self.setWidget(inside)


def _heading(title: str, items: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(SectionTitle(title))
    note = Label(items, "note")
    note.setWordWrap(True)
    column.addWidget(note)
    return column


def _cell(said: str) -> QLabel:
    label = QLabel(said)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return label


def _person(facts: PrescriptionFacts) -> str:
    return "\n".join((facts.department, facts.patient_name, f"{sex(facts.sex)} {words.age_words(facts.age)}"))


def _drug(line: PrescriptionLine) -> str:
    form = "" if line.form in line.name else f" {line.form}"
    return f"{line.name}{form} {line.specification} ×\u00a0{line.quantity_text}"


def _usage(line: PrescriptionLine, lists: Lists | None, drug: DrugFacts | None) -> str:
    test = f"{tr('Skin test needed: look for its result')} " if line.skin_test == "required" else ""
    return f"{test}{words.usage_words(line, lists, drug)}"
