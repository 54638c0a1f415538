"""What a scanner gives, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

from common.i18n import N_
from devices.errors import DeviceTrouble


class Scan(msgspec.Struct, frozen=True):
    """One scanned code. ``aim`` is the symbology identifier (``]C1``, ``]d2``) if the scanner sends it; ``text`` keeps GS (0x1D).

    ``aim + text`` goes to :func:`common.domain.barcodes.classify`. Neither is ever logged: it may be a payment code.
    """

    text: str
    aim: str = ""


class Scanner(Protocol):
    """A scanner on its own port. All calls come from one thread."""

    def poll(self) -> list[Scan]:
        """What was scanned since the last call, oldest first; to be repeated every 50 ms. Raises ``DeviceTrouble``."""

    def close(self) -> None:
        """Close the port; the next poll opens it again."""


@dataclass(eq=False)
class ScanCutShort(DeviceTrouble):
    """``received`` characters came without the end of a line."""

    received: int
    text = N_("The scan broke off after {received} characters.")
    remedy = N_("Scan again. If it happens every time, set the scanner to end each code with CR.")


@dataclass(eq=False)
class ScanTooLong(DeviceTrouble):
    """More than any code holds arrived without the end of a line."""

    received: int
    text = N_("The scanner sends {received} characters without an end.")
    remedy = N_("Check the port's speed, and that the scanner ends each code with CR.")


@dataclass(eq=False)
class ScanNotText(DeviceTrouble):
    """A line of ``received`` bytes that is text neither in UTF-8 nor in GB18030, or holds control characters."""

    received: int
    text = N_("The scanner sent {received} bytes that are no text.")
    remedy = N_("Scan again. If it happens every time, check the port's speed.")
