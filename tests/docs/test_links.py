"""Links and pictures exist, the guides' keys are the desks' keys, and the commands of the READMEs are commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installer import bootstrap
from installer.cli import SUBCOMMANDS
from tests.docs import pages

READMES = ("README.md", "README.zh_CN.md")
LARGEST_PICTURE = 150_000
ALL_PICTURES = 3_000_000


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.relative_to(pages.ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert pages.missing(page) == []


def test_a_dead_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# A heading, of two words\n", "utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-of-two-words) [c](https://example.org/gone) `[d](code.md)`\n"
        "```\n[e](fenced.md)\n```\n"
        "[f](gone.md) ![g](gone.png) [h](there.md#gone) [i](../outside.md)\n",
        "utf-8",
    )
    assert pages.missing(page) == ["gone.md", "gone.png", "there.md#gone", "../outside.md"]


def test_without_git_the_same_pages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_git(*_arguments: object, **_options: object) -> None:
        raise FileNotFoundError("git")

    listed = pages.pages()
    monkeypatch.setattr("subprocess.run", no_git)
    assert pages.pages.__wrapped__() == pages.walked() == listed


def test_guides_stand_in_both_languages() -> None:
    docs = pages.ROOT / "docs"
    for page in sorted((docs / "zh").glob("*.md")):
        other = docs / page.name
        assert other.exists(), f"{page.name} is Chinese only"
        assert len(pages.links(page)) == len(pages.links(other)), f"{page.name}: links or pictures differ between the languages"


def test_pictures_are_small() -> None:
    sizes = {file.name: file.stat().st_size for file in (pages.ROOT / "docs" / "images").glob("*.png")}
    assert sizes
    assert [name for name, size in sizes.items() if size > LARGEST_PICTURE] == []
    assert sum(sizes.values()) < ALL_PICTURES


def test_every_picture_is_shown_somewhere() -> None:
    shown = {Path(target).name for page in pages.pages() for target in pages.links(page)}
    assert [file.name for file in (pages.ROOT / "docs" / "images").glob("*.png") if file.name not in shown] == []


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.relative_to(pages.ROOT).as_posix())
def test_commands_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    known = {row.name for row in SUBCOMMANDS}
    named = set(re.findall(r"(?:^|[`\s/\\])xinglin ([a-z]+)(?=[`\s])", "\n".join(_commands(text))))
    assert named <= known
    for command in set(re.findall(r"python3 -m installer ([a-z]+)", text)):
        assert bootstrap.parse([command]) == (command, [])  # an unknown one would exit


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_name_commands(name: str) -> None:
    text = (pages.ROOT / name).read_text("utf-8")
    assert set(re.findall(r"bin/xinglin ([a-z]+)", text)) >= {"serve", "desk", "pair", "staff", "import", "migrate", "check"}
    assert set(re.findall(r"python3 -m installer ([a-z]+)", text)) == {"demo", "test"}


def _commands(text: str) -> list[str]:
    """What is meant to be typed: spans and blocks of code."""
    return [*re.findall(r"^ *```.*?^ *```", text, re.MULTILINE | re.DOTALL), *re.findall(r"`[^`\n]+`", text)]
