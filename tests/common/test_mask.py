"""Masked names and numbers: the vectors of DOMAIN §7.3 and §13."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.mask import mask_document, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳小明", "欧**明"),
        ("阿卜杜·热西提", "阿****提"),
        ("JOHN SMITH", "J*******H"),
        ("张", "*"),
        ("", ""),
        ("欧阳𠮷", "欧*𠮷"),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("110101199003070011", "110101********0011"),
        ("USA110085010101", "USA110*****0101"),
        ("E12345678", "E****5678"),
        ("12345678", "1****678"),
        ("H1234567801", "H******7801"),
        ("12345", "1**45"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_documents(number: str, masked: str) -> None:
    assert mask_document(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("010-62345678", "010-****5678"),
        ("0755-23456789", "0755-****6789"),
        ("+85291234567", "+852****4567"),
        ("6234567", "*******"),
        ("+12345678", "+****5678"),
        ("62345678", "****5678"),
        ("", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text("0123456789ABCX", min_size=1, max_size=30))
def test_a_masked_document_keeps_its_length_and_hides_its_middle(number: str) -> None:
    masked = mask_document(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= max(1, len(number) // 3)


@given(st.text("张王李欧阳小明·", min_size=1, max_size=30))
def test_a_masked_name_shows_two_characters_at_most(name: str) -> None:
    assert len(mask_name(name).replace("*", "")) <= 2
