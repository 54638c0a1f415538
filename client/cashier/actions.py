"""The acts of the cashier's desk, each a few lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from client import money_papers
from client.action import Action
from client.cashier import draft
from client.cashier.model import summary
from client.cashier.view.till import TITLES
from client.errors import NotInstalled
from common import topics
from common.domain.barcodes import OwnCode, OwnKind, PaymentCode, ResidentId, classify
from common.domain.money import format_yuan
from common.errors import Refusal
from common.i18n import N_, tr
from common.messages.cashier import DebtorList, GetShift, GetUnpaid, ListDebtors, ShiftFacts, TenderKind, Unpaid
from common.messages.catalogue import GetLists, Lists
from common.messages.patients import GetPatient, PatientHits, SearchPatients
from common.permissions import Permission

if TYPE_CHECKING:
    from client.cashier.model import CashierModel
    from client.cashier.view.desk import CashierDesk
    from client.ticket import Link
    from common.errors import XinglinError
    from common.messages.cashier import ReceiptFacts, Settle, Settled
    from common.wire import Change


NO_ANSWER: Final = N_("No answer yet: the line is broken. The desk asks again by itself whether it was paid; do not take the money again.")


def rows(desk: CashierDesk) -> list[Action]:
    """The desk's actions as data."""
    by_reference = [
        Action(id=f"tender_{kind.value}", title=title, run=partial(desk.till.use, kind), bar=False, enabled=_has_lines)
        for kind, title in TITLES.items()
    ]
    return [
        Action(id="find", title=N_("Find patient"), key="F2", run=desk.debtors.search.start, needs=Permission.PATIENT_SEARCH),
        Action(id="cash", title=N_("till|Cash given"), key="F6", run=desk.till.focus_cash, enabled=_has_lines),
        Action(id="tender", title=N_("till|Other means of payment"), key="F7", run=desk.till.next_tender, enabled=_has_lines),
        *by_reference,
        Action(id="tick_all", title=N_("Tick all or none"), key="Ctrl+T", run=desk.tick_all, bar=False, enabled=_has_lines),
        Action(id="drawer", title=N_("till|Open the drawer"), key="Ctrl+O", run=lambda: open_drawer(desk, quiet=False), bar=False),
        Action(
            id="settle",
            title=N_("verb|Settle"),
            key="F12",
            run=lambda: settle(desk),
            needs=Permission.CASHIER_SETTLE,
            enabled=lambda model: model.why_not() or True,
            primary=True,
        ),
    ]


def _has_lines(model: CashierModel) -> bool | str:
    return True if model.lines else N_("There is nothing to pay.")


# --- who pays ----------------------------------------------------------------------------------------------------------------------


def choose(desk: CashierDesk, patient_id: int) -> None:
    """Take a patient's bill in hand."""
    desk.begin(patient_id)
    load_unpaid(desk)
    load_patient(desk)


def load_patient(desk: CashierDesk) -> None:
    """Whose bill it is, for the banner."""
    if desk.model.patient_id is not None:
        desk.send(GetPatient(patient_id=desk.model.patient_id), done=desk.show_patient, key="patient")


def scanned(desk: CashierDesk, code: str) -> bool:
    """A scan anywhere: a patient's or visit's barcode, or an identity number. Others are refused."""
    found = classify(code)
    if isinstance(found, OwnCode) and found.kind is OwnKind.PATIENT:
        find_number(desk, f"{found.number:08d}")
    elif isinstance(found, OwnCode) and found.kind is OwnKind.VISIT:
        find_number(desk, f"{found.number:011d}")
    elif isinstance(found, ResidentId):
        find_number(desk, found.number)
    elif isinstance(found, PaymentCode):
        desk.tell(tr("This is a payment code. Take the payment on its own terminal, then enter it here (F7)."), "warning")
    else:
        return False
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


# --- lists -------------------------------------------------------------------------------------------------------------------------


def take_lists(desk: CashierDesk) -> None:
    """The departments' names, once for the desk."""

    def taken(lists: Lists) -> None:
        desk.place.lists = desk.model.lists = lists
        desk.show_all()

    if desk.place.lists is not None:
        taken(desk.place.lists)
    else:
        desk.send(GetLists(), done=taken)


def load_debtors(desk: CashierDesk) -> None:
    """Who is to pay today."""

    def taken(found: DebtorList) -> None:
        desk.model.debtors = found.debtors
        desk.show_all()

    desk.send(ListDebtors(), done=taken)


