"""The table ``insurance_dictionary``: filled from what is known beforehand, refreshed by the bureau's own (1901)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from server.db import Write
from server.insurance.dictionaries import standard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from server.db import Tx
    from server.insurance.answers import DictionaryValue

_PUT: Final = Write(
    "INSERT INTO insurance_dictionary (type, value, label, label_en, parent, position, valid)"
    " VALUES (%(type)s, %(value)s, %(label)s, %(label_en)s, %(parent)s, %(position)s, %(valid)s)"
    " ON CONFLICT (type, value) DO UPDATE SET label = excluded.label, parent = excluded.parent, position = excluded.position,"
    " valid = excluded.valid"
)
_FILL: Final = (
    "INSERT INTO insurance_dictionary (type, value, label, label_en, parent, position)"
    " SELECT type, value, label, label_en, '', position"
    " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) AS u(type, value, label, label_en, position)"
    " ON CONFLICT (type, value) DO NOTHING"
)
_RETIRE: Final = Write(
    "UPDATE insurance_dictionary SET valid = false WHERE type = %(type)s AND valid AND NOT value = ANY(%(values)s::text[])"
)


def load_standard(connection: Connection[Any]) -> int:
    """Fill the table with what is known beforehand; what the bureau has said already stays. Returns how many values were new.

    Done whenever a database is made or brought up to a version of the program, so that its newer values come with it.
    """
    known = [
        (kind, value, label, label_en, position)
        for kind, values in standard().items()
        for position, (value, label, label_en) in enumerate(values)
    ]
    return connection.execute(_FILL, [list(column) for column in zip(*known, strict=True)]).rowcount


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
