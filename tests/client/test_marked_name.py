"""Characters that tell drugs apart are drawn bolder, underlined and in another colour, in tables and in labels."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from client import theme
from client.widgets.marked_name import MarkedLabel, marked_html, marks_of_both, paint_marked
from client.widgets.table import Column, Table
from common.messages.catalogue_attributes import CatalogueDrug
from tests.client.conftest import app, qapp_args

__all__ = ["app", "qapp_args"]

DRUG = CatalogueDrug(
    drug_id=1, code="X", name="阿糖腺苷片", specification="1mg×24片/盒", manufacturer="", controlled="", high_alert=False, active=True,
    waiting=0, alike=1, name_marks="2-3", specification_marks="0-3",
)  # fmt: skip


def inks(image: QImage) -> set[str]:
    return {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}


def painted(text: str, marks: str, width: int = 200) -> QImage:
    image = QImage(width, 24, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setFont(theme.font())
    painter.setPen(QColor("#000000"))
    paint_marked(painter, QRect(0, 0, width, 24), text, marks)
    painter.end()
    return image


def test_a_marked_character_has_an_ink_and_a_line_of_its_own(app: QApplication) -> None:
    ink = QColor(theme.now().warning.ink).name()
    assert ink in inks(painted("阿糖腺苷", "2-3"))
    assert ink not in inks(painted("阿糖腺苷", ""))
    marked = painted("阿糖腺苷", "2-3")
    row = max(range(24), key=lambda y: sum(QColor(marked.pixel(x, y)).name() == ink for x in range(200)))
    assert sum(QColor(marked.pixel(x, row)).name() == ink for x in range(200)) >= 10  # the line below it


def test_what_does_not_fit_ends_in_the_cell(app: QApplication) -> None:
    image = painted("阿糖腺苷" * 10, "2-3,38-39", width=60)
    assert image.width() == 60


def test_name_and_specification_behind_each_other() -> None:
    assert marks_of_both(DRUG) == "2-3,7-10"


def test_labels_get_the_same(app: QApplication) -> None:
    shown = marked_html("a<b", "1-2")
    assert "a<span" in shown
    assert "underline" in shown
    assert "&lt;</span>b" in shown


def test_a_table_marks_its_cells(app: QApplication) -> None:
    plain, marked = (
        Table((Column(title="", text=lambda row: row.name, marks=marks),), key=lambda row: row.drug_id)
        for marks in (None, lambda row: row.name_marks)
    )
    seen = []
    for table in (plain, marked):
        table.set_rows([DRUG])
        table.resize(300, 60)
        seen.append(inks(table.grab().toImage()))
    assert QColor(theme.now().warning.ink).name() in seen[1] - seen[0]


def test_a_label_takes_the_colours_of_the_theme_that_is_shown(app: QApplication) -> None:
    label = MarkedLabel()
    label.say(lambda: marked_html("阿糖腺苷", "2-3"))
    inks = set()
    for mode in (theme.Mode.LIGHT, theme.Mode.DARK, theme.Mode.LIGHT):
        theme.apply(app, mode)
        inks.add(theme.now().warning.ink)
        assert theme.now().warning.ink in label.text()
    assert len(inks) == 2
