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
    from collections.abc import Callable

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
    """What is known of a device: a tone, and words that are made when they are shown, in the language of that moment."""

    tone: str = "plain"
    words: Callable[[], str] = str

    @property
    def sentence(self) -> str:
        """What came of trying it; empty if nobody tried."""
        return self.words()

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
            self._say(role, "info", lambda: tr(_WAITING[role]))
        elif role == "display":
            self._show_words()
        else:
            self._print(role)

    def open_drawer(self) -> None:
        """Open the drawer at the receipt printer."""
        future = self._place.devices.open_drawer()
        self._place.ops.watch(future, owner=self, done=lambda _done: self._say("receipt", "done", _drawer), failed=self._failed("receipt"))

    def carded(self, card: Any) -> None:
        """A card was read, asked for or not."""
        name, tail = mask_name(card.name), card.number[-4:]
        self._came("idcard", lambda: tr("A card was read: {name}, …{tail}.", name=name, tail=tail))

    def scanned(self, code: str) -> None:
        """A code was scanned, at a port or by keys."""
        self._came("scanner", lambda: tr("A code was read: {code}", code=code))

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _print(self, role: str) -> None:
        place = self._place
        backend, media = way_at(place.devices, role)
        clinic, desk, at = place.session.clinic.name, place.settings.desk_name, place.now()

        def work(printer: PrinterPort) -> bool:
            from client.shell.devices.trial_page import trial_page

            printer.send(trial_page(backend, media, clinic, desk, at))
            return printer.confirms

        self._say(role, "info", lambda: tr("The test page is being printed …"))
        future = place.devices.on_printer(role, work)
        place.ops.watch(future, owner=self, done=lambda sure: self._printed(role, sure=sure), failed=self._failed(role))

    def _printed(self, role: str, *, sure: bool) -> None:
        self._say(role, "done" if sure else "warning", _came_out if sure else _handed_over)

    def _show_words(self) -> None:
        place = self._place
        future = place.devices.on_display(lambda display: display.show(place.session.clinic.name, f"{place.now():%H:%M:%S}"))
        place.ops.watch(future, owner=self, done=lambda _done: self._say("display", "done", _on_display), failed=self._failed("display"))

    def _failed(self, role: str) -> Any:
        def say(problem: XinglinError) -> None:
            self._say(role, "danger", problem.__str__)

        return say

    def _came(self, role: str, words: Callable[[], str]) -> None:
        if self._waits_for == role:
            self._stop_waiting()
        self._say(role, "done", words)

    def _nothing_came(self) -> None:
        role, self._waits_for = self._waits_for, ""
        if role:
            self._say(role, "danger", lambda: tr(_NOTHING_CAME[role], n=WAIT_SECONDS))

    def _trouble(self, role: str, sentence: str) -> None:
        if not sentence:
            return
        if self._waits_for == role:
            self._stop_waiting()
        words = sentence.removeprefix(f"{tr(NAMES[role])}: ")
        self._say(role, "danger", lambda: words)

    def _stop_waiting(self) -> None:
        self._waits_for = ""
        self._wait.stop()

    def _say(self, role: str, tone: str, words: Callable[[], str]) -> None:
        self._verdicts[role] = Verdict(tone, words)
        self.changed.emit(role)


def _drawer() -> str:
    return tr("The drawer was told to open.")


def _came_out() -> str:
    return tr("The printer says that the test page came out. Compare it: width, Chinese, barcode.")


def _handed_over() -> str:
    return tr("The test page was handed over; this printer does not answer. Look whether it came out.")


def _on_display() -> str:
    return tr("The display should show the clinic's name and the time.")
