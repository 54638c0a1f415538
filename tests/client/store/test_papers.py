"""The page of papers with a prepared service: the list, what each paper waits for, and a new one by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from client.store.papers_draft import PaperDraft, amount, parse_amount
from client.store.papers_steps import Back, Forward, kinds, places
from client.store.view.desk import StoreDesk
from client.store.view.paper_page import PaperPage
from common.errors import WrongState
from common.messages.settlement import Approve, Approved
from common.messages.store_papers import (
    ApprovePaper,
    AskStore,
    CallBackTransfer,
    CloseRequest,
    DraftPaper,
    ListPapers,
    PaperKind,
    PrintPaper,
    ReceiveTransfer,
    RejectPaper,
    SendTransfer,
    SuggestPaper,
    VoidPaper,
)
from common.permissions import Role, permissions_of
from tests.client.conftest import app, qapp_args
from tests.client.stage import Stage
from tests.client.store.paper_stage import PAPERS, facts, prepare

__all__ = ["app", "qapp_args"]
D = Decimal
BOTH = (Role.STORE_KEEPER, Role.PHARMACIST)


@pytest.fixture
def stage(app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(tmp_path, BOTH)
    prepare(made)
    monkeypatch.setattr(made.place.paper, "print", lambda *_: None)
    for kind, paper in ((AskStore, PAPERS[0]), (SendTransfer, PAPERS[1]), (DraftPaper, PAPERS[2])):
        made.answers(kind, facts(paper))
    for act in (ApprovePaper, ReceiveTransfer, CallBackTransfer, CloseRequest, RejectPaper, VoidPaper):
        made.answers(act, facts(PAPERS[5]))
    made.answers(PrintPaper, lambda asked: WrongState(machine="stock_paper", key=asked.number, state="OPEN"))
    yield made
    made.close()


@pytest.fixture
def page(stage: Stage) -> PaperPage:
    desk = StoreDesk(stage.place)
    stage.show(desk)
    desk.go_to("papers")
    stage.settle()
    desk.papers.table.setFocus()
    return desk.papers


def chosen(stage: Stage, page: PaperPage, number: str) -> None:
    assert page.table.select(number)
    stage.settle(until=lambda: page.side.paper is not None and page.side.paper.entry.number == number)


def test_amounts_are_typed_in_packs_and_pieces() -> None:
    size = D(24)
    assert [parse_amount(typed, size) for typed in ("3", "3+5", "+5", " 2 ＋ 1 ", "0.5")] == [72, 77, 5, 49, 12]
    assert [parse_amount(typed, size) for typed in ("", "+", "x", "-3", "3+", "1.00001")] == [None] * 6
    assert [amount(D(quantity), size) for quantity in (72, 77, 5, 0)] == ["3", "3+5", "+5", "0"]


def test_who_makes_what() -> None:
    def may(*roles: Role):  # type: ignore[no-untyped-def]
        return permissions_of(roles).__contains__

    assert kinds(may(Role.PHARMACIST)) == [PaperKind.REQUEST, PaperKind.TRANSFER, PaperKind.DAMAGE]
    assert kinds(may(Role.STORE_KEEPER)) == [PaperKind.TRANSFER, PaperKind.DAMAGE, PaperKind.DESTROY, PaperKind.SUPPLIER_RETURN]
    assert kinds(may(Role.MANAGER)) == []
    assert (places(may(Role.PHARMACIST)), places(may(Role.STORE_KEEPER))) == (["PHARMACY"], ["STORE"])


def test_the_list_and_what_each_waits_for(stage: Stage, page: PaperPage) -> None:
    assert [row.number for row in page.table.rows()] == [paper.number for paper in PAPERS]
    assert page.desk.model.counts["papers"] == (4, "warning")
    waits = {}
    for paper in PAPERS:
        chosen(stage, page, paper.number)
        waits[paper.number[:2] + paper.state] = (page.side.forward(), page.side.back())
    assert waits == {
        "SLOPEN": (Forward.SERVE, Back.CLOSE),
        "DBSENT": (Forward.RECEIVE, Back.CALL_BACK),
        "BSDRAFT": (Forward.APPROVE, Back.REJECT),
        "BSAPPROVED": (Forward.NOTHING, Back.VOID),
        "XHAPPROVED": (Forward.NOTHING, Back.NOTHING),
        "THAPPROVED": (Forward.NOTHING, Back.NOTHING),
        "DBRECEIVED": (Forward.NOTHING, Back.NOTHING),
        "DBCALLED_BACK": (Forward.NOTHING, Back.NOTHING),
    }
    page.kind.setFocus()
    stage.press("4")
    assert stage.asked(ListPapers)[-1].kind is PaperKind.DAMAGE
    stage.press("F8")
    assert stage.asked(ListPapers)[-1].open_only


def test_searching_by_keys(stage: Stage, page: PaperPage) -> None:
    stage.press("F2")
    stage.type("BS26")
    stage.settle(until=lambda: stage.asked(ListPapers)[-1].text == "BS26")
    stage.press("Escape")
    stage.settle(until=lambda: stage.asked(ListPapers)[-1].text == "")


# --- a new one -----------------------------------------------------------------------------------------------------------------------


def test_a_damage_by_keys_alone(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "3", "Return")
    assert page.editor.draft.kind is PaperKind.DAMAGE
    stage.press("F12")
    assert not stage.asked(DraftPaper)
    stage.type("破损")
    stage.press("Return", "Return")
    stage.type("amxl")
    stage.press("Return")
    stage.type("1+5")
    stage.press("Return")
    assert [(each.goods.lot, each.quantity) for each in page.editor.draft.lines] == [("260801", D(29))]
    assert page.editor.goods.hasFocus()
    stage.press("F12")
    (sent,) = stage.asked(DraftPaper)
    assert (sent.kind, sent.reason, sent.number) == (PaperKind.DAMAGE, "破损", "")
    assert [(taken.batch_id, taken.place, taken.quantity) for taken in sent.lines] == [(10, "STORE", D(29))]
    assert not page.making
    assert stage.place.journal.drafts("store:paper") == []
    assert not stage.asked(PrintPaper)  # it is printed when it is signed


def test_what_is_no_quantity_is_said_at_its_field(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "2", "Return", "Return", "Return")
    stage.type("amxl")
    stage.press("Return")
    for wrong in ("x", "0", "999"):
        page.editor.quantity.setText(wrong)
        stage.press("Return")
        assert page.editor.quantity.property("wrong"), wrong
    assert not page.editor.draft.lines
    assert page.why_not()
    stage.press("Escape")
    assert page.editor.line_empty()


def test_a_request_out_of_the_suggestion(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "1", "F7")
    assert stage.asked(SuggestPaper)[-1].kind is PaperKind.REQUEST
    assert len(page.editor.draft.lines) == 3
    stage.press("Alt+3", "Home", "F10")
    stage.press("F12")
    (sent,) = stage.asked(AskStore)
    assert [line.quantity for line in sent.lines] == [96, 192]


def test_a_request_becomes_a_transfer(stage: Stage, page: PaperPage) -> None:
    chosen(stage, page, PAPERS[0].number)
    stage.press("F12")
    assert page.making
    assert (page.editor.draft.kind, page.editor.draft.serves) == (PaperKind.TRANSFER, PAPERS[0].number)
    assert stage.asked(SuggestPaper)[-1].serves == PAPERS[0].number
    assert "蒙脱石散" in stage.said()
    stage.press("Alt+3", "Home", "Return")
    assert page.editor.quantity.text() == "2"
    stage.type("1")
    stage.press("Return", "F12")
    (sent,) = stage.asked(SendTransfer)
    assert (sent.out_of, sent.serves, sorted(taken.quantity for taken in sent.lines)) == ("STORE", PAPERS[0].number, [24, 96, 192])
    assert stage.asked(PrintPaper)


def test_another_kind_does_not_throw_lines_away(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "1", "F7")
    page.editor.kind.setFocus()
    stage.press("3")
    assert (page.editor.draft.kind, len(page.editor.draft.lines), page.editor.kind.code()) == (PaperKind.REQUEST, 3, "REQUEST")
    assert "F3" in stage.said()


def test_a_scan_brings_its_batch(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "2", "Return")
    stage.scan("6901234567892")
    assert page.editor.quantity.hasFocus()
    stage.type("2")
    stage.press("Return")
    assert [each.quantity for each in page.editor.draft.lines] == [48]


def test_a_destruction_needs_its_place_way_and_witness(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "4", "Return")
    for typed in ("过期", "处置中心", "焚烧"):
        stage.type(typed)
        stage.press("Return")
    stage.press("F7", "F12")
    assert not stage.asked(DraftPaper)
    assert page.why_not()
    page.editor.fields[PaperKind.DESTROY]["witness"].setFocus()
    stage.type("许医生")
    stage.press("F12")
    (sent,) = stage.asked(DraftPaper)
    assert (sent.site, sent.way, sent.witness, len(sent.lines)) == ("处置中心", "焚烧", "许医生", 3)


def test_a_draft_survives_the_end_of_the_program(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "3", "Return")
    stage.type("受潮")
    stage.settle(until=lambda: bool(stage.place.journal.drafts("store:paper")))
    again = StoreDesk(stage.place)
    try:
        assert again.papers.making
        assert (again.papers.editor.draft.kind, again.papers.editor.draft.reason) == (PaperKind.DAMAGE, "受潮")
    finally:
        again.deleteLater()


def test_it_stays_when_one_looks_at_the_list(stage: Stage, page: PaperPage) -> None:
    stage.press("F3", "3", "Return")
    stage.type("受潮")
    shown = []
    for key in ("Escape", "F3"):
        stage.press(key)
        shown.append(page.making)
    assert shown == [False, True]
    assert page.editor.draft.reason == "受潮"


def test_ones_own_draft_is_changed(stage: Stage, page: PaperPage) -> None:
    chosen(stage, page, "BS2611210006")
    stage.press("Alt+2", "Return")
    assert page.making
    assert (page.editor.draft.number, page.editor.draft.version, len(page.editor.draft.lines)) == ("BS2611210006", 1, 2)
    assert not page.editor.kind.isEnabled()
    stage.press("Alt+3", "Home", "F10", "F12")
    (sent,) = stage.asked(DraftPaper)
    assert (sent.number, sent.version, len(sent.lines)) == ("BS2611210006", 1, 1)


# --- the next step -------------------------------------------------------------------------------------------------------------------


def test_received_in_full_by_one_key(stage: Stage, page: PaperPage) -> None:
    chosen(stage, page, "DB2611210008")
    stage.press("F12")
    (sent,) = stage.asked(ReceiveTransfer)
    assert (sent.number, sent.lines) == ("DB2611210008", ())


def test_less_that_arrives_needs_a_reason(stage: Stage, page: PaperPage) -> None:
    chosen(stage, page, "DB2611210008")
    stage.press("Alt+3", "Home", "Return")
    stage.type("9")
    stage.press("Return", "Return")
    assert page.side.received.property("wrong")
    page.side.received.setText("1+20")
    page.side.damaged.setFocus()
    stage.type("+3")
    stage.press("Return")
    assert page.side.reason.hasFocus()
    assert page.why_not()
    stage.type("破损")
    stage.press("F12")
    (sent,) = stage.asked(ReceiveTransfer)
    assert [(said.line_no, said.received, said.damaged) for said in sent.lines] == [(1, 44, 3)]
    assert sent.reason == "破损"


def test_anothers_draft_is_signed_by_one_key(stage: Stage, page: PaperPage) -> None:
    chosen(stage, page, "BS2611210007")
    assert not page.side.approval.isVisible()
    stage.press("F12")
    (sent,) = stage.asked(ApprovePaper)
    assert (sent.number, sent.version, sent.approval_id) == ("BS2611210007", 1, None)
    assert stage.asked(PrintPaper)[-1].number == PAPERS[5].number


def test_ones_own_draft_needs_a_second_person(stage: Stage, page: PaperPage) -> None:
    stage.answers(Approve, Approved(approval_id=5, approver="白芷", expires_at=datetime(2027, 1, 1, tzinfo=UTC)))
    chosen(stage, page, "BS2611210006")
    stage.press("F12")
    assert not stage.asked(ApprovePaper)
    page.side.approval.setFocus()
    stage.type("baizhi")
    stage.press("Return")
    stage.type("secret")
    stage.press("Return")
    asked = stage.asked(Approve)[-1]
    assert (asked.act, asked.subject_id, asked.detail) == ("stock_paper", 6, "BS2611210006 v1")
    stage.press("F12")
    assert stage.asked(ApprovePaper)[-1].approval_id == 5


@pytest.mark.parametrize(
    ("number", "kind"),
    [("SL2611210009", CloseRequest), ("DB2611210008", CallBackTransfer), ("BS2611210007", RejectPaper)],
)
def test_taken_back_with_a_reason(stage: Stage, page: PaperPage, number: str, kind: type) -> None:
    chosen(stage, page, number)
    stage.press("F10")
    assert not stage.asked(kind)
    assert page.side.reason.hasFocus()
    stage.type("写错")
    stage.press("F10")
    (sent,) = stage.asked(kind)
    assert (sent.number, sent.reason) == (number, "写错")


def test_voiding_asks_a_second_person(stage: Stage, page: PaperPage) -> None:
    stage.answers(Approve, Approved(approval_id=8, approver="白芷", expires_at=datetime(2027, 1, 1, tzinfo=UTC)))
    chosen(stage, page, "BS2611210005")
    stage.press("F10")
    stage.type("点错")
    stage.press("F10")
    assert page.side.approval.isVisible()
    stage.type("baizhi")
    stage.press("Return")
    stage.type("secret")
    stage.press("Return", "F10")
    assert stage.asked(VoidPaper)[-1].approval_id == 8


def test_what_changed_at_another_desk_is_read_anew(stage: Stage, page: PaperPage) -> None:
    stage.answers(ReceiveTransfer, WrongState(machine="stock_paper", key="DB2611210008", state="CALLED_BACK"))
    chosen(stage, page, "DB2611210008")
    before = len(stage.asked(ListPapers))
    stage.press("F12")
    stage.settle(until=lambda: len(stage.asked(ListPapers)) > before)
    assert "已撤回" in stage.said()


def test_who_only_looks_on_makes_none(app: QApplication, tmp_path: Path) -> None:
    stage = Stage(tmp_path, (Role.MANAGER,))
    prepare(stage)
    try:
        desk = StoreDesk(stage.place)
        stage.show(desk)
        desk.go_to("papers")
        stage.press("F3")
        assert not desk.papers.making
        chosen(stage, desk.papers, "SL2611210009")
        assert desk.papers.why_not()
        stage.answers(ApprovePaper, facts(PAPERS[4]))
        chosen(stage, desk.papers, "BS2611210007")
        stage.press("F12")
        assert stage.asked(ApprovePaper)  # the manager signs
        assert not stage.asked(PrintPaper)
        assert PaperDraft().why_not()
    finally:
        stage.close()
