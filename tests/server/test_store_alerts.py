"""What the drug store has to look at."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from common.messages.alerts import Alert, AlertKind, ListAlerts
from common.messages.catalogue import StockRow
from common.messages.stock import SetMinStock
from common.messages.store import ReceiveStock
from common.messages.store_papers import ApprovePaper, DraftPaper, PaperKind, ReceiveTransfer, SendTransfer
from server.check.stock import STOCK
from tests import visits
from tests.server.office import Office
from tests.server.store_goods import SUPPLIER, Batch, goods

KEEPER = "kuyan"
D = Decimal


def alerts(office: Office, name: str, idle_days: int = 90) -> list[Alert]:
    found = visits.drug(office, name)
    return [alert for alert in office.desk(KEEPER).call(ListAlerts(idle_days=idle_days)).alerts if alert.drug_id == found.id]


def receive(office: Office, name: str, lot: str, days: int) -> None:
    row = StockRow(
        drug_code=visits.drug(office, name).code, lot=lot, expires=office.today + timedelta(days=days), packs=D(2), purchase_price=D(5)
    )
    office.desk(KEEPER).call(ReceiveStock(rows=(row,)))


def test_batches_by_how_near_their_expiry_is(office: Office) -> None:
    days = (0, 30, 31, 90, 91, 180, 181)
    for day in days:
        receive(office, "布洛芬", f"N{day}", day)
    kinds = {alert.lot: alert.kind for alert in alerts(office, "布洛芬") if alert.lot.startswith("N")}
    near = (AlertKind.NEAR_30,) * 2 + (AlertKind.NEAR_90,) * 2 + (AlertKind.NEAR_180,) * 2
    assert kinds == dict(zip([f"N{day}" for day in days], near, strict=False))
    (first,) = (alert for alert in alerts(office, "布洛芬") if alert.lot == "N0")
    assert (first.on_hand, first.value_fen) == (2 * visits.drug(office, "布洛芬").pack_size, 1000)
    office.clock.by = timedelta(days=1)
    assert {alert.kind for alert in alerts(office, "布洛芬") if alert.lot == "N0"} == {AlertKind.EXPIRED}


def test_below_the_minimum_counts_what_is_usable(office: Office) -> None:
    found = visits.drug(office, "蒙脱石")
    assert AlertKind.BELOW_MINIMUM not in {alert.kind for alert in alerts(office, "蒙脱石")}
    office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=found.free))
    assert AlertKind.BELOW_MINIMUM not in {alert.kind for alert in alerts(office, "蒙脱石")}
    office.desk(KEEPER).call(SetMinStock(drug_id=found.id, min_stock=found.free + 1))
    (low,) = (alert for alert in alerts(office, "蒙脱石") if alert.kind is AlertKind.BELOW_MINIMUM)
    assert (low.on_hand, low.min_stock) == (found.free, found.free + 1)


def test_what_does_not_move(own_office: Office) -> None:
    office = own_office
    assert not [alert for alert in alerts(office, "阿莫西林胶囊") if alert.kind is AlertKind.IDLE]
    office.clock.by = timedelta(days=40)
    assert [alert.kind for alert in alerts(office, "阿莫西林胶囊", 30) if alert.kind is AlertKind.IDLE] == [AlertKind.IDLE]
    patient = visits.new_patient(office)
    office.clock.by = timedelta()
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    visits.hand_over(office, prescription.id)
    office.clock.by = timedelta(days=20)
    dispensed = prescription.lines[0].name
    assert not [alert for alert in alerts(office, dispensed, 30) if alert.kind is AlertKind.IDLE]
    office.clock.by = timedelta(days=40)
    (idle,) = (alert for alert in alerts(office, dispensed, 30) if alert.kind is AlertKind.IDLE)
    assert idle.last_out is not None


def test_what_lies_apart_is_no_alert_until_it_is_to_be_destroyed(office: Office) -> None:
    near, old = goods(office, days=20), goods(office, days=25)

    def told(batch: Batch) -> list[tuple[AlertKind, Decimal, bool]]:
        return [(alert.kind, alert.on_hand, alert.aside) for alert in alerts(office, "布洛芬") if alert.lot == batch.lot]

    for batch, quantity in ((near, near.quantity), (old, D(5))):
        paper = office.desk(KEEPER).call(DraftPaper(kind=PaperKind.DAMAGE, lines=(batch.some(quantity),), reason="破损"))
        office.desk("yuanzhang").call(ApprovePaper(number=paper.entry.number, version=1))
    assert (told(near), told(old)) == ([], [(AlertKind.NEAR_30, old.quantity - 5, False)])
    assert [alert.supplier for alert in alerts(office, "布洛芬") if alert.lot == old.lot] == [SUPPLIER]
    office.clock.by = timedelta(days=40)
    assert told(near) == [(AlertKind.EXPIRED, near.quantity, True)]
    assert told(old) == [(AlertKind.EXPIRED, old.quantity - 5, False), (AlertKind.EXPIRED, D(5), True)]


def test_carried_to_the_pharmacy_is_not_used(own_office: Office) -> None:
    office = own_office
    batch = goods(office, name="布洛芬")
    office.clock.by = timedelta(days=35)
    sent = office.desk(KEEPER).call(SendTransfer(out_of="STORE", lines=(batch.some(24),)))
    office.desk(visits.PHARMACIST).call(ReceiveTransfer(number=sent.entry.number))
    (idle,) = (alert for alert in alerts(office, "布洛芬", 30) if alert.kind is AlertKind.IDLE)
    assert idle.last_out is None
    for rule in STOCK:
        assert office.connections.of_thread().execute(rule.breaches, {"zone": "Asia/Shanghai"}).fetchall() == [], rule.name


def test_the_most_urgent_first(office: Office) -> None:
    order = list(AlertKind)
    places = [order.index(alert.kind) for alert in office.desk(visits.PHARMACIST).call(ListAlerts(idle_days=1)).alerts]
    assert places == sorted(places)
