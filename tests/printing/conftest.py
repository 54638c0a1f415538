"""Fonts are cut once a machine; barcodes are read back from pictures by zxing."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from printing import fonts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def cut_fonts() -> list[Path]:
    """Both weights in the user's cache folder."""
    return fonts.prepare_fonts(fonts.font_folder())


@pytest.fixture(scope="session")
def read_codes() -> Callable[[bytes], list[tuple[str, str]]]:
    """(format, text) of every barcode in a PNG, enlarged as a scanner's lens would and with paper around it."""

    def read(png: bytes) -> list[tuple[str, str]]:
        picture = Image.open(BytesIO(png)).convert("L")
        page = Image.new("L", (picture.width + 80, picture.height + 80), 255)
        page.paste(picture, (40, 40))
        page = page.resize((page.width * 2, page.height * 2), Image.Resampling.NEAREST)
        return [(str(code.format), code.text) for code in zxingcpp.read_barcodes(page)]

    return read


@pytest.fixture
def rare_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fallback font on this machine that has 𠮷 (as a black square) and nothing else."""
    pen = TTGlyphPen(None)
    for step, point in enumerate([(100, -100), (100, 800), (900, 800), (900, -100)]):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "ji"])
    builder.setupCharacterMap({ord("𠮷"): "ji"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "ji": square})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "ji": (1000, 100)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Rare", "styleName": "Regular", "psName": "Rare-Regular"})
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path / "HanaMinB.ttf"
    builder.save(path)
    monkeypatch.setattr(fonts, "_system_folders", lambda: [tmp_path])
    _forget_fonts()
    yield path
    _forget_fonts()


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with no font but the project's own."""
    monkeypatch.setattr(fonts, "_system_folders", list)
    _forget_fonts()
    yield
    _forget_fonts()


def _forget_fonts() -> None:
    fonts.fallback_fonts.cache_clear()
    fonts._font_for.cache_clear()
