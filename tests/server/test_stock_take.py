"""Stock-takes: counted blind by several people while drugs go out, and booked by two."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from common.counting_errors import BeingCountedAlready, CountedMeanwhile, LinesNotCounted, OtherCounterNeeded, SecondCountsMissing
from common.errors import AlreadyExists, FieldWrong, NotPermitted, WrongState
from common.messages.catalogue import DrugFacts, StockRow
from common.messages.settlement import Approve
from common.messages.stock_take import (
    AddFoundBatch,
    Choice,
    ConfirmStockTake,
    CountLine,
    Differences,
    FinishCounting,
    GetCountSheet,
    GetDifferences,
    ListStockTakes,
    OpenStockTake,
    PrintStockTake,
    RecountLine,
    SheetLine,
    TakeEntry,
    VoidStockTake,
)
from common.messages.store import ReceiveStock
from common.money_errors import ApprovalNeeded, ApprovalNotValid
from common.store_errors import HeldForPatients
from installer.sample import PASSWORD
from server.check.counting import STOCK_TAKES
from server.check.stock import STOCK
from tests import visits
from tests.server.office import Office, at_once, refusals, successes

KEEPER, FIRST, SECOND = "kuyan", "suye", "jianglan"
D = Decimal


def received(office: Office, name: str, lot: str, packs: int = 3, price: str = "12") -> DrugFacts:
    found = visits.drug(office, name)
    row = StockRow(drug_code=found.code, lot=lot, expires=date(office.today.year + 2, 6, 30), packs=D(packs), purchase_price=D(price))
    office.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股"))
    return found


def opened(office: Office, *drugs: DrugFacts) -> TakeEntry:
    return office.desk(KEEPER).call(OpenStockTake(choice=Choice.DRUGS, drugs=tuple(drug.id for drug in drugs)))


def sheet(office: Office, take: TakeEntry, who: str = FIRST) -> dict[str, SheetLine]:
    return {line.lot: line for line in office.desk(who).call(GetCountSheet(take_id=take.id)).lines}


def book(office: Office, line: SheetLine) -> Decimal:
    sql = "SELECT b.on_hand - b.picked FROM stock_balance b JOIN stock_take_line l ON l.batch_id = b.batch_id WHERE l.id = %s AND b.location_id = 1"
    rows = office.rows(sql, line.line_id)
    return D(rows[0][0]) if rows else D(0)


def count(office: Office, line: SheetLine, quantity: Decimal, who: str = FIRST, round: int = 1) -> SheetLine:
    return office.desk(who).call(CountLine(line_id=line.line_id, round=round, quantity=quantity))


def count_all(office: Office, take: TakeEntry, **off: int) -> None:
    """Everything by two people; ``off``: so many base units more or less lie there than the book says."""
    for lot, line in sheet(office, take).items():
        there = book(office, line) + off.get(lot, 0)
        if count(office, line, there).round:
            count(office, line, there, SECOND, 2)


def confirmed(office: Office, take: TakeEntry) -> TakeEntry:
    told = office.desk(KEEPER).call(GetDifferences(take_id=take.id))
    ask = Approve(act="stock_take", subject_id=take.id, amount_fen=told.gain_fen + told.loss_fen, login=FIRST, password=PASSWORD)
    approval = office.desk(KEEPER).call(ask)
    return office.desk(KEEPER).call(ConfirmStockTake(take_id=take.id, approval_id=approval.approval_id))


def moves_of(office: Office, take: TakeEntry) -> list[tuple[str, Decimal]]:
    return office.rows(
        "SELECT b.lot, m.quantity FROM stock_move m JOIN stock_batch b ON b.id = m.batch_id WHERE m.kind = 'ADJUST' AND m.document = %s"
        " ORDER BY m.id",
        take.number,
    )


def differences(office: Office, take: TakeEntry) -> Differences:
    return office.desk(KEEPER).call(GetDifferences(take_id=take.id))


def prescribed(office: Office, name: str, quantity: int) -> int:
    """A signed prescription over so much, its patient not yet asked for the money."""
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    from common.messages.consult import PrescriptionKind, SignPrescription

    line = visits.line(visits.drug(office, name), quantity=D(quantity))
    request = SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=(line,))
    return office.desk(visits.DOCTOR).call(request).id


# --- counting blind


def test_a_counting_desk_is_never_told_what_the_book_says(office: Office) -> None:
    found = received(office, "布洛芬", "BLIND")
    take = opened(office, found)
    told = msgspec.to_builtins(office.desk(FIRST).call(GetCountSheet(take_id=take.id)))
    reply = msgspec.to_builtins(count(office, sheet(office, take)["BLIND"], D(7)))
    for words in (set(told["lines"][0]), set(reply)):
        assert not words & {"book", "on_hand", "snapshot", "difference", "counted", "quantity", "value_fen"}
    with pytest.raises(WrongState):
        office.desk(KEEPER).call(GetDifferences(take_id=take.id))
    office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="测试"))


def test_a_count_that_agrees_is_done_and_one_that_differs_is_counted_again_by_somebody_else(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "AGREES")
    received(office, "布洛芬", "DIFFERS")
    take = opened(office, found)
    lines = sheet(office, take)
    assert count(office, lines["AGREES"], book(office, lines["AGREES"])).round == 0
    there = book(office, lines["DIFFERS"]) - 5
    assert count(office, lines["DIFFERS"], there).round == 2
    with pytest.raises(OtherCounterNeeded):
        count(office, lines["DIFFERS"], there, FIRST, 2)
    assert sheet(office, take)["DIFFERS"].mine
    assert not sheet(office, take, SECOND)["DIFFERS"].mine
    assert count(office, lines["DIFFERS"], there, SECOND, 2).round == 0


def test_two_counts_that_differ_from_each_other_ask_for_a_third(own_office: Office) -> None:
    office = own_office
    take = opened(office, received(office, "布洛芬", "THREE"))
    line = sheet(office, take)["THREE"]
    there = book(office, line)
    assert count(office, line, there - 5).round == 2
    assert count(office, line, there - 3, SECOND, 2).round == 3
    with pytest.raises(OtherCounterNeeded):
        count(office, line, there - 3, SECOND, 3)
    assert count(office, line, there - 4, FIRST, 3).round == 0
    count_all_but = [other for lot, other in sheet(office, take).items() if lot != "THREE"]
    office.desk(KEEPER).call(FinishCounting(take_id=take.id, leave_out=len(count_all_but)))
    assert differences(office, take).lines[0].difference == D(-4)


def test_two_people_at_one_line_never_become_a_second_count(own_office: Office) -> None:
    office = own_office
    line = sheet(office, opened(office, received(office, "布洛芬", "RACE")))["RACE"]
    outcomes = at_once(*(lambda who=who: count(office, line, D(1), who) for who in (FIRST, SECOND)))
    assert [type(refused) for refused in refusals(outcomes)] == [CountedMeanwhile]
    assert len(successes(outcomes)) == 1
    assert office.rows("SELECT count(*) FROM stock_take_count")[0][0] == 1


@pytest.mark.parametrize("quantity", [D(-1), D("0.00001"), D(10) ** 10])
def test_no_count_is_no_quantity(office: Office, quantity: Decimal) -> None:
    take = opened(office, received(office, "布洛芬", f"BAD{quantity}"))
    line = next(iter(sheet(office, take).values()))
    with pytest.raises(FieldWrong):
        count(office, line, quantity)
    office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="测试"))


# --- moves meanwhile


def test_what_goes_out_between_opening_and_counting_is_no_difference(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    take = opened(office, found)
    before = sum(book(office, line) for line in sheet(office, take).values())
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    visits.hand_over(office, prescription.id)
    received(office, "布洛芬", "LATER")
    after = sum(book(office, line) for line in sheet(office, take).values())
    assert after < before
    count_all(office, take)
    later = office.desk(FIRST).call(
        AddFoundBatch(take_id=take.id, drug_id=found.id, lot="LATER", expires=date(office.today.year + 2, 6, 30))
    )
    assert count(office, later, found.pack_size * 3).round == 0
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    told = differences(office, take)
    assert {line.difference for line in told.lines} == {D(0)}
    assert any(line.book != line.opened_book for line in told.lines)
    assert confirmed(office, take).state == "CONFIRMED"
    assert moves_of(office, take) == []


def test_what_is_laid_aside_for_a_patient_is_not_on_the_shelf_and_not_missing(own_office: Office) -> None:
    office = own_office
    from common.messages.pharmacy import PickPrescription

    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    office.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription.id))
    take = opened(office, visits.drug(office, "布洛芬"))
    count_all(office, take)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    told = differences(office, take)
    assert {line.difference for line in told.lines} == {D(0)}
    assert any(line.aside > 0 for line in told.lines)


# --- finishing and booking


def test_differences_are_booked_with_a_second_person(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "MORE", price="12")
    received(office, "布洛芬", "LESS", price="24")
    take = opened(office, found)
    count_all(office, take, MORE=int(found.pack_size), LESS=-int(found.pack_size))
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    told = differences(office, take)
    assert (told.gain_fen, told.loss_fen, told.uncounted) == (1200, 2400, 0)
    assert [line.lot for line in told.lines[:2]] in (["MORE", "LESS"], ["LESS", "MORE"])
    with pytest.raises(ApprovalNeeded):
        office.desk(KEEPER).call(ConfirmStockTake(take_id=take.id))
    assert moves_of(office, take) == []
    done = confirmed(office, take)
    assert (done.state, done.ended_by, done.approved_by) == ("CONFIRMED", "顾砚", "苏叶")
    assert dict(moves_of(office, take)) == {"MORE": found.pack_size, "LESS": -found.pack_size}
    with pytest.raises(WrongState):
        office.desk(KEEPER).call(ConfirmStockTake(take_id=take.id, approval_id=1))
    with pytest.raises(WrongState):
        office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="晚了"))
    copies = [office.desk(KEEPER).call(PrintStockTake(take_id=take.id)).copy for _ in range(2)]
    assert copies == [1, 2]


def test_the_bureau_is_told_what_was_found_and_what_is_missing(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "MORE")
    received(office, "布洛芬", "LESS")
    office.database.run("UPDATE insurance_setup SET connected = true")
    take = opened(office, found)
    count_all(office, take, MORE=6, LESS=-3)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    confirmed(office, take)
    told = office.rows(
        "SELECT u.infno, m.quantity FROM insurance_upload u JOIN stock_move m ON m.id = u.subject_id WHERE m.document = %s ORDER BY m.quantity",
        take.number,
    )
    assert told == [("3502", D(-3)), ("3502", D(6))]


def test_lines_that_nobody_counted_are_named_and_stay_as_they_are(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "LEFT")
    take = opened(office, found)
    lines = sheet(office, take)
    with pytest.raises(LinesNotCounted) as refused:
        office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    assert refused.value.count == len(lines)
    assert "布洛芬" in refused.value.first
    first = next(line for lot, line in lines.items() if lot != "LEFT")
    count(office, first, book(office, first) - 1)
    with pytest.raises(SecondCountsMissing):
        office.desk(KEEPER).call(FinishCounting(take_id=take.id, leave_out=len(lines) - 1))
    count(office, first, book(office, first) - 1, SECOND, 2)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id, leave_out=len(lines) - 1))
    told = differences(office, take)
    assert told.uncounted == len(lines) - 1
    assert next(line for line in told.lines if line.lot == "LEFT").counted is None
    confirmed(office, take)
    assert [lot for lot, _ in moves_of(office, take)] == [first.lot]


def test_a_batch_that_the_book_does_not_know_is_found(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "KNOWN", price="15")
    take = opened(office, found)
    expires = date(office.today.year + 1, 1, 31)
    add = AddFoundBatch(take_id=take.id, drug_id=found.id, lot="FOUND", expires=expires)
    line = office.desk(FIRST).call(add)
    with pytest.raises(AlreadyExists):
        office.desk(SECOND).call(add)
    count(office, line, found.pack_size)
    count(office, line, found.pack_size, SECOND, 2)
    count_all_others = [other for lot, other in sheet(office, take).items() if other.round]
    office.desk(KEEPER).call(FinishCounting(take_id=take.id, leave_out=len(count_all_others)))
    told = differences(office, take)
    assert (told.lines[0].lot, told.lines[0].found, told.gain_fen) == ("FOUND", True, 1500)
    confirmed(office, take)
    assert moves_of(office, take) == [("FOUND", found.pack_size)]
    there = office.rows("SELECT b.on_hand FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id WHERE s.lot = 'FOUND'")
    assert there == [(found.pack_size,)]


def test_a_loss_that_is_held_for_patients_is_said_and_stays(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    free = office.rows("SELECT sum(on_hand) FROM stock_balance WHERE drug_id = %s", found.id)[0][0]
    prescription_id = prescribed(office, "布洛芬", int(found.pack_size))
    number = office.rows("SELECT number FROM prescription WHERE id = %s", prescription_id)[0][0]
    take = opened(office, found)
    for line in sheet(office, take).values():
        count(office, line, D(0))
        count(office, line, D(0), SECOND, 2)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    assert {line.holders for line in differences(office, take).lines} == {number}
    with pytest.raises(HeldForPatients) as refused:
        confirmed(office, take)
    assert (refused.value.wanted, refused.value.held) == (free, found.pack_size)
    assert next(take for take in office.desk(KEEPER).call(ListStockTakes()).takes).state == "COUNTED"
    assert moves_of(office, take) == []
    from common.messages.consult import VoidPrescription

    office.desk(visits.DOCTOR).call(VoidPrescription(prescription_id=prescription_id, reason="改药"))
    confirmed(office, take)
    assert sum(quantity for _, quantity in moves_of(office, take)) == -free


# --- opening


def test_a_drug_is_in_one_count_at_a_time(own_office: Office) -> None:
    office = own_office
    found = received(office, "布洛芬", "ONCE")
    take = opened(office, found)
    with pytest.raises(BeingCountedAlready) as refused:
        office.desk(KEEPER).call(OpenStockTake())
    assert refused.value.number == take.number
    office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="改为全盘"))
    whole = office.desk(KEEPER).call(OpenStockTake(choice=Choice.ALL))
    assert whole.lines == office.rows("SELECT count(*) FROM stock_balance WHERE on_hand > 0")[0][0]
    with pytest.raises(WrongState):
        count(office, sheet(office, take)["ONCE"], D(1))


def test_two_counts_that_are_opened_at_once_do_not_share_a_drug(own_office: Office) -> None:
    outcomes = at_once(*(lambda: own_office.desk(KEEPER).call(OpenStockTake()) for _ in range(2)))
    assert [type(refused) for refused in refusals(outcomes)] == [BeingCountedAlready]


def test_chosen_by_shelf_and_by_class(own_office: Office) -> None:
    office = own_office
    office.database.run("UPDATE drug SET shelf = 'A-1-3' WHERE id = %s", visits.drug(office, "布洛芬").id)
    by_shelf = office.desk(KEEPER).call(OpenStockTake(choice=Choice.SHELF, chosen="A-1"))
    assert {line.shelf[:3] for line in sheet(office, by_shelf).values()} == {"A-1"}
    office.desk(KEEPER).call(VoidStockTake(take_id=by_shelf.id, reason="测试"))
    by_class = office.desk(KEEPER).call(OpenStockTake(choice=Choice.CLASS, chosen="western"))
    assert by_class.lines > by_shelf.lines
    for wrong in ({"choice": Choice.CLASS, "chosen": "?"}, {"choice": Choice.SHELF}, {"place": "STORE"}):
        with pytest.raises(FieldWrong):
            office.desk(KEEPER).call(OpenStockTake(**wrong))


def test_who_may(own_office: Office) -> None:
    office = own_office
    with pytest.raises(NotPermitted):
        office.desk(FIRST).call(OpenStockTake())
    take = opened(office, visits.drug(office, "布洛芬"))
    with pytest.raises(NotPermitted):
        office.desk(FIRST).call(FinishCounting(take_id=take.id))
    with pytest.raises(NotPermitted):
        count(office, next(iter(sheet(office, take).values())), D(1), "yuanzhang")


# --- counting a line again once the counting is done


def recounted(office: Office, line: SheetLine, quantity: Decimal, *, told: str = "") -> Differences:
    ask = Approve(act="stock_recount", subject_id=line.line_id, detail=told or f"{quantity.normalize():f}", login=SECOND, password=PASSWORD)
    approval = office.desk(FIRST).call(ask).approval_id
    return office.desk(FIRST).call(RecountLine(line_id=line.line_id, quantity=quantity, reason="差得太多，再数一次", approval_id=approval))


def test_two_count_a_doubtful_line_again_once_the_counting_is_done(office: Office) -> None:
    found = received(office, "布洛芬", "AGAIN", packs=5)
    take = opened(office, found)
    line, there = sheet(office, take)["AGAIN"], book(office, sheet(office, take)["AGAIN"])
    with pytest.raises(WrongState):  # the sheet itself asks for another count as long as it is open
        recounted(office, line, there)
    count_all(office, take, AGAIN=-7)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id))
    with pytest.raises(ApprovalNeeded):
        office.desk(FIRST).call(RecountLine(line_id=line.line_id, quantity=there, reason="再数"))
    with pytest.raises(ApprovalNotValid):
        recounted(office, line, there, told="1")  # the other person saw another quantity
    with pytest.raises(FieldWrong):
        recounted(office, line, D("0.00001"))
    first = recounted(office, line, there - 2)
    mine = next(each for each in first.lines if each.lot == "AGAIN")
    assert (mine.difference, mine.rounds, first.take.state) == (D(-2), 4, "COUNTED")
    assert mine.counters.count("、") == 2
    again = recounted(office, line, there - 1)
    assert next(each for each in again.lines if each.lot == "AGAIN").rounds == 5
    take = confirmed(office, take)
    assert ("AGAIN", D(-1)) in moves_of(office, take)
    with pytest.raises(WrongState):
        recounted(office, line, there)
    sound(office)


def test_what_nobody_counted_is_counted_by_two_in_the_end(office: Office) -> None:
    found = received(office, "蒙脱石", "LEFT")
    take = opened(office, found)
    lines = sheet(office, take)
    office.desk(KEEPER).call(FinishCounting(take_id=take.id, leave_out=len(lines)))
    told = recounted(office, lines["LEFT"], book(office, lines["LEFT"]) + 3)
    assert (told.uncounted, next(each.difference for each in told.lines if each.lot == "LEFT")) == (len(lines) - 1, D(3))
    listed = next(each for each in office.desk(KEEPER).call(ListStockTakes()).takes if each.id == take.id)
    assert (listed.counted, listed.again) == (1, 0)
    confirmed(office, take)
    sound(office)


def sound(office: Office) -> None:
    """Stock-takes and stock say the same."""
    for rule in (*STOCK_TAKES, *STOCK):
        assert office.connections.of_thread().execute(rule.breaches, {"zone": "Asia/Shanghai"}).fetchall() == [], rule.name


def test_batches_of_one_lot_are_told_apart_by_their_deliveries(office: Office) -> None:
    received(office, "布洛芬", "TWIN", price="12")
    found = received(office, "布洛芬", "TWIN", price="12.5")
    received(office, "布洛芬", "SINGLE")
    take = opened(office, found)
    lines = office.desk(FIRST).call(GetCountSheet(take_id=take.id)).lines
    assert [line.delivery for line in lines if line.lot == "TWIN"] == ["国药控股 · ¥12", "国药控股 · ¥12.5"]
    assert [line.delivery for line in lines if line.lot == "SINGLE"] == [""]
    office.desk(KEEPER).call(VoidStockTake(take_id=take.id, reason="测试"))
