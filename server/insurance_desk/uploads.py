"""The queue of uploads: what a person sees and does, and what the service claims and records."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.errors import NotFound
from common.i18n import N_
from common.messages.insurance_upload import DropUpload, ListUploads, RetryUpload, UploadQueue, UploadRow
from common.wire import Done, encode
from server.db import Read, Write
from server.features import handles
from server.insurance_desk import upload_rows
from server.insurance_desk.asks import ClaimedUpload, ClaimUpload, RecordUpload, UploadClaim
from server.insurance_desk.errands import pause
from server.insurance_desk.told_drug import Lacking

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Database, ReadTx, Tx

_ABOUT: Final = (
    "CASE u.subject WHEN 'hand_over' THEN (SELECT p.number || ' ' || (p.issued->>'patient_name') FROM hand_over h"
    " JOIN prescription p ON p.id = h.prescription_id WHERE h.id = u.subject_id)"
    " WHEN 'visit' THEN (SELECT v.number || ' ' || p.name FROM visit v JOIN patient p ON p.id = v.patient_id WHERE v.id = u.subject_id)"
    " WHEN 'stock_move' THEN (SELECT coalesce(u.payload->'given'->>'about', m.document || ' ' || d.name)"
    " FROM stock_move m JOIN drug d ON d.id = m.drug_id WHERE m.id = u.subject_id) END"
)
_FACTS: Final = (
    f"SELECT u.id, u.infno, u.subject, coalesce({_ABOUT}, '') AS about, u.state, u.tries, u.next_try_at, u.error, u.entered_at, u.done_at"
    " FROM insurance_upload u"
)
_OPEN: Final = Read(f"{_FACTS} WHERE u.state IN ('PENDING', 'FAILED') ORDER BY (u.state <> 'FAILED'), u.entered_at, u.id LIMIT %(limit)s")
_ENDED: Final = Read(f"{_FACTS} WHERE u.state IN ('DONE', 'DROPPED') ORDER BY u.done_at DESC, u.id DESC LIMIT %(limit)s")
_COUNTS: Final = Read(
    "SELECT count(*) FILTER (WHERE state = 'PENDING'), count(*) FILTER (WHERE state = 'FAILED'), count(*) FILTER (WHERE state = 'DONE'"
    " AND done_at >= %(midnight)s), min(entered_at) FILTER (WHERE state IN ('PENDING', 'FAILED')) FROM insurance_upload"
    " WHERE state IN ('PENDING', 'FAILED') OR done_at >= %(midnight)s"
)
_RETRY: Final = Write(
    "UPDATE insurance_upload SET state = 'PENDING', next_try_at = %(at)s, error = ''"
    " WHERE (id = %(id)s AND state IN ('PENDING', 'FAILED')) OR (%(id)s::bigint IS NULL AND state = 'FAILED') RETURNING id"
)
_DROP: Final = Write(
    "UPDATE insurance_upload SET state = 'DROPPED', error = %(reason)s, done_at = %(at)s WHERE id = %(id)s AND state IN ('PENDING', 'FAILED')"
    " RETURNING infno, subject, subject_id"
)
#: What came back is told once its sale is known there, what went back to its supplier once its purchase is.
_DUE: Final = (
    "FROM insurance_upload WHERE state = 'PENDING' AND next_try_at <= %(now)s AND NOT (infno = '3506' AND EXISTS (SELECT FROM stock_move m"
    " JOIN hand_over_line x ON x.move_id = m.reverses JOIN insurance_upload sale ON sale.infno = '3505A'"
    " AND sale.subject = 'hand_over' AND sale.subject_id = x.hand_over_id AND sale.state IN ('PENDING', 'FAILED')"
    " WHERE m.id = insurance_upload.subject_id)) AND NOT (infno = '3504' AND EXISTS (SELECT FROM stock_move m JOIN stock_move r"
    " ON r.batch_id = m.batch_id AND r.kind = 'RECEIPT' JOIN insurance_upload bought ON bought.infno = '3503' AND bought.subject = 'stock_move'"
    " AND bought.subject_id = r.id AND bought.state IN ('PENDING', 'FAILED') WHERE m.id = insurance_upload.subject_id))"
)
_BACKLOG: Final = Read(
    "SELECT count(*) FILTER (WHERE state = 'PENDING'), count(*) FILTER (WHERE state = 'FAILED'), min(entered_at),"
    " coalesce(bool_or(state = 'PENDING' AND next_try_at <= %(now)s), false) FROM insurance_upload WHERE state IN ('PENDING', 'FAILED')"
)
_NEXT: Final = Write(
    f"SELECT id, infno, subject_id, coalesce(payload->'given', '{{}}') {_DUE} ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_CLAIM: Final = Write(
    "UPDATE insurance_upload SET tries = tries + 1, next_try_at = %(until)s, payload = %(payload)s WHERE id = %(id)s RETURNING tries"
)
_LACKS: Final = Write("UPDATE insurance_upload SET tries = tries + 1, state = 'FAILED', error = %(error)s WHERE id = %(id)s")
_RECORD: Final = Write(
    "UPDATE insurance_upload SET state = %(state)s::text, error = %(error)s, next_try_at = %(next_try_at)s,"
    " done_at = CASE WHEN %(state)s::text = 'DONE' THEN %(at)s::timestamptz END WHERE id = %(id)s AND tries = %(turn)s AND state ="
    " 'PENDING' RETURNING id"
)


@handles(ListUploads)
def list_uploads(tx: ReadTx, request: ListUploads) -> UploadQueue:
    """What waits or was refused, and if wanted what is done."""
    shown = tx.structs(UploadRow, _OPEN, limit=request.limit)
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting, failed, done, oldest = tx.first(_COUNTS, midnight=midnight) or (0, 0, 0, None)
    more = waiting + failed > len(shown)
    if request.done and len(shown) < request.limit:
        shown += tx.structs(UploadRow, _ENDED, limit=request.limit - len(shown))
    return UploadQueue(rows=shown, waiting=waiting, failed=failed, done_today=done, oldest=oldest, more=more)


@handles(RetryUpload)
def retry_upload(tx: Tx, request: RetryUpload) -> Done:
    """Let one, or all that were refused, be sent at the next turn."""
    rows = tx.write(_RETRY, id=request.upload_id, at=tx.wall)
    if request.upload_id is not None and not rows:
        raise NotFound(kind=N_("Upload"), key=str(request.upload_id))
    tx.changed(topics.INSURANCE)
    return Done()


@handles(DropUpload)
def drop_upload(tx: Tx, request: DropUpload) -> Done:
    """Never send one."""
    row = tx.write_one(_DROP, id=request.upload_id, reason=request.reason, at=tx.wall)
    if row is None:
        raise NotFound(kind=N_("Upload"), key=str(request.upload_id))
    tx.detail = {"infno": row[0], "subject": f"{row[1]} {row[2]}", "reason": request.reason}
    tx.changed(topics.INSURANCE)
    return Done()


# --- what the service does by itself ------------------------------------------------------------------------------------------------


class Backlog(NamedTuple):
    """What waits, what was refused, the oldest of both, and whether anything is due now."""

    waiting: int
    failed: int
    oldest: datetime | None
    due: bool


def backlog(database: Database, now: datetime) -> Backlog:
    """The queue as the service's figures show it."""
    row = database.of_thread().execute(_BACKLOG.bytes, {"now": now}).fetchone()
    return Backlog(*row) if row else Backlog(0, 0, None, False)


