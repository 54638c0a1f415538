"""Fields for dates and for money."""

from __future__ import annotations

import datetime
import re
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from client.widgets.text_input import TextInput
from common.domain.money import parse_yuan

__all__ = ["DateInput", "MoneyInput", "TextInput", "parse_date"]

_DATE: Final = re.compile(r"^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?\s*$")
_PLAIN_DATE: Final = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})\s*$")


class DateInput(QLineEdit):
    """A date, typed as 19850314, 1985-3-14 or 1985年3月14日; it is shown as 1985-03-14 when the field is left. ``example`` stands in grey."""

    date_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, example: str = "2026-12-31") -> None:
        super().__init__(parent)
        self.setPlaceholderText(example)
        self.setMaxLength(12)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.textChanged.connect(lambda _text: self.date_changed.emit(self.date()))

    def date(self) -> datetime.date | None:
        """The date typed so far; ``None`` while it is none."""
        return parse_date(self.text())

    def set_date(self, value: datetime.date | None) -> None:
        """Show a date, or nothing."""
        self.setText(value.isoformat() if value else "")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        found = self.date()
        if found is not None:
            self.setText(found.isoformat())
        super().focusOutEvent(event)


def parse_date(typed: str) -> datetime.date | None:
    """A date as people type it, or ``None``."""
    match = _PLAIN_DATE.match(typed) or _DATE.match(typed)
    if match is None:
        return None
    try:
        return datetime.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


class MoneyInput(QLineEdit):
    """An amount in fen, typed in yuan, right-aligned. The number pad's keys work, also where a Chinese input method is on."""

    fen_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setPlaceholderText("0.00")
        self.setMaxLength(14)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.textChanged.connect(lambda _text: self.fen_changed.emit(self.fen()))

    def fen(self) -> int | None:
        """The amount in fen; ``None`` if the field is empty or holds no amount."""
        return parse_yuan(self.text()) if self.text().strip() else None

    def set_fen(self, fen: int | None) -> None:
        """Show an amount, or nothing."""
        self.setText("" if fen is None else f"{fen // 100:,}.{fen % 100:02d}")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        fen = self.fen()
        if fen is not None:
            self.set_fen(fen)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = event.text().replace("。", ".").replace("，", ",")
        if typed and typed.isprintable() and not re.fullmatch(r"[0-9.,¥￥]", typed) and not event.modifiers():
            return  # letters have no business here; they are not swallowed as a shortcut either
        super().keyPressEvent(event)
