"""The ways from one desk to the others, as rows like all actions: with the keys of their tabs, and in the palette."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from client.action import Action, normal_key
from client.shell.tab_bar import key_of
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.desks import DeskEntry


@dataclass(frozen=True, kw_only=True)
class GoTo(Action):
    """Go to another desk, whose title this action has."""

    bar: bool = False

    def caption(self) -> str:
        return tr("Go to {desk}", desk=tr(self.title))


def ways(desks: Sequence[DeskEntry], here: str, go: Callable[[str, Any], None]) -> list[Action]:
    """From the desk ``here`` to each of the others; ``go(desk id, None)`` is called."""
    return [
        GoTo(id=f"go_{entry.id}", title=entry.title, key=key_of(place), run=partial(go, entry.id, None))
        for place, entry in enumerate(desks)
        if entry.id != here
    ]


def key_of_desk(desks: Sequence[DeskEntry], desk_id: str) -> str:
    """The key of a desk's tab; empty if it has none."""
    return next((normal_key(key_of(place)) for place, entry in enumerate(desks) if entry.id == desk_id and key_of(place)), "")
