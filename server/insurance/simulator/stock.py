"""The counter for stock, sales with 追溯码, self-pay fees and records: 3501 to 3507, 4201, 4301."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.insurance import reading
from server.insurance.simulator.office import Message, Office, Refusal, every, text

if TYPE_CHECKING:
    from server.insurance.simulator.store import Document

_DRUG: Final = ("med_list_codg", "fixmedins_hilist_id", "fixmedins_hilist_name", "fixmedins_bchno")
#: What each upload must hold beside the drug.
_NEEDED: Final = {
    "3501": ("rx_flag", "invdate", "inv_cnt"),
    "3502": ("inv_chg_type", "pric", "cnt", "inv_chg_time", "inv_chg_opter_name", "trdn_flag"),
    "3503": (
        "spler_name",
        "manu_lotnum",
        "prdr_name",
        "aprvno",
        "manu_date",
        "expy_end",
        "finl_trns_pric",
        "purc_retn_cnt",
        "purc_invo_no",
        "rx_flag",
        "purc_retn_stoin_time",
        "purc_retn_opter_name",
    ),
}
#: DOMAIN.md §1.1: what an input may hold at most.
_LONGEST: Final = 40_000
_SALE: Final = (
    "prsc_dr_name",
    "phar_name",
    "phar_prac_cert_no",
    "hi_feesetl_type",
    "mdtrt_sn",
    "psn_cert_type",
    "manu_lotnum",
    "rx_flag",
    "trdn_flag",
    "rtal_docno",
    "stoout_no",
    "sel_retn_cnt",
    "sel_retn_time",
    "sel_retn_opter_name",
)
#: What is remembered of goods and sales.
KINDS: Final = ("upload", "purchase", "sale", "sale_return", "code")
#: 3507's kinds of rows, and which uploads they are.
_KINDS: Final = {"1": ("3501",), "2": ("3502",), "3": ("3503", "3504"), "4": ("3505", "3506")}
_TAKEN: Final = {"retRslt": "1", "msgRslt": ""}


def stock(office: Office, message: Message) -> Document:
    """3501 to 3504. A batch is bought by one invoice once."""
    row = message.part("purcinfo" if message.infno in ("3503", "3504") else "invinfo")
    every(row, *_DRUG, *_NEEDED["3503" if message.infno == "3504" else message.infno])
    if message.infno == "3503":
        _buy(office, row)
    _keep(office, message.infno, row)
    return {"result": _TAKEN}


def _buy(office: Office, row: dict[str, Any]) -> None:
    bought = f"{row['fixmedins_bchno']} {row['purc_invo_no']}"
    if office.store.get("purchase", bought):
        raise Refusal("upload_repeated", row["fixmedins_bchno"])
    office.store.put("purchase", bought, {"batch": row["fixmedins_bchno"]})


def take_stock(office: Office, message: Message) -> Document:
    """3501A: takes what it can and names the rest; no batch twice."""
    if len(msgspec.json.encode(message.input).decode()) > _LONGEST:
        raise Refusal("too_long")
    refused, seen = [], set[str]()
    for row in message.rows("invinfoDetail"):
        number = reading.text(row, "fixmedins_bchno")
        try:
            every(row, *_DRUG, *_NEEDED["3501"])
            if number in seen:
                raise Refusal("batch_doubled", number)
            _keep(office, "3501", row)
        except Refusal as fault:
            refused.append({"retRslt": "0", "msgRslt": fault.words, "fixmedins_bchno": number})
        seen.add(number)
    return {"result": refused}


def _keep(office: Office, infno: str, row: dict[str, Any]) -> None:
    """Rows lie in order of arrival: the same numbers may be reported again and again."""
    kept = {"batch": row["fixmedins_bchno"], "infno": infno, "codes": _codes(row), "number": reading.text(row, "stoout_no"), "row": row}
    office.store.put("upload", f"{office.store.number('upload'):012d}", kept)


def _codes(row: dict[str, Any]) -> list[str]:
    return [reading.text(one, "drug_trac_codg") for one in reading.rows(row, "drugtracinfo")]


def sell(office: Office, message: Message) -> Document:
    """3505: one row, refused as a whole."""
    _sell(office, message.part("selinfo"))
    return {"result": _TAKEN}


def sell_batch(office: Office, message: Message) -> Document:
    """3505A: takes what it can and names the rest."""
    refused = []
    for row in message.rows("selinfoDetail"):
        try:
            _sell(office, row)
        except Refusal as fault:
            refused.append({"retRslt": "0", "msgRslt": fault.words, "stoout_no": reading.text(row, "stoout_no")})
    return {"result": refused}


def _sell(office: Office, row: dict[str, Any]) -> None:
    """A whole pack's code is sold once; codes of opened packs (``trdn_flag`` 1) come again."""
    every(row, *_DRUG, *_SALE)
    number, split = f"{row['rtal_docno']} {row['stoout_no']}", reading.flag(row, "trdn_flag")
    if office.store.get("sale", number):
        raise Refusal("upload_repeated", row["stoout_no"])
    settled = reading.text(row, "setl_id")
    if row["hi_feesetl_type"] != "0" and settled and office.store.get("settlement", settled) is None:
        raise Refusal("settlement_unknown")
    for code in _codes(row):
        sold = office.store.get("code", code)
        if sold and not (split and sold["split"]):
            raise Refusal("code_sold", code)
    for code in _codes(row):
        office.store.put("code", code, {"sale": number, "split": split})
    office.store.put("sale", number, {"line": row["stoout_no"], "left": str(_count(row))})
    _keep(office, "3505", row)


