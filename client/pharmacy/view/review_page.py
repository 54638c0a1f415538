"""The prescription under review: whole, on one sheet, with what the rules say beside each drug."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.format import department, moment
from client.pharmacy import boiling, words
from client.pharmacy.view.reasons import ReasonPanel
from client.pharmacy.view.review_parts import DoctorPanel, EarlierDrugs
from client.widgets.badge import Badge
from client.widgets.empty import EmptyState
from client.widgets.form import Hairline, Label
from common.domain.money import format_yuan
from common.domain.prescription import WHOLE_PRESCRIPTION
from common.i18n import N_, tr
from common.messages.patients import AllergyState
from common.prescribing_errors import AllergyConflict

if TYPE_CHECKING:
    from datetime import tzinfo

    from client.pharmacy.review import Review
    from common.domain.prescription import Finding
    from common.messages.catalogue import DrugFacts, Lists
    from common.messages.consult import PrescriptionLine

TONES: Final = {"block": "danger", "ask": "warning", "inform": "info"}


class ReviewPage(QWidget):
    """Shows a :class:`~client.pharmacy.review.Review`, or what to do when none is open. ``zone``: the clinic's, not this computer's."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self.empty = EmptyState(N_("No prescription is open"), N_("Choose one in the list. The longest waiting stands first."), key="Alt+1")
        self.sheet = QFrame()
        self.sheet.setProperty("sheet", True)
        self.number = Label(type="emphasis")
        self.kind = Badge()
        self.amount = Label(type="emphasis")
        self.about = Label(type="secondary")
        self.diagnoses = QLabel()
        self.diagnoses.setWordWrap(True)
        self.allergies = Badge()
        self.newer = QLabel()
        self.newer.setProperty("tone", "danger")
        self.newer.setWordWrap(True)
        self.whole = QVBoxLayout()
        self.lines = QVBoxLayout()
        self.lines.setSpacing(0)
        self.scope = Label(type="note")
        self.scope.setWordWrap(True)
        self.back = ReasonPanel(
            N_("Send back to the doctor"),
            N_("Digits choose, Enter goes to the note, Enter again sends. Esc leaves it."),
            [reason for _code, reason in words.REJECT_REASONS],
            columns=3,
            note=N_("Note for the doctor"),
        )
        self.earlier = EarlierDrugs(zone)
        self.doctor = DoctorPanel(zone)
        self.paper = QScrollArea()
        self._shown: object = None
        self._lay_out()

    # --- laying out ----------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.sheet, 1)
        layout.addWidget(self.back)
        layout.addWidget(self.doctor)
        inside = QVBoxLayout(self.sheet)
        inside.setContentsMargins(theme.MARGIN, 12, theme.MARGIN, 12)
        inside.setSpacing(theme.GAP)
        inside.addLayout(self._head())
        inside.addWidget(Hairline())
        inside.addLayout(self._facts())
        inside.addWidget(Hairline())
        inside.addWidget(self._body(), 1)
        inside.addWidget(self.scope)
        self.show_review(None, None, {})

    def _head(self) -> QVBoxLayout:
        first = QHBoxLayout()
        first.setSpacing(theme.GAP)
        first.addWidget(self.number)
        first.addWidget(self.kind)
        first.addStretch(1)
        first.addWidget(self.amount)
        both = QVBoxLayout()
        both.setSpacing(2)
        both.addLayout(first)
        both.addWidget(self.about)
        return both

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        allergy = QHBoxLayout()
        allergy.setSpacing(theme.GAP)
        allergy.addWidget(self.allergies)
        allergy.addWidget(self.newer, 1)
        for row, title in enumerate((N_("pharmacy|Diagnosis"), N_("pharmacy|Allergies"))):
            grid.addWidget(Label(title, "secondary"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.diagnoses, 0, 1)
        grid.addLayout(allergy, 1, 1)
        return grid

    def _body(self) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("ground", "surface")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.GAP, 0)
        column.setSpacing(4)
        column.addLayout(self.whole)
        column.addLayout(self.lines)
        column.addWidget(self.earlier)
        column.addStretch(1)
        self.paper.setWidgetResizable(True)
        self.paper.setWidget(inside)
        self.paper.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.paper.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return self.paper

    # --- showing -------------------------------------------------------------------------------------------------------------------

    def show_review(self, review: Review | None, lists: Lists | None, drugs: dict[int, DrugFacts], alone: str = "") -> None:
        """The prescription as it stands. What is the same as before is not built anew. ``alone``: why it is not passed with others."""
        self.empty.setVisible(review is None)
        self.sheet.setVisible(review is not None)
        self.back.setVisible(review is not None and review.sending_back)
        self.doctor.setVisible(review is not None and review.asking)
        if review is None:
            self._shown = None
            return
        self._show_reasons(review)
        self.doctor.show_review(review, lists)
        findings = review.findings(lists)
        shown = (
            review,
            tr("pharmacy|Approve"),
            len(findings),
            review.patient,
            tuple(review.not_checked(lists)),
            lists is None,
            review.earlier,
            alone,
            boiling.words(review),
        )
        if shown == self._shown:
            return
        self._shown = shown
        self._show_head(review, lists)
        self._show_allergies(review)
        self._show_lines(review, lists, drugs, findings)
        self._show_scope(review, lists, alone)
        self.earlier.show_review(review)

    def focus(self) -> None:
        """The focus goes to where the next key belongs."""
        (self.back if self.back.isVisible() else self.doctor if self.doctor.isVisible() else self.paper).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def _show_reasons(self, review: Review) -> None:
        self.back.show_chosen({place for place, (code, _words) in enumerate(words.REJECT_REASONS) if code in review.reasons})
        note = self.back.note
        if note is not None and note.text() != review.note:
            note.setText(review.note)

    def _show_head(self, review: Review, lists: Lists | None) -> None:
        facts = review.facts
        self.number.setText(tr("pharmacy|Prescription {number}", number=facts.number))
        self.kind.set(words.kind_words(facts.kind), words.kind_tone(facts.kind))
        self.amount.setText(format_yuan(facts.amount_fen))
        self.about.setText(
            tr(
                "{department} {doctor}, signed {time}, valid until {until}",
                department=department(facts.department, lists),
                doctor=facts.doctor,
                time=moment(facts.signed_at.astimezone(self._zone)),
                until=f"{facts.valid_until.astimezone(self._zone):%m-%d %H:%M}",
            )
        )
        self.diagnoses.setText(tr("list separator|, ").join(facts.diagnoses))

    def _show_allergies(self, review: Review) -> None:
        facts = review.facts
        state = AllergyState(facts.allergy_state)
        if state is AllergyState.KNOWN:
            self.allergies.set(tr("Allergic: {substances}", substances=tr("list separator|, ").join(facts.allergies)), "danger")
        else:
            self.allergies.set(tr(_ALLERGY_WORDS[state]), "done" if state is AllergyState.NONE_KNOWN else "warning")
        differ = review.allergies_differ()
        self.newer.setText(tr("The patient's file says something else now; see above.") if differ else "")

    def _show_lines(self, review: Review, lists: Lists | None, drugs: dict[int, DrugFacts], findings: list[Finding]) -> None:
        _clear(self.whole)
        for finding in findings:
            if finding.line == WHOLE_PRESCRIPTION:
                self.whole.addWidget(_note(finding))
        if review.facts.herbal is not None:
            here = review.facts.herbal.decoct
            title = tr("boil|Clinic boils it") if here else tr("boil|Boiled at home")
            self.whole.addWidget(_badged(title, "info" if here else "plain", boiling.words(review)))
        _clear(self.lines)
        for number, line in enumerate(review.facts.lines):
            said = [finding for finding in findings if finding.line == number]
            self.lines.addWidget(RxLine(number, line, words.usage_words(line, lists, drugs.get(line.drug_id)), said))

    def _show_scope(self, review: Review, lists: Lists | None, alone: str) -> None:
        missing = review.not_checked(lists)
        checked = tr("Compared by rule: allergies, repetition, kind, age, amounts, days. Interactions and indication are for you to judge.")
        if missing:
            checked = tr("Not compared by rule: {drugs}.", drugs=tr("list separator|, ").join(missing)) + " " + checked
        self.scope.setText(checked + (" " + tr("By itself, because: {why}", why=alone) if alone else ""))


