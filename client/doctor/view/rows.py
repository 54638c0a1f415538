"""A prescription's line as it is read: two lines of words, its marks, and what the rules say below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from client import theme
from client.doctor import words
from client.doctor.view.columns import CELLS, LINE, cells
from client.widgets.badge import badge_width, paint_badge, paint_sign
from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.doctor.sheet import Catalogue, RxLine
    from common.domain.prescription import Finding
    from common.messages.consult import PrescriptionLine

TOP: Final = 4
SECOND: Final = 22
FINDING: Final = 22
TONES: Final = {"block": "danger", "ask": "warning", "inform": "info"}
_SAYS: Final = {"block": N_("finding|Not allowed"), "ask": N_("finding|Reason needed"), "inform": N_("finding|Note")}


@dataclass(frozen=True)
class Shown:
    """A line's words, whether it is being written or was signed. ``bracket``: top, middle, bottom of a group, or nothing."""

    number: int
    drug: str
    below: str
    cells: tuple[tuple[str, str], ...]
    marks: tuple[tuple[str, str], ...] = ()
    bracket: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    usage: str = ""

    def full(self) -> str:
        """What may be cut or short in the row, whole; for the tool tip."""
        return "\n".join(filter(None, (self.drug, self.usage, self.below)))


def written(line: RxLine, number: int, bracket: str, findings: Sequence[Finding], catalogue: Catalogue) -> Shown:
    """A line of the form."""
    amount = line.amount_fen(catalogue)
    texts = (
        ("dose", words.dose(line)),
        ("frequency", words.frequency_cell(line.frequency, catalogue)),
        ("route", words.route(line.route, catalogue)),
        ("days", str(line.days or "")),
        ("quantity", words.quantity(line, catalogue)),
        ("amount", words.bare_yuan(amount) if amount else ""),
    )
    usage = _usage(line.frequency, line.route, catalogue)
    below = "　".join(filter(None, (line.drug.specification, line.advice, _reason(line.reason))))
    return Shown(number, line.drug.name, below, texts, tuple(words.marks(line.drug)), bracket, said(findings), usage)


def signed(line: PrescriptionLine, number: int, bracket: str, catalogue: Catalogue) -> Shown:
    """A line of a signed prescription, as it was at signing; in English by the lists' names."""
    texts = (
        ("dose", f"{plain(line.dose)} {line.dose_unit}"),
        ("frequency", words.frequency_cell(line.frequency, catalogue, line.frequency_text)),
        ("route", words.route_cell(line.route, catalogue, line.route_text)),
        ("days", str(line.days)),
        ("quantity", line.quantity_text),
        ("amount", words.bare_yuan(line.amount_fen)),
    )
    handling = line.handling.words if line.handling is not None else ""
    below = "　".join(filter(None, (line.specification, f"{handling}{line.advice}", _reason(line.reason))))
    test = words.skin_test(line.skin_test)
    marks = ((test, "warning"),) if test else ()
    return Shown(number, line.name, below, texts, marks, bracket, usage=_usage(line.frequency, line.route, catalogue))


def said(findings: Sequence[Finding]) -> tuple[tuple[str, str], ...]:
    """Severity and sentence of each finding."""
    return tuple((each.severity, each.error.sentence()) for each in findings)


def brackets(groups: Sequence[int]) -> list[str]:
    """For each line its place in the bracket of its group; neighbours of the same group share one."""
    found = []
    for at, group in enumerate(groups):
        above = at > 0 and groups[at - 1] == group
        below = at + 1 < len(groups) and groups[at + 1] == group
        found.append("" if not group or not (above or below) else "middle" if above and below else "bottom" if above else "top")
    return found


def _usage(frequency: str, route: str, catalogue: Catalogue) -> str:
    return tr("list separator|, ").join(filter(None, (words.frequency(frequency, catalogue), words.route(route, catalogue))))


def _reason(reason: str) -> str:
    return tr("Reason: {reason}", reason=reason) if reason else ""


def paint_finding(painter: QPainter, box: QRect, severity: str, sentence: str) -> None:
    """One finding: its sign, what kind it is, and the sentence."""
    ink = QColor(theme.now().tone(TONES[severity]).ink)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_sign(painter, QRectF(box.x(), box.center().y() - 5, 10, 10), TONES[severity], ink)
    painter.setFont(theme.font(theme.NOTE, QFont.Weight.Medium))
    painter.setPen(ink)
    kind = tr(_SAYS[severity])
    left = box.adjusted(16, 0, 0, 0)
    painter.drawText(left, int(Qt.AlignmentFlag.AlignVCenter), kind)
    rest = left.adjusted(painter.fontMetrics().horizontalAdvance(kind) + 8, 0, 0, 0)
    painter.setFont(theme.font(theme.NOTE))
    shown = painter.fontMetrics().elidedText(sentence, Qt.TextElideMode.ElideRight, rest.width())
    painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), shown)
    painter.restore()


