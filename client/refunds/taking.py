"""Taking back: what it would do, doing it, and following it while somebody outside is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client import money_papers
from client.errors import NotInstalled
from client.refunds import converting, finding
from client.refunds.model import Told, summary
from client.settlements import ENDED, failure
from common.errors import Refusal
from common.i18n import tr
from common.messages.cashier import TenderKind
from common.messages.settlement import (
    CancelSettlement,
    GetSettlement,
    ListOpenSettlements,
    RetrySettlement,
    SettlementKind,
)
from common.settling_errors import GivenUp

if TYPE_CHECKING:
    from client.refunds.view.desk import RefundDesk
    from common.errors import XinglinError
    from common.messages.settlement import Refunded, RefundPlan, SettlementFacts, SettlementList
    from common.wire import Change


def load_plan(desk: RefundDesk) -> None:
    """What taking back the ticked lines would do."""
    model = desk.model
    if not model.back or model.bill is None or model.bill.bill.state != "STANDS":
        model.plan = None
        desk.show_all()
        return
    request = model.plan_request()

    def taken(plan: RefundPlan) -> None:
        if model.bill is not None and model.back and model.plan_request() == request:
            model.plan, model.plan_trouble = plan, ""
            desk.side.ask_for_approval()
            desk.show_all()

    def failed(error: XinglinError) -> None:
        if model.bill is not None and model.back and model.plan_request() == request:
            model.plan, model.plan_trouble = None, error
            desk.show_all()

    desk.send(request, done=taken, failed=failed)


def take_back(desk: RefundDesk) -> None:
    """F12. What is still to be filled in gets the hand."""
    model = desk.model
    what, words = model.missing()
    if what:
        (desk.side.focus_reason if what == "reason" else desk.side.focus_next)()
        desk.tell(words, "warning")
        return
    request = model.request()
    assert model.bill is not None
    told = Told(reason=request.reason, approver=desk.side.approval.approver)
    number = model.bill.bill.number
    model.sending, model.trouble = True, ""
    desk.send(
        request,
        done=lambda facts: begun(desk, facts, told),
        failed=lambda error: not_taken_back(desk, request.bill_id, number, error),
        request_id=model.request_id(request),
    )
    desk.show_all()


def not_taken_back(desk: RefundDesk, bill_id: int, number: str, error: XinglinError) -> None:
    """It was refused: the sentence stands beside it, what was ticked stays, and the bill is read anew."""
    model = desk.model
    if model.bill is None or model.bill.bill.id != bill_id:
        desk.tell(tr("refund|Bill {number} was not taken back: {why}", number=number, why=str(error)), "danger")
        return
    model.sending, model.trouble = False, error
    desk.side.approval.clear()
    model.approval_id = None
    if isinstance(error, Refusal):
        desk.ask_again()
    desk.show_all()


def begun(desk: RefundDesk, facts: SettlementFacts, told: Told | None = None) -> None:
    """The service has it in hand; where it stands is read once more, since it may have gone on meanwhile."""
    if told is not None:
        desk.place.journal.desk.keep(_key(facts.id), told)
        desk.model.watched, desk.model.sending = facts, False
    if desk.waiting.add(facts.id) and facts.state not in ENDED:
        read(desk, facts.id)
    follow(desk, facts)


def _key(settlement_id: int) -> str:
    return f"refunds:told:{settlement_id}"


def told_of(desk: RefundDesk, facts: SettlementFacts) -> Told:
    """What stands on the slip; kept until it has ended."""
    told = desk.place.journal.desk.draft(_key(facts.id), Told) or Told(reason="")
    if facts.state in ENDED:
        desk.place.journal.desk.drop(_key(facts.id))
    return told


def read(desk: RefundDesk, settlement_id: int) -> None:
    """Where a refund stands now."""
    request = GetSettlement(settlement_id=settlement_id)
    desk.send(request, done=lambda facts: follow(desk, facts), failed=lambda _error: None, key=f"settlement {settlement_id}")


def follow(desk: RefundDesk, facts: SettlementFacts) -> None:
    """A refund took a step."""
    if facts.kind is SettlementKind.CONVERT:
        converting.follow(desk, facts)
    if facts.kind is not SettlementKind.REFUND:
        return
    in_hand = desk.model.watched is not None and desk.model.watched.id == facts.id
    desk.model.take_settlement(facts)
    if facts.state in ENDED and desk.waiting.drop(facts.id):
        told = told_of(desk, facts)
        if facts.refunded is not None:
            taken_back(desk, facts, facts.refunded, told, in_hand=in_hand)
        else:
            given_up(desk, facts, in_hand=in_hand)
    desk.show_all()


def taken_back(desk: RefundDesk, facts: SettlementFacts, done: Refunded, told: Told, *, in_hand: bool) -> None:
    """It went back: print the refund slip and the rest's receipt, open the drawer for cash, and make ready for the next."""
    paper_id = f"refund-{facts.id}"
    desk.place.paper.print(money_papers.refund_slip(done, told.reason, told.approver), "receipt", paper_id)
    if done.rest is not None:
        desk.place.paper.print(money_papers.receipt(done.rest), "receipt", paper_id)
    if done.back.get(TenderKind.CASH, 0) > 0:
        open_drawer(desk)
    desk.model.last = done
    desk.model.printed = (done.refund.bill_id,) if done.rest is None else (done.refund.bill_id, done.rest.bill_id)
    desk.tell(summary(done), follow=["print_again"])
    if in_hand:
        desk.side.forget()
        finding.choose(desk, done.rest.bill_id if done.rest is not None else done.refund.bill_id)
        desk.finder.set_search("")
        desk.finder.start()
    finding.load_bills(desk)


