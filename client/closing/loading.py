"""What the desk reads, and what it keeps of a count that is being typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client.closing.count import Count
from common.messages.closing import (
    CloseFacts,
    CloseHit,
    CloseList,
    ClosingFacts,
    GetClose,
    GetClosing,
    ListCloses,
    ListOpenMatters,
    ListRollUps,
    OpenMatterList,
    RollUpFacts,
    RollUpList,
)

if TYPE_CHECKING:
    from client.closing.view.desk import ClosingDesk

_DRAFT: Final = "closing:count:{staff}"


class CountDraft(msgspec.Struct, kw_only=True):
    """Counts by shift, as they are kept."""

    counts: dict[int, Count] = {}


def load(desk: ClosingDesk) -> None:
    """Shifts, closes, matters, and for the manager the days; all anew."""

    def closing(facts: ClosingFacts) -> None:
        fresh = desk.model.closing is None
        desk.model.closing = facts
        if not desk.model.rolls_up:
            desk.model.matters = facts.matters
        known = {shift.id for shift in facts.shifts}
        desk.model.counts = {id: count for id, count in desk.model.counts.items() if id in known}
        desk.show_all()
        if fresh:
            desk.start_page()

    def closes(found: CloseList) -> None:
        desk.model.closes = found.closes
        desk.show_all()
        load_chosen(desk)

    desk.send(GetClosing(), done=closing)
    desk.send(ListCloses(), done=closes)
    if desk.model.rolls_up:
        desk.send(ListRollUps(), done=lambda found: _rolled(desk, found))
        desk.send(ListOpenMatters(all=True), done=lambda found: _matters(desk, found))


def _rolled(desk: ClosingDesk, found: RollUpList) -> None:
    desk.model.roll_ups = found
    desk.show_all()


def put_roll_up(desk: ClosingDesk, rolled: RollUpFacts) -> None:
    """A day that was rolled up just now is among the roll-ups before the lists are read anew, and in hand."""
    known = desk.model.roll_ups
    if known is not None:
        days = tuple(standing for standing in known.days if standing.business_date != rolled.business_date)
        desk.model.roll_ups = msgspec.structs.replace(known, days=days, roll_ups=(rolled, *known.roll_ups))
    desk.model.chosen = f"rolled:{rolled.id}"
    desk.show_all()


def _matters(desk: ClosingDesk, found: OpenMatterList) -> None:
    desk.model.matters = found.matters
    desk.show_all()


def load_chosen(desk: ClosingDesk) -> None:
    """The sheet of the close in hand."""
    what = desk.model.what()
    if isinstance(what, CloseHit):
        load_close(desk, what.id)


def load_close(desk: ClosingDesk, close_id: int) -> None:
    """A close's sheet."""

    def taken(facts: CloseFacts) -> None:
        desk.model.close = facts
        desk.show_all()

    desk.send(GetClose(close_id=close_id), done=taken)


def _key(desk: ClosingDesk) -> str:
    return _DRAFT.format(staff=desk.place.session.staff.id)


def keep(desk: ClosingDesk) -> None:
    """Keep what was counted so far, so that a crash costs nobody a second count."""
    counts = {id: count for id, count in desk.model.counts.items() if count.pieces or count.loose_fen}
    if counts:
        desk.place.journal.keep(_key(desk), CountDraft(counts=counts))
    else:
        desk.place.journal.drop(_key(desk))


def restore(desk: ClosingDesk) -> None:
    """Take up again what was being counted."""
    draft = desk.place.journal.draft(_key(desk), CountDraft)
    if draft is not None:
        desk.model.counts = dict(draft.counts)
