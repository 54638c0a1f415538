"""The order in which an outpatient's settlement calls the bureau, how each step is undone, and what to do when one of them is lost.

DOMAIN.md §1.5 and §1.6. Nothing is ever repeated blindly: :func:`after_unknown` says what each transaction allows.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from server.insurance.province import Province

SIGN_IN: Final = "9001"
SIGN_OUT: Final = "9002"
PERSON: Final = "1101"
BENEFIT: Final = "2001"
OPEN_VISIT: Final = "2201"
CANCEL_VISIT: Final = "2202"
DESCRIBE_VISIT: Final = "2203"
UPLOAD_FEES: Final = "2204"
CANCEL_FEES: Final = "2205"
PRESETTLE: Final = "2206"
SETTLE: Final = "2207"
CANCEL_SETTLEMENT: Final = "2208"
REVERSE: Final = "2601"
QUERY_SETTLEMENT: Final = "5203"

#: Step → what takes it back. Each needs all later steps to be taken back first; 2205 is refused once the details are settled.
UNDO: Final = {OPEN_VISIT: CANCEL_VISIT, UPLOAD_FEES: CANCEL_FEES, SETTLE: CANCEL_SETTLEMENT}

#: What 2601 can reverse [C-code]. Outpatients use the first two only.
REVERSIBLE: Final = frozenset({SETTLE, CANCEL_SETTLEMENT, "2102", "2103", "2304", "2305", "2401"})


class AfterUnknown(StrEnum):
    """What to do with a transaction whose outcome is unknown."""

    #: 2601 with the lost msgid as ``omsgid``; "not found" counts as reversed. Then the step is made anew with a new msgid.
    REVERSE = "REVERSE"
    #: It changes nothing, or a second one replaces the first: send it again with a new msgid.
    REPEAT = "REPEAT"
    #: 2205 over the same batch first (a refusal means that nothing was there), then 2204 again with a new msgid.
    WITHDRAW = "WITHDRAW"
    #: A new ``ipt_otp_no``, then again: a visit that nobody uses stays open at the bureau and bears no money.
    RENUMBER = "RENUMBER"


_AFTER_UNKNOWN: Final = {UPLOAD_FEES: AfterUnknown.WITHDRAW, OPEN_VISIT: AfterUnknown.RENUMBER}


def after_unknown(infno: str) -> AfterUnknown:
    """The way out of a lost answer. ``infno`` without a province's suffix or with it."""
    base = infno[:4]
    if base in REVERSIBLE:
        return AfterUnknown.REVERSE
    return _AFTER_UNKNOWN.get(base, AfterUnknown.REPEAT)


def quoting(province: Province) -> tuple[str, ...]:
    """The steps from the certificate to the amounts that the patient is shown."""
    check = (BENEFIT,) if province.checks_benefit else ()
    return (PERSON, *check, OPEN_VISIT, DESCRIBE_VISIT, UPLOAD_FEES, PRESETTLE)


def settling(province: Province) -> tuple[str, ...]:
    """All steps of an outpatient's settlement, in order."""
    return (*quoting(province), SETTLE)


def undoing(done: tuple[str, ...]) -> tuple[str, ...]:
    """What takes ``done`` steps back, in the order in which it must happen. After a settlement's cancellation the details are open again."""
    return tuple(UNDO[infno] for infno in reversed(done) if infno in UNDO)
