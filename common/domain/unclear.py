"""Why the text of a specification was refused: said in words, so that a person can settle it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from common.i18n import N_, tr


class Unclear(Struct, frozen=True):
    """The text was not understood. ``reason`` is an English source message; ``part`` is what it speaks of."""

    reason: str
    part: str

    def sentence(self) -> str:
        """The reason in the current language."""
        return tr(self.reason, part=self.part)


class UnclearText(ValueError):
    """Carries an :class:`Unclear` out of the functions that read a text."""

    def __init__(self, reason: str, part: str) -> None:
        super().__init__(reason, part)
        self.unclear = Unclear(reason, part)


EMPTY: Final = N_("the specification is empty")
ODD_PART: Final = N_("“{part}” in the specification is not understood")
BRACKETS: Final = N_("the brackets “{part}” in the specification can be read in more than one way")
SEVERAL: Final = N_("the specification names more than one: {part}")
NO_UNIT: Final = N_("the number “{part}” in the specification has no unit")
PRODUCT: Final = N_("“{part}” may be the amount in the whole or in each part of it")
PER_VOLUME: Final = N_("“{part}” may be the content of the container or only a concentration")
PERCENT_DISAGREES: Final = N_("the amounts in “{part}” do not give its percentage")
NAME_DISAGREES: Final = N_("the name's percentage and the specification disagree: {part}")
NO_COUNT: Final = N_("the specification does not say how many are in one {part}")
COUNTED_TWICE: Final = N_("the order of the packs in “{part}” can be read in more than one way")
ONE_IN_PACK: Final = N_("the specification names one {part}; whether the pack holds only one is not certain")
WHICH_PORTION: Final = N_("what “{part}” counts does not follow from the form or the name")
PER_PUFF: Final = N_("“{part}” may be the content of one puff or of the whole container")
TWO_UNITS: Final = N_("the specification and the unit column disagree about the unit of sale: {part}")
UNKNOWN_UNIT: Final = N_("the unit of sale “{part}” is not known")
PER_GRAM: Final = N_("“{part}” is understood only for goods sold by the gram")
NOT_WHOLE: Final = N_("“{part}” is not a whole number above zero")
ZERO: Final = N_("the amount “{part}” is zero")
