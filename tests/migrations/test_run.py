"""Migrations: from nothing to the newest, again, and by two at once."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

import migrations
from installer.postgres import EmbeddedPostgres
from migrations.run import main, migrate, newest, version_of, versions
from server.insurance.dictionaries import standard

FOLDER = Path(migrations.__file__).parent
VERSIONS = sorted((FOLDER / "versions").glob("v*.py"))


def tables(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> str:
    """The owner's address of a database with nothing in it."""
    postgres.drop("migrated")
    postgres.ensure_database("migrated")
    return postgres.dsn("xinglin_owner", "migrated")


def test_from_nothing_to_the_newest_and_again(empty: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert version_of(empty) is None
    migrate(empty)
    assert version_of(empty) == newest() is not None
    made = tables(empty)
    assert made > 40
    migrate(empty)
    assert tables(empty) == made
    monkeypatch.setenv("XINGLIN_OWNER_URL", empty)
    assert main([]) == 0
    assert capsys.readouterr().out == f"{newest()} -> {newest()}\n"


def test_the_standard_dictionaries_come_with_the_tables_and_newer_values_with_the_program(empty: str) -> None:
    migrate(empty, versions()[0])  # has no dictionaries yet
    migrate(empty)
    known = sorted((kind, *row) for kind, rows in standard().items() for row in rows)
    with psycopg.connect(empty, autocommit=True) as connection:
        found = "SELECT type, value, label, label_en FROM insurance_dictionary"
        assert sorted(connection.execute(found).fetchall()) == known
        connection.execute("DELETE FROM insurance_dictionary WHERE type = 'insutype' AND value = '310'")  # an older program's table
        connection.execute("UPDATE insurance_dictionary SET label = '地方的说法', valid = false WHERE type = 'med_type' AND value = '11'")
    migrate(empty)
    with psycopg.connect(empty) as connection:
        kept = connection.execute("SELECT label, valid FROM insurance_dictionary WHERE type = 'med_type' AND value = '11'").fetchall()
        again = connection.execute("SELECT count(*) FROM insurance_dictionary WHERE type = 'insutype' AND value = '310'").fetchone()
    assert (kept, again) == ([("地方的说法", False)], (1,))


def test_a_version_that_nobody_knows_is_one_sentence(empty: str) -> None:
    command = [sys.executable, "-m", "installer.cli", "migrate", "--to", "wrong"]
    environment = {**os.environ, "XINGLIN_OWNER_URL": empty, "XINGLIN_DATABASE_URL": empty, "PYTHONUTF8": "1", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=FOLDER.parent, env=environment, capture_output=True, encoding="utf-8", timeout=240, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert all(version in done.stderr for version in ("wrong", *versions()))
    assert version_of(empty) is None


def test_a_database_of_a_newer_program_is_left_alone(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(empty)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v20990101'")
    monkeypatch.setenv("XINGLIN_OWNER_URL", empty)
    with pytest.raises(SystemExit, match="v20990101"):
        main([])
    assert version_of(empty) == "v20990101"


def test_two_migrators_at_once_wait_for_each_other(empty: str) -> None:
    command = [sys.executable, "-c", "import sys; from migrations.run import main; sys.exit(main([]))"]
    environment = {**os.environ, "XINGLIN_OWNER_URL": empty}
    running = [subprocess.Popen(command, cwd=FOLDER.parent, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
    assert version_of(empty) == newest()


def test_a_migration_that_fails_leaves_nothing_behind(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE TABLE visit (id int)")  # in the way
    with pytest.raises(Exception, match="visit"):
        migrate(empty)
    assert version_of(empty) is None
    with psycopg.connect(empty, autocommit=True) as connection:
        assert connection.execute("SELECT to_regclass('patient'), to_regclass('visit') IS NOT NULL").fetchone() == (None, True)


def test_what_is_locked_for_long_is_given_up(empty: str) -> None:
    """A migrator that waits for a busy table would hold up everybody behind it."""
    source = (FOLDER / "env.py").read_text(encoding="utf-8")
    assert re.search(r"SET LOCAL lock_timeout = '\d+s'", source)
    assert re.search(r"SET LOCAL statement_timeout", source)


def test_history_is_one_line_of_dated_versions() -> None:
    script = ScriptDirectory(str(FOLDER))
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert re.fullmatch(r"20\d{6}[a-z]?", revision.revision), revision.revision
    assert [path.stem.partition("_")[0] for path in VERSIONS] == sorted(f"v{r.revision}" for r in script.walk_revisions())


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_version_imports_no_project_code(path: Path) -> None:
    """Frozen history must not change with the program. The import contract says so too; it is proven in tests/architecture."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= {"alembic", "sqlalchemy", "pathlib", "__future__"}


def test_the_role_of_the_service_is_given_its_rights_by_the_migration(empty: str, postgres: EmbeddedPostgres) -> None:
    migrate(empty)
    with psycopg.connect(postgres.dsn(dbname="migrated")) as connection:
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
        assert connection.execute("SELECT login FROM staff").fetchall() == [("system",)]
