"""The acts of the cashier's desk, each a few lines; settling itself is in :mod:`client.cashier.paying`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from client.action import Action
from client.cashier import charging, insuring, lists, paying
from client.cashier.model import UNDER_WAY
from client.cashier.stand import open_drawer
from client.cashier.tenders import BY_PAYER, OTHERS
from client.insured import is_token
from common import topics
from common.domain.barcodes import OwnCode, OwnKind, PaymentCode, ResidentId, UnknownCode, classify
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.patients import PatientHits, SearchPatients
from common.permissions import Permission

if TYPE_CHECKING:
    from client.cashier.model import CashierModel
    from client.cashier.view.desk import CashierDesk
    from client.ticket import Link
    from common.messages.cashier import TenderKind
    from common.wire import Change


NO_ANSWER: Final = N_("No answer yet: the line is broken. The desk asks again by itself whether it was paid; do not take the money again.")


def rows(desk: CashierDesk) -> list[Action]:
    """The desk's actions as data."""
    return [*_about_the_bill(desk), *_about_money(desk), *_about_outside(desk)]


def _about_the_bill(desk: CashierDesk) -> list[Action]:
    return [
        Action(id="find", title=N_("Find patient"), key="F2", run=desk.debtors.search.start, needs=Permission.PATIENT_SEARCH),
        Action(
            id="charge",
            title=N_("verb|Charge by hand"),
            key="F3",
            run=lambda: desk.show_charging(not desk.charge_bar.isVisible()),
            needs=Permission.CASHIER_CHARGE,
            enabled=_may_charge,
        ),
        Action(
            id="void_line",
            title=N_("charge|Take back a line charged by hand"),
            run=lambda: charging.void(desk),
            needs=Permission.CASHIER_CHARGE,
            bar=False,
            enabled=_has_lines,
        ),
        Action(id="tick_all", title=N_("Tick all or none"), key="Ctrl+T", run=desk.tick_all, bar=False, enabled=_has_lines),
    ]


def _about_money(desk: CashierDesk) -> list[Action]:
    by_kind = [
        Action(id=f"tender_{kind.value}", title=TITLES[kind], run=partial(desk.till.use, kind), bar=False, enabled=partial(_usable, kind))
        for kind in OTHERS
    ]
    return [
        Action(id="cash", title=N_("till|Cash given"), key="F6", run=desk.till.focus_cash, enabled=_has_lines),
        Action(id="tender", title=N_("till|Other means of payment"), key="F7", run=desk.till.next_tender, enabled=_has_lines),
        *by_kind,
        Action(id="drawer", title=N_("till|Open the drawer"), key="Ctrl+O", run=lambda: open_drawer(desk, quiet=False), bar=False),
        Action(
            id="settle",
            title=N_("verb|Settle"),
            key="F12",
            run=lambda: paying.settle(desk),
            needs=Permission.CASHIER_SETTLE,
            enabled=lambda model: True if desk.insured_form.isVisible() else model.why_not() or True,
            primary=True,
        ),
    ]


def _about_outside(desk: CashierDesk) -> list[Action]:
    return [
        Action(
            id="insurance",
            title=N_("till|Insurance"),
            key="F8",
            run=lambda: insuring.start(desk),
            needs=Permission.CASHIER_SETTLE,
            enabled=lambda model: model.why_not_insured() or True,
        ),
        Action(
            id="account",
            title=N_("insured|Personal account on or off"),
            key="F11",
            run=lambda: insuring.switch_account(desk),
            bar=False,
            enabled=_may_switch_account,
        ),
        Action(
            id="open",
            title=N_("till|Settlements under way"),
            key="F4",
            run=desk.debtors.focus_open,
            bar=False,
            enabled=lambda model: True if model.open else N_("till|Nothing is under way."),
        ),
        Action(
            id="retry",
            title=N_("verb|Ask again now"),
            key="F10",
            run=lambda: paying.retry(desk),
            bar=False,
            enabled=lambda model: True if model.waiting else N_("till|Nothing is under way."),
        ),
        Action(
            id="give_up",
            title=N_("till|Give the settlement up"),
            run=lambda: paying.cancel(desk),
            bar=False,
            enabled=lambda model: True if model.watched else N_("till|Nothing is under way."),
        ),
    ]


def _has_lines(model: CashierModel) -> bool | str:
    return True if model.lines or model.quoted else N_("There is nothing to pay.")


def _usable(kind: TenderKind, model: CashierModel) -> bool | str:
    if kind not in model.offered():
        return N_("till|This patient cannot pay that way here.")
    return _has_lines(model)