def paint_number(painter: QPainter, box: QRect, shown: Shown, height: int) -> None:
    """The running number, and the bracket of its group down the whole row."""
    look = theme.now()
    painter.setFont(theme.font(theme.BODY))
    painter.setPen(QColor(look.secondary))
    painter.drawText(box.adjusted(0, 0, -16, 0), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), f"{shown.number}.")
    if not shown.bracket:
        return
    x, ink = box.right() - 9, QColor(look.primary)
    top = 8 if shown.bracket == "top" else 0
    bottom = height - 8 if shown.bracket == "bottom" else height
    painter.fillRect(x, top, 2, bottom - top, ink)
    if shown.bracket == "top":
        painter.fillRect(x, top, 6, 2, ink)
    if shown.bracket == "bottom":
        painter.fillRect(x, bottom - 2, 6, 2, ink)


class RxRow(QWidget):
    """Paints a :class:`Shown`; ``pressed(number from 0)`` when somebody clicks it."""

    pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._editable = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, shown: Shown, *, editable: bool) -> None:
        """Show a line."""
        self._shown, self._editable = shown, editable
        self.setFixedHeight(self.sizeHint().height())
        self.setToolTip(shown.full())
        self.update()

    def sizeHint(self) -> QSize:
        findings = len(self._shown.findings) if self._shown else 0
        return QSize(400, TOP + LINE - 4 + SECOND + FINDING * findings + 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._shown is not None and self._editable:
            self.pressed.emit(self._shown.number - 1)
        super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        shown, look = self._shown, theme.now()
        if shown is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(look.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(look.line))
        places = {name: box.translated(0, TOP - 2) for name, box in cells(self.width()).items()}
        paint_number(painter, places["number"], shown, self.height() - 1)
        _paint_text(painter, places["drug"], shown.drug, QFont.Weight.Medium)
        for name, text in shown.cells:
            right = name in ("days", "quantity", "amount")
            _paint_text(painter, places[name].adjusted(0 if right else 8, 0, -4 if right else 0, 0), text, right=right)
        left = places["drug"].x()
        below = QRect(left, TOP + LINE - 6, places["amount"].right() - left, SECOND)
        _paint_below(painter, below, shown)
        for at, (severity, sentence) in enumerate(shown.findings):
            paint_finding(painter, QRect(left, below.bottom() + 1 + at * FINDING, below.width(), FINDING), severity, sentence)


def _paint_text(painter: QPainter, box: QRect, text: str, weight: QFont.Weight = QFont.Weight.Normal, *, right: bool = False) -> None:
    painter.setFont(theme.font(theme.BODY, weight))
    painter.setPen(QColor(theme.now().text))
    align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | align), shown)


def _paint_below(painter: QPainter, box: QRect, shown: Shown) -> None:
    painter.setFont(theme.font(theme.NOTE))
    painter.setPen(QColor(theme.now().secondary))
    metrics = QFontMetrics(theme.font(theme.NOTE))
    room = box.width() - sum(badge_width(text, metrics) + 6 for text, _tone in shown.marks) - 8
    words_shown = metrics.elidedText(shown.below, Qt.TextElideMode.ElideRight, room)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), words_shown)
    x = box.x() + metrics.horizontalAdvance(words_shown) + 12
    for text, tone in shown.marks:
        width = badge_width(text, metrics)
        paint_badge(painter, QRect(x, box.y(), width, box.height()), text, tone)
        x += width + 6


class RxTitles(QWidget):
    """The titles above the cells."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.DENSE_ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.now().line))
        painter.setFont(theme.font(theme.NOTE))
        painter.setPen(QColor(theme.now().secondary))
        places = {name: QRect(box.x(), 0, box.width(), theme.DENSE_ROW - 1) for name, box in cells(self.width()).items()}
        painter.drawText(places["drug"], int(Qt.AlignmentFlag.AlignVCenter), tr("Drug"))
        for name, _size, title in CELLS:
            right = name in ("days", "quantity", "amount")
            align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(
                places[name].adjusted(0 if right else 8, 0, -4 if right else 0, 0), int(Qt.AlignmentFlag.AlignVCenter | align), tr(title)
            )
