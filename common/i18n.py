"""One message catalogue for screens and paper.

Source strings are English. ``locale/<language>/<area>.json`` maps each of them to its translation; English is the key itself, unless
``locale/en/`` holds a better wording. A key may carry a context before a bar (``"verb|Charge"``), which is never shown.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHINESE: Final = "zh_CN"
ENGLISH: Final = "en"
LANGUAGES: Final = (CHINESE, ENGLISH)

_default_language = CHINESE
_override: ContextVar[str | None] = ContextVar("language", default=None)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every message of one language, merged from its areas. A message that two areas translate differently is an error."""
    merged: dict[str, str] = {}
    folder = files("common") / "locale" / language
    if not folder.is_dir():
        return merged
    for area in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if area.name.endswith(".json"):
            for source, text in json.loads(area.read_text(encoding="utf-8")).items():
                if merged.setdefault(source, text) != text:
                    raise ValueError(f"{language}/{area.name}: {source!r} is {text!r} here and {merged[source]!r} elsewhere")
    return merged


def current_language() -> str:
    """The language that :func:`tr` speaks now: the one of the surrounding :func:`language` block, else the process's own."""
    return _override.get() or _default_language


def set_language(language: str) -> None:
    """Choose the process's language, one of :data:`LANGUAGES`. Raises ``ValueError`` for any other."""
    global _default_language
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    _default_language = language


@contextmanager
def language(code: str) -> Iterator[None]:
    """Speak ``code`` inside the block, for example to print Chinese paper from an English screen."""
    token = _override.set(code)
    try:
        yield
    finally:
        _override.reset(token)


def tr(source: str, /, **fields: object) -> str:
    """The message in the current language with its ``{fields}`` filled in.

    A message without a translation is shown in English rather than hidden; the tests make sure that there is none.
    """
    text = catalogue(current_language()).get(source)
    if text is None:
        text = source.rpartition("|")[2]
    return text.format(**fields) if fields else text


def N_(source: str) -> str:
    """Mark a string for translation that is looked up later with :func:`tr`."""
    return source
