"""Catalogues: searching drugs and diagnoses while one types, the short lists, and storing imported ones whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from common import topics
from common.domain.barcodes import Ean13, Gs1Code, classify
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.catalogue import (
    CodeName,
    DepartmentFacts,
    DiagnosisHit,
    DiagnosisHits,
    DiagnosisRow,
    DrugFacts,
    DrugHits,
    DrugRow,
    FrequencyFacts,
    FrequencyRow,
    GetLists,
    GetRegion,
    ImportCatalogue,
    Imported,
    Lists,
    RegionName,
    RouteFacts,
    RouteRow,
    SearchDiagnoses,
    SearchDrugs,
    ServiceRow,
)
from server import alike, drug_book, prices
from server.db import Read, Write, prefix
from server.drafting import DRUG_COLUMNS
from server.features import handles
from server.importing.pinyin import term_spelling
from server.prices.drug_prices import note_imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.db import ReadTx, Tx

# --- searching ---------------------------------------------------------------------------------------------------------------------

_FOUND: Final = f"SELECT {DRUG_COLUMNS} FROM drug d"
_NARROW: Final = (
    " AND d.active AND NOT EXISTS (SELECT FROM unnest(%(also)s::text[]) w(word) WHERE strpos(d.name || d.specification, w.word) = 0)"
)
_DRUGS_BY_NAME: Final = Read(
    f"{_FOUND} WHERE strpos(d.name, %(text)s) > 0{_NARROW} ORDER BY strpos(d.name, %(text)s) <> 1, length(d.name), d.name, d.id LIMIT %(limit)s"
)
_DRUGS_BY_SPELLING: Final = Read(
    f"{_FOUND} JOIN (SELECT drug_id, min(length(key)) AS size FROM drug_spelling WHERE key >= %(low)s AND key < %(high)s GROUP BY drug_id) s"
    f" ON s.drug_id = d.id WHERE true{_NARROW} ORDER BY s.size, d.name, d.id LIMIT %(limit)s"
)
_DRUGS_BY_CODE: Final = Read(
    f"{_FOUND} WHERE (d.code = %(code)s OR d.id IN (SELECT drug_id FROM drug_code WHERE kind = 'barcode' AND code = %(code)s)) AND d.active"
)
_DIAGNOSES_BY_NAME: Final = Read(
    "SELECT code, name FROM diagnosis WHERE strpos(name, %(text)s) > 0"
    " ORDER BY strpos(name, %(text)s) <> 1, length(name), code LIMIT %(limit)s"
)
_DIAGNOSES_BY_CODE: Final = Read("SELECT code, name FROM diagnosis WHERE code >= %(low)s AND code < %(high)s ORDER BY code LIMIT %(limit)s")
_DIAGNOSES_BY_SPELLING: Final = Read(
    "SELECT d.code, d.name FROM diagnosis d JOIN (SELECT code, min(length(key)) AS size FROM diagnosis_spelling"
    " WHERE key >= %(low)s AND key < %(high)s GROUP BY code ORDER BY min(length(key)), code LIMIT %(limit)s) s ON s.code = d.code"
    " ORDER BY s.size, d.code"
)


def _with_allergens(drugs: Iterable[DrugFacts]) -> tuple[DrugFacts, ...]:
    return tuple(msgspec.structs.replace(drug, allergens=tuple(drug.allergens)) for drug in drugs)


@handles(SearchDrugs)
def search_drugs(tx: ReadTx, request: SearchDrugs) -> DrugHits:
    """Letters are initials or pinyin, digits are codes, anything else is part of the name; further words narrow name and specification."""
    words = request.text.split()
    if not words:
        return DrugHits(drugs=())
    first = words[0]
    if any(c.isdecimal() for c in first) and first.isascii():
        seen = classify(first)
        code = seen.gtin[-13:] if isinstance(seen, Ean13 | Gs1Code) else first.upper()
        exact = tx.structs(DrugFacts, _DRUGS_BY_CODE, code=code, today=tx.today)
        if exact:
            return DrugHits(drugs=_with_allergens(exact))
    by, parameters = _DRUGS_BY_NAME, {"text": first}
    if first.isascii() and first.isalpha():
        by, parameters = _DRUGS_BY_SPELLING, prefix(first.lower())
    return DrugHits(drugs=_with_allergens(tx.structs(DrugFacts, by, also=words[1:], limit=request.limit, today=tx.today, **parameters)))


@handles(SearchDiagnoses)
def search_diagnoses(tx: ReadTx, request: SearchDiagnoses) -> DiagnosisHits:
    """A letter and a digit begin an ICD-10 code; letters alone are initials or pinyin; anything else is part of the name."""
    text = request.text.strip()
    if not text:
        return DiagnosisHits(diagnoses=())
    by, parameters = _DIAGNOSES_BY_NAME, {"text": text}
    if text.isascii() and len(text) > 1 and text[1].isdecimal():
        by, parameters = _DIAGNOSES_BY_CODE, prefix(text[0].upper() + text[1:].lower())
    elif text.isascii():
        by, parameters = _DIAGNOSES_BY_SPELLING, prefix(text.lower().replace(" ", ""))
    return DiagnosisHits(diagnoses=tx.structs(DiagnosisHit, by, limit=request.limit, **parameters))


# --- short lists -------------------------------------------------------------------------------------------------------------------

_FREQUENCIES: Final = Read("SELECT code, name_zh, name_en, times, needs_total FROM frequency ORDER BY position, code")
_ROUTES: Final = Read("SELECT code, name_zh, name_en, is_injection FROM route ORDER BY position, code")
_DEPARTMENTS: Final = Read("SELECT id, code, name, name_en FROM department WHERE active ORDER BY code")
_CODES: Final = Read("SELECT code, name_zh, name_en FROM code_name WHERE list = %(list)s ORDER BY code")
_REGION: Final = Read("SELECT name FROM region WHERE code = %(code)s")


@handles(GetLists)
def get_lists(tx: ReadTx, request: GetLists) -> Lists:
    """All short lists."""
    return Lists(
        frequencies=tx.structs(FrequencyFacts, _FREQUENCIES),
        routes=tx.structs(RouteFacts, _ROUTES),
        departments=tx.structs(DepartmentFacts, _DEPARTMENTS),
        allergens=tx.structs(CodeName, _CODES, list="allergens"),
        ethnic_groups=tx.structs(CodeName, _CODES, list="ethnic_groups"),
    )


@handles(GetRegion)
def get_region(tx: ReadTx, request: GetRegion) -> RegionName:
    """The names from province to county, as far as the lists have them."""
    codes = dict.fromkeys((request.code[:2] + "0000", request.code[:4] + "00", request.code))
    names = [row[0] for code in codes if (row := tx.first(_REGION, code=code)) is not None]
    return RegionName(code=request.code, name="".join(names))


# --- importing ---------------------------------------------------------------------------------------------------------------------


def _upsert(table: str, key: str, columns: Sequence[str]) -> Write:
    """Insert or update by key; says for each row whether it is new and, when nothing differs, nothing."""
    names = ", ".join(columns)
    values = ", ".join(f"%({column})s" for column in columns)
    others = [column for column in columns if column not in key.split(", ")]
    updates = ", ".join(f"{column} = excluded.{column}" for column in others)
    differs = f"({', '.join(f'{table}.{c}' for c in others)}) IS DISTINCT FROM ({', '.join(f'excluded.{c}' for c in others)})"
    if len(others) == 1:
        differs = f"{table}.{others[0]} IS DISTINCT FROM excluded.{others[0]}"
    return Write(
        f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET {updates} WHERE {differs} RETURNING xmax::text = '0'"
    )


_DRUG_FIELDS: Final = tuple(name for name in DrugRow.__struct_fields__ if name not in ("barcode", "trace_prefix"))
_DRUG: Final = _upsert("drug", "code", (*_DRUG_FIELDS, "specification"))
_DIAGNOSIS: Final = _upsert("diagnosis", "code", DiagnosisRow.__struct_fields__)
_SERVICE: Final = _upsert("service_item", "code", ServiceRow.__struct_fields__)
_FREQUENCY: Final = _upsert("frequency", "code", (*FrequencyRow.__struct_fields__, "position"))
_ROUTE: Final = _upsert("route", "code", (*RouteRow.__struct_fields__, "position"))
_NAME: Final = _upsert("code_name", "list, code", ("list", "code", "name_zh", "name_en"))
_REGIONS: Final = _upsert("region", "code", ("code", "name"))
#: What a list may say nothing of without taking it away.
_KEPT: Final = (
    "trade_name",
    "approval_number",
    "national_code",
    "wubi",
    "specification_text",
    "concentration",
    "middle_unit",
    "middle_size",
    "case_unit",
    "case_packs",
    "essential",
    "essential_edition",
    "price_ceiling",
    "vbp",
    "high_alert",
)
_PRESENT: Final = Read(f"SELECT code, {', '.join(_KEPT)} FROM drug WHERE code = ANY(%(codes)s) ORDER BY id")
_DRUG_IDS: Final = Read("SELECT code, id FROM drug WHERE code = ANY(%(codes)s)")
_SPELL_DIAGNOSIS: Final = Write(
    "INSERT INTO diagnosis_spelling (key, code) VALUES (%(initials)s, %(code)s), (%(full)s, %(code)s) ON CONFLICT DO NOTHING"
)
_UNSPELL_DIAGNOSES: Final = Write("DELETE FROM diagnosis_spelling WHERE code = ANY(%(codes)s)")
_DRUG_CODE: Final = Write(
    "INSERT INTO drug_code (kind, code, drug_id) VALUES (%(kind)s, %(code)s, %(id)s)"
    " ON CONFLICT (kind, code) DO UPDATE SET drug_id = excluded.drug_id"
)


class _Count:
    """How many rows of an import were new, changed and as they were."""

    def __init__(self) -> None:
        self.added = self.changed = self.total = 0

    def store(self, tx: Tx, statement: Write, rows: Sequence[dict[str, Any]]) -> list[bool]:
        """Store rows; gives back for each whether it is new or changed."""
        touched = []
        with tx.connection.cursor() as cursor:
            if rows:
                cursor.executemany(statement.bytes, rows, returning=True)
            for _ in rows:
                row = cursor.fetchone()
                self.added += row is not None and row[0]
                self.changed += row is not None and not row[0]
                touched.append(row is not None)
                cursor.nextset()
        self.total += len(rows)
        return touched


@handles(ImportCatalogue)
def import_catalogue(tx: Tx, request: ImportCatalogue) -> Imported:
    """Store all lists of the request in one transaction."""
    _refuse_impossible(request)
    count = _Count()
    count.store(
        tx,
        _FREQUENCY,
        [{**msgspec.structs.asdict(r), "times_of_day": list(r.times_of_day), "position": n} for n, r in enumerate(request.frequencies)],
    )
    count.store(tx, _ROUTE, [{**msgspec.structs.asdict(row), "position": n} for n, row in enumerate(request.routes)])
    for name, rows in (("ethnic_groups", request.ethnic_groups), ("allergens", request.allergens)):
        count.store(tx, _NAME, [{**msgspec.structs.asdict(row), "list": name} for row in rows])
    count.store(tx, _REGIONS, [msgspec.structs.asdict(row) for row in request.regions])
    count.store(tx, _SERVICE, [msgspec.structs.asdict(row) for row in request.services])
    prices.enter_imported(tx, [row.code for row in request.services])
    _store_diagnoses(tx, count, request.diagnoses)
    _store_drugs(tx, count, request.drugs)
    tx.changed(topics.CATALOGUE)
    tx.detail = {"source": request.source, "added": count.added, "changed": count.changed}
    return Imported(added=count.added, changed=count.changed, unchanged=count.total - count.added - count.changed)


def _refuse_impossible(request: ImportCatalogue) -> None:
    """What the reader of files has checked already, for whoever sends lists without it."""
    if any(row.pack_size <= 0 or row.dose_per_base <= 0 for row in request.drugs):
        raise FieldWrong(field=N_("Pack size"), reason=N_("it must be above zero, and so must the dose in a unit"))
    if any(price < 0 for price in (*(row.price for row in request.drugs), *(row.price for row in request.services))):
        raise FieldWrong(field=N_("Price"), reason=N_("not below zero"))


def _store_diagnoses(tx: Tx, count: _Count, rows: Sequence[DiagnosisRow]) -> None:
    touched = count.store(tx, _DIAGNOSIS, [msgspec.structs.asdict(row) for row in rows])
    changed = [row for row, was in zip(rows, touched, strict=True) if was]
    if not changed:
        return
    tx.write(_UNSPELL_DIAGNOSES, codes=[row.code for row in changed])
    spelled = [(row.code, *term_spelling(row.name)) for row in changed]
    tx.write_many(_SPELL_DIAGNOSIS, [{"code": code, "full": full, "initials": initials} for code, full, initials in spelled])


def specification(row: DrugRow) -> str:
    """``0.25g×24粒/盒``: how a drug's pack is read by people; ``1g`` of what is sold by the gram."""
    if row.pack_size == 1 and row.base_unit == row.pack_unit and row.strength == f"1{row.base_unit}":
        return row.strength
    size = f"{row.pack_size.normalize():f}"
    strength = "" if row.strength in ("", "/") else f"{row.strength}×"
    return f"{strength}{size}{row.base_unit}/{row.pack_unit}"


