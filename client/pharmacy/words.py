"""How the pharmacy's facts read: usage in plain words, waiting times, shelf lives, and the reasons that stand to choose from."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from client.format import name_of
from common.domain.dosage import plain, usage_text
from common.domain.formulary import CONTROLLED
from common.i18n import CHINESE, N_, current_language, tr
from common.messages.consult import PrescriptionKind
from common.messages.pharmacy import OtherBatch, RejectReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from client.pharmacy.picking import PickRow
    from common.messages.catalogue import DrugFacts, Lists
    from common.messages.consult import PrescriptionLine
    from common.messages.pharmacy import Pick, ShelfDrug

#: Days to a batch's expiry from which on it is coloured: stop and look, warning, information.
EXPIRY_DAYS: Final = ((30, "danger"), (90, "warning"), (180, "info"))
#: Minutes of waiting after which a person should hurry.
LONG_WAIT: Final = 20

KINDS: Final = {
    PrescriptionKind.ORDINARY: N_("prescription|Ordinary"),
    PrescriptionKind.EMERGENCY: N_("prescription|Emergency"),
    PrescriptionKind.PAEDIATRIC: N_("prescription|Paediatric"),
    PrescriptionKind.NARCOTIC: N_("prescription|Narcotic, psychotropic I"),
    PrescriptionKind.PSYCHOTROPIC_2: N_("prescription|Psychotropic II"),
    PrescriptionKind.HERBAL: N_("prescription|Herbal"),
}
_KIND_TONES: Final = {
    PrescriptionKind.EMERGENCY: "warning",
    PrescriptionKind.NARCOTIC: "danger",
    PrescriptionKind.PSYCHOTROPIC_2: "warning",
    PrescriptionKind.PAEDIATRIC: "info",
}

#: In the order of their digits: 1 to 9, then 0.
REJECT_REASONS: Final = (
    (RejectReason.FORMAT, N_("Send back|Form or writing")),
    (RejectReason.INDICATION, N_("Send back|Wrong for diagnosis")),
    (RejectReason.DOSE, N_("Send back|Dose or frequency")),
    (RejectReason.ROUTE, N_("Send back|Form or route")),
    (RejectReason.DUPLICATE, N_("Send back|Duplicate therapy")),
    (RejectReason.INTERACTION, N_("Send back|Interaction")),
    (RejectReason.ALLERGY, N_("Send back|Allergy")),
    (RejectReason.POPULATION, N_("Send back|Special patients")),
    (RejectReason.SKIN_TEST, N_("Send back|Skin test missing")),
    (RejectReason.OTHER, N_("Send back|Other, see the note")),
)
#: Why a pack has no code that could be scanned (DOMAIN.md §6.4 rule 4), in the order of their digits.
NO_CODE_REASONS: Final = (
    ("no_code_library", N_("No code|Old stock")),
    ("herbal", N_("No code|Herbal slices")),
    ("in_house", N_("No code|In-house")),
    ("damaged", N_("No code|Code damaged")),
)

#: Why another batch is taken, in the order of their digits.
BATCH_REASONS: Final = (
    (OtherBatch.DAMAGED, N_("batch|Package damaged")),
    (OtherBatch.LONGER_LIFE, N_("batch|Longer life wanted")),
    (OtherBatch.RECALL_CHECK, N_("batch|Check for a recall")),
    (OtherBatch.NOT_FOUND, N_("batch|Not on the shelf")),
    (OtherBatch.SAME_LOT, N_("batch|Same lot wanted")),
)


def kind_words(kind: str) -> str:
    """The kind of prescription, as a word."""
    return tr(KINDS[PrescriptionKind(kind)])


def kind_tone(kind: str) -> str:
    """The badge that goes with it."""
    return _KIND_TONES.get(PrescriptionKind(kind), "plain")


def no_code_words(reason: str) -> str:
    """Why a line goes out without codes."""
    return tr(dict(NO_CODE_REASONS)[reason])


def usage_words(line: PrescriptionLine, lists: Lists | None, drug: DrugFacts | None = None) -> str:
    """``口服，一次0.5g（2粒），每日3次，饭后``: in Chinese as the doctor signed it, in English by the lists' names."""
    known = drug is not None and drug.dose_unit == line.dose_unit
    return usage_text(
        route_name=_name(line.route, line.route_text, lists.routes if lists else ()),
        dose=line.dose,
        dose_unit=line.dose_unit,
        dose_per_base=drug.dose_per_base if drug is not None and known else Decimal(1),
        base_unit=line.unit if known else line.dose_unit,
        frequency_name=_name(line.frequency, line.frequency_text, lists.frequencies if lists else ()),
        advice=line.advice,
    )


