"""Facts as people read them at a desk: sex, phone, dates, documents. Money is :func:`common.domain.money.format_yuan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.money import format_yuan
from common.i18n import CHINESE, N_, current_language, tr

if TYPE_CHECKING:
    from datetime import date, datetime

    from common.messages.catalogue import Lists

_SEX: Final = {"0": N_("sex|Unknown"), "1": N_("Male"), "2": N_("Female"), "9": N_("sex|Not stated")}
_SHORT_SEX: Final = {"0": N_("sex|?"), "1": N_("sex|M"), "2": N_("sex|F"), "9": N_("sex|–")}
_WEEKDAYS: Final = (
    N_("weekday|Mon"),
    N_("weekday|Tue"),
    N_("weekday|Wed"),
    N_("weekday|Thu"),
    N_("weekday|Fri"),
    N_("weekday|Sat"),
    N_("weekday|Sun"),
)
_PAYERS: Final = {"self": N_("Self-paying"), "insured": N_("Insured")}


def sex(code: str) -> str:
    """GB/T 2261.1 as a word."""
    return tr(_SEX.get(code, _SEX["0"]))


def short_sex(code: str) -> str:
    """GB/T 2261.1 as one letter or character, for narrow lists."""
    return tr(_SHORT_SEX.get(code, _SHORT_SEX["0"]))


def phone(number: str) -> str:
    """``13812341234`` → ``138 1234 1234``; others as they are."""
    return f"{number[:3]} {number[3:7]} {number[7:]}" if len(number) == 11 and number.isdecimal() else number


def day(value: date) -> str:
    """``2026-11-21 周六``."""
    return f"{value.isoformat()} {tr(_WEEKDAYS[value.weekday()])}"


def moment(value: datetime) -> str:
    """``2026-11-21 周六 14:05``."""
    return f"{day(value.date())} {value:%H:%M}"


def clock(value: datetime) -> str:
    """``14:05``."""
    return f"{value:%H:%M}"


def payer(code: str) -> str:
    """Who pays, as a word; a word that the clinic made up itself stays."""
    return tr(_PAYERS[code]) if code in _PAYERS else code


def name_of(facts: object) -> str:
    """The Chinese or English name of something that has ``name_zh`` and ``name_en`` (or ``name`` and ``name_en``)."""
    chinese = str(getattr(facts, "name_zh", None) or getattr(facts, "name", ""))
    english = str(getattr(facts, "name_en", "") or chinese)
    return chinese if current_language() == CHINESE else english


def signed_yuan(fen: int) -> str:
    """An amount with its sign: ``+¥0.02``, ``−¥0.03``."""
    return ("+" if fen > 0 else "−" if fen < 0 else "") + format_yuan(abs(fen))


def department(name: str, lists: Lists | None) -> str:
    """A department in the current language, by its Chinese name; that name itself where ``lists`` do not have it."""
    return next((name_of(each) for each in (lists.departments if lists else ()) if each.name == name), name)


def age_of(born: date, on: date) -> str:
    """The age by the legal rule (full years; infants in months and days), on the day of the visit."""
    from common.domain.age import age_text

    return age_text(born, on)
