"""What of the picks is in the hand."""

from __future__ import annotations

from decimal import Decimal

from common.domain.picked import going, packs_of

D = Decimal


def test_each_broken_pack_is_a_pack_in_the_hand() -> None:
    assert packs_of([D(24), D(30), D(4)], D(24), pooled=True) == 4
    assert packs_of([], D(24), pooled=True) == 0
    assert packs_of([D(5), D(5)], D(10), pooled=False) == 1


def test_sealed_packs_go_first() -> None:
    picks = [(D(6), True), (D(24), False), (D(24), False)]
    assert going(picks, None) == [6, 24, 24]
    assert going(picks, D(24)) == [0, 24, 0]
    assert going(picks, D(50)) == [2, 24, 24]
    assert going(picks, D(0)) == [0, 0, 0]
    assert sum(going(picks, D(99))) == 54
