"""The drawing of 处方笺 on A5 portrait: 前记 above, Rp between, 后记 below, all of it on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.money import format_yuan
from common.i18n import tr
from printing import code128
from printing.documents.base import copy_note, labelled
from printing.fonts import Weight, text_width
from printing.sheet import Box, Code, Sheet, Stroke, Text, fitted, wrapped
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Iterator

    from printing.documents.prescription import DrugGroup, PrescribedDrug, Prescription
    from printing.sheet import Mark

WIDTH, HEIGHT = 148.0, 210.0
LEFT, RIGHT = 12.0, 136.0
_ROOM: Final = RIGHT - LEFT
_TITLE_SIZES: Final = (5.6, 5.0, 4.4, 3.8, 3.2)
_FIELD, _DRUG, _USAGE, _SMALL = 3.4, 3.9, 3.6, 2.7
_FIELD_PITCH: Final = 6.0
_DRUG_LEFT: Final = LEFT + 12
_QUANTITY_LEFT: Final = RIGHT - 24
_GREY: Final = "#555555"
_ALARM: Final = "#B3261E"
_RP_HEIGHT: Final = 9.5
_FOOT_TOP: Final = 168.0
#: Less blank space than this needs no slash beside 以下空白.
_SLASH_FROM: Final = 18.0


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Marks drawn from y = 0, and how high they are together."""

    marks: tuple[Mark, ...]
    height: float


def draw(paper: Prescription) -> list[Sheet]:
    """The pages. Drugs of one group stay together as long as a page can hold them."""
    head = _header(paper)
    top = head.height + _RP_HEIGHT
    pages = _paged([band for index, group in enumerate(paper.groups) for band in _group(group, _first(paper, index))], _FOOT_TOP - top - 8)
    return [_page(paper, head, bands, page + 1, len(pages)) for page, bands in enumerate(pages)]


def _first(paper: Prescription, index: int) -> int:
    """The running number of a group's first drug."""
    return 1 + sum(len(group.drugs) for group in paper.groups[:index])


def _paged(bands: list[Band], room: float) -> list[list[Band]]:
    pages: list[list[Band]] = [[]]
    for band in bands:
        if pages[-1] and sum(b.height for b in pages[-1]) + band.height > room:
            pages.append([])
        pages[-1].append(band)
    return pages


def _page(paper: Prescription, head: Band, bands: list[Band], number: int, count: int) -> Sheet:
    marks: list[Mark] = [*head.marks]
    y = head.height
    marks.append(Text(x=LEFT, y=y + 1.5, text="Rp", size=6.4, weight=Weight.BOLD))
    y += _RP_HEIGHT
    for band in bands:
        marks += _moved(band.marks, y)
        y += band.height
    marks += _end(y + 1, last=number == count)
    marks += _footer(paper, number, count)
    return Sheet(width=WIDTH, height=HEIGHT, marks=tuple(marks), ground=paper.ground)


def _moved(marks: tuple[Mark, ...], by: float) -> Iterator[Mark]:
    for mark in marks:
        if isinstance(mark, Stroke):
            yield msgspec.structs.replace(mark, y1=mark.y1 + by, y2=mark.y2 + by)
        else:
            yield msgspec.structs.replace(mark, y=mark.y + by)


# --- 前记 --------------------------------------------------------------------------------------------------------------


def _header(paper: Prescription) -> Band:
    size = fitted(paper.clinic, _ROOM - 44, _TITLE_SIZES, Weight.BOLD)
    centre = WIDTH / 2
    marks: list[Mark] = [
        Text(x=centre, y=9, text=paper.clinic, size=size, weight=Weight.BOLD, align=Align.CENTRE),
        Text(x=centre, y=16.2, text=tr("paper|Prescription sheet"), size=5.0, weight=Weight.BOLD, align=Align.CENTRE),
        Text(x=LEFT, y=18.4, text=labelled(tr("paper|No."), paper.number), size=_SMALL),
        *_corner(paper.corner),
    ]
    y = 24.5
    for row in _field_rows(paper):
        marks += _field_row(row, y)
        y += _FIELD_PITCH
    for label, text, colour in (
        (tr("paper|Diagnosis"), "；".join(paper.diagnoses), "#000000"),
        (tr("paper|Allergies"), paper.allergies.words(), _ALARM if paper.allergies.named else "#000000"),
    ):
        rows = _long_field(label, text, y, colour)
        marks += rows
        y += _FIELD_PITCH + (len(rows) - 3) * 4.4
    marks.append(Stroke(x1=LEFT, y1=y + 0.6, x2=RIGHT, y2=y + 0.6, thickness=0.5))
    return Band(marks=tuple(marks), height=y + 1.2)


