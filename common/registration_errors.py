"""Refusals about patients' files and about registering; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_


@dataclass(eq=False)
class NoSlotLeft(Refusal):
    """The clinic session is full."""

    doctor: str
    text = N_("No number is left with {doctor}.")
    remedy = N_("Choose another doctor or another time.")
    status = 409


@dataclass(eq=False)
class AlreadyRegistered(Refusal):
    """The patient waits in the same clinic session already."""

    patient: str
    number: str
    text = N_("{patient} is registered here already, queue number {number}.")
    status = 409


@dataclass(eq=False)
class LikelyDuplicate(Refusal):
    """A patient file that is probably the same person exists."""

    patient: str
    number: str
    text = N_("A file for {patient} exists already: {number}.")
    remedy = N_("Open it, or confirm that this is another person.")
    status = 409
