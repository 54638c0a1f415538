"""Which parts a record must have (DOMAIN §3.1)."""

from __future__ import annotations

import msgspec
import pytest

from common.domain.record import PARTS, missing_parts
from common.messages.consult import Diagnosis, RecordText

COLD = (Diagnosis(code="J06.900", name="急性上呼吸道感染"),)
FULL = msgspec.structs.replace(RecordText(), **dict.fromkeys(PARTS, "无"))


def test_parts_are_the_fields_of_a_record() -> None:
    assert {"first_visit", *PARTS} == {field.name for field in msgspec.structs.fields(RecordText)}


def test_none_written_out_is_complete() -> None:
    assert missing_parts(FULL, COLD) == []
    assert missing_parts(FULL, ()) == ["Diagnosis"]


def test_an_empty_first_visit_lacks_everything_in_the_order_of_the_form() -> None:
    assert missing_parts(RecordText(), ()) == [
        "Chief complaint",
        "Present illness",
        "Past history",
        "Allergy history",
        "Physical examination",
        "Test results",
        "Diagnosis",
        "Treatment and advice",
    ]


def test_a_revisit_may_leave_out_what_did_not_change() -> None:
    assert missing_parts(RecordText(first_visit=False), COLD) == [
        "Chief complaint",
        "Present illness",
        "Allergy history",
        "Physical examination",
        "Treatment and advice",
    ]


@pytest.mark.parametrize("part", PARTS)
def test_blanks_are_nothing(part: str) -> None:
    assert missing_parts(msgspec.structs.replace(FULL, **{part: " \n\u3000"}), COLD) == [PARTS[part]]
