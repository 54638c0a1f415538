"""What the simulated platform has issued, in one SQLite file. What it has committed survives its death."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from pathlib import Path

ZONE: Final = ZoneInfo("Asia/Shanghai")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS issued (
    id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, serial TEXT NOT NULL, kind TEXT NOT NULL, amount TEXT NOT NULL,
    code TEXT NOT NULL, number TEXT NOT NULL, check_code TEXT NOT NULL, at TEXT NOT NULL, reverses TEXT NOT NULL DEFAULT '',
    polls INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '', UNIQUE (platform, serial), UNIQUE (platform, number));
CREATE UNIQUE INDEX IF NOT EXISTS flushed_once ON issued (platform, reverses) WHERE reverses <> '';
"""


class Entry(NamedTuple):
    """An e-invoice. ``kind`` BLUE or RED; ``amount`` in yuan; ``reverses`` the number of the blue one; ``polls`` more questions until it is done."""

    platform: str
    serial: str
    kind: str
    amount: str
    code: str
    number: str
    check_code: str
    at: str
    reverses: str
    polls: int
    failure: str

    @property
    def moment(self) -> datetime:
        """When it was issued."""
        return datetime.fromisoformat(self.at)


_COLUMNS: Final = ", ".join(Entry._fields)


class Book:
    """One file, used by one thread. Each public method commits what it changed before it returns."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.Connection(str(file))
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")  # survives the death of the process; power cuts are not played here
        self._file.executescript(_SCHEMA)

    def of(self, platform: str, serial: str) -> Entry | None:
        """What was issued for a serial."""
        return self._one("platform = ? AND serial = ?", platform, serial)

    def numbered(self, platform: str, number: str) -> Entry | None:
        """The e-invoice with this number."""
        return self._one("platform = ? AND number = ?", platform, number)

    def red_of(self, platform: str, number: str) -> Entry | None:
        """What took the e-invoice with this number back."""
        return self._one("platform = ? AND reverses = ?", platform, number)

    def _one(self, where: str, *values: str) -> Entry | None:
        row = self._file.execute(f"SELECT {_COLUMNS} FROM issued WHERE {where}", values).fetchone()
        return Entry(*row) if row else None

    def issue(self, platform: str, serial: str, amount: str, *, reverses: str = "", polls: int = 0, failure: str = "") -> Entry:
        """Issue one, BLUE or, over ``reverses``, RED."""
        now = datetime.now(ZONE)
        with self._file:
            place = self._file.execute("SELECT coalesce(max(id), 0) + 1 FROM issued").fetchone()[0]
            code, number = self._numbers(platform, place, now)
            check = hashlib.sha256(f"{platform}{number}".encode()).hexdigest()[:6]
            entry = Entry(
                platform, serial, "RED" if reverses else "BLUE", amount, code, number, check, now.isoformat(), reverses, polls, failure
            )
            marks = ", ".join("?" for _ in entry)
            self._file.execute(f"INSERT INTO issued ({_COLUMNS}) VALUES ({marks})", entry)
        return entry

    def _numbers(self, platform: str, place: int, now: datetime) -> tuple[str, str]:
        """票据代码 of 8 digits and 票据号码 of 10; a tax invoice has 20 digits and no code."""
        if platform == "medical":
            return f"310601{now:%y}", f"{place:010d}"
        return "", f"{now:%y}31{place:016d}"

    def polled(self, entry: Entry) -> Entry:
        """One question less until it is done."""
        if entry.polls:
            with self._file:
                self._file.execute("UPDATE issued SET polls = polls - 1 WHERE platform = ? AND serial = ?", (entry.platform, entry.serial))
        return entry

    def all(self) -> list[dict[str, Any]]:
        """The whole book, in the order of issue."""
        rows = self._file.execute(f"SELECT {_COLUMNS} FROM issued ORDER BY id").fetchall()
        return [Entry(*row)._asdict() for row in rows]
