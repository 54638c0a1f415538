"""Requests and transfers: what is sent is always in exactly one place, and every paper says who did what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.recalls import HoldLot, HoldReason
from common.messages.stock import SetMinStock
from common.messages.store_papers import (
    ApprovePaper,
    Arrived,
    AskedFor,
    AskStore,
    CallBackTransfer,
    CloseRequest,
    DraftPaper,
    FindPaperGoods,
    GetPaper,
    ListPapers,
    PaperFacts,
    PaperKind,
    PrintPaper,
    ReceiveTransfer,
    SendTransfer,
    SuggestPaper,
    Taken,
)
from common.store_errors import HeldForPatients, NotEnoughInBatch
from common.store_paper_errors import BatchUnfit, PaperRefused
from tests import visits
from tests.server.office import Office, at_once, refusals, successes
from tests.server.store_goods import KEEPER, goods, lies

PHARMACIST = visits.PHARMACIST
D = Decimal


def send(office: Office, *lines: Taken, serves: str = "", by: str = KEEPER, out_of: str = "STORE") -> PaperFacts:
    return office.desk(by).call(SendTransfer(out_of=out_of, lines=lines, serves=serves))


def receive(office: Office, number: str, *lines: Arrived, reason: str = "", by: str = PHARMACIST) -> PaperFacts:
    return office.desk(by).call(ReceiveTransfer(number=number, lines=lines, reason=reason))


def ask(office: Office, drug_id: int, quantity: Decimal) -> PaperFacts:
    return office.desk(PHARMACIST).call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=quantity),), note="急用"))


# --- transfers -----------------------------------------------------------------------------------------------------------------------


def test_sent_and_received(office: Office) -> None:
    batch = goods(office)
    sent = send(office, batch.some(50))
    assert (sent.entry.kind, sent.entry.state, sent.entry.out_of, sent.entry.goes_to) == (PaperKind.TRANSFER, "SENT", "STORE", "PHARMACY")
    assert sent.entry.number.startswith("DB")
    assert lies(office, batch) == {"STORE": batch.quantity - 50, "TRANSIT": 50}
    received = receive(office, sent.entry.number)
    assert received.entry.state == "RECEIVED"
    assert lies(office, batch) == {"STORE": batch.quantity - 50, "PHARMACY": 50}
    assert [(step.state, step.by) for step in received.steps] == [("SENT", "顾砚"), ("RECEIVED", "苏叶")]
    assert [(line.received, line.back, line.damaged) for line in received.lines] == [(D(50), D(0), D(0))]
    with pytest.raises(WrongState):
        receive(office, sent.entry.number)


def test_the_other_way_round(office: Office) -> None:
    batch = goods(office, "PHARMACY")
    sent = send(office, batch.some(20), by=PHARMACIST, out_of="PHARMACY")
    with pytest.raises(NotPermitted):
        receive(office, sent.entry.number)  # the store's hand has to take it over
    receive(office, sent.entry.number, by=KEEPER)
    assert lies(office, batch) == {"PHARMACY": batch.quantity - 20, "STORE": 20}


def test_less_arrives_than_was_sent(office: Office) -> None:
    batch = goods(office)
    sent = send(office, batch.some(50))
    part = Arrived(line_no=1, received=D(40), damaged=D("4.5"))
    with pytest.raises(FieldWrong):
        receive(office, sent.entry.number, part)
    with pytest.raises(PaperRefused):
        receive(office, sent.entry.number, Arrived(line_no=1, received=D(50), damaged=D(1)), reason="x")
    with pytest.raises(NotFound):
        receive(office, sent.entry.number, Arrived(line_no=2, received=D(1)), reason="x")
    with pytest.raises(FieldWrong):
        receive(office, sent.entry.number, Arrived(line_no=1, received=D(-1)), reason="x")
    assert lies(office, batch)["TRANSIT"] == 50
    received = receive(office, sent.entry.number, part, reason="运输破损 4.5 片，少 5.5 片")
    assert lies(office, batch) == {"STORE": batch.quantity - D("44.5"), "PHARMACY": 40, "QUARANTINE": D("4.5")}
    (line,) = received.lines
    assert (line.received, line.back, line.damaged) == (D(40), D("5.5"), D("4.5"))
    assert received.steps[-1].note.startswith("运输破损")


def test_called_back_before_it_is_received(office: Office) -> None:
    batch = goods(office)
    sent = send(office, batch.some())
    assert lies(office, batch) == {"TRANSIT": batch.quantity}
    with pytest.raises(NotPermitted):
        office.desk(PHARMACIST).call(CallBackTransfer(number=sent.entry.number, reason="x"))
    office.desk(KEEPER).call(CallBackTransfer(number=sent.entry.number, reason="发错"))
    assert lies(office, batch) == {"STORE": batch.quantity}
    with pytest.raises(WrongState):
        receive(office, sent.entry.number)


def test_more_than_there_is_is_not_sent(office: Office) -> None:
    batch = goods(office)
    for wrong in (batch.some(batch.quantity + 1), batch.some(5, place="PHARMACY")):
        with pytest.raises((NotEnoughInBatch, PaperRefused)):
            send(office, wrong)
    with pytest.raises(PaperRefused):
        send(office, batch.some(1), batch.some(2))
    for quantity in ("-1", "0.00001"):
        with pytest.raises(FieldWrong):
            send(office, batch.some(quantity))
    assert lies(office, batch) == {"STORE": batch.quantity}


def test_what_patients_hold_is_not_sent_away(own_office: Office) -> None:
    office = own_office
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    visits.prescribe(office, visit.visit_id, "蒙脱石")
    found = visits.drug(office, "蒙脱石")
    held = office.desk(PHARMACIST).call(FindPaperGoods(kind=PaperKind.TRANSFER, place="PHARMACY", text=found.code)).goods
    assert held
    whole = [Taken(batch_id=one.batch_id or 0, place="PHARMACY", quantity=one.there) for one in held]
    assert sum(one.free for one in held) <= sum(line.quantity for line in whole)
    with pytest.raises(HeldForPatients):
        send(office, *whole, by=PHARMACIST, out_of="PHARMACY")


def test_what_has_expired_does_not_go_to_the_pharmacy(office: Office) -> None:
    old, soon = goods(office, days=-2), goods(office, days=1)
    with pytest.raises(BatchUnfit):
        send(office, old.some(1))
    sent = send(office, soon.some(10))
    office.clock.by = office.clock.by.__class__(days=3)
    with pytest.raises(BatchUnfit):
        receive(office, sent.entry.number)
    receive(office, sent.entry.number, Arrived(line_no=1, received=D(0), damaged=D(10)), reason="途中过期")
    assert lies(office, soon)["QUARANTINE"] == 10


def test_what_is_kept_out_of_use_does_not_go_to_the_pharmacy(office: Office) -> None:
    batch = goods(office)
    draft = DraftPaper(kind=PaperKind.DAMAGE, lines=(batch.some(5),), reason="受潮")
    number = office.desk(KEEPER).call(draft).entry.number
    office.desk(PHARMACIST).call(ApprovePaper(number=number, version=1))
    with pytest.raises(PaperRefused):
        send(office, batch.some(5, place="QUARANTINE"))
    sent = send(office, batch.some(10))
    office.desk(KEEPER).call(HoldLot(drug_id=batch.drug_id, lot=batch.lot, reason=HoldReason.APPEARANCE))
    receive(office, sent.entry.number)  # it goes on to where the rest of its lot lies
    assert lies(office, batch) == {"QUARANTINE": batch.quantity}


def test_what_has_expired_goes_from_the_pharmacy_to_the_store(office: Office) -> None:
    old = goods(office, "PHARMACY", days=-2)
    sent = send(office, old.some(3), by=PHARMACIST, out_of="PHARMACY")
    receive(office, sent.entry.number, by=KEEPER)
    assert lies(office, old)["STORE"] == 3


@pytest.mark.parametrize("second", ["receive", "call back"])
def test_two_at_once_do_it_once(office: Office, second: str) -> None:
    batch = goods(office)
    number = send(office, batch.some(30)).entry.number
    other = (
        (lambda: receive(office, number))
        if second == "receive"
        else (lambda: office.desk(KEEPER).call(CallBackTransfer(number=number, reason="撤回")))
    )
    outcomes = at_once(lambda: receive(office, number), other)
    assert len(successes(outcomes)) == 1
    assert isinstance(refusals(outcomes)[0], WrongState)
    assert sum(lies(office, batch).values()) == batch.quantity
    assert "TRANSIT" not in lies(office, batch)


def test_two_keepers_send_the_same_goods(office: Office) -> None:
    batch = goods(office)
    outcomes = at_once(*[lambda: send(office, batch.some(60 * 2))] * 3)
    assert len(successes(outcomes)) == 2  # there are 240
    assert isinstance(refusals(outcomes)[0], NotEnoughInBatch)
    assert lies(office, batch) == {"TRANSIT": batch.quantity}


# --- requests ------------------------------------------------------------------------------------------------------------------------


def test_a_request_is_served_in_parts(own_office: Office) -> None:
    office = own_office
    late, first = goods(office, days=500, packs=2), goods(office, days=300, packs=1)
    size = first.quantity
    request = ask(office, first.drug_id, size * 4)
    number = request.entry.number
    assert (request.entry.state, request.entry.part, request.note) == ("OPEN", False, "急用")
    suggested = office.desk(KEEPER).call(SuggestPaper(kind=PaperKind.TRANSFER, serves=number))
    assert [(goods.lot, goods.suggested) for goods in suggested.goods] == [(first.lot, size), (late.lot, size * 2)]
    assert suggested.short == (request.lines[0].drug,)
    lines = tuple(Taken(batch_id=one.batch_id or 0, place=one.place, quantity=one.suggested) for one in suggested.goods)
    sent = send(office, *lines, serves=number)
    seen = office.desk(PHARMACIST).call(GetPaper(number=number))
    assert (seen.entry.part, seen.served_by, seen.lines[0].coming, seen.lines[0].received) == (True, (sent.entry.number,), size * 3, D(0))
    with pytest.raises(PaperRefused):
        office.desk(PHARMACIST).call(CloseRequest(number=number, reason="不要了"))
    receive(office, sent.entry.number, Arrived(line_no=2, received=size), reason="少一盒")
    seen = office.desk(PHARMACIST).call(GetPaper(number=number))
    assert (seen.entry.state, seen.lines[0].coming, seen.lines[0].received) == ("OPEN", D(0), size * 2)
    more = goods(office, packs=2)
    rest = send(office, more.some(), serves=number)
    receive(office, rest.entry.number)
    seen = office.desk(PHARMACIST).call(GetPaper(number=number))
    assert (seen.entry.state, seen.steps[-1].note) == ("SERVED", rest.entry.number)
    with pytest.raises(WrongState):
        send(office, late.some(1), serves=number)


def test_a_request_is_closed_and_called_back_goods_are_wanted_again(office: Office) -> None:
    batch = goods(office)
    number = ask(office, batch.drug_id, D(30)).entry.number
    sent = send(office, batch.some(30), serves=number)
    office.desk(KEEPER).call(CallBackTransfer(number=sent.entry.number, reason="发错"))
    assert sum(one.suggested for one in office.desk(KEEPER).call(SuggestPaper(kind=PaperKind.TRANSFER, serves=number)).goods) == 30
    closed = office.desk(KEEPER).call(CloseRequest(number=number, reason="缺货"))
    assert (closed.entry.state, closed.entry.reason, closed.entry.decided_by) == ("CLOSED", "缺货", "顾砚")


def test_what_a_request_may_not_say(office: Office) -> None:
    drug_id = visits.drug(office, "布洛芬").id
    with pytest.raises(NotPermitted):
        office.desk(KEEPER).call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=D(1)),)))
    with pytest.raises(NotFound):
        ask(office, 10**9, D(1))
    with pytest.raises(FieldWrong):
        ask(office, drug_id, D(0))
    with pytest.raises(PaperRefused):
        office.desk(PHARMACIST).call(AskStore(lines=(AskedFor(drug_id=drug_id, quantity=D(1)),) * 2))


def test_what_is_below_its_minimum_is_suggested(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    pharmacy = office.rows("SELECT on_hand FROM stock_level WHERE drug_id = %s", found.id)[0][0]
    office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=pharmacy + found.pack_size * 2 + 1))

    def suggested() -> list[Decimal]:
        return [one.suggested for one in office.desk(PHARMACIST).call(SuggestPaper(kind=PaperKind.REQUEST)).goods]

    assert suggested() == [found.pack_size * 3]
    batch = goods(office)
    sent = send(office, batch.some(found.pack_size))
    assert suggested() == [found.pack_size * 2]  # one pack is on its way
    number = ask(office, found.id, found.pack_size).entry.number
    assert suggested() == [found.pack_size]
    receive(office, sent.entry.number)
    assert suggested() == [found.pack_size]
    office.desk(PHARMACIST).call(CloseRequest(number=number, reason="不要了"))
    assert suggested() == [found.pack_size * 2]


# --- found and printed ---------------------------------------------------------------------------------------------------------------


def test_papers_are_found(office: Office) -> None:
    batch = goods(office, name="蒙脱石")
    number = send(office, batch.some(1)).entry.number
    keeper = office.desk(KEEPER)

    def found(**fields: object) -> list[str]:
        return [paper.number for paper in keeper.call(ListPapers(first_day=office.today, last_day=office.today, **fields)).papers]  # type: ignore[arg-type]

    for text in (number.lower(), batch.lot, "蒙脱石", "mts"):
        assert number in found(text=text), text
    assert number in found(kind=PaperKind.TRANSFER)
    assert number not in found(kind=PaperKind.DAMAGE)
    assert not found(text="没有这种")
    long_ago = ListPapers(first_day=office.today.replace(year=2020), last_day=office.today.replace(year=2020))
    open_then = keeper.call(long_ago)
    assert number in {paper.number for paper in open_then.papers}  # it is on its way, however old
    assert open_then.waiting["TRANSFER"] >= 1
    receive(office, number)
    assert number not in {paper.number for paper in keeper.call(long_ago).papers}
    assert number not in found(open_only=True)
    with pytest.raises(NotFound):
        keeper.call(GetPaper(number="DB0"))


def test_goods_are_found_by_words_lot_and_code(office: Office) -> None:
    batch = goods(office, packs=3)
    barcode = office.rows("SELECT code FROM drug_code WHERE kind = 'barcode' AND drug_id = %s", batch.drug_id)[0][0]
    keeper = office.desk(KEEPER)
    for text in (batch.lot.lower(), "布洛芬", "blf", barcode, f"010{barcode}10{batch.lot}"):
        lots = [one.lot for one in keeper.call(FindPaperGoods(kind=PaperKind.TRANSFER, place="STORE", text=text)).goods]
        assert batch.lot in lots, text
        assert len(lots) == 1 or not text.startswith(("010", "p")), text
    drugs = keeper.call(FindPaperGoods(kind=PaperKind.REQUEST, text="布洛芬")).goods
    assert {(one.batch_id, one.lot) for one in drugs} == {(None, "")}
    assert not keeper.call(FindPaperGoods(kind=PaperKind.REQUEST, text="")).goods


def test_copies_are_counted(office: Office) -> None:
    number = send(office, goods(office).some(1)).entry.number
    copies = [office.desk(by).call(PrintPaper(number=number)) for by in (KEEPER, PHARMACIST)]
    assert [(copy.copy, copy.by) for copy in copies] == [(1, "顾砚"), (2, "苏叶")]
    with pytest.raises(NotPermitted):
        office.desk("yuanzhang").call(PrintPaper(number=number))