def _corner(word: str) -> Iterator[Mark]:
    if not word:
        return
    width = 20.0
    size = fitted(word, width - 3, (5.0, 4.4, 3.6, 2.9, 2.4, 2.1), Weight.BOLD)
    yield Box(x=RIGHT - width, y=8, width=width, height=9, thickness=0.5)
    yield Text(x=RIGHT - width / 2, y=12.5 - size * 0.54, text=word, size=size, weight=Weight.BOLD, align=Align.CENTRE)


def _field_rows(paper: Prescription) -> Iterator[list[tuple[str, str, float]]]:
    """Rows of (label, value, width in mm)."""
    yield [
        (tr("paper|Name"), paper.patient, 46),
        (tr("paper|Sex"), paper.sex, 24),
        (tr("paper|Age"), paper.age, 28),
        (tr("paper|Weight"), paper.weight, 26),
    ]
    yield [
        (tr("paper|Visit no."), paper.visit_number, 46),
        (tr("paper|Department"), paper.department, 39),
        (tr("paper|Payer"), paper.payer, 39),
    ]
    yield [(tr("paper|Date"), f"{paper.signed_at:%Y-%m-%d %H:%M}", 46), (tr("paper|Phone"), paper.phone, 78)]
    if paper.patient_document:
        yield [(tr("paper|ID number"), paper.patient_document, _ROOM)]
    if paper.agent:
        yield [(tr("paper|Agent"), paper.agent.name, 46), (tr("paper|Agent's ID number"), paper.agent.document_number, 78)]


def _field_row(fields: list[tuple[str, str, float]], y: float) -> Iterator[Mark]:
    x = LEFT
    for label, value, width in fields:
        words = labelled(label, "")
        start = x + text_width(words, _FIELD) + 1
        end = x + width - 2 if x + width < RIGHT else RIGHT
        yield Text(x=x, y=y, text=words, size=_FIELD, colour=_GREY)
        yield Text(x=start, y=y, text=value, size=fitted(value, end - start, (3.6, 3.2, 2.8, 2.4, 2.0)), weight=Weight.REGULAR)
        yield Stroke(x1=start - 0.5, y1=y + 4.4, x2=end, y2=y + 4.4, thickness=0.12, colour=_GREY)
        x += width


def _long_field(label: str, text: str, y: float, colour: str) -> list[Mark]:
    """A label, a line below, and the rows of a text as long as it may be: two marks and one for each row."""
    words = labelled(label, "")
    start = LEFT + text_width(words, _FIELD) + 1
    rows = wrapped(text, RIGHT - start, 3.6, Weight.BOLD)
    bottom = y + 4.4 * len(rows)
    return [
        Text(x=LEFT, y=y, text=words, size=_FIELD, colour=_GREY),
        Stroke(x1=start - 0.5, y1=bottom, x2=RIGHT, y2=bottom, thickness=0.12, colour=_GREY),
        *(Text(x=start, y=y + 4.4 * i, text=row, size=3.6, weight=Weight.BOLD, colour=colour) for i, row in enumerate(rows)),
    ]


# --- Rp ----------------------------------------------------------------------------------------------------------------


def _group(group: DrugGroup, first: int) -> Iterator[Band]:
    """A drug for itself, or drugs under one bracket with one usage."""
    bands = [_drug(drug, first + place) for place, drug in enumerate(group.drugs)]
    if group.usage:
        bands.append(_usage(group.usage))
    height = sum(band.height for band in bands)
    marks: list[Mark] = []
    y = 0.0
    for band in bands:
        marks += _moved(band.marks, y)
        y += band.height
    if len(group.drugs) > 1:
        marks += _bracket(height)
    yield Band(marks=tuple(marks), height=height + 2.2)


def _bracket(height: float) -> Iterator[Mark]:
    x = LEFT + 3
    yield Stroke(x1=x, y1=0.6, x2=x, y2=height - 0.6, thickness=0.3)
    for y in (0.6, height - 0.6):
        yield Stroke(x1=x, y1=y, x2=x + 2, y2=y, thickness=0.3)


