"""Below the prescription under review: what the patient was prescribed before, and where the doctor is reached."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.format import department, moment
from client.pharmacy.asking import OUTCOMES
from client.pharmacy.view.reasons import ReasonPanel
from client.widgets.form import Label, SectionTitle
from common.domain.states import PRESCRIPTION
from common.i18n import N_, tr
from common.messages.reviewing import DoctorOutcome

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.pharmacy.review import Review
    from common.messages.catalogue import Lists
    from common.messages.reviewing import DoctorCallFacts, DoctorContact, EarlierDrug

#: So many earlier drugs are named one by one; the rest are counted.
SHOWN: Final = 8
_OUTCOME_WORDS: Final = dict(OUTCOMES)


class EarlierDrugs(QWidget):
    """Drug, how much, when and by whom; one that is prescribed again now is marked."""

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self._zone = zone
        self.heading = SectionTitle(N_("pharmacy|Prescribed in the last 90 days"))
        self.rows = QGridLayout()
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setHorizontalSpacing(theme.MARGIN)
        self.rows.setVerticalSpacing(2)
        self.rows.setColumnStretch(1, 1)
        self.more = Label(type="note")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GAP, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addLayout(self.rows)
        layout.addWidget(self.more)

    def show_review(self, review: Review) -> None:
        """What is known by now; nothing until it has come."""
        while (item := self.rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        found = review.earlier
        self.setVisible(found is not None)
        again = {line.drug_id for line in review.facts.lines}
        for row, line in enumerate((found or ())[:SHOWN]):
            for column, label in enumerate(self._labels(line, again=line.drug_id in again)):
                self.rows.addWidget(label, row, column)
        left = len(found or ()) - SHOWN
        self.more.setText(tr("pharmacy|and {n} more", n=left) if left > 0 else "" if found else tr("pharmacy|Nothing else."))
        self.more.setVisible(bool(self.more.text()))

    def _labels(self, line: EarlierDrug, *, again: bool) -> tuple[QLabel, ...]:
        what = QLabel()
        what.setTextFormat(Qt.TextFormat.RichText)
        mark = f" <b>{escape(tr('pharmacy|again now'))}</b>" if again else ""
        what.setText(f"{escape(line.name)} {escape(line.specification)} × {escape(line.quantity_text)}{mark}")
        if again:
            what.setProperty("tone", "warning")
        when = Label(type="secondary")
        when.setText(f"{line.signed_at.astimezone(self._zone):%m-%d}")
        who = Label(type="secondary")
        who.setText(f"{line.doctor} · {PRESCRIPTION.label(line.state)}")
        return when, what, who


class DoctorPanel(ReasonPanel):
    """Phone and room, what was asked before, and the outcomes by their digits."""

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__(
            N_("Ask the doctor"),
            N_("Digits choose what came of it, Enter goes to the note, Enter again writes it down. Esc leaves it."),
            [words for _outcome, words in OUTCOMES],
            columns=4,
            note=N_("What the doctor said"),
        )
        self._zone = zone
        self.where = Label(type="emphasis")
        self.where.setWordWrap(True)
        self.before = Label(type="note")
        self.before.setWordWrap(True)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.where)
        layout.insertWidget(2, self.before)

    def show_review(self, review: Review, lists: Lists | None) -> None:
        """Where the doctor is, and what is chosen."""
        contact = review.contact
        self.where.setText(where_words(contact, lists) if contact is not None else "")
        calls = contact.calls if contact is not None else ()
        self.before.setText("\n".join(call_words(call, self._zone) for call in calls))
        self.before.setVisible(bool(calls))
        self.show_chosen({place for place, (outcome, _words) in enumerate(OUTCOMES) if outcome is review.outcome})
        if self.note is not None and self.note.text() != review.outcome_note:
            self.note.setText(review.outcome_note)


def where_words(contact: DoctorContact, lists: Lists | None) -> str:
    """``方舟 主治医师 · 内科 · 诊室 203 · 电话 8021``."""
    rooms = tr("list separator|, ").join(contact.rooms) if contact.rooms else ""
    parts = (
        " ".join(filter(None, (contact.doctor, contact.title))),
        department(contact.department, lists),
        tr("doctor|Room {room}", room=rooms) if rooms else tr("doctor|no room today"),
        tr("doctor|Phone {phone}", phone=contact.phone) if contact.phone else tr("doctor|no phone known"),
    )
    return " · ".join(part for part in parts if part)


def call_words(call: DoctorCallFacts, zone: tzinfo | None) -> str:
    """One call that was written down."""
    said = tr(
        "{time} {by}: {outcome}", time=moment(call.at.astimezone(zone)), by=call.by, outcome=tr(_OUTCOME_WORDS[DoctorOutcome(call.outcome)])
    )
    return f"{said} ({call.note})" if call.note else said
