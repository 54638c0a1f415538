"""What the simulated acquirer remembers: orders, refunds and its statement, in one SQLite file. What it has committed survives its death."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from server.channels.wire import Movement

if TYPE_CHECKING:
    from pathlib import Path

ZONE: Final = ZoneInfo("Asia/Shanghai")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keeping (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trade (
    channel TEXT NOT NULL, number TEXT NOT NULL, amount_fen INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '', polls INTEGER NOT NULL DEFAULT 0, will_pay INTEGER NOT NULL DEFAULT 1, was_paid INTEGER NOT NULL DEFAULT 0,
    channel_number TEXT NOT NULL DEFAULT '', at TEXT NOT NULL DEFAULT '', PRIMARY KEY (channel, number));
CREATE TABLE IF NOT EXISTS movement (
    channel TEXT NOT NULL, act TEXT NOT NULL, number TEXT NOT NULL, trade TEXT NOT NULL, amount_fen INTEGER NOT NULL, at TEXT NOT NULL,
    day TEXT NOT NULL, channel_number TEXT NOT NULL, PRIMARY KEY (channel, act, number));
CREATE TABLE IF NOT EXISTS used_code (digest TEXT PRIMARY KEY);
"""


class Trade(NamedTuple):
    """An order. ``state``: PAYING, PAID, FAILED, CLOSED; ``polls`` more questions until the person has made up his mind."""

    number: str
    amount_fen: int
    state: str
    code: str
    message: str
    polls: int
    will_pay: int
    was_paid: int
    channel_number: str
    at: str


_TRADE_COLUMNS: Final = ", ".join(Trade._fields)


