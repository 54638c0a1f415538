"""Fills a clinic's database with years of visits, by set-based SQL (``history.sql``), in minutes instead of days.

The rows are what the service would have written; foreign keys, indexes and triggers are off while they are written and stand again
afterwards. ``xinglin check`` passes on the result.
"""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg

from server.audit_seal import ENTRY_TEXT
from tests.bench.names import DIFFERENT, different_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SQL_FILE: Final = Path(__file__).with_name("history.sql")

#: What each section of the file needs before it; all need the helpers. The long ones first, since two run at a time.
AFTER: Final[dict[str, tuple[str, ...]]] = {
    "patient": (),
    "totals": (),
    "bill": ("patient", "totals"),
    "charge_line": (),
    "prescription_line": (),
    "visit": ("patient",),
    "record": (),
    "prescription": ("patient",),
    "ledger": ("totals",),
    "close": ("ledger", "bill", "clinic_session"),
    "shelf": ("stock",),
    "stock": (),
    "payment": ("totals",),
    "invoice": ("totals",),
    "log": (),
    "clinic_session": (),
    "numbers": (),
    "audit": (),
    "leaves": ("audit",),
}
SETTINGS: Final = (
    "SET session_replication_role = replica; SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET statement_timeout = 0;"
    " SET synchronous_commit = off; SET TimeZone = 'Asia/Shanghai'; SET jit = off"
)


