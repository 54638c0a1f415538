"""药品召回通知单: which lots are recalled by whom and until when, and every patient who got some, with phone and room for what they say. A4."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from common.domain.dosage import quantity_text
from common.i18n import N_, tr
from common.messages.recalls import CallOutcome, Issuer, RecallEntry, RecallPatient
from printing.documents.base import SheetDocument, copy_note, labelled, moment
from printing.documents.store_page import BODY, GREY, HEIGHT, LEFT, MIDDLE, NOTE, RIGHT, WIDTH, StorePage
from printing.fonts import Weight
from printing.sheet import BLACK, Sheet, Stroke, Text, fitted
from printing.strip import Align

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from printing.sheet import Mark

_PITCH: Final = 4.9
_BOTTOM: Final = 266.0
_HAIR: Final = "#B8BDC4"
#: Where a column's words begin and how much room they have.
_COLUMNS: Final = ((LEFT, 7.0), (21.0, 22.0), (45.0, 26.0), (73.0, 22.0), (97.0, 20.0), (119.0, 18.0), (139.0, 57.0))
_ISSUERS: Final = {
    Issuer.AUTHORITY: N_("issuer|Authority"),
    Issuer.MANUFACTURER: N_("issuer|Manufacturer"),
    Issuer.SUPPLIER: N_("issuer|Supplier"),
    Issuer.CLINIC: N_("issuer|This clinic"),
}
_OUTCOMES: Final = {
    CallOutcome.INFORMED: N_("call|Was told"),
    CallOutcome.BRINGS_BACK: N_("call|Brings it back"),
    CallOutcome.USED_UP: N_("call|Used up"),
    CallOutcome.NOT_REACHED: N_("call|Not reached"),
}


class RecallSheet(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``recall`` and ``patients`` as they were at ``printed_at``; all times are the clinic's."""

    printed_at: datetime
    recall: RecallEntry
    patients: tuple[RecallPatient, ...]

    def sheets(self) -> Sequence[Sheet]:
        """Head, the patients on as many pages as they need, signatures on the last."""
        page = StorePage()
        _head(page, self)
        _heading(page)
        for number, patient in enumerate(self.patients, 1):
            if page.y + 2.6 * _PITCH > _BOTTOM:
                page.fresh()
                _heading(page)
            _patient(page, self.recall, number, patient)
        _closing(page, self)
        count = len(page.pages)
        return [
            Sheet(width=WIDTH, height=HEIGHT, marks=(*marks, *_foot(self, number, count))) for number, marks in enumerate(page.pages, 1)
        ]


def _foot(paper: RecallSheet, number: int, count: int) -> list[Mark]:
    words = labelled(tr("recall paper|Printed"), moment(paper.printed_at))
    marks: list[Mark] = [Text(x=LEFT, y=288, text=words, size=NOTE, colour=GREY)]
    if count > 1:
        marks.append(
            Text(x=RIGHT, y=288, text=tr("paper|Page {n} of {count}", n=number, count=count), size=NOTE, align=Align.RIGHT, colour=GREY)
        )
    return marks


def _amount(quantity: Decimal, recall: RecallEntry) -> str:
    return quantity_text(quantity, recall.base_unit, recall.pack_unit, recall.pack_size)


def _head(page: StorePage, paper: RecallSheet) -> None:
    recall = paper.recall
    page.text(MIDDLE, paper.clinic, size=fitted(paper.clinic, RIGHT - LEFT, (6.0, 5.2, 4.4), Weight.BOLD), strong=True, align=Align.CENTRE)
    page.y = 22.0
    page.text(MIDDLE, tr("recall paper|Recall of a drug: patients to be told"), size=5.0, strong=True, align=Align.CENTRE)
    page.y = 29.0
    note = copy_note(paper.copy)
    if note:
        page.text(MIDDLE, note, size=NOTE, strong=True, align=Align.CENTRE)
    page.y = 34.0
    drug = f"{recall.drug}　{recall.specification}"
    page.text(LEFT, drug, size=fitted(drug, RIGHT - LEFT, (4.4, 3.8, 3.3), Weight.BOLD), strong=True)
    page.y += 1.4 * _PITCH
    level = tr("recall paper|Level {n}, within {hours} h", n=recall.level, hours=recall.level * 24)
    rows = (
        (labelled(tr("paper|No."), recall.number), labelled(tr("recall paper|Level"), level)),
        (
            labelled(tr("recall paper|Recalled by"), f"{tr(_ISSUERS[recall.issuer])}　{recall.document}"),
            labelled(tr("recall paper|To be told by"), moment(recall.deadline)),
        ),
        (
            labelled(tr("recall paper|Begun"), f"{moment(recall.at)}　{recall.by}"),
            labelled(tr("recall paper|In quarantine"), _amount(recall.aside, recall)),
        ),
    )
    for left, right in rows:
        page.text(LEFT, left, size=fitted(left, 108, (BODY, 3.0, NOTE)))
        page.text(126, right, size=fitted(right, 70, (BODY, 3.0, NOTE)))
        page.y += _PITCH
    lots = labelled(tr("recall paper|Batches"), "　".join(recall.lots))
    page.text(LEFT, lots, size=fitted(lots, RIGHT - LEFT, (BODY, NOTE, 2.4, 2.1)), strong=True)
    page.y += _PITCH
    page.text(LEFT, _sums(paper), size=BODY)
    page.y += 1.3 * _PITCH


