"""What can go wrong on order: kinds of faults, and which of the next calls they hit."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class FaultKind(StrEnum):
    """How one call goes wrong. BEFORE: nothing happened; AFTER: it was carried out and nobody hears of it."""

    REJECT = "REJECT"  # a proper refusal with ``code`` and ``message``; nothing happened
    SILENT_BEFORE = "SILENT_BEFORE"  # no reply at all
    SILENT_AFTER = "SILENT_AFTER"
    RESET_BEFORE = "RESET_BEFORE"  # the connection is cut
    RESET_AFTER = "RESET_AFTER"
    CUT_AFTER = "CUT_AFTER"  # half of the reply, then the connection is cut
    SLOW = "SLOW"  # ``seconds`` pass before it is carried out, also if the caller has gone
    HELD = "HELD"  # carried out when the control says ``release``, also if the caller has gone
    GARBAGE = "GARBAGE"  # carried out; the reply is properly signed and no JSON
    DUPLICATE = "DUPLICATE"  # carried out; the reply comes twice
    STALE = "STALE"  # carried out; the reply to the call before comes again instead
    WRONG_AMOUNT = "WRONG_AMOUNT"  # carried out; the reply names one fen more
    WRONG_ORDER = "WRONG_ORDER"  # carried out; the reply is about another order
    WRONG_SIGNATURE = "WRONG_SIGNATURE"  # carried out; the reply is not signed by us
    ERROR_BEFORE = "ERROR_BEFORE"  # HTTP 500
    ERROR_AFTER = "ERROR_AFTER"
    UNDECIDED = "UNDECIDED"  # carried out; the reply says that the provider cannot tell


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hits the next ``times`` calls of ``act`` (empty: any) over orders that begin with ``order_prefix``."""

    kind: FaultKind
    act: str = ""
    order_prefix: str = ""
    times: Annotated[int, Meta(ge=1)] = 1
    seconds: Annotated[float, Meta(ge=0, le=600)] = 0
    code: str = "SIMULATED"
    message: str = "refused on order"


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

    def hit(self, act: str, order: str) -> Fault | None:
        """The fault that this call suffers, if any; it is used up by that."""
        for place, fault in enumerate(self._left):
            if fault.act in ("", act) and order.startswith(fault.order_prefix):
                rest = [msgspec.structs.replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._left[place : place + 1] = rest
                return fault
        return None
