"""The acts of the desk, each a few lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from client.action import Action
from client.closing import finding_acts, loading, papers, sheet_rows
from client.closing.count import Count
from client.closing.model import NEW, VERBS, Step, difference
from client.errors import NotInstalled
from client.format import day
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.closing import (
    CloseFacts,
    CloseHit,
    CloseShift,
    DayStanding,
    GetShiftReceipt,
    ListShiftBills,
    MatterKind,
    RollUpFacts,
    ShiftBills,
    ShiftStanding,
    StepBack,
)
from common.messages.settlement import RetrySettlement, SettlementFacts
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.closing.model import ClosingModel
    from client.closing.sheet_rows import Line
    from client.closing.view.desk import ClosingDesk
    from common.errors import XinglinError
    from common.messages.closing import OpenMatter
    from common.messages.settlement import BillHit
    from common.wire import Request

_NO_SHEET: Final = N_("closing|Choose an earlier close or a roll-up on the left.")
_NO_CLOSE: Final = N_("closing|Choose an earlier close on the left.")


@dataclass(frozen=True, kw_only=True)
class StepAction(Action):
    """The next step, whose verb follows what is in hand."""

    verb: Callable[[], str]

    def caption(self) -> str:
        return self.verb()


def rows(desk: ClosingDesk) -> list[Action]:
    """The desk's actions as data."""
    return [
        Action(
            id="open",
            title=N_("closing|Open a shift"),
            key="F3",
            run=finding_acts.aside(desk, choose_new),
            enabled=_may_open,
            bar=desk.model.takes_money,
        ),
        Action(id="bills", title=N_("closing|Bills of the shift"), key="F6", run=finding_acts.aside(desk, show_bills), enabled=_has_bills),
        Action(id="sheet", title=N_("closing|Print on A4"), key="F7", run=lambda: print_sheet(desk), enabled=_has_close),
        Action(id="count_again", title=N_("closing|Count again"), key="F4", run=finding_acts.aside(desk, count_again), enabled=_counted),
        Action(id="step_back", title=N_("closing|One step back"), key="F8", run=lambda: step_back(desk), enabled=_can_step_back),
        Action(id="reopen", title=N_("closing|Open a close again"), key="F10", run=finding_acts.aside(desk, reopen), enabled=_can_reopen),
        Action(
            id="finding",
            title=N_("closing|Record a finding"),
            key="F11",
            run=lambda: finding_acts.begin(desk),
            enabled=lambda _model: finding_acts.may_record(desk),
        ),
        StepAction(
            id="step",
            title=N_("closing|Next step"),
            key="F12",
            run=lambda: step(desk),
            enabled=lambda _model: why_not(desk) or True,
            primary=True,
            verb=lambda: verb(desk),
        ),
    ]


def verb(desk: ClosingDesk) -> str:
    """What F12 does now."""
    return tr("closing|Record a finding") if desk.recording is not None else tr(VERBS[desk.model.step()])


def why_not(desk: ClosingDesk) -> str:
    """What speaks against it."""
    return desk.recording.why_not() if desk.recording is not None else desk.model.why_not()


def _may_open(model: ClosingModel) -> bool | str:
    if any(row.key == NEW for row in model.rows()):
        return True
    return N_("closing|Your shift is open already.")


def _counted(model: ClosingModel) -> bool | str:
    shift = model.own()
    return (shift is not None and shift.state == "COUNTED") or N_("closing|Only a counted shift can be counted again.")


def _can_step_back(model: ClosingModel) -> bool | str:
    shift = model.own()
    steps = shift is not None and shift.state in ("COUNTED", "SUBMITTED", "ACCEPTED")
    return steps or N_("closing|Only a shift that is counted and not closed goes back.")


def _has_close(model: ClosingModel) -> bool | str:
    what = model.what()
    return isinstance(what, RollUpFacts) or (model.close is not None and isinstance(what, CloseHit)) or _NO_SHEET


def _has_bills(model: ClosingModel) -> bool | str:
    return isinstance(model.what(), CloseHit) or _NO_CLOSE


