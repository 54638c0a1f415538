"""The dictionaries of DOMAIN.md §1.8 as data: one file each, with labels in both languages; :mod:`.table` keeps them."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def standard() -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    """Dictionary → (value, Chinese label, English label), in the order in which they are listed."""
    folder = resources.files("server.insurance.dictionaries")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".csv")), key=lambda file: file.name)
    return {file.name.removesuffix(".csv"): _read(file.read_text("utf-8")) for file in files}


def _read(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((row["value"], row["label"], row["label_en"]) for row in csv.DictReader(text.splitlines()))
