"""The desk of the pharmacy's windows: the windows at the left, the chosen one and the clinic's rules at the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.calls import words as call_words
from client.calls.hall import Hall
from client.desk import Desk
from client.speech import has_voice
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.buttons import Button
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from client.windows import actions, words
from client.windows.model import KINDS, LONGEST_NAME, WindowsModel
from common import topics
from common.i18n import N_, tr
from common.messages.windows import ReserveAt, WeighingRule
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Action
    from client.desk import Workplace
    from common.messages.consult import PrescriptionKind
    from common.messages.windows import WindowFacts
    from common.wire import Change

_SIDE: Final = 460
_YES, _NO = "yes", "no"


def _state_tone(window: WindowFacts) -> str:
    return "done" if window.open else "plain"


def _note(source: str) -> Label:
    note = Label(source, "note")
    note.setWordWrap(True)
    return note


class KindTicks(QWidget):
    """The kinds that a window takes, each a button that stays down; digits choose too."""

    def __init__(self, model: WindowsModel, changed: Any) -> None:
        super().__init__()
        self._model, self._changed = model, changed
        self.buttons: dict[PrescriptionKind, Button] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for place, kind in enumerate(KINDS):
            button = Button(run=partial(self._toggle, kind))
            button.setCheckable(True)
            text(button.setText, words.KINDS[kind])
            self.buttons[kind] = button
            grid.addWidget(button, place // 2, place % 2)
        self.setFocusProxy(next(iter(self.buttons.values())))

    def _toggle(self, kind: PrescriptionKind) -> None:
        self._model.toggle(kind)
        self._changed()

    def show_model(self) -> None:
        """What is chosen."""
        for kind, button in self.buttons.items():
            button.setChecked(kind in self._model.typed.kinds)


class WindowsDesk(Desk):
    """F6 opens and closes, F8 says where this computer stands, F11 shows the screen for the hall, F12 saves."""

    id, title, icon = "windows", N_("Pharmacy windows"), "windows"
    topics = frozenset({topics.WINDOW, topics.PRESCRIPTION})
    clinical = False

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.model = WindowsModel()
        self.model.own = place.settings.window_id
        self.table = Table(
            self._columns(), key=lambda window: window.id, empty=N_("There are no windows yet: every desk shows every prescription.")
        )
        self.unplaced = Label(type="note")
        self.heading = SectionTitle("")
        self.name = TextInput(placeholder=N_("windows|such as “Window 3”"), most=LONGEST_NAME)
        self.kinds = KindTicks(self.model, self._typed)
        self.batch = Choice(((_NO, N_("rule|no")), (_YES, N_("rule|yes"))))
        self.reserve = Choice(tuple((str(moment), source) for moment, source in words.RESERVE_AT.items()))
        self.weighing = Choice(tuple((str(rule), source) for rule, source in words.WEIGHING.items()))
        self.fee = Label(type="note")
        self.fee.setWordWrap(True)
        self.own = Badge()
        self.hall: Hall | None = None
        self._lay_out()
        self._connect()

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("Window"), text=lambda window: window.name, width=150, strong=True),
            Column(title=N_("windows|State"), text=words.state_words, width=96, tone=_state_tone),
            Column(title=N_("windows|Who stands there"), text=lambda window: window.staff, width=130),
            Column(title=N_("windows|Takes"), text=lambda window: words.kinds_words(window.kinds), quiet=True),
            Column(title=N_("windows|Waiting"), text=lambda window: str(window.waiting) if window.open else "", width=80, align="right"),
            Column(
                title=N_("windows|Load"), text=lambda window: str(window.load) if window.open else "", width=80, align="right", quiet=True
            ),
        )

    # --- laying out ----------------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        for shown in (SectionTitle(N_("windows|Windows")), self.own):
            head.addWidget(shown)
        head.addStretch(1)
        head.addWidget(self.unplaced)
        left.addLayout(head)
        left.addWidget(self.table, 1)
        left.addLayout(self._foot())
        side = QWidget()
        side.setFixedWidth(_SIDE)
        right = QVBoxLayout(side)
        right.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        right.setSpacing(theme.GAP)
        for part in (self.heading, self._window_form(), Hairline(), SectionTitle(N_("windows|Rules of the pharmacy")), self._rules_form()):
            right.addWidget(part)
        right.addWidget(self.fee)
        for source in _NOTES:
            right.addWidget(_note(source))
        right.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(Hairline(vertical=True))
        whole.addWidget(side)
        self.setFocusProxy(self.table)

    def _foot(self) -> QVBoxLayout:
        """What is to be known about the list stands below it."""
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.MARGIN)
        foot.setSpacing(theme.GAP)
        foot.addWidget(_note(_ABOUT_LOAD))
        if self.place.may(Permission.HALL_VIEW) and not has_voice():
            foot.addWidget(_note(call_words.NO_VOICE))
        return foot

    def _window_form(self) -> Form:
        form = Form()
        form.add(N_("windows|Name"), self.name, required=True)
        form.add(N_("windows|Takes only (none chosen: all)"), self.kinds)
        form.finished.connect(lambda: actions.save(self) if self.model.may_save() is True else None)
        return form

    def _rules_form(self) -> Form:
        form = Form(columns=3)
        form.add(N_("windows|Pass clean ones together"), self.batch)
        form.add(N_("windows|Stock is held"), self.reserve, span=2)
        form.add(N_("windows|Slices are weighed, bags checked"), self.weighing, span=3)
        return form

    def _connect(self) -> None:
        may = self.place.may(Permission.PHARMACY_MANAGE)
        for field in (self.name, self.kinds, self.batch, self.reserve, self.weighing):
            field.setEnabled(may)
        self.table.moved.connect(self._choose)
        self.table.chosen.connect(lambda _window: self.to_name())
        self.name.textEdited.connect(self._renamed)
        self.batch.chosen.connect(lambda code: self._ruled(code == _YES, None))
        self.reserve.chosen.connect(lambda code: self._ruled(None, ReserveAt(code)))
        self.weighing.chosen.connect(self._weighed)

    # --- what the frame asks -----------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> WindowsModel:
        return self.model

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget.actions lists QActions, which no desk has
        return actions.rows(self)

    def zones(self) -> Sequence[QWidget]:
        return (self.table, self.name, self.batch)

    def refresh(self, changes: frozenset[Change]) -> None:  # noqa: ARG002 - everything is read anew
        actions.load(self)

    def back(self) -> bool:
        """Esc: what was typed for a window goes; then there is nowhere to go."""
        model = self.model
        if model.fresh or model.window_changed():
            model.choose(model.current or (model.windows[0] if model.windows else None))
            self.show_model()
            self.to_list()
            return True
        return False

    def retranslate(self) -> None:
        self.show_model()

    def wind_up(self) -> None:
        if self.hall is not None:
            self.hall.wind_up()
            self.hall = None

    # --- showing -----------------------------------------------------------------------------------------------------------------------

    def show_model(self) -> None:
        """Everything as it stands."""
        model = self.model
        self.table.set_rows(model.windows)
        if model.current is not None:
            self.table.select(model.current.id)
        own = next((window.name for window in model.windows if window.id == model.own), "")
        self.own.set(tr("This desk: {window}", window=own) if own else "", "info")
        self.own.setVisible(bool(own))
        self.unplaced.setText(tr("Waiting for any window: {n}", n=model.unplaced) if model.unplaced else "")
        title = tr("windows|New window") if model.fresh else model.current.name if model.current is not None else tr("windows|No window")
        self.heading.setText(title)
        if self.name.text() != model.typed.name:
            self.name.setText(model.typed.name)
        self.kinds.show_model()
        self.batch.set_code(_YES if model.rules_typed.batch_review else _NO)
        self.reserve.set_code(str(model.rules_typed.reserve_at))
        self.weighing.set_code(str(model.rules_typed.weighing))
        self.fee.setText(words.fee_words(model.fees))
        self.state_changed.emit()

    def show_screen(self) -> None:
        """F11: the screen for the hall, on the second screen of this computer if it has one."""
        if self.hall is None:
            self.hall = Hall(self.place, self)
        self.hall.show(self.window().screen())
        self.tell(tr("The screen for the hall is shown. Esc on it closes it."), "info")

    def to_list(self) -> None:
        """F2."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def to_name(self) -> None:
        """The form."""
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.name.selectAll()

    # --- what a person does ------------------------------------------------------------------------------------------------------------

    def _choose(self, window: WindowFacts | None) -> None:
        model = self.model
        if (
            window is not None
            and not model.window_changed()
            and (model.current is None or window.id != model.current.id)
            and not model.fresh
        ):
            model.choose(window)
            self.show_model()

    def _renamed(self, name: str) -> None:
        self.model.rename(name)
        self.state_changed.emit()

    def _typed(self) -> None:
        self.kinds.show_model()
        self.state_changed.emit()

    def _ruled(self, batch: bool | None, moment: ReserveAt | None) -> None:
        if batch is not None:
            self.model.set_batch_review(batch)
        if moment is not None:
            self.model.set_reserve_at(moment)
        self.state_changed.emit()

    def _weighed(self, code: str) -> None:
        self.model.set_weighing(WeighingRule(code))
        self.state_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - int(Qt.Key.Key_1)
        inside = self.kinds.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        if inside and 0 <= digit < len(KINDS) and not event.modifiers():
            self.model.toggle(KINDS[digit])
            self._typed()
        else:
            super().keyPressEvent(event)


_NOTES: Final = (
    N_("windows|Clean: the rules find nothing at all, and nothing needs a person's judgement. Each is still an approval of its own."),
    N_("windows|Held from payment: signing only looks whether it is there; at the till it may be gone. Signed ones keep their rule."),
    N_("windows|Toxic slices are weighed under either rule. Ready packs are counted."),
)
_ABOUT_LOAD: Final = N_(
    "windows|What is paid goes to the open window with the least lines and packs waiting. What waits at a closed one goes to the others."
)