def _can_reopen(model: ClosingModel) -> bool | str:
    what = model.what()
    if not isinstance(what, CloseHit):
        return _NO_CLOSE
    if not what.can_reopen:
        return N_("closing|Only a cashier's latest close can be opened again, until its day is rolled up.")
    return True


# --- the next step -----------------------------------------------------------------------------------------------------------------


def choose_new(desk: ClosingDesk) -> None:
    """F3: the float of a new shift."""
    desk.model.choose(NEW)
    desk.show_all()
    desk.start_page()


def step(desk: ClosingDesk) -> None:
    """F12: the step that is next for what is in hand."""
    if desk.recording is not None:
        finding_acts.record(desk)
        return
    if desk.model.why_not():
        return
    request, before = desk.model.request(), desk.model.shift()
    desk.model.sending, desk.model.trouble = True, ""
    request_id = desk.model.request_id(request)
    desk.send(
        request,
        done=lambda reply: carried_out(desk, request, reply, before, request_id),
        failed=lambda error: refused(desk, error),
        request_id=request_id,
    )
    desk.show_all()


def refused(desk: ClosingDesk, error: XinglinError) -> None:
    """The sentence stands in place, what was typed stays, and the lists are read anew."""
    desk.model.sending, desk.model.trouble = False, error
    desk.show_all()
    loading.load(desk)


def carried_out(desk: ClosingDesk, request: Request[Any], reply: Any, before: ShiftStanding | None, request_id: str) -> None:
    """Say what came of it, print its paper, and turn to what is next."""
    what, hit = desk.model.step(), desk.model.what()
    desk.model.done()
    desk.opening.forget()
    if isinstance(reply, CloseFacts):
        _closed(desk, request, reply, before, request_id)
    elif isinstance(reply, RollUpFacts):
        loading.put_roll_up(desk, reply)
        desk.tell(tr("closing|{day} is rolled up: {number}.", day=day(reply.business_date), number=reply.number))
    elif isinstance(hit, CloseHit):
        _reopened(desk, hit, reply)
    elif isinstance(reply, ShiftStanding):
        _stepped(desk, what, reply, request_id)
    loading.load(desk)


def _stepped(desk: ClosingDesk, what: Step, shift: ShiftStanding, request_id: str) -> None:
    _put(desk, shift)
    desk.model.chosen = f"shift:{shift.id}" if shift.cashier_id == desk.model.staff_id else desk.model.chosen
    if what is Step.COUNT:
        desk.model.counts.pop(shift.id, None)
        loading.keep(desk)
        desk.tell(difference(shift.difference_fen or 0), "warning" if shift.difference_fen else "done")
    elif what is Step.SUBMIT:
        _print_slip(desk, shift, request_id)
        desk.tell(tr("closing|Handed over: {amount}. It waits for somebody to take it over.", amount=format_yuan(shift.handed_in_fen or 0)))
    elif what in (Step.ACCEPT, Step.WAIT):
        desk.tell(tr("closing|{amount} of {cashier} are taken over.", amount=format_yuan(shift.handed_in_fen or 0), cashier=shift.cashier))
    else:
        _open_drawer(desk)
        desk.tell(tr("closing|The shift is open, with a float of {amount}.", amount=format_yuan(shift.float_fen)))
    desk.show_all()
    desk.start_page()


def _put(desk: ClosingDesk, shift: ShiftStanding) -> None:
    """The shift as it is now, before the lists are read anew."""
    closing = desk.model.closing
    if closing is None or shift.cashier_id != desk.model.staff_id:
        return
    others = tuple(each for each in closing.shifts if each.id != shift.id)
    shifts = tuple(sorted((*others, shift), key=lambda each: each.id))
    desk.model.closing = msgspec.structs.replace(closing, shifts=shifts)


