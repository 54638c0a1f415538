"""States and reasons as a person reads them, and their tones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.money import format_yuan
from common.domain.states import INVOICE
from common.i18n import N_, tr
from common.messages.invoices import GapKind, SegmentState

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.einvoice import EInvoiceFacts
    from common.messages.invoices import InvoiceFacts

INVOICE_TONES: Final = {"USED": "done", "REPRINTED": "info", "VOIDED": "plain", "REVERSED": "warning", "UNUSED": "plain"}
EINVOICES: Final = {
    "PENDING": N_("einvoice|Waiting"),
    "UNKNOWN": N_("einvoice|Unknown"),
    "FAILED": N_("einvoice|Refused"),
    "ISSUED": N_("einvoice|Done"),
}
EINVOICE_TONES: Final = {"PENDING": "info", "UNKNOWN": "warning", "FAILED": "danger", "ISSUED": "done"}
SEGMENTS: Final = {
    SegmentState.ACTIVE: (N_("segment|In use"), "done"),
    SegmentState.WAITING: (N_("segment|Waiting"), "info"),
    SegmentState.USED_UP: (N_("segment|Used up"), "plain"),
    SegmentState.RETURNED: (N_("segment|Handed back"), "plain"),
}
GAPS: Final = {
    GapKind.UNEXPLAINED: (N_("gap|Not explained"), "danger"),
    GapKind.SPOILED: (N_("gap|Void paper"), "plain"),
    GapKind.RETURNED: (N_("gap|Handed back"), "plain"),
    GapKind.EXPLAINED: (N_("gap|Explained"), "plain"),
}
#: What the service itself says of a line; what the platform says stays as it is.
_LINE: Final = (
    N_("no answer in time"),
    N_("no connection"),
    N_("no secure connection"),
    N_("the line broke off"),
    N_("the reply cannot be read"),
    N_("the platform is issuing it"),
    N_("the platform has this serial with another amount"),
    N_("the reply names no invoice"),
)
KINDS: Final = {"BLUE": N_("einvoice|Blue"), "RED": N_("einvoice|Red")}
PLATFORMS: Final = {"medical": N_("einvoice|Medical"), "tax": N_("einvoice|Tax")}


def segment(state: SegmentState) -> str:
    """A segment's state."""
    return tr(SEGMENTS[state][0])


def gap(kind: GapKind) -> str:
    """Why numbers bear no invoice."""
    return tr(GAPS[kind][0])


def invoice_state(invoice: InvoiceFacts) -> str:
    """An invoice's state; of one that takes money back it says so, also once it was printed again."""
    red = bool(invoice.reverses) and invoice.state in ("USED", "REPRINTED")
    if red and invoice.state == "USED":
        return tr("invoice|Red")
    state = tr("invoice|Reprint {n}", n=invoice.prints - 1) if invoice.state == "REPRINTED" else INVOICE.label(invoice.state)
    return tr("invoice|Red, {state}", state=state) if red else state


def invoice_tone(invoice: InvoiceFacts) -> str:
    """Its badge's tone."""
    return "warning" if invoice.reverses and invoice.state in ("USED", "REPRINTED") else INVOICE_TONES[invoice.state]


def einvoice_state(state: str) -> str:
    """An e-invoice's state; empty where there is none."""
    return tr(EINVOICES[state]) if state else ""


def einvoice_trouble(row: EInvoiceFacts) -> str:
    """What stands in the way of an e-invoice."""
    if row.waits_for and row.state == "PENDING":
        return tr("einvoice|waits for the blue one {serial}", serial=row.waits_for)
    said = next((each for each in _LINE if row.error.startswith(each)), "")
    return tr(said) + row.error[len(said) :] if said else row.error


def when(at: datetime | None) -> str:
    """``11-22 09:30``."""
    return f"{at:%m-%d %H:%M}" if at else ""


def amount(fen: int) -> str:
    """Without the sign, for columns whose heading names the unit."""
    return format_yuan(fen).replace("¥", "")
