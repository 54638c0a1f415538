"""What the simulated bureau remembers: documents by kind and key in one SQLite file. A request's changes are committed before it is answered."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

Document = dict[str, Any]

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS document (kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key))"


class Store:
    """One file, used by one thread. ``with store:`` keeps everything within or, if it fails, nothing."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.Connection(str(file))
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")  # survives the death of the process; power cuts are not played here
        self._file.execute(_SCHEMA)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self._file.__exit__(kind, fault, trace)  # keeps it, or forgets it

    def get(self, kind: str, key: str) -> Document | None:
        """A document, if there is one."""
        row = self._file.execute("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def put(self, kind: str, key: str, document: Document) -> None:
        """Keep a document, instead of an earlier one of the same key."""
        self._file.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, key, msgspec.json.encode(document)))

    def drop(self, kind: str, key: str) -> bool:
        """Forget a document; whether there was one."""
        return self._file.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key)).rowcount == 1

    def empty(self, kind: str) -> None:
        """Forget all documents of a kind."""
        self._file.execute("DELETE FROM document WHERE kind = ?", (kind,))

    def each(self, kind: str) -> Iterator[tuple[str, Document]]:
        """All documents of a kind, by key."""
        for key, body in self._file.execute("SELECT key, body FROM document WHERE kind = ? ORDER BY key", (kind,)).fetchall():
            yield key, msgspec.json.decode(body)

    def number(self, series: str) -> int:
        """The next number of a series, from 1."""
        last = (self.get("series", series) or {"last": 0})["last"] + 1
        self.put("series", series, {"last": last})
        return int(last)
