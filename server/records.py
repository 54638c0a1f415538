"""The outpatient record and its versions: what was signed is never overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg.types.json import Jsonb

from common.domain.record import missing_parts
from common.errors import ChangedMeanwhile
from common.i18n import N_
from common.messages.consult import Diagnosis, RecordText
from common.prescribing_errors import RecordIncomplete
from common.wire import as_kind, encode
from server.db import Write

if TYPE_CHECKING:
    from server.db import Tx

_RECORD: Final = Write("SELECT version, text, diagnoses, signed_at FROM record WHERE visit_id = %(visit_id)s FOR UPDATE")
_SAVE: Final = Write(
    "INSERT INTO record (visit_id, version, text, diagnoses, saved_at, saved_by) VALUES (%(visit_id)s, 1, %(text)s, %(diagnoses)s, %(now)s, %(by)s)"
    " ON CONFLICT (visit_id) DO UPDATE SET version = record.version + 1, text = excluded.text, diagnoses = excluded.diagnoses,"
    " saved_at = excluded.saved_at, saved_by = excluded.saved_by, signed_at = NULL, signed_by = NULL RETURNING version"
)
_ARCHIVE: Final = Write(
    "INSERT INTO record_version (visit_id, version, text, diagnoses, saved_at, saved_by, signed_at, signed_by)"
    " SELECT visit_id, version, text, diagnoses, saved_at, saved_by, signed_at, signed_by FROM record WHERE visit_id = %(visit_id)s"
)
_SIGN: Final = Write("UPDATE record SET signed_at = %(now)s, signed_by = %(by)s WHERE visit_id = %(visit_id)s")
_SAVE_DIAGNOSES: Final = Write(
    "INSERT INTO record (visit_id, version, text, diagnoses, saved_at, saved_by)"
    " VALUES (%(visit_id)s, 1, %(text)s, %(diagnoses)s, %(now)s, %(by)s)"
    " ON CONFLICT (visit_id) DO UPDATE SET diagnoses = excluded.diagnoses"
)


def save(tx: Tx, visit_id: int, version: int, text: RecordText, diagnoses: tuple[Diagnosis, ...]) -> int:
    """Keep a record; the version before goes to the archive. Raises ``ChangedMeanwhile`` if ``version`` is not the latest."""
    before = tx.write_one(_RECORD, visit_id=visit_id)
    if (before[0] if before else 0) != version:
        raise ChangedMeanwhile(kind=N_("The record"))
    if before is not None and before[3] is not None:
        tx.write(_ARCHIVE, visit_id=visit_id)  # what was signed is kept for ever; drafts are not
    row = tx.write_one(
        _SAVE,
        visit_id=visit_id,
        text=Jsonb(text, dumps=encode),
        diagnoses=Jsonb(list(diagnoses), dumps=encode),
        now=tx.now,
        by=tx.actor.staff,
    )
    assert row is not None
    return int(row[0])


def diagnoses_of(tx: Tx, visit_id: int) -> tuple[Diagnosis, ...]:
    """The visit's diagnoses as they are saved; the record is locked."""
    row = tx.write_one(_RECORD, visit_id=visit_id)
    return tuple(as_kind(row[2], list[Diagnosis])) if row is not None else ()


def save_diagnoses(tx: Tx, visit_id: int, diagnoses: tuple[Diagnosis, ...]) -> None:
    """Keep the diagnoses that a prescription was signed with. The record's text and version stay, so that an open form is not upset."""
    before = tx.write_one(_RECORD, visit_id=visit_id)
    if before is not None and before[3] is not None:
        save(tx, visit_id, before[0], as_kind(before[1], RecordText), diagnoses)
        return
    tx.write(
        _SAVE_DIAGNOSES,
        visit_id=visit_id,
        text=Jsonb(RecordText(), dumps=encode),
        diagnoses=Jsonb(list(diagnoses), dumps=encode),
        now=tx.now,
        by=tx.actor.staff,
    )


def sign(tx: Tx, visit_id: int, version: int) -> None:
    """Sign the record as it stands. Raises ``ChangedMeanwhile``, ``RecordIncomplete``."""
    row = tx.write_one(_RECORD, visit_id=visit_id)
    if (row[0] if row else 0) != version:
        raise ChangedMeanwhile(kind=N_("The record"))
    text = as_kind(row[1], RecordText) if row else RecordText()
    diagnoses = as_kind(row[2], list[Diagnosis]) if row else []
    missing = missing_parts(text, diagnoses)
    if missing:
        raise RecordIncomplete(missing=missing)
    tx.write(_SIGN, visit_id=visit_id, now=tx.now, by=tx.actor.staff)
