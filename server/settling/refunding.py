"""Taking a bill back (DOMAIN.md §5.5): what may go back, what the rest comes to, the steps outside in their order, and the booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common.domain.refundable import binding_state, hindrance, refundable_quantity, whole_only
from common.domain.refunds import Kept, keep
from common.errors import PartOfPrescription
from common.i18n import N_
from common.messages.cashier import CHANNELS, InsuranceShare, Tender, TenderKind
from common.settling_errors import GivenUp, LineNotRefundable
from server import money_book
from server.db import Read, Tx, Write
from server.money_book import outside, refunds, standing
from server.money_book.entries import Entered, Origin
from server.settling import calls, channel_steps, insured, plan
from server.settling import insured_rows as rows
from server.settling.asks import Finish, Rest, Step
from server.settling.plan import RefundPlan, RestLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.domain.refunds import Part
    from common.messages.settlement import RefundLine
    from server.db import ReadTx
    from server.money_book.outside import Outside
    from server.money_book.refunds import TakenBack
    from server.money_book.standing import Old
    from server.settling.plan import Settlement

_STATES: Final = (
    "SELECT id, number, state, (SELECT x.state FROM decoction x WHERE x.prescription_id = prescription.id AND x.state <> 'CANCELLED')"
    " FROM prescription WHERE id = ANY(%(ids)s) ORDER BY id"
)
_PRESCRIPTIONS: Final = Read(_STATES)
#: Locked, so that the pharmacy does not pick while the money goes back.
_PRESCRIPTIONS_LOCKED: Final = Write(f"{_STATES} FOR UPDATE")
_OF_BILL: Final = Read("SELECT DISTINCT prescription_id FROM charge_line WHERE bill_id = %(bill_id)s AND prescription_id IS NOT NULL")
_ALONE: Final = Read("SELECT refund_alone_fen FROM money_rules WHERE id = 1")
_ROUNDING: Final = Read("SELECT cash_rounding FROM money_rules WHERE id = 1")
_ORIGINAL_PLAN: Final = Read("SELECT plan FROM settlement WHERE id = %(id)s")


ANOTHER_DAY: Final = N_("refund|The bill is of an earlier day: a second person has to agree.")
MUCH_MONEY: Final = N_("refund|The amount is above the limit for one person: a second person has to agree.")


class Wanted(NamedTuple):
    """A refund that may be made: the locked sale, what goes back of it, and what is kept."""

    old: Old
    back: dict[int, Part]
    rest: dict[int, RestLine]
    rest_fen: int
    insured: rows.Insured | None

    @property
    def value_fen(self) -> int:
        """What the lines that go back cost."""
        return sum(part.amount_fen for part in self.back.values())


def look(tx: ReadTx, bill_id: int, lines: tuple[RefundLine, ...]) -> Wanted:
    """Whether these lines of a sale may go back; a transaction that is going to do it locks them.

    Raises ``NothingToSettle``, ``LinesHeld``, ``LineNotRefundable``, ``PartOfPrescription``.
    """
    ids = sorted(row[0] for row in tx.rows(_OF_BILL, bill_id=bill_id))
    if isinstance(tx, Tx):
        found = tx.write(_PRESCRIPTIONS_LOCKED, ids=ids) if ids else []
        old = standing.lock_sale(tx, bill_id)
    else:
        found = tx.rows(_PRESCRIPTIONS, ids=ids) if ids else []
        old = standing.read_sale(tx, bill_id)
    states = {row[0]: (row[1], row[2], row[3]) for row in found}
    back = standing.parts(old, {line.charge_line_id: line.quantity for line in lines})
    _check_lines(old, back, states)
    amount, waived = standing.rest_fen(old, back)
    return Wanted(old, back, _rest(old, back), amount - waived, rows.of_bill(tx, bill_id))


def _check_lines(old: Old, back: Mapping[int, Part], states: Mapping[int, tuple[str, str, str | None]]) -> None:
    for line in old.lines:
        _, state, decoction = states[line.prescription_id] if line.prescription_id is not None else ("", None, None)
        binding = binding_state(line.source, state)
        part = back.get(line.id)
        if part is None:
            whole = whole_only(binding) and any(
                other.id in back
                for other in old.lines
                if other.prescription_id == line.prescription_id and line.prescription_id is not None
            )
            if whole:
                raise PartOfPrescription(number=states[line.prescription_id or 0][0])
            continue
        left = refundable_quantity(line.prescribed, line.prescribed - line.standing.quantity, binding, line.returned)
        why = hindrance(line.source, line.standing.quantity, binding, left, decoction)
        if why or part.quantity > left:
            raise LineNotRefundable(name=line.shown[0], reason=why or standing.NOT_SO_MUCH)
        if whole_only(binding) and part.quantity != line.standing.quantity:
            raise PartOfPrescription(number=states[line.prescription_id or 0][0])


def _rest(old: Old, back: Mapping[int, Part]) -> dict[int, RestLine]:
    kept = {}
    for line in old.lines:
        quantity, amount = line.standing.quantity, line.standing.amount_fen
        if line.id in back:
            quantity, amount = quantity - back[line.id].quantity, amount - back[line.id].amount_fen
        if quantity:
            kept[line.id] = RestLine(quantity=quantity, amount_fen=amount)
    return kept


def kept(tx: ReadTx, old: Old, rest_fen: int) -> Kept:
    """Which payments go on paying for the rest."""
    mode = (tx.first(_ROUNDING) or ("none",))[0]
    return keep(old.paid(), old.rounding_fen, rest_fen, mode)


def back_by_tender(old: Old, keeping: Kept) -> dict[TenderKind, int]:
    """What the patient gets back, by tender."""
    return refunds.net(old, refunds.Rest(keeping))


def plan_of(tx: ReadTx, wanted: Wanted, lines: tuple[RefundLine, ...], reason: str, approved_by: int | None) -> RefundPlan:
    """The refund as it is stored with its settlement."""
    use = None
    if wanted.insured is not None and wanted.rest:
        original = tx.first(_ORIGINAL_PLAN, id=wanted.insured.settlement_id)
        assert original is not None
        use = plan.use_of(original[0])
        if use is not None and use.certificate_type == plan.TOKEN:  # the token is gone; the person is known by his number
            use = msgspec.structs.replace(use, certificate_type="02", certificate_number=wanted.insured.person["identity_number"])
    return RefundPlan(
        lines={line.charge_line_id: line.quantity for line in lines},
        rest=wanted.rest,
        rest_fen=wanted.rest_fen,
        waived_fen=sum(line.amount_fen for line in wanted.rest.values()) - wanted.rest_fen,
        reason=reason,
        approved_by=approved_by,
        insured=wanted.insured is not None,
        use=use,
    )


def needs_approval(tx: ReadTx, old: Old, fen: int) -> str:
    """Why a second person has to agree that this much of a bill goes back; empty if nobody has to."""
    if old.business_date != tx.today:
        return ANOTHER_DAY
    alone = (tx.first(_ALONE) or (0,))[0]
    return MUCH_MONEY if fen > alone else ""


def needs_outside(tx: ReadTx, wanted: Wanted) -> bool:
    """Whether anybody outside has to do something before this can be booked."""
    return wanted.insured is not None or bool(_to_give_back(tx, wanted.old, kept(tx, wanted.old, wanted.rest_fen)))


def _to_give_back(tx: ReadTx, old: Old, keeping: Kept) -> list[tuple[Outside, str, int, int]]:
    """Payments that a channel has to pay back: the payment, its order, how much, and what had been paid by that order."""
    found = []
    for row in old.payments:
        payment = outside.Outside(row[0], TenderKind(row[1]), row[2], "", "", row[3])
        if payment.kind not in CHANNELS:
            continue
        back = payment.amount_fen - keeping.by_payment[payment.id]
        root = outside.root_order(tx, payment.id) if back > 0 else None
        if root is not None:  # without an order it was taken by eye, on the channel's own terminal, and goes back there
            found.append((payment, root[0], back, root[1]))
    return found


# --- the steps --------------------------------------------------------------------------------------------------------------------------


def next_step(tx: Tx, settlement: Settlement) -> Step:
    """Insurance first, then each channel, then it is booked."""
    assert settlement.refunds is not None
    refund = settlement.refund()
    old = standing.lock_sale(tx, settlement.refunds, held_by=settlement.id)
    if refund.insured:
        step = _insurance_step(tx, settlement, refund)
        if step is not None:
            return step
        settlement = plan.lock(tx, settlement.id)
    elif settlement.cancel_wanted or settlement.failure is not None:
        step = _give_up(tx, settlement)
        if step is not None:
            return step
    return pay_back(tx, settlement, old, _money_of_rest(tx, settlement, refund))


def pay_back(tx: Tx, settlement: Settlement, old: Old, rest_fen: int) -> Step:
    """Let each channel pay back what does not go on paying for the rest; then it can be booked."""
    made = calls.calls_of(tx, settlement.id)
    for payment, order, back, total in _to_give_back(tx, old, kept(tx, old, rest_fen)):
        call = channel_steps.last_call(made, payment.id, "REFUND")
        if call is None or call.state != "SUCCESS":
            return channel_steps.give_back(tx, settlement, payment, order, back, total, made)
    return Finish()


def _insurance_step(tx: Tx, settlement: Settlement, refund: RefundPlan) -> Step | None:
    """Take the bureau's settlement back, then settle the rest anew. A rest that it refuses is paid at the desk."""
    assert settlement.refunds is not None
    at_bureau = rows.of_bill(tx, settlement.refunds)
    if at_bureau is not None:
        if settlement.cancel_wanted and not any(call.open for call in rows.calls_of(tx, settlement.id)):
            return _give_up(tx, settlement)
        return insured.cancel(tx, settlement, at_bureau)
    if settlement.cancel_wanted and settlement.failure is None and not insured.is_settled(tx, settlement.id):
        plan.note_failure(tx, settlement.id, GivenUp())  # the old one is gone: what is kept stands open again
        return insured.undo(tx, settlement)
    if refund.use is None or settlement.failure is not None:
        return insured.undo(tx, settlement) if settlement.failure is not None else None
    return insured.next_step(tx, settlement)