def _closed(desk: ClosingDesk, request: Request[Any], facts: CloseFacts, before: ShiftStanding | None, request_id: str) -> None:
    place, close = desk.place, facts.close
    place.paper.print(papers.daily_close(facts, place.session.staff.name, place.now()), "receipt", request_id)
    if close.difference_fen and before is not None and isinstance(request, CloseShift) and before.state == "COUNTED":
        slip = msgspec.structs.replace(
            before, difference_reason=facts.sheet.difference_reason, handed_in_fen=close.handed_in_fen, kept_fen=facts.sheet.kept_fen
        )
        _print_slip(desk, slip, request_id)
    _open_drawer(desk)
    desk.model.closes = (close, *desk.model.closes)
    desk.model.close = facts
    desk.model.chosen = f"close:{close.id}"
    amounts = {"number": close.number, "amount": format_yuan(close.handed_in_fen), "difference": difference(close.difference_fen)}
    desk.tell(tr("closing|Daily close {number}: {amount} handed in. {difference}.", **amounts), follow=["print_again"])


def _print_slip(desk: ClosingDesk, shift: ShiftStanding, request_id: str) -> None:
    place = desk.place
    desk.place.paper.print(
        papers.shift_slip(shift, place.session.clinic.name, place.session.staff.name, place.now()), "receipt", request_id
    )


def _open_drawer(desk: ClosingDesk) -> None:
    """Cash goes in or out now. A desk without a drawer has a box."""
    try:
        opening = desk.place.devices.open_drawer()
    except NotInstalled:
        return
    desk.ops.watch(opening, owner=desk, done=lambda _opened: None)


# --- back --------------------------------------------------------------------------------------------------------------------------


def count_again(desk: ClosingDesk) -> None:
    """F4: the count once more, beginning with what was counted."""
    shift = desk.model.own()
    assert shift is not None
    desk.model.again = shift.id
    desk.model.counts[shift.id] = Count.of(shift.counted, shift.loose_fen)
    desk.show_all()
    desk.start_page()


def step_back(desk: ClosingDesk) -> None:
    """F8: the shift goes one step back, after a question."""
    shift = desk.model.own()
    assert shift is not None

    def back() -> None:
        desk.send(StepBack(shift_id=shift.id), done=lambda reply: _back(desk, reply), request_id=new_request_id())

    question = {
        "COUNTED": N_("closing|Throw this count away and take money in this shift again?"),
        "SUBMITTED": N_("closing|Take the hand-over back?"),
        "ACCEPTED": N_("closing|Take the acceptance back? It has to be taken over anew."),
    }[shift.state]
    desk.ask(tr(question), [(N_("closing|Yes, back"), back)])


def _back(desk: ClosingDesk, shift: ShiftStanding) -> None:
    _put(desk, shift)
    desk.model.done()
    desk.tell(tr("closing|The shift is one step back."), "info")
    loading.load(desk)


def reopen(desk: ClosingDesk) -> None:
    """F10: ask why, and for a second person; F12 then opens the close again."""
    hit = desk.model.what()
    assert isinstance(hit, CloseHit)
    desk.model.reopening = True
    desk.sheet.reopen(hit.id, with_approval=desk.model.reopens_own())
    desk.show_all()


def _reopened(desk: ClosingDesk, hit: CloseHit, shift: ShiftStanding) -> None:
    desk.sheet.stop_reopening()
    if shift.cashier_id == desk.model.staff_id:
        _put(desk, shift)
        desk.model.chosen = f"shift:{shift.id}"
    desk.tell(
        tr("closing|Close {number} is open again: {cashier} can count and close anew.", number=hit.number, cashier=shift.cashier), "info"
    )
    desk.show_all()
    loading.load(desk)


# --- looking -----------------------------------------------------------------------------------------------------------------------


