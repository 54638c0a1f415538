"""On a screen of 1024 px: nothing that was shown before keeps the window wide, and what matters most is cut last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from client import capture
from client.action import Action, Offer
from client.invoices.view.desk import InvoicesDesk
from client.shell.key_bar import KeyBar
from client.widgets.banner import PatientBanner
from common.i18n import CHINESE, ENGLISH, set_language
from common.messages.einvoice import ListEInvoices
from common.messages.invoices import ListInvoices, ListSegments, ReportGaps
from common.messages.patients import Allergy, AllergyState
from tests.client.cashier.samples import TODAY, patient
from tests.client.invoices import samples

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.client.stage import Stage

SMALL = 1024
NAME = "阿卜杜热合曼·阿卜杜克热木江买买提"


def offers() -> list[Offer]:
    """More than a small screen has room for."""
    rows = [Action(id=f"do{n}", title="A long title of an action", key=f"F{n}", run=lambda: None) for n in range(2, 12)]
    rows.append(Action(id="finish", title="Finish", key="F12", run=lambda: None, primary=True))
    return [Offer(row, "") for row in rows]


def test_the_key_bar_lets_the_window_shrink(app: QApplication, qtbot: QtBot) -> None:
    box, bar = QWidget(), KeyBar()
    layout = QVBoxLayout(box)
    layout.addWidget(bar)
    qtbot.addWidget(box)
    box.resize(3000, 60)
    box.show()
    bar.offer(offers())
    capture.settle()
    assert all(button.isVisible() for button in bar._buttons.values())
    box.resize(SMALL, 60)
    capture.settle()
    assert box.width() == SMALL
    assert bar._buttons["finish"].isVisible()
    assert bar._buttons["finish"].geometry().right() <= SMALL
    assert not all(button.isVisible() for button in bar._buttons.values())


def banner(qtbot: QtBot, width: int, name: str, *substances: str) -> PatientBanner:
    """The banner of somebody with allergies."""
    summary = patient(7, name)
    allergies = tuple(Allergy(text=each) for each in substances)
    file = msgspec.structs.replace(
        summary.file, allergy_state=AllergyState.KNOWN, allergies=allergies, document_number="310101198503142318"
    )
    shown = PatientBanner()
    qtbot.addWidget(shown)
    shown.resize(width, shown.height())
    shown.show()
    shown.show_patient(msgspec.structs.replace(summary, file=file), TODAY)
    capture.settle()
    return shown


def test_a_long_name_gives_way_before_the_allergies(app: QApplication, qtbot: QtBot) -> None:
    for language in (CHINESE, ENGLISH):
        set_language(language)
        small = banner(qtbot, SMALL, NAME, "青霉素", "磺胺类")
        assert small.allergy.width() >= small.allergy.sizeHint().width()
        assert small.name.text().startswith(NAME[:4])
        wide = banner(qtbot, 1920, NAME, "青霉素", "磺胺类")
        assert wide.name.text() == NAME
        assert wide.paper.isVisible()
    set_language(CHINESE)


def test_a_short_name_stays_whole(app: QApplication, qtbot: QtBot) -> None:
    small = banner(qtbot, SMALL, "欧阳春晓", "青霉素")
    assert small.name.text() == "欧阳春晓"
    assert small.allergy.width() >= small.allergy.sizeHint().width()


def test_the_invoices_desk_has_no_needless_scroll_bar(stage: Stage) -> None:
    stage.answers(ListInvoices, samples.invoices())
    stage.answers(ListSegments, samples.segments())
    stage.answers(ReportGaps, samples.gaps())
    stage.answers(ListEInvoices, samples.queue())
    desk = InvoicesDesk(stage.place)
    stage.show(desk)
    (area,) = [area for area in desk.findChildren(QScrollArea) if area.widget() is desk.panel]
    assert area.verticalScrollBar().maximum() == 0
