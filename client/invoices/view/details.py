"""What is selected in the list, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from client import theme
from client.invoices import words
from client.invoices.model import Page
from client.widgets.form import Label, SectionTitle
from common.domain.amount_words import amount_in_capitals
from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.invoices.model import InvoicesModel
    from common.messages.einvoice import EInvoiceFacts
    from common.messages.invoices import InvoiceFacts, NumberGap, SegmentFacts

Row = tuple[str, str]


class Details(QWidget):
    """Labels and values; what is empty is left out."""

    def __init__(self, model: InvoicesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.heading, self.figure = Label(type="heading"), Label(type="secondary")
        for label in (self.heading, self.figure):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.MARGIN)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(SectionTitle(N_("invoices|Selected")))
        layout.addWidget(self.heading)
        layout.addWidget(self.figure)
        layout.addLayout(self._grid)
        layout.addStretch(1)

    def show_model(self) -> None:
        """The current row."""
        row = self._model.chosen
        heading, figure, rows = self._of(row) if row is not None else (tr("invoices|Nothing is selected"), "", [])
        self.heading.setText(heading)
        self.figure.setText(figure)
        self.figure.setVisible(bool(figure))
        self._fill([pair for pair in rows if pair[1]])

    def _of(self, row: object) -> tuple[str, str, list[Row]]:
        page = self._model.page
        if page is Page.INVOICES:
            return invoice_rows(row)  # type: ignore[arg-type]
        if page is Page.SEGMENTS:
            return segment_rows(row)  # type: ignore[arg-type]
        return gap_rows(row) if page is Page.GAPS else einvoice_rows(row)  # type: ignore[arg-type]

    def _fill(self, rows: list[Row]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, (label, value) in enumerate(rows):
            name, shown = QLabel(label), QLabel(value)
            name.setProperty("type", "note")
            shown.setWordWrap(True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, place, 1)


def invoice_rows(row: InvoiceFacts) -> tuple[str, str, list[Row]]:
    """An invoice: number, amount in figures and capitals, and its story."""
    return (
        row.number,
        f"{format_yuan(row.amount_fen)}　{amount_in_capitals(row.amount_fen)}",
        [
            (tr("invoice|Patient"), f"{row.patient_name}　{row.patient_number}"),
            (tr("invoice|Bill"), row.bill_number),
            (tr("invoice|State"), words.invoice_state(row)),
            (tr("invoice|Issued"), f"{row.issued_at:%Y-%m-%d %H:%M}　{row.issued_by}"),
            (tr("invoice|Reverses"), row.reverses),
            (tr("invoice|Reversed by"), row.reversed_by),
            (tr("invoice|Void because"), "　".join(filter(None, (row.void_reason, row.voided_by)))),
            (tr("invoice|Electronic"), words.einvoice_state(row.einvoice)),
        ],
    )


def segment_rows(row: SegmentFacts) -> tuple[str, str, list[Row]]:
    """A segment: whose, from where to where, and what became of its numbers."""
    returned = f"{row.returned_from} – {row.last}　{words.when(row.returned_at)}" if row.returned_from else ""
    return (
        row.cashier,
        f"{row.first} – {row.last}",
        [
            (tr("segment|State"), words.segment(row.state)),
            (tr("segment|Next"), row.next),
            (tr("segment|Left"), str(row.left)),
            (tr("segment|Used"), str(row.used)),
            (tr("segment|Void after use"), str(row.voided)),
            (tr("segment|Void unused"), str(row.spoiled)),
            (tr("segment|Given"), f"{row.given_at:%Y-%m-%d %H:%M}　{row.given_by}"),
            (tr("segment|Handed back"), returned),
            (tr("segment|Note"), row.note),
        ],
    )


def gap_rows(row: NumberGap) -> tuple[str, str, list[Row]]:
    """A gap: which numbers, whose, and why."""
    return (
        row.first if row.count == 1 else f"{row.first} – {row.last}",
        "",
        [
            (tr("gap|Why"), words.gap(row.kind)),
            (tr("gap|Numbers"), str(row.count)),
            (tr("gap|Reason"), row.reason),
            (tr("gap|Held by"), row.holder or tr("gap|Running series")),
            (tr("gap|Said by"), row.by),
            (tr("gap|When"), f"{row.at:%Y-%m-%d %H:%M}" if row.at else ""),
        ],
    )


def einvoice_rows(row: EInvoiceFacts) -> tuple[str, str, list[Row]]:
    """An e-invoice: its serial, what the platform made of it, and when it is tried again."""
    again = f"{row.next_try_at:%H:%M:%S}" if row.state in ("PENDING", "UNKNOWN") else ""
    return (
        row.serial,
        f"{format_yuan(row.amount_fen)}　{tr(words.KINDS[row.kind])}　{tr(words.PLATFORMS[row.platform])}",
        [
            (tr("invoice|Patient"), row.patient_name),
            (tr("einvoice|Invoice"), row.invoice_number),
            (tr("einvoice|State"), words.einvoice_state(row.state)),
            (tr("einvoice|What was said"), words.einvoice_trouble(row)),
            (tr("einvoice|Tries"), str(row.tries) if row.tries else ""),
            (tr("einvoice|Tried again at"), again),
            (tr("einvoice|Code"), row.code),
            (tr("einvoice|Number"), row.number),
            (tr("einvoice|Check code"), row.check_code),
            (tr("einvoice|Issued"), f"{row.issued_at:%Y-%m-%d %H:%M}" if row.issued_at else ""),
            (tr("einvoice|Address"), row.url),
        ],
    )
