"""The price list: prices by time, packages, surcharges, and what is charged by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest

from common.domain.surcharge import Per
from common.errors import AlreadyExists, AmountChanged, FieldWrong, NotFound, NotPermitted, PartOfPrescription, WrongState
from common.messages.cashier import ChargeFacts, GetUnpaid, Settle
from common.messages.catalogue import ImportCatalogue, ServiceRow
from common.messages.consult import DrugLine, PrescriptionKind, SignPrescription, VoidPrescription
from common.messages.prices import (
    AddServiceItem,
    BeginPrices,
    ChargedManually,
    ChargeManually,
    CorrectServiceItem,
    DropRouteSurcharge,
    GetPriceHistory,
    ItemQuantity,
    ListPackages,
    ListPriceItems,
    ListRouteSurcharges,
    PriceItem,
    PutPackage,
    PutRouteSurcharge,
    SearchPriceItems,
    SetPrice,
    VoidManualCharge,
)
from common.messages.registration import ListSessions
from common.settling_errors import LinesHeld
from common.wire import Request
from server.local import LocalDesk
from tests import visits
from tests.harness import Clinic
from tests.server.office import Office, at_once, refusals, successes
from tests.visits import CASHIER, CLERK, DOCTOR

R = TypeVar("R")
MANAGER = "yuanzhang"


def found(office: Office, text: str) -> PriceItem:
    return office.desk(CASHIER).call(SearchPriceItems(text=text)).items[0]


def as_system(office: Office, request: Request[R]) -> R:
    """What the service asks of itself."""
    desk = LocalDesk(office.database.dsn, office.clock)
    try:
        return desk.perform(request)
    finally:
        desk.close()


def in_consult(office: Office, name: str) -> tuple[int, int]:
    """A patient with the doctor: patient and visit."""
    patient = visits.new_patient(office, name)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    return patient.id, visit.visit_id


def unpaid(office: Office, patient_id: int) -> tuple[ChargeFacts, ...]:
    return office.desk(CASHIER).call(GetUnpaid(patient_id=patient_id)).lines


# --- finding -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["头颅CT", "tlct", "touluct", "E017", "e017"])
def test_an_item_is_found_by_name_initials_pinyin_and_code(office: Office, text: str) -> None:
    hits = office.desk(CASHIER).call(SearchPriceItems(text=text))
    assert (hits.items[0].code, hits.items[0].price) == ("E017", Decimal(220))


def test_what_begins_so_stands_before_what_contains_it_and_nothing_finds_nothing(office: Office) -> None:
    names = [item.name for item in office.desk(CASHIER).call(SearchPriceItems(text="xb")).items]
    assert names
    assert office.desk(CASHIER).call(SearchPriceItems(text=" ")).items == ()
    assert office.desk(CASHIER).call(SearchPriceItems(text="没有这样的项目")).items == ()
    chest = [item.name for item in office.desk(CASHIER).call(SearchPriceItems(text="胸部")).items]
    assert chest[0].startswith("胸部")


def test_the_list_by_category_is_whole_and_says_when_it_was_cut(office: Office) -> None:
    manager = office.desk(MANAGER)
    exams = manager.call(ListPriceItems(category="exam"))
    assert {item.category for item in exams.items} == {"exam"}
    assert not exams.more
    assert [item.code for item in exams.items] == sorted(item.code for item in exams.items)
    assert manager.call(ListPriceItems(category="exam", limit=3)).more


# --- prices by time ----------------------------------------------------------------------------------------------------------------


def test_every_imported_item_has_one_price_from_the_beginning(office: Office) -> None:
    rows = office.rows(
        "SELECT count(*) FROM service_item i WHERE (SELECT count(*) FROM service_price p WHERE p.service_item_id = i.id"
        " AND p.price = i.price AND p.valid_to IS NULL) <> 1 AND i.code ~ '^[CEGY][0-9]{3}$'"
    )
    assert rows == [(0,)]


def test_a_price_from_a_day_on_ends_the_one_before_and_begins_by_itself(own_office: Office) -> None:
    office = own_office
    manager, item, tomorrow = office.desk(MANAGER), found(office, "E001"), office.today + timedelta(days=1)
    told = manager.call(SetPrice(item_id=item.id, price=Decimal("28.5"), valid_from=tomorrow, document="医价〔2026〕8号"))
    assert (told.price, told.next_price, told.next_from, told.valid_to) == (item.price, Decimal("28.5"), tomorrow, office.today)
    listed = {row.id: row for row in manager.call(ListPriceItems(day=tomorrow)).items}
    assert (listed[item.id].price, listed[item.id].document) == (Decimal("28.5"), "医价〔2026〕8号")
    assert office.rows("SELECT price FROM service_item WHERE id = %s", item.id) == [(item.price,)]
    office.clock.by = timedelta(days=1)
    assert found(office, "E001").price == Decimal("28.5")  # the list is right at once
    begun = as_system(office, BeginPrices())
    assert begun.items == 1
    assert office.rows("SELECT price FROM service_item WHERE id = %s", item.id) == [(Decimal("28.5"),)]
    assert as_system(office, BeginPrices()).items == 0


def test_a_price_of_today_is_the_fee_of_a_session_at_once(own_office: Office) -> None:
    fee = found(own_office, "C001")
    own_office.desk(MANAGER).call(SetPrice(item_id=fee.id, price=Decimal(12), valid_from=own_office.today))
    sessions = own_office.desk(CLERK).call(ListSessions()).sessions
    assert {session.fee_fen for session in sessions if session.doctor == "方舟"} == {1200}
    patient = visits.new_patient(own_office, "甄价")
    visit = visits.register(own_office, patient.id)
    assert own_office.rows("SELECT amount_fen FROM charge_line WHERE visit_id = %s", visit.visit_id) == [(1200,)]


def test_a_price_between_two_lasts_until_the_later_one(office: Office) -> None:
    manager, item, today = office.desk(MANAGER), found(office, "E002"), office.today
    late, early = today + timedelta(days=20), today + timedelta(days=10)
    manager.call(SetPrice(item_id=item.id, price=Decimal(3), valid_from=late))
    manager.call(SetPrice(item_id=item.id, price=Decimal(2), valid_from=early))
    manager.call(SetPrice(item_id=item.id, price=Decimal("2.5"), valid_from=early, document="更正"))
    periods = manager.call(GetPriceHistory(item_id=item.id)).periods
    day = timedelta(days=1)
    assert [(p.price, p.valid_from, p.valid_to, p.document) for p in periods[:3]] == [
        (3, late, None, ""),
        (Decimal("2.5"), early, late - day, "更正"),
        (item.price, date(2000, 1, 1), early - day, "医疗服务价格项目通用名称；价格为样例"),
    ]


@pytest.mark.parametrize("price", ["-0.01", "1000000.01", "1.0000001"])
def test_a_price_that_cannot_be_is_refused(office: Office, price: str) -> None:
    item = found(office, "E003")
    with pytest.raises(FieldWrong):
        office.desk(MANAGER).call(SetPrice(item_id=item.id, price=Decimal(price), valid_from=office.today))
    assert found(office, "E003") == item


def test_yesterdays_price_is_not_rewritten_and_a_cashier_sets_none(office: Office) -> None:
    item = found(office, "E003")
    with pytest.raises(FieldWrong):
        office.desk(MANAGER).call(SetPrice(item_id=item.id, price=Decimal(1), valid_from=office.today - timedelta(days=1)))
    with pytest.raises(NotPermitted):
        office.desk(CASHIER).call(SetPrice(item_id=item.id, price=Decimal(1), valid_from=office.today))
    with pytest.raises(NotFound):
        office.desk(MANAGER).call(SetPrice(item_id=10**15, price=Decimal(1), valid_from=office.today))


def test_two_who_set_one_price_at_once_leave_one_price_a_day(own_office: Office) -> None:
    item, day = found(own_office, "E004"), own_office.today + timedelta(days=3)

    def set_to(price: int) -> object:
        return own_office.desk(MANAGER).call(SetPrice(item_id=item.id, price=Decimal(price), valid_from=day))

    outcomes = at_once(lambda: set_to(41), lambda: set_to(42), lambda: set_to(43))
    assert len(successes(outcomes)) == 3
    assert refusals(outcomes) == []
    assert own_office.rows("SELECT count(*) FROM service_price WHERE service_item_id = %s AND valid_from = %s", item.id, day) == [(1,)]


def test_an_import_with_another_price_is_a_price_from_today_on(own_office: Office) -> None:
    office, item = own_office, found(own_office, "E005")
    desk = LocalDesk(office.database.dsn)
    row = ServiceRow(code="E005", name=item.name, unit=item.unit, category="exam", price=Decimal(66), source="2027 list")
    new = ServiceRow(code="E900", name="新检查", unit="次", category="exam", price=Decimal(5), source="2027 list")
    desk.perform(ImportCatalogue(source="2027 list", services=(row, new)))
    desk.perform(ImportCatalogue(source="2027 list", services=(row, new)))
    desk.close()
    periods = office.desk(MANAGER).call(GetPriceHistory(item_id=item.id)).periods
    assert [(p.price, p.valid_from) for p in periods] == [(66, office.today), (item.price, date(2000, 1, 1))]
    assert found(office, "E900").price == 5


def test_an_item_is_added_once_and_corrected(office: Office) -> None:
    manager = office.desk(MANAGER)
    adding = AddServiceItem(code="T900", name="掌心推拿", unit="次", category="treatment", price=Decimal("18.80"), document="自主定价")
    added = manager.call(adding)
    assert (added.price, added.valid_from, added.document) == (Decimal("18.80"), office.today, "自主定价")
    with pytest.raises(AlreadyExists):
        manager.call(adding)
    with pytest.raises(FieldWrong):
        manager.call(AddServiceItem(code="T901", name="药", unit="盒", category="western_drug", price=Decimal(1)))
    off = manager.call(CorrectServiceItem(item_id=added.id, name="掌心推拿（单耳）", unit="单侧", category="treatment", active=False))
    assert (off.name, off.active) == ("掌心推拿（单耳）", False)
    assert office.desk(CASHIER).call(SearchPriceItems(text="zxtn")).items == ()
    assert [row.code for row in manager.call(ListPriceItems(text="zxtn", also_inactive=True)).items] == ["T900"]


# --- charging by hand --------------------------------------------------------------------------------------------------------------


def charge(office: Office, patient_id: int, *wanted: tuple[str, str], **fields: object) -> ChargedManually:
    items = tuple(ItemQuantity(item_id=found(office, code).id, quantity=Decimal(quantity)) for code, quantity in wanted)
    return office.desk(CASHIER).call(ChargeManually(patient_id=patient_id, items=items, **fields))  # type: ignore[arg-type]


def test_items_are_charged_at_todays_price_and_settled_as_all_others(office: Office) -> None:
    patient_id, visit_id = in_consult(office, "甄一")
    charged = charge(office, patient_id, ("E001", "1"), ("E006", "2"), expected_fen=2500 + 2 * 9000)
    assert (charged.visit_id, charged.total_fen) == (visit_id, 20500)
    lines = unpaid(office, patient_id)
    assert [(line.source, line.category, line.quantity, line.amount_fen, line.doctor) for line in lines] == [
        ("service", "exam", Decimal(1), 2500, "方舟"),
        ("service", "exam", Decimal(2), 18000, "方舟"),
    ]
    stored = office.rows(
        "SELECT count(*) FROM charge_line WHERE id = ANY(%s) AND service_item_id > 0 AND entered_by > 0", list(charged.line_ids)
    )
    assert stored == [(2,)]
    settled = visits.settle_all(office, patient_id)
    assert (settled.total_fen, settled.left_fen) == (20500, 0)


def test_a_price_of_six_places_is_rounded_once_a_line(office: Office) -> None:
    item = office.desk(MANAGER).call(
        AddServiceItem(code="M901", name="棉签散装", unit="支", category="material", price=Decimal("0.033333"))
    )
    patient_id, _ = in_consult(office, "甄二")
    charged = charge(office, patient_id, ("M901", "1.5"))
    assert charged.total_fen == 5  # 0.0499995 yuan
    assert unpaid(office, patient_id)[0].unit_price == item.price


def test_what_cannot_be_charged_by_hand(office: Office) -> None:
    patient_id, visit_id = in_consult(office, "甄三")
    other, _ = in_consult(office, "甄四")
    for quantity in ("0", "-1", "0.00001", "100001"):
        with pytest.raises(FieldWrong):
            charge(office, patient_id, ("E001", quantity))
    with pytest.raises(FieldWrong):
        charge(office, patient_id)
    with pytest.raises(NotFound):
        charge(office, other, ("E001", "1"), visit_id=visit_id)
    with pytest.raises(NotFound):
        charge(office, visits.new_patient(office, "甄五").id, ("E001", "1"))
    with pytest.raises(AmountChanged) as refused:
        charge(office, patient_id, ("E001", "1"), expected_fen=2400)
    assert refused.value.due_fen == 2500
    with pytest.raises(NotPermitted):
        office.desk(DOCTOR).call(ChargeManually(patient_id=patient_id, items=(ItemQuantity(item_id=1, quantity=Decimal(1)),)))
    assert unpaid(office, patient_id) == ()


def test_a_manual_line_is_voided_and_a_doctors_or_paid_one_never(office: Office) -> None:
    patient_id, visit_id = in_consult(office, "甄六")
    mine = charge(office, patient_id, ("E001", "1")).line_ids[0]
    prescription = visits.prescribe(office, visit_id)
    visits.approve(office, prescription.id)
    doctors = next(line.id for line in unpaid(office, patient_id) if line.source == "prescription")
    cashier = office.desk(CASHIER)
    with pytest.raises(FieldWrong):
        cashier.call(VoidManualCharge(charge_line_id=doctors, reason="错"))
    cashier.call(VoidManualCharge(charge_line_id=mine, reason="录错项目"))
    assert [line.id for line in unpaid(office, patient_id)] == [doctors]
    with pytest.raises(WrongState):
        cashier.call(VoidManualCharge(charge_line_id=mine, reason="再来"))
    paid = charge(office, patient_id, ("E001", "1")).line_ids[0]
    visits.settle_all(office, patient_id)
    with pytest.raises(WrongState):
        cashier.call(VoidManualCharge(charge_line_id=paid, reason="错"))
    with pytest.raises(NotFound):
        cashier.call(VoidManualCharge(charge_line_id=10**15, reason="错"))


def test_a_line_that_is_being_settled_is_held(office: Office) -> None:
    patient_id, visit_id = in_consult(office, "甄十")
    line = charge(office, patient_id, ("E001", "1")).line_ids[0]
    settlement = office.database.value(
        "INSERT INTO settlement (kind, state, patient_id, visit_id, plan, expected_fen, cashier_id, opened_at)"
        " SELECT 'SALE', 'OPEN', %s, %s, '{}', 2500, id, now() FROM staff WHERE login = 'jinxing' RETURNING id",
        patient_id,
        visit_id,
    )
    office.database.run("UPDATE charge_line SET settlement_id = %s WHERE id = %s", settlement, line)
    with pytest.raises(LinesHeld) as refused:
        office.desk(CASHIER).call(VoidManualCharge(charge_line_id=line, reason="录错"))
    assert (refused.value.cashier, refused.value.settlement_id) == ("金杏", settlement)


# --- packages ----------------------------------------------------------------------------------------------------------------------


def lines_of(office: Office, *wanted: tuple[str, str]) -> tuple[ItemQuantity, ...]:
    return tuple(ItemQuantity(item_id=found(office, code).id, quantity=Decimal(quantity)) for code, quantity in wanted)


def test_a_package_is_found_priced_and_charged_whole(own_office: Office) -> None:
    office, manager = own_office, own_office.desk(MANAGER)
    put = PutPackage(code="TJ01", name="入职体检", lines=lines_of(office, ("E001", "1"), ("E005", "1")))
    package = manager.call(put)
    assert package.total_fen == 2500 + 6000
    assert office.desk(CASHIER).call(SearchPriceItems(text="rztj")).packages == (package,)
    patient_id, _ = in_consult(office, "甄七")
    charged = office.desk(CASHIER).call(ChargeManually(patient_id=patient_id, package_id=package.id, expected_fen=8500))
    assert len(charged.line_ids) == 2
    manager.call(SetPrice(item_id=found(office, "E001").id, price=Decimal(30), valid_from=office.today))
    assert manager.call(ListPackages()).packages[0].total_fen == 9000  # what is charged from now on; charged lines stay
    assert sum(line.amount_fen for line in unpaid(office, patient_id)) == 8500
    changed = manager.call(PutPackage(code="TJ01", name="入职体检", lines=lines_of(office, ("E005", "2")), active=False))
    assert (changed.id, changed.total_fen) == (package.id, 12000)
    assert office.desk(CASHIER).call(SearchPriceItems(text="rztj")).packages == ()
    with pytest.raises(NotFound):
        office.desk(CASHIER).call(ChargeManually(patient_id=patient_id, package_id=package.id))


def test_a_package_names_items_that_exist_once(office: Office) -> None:
    manager, known = office.desk(MANAGER), found(office, "E001").id
    one = ItemQuantity(item_id=known, quantity=Decimal(1))
    with pytest.raises(FieldWrong):
        manager.call(PutPackage(code="X", name="X", lines=(one, one)))
    with pytest.raises(NotFound):
        manager.call(PutPackage(code="X", name="X", lines=(one, ItemQuantity(item_id=10**15, quantity=Decimal(1)))))
    assert all(package.code != "X" for package in manager.call(ListPackages()).packages)


# --- surcharges --------------------------------------------------------------------------------------------------------------------


def injected(office: Office, visit_id: int, *days: int) -> int:
    """A prescription of injections given twice a day for so many days each, signed and approved; its id."""
    names = ("甲钴胺注射液", "维生素B12注射液")[: len(days)]
    lines: tuple[DrugLine, ...] = tuple(
        visits.line(visits.drug(office, name), many, route="im", frequency="bid", reason="按说明书")
        for name, many in zip(names, days, strict=True)
    )
    prescription = office.desk(DOCTOR).call(SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=lines))
    visits.approve(office, prescription.id)
    return prescription.id


def test_a_routes_surcharge_is_charged_paid_and_voided_with_its_prescription(own_office: Office) -> None:
    office = own_office
    item = office.desk(MANAGER).call(AddServiceItem(code="T801", name="肌肉注射", unit="次", category="treatment", price=Decimal("2.5")))
    put = PutRouteSurcharge(route_code="im", item_id=item.id, per=Per.GIVING)
    office.desk(MANAGER).call(put)
    assert [(s.route_name, s.per, s.price) for s in office.desk(CASHIER).call(ListRouteSurcharges()).surcharges] == [
        ("肌内注射", Per.GIVING, Decimal("2.5"))
    ]
    patient_id, visit_id = in_consult(office, "甄八")
    first = injected(office, visit_id, 2, 1)
    due = unpaid(office, patient_id)
    extra = [line for line in due if line.source == "surcharge"]
    assert [(line.quantity, line.amount_fen) for line in extra] == [(Decimal(6), 1500)]
    drugs = tuple(line.id for line in due if line.source == "prescription")
    with pytest.raises(PartOfPrescription):
        total = sum(line.amount_fen for line in due) - 1500
        office.desk(CASHIER).call(Settle(patient_id=patient_id, line_ids=drugs, expected_fen=total, tenders=visits.cash(total)))
    visits.settle_all(office, patient_id)
    assert office.rows("SELECT state FROM prescription WHERE id = %s", first) == [("PAID",)]
    second = injected(office, visit_id, 1)
    assert any(line.source == "surcharge" for line in unpaid(office, patient_id))
    office.desk(DOCTOR).call(VoidPrescription(prescription_id=second, reason="改用口服"))
    assert unpaid(office, patient_id) == ()
    office.desk(MANAGER).call(DropRouteSurcharge(route_code="im", item_id=item.id))
    with pytest.raises(NotFound):
        office.desk(MANAGER).call(DropRouteSurcharge(route_code="im", item_id=item.id))
    injected(office, visit_id, 1)
    assert all(line.source == "prescription" for line in unpaid(office, patient_id))


def test_a_surcharge_for_a_route_or_item_that_is_not_there(office: Office) -> None:
    item = found(office, "E001")
    for put in (
        PutRouteSurcharge(route_code="nowhere", item_id=item.id, per=Per.LINE),
        PutRouteSurcharge(route_code="im", item_id=10**15, per=Per.LINE),
    ):
        with pytest.raises(NotFound):
            office.desk(MANAGER).call(put)


def test_the_service_lets_prices_begin_and_leaves_no_trace_when_none_does(clinic: Clinic) -> None:
    item = clinic.desk(CASHIER).call(SearchPriceItems(text="E001")).items[0]
    clinic.database.run("UPDATE service_item SET price = 1 WHERE id = %s", item.id)  # as it is on the morning after
    clinic.service.begin_prices()
    assert clinic.database.value("SELECT price FROM service_item WHERE id = %s", item.id) == item.price
    clinic.service.begin_prices()
    assert clinic.database.value("SELECT count(*) FROM audit_entry WHERE act = 'begin_prices'") == 1
