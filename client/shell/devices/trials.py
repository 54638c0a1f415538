"""Trying a device: what is asked of it, what it answered, and what is said about it. One trial at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from client.devices import NAMES
from client.printing import way_at
from common.domain.mask import mask_name
from common.errors import XinglinError
from common.i18n import N_, tr

if TYPE_CHECKING:
    from client.desk import Workplace
    from devices.printer import PrinterPort

#: How long a card or a scan is waited for.
WAIT_SECONDS: Final = 20

_WORDS: Final = {
    "plain": N_("device|Not tried"),
    "info": N_("device|Waiting"),
    "done": N_("device|Works"),
    "warning": N_("device|Look"),
    "danger": N_("device|Trouble"),
}
_WAITING: Final = {
    "idcard": N_("Lay an ID card on the reader."),
    "scanner": N_("Scan any code."),
}
_NOTHING_CAME: Final = {
    "idcard": N_("No card was read within {n} seconds. Check the port, the cable and the power, then try again."),
    "scanner": N_("No scan came within {n} seconds. Check the port, and that the scanner ends each code with CR (Enter)."),
}


@dataclass(frozen=True)
class Verdict:
    """What is known of a device: a tone and a sentence."""

    tone: str = "plain"
    sentence: str = ""

    @property
    def word(self) -> str:
        """The state in one word."""
        return tr(_WORDS[self.tone])


class Trials(QObject):
    """``changed(role)`` fires when a verdict changed."""

    changed = Signal(str)

    def __init__(self, place: Workplace, parent: QObject) -> None:
        super().__init__(parent)
        self._place = place
        self._verdicts: dict[str, Verdict] = {}
        self._waits_for = ""
        self._wait = QTimer(self, singleShot=True, interval=WAIT_SECONDS * 1000)
        self._wait.timeout.connect(self._nothing_came)
        place.devices.trouble.connect(self._trouble)

    def verdict(self, role: str) -> Verdict:
        """What is known of the device."""
        return self._verdicts.get(role, Verdict())

    def forget(self, role: str) -> None:
        """Its address changed: nothing is known any more."""
        self._verdicts.pop(role, None)
        self.changed.emit(role)

    def begin(self, role: str) -> None:
        """Try the device of a role at the address that the settings name now."""
        if role in _WAITING:
            self._waits_for = role
            self._wait.start()
            self._say(role, "info", tr(_WAITING[role]))
        elif role == "display":
            self._show_words()
        else:
            self._print(role)

    def open_drawer(self) -> None:
        """Open the drawer at the receipt printer."""
        future = self._place.devices.open_drawer()
        said = tr("The drawer was told to open.")
        self._place.ops.watch(future, owner=self, done=lambda _done: self._say("receipt", "done", said), failed=self._failed("receipt"))

    def carded(self, card: Any) -> None:
        """A card was read, asked for or not."""
        self._came("idcard", tr("A card was read: {name}, …{tail}.", name=mask_name(card.name), tail=card.number[-4:]))

    def scanned(self, code: str) -> None:
        """A code was scanned, at a port or by keys."""
        self._came("scanner", tr("A code was read: {code}", code=code))

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _print(self, role: str) -> None:
        place = self._place
        backend, media = way_at(place.devices, role)
        clinic, desk, at = place.session.clinic.name, place.settings.desk_name, place.now()

        def work(printer: PrinterPort) -> bool:
            from client.shell.devices.trial_page import trial_page

            printer.send(trial_page(backend, media, clinic, desk, at))
            return printer.confirms

        self._say(role, "info", tr("The test page is being printed …"))
        future = place.devices.on_printer(role, work)
        place.ops.watch(future, owner=self, done=lambda sure: self._printed(role, sure=sure), failed=self._failed(role))

    def _printed(self, role: str, *, sure: bool) -> None:
        if sure:
            self._say(role, "done", tr("The printer says that the test page came out. Compare it: width, Chinese, barcode."))
        else:
            self._say(role, "warning", tr("The test page was handed over; this printer does not answer. Look whether it came out."))

    def _show_words(self) -> None:
        place = self._place
        future = place.devices.on_display(lambda display: display.show(place.session.clinic.name, f"{place.now():%H:%M:%S}"))
        said = tr("The display should show the clinic's name and the time.")
        place.ops.watch(future, owner=self, done=lambda _done: self._say("display", "done", said), failed=self._failed("display"))

    def _failed(self, role: str) -> Any:
        def say(problem: XinglinError) -> None:
            self._say(role, "danger", str(problem))

        return say

    def _came(self, role: str, sentence: str) -> None:
        if self._waits_for == role:
            self._stop_waiting()
        self._say(role, "done", sentence)

    def _nothing_came(self) -> None:
        role, self._waits_for = self._waits_for, ""
        if role:
            self._say(role, "danger", tr(_NOTHING_CAME[role], n=WAIT_SECONDS))

    def _trouble(self, role: str, sentence: str) -> None:
        if not sentence:
            return
        if self._waits_for == role:
            self._stop_waiting()
        self._say(role, "danger", sentence.removeprefix(f"{tr(NAMES[role])}: "))

    def _stop_waiting(self) -> None:
        self._waits_for = ""
        self._wait.stop()

    def _say(self, role: str, tone: str, sentence: str) -> None:
        self._verdicts[role] = Verdict(tone, sentence)
        self.changed.emit(role)
