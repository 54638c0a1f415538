"""Patient files: finding them while one types, opening, making and correcting them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.domain.documents import check_person
from common.errors import ChangedMeanwhile, NotFound
from common.i18n import N_
from common.messages.patients import (
    Allergy,
    AllergyState,
    CorrectPatient,
    DocumentKind,
    GetPatient,
    PatientFile,
    PatientHit,
    PatientHits,
    PatientSummary,
    RegisterPatient,
    SearchPatients,
    VisitBrief,
)
from common.registration_errors import LikelyDuplicate
from common.wire import as_kind, encode
from server import numbers
from server.db import Read, Write, prefix
from server.features import handles
from server.importing.pinyin import spellings

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

# --- finding -----------------------------------------------------------------------------------------------------------------------

_HIT: Final = (
    "SELECT p.id, p.number, p.name, p.sex, p.birth_date, p.phone, right(p.document_number, 4) AS document_tail, p.last_visit FROM patient p"
)
_NARROW: Final = " AND (%(year)s::int IS NULL OR extract(year FROM p.birth_date) = %(year)s) AND p.phone LIKE %(phone)s"
_BY_NAME: Final = Read(f"{_HIT} WHERE p.name >= %(low)s AND p.name < %(high)s{_NARROW} ORDER BY p.name, p.id LIMIT %(limit)s")
_BY_SPELLING: Final = Read(
    f"{_HIT} JOIN patient_spelling s ON s.patient_id = p.id WHERE s.key >= %(low)s AND s.key < %(high)s{_NARROW}"
    " ORDER BY s.key, s.patient_id LIMIT %(limit)s"
)
_BY_DOCUMENT: Final = Read(
    f"{_HIT} WHERE p.document_number >= %(low)s AND p.document_number < %(high)s AND p.document_number <> ''"
    " ORDER BY p.document_number LIMIT %(limit)s"
)
_BY_DIGITS: Final = Read(
    f"({_HIT} WHERE p.number = %(low)s) UNION ({_HIT} JOIN visit v ON v.patient_id = p.id WHERE v.number = %(low)s) UNION"
    f" ({_BY_DOCUMENT.sql}) UNION"
    f" ({_HIT} WHERE p.phone >= %(low)s AND p.phone < %(high)s AND p.phone <> '' ORDER BY p.phone LIMIT %(limit)s)"
)
_BY_TAIL: Final = Read(
    f"({_HIT} WHERE p.number = %(low)s) UNION ({_BY_DOCUMENT.sql}) UNION"
    f" ({_HIT} WHERE right(p.phone, 4) = %(low)s AND p.phone <> '' LIMIT %(limit)s) UNION"
    f" ({_HIT} WHERE p.phone >= %(low)s AND p.phone < %(high)s AND p.phone <> '' ORDER BY p.phone LIMIT %(limit)s)"
)

_YEAR: Final = re.compile(r"^(19|20)\d\d$")


@handles(SearchPatients)
def search_patients(tx: ReadTx, request: SearchPatients) -> PatientHits:
    """What is typed decides the index: digits are numbers, letters are pinyin, anything else is a name."""
    words = request.text.split()
    if not words:
        return PatientHits(hits=(), more=False)
    found = _search(tx, words, request.limit + 1)
    return PatientHits(hits=found[: request.limit], more=len(found) > request.limit)


def _search(tx: ReadTx, words: list[str], limit: int) -> tuple[PatientHit, ...]:
    first, rest = words[0], words[1:]
    narrow = {
        "year": next((int(word) for word in rest if _YEAR.match(word)), None),
        "phone": next((f"%{word}" for word in rest if word.isdecimal() and not _YEAR.match(word)), "%"),
    }
    if first.isascii() and first.isdecimal():
        return _by_digits(tx, first, limit)
    if first.isascii() and any(c.isdecimal() for c in first):
        return tx.structs(PatientHit, _BY_DOCUMENT, **prefix(first.upper()), limit=limit)
    if first.isascii():
        return _by_spelling(tx, "".join(first.lower().split("'")), limit, narrow)
    return tx.structs(PatientHit, _BY_NAME, **prefix(first), limit=limit, **narrow)


def _by_digits(tx: ReadTx, digits: str, limit: int) -> tuple[PatientHit, ...]:
    """Four digits are first of all the end of a phone number, as it is asked for at a counter."""
    hits: tuple[PatientHit, ...] = ()
    if len(digits) == 4:
        hits = tx.structs(PatientHit, _BY_TAIL, **prefix(digits), limit=limit)
    if len(hits) < limit:
        hits += tx.structs(PatientHit, _BY_DIGITS, **prefix(digits), limit=limit)
    return tuple({hit.id: hit for hit in hits}.values())[:limit]


def _by_spelling(tx: ReadTx, letters: str, limit: int, narrow: dict[str, Any]) -> tuple[PatientHit, ...]:
    """Each patient once, although several of his spellings may match: then more rows are read, until there are enough patients."""
    rows = limit
    while True:
        hits = tx.structs(PatientHit, _BY_SPELLING, **prefix(letters), limit=rows, **narrow)
        patients = tuple({hit.id: hit for hit in hits}.values())
        if len(hits) < rows or len(patients) >= limit:
            return patients[:limit]
        rows *= 4


# --- opening -----------------------------------------------------------------------------------------------------------------------

_FILE_COLUMNS: Final = tuple(field for field in PatientFile.__struct_fields__)
_FILE: Final = Read(
    f"SELECT p.id, p.number, p.version, p.created_at, (SELECT coalesce(sum(amount_fen), 0) FROM charge_line c WHERE c.patient_id = p.id"
    f" AND c.state = 'PENDING')::bigint, {', '.join(f'p.{column}' for column in _FILE_COLUMNS)} FROM patient p WHERE p.id = %(id)s"
)
_VISITS: Final = Read(
    "SELECT v.id, v.number, v.date, d.name AS department, s.name AS doctor, v.state, v.queue_number,"
    " coalesce((SELECT array_agg(x->>'name') FROM record r, jsonb_array_elements(r.diagnoses) x WHERE r.visit_id = v.id), '{}') AS diagnoses"
    " FROM visit v JOIN department d ON d.id = v.department_id JOIN staff s ON s.id = v.doctor_id"
    " WHERE v.patient_id = %(id)s ORDER BY v.id DESC LIMIT 10"
)


def summary(tx: ReadTx, patient_id: int) -> PatientSummary:
    """A patient's card. Raises ``NotFound``."""
    row = tx.one(_FILE, NotFound(kind=N_("Patient"), key=str(patient_id)), id=patient_id)
    visits = tuple(
        msgspec.structs.replace(visit, diagnoses=tuple(visit.diagnoses)) for visit in tx.structs(VisitBrief, _VISITS, id=patient_id)
    )
    today = next((visit for visit in visits if visit.date == tx.today and visit.state not in ("CANCELLED", "NO_SHOW")), None)
    return PatientSummary(
        id=row[0],
        number=row[1],
        version=row[2],
        registered_at=row[3],
        unpaid_fen=row[4],
        file=_file(row[5:]),
        visits=visits,
        today=today,
    )


