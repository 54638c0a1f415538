"""Counted copies of the store's papers: each time one is printed is a row of its own; copy 1 is the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db import Write

if TYPE_CHECKING:
    from server.db import Tx


def copies(table: str, paper: str) -> Write:
    """What counts a copy in ``table``, whose column ``paper`` names what is printed. The paper has to be locked."""
    return Write(
        f"INSERT INTO {table} ({paper}, copy, staff_id, at) SELECT %(id)s, coalesce(max(p.copy), 0) + 1, %(staff_id)s, %(at)s"
        f" FROM {table} p WHERE p.{paper} = %(id)s RETURNING copy"
    )


def count(tx: Tx, statement: Write, paper_id: int) -> int:
    """One more copy; which it is."""
    row = tx.write_one(statement, id=paper_id, staff_id=tx.actor.staff, at=tx.now)
    assert row is not None
    return int(row[0])