_ALLERGY_WORDS: Final = {
    AllergyState.NONE_KNOWN: N_("No known allergies"),
    AllergyState.NOT_ASKED: N_("Allergies not asked"),
    AllergyState.UNAVAILABLE: N_("Allergies cannot be learned"),
}


class RxLine(QWidget):
    """One drug: name and quantity, how it is taken, the doctor's reason, and what the rules say."""

    def __init__(self, number: int, line: PrescriptionLine, usage: str, findings: list[Finding]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 7, 0, 7)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        place = _label(f"{number + 1}", "note")
        place.setFixedWidth(18)
        place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(place, 0, 0)
        grid.addWidget(_drug(line), 0, 1)
        for column, (words_, type_, width) in enumerate(
            ((line.quantity_text, "emphasis", 92), (format_yuan(line.amount_fen), "", 84)), start=2
        ):
            right = _label(words_, type_)
            right.setMinimumWidth(width)
            right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(right, 0, column)
        grid.addWidget(_wrapped(f"{usage} × {words.days_words(line.days)}"), 1, 1, 1, 3)
        for row, widget in enumerate(self._notes(line, findings), start=2):
            grid.addWidget(widget, row, 1, 1, 3)
        grid.addWidget(Hairline(), 20, 0, 1, 4)

    def _notes(self, line: PrescriptionLine, findings: list[Finding]) -> list[QWidget]:
        notes: list[QWidget] = []
        if line.skin_test == "required":
            notes.append(_badged(tr("Skin test needed: look for its result"), "warning", ""))
        notes += [_note(finding, answered=bool(line.reason)) for finding in findings]
        if line.reason:
            notes.append(_badged(tr("The doctor's reason"), "plain", line.reason))
        return notes


def _drug(line: PrescriptionLine) -> QLabel:
    """Name and specification in one text, so that they wrap together: neither may be cut."""
    label = Label(type="emphasis")
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    specification = f'<span style="font-size:{theme.BODY}px; font-weight:400">{escape(words.specification_words(line))}</span>'
    label.setText(f'<span style="font-weight:500">{escape(line.name)}</span>&nbsp; {specification}')
    return label


def _note(finding: Finding, *, answered: bool = False) -> QWidget:
    informed = tr("pharmacy|Answered by the doctor") if answered else tr("pharmacy|For your information")
    titles = {"block": tr("pharmacy|Not allowed"), "ask": tr("pharmacy|Look at this"), "inform": informed}
    # An allergy stays red, whatever the doctor wrote about it.
    tone = "danger" if isinstance(finding.error, AllergyConflict) else TONES[finding.severity]
    return _badged(titles[finding.severity], tone, finding.error.sentence())


def _badged(title: str, tone: str, said: str) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GAP)
    badge = Badge(title, tone)
    badge.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    row.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(_wrapped(said), 1)
    return holder


def _label(said: str, type_: str = "") -> QLabel:
    label = Label(type=type_)
    label.setText(said)
    return label


def _wrapped(said: str) -> QLabel:
    label = QLabel(said)
    label.setWordWrap(True)
    return label


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