def given_up(desk: RefundDesk, facts: SettlementFacts, *, in_hand: bool) -> None:
    """It ended without anything taken back."""
    error = failure(facts) or GivenUp()
    if in_hand:
        desk.model.trouble = error
        desk.ask_again()
    else:
        words = tr("refund|{patient}'s refund was not made: {why}", patient=facts.patient_name, why=str(error))
        desk.tell(words, "danger")


def open_drawer(desk: RefundDesk) -> None:
    """Cash goes out. A desk without a drawer has a box."""
    try:
        opening = desk.place.devices.open_drawer()
    except NotInstalled:
        return
    desk.ops.watch(opening, owner=desk, done=lambda _opened: None)


def load_open(desk: RefundDesk) -> None:
    """What this cashier has under way; what this desk waited for, and is not among it, has ended."""

    def taken(found: SettlementList) -> None:
        refunds = tuple(each for each in found.settlements if each.kind in (SettlementKind.REFUND, SettlementKind.CONVERT))
        desk.model.take_open(refunds)
        for settlement_id in sorted(desk.waiting.ids - {each.id for each in refunds}):
            read(desk, settlement_id)
        desk.show_all()

    desk.send(ListOpenSettlements(mine=True), done=taken)


def heard(desk: RefundDesk, changes: frozenset[Change], topic: str) -> None:
    """Settlements took steps: those that this desk waits for are read one by one."""
    ids = {change.id for change in changes if change.topic == topic}
    for settlement_id in sorted(ids & desk.waiting.ids):
        read(desk, settlement_id)
    if ids - desk.waiting.ids:
        load_open(desk)


def watch(desk: RefundDesk, facts: SettlementFacts) -> None:
    """Show one that is under way."""
    desk.model.watched = facts
    begun(desk, facts)


def cancel(desk: RefundDesk) -> None:
    """Give it up, as long as nothing has gone back."""
    waiting = desk.model.waiting
    if waiting is not None and waiting.can_cancel:
        desk.send(CancelSettlement(settlement_id=waiting.id), done=lambda facts: begun(desk, facts))
    elif waiting is not None:
        desk.tell(tr("till|It is being brought to its end and cannot be given up any more."), "warning")


def retry(desk: RefundDesk) -> None:
    """Ask outside again now."""
    waiting = desk.model.waiting
    if waiting is not None:
        desk.send(RetrySettlement(settlement_id=waiting.id), done=lambda facts: begun(desk, facts))