def _may_charge(model: CashierModel) -> bool | str:
    if model.patient_id is None:
        return N_("Choose who pays: from the list, or find the patient (F2).")
    return UNDER_WAY if model.held else True


def _may_switch_account(model: CashierModel) -> bool | str:
    if model.rules is not None and not model.rules.insurance:
        return N_("insured|The insurance is not connected to this clinic's service.")
    return True if model.lines or model.quoted else N_("There is nothing to pay.")


# --- who pays ----------------------------------------------------------------------------------------------------------------------


def choose(desk: CashierDesk, patient_id: int) -> None:
    """Take a patient's bill in hand; one whose settlement is under way is shown where it stands."""
    desk.begin(patient_id)
    watched = desk.model.watched
    if watched is not None:
        paying.begun(desk, watched)
    lists.load_unpaid(desk)
    lists.load_patient(desk)
    lists.load_accounts(desk)


def scanned(desk: CashierDesk, code: str) -> bool | None:
    """A scan anywhere: who pays, or what with. A second person's badge goes to the pane that asks for it."""
    found = classify(code)
    if isinstance(found, PaymentCode):
        return scanned_payment(desk, found)
    if desk.till.approval.isVisible() and desk.till.approval.scanned(code):
        return True
    if isinstance(found, OwnCode) and found.kind is OwnKind.PATIENT:
        find_number(desk, f"{found.number:08d}")
    elif isinstance(found, OwnCode) and found.kind is OwnKind.VISIT:
        find_number(desk, f"{found.number:011d}")
    elif isinstance(found, OwnCode) and found.kind is OwnKind.BILL and desk.may_go("refunds"):
        desk.go.emit("refunds", f"{found.number:011d}")
    elif isinstance(found, ResidentId):
        find_number(desk, found.number)
    else:
        return isinstance(found, UnknownCode) and is_token(found.text) and insuring.scanned_token(desk, found.text)
    return True


def scanned_payment(desk: CashierDesk, code: PaymentCode) -> bool | None:
    """A payment code pays what is left; where that covers everything it goes out at once."""
    kind = BY_PAYER[code.payer]
    model = desk.model
    if model.held and model.quoted is None:
        desk.tell(model.why_not(), "warning")
        return False
    if not (model.lines or model.quoted):
        desk.tell(tr("till|This is a payment code. First choose who pays."), "warning")
        return False
    if not model.connected(kind):
        desk.tell(tr("This is a payment code. Take the payment on its own terminal, then enter it here (F7)."), "warning")
        return True
    model.tendering.scan(kind, code.auth_code)
    model.trouble = ""
    desk.till.show_tenders()
    desk.state_changed.emit()
    if not model.why_not() and model.tendering.covered_without_cash():
        paying.settle(desk)
    return True


def find_number(desk: CashierDesk, number: str) -> None:
    """Choose the one patient with this number."""

    def found(hits: PatientHits) -> None:
        if len(hits.hits) == 1:
            choose(desk, hits.hits[0].id)
        elif hits.hits:
            desk.debtors.search.start(number)
        else:
            desk.tell(tr("till|Nobody has the number {number}.", number=number), "warning")

    desk.send(SearchPatients(text=number), done=found, key="pick")


# --- the feed ----------------------------------------------------------------------------------------------------------------------


def refresh(desk: CashierDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something; an empty set: everything."""
    if not changes:
        lists.load_rules(desk)
        paying.load_open(desk)
        lists.refresh_all(desk)
        return
    named = {change.topic for change in changes}
    mine = any(change.topic in (topics.CHARGE, topics.PATIENT) and change.id == desk.model.patient_id for change in changes)
    if named & {topics.CHARGE, topics.BILL}:
        lists.load_debtors(desk)
    if mine or topics.PRESCRIPTION in named:
        lists.load_unpaid(desk)
    if mine:
        lists.load_patient(desk)
    if topics.SHIFT in named:
        lists.load_shift(desk)
    if named & {topics.DEPOSIT, topics.CREDIT}:
        lists.load_accounts(desk)
    if topics.SETTLEMENT in named:
        paying.heard(desk, changes, topics.SETTLEMENT)


def link_changed(desk: CashierDesk, link: Link) -> None:
    """The line broke while a settlement was under way: say so in place. It is asked again under the same id."""
    if desk.model.sending:
        desk.model.trouble = "" if link.online else NO_ANSWER
        desk.show_all()
