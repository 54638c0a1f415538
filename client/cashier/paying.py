"""Settling: at the counter in one step, or with somebody outside step by step, while other patients are served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client import money_papers
from client.cashier import draft, lists
from client.cashier.model import summary
from client.cashier.stand import open_drawer, show_change, show_customer
from client.settlements import ENDED, failure
from common.errors import Refusal
from common.i18n import N_, tr
from common.messages.cashier import Settled, TenderKind
from common.messages.settlement import (
    BeginSettlement,
    CancelSettlement,
    GetSettlement,
    ListOpenSettlements,
    RetrySettlement,
    SettlementFacts,
    SettlementKind,
)
from common.settling_errors import GivenUp, InsuranceChoiceNeeded

if TYPE_CHECKING:
    from client.cashier.model import Paying
    from client.cashier.view.desk import CashierDesk
    from common.errors import XinglinError
    from common.messages.settlement import SettlementList
    from common.wire import Change

NOT_TO_BE_STOPPED: Final = N_("till|It is being brought to its end and cannot be given up any more.")


def settle(desk: CashierDesk) -> None:
    """F12: settle what is ticked, or go on with what the insurance has quoted. What nobody typed is not taken as cash without being said."""
    if desk.insured_form.isVisible():
        desk.ask_insurance()
    elif desk.model.tendering.asks_for_cash(elsewhere=desk.till.rows.hand_elsewhere()):
        desk.model.trouble = ""
        desk.unsay()
        desk.till.focus_cash()
        desk.show_all()
    else:
        send(desk, desk.model.request())


def send(desk: CashierDesk, request: Paying) -> None:
    """Send it, once."""
    model = desk.model
    patient_id, patient = model.patient_id or 0, model.patient.file.name if model.patient else ""
    line_ids = tuple(line.id for line in model.ticked)
    model.sending, model.trouble = True, ""
    desk.unsay()
    request_id = model.request_id(request)
    begun_outside = isinstance(request, BeginSettlement)

    def done(reply: Settled | SettlementFacts) -> None:
        if isinstance(reply, Settled):
            settled(desk, patient_id, reply, request_id, line_ids)
        else:
            begun(desk, reply)

    def failed(error: XinglinError) -> None:
        if patient_id == model.patient_id:
            model.tendering.refused |= begun_outside
        not_settled(desk, patient_id, patient, error)

    desk.send(request, done=done, failed=failed, request_id=request_id)
    desk.show_all()


def settled(desk: CashierDesk, patient_id: int, done: Settled, paper_id: str, line_ids: tuple[int, ...] | None = None) -> None:
    """The bill is paid: print, open the drawer, say the change, and make ready for the next."""
    desk.place.paper.print(money_papers.receipt(done.receipt), "receipt", paper_id)
    if any(tender.kind is TenderKind.CASH for tender in done.receipt.tenders):
        open_drawer(desk)
    desk.model.settled(patient_id, done, line_ids)
    desk.tell(summary(done), follow=["print_again"])
    show_change(desk, done.receipt)
    if patient_id == desk.model.patient_id:
        draft.drop(desk)
        desk.till.forget()
        desk.debtors.search.start()
    lists.refresh_all(desk)
    desk.debtors.step_to_next()


def not_settled(desk: CashierDesk, patient_id: int, patient: str, error: XinglinError) -> None:
    """It was refused: the sentence stands in the till and in the line, what was typed stays, and the lists are read anew."""
    if patient_id != desk.model.patient_id:
        desk.tell(tr("{patient} was not settled: {why}", patient=patient, why=str(error)), "danger")
        return
    desk.model.sending = False
    desk.model.trouble = error
    desk.fail(error)
    if desk.model.tendering.with_code:
        desk.model.tendering.forget_codes()
        desk.till.show_tenders()
    if isinstance(error, Refusal):
        lists.refresh_all(desk)
    desk.show_all()


# --- with somebody outside ---------------------------------------------------------------------------------------------------------


def begun(desk: CashierDesk, facts: SettlementFacts) -> None:
    """The service has it in hand. It may have gone on since it answered, so that where it stands is read once more."""
    if desk.waiting.add(facts.id) and facts.state not in ENDED:
        read(desk, facts.id)
    follow(desk, facts)


def read(desk: CashierDesk, settlement_id: int) -> None:
    """Where a settlement stands now."""
    request = GetSettlement(settlement_id=settlement_id)
    desk.send(request, done=lambda facts: follow(desk, facts), failed=lambda _error: None, key=f"settlement {settlement_id}")


def follow(desk: CashierDesk, facts: SettlementFacts) -> None:
    """A settlement took a step."""
    if facts.kind is not SettlementKind.SALE:
        return
    if facts.state in ENDED:
        _ended(desk, facts)
        return
    before = desk.model.watched
    desk.model.take_settlement(facts)
    if facts.patient_id == desk.model.patient_id:
        _show_in_hand(desk, facts, "" if before is None else before.state)
    elif facts.state == "QUOTED" and facts.id in desk.waiting.ids:
        desk.tell(tr("till|The insurance has quoted for {patient} (F4).", patient=facts.patient_name), "info")
    desk.show_all()


def _show_in_hand(desk: CashierDesk, facts: SettlementFacts, before: str) -> None:
    """The pane says where it stands; a quote is paid in the till. Keys that somebody types elsewhere stay there."""
    model = desk.model
    if facts.state != "QUOTED":
        if not before:
            draft.drop(desk)
            desk.debtors.search.setFocus()
        return
    refusal = failure(facts)
    model.trouble = refusal or ""
    if refusal is not None:
        desk.fail(refusal)
    if before != "QUOTED":
        desk.till.show_tenders()
        if not desk.debtors.search.text():
            desk.till.given.setFocus()
        show_customer(desk)


def _ended(desk: CashierDesk, facts: SettlementFacts) -> None:
    ours = desk.waiting.drop(facts.id)
    desk.model.take_settlement(facts)
    if ours and facts.settled is not None:
        settled(desk, facts.patient_id, facts.settled, f"settlement-{facts.id}")
    elif ours:
        given_up(desk, facts)
    desk.show_all()


def given_up(desk: CashierDesk, facts: SettlementFacts) -> None:
    """It ended without a bill: say why. With another choice about the insurance it begins anew."""
    error = failure(facts) or GivenUp()
    if facts.patient_id != desk.model.patient_id:
        desk.tell(tr("{patient} was not settled: {why}", patient=facts.patient_name, why=str(error)), "danger")
        return
    insured, again = desk.model.insured, desk.asks_again
    desk.asks_again = False
    if isinstance(error, InsuranceChoiceNeeded):
        insured.choices = error.choices
        desk.show_insured()
    elif again and isinstance(error, GivenUp):
        desk.ask_insurance()
        return
    else:
        desk.tell(str(error), "warning" if isinstance(error, GivenUp) else "danger")
    desk.model.trouble = error if not isinstance(error, InsuranceChoiceNeeded) else ""
    desk.till.show_tenders()
    lists.refresh_all(desk)
    desk.till.given.setFocus() if not desk.insured_form.isVisible() else None


def load_open(desk: CashierDesk) -> None:
    """What this cashier has under way. What this desk waited for, and is not among it any more, has ended."""

    def taken(found: SettlementList) -> None:
        sales = tuple(each for each in found.settlements if each.kind is SettlementKind.SALE)
        desk.model.take_open(sales)
        still = {each.id for each in sales}
        for settlement_id in sorted(desk.waiting.ids - still):
            read(desk, settlement_id)
        desk.show_all()

    desk.send(ListOpenSettlements(mine=True), done=taken)


def heard(desk: CashierDesk, changes: frozenset[Change], topic: str) -> None:
    """Settlements took steps: those of this desk are read one by one, for their end must not be missed."""
    ids = {change.id for change in changes if change.topic == topic}
    for settlement_id in sorted(ids & desk.waiting.ids):
        read(desk, settlement_id)
    if ids - desk.waiting.ids:
        load_open(desk)


def cancel(desk: CashierDesk) -> None:
    """Esc: give it up. What was collected goes back by its own way."""
    watched = desk.model.watched
    if watched is None:
        return
    if not watched.can_cancel:
        desk.tell(tr(NOT_TO_BE_STOPPED), "warning")
        return
    desk.send(CancelSettlement(settlement_id=watched.id), done=lambda facts: begun(desk, facts))


def retry(desk: CashierDesk) -> None:
    """F10: ask outside again now."""
    waiting = desk.model.waiting
    if waiting is not None:
        desk.send(RetrySettlement(settlement_id=waiting.id), done=lambda facts: begun(desk, facts))