def measures(patients: int, visits: int, drugs: int, regions: int, today: date) -> dict[str, str]:
    """What stands for the words in braces. ``visits`` is a whole number of days of ``visits_a_day(visits)``."""
    a_day = visits_a_day(visits)
    prescriptions = visits // 10 * 7
    first_day = today - timedelta(days=visits // a_day)
    numbers = {
        "N": patients,
        "V": visits,
        "K": a_day,
        "Q": a_day // 20,
        "P": prescriptions,
        "L": prescriptions // 3 * 6 + (0, 1, 3)[prescriptions % 3],
        "BK": a_day // 10 * 17,
        "B": visits // 10 * 17,
        "D": drugs,
        "R": regions,
        "NAMES": DIFFERENT,
    }
    words = {name: f"{number}::bigint" for name, number in numbers.items()}
    return words | {"DAY0": _day(first_day), "TODAY": _day(today), "ENTRY": ENTRY_TEXT}


def _day(day: date) -> str:
    return f"make_date({day.year}, {day.month}, {day.day})"  # a date without quotes, since it also stands inside of them


def visits_a_day(visits: int) -> int:
    """A thousand, in a tiny clinic two hundred."""
    return 1000 if visits >= 20_000 else 200


def sections() -> dict[str, str]:
    """The file's sections by name, in order."""
    parts = re.split(r"^-- @ (\w+)\n", SQL_FILE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _filled(sql: str, words: dict[str, str]) -> str:
    return re.sub(r"\{([A-Z][A-Z0-9]*)\}", lambda found: words[found[1]], sql)


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


class Loader:
    """Fills one database. ``dsn`` is the superuser's, since only that one may switch triggers off."""

    def __init__(self, dsn: str, patients: int, visits: int, today: date, lanes: int = 2) -> None:
        self.dsn = dsn
        self.patients, self.visits, self.today, self.lanes = patients, visits, today, lanes
        self._sections = sections()
        self._words: dict[str, str] = {}

    def load(self) -> None:
        """Write the history into a migrated database that holds the catalogues and the sample clinic."""
        with self._connected() as connection:
            self._help(connection)
            put_back = _take_off(connection, _tables(self._sections))
        self._all_at_once({name: partial(self._run, name) for name in AFTER}, AFTER)
        self._all_at_once({sql: partial(self._execute, sql) for sql in put_back.indexes}, {})
        with self._connected() as connection:
            for sql in put_back.keys:  # one by one: each locks two tables
                connection.execute(sql)
            connection.execute("DROP TABLE bench.total")  # the other helpers stay for tests/bench/states.py
            _count_on(connection)
            connection.execute("VACUUM (ANALYZE)")

    def _help(self, connection: psycopg.Connection[Any]) -> None:
        """Helper functions and lists; those of the drugs and regions tell how long they are."""
        drugs = connection.execute(
            "SELECT count(*) FROM drug d JOIN frequency f ON f.code = d.default_frequency JOIN route r ON r.code = d.default_route"
            " WHERE d.drug_class = 'western' AND d.rx_class = 'ordinary' AND d.antibacterial = 'none' AND d.pack_size = trunc(d.pack_size)"
            " AND NOT f.needs_total AND d.active"
        ).fetchone()
        regions = connection.execute("SELECT count(*) FROM region WHERE code NOT LIKE '%00'").fetchone()
        assert drugs is not None
        assert regions is not None
        self._words = measures(self.patients, self.visits, drugs[0], regions[0], self.today)
        connection.execute(_filled(self._sections["helpers"], self._words))
        with connection.cursor() as cursor, cursor.copy("COPY bench.name (i, name, keys) FROM STDIN") as copy:
            for row in different_names():
                copy.write_row(row)
        connection.execute("ANALYZE bench.name, bench.drug")

    def _run(self, name: str) -> None:
        started = time.monotonic()
        with self._connected() as connection, connection.transaction():
            connection.execute("SET LOCAL enable_nestloop = off")  # the tables are not analysed yet, and everything here is large
            connection.execute(_filled(self._sections[name], self._words))
        say(f"  {name}: {time.monotonic() - started:.1f} s")

    def _execute(self, sql: str) -> None:
        with self._connected() as connection:
            connection.execute(sql)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(SETTINGS)
            yield connection

    def _all_at_once(self, tasks: dict[str, Callable[[], None]], after: dict[str, tuple[str, ...]]) -> None:
        """Run all tasks, ``lanes`` at a time, none before those that it needs."""
        waiting, done = dict(tasks), set[str]()
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(self.lanes) as pool:
            while waiting or running:
                ready = [name for name in waiting if set(after.get(name, ())) <= done]
                for name in ready[: self.lanes - len(running)]:
                    running[pool.submit(waiting.pop(name))] = name
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    done.add(running.pop(future))
                    future.result()


class PutBack:
    """What was taken off the tables, as the statements that put it on again."""

    def __init__(self, indexes: list[str], keys: list[str]) -> None:
        self.indexes = indexes
        self.keys = keys


def _tables(found: dict[str, str]) -> list[str]:
    """The tables that the sections fill."""
    return sorted(
        {table for sql in found.values() for table in re.findall(r"^INSERT INTO ([a-z_]+) ", sql, flags=re.MULTILINE)} - {"staff"}
    )


def _take_off(connection: psycopg.Connection[Any], tables: list[str]) -> PutBack:
    """Drop the foreign keys (a table that others point to could not be truncated) and the plain indexes of ``tables``."""
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        " AND (conrelid::regclass::text = ANY(%(t)s) OR confrelid::regclass::text = ANY(%(t)s)) ORDER BY conrelid",
        {"t": tables},
    ).fetchall()
    indexes = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid::regclass::text = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')",
        (tables,),
    ).fetchall()
    for table, name, _ in keys:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    by_table: dict[str, list[str]] = {}
    for table, name, definition in keys:
        by_table.setdefault(table, []).append(f"ADD CONSTRAINT {name} {definition}")
    return PutBack(
        [definition for _, definition in indexes], [f"ALTER TABLE {table} {', '.join(adds)}" for table, adds in by_table.items()]
    )


def _count_on(connection: psycopg.Connection[Any]) -> None:
    """Let every identity column count on from its highest value."""
    rows = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'"
    ).fetchall()
    for table, column in rows:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT coalesce(max({column}), 0) + 1 FROM {table}), false)"
        )