class Ledger:
    """One file, used by one thread. Each public method commits what it changed before it returns."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.Connection(str(file))
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")  # survives the death of the process; power cuts are not played here
        self._file.executescript(_SCHEMA)
        self.secret = self._kept("secret")
        self._code_key = self._kept("code_key").encode()

    def _kept(self, name: str) -> str:
        with self._file:
            self._file.execute("INSERT OR IGNORE INTO keeping VALUES (?, ?)", (name, secrets.token_urlsafe(32)))
        value: str = self._file.execute("SELECT value FROM keeping WHERE name = ?", (name,)).fetchone()[0]
        return value

    def trade(self, channel: str, number: str) -> Trade | None:
        """An order, if it was ever seen."""
        row = self._file.execute(f"SELECT {_TRADE_COLUMNS} FROM trade WHERE channel = ? AND number = ?", (channel, number)).fetchone()
        return Trade(*row) if row else None

    def use_code(self, auth_code: str) -> bool:
        """Whether a code is used for the first time; only a keyed digest of it is kept."""
        digest = hmac.digest(self._code_key, auth_code.encode(), hashlib.sha256).hex()
        with self._file:
            return self._file.execute("INSERT OR IGNORE INTO used_code VALUES (?)", (digest,)).rowcount == 1

    def open(self, channel: str, number: str, amount_fen: int, *, polls: int, will_pay: bool) -> None:
        """An order whose person is asked for a password."""
        with self._file:
            self._put(channel, number, amount_fen, "PAYING", polls=polls, will_pay=will_pay)

    def fail(self, channel: str, number: str, amount_fen: int, code: str, message: str) -> None:
        """An order that will not be paid any more."""
        with self._file:
            self._put(channel, number, amount_fen, "FAILED", code=code, message=message)

    def polled(self, channel: str, number: str) -> None:
        """An order that is being paid was asked for once more."""
        with self._file:
            self._file.execute("UPDATE trade SET polls = polls - 1 WHERE channel = ? AND number = ?", (channel, number))

    def pay(self, channel: str, number: str, amount_fen: int, at: datetime) -> None:
        """The money is taken, and stands in the statement."""
        own = self._next_number(channel)
        with self._file:
            self._put(channel, number, amount_fen, "PAID", channel_number=own, at=at.isoformat())
            self._move(channel, "PAY", number, number, amount_fen, at, own)

    def close(self, channel: str, number: str, at: datetime) -> bool:
        """An order is closed for ever, also one that was never seen; whether it had been paid."""
        before = self.trade(channel, number)
        if before is not None and before.state == "CLOSED":
            return bool(before.was_paid)
        paid = before is not None and before.state == "PAID"
        with self._file:
            if before is None:
                self._put(channel, number, 0, "CLOSED")
            self._file.execute(
                "UPDATE trade SET state = 'CLOSED', was_paid = ? WHERE channel = ? AND number = ?", (int(paid), channel, number)
            )
            if before is not None and paid:
                self._move(channel, "REVERSE", number, number, before.amount_fen, at, before.channel_number)
        return paid

    def refund(self, channel: str, trade: str, number: str, amount_fen: int, at: datetime) -> None:
        """A part or all of an order goes back."""
        own = self._next_number(channel)
        with self._file:
            self._move(channel, "REFUND", number, trade, amount_fen, at, own)

    def refund_made(self, channel: str, number: str) -> Movement | None:
        """A refund by its number."""
        found = self._movements("channel = ? AND act = 'REFUND' AND number = ?", channel, number)
        return found[0] if found else None

    def refunded_fen(self, channel: str, trade: str) -> int:
        """How much of an order went back."""
        sql = "SELECT coalesce(sum(amount_fen), 0) FROM movement WHERE channel = ? AND act = 'REFUND' AND trade = ?"
        return int(self._file.execute(sql, (channel, trade)).fetchone()[0])

    def statement(self, channel: str, day: date) -> list[Movement]:
        """A day's movements in the order of time."""
        return self._movements("channel = ? AND day = ? ORDER BY at, rowid", channel, day.isoformat())

    def book(self, channel: str, prefix: str) -> list[Movement]:
        """Every movement of orders that begin with ``prefix``, in the order of time."""
        return self._movements("channel = ? AND substr(trade, 1, ?) = ? ORDER BY at, rowid", channel, len(prefix), prefix)

    def plant(self, channel: str, line: Movement) -> None:
        """A movement that no request brought about; an order that it is about comes into being with it."""
        at = line.at.astimezone(ZONE)
        with self._file:
            if line.act == "PAY":
                self._put(channel, line.order, line.amount_fen, "PAID", channel_number=line.channel_number, at=at.isoformat())
            self._move(channel, line.act, line.number, line.order, line.amount_fen, at, line.channel_number)

    def erase(self, channel: str, trade: str) -> int:
        """Forget an order and all its movements, as if it had never come; how many movements there were."""
        with self._file:
            self._file.execute("DELETE FROM trade WHERE channel = ? AND number = ?", (channel, trade))
            return self._file.execute("DELETE FROM movement WHERE channel = ? AND trade = ?", (channel, trade)).rowcount

    def _movements(self, where: str, *values: str | int) -> list[Movement]:
        sql = f"SELECT trade, act, number, amount_fen, at, channel_number FROM movement WHERE {where}"
        return [
            Movement(order=row[0], act=row[1], number=row[2], amount_fen=row[3], at=datetime.fromisoformat(row[4]), channel_number=row[5])
            for row in self._file.execute(sql, values)
        ]

    def _next_number(self, channel: str) -> str:
        return f"{channel[:2].upper()}{secrets.randbelow(10**18):018d}"

    def _put(self, channel: str, number: str, amount_fen: int, state: str, *, polls: int = 0, will_pay: bool = True, **texts: str) -> None:
        values = {"code": "", "message": "", "channel_number": "", "at": "", **texts}
        self._file.execute(
            "INSERT OR REPLACE INTO trade (channel, number, amount_fen, state, polls, will_pay, code, message, channel_number, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                channel,
                number,
                amount_fen,
                state,
                polls,
                int(will_pay),
                *(values[name] for name in ("code", "message", "channel_number", "at")),
            ),
        )

    def _move(self, channel: str, act: str, number: str, trade: str, amount_fen: int, at: datetime, own: str) -> None:
        day = at.astimezone(ZONE).date().isoformat()
        self._file.execute(
            "INSERT INTO movement VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (channel, act, number, trade, amount_fen, at.isoformat(), day, own)
        )
