"""What a printer does, how it is, and how a job may end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from common.errors import Refusal
from common.i18n import N_, tr
from devices.errors import DeviceTrouble


class Reason(StrEnum):
    """Why a printer does not print. The value is an English source string."""

    NOT_CONNECTED = N_("it cannot be reached")
    NOT_ANSWERING = N_("it does not answer")
    OFFLINE = N_("it is offline")
    PAUSED = N_("it is paused")
    COVER_OPEN = N_("its cover is open")
    PAPER_OUT = N_("it is out of paper")
    RIBBON_OUT = N_("it is out of ribbon")
    PAPER_JAM = N_("the paper is jammed")
    CUTTER_ERROR = N_("its cutter is stuck")
    OTHER_ERROR = N_("it reports a fault")


class PrinterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a printer is now. ``None`` means that this printer, or the way to it, cannot tell."""

    online: bool
    cover_open: bool | None = None
    paper_out: bool | None = None
    paper_near_end: bool | None = None
    cutter_error: bool | None = None
    drawer_open: bool | None = None
    paused: bool | None = None
    ribbon_out: bool | None = None
    paper_jam: bool | None = None
    other_error: bool | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it cannot print now, the most helpful first; empty if it can."""
        found = [
            reason
            for wrong, reason in (
                (self.cover_open, Reason.COVER_OPEN),
                (self.paper_out, Reason.PAPER_OUT),
                (self.ribbon_out, Reason.RIBBON_OUT),
                (self.paper_jam, Reason.PAPER_JAM),
                (self.cutter_error, Reason.CUTTER_ERROR),
                (self.paused, Reason.PAUSED),
                (self.other_error, Reason.OTHER_ERROR),
            )
            if wrong
        ]
        return tuple(found) if found or self.online else (Reason.OFFLINE,)


class PrinterPort(Protocol):
    """A printer on its own port. All calls come from one thread.

    Errors that promise that no byte went out carry ``sent_nothing = True``.
    """

    confirms: bool
    """Whether :meth:`send` returns only when the printer has said that it carried the job out. If not, it was handed over, no more."""

    def status(self) -> PrinterStatus:
        """Ask the printer how it is. Raises :class:`PrinterNotReady` if it cannot be reached or does not answer."""

    def send(self, data: bytes) -> None:
        """Print one whole job. Raises :class:`PrinterNotReady` if nothing was sent, :class:`PrinterLost` if the outcome is unknown."""

    def open_drawer(self) -> None:
        """Open the cash drawer at the printer. Raises as :meth:`send`, or :class:`NoDrawer`."""

    def close(self) -> None:
        """Close the connection; the next call opens it again."""


@dataclass(eq=False)
class PrinterNotReady(DeviceTrouble):
    """Nothing was sent. Print again when ``reasons`` are mended."""

    reasons: tuple[Reason, ...]
    sent_nothing: ClassVar[bool] = True
    text = N_("The printer does not print: {reasons}.")
    remedy = N_("Put it right, then print again.")

    def shown(self) -> dict[str, object]:
        """The reasons in the current language."""
        return {"reasons": _listed(self.reasons)}


@dataclass(eq=False)
class PrinterLost(DeviceTrouble):
    """The job was begun and its end is unknown: at least ``sent_bytes`` left, and the printer may still print them when mended."""

    sent_bytes: int
    reasons: tuple[Reason, ...] = ()
    text = N_("It is not certain that everything was printed: {reasons}.")
    remedy = N_("Put the printer right, look at the paper, then say whether it is complete.")

    def shown(self) -> dict[str, object]:
        """The reasons in the current language."""
        return {"reasons": _listed(self.reasons or (Reason.NOT_ANSWERING,)), "sent_bytes": self.sent_bytes}


@dataclass(eq=False)
class NoDrawer(Refusal):
    """Label printers have no plug for a cash drawer."""

    printer: str
    sent_nothing: ClassVar[bool] = True
    text = N_("No cash drawer is connected to this printer.")
    remedy = N_("Choose the receipt printer in this desk's settings.")


@dataclass(eq=False)
class TransportMissing(Refusal):
    """A part of the program that this connection needs is not installed. ``part`` is a package's name."""

    transport: str
    part: str
    sent_nothing: ClassVar[bool] = True
    text = N_("Printing by “{transport}” needs {part}, which is not installed.")
    remedy = N_("Ask the administrator to install it, or connect the printer by network.")


def _listed(reasons: tuple[Reason, ...]) -> str:
    return tr("list separator|, ").join(tr(reason.value) for reason in reasons)
