"""Handing over in part and what stays owed, other batches, opened packs, and a second person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.dispensing_errors import (
    CodeAlreadySold,
    HandOverWrong,
    NothingOwed,
    NothingToHandOver,
    OpenPackFirst,
    PackIsOpen,
    PacksMissing,
    PromiseNeeded,
)
from common.domain.picked import going
from common.domain.refundable import STILL_OWED
from common.domain.returning import Condition, ReturnReason
from common.errors import NotEnoughStock, NotFound, WrongState
from common.messages.dispensing import GetOwedSlip, GiveUpOwed, GiveUpReason, ListAlone, ListOpenPacks, ListOwed, OpenPackEntry
from common.messages.pharmacy import (
    ChooseBatch,
    Dispense,
    Dispensed,
    GetLabels,
    HandOut,
    ListShelfBatches,
    NoCode,
    OtherBatch,
    PickList,
    Promise,
    PutBack,
    Scan,
)
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.settlement import Approve, GetBill, PlanRefund, RefundBill, RefundLine
from common.messages.windows import CloseWindow, OpenWindow, SetWindow
from common.money_errors import ApprovalNeeded
from common.pharmacy_errors import ReturnRefused, UndoRefused
from common.store_errors import NotEnoughInBatch
from installer.sample import PASSWORD
from server.check.examine import examine_database
from server.db import Tx
from server.stock_book import moves
from tests import visits
from tests.server.office import Office
from tests.server.test_pharmacy import OTHER, PHARMACIST, batches, paid, pick, state, trace

_serials = iter(range(70_000, 99_999))


def promise(office: Office, days: int = 3) -> Promise:
    return Promise(day=office.today + timedelta(days=days), phone="13800000000", note="到货打电话")


def scans(office: Office, picked: PickList, line_id: int | None = None, packs: int | None = None) -> tuple[Scan, ...]:
    """A code for each pack of a pick list (or so many of one line): the opened packs' own, else new ones."""
    found: list[Scan] = []
    for line in picked.prescription.lines:
        if line_id not in (None, line.id):
            continue
        opened = [each.opened.code for each in picked.picks if each.line_id == line.id and each.opened is not None]
        wanted = picked.packs[line.id] if packs is None else packs
        new = [trace(office, line.drug_id, next(_serials)) for _ in range(wanted - len(opened))]
        found += [Scan(line_id=line.id, code=code) for code in (*new, *opened)]
    return tuple(found)


def hand(office: Office, picked: PickList, **given: Any) -> Dispensed:
    given.setdefault("scans", scans(office, picked))
    return office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, **given))


def stock(office: Office, drug_id: int) -> tuple[Decimal, Decimal, Decimal]:
    """On hand, reserved, laid aside."""
    sql = (
        "SELECT l.on_hand, l.reserved, (SELECT sum(picked) FROM stock_balance b WHERE b.drug_id = l.drug_id AND b.location_id = l.location_id)"
        " FROM stock_level l JOIN stock_location p ON p.id = l.location_id AND p.code = 'PHARMACY' WHERE l.drug_id = %s"
    )
    row = office.rows(sql, drug_id)[0]
    return (row[0], row[1], row[2])


def pool(office: Office, drug_id: int) -> list[OpenPackEntry]:
    return [pack for pack in office.desk(PHARMACIST).call(ListOpenPacks()).packs if pack.drug_id == drug_id]


# --- in part


