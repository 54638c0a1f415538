"""What the invoices desk knows: which list is shown, what it is narrowed to, what is selected, and which act is being filled in. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from common.i18n import N_, tr
from common.messages.invoices import (
    GiveSegment,
    InvoiceFacts,
    ListInvoices,
    ReturnSegment,
    SegmentFacts,
    SegmentState,
    VoidInvoice,
    VoidNumber,
)
from common.wire import new_request_id

if TYPE_CHECKING:
    from common.errors import XinglinError
    from common.messages.einvoice import EInvoiceFacts, EInvoiceQueue
    from common.messages.invoices import GapReport, Holder, InvoiceList, SegmentList
    from common.wire import Command


class Page(StrEnum):
    """The lists."""

    INVOICES = "invoices"
    SEGMENTS = "segments"
    GAPS = "gaps"
    EINVOICES = "einvoices"


PAGES = {
    Page.INVOICES: N_("page|Invoices"),
    Page.SEGMENTS: N_("page|Segments"),
    Page.GAPS: N_("page|Gaps"),
    Page.EINVOICES: N_("page|E-invoices"),
}


class Act(StrEnum):
    """What is being filled in on the right."""

    GIVE = "give"
    TAKE_BACK = "take_back"
    VOID_NUMBER = "void_number"
    VOID_INVOICE = "void_invoice"


@dataclass
class Typed:
    """What stands in the fields of an act."""

    holder: Holder | None = None
    prefix: str = ""
    first: str = ""
    last: str = ""
    number: str = ""
    reason: str = ""


@dataclass
class InvoicesModel:
    """The state of the desk. ``me`` is the person's own staff id; ``gives`` and ``uses`` are what the person may do."""

    today: date
    me: int
    gives: bool = False
    uses: bool = False
    page: Page = Page.INVOICES
    days: int = 1
    mine: bool = False
    state: str = ""
    text: str = ""
    ended: bool = False
    issued: bool = False
    invoices: InvoiceList | None = None
    segments: SegmentList | None = None
    gaps: GapReport | None = None
    queue: EInvoiceQueue | None = None
    chosen: Any = None
    act: Act | None = None
    subject: Any = None
    typed: Typed = field(default_factory=Typed)
    trouble: XinglinError | None = None
    sending: bool = False
    _sent: tuple[Any, str] | None = None

    # --- what is asked ---------------------------------------------------------------------------------------------------------

    def listing(self) -> ListInvoices:
        """The question for the list of invoices."""
        first = self.today - timedelta(days=self.days - 1)
        whose = self.me if self.mine else None
        return ListInvoices(first_day=first, last_day=self.today, cashier_id=whose, state=self.state, text=self.text.strip()[:60])

    # --- what can be done ------------------------------------------------------------------------------------------------------

    def invoice(self) -> InvoiceFacts | None:
        """The invoice that is selected, if that is the list."""
        return self.chosen if self.page is Page.INVOICES and isinstance(self.chosen, InvoiceFacts) else None

    def segment(self) -> SegmentFacts | None:
        """The segment that is selected, if that is the list."""
        return self.chosen if self.page is Page.SEGMENTS and isinstance(self.chosen, SegmentFacts) else None

    def may_reprint(self) -> bool | str:
        """Whether the selected invoice can be printed again."""
        invoice = self.invoice()
        if invoice is None:
            return N_("Choose an invoice in the list.")
        if invoice.state == "VOIDED":
            return N_("This invoice is void; print the one that stands for it.")
        if invoice.state == "REVERSED":
            return N_("This invoice was reversed; print its red one.")
        return True

    def may_void(self) -> bool | str:
        """Whether the selected invoice can be voided and issued anew."""
        invoice = self.invoice()
        if invoice is None:
            return N_("Choose an invoice in the list.")
        return True if invoice.state in ("USED", "REPRINTED") else N_("Only an invoice that stands can be issued anew.")

    def may_take_back(self) -> bool | str:
        """Whether the selected segment can be taken back."""
        segment = self.segment()
        if segment is None:
            return N_("Choose a segment in the list.")
        return True if segment.left else N_("Nothing is left of this segment.")

    def may_void_number(self) -> bool | str:
        """Whether the person holds numbers that could be spoiled."""
        return True if self.my_segments() else N_("You hold no numbers.")

    def may_retry(self) -> bool | str:
        """Whether the selected e-invoice can be sent now."""
        row: EInvoiceFacts | None = self.chosen if self.page is Page.EINVOICES else None
        if row is None:
            return N_("Choose an e-invoice in the list.")
        return N_("This e-invoice is issued.") if row.state == "ISSUED" else True

    def my_segments(self) -> list[SegmentFacts]:
        """One's own segments of which something is left, the one in use first."""
        found = self.segments.segments if self.segments else ()
        return [each for each in found if each.cashier_id == self.me and each.left]

    # --- the act on the right --------------------------------------------------------------------------------------------------

    def begin(self, act: Act) -> None:
        """Fill in an act about what is selected."""
        self.act, self.subject, self.typed, self.trouble = act, self.chosen, Typed(), None
        if act is Act.VOID_NUMBER:
            active = [each for each in self.my_segments() if each.state is SegmentState.ACTIVE]
            self.typed.number = active[0].next if active else ""

    def leave(self) -> None:
        """Nothing is being filled in any more."""
        self.act, self.subject, self.trouble, self.sending, self._sent = None, None, None, False, None

    def why_not(self) -> str:
        """What is still missing for the act, as a sentence; empty if nothing is."""
        typed = self.typed
        if self.act is None:
            return tr("Nothing is being filled in.")
        if self.sending:
            return tr("It is being sent; please wait for the answer.")
        if self.act is Act.GIVE:
            return self._why_not_give()
        if self.act is Act.VOID_NUMBER and not typed.number.strip():
            return tr("Type the number that stands on the paper.")
        return "" if len(typed.reason.strip()) >= 2 else tr("Say why, in a few words.")

    def _why_not_give(self) -> str:
        typed = self.typed
        if typed.holder is None:
            return tr("Choose who gets the numbers.")
        if not (typed.first.isdecimal() and typed.last.isdecimal()):
            return tr("Type the first and the last number as they stand on the paper.")
        if len(typed.first) != len(typed.last):
            return tr("First and last number have different numbers of digits.")
        return "" if int(typed.first) <= int(typed.last) else tr("The last number is lower than the first.")

    def count(self) -> int:
        """How many numbers the segment that is being typed has; 0 while it is none."""
        return int(self.typed.last) - int(self.typed.first) + 1 if self.act is Act.GIVE and not self._why_not_give() else 0

    def request(self) -> Command[Any]:
        """The command. Call it only while :meth:`why_not` is empty."""
        typed, reason = self.typed, self.typed.reason.strip()
        if self.act is Act.GIVE:
            assert typed.holder is not None
            prefix = typed.prefix.strip().upper()
            return GiveSegment(cashier_id=typed.holder.staff_id, prefix=prefix, first=typed.first, last=typed.last)
        if self.act is Act.TAKE_BACK:
            return ReturnSegment(segment_id=self.subject.id, reason=reason)
        if self.act is Act.VOID_NUMBER:
            return VoidNumber(number=typed.number.strip().upper(), reason=reason)
        return VoidInvoice(invoice_id=self.subject.id, reason=reason)

    def request_id(self, request: Command[Any]) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    # --- figures ---------------------------------------------------------------------------------------------------------------

    def backlog(self) -> tuple[str, str]:
        """How the e-invoices stand, as a finished sentence and its tone; empty when none waits."""
        queue = self.queue
        if queue is None or not queue.waiting + queue.failed:
            return "", ""
        if queue.failed:
            return tr("E-invoices: {failed} refused, {waiting} waiting", failed=queue.failed, waiting=queue.waiting), "danger"
        return tr("E-invoices: {waiting} waiting", waiting=queue.waiting), "info"

    def holding(self) -> tuple[str, str]:
        """How many numbers the person holds, as a finished sentence and its tone; empty where none are used."""
        if self.segments is None or not self.segments.in_use or not self.uses:
            return "", ""
        left = sum(each.left for each in self.my_segments())
        words = tr("You hold {n} numbers", n=left) if left else tr("You hold no numbers; ask for a segment")
        return words, "plain" if left > 20 else "warning"
