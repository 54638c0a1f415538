"""Which drugs may be mixed up, and which characters tell them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.likeness import Named, differing, pieces, propose, read_marks, substance, tall_man, write_marks
from server.importing.pinyin import term_spelling


def named(*names: str) -> list[Named]:
    return [
        Named(number, name.partition(" ")[0], name.partition(" ")[2], *term_spelling(substance(name.partition(" ")[0])))
        for number, name in enumerate(names, 1)
    ]


def kinds(*names: str) -> dict[tuple[int, int], str]:
    return {(found.drug_id, found.other_id): found.kind for found in propose(named(*names))}


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("盐酸二甲双胍缓释片", "二甲双胍"),
        ("注射用头孢曲松钠", "头孢曲松钠"),
        ("酒石酸美托洛尔片", "美托洛尔"),
        ("硝酸甘油片", "甘油"),
        ("麦冬", "麦冬"),
        ("盐酸", "盐酸"),
    ],
)
def test_the_substance_of_a_name(name: str, bare: str) -> None:
    assert substance(name) == bare


def test_one_character_apart_looks_alike() -> None:
    assert kinds("阿糖腺苷片", "阿糖胞苷片") == {(1, 2): "LOOK"}
    assert kinds("麦冬", "天冬") == {}  # two characters: half of a short name differs


def test_what_sounds_alike() -> None:
    assert kinds("异丙嗪片", "氯丙嗪片") == {(1, 2): "LOOK"}
    assert kinds("头孢噻肟钠", "头孢噻吩钠", "消心痛片", "销心痛片")[3, 4] in ("LOOK", "SOUND")
    assert kinds("他巴唑片", "地巴唑片")[1, 2] == "LOOK"
    assert kinds("阿昔洛韦片", "泛昔洛韦片")[1, 2] == "LOOK"
    assert kinds("格列本脲片", "格列苯脲胶囊")[1, 2] == "LOOK"
    assert kinds("西沙必利片", "细沙比利片")[1, 2] == "SOUND"


def test_one_name_in_other_strengths() -> None:
    assert kinds("苯巴比妥片 30mg×100片/瓶", "苯巴比妥片 100mg×100片/瓶", "阿司匹林片 100mg") == {(1, 2): "STRENGTH"}


def test_other_forms_of_one_substance_are_no_pair() -> None:
    assert kinds("布洛芬片", "布洛芬缓释胶囊", "布洛芬混悬液") == {}


def test_drugs_that_are_used_otherwise_are_no_pair() -> None:
    assert kinds("红霉素肠溶片", "氯霉素滴眼液") == {}
    assert kinds("头孢呋辛酯片", "注射用头孢呋辛钠") == {}


def test_of_several_forms_those_are_paired_that_lie_side_by_side() -> None:
    assert set(kinds("阿糖腺苷片", "阿糖腺苷乳膏", "阿糖胞苷片", "阿糖胞苷乳膏")) == {(1, 3), (2, 4)}


@pytest.mark.parametrize(
    ("name", "other", "marked"),
    [
        ("阿糖腺苷", "阿糖胞苷", "腺"),
        ("氯化钾注射液", "氯化钠注射液", "钾"),
        ("布洛芬缓释胶囊", "布洛芬胶囊", "缓释"),
        ("布洛芬胶囊", "布洛芬缓释胶囊", "胶"),
        ("30mg×100片/瓶", "100mg×100片/瓶", "3"),
        ("同名", "同名", ""),
    ],
)
def test_the_characters_that_differ(name: str, other: str, marked: str) -> None:
    assert "".join(name[start:end] for start, end in differing(name, other)) == marked


def test_latin_names_get_tall_letters() -> None:
    marks = write_marks(differing("prednisone", "prednisolone"))
    assert tall_man("prednisone", marks) != "prednisone"
    marks = write_marks(differing("hydroxyzine", "hydralazine"))
    assert tall_man("hydroxyzine", marks) == "hydrOXYzine"


def test_units_keep_their_letters() -> None:
    assert tall_man("10mg×24片", "0-4") == "10mg×24片"
    assert tall_man("5mg/ml", "0-6") == "5mg/ml"
    assert tall_man("胰岛素R", "3-4") == "胰岛素R"


@given(st.text("阿莫西林胶囊片ab", min_size=1, max_size=12), st.lists(st.tuples(st.integers(0, 14), st.integers(1, 4)), max_size=4))
def test_pieces_are_the_whole_name(name: str, spans: list[tuple[int, int]]) -> None:
    marks = write_marks((start, start + length) for start, length in spans)
    found = list(pieces(name, marks))
    assert "".join(part for part, _ in found).lower() == name.lower()
    wanted = {place for start, end in read_marks(marks, len(name)) for place in range(start, end)}
    at, told = 0, set()
    for part, marked in found:
        told |= set(range(at, at + len(part))) if marked else set()
        at += len(part)
    assert told == wanted


def test_a_long_list_takes_about_a_second() -> None:
    from time import process_time

    names = [f"{chr(0x4E00 + n * 7 % 3000)}{chr(0x4E00 + n * 13 % 3000)}{chr(0x4E00 + n % 3000)}片" for n in range(3000)]
    found = named(*names)
    begun = process_time()
    propose(found)
    assert process_time() - begun < 5