def _give_up(tx: Tx, settlement: Settlement) -> Step | None:
    """A refund can be given up until the first payment has gone back; then it goes on to its end."""
    return None if goes_back(tx, settlement.id) else leave(tx, settlement)


def goes_back(tx: ReadTx, settlement_id: int) -> bool:
    """Whether a channel has been asked to pay back, and has not refused."""
    return any(call.state != "REJECTED" for call in calls.calls_of(tx, settlement_id))


def leave(tx: Tx, settlement: Settlement) -> Step:
    """The bill stays as it was."""
    for payment_id in {call.payment_id for call in calls.calls_of(tx, settlement.id)}:
        outside.step(tx, payment_id, "PAID")
    if settlement.failure is None:
        plan.note_failure(tx, settlement.id, GivenUp())
    money_book.release(tx, settlement.id)
    plan.forget_token(tx, settlement)
    plan.step_to(tx, settlement.id, "FAILED")
    return Rest()


def _money_of_rest(tx: ReadTx, settlement: Settlement, refund: RefundPlan) -> int:
    """What the patient's own money has to pay of the rest."""
    if not refund.insured:
        return refund.rest_fen
    share = insured.share_of(tx, settlement.id) if insured.is_settled(tx, settlement.id) else None
    return own_money(refund, share) if share is not None else 0


