"""The owing slip: what is owed, till when, and whose it is."""

from __future__ import annotations

from common.i18n import language
from printing.catalog import render_document
from printing.documents.owed_slip import OwedDrug, OwedDrugSlip
from printing.media import Backend, Media
from printing.render import render_png
from printing.strip import Row, compose
from tests.printing.samples import owed_slip


def _rows(document: OwedDrugSlip, columns: int = 48) -> list[str]:
    with language(document.language):
        return [row.text for row in compose(document.strip(table=False), columns) if isinstance(row, Row)]


def test_the_slip_says_what_is_owed_and_till_when() -> None:
    rows = _rows(owed_slip())
    assert next(part for part in rows if part.startswith("阿莫西林胶囊")).split() == ["阿莫西林胶囊", "1盒+6粒"]
    assert "约定取药日期：2026-11-24" in rows
    assert "备注：厂家周二送货" in rows
    assert any(row.startswith("欠药单号") and row.endswith("Q2611210003") for row in rows)


def test_without_phone_and_note_there_are_no_empty_rows() -> None:
    rows = _rows(owed_slip(phone="", note=""))
    assert not any(row.startswith(("电话", "备注")) for row in rows)


def test_a_long_slip_goes_on_to_a_second_page() -> None:
    lines = tuple(OwedDrug(name=f"药品{n}", specification="0.25g×24粒/盒", owed="1盒") for n in range(25))
    assert len(render_png(render_document(owed_slip(lines=lines), Backend.PDF, Media.A5), Media.A5)) == 2
    assert len(render_png(render_document(owed_slip(), Backend.PDF, Media.A5), Media.A5)) == 1
