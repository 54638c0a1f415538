"""What the service judged of the prescriptions under review: which may be passed together, and why the others may not. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from common.errors import error_from_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.pharmacy import PharmacyEntry
    from common.messages.reviewing import Judgements
    from common.wire import Refused


@dataclass
class Batch:
    """What the service judged of the prescriptions under review. ``left`` of a batch that is on its way, ``refused`` of it so far."""

    allowed: bool = False
    whys: dict[int, tuple[Refused, ...]] = field(default_factory=dict)
    left: list[PharmacyEntry] = field(default_factory=list)
    passed: int = 0
    refused: list[str] = field(default_factory=list)

    def judged(self, found: Judgements) -> None:
        """What the service said."""
        self.allowed = found.allowed
        self.whys = {each.prescription_id: each.whys for each in found.judged}

    def is_clean(self, prescription_id: int) -> bool:
        """Whether it may be passed with others."""
        return self.allowed and self.whys.get(prescription_id) == ()

    def clean(self, entries: Sequence[PharmacyEntry]) -> list[PharmacyEntry]:
        """Those that may be passed together, longest waiting first."""
        return [entry for entry in entries if self.is_clean(entry.prescription_id)]

    def why_not(self, prescription_id: int) -> str:
        """Why it may not, in the language of now; empty when it may, or when the clinic passes nothing together."""
        whys = self.whys.get(prescription_id, ()) if self.allowed else ()
        return " ".join(error_from_wire(why.error, why.fields).sentence() for why in whys)
