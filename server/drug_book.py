"""The only writer of what the catalogue says of a drug over time: its history, and the spellings by which it is found.

Whoever changes a drug (a change that takes effect, a list that is imported) reads it before, writes, and says so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.formulary import FIELDS, text_of
from server.db import Read, Write
from server.importing.pinyin import term_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.db import ReadTx, Tx

Values = dict[str, str]

_NAMES: Final = tuple(field.name for field in FIELDS)
_VALUES: Final = Read(f"SELECT d.id, {', '.join(f'd.{name}' for name in _NAMES)} FROM drug d WHERE d.id = ANY(%(ids)s) ORDER BY d.id")
_REMEMBER: Final = Write(
    "INSERT INTO drug_history (drug_id, field, before, after, change_id, staff_id, at) SELECT u.drug_id, u.field, u.before, u.after,"
    " %(change_id)s, %(staff_id)s, %(at)s FROM unnest(%(drugs)s::bigint[], %(fields)s::text[], %(befores)s::text[], %(afters)s::text[])"
    " AS u(drug_id, field, before, after)"
)
_SPELLED: Final = Read("SELECT id, name, wubi FROM drug WHERE id = ANY(%(ids)s)")
_UNSPELL: Final = Write("DELETE FROM drug_spelling WHERE drug_id = ANY(%(ids)s)")
_SPELL: Final = Write(
    "INSERT INTO drug_spelling (key, drug_id) SELECT key, drug_id FROM unnest(%(keys)s::text[], %(drugs)s::bigint[]) AS u(key, drug_id)"
    " ON CONFLICT DO NOTHING"
)


def values_of(tx: ReadTx, ids: Sequence[int]) -> dict[int, Values]:
    """What the catalogue says of drugs now, by their ids."""
    return {row[0]: {name: text_of(value) for name, value in zip(_NAMES, row[1:], strict=True)} for row in tx.rows(_VALUES, ids=list(ids))}


def remember(tx: Tx, before: Mapping[int, Values], after: Mapping[int, Values], change_id: int | None = None) -> None:
    """Write down every field that became another. Drugs that are new have no ``before`` and no history yet."""
    rows = [
        (drug_id, name, said[name], now[name])
        for drug_id, now in after.items()
        if (said := before.get(drug_id)) is not None
        for name in _NAMES
        if said[name] != now[name]
    ]
    if rows:
        tx.write(
            _REMEMBER,
            change_id=change_id,
            staff_id=tx.actor.staff,
            at=tx.now,
            drugs=[row[0] for row in rows],
            fields=[row[1] for row in rows],
            befores=[row[2] for row in rows],
            afters=[row[3] for row in rows],
        )


def spell(tx: Tx, ids: Iterable[int]) -> None:
    """Let drugs be found by pinyin, initials and wubi of what they are called now."""
    asked = list(ids)
    keys: list[tuple[str, int]] = []
    for drug_id, name, wubi in tx.rows(_SPELLED, ids=asked):
        keys += [(key, drug_id) for key in (*term_spelling(name), wubi) if key]
    tx.write(_UNSPELL, ids=asked)
    tx.write(_SPELL, keys=[key for key, _ in keys], drugs=[drug_id for _, drug_id in keys])
