"""Who walks through the demonstration: invented people, or those of a CSV file whose bad rows are refused by line and reason."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.age import full_years
from common.domain.documents import check_person
from common.domain.idcard import check_digit, parse_id_number
from common.errors import XinglinError
from common.i18n import N_, tr
from common.messages.catalogue import DiagnosisRow
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile
from server.catalogue.starter import starter
from server.importing.table import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from server.importing.table import Table

COLUMNS: Final = (
    "name",
    "document_kind",
    "document_number",
    "sex",
    "birth_date",
    "phone",
    "allergies",
    "chief_complaint",
    "diagnosis_code",
)

NO_COLUMN: Final = N_("the column {column} is missing")
NO_NAME: Final = N_("the name is missing")
LONG_NAME: Final = N_("the name is longer than {limit} characters")
NO_KIND: Final = N_("“{value}” is no kind of document; there are {known}")
NO_NUMBER: Final = N_("the document's number is missing")
STRAY_NUMBER: Final = N_("a number is given, but no document")
NO_SEX: Final = N_("the sex is missing, and the document does not give it")
BAD_SEX: Final = N_("“{value}” is no sex; write 男 or 女, male or female")
NO_BIRTH: Final = N_("the birth date is missing, and the document does not give it")
BAD_BIRTH: Final = N_("“{value}” is no date; write it like 1990-03-07")
NO_COMPLAINT: Final = N_("the chief complaint is missing")
LONG_COMPLAINT: Final = N_("the chief complaint is longer than {limit} characters")
NO_DIAGNOSIS: Final = N_("the diagnosis is missing")
UNKNOWN_DIAGNOSIS: Final = N_("the diagnosis “{value}” is not in the catalogue")
SAME_PERSON: Final = N_("this person stands in line {line} already")

_NAME_LIMIT: Final = 50
_COMPLAINT_LIMIT: Final = 200
_SEXES: Final = {"男": "1", "女": "2", "male": "1", "female": "2", "m": "1", "f": "2", "1": "1", "2": "2"}
_NO_ALLERGY: Final = {"无", "没有", "否认", "none", "no", "nka", "nil"}
#: What allergies are often called, by the catalogue's group.
_ALLERGENS: Final = {
    "青霉素": "penicillin",
    "penicillin": "penicillin",
    "头孢": "cephalosporin",
    "cephalosporin": "cephalosporin",
    "磺胺": "sulfonamide",
    "sulfa": "sulfonamide",
}


class Walker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes to the clinic. ``line`` is the file's line, or 0 for an invented person."""

    line: int
    file: PatientFile
    complaint: str
    diagnosis: DiagnosisRow


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that nobody can be made of."""

    line: int
    reason: str


class _Refused(Exception):
    """Carries the reason of one row."""


# --- from a file -------------------------------------------------------------------------------------------------------------------


def read_people(path: Path, today: date) -> tuple[list[Walker], list[RefusedRow]]:
    """The people of a CSV file (UTF-8 or GB18030), and the rows that were refused. Raises ``FileRefused`` if it cannot be read at all."""
    table = read_table(path)
    columns = _columns(table)
    odd = {problem.row: problem for problem in reversed(table.problems)}
    diagnoses = {row.code.lower(): row for row in starter("diagnoses")}
    people: list[Walker] = []
    refused: list[RefusedRow] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, cells in table.rows:
        try:
            if line in odd:
                raise _Refused(odd[line].sentence())
            row = {name: cells[index].strip() for name, index in columns.items()}
            walker = _walker(line, row, diagnoses, today)
            _refuse_twin(walker, seen)
            people.append(walker)
        except _Refused as reason:
            refused.append(RefusedRow(line=line, reason=str(reason)))
        except XinglinError as error:
            refused.append(RefusedRow(line=line, reason=error.sentence()))
    return people, refused


def _columns(table: Table) -> dict[str, int]:
    from server.importing.problems import FileRefused

    headings = {heading.strip().lower().lstrip("\ufeff"): index for index, heading in enumerate(table.columns)}
    for column in COLUMNS:
        if column not in headings:
            raise FileRefused(NO_COLUMN, column=column)
    return {column: headings[column] for column in COLUMNS}


def _walker(line: int, row: Mapping[str, str], diagnoses: Mapping[str, DiagnosisRow], today: date) -> Walker:
    if not row["name"]:
        raise _Refused(tr(NO_NAME))
    if len(row["name"]) > _NAME_LIMIT:
        raise _Refused(tr(LONG_NAME, limit=_NAME_LIMIT))
    kind = _kind(row["document_kind"], row["document_number"])
    sex, birth = _sex_and_birth(row, kind, today)
    state, allergies = _allergies(row["allergies"])
    minor = full_years(birth, today) < 16
    file = PatientFile(
        name=row["name"],
        sex=sex,
        birth_date=birth,
        document_kind=kind,
        document_number=row["document_number"],
        phone=row["phone"],
        allergy_state=state,
        allergies=allergies,
        guardian_name="家长" if minor else "",  # the file has no column for whoever comes with a child
    )
    return Walker(line=line, file=check_person(file, today), complaint=_complaint(row), diagnosis=_diagnosis(row, diagnoses))


def _kind(text: str, number: str) -> DocumentKind:
    try:
        kind = DocumentKind(text.lower() or ("none" if not number else ""))
    except ValueError:
        raise _Refused(tr(NO_KIND, value=text, known=", ".join(DocumentKind))) from None
    if kind is DocumentKind.NONE and number:
        raise _Refused(tr(STRAY_NUMBER))
    if kind is not DocumentKind.NONE and not number:
        raise _Refused(tr(NO_NUMBER))
    return kind


def _sex_and_birth(row: Mapping[str, str], kind: DocumentKind, today: date) -> tuple[str, date]:
    sex, birth = row["sex"].lower(), row["birth_date"]
    if sex and sex not in _SEXES:
        raise _Refused(tr(BAD_SEX, value=row["sex"]))
    given = _date(birth) if birth else None
    number = row["document_number"].replace(" ", "").upper()
    if kind is DocumentKind.ID_CARD or (kind is DocumentKind.FOREIGN_RESIDENCE and len(number) == 18):
        identity = parse_id_number(number, today)
        return _SEXES.get(sex, identity.sex), given or identity.birth_date
    if not sex:
        raise _Refused(tr(NO_SEX))
    if given is None:
        raise _Refused(tr(NO_BIRTH))
    return _SEXES[sex], given


def _date(text: str) -> date:
    try:
        year, month, day = (int(part) for part in text.replace("/", "-").replace(".", "-").split("-"))
        return date(year, month, day)
    except ValueError:
        raise _Refused(tr(BAD_BIRTH, value=text)) from None


def _allergies(text: str) -> tuple[AllergyState, tuple[Allergy, ...]]:
    words = [word.strip() for word in text.replace("；", ";").replace("，", ";").replace("、", ";").replace(",", ";").split(";")]
    words = [word for word in words if word]
    if not words:
        return AllergyState.NOT_ASKED, ()
    if all(word.lower() in _NO_ALLERGY for word in words):
        return AllergyState.NONE_KNOWN, ()
    return AllergyState.KNOWN, tuple(Allergy(text=word[:100], allergen=_allergen(word)) for word in words)


def _allergen(word: str) -> str:
    return next((code for name, code in _ALLERGENS.items() if name in word.lower()), "")


def _complaint(row: Mapping[str, str]) -> str:
    if not row["chief_complaint"]:
        raise _Refused(tr(NO_COMPLAINT))
    if len(row["chief_complaint"]) > _COMPLAINT_LIMIT:
        raise _Refused(tr(LONG_COMPLAINT, limit=_COMPLAINT_LIMIT))
    return row["chief_complaint"]


def _diagnosis(row: Mapping[str, str], diagnoses: Mapping[str, DiagnosisRow]) -> DiagnosisRow:
    if not row["diagnosis_code"]:
        raise _Refused(tr(NO_DIAGNOSIS))
    found = diagnoses.get(row["diagnosis_code"].lower())
    if found is None:
        raise _Refused(tr(UNKNOWN_DIAGNOSIS, value=row["diagnosis_code"]))
    return found


def _refuse_twin(walker: Walker, seen: dict[tuple[object, ...], int]) -> None:
    """One document is one person; two without one are told apart by name, sex, birth date and phone."""
    file = walker.file
    who: tuple[object, ...] = (file.document_kind, file.document_number)
    if not file.document_number:
        who = (file.name, file.sex, file.birth_date, file.phone)
    if who in seen:
        raise _Refused(tr(SAME_PERSON, line=seen[who]))
    seen[who] = walker.line


# --- invented ----------------------------------------------------------------------------------------------------------------------

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
)
_GIVEN: Final = "安柏晨澄丹恩帆菲涵禾恒嘉洁静君可兰蕾凌璐宁佩琪晴然蓉若珊思桃婷维文熙贤欣雅言怡悦云泽芷卓子梓知之舟朝远博凯睿航宇轩昊诚"
#: Complaint, ICD-10 code.
_CASES: Final = (
    ("咳嗽、咽痛三天", "J06.900"),
    ("头痛伴鼻塞两天", "J06.900"),
    ("腹泻一天，每日五次", "A09.901"),
    ("上腹隐痛一周", "K29.500"),
    ("腰痛半月", "M54.500"),
    ("血压高复诊", "I10.x00x002"),
)


def invented_people(count: int, seed: int, today: date) -> list[Walker]:
    """``count`` people; the same seed gives the same ones. The people are invented."""
    chance = random.Random(seed)
    diagnoses = {row.code: row for row in starter("diagnoses")}
    cases = [(complaint, diagnoses[code]) for complaint, code in _CASES if code in diagnoses]
    return [_invent(chance, number, cases, today) for number in range(1, count + 1)]


def _invent(chance: random.Random, number: int, cases: list[tuple[str, DiagnosisRow]], today: date) -> Walker:
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
    birth = today - timedelta(days=chance.randrange(20 * 365, 80 * 365))
    sex = chance.choice("12")
    serial = (number * 2 + (sex == "1")) % 1000
    digits = f"110101{birth:%Y%m%d}{serial:03d}"
    allergic = chance.random() < 0.2
    complaint, diagnosis = chance.choice(cases)
    file = PatientFile(
        name=name,
        sex=sex,
        birth_date=birth,
        document_kind=DocumentKind.ID_CARD,
        document_number=digits + check_digit(digits),
        phone=f"139{chance.randrange(10**8):08d}",
        allergy_state=AllergyState.KNOWN if allergic else AllergyState.NONE_KNOWN,
        allergies=(Allergy(text="青霉素", allergen="penicillin"),) if allergic else (),
    )
    return Walker(line=0, file=check_person(file, today), complaint=complaint, diagnosis=diagnosis)
