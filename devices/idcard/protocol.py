"""What a card is, what a reader does, and what can go wrong with either.

No error holds anything of the card's content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

import msgspec

from common.i18n import N_, tr
from devices.errors import DeviceTrouble


class IdCardKind(StrEnum):
    """Which card it is."""

    CITIZEN = "citizen"
    """居民身份证"""
    HMT_RESIDENT = "hmt_resident"
    """港澳台居民居住证"""
    FOREIGNER_OLD = "foreigner_old"
    """外国人永久居留证, number of 3 letters and 12 digits"""
    FOREIGNER_NEW = "foreigner_new"
    """外国人永久居留身份证 of 2023, number of 18 characters beginning with 9"""


class IdCard(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a card. The photo and the raw record are never kept.

    ``sex`` is the code of GB/T 2261.1 (1 male, 2 female, 0 unknown, 9 not said), ``ethnic_code`` the two digits of GB/T 3304 (empty for
    foreigners and 港澳台), ``nationality`` the three letters of ISO 3166 (foreigners only). ``valid_to`` ``None`` means 长期.
    """

    kind: IdCardKind
    name: str
    sex: str
    birth_date: date
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None
    ethnic_code: str = ""
    address: str = ""
    english_name: str = ""
    nationality: str = ""
    pass_number: str = ""


class IdCardReader(Protocol):
    """A reader on its own port. All calls come from one thread."""

    def poll(self) -> IdCard | None:
        """Look once, to be repeated every 400 ms: the card if a new one lies on the reader, else ``None``.

        A card is given once; it must be taken away before it is read again. Raises :class:`~devices.errors.DeviceTrouble`, after which
        the next poll starts afresh.
        """

    def close(self) -> None:
        """Close the port; the next poll opens it again."""


# --- errors ------------------------------------------------------------------------------------------------------------


class ReaderTrouble(DeviceTrouble):
    """The reader's answer cannot be used. The next poll tries again."""

    remedy = N_("Take the card away and lay it on the reader again.")


@dataclass(eq=False)
class ReaderSilent(ReaderTrouble):
    """No byte came within ``seconds``."""

    action: str
    seconds: float
    text = N_("The card reader does not answer.")
    remedy = N_("Check that it has power and that the right port is set.")


@dataclass(eq=False)
class NoiseOnLine(ReaderTrouble):
    """``received`` bytes came, but no frame was among them."""

    action: str
    received: int
    text = N_("The card reader sends {received} bytes that make no sense.")
    remedy = N_("Check the cable and the port's speed.")


@dataclass(eq=False)
class ReplyCutShort(ReaderTrouble):
    """A frame began and broke off: ``received`` of ``wanted`` bytes."""

    action: str
    wanted: int
    received: int
    text = N_("The card reader's answer broke off ({received} of {wanted} bytes).")


@dataclass(eq=False)
class ReplyLengthWrong(ReaderTrouble):
    """A frame whose length cannot be that of an answer to ``action``."""

    action: str
    length: int
    text = N_("The card reader's answer has an impossible length ({length}).")


@dataclass(eq=False)
class ChecksumWrong(ReaderTrouble):
    """A frame was garbled on its way."""

    action: str
    expected: int
    received: int
    text = N_("The card reader's answer was garbled on its way.")


@dataclass(eq=False)
class ReaderRefused(ReaderTrouble):
    """The reader answered with a status that is a failure. ``code`` is its SW3 byte."""

    action: str
    code: int
    text = N_("The card reader reports: {meaning} (code {code}).")

    def shown(self) -> dict[str, object]:
        """The code in hexadecimal with its meaning."""
        return {"meaning": tr(STATUS_MEANING.get(self.code, UNKNOWN_STATUS)), "code": f"{self.code:02X}"}


@dataclass(eq=False)
class CardRecordWrong(ReaderTrouble):
    """The frame is whole, but a field of the card's text cannot be. ``field`` is its English name."""

    field: str
    text = N_("The card's text cannot be read: {field}.")

    def shown(self) -> dict[str, object]:
        """The field's name in the current language."""
        return {"field": tr(self.field)}


UNKNOWN_STATUS = N_("unknown failure")
STATUS_MEANING = {
    0x10: N_("checksum error"),
    0x11: N_("length error"),
    0x21: N_("unknown command"),
    0x23: N_("command refused"),
    0x24: N_("not allowed"),
    0x31: N_("the security module was not accepted"),
    0x32: N_("the card was not accepted"),
    0x33: N_("the card's information could not be verified"),
    0x40: N_("this kind of card is not known"),
    0x41: N_("the card could not be read"),
    0x47: N_("no random number"),
    0x60: N_("the self-test failed"),
    0x66: N_("the security module is not authorised"),
    0x80: N_("no card found"),
    0x81: N_("the card could not be selected"),
    0x91: N_("the card does not hold this"),
}
