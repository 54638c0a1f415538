"""What the drug store has, now and at a past moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted
from common.messages.catalogue import DrugFacts, StockRow
from common.messages.stock import DrugStock, ListBatches, ListStock, SetMinStock
from common.messages.store import ReceiveStock
from common.messages.store_papers import ApprovePaper, DraftPaper, PaperKind, SendTransfer
from tests import visits
from tests.server.office import Office
from tests.server.store_goods import goods

KEEPER = "kuyan"
D = Decimal


def receive(office: Office, found: DrugFacts, lot: str, packs: str, price: str = "10", years: int = 2) -> None:
    row = StockRow(drug_code=found.code, lot=lot, expires=date(office.today.year + years, 6, 30), packs=D(packs), purchase_price=D(price))
    office.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="国药控股"))


def stock(office: Office, found: DrugFacts, at: datetime | None = None) -> DrugStock:
    report = office.desk(KEEPER).call(ListStock(text=found.code, at=at, empty=True))
    (line,) = report.drugs
    assert report.value_fen == line.value_fen
    return line


def dispense(office: Office, name: str = "阿莫西林胶囊") -> None:
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    visits.hand_over(office, prescription.id)


def test_every_drug_with_what_is_there(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    before = stock(office, found)
    receive(office, found, "A1", "2.5", "12.34", years=3)
    after = stock(office, found)
    assert after.on_hand == before.on_hand + found.pack_size * D("2.5")
    assert after.batches == before.batches + 1
    assert after.value_fen - before.value_fen == 3085
    assert after.nearest == before.nearest
    assert (after.reserved, after.unusable) == (before.reserved, before.unusable)
    batches = office.desk(KEEPER).call(ListBatches(drug_id=found.id)).batches
    assert sum(batch.on_hand for batch in batches) == after.on_hand
    assert [batch.expires for batch in batches] == sorted(batch.expires for batch in batches)
    assert ("A1", "国药控股", 3085, False) in {(b.lot, b.supplier, b.value_fen, bool(b.aside)) for b in batches}


@pytest.mark.parametrize("text", ["布洛芬", "blf", "buluofen"])
def test_found_by_name_and_by_pinyin(office: Office, text: str) -> None:
    found = visits.drug(office, "布洛芬")
    assert found.id in {drug.drug_id for drug in office.desk(KEEPER).call(ListStock(text=text)).drugs}
    assert not office.desk(KEEPER).call(ListStock(text="没有这种药")).drugs


def test_found_by_barcode(office: Office) -> None:
    code, drug_id = office.rows("SELECT code, drug_id FROM drug_code WHERE kind = 'barcode' LIMIT 1")[0]
    (only,) = office.desk(KEEPER).call(ListStock(text=code, empty=True)).drugs
    assert only.drug_id == drug_id


def test_pharmacists_and_the_manager_look_on(office: Office) -> None:
    assert office.desk(visits.PHARMACIST).call(ListStock()).drugs == office.desk("yuanzhang").call(ListStock()).drugs
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(SetMinStock(drug_id=1, min_stock=D(1)))


def test_what_expired_is_there_but_not_usable(office: Office) -> None:
    found = visits.drug(office, "氯雷他定")
    before = stock(office, found)
    receive(office, found, "OLD", "3")
    office.clock.by = timedelta(days=366 * 3)
    later = stock(office, found)
    assert later.on_hand == before.on_hand + found.pack_size * 3
    assert later.unusable == later.on_hand


def test_free_is_what_a_patient_can_get(own_office: Office) -> None:
    office = own_office
    batch, shelf = goods(office), goods(office, "PHARMACY", name="布洛芬")
    found = visits.drug(office, "布洛芬")
    before, then = stock(office, found), office.clock.now()
    visit = visits.register(office, visits.new_patient(office).id)
    visits.consult(office, visit.visit_id)
    held = visits.prescribe(office, visit.visit_id, "布洛芬").lines[0].quantity
    keeper = office.desk(KEEPER)
    keeper.call(SendTransfer(out_of="STORE", lines=(batch.some(6),)))
    damage = keeper.call(DraftPaper(kind=PaperKind.DAMAGE, lines=(shelf.some(3),), reason="破损"))
    office.desk("yuanzhang").call(ApprovePaper(number=damage.entry.number, version=1))
    now = stock(office, found)
    assert (now.on_hand, now.reserved) == (before.on_hand, before.reserved + held)
    assert now.free == before.free - held - 3
    assert (now.stored, now.coming, now.aside) == (batch.quantity - 6, D(6), D(3))
    assert now.unusable == before.unusable + 3
    batches = {row.lot: row for row in keeper.call(ListBatches(drug_id=found.id)).batches}
    mine = batches[batch.lot]
    assert (mine.pharmacy, mine.stored, mine.coming, mine.aside) == (D(0), batch.quantity - 6, D(6), D(0))
    assert all(row.pharmacy + row.stored + row.coming + row.aside == row.on_hand for row in batches.values())
    past = stock(office, found, then)
    assert (past.free, past.stored, past.coming) == (before.free + before.reserved, batch.quantity, D(0))
    office.clock.by = timedelta(days=366 * 3)
    assert stock(office, found).free == 0


def test_the_stock_of_any_past_moment_is_the_sum_of_its_moves(own_office: Office) -> None:
    """Receipts and hand-overs over three months; at each moment between them the report says what the moves sum up to."""
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    moments = [office.clock.now() - timedelta(days=1)]
    for month in range(3):
        office.clock.by = timedelta(days=29 * month)
        receive(office, found, f"M{month}", "5")
        moments.append(office.clock.now())
        if month == 0:
            dispense(office)
            moments.append(office.clock.now())
    moments += [moment - timedelta(seconds=30) for moment in moments]
    for moment in moments:
        summed = {
            row[0]: row[1:]
            for row in office.rows(
                "SELECT m.drug_id, sum(m.quantity), round(sum(m.quantity * b.purchase_price) / max(d.pack_size) * 100) FROM stock_move m"
                " JOIN stock_batch b ON b.id = m.batch_id JOIN drug d ON d.id = m.drug_id WHERE m.at <= %s GROUP BY m.drug_id"
                " HAVING sum(m.quantity) <> 0",
                moment,
            )
        }
        shown = {d.drug_id: (d.on_hand, d.value_fen) for d in office.desk(KEEPER).call(ListStock(at=moment)).drugs if d.on_hand}
        assert shown == summed
        batches = office.desk(KEEPER).call(ListBatches(drug_id=found.id, at=moment)).batches
        assert sum(batch.on_hand for batch in batches) == summed.get(found.id, (0,))[0]
    assert len({stock(office, found, moment).on_hand for moment in moments}) > 3
    months = office.rows("SELECT count(DISTINCT month), sum(quantity) FROM stock_month")[0]
    assert months == (3, office.rows("SELECT sum(quantity) FROM stock_move")[0][0])


def test_a_minimum_is_set_and_taken_away(office: Office) -> None:
    found = visits.drug(office, "蒙脱石")
    for least in (D(30), D("0.5"), None):
        office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=least))
        assert stock(office, found).min_stock == least
    for wrong in (D(-1), D("0.00001")):
        with pytest.raises(FieldWrong):
            office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=wrong))
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(SetMinStock(drug_id=0, min_stock=None))


def test_what_lies_in_the_quarantine_area_is_there_but_not_usable(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    before, then = stock(office, found), office.clock.now()
    office.database.run(
        "INSERT INTO stock_move (kind, location_id, drug_id, batch_id, quantity, document, staff_id, at) SELECT 'RETURN', l.id, b.drug_id,"
        " b.batch_id, 5, 'T1', 1, now() FROM stock_location l, (SELECT * FROM stock_balance WHERE drug_id = %s ORDER BY batch_id LIMIT 1) b"
        " WHERE l.code = 'QUARANTINE'",
        found.id,
    )
    office.database.run(
        "INSERT INTO stock_balance (location_id, drug_id, batch_id, expires, on_hand) SELECT l.id, b.drug_id, b.batch_id, b.expires, 5"
        " FROM stock_location l, (SELECT * FROM stock_balance WHERE drug_id = %s ORDER BY batch_id LIMIT 1) b WHERE l.code = 'QUARANTINE'",
        found.id,
    )
    after = stock(office, found)
    assert (after.on_hand, after.unusable, after.batches) == (before.on_hand + 5, before.unusable + 5, before.batches)
    for at in (None, office.clock.now()):
        batches = office.desk(KEEPER).call(ListBatches(drug_id=found.id, at=at)).batches
        assert sum(batch.aside for batch in batches) == 5
        assert stock(office, found, at).unusable == after.unusable
    assert stock(office, found, then).on_hand == before.on_hand
