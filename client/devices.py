"""The devices beside the desk, by their role, each on its port's own thread; what they report arrives on the GUI thread as signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.settings import DeskSettings

ROLES = ("receipt", "label", "a5", "idcard", "scanner", "display", "drawer")


class Devices(QObject):
    """What the desk's settings name is opened by :meth:`start`; what fails is told once, and tried again."""

    #: (str) a code from a scanner; wedge scans arrive here too.
    scanned = Signal(str)
    #: (devices.idcard.protocol.IdCard)
    carded = Signal(object)
    #: (str role, str sentence) a device came or went; the sentence is empty when all is well.
    trouble = Signal(str, str)

    def __init__(self, settings: DeskSettings) -> None:
        super().__init__()
        self.settings = settings

    def has(self, role: str) -> bool:
        """Whether the desk's set-up names a device for this role."""
        return bool(self.settings.devices.get(role))

    def start(self) -> None:
        """Open readers and scanners and listen to them."""

    def open_drawer(self, done: Callable[[], None] | None = None, failed: Callable[[Any], None] | None = None) -> None:
        """Open the cash drawer."""

    def show(self, *lines: str) -> None:
        """Put lines on the customer display, if there is one."""

    def stop(self) -> None:
        """Close every port."""
