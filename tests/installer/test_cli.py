"""One program, whose subcommands load their own part only when they are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.i18n import language
from installer import cli
from installer.database import OWNER_VARIABLE, SERVICE_VARIABLE, database_at_hand
from installer.errors import ServerUnusable
from installer.lazily import run_module
from installer.postgres import EmbeddedPostgres
from installer.terminal import SetUpStopped

REPO = Path(__file__).resolve().parents[2]


def xinglin(*arguments: str, lang: str = "en_GB.UTF-8", **environment: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "LC_ALL": lang, "PYTHONUTF8": "1", **environment}
    command = [sys.executable, "-m", "installer.cli", *arguments]
    return subprocess.run(command, cwd=REPO, env=surroundings, capture_output=True, text=True, check=False)


def test_help_lists_every_subcommand_in_the_systems_language() -> None:
    english, chinese = xinglin("--help"), xinglin("--help", lang="zh_CN.UTF-8")
    for row in cli.SUBCOMMANDS:
        assert f" {row.name} " in english.stdout
        assert f" {row.name} " in chinese.stdout
    assert "open a workstation" in english.stdout
    assert "打开一个工作站" in chinese.stdout


def test_help_loads_neither_qt_nor_database() -> None:
    code = (
        "import sys; from installer.cli import parse\n"
        "try: parse(['--help'])\n"
        "except SystemExit: print(sorted({'PySide6', 'psycopg', 'sqlalchemy', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert f'version = "{capsys.readouterr().out.split()[1]}"' in (REPO / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("rest", [[], ["--quick", "-n", "3"], ["search", "--help"], ["-h"]])
def test_everything_after_the_name_belongs_to_the_subcommand(rest: list[str]) -> None:
    row, found = cli.parse(["bench", *rest])
    assert (row.name, found) == ("bench", rest)


def test_unknown_subcommand_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["brew"])
    assert ended.value.code == 2
    assert "brew" in capsys.readouterr().err


def test_missing_part_is_named_without_a_traceback() -> None:
    with language("en"), pytest.raises(SetUpStopped, match=r"part nowhere\.at\.all is missing"):
        run_module("nowhere.at.all", [])


def test_module_runs_with_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brewing.py").write_text("def main(argv):\n    return len(argv)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert run_module("brewing", ["a", "b"]) == 2


def test_unusable_server_is_a_sentence_and_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(SERVICE_VARIABLE, "postgresql://clerk:hidden@127.0.0.1:1/clinic")
    monkeypatch.setattr(cli, "require_module", lambda _: None)
    assert cli.main(["migrate"]) == 1
    shown = capsys.readouterr().err
    assert "127.0.0.1:1/clinic" in shown
    assert "hidden" not in shown


def test_the_service_does_not_start_on_a_database_without_tables(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SERVICE_VARIABLE, server.dsn())
    monkeypatch.setenv(OWNER_VARIABLE, server.dsn("xinglin_owner"))
    assert cli.main(["serve"]) == 1
    assert "xinglin migrate" in capsys.readouterr().err


def test_clinics_own_server_is_used_for_both_roles(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVICE_VARIABLE, server.dsn("xinglin_owner"))
    monkeypatch.setenv(OWNER_VARIABLE, "")
    monkeypatch.delenv(OWNER_VARIABLE)
    with database_at_hand():
        assert os.environ[OWNER_VARIABLE] == server.dsn("xinglin_owner")
    monkeypatch.setenv(OWNER_VARIABLE, server.dsn("xinglin_app"))
    with language("en"), pytest.raises(ServerUnusable, match="may not create tables"), database_at_hand():
        pass


def test_embedded_database_runs_as_long_as_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(folder))
    folder.chmod(0o711)
    for name in (SERVICE_VARIABLE, OWNER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    embedded = EmbeddedPostgres(folder / "data" / "database")
    with database_at_hand():
        assert os.environ[SERVICE_VARIABLE] == embedded.dsn("xinglin_app")
        assert os.environ[OWNER_VARIABLE] == embedded.dsn("xinglin_owner")
        assert embedded.running()
    assert not embedded.running()
    assert SERVICE_VARIABLE not in os.environ


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_request_to_end_stops_the_database_too(made_folder: Path) -> None:
    home = made_folder / "home"
    (home / "data").mkdir(parents=True)
    home.chmod(0o711)
    (home / "data").chmod(0o711)
    database = home / "data" / "database"
    database.symlink_to(made_folder)
    code = "import time; from installer.database import database_at_hand\nwith database_at_hand(): print('up', flush=True); time.sleep(60)"
    surroundings = {name: value for name, value in os.environ.items() if name not in (SERVICE_VARIABLE, OWNER_VARIABLE)}
    command = [sys.executable, "-c", code]
    environment = surroundings | {"XINGLIN_HOME": str(home)}
    with subprocess.Popen(command, cwd=REPO, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        assert EmbeddedPostgres(database).running()
        process.terminate()
    assert process.returncode == 128 + 15
    assert not EmbeddedPostgres(database).running()
