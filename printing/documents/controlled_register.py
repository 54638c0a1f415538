"""麻醉药品、第一类精神药品专册登记本: one row for each move, with the columns that inspectors look for (DOMAIN.md §6.5). A4 across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.dosage import plain
from common.i18n import tr
from common.messages.controlled import RegisterSheet
from printing.documents.base import SheetDocument, labelled
from printing.fonts import Weight
from printing.sheet import BLACK, Sheet, Stroke, Text, filled, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.controlled import RegisterRow
    from printing.sheet import Mark

WIDTH, HEIGHT = 297.0, 210.0
LEFT, RIGHT = 9.0, 288.0
_MIDDLE: Final = 148.5
_BODY, _NOTE = 2.7, 2.5
_ROW: Final = 9.2
_BOTTOM: Final = 184.0
_GREY, _HAIR = "#555555", "#8A929C"
#: Width of each column in mm; together 279.
_WIDTHS: Final = (17.0, 15.0, 7.0, 9.0, 30.0, 18.0, 28.0, 32.0, 8.0, 8.0, 16.0, 12.0, 14.0, 19.0, 12.0, 12.0, 22.0)
_EDGES: Final = tuple(LEFT + sum(_WIDTHS[:place]) for place in range(len(_WIDTHS) + 1))
#: Quantities stand at the right of their cells.
_NUMBERS: Final = frozenset({8, 9, 11})


class ControlledRegister(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``sheet`` as the service has it; its times are the clinic's."""

    sheet: RegisterSheet

    def sheets(self) -> Sequence[Sheet]:
        """The rows on as many pages as they need, each with its head; places for signatures on every page."""
        fits = int((_BOTTOM - 38.0) // _ROW)
        rows = self.sheet.register.rows
        pages = [rows[start : start + fits] for start in range(0, len(rows), fits)] or [()]
        return [self._page(number, len(pages), page) for number, page in enumerate(pages, 1)]

    def _page(self, number: int, count: int, rows: Sequence[RegisterRow]) -> Sheet:
        marks: list[Mark] = [*_head(self.sheet), *_titles(28.0)]
        y = 38.0
        for row in rows:
            marks += _cells(y, _words(row))
            y += _ROW
            marks.append(Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=0.15, colour=_HAIR))
        marks += [Stroke(x1=x, y1=28.0, x2=x, y2=y, thickness=0.15, colour=_HAIR) for x in _EDGES]
        if not rows:
            marks.append(Text(x=_MIDDLE, y=y + 6, text=tr("register paper|Nothing was moved on these days."), size=3.4, align=Align.CENTRE))
        return Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *_foot(self.sheet, number, count)))


def _head(sheet: RegisterSheet) -> list[Mark]:
    clinic = sheet.register.clinic
    days = f"{sheet.first_day.isoformat()} — {sheet.last_day.isoformat()}"
    return [
        Text(
            x=_MIDDLE,
            y=7,
            text=clinic,
            size=fitted(clinic, 150, (4.6, 4.0, 3.4), Weight.BOLD),
            weight=Weight.BOLD,
            align=Align.CENTRE,
        ),
        Text(
            x=_MIDDLE,
            y=14,
            text=tr("register paper|Register of narcotics and class I psychotropic drugs"),
            size=4.8,
            weight=Weight.BOLD,
            align=Align.CENTRE,
        ),
        Text(x=LEFT, y=22, text=labelled(tr("register paper|Drug"), sheet.drug or tr("register paper|all")), size=_BODY + 0.4),
        Text(x=RIGHT, y=22, text=labelled(tr("register paper|Days"), days), size=_BODY + 0.4, align=Align.RIGHT),
    ]


def _titles(y: float) -> list[Mark]:
    titles = (
        tr("register paper|Date"),
        tr("register paper|Patient"),
        tr("register paper|Sex"),
        tr("register paper|Age"),
        tr("register paper|Identity number"),
        tr("register paper|Record no."),
        tr("register paper|Disease"),
        tr("register paper|Drug, specification"),
        tr("register paper|In"),
        tr("register paper|Out"),
        tr("register paper|Lot"),
        tr("register paper|Left"),
        tr("register paper|Doctor"),
        tr("register paper|Prescription no."),
        tr("register paper|Handed over"),
        tr("register paper|Checked"),
        tr("register paper|Empties, residue"),
    )
    marks: list[Mark] = [
        Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=0.4),
        Stroke(x1=LEFT, y1=y + 10, x2=RIGHT, y2=y + 10, thickness=0.3),
    ]
    for place, title in enumerate(titles):
        marks += _cell(place, y + 0.4, title, strong=True, centre=True)
    return marks


