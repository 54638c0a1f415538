"""Processes remembered by number and start time, so that a later one of the same number is never taken for them."""

from __future__ import annotations

from typing import TypeAlias

import psutil

Mark: TypeAlias = list[float]
"""Number and start time (seconds since 1970) of a process; fit for JSON."""


def mark(process: psutil.Process) -> Mark:
    """What to remember of ``process``."""
    return [process.pid, process.create_time()]


def living(remembered: object) -> psutil.Process | None:
    """The process that :func:`mark` remembered, if it still lives. Anything else that stands in the file counts as dead."""
    match remembered:
        case [int() | float() as number, int() | float() as since]:
            pass
        case _:
            return None
    try:
        process = psutil.Process(int(number))
        alive = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - since) < 1.0
    except psutil.Error:
        return None
    return process if alive else None
