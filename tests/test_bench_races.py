"""The race for the last packs: as many are handed over as there are, and everybody else is told why not."""

from __future__ import annotations

from pathlib import Path

from tests.bench.races import race
from tests.harness import Clinic


def test_twenty_desks_and_too_few_packs(clinic: Clinic, tmp_path: Path) -> None:
    told = race(clinic, tmp_path / "keys", 60)
    assert told["broken"] == 0
    for at in ("signing", "payment"):
        one = told[at]
        assert one["tries"] == 30
        assert one["handed_over"] == one["packs"] // one["packs_a_prescription"] < one["tries"]
        assert one["handed_over"] + one["refused_for_stock"] == one["tries"]
        assert (one["other_errors"], one["oversold"], one["unaccounted"]) == ({}, 0, "0"), one
