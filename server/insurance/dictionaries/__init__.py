"""The dictionaries of DOMAIN.md §1.8 as data, and the table that holds them: filled once from here, refreshed by the bureau's own (1901)."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING, Final

from server.db import Write
from server.insurance.answers import DictionaryValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.db import Tx

_PUT: Final = Write(
    "INSERT INTO insurance_dictionary (type, value, label, label_en, parent, position, valid)"
    " VALUES (%(type)s, %(value)s, %(label)s, %(label_en)s, %(parent)s, %(position)s, %(valid)s)"
    " ON CONFLICT (type, value) DO UPDATE SET label = excluded.label, parent = excluded.parent, position = excluded.position,"
    " valid = excluded.valid"
)
_PUT_IF_NEW: Final = Write(
    "INSERT INTO insurance_dictionary (type, value, label, label_en, parent, position)"
    " VALUES (%(type)s, %(value)s, %(label)s, %(label_en)s, '', %(position)s) ON CONFLICT (type, value) DO NOTHING"
)
_RETIRE: Final = Write(
    "UPDATE insurance_dictionary SET valid = false WHERE type = %(type)s AND valid AND NOT value = ANY(%(values)s::text[])"
)


def standard() -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    """Dictionary → (value, Chinese label, English label), in the order in which they are listed."""
    folder = resources.files("server.insurance.dictionaries")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".csv")), key=lambda file: file.name)
    return {file.name.removesuffix(".csv"): _read(file.read_text("utf-8")) for file in files}


def _read(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((row["value"], row["label"], row["label_en"]) for row in csv.DictReader(text.splitlines()))


def load_standard(tx: Tx) -> int:
    """Fill the table with what is known beforehand; what the bureau has said already stays. Returns how many values were new."""
    return sum(
        tx.count(_PUT_IF_NEW, type=kind, value=value, label=label, label_en=label_en, position=position)
        for kind, values in standard().items()
        for position, (value, label, label_en) in enumerate(values)
    )


def refresh(tx: Tx, kind: str, values: Iterable[DictionaryValue]) -> None:
    """Take the bureau's own values of one dictionary (1901) over. Those that it no longer lists stay, but not as valid ones.

    An empty list changes nothing: no bureau has a dictionary without values. English labels are ours and stay.
    """
    listed = tuple(values)
    for one in listed:
        known = {"type": kind, "value": one.value, "label": one.label, "parent": one.parent, "position": one.position, "valid": one.valid}
        tx.write(_PUT, **known, label_en="")
    if listed:
        tx.write(_RETIRE, type=kind, values=[one.value for one in listed])
