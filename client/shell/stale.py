"""What a desk shows and is not true any more: changes of its topics, gathered until it reads them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from common.wire import Change

#: After more changes than this everything is read anew; a desk that is away for a day need not remember each.
MOST: Final = 500


class StaleMarks:
    """Marks of one desk. ``bool(marks)``: there is something to read anew."""

    def __init__(self, topics: frozenset[str]) -> None:
        self._topics = topics
        self._changes: set[Change] = set()
        self._all = False

    def __bool__(self) -> bool:
        return self._all or bool(self._changes)

    def add(self, changes: frozenset[Change]) -> None:
        """Others changed this; an empty set: nobody knows what, so everything."""
        self._changes |= {change for change in changes if change.topic in self._topics}
        if not changes or len(self._changes) > MOST:
            self._all = True
            self._changes.clear()

    def take(self) -> frozenset[Change]:
        """What has to be read anew, as :meth:`client.desk.Desk.refresh` wants it; nothing is marked any more."""
        taken = frozenset() if self._all else frozenset(self._changes)
        self._changes, self._all = set(), False
        return taken
