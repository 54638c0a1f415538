"""退药单: drugs that came back to the pharmacy, for the patient, the cashier who pays back, and the pharmacy's file."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import tr
from printing.documents.base import bare_yuan, joined, labelled
from printing.documents.drug_slip import BESIDE_CODE, BODY, LEFT, RIGHT, SIGN, SMALL, DrugSlip, Pages, cells, text
from printing.documents.money_paper import BOLD
from printing.fonts import Weight
from printing.sheet import fitted, wrapped
from printing.strip import Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark, Sheet, Text
    from printing.strip import Block

#: Where a column begins and how wide it is; the last two stand at their right edges.
_COLUMNS: Final = ((LEFT, 52.0), (64.0, 22.0), (88.0, 22.0), (122.0, 14.0), (RIGHT, 14.0))


class ReturnedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug of one batch. ``quantity`` with its unit (``1盒``); ``sold_again`` is false for what goes into quarantine; ``codes`` are 追溯码."""

    name: str
    specification: str
    lot: str
    expires: date
    quantity: str
    sold_again: bool
    codes: tuple[str, ...] = ()
    amount_fen: int

    def place(self) -> str:
        """What becomes of it."""
        return tr("paper|Back on the shelf") if self.sold_again else tr("paper|Quarantine")


class DrugReturnSlip(DrugSlip, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the return's. ``approver`` is the second person of controlled drugs."""

    number: str
    visit_number: str
    lines: tuple[ReturnedDrug, ...]
    reason: str
    note: str = ""
    pharmacist: str
    approver: str = ""
    returned_at: datetime

    @property
    def total_fen(self) -> int:
        """What the drugs had cost."""
        return sum(line.amount_fen for line in self.lines)

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Whose, what came back in which condition, why, and who took it."""
        return [*self.head(), *self._lines(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A5."""
        words = (tr("paper|Drug"), tr("paper|Lot"), tr("paper|Expiry"), tr("paper|Qty"), tr("paper|Amount (yuan)"))
        pages = Pages(self, cells(words, _COLUMNS, 2, (SMALL, 2.4, 2.0)))
        for line in self.lines:
            pages.add(_row_marks(line))
        value = labelled(tr("paper|Value of the drugs (yuan)"), bare_yuan(self.total_fen))
        why = ([text(LEFT, row)] for row in wrapped(self.why(), RIGHT - LEFT, BODY))
        return pages.close([[text(LEFT, value, strong=True)], *why], self._signed())

    def title(self) -> str:
        """What the slip is called."""
        return tr("paper|Drug return slip")

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        yield tr("paper|Drug return no."), self.number
        yield tr("paper|Prescription no."), self.prescription_number
        yield self.whose()
        yield tr("paper|Visit no."), self.visit_number

    def why(self) -> str:
        """The reason, with what was written to it."""
        return labelled(tr("paper|Reason of the return"), joined(self.reason, self.note))

    def _lines(self) -> Iterator[Block]:
        for line in self.lines:
            yield Pair(line.name, line.quantity, BOLD)
            yield Pair(line.specification, bare_yuan(line.amount_fen))
            yield Line(joined(labelled(tr("paper|Lot"), line.lot), f"{line.expires:%Y-%m-%d}"), hang=2)
            yield Line(line.place())
            for code in line.codes:
                yield Line(code)
        yield Divider()
        yield Pair(tr("paper|Value of the drugs (yuan)"), bare_yuan(self.total_fen), BOLD)
        yield Line(self.why(), hang=2)
        yield Line(tr("paper|Show this slip to the cashier, who pays back."), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.returned_at:%Y-%m-%d %H:%M}")
        if self.approver:
            yield Line(labelled(tr("paper|Approved by"), self.approver))
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), SIGN))

    def _signed(self) -> list[Mark]:
        taken = joined(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.returned_at:%Y-%m-%d %H:%M}")
        agreed = [labelled(tr("paper|Approved by"), self.approver)] if self.approver else []
        advice = tr("paper|Show this slip to the cashier, who pays back.")
        rows = [
            (advice, 183.5),
            *zip((taken, *agreed), (188.3, 193.0), strict=False),
            (labelled(tr("paper|Patient's signature"), SIGN), 198.0),
        ]
        return [*(text(LEFT, words, fitted(words, BESIDE_CODE, (BODY, SMALL, 2.4)), y=y) for words, y in rows), *self.code_marks()]


def _row_marks(line: ReturnedDrug) -> list[list[Text]]:
    """The name over as many rows as it needs, then what it is and where it goes, then its codes."""
    names = [[text(LEFT, row, strong=True)] for row in wrapped(line.name, _COLUMNS[0][1], BODY, Weight.BOLD)]
    names[0] += cells(("", line.lot, f"{line.expires:%Y-%m-%d}", line.quantity, bare_yuan(line.amount_fen)), _COLUMNS, 2)
    codes = wrapped(" ".join(line.codes), RIGHT - LEFT, SMALL) if line.codes else []
    return [*names, *([text(LEFT, row, SMALL)] for row in (joined(line.specification, line.place()), *codes))]
