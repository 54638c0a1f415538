"""Suppliers, their licences, and what may come in from whom."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from common.errors import AlreadyExists, FieldWrong, NotFound, NotPermitted
from common.messages.alerts import ListAlerts
from common.messages.catalogue import StockRow
from common.messages.receipts import ListSuppliers
from common.messages.settlement import Approve
from common.messages.store import ReceiveStock
from common.messages.suppliers import EnterLicence, FindSuppliers, LicenceKind, LicenceState, SaveSupplier, Supplier
from common.money_errors import ApprovalNotValid, SamePerson
from common.purchasing_errors import LicenceMissing, SupplierUnknown
from installer.sample import PASSWORD
from tests import visits
from tests.server.office import Office

KEEPER = "kuyan"
D = Decimal


def enter(office: Office, name: str, **fields: object) -> int:
    return office.desk(KEEPER).call(SaveSupplier(name=name, **fields)).supplier_id  # type: ignore[arg-type]


def license_all(office: Office, supplier_id: int, **expires: date | None) -> None:
    for kind in (LicenceKind.DRUG, LicenceKind.BUSINESS, LicenceKind.AUTHORISATION):
        day = expires.get(kind, office.today + timedelta(days=400))
        office.desk(KEEPER).call(EnterLicence(supplier_id=supplier_id, kind=kind, number=f"{kind}-1", expires=day))


def found(office: Office, supplier_id: int) -> Supplier:
    (only,) = (s for s in office.desk(visits.PHARMACIST).call(FindSuppliers(inactive=True)).suppliers if s.id == supplier_id)
    return only


def delivery(office: Office, supplier: str, **fields: object) -> ReceiveStock:
    code = visits.drug(office, "布洛芬").code
    expires = office.today + timedelta(days=700)
    row = StockRow(drug_code=code, lot="S1", expires=expires, packs=D(1), purchase_price=D(5), made=office.today - timedelta(days=30))
    return ReceiveStock(rows=(row,), supplier=supplier, inspector="顾砚", **fields)  # type: ignore[arg-type]


def test_a_supplier_gets_a_code_and_is_corrected(office: Office) -> None:
    supplier_id = enter(office, "甲药业", contact="张三", phone="010-1", lead_days=5)
    entered = found(office, supplier_id)
    assert (entered.name, entered.contact, entered.lead_days, entered.active) == ("甲药业", "张三", 5, True)
    assert entered.code.startswith("G")
    assert [licence.state for licence in entered.licences] == [LicenceState.MISSING] * 3
    office.desk(KEEPER).call(SaveSupplier(supplier_id=supplier_id, name="甲药业股份", lead_days=2))
    assert (found(office, supplier_id).code, found(office, supplier_id).name) == (entered.code, "甲药业股份")
    assert "甲药业股份" in office.desk(KEEPER).call(ListSuppliers()).names
    office.desk(KEEPER).call(SaveSupplier(supplier_id=supplier_id, name="甲药业股份", active=False))
    assert "甲药业股份" not in office.desk(KEEPER).call(ListSuppliers()).names
    assert not office.desk(KEEPER).call(FindSuppliers(text="甲药业")).suppliers


def test_names_and_codes_are_one_suppliers(office: Office) -> None:
    one, other = enter(office, "乙一"), enter(office, "乙二", code="yi2")
    assert found(office, other).code == "YI2"
    for request in (
        SaveSupplier(name="乙一"),
        SaveSupplier(name="乙三", code="YI2"),
        SaveSupplier(supplier_id=one, name="乙二"),
    ):
        with pytest.raises(AlreadyExists):
            office.desk(KEEPER).call(request)
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(SaveSupplier(supplier_id=10**6, name="乙四"))
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(SaveSupplier(name="乙五"))


def test_the_newest_licence_of_a_kind_counts(office: Office) -> None:
    supplier_id = enter(office, "丙药业")
    today = office.today
    license_all(office, supplier_id, DRUG=today, BUSINESS=None)
    states = {licence.kind: licence.state for licence in found(office, supplier_id).licences}
    assert states == {
        LicenceKind.DRUG: LicenceState.NEAR_30,
        LicenceKind.BUSINESS: LicenceState.VALID,
        LicenceKind.AUTHORISATION: LicenceState.VALID,
    }
    for days, state in ((-1, "EXPIRED"), (30, "NEAR_30"), (31, "NEAR_90"), (90, "NEAR_90"), (91, "VALID")):
        office.desk(KEEPER).call(
            EnterLicence(supplier_id=supplier_id, kind=LicenceKind.DRUG, number="D2", expires=today + timedelta(days=days))
        )
        assert found(office, supplier_id).worst == state
    gsp = EnterLicence(supplier_id=supplier_id, kind=LicenceKind.GSP, number="G", expires=today - timedelta(days=1))
    office.desk(KEEPER).call(gsp)
    assert found(office, supplier_id).worst is LicenceState.EXPIRED
    office.desk(KEEPER).call(EnterLicence(supplier_id=supplier_id, kind=LicenceKind.GSP, withdrawn=True))
    assert [licence.kind for licence in found(office, supplier_id).licences] == ["DRUG", "BUSINESS", "AUTHORISATION"]
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(EnterLicence(supplier_id=supplier_id, kind=LicenceKind.GSP))


def test_nothing_comes_in_from_who_has_no_licence(office: Office) -> None:
    before = office.rows("SELECT count(*) FROM stock_move")
    with pytest.raises(SupplierUnknown):
        office.desk(KEEPER).call(delivery(office, "没有这家"))
    supplier_id = enter(office, "丁药业")
    with pytest.raises(LicenceMissing) as missing:
        office.desk(KEEPER).call(delivery(office, "丁药业"))
    assert (missing.value.kind, missing.value.expired) == ("DRUG", "")
    yesterday = office.today - timedelta(days=1)
    license_all(office, supplier_id, AUTHORISATION=yesterday)
    with pytest.raises(LicenceMissing) as expired:
        office.desk(KEEPER).call(delivery(office, "丁药业"))
    assert (expired.value.kind, expired.value.expired) == ("AUTHORISATION", yesterday.isoformat())
    assert office.rows("SELECT count(*) FROM stock_move") == before
    license_all(office, supplier_id, AUTHORISATION=office.today)
    number = office.desk(KEEPER).call(delivery(office, "丁药业")).document_number
    assert office.rows("SELECT supplier_id, licence_reason, place FROM stock_receipt WHERE number = %s", number) == [
        (supplier_id, "", "PHARMACY")
    ]


def test_a_second_person_may_agree_with_a_reason(office: Office) -> None:
    supplier_id, other = enter(office, "戊药业"), enter(office, "戊二药业")

    def approved(subject: int, login: str = visits.PHARMACIST) -> int:
        request = Approve(act="supplier_licence", subject_id=subject, login=login, password=PASSWORD)
        return office.desk(KEEPER).call(request).approval_id

    with pytest.raises(SamePerson):
        approved(supplier_id, KEEPER)
    with pytest.raises(NotPermitted):
        approved(supplier_id, visits.CASHIER)
    with pytest.raises(LicenceMissing):  # agreed, but nobody says why
        office.desk(KEEPER).call(delivery(office, "戊药业", approval_id=approved(supplier_id)))
    with pytest.raises(ApprovalNotValid):
        office.desk(KEEPER).call(delivery(office, "戊药业", approval_id=approved(other), licence_reason="急用"))
    request = delivery(office, "戊药业", approval_id=approved(supplier_id), licence_reason="急用，证件随后补")
    number = office.desk(KEEPER).call(request).document_number
    agreed = office.rows(
        "SELECT r.licence_reason, s.login FROM stock_receipt r JOIN staff s ON s.id = r.agreed_by WHERE r.number = %s", number
    )
    assert agreed == [("急用，证件随后补", visits.PHARMACIST)]
    with pytest.raises(ApprovalNotValid):  # used once
        office.desk(KEEPER).call(request)


def test_an_opening_stock_asks_for_no_licence(office: Office) -> None:
    request = delivery(office, "谁也不认识")
    office.desk(KEEPER).call(ReceiveStock(rows=request.rows, supplier=request.supplier))
    assert office.rows("SELECT supplier_id FROM stock_receipt WHERE supplier = '谁也不认识'") == [(None,)]


def test_licences_that_want_attention(office: Office) -> None:
    supplier_id = enter(office, "己药业")
    today = office.today
    license_all(office, supplier_id, DRUG=today + timedelta(days=80), BUSINESS=today - timedelta(days=2))

    def shown() -> list[tuple[str, str]]:
        alerts = office.desk(visits.PHARMACIST).call(ListAlerts()).licences
        assert [list(LicenceState).index(alert.licence.state) for alert in alerts] == sorted(
            list(LicenceState).index(alert.licence.state) for alert in alerts
        )
        return [(str(alert.licence.kind), str(alert.licence.state)) for alert in alerts if alert.supplier == "己药业"]

    assert shown() == [("BUSINESS", "EXPIRED"), ("DRUG", "NEAR_90")]
    office.clock.by = timedelta(days=60)
    assert shown() == [("BUSINESS", "EXPIRED"), ("DRUG", "NEAR_30")]
    office.desk(KEEPER).call(SaveSupplier(supplier_id=supplier_id, name="己药业", active=False))
    assert shown() == []


def test_the_sample_clinics_supplier_may_deliver(office: Office) -> None:
    (sample,) = office.desk(KEEPER).call(FindSuppliers(text="样例")).suppliers
    assert sample.worst is LicenceState.VALID
    assert sample.last_delivery is not None
