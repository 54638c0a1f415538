"""The acts of the desk, each a few lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from client.accounts import by_code, loading, papers, telling, words
from client.accounts.model import Act
from client.action import Action
from common.domain.money import format_yuan
from common.errors import Refusal
from common.i18n import N_, tr
from common.messages.accounts import AccountMoved, CreditAccount, EndCreditMember, GetAccountReceipt
from common.messages.settlement import BillFacts, GetBill, SettlementFacts
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.accounts.model import AccountsModel
    from client.accounts.view.desk import AccountsDesk
    from common.errors import XinglinError
    from common.messages.accounts import AccountReceipt, CreditEntry, CreditMember, DepositEntry

#: F10, which asks again elsewhere, opens the green channel here.
RETRY: Final = "Ctrl+T"


def rows(desk: AccountsDesk) -> list[Action]:
    """The desk's actions as data."""
    may_open = Permission.CREDIT_MANAGE
    return [
        Action(id="find", title=N_("Find patient"), key="F2", run=desk.holders.search.start, needs=Permission.PATIENT_SEARCH),
        _begin(desk, Act.OPEN, "new", N_("account|New company"), "F3", needs=may_open),
        Action(
            id="take",
            title=N_("account|Take money"),
            key="F4",
            run=lambda: begin(desk, _taking(desk.model)),
            enabled=lambda model: model.why_not_begin(_taking(model)) or True,
            needs=Permission.CASHIER_SETTLE,
        ),
        Action(
            id="give",
            title=N_("account|Pay out or back"),
            key="F6",
            run=lambda: begin(desk, _giving(desk.model)),
            enabled=lambda model: model.why_not_begin(_giving(model)) or True,
            needs=Permission.CASHIER_REFUND,
        ),
        Action(id="statement", title=N_("account|Month's statement"), key="F7", run=lambda: statement(desk), enabled=_has_account),
        _begin(desk, Act.MEMBER, "member", N_("account|Add a member"), "F8", needs=may_open),
        _begin(desk, Act.GREEN, "green", N_("account|Green channel"), "F10"),
        _begin(desk, Act.TERMS, "terms", N_("account|Terms"), "F11", needs=may_open),
        *_rare(desk),
        *_under_way(desk),
        Action(
            id="finish",
            title=N_("Finish"),
            key="F12",
            run=lambda: finish(desk),
            enabled=lambda model: model.why_not() or True,
            primary=True,
        ),
    ]


def _rare(desk: AccountsDesk) -> list[Action]:
    """What the palette holds and the key bar has no room for."""
    return [
        Action(
            id="sheet",
            title=N_("account|Print the statement"),
            key="Ctrl+P",
            run=lambda: print_statement(desk),
            enabled=_has_statement,
            bar=False,
        ),
        Action(id="earlier", title=N_("account|Month before"), key="Ctrl+B", run=lambda: turn(desk, -1), enabled=_has_statement, bar=False),
        Action(id="later", title=N_("account|Month after"), key="Ctrl+N", run=lambda: turn(desk, 1), enabled=_has_statement, bar=False),
        Action(
            id="end_member",
            title=N_("account|End a membership"),
            key="Ctrl+E",
            run=lambda: end_member(desk),
            needs=Permission.CREDIT_MANAGE,
            enabled=lambda model: _has_account(model) if model.facts is None or not desk.member() else True,
            bar=False,
        ),
        Action(
            id="reprint",
            title=N_("account|Print this receipt again"),
            key="Ctrl+R",
            run=lambda: reprint(desk),
            enabled=_has_receipt(desk),
            bar=False,
        ),
    ]


def _under_way(desk: AccountsDesk) -> list[Action]:
    """What can be done with a payment that a channel is asked about."""
    return [
        Action(
            id="open",
            title=N_("account|Payments under way"),
            key="Ctrl+O",
            run=desk.holders.focus_open,
            enabled=lambda model: bool(model.open) or N_("till|Nothing is under way."),
            bar=False,
        ),
        Action(
            id="retry",
            title=N_("verb|Ask again now"),
            key=RETRY,
            run=lambda: by_code.retry(desk),
            enabled=lambda model: model.waiting is not None or N_("till|Nothing is under way."),
            bar=False,
        ),
        Action(
            id="give_up",
            title=N_("account|Give the payment up"),
            run=lambda: by_code.cancel(desk),
            enabled=lambda model: model.waiting is not None or N_("till|Nothing is under way."),
            bar=False,
        ),
    ]


def _begin(desk: AccountsDesk, act: Act, id: str, title: str, key: str, needs: Permission | None = None) -> Action:
    return Action(
        id=id, title=title, key=key, run=partial(begin, desk, act), needs=needs, enabled=lambda model: model.why_not_begin(act) or True
    )


def _taking(model: AccountsModel) -> Act:
    return Act.COLLECT if model.account_id is not None else Act.TOP_UP


def _giving(model: AccountsModel) -> Act:
    return Act.PAY_BACK if model.account_id is not None else Act.PAY_OUT


def _has_account(model: AccountsModel) -> bool | str:
    return model.facts is not None or N_("account|Choose a credit account on the left first.")


def _has_statement(model: AccountsModel) -> bool | str:
    return model.statement is not None or N_("account|Open the month's statement first (F7).")


def _has_receipt(desk: AccountsDesk) -> Callable[[AccountsModel], bool | str]:
    def check(_model: AccountsModel) -> bool | str:
        return bool(desk.receipt_number()) or N_("account|Choose a line with a receipt.")

    return check


# --- filling in --------------------------------------------------------------------------------------------------------------------


