"""The right side of the page: how one device is connected, and what came of trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import theme
from client.devices import NAMES
from client.shell.devices import model
from client.widgets.badge import Badge
from client.widgets.buttons import Button
from client.widgets.choice import Choice
from client.widgets.form import Form, Label
from client.widgets.inputs import TextInput
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.shell.devices.trials import Verdict

_WIDEST: Final = 640
_OPTION_TITLES: Final = {"receipt": N_("Paper"), "label": N_("Printer's language")}
_ABOUT: Final = {
    "receipt": N_("For receipts and slips on the roll. The cash drawer hangs on it."),
    "label": N_("For the labels on the bags of drugs, 60 × 40 mm."),
    "a5": N_("For prescription sheets, printed as PDF on A5."),
    "idcard": N_("Reads the resident identity card that lies on it."),
    "scanner": N_("A scanner that types like a keyboard needs no connection: leave it at none and scan."),
    "display": N_("Two rows of 20 characters that the patient sees at the window."),
}


def title_of(role: str) -> str:
    """The device's name as a title."""
    name = tr(NAMES[role])
    return name[:1].upper() + name[1:]


class DeviceForm(QWidget):
    """``changed(Setting)`` fires with each change, ``trying()`` when the test is asked for, ``finished()`` after the last field."""

    changed = Signal(object)
    trying = Signal()
    finished = Signal()

    def __init__(self, *, virtual: bool) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._virtual = virtual
        self._role = "receipt"
        self._setting = model.Setting()
        self.title, self.about = Label(type="heading"), Label(type="secondary")
        self.way = Choice([(model.NONE, model.WAYS[model.NONE])])
        self.target, self.speed = TextInput(emphasis=True, most=120), TextInput(most=7, placeholder="115200")
        self.option = Choice([("", "—")])
        self.advice, self.sentence = Label(type="note"), Label()
        self.state = Badge()
        self.test = Button(key="F8", run=self.trying.emit)
        for field in (self.target, self.speed):
            field.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        for label in (self.about, self.advice, self.sentence):
            label.setWordWrap(True)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.ways_form, self.fields, self.options_form = Form(), Form(columns=4), Form()
        self.ways_form.add(N_("Connection"), self.way)
        self.fields.add(N_("Where it is"), self.target, span=3)
        self.fields.add(N_("Speed (baud)"), self.speed)
        self.options_form.add(N_("Paper"), self.option)
        tried = QHBoxLayout()
        tried.setSpacing(theme.MARGIN)
        tried.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.state, 0, Qt.AlignmentFlag.AlignLeft)
        said.addWidget(self.sentence)
        tried.addLayout(said, 1)
        inside = QWidget()
        inside.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (self.title, self.about, self.ways_form, self.fields, self.advice, self.options_form):
            column.addWidget(widget)
        column.addSpacing(theme.GAP)
        column.addLayout(tried)
        column.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * theme.MARGIN, theme.MARGIN, 2 * theme.MARGIN, theme.MARGIN)
        layout.addWidget(inside, 1)
        layout.addStretch(0)

    def _connect(self) -> None:
        self.way.chosen.connect(self._take_way)
        self.option.chosen.connect(self._take_option)
        self.target.textEdited.connect(lambda typed: self._change(target=typed.strip()))
        self.speed.textEdited.connect(self._take_speed)
        for form, follower in ((self.ways_form, self.target), (self.fields, self.option), (self.options_form, self.test)):
            form.finished.connect(lambda follower=follower: self._go_to(follower))

    # --- what the page calls -----------------------------------------------------------------------------------------------------

    def show_device(self, role: str, setting: model.Setting) -> None:
        """Show a device as it is set."""
        self._role, self._setting = role, setting
        self.title.setText(title_of(role))
        self.about.setText(tr(_ABOUT[role]))
        self.way.offer(model.ways(role, setting.way, virtual=self._virtual))
        self.way.set_code(setting.way)
        self.test.setText(tr("Test"))
        self._show_fields()

    def show_verdict(self, verdict: Verdict) -> None:
        """Say what is known of the device."""
        self.state.set(verdict.word if verdict.sentence else "", verdict.tone)
        self.sentence.setText(verdict.sentence)

    def wrong(self, sentence: str) -> None:
        """Mark the address."""
        self.fields.wrong(self.target, sentence)
        self.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """The focus goes to the first field."""
        self.way.setFocus(Qt.FocusReason.TabFocusReason)

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _show_fields(self) -> None:
        setting, role = self._setting, self._role
        asked = model.asked(setting.way)
        self.fields.setVisible(bool(asked))
        self.fields.clear_wrongs()
        if asked:
            self.fields.rename(self.target, asked)
        self.fields.show_field(self.speed, setting.way == model.SERIAL)
        self.target.setPlaceholderText(model.example(setting.way))
        self.target.setText(setting.target)
        self.speed.setText(setting.options.get("baud", ""))
        self.advice.setText(tr(model.advice(setting.way)))
        self.test.setEnabled(setting.way != model.NONE or role == "scanner")
        has_option = role in model.OPTIONS and setting.way not in (model.NONE, model.SIMULATED)
        self.options_form.setVisible(has_option)
        if has_option:
            self.options_form.rename(self.option, _OPTION_TITLES[role])
            self.option.offer(model.OPTIONS[role][1])
            self.option.set_code(setting.option(role))

    def _take_way(self, way: str) -> None:
        before = self._setting
        target = "" if before.way == model.SIMULATED or model.asked(way) != model.asked(before.way) else before.target
        kept = {name: value for name, value in before.options.items() if name != "baud"}
        self._setting = msgspec.structs.replace(before, way=way, target=target, options=kept)
        self._show_fields()
        self.changed.emit(self._setting)

    def _take_option(self, value: str) -> None:
        name, alternatives = model.OPTIONS[self._role]
        self._set_option(name, "" if value == alternatives[0][0] else value)

    def _take_speed(self, typed: str) -> None:
        self._set_option("baud", typed.strip())

    def _set_option(self, name: str, value: str) -> None:
        options = {key: old for key, old in self._setting.options.items() if key != name}
        self._change(options=options | ({name: value} if value else {}))

    def _change(self, **fields: object) -> None:
        self._setting = msgspec.structs.replace(self._setting, **fields)
        self.fields.clear_wrongs()
        self.changed.emit(self._setting)

    def _go_to(self, field: QWidget) -> None:
        order = (self.target, self.option, self.test)
        later = order[order.index(field) :] if field in order else ()
        target = next((each for each in later if each.isVisible() and each.isEnabled()), None)
        if target is None:
            self.finished.emit()
        else:
            target.setFocus(Qt.FocusReason.TabFocusReason)
