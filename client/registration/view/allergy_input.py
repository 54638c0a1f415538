"""The allergies of a patient: what is known, and which substances, from the list or in one's own words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.format import name_of
from client.initials import matches
from client.widgets.buttons import Button
from client.widgets.code_input import CodeInput
from client.widgets.table import Column
from common.i18n import N_, tr
from common.messages.catalogue import CodeName
from common.messages.patients import Allergy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IN_A_ROW: Final = 3
COLUMNS: Final = (
    Column(
        title=N_("file|Substance"),
        text=lambda entry: name_of(entry) if entry.code else tr("file|“{text}”, in these words", text=entry.name_zh),
    ),
)


class AllergyInput(QWidget):
    """``changed`` fires when a substance came or went. Enter in the field adds; a press on a substance takes it away.

    The substances stand in ``chips``, which the form puts where there is room.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._allergies: list[Allergy] = []
        self._known: Sequence[CodeName] = ()
        self.field = CodeInput(
            COLUMNS, look_up=self._look_up, shown=name_of, key=lambda entry: entry.code or entry.name_zh, popup_width=280
        )
        self.field.chosen.connect(self._add)
        self.setFocusProxy(self.field)
        self.chips = QWidget()
        self._chips = QGridLayout(self.chips)
        self._chips.setSpacing(4)
        self._chips.setColumnStretch(IN_A_ROW, 1)
        self._chips.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field)

    def use(self, known: Sequence[CodeName]) -> None:
        """The catalogue's allergens."""
        self._known = known

    def allergies(self) -> tuple[Allergy, ...]:
        """The substances entered."""
        return tuple(self._allergies)

    def set_allergies(self, allergies: Sequence[Allergy]) -> None:
        """Show substances (nothing is fired)."""
        self._allergies = list(allergies)
        self.field.set_entry(None)
        self._show()

    def popup_open(self) -> bool:
        """Whether Enter chooses a substance rather than going on."""
        return self.field.popup_open()

    def _look_up(self, typed: str, show: Callable[[Sequence[Any]], None]) -> None:
        found = [each for each in self._known if matches(typed, each.name_zh) >= 2 or matches(typed, each.name_en) >= 2]
        own = [CodeName(code="", name_zh=typed, name_en=typed)] if typed else []
        show([*found, *own])

    def _add(self, entry: CodeName) -> None:
        fresh = Allergy(text=entry.name_zh, allergen=entry.code)
        if all(each.text != fresh.text for each in self._allergies):
            self._allergies.append(fresh)
        self.field.set_entry(None)
        self._show()
        self.changed.emit()

    def _remove(self, allergy: Allergy) -> None:
        self._allergies.remove(allergy)
        self._show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _show(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.chips.setVisible(bool(self._allergies))
        for place, allergy in enumerate(self._allergies):
            chip = Button(f"{allergy.text}  ×", run=partial(self._remove, allergy))
            chip.setProperty("danger", True)
            chip.setToolTip(tr("file|Take “{text}” off the list", text=allergy.text))
            chip.setFixedHeight(theme.DENSE_ROW)
            chip.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self._chips.addWidget(chip, place // IN_A_ROW, place % IN_A_ROW)
