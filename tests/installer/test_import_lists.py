"""``xinglin import`` as it is typed, on a real database: refused rows, the others stored on demand, national codes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.i18n import ENGLISH, set_language
from common.messages.catalogue import SearchDrugs
from common.messages.insurance_mapping import ListMappedItems
from installer import import_lists
from installer.database import SERVICE_VARIABLE
from server.local import LocalDesk
from tests.harness import TestDatabase

Typed = Callable[..., tuple[int, str, str]]

LIST = """\
编号,药名,规格,单位,单价,分类,剂型,厂家,医保编码,批准文号,备注
H1,试用甲片,10mg/片×7片×2板,盒,22.05,西药,片剂,甲厂,XR05CBA198A001010100863,国药准字H20150001,进口分装
H2,试用乙注射液,200mg×100ml/瓶,瓶,7.01,西药,注射剂,乙厂,,,
H3,试用丙注射液,2ml：0.100g*10支,盒,31.5,西药,注射剂,丙厂,XB05XAA001B002010100864,,
"""


@pytest.fixture
def typed(database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types ``xinglin import …`` and gives back exit code, output and complaints, in English."""
    monkeypatch.setenv(SERVICE_VARIABLE, database.dsn)
    set_language(ENGLISH)

    def type_it(*argv: str) -> tuple[int, str, str]:
        code = import_lists.main(list(argv))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield type_it


def found(desk: LocalDesk) -> dict[str, str]:
    """Specifications of the list's drugs, by code."""
    return {drug.code: drug.specification for drug in desk.perform(SearchDrugs(text="试用")).drugs}


def complete(refused: Path, **columns: str) -> None:
    """What a person fills in."""
    with refused.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with refused.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **columns} for row in rows)


def test_a_hospitals_list_from_refusal_to_completion(typed: Typed, local: LocalDesk, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")

    code, _, complaints = typed("drugs", str(file))
    assert code == 1
    assert "Row 3, column “规格”: “200mg×100ml” may be the amount in the whole" in complaints
    assert "2 of 3 rows are right, 1 are refused." in complaints
    assert "nothing was stored" in complaints
    assert found(local) == {}

    code, out, complaints = typed("drugs", str(file), "--accept-parsed", "--yes")
    assert code == 0
    assert "Stored: 2 new" in out
    assert "Mapped to national codes: 2 drugs." in out
    assert "备注" in complaints  # not silently lost
    assert found(local) == {"H1": "10mg×14片/盒", "H3": "2ml:0.1g×10支/盒"}
    mapped = local.perform(ListMappedItems(text="xr05cba198", kind="drug")).items
    assert [(item.code, item.med_list_codg) for item in mapped] == [("H1", "XR05CBA198A001010100863")]

    refused = tmp_path / "list-refused.csv"
    complete(refused, 最小单位="瓶", 包装数量="1", 含量规格="200mg:100ml")
    code, out, _ = typed("drugs", str(refused), "--yes")
    assert (code, "Stored: 1 new" in out) == (0, True)
    assert found(local)["H2"] == "200mg:100ml×1瓶/瓶"

    code, out, _ = typed("drugs", str(file), "--accept-parsed", "--yes")
    assert "Stored: 0 new, 0 changed, 2 as they were." in out
    assert "Mapped to national codes: 0 drugs." in out


def test_a_check_stores_nothing(typed: Typed, local: LocalDesk, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    code, out, _ = typed("drugs", str(file), "--accept-parsed", "--check")
    assert (code, out) == (0, "2 rows are right; nothing was stored, as asked.\n")
    assert found(local) == {}
