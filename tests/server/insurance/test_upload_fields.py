"""What each report says over the wire, field by field, as the bureau hears it (DOMAIN.md §1.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from server.insurance import uploads as up
from server.insurance.protocol import BEIJING
from tests.server.insurance.desk import Line

D = Decimal
AT = datetime(2026, 11, 20, 16, 5, 9, tzinfo=BEIJING)
TIME = "2026-11-20 16:05:09"


def drug(*codes: str, split: bool = False, memo: str = "") -> up.Drug:
    return up.Drug(
        med_list_codg="XJ01CAA040E001010101001",
        own_code="D0001",
        own_name="阿莫西林胶囊",
        batch_number="4711",
        lot="260101",
        made=date(2026, 1, 2),
        expires=date(2027, 12, 31),
        prescription_drug=True,
        split=split,
        codes=codes,
        memo=memo,
    )


BATCH: dict[str, Any] = {
    "med_list_codg": "XJ01CAA040E001010101001",
    "fixmedins_hilist_id": "D0001",
    "fixmedins_hilist_name": "阿莫西林胶囊",
    "fixmedins_bchno": "4711",
    "manu_lotnum": "260101",
    "rx_flag": "1",
    "trdn_flag": "0",
    "manu_date": "2026-01-02",
    "expy_end": "2027-12-31",
    "drugtracinfo": [],
}


def taken() -> up.StockTaken:
    return up.StockTaken(drug=drug(memo="西药房"), on=date(2026, 11, 20), quantity=D("12.5"))


TAKEN = BATCH | {"memo": "西药房", "invdate": "2026-11-20", "inv_cnt": "12.5"}


def changed(kind: str, *, split: bool = False) -> up.StockChanged:
    memo = "PD2611200001 西药房"
    return up.StockChanged(drug=drug(memo=memo, split=split), kind=kind, price=D("9.812345"), quantity=D("2.5"), at=AT, operator="顾砚")


def told_change(kind: str, trdn_flag: str = "0") -> dict[str, Any]:
    own = {"inv_chg_type": kind, "pric": "9.812345", "cnt": "2.5", "inv_chg_time": TIME, "inv_chg_opter_name": "顾砚"}
    return BATCH | own | {"memo": "PD2611200001 西药房", "trdn_flag": trdn_flag}


def bought() -> up.Purchased:
    return up.Purchased(
        drug=drug(memo="R1"),
        supplier="国药控股",
        maker="联邦制药",
        approval_number="国药准字H20013062",
        price=D("9.8"),
        quantity=D("20"),
        invoice_number="044002600111",
        at=AT,
        operator="顾砚",
        order_number="SH-1",
    )


BOUGHT = BATCH | {
    "memo": "R1",
    "spler_name": "国药控股",
    "prdr_name": "联邦制药",
    "aprvno": "国药准字H20013062",
    "finl_trns_pric": "9.8",
    "purc_retn_cnt": "20",
    "purc_invo_no": "044002600111",
    "purc_retn_stoin_time": TIME,
    "purc_retn_opter_name": "顾砚",
    "prod_geay_flag": "0",
    "dynt_no": "SH-1",
}


def sold(**more: Any) -> up.Sold:
    return up.Sold(
        drug=drug("81234560001234567890", split=True),
        doctor_name="方舟",
        pharmacist_name="苏叶",
        pharmacist_licence="Y440300000009",
        settled_by="0",
        visit_number="26112000001",
        document_number="26112000007",
        line_number="12-4711-s",
        quantity=D("0.5"),
        price=D("12.34"),
        at=AT,
        operator="苏叶",
        identity_number="440301198503120022",
        name="林静怡",
        prescription_number="26112000007",
        **more,
    )


SOLD = BATCH | {
    "trdn_flag": "1",
    "drugtracinfo": [{"drug_trac_codg": "81234560001234567890"}],
    "prsc_dr_name": "方舟",
    "phar_name": "苏叶",
    "phar_prac_cert_no": "Y440300000009",
    "hi_feesetl_type": "0",
    "mdtrt_setl_type": "2",
    "mdtrt_sn": "26112000001",
    "rtal_docno": "26112000007",
    "stoout_no": "12-4711-s",
    "psn_cert_type": "01",
    "sel_retn_cnt": "0.5",
    "finl_trns_pric": "12.34",
    "sel_retn_time": TIME,
    "sel_retn_opter_name": "苏叶",
    "rx_circ_flag": "0",
    "certno": "440301198503120022",
    "psn_name": "林静怡",
    "rxno": "26112000007",
}
INSURED = {"setl_id": "S1", "psn_no": "P1"}


def record() -> up.OutpatientRecord:
    line = up.RecordDrug(
        prescription_number="R1",
        at=AT,
        kind="1",
        line_number="12",
        name="阿莫西林胶囊",
        single=D("0.5"),
        total=D("21"),
        dose_unit="g",
        days=7,
    )
    return up.OutpatientRecord(
        registration=up.RecordRegistration(visit_number="V1", kind="1", way="1", paid_by="07", at=AT, fee_fen=1_000),
        case=up.RecordCase(at=AT, department_code="A03", department_name="内科", complaint="咳嗽三天"),
        diagnoses=(up.RecordDiagnosis(code="J06.900", name="急性上呼吸道感染", main=True),),
        drugs=(line,),
    )


RECORD: dict[str, Any] = {
    "rgstinfo": {
        "mdtrt_sn": "V1",
        "rgst_type_code": "1",
        "rgst_way_code": "1",
        "rgst_serv_fee": "10.00",
        "rgst_retnr_time": TIME,
        "medfee_paymtd_code": "07",
        "fstdiag_flag": "0",
        "retnr_flag": "0",
        "mdtrt_flag": "1",
        "vali_flag": "1",
    },
    "caseinfo": {"mdtrt_date": TIME, "dept_code": "A03", "dept_name": "内科", "chfcomp": "咳嗽三天", "vali_flag": "1"},
    "diseinfo": [{"tcm_diag_flag": "0", "maindiag_flag": "1", "diag_code": "J06.900", "diag_name": "急性上呼吸道感染", "vali_flag": "1"}],
    "rxinfo": [
        {
            "rxno": "R1",
            "rx_prsc_time": TIME,
            "rx_type_code": "1",
            "rx_detl_id": "12",
            "rx_detl_name": "阿莫西林胶囊",
            "bas_medn_flag": "0",
            "urgt_flag": "0",
            "vali_flag": "1",
            "drug_used_sdose": "0.5",
            "drug_used_idose": "21",
            "drug_used_dosunt": "g",
            "medc_days": "7",
        }
    ],
}
BACK = {"stoout_no": "31", "medins_prod_sel_no": "12-4711-s"}
Tell = Callable[[Any, Any], object]
REPORTS: dict[str, tuple[str, Tell, dict[str, Any]]] = {
    "stock": ("3501", lambda to, call: to.stock_taken(taken(), call), {"invinfo": TAKEN}),
    "stock in parts": ("3501A", lambda to, call: to.stock_taken_batch((taken(),), call), {"invinfoDetail": [TAKEN]}),
    "in": ("3502", lambda to, call: to.stock_changed(changed("101"), call), {"invinfo": told_change("101")}),
    "out": ("3502", lambda to, call: to.stock_changed(changed("102"), call), {"invinfo": told_change("102")}),
    "found": ("3502", lambda to, call: to.stock_changed(changed("103"), call), {"invinfo": told_change("103")}),
    "missing": ("3502", lambda to, call: to.stock_changed(changed("104", split=True), call), {"invinfo": told_change("104", "1")}),
    "destroyed": ("3502", lambda to, call: to.stock_changed(changed("105"), call), {"invinfo": told_change("105")}),
    "purchase": ("3503", lambda to, call: to.purchased(bought(), call), {"purcinfo": BOUGHT}),
    "to the supplier": ("3504", lambda to, call: to.purchase_returned(bought(), call), {"purcinfo": BOUGHT}),
    "sale": ("3505", lambda to, call: to.sold(sold(), call), {"selinfo": SOLD}),
    "sales": ("3505A", lambda to, call: to.sold_batch((sold(),), call), {"selinfoDetail": [SOLD]}),
    "insured": (
        "3505A",
        lambda to, call: to.sold_batch((msgspec.structs.replace(sold(**INSURED), settled_by="1"),), call),
        {"selinfoDetail": [SOLD | INSURED | {"hi_feesetl_type": "1", "mdtrt_setl_type": "1"}]},
    ),
    "return": (
        "3506",
        lambda to, call: to.sale_returned(msgspec.structs.replace(sold(), line_number="31", returns="12-4711-s"), call),
        {"selinfo": SOLD | BACK},
    ),
    "returns": (
        "3506A",
        lambda to, call: to.sales_returned((msgspec.structs.replace(sold(), line_number="31", returns="12-4711-s"),), call),
        {"selinfoDetail": [SOLD | BACK]},
    ),
    "deletion": (
        "3507",
        lambda to, call: to.delete_row(up.DeleteRow(batch_number="4711", kind="2"), call),
        {"data": {"fixmedins_bchno": "4711", "inv_data_type": "2"}},
    ),
    "record": ("4301", lambda to, call: to.outpatient_record(record(), call), RECORD),
}


def _texts(value: Any) -> Any:
    """Numbers as text, at any depth: whether a province wants them as text is another question."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value)


@pytest.mark.parametrize("report", REPORTS)
def test_the_bureau_hears_exactly_these_fields(line: Line, report: str) -> None:
    infno, tell, wanted = REPORTS[report]
    tell(line.insurance, line.call())
    assert _texts(line.simulator.control("heard", infno)) == wanted
