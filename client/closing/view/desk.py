"""The desk of shift and daily close: shifts and days at the left, the step in the middle, figures and open matters at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from client import theme
from client.closing import acts, finding_acts, loading
from client.closing.model import ClosingModel, Step
from client.closing.view.count_page import CountPage
from client.closing.view.finding_page import FindingPage
from client.closing.view.hand_over_page import HandOverPage
from client.closing.view.open_page import OpenPage
from client.closing.view.sheet_page import SheetPage
from client.closing.view.side_pane import ListPane, MattersPane
from client.desk import Desk, Workplace
from client.widgets.buttons import PrimaryButton
from client.widgets.empty import EmptyState
from common import topics
from common.i18n import N_
from common.messages.closing import CloseHit, DayStanding, RollUpFacts, ShiftStanding
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from client.closing.finding import Finding
    from client.closing.model import Row
    from common.wire import Change

DRAFT_MS = 500


class ClosingDesk(Desk):
    """See the user guide; :mod:`client.closing.acts` does the acts."""

    id, title, icon = "closing", N_("desk|Shift and daily close"), "closing"
    topics = frozenset({topics.SHIFT, topics.SETTLEMENT})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        takes_money = place.may(Permission.CASHIER_SETTLE) or place.may(Permission.REGISTRATION_REGISTER)
        self.model = ClosingModel(
            place.session.expires_at.tzinfo,
            takes_money=takes_money,
            rolls_up=place.may(Permission.CLOSING_ROLL_UP),
            alone=place.session.staff.id,
        )
        #: What is being said about a call that nobody answers.
        self.recording: Finding | None = None
        self.list = ListPane()
        self.empty = EmptyState(N_("closing|Nothing is in hand"), N_("closing|Choose a shift or a day on the left."), key="Alt+1")
        self.opening = OpenPage(self.model)
        self.count = CountPage(self.model)
        self.hand_over = HandOverPage(place.ops, self.model)
        self.sheet = SheetPage(place.ops)
        self.finding = FindingPage(place.ops, self.model)
        self.side = MattersPane(self.model)
        self.trouble = QLabel()
        self.button = PrimaryButton(key="F12", run=lambda: acts.step(self))
        self.pages = QStackedWidget()
        self._holders: dict[QWidget, QWidget] = {}
        self._keep = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._keep.timeout.connect(lambda: loading.keep(self))
        self._lay_out()
        self._connect()
        loading.restore(self)

    def _lay_out(self) -> None:
        middle = QWidget()
        middle.setProperty("ground", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, theme.GAP)
        for page in (self.empty, self.opening, self.count, self.hand_over, self.sheet, self.finding):
            self._holders[page] = _scrolled(page) if page in (self.count, self.hand_over, self.finding) else page
            self.pages.addWidget(self._holders[page])
        column.addWidget(self.pages, 1)
        self.trouble.setWordWrap(True)
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        foot.addWidget(self.trouble, 1)
        foot.addWidget(self.button)
        column.addLayout(foot)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for widget, least, stretch in ((self.list, 324, 3), (middle, 380, 5), (self.side, 276, 3)):
            widget.setMinimumWidth(least)
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([400, 602, 360])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _connect(self) -> None:
        self.list.moved.connect(self._take)
        self.list.chosen.connect(self._enter)
        for signal in (self.opening.typed, self.hand_over.typed):
            signal.connect(self._typed)
        self.count.counted.connect(self._typed)
        self.hand_over.agreed.connect(self._agreed)
        self.sheet.reason_given.connect(self._reason)
        self.sheet.agreed.connect(self._agreed)
        self.sheet.given_up.connect(self._give_up)
        self.sheet.opened.connect(lambda line: acts.follow(self, line))
        self.sheet.bill_chosen.connect(lambda bill: acts.open_bill(self, bill))
        self.side.chosen.connect(lambda matter: acts.see_to(self, matter))
        self.side.table.moved.connect(lambda _matter: self.state_changed.emit())
        self.finding.typed.connect(self._said)

    # --- what the frame asks ---------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # see Desk.actions
        return acts.rows(self)

    @property
    def state(self) -> ClosingModel:
        return self.model

    def zones(self) -> Sequence[QWidget]:
        return (self.list, self.page(), self.side)

    def refresh(self, changes: frozenset[Change]) -> None:  # noqa: ARG002 - all of it is small
        loading.load(self)
        finding_acts.look_again(self)

    def scanned(self, code: str) -> bool:
        panes = (self.hand_over.approval, self.sheet.approval, self.finding.approval)
        return any(pane.isVisible() and pane.scanned(code) for pane in panes)

    def back(self) -> bool:
        if self.recording is not None:
            finding_acts.stop(self)
            self.side.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self.page() is self.sheet and self.sheet.back():
            self.state_changed.emit()
            return True
        if self.model.again is not None:
            self.model.again = None
            self.show_all()
            return True
        if not self.list.table.hasFocus():
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def wind_up(self) -> None:
        loading.keep(self)

    def retranslate(self) -> None:
        self.show_all()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def page(self) -> QWidget:
        """The page in the middle."""
        return next(page for page, holder in self._holders.items() if holder is self.pages.currentWidget())

    def show_all(self) -> None:
        """Everything anew; selection, focus and what is being typed stay."""
        if self.model.what() is None:
            self.model.choose(self.model.first_key())
        self.list.show_rows(self.model.rows(), self.model.chosen)
        self._show_page()
        self.side.show_model()
        self._show_foot()
        self.state_changed.emit()

    def _show_page(self) -> None:
        what = self.model.what()
        page: QWidget = self.empty
        if self.recording is not None:
            self.finding.show_finding()
            page = self.finding
        elif self.model.step() is Step.OPEN:
            self.opening.show_model()
            page = self.opening
        elif self.model.counting():
            self.count.show_model()
            page = self.count
        elif isinstance(what, ShiftStanding):
            self.hand_over.show_model()
            page = self.hand_over
        elif isinstance(what, CloseHit | DayStanding | RollUpFacts):
            acts.show_sheet(self)
            page = self.sheet
        self.pages.setCurrentWidget(self._holders[page])

    def _show_foot(self) -> None:
        shown = self.recording is not None or self.model.step() is not Step.NOTHING
        trouble = self.recording.trouble if self.recording is not None else self.model.trouble
        why_not = acts.why_not(self)
        self.button.setVisible(shown)
        self.button.setText(acts.verb(self))
        self.button.setEnabled(not why_not)
        self.trouble.setText(str(trouble or (why_not if shown else "")))
        self.trouble.setProperty("tone", "danger" if trouble else "")
        self.trouble.setProperty("type", "" if trouble else "secondary")
        self.trouble.style().unpolish(self.trouble)
        self.trouble.style().polish(self.trouble)

    def start_page(self) -> None:
        """The hand goes to the first field of the page, where there is one."""
        page = self.page()
        if isinstance(page, OpenPage | CountPage | HandOverPage | FindingPage):
            page.start()
        elif page is self.sheet:
            self.sheet.lines.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what the person does --------------------------------------------------------------------------------------------------

    def _take(self, row: Row) -> None:
        if self.model.choose(row.key):
            finding_acts.stop(self)
            self.sheet.first()
            self.show_all()
            loading.load_chosen(self)

    def _enter(self, row: Row) -> None:
        self._take(row)
        self.start_page()

    def _typed(self) -> None:
        self.model.trouble = ""
        self._keep.start()
        self._show_foot()
        self.state_changed.emit()

    def _said(self) -> None:
        self._show_foot()
        self.state_changed.emit()

    def _reason(self, words: str) -> None:
        self.model.reopen_reason = words
        self._typed()

    def _give_up(self) -> None:
        self.model.done()
        self.show_all()

    def _agreed(self, approval_id: int) -> None:
        self.model.approval_id = approval_id
        self._show_foot()
        self.state_changed.emit()


def _scrolled(page: QWidget) -> QScrollArea:
    """At 200 % a small screen has not the height for all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusProxy(page)
    return area
