"""处方笺 from the facts of a signed prescription."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from client.doctor.papers import prescription_paper
from client.doctor.sheet import Catalogue, Patient, Sheet, line_of
from client.doctor.work import VisitWork
from common.domain.barcodes import OwnKind, parse
from common.i18n import CHINESE, ENGLISH, language
from common.messages.consult import PrescriptionFacts
from printing.catalog import render_document
from printing.media import Backend
from tests.client.doctor import samples

LISTED = Catalogue(
    frequencies={each.code: each for each in samples.LISTS.frequencies}, routes={each.code: each for each in samples.LISTS.routes}
)
CLINIC = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 21, 14, 5, tzinfo=CLINIC)


@pytest.fixture
def facts() -> PrescriptionFacts:
    sheet = Sheet(lines=[line_of(each) for each in (samples.AMOXICILLIN, samples.CEFTRIAXONE, samples.SALINE)])
    sheet.join_above(2)
    sheet.lines[0].advice, sheet.lines[0].reason = "饭后服", "皮试阴性"
    made = samples.signed(VisitWork(samples.encounter()).sign(sheet, Patient(age_years=57), LISTED))
    return msgspec.structs.replace(made, signed_at=AT, valid_until=AT.replace(hour=23, minute=59))


@pytest.mark.parametrize("spoken", [CHINESE, ENGLISH])
def test_it_is_chinese_whatever_the_screen_speaks(facts: PrescriptionFacts, spoken: str) -> None:
    with language(spoken):
        paper = prescription_paper(facts, printed_at=AT, by="王芳")
    assert (paper.sex, paper.payer, paper.validity) == ("男", "医保", "有效期至 2026-11-21 23:59")
    drug = paper.groups[0].drugs[0]
    assert drug.usage == "口服　一次0.5g　每日三次　共4天 饭后服"
    assert (drug.skin_test, drug.note) == ("皮试（　）", "理由：皮试阴性")


def test_an_infusion_stands_under_one_usage(facts: PrescriptionFacts) -> None:
    paper = prescription_paper(facts, printed_at=AT, by="王芳")
    assert [len(group.drugs) for group in paper.groups] == [1, 2]
    infusion = paper.groups[1]
    assert infusion.usage == "静脉滴注　每日一次　共3天"
    assert [each.usage for each in infusion.drugs] == ["一次2g", "一次100ml"]


def test_its_times_are_the_clinics_and_its_barcode_ours(facts: PrescriptionFacts) -> None:
    paper = prescription_paper(facts, printed_at=AT, by="王芳")
    assert paper.signed_at == AT.replace(tzinfo=None)
    assert parse(paper.barcode).kind is OwnKind.PRESCRIPTION
    assert str(parse(paper.barcode).number) == facts.number
    assert paper.amount_fen == sum(line.amount_fen for line in facts.lines)
    assert all(line.dispensed == Decimal(0) for line in facts.lines)


def test_it_can_be_printed(facts: PrescriptionFacts) -> None:
    assert render_document(prescription_paper(facts, printed_at=AT, by="王芳"), Backend.PDF).startswith(b"%PDF")
