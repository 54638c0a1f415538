"""The pharmacy's papers look as somebody looked at them and found them good."""

from __future__ import annotations

import msgspec
import pytest
from PIL import Image

from printing.catalog import ways_to_print
from printing.documents.drug_label import DrugLabel
from printing.media import Backend, Media
from tests.printing import golden, samples


@pytest.mark.parametrize(("name", "backend", "media"), list(golden.cases()), ids=lambda part: str(part))
def test_the_paper_looks_as_it_did(name: str, backend: Backend, media: Media) -> None:
    kept = Image.open(golden.file_of(name, backend, media)).convert("L")
    drawn = golden.drawn(golden.PAPERS[name], backend, media)
    assert not golden.differs(kept, drawn), "if it is to look like this: python -m tests.printing.golden, and look at each"


def test_every_picture_is_one_of_these_papers() -> None:
    assert {file.name for file in golden.FOLDER.glob("*.png")} == {golden.file_of(*case).name for case in golden.cases()}


def test_another_word_and_another_mark_are_seen() -> None:
    kept = Image.open(golden.file_of("pick-list", Backend.ESCPOS, Media.ROLL_80)).convert("L")
    others = (msgspec.structs.replace(samples.PICKED[1], name_marks="1-2"), msgspec.structs.replace(samples.PICKED[1], quantity="3盒"))
    for drug in others:
        changed = samples.pick_list(drugs=(samples.PICKED[0], drug, *samples.PICKED[2:]))
        assert golden.differs(kept, golden.drawn(changed, Backend.ESCPOS, Media.ROLL_80))


def test_usage_and_split_pack_labels_are_made_in_all_three_languages() -> None:
    assert {backend for backend, _ in ways_to_print(DrugLabel)} >= {Backend.ZPL, Backend.TSPL, Backend.ESCPOS}
