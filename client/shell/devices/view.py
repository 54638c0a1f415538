"""The page on which a desk's devices are set up and tried. It is a desk like any other, so that keys, help, lock and scans are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import settings, theme
from client.action import Action
from client.desk import Desk, Workplace
from client.devices import ROLES
from client.shell.devices import model
from client.shell.devices.device_form import DeviceForm, title_of
from client.shell.devices.trials import Trials
from client.widgets.form import Hairline, Label, SectionTitle
from client.widgets.table import Column, Table
from common.errors import XinglinError
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devices.idcard.protocol import IdCard

_LIST_WIDTH: Final = 416


class DevicesDesk(Desk):
    """``left()`` asks the window to put the page away."""

    id, title, icon = "devices", N_("Devices of this desk"), "printer"
    left = Signal()

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._kept = dict(place.settings.devices)
        self._drafts = {role: model.read(self._kept.get(role, "")) for role in ROLES}
        self.trials = Trials(place, self)
        self.table = Table(self._columns(), key=lambda role: role)
        self.form = DeviceForm(virtual=place.session.clinic.training or bool(place.devices.virtual))
        self._lay_out()
        self.table.moved.connect(self._show_role)
        self.table.chosen.connect(lambda _role: self.form.begin())
        self.trials.changed.connect(self._show_verdict)
        self.form.changed.connect(self._edited)
        self.form.trying.connect(self.try_it)
        self.form.finished.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.table.set_rows(ROLES)
        self.table.select(ROLES[0])
        self._show_role(ROLES[0])
        self.setFocusProxy(self.table)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("device|Device"), text=title_of, width=148, strong=True),
            Column(title=N_("device|Connection"), text=self._where),
            Column(title=N_("device|State"), text=self._word, tone=lambda role: self.trials.verdict(role).tone, width=104),
        )

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_LIST_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        column.setSpacing(theme.GAP)
        column.addWidget(SectionTitle(N_("Devices of this desk")))
        advice = Label(N_("Choose a device, say how it is connected, try it, then save. It holds for this computer only."), "note")
        advice.setWordWrap(True)
        column.addWidget(advice)
        column.addWidget(self.table, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget, stretch in ((left, 0), (Hairline(vertical=True), 0), (self.form, 1)):
            layout.addWidget(widget, stretch)

    # --- what the frame asks for -------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]  # QWidget's own means Qt's actions
        """Try, drawer, save."""
        return [
            Action(id="try", title=N_("Test"), key="F8", run=self.try_it, bar=False, enabled=lambda _desk: self._may_try()),
            Action(id="drawer", title=N_("Open the drawer"), key="F7", run=self.open_drawer, enabled=lambda _desk: self._may_open()),
            Action(
                id="save",
                title=N_("Save"),
                key="F12",
                run=self.save,
                primary=True,
                enabled=lambda _desk: True if self._differs() else N_("Nothing was changed."),
            ),
        ]

    def zones(self) -> Sequence[QWidget]:
        """The list and the form."""
        return (self.table, self.form)

    def help(self) -> str:
        """The words beside this page."""
        from client.shell.help import help_text

        return help_text("client.shell.devices")

    def scanned(self, code: str) -> bool | None:
        """Any scan shows that the scanner works."""
        self.trials.scanned(code)
        return True

    def carded(self, card: IdCard) -> None:
        """Any card shows that the reader works."""
        self.trials.carded(card)

    def back(self) -> bool:
        """Leave; what was changed is asked about."""
        if self._differs():
            answers = ((N_("Save"), self._save_and_leave), (N_("Throw the changes away"), self.left.emit))
            self.ask(tr("The changes are not saved."), answers, danger=False)
        else:
            self.left.emit()
        return True

    def retranslate(self) -> None:
        """The form says again which role it is about."""
        self._show_role(self.role())

    def wind_up(self) -> None:
        """What was tried and not saved is forgotten."""
        for role in ROLES:
            if self.place.settings.devices.get(role, "") != self._kept.get(role, ""):
                self.place.devices.use(role, self._kept.get(role, ""))

    # --- acts ------------------------------------------------------------------------------------------------------------------

    def role(self) -> str:
        """The device that the form is about."""
        return str(self.table.current() or ROLES[0])

    def try_it(self) -> None:
        """Use the device at the address in the form, and see what it says."""
        role, may = self.role(), self._may_try()
        if may is not True:
            self.tell(tr(str(may)), "warning")
        elif self._use(role):
            self._carry_out(role, lambda: self.trials.begin(role))

    def open_drawer(self) -> None:
        """The drawer at the receipt printer."""
        if self._use("receipt"):
            self._carry_out("receipt", self.trials.open_drawer)

    def save(self) -> bool:
        """Use every device as set, and write it down. ``False``: an address is none, or the disk would not take it."""
        if not all(self._use(role) for role in ROLES):
            return False
        try:
            settings.save(self.place.settings)
        except XinglinError as problem:
            self.fail(problem)
            return False
        self._kept = dict(self.place.settings.devices)
        self.tell(tr("The devices of this desk are saved."))
        self.table.viewport().update()
        return True

    def _save_and_leave(self) -> None:
        if self.save():
            self.left.emit()

    def _use(self, role: str) -> bool:
        try:
            address = model.write(role, self._drafts[role])
        except XinglinError as problem:
            self.fail(problem)
            self.table.select(role)
            self.form.wrong(str(problem))
            return False
        self.place.devices.use(role, address)
        return True

    def _carry_out(self, role: str, act: Callable[[], None]) -> None:
        try:
            act()
        except XinglinError as problem:
            self.fail(problem)
        self.form.show_verdict(self.trials.verdict(role))

    def _may_try(self) -> bool | str:
        empty = self._drafts[self.role()].way == model.NONE and self.role() != "scanner"
        return N_("Say first how the device is connected.") if empty else True

    def _may_open(self) -> bool | str:
        receipt = self._drafts["receipt"].way != model.NONE
        return True if receipt else N_("The drawer hangs on the receipt printer, and this desk has none.")

    def _differs(self) -> bool:
        return any(map(self._changed, ROLES))

    def _changed(self, role: str) -> bool:
        return self._drafts[role] != model.read(self._kept.get(role, ""))

    # --- what is shown -----------------------------------------------------------------------------------------------------------

    def _where(self, role: str) -> str:
        return model.shown(self._drafts[role]) + (" *" if self._changed(role) else "")

    def _word(self, role: str) -> str:
        known = self.trials.verdict(role)
        return known.word if known.sentence or self._drafts[role].way != model.NONE else ""

    def _show_role(self, role: str | None) -> None:
        if role is not None:
            self.form.show_device(role, self._drafts[role])
            self.form.show_verdict(self.trials.verdict(role))
            self.state_changed.emit()

    def _show_verdict(self, role: str) -> None:
        self.table.viewport().update()
        if role == self.role():
            self.form.show_verdict(self.trials.verdict(role))

    def _edited(self, setting: model.Setting) -> None:
        role = self.role()
        self._drafts[role] = setting
        self.trials.forget(role)
        self.state_changed.emit()
