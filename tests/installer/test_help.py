"""Every option of every command says what it is for, in the person's language."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from common.i18n import CHINESE, ENGLISH, language
from installer import bootstrap, cli
from installer.arguments import speak

COMMANDS: dict[str, Callable[[list[str]], object]] = {
    **{row.name: partial(lambda module, argv: importlib.import_module(module).main(argv), row.module) for row in cli.SUBCOMMANDS},
    "xinglin": cli.parse,
    "python3 -m installer": bootstrap.parse,
}
_CJK = re.compile(r"[\u4e00-\u9fff]")


class _Parser(Exception):
    """The parser that a command would have parsed its arguments with."""

    def __init__(self, found: argparse.ArgumentParser) -> None:
        super().__init__()
        self.found = found


@pytest.fixture(autouse=True)
def caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def catch(parser: argparse.ArgumentParser, *_arguments: object, **_options: object) -> None:
        raise _Parser(parser)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", catch)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", catch)


def parser_of(command: str) -> argparse.ArgumentParser:
    with pytest.raises(_Parser) as stopped:
        COMMANDS[command]([])
    return stopped.value.found


def walk(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str | None]]:
    """What each parser and each of its arguments is called, and what is said of it."""
    if parser.add_help:  # others hand everything on to a parser of their own
        yield parser.prog, parser.description
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield f"{parser.prog} {choice.dest}", choice.help
            for below in dict.fromkeys(action.choices.values()):
                yield from walk(below)
        else:
            yield f"{parser.prog} {'/'.join(action.option_strings) or action.dest}", action.help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is_for_in_both_languages(command: str) -> None:
    speak()
    for spoken, wanted in ((ENGLISH, re.compile("[A-Za-z]{2}")), (CHINESE, _CJK)):
        with language(spoken):
            said = dict(walk(parser_of(command)))
        assert said
        assert {name: text for name, text in said.items() if text != argparse.SUPPRESS and not wanted.search(text or "")} == {}


def test_an_option_without_a_word_is_found() -> None:
    parser = argparse.ArgumentParser(prog="xinglin x", description="d")
    parser.add_argument("--silent")
    below = parser.add_subparsers().add_parser("deep", help="h")
    below.add_argument("dumb")
    assert [name for name, text in walk(parser) if not text] == ["xinglin x --silent", "xinglin x deep", "xinglin x deep dumb"]


@pytest.mark.parametrize("command", ["test", "setup"])
def test_help_installs_nothing(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.undo()
    with pytest.raises(SystemExit) as ended:
        bootstrap.parse([command, "--help"])
    assert ended.value.code == 0
    assert f"installer {command}" in capsys.readouterr().out
    assert bootstrap.parse([command, "-k", "stock", "--to", "x"]) == (command, ["-k", "stock", "--to", "x"])