def _file(values: Row) -> PatientFile:
    fields: dict[str, Any] = dict(zip(_FILE_COLUMNS, values, strict=True))
    fields["document_kind"] = DocumentKind(fields["document_kind"])
    fields["allergy_state"] = AllergyState(fields["allergy_state"])
    fields["allergies"] = tuple(as_kind(fields["allergies"], list[Allergy]))
    return PatientFile(**fields)


@handles(GetPatient)
def get_patient(tx: ReadTx, request: GetPatient) -> PatientSummary:
    """A patient's card; the look is audited."""
    tx.viewed = request.patient_id
    return summary(tx, request.patient_id)


# --- making and correcting ---------------------------------------------------------------------------------------------------------

_SAME_PERSON: Final = Read("SELECT number FROM patient WHERE name = %(name)s AND sex = %(sex)s AND birth_date = %(birth_date)s LIMIT 1")
_SAME_DOCUMENT: Final = Read(
    "SELECT name, number FROM patient WHERE document_kind = %(kind)s AND document_number = %(number)s AND id <> %(but)s"
)
_INSERT: Final = Write(
    f"INSERT INTO patient (number, version, created_at, created_by, {', '.join(_FILE_COLUMNS)})"
    f" VALUES (%(number)s, 1, %(now)s, %(by)s, {', '.join(f'%({column})s' for column in _FILE_COLUMNS)}) RETURNING id"
)
_UPDATE: Final = Write(
    f"UPDATE patient SET version = version + 1, {', '.join(f'{column} = %({column})s' for column in _FILE_COLUMNS)}"
    " WHERE id = %(id)s AND version = %(version)s"
)
_SPELL: Final = Write("INSERT INTO patient_spelling (key, patient_id) SELECT unnest(%(keys)s::text[]), %(id)s ON CONFLICT DO NOTHING")
_UNSPELL: Final = Write("DELETE FROM patient_spelling WHERE patient_id = %(id)s")
_KEEP: Final = Write(
    "INSERT INTO patient_version (patient_id, version, file, at, staff_id) VALUES (%(id)s, %(version)s, %(file)s, %(at)s, %(by)s)"
)


