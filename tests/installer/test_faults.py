"""Whatever stops a command is one sentence; a fault of the program itself stays a traceback."""

from __future__ import annotations

import errno
from typing import NoReturn

import psycopg
import pytest

from common.i18n import CHINESE, ENGLISH, language
from installer.faults import told
from installer.terminal import SetUpStopped


def raising(trouble: BaseException) -> int:
    def run() -> NoReturn:
        raise trouble

    with language(ENGLISH):
        return told(run)


def test_a_run_that_ends_well_gives_its_code() -> None:
    assert told(lambda: 3) == 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (SetUpStopped("Do this."), "Do this."),
        (
            PermissionError(errno.EACCES, "Permission denied", "/closed"),
            "/closed cannot be written: Permission denied. The variable XINGLIN_HOME",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "/full"), "/full cannot be written: No space left"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/gone"), "/gone: No such file or directory"),
        (psycopg.errors.UndefinedTable("relation"), "The database is not at this version yet."),
        (psycopg.OperationalError("first\nthe server went away"), "The database broke off: the server went away"),
    ],
)
def test_trouble_is_one_sentence(trouble: Exception, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(trouble) == 1
    said = capsys.readouterr().err
    assert said.startswith(words)
    assert said.count("\n") == 1


def test_ctrl_c_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("fault", [ValueError("ours"), OSError("no file to name"), psycopg.ProgrammingError("ours")])
def test_a_fault_of_the_program_is_not_hidden(fault: Exception) -> None:
    with pytest.raises(type(fault)):
        raising(fault)


def test_argparse_speaks_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    from installer import arguments

    arguments.speak()
    parser = argparse.ArgumentParser(prog="xinglin serve")
    parser.add_argument("--port", type=int)
    with language(CHINESE), pytest.raises(SystemExit):
        parser.parse_args(["--port", "x"])
    said = capsys.readouterr().err
    assert "用法" in said
    assert "参数 --port：'x' 不对" in said
    with language(ENGLISH), pytest.raises(SystemExit):
        parser.parse_args(["--port", "x"])
    assert "usage: " in capsys.readouterr().err
