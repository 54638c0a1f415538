"""``xinglin bench trace`` in small: the same walk on the clinic of the tests."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.bench import ALONE, codes

if TYPE_CHECKING:
    from tests.harness import Clinic


def test_every_line_ends_with_a_code_or_a_reason(clinic: Clinic) -> None:
    assert ALONE["trace"] == "tests.bench.codes"
    said = codes.walk(clinic, 9, random.Random(5))
    assert said["prescriptions"] == 9
    assert said["lines"] == said["lines_coded"] + said["lines_reasoned"] > 9
    assert said["lines_coded"] > said["lines_reasoned"] > 0
    assert 0 < said["split_share"] < 1
    assert said["opened_packs"] > 0
    assert said["refused_wrong_pack"] == 1
    assert 0 < said["extra_seconds"] < 30
