"""The acts of the invoices desk, each a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from client import money_papers
from client.action import Action
from client.invoices.model import Act, Page
from common.i18n import N_, tr
from common.messages.einvoice import ListEInvoices, RetryEInvoice
from common.messages.invoices import (
    InvoiceCopy,
    InvoiceReissued,
    ListSegments,
    ReportGaps,
    ReprintInvoice,
    SegmentFacts,
    SegmentState,
)
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.invoices.model import InvoicesModel
    from client.invoices.view.desk import InvoicesDesk
    from common.errors import XinglinError


def rows(desk: InvoicesDesk) -> list[Action]:
    """The desk's actions as data."""
    return [
        Action(id="find", title=N_("invoices|Find"), key="F2", run=desk.find_invoice),
        Action(id="give", title=N_("invoices|Give a segment"), key="F3", run=lambda: begin(desk, Act.GIVE), needs=Permission.INVOICE_GIVE),
        Action(id="next_page", title=N_("invoices|Next list"), key="F4", run=desk.next_page),
        _use("reprint", N_("invoices|Print again"), "F6", lambda: reprint(desk), lambda model: model.may_reprint()),
        _use("reissue", N_("invoices|Void and reissue"), "F7", lambda: begin(desk, Act.VOID_INVOICE), lambda model: model.may_void()),
        _use(
            "void_number",
            N_("invoices|Void a number"),
            "F8",
            lambda: begin(desk, Act.VOID_NUMBER),
            lambda model: model.may_void_number(),
        ),
        Action(
            id="take_back",
            title=N_("invoices|Take back"),
            key="F10",
            run=lambda: begin(desk, Act.TAKE_BACK),
            needs=Permission.INVOICE_GIVE,
            enabled=lambda model: model.may_take_back(),
        ),
        _use("retry", N_("invoices|Send now"), "F11", lambda: retry(desk), lambda model: model.may_retry()),
        Action(
            id="carry_out",
            title=N_("invoices|Carry out"),
            key="F12",
            run=lambda: carry_out(desk),
            enabled=lambda model: model.why_not() or True,
            primary=True,
        ),
    ]


def _use(id: str, title: str, key: str, run: Callable[[], None], enabled: Callable[[InvoicesModel], bool | str]) -> Action:
    return Action(id=id, title=title, key=key, run=run, needs=Permission.INVOICE_USE, enabled=enabled)


# --- lists -------------------------------------------------------------------------------------------------------------------------


def load(desk: InvoicesDesk) -> None:
    """The list that is shown, and what the notes at the top count."""
    model = desk.model

    def take(name: str) -> Callable[[Any], None]:
        def taken(found: Any) -> None:
            setattr(model, name, found)
            desk.show_all()

        return taken

    desk.send(ListSegments(ended=model.ended), done=take("segments"))
    desk.send(ListEInvoices(issued=model.issued), done=take("queue"))
    if model.page is Page.INVOICES:
        desk.send(model.listing(), done=take("invoices"))
    elif model.page is Page.GAPS:
        desk.send(ReportGaps(cashier_id=model.me if model.mine else None), done=take("gaps"))


# --- acts --------------------------------------------------------------------------------------------------------------------------


def reprint(desk: InvoicesDesk) -> None:
    """Print the selected invoice again; the service counts the copy."""
    invoice = desk.model.invoice()
    if invoice is None:
        return
    request_id = new_request_id()

    def counted(copy: InvoiceCopy) -> None:
        desk.place.paper.print(money_papers.copy(copy), "receipt", request_id)
        desk.tell(tr("Invoice {number} is being printed again, copy {n}.", number=copy.receipt.invoice_number, n=copy.copy - 1))
        load(desk)

    desk.send(ReprintInvoice(bill_id=invoice.bill_id), done=counted, request_id=request_id)


def retry(desk: InvoicesDesk) -> None:
    """Send the selected e-invoice at the next turn."""
    row = desk.model.chosen

    def begun(_done: object) -> None:
        desk.tell(tr("E-invoice {serial} is being sent.", serial=row.serial), "info")
        load(desk)

    desk.send(RetryEInvoice(einvoice_id=row.id), done=begun, request_id=new_request_id())


def begin(desk: InvoicesDesk, act: Act) -> None:
    """Fill in an act on the right."""
    if act is Act.GIVE:
        desk.go_to(Page.SEGMENTS)
    desk.model.begin(act)
    desk.panel.open()
    desk.show_all()


def carry_out(desk: InvoicesDesk) -> None:
    """F12: what is filled in on the right."""
    model, act = desk.model, desk.model.act
    request = model.request()
    request_id = model.request_id(request)
    model.sending, model.trouble = True, None

    def done(reply: Any) -> None:
        model.leave()
        tell(desk, act, reply, request_id)
        desk.lists.focus_table()
        load(desk)

    desk.send(request, done=done, failed=lambda error: refused(desk, error), request_id=request_id)
    desk.show_all()


def refused(desk: InvoicesDesk, error: XinglinError) -> None:
    """It was refused: the sentence stands in the form, and what was typed stays."""
    desk.model.sending = False
    desk.model.trouble = error
    desk.show_all()


def tell(desk: InvoicesDesk, act: Act | None, reply: Any, request_id: str) -> None:
    """What was done, with its numbers; a new invoice is printed."""
    if isinstance(reply, InvoiceReissued):
        desk.place.paper.print(money_papers.copy(reply.paper), "receipt", request_id)
        number = reply.paper.receipt.invoice_number
        desk.tell(tr("{old} is void; the bill now has {number}.", old=reply.voided, number=number), follow=["print_again"])
    elif isinstance(reply, SegmentFacts) and act is Act.GIVE:
        words = (
            tr("{name} uses {first} to {last} from now on.")
            if reply.state is SegmentState.ACTIVE
            else tr("{name} has {first} to {last} as the next ones.")
        )
        desk.tell(words.format(name=reply.cashier, first=reply.first, last=reply.last))
    elif act is Act.TAKE_BACK:
        desk.tell(tr("{first} to {last} are handed back.", first=reply.returned_from, last=reply.last))
    else:
        desk.tell(tr("The number is void; the next one is {number}.", number=reply.next or "—"))
