"""The frame around a desk, the same on every one: strip, banner, work area, result line, key bar, and the sheets above them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from client import texts, theme
from client.action import KEYS, Action, Offer, find, offers
from client.desk import Desk, Kind, Question, Result, Workplace
from client.desks import DESKS
from client.shell.help import HelpSheet
from client.shell.key_bar import KeyBar
from client.shell.palette import Palette
from client.shell.result_line import ResultLine
from client.shell.stale import StaleMarks
from client.shell.top_strip import TopStrip
from client.shell.ways import GoTo, key_of_desk, ways
from client.widgets.banner import PatientBanner
from client.widgets.confirm import InlineConfirm
from common.i18n import CHINESE, ENGLISH, N_, current_language, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.desks import DeskEntry
    from client.ticket import LateAnswer
    from common.errors import XinglinError
    from common.messages.patients import PatientSummary
    from common.wire import Change
    from devices.scanner.protocol import Scan

#: Changes that arrive within this time are told to the desk together.
GATHER_MS: Final = 60


class Frame(QWidget):
    """Holds one desk. ``leaving("desks" | "devices" | "sign_out" | "lock")`` asks the window to do what the frame cannot.

    ``desks`` are all that the person may use, for the tabs; ``going(desk id, subject)`` asks for one of them. A frame that is not on the
    screen rests (:meth:`rest`): its desk keeps everything, and answers still reach it, but changes are only noted, questions wait, and
    ``noticed(tone)`` tells that something was said there. What belongs to no desk is said by the frame that ``speaks``.
    """

    leaving = Signal(str)
    preferred = Signal(str, str)
    going = Signal(str, object)
    noticed = Signal(str)

    def __init__(self, place: Workplace, desk: Desk, desks: Sequence[DeskEntry] = ()) -> None:
        super().__init__()
        self.place = place
        self.desk = desk
        self.desks = tuple(desks)
        self.resting, self.speaks = False, True
        self._own_key = key_of_desk(self.desks, desk.id)
        self._focus: QWidget | None = None
        self._question: Question | None = None
        self._actions: list[Action] = []
        self._offers: list[Offer] = []
        self._stale = StaleMarks(desk.topics)
        self.strip = TopStrip(place.now, desks)
        self.banner = PatientBanner(clinical=desk.clinical)
        self.line = ResultLine()
        self.question = InlineConfirm()
        self.bar = KeyBar()
        self._lay_out()
        self.palette_sheet = Palette(self, below=(self.strip, self.banner))
        self.help_sheet = HelpSheet(self, below=(self.strip, self.banner))
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._offer)
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._tell_changes)
        self._connect()
        self._actions = self._all_actions()
        self._retranslate()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget, stretch in ((self.strip, 0), (self.banner, 0), (self.desk, 1), (self.line, 0), (self.question, 0), (self.bar, 0)):
            layout.addWidget(widget, stretch)

    def _connect(self) -> None:
        desk, ops = self.desk, self.place.ops
        desk.state_changed.connect(self._soon.start)
        desk.patient_changed.connect(self._show_patient)
        desk.told.connect(self.say)
        desk.unsaid.connect(self.line.unsay)
        desk.asked.connect(self._ask)
        desk.go.connect(self._go)
        ops.link_changed.connect(self.strip.show_link)
        ops.slow.connect(self.strip.show_slow)
        ops.changed.connect(self._changed)
        ops.failed.connect(self._failed)
        ops.answered_late.connect(self._answered_late)
        self.place.paper.told.connect(self._say_for_all)
        self.place.paper.asked.connect(self._ask_about_paper)
        self.place.devices.scanned.connect(self.take_code)
        self.place.devices.carded.connect(self._take_card)
        self.place.devices.trouble.connect(self._device_trouble)
        self.palette_sheet.chosen.connect(self.run)
        self.strip.tabs.chosen.connect(lambda desk_id: self._go(desk_id, None))
        self.strip.tabs.more.connect(lambda: self.leaving.emit("desks"))
        self.bar.pressed.connect(self.run_id)
        self.line.pressed.connect(self.run_id)
        self.question.answered.connect(lambda _chosen: self.line.show())
        texts.signals().changed.connect(self._retranslate)
        self.strip.show_link(ops.link)

    def title(self) -> str:
        """The desk's name in the current language."""
        known = {entry.id: entry.title for entry in DESKS}
        return tr(known.get(self.desk.id, self.desk.title))

    # --- actions -----------------------------------------------------------------------------------------------------------------

    def _all_actions(self) -> list[Action]:
        own = self.desk.actions()
        taken = {action.key for action in own}
        return [
            *(action for action in self._frame_actions() if not action.key or action.key not in taken),
            *own,
            *ways(self.desks, self.desk.id, self._go),
        ]

    def _frame_actions(self) -> list[Action]:
        paper = self.place.paper
        zones = [
            Action(id=f"zone{n}", title=KEYS[f"Alt+{n}"], key=f"Alt+{n}", run=partial(self._go_to_zone, n - 1), bar=False)
            for n in range(1, len(self.desk.zones()) + 1)
            if n <= 3
        ]
        return [
            Action(id="help", title=N_("Help"), key="F1", run=self.show_help),
            Action(id="refresh", title=N_("Refresh"), key="F5", run=lambda: self.desk.refresh(frozenset()), bar=False),
            Action(
                id="print_again", title=N_("Print again"), key="F9", run=paper.again, bar=False, enabled=lambda _state: paper.may_repeat()
            ),
            Action(id="palette", title=N_("All actions"), key="Ctrl+K", run=self.show_palette),
            *zones,
            Action(id="language", title=N_("Switch to 中文"), key="Ctrl+Shift+L", run=self._other_language, bar=False),
            Action(id="theme_light", title=N_("Light theme"), run=lambda: self.preferred.emit("theme", "light"), bar=False),
            Action(id="theme_dark", title=N_("Dark theme"), run=lambda: self.preferred.emit("theme", "dark"), bar=False),
            Action(id="theme_system", title=N_("Theme of the system"), run=lambda: self.preferred.emit("theme", "system"), bar=False),
            *self._devices_action(),
            Action(id="lock", title=N_("Lock the desk"), key="Ctrl+L", run=lambda: self.leaving.emit("lock"), bar=False),
            Action(id="desks", title=N_("Go to another desk"), run=lambda: self.leaving.emit("desks"), bar=False),
            Action(id="sign_out", title=N_("Sign out"), run=lambda: self.leaving.emit("sign_out"), bar=False),
        ]

    def _devices_action(self) -> list[Action]:
        if self.desk.id == "devices":
            return []
        return [Action(id="devices", title=N_("Devices of this desk"), run=lambda: self.leaving.emit("devices"), bar=False)]

    def offers(self) -> list[Offer]:
        """What can be done at this moment, and what speaks against the rest."""
        return offers(self._actions, self.desk.state, self.place.session.permissions)

    def _offer(self) -> None:
        if self.resting:
            return
        self._offers = self.offers()
        self.bar.offer(self._offers)
        self.line.recheck(self._offers)

    def run_id(self, action_id: str) -> None:
        """Run the action with this id, if it can be done."""
        offer = next((each for each in self.offers() if each.action.id == action_id), None)
        if offer is not None:
            self.run(offer)

    def run(self, offer: Offer) -> None:
        """Run an action, or say why not."""
        if not offer.ready:
            self.say(Result(offer.reason, Kind.WARNING, hinders=offer.action.id))
            return
        self.place.ops.describe(offer.action.title)
        offer.action.run()
        self._soon.start()

    # --- keys and scans ------------------------------------------------------------------------------------------------------------

    def press(self, key: str) -> bool:
        """A key that may be a shortcut; see :class:`client.keys.KeyHost`."""
        if key == self._own_key:
            return True  # this desk is at the front already; no field should get it
        if self.palette_sheet.isVisible() or self.help_sheet.isVisible():
            return self._press_on_sheet(key)
        if self.question.isVisible() and key == "Esc":
            self.question.refuse()
            return True
        offer = find(self.offers(), key)
        if offer is None:
            return False
        self.run(offer)
        return True

    def _press_on_sheet(self, key: str) -> bool:
        """On a sheet only its own keys work; the shortcuts of the desk beneath sleep."""
        if key in ("Esc", "F1", "Ctrl+K"):
            self.palette_sheet.close_sheet()
            self.help_sheet.close_sheet()
            return True
        offer = find(self.offers(), key)
        if offer is not None and isinstance(offer.action, GoTo):
            self.run(offer)
        return offer is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.strip.waits_long() and self.place.ops.give_up():
                self.say(Result(tr("Stopped waiting for the answer."), Kind.INFO))
            else:
                self.desk.back()
            self._soon.start()

    def takes_scans(self) -> bool:
        """Always: a desk may be scanned at wherever one stands in it."""
        return True

    def take_scan(self, scan: Scan) -> None:
        """A scan that came in as keys."""
        self.take_code(scan.aim + scan.text)

    def take_code(self, code: str) -> None:
        """A code, from whichever scanner. A desk that is locked or not on the screen hears nothing."""
        if not self._awake():
            return
        self.palette_sheet.close_sheet()
        self.help_sheet.close_sheet()
        taken = self.desk.scanned(code)
        if taken is False:
            self.say(Result(tr("This code cannot be used here now."), Kind.WARNING))
        if taken is not None:
            self.desk.sound(accepted=taken)
        self._soon.start()

    def _take_card(self, card: Any) -> None:
        if self._awake() and self.window().isActiveWindow():
            self.desk.carded(card)

    def _awake(self) -> bool:
        return self.isVisible() and self.isEnabled()

    def _go_to_zone(self, number: int) -> None:
        zones = self.desk.zones()
        if number < len(zones):
            zones[number].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- sheets ----------------------------------------------------------------------------------------------------------------------

    def show_palette(self) -> None:
        """Ctrl+K."""
        own = {action.id for action in self.desk.actions()}
        listed = [each for each in self.offers() if each.action.id != "palette"]
        self.palette_sheet.offer(sorted(listed, key=lambda each: each.action.id not in own))

    def show_help(self) -> None:
        """F1."""
        self.help_sheet.explain(self.title(), self.desk.help(), self.offers())

    def close_sheets(self) -> None:
        """Take palette and help away."""
        self.palette_sheet.close_sheet()
        self.help_sheet.close_sheet()

    # --- other desks -------------------------------------------------------------------------------------------------------------------

    def _go(self, desk_id: str, subject: Any) -> None:
        """A desk that is not on the screen sends nobody anywhere: the person is busy with another one."""
        if self._awake() and not self.resting and desk_id != self.desk.id:
            self.going.emit(desk_id, subject)

    def rest(self) -> None:
        """Another page comes to the front. What has the focus here gets it again."""
        self.close_sheets()
        focused = QApplication.focusWidget()
        self._focus = focused if focused is not None and self.isAncestorOf(focused) else None
        self.resting = True
        self._gather.stop()

    def wanted_focus(self) -> QWidget | None:
        """What the desk wants to have the focus: what it chose while it was away, or what had it then."""
        return self.focusWidget() or self._focus

    def wake(self, focus: QWidget | None = None) -> None:
        """Back on the screen: the focus goes to ``focus`` or to the first zone, and what is stale is read anew."""
        self.resting = False
        self.take_focus(focus)
        self._focus = None
        self._offer()
        if self._stale:
            self._tell_changes()
        question, self._question = self._question, None
        if question is not None:
            self._ask(question)

    def take_focus(self, wanted: QWidget | None = None) -> None:
        """See that the keyboard works here."""
        wanted = wanted or self.focusWidget()
        if wanted is not None and shiboken6.isValid(wanted) and wanted.isVisible() and wanted.isEnabled():
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._go_to_zone(0)

    # --- what is said ------------------------------------------------------------------------------------------------------------------

    def say(self, result: Result) -> None:
        """Put a result into the line."""
        self.line.say(result, self.offers())
        self._soon.start()
        if self.resting:
            self.noticed.emit(result.kind.value)

    def _say_for_all(self, result: Result) -> None:
        if self.speaks:
            self.say(result)
            self.line.stays = True

    def _ask(self, question: Question) -> None:
        if self.resting:
            self._question = question
            self.noticed.emit(Kind.WARNING.value)
            return
        self.line.hide()
        self.question.ask(question)

    def _ask_about_paper(self, question: Question) -> None:
        """Only one desk asks, of all that are open."""
        if self.speaks:
            self._ask(question)

    def _failed(self, error: XinglinError) -> None:
        self._say_for_all(Result(str(error), Kind.DANGER))

    def _answered_late(self, late: LateAnswer) -> None:
        what = tr(late.about) if late.about else late.name
        if late.error is None:
            self._say_for_all(Result(tr("Carried out later: {what}.", what=what), Kind.DONE))
        else:
            self._say_for_all(Result(tr("Not carried out: {what}. {why}", what=what, why=str(late.error)), Kind.DANGER))

    def _device_trouble(self, _role: str, sentence: str) -> None:
        if sentence:
            self._say_for_all(Result(sentence, Kind.WARNING))

    def _show_patient(self, summary: PatientSummary | None) -> None:
        self.banner.show_patient(summary, self.place.session.clinic.today)

    # --- changes -------------------------------------------------------------------------------------------------------------------------

    def _changed(self, changes: frozenset[Change]) -> None:
        self._stale.add(changes)
        if self._stale and not self.resting:
            self._gather.start()

    def _tell_changes(self) -> None:
        self.desk.refresh(self._stale.take())
        self._soon.start()

    # --- look and language ---------------------------------------------------------------------------------------------------------------

    def _other_language(self) -> None:
        self.preferred.emit("language", ENGLISH if current_language() == CHINESE else CHINESE)

    def _retranslate(self, _language: str = "") -> None:
        session, settings = self.place.session, self.place.settings
        clinic = session.clinic.name if current_language() == CHINESE else session.clinic.name_en or session.clinic.name
        self.strip.say(clinic, self.title(), settings.desk_name, session.staff.name)
        self.strip.show_desk(self.desk.id)
        self.strip.show_link(self.place.ops.link)
        self.strip.tick()
        self.desk.retranslate()
        self.line.say(self.line.result, self.offers())
        self._offer()

    def minimumHeight(self) -> int:
        return theme.TOP_STRIP + theme.BANNER + theme.RESULT_LINE + theme.KEY_BAR

    def wind_up(self) -> None:
        """The desk closes: drafts are kept, and nothing is heard any more."""
        self.resting = True
        self.speaks = False
        self._gather.stop()
        self.desk.wind_up()
        self.place.ops.forget(self.desk)
