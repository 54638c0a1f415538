"""The pharmacy's desk on a stage: what a line that breaks, a double press and a scan at the wrong moment do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client import texts
from client.pharmacy import model
from client.pharmacy.model import Mode
from client.pharmacy.picking import ScanDraft
from client.pharmacy.view.desk import PharmacyDesk
from common.dispensing_errors import WrongPack
from common.domain.barcodes import OwnKind, make_code
from common.errors import Unreachable
from common.messages.catalogue import DrugHits, GetLists, SearchDrugs
from common.messages.consult import GetPrescription
from common.messages.patients import GetPatient
from common.messages.pharmacy import (
    ApprovePrescription,
    CheckPack,
    Dispense,
    ListToDispense,
    ListToReview,
    PharmacyList,
    PickPrescription,
    RejectPrescription,
    RejectReason,
)
from common.pharmacy_errors import CodeQuarantined
from common.prescribing_errors import PrescriptionExpired
from common.wire import Done
from tests.client.pharmacy import samples

if TYPE_CHECKING:
    from tests.client.stage import Stage

TRACE = "89000010000000000001"
OTHER = "89000010000000000002"


def lists(stage: Stage, review: tuple[int, ...] = (), paid: tuple[int, ...] = ()) -> None:
    """What the worklists hold from now on."""
    stage.answers(ListToReview, PharmacyList(entries=tuple(samples.entry(each) for each in review)))
    stage.answers(ListToDispense, PharmacyList(entries=tuple(samples.entry(each, state="PAID") for each in paid)))


@pytest.fixture
def desk(stage: Stage) -> PharmacyDesk:
    stage.answers(GetLists, samples.LISTS)
    stage.answers(GetPatient, samples.patient())
    stage.answers(SearchDrugs, DrugHits(drugs=(samples.drug(),)))
    stage.answers(GetPrescription, lambda request: samples.prescription(id=request.prescription_id))
    stage.answers(PickPrescription, lambda request: samples.pick_list(id=request.prescription_id, packs={1: 2}))
    stage.answers(CheckPack, Done())
    stage.answers(Dispense, samples.dispensed(samples.line(1)))
    return PharmacyDesk(stage.place)


def opened(desk: PharmacyDesk) -> int:
    """The prescription that is open to be handed over; 0 if none is."""
    return desk.model.picking.facts.id if desk.model.picking is not None else 0


def mode(desk: PharmacyDesk) -> Mode:
    """Which list the desk works on."""
    return desk.model.mode


def test_the_review_opens_by_itself_and_one_key_passes_it(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, review=(7, 8))
    stage.answers(ApprovePrescription, lambda request: samples.prescription(id=request.prescription_id, state="APPROVED"))
    stage.show(desk)
    assert desk.model.review is not None
    lists(stage, review=(8,))
    stage.press("F12")
    assert [request.prescription_id for request in stage.asked(ApprovePrescription)] == [7]
    assert desk.model.review is not None
    assert desk.model.review.facts.id == 8
    assert "审方通过" in stage.said()


def test_an_expired_one_says_so_and_leaves(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, review=(7,))
    stage.answers(ApprovePrescription, PrescriptionExpired(number="26112100007", valid_until="2026-11-20 23:59"))
    stage.show(desk)
    lists(stage)
    stage.press("F12")
    assert "26112100007" in stage.said()
    assert desk.model.review is None


def test_reasons_are_a_draft_until_they_are_sent(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, review=(7,))
    stage.answers(RejectPrescription, Done())
    stage.show(desk)
    stage.press("F7", "3")
    desk.wind_up()
    assert stage.place.journal.drafts("pharmacy:back") == ["pharmacy:back:7"]
    stage.press("Return")
    stage.type("减量")
    lists(stage)
    stage.press("Return")
    assert stage.asked(RejectPrescription)[0].reasons == (RejectReason.DOSE,)
    assert stage.asked(RejectPrescription)[0].note == "减量"
    assert stage.place.journal.drafts("pharmacy:back") == []


def test_sending_back_without_a_reason_says_what_is_missing(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, review=(7,))
    stage.show(desk)
    stage.press("F7", "Return", "Return")
    assert stage.asked(RejectPrescription) == []
    assert "退回原因" in stage.said()


def test_the_reason_for_no_code_goes_to_a_line_that_wants_packs(stage: Stage, desk: PharmacyDesk) -> None:
    two = samples.pick_list(samples.line(1), samples.line(2, "布洛芬片"), packs={1: 1, 2: 1})
    stage.answers(PickPrescription, two)
    lists(stage, paid=(7,))
    stage.show(desk)
    stage.scan(TRACE)
    assert desk.model.picking is not None
    (scan,) = desk.model.picking.scans
    assert desk.dispense_page.current_line() == scan.line_id, "what was scanned last is marked"
    stage.press("F6", "4")
    assert desk.model.picking.without == {3 - scan.line_id: "damaged"}


def test_scans_go_to_their_line_and_one_key_hands_over(stage: Stage, desk: PharmacyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "TWICE_SECONDS", 60.0)  # however slow the machine is, both presses are one
    lists(stage, paid=(7,))
    stage.show(desk)
    assert desk.model.mode is Mode.DISPENSE
    stage.press("F12")
    assert stage.asked(Dispense) == []
    stage.scan(TRACE)
    stage.scan(OTHER)
    lists(stage)
    stage.press("F12", "F12")
    assert len(stage.asked(Dispense)) == 1
    assert "请选" not in stage.said(), "the second press covers no result"
    assert stage.place.journal.drafts("pharmacy:scans") == []


def test_a_line_that_breaks_loses_no_scan(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(7,))
    stage.show(desk)
    stage.scan(TRACE)
    stage.answers(CheckPack, Unreachable())
    stage.scan(OTHER)
    picking = desk.model.picking
    assert picking is not None
    assert picking.unplaced == [OTHER]
    assert "记下" in stage.said()
    draft = stage.place.journal.draft(picking.draft_key, ScanDraft)
    assert draft is not None
    assert draft.unplaced == (OTHER,)
    stage.press("F12")
    assert stage.asked(Dispense) == []
    stage.answers(CheckPack, Done())
    stage.press("F5")
    assert picking.scanned(1) == 2
    assert picking.unplaced == []


def test_a_wrong_pack_is_no_dialog_and_changes_nothing(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(7,))
    stage.show(desk)
    stage.answers(CheckPack, WrongPack(code=TRACE, drug="阿莫西林胶囊"))
    stage.scan(TRACE)
    assert "拿错了" in stage.said()
    assert desk.model.picking is not None
    assert desk.model.picking.scans == []


def test_what_the_service_says_of_a_pack_is_final(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(7,))
    stage.show(desk)
    stage.answers(CheckPack, CodeQuarantined(code=TRACE, drug="阿莫西林胶囊"))
    stage.scan(TRACE)
    assert "不能再发" in stage.said()
    assert "记下" not in stage.said()
    assert desk.model.picking is not None
    assert (desk.model.picking.scans, desk.model.picking.unplaced) == ([], [])


def test_ctrl_z_takes_the_last_scan_back(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(7,))
    stage.show(desk)
    stage.scan(TRACE)
    stage.press("Ctrl+Z")
    assert desk.model.picking is not None
    assert desk.model.picking.scans == []
    assert "撤回" in stage.said()


@pytest.mark.parametrize(("kind", "number"), [(OwnKind.PRESCRIPTION, 26112100008), (OwnKind.VISIT, 26112100003), (OwnKind.PATIENT, 5)])
def test_paper_opens_what_waits(stage: Stage, desk: PharmacyDesk, kind: OwnKind, number: int) -> None:
    lists(stage, paid=(8,))
    desk.model.put_away = True
    stage.show(desk)
    assert opened(desk) == 0
    stage.scan(make_code(kind, number))
    assert opened(desk) == 8


def test_paper_that_was_paid_this_moment_opens_before_the_list_has_heard(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage)
    stage.show(desk)
    lists(stage, paid=(7, 8))
    stage.scan(make_code(OwnKind.PRESCRIPTION, 26112100008))
    assert opened(desk) == 8


def test_a_pack_without_a_prescription_and_an_unknown_paper_are_refused(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage)
    stage.show(desk)
    stage.scan(TRACE)
    assert "请先打开" in stage.said()
    stage.scan(make_code(OwnKind.PRESCRIPTION, 1))
    assert "不在列表里" in stage.said()


def test_finding_by_initials(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(7, 8))
    desk.model.put_away = True
    stage.show(desk)
    stage.press("F2")
    stage.type("oy")
    stage.press("Return")
    assert desk.model.picking is not None
    assert desk.model.sought == ""


def test_the_last_review_done_the_desk_turns_to_what_is_paid(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, review=(7,), paid=(9,))
    stage.answers(ApprovePrescription, samples.prescription(state="APPROVED"))
    stage.show(desk)
    assert mode(desk) is Mode.REVIEW
    lists(stage, paid=(9,))
    stage.press("F12")
    assert mode(desk) is Mode.DISPENSE
    assert opened(desk) == 9


# --- small screens -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(("key", "panel"), [("F7", "back"), ("F6", "no_code")])
def test_the_reasons_stand_on_a_small_screen_in_full(stage: Stage, desk: PharmacyDesk, language: str, key: str, panel: str) -> None:
    lists(stage, review=(1,) if panel == "back" else (), paid=(10,) if panel == "no_code" else ())
    stage.show(desk, size=(1024, 640))
    texts.speak(language)
    stage.press(key)
    desk.setFixedWidth(1024)
    stage.settle()
    reasons = desk.review_page.back if panel == "back" else desk.dispense_page.no_code
    assert reasons.isVisible()
    assert desk.minimumSizeHint().width() <= 1024
    for button in reasons._buttons:
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - 48, button.text()
    texts.speak("zh_CN")


def test_the_drug_has_room_in_the_pick_list_of_a_small_screen(stage: Stage, desk: PharmacyDesk) -> None:
    lists(stage, paid=(10,))
    stage.show(desk, size=(1024, 640))
    picks = desk.dispense_page.picks
    drug = [column.title for column in picks.rows_model.columns].index("Drug")
    desk.setFixedWidth(1024)
    stage.settle()
    assert picks.columnWidth(drug) >= 160
    desk.setFixedWidth(1366)
    stage.settle()
    assert picks.columnWidth(drug) >= 300
    assert sum(picks.columnWidth(place) for place in range(6)) <= picks.viewport().width()


def test_a_long_name_of_a_drug_wraps_beside_its_amount(stage: Stage, desk: PharmacyDesk) -> None:
    name = "复方对乙酰氨基酚盐酸伪麻黄碱氢溴酸右美沙芬马来酸氯苯那敏缓释干混悬颗粒剂"
    stage.answers(GetPrescription, lambda request: samples.prescription(samples.line(1, name), id=request.prescription_id))
    lists(stage, review=(1,))
    stage.show(desk, size=(1024, 640))
    desk.setFixedWidth(1024)
    stage.settle()
    paper = desk.review_page.paper
    inside = paper.widget()
    assert inside is not None
    assert inside.width() <= paper.viewport().width()
