"""Papers of the pharmacy as they are to look, on every paper and in every printer's language that they are made for.

``python -m tests.printing.golden`` draws them anew into ``tests/printing/golden``; look at each before it is kept.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from printing import fonts
from printing.catalog import render_document, ways_to_print
from printing.media import Backend, Media
from printing.render import render_png
from tests.printing import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from printing.catalog import AnyDocument

FOLDER: Final = Path(__file__).with_name("golden")
PAPERS: Final[dict[str, AnyDocument]] = {
    "pick-list": samples.pick_list(),
    "pick-list-again": samples.pick_list(copy=samples.SECOND, second=True, window="", drugs=samples.PICKED[2:3]),
    "owed-slip": samples.owed_slip(),
    "drug-return-slip": samples.drug_return_slip(),
    "herbal-bag": samples.herbal_bag(),
    "herbal-bag-first": samples.herbal_bag(**samples.FIRST_BAG),
    "usage-label": samples.drug_label(),
    "split-pack-label": samples.drug_label(**samples.SPLIT),
}
#: A cell of so many dots square is compared as one, so that the smoothing of an edge is no difference and a moved row is.
_CELL: Final = 4
_TOLERANCE: Final = 40


def cases() -> Iterator[tuple[str, Backend, Media]]:
    """Every paper with every way it is printed."""
    return ((name, backend, media) for name, paper in PAPERS.items() for backend, media in ways_to_print(type(paper)))


def file_of(name: str, backend: Backend, media: Media) -> Path:
    """Where the picture lies. Both label printers burn the same dots, so that they share one."""
    kind = "label" if backend in (Backend.ZPL, Backend.TSPL) else media.value if backend is Backend.ESCPOS else f"{media.value}-page"
    return FOLDER / f"{name}-{kind}.png"


def drawn(paper: AnyDocument, backend: Backend, media: Media) -> Image.Image:
    """The paper as it comes out of the printer, in grey; a page at half its size."""
    (png,) = render_png(render_document(paper, backend, media), media)
    picture = Image.open(BytesIO(png)).convert("L")
    return picture.reduce(2) if backend is Backend.PDF else picture


def differs(one: Image.Image, other: Image.Image) -> bool:
    """Whether a person would see a difference."""
    if one.size != other.size:
        return True
    histogram = ImageChops.difference(one.reduce(_CELL), other.reduce(_CELL)).histogram()
    return any(histogram[_TOLERANCE:])


def main() -> None:
    """Draw them all anew."""
    fonts.prepare_fonts(fonts.font_folder())
    FOLDER.mkdir(exist_ok=True)
    for name, backend, media in cases():
        drawn(PAPERS[name], backend, media).quantize(16).save(file_of(name, backend, media), optimize=True)


if __name__ == "__main__":
    main()