def _drug(drug: PrescribedDrug, number: int) -> Band:
    title = " ".join(filter(None, (drug.name, drug.form, drug.specification, drug.skin_test)))
    rows = wrapped(title, _QUANTITY_LEFT - _DRUG_LEFT, _DRUG, Weight.BOLD)
    marks: list[Mark] = [
        Text(x=_DRUG_LEFT - 1.5, y=0, text=f"{number}.", size=_DRUG, weight=Weight.BOLD, align=Align.RIGHT),
        Text(x=RIGHT, y=0, text=f"× {drug.quantity}", size=_DRUG, weight=Weight.BOLD, align=Align.RIGHT),
        *(Text(x=_DRUG_LEFT, y=4.8 * i, text=row, size=_DRUG, weight=Weight.BOLD) for i, row in enumerate(rows)),
    ]
    height = 4.8 * len(rows)
    for text in filter(None, (drug.usage and labelled(tr("paper|Usage"), drug.usage), drug.note)):
        band = _paragraph(text)
        marks += _moved(band.marks, height)
        height += band.height
    return Band(marks=tuple(marks), height=height + 0.6)


def _usage(usage: str) -> Band:
    return _paragraph(labelled(tr("paper|Usage"), usage))


def _paragraph(text: str) -> Band:
    rows = wrapped(text, RIGHT - _DRUG_LEFT - 4, _USAGE)
    marks = tuple(Text(x=_DRUG_LEFT + 4, y=0.3 + 4.6 * i, text=row, size=_USAGE) for i, row in enumerate(rows))
    return Band(marks=marks, height=4.6 * len(rows) + 0.3)


def _end(y: float, *, last: bool) -> Iterator[Mark]:
    """以下空白 and, where much is left, a slash: nothing can be added below (DOMAIN.md §2.3 rule 9)."""
    words = tr("paper|Nothing below this line") if last else tr("paper|Continued on the next page")
    half = text_width(words, _USAGE) / 2 + 3
    centre = WIDTH / 2
    yield Text(x=centre, y=y, text=words, size=_USAGE, align=Align.CENTRE)
    for left, right in ((_DRUG_LEFT, centre - half), (centre + half, RIGHT - 12)):
        yield Stroke(x1=left, y1=y + 2, x2=right, y2=y + 2, thickness=0.2)
    if last and _FOOT_TOP - y > _SLASH_FROM:
        yield Stroke(x1=RIGHT - 12, y1=y + 8, x2=_DRUG_LEFT, y2=_FOOT_TOP - 5, thickness=0.25)


# --- 后记 --------------------------------------------------------------------------------------------------------------


def _footer(paper: Prescription, number: int, count: int) -> Iterator[Mark]:
    y = _FOOT_TOP
    yield Stroke(x1=LEFT, y1=y, x2=RIGHT, y2=y, thickness=0.5)
    yield from _signatures([(tr("paper|Doctor"), paper.doctor), (tr("paper|Drug amount"), format_yuan(paper.amount_fen))], y + 3)
    yield from _signatures(
        [
            (tr("paper|Review"), paper.reviewer),
            (tr("paper|Preparation"), paper.preparer),
            (tr("paper|Check"), paper.checker),
            (tr("paper|Dispensing"), paper.dispenser),
        ],
        y + 11,
    )
    yield from _barcode(paper.barcode, y + 21)
    yield Text(x=RIGHT, y=y + 21, text=paper.validity, size=_SMALL, align=Align.RIGHT)
    yield Text(x=RIGHT, y=y + 25, text=copy_note(paper.copy), size=3.2, weight=Weight.BOLD, align=Align.RIGHT)
    if count > 1:
        yield Text(x=RIGHT, y=y + 30, text=tr("paper|Page {n} of {count}", n=number, count=count), size=_SMALL, align=Align.RIGHT)


def _signatures(fields: list[tuple[str, str]], y: float) -> Iterator[Mark]:
    width = _ROOM / len(fields)
    for place, (label, name) in enumerate(fields):
        x = LEFT + place * width
        words = labelled(label, "")
        start = x + text_width(words, _FIELD) + 1
        end = RIGHT if place == len(fields) - 1 else x + width - 3
        yield Text(x=x, y=y, text=words, size=_FIELD, colour=_GREY)
        yield Text(x=start, y=y - 0.2, text=name, size=fitted(name, end - start, (3.9, 3.4, 2.9, 2.4, 2.0)), weight=Weight.BOLD)
        yield Stroke(x1=start - 0.5, y1=y + 4.6, x2=end, y2=y + 4.6, thickness=0.15, colour=_GREY)


def _barcode(number: str, y: float) -> Iterator[Mark]:
    yield Code(x=LEFT + 2.5, y=y, height=9, number=number)
    centre = LEFT + 2.5 + code128.modules(number) * 2 / 8 / 2
    yield Text(x=centre, y=y + 9.4, text=number, size=_SMALL, align=Align.CENTRE)
