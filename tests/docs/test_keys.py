"""The keys and rights that the guides name are those that the program has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from client import desks
from client.action import normal_key
from client.shell.frame import Frame
from client.shell.tab_bar import WITH_KEY, key_of
from common.errors import Unreachable
from common.i18n import catalogue
from common.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.client.conftest import app, qapp_args
from tests.client.stage import Stage
from tests.docs import pages

__all__ = ["app", "qapp_args"]

#: Folder of the language's guides, heading of a key table, heading of the table of rights.
LANGUAGES = {"en": ("docs", "Key", "what"), "zh_CN": ("docs/zh", "按键", "可以做什么")}
DESKS = [entry.id for entry in desks.DESKS]


@pytest.fixture
def stage(app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A workplace without a line: the keys are the same."""
    made = Stage(tmp_path)
    monkeypatch.setattr(made.connection, "call", _no_line)
    yield made
    made.close()


def _no_line(*_call: object) -> None:
    raise Unreachable


@pytest.mark.parametrize("desk_id", DESKS)
def test_key_tables_are_the_desks_keys(stage: Stage, desk_id: str) -> None:
    frame = Frame(stage.place, desks.by_id(desk_id).load().create(stage.place))
    stage.frame = frame
    bound = {normal_key(offer.action.key) for offer in frame.offers() if offer.action.key}
    for folder, heading, _ in LANGUAGES.values():
        named = _keys(pages.ROOT / folder / f"{desk_id}.md", heading)
        assert named - bound == set(), "named in the guide, bound to nothing"
        assert bound - named == set(), "bound, and not in the guide"


def _keys(page: Path, heading: str) -> set[str]:
    (table,) = pages.tables(page, heading)
    return {normal_key(key) for row in table for key in pages.spans(row[0])}


@pytest.mark.parametrize("folder", [folder for folder, _, _ in LANGUAGES.values()])
def test_the_keys_of_the_tabs_are_in_the_guide(folder: str) -> None:
    named = pages.spans((pages.ROOT / folder / "README.md").read_text("utf-8"))
    assert {key_of(0), key_of(WITH_KEY - 1)} <= set(named)
    assert key_of(WITH_KEY) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_rights_is_complete(language: str) -> None:
    folder, _, heading = LANGUAGES[language]
    (table,) = pages.tables(pages.ROOT / folder / "administration.md", heading)
    told = {row[1].strip("`"): {role for role, mark in zip(Role, row[2:], strict=True) if mark} for row in table}
    held = {
        str(right): {role for role in Role if right in ROLE_PERMISSIONS[role]} for right in Permission if right is not Permission.ANYONE
    }
    assert told == held


@pytest.mark.parametrize("desk_id", DESKS)
@pytest.mark.parametrize(("language", "heading"), [("zh_CN", "屏幕上写着"), ("en", "The screen says")])
def test_warnings_are_in_the_programs_words(desk_id: str, language: str, heading: str) -> None:
    (table,) = pages.tables(pages.ROOT / LANGUAGES[language][0] / f"{desk_id}.md", heading)
    said = [text.rpartition("|")[2] if language == "en" else text for text in _sentences(language)]
    pieces = {piece.strip(" .。，：:") for row in table for piece in re.split("[…;；]", row[0])} - {""}
    assert {piece for piece in pieces if not any(piece in text for text in said)} == set()


def _sentences(language: str) -> list[str]:
    messages = catalogue("zh_CN")
    return list(messages.values() if language == "zh_CN" else messages)
