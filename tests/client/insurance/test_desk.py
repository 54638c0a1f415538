"""The desk in its frame, by keys alone; the service is a table of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from client.insurance import words
from client.insurance.model import PAGES, sides, ways
from client.insurance.view.desk import InsuranceDesk
from common import topics
from common.errors import FieldWrong
from common.i18n import CHINESE, ENGLISH, set_language
from common.messages.insurance import (
    DownloadCatalogue,
    ForgetSignIn,
    GetInsuranceSetup,
    ListCatalogues,
    ListDictionaries,
    ListErrands,
    ListSignIns,
    RefreshDictionaries,
    SetInsuranceSetup,
    SignOutOfInsurance,
    TestInsurance,
)
from common.messages.insurance_mapping import (
    ListCandidates,
    ListMappedItems,
    ListNationalCodes,
    MapItem,
    SetNationalCode,
    UnmapItem,
    UploadMappings,
)
from common.messages.insurance_statement import (
    ListInsuranceDifferences,
    ListInsuranceStatements,
    ReconcileInsurance,
    ResolveInsuranceDifference,
)
from common.messages.insurance_upload import DropUpload, ListStockPlaces, ListUploads, ReportStock, RetryUpload, StockReported
from common.messages.reconcile import Finding, Way
from common.messages.settlement import Approve, Approved
from common.wire import Change, Done
from tests.client.insurance import samples

if TYPE_CHECKING:
    from tests.client.stage import Stage

#: How often ↓ goes to a page.
DOWN = {page.id: place for place, page in enumerate(PAGES)}


@pytest.fixture
def desk(stage: Stage) -> InsuranceDesk:
    """The desk with a day that did not agree."""
    set_language(CHINESE)
    errand = samples.errands().errands[0]
    answers: dict[Any, Any] = {
        ListInsuranceStatements: samples.statements(),
        ListInsuranceDifferences: samples.differences(),
        ReconcileInsurance: errand,
        ResolveInsuranceDifference: samples.difference(1, Finding.THEIRS_ONLY, way=Way.REFUND),
        Approve: Approved(approval_id=41, approver="袁璋", expires_at=samples.NOW),
        ListUploads: samples.queue(),
        ListStockPlaces: samples.places(),
        ReportStock: StockReported(batches=312, parts=7, unmapped=4),
        RetryUpload: Done(),
        DropUpload: Done(),
        ListMappedItems: samples.items(),
        ListCandidates: samples.candidates(),
        MapItem: Done(),
        UnmapItem: Done(),
        UploadMappings: Done(),
        ListNationalCodes: samples.codes(),
        SetNationalCode: Done(),
        ListCatalogues: samples.lists(),
        ListDictionaries: samples.dictionaries(),
        ListErrands: samples.errands(),
        DownloadCatalogue: errand,
        RefreshDictionaries: Done(),
        GetInsuranceSetup: samples.setup(),
        SetInsuranceSetup: samples.setup(),
        ListSignIns: samples.sign_ins(),
        SignOutOfInsurance: errand,
        ForgetSignIn: Done(),
        TestInsurance: errand,
    }
    for kind, answer in answers.items():
        stage.answers(kind, answer)
    made = InsuranceDesk(stage.place)
    stage.show(made)
    return made


def go(stage: Stage, page: str) -> None:
    """From the list of pages to a page."""
    stage.press("Alt+1", *["Up"] * len(PAGES), *["Down"] * DOWN[page])


def test_a_difference_is_cleared_by_two_people(desk: InsuranceDesk, stage: Stage) -> None:
    stage.press("F12")
    assert "原因" in stage.said()
    stage.press("Return", "Return", "Return")  # into the list, to the way, to the reason
    stage.type("核对明细")
    stage.press("F12")
    assert "第二个人" in stage.said()
    stage.scan("BADGE-0123456789")
    assert stage.asked(Approve)[-1].amount_fen == 8_640
    stage.press("F12")
    (resolved,) = stage.asked(ResolveInsuranceDifference)
    assert (resolved.difference_id, resolved.way, resolved.reason, resolved.approval_id) == (1, Way.REFUND, "核对明细", 41)
    stage.press("F4")
    assert stage.asked(ReconcileInsurance)[-1].day == desk.reconciling.day.date()
    stage.press("F6")
    assert stage.asked(ListInsuranceDifferences)[-1].open_only is False


def test_what_is_being_cleared_is_only_read(desk: InsuranceDesk, stage: Stage) -> None:
    stage.press("Return", *["Down"] * 3)
    assert desk.reconciling.current().id == 4  # type: ignore[union-attr]
    assert not desk.reconciling.form.isVisible()
    stage.press("F12")
    assert not stage.asked(ResolveInsuranceDifference)
    assert ways(samples.difference(9, Finding.OURS_ONLY, trouble="x", way=Way.OPEN)) == (Way.AGAIN, Way.ACCEPTED)
    assert [row.gap for row in sides(samples.difference(3, Finding.AMOUNT))] == [0, 80, -80]


def test_refused_uploads_are_sent_again_or_dropped(desk: InsuranceDesk, stage: Stage) -> None:
    go(stage, "uploads")
    stage.press("Return", "F12")
    assert stage.asked(RetryUpload)[-1].upload_id is None
    stage.press("Down", "F8")
    assert stage.asked(RetryUpload)[-1].upload_id == 2
    stage.press("Ctrl+D")
    assert "原因" in stage.said()
    stage.press("Return")
    stage.type("已电话确认")
    stage.press("Ctrl+D")
    assert stage.asked(DropUpload)[-1] == DropUpload(upload_id=2, reason="已电话确认")


def test_every_report_says_what_it_is_and_why_it_waits(desk: InsuranceDesk, stage: Stage) -> None:
    rows = samples.queue().rows
    assert [words.told(row) for row in rows[2:9]] == ["采购入库", "其他入库", "调拨出库", "盘亏、报损", "销毁", "取消发药", "患者退药"]
    go(stage, "uploads")
    stage.press("Return", "Down", "Down", "Down")
    assert desk.uploads.error.text() == "连不上医保"
    stage.press("Down")
    assert "R20261121-0004" in desk.uploads.error.text()
    stage.press("F8")
    assert "R20261121-0004" in stage.said()
    assert not stage.asked(RetryUpload)
    assert words.why_open(rows[9]) == "等前一条先上报"
    assert words.why_open(replace(rows[0], error="x|y")) == "x|y"  # the bureau's words are never cut
    set_language(ENGLISH)
    assert words.why_open(rows[7]) == "The insurance did not answer"
    assert {words.told(row) for row in rows} >= {"Transferred out", "Missing or damaged", "Destroyed", "Hand-over undone"}


def test_the_stock_of_a_store_is_reported(desk: InsuranceDesk, stage: Stage) -> None:
    stage.press("Ctrl+R")
    assert not stage.asked(ReportStock)  # it belongs to another page
    go(stage, "uploads")
    assert "312" in desk.uploads.lies.text()
    stage.press("Ctrl+R")
    assert stage.asked(ReportStock) == [ReportStock(location_id=1)]
    assert "西药房" in stage.said()
    desk.uploads.store.set_code("2")
    desk.uploads.store.chosen.emit("2")
    stage.press("Ctrl+R")
    assert len(stage.asked(ReportStock)) == 1  # nothing lies there
    assert "没有库存" in stage.said()


def test_an_item_is_mapped_and_unmapped(desk: InsuranceDesk, stage: Stage) -> None:
    go(stage, "mapping")
    assert "94.0 %" in desk.mapping.covered.text()
    stage.press("Return", "Return", "Return", "Return")  # search, items, candidates: the likeliest
    (mapped,) = stage.asked(MapItem)
    assert (mapped.own_id, mapped.med_list_codg, mapped.ends) == (1, "XJ01CAA040E001010100001", None)
    stage.press("Alt+2", "Return", *["Down"] * 12, "Ctrl+D")
    assert len(stage.asked(UnmapItem)) == 1
    stage.press("F8", "F7")
    assert len(stage.asked(UploadMappings)) == 1
    assert stage.asked(ListMappedItems)[-1].only == "unmapped"


def test_codes_one_after_another(desk: InsuranceDesk, stage: Stage) -> None:
    go(stage, "codes")
    stage.press("Return", "Return")
    stage.type("D440303099999")
    stage.press("Return")
    (saved,) = stage.asked(SetNationalCode)
    assert (saved.kind, saved.own_id, saved.code) == ("doctor", 5, "D440303099999")


def test_lists_are_fetched(desk: InsuranceDesk, stage: Stage) -> None:
    go(stage, "lists")
    stage.press("Return", "Down", "F12", "F10")
    assert stage.asked(DownloadCatalogue)[-1].infno == "1302"
    assert len(stage.asked(RefreshDictionaries)) == 1
    rows = desk.lists.errands.rows()
    assert words.errand_result(rows[0]) == "43000 / 182340"


def test_the_line_is_set_up_tried_and_signed_out(desk: InsuranceDesk, stage: Stage) -> None:
    go(stage, "line")
    stage.press("F11")
    assert "证件号" in stage.said()
    desk.line.card.setText("440301198503120022")
    stage.press("F11")
    assert stage.asked(TestInsurance)[-1].certificate_number == "440301198503120022"
    desk.line.seconds.setText("45")
    stage.press("F12")
    assert stage.asked(SetInsuranceSetup)[-1].setup == replace(samples.setup().setup, timeout_seconds=45)
    stage.press("Return", "Ctrl+D")
    assert stage.asked(SignOutOfInsurance)[-1].sign_in_id == 1
    stage.press("Ctrl+G")
    assert stage.asked(ForgetSignIn)[-1].sign_in_id == 1


def test_a_refusal_says_why_and_leaves_the_form(desk: InsuranceDesk, stage: Stage) -> None:
    stage.answers(SetInsuranceSetup, FieldWrong(field="setup|Region", reason="six digits"))
    go(stage, "line")
    desk.line.fields["mdtrtarea_admvs"].setText("44")
    stage.press("F12")
    assert "6 位数字" in stage.said()
    assert desk.line.fields["mdtrtarea_admvs"].text() == "44"
    desk.refresh(frozenset({Change(topic=topics.INSURANCE, id=0)}))
    stage.settle(lambda: not desk._soon.isActive())
    assert desk.line.fields["mdtrtarea_admvs"].text() == "44"  # what is being typed stays


def test_both_languages(desk: InsuranceDesk, stage: Stage) -> None:
    set_language(ENGLISH)
    stage.press("F5")
    assert "Employees" in desk.reconciling.statements.rows_model.columns[1].text(samples.statements().statements[0])
    set_language(CHINESE)
    assert words.age(None, samples.NOW) == "–"
    assert words.age(samples.NOW.replace(hour=1), samples.NOW) == "16 小时"
    assert (words.share(0, 0), words.share(1, 3), words.share(999_999, 1_000_000)) == ("100.0 %", "33.3 %", "99.9 %")