def own_money(refund: RefundPlan, share: InsuranceShare) -> int:
    """What the patient's own money has to pay of a rest that the insurance shares."""
    return share.cash_fen - _still_waived(refund, share)


def _still_waived(refund: RefundPlan, share: InsuranceShare) -> int:
    """A waiver goes on for the rest as far as the patient would have to pay it; what the insurance pays needs no waiver."""
    return min(refund.waived_fen, share.cash_fen)


def lock_prescriptions(tx: Tx, bill_id: int) -> None:
    """Before the charge lines, as the lock order wants it: booking a refund may void them."""
    ids = sorted(row[0] for row in tx.rows(_OF_BILL, bill_id=bill_id))
    if ids:
        tx.write(_PRESCRIPTIONS_LOCKED, ids=ids)


# --- the booking ------------------------------------------------------------------------------------------------------------------------


def book(tx: Tx, old: Old, refund: RefundPlan, settlement_id: int | None) -> TakenBack:
    """Book a refund of which everything outside is done."""
    origin = Origin(approved_by=refund.approved_by, reason=refund.reason)
    back = standing.parts(old, refund.lines)
    if not refund.rest:
        return refunds.take_back(tx, old, back, None, origin)
    if not refund.insured and refund.use is None:
        return refunds.take_back(tx, old, back, refunds.Rest(kept(tx, old, refund.rest_fen)), origin)
    assert settlement_id is not None
    if not insured.is_settled(tx, settlement_id):
        assert refund.insured, "a bill that was paid without the insurance stays so until that has settled"
        return refunds.take_back_and_charge_again(tx, old, back, origin)
    share = insured.share_of(tx, settlement_id)
    assert share is not None
    shares = insured.entered(outside.payments_of(tx, settlement_id))
    waived = _still_waived(refund, share)
    rest = refunds.Rest(kept(tx, old, own_money(refund, share)), shares, share, waived)
    taken = refunds.take_back(tx, old, back, rest, origin)
    assert taken.rest is not None
    insured.book(tx, settlement_id, taken.rest.bill_id)
    return taken


def entered(payment: Outside) -> Entered:
    """A channel's payment as one of the bill."""
    return Entered(Tender(kind=payment.kind, amount_fen=payment.amount_fen, reference=payment.reference), payment.id)
