"""Mapping, stock, sales with 追溯码, self-pay fees, records: taken, and refused where they must be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.insurance import uploads as up
from server.outcome import Outcome, Rejected, Unknown
from tests.server.insurance.desk import AMOXICILLIN, NOW, Line, Visit, done, fee, new


def drug(*codes: str, **more: Any) -> up.Drug:
    fields: dict[str, Any] = {
        "med_list_codg": AMOXICILLIN,
        "own_code": "D1",
        "own_name": "阿莫西林胶囊",
        "batch_number": new(),
        "lot": "L1",
        "made": date(2026, 1, 1),
        "expires": date(2028, 1, 1),
        "prescription_drug": True,
        "codes": codes,
    }
    return up.Drug(**{**fields, **more})


def sale(*codes: str, split: bool = False, **more: Any) -> up.Sold:
    fields: dict[str, Any] = {
        "drug": drug(*codes, split=split),
        "doctor_name": "Doctor",
        "pharmacist_name": "Pharmacist",
        "pharmacist_licence": "P1",
        "settled_by": "0",
        "visit_number": new(),
        "document_number": new(),
        "line_number": new(),
        "quantity": Decimal("1"),
        "price": Decimal("12.34"),
        "at": NOW,
        "operator": "Pharmacist",
        "name": "Somebody",
        "identity_number": "440301198503120022",
    }
    return up.Sold(**{**fields, **more})


def purchase(**more: Any) -> up.Purchased:
    fields: dict[str, Any] = {
        "drug": drug(),
        "supplier": "S",
        "maker": "M",
        "approval_number": "A",
        "price": Decimal("1.234567"),
        "quantity": Decimal("10"),
        "invoice_number": "I1",
        "at": NOW,
        "operator": "Clerk",
    }
    return up.Purchased(**{**fields, **more})


def test_stock_is_reported(line: Line) -> None:
    insurance, call = line.insurance, line.call
    changed = up.StockChanged(drug=drug(), kind="104", price=Decimal("1.5"), quantity=Decimal("2"), at=NOW, operator="Clerk")
    assert done(insurance.stock_taken(up.StockTaken(drug=drug(), on=date(2026, 11, 22), quantity=Decimal("12.5")), call())).faults == ()
    assert done(insurance.stock_changed(changed, call())).faults == ()
    bought = purchase()
    assert done(insurance.purchased(bought, call())).faults == ()
    assert done(insurance.purchase_returned(bought, call())).faults == ()
    batch = bought.drug.batch_number
    assert done(insurance.delete_row(up.DeleteRow(batch_number=batch, kind="3"), call())).faults == ()
    assert isinstance(insurance.delete_row(up.DeleteRow(batch_number=batch, kind="3"), call()), Rejected)
    assert isinstance(insurance.purchased(purchase(invoice_number=""), call()), Rejected)


def test_a_code_is_sold_once_until_it_comes_back(line: Line) -> None:
    insurance, code = line.insurance, new()
    first = sale(code)
    done(insurance.sold(first, line.call()))
    again = insurance.sold(sale(code), line.call())
    assert isinstance(again, Rejected)
    assert code in again.message
    assert not insurance.was_repeated(again.message)
    back = sale(code, returns=first.line_number)
    done(insurance.sale_returned(back, line.call()))
    assert isinstance(insurance.sale_returned(back, line.call()), Rejected)
    done(insurance.sold(sale(code), line.call()))


def test_an_upload_that_is_there_already_says_so(line: Line) -> None:
    sold = sale(new())
    done(line.insurance.sold(sold, line.call()))
    again = line.insurance.sold(sold, line.call())
    assert isinstance(again, Rejected)
    assert line.insurance.was_repeated(again.message)


def test_an_opened_packs_code_comes_again(line: Line) -> None:
    code = new()
    done(line.insurance.sold(sale(code, split=True), line.call()))
    done(line.insurance.sold(sale(code, split=True), line.call()))
    assert isinstance(line.insurance.sold(sale(code), line.call()), Rejected)


def test_of_a_batch_only_the_refused_rows_are_named(line: Line) -> None:
    code = new()
    rows = (sale(code), sale(new()), sale(code), sale())
    faults = done(line.insurance.sold_batch(rows, line.call())).faults
    assert [one.subject for one in faults] == [rows[2].line_number]
    assert code in faults[0].message
    repeated = done(line.insurance.sold_batch(rows[1:2], line.call())).faults
    assert [line.insurance.was_repeated(one.message) for one in repeated] == [True]


def test_an_insured_sale_needs_its_settlement(line: Line) -> None:
    visit = Visit(line).charged(1_000)
    settled = done(visit.settle())
    done(line.insurance.sold(sale(new(), settled_by="1", setl_id=settled.setl_id, psn_no=visit.person.psn_no), line.call()))
    assert isinstance(line.insurance.sold(sale(new(), settled_by="1", setl_id="nowhere"), line.call()), Rejected)


def test_mapping(line: Line) -> None:
    insurance, own = line.insurance, new()
    row = up.MapItem(
        own_code=own,
        own_name="阿莫西林",
        list_type="101",
        med_list_codg=AMOXICILLIN,
        begins=date(2026, 1, 1),
        ends=date(2099, 12, 31),
        price=Decimal("12.5"),
    )
    done(insurance.map_item(row, line.call()))
    assert line.simulator.control("mappings")[f"101 {own}"] == {"med_list_codg": AMOXICILLIN}
    away = up.UnmapItem(own_code=own, list_type="101", med_list_codg=AMOXICILLIN)
    done(insurance.unmap_item(away, line.call()))
    assert isinstance(insurance.unmap_item(away, line.call()), Rejected)
    unknown = up.MapItem(
        own_code=own, own_name="x", list_type="101", med_list_codg="NOSUCH", begins=date(2026, 1, 1), ends=date(2026, 1, 2)
    )
    assert isinstance(insurance.map_item(unknown, line.call()), Rejected)


def test_self_pay_fees(line: Line) -> None:
    lines = (fee("1", 1_234), fee("2", 1))
    request = up.SelfPayFees(
        visit_number=new(),
        ipt_otp_no=new(),
        med_type="11",
        batch="1",
        identity_kind="01",
        identity_number="440301198503120022",
        name="Somebody",
        fees=lines,
        fee_names={"1": "阿莫西林胶囊"},
        category_codes={"1": "09"},
    )
    done(line.insurance.self_pay_fees(request, line.call()))


def record(**more: Any) -> up.OutpatientRecord:
    return up.OutpatientRecord(
        registration=up.RecordRegistration(visit_number=new(), kind="1", way="1", paid_by="01", at=NOW, fee_fen=1_000, **more),
        case=up.RecordCase(at=NOW, department_code="A03", department_name="Medicine", complaint="cough", onset=NOW),
        diagnoses=(
            up.RecordDiagnosis(code="J06.900", name="URTI", main=True),
            up.RecordDiagnosis(code="A01", name="感冒", tcm=True, syndrome_code="B01", syndrome="风热犯卫"),
        ),
        drugs=(
            up.RecordDrug(
                prescription_number="R1",
                at=NOW,
                kind="1",
                line_number="1",
                name="阿莫西林胶囊",
                single=Decimal("0.5"),
                total=Decimal("10.5"),
                dose_unit="g",
                days=7,
                begins=NOW,
            ),
        ),
    )


def test_records(line: Line) -> None:
    done(line.insurance.outpatient_record(record(), line.call()))
    insured = record(psn_no="1", mdtrt_id="1")
    assert isinstance(line.insurance.outpatient_record(insured, line.call("")), Rejected)  # names a person, and no region
    done(line.insurance.outpatient_record(insured, line.call()))


@pytest.mark.parametrize("infno", ["3501", "3501A", "3502", "3503", "3504", "3505", "3505A", "3506", "3507", "4201", "4301", "3301"])
def test_a_lost_upload_is_unknown(line: Line, infno: str) -> None:
    insurance = line.insurance
    line.fault("RESET_AFTER", infno)
    asked: dict[str, Any] = {
        "3501": lambda: insurance.stock_taken(up.StockTaken(drug=drug(), on=date(2026, 1, 1), quantity=Decimal(1)), line.call()),
        "3501A": lambda: insurance.stock_taken_batch((up.StockTaken(drug=drug(), on=date(2026, 1, 1), quantity=Decimal(1)),), line.call()),
        "3502": lambda: insurance.stock_changed(
            up.StockChanged(drug=drug(), kind="103", price=Decimal(1), quantity=Decimal(1), at=NOW, operator="C"), line.call()
        ),
        "3503": lambda: insurance.purchased(purchase(), line.call()),
        "3504": lambda: insurance.purchase_returned(purchase(), line.call()),
        "3505": lambda: insurance.sold(sale(new()), line.call()),
        "3505A": lambda: insurance.sold_batch((sale(new()),), line.call()),
        "3506": lambda: insurance.sale_returned(sale(returns="x"), line.call()),
        "3507": lambda: insurance.delete_row(up.DeleteRow(batch_number="x", kind="1"), line.call()),
        "4201": lambda: insurance.self_pay_fees(
            up.SelfPayFees(
                visit_number="1",
                ipt_otp_no="1",
                med_type="11",
                batch="1",
                identity_kind="01",
                identity_number="1",
                name="x",
                fees=(fee("1", 1),),
            ),
            line.call(),
        ),
        "4301": lambda: insurance.outpatient_record(record(), line.call()),
        "3301": lambda: insurance.map_item(
            up.MapItem(own_code="x", own_name="x", list_type="101", med_list_codg="x", begins=date(2026, 1, 1), ends=date(2026, 1, 2)),
            line.call(),
        ),
    }
    outcome: Outcome[object] = asked[infno]()
    assert isinstance(outcome, Unknown)


def test_of_a_stock_only_the_refused_batches_are_named(line: Line) -> None:
    rows = tuple(up.StockTaken(drug=drug(), on=date(2026, 11, 22), quantity=Decimal("12.5")) for _ in range(3))
    nameless = up.StockTaken(drug=drug(own_name=""), on=date(2026, 11, 22), quantity=Decimal(1))
    faults = done(line.insurance.stock_taken_batch((*rows, rows[1], nameless), line.call())).faults
    assert [one.subject for one in faults] == [rows[1].drug.batch_number, nameless.drug.batch_number]
    assert not any(line.insurance.was_repeated(one.message) for one in faults)
    told = {one["batch"] for one in line.simulator.control("uploads", "3501")}
    assert {row.drug.batch_number for row in rows} <= told
    refused = line.insurance.stock_taken_batch(rows * 60, line.call())
    assert isinstance(refused, Rejected)
    assert "40000" in refused.message


def test_a_batch_of_one_invoice_is_bought_once(line: Line) -> None:
    bought = purchase(invoice_number=new())
    done(line.insurance.purchased(bought, line.call()))
    again = line.insurance.purchased(bought, line.call())
    assert isinstance(again, Rejected)
    assert line.insurance.was_repeated(again.message)
    done(line.insurance.purchased(purchase(drug=bought.drug, invoice_number=new()), line.call()))
