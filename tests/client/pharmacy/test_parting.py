"""Handing over in part, another batch, putting back and the second person, on a stage."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from client.pharmacy.owing import DAY_PAST, NO_DAY, NOT_A_NUMBER
from client.pharmacy.picking import Picking, ScanDraft
from client.pharmacy.view.desk import PharmacyDesk
from common.dispensing_errors import PromiseNeeded
from common.domain.barcodes import read_pack
from common.i18n import tr
from common.messages.catalogue import DrugHits, GetLists, SearchDrugs
from common.messages.consult import GetPrescription
from common.messages.patients import GetPatient
from common.messages.pharmacy import (
    BatchChoice,
    BatchChoices,
    CheckPack,
    ChooseBatch,
    Dispense,
    ListShelfBatches,
    ListToDispense,
    ListToReview,
    OpenedPack,
    OtherBatch,
    PharmacyList,
    PickList,
    PickPrescription,
    PutBack,
)
from common.wire import Done, decode, encode
from tests.client.pharmacy import samples
from tests.client.stage import TODAY

if TYPE_CHECKING:
    from tests.client.stage import Stage

TRACE = "89000010000000000001"


def picked(*, short: Decimal | None = None, controlled: bool = False, opened: bool = False, reason: str = "") -> PickList:
    """Two packs of 24 of one drug; 6 more out of an opened pack if wanted."""
    listed = samples.pick_list(samples.line(1, quantity=Decimal(54)), packs={1: 3 if opened else 2}, phone="13812345678")
    whole = msgspec.structs.replace(listed.picks[0], quantity=Decimal(48), pick_id=11, reason=reason)
    rest = msgspec.structs.replace(
        whole, quantity=Decimal(6), pick_id=12, reason="", opened=OpenedPack(pack_id=5, code="89000010000000000099", left=Decimal(18))
    )
    return msgspec.structs.replace(
        listed,
        picks=(whole, rest) if opened else (whole,),
        short={1: short} if short is not None else {},
        controlled=controlled,
        pack_sizes={1: Decimal(24)},
    )


# --- what is known without a window


def test_only_a_part_needs_fewer_packs() -> None:
    picking = Picking(picked(opened=True))
    assert (picking.wanted(1), picking.owed()) == (3, {})
    assert picking.owing.set_quantity(1, "48", picking.aside(1)) == ""
    assert (picking.wanted(1), picking.owed()) == (2, {1: Decimal(6)})
    assert picking.owing.set_quantity(1, "", picking.aside(1)) == ""
    assert (picking.wanted(1), picking.owed()) == (3, {})
    for typed in ("55", "-1", "x", "0.00001", "NaN"):
        assert picking.owing.set_quantity(1, typed, picking.aside(1)) == tr(NOT_A_NUMBER)


def test_what_was_typed_of_a_part_survives_the_end_of_the_program() -> None:
    picking = Picking(picked(controlled=True))
    assert picking.owing.set_quantity(1, "24", picking.aside(1)) == ""
    picking.owing.day, picking.owing.phone, picking.owing.note = date(2026, 11, 30), "13800000000", "周五来取"
    picking.alone = "夜班一人"
    draft = picking.draft()
    assert draft is not None
    assert not picking.touched(), "there is no scan to take back"
    again = Picking(picked(controlled=True))
    again.restore(decode(ScanDraft, encode(draft)))
    assert (again.wanted(1), again.owed(), again.owing.shown) == (1, {1: Decimal(24)}, True)
    assert (again.owing.day, again.owing.phone, again.owing.note) == (date(2026, 11, 30), "13800000000", "周五来取")
    assert again.alone == "夜班一人"
    less = msgspec.structs.replace(picked().picks[0], quantity=Decimal(20))
    other = Picking(msgspec.structs.replace(picked(), picks=(less,)))
    other.restore(draft)
    assert other.owing.only == {}, "so much does not lie aside any more"


def test_a_rest_needs_a_day_that_is_not_over() -> None:
    picking = Picking(picked(short=Decimal(6)))
    picking.scans = []
    for serial in range(2):
        picking.take(1, read_pack(f"8900001000000000000{serial}"))
    assert picking.hindrance() == tr(NO_DAY)
    picking.owing.today, picking.owing.day = TODAY, TODAY - timedelta(days=1)
    assert picking.hindrance() == tr(DAY_PAST)
    picking.owing.day = TODAY
    assert picking.hindrance() == ""
    request = picking.request()
    assert request.promise is not None
    assert (request.only, request.promise.day) == ((), TODAY)


def test_what_is_not_under_special_control_asks_nobody() -> None:
    picking = Picking(picked())
    picking.alone = "夜班"
    assert not picking.needs_second()
    assert (picking.request().alone, picking.request().promise) == ("", None)


# --- at the desk


@pytest.fixture
def desk(stage: Stage) -> PharmacyDesk:
    stage.answers(GetLists, samples.LISTS)
    stage.answers(GetPatient, samples.patient())
    stage.answers(SearchDrugs, DrugHits(drugs=(samples.drug(),)))
    stage.answers(GetPrescription, lambda request: samples.prescription(id=request.prescription_id, state="PICKED"))
    stage.answers(CheckPack, Done())
    stage.answers(Dispense, samples.dispensed(samples.line(1)))
    stage.answers(ListToReview, PharmacyList(entries=()))
    stage.answers(ListToDispense, PharmacyList(entries=(samples.entry(state="PAID"),)))
    return PharmacyDesk(stage.place)


def shown(stage: Stage, desk: PharmacyDesk, listed: PickList) -> Picking:
    stage.answers(PickPrescription, listed)
    stage.show(desk)
    stage.settle()
    assert desk.model.picking is not None
    return desk.model.picking


def test_a_shortage_is_shown_and_the_main_key_hands_the_rest_over_by_promise(stage: Stage, desk: PharmacyDesk) -> None:
    shown(stage, desk, picked(short=Decimal(6)))
    assert desk.dispense_page.owing.isVisible()
    stage.scan(TRACE)
    stage.scan(TRACE[:-1] + "2")
    stage.press("F12")
    stage.settle()
    (sent,) = stage.asked(Dispense)
    assert sent.promise is not None
    assert (sent.promise.day, sent.promise.phone, sent.only) == (TODAY + timedelta(days=3), "13812345678", ())


def test_a_part_is_typed_and_the_last_scan_goes(stage: Stage, desk: PharmacyDesk) -> None:
    picking = shown(stage, desk, picked())
    stage.scan(TRACE)
    stage.scan(TRACE[:-1] + "2")
    stage.press("Alt+Q")
    assert desk.dispense_page.owing.quantity.hasFocus()
    stage.type("24")
    stage.press("F12")
    stage.settle()
    assert picking.scanned(1) == 1
    (sent,) = stage.asked(Dispense)
    assert [(each.line_id, each.quantity) for each in sent.only] == [(1, 24)]
    assert sent.promise is not None


def test_the_service_may_know_of_a_shortage_first(stage: Stage, desk: PharmacyDesk) -> None:
    stage.answers(Dispense, PromiseNeeded(drug="阿莫西林胶囊", owed=Decimal(6), unit="粒"))
    shown(stage, desk, picked())
    stage.scan(TRACE)
    stage.scan(TRACE[:-1] + "2")
    stage.press("F12")
    stage.settle()
    assert desk.dispense_page.owing.isVisible()


def test_another_batch_is_chosen_by_arrow_and_digit(stage: Stage, desk: PharmacyDesk) -> None:
    choices = tuple(
        BatchChoice(batch_id=batch, lot=f"B{batch}", expires=date(2027, 5, batch), free=Decimal(100), opened=Decimal(0))
        for batch in (1, 2, 3)
    )
    stage.answers(ListShelfBatches, BatchChoices(choices=choices))
    stage.answers(ChooseBatch, picked(reason="longer_life"))
    picking = shown(stage, desk, picked())
    stage.scan(TRACE)
    stage.press("Alt+B")
    stage.settle()
    assert desk.dispense_page.batch.isVisible()
    stage.press("Down")
    stage.press("2")
    stage.settle()
    (sent,) = stage.asked(ChooseBatch)
    assert (sent.pick_id, sent.batch_id, sent.reason) == (11, 3, OtherBatch.LONGER_LIFE)
    assert not desk.dispense_page.batch.isVisible()
    assert picking.scanned(1) == 1  # what was scanned stays
    assert tr("batch|Longer life wanted") in desk.dispense_page.lots.text()


def test_the_opened_pack_is_named(stage: Stage, desk: PharmacyDesk) -> None:
    shown(stage, desk, picked(opened=True))
    assert "89000010000000000099" in desk.dispense_page.lots.text()
    assert "18" in desk.dispense_page.lots.text()


def test_a_pack_that_leaves_an_opened_one_standing_is_refused_at_the_scan(stage: Stage, desk: PharmacyDesk) -> None:
    shown(stage, desk, picked(opened=True))
    assert desk.model.picking is not None
    for last in ("1", "2", "3"):
        stage.scan(TRACE[:-1] + last)
    assert desk.model.picking.scanned(1) == 2, "two whole packs, and no third beside the opened one"
    assert "89000010000000000099" in stage.said()
    assert "拆零" in stage.said()
    stage.scan("89000010000000000099")
    assert desk.model.picking.scanned(1) == 3
    assert desk.model.picking.hindrance() == ""


def test_what_was_picked_is_put_back_after_a_question(stage: Stage, desk: PharmacyDesk) -> None:
    stage.answers(PutBack, samples.prescription(state="PAID"))
    shown(stage, desk, picked())
    stage.press("Alt+K")
    stage.settle()
    assert stage.asked(PutBack) == []
    stage.press("Return")
    stage.settle()
    assert len(stage.asked(PutBack)) == 1
    assert desk.model.picking is None


def test_controlled_drugs_wait_for_a_second_person_or_a_reason(stage: Stage, desk: PharmacyDesk) -> None:
    shown(stage, desk, picked(controlled=True))
    stage.scan(TRACE)
    stage.scan(TRACE[:-1] + "2")
    assert desk.dispense_page.second.isVisible()
    stage.press("F12")
    stage.settle()
    assert stage.asked(Dispense) == []
    desk.dispense_page.second.reason.setFocus()
    stage.type("yeban")
    stage.press("F12")
    stage.settle()
    (sent,) = stage.asked(Dispense)
    assert (sent.alone, sent.approval_id) == ("yeban", None)
