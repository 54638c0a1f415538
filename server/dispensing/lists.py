"""What the pharmacy's desk lists besides prescriptions: opened packs, and hand-overs that nobody looked on at."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from common.messages.dispensing import AloneEntry, AloneList, ListAlone, ListOpenPacks, OpenPackEntry, OpenPackList
from server.db import Read
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx

_OPEN: Final = Read(
    "SELECT o.id AS pack_id, o.code, o.drug_id, d.name, d.specification, d.base_unit AS unit, b.lot, b.expires, o.size, o.remaining AS left,"
    " coalesce((SELECT sum(k.quantity) FROM pick k WHERE k.open_pack_id = o.id AND k.state = 'LAID_ASIDE'), 0) AS aside, d.shelf, o.opened_at,"
    " s.name AS opened_by FROM open_pack o JOIN drug d ON d.id = o.drug_id JOIN stock_batch b ON b.id = o.batch_id JOIN staff s ON s.id = o.opened_by"
    " WHERE o.remaining > 0 ORDER BY b.expires, o.opened_at, o.id LIMIT 500"
)
_ALONE: Final = Read(
    "SELECT h.id AS hand_over_id, h.at, h.prescription_id, p.number AS prescription_number, p.issued->>'patient_name' AS patient_name,"
    " (SELECT string_agg(DISTINCT l.name, '、') FROM hand_over_line x JOIN prescription_line l ON l.id = x.prescription_line_id"
    " WHERE x.hand_over_id = h.id) AS drugs, s.name AS by, h.alone AS reason"
    " FROM hand_over h JOIN prescription p ON p.id = h.prescription_id JOIN staff s ON s.id = h.staff_id"
    " WHERE h.alone <> '' AND h.at >= %(since)s ORDER BY h.at DESC, h.id DESC LIMIT 500"
)


@handles(ListOpenPacks)
def list_open_packs(tx: ReadTx, request: ListOpenPacks) -> OpenPackList:
    """Opened packs in which something is left, first expiry first."""
    return OpenPackList(packs=tx.structs(OpenPackEntry, _OPEN))


@handles(ListAlone)
def list_alone(tx: ReadTx, request: ListAlone) -> AloneList:
    """Hand-overs of drugs under special control without a second person."""
    since = datetime.combine(request.since, time(), tx.now.tzinfo)
    return AloneList(entries=tx.structs(AloneEntry, _ALONE, since=since))
