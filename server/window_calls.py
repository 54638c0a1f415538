"""Calling patients to a window 叫号: a call is for a picked prescription, and what the hall reads of it is masked."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.mask import mask_name
from common.errors import WrongState
from common.messages.windows import CallFacts, CallList, CallPatient, ListCalls, PassPatient
from common.window_errors import NotCalled, WindowIsClosed
from server import prescribing, windows
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx

_ENTER: Final = Write(
    "INSERT INTO pharmacy_call (prescription_id, window_id, act, staff_id, at)"
    " VALUES (%(prescription_id)s, %(window_id)s, %(act)s, %(staff_id)s, %(at)s)"
)
#: The latest of each picked prescription, since it was picked.
_CALLED: Final = (
    "SELECT c.id, right(v.number, 4), w.name, p.issued->>'patient_name', n.times, c.act = 'PASS', c.at, c.window_id"
    " FROM prescription p JOIN visit v ON v.id = p.visit_id"
    " JOIN LATERAL (SELECT k.id, k.window_id, k.act, k.at FROM pharmacy_call k WHERE k.prescription_id = p.id AND k.at >= p.picked_at"
    " ORDER BY k.id DESC LIMIT 1) c ON true"
    " JOIN LATERAL (SELECT count(*) AS times FROM pharmacy_call k WHERE k.prescription_id = p.id AND k.at >= p.picked_at AND k.act = 'CALL') n"
    " ON true JOIN pharmacy_window w ON w.id = c.window_id WHERE p.state = 'PICKED'"
)
#: What is not collected on its day is called again when somebody comes for it.
_TODAY: Final = Read(f"{_CALLED} AND c.at >= %(today)s ORDER BY c.id DESC LIMIT 60")
_ONE: Final = Read(f"{_CALLED} AND p.id = %(id)s")
_CLINIC: Final = Read("SELECT name FROM clinic WHERE id = 1")


def _facts(row: Row) -> CallFacts:
    return CallFacts(call_id=row[0], number=row[1], window=row[2], patient=mask_name(row[3]), times=row[4], passed=row[5], at=row[6])


@handles(ListCalls)
def list_calls(tx: ReadTx, request: ListCalls) -> CallList:
    """Who was called today and has not got the drugs yet."""
    clinic, today = tx.first(_CLINIC), datetime.combine(tx.today, time(), tx.now.tzinfo)
    return CallList(clinic=clinic[0] if clinic else "", calls=tuple(_facts(row) for row in tx.rows(_TODAY, today=today)))


@handles(CallPatient)
def call_patient(tx: Tx, request: CallPatient) -> CallFacts:
    """Call, or call again; the prescription is this window's now."""
    number, state, _doctor, patient_id = prescribing.lock(tx, request.prescription_id, "PICKED", "PAID")
    if state != "PICKED":
        raise WrongState(machine="prescription", key=number, state=state)
    window = windows.lock_window(tx, request.window_id)
    if not window[2]:
        raise WindowIsClosed(window=window[1])
    windows.bring(tx, request.prescription_id, window[0])
    return _entered(tx, request.prescription_id, window[0], "CALL", patient_id)


@handles(PassPatient)
def pass_patient(tx: Tx, request: PassPatient) -> CallFacts:
    """Called, and nobody came."""
    number, _state, _doctor, patient_id = prescribing.lock(tx, request.prescription_id, "PICKED")
    last = tx.first(_ONE, id=request.prescription_id)
    if last is None or last[5]:
        raise NotCalled(number=number)
    return _entered(tx, request.prescription_id, last[7], "PASS", patient_id)


def _entered(tx: Tx, prescription_id: int, window_id: int, act: str, patient_id: int) -> CallFacts:
    tx.write(_ENTER, prescription_id=prescription_id, window_id=window_id, act=act, staff_id=tx.actor.staff, at=tx.now)
    row = tx.first(_ONE, id=prescription_id)
    assert row is not None
    tx.patient_id = patient_id
    tx.detail = {"window": row[2], "times": row[4]}
    tx.changed(topics.WINDOW, window_id)
    return _facts(row)
