"""Refusals about drugs that come back. They register themselves beside those of :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class ReturnRefused(Refusal):
    """A drug is not taken back like this. ``reason`` is an English source string."""

    drug: str
    reason: str
    text = N_("{drug} is not taken back: {reason}.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"drug": self.drug, "reason": tr(self.reason)}


@dataclass(eq=False)
class CodeNotHandedOut(Refusal):
    """A pack's code does not come back with this line. ``reason`` is an English source string."""

    code: str
    drug: str
    reason: str
    text = N_("Code {code} does not come back with {drug}: {reason}.")
    remedy = N_("Take back only the very packs that were handed out.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"code": self.code, "drug": self.drug, "reason": tr(self.reason)}


@dataclass(eq=False)
class CodesMissing(Refusal):
    """Fewer codes were scanned than packs come back that bear one."""

    drug: str
    wanted: int
    scanned: int
    text = N_("{drug}: {wanted} packs with a code come back, {scanned} are scanned.")
    remedy = N_("Scan the code of each pack.")
    status = 409


@dataclass(eq=False)
class UndoRefused(Refusal):
    """A hand-over cannot be undone any more. ``reason`` is an English source string."""

    number: str
    reason: str
    text = N_("The hand-over of {number} cannot be undone: {reason}.")
    remedy = N_("What the patient brings back is taken back by a return.")
    status = 409

    def shown(self) -> dict[str, object]:
        return {"number": self.number, "reason": tr(self.reason)}


@dataclass(eq=False)
class CodeQuarantined(Refusal):
    """A pack came back and may not be sold again."""

    code: str
    drug: str
    text = N_("Pack {code} ({drug}) came back from a patient and may not be handed out again.")
    remedy = N_("Put it into the quarantine area.")
    status = 409
