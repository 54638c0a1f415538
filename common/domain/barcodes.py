"""What a scanned code is: the clinic's own barcodes, GS1/UDI, drug traceability codes, EAN-13, ID numbers, payment codes.

Rules: GS1 General Specifications (application identifiers, check digit), GB 11643-1999 (ID number), the drug traceability code 追溯码
(20 digits beginning with 8; enterprises may define others), prefixes of the payment codes of WeChat, Alipay, UnionPay and digital RMB.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from common.errors import Refusal
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

GS: Final = "\x1d"
"""FNC1 inside a GS1 symbol, sent by scanners as ASCII group separator."""

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_AIM_IDS: Final = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})

DEFAULT_TRACE_PATTERNS: Final = (r"8\d{19}",)
"""码上放心 codes. A clinic adds the patterns of enterprises that define their own."""


@dataclass(eq=False)
class BarcodeInvalid(Refusal):
    """A code of a known kind breaks that kind's own rules. ``reason`` is an English source string."""

    kind: str
    reason: str
    text = N_("This barcode cannot be used: {kind}, {reason}.")
    remedy = N_("Scan it again, or type the number that is printed below it.")

    def shown(self) -> dict[str, object]:
        """Both fields in the current language."""
        return {"kind": tr(self.kind), "reason": tr(self.reason)}


OWN_CODE: Final = N_("barcode of this clinic")
GS1_CODE: Final = N_("GS1 code")

WRONG_CHECK_DIGIT: Final = N_("the check digit is wrong")
NO_SUCH_DATE: Final = N_("it holds a date that does not exist")
UNKNOWN_ELEMENT: Final = N_("it holds a part of an unknown kind")
ELEMENT_MALFORMED: Final = N_("one of its parts is too short, too long or malformed")
ELEMENT_REPEATED: Final = N_("one of its parts stands in it twice")
NUMBER_TOO_LONG: Final = N_("the number is too long or holds something else than digits")
NOT_OURS: Final = N_("it is none")


# --- check digits ------------------------------------------------------------------------------------------------------


def gs1_check_digit(digits: str) -> str:
    """The GS1 mod-10 check digit of ``digits`` (ASCII digits, without their check digit): weights 3, 1, 3 … from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _check_digit_holds(digits: str) -> bool:
    return _digits(digits) and gs1_check_digit(digits[:-1]) == digits[-1]


def _digits(text: str) -> bool:
    """ASCII digits only: ``str.isdigit`` would take full-width and superscript ones."""
    return text.isascii() and text.isdigit()


# --- the clinic's own barcodes -----------------------------------------------------------------------------------------


class OwnKind(Enum):
    """What a barcode of this clinic names. The value is its first digit."""

    PATIENT = "1"
    VISIT = "2"
    PRESCRIPTION = "3"
    BILL = "4"


_SHORT, _LONG = 10, 15
_DIGITS_OF_SHORT: Final = _SHORT - 2
_DIGITS_OF_LONG: Final = _LONG - 2


@dataclass(frozen=True)
class OwnCode:
    """A barcode printed by this clinic: ``number`` is the patient's, visit's, prescription's or bill's number."""

    kind: OwnKind
    number: int


def make_code(kind: OwnKind, number: int) -> str:
    """The barcode of ``number`` (0 to 9,999,999,999,999): kind, number with leading zeros, check digit.

    It has 10 digits for numbers up to 99,999,999 and 15 beyond: lengths that neither retail codes (8, 12, 13, 14), phone (11), ID (18),
    payment (16 to 24) nor traceability codes (20) have, so that no foreign code is ever taken for ours.
    """
    width = _DIGITS_OF_SHORT if number < 10**_DIGITS_OF_SHORT else _DIGITS_OF_LONG
    if not 0 <= number < 10**_DIGITS_OF_LONG:
        raise BarcodeInvalid(kind=OWN_CODE, reason=NUMBER_TOO_LONG)
    body = f"{kind.value}{number:0{width}d}"
    return body + gs1_check_digit(body)


def parse(text: str) -> OwnCode:
    """The clinic's own barcode in ``text``. Raises :class:`BarcodeInvalid` for anything else."""
    if not (len(text) in (_SHORT, _LONG) and _digits(text) and text[0] in "1234"):
        raise BarcodeInvalid(kind=OWN_CODE, reason=NOT_OURS)
    if not _check_digit_holds(text):
        raise BarcodeInvalid(kind=OWN_CODE, reason=WRONG_CHECK_DIGIT)
    return OwnCode(OwnKind(text[0]), int(text[1:-1]))


# --- GS1 and UDI -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gs1Code:
    """A GS1 element string, as on drug packs and medical devices (UDI). ``elements`` holds every part by its identifier, in order."""

    elements: tuple[tuple[str, str], ...]
    gtin: str = ""
    expires_on: date | None = None
    made_on: date | None = None
    lot: str = ""
    serial: str = ""


