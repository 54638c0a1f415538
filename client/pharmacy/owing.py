"""What of a prescription is not handed over now, and what is promised for it. No Qt."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from common.i18n import N_, tr
from common.messages.pharmacy import HandOut, Promise

if TYPE_CHECKING:
    from datetime import date

#: So many days are promised unless somebody says otherwise.
DAYS: Final = 3
_PLACES: Final = 10**4

NOT_A_NUMBER: Final = N_("owing|Type how much is handed over now, in the unit beside the field; 0 for nothing.")
NO_DAY: Final = N_("owing|Say till when the patient gets the rest.")
DAY_PAST: Final = N_("owing|That day is over.")


class Owing:
    """What the panel of a hand-over in part holds. ``only`` is line → base units that go out now."""

    def __init__(self) -> None:
        self.shown = False
        self.only: dict[int, Decimal] = {}
        self.day: date | None = None
        self.today: date | None = None
        self.phone = ""
        self.note = ""

    def hand_outs(self) -> tuple[HandOut, ...]:
        """As the service wants it."""
        return tuple(HandOut(line_id=line_id, quantity=quantity) for line_id, quantity in sorted(self.only.items()))

    def promise(self) -> Promise | None:
        """What is promised; nothing while no day is."""
        return Promise(day=self.day, phone=self.phone.strip()[:30], note=self.note.strip()[:100]) if self.day is not None else None

    def hindrance(self) -> str:
        """Why it cannot go out like this; empty when it can."""
        if self.day is None:
            return tr(NO_DAY)
        return tr(DAY_PAST) if self.today is not None and self.day < self.today else ""

    def set_quantity(self, line_id: int, typed: str, aside: Decimal) -> str:
        """Only so much of a line goes out; nothing typed is all that lies aside. Given back is why not."""
        try:
            quantity = Decimal(typed.strip()) if typed.strip() else aside
        except InvalidOperation:
            return tr(NOT_A_NUMBER)
        if not quantity.is_finite() or quantity < 0 or quantity > aside or quantity * _PLACES % 1:
            return tr(NOT_A_NUMBER)
        if quantity == aside:
            self.only.pop(line_id, None)
        else:
            self.only[line_id] = quantity
        return ""
