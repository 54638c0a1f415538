"""What the desk of the daily close knows, and what its next step is; no Qt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from client.closing.count import Count
from client.format import clock, day
from common.domain.money import format_yuan
from common.domain.states import SHIFT
from common.i18n import N_, tr
from common.messages.closing import (
    AcceptShift,
    CloseHit,
    CloseShift,
    CountShift,
    DayStanding,
    OpenShift,
    ReopenClose,
    RollUpDay,
    ShiftStanding,
    SubmitShift,
)
from common.wire import new_request_id

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from common.messages.closing import CloseFacts, ClosingFacts, OpenMatter, RollUpList
    from common.wire import Request


class Step(StrEnum):
    """What F12 does now: the verb on it is in :data:`VERBS`."""

    OPEN = "open"
    COUNT = "count"
    CLOSE = "close"
    SUBMIT = "submit"
    WAIT = "wait"
    ACCEPT = "accept"
    ROLL_UP = "roll_up"
    REOPEN = "reopen"
    NOTHING = "nothing"


VERBS = {
    Step.OPEN: N_("closing|Open the shift"),
    Step.COUNT: N_("closing|Counted"),
    Step.CLOSE: N_("closing|Close the day"),
    Step.SUBMIT: N_("closing|Hand over"),
    Step.WAIT: N_("closing|Taken over here"),
    Step.ACCEPT: N_("closing|Take over"),
    Step.ROLL_UP: N_("closing|Roll up"),
    Step.REOPEN: N_("closing|Open again"),
    Step.NOTHING: N_("closing|Next step"),
}


class Row(NamedTuple):
    """A row of the list on the left. ``what`` is its fact: a shift, a day, a close, a roll-up; a text for a heading."""

    key: str
    title: str
    note: str = ""
    tone: str = ""
    amount: str = ""
    what: Any = None


NEW = "new"


class ClosingModel:
    """``chosen`` is the key of the row in hand."""

    def __init__(self, zone: tzinfo | None, *, takes_money: bool, rolls_up: bool, alone: int) -> None:
        self.zone, self.takes_money, self.rolls_up = zone, takes_money, rolls_up
        self.staff_id = alone
        self.closing: ClosingFacts | None = None
        self.closes: tuple[CloseHit, ...] = ()
        self.roll_ups: RollUpList | None = None
        self.matters: tuple[OpenMatter, ...] = ()
        self.chosen = ""
        self.close: CloseFacts | None = None
        self.counts: dict[int, Count] = {}
        #: A counted shift that is being counted once more.
        self.again: int | None = None
        self.reason = ""
        self.handed_in_fen: int | None = None
        self.hand_in_unreadable = False
        self.float_fen: int | None = None
        self.approval_id: int | None = None
        #: The close in hand is to be opened again; why, and who agreed.
        self.reopening = False
        self.reopen_reason = ""
        self.sending = False
        self.trouble: object = ""
        self._sent: tuple[Request[Any], str] | None = None

    # --- the list --------------------------------------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Everything that can be chosen, under headings; nothing before one's own shift is known, which is the first to be in hand."""
        if self.closing is None:
            return []
        rows = self._shift_rows() + self._day_rows()
        if self.closes:
            rows += [Row("h:closes", tr("closing|Earlier closes")), *(self._close_row(hit) for hit in self.closes)]
        if self.roll_ups is not None and self.roll_ups.roll_ups:
            rows.append(Row("h:rolled", tr("closing|Roll-ups")))
            rows += [
                Row(f"rolled:{rolled.id}", _short_day(rolled.business_date), rolled.number, "", format_yuan(rolled.handed_in_fen), rolled)
                for rolled in self.roll_ups.roll_ups
            ]
        return rows

    def _shift_rows(self) -> list[Row]:
        assert self.closing is not None
        rows = [self._shift_row(shift) for shift in self.closing.shifts]
        if self.takes_money and not any(shift.state == "OPENED" for shift in self.closing.shifts):
            rows.append(Row(NEW, tr("closing|Open a shift"), what=NEW))
        if rows:
            rows.insert(0, Row("h:mine", tr("closing|My shift")))
        if self.closing.to_accept:
            rows.append(Row("h:accept", tr("closing|To take over")))
            for shift in self.closing.to_accept:
                amount = format_yuan(shift.handed_in_fen or 0)
                rows.append(Row(f"accept:{shift.id}", shift.cashier, SHIFT.label(shift.state), "info", amount, shift))
        return rows

    def _shift_row(self, shift: ShiftStanding) -> Row:
        tone = {"OPENED": "info", "ACCEPTED": "done"}.get(shift.state, "warning")
        opened = shift.opened_at.astimezone(self.zone)
        title = tr("closing|{day} {time}", day=f"{shift.business_date:%m-%d}", time=clock(opened))
        return Row(f"shift:{shift.id}", title, SHIFT.label(shift.state), tone, "", shift)

    def _day_rows(self) -> list[Row]:
        if self.roll_ups is None or not self.roll_ups.days:
            return []
        rows = [Row("h:days", tr("closing|To roll up"))]
        for standing in self.roll_ups.days:
            left = len(standing.not_closed)
            note = tr("closing|{n} not closed", n=left) if left else tr("closing|{n} closes", n=standing.closes)
            rows.append(
                Row(
                    f"day:{standing.business_date}",
                    _short_day(standing.business_date),
                    note,
                    "warning" if left else "done",
                    format_yuan(standing.handed_in_fen),
                    standing,
                )
            )
        return rows

    def _close_row(self, hit: CloseHit) -> Row:
        title = f"{hit.business_date:%m-%d} {hit.cashier}"
        if hit.reopened_at is not None:
            return Row(f"close:{hit.id}", title, tr("closing|opened again"), "plain", format_yuan(hit.handed_in_fen), hit)
        note = difference(hit.difference_fen) if hit.difference_fen else ""
        return Row(f"close:{hit.id}", title, note, "warning" if note else "", format_yuan(hit.handed_in_fen), hit)

    def what(self) -> Any:
        """The fact of the row in hand."""
        return next((row.what for row in self.rows() if row.key == self.chosen), None)

    def first_key(self) -> str:
        """The row that is to be done first."""
        return next((row.key for row in self.rows() if not row.key.startswith("h:")), "")

    # --- the shift in hand -----------------------------------------------------------------------------------------------------

    def shift(self) -> ShiftStanding | None:
        """The shift in hand, one's own or another's to take over."""
        found = self.what()
        return found if isinstance(found, ShiftStanding) else None

    def own(self) -> ShiftStanding | None:
        """One's own shift in hand."""
        shift = self.shift()
        return shift if shift is not None and shift.cashier_id == self.staff_id else None

    def counting(self) -> bool:
        """Whether the drawer is being counted."""
        shift = self.own()
        return shift is not None and (shift.state == "OPENED" or (shift.state == "COUNTED" and self.again == shift.id))

    def count(self) -> Count:
        """The count that is being typed."""
        shift = self.own()
        return self.counts.setdefault(shift.id, Count()) if shift is not None else Count()

    def kept_fen(self) -> int | None:
        """What stays as the next float by what is typed; ``None`` while that cannot be."""
        shift = self.own()
        if shift is None or shift.counted_fen is None or self.hand_in_unreadable:
            return None
        if shift.kept_fen is not None:
            return shift.kept_fen
        kept = 0 if self.handed_in_fen is None else shift.counted_fen - self.handed_in_fen
        return kept if kept >= 0 else None

    # --- the next step ---------------------------------------------------------------------------------------------------------

    def step(self) -> Step:
        """What is to be done with the row in hand."""
        what = self.what()
        if what == NEW:
            return Step.OPEN
        if isinstance(what, DayStanding):
            return Step.ROLL_UP
        if not isinstance(what, ShiftStanding):
            return Step.REOPEN if self.reopening and isinstance(what, CloseHit) else Step.NOTHING
        if what.cashier_id != self.staff_id:
            return Step.ACCEPT
        if self.counting():
            return Step.COUNT
        return self._after_count(what.state)

    def _after_count(self, state: str) -> Step:
        needs = self.closing is not None and self.closing.needs_acceptance
        if state == "COUNTED" and needs:
            return Step.SUBMIT
        return Step.WAIT if state == "SUBMITTED" and needs else Step.CLOSE

    def why_not(self) -> str:
        """What speaks against the next step, as a sentence; empty if nothing does."""
        if self.sending:
            return tr("closing|Being sent …")
        step, shift = self.step(), self.own()
        if step is Step.NOTHING:
            return tr("closing|Choose a shift or a day on the left.")
        if step is Step.REOPEN:
            return self._why_not_reopen()
        if step is Step.WAIT and self.approval_id is None:
            return tr("closing|Somebody else takes over at his own desk, or agrees here by badge or password.")
        if step in (Step.COUNT, Step.CLOSE) and self.matters_of_mine():
            return tr("closing|{n} matters are open; see the list on the right (Alt+3).", n=self.matters_of_mine())
        if step is Step.COUNT and not self.count().begun():
            return tr("closing|Count the drawer first. If it is empty, type 0 beside 100 yuan.")
        if step in (Step.CLOSE, Step.SUBMIT) and shift is not None and shift.state == "COUNTED":
            return self._why_not_hand_in(shift)
        return self._why_not_roll_up() if step is Step.ROLL_UP else ""

    def _why_not_hand_in(self, shift: ShiftStanding) -> str:
        if shift.difference_fen and not self.reason.strip():
            return tr("closing|Type why the drawer differs.")
        return "" if self.kept_fen() is not None else tr("closing|No more can be handed in than was counted.")

    def _why_not_reopen(self) -> str:
        if len(self.reopen_reason.strip()) < 2:
            return tr("closing|Type why it is opened again.")
        if self.reopens_own() and self.approval_id is None:
            return tr("closing|A second person has to agree: badge, or login name and password.")
        return ""

    def reopens_own(self) -> bool:
        """Whether the close in hand is one's own, so that somebody else has to agree."""
        what = self.what()
        return isinstance(what, CloseHit) and what.cashier_id == self.staff_id

    def _why_not_roll_up(self) -> str:
        what = self.what()
        if isinstance(what, DayStanding) and what.not_closed:
            return tr("closing|Not closed yet: {names}", names=tr("list separator|, ").join(what.not_closed))
        return ""

    def matters_of_mine(self) -> int:
        """How many matters hinder one's own close."""
        return len(self.closing.matters) if self.closing is not None else 0

    def request(self) -> Request[Any]:
        """The command of the next step. Call it only while :meth:`why_not` is empty."""
        step, shift, what = self.step(), self.shift(), self.what()
        if step is Step.OPEN:
            return OpenShift(float_fen=self.float_fen or 0)
        if isinstance(what, DayStanding):
            return RollUpDay(business_date=what.business_date)
        if isinstance(what, CloseHit):
            return ReopenClose(close_id=what.id, reason=self.reopen_reason.strip(), approval_id=self.approval_id)
        assert shift is not None
        if step is Step.COUNT:
            return CountShift(shift_id=shift.id, counts=self.count().counts(), loose_fen=self.count().loose_fen)
        if step in (Step.ACCEPT, Step.WAIT):
            return AcceptShift(shift_id=shift.id, approval_id=self.approval_id if step is Step.WAIT else None)
        kind = SubmitShift if step is Step.SUBMIT else CloseShift
        return kind(shift_id=shift.id, difference_reason=self.reason.strip(), handed_in_fen=self.handed_in_fen)

    def request_id(self, request: Request[Any]) -> str:
        """The id for ``request``: the same as before while it says the same, so that a second try is the same act."""
        if self._sent is None or self._sent[0] != request:
            self._sent = (request, new_request_id())
        return self._sent[1]

    def done(self) -> None:
        """The step was carried out: what was typed for it is gone."""
        self._sent = None
        self.sending, self.trouble = False, ""
        self.reason, self.handed_in_fen, self.hand_in_unreadable, self.float_fen, self.approval_id = "", None, False, None, None
        self.again, self.reopening, self.reopen_reason = None, False, ""

    def choose(self, key: str) -> bool:
        """Take a row in hand; ``True`` if it is another one."""
        if key == self.chosen:
            return False
        self.chosen = key
        self.done()
        return True


def _short_day(value: date) -> str:
    """Without the year: ``11-21 周六``."""
    return day(value)[5:]


def difference(fen: int) -> str:
    """Short or over, in words."""
    if fen == 0:
        return tr("closing|Nothing short, nothing over")
    words = tr("closing|Short {amount}") if fen < 0 else tr("closing|Over {amount}")
    return words.format(amount=format_yuan(abs(fen)))
