"""Examine a database: every rule of the chosen sections, all on one snapshot, with nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.i18n import tr
from server.check import trail
from server.check.accounts import ACCOUNTS
from server.check.bills import BILLS
from server.check.controlled import CONTROLLED
from server.check.counting import COUNTING
from server.check.dispensing import DISPENSING
from server.check.herbal import HERBAL
from server.check.insurance import INSURANCE
from server.check.invoices import INVOICES
from server.check.ledger import LEDGER
from server.check.machines import STATES
from server.check.numbers import NUMBERS
from server.check.papers import PAPERS
from server.check.prescriptions import PRESCRIPTIONS
from server.check.purchasing import PURCHASING
from server.check.recalls import RECALLS
from server.check.returns import RETURNS
from server.check.settlements import SETTLEMENTS
from server.check.shifts import SHIFTS
from server.check.stock import STOCK
from server.check.trail import AUDIT, TREE, TreeWalk
from server.check.visits import VISITS
from server.check.windows import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import psycopg

    from server.check.rule import Rule
    from server.check.trail import Log
    from server.db import Row

SECTIONS: Final[dict[str, tuple[Rule, ...]]] = {
    "ledger": LEDGER,
    "bills": BILLS,
    "invoices": INVOICES,
    "insurance": INSURANCE,
    "settlements": SETTLEMENTS,
    "accounts": ACCOUNTS,
    "shifts": SHIFTS,
    "prescriptions": PRESCRIPTIONS,
    "dispensing": DISPENSING,
    "stock": STOCK,
    "returns": RETURNS,
    "herbal": HERBAL,
    "papers": PAPERS,
    "recalls": RECALLS,
    "purchasing": PURCHASING,
    "windows": WINDOWS,
    "counting": COUNTING,
    "controlled": CONTROLLED,
    "visits": VISITS,
    "numbers": NUMBERS,
    "states": STATES,
    "audit": AUDIT,
}
#: So many rows of a finding are shown; all are counted.
SHOWN: Final = 20


class Finding(msgspec.Struct, kw_only=True):
    """A check that failed: how many rows break it, and the first of them. ``ids`` are the rows' keys in ``table``."""

    check: str
    section: str
    table: str
    sentence: str
    count: int
    ids: list[Any]
    rows: list[dict[str, Any]]


class Report(msgspec.Struct, kw_only=True):
    """What was examined (check → rows of its table) and what was found."""

    ok: bool
    checked: dict[str, int]
    findings: list[Finding]


class Examination:
    """One examination on one connection, which is in a transaction of its own choosing."""

    def __init__(self, connection: psycopg.Connection[Row], *, keys: Path, log: Log, zone: str = "Asia/Shanghai") -> None:
        self._connection = connection
        self._keys = keys
        self._log = log
        self._zone = zone
        self._counts: dict[str, int] = {}
        self._checked: dict[str, int] = {}
        self._findings: list[Finding] = []

    def examine(self, sections: Collection[str] = tuple(SECTIONS)) -> Report:
        """Run the sections' checks, in their order."""
        for section, rules in SECTIONS.items():
            if section in sections:
                for rule in rules:
                    self._run(section, rule)
        if "audit" in sections:
            self._walk_tree()
        return Report(ok=not self._findings, checked=self._checked, findings=self._findings)

    def _run(self, section: str, rule: Rule) -> None:
        self._checked[rule.name] = self._rows_of(rule.table)
        cursor = self._connection.execute(
            f"SELECT count(*) OVER () AS breaches, x.* FROM ({rule.breaches}) x LIMIT {SHOWN}", {"zone": self._zone}
        )
        names = [column.name for column in cursor.description or ()][1:]
        rows = cursor.fetchall()
        if rows:
            shown = [dict(zip(names, row[1:], strict=True)) for row in rows]
            self._find(section, rule.name, rule.table, rule.sentence, rows[0][0], shown)

    def _rows_of(self, table: str) -> int:
        if table not in self._counts:
            row = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            self._counts[table] = row[0] if row else 0
        return self._counts[table]

    def _find(self, section: str, check: str, table: str, sentence: str, count: int, rows: list[dict[str, Any]]) -> None:
        self._findings.append(
            Finding(
                check=check,
                section=section,
                table=table,
                sentence=tr(sentence, count=count),
                count=count,
                ids=[row["id"] for row in rows],
                rows=rows,
            )
        )

    def _walk_tree(self) -> None:
        found: dict[str, tuple[int, list[dict[str, Any]]]] = {}
        for name, facts in TreeWalk(self._connection, self._keys, self._log).breaches():
            count, rows = found.get(name, (0, []))
            found[name] = count + 1, [*rows, facts] if count < SHOWN else rows
        for name, (table, sentence) in TREE.items():
            self._checked[name] = self._rows_of(table)
            if name in found:
                self._find("audit", name, table, sentence, *found[name])


def examine_database(dsn: str, keys: Path, sections: Collection[str] = tuple(SECTIONS), zone: str = "Asia/Shanghai") -> Report:
    """Examine the database at ``dsn`` while the clinic may go on working: one read-only snapshot, nothing is locked."""
    import psycopg

    log = trail.read_log(keys)  # before the snapshot: what is written down was committed before
    with psycopg.connect(dsn, options="-c statement_timeout=0 -c work_mem=64MB -c jit=off -c application_name=xinglin-check") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return Examination(connection, keys=keys, log=log, zone=zone).examine(sections)
