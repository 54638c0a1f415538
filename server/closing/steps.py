"""The steps of one's own shift before its close: float, count, hand-over, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.close_sheet import DENOMINATIONS_FEN
from common.messages.closing import AcceptShift, ClosingFacts, CountShift, GetClosing, OpenShift, ShiftStanding, StepBack, SubmitShift
from common.money_errors import SamePerson
from server import approvals, money_rules
from server.closing import matters, standing
from server.features import handles
from server.money_book import shifts

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_ACCEPT: Final = "accept"


def hold_own(tx: Tx, shift_id: int) -> shifts.Held:
    """Hold a shift of the actor's own. Somebody else's is not found."""
    shift = shifts.hold(tx, shift_id)
    if shift.cashier_id != tx.actor.staff:
        raise NotFound(kind=N_("Shift"), key=str(shift_id))
    return shift


@handles(GetClosing)
def get_closing(tx: ReadTx, request: GetClosing) -> ClosingFacts:
    """One's shifts and what stands in the way of closing them."""
    return ClosingFacts(
        shifts=standing.mine(tx),
        to_accept=standing.to_accept(tx),
        matters=matters.matters_of(tx, tx.actor.staff),
        next_float_fen=standing.next_float(tx),
        needs_acceptance=money_rules.rules(tx).close_needs_acceptance,
    )


@handles(OpenShift)
def open_shift(tx: Tx, request: OpenShift) -> ShiftStanding:
    """Count a float in."""
    return standing.standing(tx, shifts.count_float_in(tx, request.float_fen))


@handles(CountShift)
def count_shift(tx: Tx, request: CountShift) -> ShiftStanding:
    """The blind count. Raises ``FieldWrong`` for a denomination that there is not, or that is named twice; ``OpenMatters``."""
    named = [pieces.denomination_fen for pieces in request.counts]
    if len(set(named)) < len(named) or not set(named) <= set(DENOMINATIONS_FEN):
        raise FieldWrong(field=N_("closing|Denomination"), reason=N_("each of 100, 50, 20, 10, 5, 1 yuan, 5 and 1 jiao at most once"))
    matters.require_none(tx, tx.actor.staff)  # its cash lies in the drawer already, and would be booked in the next shift
    shift = hold_own(tx, request.shift_id)
    kept = [(pieces.denomination_fen, pieces.pieces) for pieces in request.counts if pieces.pieces]
    total = sum(fen * pieces for fen, pieces in kept) + request.loose_fen
    shifts.count(tx, shift, {"pieces": kept, "loose_fen": request.loose_fen}, total)
    return standing.standing(tx, shift.id)


@handles(StepBack)
def step_back(tx: Tx, request: StepBack) -> ShiftStanding:
    """One step back."""
    shifts.step_back(tx, hold_own(tx, request.shift_id))
    return standing.standing(tx, request.shift_id)


@handles(SubmitShift)
def submit_shift(tx: Tx, request: SubmitShift) -> ShiftStanding:
    """Hand over what was counted."""
    shifts.submit(tx, hold_own(tx, request.shift_id), request.difference_reason, request.handed_in_fen)
    return standing.standing(tx, request.shift_id)


@handles(AcceptShift)
def accept_shift(tx: Tx, request: AcceptShift) -> ShiftStanding:
    """Take over: the actor, at a desk of his own, or whoever approved at the cashier's desk. Raises ``SamePerson``."""
    shift = shifts.hold(tx, request.shift_id)
    shift.require("SUBMITTED")
    acceptor = tx.actor.staff if request.approval_id is None else approvals.use(tx, request.approval_id, _ACCEPT, shift.id)
    if acceptor == shift.cashier_id:
        raise SamePerson
    shifts.accept(tx, shift, acceptor)
    return standing.standing(tx, shift.id)
