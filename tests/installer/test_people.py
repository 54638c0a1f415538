"""The CSV of people who walk through the demonstration: who comes in, and what is said of bad rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from common.i18n import ENGLISH, language
from common.messages.patients import AllergyState, DocumentKind
from installer.demo.people import COLUMNS, Walker, invented_people, read_people
from server.importing.problems import FileRefused

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
GOOD = "张三,id_card,110101199003070011,,,13812341234,青霉素,咳嗽三天,J06.900"


def read(folder: Path, *rows: str, header: str = ",".join(COLUMNS), encoding: str = "utf-8") -> tuple[list[Walker], list[tuple[int, str]]]:
    file = folder / "people.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
    with language(ENGLISH):
        people, refused = read_people(file, TODAY)
    return people, [(row.line, row.reason) for row in refused]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_an_id_card_gives_sex_and_birth(tmp_path: Path, encoding: str) -> None:
    people, refused = read(tmp_path, GOOD, encoding=encoding)
    assert refused == []
    file = people[0].file
    assert (file.name, file.sex, file.birth_date) == ("张三", "1", date(1990, 3, 7))
    assert file.allergy_state is AllergyState.KNOWN
    assert file.allergies[0].allergen == "penicillin"
    assert people[0].diagnosis.name == "急性上呼吸道感染"
    assert people[0].line == 2


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("John Smith,passport,E1234567,male,1980-02-03,,none,headache,J06.900", DocumentKind.PASSPORT),
        ("李雷,hk_macau_permit,H12345678,男,1980/2/3,,,头痛,J06.900", DocumentKind.HK_MACAU_PERMIT),
        ("林风,taiwan_permit,12345678,女,1980.02.03,,无,头痛,J06.900", DocumentKind.TAIWAN_PERMIT),
        ("Anna Ivanova,foreign_residence,932682198501010017,,,,,headache,J06.900", DocumentKind.FOREIGN_RESIDENCE),
        ("无证,none,,2,1975-01-31,,,头痛,J06.900", DocumentKind.NONE),
    ],
)
def test_every_kind_of_document_comes_in(tmp_path: Path, row: str, kind: DocumentKind) -> None:
    people, refused = read(tmp_path, row)
    assert refused == []
    assert people[0].file.document_kind is kind


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",id_card,110101199003070011,,,,,头痛,J06.900", "the name is missing"),
        ("名" * 51 + ",none,,m,1980-02-03,,,头痛,J06.900", "longer than 50"),
        ("张三,id_card,110101199003070012,,,,,头痛,J06.900", "check digit"),
        ("张三,id_card,110101199003070011,女,,,,头痛,J06.900", "Sex"),
        ("张三,id_card,110101199003070011,,1991-03-07,,,头痛,J06.900", "Birth date"),
        ("张三,licence,123,,,,,头痛,J06.900", "no kind of document"),
        ("张三,passport,,male,1980-02-03,,,头痛,J06.900", "number is missing"),
        ("张三,none,123,male,1980-02-03,,,头痛,J06.900", "no document"),
        ("张三,none,,,1980-02-03,,,头痛,J06.900", "sex is missing"),
        ("张三,none,,m,,,,头痛,J06.900", "birth date is missing"),
        ("张三,none,,x,1980-02-03,,,头痛,J06.900", "no sex"),
        ("张三,none,,m,1980-02-30,,,头痛,J06.900", "no date"),
        ("张三,none,,m,2030-01-01,,,头痛,J06.900", "Birth date"),
        ("张三,id_card,110101199003070011,,,123,,头痛,J06.900", "hone"),
        ("张三,id_card,110101199003070011,,,,,,J06.900", "complaint is missing"),
        ("张三,id_card,110101199003070011,,,,,头痛,", "diagnosis is missing"),
        ("张三,id_card,110101199003070011,,,,,头痛,X99.999", "not in the catalogue"),
        (GOOD + ",too,many", ""),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_go_on(tmp_path: Path, row: str, reason: str) -> None:
    other = "李四,none,,男,1970-05-06,,,头痛,J06.900"
    people, refused = read(tmp_path, row, other)
    assert [walker.file.name for walker in people] == ["李四"]
    assert [line for line, _ in refused] == [2]
    assert reason in refused[0][1]


def test_the_same_person_comes_once(tmp_path: Path) -> None:
    people, refused = read(tmp_path, GOOD, GOOD)
    assert len(people) == 1
    assert refused == [(3, "this person stands in line 2 already")]


def test_a_child_needs_somebody_and_gets_a_stand_in(tmp_path: Path) -> None:
    people, refused = read(tmp_path, "小宝,id_card,110101202402290024,,,13812341234,,发热一天,J06.900")
    assert refused == []
    assert people[0].file.guardian_name


def test_a_file_without_a_column_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="birth_date"):
        read(tmp_path, "a,b", header="name,document_kind,document_number,sex")


def test_the_same_seed_invents_the_same_people() -> None:
    assert invented_people(5, 7, TODAY) == invented_people(5, 7, TODAY)
    assert invented_people(5, 7, TODAY) != invented_people(5, 8, TODAY)
    numbers = [walker.file.document_number for walker in invented_people(200, 1, TODAY)]
    assert len(set(numbers)) == 200
