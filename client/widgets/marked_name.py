"""Names of drugs that are mixed up 看似听似, with the characters marked that tell them apart: bolder, underlined and in another colour, so that
colour never speaks alone. Latin letters get tall (predniSONE)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from client import theme
from client.widgets.form import Label
from common.domain.likeness import pieces, read_marks, write_marks

if TYPE_CHECKING:
    from collections.abc import Callable


class MarkedDrug(Protocol):
    """What is picked: a drug or a line of a prescription."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def specification(self) -> str:
        """Strength and pack."""
        ...

    @property
    def name_marks(self) -> str:
        """Which of the name's characters are marked (:mod:`common.domain.likeness`)."""
        ...

    @property
    def specification_marks(self) -> str:
        """Which of the specification's."""
        ...


GAP = "  "


def marks_of_both(drug: MarkedDrug) -> str:
    """The marks of name and specification written one behind the other with :data:`GAP` between them."""
    shift = len(drug.name) + len(GAP)
    spans = read_marks(drug.name_marks, len(drug.name))
    spans += [(start + shift, end + shift) for start, end in read_marks(drug.specification_marks, len(drug.specification))]
    return write_marks(spans)


def marked_html(text: str, marks: str) -> str:
    """For labels: the text with its marked characters, escaped."""
    colour = theme.now().warning.ink
    return "".join(
        f'<span style="color:{colour}; font-weight:700; text-decoration:underline">{escape(part)}</span>' if marked else escape(part)
        for part, marked in pieces(text, marks)
    )


class MarkedLabel(Label):
    """A label of :func:`marked_html`, in the colours of whatever theme is shown."""

    def __init__(self, type: str = "") -> None:
        super().__init__(type=type)
        self._said: Callable[[], str] = str
        self.setTextFormat(Qt.TextFormat.RichText)
        theme.signals().changed.connect(self._tell)

    def say(self, said: Callable[[], str]) -> None:
        """Show the HTML that ``said`` gives, now and after the theme changed."""
        self._said = said
        self._tell()

    def _tell(self) -> None:
        self.setText(self._said())


def paint_marked(painter: QPainter, room: QRect, text: str, marks: str, align: int = int(Qt.AlignmentFlag.AlignVCenter)) -> None:
    """Draw the text into one row with the painter's font and colour; what does not fit ends in an ellipsis, and marked characters first make room."""
    plain, bold, colour = painter.font(), QFont(painter.font()), painter.pen().color()
    bold.setWeight(QFont.Weight.Bold)
    bold.setUnderline(True)
    x, right = room.x(), room.right() + 1
    for part, marked in pieces(text, marks):
        painter.setFont(bold if marked else plain)
        painter.setPen(QColor(theme.now().warning.ink) if marked else colour)
        metrics: QFontMetrics = painter.fontMetrics()
        shown = metrics.elidedText(part, Qt.TextElideMode.ElideRight, right - x)
        painter.drawText(QRect(x, room.y(), right - x, room.height()), align | int(Qt.AlignmentFlag.AlignLeft), shown)
        x += metrics.horizontalAdvance(shown)
        if shown != part or x >= right:
            break
    painter.setFont(plain)
    painter.setPen(colour)
