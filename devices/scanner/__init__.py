"""Barcode scanners: at a serial port, or typing like a keyboard."""

from devices.scanner.protocol import Scan, Scanner

__all__ = ["Scan", "Scanner"]
