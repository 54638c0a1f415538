"""The pharmacy without a window: counting packs, what the rules say, worklists, words and labels."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from client.format import department
from client.pharmacy import papers, words
from client.pharmacy.model import Handed, Mode, PharmacyModel
from client.pharmacy.picking import Picking
from client.pharmacy.review import Review
from common.domain.barcodes import parse, read_pack
from common.i18n import CHINESE, ENGLISH, language
from common.messages.catalogue import DepartmentFacts
from common.messages.pharmacy import NoCode, RejectReason, Scan
from common.prescribing_errors import AllergyConflict
from printing.catalog import render_document
from printing.media import Backend
from tests.client.pharmacy import samples

TRACE_1, TRACE_2 = "89000010000000000001", "89000010000000000002"
RETAIL = "6901234567892"


def picking(**packs: int) -> Picking:
    two = (samples.line(1), samples.line(2, "布洛芬片"))
    return Picking(samples.pick_list(*two, packs={1: packs.get("first", 2), 2: packs.get("second", 1)}))


# --- packs -------------------------------------------------------------------------------------------------------------------------


def test_packs_are_counted_until_all_are_there() -> None:
    work = picking()
    assert "阿莫西林胶囊" in work.hindrance()
    work.take(1, read_pack(TRACE_1))
    work.take(1, read_pack(TRACE_2))
    assert work.next_line() == 2
    work.take(2, read_pack(RETAIL))
    assert work.hindrance() == ""
    assert work.totals() == (3, 3)
    assert work.request().scans == (Scan(line_id=1, code=TRACE_1), Scan(line_id=1, code=TRACE_2), Scan(line_id=2, code=RETAIL))


def test_a_product_that_was_found_is_not_looked_for_again() -> None:
    work = picking()
    assert work.candidates(read_pack(TRACE_1)) == [1, 2]
    work.take(1, read_pack(TRACE_1))
    assert work.candidates(read_pack(TRACE_2)) == [1]
    assert work.known(read_pack(TRACE_2)) is None, "each pack's own code has to be asked about"
    work.take(2, read_pack(RETAIL))
    assert work.known(read_pack(RETAIL)) == 2


def test_the_same_pack_twice_and_one_too_many() -> None:
    work = picking(first=1)
    work.take(1, read_pack(TRACE_1))
    assert TRACE_1 in work.refusal(read_pack(TRACE_1))
    assert "全部扫完" in work.refusal(read_pack(TRACE_2))


def test_the_same_pack_in_another_symbol_is_the_same_pack() -> None:
    work = picking()
    work.take(1, read_pack(TRACE_1))
    assert work.refusal(read_pack(f"https://www.mashangfangxin.com/{TRACE_1}")) != ""
    assert work.refusal(read_pack(f"]d201069012345678922 1{TRACE_1}".replace(" ", ""))) != ""


def test_retail_codes_may_repeat() -> None:
    work = picking(second=3)
    for _pack in range(3):
        assert work.refusal(read_pack(RETAIL)) == ""
        work.take(2, read_pack(RETAIL))
    assert work.scanned(2) == 3
    assert work.refusal(read_pack(RETAIL)) != ""


def test_a_reason_stands_for_the_packs_and_can_be_taken_back() -> None:
    work = picking()
    work.take(2, read_pack(RETAIL))
    work.explain(1, "damaged")
    assert work.hindrance() == ""
    assert work.request().without_code == (NoCode(line_id=1, reason="damaged"),)
    assert work.undo() == 1
    assert work.hindrance() != ""
    assert work.undo() == 2
    assert work.undo() is None
    assert work.draft() is None


def test_a_draft_brings_everything_back() -> None:
    work = picking()
    work.take(1, read_pack(TRACE_1))
    work.explain(2, "in_house")
    work.unplaced.append("123456")
    draft = work.draft()
    assert draft is not None
    again = picking()
    again.restore(draft)
    assert again.scans == work.scans
    assert again.without == {2: "in_house"}
    assert again.unplaced == ["123456"]
    assert "服务" in again.hindrance()


def test_what_the_service_refuses_is_out_again() -> None:
    work = picking()
    work.take(1, read_pack(TRACE_1))
    work.drop(TRACE_1)
    assert work.scans == []
    work.take(1, read_pack(f"https://www.mashangfangxin.com/{TRACE_1}"))
    work.drop(TRACE_1)
    assert work.scans == [], "the service names the number alone, whatever stood around it"


def test_a_line_from_two_batches_is_one_count() -> None:
    listed = samples.pick_list(samples.line(1))
    first = listed.picks[0]
    both = type(listed)(
        prescription=listed.prescription,
        picks=(
            type(first)(line_id=1, batch_id=1, lot="a", expires=first.expires, quantity=Decimal(24), shelf="A-1"),
            type(first)(line_id=1, batch_id=2, lot="b", expires=first.expires, quantity=Decimal(6), shelf="A-1"),
        ),
        packs={1: 2},
    )
    rows = Picking(both).rows()
    assert [row.leads for row in rows] == [True, False]
    assert [words.take_words(row.pick, row.line) for row in rows] == ["24粒", "6粒"]


# --- review ------------------------------------------------------------------------------------------------------------------------


def review(*allergies: str, **line: Any) -> Review:
    made = Review(samples.prescription(samples.line(1, **line)))
    made.patient = samples.patient(*allergies)
    made.drugs = {1: samples.drug()}
    return made


def test_rules_speak_where_the_facts_suffice() -> None:
    quiet = review()
    assert quiet.findings(samples.LISTS) == []
    assert quiet.not_checked(samples.LISTS) == []
    assert quiet.not_checked(None) == ["阿莫西林胶囊"]
    long = review(days=10)
    assert [finding.severity for finding in long.findings(samples.LISTS)] == ["ask"]
    answered = review(days=10, reason="慢性病")
    assert [finding.severity for finding in answered.findings(samples.LISTS)] == ["inform"]


def test_an_allergy_learned_after_signing_is_found() -> None:
    found = review("阿莫西林")
    assert found.allergies_differ()
    assert isinstance(found.findings(samples.LISTS)[0].error, AllergyConflict)
    assert not review().allergies_differ()


def test_a_line_whose_drug_is_unknown_keeps_its_number() -> None:
    made = Review(samples.prescription(samples.line(1), samples.line(2, "布洛芬片", days=10)))
    made.patient = samples.patient()
    made.drugs = {2: samples.drug(2, "布洛芬片")}
    assert [finding.line for finding in made.findings(samples.LISTS)] == [1]
    assert made.not_checked(samples.LISTS) == ["阿莫西林胶囊"]


def test_reasons_by_their_digits() -> None:
    made = review()
    assert not made.may_send_back()
    made.toggle(0)
    assert made.chosen() == (RejectReason.OTHER,)
    assert not made.may_send_back(), "“other” says nothing without a note"
    made.note = " 请改用口服液 "
    assert made.rejection().note == "请改用口服液"
    made.toggle(3)
    made.toggle(0)
    assert made.chosen() == (RejectReason.DOSE,)
    draft = made.draft()
    assert draft is not None
    again = review()
    again.restore(draft)
    assert again.chosen() == made.chosen()
    assert again.sending_back


# --- worklists ---------------------------------------------------------------------------------------------------------------------


def test_the_lists_are_narrowed_by_name_initials_and_number() -> None:
    model = PharmacyModel()
    model.to_review = (samples.entry(1, "张小三"), samples.entry(2, "李小四"))
    for wanted in ("李", "lxs", "00002"):
        model.sought = wanted
        assert [entry.prescription_id for entry in model.shown(Mode.REVIEW)] == [2]


def test_the_next_one_is_fresh_and_not_passed_over() -> None:
    model = PharmacyModel()
    model.to_dispense = (samples.entry(1, state="PICKED"), samples.entry(2, state="PAID"), samples.entry(3, state="PAID"))
    assert model.next_paid() == 2
    model.passed_over.add(2)
    assert model.next_paid() == 3


def test_the_last_hand_overs_are_remembered_newest_first() -> None:
    model = PharmacyModel()
    for number in range(30):
        model.remember(Handed(number, str(number), "某"))
    model.remember(Handed(15, "15", "某"))
    assert [each.prescription_id for each in model.handed.entries[:3]] == [15, 29, 28]
    assert len(model.handed.entries) == 20


# --- words and paper ---------------------------------------------------------------------------------------------------------------


def test_usage_reads_in_both_languages() -> None:
    with language(CHINESE):
        assert words.usage_words(samples.line(1, advice="饭后"), samples.LISTS, samples.drug()) == "口服，一次0.5g（2粒），每日三次，饭后"
    with language(ENGLISH):
        assert words.usage_words(samples.line(1), samples.LISTS, samples.drug()) == "by mouth, 0.5g (2粒) each time, three times a day"
        assert words.usage_words(samples.line(1), None) == "口服, 0.5g each time, 每日三次"


@pytest.mark.parametrize(("days", "tone"), [(-1, "danger"), (30, "danger"), (31, "warning"), (90, "warning"), (91, "info"), (181, "")])
def test_shelf_lives_have_their_colours(days: int, tone: str) -> None:
    today = date(2026, 11, 21)
    assert words.expiry_tone(today + timedelta(days=days), today) == tone


def test_waiting_times() -> None:
    with language(CHINESE):
        told = [words.waiting_words(samples.NOW, samples.NOW + timedelta(minutes=minutes)) for minutes in (-3, 12, 65, 3000)]
    assert told[1:] == ["12 分钟", "1 时 05 分", "2 天"]
    assert told[0].startswith("0")


def test_one_label_for_each_drug() -> None:
    reply = samples.dispensed(samples.line(1), samples.line(2, "布洛芬片"))
    made = papers.labels(reply, printed_at=datetime(2026, 11, 21, 9, 30), by="王芳")  # noqa: DTZ001 - the clinic's wall clock
    assert [(label.place, label.count) for label in made] == [(1, 2), (2, 2)]
    assert made[0].usage == "口服 一次0.5g（2粒） 每日三次"
    assert made[0].caution == "饭后"
    assert parse(made[0].barcode).number == 26112100007
    assert render_document(made[0], Backend.TSPL).startswith(b"SIZE")


def test_a_department_follows_the_language_where_the_lists_know_it() -> None:
    internal = DepartmentFacts(id=1, code="03", name="内科", name_en="Internal medicine")
    lists = msgspec.structs.replace(samples.LISTS, departments=(internal,))
    with language(ENGLISH):
        assert department("内科", lists) == "Internal medicine"
        assert department("骨科", lists) == "骨科"
        assert department("内科", None) == "内科"
    with language(CHINESE):
        assert department("内科", lists) == "内科"
