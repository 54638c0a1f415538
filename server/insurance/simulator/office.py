"""What all counters of the simulated bureau share: its memory, its rules, how it refuses, and the message that lies before it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.insurance import reading

if TYPE_CHECKING:
    from datetime import datetime

    from server.insurance.province import Province
    from server.insurance.simulator.store import Document, Store

WORDS: Final[dict[str, str]] = msgspec.toml.decode((resources.files(__package__) / "words.toml").read_bytes())


class Refusal(Exception):
    """The bureau says no: ``infcode`` -1 and the words of that name."""

    def __init__(self, word: str, about: str = "") -> None:
        super().__init__(word)
        self.words = WORDS[word] + (f"（{about}）" if about else "")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One request: what its envelope said and its input. ``at`` is the bureau's own clock."""

    infno: str
    msgid: str
    insuplc: str
    input: dict[str, Any]
    at: datetime

    def part(self, name: str = "data") -> dict[str, Any]:
        """A part of the input; refused if it is missing."""
        value = self.input.get(name)
        if not isinstance(value, dict):
            raise Refusal("missing", name)
        return value

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A list of the input; refused if it is missing or empty."""
        value = self.input.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise Refusal("missing", name)
        return value


class Office(msgspec.Struct, kw_only=True):
    """The bureau. ``lenient``: it insures whoever shows an ID number, and knows every code."""

    store: Store
    province: Province
    lenient: bool
    region: str = "440300"

    def document(self, kind: str, key: str, word: str) -> Document:
        """A document that must be there."""
        found = self.store.get(kind, key)
        if found is None:
            raise Refusal(word)
        return found

    def new_number(self, series: str, at: datetime) -> str:
        """A number of the bureau's: 20 digits."""
        return f"{at:%Y%m%d}{self.store.number(series):012d}"


def text(owner: dict[str, Any], name: str) -> str:
    """A field that must hold something."""
    value = reading.text(owner, name)
    if not value:
        raise Refusal("missing", name)
    return value


def every(owner: dict[str, Any], *names: str) -> None:
    """Fields that must hold something."""
    for name in names:
        text(owner, name)
