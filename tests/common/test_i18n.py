"""The message catalogue: how it is looked up, and that the shared vocabulary is wholly in Chinese."""

from __future__ import annotations

import ast
import json
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import common
from common import i18n
from common.i18n import CHINESE, ENGLISH, LANGUAGES, N_, catalogue, current_language, language, set_language, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON = Path(common.__file__).parent
AREAS = sorted((COMMON / "locale" / CHINESE).glob("*.json"))


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Put back the process's language, and forget a catalogue that a test made up."""
    before = current_language()
    yield
    set_language(before)
    catalogue.cache_clear()


def literals(path: Path) -> Iterator[str]:
    """Every string that the file marks for translation."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "N_"):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


MODULES = [path for path in sorted(COMMON.rglob("*.py")) if any(literals(path))]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_shared_vocabulary_is_in_chinese(module: Path) -> None:
    assert [source for source in literals(module) if source not in catalogue(CHINESE)] == []


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_an_area_is_a_flat_list_of_texts_with_their_placeholders(area: Path) -> None:
    pairs = json.loads(area.read_text(encoding="utf-8"), object_pairs_hook=list)
    assert len(dict(pairs)) == len(pairs), "a source stands twice"
    for source, text in pairs:
        assert isinstance(text, str)
        assert text
        assert placeholders(text) == placeholders(source.rpartition("|")[2]), source


def test_a_message_in_each_language() -> None:
    with language(CHINESE):
        assert tr("Visit|Waiting") == "候诊"
        assert (
            tr("{tries_left} tries left before the account is locked for a while.", tries_left=3) == "还可以再试 3 次，之后账号会暂时锁定。"
        )
    with language(ENGLISH):
        assert tr("Visit|Waiting") == "Waiting"
        assert tr("age|{years} y", years=5) == "5 y"


def test_an_unknown_message_is_shown_in_english_rather_than_hidden() -> None:
    with language(CHINESE):
        assert tr("context|No such message {n}", n=1) == "No such message 1"
        assert tr("50 % {off}") == "50 % {off}"  # without fields nothing is filled in


def test_a_block_speaks_its_own_language_and_gives_it_back() -> None:
    set_language(ENGLISH)
    with language(CHINESE):
        assert current_language() == CHINESE
        with language(ENGLISH):
            assert current_language() == ENGLISH
        assert current_language() == CHINESE
    assert current_language() == ENGLISH
    with pytest.raises(RuntimeError), language(CHINESE):
        raise RuntimeError
    assert current_language() == ENGLISH


def test_a_language_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no such language: tlh"):
        set_language("tlh")
    assert current_language() in LANGUAGES
    assert catalogue("tlh") == {}


def test_marking_does_not_translate() -> None:
    with language(CHINESE):
        assert N_("Nurse") == "Nurse"
        assert tr(N_("Nurse")) == "护士"


def test_areas_may_not_disagree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "locale" / CHINESE
    folder.mkdir(parents=True)
    (folder / "a.json").write_text('{"Charge": "收费"}', encoding="utf-8")
    (folder / "b.json").write_text('{"Charge": "收费", "Visit": "就诊"}', encoding="utf-8")
    (folder / "notes.txt").write_text("no catalogue", encoding="utf-8")
    monkeypatch.setattr(i18n, "files", lambda _: tmp_path)
    catalogue.cache_clear()
    assert catalogue(CHINESE) == {"Charge": "收费", "Visit": "就诊"}
    (folder / "b.json").write_text('{"Charge": "充电"}', encoding="utf-8")
    catalogue.cache_clear()
    with pytest.raises(ValueError, match=r"zh_CN/b\.json: 'Charge' is '充电' here and '收费' elsewhere"):
        catalogue(CHINESE)
