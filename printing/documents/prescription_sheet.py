"""The drawing of 处方笺 on A5 portrait: 前记 above, Rp between, 后记 below, all of it on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.money import format_yuan
from common.i18n import tr
from printing import code128
from printing.documents.base import copy_note, labelled
from printing.fonts import Weight, text_width
from printing.media import DOTS_PER_MM
from printing.sheet import BLACK, Box, Code, Sheet, Stroke, Text, filled, fitted, wrapped
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Iterator

    from printing.documents.prescription import DrugGroup, PrescribedDrug, Prescription
    from printing.sheet import Mark

WIDTH, HEIGHT = 148.0, 210.0
LEFT, RIGHT = 12.0, 136.0
_ROOM: Final = RIGHT - LEFT
_TITLE_SIZES: Final = (5.6, 5.0, 4.4, 3.8, 3.2, 2.8)
_FIELD, _DRUG, _USAGE, _SMALL = 3.4, 3.9, 3.6, 2.7
#: Down to what is still read without effort (2.6 mm are 7.4 pt); what does not fit then goes on in a row below.
_VALUE_SIZES: Final = (3.6, 3.2, 2.8, 2.6)
_NAME_SIZES: Final = (3.9, 3.4, 2.9, 2.6)
_LEADING: Final = 1.16
_FIELD_PITCH, _LONG_PITCH, _SIGNATURE_PITCH = 6.0, 4.4, 8.0
_NAME_WIDTH: Final = 46.0
_DRUG_LEFT: Final = LEFT + 12
_QUANTITY_LEFT: Final = RIGHT - 24
_GREY: Final = "#555555"
_ALARM: Final = "#B3261E"
_RP_HEIGHT: Final = 9.5
_GROUP_GAP: Final = 2.2
_BOTTOM: Final = 202.0
#: A hand needs so much of a line to sign on.
_LEAST_LINE: Final = 14.0
#: Less blank space than this needs no slash beside 以下空白.
_SLASH_FROM: Final = 18.0


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Marks drawn from y = 0, and how high they are together."""

    marks: tuple[Mark, ...]
    height: float


def draw(paper: Prescription) -> list[Sheet]:
    """The pages. Drugs of one group stay together as long as a page can hold them."""
    head, foot = _header(paper), _footer(paper, "")
    room = _BOTTOM - foot.height - head.height - _RP_HEIGHT - 8
    groups = enumerate(paper.groups)
    pages = _paged([band for index, group in groups for band in _group(group, _first(paper, index), room)], room)
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
    foot = _footer(paper, tr("paper|Page {n} of {count}", n=number, count=count) if count > 1 else "")
    foot_top = _BOTTOM - foot.height
    rp = Band(marks=(Text(x=LEFT, y=1.5, text="Rp", size=6.4, weight=Weight.BOLD),), height=_RP_HEIGHT)
    body = _stacked([head, rp, *bands])
    marks = (*body.marks, *_end(body.height + 1, foot_top, last=number == count), *_moved(foot.marks, foot_top))
    return Sheet(width=WIDTH, height=HEIGHT, marks=marks, ground=paper.ground)


def _stacked(bands: list[Band]) -> Band:
    """Bands one below the other."""
    marks: list[Mark] = []
    height = 0.0
    for band in bands:
        marks += _moved(band.marks, height)
        height += band.height
    return Band(marks=tuple(marks), height=height)


def _moved(marks: tuple[Mark, ...], by: float) -> Iterator[Mark]:
    for mark in marks:
        if isinstance(mark, Stroke):
            yield msgspec.structs.replace(mark, y1=mark.y1 + by, y2=mark.y2 + by)
        else:
            yield msgspec.structs.replace(mark, y=mark.y + by)


# --- 前记 --------------------------------------------------------------------------------------------------------------


def _header(paper: Prescription) -> Band:
    diagnoses, allergies = "；".join(paper.diagnoses), paper.allergies
    fields = _stacked(
        [
            *_patient(paper),
            _long_field(tr("paper|Diagnosis"), diagnoses),
            _long_field(tr("paper|Allergies"), allergies.words(), _ALARM if allergies.named else BLACK),
        ]
    )
    title = Band(marks=tuple(_title(paper)), height=24.5)
    bottom = title.height + fields.height
    line = Stroke(x1=LEFT, y1=bottom + 0.6, x2=RIGHT, y2=bottom + 0.6, thickness=0.5)
    return Band(marks=(*_stacked([title, fields]).marks, line), height=bottom + 1.2)


