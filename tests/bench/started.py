"""The process whose start is measured: the real ``xinglin desk`` with an eye on its window, or a bare PySide6 window.

``python -m tests.bench.started desk DESK URL LOGIN PASSWORD BEGAN`` or ``… bare BEGAN``; ``BEGAN`` is the starter's monotonic clock. The
measured time begins before Python itself is loaded.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.shell.window import DeskWindow


def pss_mb() -> float:
    """This process's share of memory; elsewhere than on Linux its unique set."""
    rollup = Path("/proc/self/smaps_rollup")
    if rollup.exists():
        line = next(line for line in rollup.read_text("ascii").splitlines() if line.startswith("Pss:"))
        return int(line.split()[1]) * 1024 / 1e6
    import psutil

    return float(psutil.Process().memory_full_info().uss) / 1e6


def when_painted(widget: QWidget, then: Any) -> None:
    """Call ``then()`` once ``widget`` and what is on it have been painted and the event loop is free again."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Eye(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                widget.removeEventFilter(self)
                QTimer.singleShot(0, then)
            return False

    eye = Eye(widget)
    widget.installEventFilter(eye)


def bare(began: float) -> int:
    """The floor: an application, a window with a text, nothing else."""
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication(sys.argv[:1])
    window = QLabel("Xinglin")
    window.resize(1366, 768)

    def tell() -> None:
        print(json.dumps({"sign_in_s": time.monotonic() - began, "sign_in_pss_mb": pss_mb()}))
        app.quit()

    when_painted(window, tell)
    window.show()
    return app.exec()


class _Desk:
    """Watches the desk's window, signs in as soon as it can, and tells how long it all took."""

    def __init__(self, began: float, login: str, password: str) -> None:
        self.began, self.login, self.password = began, login, password
        self.said: dict[str, float] = {}
        self.signed_in_at = 0.0

    def watch(self, window: DeskWindow) -> DeskWindow:
        """Begin with the sign-in page."""
        assert window.sign_in_page is not None
        when_painted(window.sign_in_page, lambda: self.sign_in(window))
        return window

    def sign_in(self, window: DeskWindow) -> None:
        """The sign-in page is there: note it and go on to the desk."""
        self.said = {"sign_in_s": time.monotonic() - self.began, "sign_in_pss_mb": pss_mb()}
        self.signed_in_at = time.monotonic()
        window.pages.currentChanged.connect(lambda _index: self.page_changed(window))
        window.sign_in(self.login, self.password)

    def page_changed(self, window: DeskWindow) -> None:
        """Another page: the desk's frame, sooner or later."""
        if window.frame is not None and window.pages.currentWidget() is window.frame:
            when_painted(window.frame.desk, lambda: self.desk_is_there(window))

    def desk_is_there(self, window: DeskWindow) -> None:
        """Tell and end."""
        print(json.dumps(self.said | {"desk_s": time.monotonic() - self.signed_in_at, "pss_mb": pss_mb()}), flush=True)
        window.close()


def desk(desk_id: str, url: str, login: str, password: str, began: float) -> int:
    """``xinglin desk`` itself; only the window that it opens is looked at."""
    import client.__main__ as program
    from installer.cli import main

    watcher, open_window = _Desk(began, login, password), program.open_window
    program.open_window = lambda *given, **named: watcher.watch(open_window(*given, **named))
    return main(["desk", desk_id, "--server", url])


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        sys.exit(bare(float(sys.argv[2])))
    desk_id, url, login, password, began = sys.argv[2:]
    sys.exit(desk(desk_id, url, login, password, float(began)))