def test_a_part_goes_out_and_the_rest_stands_on_a_slip(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    before = stock(office, found.id)
    picked = pick(office, paid(office, "许一", found.pack_size * 3))
    (line,) = picked.prescription.lines
    with pytest.raises(PromiseNeeded):
        hand(office, picked, scans=scans(office, picked, packs=2), only=(HandOut(line_id=line.id, quantity=found.pack_size * 2),))
    handed = hand(
        office,
        picked,
        scans=scans(office, picked, packs=2),
        only=(HandOut(line_id=line.id, quantity=found.pack_size * 2),),
        promise=promise(office),
    )
    assert handed.prescription.state == "PART_DISPENSED"
    assert handed.prescription.lines[0].dispensed == found.pack_size * 2
    assert handed.owed is not None
    assert (handed.owed.number[0], handed.owed.phone, [each.owed for each in handed.owed.lines]) == ("Q", "13800000000", [found.pack_size])
    assert handed.labels[0].quantity_text == f"2{found.pack_unit}"
    assert stock(office, found.id) == (before[0] - found.pack_size * 2, before[1], before[2])  # what is owed holds nothing
    assert office.desk(OTHER).call(GetLabels(prescription_id=line.id and picked.prescription.id)) == handed
    assert office.desk(OTHER).call(GetOwedSlip(prescription_id=picked.prescription.id)) == handed.owed
    (entry,) = [each for each in office.desk(OTHER).call(ListOwed()).entries if each.prescription_id == picked.prescription.id]
    assert (entry.ready, entry.promised, entry.lines[0].owed) == (True, office.today + timedelta(days=3), found.pack_size)


def test_the_rest_is_handed_over_later_as_a_hand_over_of_its_own(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    picked = pick(office, paid(office, "许二", found.pack_size * 3))
    (line,) = picked.prescription.lines
    first = (HandOut(line_id=line.id, quantity=found.pack_size),)
    hand(office, picked, scans=scans(office, picked, packs=1), only=first, promise=promise(office))
    second = pick(office, picked.prescription)
    assert [(each.quantity, each.line_id) for each in second.picks] == [(found.pack_size * 2, line.id)]
    assert second.packs == {line.id: 2}
    done = hand(office, second)
    assert (done.prescription.state, done.prescription.lines[0].dispensed, done.owed) == ("DISPENSED", found.pack_size * 3, None)
    assert done.labels[0].quantity_text == f"2{found.pack_unit}"  # only what went out now
    turns = office.rows(
        "SELECT h.turn, (SELECT count(*) FROM dispensed_code c WHERE c.hand_over_id = h.id), (SELECT sum(-m.quantity) FROM hand_over_line x"
        " JOIN stock_move m ON m.id = x.move_id WHERE x.hand_over_id = h.id) FROM hand_over h WHERE h.prescription_id = %s ORDER BY h.turn",
        picked.prescription.id,
    )
    assert turns == [(1, 1, found.pack_size), (2, 2, found.pack_size * 2)]
    assert not [each for each in office.desk(OTHER).call(ListOwed()).entries if each.prescription_id == picked.prescription.id]
    with pytest.raises(WrongState):
        pick(office, picked.prescription)


def test_what_is_not_there_is_left_out_and_said(own_office: Office) -> None:
    office = own_office
    short, there = visits.drug(office, "布洛芬"), visits.drug(office, "氯雷他定")
    prescription = paid(office, "许三", Decimal(int(short.pack_size * there.pack_size)), "布洛芬", "氯雷他定")
    yesterday = office.today - timedelta(days=1)
    office.database.run("UPDATE stock_balance SET expires = %s WHERE drug_id = %s", yesterday, short.id)
    picked = pick(office, prescription)
    line = next(line for line in prescription.lines if line.drug_id == short.id)
    assert picked.short == {line.id: Decimal(int(short.pack_size * there.pack_size))}
    assert picked.packs[line.id] == 0
    with pytest.raises(PromiseNeeded):
        hand(office, picked)
    handed = hand(office, picked, promise=promise(office))
    assert handed.prescription.state == "PART_DISPENSED"
    with pytest.raises(NotEnoughStock):
        pick(office, prescription)
    (entry,) = office.desk(PHARMACIST).call(ListOwed()).entries
    assert (entry.ready, entry.lines[0].there) == (False, Decimal(0))
    office.database.run("UPDATE stock_balance SET expires = %s WHERE drug_id = %s", office.today, short.id)
    assert office.desk(PHARMACIST).call(ListOwed()).entries[0].ready
    assert hand(office, pick(office, prescription)).prescription.state == "DISPENSED"


def test_a_hand_over_of_nothing_is_none(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    picked = pick(office, paid(office, "许四", found.pack_size * 2))
    (line,) = picked.prescription.lines
    with pytest.raises(NothingToHandOver):
        hand(office, picked, scans=(), only=(HandOut(line_id=line.id, quantity=Decimal(0)),), promise=promise(office))
    for quantity in (found.pack_size * 3, Decimal(-1), Decimal("0.00001")):
        with pytest.raises(HandOverWrong):
            hand(office, picked, scans=(), only=(HandOut(line_id=line.id, quantity=quantity),), promise=promise(office))
    with pytest.raises(NotFound):
        hand(office, picked, only=(HandOut(line_id=10**10, quantity=Decimal(1)),), promise=promise(office))
    with pytest.raises(HandOverWrong):  # more packs than go out
        hand(office, picked, scans=scans(office, picked, packs=3))
    assert state(office, picked.prescription) == "PICKED"


def test_a_rest_that_is_given_up_is_paid_back_exactly(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "许五", found.pack_size * 3)
    bill_id = int(str(office.database.value("SELECT bill_id FROM charge_line WHERE prescription_id = %s", prescription.id)))
    cashier, pharmacist = office.desk(visits.CASHIER), office.desk(PHARMACIST)
    picked = pick(office, prescription)
    (line,) = prescription.lines
    hand(
        office,
        picked,
        scans=scans(office, picked, packs=2),
        only=(HandOut(line_id=line.id, quantity=found.pack_size * 2),),
        promise=promise(office),
    )
    (owed,) = cashier.call(GetBill(bill_id=bill_id)).lines
    assert (owed.left, owed.hindrance) == (Decimal(0), STILL_OWED)
    returnable = pharmacist.call(GetReturnable(prescription_id=prescription.id)).lines[0]
    back = ReturnLine(
        line_id=line.id, batch_id=returnable.lots[0].batch_id, quantity=found.pack_size, condition=Condition.QUARANTINED, codes=()
    )
    with pytest.raises(ReturnRefused):  # first it has to be clear what becomes of the rest
        pharmacist.call(ReturnDrugs(prescription_id=prescription.id, reason=ReturnReason.ADVERSE_REACTION, lines=(back,)))
    pick(office, prescription)  # laid aside for the patient, who never comes
    given_up = pharmacist.call(GiveUpOwed(prescription_id=prescription.id, reason=GiveUpReason.PATIENT))
    assert (given_up.state, given_up.lines[0].given_up) == ("DISPENSED", found.pack_size)
    assert office.rows("SELECT state FROM pick WHERE prescription_line_id = %s AND state = 'LAID_ASIDE'", line.id) == []
    with pytest.raises(WrongState):
        pharmacist.call(GiveUpOwed(prescription_id=prescription.id, reason=GiveUpReason.PATIENT))
    with pytest.raises(UndoRefused):
        pharmacist.call(UndoDispense(prescription_id=prescription.id, reason=UndoReason.MISTAKE))
    (owed,) = cashier.call(GetBill(bill_id=bill_id)).lines
    assert owed.left == found.pack_size
    lines = (RefundLine(charge_line_id=owed.charge_line_id, quantity=owed.left),)
    plan = cashier.call(PlanRefund(bill_id=bill_id, lines=lines))
    cashier.call(RefundBill(bill_id=bill_id, lines=lines, reason="缺药不取", expected_back_fen=plan.back_fen))
    assert plan.back_fen == owed.left_fen > 0


def test_the_rest_of_one_line_can_be_given_up_alone(office: Office) -> None:
    first, second = visits.drug(office, "布洛芬"), visits.drug(office, "氯雷他定")
    prescription = paid(office, "许六", Decimal(int(first.pack_size * second.pack_size)), "布洛芬", "氯雷他定")
    picked = pick(office, prescription)
    one, two = prescription.lines
    only = tuple(HandOut(line_id=line.id, quantity=size) for line, size in ((one, first.pack_size), (two, second.pack_size)))
    codes = (*scans(office, picked, one.id, 1), *scans(office, picked, two.id, 1))
    hand(office, picked, scans=codes, only=only, promise=promise(office))
    pharmacist = office.desk(PHARMACIST)
    after = pharmacist.call(GiveUpOwed(prescription_id=prescription.id, reason=GiveUpReason.NO_STOCK, lines=(one.id,)))
    assert after.state == "PART_DISPENSED"
    with pytest.raises(NothingOwed):
        pharmacist.call(GiveUpOwed(prescription_id=prescription.id, reason=GiveUpReason.NO_STOCK, lines=(one.id,)))
    assert hand(office, pick(office, prescription)).prescription.state == "DISPENSED"


def test_two_hand_overs_of_one_day_are_undone_together(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "许七", found.pack_size * 2)
    before = stock(office, found.id)
    picked = pick(office, prescription)
    only = (HandOut(line_id=prescription.lines[0].id, quantity=found.pack_size),)
    hand(office, picked, scans=scans(office, picked, packs=1), only=only, promise=promise(office))
    hand(office, pick(office, prescription))
    office.desk(PHARMACIST).call(UndoDispense(prescription_id=prescription.id, reason=UndoReason.MISTAKE))
    assert stock(office, found.id) == before
    assert state(office, prescription) == "PAID"
    assert hand(office, pick(office, prescription)).prescription.state == "DISPENSED"
    assert office.rows("SELECT max(turn) FROM hand_over WHERE prescription_id = %s", prescription.id) == [(2,)]


def test_what_went_out_at_two_times_comes_back_at_once(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "许八", found.pack_size * 2)
    picked = pick(office, prescription)
    only = (HandOut(line_id=prescription.lines[0].id, quantity=found.pack_size),)
    hand(office, picked, scans=scans(office, picked, packs=1), only=only, promise=promise(office))
    hand(office, pick(office, prescription))
    pharmacist = office.desk(PHARMACIST)
    (line,) = pharmacist.call(GetReturnable(prescription_id=prescription.id)).lines
    (lot,) = line.lots
    assert (lot.handed, len(line.codes)) == (found.pack_size * 2, 2)
    back = ReturnLine(
        line_id=line.line_id,
        batch_id=lot.batch_id,
        quantity=lot.handed,
        condition=Condition.SALEABLE,
        codes=tuple(code.code for code in line.codes),
    )
    pharmacist.call(ReturnDrugs(prescription_id=prescription.id, reason=ReturnReason.DOCTOR_CHANGED, lines=(back,)))
    assert state(office, prescription) == "RETURNED"
    moves = office.rows(
        "SELECT count(*), count(DISTINCT reverses) FROM stock_move WHERE prescription_line_id = %s AND kind = 'RETURN'", line.line_id
    )
    assert moves == [(2, 2)]


# --- another batch, and back on the shelf


def test_another_batch_needs_a_reason_that_stays_with_the_pick(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "鲁一", found.pack_size)
    picked = pick(office, prescription)
    (part,) = picked.picks
    choices = office.desk(PHARMACIST).call(ListShelfBatches(pick_id=part.pick_id)).choices
    assert [choice.batch_id for choice in choices] == batches(office, found.id)
    other = choices[1].batch_id
    request = ChooseBatch(pick_id=part.pick_id, batch_id=other, reason=OtherBatch.LONGER_LIFE)
    changed = office.desk(PHARMACIST).call(request)
    assert [(each.batch_id, each.reason) for each in changed.picks] == [(other, "longer_life")]
    ((said,),) = office.rows("SELECT detail::text FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert "longer_life" in said
    with pytest.raises(NotFound):
        office.desk(PHARMACIST).call(request)  # that pick is no more
    hand(office, changed)
    went = office.rows("SELECT batch_id FROM stock_move WHERE prescription_line_id = %s", prescription.lines[0].id)
    assert went == [(other,)]


def test_a_batch_that_is_too_small_or_expired_is_not_chosen(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    first, second = batches(office, found.id)
    (part,) = pick(office, paid(office, "鲁二", found.pack_size)).picks
    assert part.batch_id == first
    office.database.run("UPDATE stock_balance SET expires = %s WHERE batch_id = %s", office.today - timedelta(days=1), second)
    with pytest.raises(NotEnoughInBatch):
        office.desk(PHARMACIST).call(ChooseBatch(pick_id=part.pick_id, batch_id=second, reason=OtherBatch.DAMAGED))
    stranger = batches(office, visits.drug(office, "氯雷他定").id)[0]
    with pytest.raises(NotFound):
        office.desk(PHARMACIST).call(ChooseBatch(pick_id=part.pick_id, batch_id=stranger, reason=OtherBatch.DAMAGED))


def test_what_was_picked_is_put_back_and_stays_held(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "鲁三", found.pack_size)
    before = stock(office, found.id)
    pick(office, prescription)
    back = office.desk(OTHER).call(PutBack(prescription_id=prescription.id))
    assert (back.state, back.picker) == ("PAID", "")
    assert stock(office, found.id) == before
    with pytest.raises(WrongState):
        office.desk(OTHER).call(PutBack(prescription_id=prescription.id))
    assert pick(office, prescription).prescription.state == "PICKED"


def test_a_line_that_holds_nothing_claims_when_it_is_picked(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "鲁四", found.pack_size * 2)
    line_id = prescription.lines[0].id
    office.database.run("UPDATE stock_reservation SET state = 'RELEASED' WHERE prescription_line_id = %s", line_id)
    office.database.run("UPDATE stock_level SET reserved = 0 WHERE drug_id = %s", found.id)
    picked = pick(office, prescription)
    assert picked.short == {}
    assert stock(office, found.id)[1:] == (found.pack_size * 2, found.pack_size * 2)
    hand(office, picked)
    assert stock(office, found.id)[1:] == (Decimal(0), Decimal(0))
    assert office.rows("SELECT state FROM stock_reservation WHERE prescription_line_id = %s", line_id) == [("USED",)]


# --- opened packs


def test_an_opened_pack_is_used_up_before_another_is_opened(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    size = found.pack_size
    first = pick(office, paid(office, "彭一", size + 6, "阿莫西林胶囊"))
    assert (list(first.packs.values()), [each.opened for each in first.picks]) == ([2], [None])
    whole, opened = scans(office, first)
    sealed, bag = hand(office, first, scans=(whole, opened)).labels  # a box, and a bag of what was split with its own lot and expiry
    lot, expires = first.picks[0].lot, first.picks[0].expires
    assert (sealed.quantity_text, sealed.split) == (f"1{found.pack_unit}", False)
    assert (bag.quantity_text, bag.split, bag.lot, bag.expires) == (f"6{found.base_unit}", True, lot, expires)
    (pack,) = pool(office, found.id)
    assert (pack.code, pack.left, pack.size) == (opened.code, size - 6, size)
    second = pick(office, paid(office, "彭二", Decimal(6), "阿莫西林胶囊"))
    (part,) = second.picks
    assert part.opened is not None
    assert (part.opened.code, part.opened.left, list(second.packs.values())) == (opened.code, size - 6, [1])
    new = Scan(line_id=part.line_id, code=trace(office, found.id, next(_serials)))
    with pytest.raises(OpenPackFirst):
        hand(office, second, scans=(new,))
    label = hand(office, second).labels[0]
    assert (label.lot, label.quantity_text, label.split) == (part.lot, f"6{found.base_unit}", True)
    codes = office.rows("SELECT code, split_pack FROM dispensed_code WHERE drug_id = %s ORDER BY id", found.id)
    assert sorted(codes) == sorted([(whole.code, False), (opened.code, True), (opened.code, True)])
    assert [each.left for each in pool(office, found.id)] == [size - 12]
    third = pick(office, paid(office, "彭三", size, "阿莫西林胶囊"))  # a whole pack is a sealed one
    with pytest.raises(PackIsOpen):
        hand(office, third, scans=(Scan(line_id=third.picks[0].line_id, code=opened.code),))


def test_a_pick_list_says_what_to_mind_at_the_shelf_and_which_window(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    prescription = paid(office, "彭九", found.pack_size)
    picked = pick(office, prescription)
    (drug,) = picked.drugs.values()
    assert (drug.pack_unit, drug.pack_size, drug.controlled, drug.high_alert) == (found.pack_unit, found.pack_size, "", False)
    assert drug.storage == office.rows("SELECT storage FROM drug WHERE id = %s", found.id)[0][0]
    assert picked.window == ""
    window_id = office.desk("yuanzhang").call(SetWindow(name="彭九的窗口")).window_id
    office.desk(PHARMACIST).call(OpenWindow(window_id=window_id))
    other = pick(office, paid(office, "彭十", found.pack_size))
    assert other.window == "彭九的窗口"
    office.desk(PHARMACIST).call(CloseWindow(window_id=window_id))
    assert pick(office, other.prescription).window == ""


def test_an_empty_pack_is_sold(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    half = found.pack_size / 2
    first = pick(office, paid(office, "彭四", half, "阿莫西林胶囊"))
    (code,) = (scan.code for scan in scans(office, first))
    hand(office, first, scans=(Scan(line_id=first.picks[0].line_id, code=code),))
    more = pick(office, paid(office, "彭五", half + 1, "阿莫西林胶囊"))
    assert sorted((each.quantity, each.opened is not None) for each in more.picks) == [(Decimal(1), False), (half, True)]
    assert list(more.packs.values()) == [2]  # the rest of the one, and a new one
    with pytest.raises(PacksMissing):
        hand(office, more, scans=scans(office, more)[:1])
    hand(office, more)
    (pack,) = pool(office, found.id)
    assert pack.left == found.pack_size - 1
    last = pick(office, paid(office, "彭六", Decimal(2), "阿莫西林胶囊"))
    with pytest.raises(CodeAlreadySold):
        hand(office, last, scans=(Scan(line_id=last.picks[0].line_id, code=code),))


def test_two_prescriptions_never_count_on_the_same_rest(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    hand(office, pick(office, paid(office, "彭七", found.pack_size - 5, "阿莫西林胶囊")))
    one, two = (pick(office, paid(office, name, Decimal(4), "阿莫西林胶囊")) for name in ("彭八", "彭九"))
    assert [each.quantity for each in one.picks] == [4]
    assert sorted((each.quantity, each.opened is not None) for each in two.picks) == [(Decimal(1), True), (Decimal(3), False)]
    hand(office, two)
    hand(office, one)
    assert [each.left for each in pool(office, found.id)] == [found.pack_size - 3]


def test_a_pack_without_a_code_is_opened_too(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    picked = pick(office, paid(office, "彭十", Decimal(5), "阿莫西林胶囊"))
    reason = (NoCode(line_id=picked.picks[0].line_id, reason="no_code_library"),)
    hand(office, picked, scans=(), without_code=reason)
    (pack,) = pool(office, found.id)
    assert (pack.code, pack.left) == ("", found.pack_size - 5)
    again = pick(office, paid(office, "彭百", Decimal(5), "阿莫西林胶囊"))
    hand(office, again, scans=(Scan(line_id=again.picks[0].line_id, code=visits.barcode(office, found.id)),))
    assert [(each.code, each.left) for each in pool(office, found.id)] == [("", found.pack_size - 10)]
    last = pick(office, paid(office, "彭亿", Decimal(5), "阿莫西林胶囊"))
    own = trace(office, found.id, next(_serials))  # it bears one of its own after all
    hand(office, last, scans=(Scan(line_id=last.picks[0].line_id, code=own),))
    assert [(each.code, each.left) for each in pool(office, found.id)] == [(own, found.pack_size - 15)]
    assert office.rows("SELECT split_pack FROM dispensed_code WHERE code = %s", own) == [(True,)]


def test_a_part_comes_out_of_the_packs_that_the_list_names_first(own_office: Office) -> None:
    """The desk counts the packs of a part by the list's order; the service has to take the same ones."""
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    hand(office, pick(office, paid(office, "彭兆", found.pack_size - 3, "阿莫西林胶囊")))
    other = trace(office, found.id, next(_serials))
    office.database.run(
        "INSERT INTO open_pack (code, drug_id, batch_id, location_id, size, remaining, opened_by, opened_at)"
        " SELECT %s, drug_id, batch_id, location_id, 6, 6, opened_by, opened_at - interval '1 minute' FROM open_pack",
        other,
    )
    picked = pick(office, paid(office, "彭京", Decimal(7), "阿莫西林胶囊"))
    assert sorted(each.quantity for each in picked.picks) == [1, 6]
    parts = going([(each.quantity, each.opened is not None) for each in picked.picks], Decimal(4))
    codes = [each.opened.code for each, part in zip(picked.picks, parts, strict=True) if part and each.opened is not None]
    line_id = picked.picks[0].line_id
    only = (HandOut(line_id=line_id, quantity=Decimal(4)),)
    done = hand(office, picked, scans=tuple(Scan(line_id=line_id, code=code) for code in codes), only=only, promise=promise(office))
    assert done.owed is not None
    assert done.owed.lines[0].owed == 3


def test_a_damaged_rest_leaves_the_opened_pack(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    hand(office, pick(office, paid(office, "彭千", Decimal(5), "阿莫西林胶囊")))
    (pack,) = pool(office, found.id)
    picked = pick(office, paid(office, "彭万", Decimal(2), "阿莫西林胶囊"))
    changed = office.desk(PHARMACIST).call(
        ChooseBatch(pick_id=picked.picks[0].pick_id, batch_id=picked.picks[0].batch_id, reason=OtherBatch.DAMAGED)
    )
    assert [each.opened for each in changed.picks] == [None]
    connection = office.connections.of_thread()
    with connection.transaction():
        tx = Tx(connection, office.actor(PHARMACIST), office.clock, None)
        batch, location = office.rows("SELECT batch_id, location_id FROM open_pack WHERE id = %s", pack.pack_id)[0]
        moves.post(tx, "DAMAGE", "B1", [moves.Part(location_id=location, batch_id=batch, quantity=-pack.left)])
    assert pool(office, found.id) == []
    hand(office, changed)
    assert [each.left for each in pool(office, found.id)] == [found.pack_size - 2]


def test_an_undone_hand_over_fills_the_opened_pack_again(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    hand(office, pick(office, paid(office, "江一", Decimal(5), "阿莫西林胶囊")))
    prescription = paid(office, "江二", Decimal(7), "阿莫西林胶囊")
    hand(office, pick(office, prescription))
    assert [each.left for each in pool(office, found.id)] == [found.pack_size - 12]
    office.desk(PHARMACIST).call(UndoDispense(prescription_id=prescription.id, reason=UndoReason.MISTAKE))
    assert [each.left for each in pool(office, found.id)] == [found.pack_size - 5]
    hand(office, pick(office, prescription))
    assert [each.left for each in pool(office, found.id)] == [found.pack_size - 12]


# --- a second person


def test_controlled_drugs_are_handed_over_by_two(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    first, second, third = (paid(office, name, found.pack_size) for name in ("童一", "童二", "童三"))
    office.database.run("UPDATE drug SET rx_class = 'narcotic' WHERE id = %s", found.id)
    picked = pick(office, first)
    assert picked.controlled
    with pytest.raises(ApprovalNeeded):
        hand(office, picked)
    asked = Approve(act="dispense_controlled", subject_id=first.id, amount_fen=0, login=OTHER, password=PASSWORD)
    approval_id = office.desk(PHARMACIST).call(asked).approval_id
    hand(office, picked, approval_id=approval_id)
    assert office.rows("SELECT s.login, h.alone FROM hand_over h JOIN staff s ON s.id = h.second_id") == [(OTHER, "")]
    hand(office, pick(office, second), alone="夜班一人值班")
    (entry,) = office.desk(PHARMACIST).call(ListAlone(since=office.today)).entries
    assert (entry.prescription_id, entry.reason, entry.patient_name) == (second.id, "夜班一人值班", "童二")
    assert office.desk(PHARMACIST).call(ListAlone(since=office.today + timedelta(days=1))).entries == ()
    office.database.run("UPDATE drug SET rx_class = 'ordinary' WHERE id = %s", found.id)
    plain = pick(office, third)
    assert not plain.controlled
    hand(office, plain, alone="不需要")
    assert len(office.desk(PHARMACIST).call(ListAlone(since=office.today)).entries) == 1


def test_everything_of_this_module_holds_in_the_books(office: Office, tmp_path: Path) -> None:
    report = examine_database(office.database.dsn, tmp_path, ("prescriptions", "stock", "returns", "dispensing"))
    assert [finding.check for finding in report.findings] == []
