"""The shipped lists, read by the very same validator that reads a clinic's own."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from server.importing.validation import Validated, import_file

if TYPE_CHECKING:
    from collections.abc import Collection

SHIPPED: Final = (
    "frequencies",
    "routes",
    "allergens",
    "ethnic_groups",
    "regions",
    "diagnoses",
    "services",
    "drugs",
)
"""Names of the shipped lists, those first that others refer to."""

_REFERRED: Final = {"drugs": ("frequencies", "routes", "allergens")}


class StarterBroken(RuntimeError):
    """A shipped list is not right; the installation is damaged or a change broke it. Says every error."""


@cache
def starter(kind: str) -> tuple[Any, ...]:
    """The rows of one shipped list, one of :data:`SHIPPED`: structs of :mod:`common.messages.catalogue`.

    Raises :class:`StarterBroken` when the file is not right.
    """
    known = {name: codes_of(name) for name in _REFERRED.get(kind, ())}
    with as_file(files("server.catalogue") / f"{kind}.csv") as path:
        outcome = import_file(kind, path, known=known)
    if not isinstance(outcome, Validated):
        raise StarterBroken(f"{kind}.csv: " + "; ".join(error.sentence() for error in outcome))
    return tuple(outcome.rows)


def codes_of(kind: str) -> Collection[str]:
    """The codes of one shipped list."""
    return frozenset(row.code for row in starter(kind))
