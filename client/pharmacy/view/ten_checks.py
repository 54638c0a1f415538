"""四查十对: the ten items that a pharmacist compares before the drugs leave the hand (处方管理办法 Art. 37)."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from client import theme
from client.format import department, sex
from client.pharmacy import words
from client.widgets.badge import Badge
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.marked_name import MarkedLabel, marked_html
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
#: First column, columns and share of the width of each look; the quantities have a column of their own.
_PLACES: Final = ((0, 1, 3), (1, 2, 6), (3, 1, 6), (4, 1, 4))
#: A department, and a long name in few rows.
_LEAST_PERSON: Final = 104


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
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for (title, items), (column, span, stretch) in zip(LOOKS, _PLACES, strict=True):
            grid.setColumnStretch(column, stretch)
            grid.addLayout(_heading(title, items), 0, column, 1, span)
        grid.setColumnMinimumWidth(0, _LEAST_PERSON)
        grid.addWidget(Hairline(), 1, 0, 1, 5)
        count = max(1, len(facts.lines))
        grid.addWidget(_cell(_person(facts, lists)), 2, 0, count, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_cell("\n".join(facts.diagnoses)), 2, 4, count, 1, Qt.AlignmentFlag.AlignTop)
        for row, line in enumerate(facts.lines, start=2):
            quantity = QLabel(line.quantity_text)
            drug = MarkedLabel()
            drug.setWordWrap(True)
            drug.say(partial(_drug, line))
            grid.addWidget(drug, row, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(quantity, row, 2, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            grid.addLayout(_usage(line, lists, drugs.get(line.drug_id)), row, 3, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(2 + count, 1)
        self.setWidget(inside)


def _heading(title: str, items: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(SectionTitle(title))
    note = Label(items, "note")
    note.setWordWrap(True)
    column.addWidget(note)
    column.addStretch(1)
    return column


def _cell(said: str) -> QLabel:
    label = QLabel(said)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return label


def _person(facts: PrescriptionFacts, lists: Lists | None) -> str:
    return "\n".join((department(facts.department, lists), facts.patient_name, f"{sex(facts.sex)} {words.age_words(facts.age)}"))


def _drug(line: PrescriptionLine) -> str:
    """Name, form where the name does not say it, and specification, as HTML."""
    # A form's last character only says that it is one: the tablet of "tablet form" is what stands in a name.
    form = "" if line.form[:-1] in line.name else f" {escape(line.form)}"
    return f"{marked_html(line.name, line.name_marks)}{form} {marked_html(words.specification_words(line), line.specification_marks)}"


def _usage(line: PrescriptionLine, lists: Lists | None, drug: DrugFacts | None) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2)
    if line.skin_test == "required":
        column.addWidget(Badge(tr("Skin test needed: look for its result"), "warning"), 0, Qt.AlignmentFlag.AlignLeft)
    column.addWidget(_cell(words.usage_words(line, lists, drug)))
    return column
