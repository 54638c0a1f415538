"""Paper from a desk: a document goes to the printer of a role, and its outcome to the result line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from client.devices import Devices
    from client.ops import Ops


class Paper(QObject):
    """``paper.print(document, "receipt", request_id)`` from anywhere on the GUI thread; it returns at once."""

    #: (Printed) how a job ended.
    finished = Signal(object)

    def __init__(self, ops: Ops, devices: Devices) -> None:
        super().__init__()
        self.ops = ops
        self.devices = devices

    def print(self, document: Any, role: str, request_id: str) -> None:
        """Print ``document`` (of :mod:`printing.documents`) on the printer of ``role``: receipt, label or a5.

        ``request_id`` is that of the act the paper belongs to, so that printing twice by mistake is one job. The outcome is said in the
        result line; an unknown one is asked there.
        """

    def again(self) -> None:
        """F9: print the last document once more, marked as a copy."""
