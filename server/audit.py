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

_ENTER: Final = Write(
    "INSERT INTO audit_entry (at, staff_id, session_id, desk_id, act, patient_id, request_id, subjects, detail)"
    " VALUES (%(at)s, %(staff_id)s, %(session_id)s, %(desk_id)s, %(act)s, %(patient_id)s, %(request_id)s, %(subjects)s, %(detail)s)"
)


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=encode)


def _enter(tx: ReadTx, act: str, patient_id: int | None, request_id: object, subjects: list[str], detail: object) -> None:
    tx._execute(
        _ENTER,
        {
            "at": tx.now,
            "staff_id": tx.actor.staff_id,
            "session_id": tx.actor.session_id,
            "desk_id": tx.actor.desk_id,
            "act": act,
            "patient_id": patient_id,
            "request_id": request_id,
            "subjects": _json(subjects),
            "detail": None if detail is None else _json(detail),
        },
    )


def enter_command(tx: Tx, act: str) -> None:
    """What a command did, to what, with the detail that its handler gave (old and new values)."""
    subjects = [f"{change.topic}:{change.id}" for change in tx.changes]
    _enter(tx, act, tx.patient_id, tx.request_id, subjects, tx.detail or None)


def enter_view(tx: ReadTx, act: str, patient_id: int | None) -> None:
    """That somebody looked at a patient's record."""
    _enter(tx, act, patient_id, None, [], None)
