"""Texts that follow the language while the program runs.

``text(label.setText, N_("Name"))`` sets the text now and again whenever the language changes, for as long as the widget lives. Fields may
be values or callables that are asked each time: ``text(label.setText, N_("{n} left"), n=lambda: model.left)``.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

import shiboken6
from PySide6.QtCore import QObject, Signal

from common import i18n
from common.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTRIBUTE: Final = "_bound_texts"
_owners: Final[weakref.WeakSet[QObject]] = weakref.WeakSet()


class _Signals(QObject):
    changed = Signal(str)


class _Current:
    signals: _Signals | None = None


def signals() -> _Signals:
    """``changed(language)`` fires after every bound text was set anew: for models and for what is painted."""
    if _Current.signals is None:
        _Current.signals = _Signals()
    return _Current.signals


def text(setter: Callable[[str], Any], source: str, **fields: object) -> None:
    """Keep ``setter``, a method of a Qt object, supplied with ``source`` in the current language."""
    owner = getattr(setter, "__self__", None)
    if not isinstance(owner, QObject):
        raise TypeError("the setter has to be a method of a Qt object")
    name = getattr(setter, "__name__", "")
    bind(owner, lambda target: getattr(target, name)(tr(source, **{key: _value(field) for key, field in fields.items()})), name)


def bind(owner: QObject, apply: Callable[[Any], None], slot: str = "") -> None:
    """Call ``apply(owner)`` now and after each change of language, for texts that are made of several.

    A second binding of the same ``slot`` takes the first one's place, so that a label may be bound again to say something else.
    """
    bound: dict[str, Callable[[Any], None]] | None = getattr(owner, _ATTRIBUTE, None)
    if bound is None:
        bound = {}
        setattr(owner, _ATTRIBUTE, bound)
        _owners.add(owner)
    bound[slot or f"#{len(bound)}"] = apply
    apply(owner)


def speak(language: str) -> None:
    """Change the language of every screen, at once. Nothing that was typed or chosen changes."""
    i18n.set_language(language)
    for owner in list(_owners):
        if shiboken6.isValid(owner):
            for apply in list(getattr(owner, _ATTRIBUTE).values()):
                apply(owner)
    signals().changed.emit(language)


def _value(field: object) -> object:
    return field() if callable(field) else field
