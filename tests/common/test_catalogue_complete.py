"""Every message of the program has its Chinese, in one place, with the same fields; and no catalogue holds anything else."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import common
from common.i18n import CHINESE, ENGLISH
from tests.architecture.source import PACKAGES, modules, name, tree

LOCALE = Path(common.__file__).parent / "locale"
AREAS = {path.stem: path for path in sorted((LOCALE / CHINESE).glob("*.json"))}
TRANSLATED = {area: json.loads(path.read_text(encoding="utf-8")) for area, path in AREAS.items()}


def marked(source: ast.Module) -> Iterator[tuple[int, str]]:
    """Every literal that ``tr``, ``N_`` or a screen's ``text(setter, source)`` is called with; both branches of a choice between two."""
    screens = any(isinstance(node, ast.ImportFrom) and node.module == "client.texts" for node in ast.walk(source))
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and _function(node) in ("tr", "N_") and node.args:
            yield from _literals(node.args[0])
        if isinstance(node, ast.Call) and screens and _function(node) == "text" and len(node.args) == 2:
            yield from _literals(node.args[1])


def _function(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _literals(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


#: The bench is a command of the product that lives beside the tests.
SPEAKING = modules(*PACKAGES, "tests/bench")
SOURCES = {text: f"{name(path)}:{line}" for path in SPEAKING for line, text in marked(tree(path))}


def placeholders(text: str) -> set[str]:
    return {field.partition(".")[0].partition("[")[0] for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def has_words(text: str) -> bool:
    """``{name}`` and ``{done}/{all}`` are the same in every language."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", text)))


def test_every_message_has_its_chinese() -> None:
    known = {source for translations in TRANSLATED.values() for source in translations}
    missing = {source: where for source, where in SOURCES.items() if source not in known and has_words(source)}
    assert missing == {}


def test_no_catalogue_holds_a_message_that_nobody_says() -> None:
    """Area by area: what the shared catalogues hold may be said anywhere."""
    unused = {f"{area}: {source}" for area, translations in TRANSLATED.items() for source in translations if source not in SOURCES}
    assert unused == set()


def test_a_message_in_two_areas_says_the_same() -> None:
    seen: dict[str, str] = {}
    for area, translations in TRANSLATED.items():
        for source, text in translations.items():
            assert seen.setdefault(source, text) == text, f"{area}: {source}"


@pytest.mark.parametrize("area", TRANSLATED)
def test_a_translation_has_the_fields_of_its_source(area: str) -> None:
    wrong = {source: text for source, text in TRANSLATED[area].items() if placeholders(source) != placeholders(text)}
    assert wrong == {}


@pytest.mark.parametrize("area", AREAS)
def test_an_area_is_well_formed(area: str) -> None:
    pairs = json.loads(AREAS[area].read_text(encoding="utf-8"), object_pairs_hook=list)
    assert len(pairs) == len({source for source, _ in pairs}), "a source stands twice"
    assert all(isinstance(text, str) and text.strip() for _, text in pairs)
    assert [source for source, text in pairs if source != source.strip() or text != text.strip()] == [
        source for source, _ in pairs if source != source.strip()
    ]


@pytest.mark.parametrize("area", TRANSLATED)
def test_a_translation_is_chinese(area: str) -> None:
    """Or has no word at all, like a list's comma, or only words that are the same in both (PDF, USB)."""
    words = re.compile(r"[a-z]{4,}")
    wrong = {
        source: text
        for source, text in TRANSLATED[area].items()
        if not re.search(r"[\u3400-\u9fff]", text) and words.search(re.sub(r"\{\w+\}", "", text))
    }
    assert wrong == {}


def test_english_wordings_belong_to_messages() -> None:
    for path in sorted((LOCALE / ENGLISH).glob("*.json")):
        for source, text in json.loads(path.read_text(encoding="utf-8")).items():
            assert source in SOURCES, source
            assert placeholders(source) == placeholders(text), source


def test_messages_are_literals() -> None:
    """``tr(f"…")`` could never be translated. A name (a constant that ``N_`` marked) may be handed on."""
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _function(node) in ("tr", "N_") and node.args and _put_together(node.args[0])
    ]
    assert found == []


def _put_together(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr | ast.BinOp) or (isinstance(node, ast.Call) and _function(node) == "format")


def test_the_search_for_messages_finds_them() -> None:
    planted = ast.parse('a = tr("x {n}", n=1)\nb = i18n.tr("y")\nc = N_("p" if a else "q")\n"""tr("no")"""\nd = tr(a)')
    assert [text for _, text in marked(planted)] == ["x {n}", "y", "p", "q"]
