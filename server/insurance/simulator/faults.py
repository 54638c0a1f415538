"""What can go wrong on order: kinds of faults, and which of the next calls they hit."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class FaultKind(StrEnum):
    """How one call goes wrong. BEFORE: nothing happened; everything else but REJECT was carried out."""

    REJECT = "REJECT"  # a proper refusal with ``code`` and ``message``; nothing happened
    SILENT_BEFORE = "SILENT_BEFORE"  # time-out before: no reply at all
    SILENT_AFTER = "SILENT_AFTER"  # time-out after the commit: the one that matters
    RESET_BEFORE = "RESET_BEFORE"  # the connection is cut
    RESET_AFTER = "RESET_AFTER"
    CUT_AFTER = "CUT_AFTER"  # half of the reply, then the connection is cut
    SLOW = "SLOW"  # ``seconds`` pass before it is carried out, also if the caller has gone
    LATE = "LATE"  # the connection is cut, and it is carried out when 2601 has been answered that there is nothing
    GARBAGE = "GARBAGE"  # the reply is no JSON
    EMPTY = "EMPTY"  # the reply says "done" and nothing else
    DUPLICATE = "DUPLICATE"  # the reply comes twice
    STALE = "STALE"  # the reply to an earlier call of the same transaction comes again instead
    WRONG_AMOUNTS = "WRONG_AMOUNTS"  # the amounts of the reply do not agree with each other
    ERROR_BEFORE = "ERROR_BEFORE"  # HTTP 500
    ERROR_AFTER = "ERROR_AFTER"
    UNDECIDED = "UNDECIDED"  # the bureau's own time-out as a proper refusal


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hits the next ``times`` calls of ``infno`` (as the province numbers it; empty: any)."""

    kind: FaultKind
    infno: str = ""
    times: Annotated[int, Meta(ge=1)] = 1
    seconds: Annotated[float, Meta(ge=0, le=600)] = 0
    code: str = "-1"
    message: str = ""


#: Faults of calls that are not carried out.
BEFORE = frozenset({FaultKind.REJECT, FaultKind.SILENT_BEFORE, FaultKind.RESET_BEFORE, FaultKind.ERROR_BEFORE})


class Faults:
    """Those that are still to come, oldest first."""

    def __init__(self) -> None:
        self._left: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """One more, behind the others."""
        self._left.append(fault)

    def clear(self) -> None:
        """None any more."""
        self._left.clear()

    def hit(self, infno: str) -> Fault | None:
        """The fault that this call suffers, if any; it is used up by that."""
        for place, fault in enumerate(self._left):
            if fault.infno in ("", infno):
                left = msgspec.structs.replace(fault, times=fault.times - 1) if fault.times > 1 else None
                self._left[place : place + 1] = [left] if left else []
                return fault
        return None
