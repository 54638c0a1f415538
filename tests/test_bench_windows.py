"""``xinglin bench windows`` in small: the same desks and windows on the clinic of the tests."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.bench import ALONE, windows

if TYPE_CHECKING:
    from tests.harness import Clinic


def test_load_is_shared_and_nothing_is_lost(clinic: Clinic) -> None:
    assert ALONE["windows"] == "tests.bench.windows"
    said = windows.refresh(clinic, random.Random(3), desks=2, waiting=9, rounds=2)
    assert (said["desks"], said["windows"], said["waiting"], said["lost"]) == (2, 4, 9, 0)
    for share in (said["share_of_load"], said["share_after_closing"]):
        assert sum(share.values()) == pytest.approx(1, abs=0.01)
    assert len(said["share_after_closing"]) == 3
    assert said["handed_over_at_closing"] >= 0
    assert 0 < said["worklist_p50_ms"] <= said["worklist_p95_ms"]
    assert 0 < said["hall_p50_ms"] <= said["hall_p95_ms"]