def load_unpaid(desk: CashierDesk) -> None:
    """What the patient in hand owes. If that became another amount meanwhile, it is said in place."""
    patient_id = desk.model.patient_id
    if patient_id is None:
        return

    def taken(unpaid: Unpaid) -> None:
        if unpaid.patient_id != desk.model.patient_id:
            return
        before = desk.model.due_fen
        if desk.model.take_unpaid(unpaid) and not desk.model.sending and not desk.model.trouble and before:
            desk.tell(
                tr("The amount due is now {due}, not {before}.", due=format_yuan(desk.model.due_fen), before=format_yuan(before)), "warning"
            )
        desk.show_all()
        show_customer(desk)

    desk.send(GetUnpaid(patient_id=patient_id), done=taken)


def load_shift(desk: CashierDesk) -> None:
    """One's own shift."""

    def taken(shift: ShiftFacts | None) -> None:
        desk.model.shift = shift
        desk.till.show_model()

    desk.send(GetShift(), done=taken)


def refresh(desk: CashierDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something; an empty set: everything."""
    named = {change.topic for change in changes}
    mine = any(change.topic in (topics.CHARGE, topics.PATIENT) and change.id == desk.model.patient_id for change in changes)
    if not changes or named & {topics.CHARGE, topics.BILL}:
        load_debtors(desk)
    if not changes or mine or topics.PRESCRIPTION in named:
        load_unpaid(desk)
    if not changes or mine:
        load_patient(desk)
    if not changes or topics.SHIFT in named:
        load_shift(desk)


def link_changed(desk: CashierDesk, link: Link) -> None:
    """The line broke while a settlement was under way: say so in place. It is asked again under the same id."""
    if desk.model.sending:
        desk.model.trouble = "" if link.online else NO_ANSWER
        desk.show_all()


# --- settling ----------------------------------------------------------------------------------------------------------------------


def settle(desk: CashierDesk) -> None:
    """F12: settle what is ticked."""
    model, request = desk.model, desk.model.request()
    patient = model.patient.file.name if model.patient else ""
    model.sending, model.trouble = True, ""
    request_id = model.request_id(request)
    desk.send(
        request,
        done=lambda done: settled(desk, request, done, request_id),
        failed=lambda error: not_settled(desk, request.patient_id, patient, error),
        request_id=request_id,
    )
    desk.show_all()


def settled(desk: CashierDesk, request: Settle, done: Settled, request_id: str) -> None:
    """The bill is paid: print, open the drawer, say the change, and make ready for the next."""
    desk.place.paper.print(money_papers.receipt(done.receipt), "receipt", request_id)
    if any(tender.kind is TenderKind.CASH for tender in done.receipt.tenders):
        open_drawer(desk)
    desk.model.settled(request, done)
    desk.tell(summary(done), follow=["print_again"])
    show_change(desk, done.receipt)
    if request.patient_id == desk.model.patient_id:
        draft.drop(desk)
        desk.till.forget()
        desk.debtors.search.start()
    refresh(desk, frozenset())
    desk.debtors.step_to_next()


def not_settled(desk: CashierDesk, patient_id: int, patient: str, error: XinglinError) -> None:
    """It was refused: the sentence stands in the till, what was typed stays, and the lists are read anew."""
    if patient_id != desk.model.patient_id:
        desk.tell(tr("{patient} was not settled: {why}", patient=patient, why=str(error)), "danger")
        return
    desk.model.sending = False
    desk.model.trouble = error
    if isinstance(error, Refusal):
        refresh(desk, frozenset())
    desk.show_all()


# --- what stands beside the desk ---------------------------------------------------------------------------------------------------


def open_drawer(desk: CashierDesk, *, quiet: bool = True) -> None:
    """Open the drawer. A desk without one has a box: that is said only when somebody asked for it."""
    try:
        opening = desk.place.devices.open_drawer()
    except NotInstalled as missing:
        if not quiet:
            desk.fail(missing)
        return
    desk.ops.watch(opening, owner=desk, done=lambda _opened: None)


def show_customer(desk: CashierDesk) -> None:
    """The customer display follows the till: the amount due, and the change as soon as cash was typed in."""
    model = desk.model
    if not model.lines or not desk.place.devices.has("display"):
        return
    change = model.tendering.change_fen
    second = tr("display|Change {amount}", amount=_bare(change)) if change is not None and change >= 0 else ""
    desk.place.devices.show(tr("display|To pay {amount}", amount=_bare(model.due_fen)), second)


def show_change(desk: CashierDesk, receipt: ReceiptFacts) -> None:
    """After the settlement: what was paid and what goes back."""
    desk.place.devices.show(
        tr("display|Paid {amount}", amount=_bare(receipt.total_fen)), tr("display|Change {amount}", amount=_bare(receipt.change_fen))
    )


def _bare(fen: int) -> str:
    """Without the yuan sign, which simple displays lack."""
    return format_yuan(fen).replace("¥", "")
