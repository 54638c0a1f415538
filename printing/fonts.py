"""The one typeface of all paper, Noto Sans SC, and what to do about characters that it lacks.

The wheel ``justmytype-intl-cjk`` carries it as a variable font. reportlab and FreeType want fixed weights, so 400 and 700 are cut once into
:func:`font_folder`; that takes 10 to 20 s each, and set-up does both at once with :func:`prepare_fonts`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unicodedata
from enum import IntEnum
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import platformdirs

from printing.errors import FontNotInstalled, GlyphMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.ImageFont import FreeTypeFont

WHEEL: Final = "justmytype-intl-cjk"
VARIABLE_FONT: Final = "NotoSansSC[wght].ttf"
#: Share of the em square above the baseline in Noto Sans SC.
ASCENT: Final = 0.88
#: Tables that only shaping needs. Paper is set without kerning or ligatures, and without them a cut takes half the time.
_SHAPING_TABLES: Final = ("GPOS", "GSUB", "GDEF", "BASE", "STAT", "HVAR", "vhea", "vmtx")
_FALLBACK_FILES: Final = ("HanaMinA.ttf", "HanaMinB.ttf", "simsunb.ttf", "SimsunExtG.ttf")
_POSTSCRIPT_NAME: Final = 6
_MEASURE_EM: Final = 1000
_INVISIBLE: Final = ("Cc", "Cf", "Cs")


class Weight(IntEnum):
    """The two weights on paper, as values of the font's weight axis."""

    REGULAR = 400
    BOLD = 700


class Run(NamedTuple):
    """A piece of text and the font file that has all its characters."""

    font: Path
    text: str


def font_folder() -> Path:
    """Where the cut weights are kept: ``$XINGLIN_FONTS``, else the user's cache folder."""
    chosen = os.environ.get("XINGLIN_FONTS")
    return Path(chosen) if chosen else platformdirs.user_cache_path("xinglin") / "fonts"


def prepare_fonts(folder: Path) -> list[Path]:
    """Cut the weights that ``folder`` lacks, each in a process of its own, and return both files.

    Safe to call again and from several programs at once: a file appears whole or not at all.
    Raises :class:`FontNotInstalled` if the wheel is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {weight: folder / f"NotoSansSC-{weight.name.title()}.ttf" for weight in Weight}
    missing = {weight: file for weight, file in files.items() if not file.exists()}
    source = variable_font() if missing else None
    if source is not None:
        _cut_all(source, missing)
    if any(not file.exists() for file in files.values()):
        raise FontNotInstalled(family=f"Noto Sans SC ({folder})")
    return list(files.values())


def _cut_all(source: Path, targets: dict[Weight, Path]) -> None:
    if getattr(sys, "frozen", False):
        # A packaged program is no Python that could run a module, so it takes the longer way.
        for weight, target in targets.items():
            cut_weight(source, weight, target)
        return
    # Not multiprocessing: that would run the caller's main module once more.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "printing.fonts", str(source)]
    cutters = [subprocess.Popen([*command, str(weight.value), str(target)], env=environment) for weight, target in targets.items()]
    for cutter in cutters:
        cutter.wait()


def variable_font() -> Path:
    """The variable font inside the wheel. Raises :class:`FontNotInstalled` if there is none."""
    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name == VARIABLE_FONT:
            return Path(str(file.locate()))
    raise FontNotInstalled(family="Noto Sans SC")


def cut_weight(source: Path, weight: int, target: Path) -> None:
    """Write the instance of ``source`` at ``weight`` to ``target``, by way of a temporary file beside it."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(source, lazy=True)
    for table in _SHAPING_TABLES:
        if table in font:
            del font[table]
    instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True, optimize=False)
    for record in font["name"].names:
        # reportlab tells embedded fonts apart by this name; both cuts would come out in one weight.
        if record.nameID == _POSTSCRIPT_NAME:
            record.string = target.stem
    handle, name = tempfile.mkstemp(suffix=".part", dir=target.parent)
    os.close(handle)
    font.save(name, reorderTables=False)
    Path(name).chmod(0o644)
    try:
        Path(name).replace(target)
    except PermissionError:
        # Windows will not replace a file that another program has open; then that program's copy is the same font.
        if not target.exists():
            raise
        Path(name).unlink()


@cache
def font_file(weight: Weight) -> Path:
    """The cut font of this weight; cut now if set-up did not."""
    return prepare_fonts(font_folder())[list(Weight).index(weight)]


@cache
def fallback_fonts() -> Sequence[Path]:
    """Fonts found on this machine that draw what Noto Sans SC lacks, best first: HanaMin, on Windows SimSun-ExtB."""
    return [found for name in _FALLBACK_FILES for folder in _system_folders() for found in sorted(folder.rglob(name))]


def _system_folders() -> list[Path]:
    if sys.platform == "win32":
        homes = [Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "Fonts", _local_fonts()]
    else:
        homes = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), platformdirs.user_data_path() / "fonts"]
    return [folder for folder in [font_folder(), *homes] if folder.is_dir()]


def _local_fonts() -> Path:
    return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Microsoft" / "Windows" / "Fonts"


@cache
def coverage(font: Path) -> frozenset[int]:
    """The code points that a font file can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def clean(text: str) -> str:
    """``text`` as it may stand on paper: composed, one space for any white space, and no control or format character.

    A name copied from elsewhere can hold a byte that a printer would obey.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE and not _is_variation(char))


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def missing_glyphs(text: str) -> str:
    """The characters of ``text``, each once, that no font on this machine can draw."""
    return "".join(dict.fromkeys(char for char in clean(text) if _font_for(char, Weight.REGULAR) is None))


@lru_cache(maxsize=20_000)
def _font_for(char: str, weight: Weight) -> Path | None:
    if ord(char) in coverage(font_file(weight)):
        return font_file(weight)
    return next((font for font in fallback_fonts() if ord(char) in coverage(font)), None)


def runs(text: str, weight: Weight) -> list[Run]:
    """``text``, cleaned, in pieces of one font each. Raises :class:`GlyphMissing`."""
    pieces: list[Run] = []
    for char in clean(text):
        font = _font_for(char, weight)
        if font is None:
            raise GlyphMissing(characters=missing_glyphs(text))
        if pieces and pieces[-1].font == font:
            pieces[-1] = Run(font, pieces[-1].text + char)
        else:
            pieces.append(Run(font, char))
    return pieces


@lru_cache(maxsize=64)
def bitmap_font(font: Path, pixels: int) -> FreeTypeFont:
    """The font at ``pixels`` to the em, without kerning, so that pictures and PDF measure alike."""
    from PIL import ImageFont

    return ImageFont.truetype(font, pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=20_000)
def _advance(font: Path, char: str) -> float:
    return bitmap_font(font, _MEASURE_EM).getlength(char) / _MEASURE_EM


def text_width(text: str, size: float, weight: Weight = Weight.REGULAR) -> float:
    """How wide ``text`` runs at ``size``, in the unit of ``size``."""
    return size * sum(_advance(run.font, char) for run in runs(text, weight) for char in run.text)


if __name__ == "__main__":
    cut_weight(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
