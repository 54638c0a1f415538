"""Own drugs and services ↔ national codes: what is covered, what an item could be, and the mapping itself with its upload."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from common import topics
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.insurance import ErrandKind
from common.messages.insurance_mapping import (
    Candidate,
    Candidates,
    ListCandidates,
    ListMappedItems,
    MapItem,
    MappedItem,
    MappedItems,
    UnmapItem,
    UploadMappings,
)
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.insurance_desk import errands
from server.insurance_desk.asks import GetMappingToTell, MappingToTell, NoteMapping, Told
from server.insurance_desk.likeness import grams, score

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: Which of the bureau's lists an own thing can be in.
LISTS: Final = {"drug": ["101", "102", "103", "104"], "service": ["201", "301"]}
INCOME_DAYS: Final = 30

_OWN: Final = (
    "SELECT 'drug' AS kind, d.id AS own_id, d.code, d.name, d.specification, d.manufacturer, d.drug_class AS category, d.price, d.form, d.active"
    " FROM drug d UNION ALL SELECT 'service', i.id, i.code, i.name, i.unit, '', i.category, i.price, '', i.active FROM service_item i"
)
_INCOME: Final = (
    "SELECT CASE WHEN l.id IS NULL THEN 'service' ELSE 'drug' END AS kind, coalesce(l.drug_id, c.service_item_id) AS own_id,"
    " sum(c.amount_fen - c.refunded_fen)::bigint AS fen FROM bill b JOIN charge_line c ON c.bill_id = b.id"
    " LEFT JOIN prescription_line l ON l.id = c.prescription_line_id WHERE b.business_date > %(since)s AND b.kind = 'SALE' GROUP BY 1, 2"
)
_ITEMS: Final = (
    f"WITH own AS ({_OWN}), income AS ({_INCOME}), item AS (SELECT o.*, coalesce(n.fen, 0) AS income_fen, m.id AS mapping_id,"
    " coalesce(m.list_type, '') AS list_type, coalesce(m.med_list_codg, '') AS med_list_codg, m.begins, m.ends, coalesce(m.upload, '') AS upload,"
    " coalesce(m.upload_error, '') AS upload_error FROM own o LEFT JOIN income n ON n.kind = o.kind AND n.own_id = o.own_id"
    " LEFT JOIN LATERAL (SELECT * FROM insurance_mapping g WHERE g.own_kind = o.kind AND g.own_id = o.own_id AND g.upload <> 'WITHDRAWN'"
    " AND (g.ends IS NULL OR g.ends >= %(today)s) AND g.begins <= %(today)s ORDER BY g.begins DESC, g.id DESC LIMIT 1) m ON true WHERE o.active)"
)
_LIST: Final = Read(
    f"{_ITEMS} SELECT i.kind, i.own_id, i.code, i.name, i.specification, i.manufacturer, i.category, i.price, i.income_fen, i.mapping_id,"
    " i.list_type, i.med_list_codg, coalesce(k.name, '') AS national_name, coalesce(k.chrgitm_lv, '') AS level, i.begins, i.ends, i.upload,"
    " i.upload_error FROM item i LEFT JOIN insurance_catalogue k ON k.list_type = i.list_type AND k.code = i.med_list_codg"
    " WHERE (%(kind)s = '' OR i.kind = %(kind)s) AND (%(only)s = '' OR (%(only)s = 'unmapped' AND i.mapping_id IS NULL)"
    " OR (%(only)s = 'failed' AND i.upload = 'FAILED')) AND (%(text)s = '' OR position(%(text)s in lower(i.name)) > 0"
    " OR position(%(text)s in lower(i.code)) > 0 OR position(%(text)s in lower(i.med_list_codg)) > 0 OR (i.kind = 'drug' AND EXISTS"
    " (SELECT FROM drug_spelling s WHERE s.drug_id = i.own_id AND starts_with(s.key, %(text)s))))"
    " ORDER BY (i.mapping_id IS NOT NULL), i.income_fen DESC, i.kind, i.code LIMIT %(limit)s"
)
_COVERAGE: Final = Read(
    f"{_ITEMS} SELECT count(*), count(mapping_id), coalesce(sum(income_fen), 0)::bigint,"
    " coalesce(sum(income_fen) FILTER (WHERE mapping_id IS NOT NULL), 0)::bigint FROM item"
)
_OWN_ONE: Final = Read(f"SELECT * FROM ({_OWN}) o WHERE o.kind = %(kind)s AND o.own_id = %(own_id)s")
_ENTRY: Final = (
    "SELECT k.list_type, k.code, k.name, k.specification, k.manufacturer, k.approval_number, k.chrgitm_lv FROM insurance_catalogue k"
)
_LIKE: Final = Read(
    f"{_ENTRY} CROSS JOIN LATERAL (SELECT count(*) AS n FROM unnest(%(grams)s::text[]) g WHERE position(g in lower(k.name)) > 0) h"
    " WHERE k.list_type = ANY(%(lists)s) AND k.valid AND h.n > 0 ORDER BY h.n DESC, length(k.name), k.code LIMIT 300"
)
_FIND: Final = Read(
    f"{_ENTRY} WHERE k.list_type = ANY(%(lists)s) AND k.valid AND (position(%(text)s in lower(k.name)) > 0 OR starts_with(lower(k.code), %(text)s)"
    " OR position(%(text)s in lower(k.approval_number)) > 0 OR position(%(text)s in k.spellings) > 0) ORDER BY length(k.name), k.code LIMIT 300"
)
_VALID: Final = Read("SELECT valid FROM insurance_catalogue WHERE list_type = %(list_type)s AND code = %(code)s")
_OPEN: Final = Write(
    "SELECT id, begins FROM insurance_mapping WHERE own_kind = %(kind)s AND own_id = %(own_id)s"
    " AND (ends IS NULL OR ends >= %(begins)s) AND upload <> 'WITHDRAWN' ORDER BY id FOR UPDATE"
)
_END: Final = Write("UPDATE insurance_mapping SET ends = greatest(begins, %(ends)s::date) WHERE id = %(id)s")
_WITHDRAWN: Final = Write(
    "UPDATE insurance_mapping SET ends = greatest(begins, %(ends)s::date), upload = 'WITHDRAWN', upload_error = CASE WHEN upload = 'DONE'"
    " THEN %(standing)s ELSE '' END WHERE id = %(id)s"
)
#: A mapping that has ended here and that the bureau still knows.
_STANDING: Final = "to be withdrawn"
_BEFORE: Final = Read(
    "SELECT b.id, o.code, b.list_type, b.med_list_codg FROM insurance_mapping m JOIN insurance_mapping b ON b.own_kind = m.own_kind"
    f" AND b.own_id = m.own_id AND b.id <> m.id JOIN ({_OWN}) o ON o.kind = b.own_kind AND o.own_id = b.own_id WHERE m.id = %(id)s"
    " AND ((b.upload = 'DONE' AND b.ends < m.begins) OR (b.upload = 'WITHDRAWN' AND b.upload_error = %(standing)s)) ORDER BY b.id"
)
_MAP: Final = Write(
    "INSERT INTO insurance_mapping (own_kind, own_id, list_type, med_list_codg, begins, ends, mapped_at, mapped_by) VALUES (%(kind)s, %(own_id)s,"
    " %(list_type)s, %(med_list_codg)s, %(begins)s, %(ends)s, %(at)s, %(staff_id)s) RETURNING id"
)
_LOCK: Final = Write("SELECT own_kind, own_id, upload FROM insurance_mapping WHERE id = %(id)s FOR UPDATE")
_TELL: Final = Read(
    f"SELECT o.code, o.name, m.list_type, m.med_list_codg, m.begins, m.ends, coalesce(k.approval_number, ''), o.form, o.specification, o.kind,"
    f" m.upload, m.upload_error FROM insurance_mapping m JOIN ({_OWN}) o ON o.kind = m.own_kind AND o.own_id = m.own_id "
    "LEFT JOIN insurance_catalogue k"
    " ON k.list_type = m.list_type AND k.code = m.med_list_codg WHERE m.id = %(id)s"
)
_NOTE: Final = Write("UPDATE insurance_mapping SET upload = %(upload)s, upload_error = %(error)s WHERE id = %(id)s")
_TO_UPLOAD: Final = Read(
    "SELECT id FROM insurance_mapping WHERE (upload IN ('PENDING', 'FAILED')"
    " AND begins <= %(today)s AND (ends IS NULL OR ends >= %(today)s)) OR (upload = 'WITHDRAWN' AND upload_error = %(standing)s) ORDER BY id"
)
#: 3301 wants an end; a mapping without one is told with this.
FAR: Final = "2099-12-31"


@handles(ListMappedItems)
def list_mapped_items(tx: ReadTx, request: ListMappedItems) -> MappedItems:
    """Items and the share that is covered."""
    days = {"today": tx.today, "since": tx.today - timedelta(days=INCOME_DAYS)}
    found = tx.structs(
        MappedItem, _LIST, **days, text=request.text.strip().lower(), kind=request.kind, only=request.only, limit=request.limit + 1
    )
    total, mapped, income, covered = tx.first(_COVERAGE, **days) or (0, 0, 0, 0)
    return MappedItems(
        items=found[: request.limit],
        items_total=total,
        items_mapped=mapped,
        income_fen=income,
        income_mapped_fen=covered,
        more=len(found) > request.limit,
    )


@handles(ListCandidates)
def list_candidates(tx: ReadTx, request: ListCandidates) -> Candidates:
    """What an item could be, the likeliest first."""
    missing = NotFound(kind=N_("Item"), key=str(request.own_id))
    own = tx.one(_OWN_ONE, missing, kind=request.kind, own_id=request.own_id)
    text = request.text.strip().lower()
    rows = tx.rows(_FIND, lists=LISTS[request.kind], text=text) if text else tx.rows(_LIKE, lists=LISTS[request.kind], grams=grams(own[3]))
    specification = own[4] if request.kind == "drug" else ""  # a service's unit says nothing
    mine = (own[3], specification, own[5])
    candidates = [_candidate(row, score(mine, (row[2], row[3], row[4]))) for row in rows]
    candidates.sort(key=lambda one: (-one.score, one.code))
    return Candidates(candidates=tuple(candidates[: request.limit]))


def _candidate(row: tuple[str, ...], alike: int) -> Candidate:
    list_type, code, name, specification, manufacturer, approval_number, level = row
    return Candidate(
        list_type=list_type,
        code=code,
        name=name,
        specification=specification,
        manufacturer=manufacturer,
        approval_number=approval_number,
        level=level,
        score=alike,
    )


@handles(MapItem)
def map_item(tx: Tx, request: MapItem) -> Done:
    """Map an item from a day on; what held before ends the day before, or is withdrawn where it began no earlier."""
    tx.one(_OWN_ONE, NotFound(kind=N_("Item"), key=str(request.own_id)), kind=request.kind, own_id=request.own_id)
    _check(tx, request)
    for mapping_id, begins in tx.write(_OPEN, kind=request.kind, own_id=request.own_id, begins=request.begins):
        last = request.begins - timedelta(days=1)
        if begins > last:
            tx.write(_WITHDRAWN, id=mapping_id, ends=last, standing=_STANDING)
        else:
            tx.write(_END, id=mapping_id, ends=last)
    row = tx.write_one(_MAP, **msgspec.structs.asdict(request), at=tx.now, staff_id=tx.actor.staff)
    assert row is not None
    errands.enter(tx, ErrandKind.MAPPING, row[0], not_before=datetime.combine(request.begins, time.min, tx.clock.zone))
    tx.detail = {"item": f"{request.kind} {request.own_id}", "code": request.med_list_codg, "from": f"{request.begins}"}
    return Done()


def _check(tx: ReadTx, request: MapItem) -> None:
    if request.ends is not None and request.ends < request.begins:
        raise FieldWrong(field=N_("mapping|Until"), reason=N_("lies before the beginning"))
    if request.list_type not in LISTS[request.kind]:
        raise FieldWrong(field=N_("mapping|National code"), reason=N_("it is of a list of other things"))
    held = tx.first(_VALID, list_type=request.list_type, code=request.med_list_codg)
    if held is not None and not held[0]:
        raise FieldWrong(field=N_("mapping|National code"), reason=N_("the bureau has ended it"))


@handles(UnmapItem)
def unmap_item(tx: Tx, request: UnmapItem) -> Done:
    """End a mapping; what the bureau was told of is withdrawn there."""
    row = tx.write_one(_LOCK, id=request.mapping_id)
    if row is None or row[2] == "WITHDRAWN":
        raise NotFound(kind=N_("Mapping"), key=str(request.mapping_id))
    yesterday = tx.today - timedelta(days=1)
    tx.write(_WITHDRAWN, id=request.mapping_id, ends=yesterday, standing=_STANDING)
    if row[2] == "DONE":
        errands.enter(tx, ErrandKind.MAPPING, request.mapping_id)
    tx.detail = {"item": f"{row[0]} {row[1]}"}
    tx.changed(topics.INSURANCE)
    return Done()


@handles(UploadMappings)
def upload_mappings(tx: Tx, request: UploadMappings) -> Done:
    """Upload what the bureau does not know yet."""
    errands.require_line(tx)
    for (mapping_id,) in tx.rows(_TO_UPLOAD, today=tx.today, standing=_STANDING):
        errands.enter(tx, ErrandKind.MAPPING, mapping_id)
    return Done()


@handles(GetMappingToTell)
def get_mapping_to_tell(tx: ReadTx, request: GetMappingToTell) -> MappingToTell | None:
    """3301, or 3302 for one that has ended here and not there."""
    row = tx.first(_TELL, id=request.mapping_id)
    if row is None or (row[10] == "WITHDRAWN" and row[11] != _STANDING):
        return None
    withdraw = row[10] == "WITHDRAWN"
    return MappingToTell(
        own_code=row[0],
        own_name=row[1],
        list_type=row[2],
        med_list_codg=row[3],
        begins=row[4],
        ends=row[5] or msgspec.convert(FAR, type(row[4])),
        approval_number=row[6],
        dosage_form=row[7],
        specification=row[8] if row[9] == "drug" else "",
        withdraw=withdraw,
        before=() if withdraw else tuple(Told(*before) for before in tx.rows(_BEFORE, id=request.mapping_id, standing=_STANDING)),
    )


@handles(NoteMapping, replayed=False)
def note_mapping(tx: Tx, request: NoteMapping) -> Done:
    """What the bureau said."""
    tx.write(_NOTE, id=request.mapping_id, upload=request.upload, error=request.error[:300])
    tx.changed(topics.INSURANCE)
    return Done()
