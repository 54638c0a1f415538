"""``xinglin desk``: open a workstation."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QApplication

    from client.service import Service
    from client.settings import DeskSettings
    from client.shell.window import DeskWindow


def main(argv: Sequence[str] | None = None) -> int:
    """Open a desk and stay until its window is closed. Returns the exit code."""
    chosen = _parser().parse_args(argv)
    from client import settings

    remembered = settings.load()
    if chosen.scale or remembered.scale_percent != 100:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{(chosen.scale or remembered.scale_percent) / 100:g}")
    for role, _, address in (each.partition("=") for each in chosen.device):
        remembered.devices[role] = address
    app = start(remembered, language=chosen.lang, look=chosen.theme)
    window = open_window(remembered, service_of(remembered, chosen.server), desk_id=chosen.desk)
    window.show()
    return app.exec()


def start(remembered: DeskSettings, *, language: str = "", look: str = "") -> QApplication:
    """The application with typeface, language and theme, ready for windows."""
    from client.no_features import spare_sources

    spare_sources()
    from PySide6.QtWidgets import QApplication

    from client import theme
    from common.i18n import set_language

    set_language(language or remembered.language)
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("Xinglin")
    app.setDesktopFileName("xinglin")
    if not theme.load_font(app):
        print("The font Noto Sans SC is not installed; run the set-up again.", file=sys.stderr)  # noqa: T201 - there is no window yet
    theme.apply(app, theme.Mode(look or remembered.theme))
    theme.follow_system(app)
    return app


def open_window(remembered: DeskSettings, service: Service | None, *, desk_id: str = "") -> DeskWindow:
    """The desk's window, not shown yet."""
    from client.shell.window import DeskWindow
    from common import places

    return DeskWindow(remembered, service, places.journal_folder(), desk_id=desk_id)


def service_of(remembered: DeskSettings, server: str = "") -> Service | None:
    """The service that the desk was paired with, or the one at ``server`` on this machine; ``None``: pair first."""
    from client.service import Service

    if server.startswith("http://"):
        return Service(server)
    if not remembered.paired or (server and server.rstrip("/") != remembered.url):
        remembered.url = server or remembered.url
        return None
    from client import keychain

    secret = keychain.find(remembered.url, remembered.desk_id)
    fingerprint = bytes.fromhex(remembered.fingerprint)
    return Service(remembered.url, fingerprint, (remembered.desk_id, secret)) if secret else None


def _parser() -> argparse.ArgumentParser:
    from client.desks import DESKS

    parser = argparse.ArgumentParser(prog="xinglin desk", description=tr("Open a workstation."))
    parser.add_argument(
        "desk", nargs="?", default="", choices=("", *(entry.id for entry in DESKS)), help=tr("the desk to open after signing in")
    )
    parser.add_argument("--server", default="", help=tr("address of the service; http:// is for this machine only"))
    parser.add_argument("--lang", default="", choices=("", "zh_CN", "en"), help=tr("language of the windows"))
    parser.add_argument(
        "--theme", default="", choices=("", "light", "dark", "system"), help=tr("light or dark; system: as the computer is set")
    )
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="ROLE=ADDRESS",
        help=tr("a device for this time: receipt, label, a5, idcard, scanner or display, and its address"),
    )
    parser.add_argument("--scale", type=int, default=0, metavar="PERCENT", help=tr("size of everything, 100 to 200"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
