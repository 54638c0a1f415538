"""A settlement that is under way with somebody outside: what is being asked, for how long, and what the other side said. In place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from client import settlements, texts, theme
from client.format import clock
from client.texts import text
from client.widgets.badge import Badge, paint_sign
from client.widgets.buttons import Button
from client.widgets.form import Hairline, Label
from common.domain.money import format_yuan
from common.domain.states import SETTLEMENT
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from common.messages.settlement import OutsideStep, SettlementFacts

TICK_MS: Final = 1000
#: So many of the last steps are shown.
SHOWN: Final = 7
TONES: Final = {"OPEN": "info", "QUOTED": "info", "UNKNOWN": "warning", "DONE": "done", "FAILED": "danger"}
_LINE: Final = 20
_SIGN: Final = 12


class SettlementPane(QWidget):
    """``show_settlement(facts)`` shows one; ``now()`` is the clinic's clock. ``retry`` and ``give_up`` are what the two buttons do.

    The keys on the buttons are the desk's own actions: ``key`` asks again, Esc gives up.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        retry: Callable[[], object],
        give_up: Callable[[], object],
        key: str = "F10",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._key = key
        self.facts: SettlementFacts | None = None
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.state = Badge()
        self.patient, self.amount = Label(type="emphasis"), Label(type="figure")
        self.heading, self.seconds = Label(type="heading"), Label(type="note")
        self.steps = _Steps()
        self.advice = _Advice()
        self.retry = Button(key=key, run=retry)
        self.give_up = Button(key="Esc", run=give_up)
        text(self.retry.setText, N_("verb|Ask again now"))
        text(self.give_up.setText, N_("verb|Give up"))
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._lay_out()
        texts.signals().changed.connect(self._retranslate)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.GAP)
        layout.setSpacing(theme.GAP)
        self.heading.setWordWrap(True)
        for label in (self.patient, self.heading):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        first = QHBoxLayout()
        first.addWidget(self.patient, 1)
        first.addWidget(self.state)
        layout.addLayout(first)
        layout.addWidget(self.amount, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(Hairline())
        layout.addWidget(self.heading)
        layout.addWidget(self.seconds)
        layout.addWidget(self.steps)
        layout.addWidget(self.advice)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.retry)
        buttons.addWidget(self.give_up)
        layout.addLayout(buttons)
        layout.addStretch(1)

    def show_settlement(self, facts: SettlementFacts) -> None:
        """Show where it stands; the seconds count on by themselves."""
        self.facts = facts
        self.patient.setText(facts.patient_name)
        self.amount.setText(format_yuan(facts.expected_fen))
        self.state.set(SETTLEMENT.label(facts.state), TONES.get(facts.state, "plain"))
        self.heading.setText(settlements.heading(facts))
        self.advice.say(settlements.advice(facts, self._key), "warning" if facts.state == "UNKNOWN" else "")
        self.steps.show_steps(facts.steps, self._now().tzinfo)
        self.retry.setVisible(facts.state == "UNKNOWN")
        self.give_up.setVisible(facts.can_cancel)
        self._tick()
        if facts.state in settlements.ENDED:
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()

    def forget(self) -> None:
        """Nothing is under way here any more."""
        self.facts = None
        self._clock.stop()

    def _tick(self) -> None:
        if self.facts is not None:
            self.seconds.setText(waited(self.facts, self._now()))

    def _retranslate(self, _language: str = "") -> None:
        if self.facts is not None:
            self.show_settlement(self.facts)


def waited(facts: SettlementFacts, now: datetime) -> str:
    """For how long it has been under way."""
    seconds = max(0, int((now - facts.opened_at).total_seconds()))
    if seconds < 120:
        return tr("outside|{n} s since it began", n=seconds)
    return tr("outside|{n} min since it began", n=seconds // 60)


class _Steps(QWidget):
    """The last steps, newest below: a sign, what was asked and when, and under it the other side's own words."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[OutsideStep, ...] = ()
        self._zone: tzinfo | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: tuple[OutsideStep, ...], zone: tzinfo | None) -> None:
        """Show the last of them, with the clinic's time."""
        self._steps, self._zone = steps[-SHOWN:], zone
        self.setFixedHeight(sum(self._height(step) for step in self._steps))
        self.setAccessibleName("\n".join(f"{settlements.party(step)} {settlements.act(step)} {step.message}" for step in self._steps))
        self.update()

    def _height(self, step: OutsideStep) -> int:
        return _LINE + (self._room(step, self.width() - 2 * _SIGN).height() + 4 if step.message else 0)

    def _room(self, step: OutsideStep, width: int) -> QRect:
        metrics = QFontMetrics(theme.font(theme.NOTE))
        return metrics.boundingRect(QRect(0, 0, max(width, 120), 2000), int(Qt.TextFlag.TextWordWrap), step.message)

    def resizeEvent(self, event: object) -> None:
        del event
        self.setFixedHeight(sum(self._height(step) for step in self._steps))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, top = QPainter(self), 0
        for step in self._steps:
            self._paint(painter, step, top)
            top += self._height(step)

    def _paint(self, painter: QPainter, step: OutsideStep, top: int) -> None:
        look, tone = theme.now(), settlements.tone(step)
        left, right = 2 * _SIGN, self.width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(look.secondary if tone == "plain" else look.tone(tone).ink)
        paint_sign(painter, QRectF(0, top + 5, 10, 10), tone, ink)
        painter.setFont(theme.font(theme.NOTE, QFont.Weight.Medium))
        painter.setPen(QColor(look.text))
        words = f"{settlements.party(step)}　{settlements.act(step)}"
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(left, top, right - left - 64, _LINE), middle | int(Qt.AlignmentFlag.AlignLeft), words)
        painter.setPen(QColor(look.secondary))
        painter.setFont(theme.font(theme.NOTE))
        painter.drawText(
            QRect(right - 64, top, 64, _LINE), middle | int(Qt.AlignmentFlag.AlignRight), clock(step.at.astimezone(self._zone))
        )
        if step.message:
            painter.setPen(ink)
            room = self._room(step, right - left).translated(left, top + _LINE)
            painter.drawText(room, int(Qt.TextFlag.TextWordWrap), step.message)


class _Advice(QLabel):
    """What to do now; on the ground of its tone where it matters."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = ""
        self.setWordWrap(True)
        theme.signals().changed.connect(self._colour)

    def say(self, words: str, tone: str) -> None:
        """Say it."""
        self._tone = tone
        self.setText(words)
        self._colour()

    def _colour(self) -> None:
        look = theme.now()
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(look.tone(self._tone).ink if self._tone else look.secondary))
        if self._tone:
            palette.setColor(QPalette.ColorRole.Window, QColor(look.tone(self._tone).ground))
        self.setAutoFillBackground(bool(self._tone))
        self.setMargin(8 if self._tone else 0)
        self.setPalette(palette)
