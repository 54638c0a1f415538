"""What the insurance pays of a bill, as it has quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from client import theme
from client.insured import split
from client.widgets.form import Label
from common.i18n import tr

if TYPE_CHECKING:
    from common.messages.settlement import SettlementFacts


class QuotePanel(QWidget):
    """The split of a quote 统筹 / 个账 / 自付 / 自费, as the bureau returned it, and its warnings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self.kind = Label(type="note")
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        self.warnings.setProperty("tone", "warning")
        self.warnings.setFont(theme.font(theme.NOTE))
        self._grid.addWidget(self.kind, 0, 0, 1, 2)
        self._grid.addWidget(self.warnings, 99, 0, 1, 2)

    def show_quote(self, facts: SettlementFacts | None) -> None:
        """Show it, or nothing."""
        share = facts.quote if facts is not None else None
        self.setVisible(share is not None)
        if facts is None or share is None:
            return
        self.kind.setText(share.insutype_name)
        rows = split(share)
        while len(self._labels) < len(rows):
            self._add()
        for place, (label, amount) in enumerate(self._labels):
            words = rows[place] if place < len(rows) else ("", "")
            label.setText(words[0])
            amount.setText(words[1])
            for widget in (label, amount):
                widget.setVisible(bool(words[0]))
        self.warnings.setText("\n".join(tr(warning) for warning in facts.warnings))
        self.warnings.setVisible(bool(facts.warnings))

    def _add(self) -> None:
        pair = (Label(type="note"), Label())
        row = len(self._labels) + 1
        self._grid.addWidget(pair[0], row, 0)
        self._grid.addWidget(pair[1], row, 1, Qt.AlignmentFlag.AlignRight)
        self._labels.append(pair)