def _title(paper: Prescription) -> Iterator[Mark]:
    size, rows = filled(paper.clinic, (_ROOM - 44, 7.0), _TITLE_SIZES, Weight.BOLD, 1.1)
    for place, row in enumerate(rows):
        y = 9 + place * size * 1.1 - (1 if len(rows) > 1 else 0)
        yield Text(x=WIDTH / 2, y=y, text=row, size=size, weight=Weight.BOLD, align=Align.CENTRE)
    yield Text(x=WIDTH / 2, y=16.2, text=tr("paper|Prescription sheet"), size=5.0, weight=Weight.BOLD, align=Align.CENTRE)
    yield Text(x=LEFT, y=18.4, text=labelled(tr("paper|No."), paper.number), size=_SMALL)
    yield from _corner(paper.corner)


def _corner(word: str) -> Iterator[Mark]:
    if not word:
        return
    width = 20.0
    size = fitted(word, width - 3, (5.0, 4.4, 3.6, 2.9, 2.4, 2.1), Weight.BOLD)
    yield Box(x=RIGHT - width, y=8, width=width, height=9, thickness=0.5)
    yield Text(x=RIGHT - width / 2, y=12.5 - size * 0.54, text=word, size=size, weight=Weight.BOLD, align=Align.CENTRE)


def _patient(paper: Prescription) -> Iterator[Band]:
    """Whose prescription it is. Fields are (label, value, width in mm)."""
    about = [(tr("paper|Sex"), paper.sex, 24.0), (tr("paper|Age"), paper.age, 28.0), (tr("paper|Weight"), paper.weight, 26.0)]
    yield from _named(tr("paper|Name"), paper.patient, about)
    yield _field_row(
        [
            (tr("paper|Visit no."), paper.visit_number, _NAME_WIDTH),
            (tr("paper|Department"), paper.department, 39),
            (tr("paper|Payer"), paper.payer, 39),
        ]
    )
    yield _field_row([(tr("paper|Date"), f"{paper.signed_at:%Y-%m-%d %H:%M}", _NAME_WIDTH), (tr("paper|Phone"), paper.phone, 78)])
    if paper.patient_document:
        yield _field_row([(tr("paper|ID number"), paper.patient_document, _ROOM)])
    if paper.agent:
        yield from _named(tr("paper|Agent"), paper.agent.name, [(tr("paper|Agent's ID number"), paper.agent.document_number, 78)])


def _named(label: str, name: str, others: list[tuple[str, str, float]]) -> Iterator[Band]:
    """A person's name beside ``others``; a long one (买买提·阿卜杜热合曼 …) on rows of its own, for it may neither shrink away nor be cut."""
    if text_width(name, _VALUE_SIZES[-1]) <= _value_room(label, _NAME_WIDTH):
        yield _field_row([(label, name, _NAME_WIDTH), *others])
    else:
        yield _long_field(label, name)
        yield _field_row(others)


def _value_room(label: str, width: float) -> float:
    return width - text_width(labelled(label, ""), _FIELD) - 3


def _field_row(fields: list[tuple[str, str, float]]) -> Band:
    """Fields side by side, as high as the highest."""
    x, marks, lines, height = LEFT, [], [], 0.0
    for label, value, width in fields:
        words = labelled(label, "")
        start = x + text_width(words, _FIELD) + 1
        end = x + width - 2 if x + width < RIGHT else RIGHT
        band = _value(value, start, end - start, _VALUE_SIZES, Weight.REGULAR)
        marks += [Text(x=x, y=0, text=words, size=_FIELD, colour=_GREY), *band.marks]
        lines.append((start - 0.5, end))
        height = max(height, band.height)
        x += width
    marks += [Stroke(x1=left, y1=height + 4.4, x2=right, y2=height + 4.4, thickness=0.12, colour=_GREY) for left, right in lines]
    return Band(marks=tuple(marks), height=_FIELD_PITCH + height)


