"""Clearing differences with the bureau: by a person and a second one, and by the service where something has to be done there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.errors import ChangedMeanwhile, FieldWrong, NotFound
from common.i18n import N_, tr
from common.messages.insurance import ErrandKind
from common.messages.insurance_statement import (
    WAYS,
    InsuranceDifference,
    InsuranceDifferences,
    ListInsuranceDifferences,
    ResolveInsuranceDifference,
)
from common.messages.reconcile import Finding, Way
from common.wire import Done, as_kind
from server import approvals, differences
from server.db import Read, Write
from server.features import handles
from server.insurance import chain, inputs
from server.insurance import requests as ask
from server.insurance_desk import calls, errands
from server.insurance_desk.asks import EndInsuranceDifference, TakenDifference, TakeUpDifference
from server.outcome import Rejected, Success, Unknown
from server.settling import insured_rows as rows

if TYPE_CHECKING:
    from server.db import ReadTx, Row, Tx
    from server.insurance.protocol import Wire

_COLUMNS: Final = (
    "SELECT d.id, d.day, d.finding, d.act, d.number, d.order_number AS msgid, coalesce(d.detail->>'psn_no', '') AS psn_no,"
    " coalesce(d.detail->>'mdtrt_id', '') AS mdtrt_id, coalesce(d.detail->>'memo', '') AS memo, d.detail->'ours' AS ours,"
    " d.detail->'theirs' AS theirs, s.patient_id, coalesce(p.name, '') AS patient_name, s.bill_id, coalesce(b.number, '') AS bill_number,"
    " d.settlement_id, d.way, d.trouble, d.resolution, d.resolved_at, coalesce(r.name, '') AS resolved_by FROM money_difference d"
    " LEFT JOIN insurance_settlement s ON s.id = d.insurance_settlement_id LEFT JOIN patient p ON p.id = s.patient_id"
    " LEFT JOIN bill b ON b.id = s.bill_id LEFT JOIN staff r ON r.id = d.resolved_by WHERE d.party = 'insurance'"
)
_LIST: Final = Read(f"{_COLUMNS} AND (NOT %(open_only)s OR d.resolved_at IS NULL) ORDER BY d.day, d.id LIMIT %(limit)s")
_ONE: Final = Read(f"{_COLUMNS} AND d.id = %(id)s")
_LOCK: Final = Write(
    "SELECT d.finding, d.act, d.number, d.order_number, d.detail, d.way, d.resolved_at, d.trouble, d.insurance_settlement_id,"
    " coalesce(s.insuplc_admdvs, u.mdtrtarea_admvs), coalesce(s.setl_id, d.number), coalesce(s.psn_no, d.detail->>'psn_no'),"
    " coalesce(s.mdtrt_id, d.detail->>'mdtrt_id'), coalesce(s.state, ''), u.fixmedins_code FROM money_difference d"
    " JOIN insurance_setup u ON u.id = 1 LEFT JOIN insurance_settlement s ON s.id = d.insurance_settlement_id"
    " WHERE d.id = %(id)s AND d.party = 'insurance' FOR UPDATE OF d"
)
_DONE: Final = Read("SELECT 1 FROM settlement WHERE id = %(id)s AND state = 'DONE'")
_ACTS_MADE: Final = Read("SELECT infno, state FROM insurance_call WHERE settlement_id IS NULL AND finding = %(about)s ORDER BY id")
_RETRY: Final = timedelta(minutes=5)
#: What the service does at the bureau; the other ways are a person's word.
AT_BUREAU: Final = frozenset({Way.REFUND, Way.AGAIN})


def _fact(row: Row, names: list[str]) -> InsuranceDifference:
    return as_kind(dict(zip(names, row, strict=True)), InsuranceDifference, strict=False)


def _facts(tx: ReadTx, statement: Read, **parameters: Any) -> tuple[InsuranceDifference, ...]:
    return tuple(_fact(row, list(InsuranceDifference.__struct_fields__)) for row in tx.rows(statement, **parameters))


@handles(ListInsuranceDifferences)
def list_insurance_differences(tx: ReadTx, request: ListInsuranceDifferences) -> InsuranceDifferences:
    """Differences with both sides, oldest first."""
    found = _facts(tx, _LIST, open_only=request.open_only, limit=request.limit + 1)
    return InsuranceDifferences(differences=found[: request.limit], more=len(found) > request.limit)


@handles(ResolveInsuranceDifference)
def resolve_insurance_difference(tx: Tx, request: ResolveInsuranceDifference) -> InsuranceDifference:
    """Clear one by the finding of two people."""
    row = tx.write_one(_LOCK, id=request.difference_id)
    if row is None:
        raise NotFound(kind=N_("Difference"), key=str(request.difference_id))
    if row[6] is not None or (row[5] and not row[7]):  # cleared, or being cleared without trouble
        raise ChangedMeanwhile(kind=N_("Difference"))
    _check(tx, request, row)
    (fact,) = _facts(tx, _ONE, id=request.difference_id)
    approver = approvals.use(tx, request.approval_id, "finding", request.difference_id, fact.size_fen)
    tx.detail = {"way": request.way, "reason": request.reason, "finding": row[0], "number": row[2], "approver": approver}
    if request.way in AT_BUREAU and not _known_void(row, request.way):
        errands.require_line(tx)
        differences.under_way(tx, request.difference_id, request.way, request.reason)
        errands.enter(tx, ErrandKind.DIFFERENCE, request.difference_id)
    else:
        if request.way is Way.AGAIN:
            _void(tx, row[8], row[2])
        differences.clear(tx, request.difference_id, request.way, request.reason, request.settlement_id)
    return _facts(tx, _ONE, id=request.difference_id)[0]


def _check(tx: ReadTx, request: ResolveInsuranceDifference, row: Row) -> None:
    if request.way not in WAYS.get((Finding(row[0]), row[1]), ()):
        raise FieldWrong(field=N_("Way"), reason=N_("this difference cannot be cleared so"))
    linked = request.settlement_id is not None
    if linked != (request.way is Way.SETTLED) or (linked and tx.first(_DONE, id=request.settlement_id) is None):
        raise FieldWrong(field=N_("Settlement"), reason=N_("name a settlement that is done, for this way alone"))
    if request.way is Way.AGAIN and row[8] is None:
        raise FieldWrong(field=N_("Way"), reason=N_("no settlement of ours belongs to it"))


def _known_void(row: Row, way: Way) -> bool:
    """The bureau has cancelled our settlement, as it says itself: nothing has to be asked."""
    return way is Way.AGAIN and (row[0], row[1]) == (Finding.THEIRS_ONLY, "CANCEL")


def _void(tx: Tx, insurance_settlement_id: int, number: str) -> None:
    """Nothing of our settlement stands at the bureau, so that its bill can be refunded without asking there."""
    rows.void(tx, insurance_settlement_id, number)
    tx.changed(topics.INSURANCE, insurance_settlement_id)


# --- the service's steps -----------------------------------------------------------------------------------------------------------


def _about(difference_id: int) -> str:
    return f"difference {difference_id}"


@handles(TakeUpDifference, replayed=False)
def take_up_difference(tx: Tx, request: TakeUpDifference) -> TakenDifference:
    """What to ask next, written down before it is sent. An earlier call without an answer is superseded: 2601, 2208 and 5203 may be asked again."""
    row = tx.write_one(_LOCK, id=request.difference_id)
    if row is None or row[6] is not None or row[5] not in AT_BUREAU:
        return TakenDifference(ask=None)
    about = _about(request.difference_id)
    rows.supersede(tx, about)
    refused = {infno for infno, state in tx.rows(_ACTS_MADE, about=about) if state == "REJECTED"}
    infno, wire = _next(row, refused, tx)
    return TakenDifference(ask=calls.written(tx, infno, wire, staff_id=request.staff_id, insuplc=row[9], about=about))


def _next(row: Row, refused: set[str], tx: Tx) -> tuple[str, Wire]:
    """5203 before we say that nothing stands there; 2601 of a message of ours; 2208 where that is refused."""
    at = ask.SettlementAt(psn_no=row[11], mdtrt_id=row[12], setl_id=row[10])
    if Way(row[5]) is Way.AGAIN:
        return chain.QUERY_SETTLEMENT, inputs.settlement_at(at)
    bureau = tx.parties.bureau
    assert bureau is not None
    ours = row[3].startswith(row[14]) and (row[0], row[1]) == (Finding.THEIRS_ONLY, "SETTLE")
    if ours and chain.REVERSE not in refused:
        wanted = ask.Reverse(psn_no=row[11], msgid=row[3], infno=bureau.province.number(chain.SETTLE))
        return chain.REVERSE, inputs.reverse(wanted)
    return chain.CANCEL_SETTLEMENT, inputs.settlement_at(at)


@handles(EndInsuranceDifference, replayed=False)
def end_insurance_difference(tx: Tx, request: EndInsuranceDifference) -> Done:
    """Write down what the bureau said, and clear what is cleared by it."""
    row = tx.write_one(_LOCK, id=request.difference_id)
    assert row is not None, "a difference is never deleted"
    about, outcome = _about(request.difference_id), request.outcome
    if isinstance(outcome, Success):
        rows.step_call(tx, request.call_id, "SUCCESS", refmsgid=outcome.value.refmsgid, finding=about)
        _carried_out(tx, request, row, outcome.value.output)
    elif isinstance(outcome, Rejected):
        rows.step_call(tx, request.call_id, "REJECTED", code=outcome.code, message=outcome.message, finding=about)
        _refused(tx, request, row, outcome)
    else:
        assert isinstance(outcome, Unknown)
        rows.step_call(tx, request.call_id, "UNKNOWN", message=outcome.reason, finding=about)
    return Done()


def _carried_out(tx: Tx, request: EndInsuranceDifference, row: Row, output: Wire) -> None:
    if request.act == chain.QUERY_SETTLEMENT:
        differences.hindered(
            tx, request.difference_id, Way.OPEN, tr("The bureau has this settlement after all; compare the day again."), None
        )
        return
    if request.act == chain.CANCEL_SETTLEMENT:
        number = str(output.get("setlinfo", {}).get("setl_id", ""))
        differences.note(tx, request.difference_id, {"cancel_setl_id": number})
        if row[8] is not None:
            rows.cancelled_again(tx, row[8], number)
    differences.clear(tx, request.difference_id, Way(row[5]))


def _refused(tx: Tx, request: EndInsuranceDifference, row: Row, outcome: Rejected) -> None:
    bureau = tx.parties.bureau
    nothing = bureau is not None and any(word in outcome.message for word in bureau.province.nothing_when)
    if request.act == chain.QUERY_SETTLEMENT and nothing:
        _void(tx, row[8], "")
        differences.clear(tx, request.difference_id, Way.AGAIN)
    elif request.act == chain.CANCEL_SETTLEMENT and nothing:  # it is gone: by a 2601 of which the answer was lost, or by the bureau itself
        differences.clear(tx, request.difference_id, Way.TAKEN_BACK)
    elif request.act != chain.REVERSE:  # a refused 2601 is followed by 2208
        differences.hindered(tx, request.difference_id, Way.OPEN, outcome.message[:300], None)
