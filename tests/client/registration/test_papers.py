"""Slip, receipt and refund slip from the reply's facts, down to the bytes of a printer."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from client import money_papers
from client.registration import papers
from common.domain.barcodes import OwnCode, OwnKind, parse
from printing.catalog import render_document
from printing.media import Backend
from tests.client.registration.samples import registered


def test_the_slip_masks_the_name_and_its_barcode_is_the_visit() -> None:
    slip = papers.slip(registered().slip)
    assert slip.patient == "李*国"
    assert parse(slip.barcode) == OwnCode(OwnKind.VISIT, 26112100042)
    assert slip.level == "普通"
    assert "A005".encode("gb18030") in render_document(slip, Backend.ESCPOS)


def test_the_receipt_balances_and_names_the_change() -> None:
    facts = registered(given=10000).receipt
    assert facts is not None
    paper = money_papers.receipt(facts)
    assert paper.change_fen == 8500
    assert render_document(paper, Backend.ESCPOS)


def test_the_refund_slip_is_the_mirror_of_the_receipt() -> None:
    facts = registered().receipt
    assert facts is not None
    line = msgspec.structs.replace(facts.lines[0], amount_fen=-1500)
    tender = msgspec.structs.replace(facts.tenders[0], given_fen=0)
    back = msgspec.structs.replace(facts, lines=(line,), tenders=(tender,), total_fen=-1500, change_fen=0, refund_of="0000000100")
    paper = papers.refund_slip(back, "挂错科室")
    assert (paper.refund_of, paper.reason) == ("0000000100", "挂错科室")
    assert render_document(paper, Backend.ESCPOS)


def test_a_reprint_says_so() -> None:
    at = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert papers.slip(registered().slip, papers.again(at, "王芳")).copy.number == 2
