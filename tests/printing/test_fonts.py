"""Fonts: what is cut, what is missing, what stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from printing import fonts
from printing.errors import GlyphMissing
from printing.fonts import Weight

if TYPE_CHECKING:
    from pathlib import Path


def test_both_weights_are_static_fonts_with_names_of_their_own(cut_fonts: list[Path]) -> None:
    names = set()
    for file in cut_fonts:
        with TTFont(file, lazy=True) as font:
            assert "fvar" not in font
            assert len(font.getBestCmap()) > 30_000
            names.add(font["name"].getDebugName(6))
    assert names == {"NotoSansSC-Regular", "NotoSansSC-Bold"}


def test_fonts_that_are_there_are_not_cut_again(tmp_path: Path) -> None:
    for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"):
        (tmp_path / name).write_bytes(b"cut before")
    assert [file.read_bytes() for file in fonts.prepare_fonts(tmp_path)] == [b"cut before"] * 2


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_FONTS", str(tmp_path))
    assert fonts.font_folder() == tmp_path


def test_missing_glyphs_names_each_once(no_fallback: None) -> None:
    assert fonts.missing_glyphs("㐀 𠮷 · — 张三 𠮷 ¥ ℃") == "𠮷"


def test_a_fallback_font_fills_in(rare_font: Path) -> None:
    assert fonts.missing_glyphs("𠮷") == ""
    assert [(run.font.name, run.text) for run in fonts.runs("张𠮷三", Weight.BOLD)] == [
        ("NotoSansSC-Bold.ttf", "张"),
        ("HanaMinB.ttf", "𠮷"),
        ("NotoSansSC-Bold.ttf", "三"),
    ]


def test_without_one_the_character_is_named(no_fallback: None) -> None:
    with pytest.raises(GlyphMissing) as refused:
        fonts.runs("张𠮷三\ue000", Weight.REGULAR)
    assert refused.value.characters == "𠮷\ue000"


def test_clean_keeps_one_space_and_no_control() -> None:
    assert fonts.clean(" 张\t 三\r\n\x1b\x00\u200b\ufe00é ") == "张 三 é"


def test_hanzi_are_as_wide_as_high() -> None:
    assert fonts.text_width("阿莫西林", 3.5) == pytest.approx(14)
    assert 0 < fonts.text_width("ill", 3.5) < fonts.text_width("mmm", 3.5)