def _value(value: str, x: float, room: float, sizes: tuple[float, ...], weight: Weight) -> Band:
    """A value at the largest size that takes one row, else at the smallest in several; ``height`` is what the rows after the first take."""
    size, rows = filled(value, (room, sizes[0] * _LEADING), sizes, weight, _LEADING)
    pitch = size * _LEADING
    marks = tuple(Text(x=x, y=pitch * i, text=row, size=size, weight=weight) for i, row in enumerate(rows))
    return Band(marks=marks, height=pitch * (len(rows) - 1))


def _long_field(label: str, text: str, colour: str = BLACK) -> Band:
    """A label, the rows of a text as long as it may be, and a line below."""
    words = labelled(label, "")
    start = LEFT + text_width(words, _FIELD) + 1
    rows = wrapped(text, RIGHT - start, 3.6, Weight.BOLD)
    bottom = _LONG_PITCH * len(rows)
    marks: tuple[Mark, ...] = (
        Text(x=LEFT, y=0, text=words, size=_FIELD, colour=_GREY),
        Stroke(x1=start - 0.5, y1=bottom, x2=RIGHT, y2=bottom, thickness=0.12, colour=_GREY),
        *(Text(x=start, y=_LONG_PITCH * i, text=row, size=3.6, weight=Weight.BOLD, colour=colour) for i, row in enumerate(rows)),
    )
    return Band(marks=marks, height=_FIELD_PITCH + bottom - _LONG_PITCH)


# --- Rp ----------------------------------------------------------------------------------------------------------------


def _group(group: DrugGroup, first: int, room: float) -> Iterator[Band]:
    """A drug for itself, or drugs under one bracket with one usage; a group higher than a page's ``room`` goes on under another bracket."""
    bands = [band for place, drug in enumerate(group.drugs) for band in _together(_drug(drug, first + place), room - _GROUP_GAP)]
    if group.usage:
        bands.append(_paragraph(labelled(tr("paper|Usage"), group.usage)))
    for part in _paged(bands, room - _GROUP_GAP):
        whole = _stacked(part)
        bracket = _bracket(whole.height) if len(group.drugs) > 1 else ()
        yield Band(marks=(*whole.marks, *bracket), height=whole.height + _GROUP_GAP)


def _together(bands: list[Band], room: float) -> list[Band]:
    """One band of them all; where a page under long names has less room than that, they may go over two."""
    whole = _stacked(bands)
    return [whole] if whole.height <= room else bands


def _bracket(height: float) -> Iterator[Mark]:
    x = LEFT + 3
    yield Stroke(x1=x, y1=0.6, x2=x, y2=height - 0.6, thickness=0.3)
    for y in (0.6, height - 0.6):
        yield Stroke(x1=x, y1=y, x2=x + 2, y2=y, thickness=0.3)


def _drug(drug: PrescribedDrug, number: int) -> list[Band]:
    """What it is and how much; how to use it; what else was signed for."""
    title = " ".join(filter(None, (drug.name, drug.form, drug.specification, drug.skin_test)))
    quantity = f"× {drug.quantity}"
    right = min(_QUANTITY_LEFT, RIGHT - text_width(quantity, _DRUG, Weight.BOLD) - 2)
    rows = wrapped(title, right - _DRUG_LEFT, _DRUG, Weight.BOLD)
    marks: tuple[Mark, ...] = (
        Text(x=_DRUG_LEFT - 1.5, y=0, text=f"{number}.", size=_DRUG, weight=Weight.BOLD, align=Align.RIGHT),
        Text(x=RIGHT, y=0, text=quantity, size=_DRUG, weight=Weight.BOLD, align=Align.RIGHT),
        *(Text(x=_DRUG_LEFT, y=4.8 * i, text=row, size=_DRUG, weight=Weight.BOLD) for i, row in enumerate(rows)),
    )
    below = [_paragraph(text) for text in (drug.usage and labelled(tr("paper|Usage"), drug.usage), drug.note) if text]
    return [Band(marks=marks, height=4.8 * len(rows)), *below, Band(marks=(), height=0.6)]


def _paragraph(text: str) -> Band:
    rows = wrapped(text, RIGHT - _DRUG_LEFT - 4, _USAGE)
    marks = tuple(Text(x=_DRUG_LEFT + 4, y=0.3 + 4.6 * i, text=row, size=_USAGE) for i, row in enumerate(rows))
    return Band(marks=marks, height=4.6 * len(rows) + 0.3)