@handles(ClaimUpload, replayed=False)
def claim_upload(tx: Tx, request: ClaimUpload) -> UploadClaim:
    """Take the next one that is due. One that lacks something here is refused here, and shown to a person."""
    row = tx.write_one(_NEXT, now=tx.wall)
    if row is None:
        return UploadClaim(upload=None, more=False)
    upload_id, infno, subject_id, given = row
    try:
        parts: dict[str, Any] = upload_rows.BUILD[infno](tx, subject_id, given)
    except Lacking as lack:
        tx.write(_LACKS, id=upload_id, error=str(lack)[:500])
        tx.changed(topics.INSURANCE)
        return UploadClaim(upload=None, more=True)
    until = tx.wall + timedelta(seconds=request.lease_seconds)
    payload = {name: msgspec.to_builtins(part, str_keys=True) for name, part in parts.items()}
    payload |= {"given": given} if given else {}
    claimed = tx.write_one(_CLAIM, id=upload_id, until=until, payload=Jsonb(payload, dumps=encode))
    assert claimed is not None
    return UploadClaim(upload=ClaimedUpload(id=upload_id, turn=claimed[0], infno=infno, **parts), more=True)


@handles(RecordUpload, replayed=False)
def record_upload(tx: Tx, request: RecordUpload) -> Done:
    """Write down what became of one, unless somebody else has claimed it since."""
    row = tx.write_one(
        _RECORD,
        id=request.upload_id,
        turn=request.turn,
        state=request.state,
        error=request.error[:500],
        at=tx.wall,
        next_try_at=tx.wall + pause(request.turn),
    )
    if row is not None:
        tx.changed(topics.INSURANCE)
    return Done()
