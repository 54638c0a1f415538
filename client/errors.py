"""What can go wrong at the desk itself, in the same form as :mod:`common.errors`."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal, Trouble
from common.i18n import N_


class WrongCertificate(Trouble):
    """The service at this address is not the one that the desk was paired with."""

    text = N_("The service at this address shows another certificate than at pairing.")
    remedy = N_("Do not go on. Ask the administrator; if the service was set up anew, pair this desk again.")


@dataclass(eq=False)
class DeskBroken(Trouble):
    """A fault of this program. ``reference`` is what the log calls it."""

    reference: str
    text = N_("This desk's program has a fault ({reference}).")
    remedy = N_("Nothing that you typed is lost. Tell the administrator if it happens again.")


@dataclass(eq=False)
class NotInstalled(Trouble):
    """A part of the program or of its set-up is missing at this desk."""

    part: str
    text = N_("This desk has no {part}.")
    remedy = N_("Ask the administrator to set it up.")


@dataclass(eq=False)
class NotKept(Trouble):
    """This computer's disk would not take something: it is full, or not to be written to. ``cause`` is the system's word."""

    file: str
    cause: str
    text = N_("This computer could not write {file} ({cause}).")
    remedy = N_("Make room on the disk or ask the administrator, then try again.")


class ServiceNotProven(Refusal):
    """No open pairing code of the service fits the code that was typed."""

    text = N_("The service does not know this pairing code.")
    remedy = N_("Check the digits, or ask for a new code. Do not go on if it happens again.")