def _end(y: float, foot_top: float, *, last: bool) -> Iterator[Mark]:
    """以下空白 and, where much is left, a slash: nothing can be added below (DOMAIN.md §2.3 rule 9)."""
    words = tr("paper|Nothing below this line") if last else tr("paper|Continued on the next page")
    half = text_width(words, _USAGE) / 2 + 3
    centre = WIDTH / 2
    yield Text(x=centre, y=y, text=words, size=_USAGE, align=Align.CENTRE)
    for left, right in ((_DRUG_LEFT, centre - half), (centre + half, RIGHT - 12)):
        yield Stroke(x1=left, y1=y + 2, x2=right, y2=y + 2, thickness=0.2)
    if last and foot_top - y > _SLASH_FROM:
        yield Stroke(x1=RIGHT - 12, y1=y + 8, x2=_DRUG_LEFT, y2=foot_top - 5, thickness=0.25)


# --- 后记 --------------------------------------------------------------------------------------------------------------


def _footer(paper: Prescription, page: str) -> Band:
    """From the line on which it hangs; ``page`` is which page of how many."""
    signed = [
        (tr("paper|Review"), paper.reviewer),
        (tr("paper|Preparation"), paper.preparer),
        (tr("paper|Check"), paper.checker),
        (tr("paper|Dispensing"), paper.dispenser),
    ]
    rows = [[(tr("paper|Doctor"), paper.doctor), (tr("paper|Drug amount"), format_yuan(paper.amount_fen))]]
    rows += [signed] if _side_by_side(signed) else [signed[:2], signed[2:]]
    line = Band(marks=(Stroke(x1=LEFT, y1=0, x2=RIGHT, y2=0, thickness=0.5),), height=3)
    return _stacked([line, *map(_signatures, rows), Band(marks=(), height=2), _foot(paper, page)])


def _side_by_side(fields: list[tuple[str, str]]) -> bool:
    """Whether every name, and every line to sign on, has room with all of them in one row."""
    width = _ROOM / len(fields)
    return all(
        max(text_width(name, _NAME_SIZES[-1], Weight.BOLD), 0 if name else _LEAST_LINE) <= _value_room(label, width)
        for label, name in fields
    )


def _signatures(fields: list[tuple[str, str]]) -> Band:
    width = _ROOM / len(fields)
    marks: list[Mark] = []
    height = 0.0
    for place, (label, name) in enumerate(fields):
        x = LEFT + place * width
        words = labelled(label, "")
        start = x + text_width(words, _FIELD) + 1
        end = RIGHT if place == len(fields) - 1 else x + width - 2
        band = _value(name, start, end - start, _NAME_SIZES, Weight.BOLD)
        height = max(height, band.height)
        marks += [Text(x=x, y=0, text=words, size=_FIELD, colour=_GREY), *_moved(band.marks, -0.2)]
        marks.append(Stroke(x1=start - 0.5, y1=band.height + 4.6, x2=end, y2=band.height + 4.6, thickness=0.15, colour=_GREY))
    return Band(marks=tuple(marks), height=_SIGNATURE_PITCH + height)


def _foot(paper: Prescription, page: str) -> Band:
    """The barcode; beside it how long the paper is valid, which copy and which page it is."""
    wide = code128.modules(paper.barcode) * 2 / DOTS_PER_MM
    left = LEFT + 2.5
    marks: list[Mark] = [
        Code(x=left, y=0, height=9, number=paper.barcode),
        Text(x=left + wide / 2, y=9.4, text=paper.barcode, size=_SMALL, align=Align.CENTRE),
    ]
    y = 0.0
    for text, size, weight in (
        (paper.validity, _SMALL, Weight.REGULAR),
        (copy_note(paper.copy), 3.2, Weight.BOLD),
        (page, _SMALL, Weight.REGULAR),
    ):
        for row in wrapped(text, RIGHT - left - wide - 6, size, weight):
            marks.append(Text(x=RIGHT, y=y, text=row, size=size, weight=weight, align=Align.RIGHT))
            y += 4
    return Band(marks=tuple(marks), height=max(y, 13.0))
