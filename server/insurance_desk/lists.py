"""The bureau's dictionaries (1901) and lists (13xx) as the clinic holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common import topics
from common.errors import ChangedMeanwhile, FieldWrong
from common.i18n import N_
from common.messages.insurance import (
    CatalogueFacts,
    CatalogueList,
    Dictionaries,
    DictionaryEntry,
    DownloadCatalogue,
    ErrandFacts,
    ErrandKind,
    ListCatalogues,
    ListDictionaries,
    RefreshDictionaries,
)
from common.wire import Done, encode
from server.db import Read, Write
from server.features import handles
from server.importing.pinyin import term_spelling
from server.insurance.dictionaries import standard, table
from server.insurance.files import COLUMNS
from server.insurance_desk import errands
from server.insurance_desk.asks import EnterCatalogueRows, EnterDictionary

if TYPE_CHECKING:
    from server.db import ReadTx, Tx
    from server.insurance.files import CatalogueRow

_DICTIONARIES: Final = Read(
    "SELECT type, value, label, label_en, valid FROM insurance_dictionary WHERE %(type)s IN ('', type) ORDER BY type, position, value"
)
_HELD: Final = Read("SELECT list_type, count(*), count(*) FILTER (WHERE valid), max(version) FROM insurance_catalogue GROUP BY list_type")
_PUT: Final = Write(
    "INSERT INTO insurance_catalogue (list_type, code, name, specification, manufacturer, approval_number, chrgitm_lv, version, valid,"
    " spellings, row) VALUES (%(list_type)s, %(code)s, %(name)s, %(specification)s, %(manufacturer)s, %(approval_number)s, %(chrgitm_lv)s, "
    "%(version)s, %(valid)s,"
    " %(spellings)s, %(row)s) ON CONFLICT (list_type, code) DO UPDATE SET name = excluded.name, specification = excluded.specification,"
    " manufacturer = excluded.manufacturer, approval_number = excluded.approval_number, chrgitm_lv = excluded.chrgitm_lv,"
    " version = excluded.version, valid = excluded.valid, spellings = excluded.spellings, row = excluded.row"
    " WHERE insurance_catalogue.version <= excluded.version"
)


@handles(ListDictionaries)
def list_dictionaries(tx: ReadTx, request: ListDictionaries) -> Dictionaries:
    """All values, by dictionary and place."""
    return Dictionaries(entries=tx.structs(DictionaryEntry, _DICTIONARIES, type=request.type))


@handles(RefreshDictionaries)
def refresh_dictionaries(tx: Tx, request: RefreshDictionaries) -> Done:
    """One errand a dictionary, so that one that the bureau does not know hinders no other."""
    errands.require_line(tx)
    for kind in standard():
        errands.enter(tx, ErrandKind.DICTIONARY, kind)
    return Done()


@handles(EnterDictionary, replayed=False)
def enter_dictionary(tx: Tx, request: EnterDictionary) -> Done:
    """Take the bureau's values over."""
    table.refresh(tx, request.type, request.values)
    tx.changed(topics.INSURANCE)
    return Done()


@handles(ListCatalogues)
def list_catalogues(tx: ReadTx, request: ListCatalogues) -> CatalogueList:
    """The lists that can be read, and what is held of them."""
    held = {row[0]: row[1:] for row in tx.rows(_HELD)}
    lists = []
    for infno, columns in sorted(COLUMNS.items()):
        rows, valid, version = held.get(columns.list_type, (0, 0, ""))
        lists.append(CatalogueFacts(infno=infno, list_type=columns.list_type, rows=rows, valid_rows=valid, version=version))
    return CatalogueList(lists=tuple(lists))


@handles(DownloadCatalogue)
def download_catalogue(tx: Tx, request: DownloadCatalogue) -> ErrandFacts:
    """Have a list fetched by the service."""
    if request.infno not in COLUMNS:
        raise FieldWrong(field=N_("List"), reason=N_("its columns are not known"))
    return errands.wanted(tx, ErrandKind.CATALOGUE, request.infno)


@handles(EnterCatalogueRows, replayed=False)
def enter_catalogue_rows(tx: Tx, request: EnterCatalogueRows) -> Done:
    """Rows of a list. They are refused when another process goes on with it by now."""
    if not errands.progressed(tx, request.errand_id, request.turn, request.progress, request.total):
        raise ChangedMeanwhile(kind=N_("Errand"))
    tx.write_many(_PUT, [_values(row) for row in request.rows])
    return Done()


def _values(row: CatalogueRow) -> dict[str, object]:
    spelling = " ".join(dict.fromkeys(term_spelling(row.name)))
    return {
        "list_type": row.list_type,
        "code": row.code,
        "name": row.name,
        "specification": row.specification,
        "manufacturer": row.manufacturer,
        "approval_number": row.approval_number,
        "chrgitm_lv": row.chrgitm_lv,
        "version": row.version,
        "valid": row.valid,
        "spellings": spelling,
        "row": Jsonb(row.row, dumps=encode),
    }
