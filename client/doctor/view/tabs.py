"""A tab for each prescription of a visit, with its state as word and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QTabBar, QWidget

from client import theme
from client.doctor.sheet import Sheet
from client.widgets.badge import paint_sign
from common.domain.states import PRESCRIPTION
from common.i18n import tr
from common.messages.consult import PrescriptionFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The tone of each state of a prescription.
STATE_TONES: Final = {
    "SUBMITTED": "info",
    "APPROVED": "done",
    "OVERRIDDEN": "done",
    "REJECTED": "danger",
    "PAID": "done",
    "PICKED": "done",
    "DISPENSED": "done",
    "PART_DISPENSED": "warning",
    "EXPIRED": "warning",
}


class RxTabs(QTabBar):
    """Signed prescriptions first, then those being written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setIconSize(QSize(10, 10))

    def show_tabs(self, tabs: Sequence[Sheet | PrescriptionFacts], shown: Sheet | PrescriptionFacts | None) -> None:
        """Show these tabs, with the one that is ``shown`` chosen; nothing is fired."""
        self.blockSignals(True)
        while self.count() > len(tabs):
            self.removeTab(self.count() - 1)
        while self.count() < len(tabs):
            self.addTab("")
        for at, tab in enumerate(tabs):
            self._dress_tab(at, tab)
            if tab is shown or (isinstance(tab, PrescriptionFacts) and isinstance(shown, PrescriptionFacts) and tab.id == shown.id):
                self.setCurrentIndex(at)
        self.blockSignals(False)

    def _dress_tab(self, at: int, tab: Sheet | PrescriptionFacts) -> None:
        if isinstance(tab, PrescriptionFacts):
            self.setTabText(at, tr("{n}. {state}", n=at + 1, state=PRESCRIPTION.label(tab.state)))
            self.setTabToolTip(at, tab.number)
            self.setTabIcon(at, _sign(STATE_TONES.get(tab.state, "plain")))
        else:
            self.setTabText(at, tr("{n}. New prescription", n=at + 1))
            self.setTabToolTip(at, "")
            self.setTabIcon(at, QIcon())


def _sign(tone: str) -> QIcon:
    """The shape of a tone as a small picture."""
    picture = QPixmap(20, 20)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_sign(painter, QRectF(0, 0, 10, 10), tone, QColor(theme.now().tone(tone).ink))
    painter.end()
    return QIcon(picture)