def _store_drugs(tx: Tx, count: _Count, rows: Sequence[DrugRow]) -> None:
    codes = [row.code for row in rows]
    present = {row[0]: dict(zip(_KEPT, row[1:], strict=True)) for row in tx.rows(_PRESENT, codes=codes)}
    before = drug_book.values_of(tx, [row[1] for row in tx.rows(_DRUG_IDS, codes=codes)])
    touched = count.store(tx, _DRUG, [_drug_columns(row, present.get(row.code, {})) for row in rows])
    ids: dict[str, int] = dict(tx.rows(_DRUG_IDS, codes=codes))
    changed = [ids[row.code] for row, was in zip(rows, touched, strict=True) if was]
    if changed:
        drug_book.remember(tx, before, drug_book.values_of(tx, changed))
        drug_book.spell(tx, changed)
        alike.mark_renamed(tx, changed)
        note_imported(tx, changed)
    _store_codes(tx, rows, ids)


def _store_codes(tx: Tx, rows: Sequence[DrugRow], ids: dict[str, int]) -> None:
    codes = [("barcode", row.barcode, ids[row.code]) for row in rows if row.barcode]
    codes += [("trace_prefix", row.trace_prefix, ids[row.code]) for row in rows if row.trace_prefix]
    if codes:
        tx.write_many(_DRUG_CODE, [{"kind": kind, "code": code, "id": id} for kind, code, id in codes])


def _drug_columns(row: DrugRow, present: dict[str, Any]) -> dict[str, Any]:
    """What the row says; what it leaves open is as it was."""
    columns = {name: getattr(row, name) for name in _DRUG_FIELDS}
    for name in _KEPT:
        if columns[name] in (None, ""):
            columns[name] = present.get(name, False if name in ("essential", "vbp", "high_alert") else columns[name])
    if not columns["essential"]:
        columns["essential_edition"] = ""
    if columns["middle_size"] is not None and row.pack_size % columns["middle_size"]:
        columns["middle_unit"], columns["middle_size"] = "", None  # a pack that is packed otherwise now
    return {**columns, "allergens": list(row.allergens), "specification": specification(row)}
