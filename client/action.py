"""An action is a row of data. Key bindings, the key bar, the palette and the tooltips are all made from these rows, here and nowhere else.

The same key does the same thing on every desk (:data:`KEYS`). An action that cannot be done now says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from common.permissions import Permission

#: What the fixed keys mean everywhere. A desk's own actions take F4, F6, F7, F8, F10, F11 and Ctrl or Alt with a letter.
KEYS: Final = {
    "F1": N_("Help"),
    "F2": N_("Find patient"),
    "F3": N_("New"),
    "F5": N_("Refresh"),
    "F9": N_("Print again"),
    "F12": N_("Finish"),
    "Ctrl+K": N_("All actions"),
    "Ctrl+L": N_("Lock the desk"),
    "Alt+1": N_("First zone"),
    "Alt+2": N_("Second zone"),
    "Alt+3": N_("Third zone"),
}


def always(_state: Any) -> bool | str:
    """Enabled whatever the state."""
    return True


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that a person can do at a desk.

    ``title`` is an English source string, a verb; ``naming`` says it in the words of this moment, where it has any. ``key`` is written as in
    ``"F8"``, ``"Ctrl+R"`` or is empty. ``enabled(state)`` gets the desk's ``state`` and returns ``True`` or the reason why not (a source string
    or a sentence). ``bar`` keeps it in the key bar; all actions are in the palette. At most one action of a desk is ``primary``.
    """

    id: str
    title: str
    key: str = ""
    run: Callable[[], Any]
    needs: Permission | None = None
    enabled: Callable[[Any], bool | str] = always
    primary: bool = False
    bar: bool = True
    naming: Callable[[], str] | None = None

    def caption(self) -> str:
        """What it is called now, in the current language."""
        return (self.naming() if self.naming is not None else "") or tr(self.title)


@dataclass(frozen=True)
class Offer:
    """An action as it stands at this moment: ``reason`` is empty when it can be done."""

    action: Action
    reason: str

    @property
    def ready(self) -> bool:
        """Whether it can be done now."""
        return not self.reason

    def tip(self) -> str:
        """What a pointer over it shows: title, key, and the reason if it cannot be done."""
        key = f"  {shown_key(self.action.key)}" if self.action.key else ""
        return f"{self.action.caption()}{key}" + (f"\n{self.reason}" if self.reason else "")


def offers(actions: Iterable[Action], state: Any, permissions: Iterable[Permission]) -> list[Offer]:
    """The actions that the person's roles allow, each with what speaks against doing it now."""
    held = set(permissions)
    return [Offer(action, _reason(action, state)) for action in actions if action.needs is None or action.needs in held]


def _reason(action: Action, state: Any) -> str:
    answer = action.enabled(state)
    if answer is True:
        return ""
    return tr(answer) if isinstance(answer, str) and answer else tr("Not possible now.")


def find(ready: Sequence[Offer], key: str) -> Offer | None:
    """The offer bound to ``key`` (as :func:`key_of` writes it)."""
    return next((offer for offer in ready if offer.action.key and normal_key(offer.action.key) == key), None)


def normal_key(key: str) -> str:
    """``"ctrl+k"`` → ``"Ctrl+K"``, so that keys can be compared."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def key_of(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> str:
    """A key press as :func:`normal_key` writes it; the number pad's own bit is ignored."""
    kept = modifiers & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(kept, key)).toString(QKeySequence.SequenceFormat.PortableText)


def shown_key(key: str) -> str:
    """The key as the key caps of this platform say it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def clashes(actions: Sequence[Action]) -> list[str]:
    """What is wrong with a desk's rows: an id or a key twice, or two primary actions. Empty when all is well."""
    found: list[str] = []
    ids = [action.id for action in actions]
    keys = [normal_key(action.key) for action in actions if action.key]
    found += [f"id {each} twice" for each in sorted(set(ids)) if ids.count(each) > 1]
    found += [f"key {each} twice" for each in sorted(set(keys)) if keys.count(each) > 1]
    if sum(action.primary for action in actions) > 1:
        found.append("more than one primary action")
    return found
