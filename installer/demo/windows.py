"""The demonstration on a screen: a chooser for the desks, each with its virtual counter beside it."""

from __future__ import annotations

import itertools
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

import psycopg

from client.__main__ import start
from client.settings import DeskSettings
from common.i18n import N_, current_language, tr
from installer.sample import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from client.counter.codes import OfferedCode, SamplePack
    from client.shell.window import DeskWindow
    from installer.demo.clinic import DemoClinic

#: desk, who works there, what it is called
DESKS: Final = (
    ("registration", "zhouqing", N_("Registration"), "周清"),
    ("doctor", "fangzhou", N_("Doctor"), "方舟"),
    ("pharmacy", "suye", N_("Pharmacy"), "苏叶"),
    ("cashier", "qianduo", N_("Cashier"), "钱朵"),
)


def application() -> QApplication:
    """The one application, in the language of the terminal."""
    return start(DeskSettings(language=current_language()))


class Demo:
    """The open windows: the chooser, one virtual counter for all desks, and the desks themselves, each opened when it is asked for."""

    def __init__(self, clinic: DemoClinic, folder: Path) -> None:
        from client.counter.devices import VirtualDevices
        from client.counter.window import Counter

        self.clinic = clinic
        self.folder = folder
        self.devices = {desk_id: VirtualDevices() for desk_id, *_ in DESKS}
        self.desks: dict[str, DeskWindow] = {}
        self._packs = sample_packs(clinic.dsn)
        self._serials = itertools.count(1)
        self.counter = Counter({tr(title): self.devices[desk_id] for desk_id, _, title, _ in DESKS}, offers=self.offers)
        self.chooser = self._make_chooser()

    def offers(self) -> list[OfferedCode]:
        """What may be held before a scanner now: slips and receipts that came out, and the packs of the prescription that is being picked."""
        from client.counter.codes import pack_codes, printed_codes, unique

        codes = [code for devices in self.devices.values() for code in printed_codes(devices)]
        pharmacy = self.desks.get("pharmacy")
        picking = pharmacy.frame.desk.model.picking if pharmacy is not None and pharmacy.frame is not None else None  # type: ignore[attr-defined]
        if picking is not None:
            codes = [*pack_codes(picking, self._packs, self._serials), *codes]
        return unique(codes)

    def open_desk(self, desk_id: str) -> None:
        """Bring a desk to the front, with its table on the counter; its login is filled in."""
        window = self.desks.get(desk_id)
        if window is None or not window.isVisible():
            window = self.desks[desk_id] = self._make_desk(desk_id)
        window.show()
        window.raise_()
        window.activateWindow()
        self.counter.show_desk(next(tr(title) for known, _, title, _ in DESKS if known == desk_id))
        self.counter.show()

    def _make_desk(self, desk_id: str) -> DeskWindow:
        from client.connection import Service
        from client.shell.window import DeskWindow

        login = next(who for known, who, *_ in DESKS if known == desk_id)
        settings = DeskSettings(
            url=self.clinic.url,
            language=current_language(),
            devices=self.devices[desk_id].settings(),
            last_login=login,
            clinic=tr("Sample clinic"),
        )
        service = Service(self.clinic.url, self.clinic.fingerprint)
        return DeskWindow(settings, service, self.folder / desk_id, desk_id=desk_id, virtual=self.devices[desk_id].addresses)

    def _make_chooser(self) -> QWidget:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QVBoxLayout, QWidget

        from client import theme
        from client.widgets.buttons import Button
        from client.widgets.form import Label

        window = QWidget()
        window.setWindowTitle(tr("Xinglin: sample clinic"))
        window.setProperty("ground", "surface")
        window.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(window)
        column.setContentsMargins(*[theme.MARGIN * 2] * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(Label(N_("Sample clinic"), "heading"))
        column.addWidget(Label(N_("Open the desks and lead a patient through. Keys 1 to 4 open them too."), "secondary"))
        for number, (desk_id, _, title, name) in enumerate(DESKS, 1):
            button = Button(key=str(number), run=partial(self.open_desk, desk_id))
            button.setText(f"{tr(title)}　{name}")
            button.setShortcut(str(number))
            button.setMinimumWidth(420)
            column.addWidget(button)
        column.addWidget(Label(tr("Everybody's password: {password}", password=PASSWORD), "note"))
        return window

    def close(self) -> None:
        """Close everything that is open."""
        from installer.demo.station import hang_up

        for window in (*self.desks.values(), self.counter, self.chooser):
            window.close()
        for desk in self.desks.values():
            hang_up(desk)
        for devices in self.devices.values():
            devices.close()


def sample_packs(dsn: str) -> dict[int, SamplePack]:
    """What stands on the packs of each drug of the sample clinic, by drug id."""
    from client.counter.codes import SamplePack

    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT b.drug_id, b.code, t.code FROM drug_code b JOIN drug_code t ON t.drug_id = b.drug_id AND t.kind = 'trace_prefix'"
            " WHERE b.kind = 'barcode'"
        ).fetchall()
    return {drug_id: SamplePack(barcode, prefix) for drug_id, barcode, prefix in rows}


def open_windows() -> int:
    """Open chooser and counter; returns when the last window is closed."""
    from installer.demo.clinic import demo_clinic, demo_home

    with demo_clinic() as clinic, demo_home() as folder:
        app = application()
        _end_on_request(app)
        demo = Demo(clinic, folder)
        demo.counter.show()
        demo.chooser.show()
        demo.chooser.raise_()
        demo.chooser.activateWindow()
        try:
            return app.exec()
        finally:
            demo.close()


def _end_on_request(app: QApplication) -> None:
    """Ctrl+C, a request to end, a closed terminal: everything closes in order, as when the last window is closed."""
    from PySide6.QtCore import QTimer

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda number, _: app.exit(128 + number))
    awake = QTimer(app, interval=200)  # Python looks for signals only while it has something to do
    awake.timeout.connect(lambda: None)
    awake.start()


if __name__ == "__main__":
    sys.exit(open_windows())
