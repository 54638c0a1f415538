"""What the page of returns knows without a window: packs by their codes, quantities, and where each part goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from client.pharmacy.papers import return_slip
from client.pharmacy.returning import ReturnDraft, Returning, Returns
from common.domain.returning import Condition, ReturnReason
from common.messages.returns import (
    DrugReturnFacts,
    PackCode,
    ReturnableFacts,
    ReturnableLine,
    ReturnedLine,
    ReturnEntry,
    ReturnLot,
    UndoReason,
)
from common.wire import decode, encode
from tests.client.pharmacy.samples import NOW, prescription

TODAY = date(2026, 11, 21)
SEALED, OPENED, RETAIL = "83570620000000123456", "83570620000000123457", "6901234567892"

ENTRY = ReturnEntry(
    return_id=1,
    number="T1",
    at=NOW,
    prescription_id=7,
    prescription_number="P1",
    patient_name="张小三",
    reason="RECALL",
    by="苏叶",
    lines=1,
)


def lot(batch_id: int = 1, handed: int = 24, returned: int = 0, expires: date = date(2027, 6, 30)) -> ReturnLot:
    return ReturnLot(batch_id=batch_id, lot=f"L{batch_id}", expires=expires, handed=Decimal(handed), returned=Decimal(returned))


def line(id: int = 1, *lots: ReturnLot, codes: tuple[PackCode, ...] = (), packs: int = 2, **fields: object) -> ReturnableLine:
    facts: dict[str, object] = {
        "line_id": id,
        "drug_id": id,
        "name": "阿莫西林胶囊",
        "specification": "0.25g×24粒/盒",
        "unit": "粒",
        "pack_unit": "盒",
        "pack_size": Decimal(24),
        "packs": packs,
        "lots": lots or (lot(handed=30),),
        "codes": codes,
        "codes_out": len(codes),
        "products": (RETAIL, "8357062"),
        "controlled": False,
        "cold": False,
    }
    return ReturnableLine(**{**facts, **fields})  # type: ignore[arg-type]


def begun(*lines: ReturnableLine, no_undo: str = "", undo_agreed: bool = False, returned: int = 0) -> Returning:
    returns = tuple(ENTRY for _ in range(returned))
    facts = ReturnableFacts(prescription=prescription(), lines=lines, returns=returns, no_undo=no_undo, undo_agreed=undo_agreed)
    return Returning(facts, TODAY)


def coded() -> Returning:
    """A sealed pack and six pieces of an opened one."""
    return begun(line(codes=(PackCode(code=SEALED, opened=False), PackCode(code=OPENED, opened=True))))


def test_a_sealed_pack_goes_back_to_its_shelf() -> None:
    work = coded()
    assert work.missing()[0] == "scan"
    row, refused = work.scan(SEALED, None)
    assert (row, refused) == (work.rows[0], "")
    assert work.missing()[0] == "reason"
    work.reason = ReturnReason.DOCTOR_CHANGED
    assert work.missing() == ("", "")
    (sent,) = work.request().lines
    assert (sent.quantity, sent.condition, sent.codes) == (Decimal(24), Condition.SALEABLE, (SEALED,))


def test_what_was_opened_goes_into_quarantine_by_itself() -> None:
    work = coded()
    work.scan(OPENED, None)
    assert work.rows[0].quantity == 6
    work.reason = ReturnReason.ADVERSE_REACTION
    assert work.condition(work.rows[0]) is Condition.QUARANTINED
    assert work.missing() == ("", "")
    assert work.keep_back(work.rows[0])  # it may not be sold again, so there is nothing to choose
    work.reason = ReturnReason.DOCTOR_CHANGED
    assert work.missing()[0] == "codes"


def test_a_pack_that_could_be_sold_again_may_be_kept_back() -> None:
    work = coded()
    work.scan(SEALED, None)
    work.reason = ReturnReason.WRONG_DRUG
    assert work.keep_back(work.rows[0]) == ""
    assert work.request().lines[0].condition is Condition.QUARANTINED


@pytest.mark.parametrize("fields", [{"cold": True}, {"lots": (lot(expires=date(2026, 11, 20)),)}])
def test_cold_and_expired_drugs_go_into_quarantine(fields: dict[str, object]) -> None:
    work = begun(line(**fields))  # type: ignore[arg-type]
    assert work.set_quantity(work.rows[0], Decimal(24)) == ""
    work.reason = ReturnReason.WRONG_DRUG
    assert work.condition(work.rows[0]) is Condition.QUARANTINED


def test_scans_that_do_not_count() -> None:
    work = coded()
    assert work.scan("83570629999999999999", None)[0] is None
    assert work.scan(RETAIL, None)[0] is None  # every pack went out with its own code
    work.scan(SEALED, None)
    assert work.scan(SEALED, None)[0] is None
    assert [row.quantity for row in work.taken] == [24]
    assert work.undo_scan() is work.rows[0]
    assert work.taken == []
    assert work.undo_scan() is None


def test_packs_without_codes_are_counted_by_their_retail_code() -> None:
    work = begun(line(1, lot(1, 24), lot(2, 24)))
    first, _ = work.scan(RETAIL, work.rows[1])
    second, _ = work.scan(RETAIL, work.rows[1])
    assert (first, second) == (work.rows[1], work.rows[0])  # the marked batch first
    assert work.scan(RETAIL, None)[0] is None
    assert work.set_quantity(work.rows[0], Decimal(25))
    assert work.set_quantity(work.rows[0], Decimal(0)) == ""
    assert [row.lot.batch_id for row in work.taken] == [2]


def test_what_is_half_scanned_comes_back_from_the_disk() -> None:
    work = coded()
    assert work.draft() is None
    work.scan(SEALED, None)
    work.scan(OPENED, None)
    work.reason, work.rows[0].kept_back = ReturnReason.WRONG_DRUG, True
    kept = decode(ReturnDraft, encode(work.draft()))
    again = coded()
    assert again.restore(kept)
    assert (again.request(), again.request_id) == (work.request(), work.request_id)
    assert again.undo_scan() is again.rows[0]  # scans are taken back one by one, as before
    assert (again.rows[0].quantity, again.rows[0].codes) == (Decimal(24), [SEALED])


def test_what_came_back_meanwhile_is_not_scanned_twice() -> None:
    work = begun(line(1, lot(1, 48)))
    work.scan(RETAIL, None)
    kept = work.draft()
    assert kept is not None
    again = begun(line(1, lot(1, 48, returned=24)), returned=1)  # the service had carried it out
    assert not again.restore(kept)
    assert again.taken == []
    assert not begun(line(1, lot(1, 48, returned=30))).restore(kept)


def test_codes_that_are_missing_are_said_before_anything_is_sent() -> None:
    work = coded()
    work.set_quantity(work.rows[0], Decimal(24))
    work.reason = ReturnReason.DOCTOR_CHANGED
    assert work.missing()[0] == "codes"


def test_a_second_person_for_controlled_drugs_and_for_somebody_elses_hand_over() -> None:
    work = begun(line(controlled=True), undo_agreed=True)
    work.set_quantity(work.rows[0], Decimal(24))
    work.reason = ReturnReason.WRONG_DRUG
    assert (work.act, work.missing()[0]) == ("drug_return", "approval")
    work.undoing, work.undo_reason = True, UndoReason.MISTAKE
    assert (work.act, work.missing()[0]) == ("undo_dispense", "approval")
    work.approval_id = 9
    assert work.missing() == ("", "")
    assert work.undo_request().approval_id == 9


def test_what_the_keys_may_do() -> None:
    returns = Returns()
    assert returns.may_finish() is not True
    assert returns.may_undo_hand_over() is not True
    assert returns.may_reprint() is not True
    returns.shown, returns.work = True, begun(line())
    assert returns.may_finish() is True
    assert returns.may_undo_hand_over() is True
    assert returns.may_take_back_scan() is not True
    returns.work = begun(line(), no_undo="undo|it was not handed over today")
    assert "{" not in str(returns.may_undo_hand_over())
    assert returns.may_undo_hand_over() is not True


def test_the_slip_says_what_the_service_said() -> None:
    told = ReturnedLine(
        name="阿莫西林胶囊",
        specification="0.25g×24粒/盒",
        lot="L1",
        expires=date(2027, 6, 30),
        quantity=Decimal(24),
        unit="粒",
        quantity_text="1盒",
        condition=Condition.QUARANTINED,
        codes=(SEALED,),
        amount_fen=1225,
    )
    facts = DrugReturnFacts(
        return_id=1,
        number="T2611210001",
        clinic="杏林诊所",
        prescription_id=7,
        prescription_number="26112100007",
        visit_number="26112100003",
        patient_id=5,
        patient_number="00000005",
        patient_name="欧阳若溪",
        sex="2",
        age="47岁",
        reason=ReturnReason.ADVERSE_REACTION,
        note="",
        at=NOW,
        by="苏叶",
        agreed_by="江岚",
        lines=(told,),
        amount_fen=1225,
    )
    slip = return_slip(facts, printed_at=NOW, by="苏叶", copy=2)
    assert (slip.number, slip.reason, slip.sex, slip.total_fen, slip.copy.number) == ("T2611210001", "不良反应", "女", 1225, 2)
    assert [(drug.quantity, drug.sold_again, drug.codes) for drug in slip.lines] == [("1盒", False, (SEALED,))]
