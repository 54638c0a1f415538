"""What a scale gives, how its frames read, and what can go wrong with it.

Frames are those of continuous output as counter scales and balances send them (A&D's format, which most makers offer):
``ST,GS,+  12.34g`` CR LF. ``ST`` stable, ``US`` not yet, ``OL`` too heavy; ``GS`` gross, ``NT`` net, which not every scale sends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

import msgspec

from common.i18n import N_
from devices.errors import DeviceTrouble

_FRAME: Final = re.compile(rb"(ST|US|OL|QT),(?:(GS|NT|TR),)?\s*([+-]?)\s*(\d+(?:\.\d+)?)\s*(kg|g|mg)\s*", re.IGNORECASE)
_OVERLOAD: Final = re.compile(rb"OL,.*", re.IGNORECASE)
_GRAMS: Final = {b"kg": Decimal(1000), b"g": Decimal(1), b"mg": Decimal("0.001")}


class Reading(msgspec.Struct, frozen=True):
    """What lies on the scale: grams, below zero when a tare was taken off. ``stable``: it has come to rest."""

    grams: Decimal
    stable: bool


class Scale(Protocol):
    """A scale on its own port. All calls come from one thread."""

    def poll(self) -> Reading | None:
        """The newest weight; ``None`` if none came since the last call; to be repeated every 100 ms. Raises ``DeviceTrouble``."""

    def close(self) -> None:
        """Close the port; the next poll opens it again."""


@dataclass(eq=False)
class ScaleUnreadable(DeviceTrouble):
    """A line that is no frame, of ``received`` bytes."""

    received: int
    text = N_("The scale sent {received} bytes that are no weight.")
    remedy = N_("Set it to continuous output (ST,GS,+ 12.34g) and check the port's speed.")


@dataclass(eq=False)
class ScaleSilent(DeviceTrouble):
    """Nothing came for ``seconds``."""

    seconds: int
    text = N_("The scale has sent nothing for {seconds} seconds.")
    remedy = N_("Switch it on and set it to continuous output. Weights can be typed meanwhile.")


class ScaleOverloaded(DeviceTrouble):
    """More lies on it than it can weigh."""

    text = N_("Too much lies on the scale.")
    remedy = N_("Take it off and weigh in two parts.")


def read_frame(line: bytes) -> Reading:
    """The weight of one line without its end. Raises ``ScaleUnreadable``, ``ScaleOverloaded``."""
    if _OVERLOAD.fullmatch(line):
        raise ScaleOverloaded
    found = _FRAME.fullmatch(line)
    if found is None:
        raise ScaleUnreadable(received=len(line))
    grams = Decimal(found[4].decode()) * _GRAMS[found[5].lower()]
    return Reading(-grams if found[3] == b"-" else grams, stable=found[1].upper() in (b"ST", b"QT"))
