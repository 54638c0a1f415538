"""What printers' status bytes mean. Pure; each function raises ``ValueError`` for bytes that cannot be such a status.

Sources: ESC/POS ``DLE EOT n`` and ``GS r n`` (Epson), ZPL ``~HS`` (Zebra), TSPL ``ESC ! ?`` (TSC).
"""

from __future__ import annotations

from typing import Final

from devices.printer.protocol import PrinterStatus

STATUS_REQUEST: Final = b"\x10\x04"
"""DLE EOT; followed by 1 printer, 2 cause of being offline, 3 cause of an error, 4 paper."""

ORDERED_REQUEST: Final = b"\x1d\x72\x01"
"""GS r 1: answered only after all that was sent before it is done."""

_FIXED_BITS, _FIXED = 0b1001_0011, 0b0001_0010


def is_realtime(answer: int) -> bool:
    """Whether a byte has the fixed bits of an answer to DLE EOT (bit 0 off, 1 on, 4 on, 7 off)."""
    return answer & _FIXED_BITS == _FIXED


def is_ordered(answer: int) -> bool:
    """Whether a byte has the fixed bits of an answer to GS r (bits 4 and 7 off)."""
    return answer & 0b1001_0000 == 0


def escpos_status(answers: bytes, drawer_open_is_high: bool = True) -> PrinterStatus:
    """The status in the four answers to DLE EOT 1, 2, 3, 4.

    Bit 2 of the first is pin 3 of the drawer's plug; whether it is high when the drawer is open depends on the drawer.
    """
    if len(answers) != 4 or not all(map(is_realtime, answers)):
        raise ValueError(f"not four answers to DLE EOT: {answers.hex(' ')}")
    printer, offline, error, paper = answers
    return PrinterStatus(
        online=not printer & 0x08,
        drawer_open=bool(printer & 0x04) == drawer_open_is_high,
        cover_open=bool(offline & 0x04),
        paper_out=bool(offline & 0x20 or paper & 0x60),
        paper_near_end=bool(paper & 0x0C),
        cutter_error=bool(error & 0x08),
        other_error=bool(error & 0x64),
    )


def zpl_status(answer: bytes) -> tuple[PrinterStatus, int]:
    """The status in the three lines (STX … ETX CR LF) that answer ``~HS``, and how many labels are still to be printed."""
    lines = [line.strip(b"\x02\x03\r\n ").split(b",") for line in answer.strip().splitlines()]
    if [len(line) for line in lines] != [12, 11, 2]:
        raise ValueError("not an answer to ~HS")
    first, second, _ = lines
    paper_out, paused, formats = (int(first[place]) for place in (1, 2, 4))
    head_open, ribbon_out, labels = (int(second[place]) for place in (2, 3, 8))
    status = PrinterStatus(
        online=not (paused or paper_out or head_open or ribbon_out),
        paper_out=bool(paper_out),
        paused=bool(paused) and not (paper_out or head_open or ribbon_out),
        cover_open=bool(head_open),
        ribbon_out=bool(ribbon_out),
        other_error=bool(int(first[9]) or int(first[11])),
    )
    return status, formats + labels + int(first[7])


def tspl_status(answer: bytes) -> tuple[PrinterStatus, bool]:
    """The status in the byte that answers ``ESC ! ?``, and whether the printer is printing."""
    if len(answer) != 1:
        raise ValueError("not an answer to ESC ! ?")
    bits = answer[0]
    status = PrinterStatus(
        online=not bits & ~0x20,
        cover_open=bool(bits & 0x01),
        paper_jam=bool(bits & 0x02),
        paper_out=bool(bits & 0x04),
        ribbon_out=bool(bits & 0x08),
        paused=bool(bits & 0x10),
        other_error=bool(bits & 0x80),
    )
    return status, bool(bits & 0x20)