def _count(row: dict[str, Any]) -> Decimal:
    return reading.decimal(row, "sel_retn_cnt") or Decimal(0)


def take_back(office: Office, message: Message) -> Document:
    """3506: one row, refused as a whole."""
    _take_back(office, message.part("selinfo"))
    return {"result": _TAKEN}


def take_back_batch(office: Office, message: Message) -> Document:
    """3506A: takes what it can and names the rest."""
    refused = []
    for row in message.rows("selinfoDetail"):
        try:
            _take_back(office, row)
        except Refusal as fault:
            refused.append({"retRslt": "0", "msgRslt": fault.words, "stoout_no": reading.text(row, "stoout_no")})
    return {"result": refused}


def _take_back(office: Office, row: dict[str, Any]) -> None:
    """No more than was sold, each part once; the codes may be sold again."""
    every(row, *_DRUG, *_SALE, "medins_prod_sel_no")
    number = f"{row['rtal_docno']} {row['stoout_no']}"
    if office.store.get("sale_return", number):
        raise Refusal("upload_repeated", row["stoout_no"])
    found = [(key, sale) for key, sale in office.store.each("sale") if sale["line"] == row["medins_prod_sel_no"]]
    left = Decimal(found[0][1]["left"]) - _count(row) if found else Decimal(-1)
    if left < 0:
        raise Refusal("sale_unknown", row["medins_prod_sel_no"])
    office.store.put("sale", found[0][0], {**found[0][1], "left": str(left)})
    office.store.put("sale_return", number, {"sale": found[0][0]})
    for code in _codes(row):
        office.store.drop("code", code)
    _keep(office, "3506", row)


def delete_row(office: Office, message: Message) -> Document:
    """3507: everything of that kind about the batch; codes of deleted sales may be sold again."""
    asked = message.part()
    kinds = _KINDS.get(text(asked, "inv_data_type"), ())
    found = [
        (key, row) for key, row in office.store.each("upload") if row["batch"] == text(asked, "fixmedins_bchno") and row["infno"] in kinds
    ]
    if not found:
        raise Refusal("row_unknown")
    for key, bought in office.store.each("purchase") if "3503" in kinds else ():
        if bought["batch"] == text(asked, "fixmedins_bchno"):
            office.store.drop("purchase", key)
    for key, row in found:
        office.store.drop("upload", key)
        for code in row["codes"] if row["infno"] == "3505" else ():
            office.store.drop("code", code)
    return {"result": _TAKEN}


def self_pay_fees(office: Office, message: Message) -> Document:
    """4201."""
    for row in message.rows("feedetail"):
        every(row, "mdtrt_sn", "ipt_otp_no", "med_type", "chrg_bchno", "feedetl_sn", "psn_cert_type", "certno", "psn_name", "fee_ocur_time")
        every(row, "cnt", "pric", "det_item_fee_sumamt", "medins_list_codg", "med_chrgitm_type")
        office.store.put("self_pay", f"{row['mdtrt_sn']} {row['feedetl_sn']}", {"fen": reading.needed_fen(row, "det_item_fee_sumamt")})
    return {}


def record(office: Office, message: Message) -> Document:
    """4301: a later record of the same visit takes the earlier one's place."""
    registered, case = message.part("rgstinfo"), message.part("caseinfo")
    every(registered, "mdtrt_sn", "rgst_type_code", "rgst_way_code", "medfee_paymtd_code", "vali_flag")
    every(case, "mdtrt_date", "dept_code", "dept_name", "vali_flag")
    for row in message.rows("diseinfo"):
        every(row, "maindiag_flag", "vali_flag")
    drugs = reading.rows(message.input, "rxinfo")
    for row in drugs:
        every(row, "rxno", "rx_detl_id", "rx_detl_name", "bas_medn_flag", "vali_flag")
    office.store.put("record", registered["mdtrt_sn"], {"drugs": len(drugs), "diagnoses": len(message.rows("diseinfo"))})
    return {}
