"""A prescription of slices by keyboard: doses and route are said once, handling by two letters, portions and usage below."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from client.doctor.sheet import Catalogue, Sheet, line_again, line_of
from common.domain.herbal import Handling
from common.herbal_errors import SlicesClash
from common.messages.catalogue import DrugFacts, DrugHits, RouteFacts, SearchDrugs
from common.messages.consult import PrescriptionKind, SignPrescription
from tests.client.doctor import samples
from tests.client.doctor.test_sheet import ADULT, LISTED

if TYPE_CHECKING:
    from tests.client.doctor.conftest import DoctorStage

HERE = RouteFacts(code="decoct_in", name_zh="代煎口服", name_en="decocted by the clinic, by mouth", is_injection=False)
BOILED = Catalogue(frequencies=LISTED.frequencies, routes=LISTED.routes | {HERE.code: HERE})


def herb(number: int, name: str, grams: int = 10) -> DrugFacts:
    return msgspec.structs.replace(samples.ASTRAGALUS, id=number, name=name, default_dose=Decimal(grams))


def test_what_is_said_of_one_is_said_of_all() -> None:
    sheet = Sheet(lines=[line_of(herb(1, "黄芪", 15))])
    sheet.lines.append(line_of(herb(2, "当归"), sheet.lines[0]))
    sheet.lines[1].days, sheet.lines[1].route = 5, HERE.code
    sheet.share(1)
    assert [(line.days, line.route, line.quantity(BOILED)) for line in sheet.lines] == [
        (5, "decoct_in", Decimal(75)),
        (5, "decoct_in", Decimal(50)),
    ]
    assert sheet.doses(BOILED) == 5
    assert sheet.findings(ADULT, BOILED) == []


def test_the_usual_handling_is_there_and_letters_become_words() -> None:
    aconite = line_of(herb(1, "制附子"))
    assert (aconite.advice, aconite.as_written(LISTED).handling) == ("先煎", Handling.FIRST)
    aconite.advice = "先煎1小时"
    written = aconite.as_written(LISTED)
    assert (written.handling, written.advice) == (Handling.FIRST, "1小时")
    aconite.advice = "hx"
    aconite.spell_out()
    assert aconite.advice == "后下"


def test_clashing_slices_are_signed_for_with_a_reason() -> None:
    sheet = Sheet(lines=[line_of(herb(1, "制附子")), line_of(herb(2, "法半夏"))])
    (found,) = sheet.findings(ADULT, LISTED)
    assert (found.severity, type(found.error), found.line) == ("ask", SlicesClash, 1)
    sheet.lines[1].reason = "久用此方"
    assert [each.severity for each in sheet.findings(ADULT, LISTED)] == ["inform"]


def test_twelve_keys_write_two_slices_and_how_they_are_drunk(doctor: DoctorStage) -> None:
    stage, asked = doctor.stage, list[SignPrescription]()
    drugs = {"hq": herb(6, "黄芪", 15), "fz": herb(7, "制附子")}
    stage.answers(SearchDrugs, lambda request: DrugHits(drugs=(drugs[request.text],) if request.text in drugs else ()))
    stage.answers(SignPrescription, lambda request: (asked.append(request), samples.signed(request))[1])  # type: ignore[func-returns-value]
    doctor.open()
    doctor.write()
    stage.press("Alt+3")
    stage.type("hq")
    stage.press("Return", "Return")
    stage.type("fz")
    stage.press("Return", "Return")
    assert doctor.desk.rx.pot.isVisible()
    stage.press("Ctrl+J")
    stage.type("3")
    stage.press("Return")
    stage.type("饭后温服")
    stage.press("Return", "F8")
    (request,) = asked
    assert request.kind is PrescriptionKind.HERBAL
    assert request.herbal is not None
    assert (request.herbal.portions, request.herbal.usage) == (3, "饭后温服")
    assert [(line.handling, line.days, line.quantity) for line in request.lines] == [
        (None, 7, Decimal(105)),
        (Handling.FIRST, 7, Decimal(70)),
    ]


@pytest.mark.parametrize("handling", [Handling.FIRST, None])
def test_a_slice_is_written_anew_as_it_was(handling: Handling | None) -> None:
    drug = herb(1, "制附子")
    line = line_of(drug)
    line.advice = handling.words if handling else "打碎"
    signed = samples.signed(SignPrescription(visit_id=3, kind=PrescriptionKind.HERBAL, lines=(line.as_written(LISTED),))).lines[0]
    again = line_again(drug, msgspec.structs.replace(signed, handling=handling, advice=line.as_written(LISTED).advice), LISTED)
    assert again.advice == line.advice
