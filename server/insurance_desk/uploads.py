"""The queue of uploads: what a person sees and does, and what the service claims and records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_type_hints

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
from server.insurance_desk.order import EARLIER, GOODS, WAITS
from server.insurance_desk.stock_rows import CHANGE
from server.insurance_desk.told_drug import Lacking
from server.settling import insured_rows as rows

if TYPE_CHECKING:
    from server.db import Database, ReadTx, Tx

_ABOUT: Final = (
    "CASE u.subject WHEN 'hand_over' THEN (SELECT p.number || ' ' || (p.issued->>'patient_name') FROM hand_over h"
    " JOIN prescription p ON p.id = h.prescription_id WHERE h.id = u.subject_id)"
    " WHEN 'visit' THEN (SELECT v.number || ' ' || p.name FROM visit v JOIN patient p ON p.id = v.patient_id WHERE v.id = u.subject_id)"
    " WHEN 'stock_move' THEN (SELECT coalesce(u.payload->'given'->>'about', m.document || ' ' || d.name)"
    " FROM stock_move m JOIN drug d ON d.id = m.drug_id WHERE m.id = u.subject_id) END"
)
#: What of 3502 it is, and which earlier one of the same batch it waits for.
_CHANGE: Final = (
    f"CASE WHEN u.infno = '3502' THEN (SELECT {CHANGE} FROM stock_move v JOIN stock_location p ON p.id = v.location_id"
    " WHERE v.id = u.subject_id) END"
)
_EARLIER: Final = f"CASE WHEN u.state = 'PENDING' AND {GOODS} THEN (SELECT o.document {EARLIER} ORDER BY e.id LIMIT 1) END"
_FACTS: Final = (
    f"SELECT u.id, u.infno, u.subject, coalesce({_ABOUT}, '') AS about, u.state, u.tries, u.next_try_at, u.error, u.entered_at, u.done_at,"
    f" coalesce({_CHANGE}, '') AS change, u.state = 'PENDING' AND {WAITS} AS held, coalesce({_EARLIER}, '') AS held_by"
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
_BACKLOG: Final = Read(
    "SELECT count(*) FILTER (WHERE state = 'PENDING'), count(*) FILTER (WHERE state = 'FAILED'), min(entered_at),"
    " coalesce(bool_or(state = 'PENDING' AND next_try_at <= %(now)s), false) FROM insurance_upload WHERE state IN ('PENDING', 'FAILED')"
)
_NEXT: Final = Write(
    "SELECT u.id, u.infno, u.subject_id, u.payload, EXISTS (SELECT FROM insurance_upload n WHERE u.infno = '3505A' AND n.infno = '3506A'"
    " AND n.subject = u.subject AND n.subject_id = u.subject_id) FROM insurance_upload u WHERE u.state = 'PENDING' AND u.next_try_at <= %(now)s"
    f" AND NOT {WAITS} ORDER BY u.next_try_at, u.id LIMIT 1 FOR UPDATE OF u SKIP LOCKED"
)
_CLAIM: Final = Write(
    "UPDATE insurance_upload SET tries = tries + 1, next_try_at = %(until)s, payload = %(payload)s WHERE id = %(id)s RETURNING tries"
)
_LACKS: Final = Write("UPDATE insurance_upload SET tries = tries + 1, state = 'FAILED', error = %(error)s WHERE id = %(id)s")
#: ``call`` stays with what may have arrived: ``lost`` says that nobody knows. What never left the house is as if it had not been put together.
_RECORD: Final = Write(
    "UPDATE insurance_upload SET state = %(state)s::text, error = %(error)s, next_try_at = %(next_try_at)s,"
    " done_at = CASE WHEN %(state)s::text = 'DONE' THEN %(at)s::timestamptz END, payload = CASE WHEN %(state)s::text <> 'PENDING'"
    " THEN payload - 'call' WHEN NOT %(kept_here)s THEN jsonb_set(payload, '{call,lost}', 'true')"
    " WHEN (payload->'call'->>'lost')::boolean THEN payload WHEN payload ? 'given' THEN jsonb_build_object('given', payload->'given')"
    " ELSE '{}' END WHERE id = %(id)s AND tries = %(turn)s AND state = 'PENDING' RETURNING infno"
)
#: A sale that was undone meanwhile and refused now is nothing that anybody has to mend.
_DROP_UNDONE: Final = Write(
    "UPDATE insurance_upload u SET state = 'DROPPED', done_at = %(at)s WHERE u.id = %(id)s AND u.infno = '3505A' AND u.state = 'FAILED'"
    " AND EXISTS (SELECT FROM insurance_upload n WHERE n.infno = '3506A' AND n.subject = u.subject AND n.subject_id = u.subject_id)"
)
#: What bears no number of its own: the bureau knows it again by its message alone.
_BY_MESSAGE: Final = frozenset({"3502", "3504"})


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
    upload_id, infno, subject_id, before, undone = row
    given, call = before.get("given", {}), before.get("call")
    again = call is not None and infno in _BY_MESSAGE
    try:
        parts = _as_it_was(before) if again or undone else upload_rows.BUILD[infno](tx, subject_id, given)
    except Lacking as lack:
        tx.write(_LACKS, id=upload_id, error=str(lack)[:500])
        tx.changed(topics.INSURANCE)
        return UploadClaim(upload=None, more=True)
    sequence = call["message"] if again else rows.next_msgid(tx)
    numbered_at = datetime.fromisoformat(call["numbered_at"]) if again else tx.now
    payload = {name: msgspec.to_builtins(part, str_keys=True) for name, part in parts.items()}
    payload |= {"given": given} if given else {}
    payload["call"] = {"message": sequence, "numbered_at": numbered_at.isoformat(), "lost": call is not None}
    until = tx.wall + timedelta(seconds=request.lease_seconds)
    claimed = tx.write_one(_CLAIM, id=upload_id, until=until, payload=Jsonb(payload, dumps=encode))
    assert claimed is not None
    upload = ClaimedUpload(id=upload_id, turn=claimed[0], infno=infno, message=sequence, numbered_at=numbered_at, again=again, **parts)
    return UploadClaim(upload=upload, more=True)


def _as_it_was(before: dict[str, Any]) -> dict[str, Any]:
    """What was sent already, word for word."""
    sent = {name: part for name, part in before.items() if name not in ("given", "call")}
    kinds = get_type_hints(ClaimedUpload)
    return {name: msgspec.convert(part, kinds[name], strict=False) for name, part in sent.items()}


@handles(RecordUpload, replayed=False)
def record_upload(tx: Tx, request: RecordUpload) -> Done:
    """Write down what became of one, unless somebody else has claimed it since."""
    row = tx.write_one(
        _RECORD,
        id=request.upload_id,
        turn=request.turn,
        state=request.state,
        error=request.error[:500],
        kept_here=request.kept_here,
        at=tx.wall,
        next_try_at=tx.wall + pause(request.turn),
    )
    if row is not None:
        tx.write(_DROP_UNDONE, id=request.upload_id, at=tx.wall)
        tx.changed(topics.INSURANCE)
    return Done()
