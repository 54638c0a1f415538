"""Shift and daily close 交班日结: float, blind count, hand-over, close, reopening, roll-up, and what stands in their way."""