def _name(code: str, issued: str, rows: Iterable[object]) -> str:
    if current_language() == CHINESE:
        return issued
    return next((name_of(row) for row in rows if getattr(row, "code", "") == code), issued)


def age_words(issued: str) -> str:
    """The age as it stands on the prescription, in full years also in English; infants' ages stay as they were written."""
    years = issued.removesuffix("岁")
    return tr("age|{years} y", years=years) if years.isdecimal() and current_language() != CHINESE else issued


def days_words(days: int) -> str:
    """``3 天``."""
    return tr("pharmacy|{n} days", n=days) if days != 1 else tr("pharmacy|1 day")


def specification_words(line: PrescriptionLine) -> str:
    """The specification; nothing where it only says that one gram is one gram, as it does of loose slices."""
    by_the_unit = (f"1{line.unit}", f"1{line.unit}×1{line.unit}/{line.unit}")
    return "" if line.specification in by_the_unit else line.specification


def take_words(pick: Pick, line: PrescriptionLine) -> str:
    """What to take from this batch: in packs where the whole line comes from it, else in base units."""
    return line.quantity_text if pick.quantity == line.quantity else f"{plain(pick.quantity)}{line.unit}"


def lot_words(row: PickRow) -> str:
    """The lot; marked where it comes out of an opened pack, or is another one than the first."""
    mark = tr("pick|open") if row.pick.opened is not None else tr("pick|other") if row.pick.reason else ""
    return f"{row.pick.lot} {mark}".rstrip()


def opened_words(row: PickRow) -> str:
    """Which opened pack to take from, and how much is left in it."""
    opened, unit = row.pick.opened, row.line.unit
    assert opened is not None
    facts = {"drug": row.line.name, "take": f"{plain(row.pick.quantity)}{unit}", "left": f"{plain(opened.left)}{unit}"}
    if opened.code:
        return tr("{drug}: take {take} out of opened pack {code}, {left} left in it.", code=opened.code, **facts)
    return tr("{drug}: take {take} out of the opened pack of lot {lot}, {left} left in it.", lot=row.pick.lot, **facts)


def chosen_words(row: PickRow) -> str:
    """Why it is not the batch that expires first."""
    reason = batch_reason(row.pick.reason)
    return tr("{drug}: lot {lot} instead of the first, {reason}.", drug=row.line.name, lot=row.pick.lot, reason=reason)


def cares(drug: ShelfDrug) -> Iterator[str]:
    """What to mind at the shelf: special control, high alert, cold."""
    if drug.controlled:
        yield tr(CONTROLLED[drug.controlled])
    if drug.high_alert:
        yield tr("catalogue|High alert")
    if drug.storage == "fridge":
        yield tr("care|Keep cold")


def care_words(drug: str, minded: Sequence[str]) -> str:
    """The same as a sentence about a drug."""
    return tr("{drug}: {cares}.", drug=drug, cares=tr("list separator|, ").join(minded))


def batch_reason(code: str) -> str:
    """Why another batch is taken, in words; empty if none is."""
    return next((tr(title) for known, title in BATCH_REASONS if code == known), code)


def minutes_waiting(since: datetime, now: datetime) -> int:
    """Whole minutes, never below 0: clocks of two machines differ."""
    return max(0, int((now - since).total_seconds() // 60))


def waiting_words(since: datetime, now: datetime) -> str:
    """``12 分``, ``1 时 05 分``, ``2 天``."""
    minutes = minutes_waiting(since, now)
    if minutes < 60:
        return tr("{n} min", n=minutes)
    if minutes < 24 * 60:
        return tr("pharmacy|{hours} h {minutes} min", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
    days = minutes // (24 * 60)
    return days_words(days)


def expiry_words(expires: date, today: date) -> str:
    """``2026-12-18 · 27 天``; without the days where they do not matter yet."""
    left = (expires - today).days
    if left < 0:
        return tr("pharmacy|{day} · expired", day=expires.isoformat())
    return f"{expires.isoformat()} · {days_words(left)}" if left <= EXPIRY_DAYS[-1][0] else expires.isoformat()


def expiry_tone(expires: date, today: date) -> str:
    """danger up to 30 days, warning up to 90, info up to 180, else nothing."""
    left = (expires - today).days
    return next((tone for days, tone in EXPIRY_DAYS if left <= days), "")