def _sums(paper: RecallSheet) -> str:
    recall = paper.recall
    return tr(
        "recall paper|{n} patients got {out}; {back} came back; {open} patients are still to be told",
        n=recall.patients,
        out=_amount(recall.out, recall),
        back=_amount(recall.back, recall),
        open=recall.to_call,
    )


def _heading(page: StorePage) -> None:
    page.rule(0.4)
    page.y += 1.4
    titles = (
        "",
        tr("recall paper|Patient"),
        tr("recall paper|Phone"),
        tr("recall paper|Handed out"),
        tr("recall paper|Got"),
        tr("recall paper|Came back"),
        tr("recall paper|What was said, by whom and when"),
    )
    _row(page, titles, size=NOTE, colour=GREY)
    page.rule()
    page.y += 1.2


def _row(page: StorePage, cells: Sequence[str], *, size: float = BODY, strong: Sequence[int] = (), colour: str = BLACK) -> None:
    for place, (words, (x, width)) in enumerate(zip(cells, _COLUMNS, strict=True)):
        fits = fitted(words, width, tuple(s for s in (size, 3.0, 2.7, 2.4, 2.1) if s <= size))
        page.text(x, words, size=fits, strong=place in strong, colour=colour)
    page.y += _PITCH


def _patient(page: StorePage, recall: RecallEntry, number: int, patient: RecallPatient) -> None:
    got, back = _amount(patient.quantity, recall), _amount(patient.back, recall) if patient.back else ""
    said = tr(_OUTCOMES[patient.outcome]) if patient.outcome is not None else ""
    called = f"{patient.called_at:%m-%d %H:%M} {patient.called_by}" if patient.called_at else ""
    cells = (str(number), patient.patient_name, patient.phone, f"{patient.at:%Y-%m-%d}", got, back, "　".join(filter(None, (said, called))))
    _row(page, cells, strong=(1, 2))
    lots = tr("recall paper|batch {lots}", lots="　".join(patient.lots))
    more = "　".join((patient.patient_number, lots, tr("recall paper|prescription {numbers}", numbers="　".join(patient.prescriptions))))
    page.text(_COLUMNS[1][0], more, size=fitted(more, 114, (NOTE, 2.5, 2.2, 1.9)), colour=GREY)
    if patient.note:
        page.text(_COLUMNS[-1][0], patient.note, size=fitted(patient.note, _COLUMNS[-1][1], (NOTE, 2.5, 2.2, 1.9)), colour=GREY)
    page.y += _PITCH
    if not said:  # to be written by hand
        page.pages[-1].append(Stroke(x1=_COLUMNS[-1][0], y1=page.y - 1.2, x2=RIGHT, y2=page.y - 1.2, thickness=0.2))
    page.rule(0.1, _HAIR)
    page.y += 0.8


def _closing(page: StorePage, paper: RecallSheet) -> None:
    recall = paper.recall
    page.y += 1.5
    said = [recall.note] if recall.note else []
    if recall.closed_at is not None:
        ended = tr("recall paper|Withdrawn") if recall.withdrawn else tr("recall paper|Closed")
        said.append(f"{labelled(ended, moment(recall.closed_at))}　{recall.closed_by}")
        said.append(labelled(tr("recall paper|Report"), recall.report))
    for words in said:
        for part in _broken(words):
            if page.y + _PITCH > _BOTTOM:
                page.fresh()
            page.text(LEFT, part)
            page.y += _PITCH
    page.y = 274.0
    for x, label in ((LEFT, tr("recall paper|Called by")), (108.0, tr("recall paper|Checked by"))):
        page.text(x, labelled(label, ""))
        page.pages[-1].append(Stroke(x1=x + 18, y1=page.y + 4.0, x2=x + 84, y2=page.y + 4.0, thickness=0.2))


def _broken(words: str, width: int = 54) -> list[str]:
    """A long text in rows of at most ``width`` characters."""
    return [words[start : start + width] for start in range(0, len(words), width)] or [""]
