"""A settlement (2207) that the bureau carries out long after it was given up, and after 2601 was told that there is nothing (DOMAIN.md §1.6).

2601 goes by our own message number, and nothing else bears that number: asked again, it takes back exactly what came late, or nothing. There is
no query that would find it: 5203 wants the ``setl_id`` that the lost answer did not deliver.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common import topics
from common.i18n import N_, tr
from common.messages.insurance import ErrandKind
from common.messages.reconcile import Way
from common.wire import Done
from server import differences
from server.db import Read, Write
from server.features import handles
from server.insurance import chain, inputs
from server.insurance import requests as ask
from server.insurance_desk import calls, errands
from server.insurance_desk.asks import EndReversal, TakenReversal, TakeUpReversal
from server.outcome import Rejected, Success, Unknown
from server.settling import insured_rows as rows

if TYPE_CHECKING:
    from server.db import Tx

#: The first question; then after the errands' own pauses, which grow to ten minutes.
_FIRST: Final = timedelta(minutes=2)
#: What was not booked an hour after it was sent is left to the daily comparison (3201, 3202).
_LONGEST: Final = timedelta(hours=1)
_LATE: Final = N_("booked late, and reversed by 2601")

_LOST: Final = Write("SELECT infno, msgid, psn_no, insuplc_admdvs, sent_at FROM insurance_call WHERE id = %(id)s FOR UPDATE")
_FOUND: Final = Read(
    "SELECT d.id FROM money_difference d JOIN insurance_call c ON c.msgid = d.order_number WHERE c.id = %(id)s AND d.party = 'insurance'"
    " AND d.finding = 'THEIRS_ONLY' AND d.act = 'SETTLE' AND d.resolved_at IS NULL"
)


def look_again(tx: Tx, call_id: int) -> None:
    """2601 was told that there is nothing of this 2207: ask it again later, more than once."""
    errands.enter(tx, ErrandKind.REVERSAL, call_id, not_before=tx.wall + _FIRST)


def _about(call_id: int) -> str:
    return f"late {call_id}"


@handles(TakeUpReversal, replayed=False)
def take_up_reversal(tx: Tx, request: TakeUpReversal) -> TakenReversal:
    """The next 2601, written down before it is sent. An earlier one without an answer is superseded."""
    row = tx.write_one(_LOST, id=request.call_id)
    bureau = tx.parties.bureau
    assert row is not None, "a call is never deleted"
    assert bureau is not None, "errands are carried while there is a line"
    infno, msgid, psn_no, insuplc, sent_at = row
    about = _about(request.call_id)
    rows.supersede(tx, about)
    wire = inputs.reverse(ask.Reverse(psn_no=psn_no, msgid=msgid, infno=bureau.province.number(infno)))
    step = calls.written(tx, chain.REVERSE, wire, staff_id=request.staff_id, insuplc=insuplc, about=about, reverses=request.call_id)
    return TakenReversal(ask=step, last=tx.wall - sent_at >= _LONGEST)


@handles(EndReversal, replayed=False)
def end_reversal(tx: Tx, request: EndReversal) -> Done:
    """Write down what the bureau said. What came late is gone by a success, and a difference that it had made is cleared."""
    about, outcome = _about(request.call_id), request.outcome
    if isinstance(outcome, Success):
        rows.step_call(tx, request.asked_id, "SUCCESS", refmsgid=outcome.value.refmsgid, finding=about)
        rows.find(tx, request.call_id, _LATE)
        for (difference_id,) in tx.rows(_FOUND, id=request.call_id):
            differences.clear(tx, difference_id, Way.TAKEN_BACK, tr(_LATE))
        tx.detail = {"call": request.call_id, "found": _LATE}
        tx.changed(topics.INSURANCE)
    elif isinstance(outcome, Rejected):
        rows.step_call(tx, request.asked_id, "REJECTED", code=outcome.code, message=outcome.message, finding=about)
    else:
        assert isinstance(outcome, Unknown)
        rows.step_call(tx, request.asked_id, "UNKNOWN", message=outcome.reason, finding=about)
    return Done()
