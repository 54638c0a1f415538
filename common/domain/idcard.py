"""The 18-character identity number: mainland cards, residence permits of Hong Kong, Macau and Taiwan people, and foreigners.

Rules: GB 11643-1999 (region, birth date, sequence, check character) and the foreign permanent resident's card of December 2023, which
keeps birth date, sequence and check character and begins with 9, province and nationality (DOMAIN.md §4.1, §4.2).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final, Literal, NoReturn

import msgspec

from common.errors import FieldWrong
from common.i18n import N_

FIELD: Final = N_("ID number")
EMPTY: Final = N_("it is empty")
WRONG_LENGTH: Final = N_("it must have 18 characters")
OLD_NUMBER: Final = N_("15-digit numbers have not been valid since 2013; ask for the 18-digit one")
WRONG_CHARACTERS: Final = N_("it must be 17 digits and then a digit or X")
FIRST_ZERO: Final = N_("it cannot begin with 0")
NO_SUCH_DATE: Final = N_("it holds a birth date that does not exist")
BORN_LATER: Final = N_("it holds a birth date in the future")
BORN_BEFORE_1900: Final = N_("it holds a birth date before 1900")
WRONG_CHECK_DIGIT: Final = N_("the check digit is wrong; look at each digit again")

IdKind = Literal["id_card", "hk_macau_taiwan", "foreign_residence"]

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS: Final = "10X98765432"
_HK_MACAU_TAIWAN: Final = ("81", "82", "83")
_NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]")


class IdNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number that holds true, and what it says.

    ``region`` has six digits (GB/T 2260 at the time of issue; it is not looked up here, since regions come and go). A foreign resident's
    is the province with four zeros. ``sex`` is GB/T 2261.1: "1" male, "2" female.
    """

    number: str
    kind: IdKind
    region: str
    birth_date: date
    sex: Literal["1", "2"]


def check_digit(first17: str) -> str:
    """The 18th character for 17 ASCII digits: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def normalise(text: str) -> str:
    """Half-width, upper case, without any blank."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def parse_id_number(text: str, today: date) -> IdNumber:
    """Read an identity number as it was typed or scanned. Raises :class:`FieldWrong` with what is wrong about it."""
    number = normalise(text)
    _check_shape(number)
    birth_date = _birth_date(number[6:14], today)
    if check_digit(number[:17]) != number[17]:
        _refuse(WRONG_CHECK_DIGIT)
    kind = _kind(number)
    return IdNumber(
        number=number,
        kind=kind,
        region=f"{number[1:3]}0000" if kind == "foreign_residence" else number[:6],
        birth_date=birth_date,
        sex="1" if int(number[16]) % 2 else "2",
    )


def _check_shape(number: str) -> None:
    if not number:
        _refuse(EMPTY)
    if re.fullmatch(r"[0-9]{15}", number):
        _refuse(OLD_NUMBER)
    if len(number) != 18:
        _refuse(WRONG_LENGTH)
    if not _NUMBER.fullmatch(number):
        _refuse(WRONG_CHARACTERS)
    if number[0] == "0":
        _refuse(FIRST_ZERO)


def _birth_date(digits: str, today: date) -> date:
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        _refuse(NO_SUCH_DATE)
    if birth_date > today:
        _refuse(BORN_LATER)
    if birth_date.year < 1900:
        _refuse(BORN_BEFORE_1900)
    return birth_date


def _kind(number: str) -> IdKind:
    if number[0] == "9":
        return "foreign_residence"
    return "hk_macau_taiwan" if number.startswith(_HK_MACAU_TAIWAN) else "id_card"


def _refuse(reason: str) -> NoReturn:
    raise FieldWrong(field=FIELD, reason=reason)
