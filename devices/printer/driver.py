"""ESC/POS receipt printers: real-time status before a job, an answer in order after it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from devices.printer.protocol import PrinterLost, PrinterNotReady, PrinterStatus, Reason
from devices.printer.status import ORDERED_REQUEST, STATUS_REQUEST, escpos_status, is_ordered, is_realtime
from devices.printer.transport import Wire, WireClosed, wire_to
from devices.worker import port_call, release_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devices.address import Address

ANSWER_SECONDS: Final = 1.0
CONFIRM_SECONDS: Final = 20.0
"""How long a receipt may take to print: about 3 m of paper at 150 mm/s."""

_LOOK_SECONDS = 0.5
DRAWER_PULSE: Final = bytes.fromhex("1B 70 00 3C FF")


class BytePrinter:
    """What all printers share: the wire, and what a break of it means. ``?answers=no`` in the address: it never answers."""

    def __init__(self, address: Address) -> None:
        self._wire: Wire = wire_to(address)
        self.confirms = self._wire.answers and address.options.get("answers", "yes") != "no"

    @port_call
    def status(self) -> PrinterStatus:
        """See :meth:`~devices.printer.protocol.PrinterPort.status`."""
        with self._connected():
            return self._ask_status()

    @port_call
    def send(self, data: bytes) -> None:
        """See :meth:`~devices.printer.protocol.PrinterPort.send`."""
        with self._connected():
            reasons = self._ask_status().reasons
            if reasons:
                raise PrinterNotReady(reasons=reasons)
            self._write(data)
            if self.confirms:
                self._confirm(len(data))

    def close(self) -> None:
        """See :meth:`~devices.printer.protocol.PrinterPort.close`."""
        self._wire.drop()
        release_port(self)

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            self._wire.open()
            yield
        except WireClosed as error:
            # Every write of a job turns this into PrinterLost itself, so here nothing has left.
            raise PrinterNotReady(reasons=(Reason.NOT_CONNECTED,)) from error
        finally:
            self._wire.release()

    def _write(self, data: bytes) -> None:
        try:
            self._wire.write(data)
        except WireClosed as error:
            raise PrinterLost(sent_bytes=error.sent, reasons=(Reason.NOT_CONNECTED,)) from error

    def _ask_status(self) -> PrinterStatus:
        """The printer's own word; on a one-way wire only that it could be opened."""
        if not self.confirms:
            return PrinterStatus(online=True)
        return self._request_status()

    def _confirm(self, sent: int) -> None:
        try:
            reasons = self._wait_for_end()
        except WireClosed as error:
            raise PrinterLost(sent_bytes=sent, reasons=(Reason.NOT_CONNECTED,)) from error
        except PrinterNotReady as error:
            raise PrinterLost(sent_bytes=sent, reasons=error.reasons) from error
        if reasons:
            raise PrinterLost(sent_bytes=sent, reasons=reasons)

    def _request_status(self) -> PrinterStatus:
        """Ask and wait for the answer. Raises :class:`PrinterNotReady` if there is none."""
        raise NotImplementedError

    def _wait_for_end(self) -> tuple[Reason, ...]:
        """Wait until all that was sent is printed; else the reasons why it is not."""
        raise NotImplementedError


class EscPosPrinter(BytePrinter):
    """A receipt printer. ``?drawer=low`` in its address: the drawer's switch is low when open. ``?confirm=status``: it knows no GS r."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._drawer_open_is_high = address.options.get("drawer", "high") != "low"
        self._answers_in_order = address.options.get("confirm", "order") != "status"
        self._realtime = bytearray()
        self._done = False

    @port_call
    def open_drawer(self) -> None:
        """See :meth:`~devices.printer.protocol.PrinterPort.open_drawer`. An open cover or missing paper does not keep it shut."""
        with self._connected():
            if self.confirms:
                self._request_status()
            self._write(DRAWER_PULSE)

    def _request_status(self) -> PrinterStatus:
        answers = bytes(self._answer_to(number) for number in (1, 2, 3, 4))
        return escpos_status(answers, self._drawer_open_is_high)

    def _answer_to(self, number: int) -> int:
        self._realtime.clear()
        self._wire.write(STATUS_REQUEST + bytes([number]))
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._realtime:
            if time.monotonic() > deadline:
                raise PrinterNotReady(reasons=(Reason.NOT_ANSWERING,))
            self._listen(deadline - time.monotonic())
        return self._realtime[0]

    def _listen(self, seconds: float) -> None:
        """Sort what the printer says: the answer in order may arrive amid answers in real time."""
        heard = self._wire.read(max(0.0, seconds))
        self._realtime += bytes(answer for answer in heard if is_realtime(answer))
        self._done = self._done or any(map(is_ordered, heard))

    def _wait_for_end(self) -> tuple[Reason, ...]:
        """GS r is answered after the last line before it. Meanwhile a status tells at once of paper, cover and cutter."""
        if self._answers_in_order:
            self._done = False
            self._wire.write(ORDERED_REQUEST)
            deadline = time.monotonic() + CONFIRM_SECONDS
            self._listen(_LOOK_SECONDS)
            while not self._done:
                reasons = self._reasons_amid_job()
                if reasons or time.monotonic() > deadline:
                    return reasons or (Reason.NOT_ANSWERING,)
                self._listen(_LOOK_SECONDS)
        return self._request_status().reasons

    def _reasons_amid_job(self) -> tuple[Reason, ...]:
        """A printer that prints may look offline or be too busy to answer: only what a person has to mend counts."""
        try:
            found = self._request_status().reasons
        except PrinterNotReady:
            return ()
        return tuple(reason for reason in found if reason != Reason.OFFLINE)