def _words(row: RegisterRow) -> tuple[str, ...]:
    came, went = (plain(row.quantity), "") if row.quantity > 0 else ("", plain(-row.quantity))
    sex = {"1": tr("register paper|male"), "2": tr("register paper|female")}.get(row.sex, "")
    back = tr("register paper|{n} empty", n=row.empties) if row.empties else ""
    residue = (
        tr("register paper|residue {amount}, {who}", amount=f"{plain(row.residue)}{row.residue_unit}", who=row.residue_by)
        if row.residue
        else ""
    )
    return (
        f"{row.at:%Y-%m-%d %H:%M}",
        row.patient_name or _cause(row),
        sex,
        row.age,
        row.id_number,
        row.record_number,
        row.disease,
        f"{row.drug} {row.specification}",
        came,
        went,
        row.lot,
        f"{plain(row.batch_balance)} {row.unit}",
        row.doctor,
        row.prescription_number or row.document,
        row.by,
        row.checker or row.alone,
        " ".join(filter(None, (tr("register paper|undone") if row.undone else "", back, residue))),
    )


def _cause(row: RegisterRow) -> str:
    causes = {
        "RECEIPT": tr("register paper|goods in"),
        "RETURN": tr("register paper|returned"),
        "ADJUST": tr("register paper|stock-take"),
        "TRANSFER": tr("register paper|transfer"),
        "DAMAGE": tr("register paper|damage"),
        "DESTROY": tr("register paper|destroyed"),
        "SUPPLIER_RETURN": tr("register paper|to the supplier"),
    }
    return causes.get(row.kind, row.kind)


def _cells(y: float, words: Sequence[str]) -> list[Mark]:
    return [mark for place, text in enumerate(words) if text for mark in _cell(place, y + 0.6, text)]


def _cell(place: int, y: float, text: str, *, strong: bool = False, centre: bool = False) -> list[Mark]:
    """Words within one cell, smaller where there are many; nothing is left out."""
    left, right = _EDGES[place] + 0.7, _EDGES[place + 1] - 0.7
    weight = Weight.BOLD if strong else Weight.REGULAR
    size, rows = filled(text, (right - left, _ROW - 0.8), (_BODY, 2.4, 2.1, 1.8), weight)
    align = Align.CENTRE if centre else Align.RIGHT if place in _NUMBERS else Align.LEFT
    x = (left + right) / 2 if centre else right if place in _NUMBERS else left
    top = y + max(0.0, (_ROW - 1.2 - len(rows) * (size + 0.3)) / 2)
    return [
        Text(x=x, y=top + number * (size + 0.3), text=row, size=size, weight=weight, align=align, colour=BLACK)
        for number, row in enumerate(rows)
    ]


def _foot(sheet: RegisterSheet, number: int, count: int) -> list[Mark]:
    printed = tr("register paper|Printed {moment} by {who}", moment=f"{sheet.at:%Y-%m-%d %H:%M}", who=sheet.by)
    marks: list[Mark] = [
        Text(x=LEFT, y=200, text=f"{printed}　{tr('register paper|Kept for at least three years')}", size=_NOTE, colour=_GREY),
        Text(x=RIGHT, y=200, text=tr("paper|Page {n} of {count}", n=number, count=count), size=_NOTE, align=Align.RIGHT, colour=_GREY),
    ]
    for x, label in (
        (LEFT, tr("register paper|Registered by")),
        (108.0, tr("register paper|Checked by")),
        (205.0, tr("register paper|Head of pharmacy")),
    ):
        marks.append(Text(x=x, y=190, text=f"{label}：", size=3.2))
        marks.append(Stroke(x1=x + 26, y1=194, x2=x + 74, y2=194, thickness=0.2))
    return marks
