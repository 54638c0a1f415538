"""The devices beside the desk, by their role, each on its port's own thread; what they report arrives on the GUI thread as signals.

``idcard``, ``scanner``, ``receipt`` (with the drawer), ``label``, ``a5``, ``display`` and ``scale`` are roles. An address may carry options of ours:
``language=zpl``, ``tspl`` or ``escpos`` (label), ``roll=58`` or ``80`` (receipt, and labels by ``escpos``). See :mod:`devices.address`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from PySide6.QtCore import QObject, Qt, Signal

from client.errors import NotInstalled
from common.errors import XinglinError
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from client.settings import DeskSettings
    from devices.display import CustomerDisplay
    from devices.idcard.protocol import IdCard
    from devices.printer import PrinterPort
    from devices.scale.protocol import Reading
    from devices.scanner.protocol import Scan
    from devices.worker import Polling, PortWorker

ROLES: Final = ("receipt", "label", "a5", "idcard", "scanner", "display", "scale")
NAMES: Final = {
    "receipt": N_("device|receipt printer"),
    "label": N_("device|label printer"),
    "a5": N_("device|A5 printer"),
    "idcard": N_("device|ID card reader"),
    "scanner": N_("device|scanner"),
    "display": N_("device|customer display"),
    "scale": N_("device|scale"),
}
CARD_SECONDS: Final = 0.4
SCAN_SECONDS: Final = 0.05
WEIGH_SECONDS: Final = 0.1
#: At the end a port may take so long to close.
CLOSE_SECONDS: Final = 1.0


class Devices(QObject):
    """Opens what the desk's settings name. ``virtual`` gives the addresses of running simulators for roles set to ``VIRTUAL``."""

    #: (str) a code from a scanner at a port.
    scanned = Signal(str)
    #: (devices.idcard.protocol.IdCard)
    carded = Signal(object)
    #: (devices.scale.protocol.Reading) what lies on the scale, whenever that changes.
    weighed = Signal(object)
    #: (str role, str sentence) a device came or went; an empty sentence: all is well again.
    trouble = Signal(str, str)

    _scans = Signal(object)
    _card = Signal(object)
    _weight = Signal(object)
    _state = Signal(str, object)

    def __init__(self, settings: DeskSettings, virtual: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.virtual = dict(virtual or {})
        self._workers: dict[str, PortWorker] = {}
        self._opened: dict[str, tuple[str, Any]] = {}
        self._polled: dict[str, Polling] = {}
        self._said: dict[str, str] = {}
        self.reading: Reading | None = None
        self._scans.connect(self._take_scans, Qt.ConnectionType.QueuedConnection)
        self._card.connect(self._take_card, Qt.ConnectionType.QueuedConnection)
        self._weight.connect(self._take_weight, Qt.ConnectionType.QueuedConnection)
        self._state.connect(self._take_state, Qt.ConnectionType.QueuedConnection)

    def has(self, role: str) -> bool:
        """Whether the desk's set-up names a device for this role."""
        return bool(self.settings.devices.get(role))

    def option(self, role: str, name: str, default: str) -> str:
        """An option of the role's address, such as ``language`` or ``roll``."""
        return dict(parse_qsl(urlsplit(self._address(role)).query)).get(name, default)

    def start(self) -> None:
        """Open card reader, scanner and scale and listen to them. A second call does nothing."""
        if not (self.has("idcard") or self.has("scanner") or self.has("scale")):
            return
        from devices import registry

        if self.has("idcard") and "idcard" not in self._polled:
            self._listen("idcard", registry.open_idcard_reader, CARD_SECONDS, self._card.emit)
        if self.has("scanner") and "scanner" not in self._polled:
            self._listen("scanner", registry.open_scanner, SCAN_SECONDS, self._scans.emit)
        if self.has("scale") and "scale" not in self._polled:
            self._listen("scale", registry.open_scale, WEIGH_SECONDS, self._weight.emit)

    def use(self, role: str, address: str) -> None:
        """Another device for a role from now on, listened to at once; an empty address: none. Nothing is written to the settings' file."""
        same = self.settings.devices.get(role, "") == address
        self.settings.devices.pop(role, None)
        if address:
            self.settings.devices[role] = address
        self._said.pop(role, None)
        if same:
            self.start()
            return
        polling = self._polled.pop(role, None)
        if polling is not None:
            polling.cancel()
        if role in self._workers:
            self._workers[role].submit(self._put_away, role)
        self.start()

    def on_printer(self, role: str, call: Callable[[PrinterPort], Any]) -> Future[Any]:
        """Do ``call(printer)`` on the thread of that printer's port. Raises :class:`NotInstalled` if the desk has none."""
        return self._on_port(role, self._open_printer, call)

    def open_drawer(self) -> Future[Any]:
        """Open the cash drawer, which hangs on the receipt printer. Raises :class:`NotInstalled`."""
        return self.on_printer("receipt", lambda printer: printer.open_drawer())

    def show(self, first: str, second: str = "") -> None:
        """Two rows on the customer display, if there is one; what goes wrong there is said, never in the way."""
        if self.has("display"):
            shown = self.on_display(lambda display: display.show(first, second))
            shown.add_done_callback(self._shown)

    def _shown(self, ended: Future[Any]) -> None:
        """On the display's thread. What the end of the program cancelled is no trouble of the display."""
        if not ended.cancelled():
            self._state.emit("display", ended.exception())

    def on_display(self, call: Callable[[CustomerDisplay], Any]) -> Future[Any]:
        """Do ``call(display)`` on the thread of the display's port. Raises :class:`NotInstalled` if the desk has none."""
        from devices.registry import open_display

        return self._on_port("display", lambda role: open_display(self._address(role)), call)

    def stop(self) -> None:
        """Close every port. Calls under way end; one that takes long is not waited for."""
        for polling in self._polled.values():
            polling.cancel()
        closing = [worker.submit(self._opened[role][1].close) for role, worker in self._workers.items() if role in self._opened]
        if closing:
            from concurrent.futures import wait

            wait(closing, timeout=CLOSE_SECONDS)
        for worker in self._workers.values():
            worker.stop(seconds=CLOSE_SECONDS)
        self._workers.clear()
        self._opened.clear()
        self._polled.clear()

    # --- ports -----------------------------------------------------------------------------------------------------------------

    def _address(self, role: str) -> str:
        address = self.settings.devices.get(role, "")
        return self.virtual.get(role, address) if address.upper() == "VIRTUAL" else address

    def _worker(self, role: str) -> PortWorker:
        from devices.worker import PortWorker

        if role not in self._workers:
            self._workers[role] = PortWorker(role)
        return self._workers[role]

    def _listen(self, role: str, opened_by: Callable[..., Any], seconds: float, heard: Callable[[Any], None]) -> None:
        try:
            address = self._address(role)
            device = opened_by(address, self.virtual.get(role))
        except XinglinError as problem:
            self._take_state(role, problem)
            return

        def poll() -> Any:
            self._opened[role] = (address, device)
            return device.poll()

        def on_result(result: Any) -> None:
            self._state.emit(role, None)
            if result:
                heard(result)

        self._polled[role] = self._worker(role).every(seconds, poll, on_result, lambda problem: self._state.emit(role, problem))

    def _on_port(self, role: str, opened_by: Callable[[str], Any], call: Callable[[Any], Any]) -> Future[Any]:
        if not self.has(role):
            raise NotInstalled(part=tr(NAMES[role]))

        def work() -> Any:
            if role not in self._opened:
                self._opened[role] = (self._address(role), opened_by(role))
            return call(self._opened[role][1])

        return self._worker(role).submit(work)

    def _put_away(self, role: str) -> None:
        """On the port's thread: close what was opened at another address than the one in the settings now."""
        opened = self._opened.get(role)
        if opened is not None and opened[0] != self._address(role):
            del self._opened[role]
            opened[1].close()

    def _open_printer(self, role: str) -> PrinterPort:
        from devices.registry import PrinterLanguage, open_printer

        address = self._address(role)
        if role == "label":
            return open_printer(address, PrinterLanguage(self.option(role, "language", "tspl")))
        if role == "a5" and "answers=" not in address:
            address += f"{'&' if '?' in address else '?'}answers=no"  # a page printer takes PDF and says nothing
        return open_printer(address)

    # --- back on the GUI thread --------------------------------------------------------------------------------------------------

    def _take_scans(self, scans: list[Scan]) -> None:
        for scan in scans:
            self.scanned.emit(scan.aim + scan.text)

    def _take_card(self, card: IdCard) -> None:
        self.carded.emit(card)

    def _take_weight(self, reading: Reading) -> None:
        if reading != self.reading:
            self.reading = reading
            self.weighed.emit(reading)

    def _take_state(self, role: str, problem: BaseException | None) -> None:
        """A polled device says the same a hundred times; a person hears it once."""
        sentence = "" if problem is None else f"{tr(NAMES[role])}: {problem}"
        if sentence != self._said.get(role, ""):
            self._said[role] = sentence
            self.trouble.emit(role, sentence)
