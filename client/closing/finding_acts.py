"""Recording what people found out about a call that nobody answers: opening the page, sending it, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.closing import loading
from client.closing.finding import Finding, can_be_found, open_calls
from common.i18n import N_, tr
from common.messages.settlement import GetSettlement
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.closing.view.desk import ClosingDesk
    from common.errors import XinglinError
    from common.messages.settlement import SettlementFacts


def may_record(desk: ClosingDesk) -> bool | str:
    """Whether there is something to be said about the matter in hand, by this person."""
    if not desk.place.may(Permission.CASHIER_SETTLE):
        return N_("finding|Whoever takes money records it: a cashier.")
    return can_be_found(desk.side.table.current()) or N_("finding|Choose a matter whose outcome is unknown, on the right (Alt+3).")


def begin(desk: ClosingDesk) -> None:
    """F11: the page for the matter in hand."""
    matter = desk.side.table.current()
    assert matter is not None

    def taken(facts: SettlementFacts) -> None:
        if _ended(facts):
            desk.tell(tr("finding|{patient}: it was answered meanwhile.", patient=facts.patient_name), "info")
            loading.load(desk)
            return
        desk.recording = Finding(facts)
        desk.finding.begin(desk.recording)
        desk.show_all()
        desk.start_page()

    desk.send(GetSettlement(settlement_id=matter.settlement_id), done=taken, key="finding")


def _ended(facts: SettlementFacts) -> bool:
    return facts.state != "UNKNOWN" or not open_calls(facts)


def look_again(desk: ClosingDesk) -> None:
    """Something changed: the other side may have answered while it was being typed."""
    recording = desk.recording
    if recording is None or recording.sending:
        return

    def taken(facts: SettlementFacts) -> None:
        if desk.recording is not recording or recording.sending:
            return
        if _ended(facts):
            stop(desk)
            desk.tell(tr("finding|{patient}: it was answered meanwhile.", patient=facts.patient_name), "info")
        else:
            recording.facts = facts
            desk.show_all()

    desk.send(GetSettlement(settlement_id=recording.facts.id), done=taken, key="finding again")


def stop(desk: ClosingDesk) -> None:
    """Never mind, or it is done."""
    if desk.recording is not None:
        desk.recording = None
        desk.finding.approval.clear()
        desk.show_all()


def aside(desk: ClosingDesk, act: Callable[[ClosingDesk], None]) -> Callable[[], None]:
    """Another act leaves the finding that was being typed."""

    def run() -> None:
        stop(desk)
        act(desk)

    return run


def record(desk: ClosingDesk) -> None:
    """F12."""
    finding = desk.recording
    if finding is None or finding.why_not():
        return
    request = finding.request()
    finding.sending, finding.trouble = True, ""
    desk.send(
        request,
        done=lambda facts: _recorded(desk, finding, facts),
        failed=lambda error: _refused(desk, finding, error),
        request_id=finding.request_id(request),
    )
    desk.show_all()


def _recorded(desk: ClosingDesk, finding: Finding, facts: SettlementFacts) -> None:
    if desk.recording is finding:
        stop(desk)
        desk.side.setFocus()
    desk.tell(tr("finding|{patient}: the finding is recorded; the settlement goes on by itself.", patient=facts.patient_name), "done")
    loading.load(desk)


def _refused(desk: ClosingDesk, finding: Finding, error: XinglinError) -> None:
    """The sentence stands in place and what was typed stays. A yes that was not used still holds."""
    finding.sending, finding.trouble = False, error
    desk.show_all()
