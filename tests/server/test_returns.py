"""Drugs that come back: the very packs that went out, once, and only then the cashier pays back; and a hand-over that is undone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from common.dispensing_errors import CodeAlreadySold
from common.domain.refundable import HANDED_OUT
from common.domain.returning import BAD, COLD, EXPIRED, NOT_SO_MUCH, OPENED, SEALED_ONLY, Condition, ReturnReason
from common.errors import NotFound, WrongState
from common.messages.pharmacy import CheckPack, Dispense, HandOut, ListToDispense, PickList, PickPrescription, Promise, Scan
from common.messages.returns import (
    DrugReturnFacts,
    FindDispensed,
    GetReturn,
    GetReturnable,
    ListReturns,
    ReturnableFacts,
    ReturnDrugs,
    ReturnLine,
    UndoDispense,
    UndoReason,
)
from common.messages.settlement import Approve, GetBill, PlanRefund, RefundBill, RefundLine
from common.money_errors import ApprovalNeeded, SamePerson
from common.permissions import Permission, Role, permissions_of
from common.pharmacy_errors import CodeNotHandedOut, CodeQuarantined, CodesMissing, ReturnRefused, UndoRefused
from common.settling_errors import LineNotRefundable
from installer.sample import PASSWORD
from server import returns
from tests import visits
from tests.server.office import Office, at_once, refusals, successes
from tests.server.test_pharmacy import OTHER, PHARMACIST, paid, pick, state, trace

SALEABLE, QUARANTINED = Condition.SALEABLE, Condition.QUARANTINED
CHANGED = ReturnReason.DOCTOR_CHANGED
_serials = iter(range(5000, 9999))


def traced(office: Office, picked: PickList) -> dict[int, tuple[str, ...]]:
    """New codes for every pack of a pick list, by line."""
    lines = picked.prescription.lines
    return {line.id: tuple(trace(office, line.drug_id, next(_serials)) for _ in range(picked.packs[line.id])) for line in lines}


def handed(office: Office, name: str, packs: Decimal | int, *drugs: str, splits: Decimal = Decimal(0)) -> tuple[ReturnableFacts, list[str]]:
    """So many packs (and ``splits`` pieces) of each drug are with the patient, by their own codes; the codes of all lines in order."""
    size = visits.drug(office, drugs[0] if drugs else "布洛芬").pack_size
    prescription = paid(office, name, size * packs + splits, *drugs)
    picked = pick(office, prescription)
    codes = traced(office, picked)
    scans = tuple(Scan(line_id=line, code=code) for line, given in codes.items() for code in given)
    office.desk(PHARMACIST).call(Dispense(prescription_id=prescription.id, scans=scans))
    return facts(office, prescription.id), [code for given in codes.values() for code in given]


def facts(office: Office, prescription_id: int, login: str = PHARMACIST) -> ReturnableFacts:
    return office.desk(login).call(GetReturnable(prescription_id=prescription_id))


def give_back(
    office: Office,
    out: ReturnableFacts,
    packs: Decimal | int,
    *codes: str,
    reason: ReturnReason = CHANGED,
    condition: Condition = SALEABLE,
    place: int = 0,
    approval_id: int | None = None,
) -> DrugReturnFacts:
    """Some packs of one line come back."""
    line = out.lines[place]
    wanted = ReturnLine(
        line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=line.pack_size * packs, condition=condition, codes=codes
    )
    request = ReturnDrugs(prescription_id=out.prescription.id, reason=reason, lines=(wanted,), approval_id=approval_id)
    return office.desk(PHARMACIST).call(request)


def stock(office: Office, drug_id: int) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """On hand by level and by batches, and reserved, of each place."""
    rows = office.rows(
        "SELECT p.code, l.on_hand, (SELECT sum(b.on_hand) FROM stock_balance b WHERE b.location_id = l.location_id AND b.drug_id = l.drug_id),"
        " l.reserved FROM stock_level l JOIN stock_location p ON p.id = l.location_id WHERE l.drug_id = %s",
        drug_id,
    )
    return {row[0]: row[1:] for row in rows}


# --- what comes back


def test_a_sealed_pack_goes_back_to_its_shelf_and_may_be_sold_again(own_office: Office) -> None:
    office = own_office
    out, codes = handed(office, "冯一", 2)
    line = out.lines[0]
    before = stock(office, line.drug_id)["PHARMACY"]
    assert (line.codes_out, [code.code for code in line.codes], line.packs) == (2, codes, 2)
    back = give_back(office, out, 1, codes[0])
    size = line.pack_size
    assert stock(office, line.drug_id) == {"PHARMACY": (before[0] + size, before[1] + size, Decimal(0))}
    assert state(office, out.prescription) == "PART_RETURNED"
    assert (back.reason, back.by, back.agreed_by, back.patient_name, len(back.lines)) == (CHANGED, "苏叶", "", "冯一", 1)
    assert (back.lines[0].codes, back.lines[0].quantity, back.lines[0].condition) == ((codes[0],), size, SALEABLE)
    assert back.amount_fen * 2 == out.prescription.amount_fen
    assert back.number == f"T{office.today:%y%m%d}0001"
    assert office.rows(
        "SELECT m.kind, m.quantity, m.document, d.kind, d.quantity FROM stock_move m JOIN stock_move d ON d.id = m.reverses"
        " WHERE m.document = %s AND d.batch_id = m.batch_id AND d.prescription_line_id = m.prescription_line_id",
        back.number,
    ) == [("RETURN", size, back.number, "DISPENSE", -size * 2)]
    after = facts(office, out.prescription.id)
    assert [code.code for code in after.lines[0].codes] == [codes[1]]
    assert [(lot.handed, lot.returned) for lot in after.lines[0].lots] == [(size * 2, size)]
    assert [entry.return_id for entry in after.returns] == [back.return_id]
    assert office.desk(OTHER).call(GetReturn(return_id=back.return_id)) == back
    assert [entry.number for entry in office.desk(OTHER).call(ListReturns()).returns] == [back.number]
    again = pick(office, paid(office, "冯二", size))
    scan = Scan(line_id=again.picks[0].line_id, code=codes[0])
    office.desk(PHARMACIST).call(CheckPack(line_id=scan.line_id, code=codes[0]))
    office.desk(PHARMACIST).call(Dispense(prescription_id=again.prescription.id, scans=(scan,)))
    give_back(office, after, 1, codes[1])
    assert state(office, out.prescription) == "RETURNED"
    with pytest.raises(WrongState):
        give_back(office, after, 1, codes[1])


def test_what_is_not_sold_again_lies_in_quarantine(own_office: Office) -> None:
    office = own_office
    out, codes = handed(office, "冯三", 1)
    line = out.lines[0]
    before = stock(office, line.drug_id)["PHARMACY"]
    for reason in (ReturnReason.QUALITY, ReturnReason.RECALL):
        with pytest.raises(ReturnRefused) as refused:
            give_back(office, out, 1, codes[0], reason=reason)
        assert refused.value.reason == BAD
    give_back(office, out, 1, codes[0], reason=ReturnReason.QUALITY, condition=QUARANTINED)
    assert stock(office, line.drug_id) == {"PHARMACY": before, "QUARANTINE": (line.pack_size, line.pack_size, Decimal(0))}
    assert visits.drug(office, "布洛芬").free == before[0]  # nobody can prescribe what lies there
    picked = pick(office, paid(office, "冯四", line.pack_size))
    line_id, pharmacist = picked.picks[0].line_id, office.desk(PHARMACIST)
    with pytest.raises(CodeQuarantined):
        pharmacist.call(CheckPack(line_id=line_id, code=codes[0]))
    with pytest.raises(CodeQuarantined):
        pharmacist.call(Dispense(prescription_id=picked.prescription.id, scans=(Scan(line_id=line_id, code=codes[0]),)))


def test_no_more_comes_back_than_went_out_of_that_batch(office: Office) -> None:
    out, codes = handed(office, "冯五", 2)
    line = out.lines[0]
    with pytest.raises(ReturnRefused) as refused:
        give_back(office, out, 3, *codes)
    assert refused.value.reason == NOT_SO_MUCH
    give_back(office, out, 1, codes[0])
    with pytest.raises(ReturnRefused):
        give_back(office, out, 2, codes[1])
    wrong = ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id + 999, quantity=line.pack_size, condition=SALEABLE)
    for lines, error in (
        ((wrong,), ReturnRefused),
        ((ReturnLine(line_id=10**9, batch_id=1, quantity=Decimal(1), condition=SALEABLE),), NotFound),
        ((ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=Decimal(0), condition=SALEABLE),), ReturnRefused),
        (
            (ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=Decimal("0.00001"), condition=SALEABLE),),
            ReturnRefused,
        ),
    ):
        with pytest.raises(error):
            office.desk(PHARMACIST).call(ReturnDrugs(prescription_id=out.prescription.id, reason=CHANGED, lines=lines))
    half = ReturnLine(line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=line.pack_size, condition=SALEABLE, codes=(codes[1],))
    with pytest.raises(ReturnRefused):  # the same pack in two lines of one request
        office.desk(PHARMACIST).call(ReturnDrugs(prescription_id=out.prescription.id, reason=CHANGED, lines=(half, half)))


def test_only_the_codes_that_went_out_with_the_line(office: Office) -> None:
    out, codes = handed(office, "冯六", 1, "布洛芬", "氯雷他定")
    other, others = handed(office, "冯七", 1)
    drug_id = out.lines[0].drug_id
    own, second = codes[0], codes[-1]
    for code, reason in (
        (others[0], returns.ANOTHERS),
        (second, returns.ANOTHER_LINE),
        (trace(office, drug_id, 4999), returns.NEVER_SOLD),
        ("6901234567892", returns.NEVER_SOLD),
    ):
        with pytest.raises(CodeNotHandedOut) as refused:
            give_back(office, out, 1, code)
        assert refused.value.reason == reason
    with pytest.raises(CodesMissing) as missing:
        give_back(office, out, 1)
    assert (missing.value.wanted, missing.value.scanned) == (1, 0)
    barcode = visits.barcode(office, drug_id)
    with pytest.raises(CodesMissing):  # a retail code does not say which pack it is
        give_back(office, out, 1, barcode)
    with pytest.raises(CodeNotHandedOut):
        give_back(office, out, 1, own, barcode)
    give_back(office, out, 1, own)
    with pytest.raises(CodeNotHandedOut) as again:
        give_back(office, other, 1, others[0], others[0])
    assert again.value.reason == returns.TWICE
    with pytest.raises(CodeNotHandedOut) as back:
        give_back(office, facts(office, out.prescription.id), 1, own, place=1)
    assert back.value.reason == returns.CAME_BACK


def test_what_was_opened_comes_back_for_few_reasons_and_is_never_sold_again(office: Office) -> None:
    out, codes = handed(office, "冯八", 1)
    half = Decimal("0.5")
    for reason, condition, why in (
        (CHANGED, QUARANTINED, SEALED_ONLY),
        (CHANGED, SALEABLE, SEALED_ONLY),
        (ReturnReason.ADVERSE_REACTION, SALEABLE, OPENED),
    ):
        with pytest.raises(ReturnRefused) as refused:
            give_back(office, out, half, codes[0], reason=reason, condition=condition)
        assert refused.value.reason == why
    back = give_back(office, out, half, codes[0], reason=ReturnReason.ADVERSE_REACTION, condition=QUARANTINED)
    assert back.lines[0].codes == (codes[0],)
    rest = facts(office, out.prescription.id)
    give_back(office, rest, half, reason=ReturnReason.ADVERSE_REACTION, condition=QUARANTINED)  # the code came with the first half
    assert state(office, out.prescription) == "RETURNED"


def test_pieces_out_of_an_opened_pack(office: Office) -> None:
    out, codes = handed(office, "冯九", 1, "阿莫西林胶囊", splits=Decimal(6))
    line = out.lines[0]
    assert [code.opened for code in line.codes] == [False, True]
    with pytest.raises(ReturnRefused) as refused:  # a whole pack, but by the code of the opened one
        give_back(office, out, 1, codes[1])
    assert refused.value.reason == SEALED_ONLY
    give_back(office, out, 1, codes[0])
    rest = facts(office, out.prescription.id)
    give_back(office, rest, Decimal(6) / line.pack_size, codes[1], reason=ReturnReason.WRONG_DRUG, condition=QUARANTINED)
    picked = pick(office, paid(office, "冯十", Decimal(6), "阿莫西林胶囊"))
    scan = Scan(line_id=picked.picks[0].line_id, code=codes[1])  # the rest of that pack never left the pharmacy
    office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=(scan,)))


def test_a_packs_worth_out_of_two_opened_packs_comes_back_by_one_code_or_by_both(office: Office) -> None:
    for drug, given in (("奥美拉唑肠溶胶囊", 1), ("盐酸氨溴索片", 2)):
        size = visits.drug(office, drug).pack_size
        prescription = paid(office, "冯十一", size // 2 * 3, drug)
        for part in (size // 4 * 3, None):
            picked = pick(office, prescription)
            line = picked.prescription.lines[0].id
            opened = [each.opened.code for each in picked.picks if each.opened is not None and each.opened.code]
            codes = [*opened, *traced(office, picked)[line]][: picked.packs[line] if part is None else 1]
            only = (HandOut(line_id=line, quantity=part),) if part is not None else ()
            scans = tuple(Scan(line_id=line, code=code) for code in codes)
            promise = Promise(day=office.today + timedelta(days=1), phone="13800000000")
            office.desk(PHARMACIST).call(Dispense(prescription_id=prescription.id, scans=scans, only=only, promise=promise))
        out = facts(office, prescription.id)
        mine = [code.code for code in out.lines[0].codes]
        assert len(mine) == 2
        back = give_back(office, out, 1, *mine[:given], reason=ReturnReason.ADVERSE_REACTION, condition=QUARANTINED)
        assert back.lines[0].codes == tuple(mine[:given])


def test_packs_without_codes_come_back_by_batch_and_quantity(office: Office) -> None:
    size = visits.drug(office, "布洛芬").pack_size
    prescription = paid(office, "褚一", size * 2)
    visits.hand_over(office, prescription.id)
    out = facts(office, prescription.id)
    assert (out.lines[0].codes, out.lines[0].codes_out) == ((), 0)
    give_back(office, out, 1)
    give_back(office, out, 1, visits.barcode(office, out.lines[0].drug_id))
    assert state(office, prescription) == "RETURNED"


def test_expired_and_cold_drugs_are_not_sold_again(own_office: Office) -> None:
    office = own_office
    out, codes = handed(office, "褚二", 2)
    drug_id = out.lines[0].drug_id
    storage = office.rows("SELECT storage FROM drug WHERE id = %s", drug_id)[0][0]
    office.database.run("UPDATE drug SET storage = 'fridge' WHERE id = %s", drug_id)
    with pytest.raises(ReturnRefused) as refused:
        give_back(office, out, 1, codes[0])
    assert refused.value.reason == COLD
    assert facts(office, out.prescription.id).lines[0].cold
    office.database.run("UPDATE drug SET storage = %s WHERE id = %s", storage, drug_id)
    office.clock.by = out.lines[0].lots[0].expires - office.today + timedelta(days=1)
    with pytest.raises(ReturnRefused) as refused:
        give_back(office, out, 1, codes[0])
    assert refused.value.reason == EXPIRED
    give_back(office, out, 1, codes[0], condition=QUARANTINED)


def test_controlled_drugs_come_back_before_two_people(office: Office) -> None:
    out, codes = handed(office, "褚三", 2)
    drug_id = out.lines[0].drug_id
    office.database.run("UPDATE drug SET rx_class = 'psychotropic_2' WHERE id = %s", drug_id)
    try:
        with pytest.raises(ApprovalNeeded):
            give_back(office, out, 1, codes[0])
        desk = office.desk(PHARMACIST)
        with pytest.raises(SamePerson):
            desk.call(Approve(act="drug_return", subject_id=out.prescription.id, login=PHARMACIST, password=PASSWORD))
        yes = desk.call(Approve(act="drug_return", subject_id=out.prescription.id, login=OTHER, password=PASSWORD))
        back = give_back(office, out, 1, codes[0], approval_id=yes.approval_id)
        assert back.agreed_by == yes.approver != back.by
    finally:
        office.database.run("UPDATE drug SET rx_class = 'ordinary' WHERE id = %s", drug_id)


def test_who_may_take_back_and_undo() -> None:
    both = {Permission.PHARMACY_RETURN, Permission.PHARMACY_UNDO}
    assert both <= permissions_of({Role.PHARMACIST})
    assert all(both.isdisjoint(permissions_of({role})) for role in Role if role is not Role.PHARMACIST)


def test_two_desks_that_take_back_the_same_pack_at_once(own_office: Office) -> None:
    office = own_office
    out, codes = handed(office, "褚四", 1)
    line = out.lines[0]
    wanted = ReturnLine(
        line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=line.pack_size, condition=SALEABLE, codes=(codes[0],)
    )
    request = ReturnDrugs(prescription_id=out.prescription.id, reason=CHANGED, lines=(wanted,))
    outcomes = at_once(*(partial(office.desk(login).call, request) for login in (PHARMACIST, OTHER)))
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [WrongState]
    assert office.rows("SELECT count(*) FROM stock_move WHERE kind = 'RETURN'") == [(1,)]


def test_it_is_found_by_numbers_and_people(office: Office) -> None:
    out, _ = handed(office, "卫青山", 1)
    issued, number = out.prescription, out.prescription.number
    bill = office.rows("SELECT b.number FROM bill b JOIN charge_line c ON c.bill_id = b.id WHERE c.prescription_id = %s", issued.id)[0][0]
    desk = office.desk(PHARMACIST)

    def found(text: str, kind: str = "") -> list[str]:
        return [entry.number for entry in desk.call(FindDispensed(text=text, kind=kind)).entries]

    assert found(number, "prescription") == [number]
    assert found(issued.visit_number, "visit") == [number]
    assert found(bill, "bill") == [number]
    assert found(issued.patient_number, "patient") == found("卫青") == found("weiqingshan") == [number]
    assert number in found(number)
    assert found(number)[0] or found("")
    assert number in found("")
    assert found("没有这个人") == found("卫青山", "patient") == []


# --- paying back


def refund(office: Office, bill_id: int, line_id: int, quantity: Decimal | None) -> None:
    cashier, lines = office.desk(visits.CASHIER), (RefundLine(charge_line_id=line_id, quantity=quantity),)
    plan = cashier.call(PlanRefund(bill_id=bill_id, lines=lines))
    cashier.call(RefundBill(bill_id=bill_id, lines=lines, reason="退药", expected_back_fen=plan.back_fen))


def bill_of(office: Office, prescription_id: int) -> int:
    rows = office.rows("SELECT bill_id FROM charge_line WHERE prescription_id = %s AND bill_id IS NOT NULL ORDER BY id", prescription_id)
    return int(rows[0][0])


def test_the_cashier_pays_back_what_came_back_and_no_more(office: Office) -> None:
    out, codes = handed(office, "蒋一", 3)
    prescription_id, size = out.prescription.id, out.lines[0].pack_size
    cashier, bill_id = office.desk(visits.CASHIER), bill_of(office, out.prescription.id)
    (line,) = cashier.call(GetBill(bill_id=bill_id)).lines
    assert (line.hindrance, line.left) == (HANDED_OUT, Decimal(0))
    back = give_back(office, out, 1, codes[0])
    (line,) = cashier.call(GetBill(bill_id=bill_id)).lines
    assert (line.hindrance, line.left, line.left_fen) == ("", size, back.amount_fen)
    for quantity in (None, size * 2):
        with pytest.raises(LineNotRefundable):
            refund(office, bill_id, line.charge_line_id, quantity)
    refund(office, bill_id, line.charge_line_id, size)
    rest_id = bill_of(office, prescription_id)
    assert rest_id != bill_id
    (line,) = cashier.call(GetBill(bill_id=rest_id)).lines
    assert (line.quantity, line.left, line.hindrance) == (size * 2, Decimal(0), HANDED_OUT)
    with pytest.raises(LineNotRefundable):
        refund(office, rest_id, line.charge_line_id, size)
    give_back(office, out, 2, *codes[1:])
    refund(office, rest_id, line.charge_line_id, None)
    rows = office.rows("SELECT sum(total_fen) FROM bill WHERE patient_id = %s AND id >= %s", out.prescription.patient_id, bill_id)
    assert rows == [(0,)]
    assert office.rows("SELECT state, refunded_fen = amount_fen FROM charge_line WHERE prescription_id = %s", prescription_id) == [
        ("REFUNDED", True)
    ]
    assert state(office, out.prescription) == "RETURNED"


# --- undoing


def undo(office: Office, out: ReturnableFacts, login: str = PHARMACIST, approval_id: int | None = None) -> str:
    request = UndoDispense(prescription_id=out.prescription.id, reason=UndoReason.WRONG_PATIENT, approval_id=approval_id)
    return office.desk(login).call(request).state


def test_a_hand_over_that_was_none(own_office: Office) -> None:
    office = own_office
    before = stock(office, visits.drug(office, "布洛芬").id)
    out, codes = handed(office, "沈一", 2)
    drug_id, size = out.lines[0].drug_id, out.lines[0].pack_size
    assert (out.no_undo, out.undo_agreed) == ("", False)
    assert undo(office, out) == "PAID"
    was = before["PHARMACY"]
    assert stock(office, drug_id) == {"PHARMACY": (was[0], was[1], size * 2)}  # held again
    assert office.rows("SELECT DISTINCT state FROM pick") == [("PUT_BACK",)]
    assert office.rows("SELECT DISTINCT state FROM stock_reservation") == [("HELD",)]
    assert office.rows("SELECT kind, sum(quantity) FROM stock_move WHERE prescription_line_id IS NOT NULL GROUP BY kind") == [
        ("DISPENSE", Decimal(0))
    ]
    assert [entry.prescription_id for entry in office.desk(PHARMACIST).call(ListToDispense()).entries] == [out.prescription.id]
    assert office.desk(PHARMACIST).call(ListReturns()).returns == ()
    with pytest.raises(WrongState):
        undo(office, out)
    picked = pick(office, out.prescription)
    scans = tuple(Scan(line_id=picked.picks[0].line_id, code=code) for code in codes)  # the same packs, free again
    office.desk(PHARMACIST).call(Dispense(prescription_id=out.prescription.id, scans=scans))
    again = facts(office, out.prescription.id)
    assert [(lot.handed, lot.returned) for lot in again.lines[0].lots] == [(size * 2, Decimal(0))]
    assert again.lines[0].codes_out == 2
    give_back(office, again, 2, *codes)
    assert stock(office, drug_id) == {"PHARMACY": (was[0], was[1], Decimal(0))}


def test_somebody_elses_hand_over_is_undone_before_two_people(office: Office) -> None:
    out, _ = handed(office, "沈二", 1)
    assert facts(office, out.prescription.id, OTHER).undo_agreed
    with pytest.raises(ApprovalNeeded):
        undo(office, out, OTHER)
    yes = office.desk(OTHER).call(Approve(act="undo_dispense", subject_id=out.prescription.id, login=PHARMACIST, password=PASSWORD))
    assert undo(office, out, OTHER, yes.approval_id) == "PAID"


def test_it_is_not_undone_on_another_day_or_after_something_came_back(office: Office) -> None:
    out, codes = handed(office, "沈三", 2)
    office.clock.by = timedelta(days=1)
    with pytest.raises(UndoRefused):
        undo(office, out)
    assert facts(office, out.prescription.id).no_undo
    office.clock.by = timedelta()
    give_back(office, out, 1, codes[0])
    with pytest.raises(WrongState):
        undo(office, out)
    assert facts(office, out.prescription.id).no_undo


def test_an_undo_and_a_return_at_once(own_office: Office) -> None:
    office = own_office
    out, codes = handed(office, "沈四", 1)
    line = out.lines[0]
    wanted = ReturnLine(
        line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=line.pack_size, condition=SALEABLE, codes=(codes[0],)
    )
    back = ReturnDrugs(prescription_id=out.prescription.id, reason=CHANGED, lines=(wanted,))
    none = UndoDispense(prescription_id=out.prescription.id, reason=UndoReason.MISTAKE)
    outcomes = at_once(partial(office.desk(PHARMACIST).call, none), partial(office.desk(OTHER).call, back))
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [WrongState]


def test_an_undone_code_may_not_come_back(office: Office) -> None:
    out, codes = handed(office, "沈五", 1)
    undo(office, out)
    picked = office.desk(PHARMACIST).call(PickPrescription(prescription_id=out.prescription.id))
    fresh = trace(office, out.lines[0].drug_id, next(_serials))
    scan = Scan(line_id=picked.picks[0].line_id, code=fresh)
    office.desk(PHARMACIST).call(Dispense(prescription_id=out.prescription.id, scans=(scan,)))
    with pytest.raises(CodeNotHandedOut) as refused:
        give_back(office, facts(office, out.prescription.id), 1, codes[0])
    assert refused.value.reason == returns.NEVER_SOLD
    other = pick(office, paid(office, "沈六", out.lines[0].pack_size))
    with pytest.raises(CodeAlreadySold):
        office.desk(PHARMACIST).call(CheckPack(line_id=other.picks[0].line_id, code=fresh))
