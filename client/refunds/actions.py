"""The acts of the refunds desk as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.action import Action
from client.refunds import converting, finding, reprinting, taking
from common import topics
from common.i18n import N_, tr
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.refunds.model import RefundModel
    from client.refunds.view.desk import RefundDesk
    from common.wire import Change


@dataclass(frozen=True, kw_only=True)
class _Finish(Action):
    """F12, whose verb follows what is in hand."""

    verb: Callable[[], str]

    def caption(self) -> str:
        return tr(self.verb())


def rows(desk: RefundDesk) -> list[Action]:
    """The desk's actions."""
    return [*_about_the_bill(desk), *_about_outside(desk)]


def _about_the_bill(desk: RefundDesk) -> list[Action]:
    return [
        Action(id="find", title=N_("refund|Find bill"), key="F2", run=desk.finder.start),
        Action(id="tick_all", title=N_("Tick all or none"), key="Ctrl+T", run=desk.tick_all, enabled=_stands),
        Action(id="reason", title=N_("refund|Reason"), key="F6", run=desk.side.focus_reason, enabled=_stands),
        Action(
            id="convert",
            title=N_("verb|Change to insurance"),
            key="F8",
            run=lambda: converting.start(desk),
            needs=Permission.CASHIER_REFUND,
            enabled=converting.may_start,
        ),
        _Finish(
            id="take_back",
            title=N_("verb|Take back"),
            verb=lambda: converting.verb(desk),
            key="F12",
            run=lambda: converting.finish(desk),
            needs=Permission.CASHIER_REFUND,
            enabled=lambda _model: converting.may_finish(desk),
            primary=True,
        ),
        Action(
            id="print_again",
            title=N_("Print again"),
            key="F9",
            run=lambda: reprinting.again(desk),
            needs=Permission.INVOICE_USE,
            enabled=lambda model: True if desk.failed_paper else model.may_reprint(),
        ),
    ]


def _about_outside(desk: RefundDesk) -> list[Action]:
    return [
        Action(
            id="open",
            title=N_("refund|Refunds under way"),
            key="F4",
            run=desk.finder.focus_open,
            bar=False,
            enabled=lambda model: True if model.open else N_("till|Nothing is under way."),
        ),
        Action(
            id="retry",
            title=N_("verb|Ask again now"),
            key="F10",
            run=lambda: taking.retry(desk),
            bar=False,
            enabled=lambda model: True if model.waiting else N_("till|Nothing is under way."),
        ),
        Action(
            id="give_up",
            title=N_("refund|Give the refund up"),
            run=lambda: taking.cancel(desk),
            bar=False,
            enabled=lambda model: True if model.waiting else N_("till|Nothing is under way."),
        ),
    ]


def _stands(model: RefundModel) -> bool | str:
    if model.bill is None:
        return N_("refund|Find the bill first: scan the receipt, or F2.")
    return True if model.bill.bill.state == "STANDS" else N_("refund|This bill does not stand any more; go to the one that does.")


def refresh(desk: RefundDesk, changes: frozenset[Change]) -> None:
    """Other desks changed something; an empty set: everything."""
    named = {change.topic for change in changes}
    if not changes:
        taking.load_open(desk)
    if not changes or topics.BILL in named:
        finding.load_bills(desk)
    if not changes or named & {topics.BILL, topics.PRESCRIPTION}:
        desk.ask_again()
    if topics.SETTLEMENT in named:
        taking.heard(desk, changes, topics.SETTLEMENT)
