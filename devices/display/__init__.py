"""Customer displays: two lines of twenty characters."""

from devices.display.protocol import COLUMNS, ROWS, CustomerDisplay

__all__ = ["COLUMNS", "ROWS", "CustomerDisplay"]
