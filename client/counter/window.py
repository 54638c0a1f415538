"""The window of the virtual counter: what stands on the table in front of a desk, to be handled with mouse and keyboard.

It drives the simulators at the other end of the desks' wires. The desks know nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from client import texts, theme
from client.counter.devices import A5, DISPLAY, IDCARD, LABEL, RECEIPT, VirtualDevices
from client.counter.machines import CardReader, CodeScanner, CustomerScreen, PaperPrinter
from client.icons import icon
from client.ops import Bridge
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.counter.codes import OfferedCode

FIRST_SIZE: Final = (1320, 760)
_LEFT: Final = 340
#: What desks offer to scan changes without a word; it is looked at this often.
_LOOK_MS: Final = 700


def _nothing() -> Sequence[OfferedCode]:
    return ()


class Table(QWidget):
    """The devices of one desk."""

    _changed = Signal(str)

    def __init__(self, devices: VirtualDevices, bridge: Bridge, offers: Callable[[], Sequence[OfferedCode]]) -> None:
        super().__init__()
        self.devices = devices
        self.reader = CardReader(devices)
        self.scanner = CodeScanner(devices, offers)
        self.receipt = PaperPrinter(devices, RECEIPT, N_("counter|Receipt printer and drawer"), bridge, drawer=True)
        self.label = PaperPrinter(devices, LABEL, N_("counter|Label printer"), bridge)
        self.a5 = PaperPrinter(devices, A5, N_("counter|A5 printer"), bridge)
        self.display = CustomerScreen(devices)
        self._lay_out()
        self._changed.connect(self._show, Qt.ConnectionType.QueuedConnection)
        devices.listen(self._changed.emit)
        texts.bind(self, lambda table: table.show_all())

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.MARGIN)
        for widgets, stretch in (((self.reader, self.scanner), 0), ((self.receipt,), 6), ((self.display, self.label), 5), ((self.a5,), 6)):
            column = QVBoxLayout()
            column.setSpacing(theme.MARGIN)
            for widget in widgets:
                column.addWidget(widget, 0 if widget is self.display else 1)
            layout.addLayout(column, stretch)
        self.reader.setFixedWidth(_LEFT)
        self.scanner.setFixedWidth(_LEFT)

    def show_all(self) -> None:
        """Everything as it stands."""
        for role in (IDCARD, RECEIPT, LABEL, A5, DISPLAY):
            self._show(role)

    def _show(self, role: str) -> None:
        machines = {IDCARD: self.reader, RECEIPT: self.receipt, LABEL: self.label, A5: self.a5, DISPLAY: self.display}
        machine = machines.get(role)
        if machine is not None:
            machine.show_state()
        self.scanner.show_state()


class Counter(QWidget):
    """``Counter(devices)`` shows one desk's devices, ``Counter({"收费": …, "药房": …})`` those of several, with a tab for each.

    ``offers`` gives codes that can be scanned beside those on printed paper, such as :func:`client.counter.codes.pack_codes`; it is asked
    again and again. Closing the window leaves the devices running; who made them closes them.
    """

    def __init__(
        self, devices: VirtualDevices | Mapping[str, VirtualDevices], offers: Callable[[], Sequence[OfferedCode]] = _nothing
    ) -> None:
        super().__init__()
        desks = devices if isinstance(devices, Mapping) else {"": devices}
        self._bridge = Bridge()
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.pages = QStackedWidget()
        self.tables = {title: Table(each, self._bridge, offers) for title, each in desks.items()}
        for title, table in self.tables.items():
            self.tabs.addTab(title)
            self.pages.addWidget(table)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.tabs.setVisible(len(self.tables) > 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GAP, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self.pages, 1)
        self.setWindowIcon(icon("brand"))
        texts.bind(self, lambda window: window.setWindowTitle(tr("counter|Virtual counter")))
        self.resize(*FIRST_SIZE)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(lambda: self.table().scanner.show_state())
        self._look.start()

    def table(self) -> Table:
        """The devices that are shown."""
        found = self.pages.currentWidget()
        assert isinstance(found, Table)
        return found

    def show_desk(self, title: str) -> None:
        """Turn to the devices of a desk. Raises ``ValueError`` if there is none of that name."""
        self.tabs.setCurrentIndex(list(self.tables).index(title))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._look.stop()
        self._bridge.stop()
        super().closeEvent(event)