def begin(desk: AccountsDesk, act: Act) -> None:
    """Fill an act in at the right."""
    desk.model.begin(act)
    desk.show_all()
    desk.acting.start()


def finish(desk: AccountsDesk) -> None:
    """F12: carry out what was filled in."""
    model = desk.model
    request = model.request()
    model.sending, model.trouble = True, ""
    request_id = model.request_id(request)
    desk.send(
        request,
        done=lambda reply: carried_out(desk, reply, request_id),
        failed=lambda error: refused(desk, error),
        request_id=request_id,
    )
    desk.show_all()


def refused(desk: AccountsDesk, error: XinglinError) -> None:
    """The sentence stands at the right, what was typed stays, and what is shown is read anew."""
    desk.model.sending, desk.model.trouble = False, error
    if isinstance(error, Refusal):
        desk.model.forget_code()
        loading.refresh(desk, frozenset())
    desk.show_all()


def carried_out(desk: AccountsDesk, reply: Any, request_id: str) -> None:
    """Say what came of it, and print its paper."""
    act, member, account = desk.model.act, desk.model.form.member, desk.model.account()
    desk.model.begin(Act.NONE)
    if isinstance(reply, SettlementFacts):
        desk.acting.forget()
        desk.acting.show_model()
        loading.refresh(desk, frozenset())
        by_code.begun(desk, reply)
        return
    if isinstance(reply, AccountMoved):
        telling.moved(desk, reply, request_id)
    elif isinstance(reply, CreditAccount):
        _kept(desk, reply, act)
    elif member is not None and account is not None:
        desk.credit.show_members()
        desk.tell(tr("account|{account} may pay for {name} from now on.", account=account.name, name=member.name))
    desk.acting.forget()
    loading.refresh(desk, frozenset())
    desk.show_all()


def _kept(desk: AccountsDesk, account: CreditAccount, act: Act) -> None:
    desk.take_account(account.id)
    if act is Act.GREEN:
        due = account.due_on.isoformat() if account.due_on else ""
        desk.tell(
            tr(
                "account|{name} may owe up to {limit}, to be paid by {day}.",
                name=account.name,
                limit=format_yuan(account.limit_fen),
                day=due,
            )
        )
    else:
        desk.tell(tr("account|{name} may owe up to {limit}.", name=account.name, limit=format_yuan(account.limit_fen)))


# --- statement, members, documents -------------------------------------------------------------------------------------------------


def statement(desk: AccountsDesk) -> None:
    """F7: the statement of this month, or away with it."""
    if desk.model.statement is not None:
        desk.model.statement = None
        desk.show_all()
        desk.credit.first()
    else:
        loading.load_statement(desk, desk.place.now().date())
        desk.credit.show_statement_when_there()


def turn(desk: AccountsDesk, by: int) -> None:
    """Another month's statement."""
    if desk.model.statement is not None:
        loading.load_statement(desk, loading.another_month(desk.model.statement.month, by))


def print_statement(desk: AccountsDesk) -> None:
    """The statement on A4."""
    if desk.model.statement is not None:
        paper = papers.statement(desk.model.statement, desk.place.session.staff.name, desk.place.now())
        desk.place.paper.print(paper, "a5", new_request_id())
        desk.tell(tr("account|The statement went to the printer of pages."), "info")


def end_member(desk: AccountsDesk) -> None:
    """The company pays no more for the member in the list, after a question."""
    member: CreditMember | None = desk.member()
    account = desk.model.account()
    if member is None or account is None:
        return
    request = EndCreditMember(account_id=account.id, patient_id=member.patient_id)

    def end() -> None:
        desk.send(request, done=lambda _done: loading.refresh(desk, frozenset()), request_id=new_request_id())

    question = tr("account|Shall {account} pay no more for {name}?", account=account.name, name=member.name)
    desk.ask(question, [(N_("account|End it"), end)])


def reprint(desk: AccountsDesk) -> None:
    """The receipt of the line in hand once more, marked as a copy."""

    def print_copy(facts: AccountReceipt) -> None:
        paper = papers.receipt(facts, desk.place.session.staff.name, desk.place.now(), copy=2)
        desk.place.paper.print(paper, "receipt", new_request_id())

    desk.send(GetAccountReceipt(number=desk.receipt_number()), done=print_copy)


def open_entry(desk: AccountsDesk, entry: DepositEntry | CreditEntry) -> None:
    """Enter on a line: the bill or the receipt behind it."""
    if entry.bill_id is not None:
        desk.send(GetBill(bill_id=entry.bill_id), done=partial(_show_bill, desk))
    elif entry.number:
        desk.send(GetAccountReceipt(number=entry.number), done=partial(_show_receipt, desk))


def _show_bill(desk: AccountsDesk, bill: BillFacts) -> None:
    lines = [(line.name, f"{line.quantity.normalize():f}{line.unit}", line.amount_fen) for line in bill.receipt.lines]
    lines += [(words.tender(payment.tender), payment.reference, payment.amount_fen) for payment in bill.payments]
    desk.show_document(tr("account|Bill {number}, {name}", number=bill.bill.number, name=bill.bill.patient_name), lines)


def _show_receipt(desk: AccountsDesk, receipt: AccountReceipt) -> None:
    lines = [(words.tender(tender.kind), tender.reference, tender.amount_fen) for tender in receipt.tenders]
    note = f" · {receipt.reason}" if receipt.reason else ""
    desk.show_document(tr("account|Receipt {number}, {name}", number=receipt.number, name=receipt.cashier) + note, lines)
