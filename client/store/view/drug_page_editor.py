"""One attribute being changed, in place under the list; and from when the changes hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.store import catalogue
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label
from client.widgets.inputs import DateInput, TextInput
from common.domain.formulary import Field, NotAValue, read_value
from common.i18n import N_, tr

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtWidgets import QLineEdit

_YES_NO: Final = (("1", N_("drug field|yes")), ("0", N_("drug field|no")))


class AttributeEditor(QWidget):
    """``taken(field name, value)`` on Enter with what can be a value; ``changed`` when day, time or reason is typed."""

    taken = Signal(str, str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._field: Field | None = None
        self.typed, self.choice = TextInput(most=100), Choice(_YES_NO)
        self.example = Label(type="note")
        self.form = Form()
        for field in (self.typed, self.choice):
            self.form.add(N_("catalogue|New value"), field)
        self.day, self.clock, self.reason = DateInput(), TextInput(most=5), TextInput(most=200)
        self.when = Form(3)
        self.when.add(N_("catalogue|Holds from (empty: at once)"), self.day)
        self.when.add(N_("catalogue|Time"), self.clock)
        self.when.add(N_("catalogue|Reason"), self.reason)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for part in (Hairline(), self.form, self.example, self.when):
            column.addWidget(part)
        self.form.finished.connect(self._take)
        for each in (self.day, self.clock, self.reason):
            each.textChanged.connect(lambda _text: self.changed.emit())
        self.typed.textChanged.connect(lambda _text: self.form.wrong(self.typed, ""))
        self._pending = False
        self.close_field()

    def is_open(self) -> bool:
        """Whether an attribute is being changed."""
        return self._field is not None

    def open_field(self, field: Field, value: str) -> None:
        """Change this attribute; it says ``value`` now."""
        self._field = field
        chosen = field.choices is not None or field.kind == "flag"
        self.form.show_field(self.typed, not chosen)
        self.form.show_field(self.choice, chosen)
        self.form.rename(self.choice if chosen else self.typed, field.title)
        if chosen:
            self.choice.offer(_YES_NO if field.choices is None else tuple(field.choices.items()))
            self.choice.set_code(value)
        else:
            self.typed.setText(value)
            self.typed.selectAll()
        self.example.setText(tr("catalogue|For example {example}", example=field.example) if field.example else "")
        self._arrange()
        (self.choice if chosen else self.typed).setFocus(Qt.FocusReason.OtherFocusReason)

    def close_field(self) -> None:
        """Leave the attribute as it is."""
        self._field = None
        self.form.clear_wrongs()
        self._arrange()

    def when_fields(self) -> dict[str, QLineEdit]:
        """From when the changes hold, and why."""
        return {"day": self.day, "clock": self.clock, "reason": self.reason}

    def show_when(self, pending: bool) -> None:
        """``pending``: there are changes, so it is asked from when they hold."""
        self._pending = pending
        self._arrange()

    def clear(self) -> None:
        """Nothing is typed any more."""
        for each in (self.day, self.clock, self.reason):
            each.clear()
        self.close_field()

    def moment(self, now: datetime) -> datetime | str | None:
        """From when; see :func:`client.store.catalogue.effective`."""
        return catalogue.effective(self.day.date(), self.day.text(), self.clock.text(), now)

    def _arrange(self) -> None:
        self.form.setVisible(self.is_open())
        self.example.setVisible(self.is_open() and bool(self.example.text()))
        self.when.setVisible(self._pending)
        self.setVisible(self.is_open() or self._pending)
        self.setFocusProxy(self.choice if self.choice.isVisibleTo(self) and self.is_open() else self.typed)

    def _take(self) -> None:
        field = self._field
        if field is None:
            return
        chosen = field.choices is not None or field.kind == "flag"
        try:
            value = read_value(field, self.choice.code() if chosen else self.typed.text())
        except NotAValue as wrong:
            self.form.wrong(self.typed, str(wrong))
            self.typed.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.close_field()
        self.taken.emit(field.name, value)