def _columns(file: PatientFile) -> dict[str, Any]:
    columns = {column: getattr(file, column) for column in _FILE_COLUMNS}
    columns["allergies"] = Jsonb(list(file.allergies), dumps=encode)
    return columns


def _refuse_duplicate(tx: Tx, file: PatientFile, *, another_person: bool, but: int = 0) -> None:
    if file.document_number:
        row = tx.first(_SAME_DOCUMENT, kind=file.document_kind, number=file.document_number, but=but)
        if row is not None:
            raise LikelyDuplicate(patient=row[0], number=row[1])
    if not another_person and not but:
        row = tx.first(_SAME_PERSON, name=file.name, sex=file.sex, birth_date=file.birth_date)
        if row is not None:
            raise LikelyDuplicate(patient=file.name, number=row[0])


def _spell(tx: Tx, patient_id: int, name: str) -> None:
    found = spellings(name)
    tx.write(_SPELL, keys=sorted({*found.full, *found.initials}), id=patient_id)


@handles(RegisterPatient)
def register_patient(tx: Tx, request: RegisterPatient) -> PatientSummary:
    """Make a file and number it."""
    file = check_person(request.file, tx.today)
    _refuse_duplicate(tx, file, another_person=request.another_person)
    number = numbers.running(tx, "patient", 8)
    row = tx.write_one(_INSERT, number=number, now=tx.now, by=tx.actor.staff, **_columns(file))
    assert row is not None
    _spell(tx, row[0], file.name)
    tx.patient_id = row[0]
    tx.changed(topics.PATIENT, row[0])
    return summary(tx, row[0])


@handles(CorrectPatient)
def correct_patient(tx: Tx, request: CorrectPatient) -> PatientSummary:
    """Correct a file; the version before is kept whole."""
    before = summary(tx, request.patient_id)
    file = check_person(request.file, tx.today)
    _refuse_duplicate(tx, file, another_person=True, but=request.patient_id)
    if tx.count(_UPDATE, id=request.patient_id, version=request.version, **_columns(file)) != 1:
        raise ChangedMeanwhile(kind=N_("The patient's file"))
    tx.write(
        _KEEP,
        id=request.patient_id,
        version=request.version,
        file=Jsonb(before.file, dumps=encode),
        at=tx.now,
        by=tx.actor.staff,
    )
    if before.file.name != file.name:
        tx.write(_UNSPELL, id=request.patient_id)
        _spell(tx, request.patient_id, file.name)
    tx.patient_id = request.patient_id
    tx.detail = {"before_version": request.version}
    tx.changed(topics.PATIENT, request.patient_id)
    return summary(tx, request.patient_id)
