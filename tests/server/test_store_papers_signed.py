"""Damage, destruction and returns to a supplier: nothing moves before a second person signed what they had read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.recalls import HoldLot, HoldReason, ReleaseLot
from common.messages.settlement import Approve
from common.messages.store_papers import (
    ApprovePaper,
    DraftPaper,
    GetPaper,
    ListPapers,
    PaperFacts,
    PaperKind,
    RejectPaper,
    SuggestPaper,
    Taken,
    VoidPaper,
)
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.recall_errors import LotKeptOut
from common.store_errors import NotEnoughInBatch
from common.store_paper_errors import BatchUnfit, GoneFromQuarantine, PaperChanged, PaperRefused
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office, at_once, refusals, successes
from tests.server.store_goods import KEEPER, SUPPLIER, Batch, goods, lies

PHARMACIST, MANAGER = visits.PHARMACIST, "yuanzhang"
D = Decimal
BURNT = {"site": "医疗废物处置中心", "way": "焚烧", "witness": "许医生"}


def draft(office: Office, kind: PaperKind, *lines: Taken, by: str = KEEPER, **fields: object) -> PaperFacts:
    request = DraftPaper(kind=kind, lines=lines, **({"reason": "破损"} | fields))  # type: ignore[arg-type]
    return office.desk(by).call(request)


def approve(office: Office, paper: PaperFacts, by: str = MANAGER) -> PaperFacts:
    return office.desk(by).call(ApprovePaper(number=paper.entry.number, version=paper.entry.version))


def agreed(office: Office, paper: PaperFacts, version: int = 0, *, asked_by: str = KEEPER, by: str = MANAGER) -> int:
    detail = f"{paper.entry.number} v{version or paper.entry.version}"
    request = Approve(act="stock_paper", subject_id=paper.entry.id, detail=detail, login=by, password=PASSWORD)
    return office.desk(asked_by).call(request).approval_id


def damaged(office: Office, batch: Batch, quantity: int | Decimal = 5) -> PaperFacts:
    return approve(office, draft(office, PaperKind.DAMAGE, batch.some(quantity)))


# --- damage --------------------------------------------------------------------------------------------------------------------------


def test_damage_lies_apart_once_somebody_else_has_signed(office: Office) -> None:
    batch = goods(office)
    paper = draft(office, PaperKind.DAMAGE, batch.some(5), note="跌落")
    assert (paper.entry.state, paper.entry.number[:2], paper.entry.value_fen) == ("DRAFT", "BS", 167)  # 5 of 24 at 8.00
    assert lies(office, batch) == {"STORE": batch.quantity}
    signed = approve(office, paper)
    assert (signed.entry.state, signed.entry.by, signed.entry.decided_by) == ("APPROVED", "顾砚", office.actor(MANAGER).name)
    assert lies(office, batch) == {"STORE": batch.quantity - 5, "QUARANTINE": 5}
    assert [step.state for step in signed.steps] == ["DRAFT", "APPROVED"]
    moved = office.rows("SELECT kind, sum(quantity), count(*) FROM stock_move WHERE document = %s GROUP BY kind", paper.entry.number)
    assert moved == [("DAMAGE", 0, 2)]


def test_nobody_signs_what_they_made_themselves(office: Office) -> None:
    batch = goods(office)
    paper = draft(office, PaperKind.DAMAGE, batch.some(5))
    with pytest.raises(ApprovalNeeded):
        approve(office, paper, KEEPER)
    yes = agreed(office, paper)
    keeper = office.desk(KEEPER)
    signed = keeper.call(ApprovePaper(number=paper.entry.number, version=1, approval_id=yes))
    assert signed.entry.decided_by == office.actor(MANAGER).name
    other = draft(office, PaperKind.DAMAGE, batch.some(5))
    with pytest.raises(ApprovalNotValid):
        keeper.call(ApprovePaper(number=other.entry.number, version=1, approval_id=yes))
    with pytest.raises(NotPermitted):
        approve(office, other, visits.CASHIER)
    with pytest.raises(Exception, match="two_persons"):
        office.database.run(
            "UPDATE stock_paper SET state = 'APPROVED', decided_by = staff_id, decided_at = at WHERE id = %s", other.entry.id
        )


def test_what_was_changed_is_not_signed(office: Office) -> None:
    batch = goods(office)
    paper = draft(office, PaperKind.DAMAGE, batch.some(5))
    yes = agreed(office, paper)
    changed = draft(office, PaperKind.DAMAGE, batch.some(50), number=paper.entry.number, version=1, reason="受潮")
    assert (changed.entry.version, changed.entry.reason, [line.quantity for line in changed.lines]) == (2, "受潮", [D(50)])
    with pytest.raises(PaperChanged):
        approve(office, paper)
    with pytest.raises(PaperChanged):
        draft(office, PaperKind.DAMAGE, batch.some(1), number=paper.entry.number, version=1)
    with pytest.raises(ApprovalNotValid):
        office.desk(KEEPER).call(ApprovePaper(number=paper.entry.number, version=2, approval_id=yes))
    assert lies(office, batch) == {"STORE": batch.quantity}
    approve(office, changed)
    assert lies(office, batch)["QUARANTINE"] == 50
    with pytest.raises(WrongState):
        draft(office, PaperKind.DAMAGE, batch.some(1), number=paper.entry.number, version=2)


def test_two_sign_at_once(office: Office) -> None:
    batch = goods(office)
    paper = draft(office, PaperKind.DAMAGE, batch.some(7))
    outcomes = at_once(lambda: approve(office, paper), lambda: approve(office, paper, PHARMACIST))
    assert len(successes(outcomes)) == 1
    assert isinstance(refusals(outcomes)[0], WrongState)
    assert lies(office, batch)["QUARANTINE"] == 7


def test_two_papers_on_the_same_goods(office: Office) -> None:
    batch = goods(office)
    both = [draft(office, PaperKind.DAMAGE, batch.some()) for _ in range(2)]
    outcomes = at_once(*[lambda paper=paper: approve(office, paper) for paper in both])
    assert len(successes(outcomes)) == 1
    assert isinstance(refusals(outcomes)[0], NotEnoughInBatch)
    assert sorted(office.desk(KEEPER).call(GetPaper(number=paper.entry.number)).entry.state for paper in both) == ["APPROVED", "DRAFT"]


def test_rejected_with_a_reason(office: Office) -> None:
    batch = goods(office)
    paper = draft(office, PaperKind.DAMAGE, batch.some(5))
    no = office.desk(PHARMACIST).call(RejectPaper(number=paper.entry.number, version=1, reason="没有破损"))
    assert (no.entry.state, no.steps[-1].note, no.entry.reason) == ("REJECTED", "没有破损", "破损")
    assert lies(office, batch) == {"STORE": batch.quantity}
    own = draft(office, PaperKind.DAMAGE, batch.some(5))
    assert office.desk(KEEPER).call(RejectPaper(number=own.entry.number, version=1, reason="写错")).entry.state == "REJECTED"
    with pytest.raises(WrongState):
        approve(office, own)


def test_damage_is_undone_by_a_reversing_paper(office: Office) -> None:
    batch = goods(office)
    paper = damaged(office, batch)
    keeper = office.desk(KEEPER)
    with pytest.raises(ApprovalNeeded):
        keeper.call(VoidPaper(number=paper.entry.number, reason="点错"))
    undone = keeper.call(VoidPaper(number=paper.entry.number, reason="点错", approval_id=agreed(office, paper)))
    assert (undone.reverses, undone.entry.state, undone.entry.reason) == (paper.entry.number, "APPROVED", "点错")
    first = keeper.call(GetPaper(number=paper.entry.number))
    assert (first.entry.state, first.reversed_by, first.entry.decided_by) == ("VOIDED", undone.entry.number, paper.entry.decided_by)
    assert lies(office, batch) == {"STORE": batch.quantity}
    with pytest.raises(WrongState):
        keeper.call(VoidPaper(number=paper.entry.number, reason="x", approval_id=agreed(office, paper)))
    with pytest.raises(PaperRefused):
        keeper.call(VoidPaper(number=undone.entry.number, reason="x", approval_id=agreed(office, undone)))


def test_the_pharmacy_writes_its_own_damage_down_and_no_other(office: Office) -> None:
    mine, stores = goods(office, "PHARMACY"), goods(office)
    paper = draft(office, PaperKind.DAMAGE, mine.some(3), by=PHARMACIST)
    with pytest.raises(PaperRefused):
        draft(office, PaperKind.DAMAGE, mine.some(1), number=paper.entry.number, version=1)  # another's
    approve(office, paper, KEEPER)
    assert lies(office, mine)["QUARANTINE"] == 3
    for lines in ((stores.some(1),), (mine.some(1), stores.some(1))):
        with pytest.raises(NotPermitted):
            draft(office, PaperKind.DAMAGE, *lines, by=PHARMACIST)


def test_what_a_paper_may_not_say(office: Office) -> None:
    batch = goods(office)
    with pytest.raises(FieldWrong):
        draft(office, PaperKind.DAMAGE, batch.some(1), reason="  ")
    with pytest.raises(FieldWrong):
        draft(office, PaperKind.TRANSFER, batch.some(1))
    with pytest.raises(NotEnoughInBatch):
        draft(office, PaperKind.DAMAGE, batch.some(batch.quantity + 1))
    with pytest.raises(BatchUnfit):
        draft(office, PaperKind.DESTROY, batch.some(1), **BURNT)  # it lies on a shelf
    with pytest.raises(NotFound):
        draft(office, PaperKind.DAMAGE, Taken(batch_id=10**9, place="STORE", quantity=D(1)))
    with pytest.raises(NotFound):
        office.desk(MANAGER).call(ApprovePaper(number="BS0", version=1))


# --- destruction ---------------------------------------------------------------------------------------------------------------------


def test_what_lies_apart_is_destroyed(office: Office) -> None:
    batch = goods(office)
    paper = damaged(office, batch)
    apart = batch.some(5, place="QUARANTINE")
    for missing in BURNT:
        with pytest.raises(FieldWrong):
            draft(office, PaperKind.DESTROY, apart, **(BURNT | {missing: " "}))
    with pytest.raises(NotPermitted):
        draft(office, PaperKind.DESTROY, apart, by=PHARMACIST, **BURNT)
    destroyed = approve(office, draft(office, PaperKind.DESTROY, apart, **BURNT))
    assert (destroyed.entry.number[:2], destroyed.witness, destroyed.site, destroyed.way) == ("XH", "许医生", "医疗废物处置中心", "焚烧")
    assert lies(office, batch) == {"STORE": batch.quantity - 5}
    keeper = office.desk(KEEPER)
    with pytest.raises(PaperRefused):
        keeper.call(VoidPaper(number=destroyed.entry.number, reason="x", approval_id=agreed(office, destroyed)))
    with pytest.raises(GoneFromQuarantine) as gone:
        keeper.call(VoidPaper(number=paper.entry.number, reason="x", approval_id=agreed(office, paper)))
    assert (gone.value.left, gone.value.wanted, gone.value.taken_by) == (D(0), D(5), [destroyed.entry.number])


def undo(office: Office, paper: PaperFacts) -> PaperFacts:
    return office.desk(KEEPER).call(VoidPaper(number=paper.entry.number, reason="x", approval_id=agreed(office, paper)))


def test_undone_damage_takes_back_only_what_it_had_brought(office: Office) -> None:
    batch = goods(office)
    first, second = damaged(office, batch, 5), damaged(office, batch, 7)
    destroyed = approve(office, draft(office, PaperKind.DESTROY, batch.some(3, place="QUARANTINE"), **BURNT))
    with pytest.raises(GoneFromQuarantine) as gone:  # nine lie there, but seven of them are the other paper's
        undo(office, first)
    assert (gone.value.left, gone.value.taken_by) == (D(2), [destroyed.entry.number])
    undo(office, second)
    assert lies(office, batch) == {"STORE": batch.quantity - 5, "QUARANTINE": 2}


def test_damage_of_a_lot_that_is_kept_out_is_not_undone(office: Office) -> None:
    batch = goods(office)
    paper = damaged(office, batch, 5)
    pharmacist = office.desk(PHARMACIST)
    held = pharmacist.call(HoldLot(drug_id=batch.drug_id, lot=batch.lot, reason=HoldReason.NOTICE)).holds[0]
    assert lies(office, batch) == {"QUARANTINE": batch.quantity}
    with pytest.raises(LotKeptOut) as kept:
        undo(office, paper)
    assert kept.value.number == held.number
    yes = pharmacist.call(Approve(act="release_lot", subject_id=held.id, login=MANAGER, password=PASSWORD)).approval_id
    assert pharmacist.call(ReleaseLot(hold_id=held.id, note="合格", approval_id=yes)).quantity == batch.quantity - 5
    undo(office, paper)
    assert lies(office, batch) == {"STORE": batch.quantity}


def test_a_hold_takes_back_its_own_though_other_damage_was_undone(office: Office) -> None:
    batch = goods(office)
    paper = damaged(office, batch, 5)
    destroyed = approve(office, draft(office, PaperKind.DESTROY, batch.some(2, place="QUARANTINE"), **BURNT))
    pharmacist = office.desk(PHARMACIST)
    held = pharmacist.call(HoldLot(drug_id=batch.drug_id, lot=batch.lot, reason=HoldReason.NOTICE)).holds[0]
    more = approve(office, draft(office, PaperKind.DESTROY, batch.some(4, place="QUARANTINE"), **BURNT))
    yes = pharmacist.call(Approve(act="release_lot", subject_id=held.id, login=MANAGER, password=PASSWORD)).approval_id
    assert pharmacist.call(ReleaseLot(hold_id=held.id, note="合格", approval_id=yes)).quantity == batch.quantity - 6
    assert lies(office, batch) == {"STORE": batch.quantity - 6}
    with pytest.raises(GoneFromQuarantine) as gone:
        undo(office, paper)
    assert gone.value.taken_by == [destroyed.entry.number, more.entry.number]


def test_what_expired_and_what_lies_apart_is_proposed(own_office: Office) -> None:
    office = own_office
    keeper = office.desk(KEEPER)

    def proposed(kind: PaperKind, supplier: str = "") -> set[tuple[str, str, Decimal]]:
        found = keeper.call(SuggestPaper(kind=kind, supplier=supplier)).goods
        return {(one.lot, one.place, one.suggested) for one in found}

    old, good, near = goods(office, days=-1), goods(office), goods(office, "PHARMACY", days=60)
    assert proposed(PaperKind.DAMAGE) == {(old.lot, "STORE", old.quantity)}
    paper = draft(office, PaperKind.DAMAGE, old.some(), good.some(5))
    assert proposed(PaperKind.DAMAGE) == set()  # it stands on a draft
    approve(office, paper)
    assert proposed(PaperKind.DESTROY) == {(old.lot, "QUARANTINE", old.quantity), (good.lot, "QUARANTINE", D(5))}
    due = proposed(PaperKind.SUPPLIER_RETURN, SUPPLIER)
    assert due == proposed(PaperKind.DESTROY) | {(near.lot, "PHARMACY", near.quantity)}
    assert proposed(PaperKind.SUPPLIER_RETURN) == proposed(PaperKind.SUPPLIER_RETURN, "无此公司") == set()


# --- back to the supplier ------------------------------------------------------------------------------------------------------------


def test_back_to_the_supplier_from_wherever_it_lies(office: Office) -> None:
    batch, shelf = goods(office), goods(office, "PHARMACY")
    damaged(office, batch)
    lines = (batch.some(5, place="QUARANTINE"), batch.some(10), shelf.some(2))
    paper = draft(office, PaperKind.SUPPLIER_RETURN, *lines, supplier=SUPPLIER, reason="近效期")
    assert paper.entry.supplier == SUPPLIER
    back = approve(office, paper)
    assert back.entry.number.startswith("TH")
    assert lies(office, batch) == {"STORE": batch.quantity - 15}
    assert lies(office, shelf) == {"PHARMACY": shelf.quantity - 2}
    with pytest.raises(PaperRefused):
        office.desk(KEEPER).call(VoidPaper(number=back.entry.number, reason="x", approval_id=agreed(office, back)))
    listed = office.desk(KEEPER).call(ListPapers(first_day=office.today, last_day=office.today, text=SUPPLIER)).papers
    assert back.entry.number in {one.number for one in listed}


def test_only_what_came_from_that_supplier(office: Office) -> None:
    mine, others = goods(office), goods(office, supplier="九州通")
    with pytest.raises(BatchUnfit):
        draft(office, PaperKind.SUPPLIER_RETURN, mine.some(1), others.some(1), supplier=SUPPLIER)
    with pytest.raises(FieldWrong):
        draft(office, PaperKind.SUPPLIER_RETURN, mine.some(1), supplier="")
