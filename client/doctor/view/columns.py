"""Where the cells of a prescription's line stand; rows and editor share it, so that nothing moves when a line is edited."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect

from common.i18n import N_

#: Name, width in px and English title of each cell after the drug, which takes what is left.
CELLS: Final = (
    ("dose", 84, N_("drug|Dose")),
    ("frequency", 86, N_("Frequency")),
    ("route", 88, N_("drug|Route")),
    ("days", 48, N_("Days")),
    ("quantity", 76, N_("Quantity")),
    ("amount", 76, N_("Amount (¥)")),
)
#: The same widths where the panel has less than :data:`ROOMY` px, as on a screen of 1024 px.
_NARROW: Final = {"dose": 66, "frequency": 78, "route": 62, "days": 38, "quantity": 58, "amount": 72}
ROOMY: Final = 638
#: With less than this the drug's name has no room.
LEAST: Final = 552
NUMBER: Final = 36
LEFT: Final = 8
RIGHT: Final = 16
BETWEEN: Final = 6
LINE: Final = 32


def cells(width: int) -> dict[str, QRect]:
    """The cells' places in a row of ``width``, from the top edge, one line high."""
    sizes = {name: size if width >= ROOMY else _NARROW[name] for name, size, _title in CELLS}
    fixed = sum(sizes.values())
    drug = max(120, width - LEFT - RIGHT - NUMBER - fixed)
    places = {"number": QRect(LEFT, 0, NUMBER, LINE), "drug": QRect(LEFT + NUMBER, 0, drug - BETWEEN, LINE)}
    x = LEFT + NUMBER + drug
    for name, size in sizes.items():
        places[name] = QRect(x, 0, size - BETWEEN, LINE)
        x += size
    return places
