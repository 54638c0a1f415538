"""The panel at the right: what the current row is made of, or the document behind a posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.finance.model import Figure
from client.widgets.form import Label
from client.widgets.table import Column, Table
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence


class FigurePanel(QWidget):
    """A title and lines of label and value under headings. It only shows; the focus stays in the table beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = Label("", "section")
        self.title.setWordWrap(True)
        columns = (
            Column(title="", text=lambda line: line[1].label),
            Column(title="", text=lambda line: line[1].value, width=132, align="right", strong=True),
        )
        self.table = Table(
            columns,
            key=lambda line: line[0],
            heading=lambda line: "" if line[1].value else tr(line[1].label),
            dense=True,
            fits=lambda _line: False,
        )
        self.table.horizontalHeader().hide()
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.title)
        layout.addWidget(self.table, 1)

    def show_figures(self, title: str, figures: Sequence[Figure]) -> None:
        """Show lines under a finished title."""
        self.title.setText(title)
        self.table.set_rows(list(enumerate(figures)))
