"""Label printers that speak ZPL (Zebra and many others) or TSPL (TSC, Gprinter, Xprinter …)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NoReturn

from devices.printer.driver import ANSWER_SECONDS, BytePrinter
from devices.printer.protocol import NoDrawer, PrinterNotReady, PrinterStatus, Reason
from devices.printer.status import tspl_status, zpl_status
from devices.worker import port_call

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIRM_SECONDS: Final = 30.0
_LOOK_SECONDS = 0.1
_ZPL_STATUS: Final = b"~HS"
_TSPL_STATUS: Final = b"\x1b!?"
_ETX: Final = b"\x03"


class _LabelPrinter(BytePrinter):
    @port_call
    def open_drawer(self) -> NoReturn:
        """Raises :class:`NoDrawer`."""
        raise NoDrawer(printer="")

    def _wait_for_end(self) -> tuple[Reason, ...]:
        """Look until the printer says twice running that nothing is left to print: it may not have begun at the first look."""
        idle = 0
        deadline = time.monotonic() + CONFIRM_SECONDS
        while idle < 2:
            time.sleep(_LOOK_SECONDS)
            status, busy = self._look()
            if status.reasons:
                return status.reasons
            idle = 0 if busy else idle + 1
            if time.monotonic() > deadline:
                return (Reason.NOT_ANSWERING,)
        return ()

    def _request_status(self) -> PrinterStatus:
        return self._look()[0]

    def _look(self) -> tuple[PrinterStatus, bool]:
        """The status, and whether there is still something to print."""
        raise NotImplementedError

    def _heard(self, request: bytes, whole: Callable[[bytes], bool]) -> bytes:
        self._wire.write(request)
        answer = b""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not whole(answer):
            if time.monotonic() > deadline:
                raise PrinterNotReady(reasons=(Reason.NOT_ANSWERING,))
            answer += self._wire.read(max(0.0, deadline - time.monotonic()))
        return answer


class ZplPrinter(_LabelPrinter):
    """A printer that answers ``~HS``."""

    def _look(self) -> tuple[PrinterStatus, bool]:
        try:
            status, left = zpl_status(self._heard(_ZPL_STATUS, lambda answer: answer.count(_ETX) >= 3))
        except ValueError as error:
            raise PrinterNotReady(reasons=(Reason.NOT_ANSWERING,)) from error
        return status, left > 0


class TsplPrinter(_LabelPrinter):
    """A printer that answers ``ESC ! ?``."""

    def _look(self) -> tuple[PrinterStatus, bool]:
        return tspl_status(self._heard(_TSPL_STATUS, bool)[-1:])
