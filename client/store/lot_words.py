"""The way of a lot, quarantine and recalls as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client import format
from common.i18n import N_, tr
from common.messages.recalls import CallOutcome, HoldReason, Issuer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from common.messages.batch_ways import CodeStep, WayPatient, WayStep
    from common.messages.recalls import Held, RecallEntry

PLACES: Final = {
    "PHARMACY": N_("lot place|Pharmacy"),
    "STORE": N_("lot place|Store"),
    "TRANSIT": N_("lot place|On the way"),
    "QUARANTINE": N_("lot place|Quarantine area"),
}
_KINDS: Final = {
    "RECEIPT": N_("way|Came in"),
    "DISPENSE": N_("way|Handed out"),
    "RETURN": N_("way|Came back"),
    "ADJUST": N_("way|Counted"),
    "TRANSFER": N_("way|Carried"),
    "DAMAGE": N_("way|Damaged"),
    "DESTROY": N_("way|Destroyed"),
    "SUPPLIER_RETURN": N_("way|To the supplier"),
}
REASONS: Final = (
    (HoldReason.APPEARANCE, N_("hold|Appearance")),
    (HoldReason.TEMPERATURE, N_("hold|Temperature")),
    (HoldReason.COMPLAINT, N_("hold|Complaint")),
    (HoldReason.REACTION, N_("hold|Reactions")),
    (HoldReason.NOTICE, N_("hold|Notice")),
    (HoldReason.OTHER, N_("hold|Other")),
)
ISSUERS: Final = (
    (Issuer.AUTHORITY, N_("issuer|Authority")),
    (Issuer.MANUFACTURER, N_("issuer|Manufacturer")),
    (Issuer.SUPPLIER, N_("issuer|Supplier")),
    (Issuer.CLINIC, N_("issuer|This clinic")),
)
OUTCOMES: Final = (
    (CallOutcome.INFORMED, N_("call|Was told")),
    (CallOutcome.BRINGS_BACK, N_("call|Brings it back")),
    (CallOutcome.USED_UP, N_("call|Used up")),
    (CallOutcome.NOT_REACHED, N_("call|Not reached")),
)
LEVELS: Final = (
    ("1", N_("recall|1: within 24 h")),
    ("2", N_("recall|2: within 48 h")),
    ("3", N_("recall|3: within 72 h")),
)


def place(code: str) -> str:
    """A place by its code."""
    return tr(PLACES[code]) if code in PLACES else code


def kind(step: WayStep) -> str:
    """What happened."""
    if step.undone:
        return tr("way|Hand-over undone")
    return tr(_KINDS[step.kind]) if step.kind in _KINDS else step.kind


def kind_tone(step: WayStep) -> str:
    """Steps that should catch the eye."""
    if step.to_place == "QUARANTINE" or step.kind in ("DAMAGE", "DESTROY"):
        return "warning"
    return "info" if step.kind == "RETURN" else ""


def where(step: WayStep) -> str:
    """``Store → Pharmacy``; one place where nothing was carried."""
    return f"{place(step.place)} → {place(step.to_place)}" if step.to_place else place(step.place)


def partner(step: WayStep, patients: dict[int, WayPatient]) -> str:
    """From whom or to whom: the supplier, or the patient where that may be seen."""
    if step.prescription_id is None:
        return step.supplier
    patient = patients.get(step.prescription_id)
    return patient.patient_name if patient else tr("way|a patient")


def code_line(step: CodeStep, patients: dict[int, WayPatient], zone: tzinfo | None) -> str:
    """What became of a pack, in one line."""
    patient = patients.get(step.prescription_id)
    out = tr(
        "way|{time} handed out by {by}, prescription {number}",
        time=f"{step.at.astimezone(zone):%Y-%m-%d %H:%M}",
        by=step.by,
        number=step.prescription_number,
    )
    parts = [out]
    if patient is not None:
        parts.append(f"{patient.patient_name} {format.phone(patient.phone)}".strip())
    if step.split:
        parts.append(tr("way|a part of the pack"))
    if step.returned_at is not None:
        time = f"{step.returned_at.astimezone(zone):%Y-%m-%d %H:%M}"
        if step.return_number:
            parts.append(tr("way|back {time} by {number}", time=time, number=step.return_number))
        else:
            parts.append(tr("way|undone {time}", time=time))
        if step.quarantined:
            parts.append(tr("way|in the quarantine area"))
    return tr("way|, ").join(parts)


def consequences(held: Held) -> str:
    """What the desks have to know after a lot was taken away; empty if nobody was waiting for it."""
    said = []
    if held.put_back:
        said.append(tr("hold|To be picked again: {numbers}.", numbers=_numbers(held.put_back)))
    if held.short:
        said.append(tr("hold|Paid, and short now: {numbers}.", numbers=_numbers(held.short)))
    if held.unpaid:
        said.append(tr("hold|Unpaid, nothing is held for them any more: {numbers}.", numbers=_numbers(held.unpaid)))
    return " ".join(said)


def _numbers(numbers: Sequence[str]) -> str:
    shown = tr("way|, ").join(numbers[:5])
    return tr("hold|{numbers} and {n} others", numbers=shown, n=len(numbers) - 5) if len(numbers) > 5 else shown


def left(recall: RecallEntry, now: datetime) -> str:
    """How much time is left until everybody has to be told, or since when it is over."""
    seconds = int((recall.deadline - now).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if seconds < 0:
        return tr("recall|{h} h {m} min over time", h=hours, m=minutes)
    return tr("recall|{h} h {m} min left", h=hours, m=minutes)


def left_tone(recall: RecallEntry, now: datetime) -> str:
    """Red once it is over or within its last quarter, while somebody is still to be told."""
    if recall.state == "CLOSED":
        return "plain"
    if not recall.to_call:
        return "done"
    left_share = (recall.deadline - now) / (recall.deadline - recall.at)
    return "danger" if left_share < 0.25 else "warning"


def lots(typed: str) -> tuple[str, ...]:
    """Lots as they were typed, one behind the other."""
    for sign in ",，;；、\n":
        typed = typed.replace(sign, " ")
    return tuple(dict.fromkeys(typed.split()))