def show_sheet(desk: ClosingDesk) -> None:
    """The close, day or roll-up in hand, as figures."""
    what, close = desk.model.what(), desk.model.close
    if isinstance(what, RollUpFacts):
        told = tr("closing|Rolled up {number} by {name}", number=what.number, name=what.staff)
        desk.sheet.show_lines(day(what.business_date), told, ("", ""), sheet_rows.of_roll_up(what))
    elif isinstance(what, DayStanding):
        desk.sheet.show_lines(day(what.business_date), "", _day_badge(what), _day_lines(desk, what))
    elif isinstance(what, CloseHit):
        lines = sheet_rows.of_close(close.sheet) if close is not None and close.close.id == what.id else []
        badge = (tr("closing|opened again"), "warning") if what.reopened_at is not None else ("", "")
        note = what.reopen_reason or tr("closing|Closed {time}", time=f"{what.closed_at.astimezone(desk.model.zone):%m-%d %H:%M}")
        desk.sheet.show_lines(f"{what.number}  {what.cashier}", note, badge, lines)


def _day_badge(standing: DayStanding) -> tuple[str, str]:
    left = len(standing.not_closed)
    return (tr("closing|{n} not closed", n=left), "warning") if left else (tr("closing|All closed"), "done")


def _day_lines(desk: ClosingDesk, standing: DayStanding) -> list[Line]:
    """The closes of a day that is to be rolled up, and who is missing."""
    of_day = [hit for hit in desk.model.closes if hit.business_date == standing.business_date and hit.reopened_at is None]
    lines = [sheet_rows.Line(head=tr("closing|Closes: net receipts, difference, handed in"))]
    lines += [sheet_rows.close_line(hit) for hit in of_day]
    if standing.not_closed:
        lines.append(sheet_rows.Line(head=tr("closing|Not closed")))
        lines += [sheet_rows.Line(label=name) for name in standing.not_closed]
    return [line._replace(place=place) for place, line in enumerate(lines)]


def follow(desk: ClosingDesk, line: Line) -> None:
    """Enter on a figure: the close behind it, or the bills."""
    if line.close_id:
        desk.model.choose(f"close:{line.close_id}")
        desk.sheet.first()
        desk.show_all()
        loading.load_close(desk, line.close_id)
    elif isinstance(desk.model.what(), CloseHit):
        show_bills(desk)


def show_bills(desk: ClosingDesk) -> None:
    """F6: the bills of the close in hand."""
    hit = desk.model.what()
    assert isinstance(hit, CloseHit)

    def taken(found: ShiftBills) -> None:
        words = tr("closing|{n} bills, the newest") if found.more else tr("closing|{n} bills and refunds")
        desk.sheet.show_bills(found.bills, words.format(n=len(found.bills)))

    desk.send(ListShiftBills(shift_id=hit.shift_id), done=taken)


def open_bill(desk: ClosingDesk, bill: BillHit) -> None:
    """Enter on a bill: its lines."""
    desk.send(GetShiftReceipt(bill_id=bill.id), done=desk.sheet.show_receipt)


def print_sheet(desk: ClosingDesk) -> None:
    """F7: the close or the roll-up in hand on A4."""
    what, by, now = desk.model.what(), desk.place.session.staff.name, desk.place.now()
    if isinstance(what, RollUpFacts):
        desk.place.paper.print(papers.roll_up(what, by, now), "a5", new_request_id())
    else:
        assert desk.model.close is not None
        desk.place.paper.print(papers.daily_close(desk.model.close, by, now), "a5", new_request_id())
    desk.tell(tr("closing|Sent to the printer of pages."), "info")


def see_to(desk: ClosingDesk, matter: OpenMatter) -> None:
    """Enter on an open matter: ask outside again, or say where it is seen to."""
    if matter.settlement_id == 0 or matter.state == "QUOTED" or not desk.place.may(Permission.CASHIER_SETTLE):
        desk.tell(tr(matter.advice), "warning")
        return
    what = matter.patient or matter.cashier

    def answered(facts: SettlementFacts) -> None:
        still = facts.state in ("OPEN", "QUOTED", "UNKNOWN") or matter.kind is not MatterKind.SETTLEMENT
        words = tr("closing|{patient}: still without an answer.") if still else tr("closing|{patient}: it is settled now.")
        desk.tell(words.format(patient=what), "warning" if still else "done")
        loading.load(desk)

    desk.send(RetrySettlement(settlement_id=matter.settlement_id), done=answered, request_id=new_request_id())
