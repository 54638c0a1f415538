"""``xinglin check`` on a clinic that is clean, and on one in which every single promise was broken by hand."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from server.audit_seal import ENTRY_TEXT
from server.check import examine, main
from server.check.examine import SECTIONS, SHOWN, Examination, examine_database
from server.check.rule import Rule
from server.check.trail import TREE, Log, read_log
from tests.server.check.breaches import ALL
from tests.server.check.conftest import Lived
from tests.server.check.planted import Planted


def _examine(
    connection: psycopg.Connection[Any], lived: Lived, log: Log | None = None, sections: Collection[str] = tuple(SECTIONS)
) -> dict[str, int]:
    """What an examination finds: check → rows."""
    report = Examination(connection, keys=lived.keys, log=read_log(lived.keys) if log is None else log).examine(sections)
    assert report.ok is (not report.findings)
    return {finding.check: finding.count for finding in report.findings}


def test_a_clinic_that_worked_is_clean(lived: Lived) -> None:
    report = examine_database(lived.dsn, lived.keys)
    assert report.findings == []
    assert report.ok
    assert report.checked["bill_lines"] == report.checked["bill_payments"] > 5
    assert report.checked["entry_changed"] > 50
    assert report.checked["picks"] > 5


def test_every_check_is_broken_once() -> None:
    names = {rule.name for rules in SECTIONS.values() for rule in rules} | set(TREE)
    assert names - {planted.check for planted in ALL} == {"checkpoint_key", "checkpoint_log"}  # planted below, in files
    assert len({planted.check for planted in ALL}) == len(ALL)


#: Tables that were changed, and tables and sequences that a breach names.
_CHANGED = (
    "SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
    " UNION SELECT relname FROM pg_class WHERE relkind IN ('r', 'S') AND relname = ANY(%s)"
)


@cache
def _words(sql: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", sql))


def _readers(tables: set[str]) -> dict[str, tuple[Rule, ...]]:
    """The rules that read one of these tables. All others see what they saw in the clean clinic: some 350 rules, planted some 350 times."""
    read = {section: tuple(rule for rule in rules if tables & _words(rule.breaches)) for section, rules in SECTIONS.items()}
    audited = tables & {"audit_entry", *(table for table, _sentence in TREE.values())}
    return {section: rules for section, rules in read.items() if rules or (section == "audit" and audited)}


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: planted.check)
def test_what_was_planted_is_found(
    planted: Planted, lived: Lived, superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    superuser.execute(planted.sql.replace("{text}", ENTRY_TEXT))
    readers = _readers({row[0] for row in superuser.execute(_CHANGED, (list(_words(planted.sql)),))})
    monkeypatch.setattr(examine, "SECTIONS", readers)
    found = _examine(superuser, lived, sections=readers)
    assert planted.check in found
    assert set(found) == {planted.check, *planted.also}


def test_a_finding_counts_all_rows_and_shows_the_first(lived: Lived, superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("UPDATE stock_level SET reserved = reserved + 1 WHERE on_hand > reserved")
    report = Examination(superuser, keys=lived.keys, log=Log()).examine(["stock"])
    (finding,) = report.findings
    assert finding.count > SHOWN == len(finding.ids) == len(finding.rows)
    assert finding.table == "stock_level"
    assert str(finding.count) in finding.sentence
    assert set(report.checked) == {rule.name for rule in SECTIONS["stock"]}


def test_a_lost_key_and_a_torn_log_are_found(lived: Lived, tmp_path: Path) -> None:
    shutil.copytree(lived.keys, tmp_path, dirs_exist_ok=True)
    (tmp_path / "audit.pub").unlink()
    with (tmp_path / "audit-checkpoints.log").open("a", encoding="utf-8") as file:
        file.write('{"size": 1\n')
    report = examine_database(lived.dsn, tmp_path, ["audit"])
    assert [finding.check for finding in report.findings] == ["checkpoint_key", "checkpoint_log"]


def test_a_trail_cut_off_together_with_its_checkpoints_is_found_by_the_file_alone(lived: Lived, superuser: psycopg.Connection[Any]) -> None:
    cut = next(planted for planted in ALL if planted.check == "trail_truncated")
    superuser.execute(cut.sql)
    assert _examine(superuser, lived, Log()) == {}
    assert "trail_truncated" in _examine(superuser, lived)


def test_the_command_prints_json_and_says_no_by_its_exit_code(
    lived: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_URL", lived.dsn)
    assert main(["--section", "ledger", "--section", "audit", "--keys", str(lived.keys)]) == 0
    clean = json.loads(capsys.readouterr().out)
    assert clean["ok"] is True
    assert clean["findings"] == []
    assert "bill_lines" not in clean["checked"]
    assert main(["--section", "audit", "--keys", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert [finding["check"] for finding in json.loads(said.out)["findings"]] == ["checkpoint_key"]
    assert said.err.startswith("checkpoint_key: ")
