"""The columns of the four lists."""

from __future__ import annotations

from typing import Final

from client.invoices import words
from client.widgets.table import Column
from common.i18n import N_, tr

INVOICES: Final = (
    Column(title=N_("invoice|Number"), text=lambda row: row.number, width=160, strong=True),
    Column(title=N_("invoice|Patient"), text=lambda row: row.patient_name),
    Column(title=N_("invoice|Amount (yuan)"), text=lambda row: words.amount(row.amount_fen), width=104, align="right"),
    Column(title=N_("invoice|State"), text=words.invoice_state, width=140, tone=words.invoice_tone),
    Column(
        title=N_("invoice|Electronic"),
        text=lambda row: words.einvoice_state(row.einvoice),
        width=104,
        tone=lambda row: words.EINVOICE_TONES.get(row.einvoice, ""),
    ),
    Column(title=N_("invoice|Issued"), text=lambda row: words.when(row.issued_at), width=104, quiet=True),
    Column(title=N_("invoice|By"), text=lambda row: row.issued_by, width=72, quiet=True),
)

SEGMENTS: Final = (
    Column(title=N_("segment|Held by"), text=lambda row: row.cashier, width=88, strong=True),
    Column(title=N_("segment|From"), text=lambda row: row.first),
    Column(title=N_("segment|To"), text=lambda row: row.last),
    Column(title=N_("segment|Next"), text=lambda row: row.next or "—", strong=True),
    Column(title=N_("segment|Used"), text=lambda row: str(row.used), width=64, align="right"),
    Column(title=N_("segment|Void"), text=lambda row: str(row.voided + row.spoiled), width=56, align="right"),
    Column(title=N_("segment|Left"), text=lambda row: str(row.left), width=64, align="right"),
    Column(title=N_("segment|State"), text=lambda row: words.segment(row.state), width=92, tone=lambda row: words.SEGMENTS[row.state][1]),
)

GAPS: Final = (
    Column(title=N_("gap|From"), text=lambda row: row.first, strong=True),
    Column(title=N_("gap|To"), text=lambda row: row.last if row.count > 1 else "", strong=True),
    Column(title=N_("gap|Numbers"), text=lambda row: str(row.count), width=72, align="right"),
    Column(title=N_("gap|Why"), text=lambda row: words.gap(row.kind), width=100, tone=lambda row: words.GAPS[row.kind][1]),
    Column(title=N_("gap|Reason"), text=lambda row: row.reason),
    Column(title=N_("gap|Held by"), text=lambda row: row.holder or tr("gap|Running series"), width=88, quiet=True),
    Column(title=N_("gap|When"), text=lambda row: words.when(row.at), width=104, quiet=True),
)

EINVOICES: Final = (
    Column(title=N_("einvoice|Serial"), text=lambda row: row.serial, width=112, strong=True),
    Column(title=N_("einvoice|Kind"), text=lambda row: tr(words.KINDS[row.kind]), width=56),
    Column(title=N_("invoice|Patient"), text=lambda row: row.patient_name, width=96),
    Column(title=N_("invoice|Amount (yuan)"), text=lambda row: words.amount(row.amount_fen), width=104, align="right"),
    Column(
        title=N_("einvoice|State"),
        text=lambda row: words.einvoice_state(row.state),
        width=104,
        tone=lambda row: words.EINVOICE_TONES[row.state],
    ),
    Column(title=N_("einvoice|What was said"), text=lambda row: words.einvoice_trouble(row) or row.number),
    Column(title=N_("einvoice|Tries"), text=lambda row: str(row.tries), width=56, align="right", quiet=True),
    Column(title=N_("einvoice|Entered"), text=lambda row: words.when(row.entered_at), width=104, quiet=True),
)
