"""The 256-byte text record of a card: UTF-16LE, every field at a fixed place, padded with spaces.

The kind of card stands at offset 248 of every layout: space a citizen, ``J`` 港澳台居住证, ``I`` and ``Y`` the old and new foreigner's.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from common.i18n import N_
from devices.idcard.protocol import CardRecordWrong, IdCard, IdCardKind

LENGTH: Final = 256
LONG_TERM: Final = "长期"

NAME, SEX, ETHNIC_GROUP, BIRTH_DATE = N_("card|name"), N_("card|sex"), N_("card|ethnic group"), N_("card|birth date")
NUMBER, VALID_FROM, VALID_TO, CARD_KIND = N_("card|number"), N_("card|valid from"), N_("card|valid until"), N_("card|kind of card")

_KIND_AT: Final = 248
_KINDS: Final = {
    " ": IdCardKind.CITIZEN,
    "": IdCardKind.CITIZEN,
    "J": IdCardKind.HMT_RESIDENT,
    "I": IdCardKind.FOREIGNER_OLD,
    "Y": IdCardKind.FOREIGNER_NEW,
}
_NUMBERS: Final = {
    IdCardKind.CITIZEN: re.compile(r"[1-9][0-9]{16}[0-9X]"),
    IdCardKind.HMT_RESIDENT: re.compile(r"8[123]0000[0-9]{11}[0-9X]"),
    IdCardKind.FOREIGNER_OLD: re.compile(r"[A-Z]{3}[0-9]{12}"),
    IdCardKind.FOREIGNER_NEW: re.compile(r"9[0-9]{16}[0-9X]"),
}


def read_record(record: bytes) -> IdCard:
    """The card in ``record`` (256 bytes). Raises :class:`CardRecordWrong` with the field that cannot be."""
    kind = _KINDS.get(_Fields(record, CARD_KIND).take(_KIND_AT, 2, CARD_KIND))
    if kind is None:
        raise CardRecordWrong(field=CARD_KIND)
    fields = _Fields(record, kind)
    if kind == IdCardKind.FOREIGNER_OLD:
        return _old_foreigner(fields)
    if kind == IdCardKind.FOREIGNER_NEW:
        return _new_foreigner(fields)
    return _citizen(fields, kind)


class _Fields:
    """Typed access to a record by offset and length in bytes."""

    def __init__(self, record: bytes, kind: str) -> None:
        self._record = record
        self._kind = kind

    def take(self, offset: int, length: int, field: str) -> str:
        """A text without its padding. Some issuers pad with zeros instead of spaces."""
        try:
            return self._record[offset : offset + length].decode("utf-16-le").strip(" \0\u3000")
        except UnicodeDecodeError:
            raise CardRecordWrong(field=field) from None

    def name(self, offset: int, length: int) -> str:
        """A name, which may not be empty."""
        name = self.take(offset, length, NAME)
        if not name or not name.isprintable():
            raise CardRecordWrong(field=NAME)
        return name

    def sex(self, offset: int) -> str:
        """A sex code. Foreigners' cards of the old kind may hold letters."""
        code = {"M": "1", "F": "2"}.get(sex := self.take(offset, 2, SEX), sex)
        if code not in ("0", "1", "2", "9"):
            raise CardRecordWrong(field=SEX)
        return code

    def day(self, offset: int, field: str) -> date:
        """A date ``yyyyMMdd``."""
        text = self.take(offset, 16, field)
        try:
            if not (len(text) == 8 and text.isascii() and text.isdigit()):
                raise ValueError(field)
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            raise CardRecordWrong(field=field) from None

    def last_day(self, offset: int) -> date | None:
        """The last day of validity; ``None`` for 长期."""
        return None if self.take(offset, 16, VALID_TO) == LONG_TERM else self.day(offset, VALID_TO)

    def number(self, offset: int, length: int, kind: IdCardKind) -> str:
        """A number of the shape that this kind of card has."""
        number = self.take(offset, length, NUMBER).upper()
        if not _NUMBERS[kind].fullmatch(number):
            raise CardRecordWrong(field=NUMBER)
        return number


def _citizen(fields: _Fields, kind: IdCardKind) -> IdCard:
    ethnic_code = fields.take(32, 4, ETHNIC_GROUP)
    if kind == IdCardKind.CITIZEN and not re.fullmatch(r"[0-9]{2}", ethnic_code):
        raise CardRecordWrong(field=ETHNIC_GROUP)
    return IdCard(
        kind=kind,
        name=fields.name(0, 30),
        sex=fields.sex(30),
        ethnic_code=ethnic_code if kind == IdCardKind.CITIZEN else "",
        birth_date=fields.day(36, BIRTH_DATE),
        address=fields.take(52, 70, N_("card|address")),
        number=fields.number(122, 36, kind),
        issuer=fields.take(158, 30, N_("card|issuer")),
        valid_from=fields.day(188, VALID_FROM),
        valid_to=fields.last_day(204),
        pass_number=fields.take(220, 18, N_("card|pass number")) if kind == IdCardKind.HMT_RESIDENT else "",
    )


def _old_foreigner(fields: _Fields) -> IdCard:
    english_name = fields.take(0, 120, NAME)
    return IdCard(
        kind=IdCardKind.FOREIGNER_OLD,
        english_name=english_name,
        sex=fields.sex(120),
        number=fields.number(122, 30, IdCardKind.FOREIGNER_OLD),
        nationality=fields.take(152, 6, N_("card|nationality")),
        # Many of these cards bear no Chinese name.
        name=fields.take(158, 30, NAME) or fields.name(0, 120),
        valid_from=fields.day(188, VALID_FROM),
        valid_to=fields.last_day(204),
        birth_date=fields.day(220, BIRTH_DATE),
        issuer=fields.take(240, 8, N_("card|issuer")),
    )


def _new_foreigner(fields: _Fields) -> IdCard:
    return IdCard(
        kind=IdCardKind.FOREIGNER_NEW,
        name=fields.take(0, 30, NAME) or fields.name(52, 70),
        sex=fields.sex(30),
        birth_date=fields.day(36, BIRTH_DATE),
        english_name=fields.take(52, 70, NAME),
        number=fields.number(122, 36, IdCardKind.FOREIGNER_NEW),
        issuer=fields.take(158, 30, N_("card|issuer")),
        valid_from=fields.day(188, VALID_FROM),
        valid_to=fields.last_day(204),
        nationality=fields.take(242, 6, N_("card|nationality")),
    )
