"""What of a billed line may go back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.domain.refundable import (
    CANCEL_VISIT,
    HANDED_OUT,
    NOTHING_LEFT,
    PUT_BACK,
    binding_state,
    hindrance,
    refundable_quantity,
    whole_only,
)
from common.domain.states import PRESCRIPTION

TEN = Decimal(10)
NONE = Decimal(0)


@pytest.mark.parametrize(
    ("state", "refunded", "returned", "left"),
    [
        (None, 0, 0, 10),
        (None, 4, 0, 6),
        ("PAID", 0, 0, 10),
        ("PICKED", 0, 0, 0),
        ("DISPENSED", 0, 0, 0),
        ("PART_DISPENSED", 0, 0, 0),
        ("PART_RETURNED", 0, 3, 3),
        ("PART_RETURNED", 3, 3, 0),
        ("PART_RETURNED", 3, 5, 2),
        ("RETURNED", 0, 10, 10),
        ("RETURNED", 10, 10, 0),
        ("RETURNED", 0, 12, 10),
    ],
)
def test_of_what_was_handed_out_only_what_came_back(state: str | None, refunded: int, returned: int, left: int) -> None:
    assert refundable_quantity(TEN, Decimal(refunded), state, Decimal(returned)) == left


def test_a_prescription_goes_back_whole_until_it_was_handed_out() -> None:
    assert {state for state in PRESCRIPTION.labels if not whole_only(state)} == {
        "PART_DISPENSED",
        "DISPENSED",
        "PART_RETURNED",
        "RETURNED",
    }
    assert not whole_only(None)


def test_a_service_that_came_with_drugs_stands_alone_once_they_are_out() -> None:
    assert binding_state("surcharge", "PAID") == "PAID"
    assert binding_state("surcharge", "DISPENSED") is None
    assert binding_state("prescription", "DISPENSED") == "DISPENSED"


@pytest.mark.parametrize(
    ("source", "on_bill", "state", "left", "why"),
    [
        ("registration", TEN, None, TEN, CANCEL_VISIT),
        ("service", TEN, None, TEN, ""),
        ("service", NONE, None, NONE, NOTHING_LEFT),
        ("prescription", TEN, "PAID", TEN, ""),
        ("prescription", TEN, "PICKED", NONE, PUT_BACK),
        ("prescription", TEN, "DISPENSED", NONE, HANDED_OUT),
        ("prescription", TEN, "PART_RETURNED", Decimal(2), ""),
    ],
)
def test_it_says_why_nothing_goes_back(source: str, on_bill: Decimal, state: str | None, left: Decimal, why: str) -> None:
    assert hindrance(source, on_bill, state, left) == why
