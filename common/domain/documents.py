"""A person's papers and file: which numbers can be, and what has to agree with what (DOMAIN.md §4.2, §4.3)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from common.domain.age import OLDEST_YEARS, full_years
from common.domain.idcard import normalise, parse_id_number
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.patients import AllergyState, DocumentKind

if TYPE_CHECKING:
    from datetime import date

    from common.domain.idcard import IdNumber
    from common.messages.patients import PatientFile

#: Below this age (years) a guardian is named; PIPL Art. 31 calls a child's data sensitive.
GUARDIAN_BELOW: Final = 14
#: The same for somebody without a document: a card of one's own is a duty from 16 on (居民身份证法 Art. 2).
GUARDIAN_BELOW_WITHOUT_DOCUMENT: Final = 16

NUMBER: Final = N_("Document number")
NAME: Final = N_("Name")
SEX: Final = N_("Sex")
BIRTH_DATE: Final = N_("Birth date")
PHONE: Final = N_("Phone")
GUARDIAN: Final = N_("Guardian")
GUARDIAN_PHONE: Final = N_("Guardian's phone")
ALLERGIES: Final = N_("Allergies")

#: Kind of document → its shape, what to say of another one, and the regions whose residence permit number is taken in its place.
_SHAPES: Final = {
    DocumentKind.PASSPORT: (re.compile(r"[A-Z0-9]{5,17}"), N_("a passport number has 5 to 17 letters and digits"), ()),
    DocumentKind.HK_MACAU_PERMIT: (
        re.compile(r"[HM]([0-9]{8}|[0-9]{10})"),
        N_("it must be H or M and then 8 or 10 digits"),
        ("81", "82"),
    ),
    DocumentKind.TAIWAN_PERMIT: (re.compile(r"[0-9]{8}"), N_("it must have 8 digits"), ("83",)),
}
_OLD_FOREIGN: Final = re.compile(r"[A-Z]{3}[0-9]{12}")

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"(010|02[0-9])([2-9][0-9]{7})|(0[3-9][0-9]{2})([2-9][0-9]{6,7})")
_ABROAD: Final = re.compile(r"\+[1-9][0-9]{6,14}")

_DOTS: Final = str.maketrans(dict.fromkeys("•・‧∙．･●", "·"))
_HAN: Final = "\u3400-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U000323af〇"
_BLANK_IN_CHINESE: Final = re.compile(rf"(?<=[{_HAN}·])\s+(?=[{_HAN}·])")
#: The private use area holds rare characters that identity cards encode there.
_CHINESE: Final = re.compile(rf"[{_HAN}]")
_UNKNOWN_PERSON: Final = re.compile(r"无名氏[0-9-]*")


def check_document(kind: DocumentKind, number: str, today: date) -> str:
    """The number as it is stored (half-width, upper case, no blanks), if it can be one of its kind; :class:`FieldWrong` otherwise.

    Under ``ID_CARD`` any 18-character number is taken, and a residence permit's also under its owner's travel permit; see
    :func:`check_person`, which files each under its own kind.
    """
    plain = normalise(number)
    if kind is DocumentKind.NONE:
        if plain:
            _refuse(NUMBER, N_("choose what kind of document this is"))
        return ""
    if not plain:
        _refuse(NUMBER, N_("it is empty"))
    if kind is DocumentKind.ID_CARD:
        parse_id_number(plain, today)
    elif kind is DocumentKind.FOREIGN_RESIDENCE:
        _check_foreign_residence(plain, today)
    else:
        shape, reason, residence = _SHAPES[kind]
        if not shape.fullmatch(plain) and not _is_residence_permit(plain, residence, today):
            _refuse(NUMBER, reason)
    return plain


def _check_foreign_residence(number: str, today: date) -> None:
    if _OLD_FOREIGN.fullmatch(number):
        return
    if len(number) != 18:
        _refuse(NUMBER, N_("it must have 18 characters, or on an old card 3 letters and 12 digits"))
    if parse_id_number(number, today).kind != "foreign_residence":
        _refuse(NUMBER, N_("a foreign resident's number begins with 9"))


def _is_residence_permit(number: str, regions: tuple[str, ...], today: date) -> bool:
    """Whether it is a residence permit 港澳台居民居住证; a wrong digit in one is told as such."""
    return len(number) == 18 and number.startswith(regions) and bool(parse_id_number(number, today))


def check_person(file: PatientFile, today: date) -> PatientFile:
    """The file as it is stored: name, document, phones and allergies normalised and checked against each other.

    An identity number decides: sex and birth date must agree with it, and a sex that is unknown or not stated (0, 9) is taken from it.
    Raises :class:`FieldWrong` naming the first field that is wrong.
    """
    number = check_document(file.document_kind, file.document_number, today)
    identity = parse_id_number(number, today) if len(number) == 18 else None
    checked = msgspec.structs.replace(
        file,
        name=normalise_name(file.name),
        sex=_sex(file.sex, identity),
        document_kind=_kind(file.document_kind, identity),
        document_number=number,
        phone=normalise_phone(file.phone),
        address=" ".join(file.address.split()),
        guardian_name=normalise_name(file.guardian_name, GUARDIAN) if file.guardian_name.strip() else "",
        guardian_phone=normalise_phone(file.guardian_phone, GUARDIAN_PHONE),
    )
    _check_birth_date(checked.birth_date, identity, today)
    _check_allergies(checked)
    _check_guardian(checked, today)
    return checked


def normalise_name(name: str, field: str = NAME) -> str:
    """The name in Chinese or Latin letters with ``·`` between its parts; blanks trimmed. Raises :class:`FieldWrong` for anything else.

    Chinese characters are never changed, whatever their normal form. Only an unknown person (无名氏 and a date) has digits.
    """
    half_width = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" and sign != "．" else sign for sign in name)
    latin = re.sub(r"[A-Za-z][\u0300-\u036f]+", lambda found: unicodedata.normalize("NFC", found[0]), half_width)
    plain = _BLANK_IN_CHINESE.sub("", " ".join(latin.translate(_DOTS).split()))
    if not plain:
        _refuse(field, N_("it is empty"))
    if _UNKNOWN_PERSON.fullmatch(plain):
        return plain
    if not all(_may_stand_in_name(sign) for sign in plain):
        _refuse(field, N_("only Chinese and Latin letters, “·”, hyphens and blanks can stand in a name"))
    if not any(_is_letter(sign) for sign in plain):
        _refuse(field, N_("there is no letter in it"))
    return plain


def _is_letter(sign: str) -> bool:
    return bool(_CHINESE.match(sign)) or (sign.isalpha() and unicodedata.name(sign, "").startswith("LATIN"))


def _may_stand_in_name(sign: str) -> bool:
    return sign in "· -'’.,()" or _is_letter(sign)


def normalise_phone(phone: str, field: str = PHONE) -> str:
    """``13812341234``, ``010-62345678`` or ``+85291234567``, however it was typed; empty stays empty. Raises :class:`FieldWrong`."""
    plain = re.sub(r"[\s()\-—–.]", "", unicodedata.normalize("NFKC", phone))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    if plain.startswith("+86"):
        plain = plain[3:] if _MOBILE.fullmatch(plain[3:]) else f"0{plain[3:].removeprefix('0')}"
    if not plain or _MOBILE.fullmatch(plain) or _ABROAD.fullmatch(plain):
        return plain
    landline = _LANDLINE.fullmatch(plain)
    if landline is None:
        _refuse(field, N_("it must be a mobile number of 11 digits, a landline with its area code, or begin with + and the country"))
    return "-".join(filter(None, landline.groups()))


def _sex(stated: str, identity: IdNumber | None) -> str:
    if identity is None or stated == identity.sex:
        return stated
    if stated in "12":
        _refuse(SEX, N_("it does not agree with the ID number"))
    return identity.sex


def _kind(stated: DocumentKind, identity: IdNumber | None) -> DocumentKind:
    if identity is None:
        return stated
    return DocumentKind.FOREIGN_RESIDENCE if identity.kind == "foreign_residence" else DocumentKind.ID_CARD


def _check_birth_date(birth_date: date, identity: IdNumber | None, today: date) -> None:
    if identity is not None and birth_date != identity.birth_date:
        _refuse(BIRTH_DATE, N_("it does not agree with the ID number"))
    if birth_date > today:
        _refuse(BIRTH_DATE, N_("it is in the future"))
    if full_years(birth_date, today) > OLDEST_YEARS:
        _refuse(BIRTH_DATE, N_("it is more than 150 years ago"))


def _check_allergies(file: PatientFile) -> None:
    if file.allergy_state is AllergyState.KNOWN and not file.allergies:
        _refuse(ALLERGIES, N_("say which, or choose another allergy state"))
    if file.allergy_state is not AllergyState.KNOWN and file.allergies:
        _refuse(ALLERGIES, N_("there are some in the list, so the state must be “known”"))
    if not all(allergy.text.strip() for allergy in file.allergies):
        _refuse(ALLERGIES, N_("one of them is empty"))


def _check_guardian(file: PatientFile, today: date) -> None:
    if file.guardian_name:
        return
    years = full_years(file.birth_date, today)
    if years < GUARDIAN_BELOW:
        _refuse(GUARDIAN, N_("a patient under 14 needs one"))
    if years < GUARDIAN_BELOW_WITHOUT_DOCUMENT and file.document_kind is DocumentKind.NONE:
        _refuse(GUARDIAN, N_("a patient under 16 without a document needs one"))


def _refuse(field: str, reason: str) -> NoReturn:
    raise FieldWrong(field=field, reason=reason)
