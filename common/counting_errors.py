"""Refusals of stock-takes, price changes and month closes; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class BeingCountedAlready(Refusal):
    """A drug stands in another stock-take of that place that is not confirmed yet: its difference would be booked twice."""

    drug: str
    number: str
    text = N_("{drug} is being counted already, in stock-take {number}.")
    remedy = N_("Confirm or give up that one first, or choose other drugs.")
    status = 409


@dataclass(eq=False)
class CountedMeanwhile(Refusal):
    """Somebody else counted this line while it was being counted here. ``by`` is who."""

    drug: str
    lot: str
    by: str
    text = N_("{drug}, batch {lot}: {by} has just counted it.")
    remedy = N_("The list shows what is still to be counted.")
    status = 409


@dataclass(eq=False)
class OtherCounterNeeded(Refusal):
    """A second or third count is made by somebody else than the one before it."""

    drug: str
    lot: str
    text = N_("{drug}, batch {lot}: somebody else has to count it now.")
    remedy = N_("Ask another person to count this line at their desk.")
    status = 403


@dataclass(eq=False)
class LinesNotCounted(Refusal):
    """So many lines were not counted; ``first`` names some of them."""

    count: int
    first: str
    text = N_("{count} lines are not counted: {first}")
    remedy = N_("Count them (0 if nothing is there), or say that they stay as the book has them.")
    status = 409


@dataclass(eq=False)
class SecondCountsMissing(Refusal):
    """So many lines differed and were not counted again by somebody else; ``first`` names some of them."""

    count: int
    first: str
    text = N_("{count} lines have to be counted again: {first}")
    remedy = N_("Another person counts them; then the counting can be finished.")
    status = 409


@dataclass(eq=False)
class PriceChangeWaits(Refusal):
    """A drug has a price change that is not valid yet."""

    drug: str
    number: str
    text = N_("{drug} has another price change that waits: {number}.")
    remedy = N_("Wait until it is valid, or withdraw it.")
    status = 409


@dataclass(eq=False)
class MonthNotOver(Refusal):
    """A month is closed once it is over."""

    month: str
    text = N_("{month} is not over yet.")
    remedy = N_("A month is closed from five minutes after its end on.")
    status = 409


@dataclass(eq=False)
class MonthNotNext(Refusal):
    """Months are closed one after the other, and only the latest is opened again. ``month`` is the one whose turn it is."""

    month: str
    text = N_("It is the turn of {month}.")
    remedy = N_("Months are closed one after the other, and only the latest one is opened again.")
    status = 409


@dataclass(eq=False)
class PapersOpen(Refusal):
    """Papers of the month are not done. ``papers`` are English source strings of kinds, each with a number behind a tab."""

    month: str
    papers: list[str]
    text = N_("{month} cannot be closed, papers are open: {papers}")
    remedy = N_("Finish or give up each of them, then close the month.")
    status = 409

    def shown(self) -> dict[str, object]:
        named = (paper.partition("\t") for paper in self.papers)
        return {"month": self.month, "papers": tr("list separator|, ").join(f"{tr(kind)} {number}".strip() for kind, _, number in named)}
