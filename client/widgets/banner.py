"""The patient banner: one component, the same on every desk, never covered while a patient is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from client import texts, theme
from client.format import age_of, payer, sex
from client.widgets.badge import Badge
from client.widgets.form import Label
from common.domain.money import format_yuan
from common.domain.states import VISIT
from common.i18n import tr
from common.messages.patients import AllergyState

if TYPE_CHECKING:
    from datetime import date

    from common.messages.patients import PatientFile, PatientSummary

_EDGE = 5
#: So much of a name stands there whatever else does: about four signs.
_LEAST_NAME = 96


class PatientBanner(QWidget):
    """Shows a :class:`~common.messages.patients.PatientSummary`. ``clinical=False`` leaves the allergies out."""

    def __init__(self, *, clinical: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clinical = clinical
        self._summary: PatientSummary | None = None
        self._today: date | None = None
        self.setFixedHeight(theme.BANNER)
        self.setProperty("ground", "surface")
        self.name = Label(type="heading")
        self.name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.person = Label()
        self.paper = Label(type="secondary")
        self.allergy = Badge()
        self.allergy.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.payer = Label(type="secondary")
        self.visit = Badge()
        self.unpaid = Badge()
        self._lay_out()
        theme.signals().changed.connect(self.update)
        texts.signals().changed.connect(self._say)
        self.hide()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN + _EDGE, 0, theme.MARGIN, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self.name)
        layout.addWidget(self.person)
        layout.addWidget(self.paper)
        layout.addStretch(1)
        for widget in (self.allergy, self.payer, self.visit, self.unpaid):
            layout.addWidget(widget)

    def show_patient(self, summary: PatientSummary | None, today: date) -> None:
        """Show a patient, or hide."""
        self._summary, self._today = summary, today
        self.setVisible(summary is not None)
        self._say()
        self.update()

    def patient_number(self) -> str:
        """The number of the patient shown; empty if none is."""
        return self._summary.number if self._summary else ""

    def _say(self, _language: str = "") -> None:
        summary = self._summary
        if summary is None or self._today is None:
            return
        file = summary.file
        self.person.setText(f"{sex(file.sex)}　{age_of(file.birth_date, self._today)}　{file.birth_date.isoformat()}")
        tail = tr("document …{tail}", tail=file.document_number[-4:]) if file.document_number else tr("no document")
        self.paper.setText(f"{summary.number}　{tail}")
        words, tone = allergy_badge(file)
        self.allergy.set(words if self._clinical else "", tone)
        self.allergy.setToolTip(words)
        self.payer.setText(payer(file.payer))
        self._say_visit(summary)
        self._fit()

    def _fit(self) -> None:
        """Where there is no room for all of it, the number's tail goes first, then the name is cut; the allergies never are."""
        if self._summary is None:
            return
        name, metrics = self._summary.file.name, self.name.fontMetrics()
        wanted = metrics.horizontalAdvance(name) + 4
        self.paper.setVisible(wanted <= self._room(paper=True))
        room = max(min(wanted, self._room(paper=self.paper.isVisibleTo(self))), _LEAST_NAME)
        self.name.setFixedWidth(min(wanted, room))
        self.name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideRight, room))
        self.name.setToolTip(name if room < wanted else "")

    def _room(self, *, paper: bool) -> int:
        """What the others leave to the name."""
        others = [self.person, *([self.paper] if paper else []), self.allergy, self.payer, self.visit, self.unpaid]
        shown = [each for each in others if each is self.paper or each.isVisibleTo(self)]
        margins = 2 * theme.MARGIN + _EDGE
        return self.width() - margins - sum(each.sizeHint().width() + theme.MARGIN for each in shown) - theme.MARGIN

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _say_visit(self, summary: PatientSummary) -> None:
        today = summary.today
        if today is None:
            self.visit.set(tr("No visit today"), "plain")
        else:
            self.visit.set(f"{today.department} {today.queue_number} {VISIT.label(today.state)}", "info")
        owes = tr("Unpaid {amount}", amount=format_yuan(summary.unpaid_fen)) if summary.unpaid_fen else ""
        self.unpaid.set(owes, "warning")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.now()
        painter.fillRect(self.rect(), QColor(look.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(look.line))
        if self._summary is not None:
            painter.fillRect(0, 0, _EDGE, self.height() - 1, theme.patient_colour(self._summary.number))


def allergy_badge(file: PatientFile) -> tuple[str, str]:
    """Words and tone of the allergy badge. An empty list alone never reads as "none"."""
    if file.allergy_state is AllergyState.KNOWN:
        return tr("Allergic: {substances}", substances=tr("list separator|, ").join(each.text for each in file.allergies)), "danger"
    if file.allergy_state is AllergyState.NONE_KNOWN:
        return tr("No known allergies"), "done"
    if file.allergy_state is AllergyState.NOT_ASKED:
        return tr("Allergies not asked"), "warning"
    return tr("Allergies cannot be learned"), "warning"
