"""Receipt and label printers: transports, status, sending with a known outcome."""

from devices.printer.protocol import (
    PrinterLost,
    PrinterNotReady,
    PrinterPort,
    PrinterStatus,
    Reason,
)

__all__ = ["PrinterLost", "PrinterNotReady", "PrinterPort", "PrinterStatus", "Reason"]
