"""The days at the top of a page: span, from, to."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from client import texts, theme
from client.finance.period import FREE, SPANS, Period
from client.texts import text
from client.widgets.choice import Choice
from client.widgets.inputs import DateInput
from common.i18n import CHINESE, N_, current_language

#: The four spans in one row, in the words of the language.
_WIDTH: Final = 184
_WIDTH_ENGLISH: Final = 272


class PeriodBar(QWidget):
    """``changed(period)`` when the person chose other days; two dates of one's own take effect by Enter."""

    changed = Signal(object)

    def __init__(self, period: Period) -> None:
        super().__init__()
        self._period = period
        self.span = Choice(SPANS)
        self.begins, self.ends = DateInput(), DateInput()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.span)
        layout.addSpacing(theme.GAP)
        for field, name in ((self.begins, N_("span|From")), (self.ends, N_("span|To"))):
            field.setFixedWidth(112)
            label = QLabel()
            text(label.setText, name)
            text(field.setAccessibleName, name)
            layout.addWidget(label)
            layout.addWidget(field)
            field.returnPressed.connect(self._typed)
        text(self.span.setAccessibleName, N_("span|Period"))
        layout.addStretch(1)
        self.span.chosen.connect(lambda span: self.changed.emit(Period.around(span, self._period.ends)))
        texts.signals().changed.connect(self._fit)
        self._fit()
        self.show_period(period)

    def _fit(self, _language: str = "") -> None:
        self.span.setFixedWidth(_WIDTH if current_language() == CHINESE else _WIDTH_ENGLISH)

    def show_period(self, period: Period) -> None:
        """Show days; nothing is fired."""
        self._period = period
        self.span.set_code(period.span)
        self.begins.set_date(period.begins)
        self.ends.set_date(period.ends)

    def _typed(self) -> None:
        begins, ends = self.begins.date(), self.ends.date()
        if begins is not None and ends is not None:
            self.changed.emit(Period(FREE, min(begins, ends), max(begins, ends)))
