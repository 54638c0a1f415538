"""The demonstration on a screen: a chooser for the desks, each with its virtual counter beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from client.__main__ import start
from client.settings import DeskSettings
from common.i18n import N_, current_language, tr
from installer.sample import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

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


def open_windows() -> int:
    """Open the chooser; returns when the last window is closed."""
    from installer.demo.clinic import demo_clinic, demo_home

    with demo_clinic() as clinic, demo_home() as folder:
        app = application()
        chooser = make_chooser(clinic, folder)
        chooser.show()
        return app.exec()


def make_chooser(clinic: DemoClinic, folder: Path) -> QWidget:
    """A window with one button for each desk."""
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
    column.setContentsMargins(theme.MARGIN * 2, theme.MARGIN * 2, theme.MARGIN * 2, theme.MARGIN * 2)
    column.setSpacing(theme.GAP)
    column.addWidget(Label(N_("Sample clinic"), "heading"))
    column.addWidget(Label(N_("Open the desks and lead a patient through. Keys 1 to 4 open them too."), "secondary"))
    for number, (desk_id, login, title, name) in enumerate(DESKS, 1):
        button = Button(key=str(number), run=_opener(clinic, folder, desk_id, login))
        button.setText(f"{tr(title)}　{name}")
        button.setShortcut(str(number))
        button.setMinimumWidth(420)
        column.addWidget(button)
    column.addWidget(Label(tr("Everybody's password: {password}", password=PASSWORD), "note"))
    return window


def _opener(clinic: DemoClinic, folder: Path, desk_id: str, login: str) -> Callable[[], None]:
    opened: list[QWidget] = []

    def open_desk() -> None:
        if not opened or not opened[0].isVisible():
            opened[:] = open_with_counter(clinic, folder, desk_id, login)
        for widget in opened:
            widget.show()
            widget.raise_()
        opened[0].activateWindow()

    return open_desk


def open_with_counter(clinic: DemoClinic, folder: Path, desk_id: str, login: str) -> list[QWidget]:
    """A desk's window, its login filled in, and the virtual counter that stands beside it."""
    from client.connection import Service
    from client.counter import Counter
    from client.counter.devices import VirtualDevices
    from client.shell.window import DeskWindow

    devices = VirtualDevices()
    settings = DeskSettings(
        url=clinic.url, desk_name="", language=current_language(), devices=devices.settings(), last_login=login, clinic=tr("Sample clinic")
    )
    service = Service(clinic.url, clinic.fingerprint)
    window = DeskWindow(settings, service, folder / desk_id, desk_id=desk_id, virtual=devices.addresses)
    counter = Counter(devices)
    window.destroyed.connect(counter.close)
    return [window, counter]


if __name__ == "__main__":
    sys.exit(open_windows())
