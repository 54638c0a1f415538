"""Money by payment code: begun by a scan or a pay-out, followed while a channel is asked, and told, printed and left at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.accounts import loading, telling
from client.accounts.model import COMES_IN, KINDS
from client.settlements import ENDED, failure
from common import topics
from common.domain.barcodes import PaymentCode, classify
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.settlement import CancelSettlement, GetSettlement, ListOpenSettlements, RetrySettlement
from common.settling_errors import GivenUp

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.accounts.view.desk import AccountsDesk
    from common.messages.settlement import SettlementFacts, SettlementList
    from common.wire import Change


def scanned(desk: AccountsDesk, text: str, finish: Callable[[], object]) -> bool | None:
    """A payment code pays what is filled in. ``None``: it cannot be used now, which was said; ``False``: it is no payment code."""
    code = classify(text)
    if not isinstance(code, PaymentCode):
        return False
    model, kind = desk.model, TenderKind(code.payer.value)
    if model.act not in COMES_IN:
        desk.tell(tr("account|This is a payment code. First F4 and the amount, then scan it again."), "warning")
    elif model.rules is not None and kind not in model.rules.channels:
        desk.tell(tr("account|This kind of payment code is not connected here. Take another means of payment."), "warning")
    elif why_not := model.scan(kind, code.auth_code):
        desk.tell(tr(why_not), "warning")
    else:
        finish()
        return True
    desk.sound(accepted=False)
    desk.show_all()
    return None


def begun(desk: AccountsDesk, facts: SettlementFacts) -> None:
    """The service has it in hand. It may have gone on since it answered, so that where it stands is read once more."""
    if desk.waiting.add(facts.id) and facts.state not in ENDED:
        _read(desk, facts.id)
    follow(desk, facts)


def _read(desk: AccountsDesk, settlement_id: int) -> None:
    request = GetSettlement(settlement_id=settlement_id)
    desk.send(request, done=lambda facts: follow(desk, facts), failed=lambda _error: None, key=f"settlement {settlement_id}")


def follow(desk: AccountsDesk, facts: SettlementFacts) -> None:
    """It took a step. At its end the receipt is printed by the desk that began it."""
    if facts.kind not in KINDS:
        return
    in_hand = desk.model.in_hand(facts)
    desk.model.take_settlement(facts)
    if facts.state in ENDED and desk.waiting.drop(facts.id):
        if facts.moved is not None:
            telling.moved(desk, facts.moved, f"settlement-{facts.id}")
        else:
            _given_up(desk, facts, in_hand=in_hand)
        loading.refresh(desk, frozenset())
    desk.show_all()


def _given_up(desk: AccountsDesk, facts: SettlementFacts, *, in_hand: bool) -> None:
    """It ended with the account as it was: say why. What had been filled in stands there again, for another code or means."""
    error = failure(facts) or GivenUp()
    desk.model.refill(facts)
    words = tr(
        "account|{name}: {amount} did not move: {why}", name=facts.patient_name, amount=format_yuan(facts.expected_fen), why=str(error)
    )
    desk.tell(words, "danger")
    if in_hand:
        desk.model.trouble = error
        desk.acting.start()


def load_open(desk: AccountsDesk) -> None:
    """What this cashier has under way here. What this desk waited for, and is not among it any more, has ended."""

    def taken(found: SettlementList) -> None:
        ours = tuple(each for each in found.settlements if each.kind in KINDS)
        desk.model.open = ours
        for settlement_id in sorted(desk.waiting.ids - {each.id for each in ours}):
            _read(desk, settlement_id)
        desk.show_all()

    desk.send(ListOpenSettlements(mine=True), done=taken)


def refresh(desk: AccountsDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something, or a settlement took a step; an empty set: everything."""
    if not changes:
        load_open(desk)
    elif any(change.topic == topics.SETTLEMENT for change in changes):
        heard(desk, changes, topics.SETTLEMENT)


def heard(desk: AccountsDesk, changes: frozenset[Change], topic: str) -> None:
    """Settlements took steps: those of this desk are read one by one, for their end must not be missed."""
    ids = {change.id for change in changes if change.topic == topic}
    for settlement_id in sorted(ids & desk.waiting.ids):
        _read(desk, settlement_id)
    if ids - desk.waiting.ids:
        load_open(desk)


def cancel(desk: AccountsDesk) -> None:
    """Give it up. What was collected goes back by its own way; of what has gone out already, no more goes out."""
    waiting = desk.model.waiting
    if waiting is None:
        return
    if not waiting.can_cancel:
        desk.tell(tr(N_("till|It is being brought to its end and cannot be given up any more.")), "warning")
        return
    desk.send(CancelSettlement(settlement_id=waiting.id), done=lambda facts: begun(desk, facts))


def retry(desk: AccountsDesk) -> None:
    """Ask the channel again now."""
    waiting = desk.model.waiting
    if waiting is not None:
        desk.send(RetrySettlement(settlement_id=waiting.id), done=lambda facts: begun(desk, facts))
