"""The refunds desk: bills on the left, the bill in hand in the middle, what goes back on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from client.desk import Desk, Workplace
from client.refunds import actions, converting, finding, reprinting, taking
from client.refunds.model import RefundModel
from client.refunds.view.convert_pane import ConvertForm, ConvertQuote
from client.refunds.view.finder import Finder
from client.refunds.view.lines import BillPane
from client.refunds.view.side import Side
from client.settlements import Waiting
from client.texts import text
from client.widgets.settlement_pane import SettlementPane
from common import topics
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from client.action import Action
    from client.refunds.model import Row
    from common.messages.settlement import FindBills, SettlementFacts
    from common.wire import Change
    from devices.idcard.protocol import IdCard
    from printing.spool import Outcome


class RefundDesk(Desk):
    """See the user guide; :mod:`client.refunds.finding` and :mod:`client.refunds.taking` do the acts."""

    id, title, icon = "refunds", N_("desk|Refunds"), "refunds"
    topics = frozenset({topics.BILL, topics.PRESCRIPTION, topics.SETTLEMENT})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = RefundModel(zone=place.session.expires_at.tzinfo)
        self.waiting = Waiting(place.journal.desk, "refunds:awaited")
        #: The bill that was asked for last; the one in hand, or about to be.
        self.bill_wanted = 0
        #: What to do with the bills that are being looked for; see :func:`client.refunds.finding.load_bills`.
        self.then: tuple[FindBills, str] | None = None
        #: Whether the last paper did not come out.
        self.failed_paper = False
        self.finder = Finder(self.model.now)
        self.bill = BillPane(self.model)
        self.side = Side(place.ops, self.model, lambda: taking.take_back(self))
        self.pane = SettlementPane(self.model.now, retry=lambda: taking.retry(self), give_up=lambda: taking.cancel(self))
        #: What is said to the insurance about the bill in hand, if it is to be changed to it.
        self.conversion = converting.Conversion()
        self.convert_form = ConvertForm(lambda: self.conversion)
        self.convert_quote = ConvertQuote(
            place.ops, lambda: self.conversion, confirm=lambda: converting.confirm(self), give_up=lambda: converting.back(self)
        )
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.right = QStackedWidget()
        rooms: tuple[QWidget, ...] = (self.side, self.pane, self.convert_form, self.convert_quote)
        self.areas = {widget: _scrolled(widget) for widget in rooms}
        for area in self.areas.values():
            self.right.addWidget(area)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for widget, least, stretch in ((self.finder, 280, 4), (self.bill, 380, 7), (self.right, 312, 4)):
            widget.setMinimumWidth(least)
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([404, 620, 340])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        text(self.bill.lines.setAccessibleName, N_("refund|Lines of the bill"))

    def _connect(self) -> None:
        self.finder.asked.connect(self._asked)
        self.finder.chosen.connect(lambda hit: finding.choose(self, hit.id))
        self.finder.opened.connect(lambda facts: taking.watch(self, facts))
        self.bill.lines.ticking.connect(self._tick)
        self.bill.lines.counting.connect(self._count)
        self.bill.lines.chosen.connect(lambda _row: self.side.focus_reason())
        self.bill.opened.connect(lambda bill_id: finding.choose(self, bill_id))
        self.side.changed.connect(self.show_all)
        self.convert_form.ready.connect(lambda: converting.ask(self))
        self.convert_quote.changed.connect(self.show_all)
        self.place.paper.finished.connect(self._paper_ended)

    def _paper_ended(self, outcome: Outcome) -> None:
        reprinting.ended(self, outcome)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return actions.rows(self)

    @property
    def state(self) -> RefundModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.finder, self.bill, converting.shown(self) or self.side)

    def refresh(self, changes: frozenset[Change]) -> None:
        actions.refresh(self, changes)

    def scanned(self, code: str) -> bool:
        return converting.scanned(self, code) or finding.scanned(self, code)

    def carded(self, card: IdCard) -> None:
        if not converting.carded(self, card):
            finding.find_patient(self, card.number)

    def open(self, subject: Any) -> None:
        finding.open_subject(self, subject)

    def back(self) -> bool:
        if self.model.waiting is not None:
            taking.cancel(self)
        elif converting.back(self) or self.finder.clear():
            return True
        elif not self.finder.field.hasFocus():
            self.finder.start()
        else:
            return False
        return True

    def retranslate(self) -> None:
        self.show_all()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Everything anew; selection, focus and what was typed stay."""
        self.finder.show_bills(self.model.bills, more=self.model.more)
        self.finder.show_open(self.model.open)
        self.bill.show_model()
        self.side.show_model()
        self._show_right()
        self.state_changed.emit()

    def _show_right(self) -> None:
        waiting: SettlementFacts | None = self.model.waiting
        self.convert_quote.show_model()
        self.right.setCurrentWidget(self.areas[converting.shown(self) or (self.side if waiting is None else self.pane)])
        if waiting is None:
            self.pane.forget()
        else:
            self.pane.show_settlement(waiting)

    def show_bill(self, *, another: bool) -> None:
        """A bill is in hand: the hand is on its lines."""
        if another:
            self.side.forget()
            self.conversion.asking = False
            if self.model.bill is not None and self.model.bill.bill.state == "STANDS":
                self.bill.lines.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_all()
        if another:
            first = next((row for row in self.model.rows() if row.possible), None)
            if first is not None:
                self.bill.lines.select(first.line.charge_line_id)

    def ask_again(self) -> None:
        """The bill in hand once more: something about it changed."""
        in_hand = self.model.bill.bill.id if self.model.bill is not None else 0
        if self.bill_wanted or in_hand:
            finding.choose(self, self.bill_wanted or in_hand)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _asked(self, typed: str) -> None:
        finding.load_bills(self, "first" if typed.startswith("\r") else "")

    def _tick(self, row: Row) -> None:
        if self.model.held:
            return
        if not row.possible:
            self.show_all()
            return
        self.model.tick(row.line)
        taking.load_plan(self)

    def _count(self, row: Row, quantity: Decimal) -> None:
        if self.model.held:
            return
        why = self.model.set_back(row.line, quantity)
        if why:
            self.tell(why, "warning")
        taking.load_plan(self)

    def tick_all(self) -> None:
        """Everything that can go back, or nothing."""
        if not self.model.held:
            self.model.tick_all()
            taking.load_plan(self)


def _scrolled(widget: QWidget) -> QScrollArea:
    """At 200 % a small screen has not the height for all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(widget)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