_FIXED_LENGTH: Final = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
_GREATEST_LENGTH: Final = {"10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "250": 30, "251": 30, "710": 20}
_DATES: Final = frozenset({"11", "12", "13", "15", "16", "17"})
_CHECKED: Final = frozenset({"00", "01", "02"})


def parse_gs1(text: str) -> Gs1Code:
    """The parts of a GS1 element string, FNC1 given as :data:`GS`. An AIM id in front is allowed.

    Years are 2000 to 2099; day 00 is the last day of the month. Raises :class:`BarcodeInvalid` with the reason.
    """
    _, body = strip_aim(text)
    elements: dict[str, str] = {}
    rest = body.lstrip(GS)
    while rest:
        identifier, value, rest = _next_element(rest)
        if identifier in elements:
            raise BarcodeInvalid(kind=GS1_CODE, reason=ELEMENT_REPEATED)
        elements[identifier] = value
    if not elements:
        raise BarcodeInvalid(kind=GS1_CODE, reason=ELEMENT_MALFORMED)
    return _gs1_code(elements)


def _next_element(rest: str) -> tuple[str, str, str]:
    for length in (2, 3):
        identifier = rest[:length]
        if identifier in _FIXED_LENGTH:
            end = length + _FIXED_LENGTH[identifier]
            return identifier, _checked_fixed(identifier, rest[length:end]), rest[end:].removeprefix(GS)
        if identifier in _GREATEST_LENGTH:
            value, _, after = rest[length:].partition(GS)
            if not (1 <= len(value) <= _GREATEST_LENGTH[identifier] and value.isascii() and value.isprintable()):
                raise BarcodeInvalid(kind=GS1_CODE, reason=ELEMENT_MALFORMED)
            return identifier, value, after
    raise BarcodeInvalid(kind=GS1_CODE, reason=UNKNOWN_ELEMENT)


def _checked_fixed(identifier: str, value: str) -> str:
    if len(value) != _FIXED_LENGTH[identifier] or not _digits(value):
        raise BarcodeInvalid(kind=GS1_CODE, reason=ELEMENT_MALFORMED)
    if identifier in _CHECKED and not _check_digit_holds(value):
        raise BarcodeInvalid(kind=GS1_CODE, reason=WRONG_CHECK_DIGIT)
    if identifier in _DATES:
        gs1_date(value)
    return value


def gs1_date(value: str) -> date:
    """The day that ``YYMMDD`` means, 2000 to 2099; ``DD`` 00 is the month's last day. Raises :class:`BarcodeInvalid`."""
    year, month, day = 2000 + int(value[:2]), int(value[2:4]), int(value[4:])
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        raise BarcodeInvalid(kind=GS1_CODE, reason=NO_SUCH_DATE) from None


def _gs1_code(elements: dict[str, str]) -> Gs1Code:
    expires, made = elements.get("17"), elements.get("11")
    return Gs1Code(
        elements=tuple(elements.items()),
        gtin=elements.get("01", ""),
        expires_on=gs1_date(expires) if expires else None,
        made_on=gs1_date(made) if made else None,
        lot=elements.get("10", ""),
        serial=elements.get("21", ""),
    )


# --- other codes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TraceCode:
    """A drug traceability code 追溯码. ``product`` is the part that names the product (first 7 digits)."""

    code: str

    @property
    def product(self) -> str:
        """The first 7 characters: one product and pack has one of them."""
        return self.code[:7]


@dataclass(frozen=True)
class Ean13:
    """A retail code, 13 digits with a true check digit."""

    gtin: str


@dataclass(frozen=True)
class ResidentId:
    """An 18-character identity number with true date and check character (also 港澳台 residents, new foreign residents)."""

    number: str


class Payer(StrEnum):
    """Whose payment code it is."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNIONPAY = "unionpay"
    DIGITAL_RMB = "ecny"


@dataclass(frozen=True, repr=False)
class PaymentCode:
    """A one-time payment code 付款码. It is as good as money for a minute: its text form hides it, and it must never be logged."""

    payer: Payer
    auth_code: str

    def __repr__(self) -> str:
        return f"PaymentCode({self.payer.value}, …)"


@dataclass(frozen=True)
class UnknownCode:
    """None of the known kinds. ``problem`` says why, when it looked like one of them."""

    text: str
    problem: BarcodeInvalid | None = None


ScannedCode = OwnCode | Gs1Code | TraceCode | Ean13 | ResidentId | PaymentCode | UnknownCode

_PAYMENT: Final = (
    (Payer.WECHAT, re.compile(r"1[0-5][0-9]{16}")),
    (Payer.ALIPAY, re.compile(r"(?:2[5-9]|30)[0-9]{14,22}")),
    (Payer.UNIONPAY, re.compile(r"62[0-9]{17}")),
    (Payer.DIGITAL_RMB, re.compile(r"01[0-9]{17}")),
)
_RESIDENT_ID = re.compile(r"[1-9][0-9]{16}[0-9X]")


def payment_code(text: str) -> PaymentCode | None:
    """The payment code in ``text``, recognised by length and prefix, or ``None``. For a field that expects one, ask this first."""
    for payer, pattern in _PAYMENT:
        if pattern.fullmatch(text):
            return PaymentCode(payer, text)
    return None


def resident_id(text: str) -> ResidentId | None:
    """The identity number in ``text`` (GB 11643: true date from 1900 on, MOD 11-2), or ``None``. A small ``x`` is taken too."""
    number = text.upper()
    if not (_RESIDENT_ID.fullmatch(number) and number[6:8] in ("19", "20")):
        return None
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:-1], weights, strict=True))
    return ResidentId(number) if "10X98765432"[total % 11] == number[-1] else None


def strip_aim(text: str) -> tuple[str, str]:
    """Split the AIM symbology identifier that scanners may send in front (``]C1``, ``]d2``) from the data; empty if there is none."""
    found = _AIM.match(text)
    return (found.group(), text[found.end() :]) if found else ("", text)


def trace_code(text: str, patterns: tuple[str, ...] = DEFAULT_TRACE_PATTERNS) -> TraceCode | None:
    """The traceability code in ``text``: bare, inside a web address, or as serial number of a GS1 code; else ``None``."""
    candidates = _bare_or_in_address(text)
    if looks_like_gs1(text):
        gs1 = _or_unknown(parse_gs1, text)
        candidates.append(gs1.serial if isinstance(gs1, Gs1Code) else "")
    return _first_trace(candidates, patterns)


def _bare_or_in_address(text: str) -> list[str]:
    _, body = strip_aim(text.strip())
    return re.split(r"[/?&=#]", body)[::-1] if re.match(r"https?://", body, re.IGNORECASE) else [body]


def _first_trace(candidates: list[str], patterns: tuple[str, ...]) -> TraceCode | None:
    for candidate in candidates:
        if any(re.fullmatch(pattern, candidate, re.ASCII) for pattern in patterns):
            return TraceCode(candidate)
    return None


@dataclass(frozen=True)
class Pack:
    """What a scanned code says of a drug pack: ``article`` is the barcode that stands on every pack of its kind, ``trace`` the 追溯码 that
    this one alone bears; one of the two is empty. ``text`` is the code as scanned, without its AIM id. Packs are the same if they are by
    article and 追溯码, in whatever symbol that stood."""

    article: str
    trace: str
    text: str = field(default="", compare=False)

    @property
    def single(self) -> bool:
        """Whether no other pack bears this code."""
        return bool(self.trace)

    @property
    def product(self) -> tuple[str, str]:
        """The same for all packs of one product and size: their article, and the part of the 追溯码 that names the product."""
        return self.article, TraceCode(self.trace).product


def read_pack(text: str) -> Pack:
    """A code as scanned: a traceability code (bare, in a web address or in a GS1 code), a GTIN, or the clinic's own shelf code."""
    _aim, bare = strip_aim(text.strip())
    traced = trace_code(text)
    if traced is not None:
        return Pack("", traced.code, bare)
    seen = classify(text)
    article = seen.gtin[-13:] if isinstance(seen, Ean13 | Gs1Code) else bare
    return Pack(article, "", bare)


