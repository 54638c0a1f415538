"""Receipts of deposits and accounts on the roll; a company's statement on A4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from common.i18n import language
from common.messages.cashier import Tender, TenderKind
from printing.catalog import document_from_json, document_json, render_document
from printing.columns import columns_of
from printing.media import Backend, Media
from printing.render import render_png
from printing.sheet import Text
from printing.strip import Row, compose
from tests.printing.account_samples import account_receipt, credit_statement, statement
from tests.printing.samples import receipt

KINDS = ("DEPOSIT", "DEPOSIT_BACK", "COLLECT", "COLLECT_BACK")


def rows(kind: str, columns: int = 48, code: str = "zh_CN", **changes: Any) -> list[str]:
    paper = account_receipt(language=code, kind=kind, **changes)
    with language(code):
        return [row.text for row in compose(paper.strip(table=columns == 48), columns) if isinstance(row, Row)]


def texts(count: int, code: str = "zh_CN") -> list[list[str]]:
    paper = credit_statement(count, code)
    with language(code):
        return [[mark.text for mark in sheet.marks if isinstance(mark, Text)] for sheet in paper.sheets()]


def test_a_bill_that_the_deposit_pays_says_what_is_left_of_it() -> None:
    paid = (Tender(kind=TenderKind.DEPOSIT, amount_fen=9840),)
    text = render_document(receipt(tenders=paid, change_fen=0, deposit_left_fen=4160), Backend.ESCPOS).decode("gb18030", "ignore")
    assert text.index("预交金") < text.index("预交金余额") < text.index("41.60") < text.index("收费员")
    assert "预交金余额" not in render_document(receipt(), Backend.ESCPOS).decode("gb18030", "ignore")


def test_a_deposit_receipt_says_how_much_and_what_is_left() -> None:
    said = rows("DEPOSIT")
    assert said[1] == "预交金收据"
    cells = [row.split() for row in said]
    for wanted in (["收款金额", "￥500.00"], ["找零", "￥100.00"], ["预交金余额", "￥632.50"], ["编号", "D26112200007"]):
        assert wanted in cells
    assert "交款人：欧阳春晓" in said
    assert "大写：伍佰圆整" in said


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_can_be_scanned_where_the_paper_is_shown(kind: str, read_codes: Callable[[bytes], list[tuple[str, str]]]) -> None:
    for media in (Media.ROLL_80, Media.ROLL_58):
        (png,) = render_png(render_document(account_receipt(kind=kind, change_fen=0), Backend.ESCPOS, media), media)
        assert [text for _, text in read_codes(png)] == ["D26112200007"]


def test_what_goes_back_is_signed_for() -> None:
    said = rows("COLLECT_BACK", reason="患者退号", patient_number="")
    assert said[1] == "挂账退款单"
    assert any(row.startswith("接收人签字：") for row in said)
    assert not any(row.startswith("患者编号") for row in said)
    assert any("患者退号" in row for row in said)
    assert not any(row.startswith("接收人签字：") for row in rows("COLLECT"))


@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", ["zh_CN", "en"])
def test_no_row_is_wider_than_the_roll(columns: int, kind: str, code: str) -> None:
    huge = {"amount_fen": 123_456_789, "tenders": (Tender(kind=TenderKind.BANK, amount_fen=123_456_789, reference="2026112200815"),)}
    said = rows(kind, columns, code, payer="春风纺织有限责任公司工会委员会职工互助保障部", change_fen=0, **huge)
    assert max(columns_of(row) for row in said) <= columns


def test_tenders_that_do_not_sum_up_are_not_printed() -> None:
    with pytest.raises(ValueError, match="sum"):
        account_receipt(amount_fen=1)


def test_a_statement_leads_from_the_opening_to_the_closing_balance() -> None:
    (page,) = texts(12)
    facts = statement(12)
    for words in ("挂账月结单", "挂账单位：春风纺织有限责任公司工会委员会", "账期：2026-11", "1,284.00", "退费冲账", "还款"):
        assert words in page
    assert page.count("挂账") == sum(line.kind == "CHARGE" for line in facts.lines)
    assert f"{facts.closing_fen / 100:,.2f}" in page


def test_a_long_statement_goes_over_several_pages_with_its_heading() -> None:
    pages = texts(120)
    assert len(pages) > 2
    assert all("欠款余额" in page for page in pages)
    assert sum(page.count("挂账") for page in pages) > 100
    assert [page[-1] for page in pages] == [f"第 {n} 页 共 {len(pages)} 页" for n in range(1, len(pages) + 1)]


def test_a_month_without_entries_says_so() -> None:
    (page,) = texts(0)
    assert "本月没有发生额。" in page


def test_a_statement_whose_sums_do_not_agree_is_not_printed() -> None:
    with pytest.raises(ValueError, match="agree"):
        msgspec.structs.replace(credit_statement(), statement=msgspec.structs.replace(statement(), closing_fen=1))


@pytest.mark.parametrize("code", ["zh_CN", "en"])
def test_they_can_be_drawn_and_kept(code: str) -> None:
    receipt, paper = account_receipt(language=code), credit_statement(40, code)
    for media in (Media.ROLL_80, Media.ROLL_58):
        assert render_png(render_document(receipt, Backend.ESCPOS, media), media)
    assert len(render_png(render_document(paper, Backend.PDF, Media.A4), Media.A4)) == 2
    for document in (receipt, paper):
        assert document_from_json(document_json(document)) == document
