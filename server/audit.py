"""The only writer of the audit trail.

An entry is inserted inside the transaction that it tells of and costs no lock. A sealer outside hashes new entries into a Merkle tree
(:mod:`server.audit_seal`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from common.wire import encode
from server.db import Write

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

#: Inserts one entry; dispatch joins it with the kept reply into one statement.
ENTER: Final = (
    "INSERT INTO audit_entry (at, staff_id, session_id, desk_id, act, patient_id, request_id, subjects, detail)"
    " VALUES (%(at)s, %(staff_id)s, %(session_id)s, %(desk_id)s, %(act)s, %(patient_id)s, %(request_id)s, %(subjects)s, %(detail)s)"
)
_ENTER: Final = Write(ENTER)


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=encode)


def _parameters(tx: ReadTx, act: str, patient_id: int | None, request_id: object, subjects: list[str], detail: object) -> dict[str, Any]:
    return {
        "at": tx.now,
        "staff_id": tx.actor.staff_id,
        "session_id": tx.actor.session_id,
        "desk_id": tx.actor.desk_id,
        "act": act,
        "patient_id": patient_id,
        "request_id": request_id,
        "subjects": _json(subjects),
        "detail": None if detail is None else _json(detail),
    }


def of_command(tx: Tx, act: str) -> dict[str, Any]:
    """Parameters of :data:`ENTER`: what a command did, to what, with the detail that its handler gave (old and new values)."""
    subjects = [f"{change.topic}:{change.id}" for change in tx.changes]
    return _parameters(tx, act, tx.patient_id, tx.request_id, subjects, tx.detail or None)


def enter_command(tx: Tx, act: str) -> None:
    """Enter a command that keeps no reply."""
    tx.write(_ENTER, **of_command(tx, act))


def enter_view(tx: ReadTx, act: str, patient_id: int | None) -> None:
    """That somebody looked at a patient's record, or at those of several (then ``tx.looked_at`` says which)."""
    tx._execute(_ENTER, _parameters(tx, act, patient_id, None, [], tx.looked_at))
