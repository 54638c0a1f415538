"""The pharmacy's desk: both worklists at the left, the prescription that is worked on beside them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from client.action import Action
from client.desk import Desk, Kind, Workplace
from client.pharmacy import actions, asking, boiling, finding, handing, herbal_acts, herbal_keys, listing, parting, taking_back, window_rows
from client.pharmacy.model import Mode, PharmacyModel
from client.pharmacy.view.dispense_page import DispensePage
from client.pharmacy.view.herbal_room import HerbalRoom
from client.pharmacy.view.lists import NARROW_WIDTH, WIDTH, Worklists
from client.pharmacy.view.return_page import ReturnPage
from client.pharmacy.view.review_page import ReviewPage
from client.pharmacy.words import NO_CODE_REASONS
from client.widgets.form import Hairline
from common import topics
from common.i18n import N_, tr
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.wire import Change

_KEEP_MS: Final = 300
_ROOMY: Final = 1200


@dataclass(frozen=True, kw_only=True)
class NamedByMode(Action):
    """An action whose name depends on what the desk is at."""

    naming: Callable[[], str]

    def caption(self) -> str:
        return self.naming()


class PharmacyDesk(Desk):
    """Review (Alt+1) and dispensing (Alt+2); F12 finishes either."""

    id, title, icon = "pharmacy", N_("Pharmacy"), "pharmacy"
    topics = frozenset({topics.PRESCRIPTION, topics.WINDOW})

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = PharmacyModel()
        self.labels_of = (0, "")  # the last labels: of which prescription, by which act
        self._serials = itertools.count(1)
        self.lists = Worklists()
        self.review_page = ReviewPage(place.session.expires_at.tzinfo)
        self.dispense_page = DispensePage(place.session.clinic.today, place.ops)
        self.pages, self.rooms = QStackedWidget(), QStackedWidget()
        self.return_page = ReturnPage(place.ops, place.session.clinic.today, place.session.expires_at.tzinfo)
        self.herbal_room = HerbalRoom(self)
        self._keep = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.pages.addWidget(self.review_page)
        self.pages.addWidget(self.dispense_page)
        work = QWidget()
        layout = QHBoxLayout(work)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.lists)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(self.pages, 1)
        self.rooms.addWidget(work)
        self.rooms.addWidget(self.return_page)
        self.rooms.addWidget(self.herbal_room)
        self.return_page.show_model(self.model.returns)  # unseen with all its panels, it would make the whole window higher
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.rooms)

    def _connect(self) -> None:
        lists, back, no_code = self.lists, self.review_page.back, self.dispense_page.no_code
        self._keep.timeout.connect(self._keep_drafts)
        lists.entered.connect(self.enter_mode)
        lists.sought.connect(self._seek)
        lists.found.connect(lambda: finding.open_first(self))
        lists.review.moved.connect(lambda entry: actions.choose(self, entry))
        lists.review.chosen.connect(lambda _entry: self.review_page.focus())
        lists.dispense.chosen.connect(lambda entry: handing.open_prescription(self, entry.prescription_id))
        back.picked.connect(self._toggle)
        back.noted.connect(self._note)
        back.confirmed.connect(lambda: actions.finish(self))
        doctor = self.review_page.doctor
        doctor.picked.connect(lambda place: asking.pick(self, place))
        doctor.noted.connect(lambda text: asking.note(self, text))
        doctor.confirmed.connect(lambda: asking.write_down(self))
        no_code.picked.connect(self._explain)
        parting.connect(self)
        self.dispense_page.picks.moved.connect(lambda _row: self._another_line())
        self.ops.link_changed.connect(self._link_changed)
        page = self.return_page
        page.sought.connect(lambda text: taking_back.find(self, text))
        page.entries.chosen.connect(lambda entry: taking_back.open_one(self, entry.prescription_id))
        page.picked.connect(lambda place: taking_back.choose_reason(self, place))
        page.counted.connect(lambda row, typed: taking_back.set_quantity(self, row, typed))
        page.confirmed.connect(lambda: actions.finish(self))
        for pane in page.approvals.values():
            pane.approved.connect(lambda approval_id: taking_back.agreed(self, approval_id))
            pane.lapsed.connect(lambda: taking_back.agreed(self, None))

    # --- what the frame asks -------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> PharmacyModel:
        return self.model

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        mine = [*self._choosing(), *window_rows.rows(self), *listing.rows(self), *self._finishing(), *parting.rows(self)]
        return herbal_keys.over(self, mine)

    def _choosing(self) -> list[Action]:
        return [
            Action(id="find", title=N_("lists|Find"), key="F2", run=self._find),
            NamedByMode(
                id="no_code",
                title=N_("pharmacy|No code"),
                naming=self.model.explain_words,
                key="F6",
                run=self._no_code,
                needs=Permission.PHARMACY_DISPENSE,
                enabled=lambda model: model.may_explain(),
            ),
            Action(
                id="send_back",
                title=N_("pharmacy|Send back"),
                key="F7",
                run=lambda: actions.begin_send_back(self),
                needs=Permission.PHARMACY_REVIEW,
                enabled=lambda model: model.may_send_back(),
            ),
            boiling.row(self),
        ]

    def _finishing(self) -> list[Action]:
        return [
            NamedByMode(
                id="returns",
                title=N_("pharmacy|Returns"),
                naming=self.model.returns_words,
                key="F8",
                run=lambda: taking_back.enter(self),
                needs=Permission.PHARMACY_RETURN,
            ),
            Action(
                id="undo_hand_over",
                title=N_("pharmacy|Undo hand-over"),
                key="F10",
                run=lambda: taking_back.begin_undo(self),
                needs=Permission.PHARMACY_UNDO,
                enabled=lambda model: model.returns.may_undo_hand_over(),
            ),
            Action(
                id="undo",
                title=N_("Take back the last scan"),
                key="Ctrl+Z",
                run=self._undo,
                needs=Permission.PHARMACY_DISPENSE,
                enabled=lambda model: model.may_undo(),
            ),
            NamedByMode(
                id="reprint",
                title=N_("Print the labels again"),
                naming=self.model.reprint_words,
                key="F9",
                run=self._reprint,
                enabled=lambda model: model.may_reprint(),
            ),
            NamedByMode(
                id="finish",
                title=N_("Approve or hand over"),
                naming=self.model.finish_words,
                key="F12",
                run=lambda: actions.finish(self),
                primary=True,
                enabled=lambda model: model.may_finish(),
            ),
        ]

    def zones(self) -> Sequence[QWidget]:
        if self.model.herbal.shown:
            return self.herbal_room.zones()
        if self.model.returns.shown:
            return self.return_page.zones()
        page = self.review_page.paper if self.model.mode is Mode.REVIEW else self.dispense_page.picks
        return (self.lists.review, self.lists.dispense, page)

    def refresh(self, changes: frozenset[Change]) -> None:
        if not changes:
            self.model.passed_over.clear()
            handing.check_again(self)
        actions.load(self)
        if self.model.returns.shown:
            taking_back.load(self)
        if self.model.herbal.shown:
            self.herbal_room.load()

    def scanned(self, code: str) -> None:
        """A pack has to be asked about before anybody can say whether it is the right one."""
        if self.model.herbal.shown:
            refused = herbal_acts.scanned(self, code)
        else:
            refused = taking_back.scanned(self, code) if self.model.returns.shown else finding.paper_or_pack(self, code)
        if refused:
            self.refuse(refused)

    def carded(self, card: Any) -> None:
        if self.model.returns.shown:
            taking_back.find(self, card.number, "patient")
        else:
            finding.by_document(self, card.number)

    def back(self) -> bool:
        model = self.model
        if model.herbal.shown:
            herbal_acts.back(self)
            return True
        if model.returns.shown:
            taking_back.back(self)
            return True
        if model.sought:
            self._seek("")
        elif model.mode is Mode.REVIEW and model.review is not None and model.review.sending_back:
            actions.keep_reasons(self)
            model.review.sending_back = False
            self.lists.review.setFocus(Qt.FocusReason.OtherFocusReason)
        elif model.mode is Mode.REVIEW and model.review is not None and model.review.asking:
            model.review.asking = False
            self.lists.review.setFocus(Qt.FocusReason.OtherFocusReason)
        elif model.mode is Mode.DISPENSE and model.choosing_no_code:
            model.choosing_no_code = False
            self.dispense_page.focus()
        elif parting.leave(self):
            pass
        elif model.mode is Mode.DISPENSE and model.picking is not None:
            handing.put_away(self)
            self.lists.dispense.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        self.show_work()
        return True

    def open(self, subject: int) -> None:
        """A prescription to hand over, or of which something is owed: its id."""
        self.model.returns.shown = self.model.herbal.shown = False
        handing.open_prescription(self, subject)

    def retranslate(self) -> None:
        self.show_work()

    def wind_up(self) -> None:
        self._keep_drafts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lists.setFixedWidth(WIDTH if self.width() >= _ROOMY else NARROW_WIDTH)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.lists.table(self.model.mode).setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what the actions use ------------------------------------------------------------------------------------------------------

    def show_lists(self) -> None:
        """Both worklists as they stand."""
        self.lists.show_model(self.model)
        self.state_changed.emit()

    def show_work(self, line_id: int | None = None) -> None:
        """The page of the present mode; ``line_id`` becomes the current line of the pick list."""
        model = self.model
        self.rooms.setCurrentIndex(2 if model.herbal.shown else 1 if model.returns.shown else 0)
        if model.herbal.shown:
            self.herbal_room.show_model(model.herbal)
        if model.returns.shown:
            self.return_page.show_model(model.returns)
        page: QWidget = self.review_page if model.mode is Mode.REVIEW else self.dispense_page
        self._leave_empty_page()
        alone = model.batch.why_not(model.review.facts.id) if model.review is not None else ""
        self.review_page.show_review(model.review, self.place.lists, model.drugs, alone)
        self.dispense_page.show_model(model, self.place.lists, line_id)
        self.pages.setCurrentWidget(page)
        self.lists.show_model(model)
        self.state_changed.emit()

    def _leave_empty_page(self) -> None:
        """The focus goes from a page that empties to its list, before Qt sends it anywhere else."""
        focused, model = QApplication.focusWidget(), self.model
        empty = model.review is None if model.mode is Mode.REVIEW else model.picking is None
        if empty and focused is not None and self.pages.isAncestorOf(focused):
            self.lists.table(model.mode).setFocus(Qt.FocusReason.OtherFocusReason)

    def enter_mode(self, mode: Mode) -> None:
        """Work on that list from now on. The banner follows; the focus too, unless somebody types."""
        model = self.model
        changed, model.mode = model.mode is not mode, mode
        open_one = model.picking if mode is Mode.DISPENSE else model.review
        if mode is Mode.DISPENSE and model.picking is not None:
            self.lists.dispense.select(model.picking.facts.id)
            self.show_work(model.picking.next_line())
        else:
            self.show_work()
        self._follow_focus(mode, opened=open_one is not None)
        if changed and open_one is not None:
            actions.read_around(self, open_one.facts)
        elif changed:
            actions.take_up(self)

    def _follow_focus(self, mode: Mode, *, opened: bool) -> None:
        focused = QApplication.focusWidget()
        elsewhere = focused is not None and not self.isAncestorOf(focused) and focused.window() is self.window()
        if elsewhere or isinstance(focused, QLineEdit):
            return
        if mode is Mode.DISPENSE and opened:
            self.dispense_page.focus()
        else:
            self.lists.table(mode).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, said: str, kind: str = "danger") -> None:
        """A scan is no good: the other sound, and why."""
        self.sound(accepted=False)
        self.tell(said, kind)

    def next_serial(self) -> int:
        """A number that no other question of this desk has."""
        return next(self._serials)

    def keep_soon(self) -> None:
        """Keep the drafts in a moment."""
        self._keep.start()

    # --- what a person does --------------------------------------------------------------------------------------------------------

    def _find(self) -> None:
        if self.model.returns.shown:
            self.return_page.start()
            return
        self.lists.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.lists.field.selectAll()

    def _seek(self, text: str) -> None:
        self.model.sought = text
        self.show_lists()

    def _toggle(self, place: int) -> None:
        review = self.model.review
        if review is not None and not review.deciding:
            review.toggle((place + 1) % 10)
            self.keep_soon()
            self.show_work()

    def _note(self, text: str) -> None:
        review = self.model.review
        if review is not None:
            review.note = text
            self.keep_soon()
            self.state_changed.emit()

    def _no_code(self) -> None:
        taking_back.keep_back(self) if self.model.returns.shown else handing.begin_no_code(self)

    def _undo(self) -> None:
        taking_back.take_back_scan(self) if self.model.returns.shown else handing.undo(self)

    def _reprint(self) -> None:
        taking_back.reprint(self) if self.model.returns.shown else handing.reprint(self)

    def _another_line(self) -> None:
        picking = self.model.picking
        if self.model.choosing_no_code or (picking is not None and picking.owing.shown):
            self.show_work()

    def _explain(self, place: int) -> None:
        handing.explain(self, NO_CODE_REASONS[place][0])

    def _keep_drafts(self) -> None:
        handing.keep_scans(self)
        actions.keep_reasons(self)
        taking_back.keep(self)

    def _link_changed(self, link: Any) -> None:
        picking = self.model.picking
        if link.online:
            handing.check_again(self)
        elif picking is not None and picking.handing:
            self.tell(tr("It is handed over as soon as the service answers again. Keep the drugs here until then."), Kind.WARNING)
