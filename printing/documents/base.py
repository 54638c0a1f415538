"""What every paper has, and the words that they share."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from common.domain.money import format_yuan
from common.i18n import CHINESE, N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Sheet
    from printing.strip import Block

_WEEKDAYS: Final = (
    N_("weekday|Mon"),
    N_("weekday|Tue"),
    N_("weekday|Wed"),
    N_("weekday|Thu"),
    N_("weekday|Fri"),
    N_("weekday|Sat"),
    N_("weekday|Sun"),
)

_PLACES: Final = {
    "STORE": N_("place|Store"),
    "PHARMACY": N_("place|Pharmacy"),
    "QUARANTINE": N_("place|Quarantine area"),
    "TRANSIT": N_("place|On the way"),
}


class Copy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which copy of the paper this is: 1 is the original, 2 the first reprint (补打 1).

    ``at`` is the clinic's wall clock, ``by`` a person's name.
    """

    number: Annotated[int, msgspec.Meta(ge=1)] = 1
    at: datetime
    by: str


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """Base of every paper. ``language`` is the paper's own, whatever the screen speaks; times are the clinic's wall clock."""

    clinic: str
    copy: Copy
    language: str = CHINESE


class StripDocument(Document, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """A paper for the roll."""

    def strip(self, *, table: bool) -> Sequence[Block]:
        """The blocks of the paper, in the current language. ``table``: the roll is wide enough for a table with three columns."""
        raise NotImplementedError(type(self))


class SheetDocument(Document, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """A paper for sheets or labels."""

    def sheets(self) -> Sequence[Sheet]:
        """The pages of the paper, in the current language. Raises ``GlyphMissing`` or ``NotABarcode``."""
        raise NotImplementedError(type(self))


def copy_note(copy: Copy) -> str:
    """``补打 2　2026-11-21 14:05　李四`` on a second reprint, nothing on the original."""
    if copy.number == 1:
        return ""
    return tr("paper|Reprint {n}, {time}, {person}", n=copy.number - 1, time=f"{copy.at:%Y-%m-%d %H:%M}", person=copy.by)


def day(when: date) -> str:
    """``2026-11-21 周六``."""
    return f"{when:%Y-%m-%d} {tr(_WEEKDAYS[when.weekday()])}"


def moment(when: datetime) -> str:
    """``2026-11-21 周六 14:05``."""
    return f"{day(when)} {when:%H:%M}"


def place_words(code: str) -> str:
    """A place of the house by its code."""
    return tr(_PLACES[code]) if code in _PLACES else code


def labelled(label: str, value: str) -> str:
    """A translated label and its value, with the colon of the language."""
    return tr("paper|{label}: {value}", label=label, value=value)


def joined(*parts: str) -> str:
    """What is there of ``parts``, two spaces apart."""
    return "  ".join(part for part in parts if part)


def strip_yuan(fen: int) -> str:
    """``￥1,234.50``. The full-width sign is in every Chinese printer's font; ``¥`` is not."""
    return format_yuan(fen).replace("¥", "￥")


def bare_yuan(fen: int) -> str:
    """``1,234.50``, for columns whose heading names the unit."""
    return format_yuan(fen).replace("¥", "")