def looks_like_gs1(text: str) -> bool:
    """Whether ``text`` must be read as a GS1 element string: by its AIM id, a GS in it, or a true GTIN behind a leading 01."""
    aim, body = strip_aim(text)
    if aim:
        return aim in _GS1_AIM_IDS
    return GS in body or (body.startswith("01") and len(body) >= 16 and _check_digit_holds(body[2:16]))


def classify(text: str, trace_patterns: tuple[str, ...] = DEFAULT_TRACE_PATTERNS) -> ScannedCode:
    """What the scanned ``text`` is. Never raises: what is none of the known kinds, or breaks its kind's rules, is an UnknownCode.

    An 18-digit number with a true date and check character is an ID number even where it begins like a WeChat code (1 in 30,000 of
    these does); a field that waits for a payment asks :func:`payment_code` first. So is a 19-digit 01… a payment code, not a GS1 code.
    A drug pack's GS1 code may hold its traceability code as serial number: ask :func:`trace_code` with the same text.
    """
    aim, body = strip_aim(text.strip(" \r\n\t"))
    if not aim:
        plain = resident_id(body) or payment_code(body)
        if plain is not None:
            return plain
    traced = _first_trace(_bare_or_in_address(body), trace_patterns)
    if traced is not None:
        return traced
    if looks_like_gs1(aim + body):
        return _or_unknown(parse_gs1, body)
    return _other_number(body)


def _other_number(body: str) -> ScannedCode:
    known = resident_id(body) or payment_code(body)
    if known is not None:
        return known
    if len(body) in (_SHORT, _LONG) and _digits(body) and body[0] in "1234":
        return _or_unknown(parse, body)
    if len(body) == 13 and _check_digit_holds(body):
        return Ean13(body)
    return UnknownCode(body)


def _or_unknown(read: Callable[[str], ScannedCode], body: str) -> ScannedCode:
    try:
        return read(body)
    except BarcodeInvalid as problem:
        return UnknownCode(body, problem)
