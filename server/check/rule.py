"""What a check is: a name, a sentence, and the query that selects the rows that break it."""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """One thing that must hold in ``table``.

    ``breaches`` selects the rows that break it: the row's id first (a text where there is none), then what is wrong about it. It may use
    ``%(zone)s``, the clinic's time zone. ``sentence`` is an English source string with ``{count}``.
    """

    name: str
    table: str
    sentence: str
    breaches: str
