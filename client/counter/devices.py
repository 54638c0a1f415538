"""All devices beside one desk as simulators at the other end of the wire: what a demonstration, the bench and a training desk stand on.

No Qt: a program without a window uses it just so. The desk opens the devices by the addresses given here, through the drivers in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.counter.page_printer import PagePrinterSimulator
from devices.address import VIRTUAL
from devices.display.simulator import DisplaySimulator
from devices.idcard.simulator import IdCardReaderSimulator
from devices.printer.label_simulator import LabelPrinterSimulator, TsplPrinterSimulator, ZplPrinterSimulator
from devices.printer.simulator import EscPosPrinterSimulator
from devices.scale.simulator import ScaleSimulator
from devices.scanner.simulator import ScannerSimulator
from devices.wire.simulator import TCP
from printing.media import Media

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from devices.idcard.protocol import IdCard
    from devices.printer.simulator import SimulatedPrinter

RECEIPT: Final = "receipt"
LABEL: Final = "label"
A5: Final = "a5"
IDCARD: Final = "idcard"
SCANNER: Final = "scanner"
DISPLAY: Final = "display"
SCALE: Final = "scale"
ROLES: Final = (IDCARD, SCANNER, RECEIPT, LABEL, A5, DISPLAY, SCALE)
PRINTERS: Final = (RECEIPT, LABEL, A5)


class VirtualDevices:
    """The simulators of one desk, running from now on until :meth:`close`.

    ``addresses`` goes to the desk's window as ``virtual``, and :meth:`settings` into its settings. ``wire`` is ``"tcp"`` (loopback) or, not
    on Windows, ``"pty"`` for card reader, scanner and display. ``language`` is ``"tspl"`` or ``"zpl"``, ``roll`` the receipt's width in
    mm, 58 or 80. Everything a person can do may be called from any thread.
    """

    def __init__(self, *, wire: str = TCP, language: str = "tspl", roll: int = 80) -> None:
        self._listeners: list[Callable[[str], None]] = []
        self.roll = Media.ROLL_58 if roll == 58 else Media.ROLL_80
        self.reader = IdCardReaderSimulator(wire)
        self.scanner = ScannerSimulator(wire)
        self.receipt = EscPosPrinterSimulator(TCP, lambda _job: self._changed(RECEIPT))
        self.label: LabelPrinterSimulator = _LABEL_PRINTERS[language](TCP, lambda _job: self._changed(LABEL))
        self.a5 = PagePrinterSimulator(TCP, lambda _job: self._changed(A5))
        self.display = DisplaySimulator(wire, lambda _rows: self._changed(DISPLAY))
        self.scale = ScaleSimulator(wire)
        self.card: IdCard | None = None
        self.scanned: list[str] = []
        self.addresses: dict[str, str] = {
            IDCARD: self.reader.address,
            SCANNER: self.scanner.address,
            RECEIPT: f"{self.receipt.address}?roll={roll}",
            LABEL: f"{self.label.address}?language={language}",
            A5: self.a5.address,
            DISPLAY: self.display.address,
            SCALE: self.scale.address,
        }

    @staticmethod
    def settings() -> dict[str, str]:
        """The devices of a desk whose every device is a simulator, for :attr:`client.settings.DeskSettings.devices`."""
        return dict.fromkeys(ROLES, VIRTUAL)

    def listen(self, heard: Callable[[str], None]) -> None:
        """Have ``heard(role)`` called whenever something changed there. It may be called on a simulator's own thread."""
        self._listeners.append(heard)

    # --- what a person does at the counter ---------------------------------------------------------------------------------------

    def insert_card(self, card: IdCard) -> None:
        """Lay a card on the reader; one that lay there is taken away first. Raises ``ValueError`` if a text is too long for a card."""
        self.reader.insert_card(card)
        self.card = card
        self._changed(IDCARD)

    def remove_card(self) -> None:
        """Take the card away."""
        self.reader.remove_card()
        self.card = None
        self._changed(IDCARD)

    def scan(self, code: str, aim: str = "") -> bool:
        """Hold a code before the scanner. ``False`` if no desk listens to it."""
        if not self.scanner.connected:
            return False
        self.scanner.scan(code, aim)
        self.scanned.append(code)
        self._changed(SCANNER)
        return True

    def open_cover(self, role: str = RECEIPT) -> None:
        """Open the cover of the receipt or label printer. Raises ``KeyError`` for other roles."""
        self._printer(role).open_cover()
        self._changed(role)

    def close_cover(self, role: str = RECEIPT) -> None:
        """Close it."""
        self._printer(role).close_cover()
        self._changed(role)

    def take_out_paper(self, role: str = RECEIPT) -> None:
        """No paper from now on."""
        self._printer(role).take_out_paper()
        self._changed(role)

    def load_paper(self, role: str = RECEIPT, lines: int | None = None) -> None:
        """Put in a roll with so many lines (``None``: it never ends)."""
        self._printer(role).load_paper(lines)
        self._changed(role)

    def close_drawer(self) -> None:
        """Push the cash drawer in."""
        self.receipt.close_drawer()
        self._changed(RECEIPT)

    # --- what a person sees ------------------------------------------------------------------------------------------------------

    def jobs(self, role: str) -> list[bytes]:
        """Every piece of paper that came out of a printer (``receipt``, ``label``, ``a5``), as the bytes that it got, oldest first."""
        return list(self.a5.jobs if role == A5 else self._printer(role).jobs)

    def media(self, role: str) -> Media:
        """The paper in a printer."""
        return {RECEIPT: self.roll, LABEL: Media.LABEL_60X40, A5: Media.A5}[role]

    def cover_open(self, role: str) -> bool:
        """Whether the cover of the receipt or label printer is open."""
        return self._printer(role).cover_open

    def paper_out(self, role: str) -> bool:
        """Whether no paper is left in it."""
        return self._printer(role).paper_out

    @property
    def drawer_open(self) -> bool:
        """Whether the cash drawer stands open."""
        return self.receipt.drawer_open

    @property
    def rows(self) -> tuple[str, str]:
        """What the customer display shows."""
        return self.display.rows

    # --- the end -----------------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Take all devices away."""
        self._listeners.clear()
        for device in (self.reader, self.scanner, self.receipt, self.label, self.a5, self.display, self.scale):
            device.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _printer(self, role: str) -> SimulatedPrinter:
        printers: dict[str, SimulatedPrinter] = {RECEIPT: self.receipt, LABEL: self.label}
        return printers[role]

    def _changed(self, role: str) -> None:
        for heard in tuple(self._listeners):
            heard(role)


_LABEL_PRINTERS: Final[dict[str, Callable[..., LabelPrinterSimulator]]] = {"tspl": TsplPrinterSimulator, "zpl": ZplPrinterSimulator}
