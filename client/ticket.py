"""What :mod:`client.ops` keeps about a question: who waits for the answer, and what the line is like meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import weakref
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from common.errors import XinglinError


@dataclass(frozen=True)
class Link:
    """The line as the frame shows it: whether it stands, and how many acts wait for it."""

    online: bool = True
    waiting: int = 0


@dataclass(eq=False)
class Ticket:
    """Somebody waits for an answer."""

    owner: weakref.ref[QObject]
    done: Callable[[Any], None]
    failed: Callable[[XinglinError], None] | None
    slot: tuple[int, str] | None = None
    serial: int = 0
    cancelled: bool = False
    asked_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class LateAnswer:
    """An answer whose form is gone: a command of before a crash, or of a closed desk. ``error`` is None when it was carried out."""

    about: str
    name: str
    reply: Any
    error: XinglinError | None
