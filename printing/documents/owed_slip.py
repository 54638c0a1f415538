"""欠药单: what the pharmacy still owes a patient, for the patient to come back with; and a copy for the pharmacy's file."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import tr
from printing.documents.base import joined, labelled
from printing.documents.drug_slip import BODY, LEFT, RIGHT, SIGN, SMALL, DrugSlip, Pages, cells, text
from printing.documents.money_paper import BOLD
from printing.fonts import Weight
from printing.sheet import wrapped
from printing.strip import Align, Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.sheet import Mark, Sheet, Text
    from printing.strip import Block

#: Where a column begins and how wide it is; the last stands at its right edge.
_COLUMNS: Final = ((LEFT, 58.0), (72.0, 40.0), (RIGHT, 24.0))


class OwedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug. ``owed`` with its unit (``1盒``)."""

    name: str
    specification: str
    owed: str


class OwedDrugSlip(DrugSlip, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``number`` is the slip's."""

    number: str
    phone: str
    lines: tuple[OwedDrug, ...]
    promised: date
    note: str = ""
    pharmacist: str
    owed_since: datetime

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Whose, what is owed, till when, and who signed."""
        return [*self.head(), *self._lines(), *self._foot()]

    def sheets(self) -> Sequence[Sheet]:
        """The same on A5."""
        titles = cells((tr("paper|Drug"), tr("paper|Specification"), tr("paper|Drug owed")), _COLUMNS, 1, (SMALL, 2.4))
        pages = Pages(self, titles)
        for line in self.lines:
            pages.add(_row_marks(line))
        said = [labelled(tr("paper|Note"), self.note)] if self.note else []
        rows = [row for words in (*said, self.advice()) for row in wrapped(words, RIGHT - LEFT, BODY)]
        return pages.close([[text(LEFT, self.promise(), 4.4, strong=True)], *([text(LEFT, row)] for row in rows)], self._signed())

    def title(self) -> str:
        """What the slip is called."""
        return tr("paper|Owing slip")

    def facts(self) -> Iterator[tuple[str, str]]:
        """The head's rows, label and value."""
        yield tr("paper|Owing slip no."), self.number
        yield tr("paper|Prescription no."), self.prescription_number
        yield self.whose()
        if self.phone:
            yield tr("paper|Phone"), self.phone

    def promise(self) -> str:
        """Till when it is there."""
        return labelled(tr("paper|To be collected by"), f"{self.promised:%Y-%m-%d}")

    def advice(self) -> str:
        """What the patient does with it."""
        return tr("paper|Come with this slip; the pharmacy telephones when the drugs are there. What is not collected can be paid back.")

    def _lines(self) -> Iterator[Block]:
        for line in self.lines:
            yield Pair(line.name, line.owed, BOLD)
            yield Line(line.specification)
        yield Divider()
        yield Line(self.promise(), BOLD)
        if self.note:
            yield Line(labelled(tr("paper|Note"), self.note), hang=2)
        yield Line(self.advice(), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.owed_since:%Y-%m-%d %H:%M}")
        yield Space()
        yield Barcode(self.barcode)
        yield Space()
        yield Line(labelled(tr("paper|Patient's signature"), SIGN))

    def _signed(self) -> list[Mark]:
        taken = joined(labelled(tr("paper|Pharmacist"), self.pharmacist), f"{self.owed_since:%Y-%m-%d %H:%M}")
        signature = labelled(tr("paper|Patient's signature"), SIGN)
        return [text(LEFT, taken, y=188.0), text(LEFT, signature, y=197.5), *self.code_marks()]


def _row_marks(line: OwedDrug) -> list[list[Text]]:
    """A drug's rows: name and specification wrapped in their columns, how much beside the first."""
    names = wrapped(line.name, _COLUMNS[0][1], BODY, Weight.BOLD)
    specifications = wrapped(line.specification, _COLUMNS[1][1], BODY)
    rows: list[list[Text]] = [[] for _ in range(max(len(names), len(specifications)))]
    for place, words in enumerate(names):
        rows[place].append(text(_COLUMNS[0][0], words, strong=True))
    for place, words in enumerate(specifications):
        rows[place].append(text(_COLUMNS[1][0], words))
    rows[0].append(text(_COLUMNS[2][0], line.owed, strong=True, align=Align.RIGHT))
    return rows
