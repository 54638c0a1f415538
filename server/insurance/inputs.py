"""From our structs to the ``input`` of a settlement's transactions (DOMAIN.md §1.7). What is optional and empty is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.domain.money import yuan
from server.insurance.envelope import wall

if TYPE_CHECKING:
    from datetime import date

    from server.insurance import requests as ask
    from server.insurance.protocol import Wire


def filled(**fields: Any) -> Wire:
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def flag(value: bool) -> str:
    """``1`` or ``0``."""
    return "1" if value else "0"


def day(on: date) -> str:
    """``yyyy-MM-dd``."""
    return f"{on:%Y-%m-%d}"


def sign_in(request: ask.SignIn) -> Wire:
    """9001."""
    return {"signIn": {"opter_no": request.operator_number, "mac": request.mac, "ip": request.ip}}


def sign_out(request: ask.SignOut) -> Wire:
    """9002."""
    return {"signOut": {"sign_no": request.sign_no, "opter_no": request.operator_number}}


def person(request: ask.Certificate) -> Wire:
    """1101."""
    return {"data": _certificate(request)}


def benefit(request: ask.BenefitCheck, fixmedins_code: str) -> Wire:
    """2001."""
    return {
        "data": {
            "psn_no": request.psn_no,
            "insutype": request.insutype,
            "fixmedins_code": fixmedins_code,
            "med_type": request.med_type,
            "begntime": wall(request.begins),
            **filled(dise_codg=request.disease_code, dise_name=request.disease_name),
        }
    }


def open_visit(request: ask.OpenVisit) -> Wire:
    """2201."""
    return {
        "data": {
            "psn_no": request.psn_no,
            "insutype": request.insutype,
            "begntime": wall(request.begins),
            **_certificate(request.certificate),
            "ipt_otp_no": request.ipt_otp_no,
            "atddr_no": request.doctor_code,
            "dr_name": request.doctor_name,
            "dept_code": request.department_code,
            "dept_name": request.department_name,
            "caty": request.caty,
        }
    }


def cancel_visit(request: ask.CancelVisit) -> Wire:
    """2202."""
    return {"data": {"psn_no": request.psn_no, "mdtrt_id": request.mdtrt_id, "ipt_otp_no": request.ipt_otp_no}}


def describe_visit(request: ask.DescribeVisit) -> Wire:
    """2203 and 2203A."""
    visit = {
        "mdtrt_id": request.mdtrt_id,
        "psn_no": request.psn_no,
        "med_type": request.med_type,
        "begntime": wall(request.begins),
        **filled(main_cond_dscr=request.complaint, dise_codg=request.disease_code, dise_name=request.disease_name),
    }
    return {"mdtrtinfo": visit, "diseinfo": [_diagnosis(diagnosis) for diagnosis in request.diagnoses]}


def _diagnosis(diagnosis: ask.Diagnosis) -> Wire:
    return {
        "diag_type": diagnosis.kind,
        "diag_srt_no": str(diagnosis.position),
        "diag_code": diagnosis.code,
        "diag_name": diagnosis.name,
        "diag_dept": diagnosis.department_code,
        "dise_dor_no": diagnosis.doctor_code,
        "dise_dor_name": diagnosis.doctor_name,
        "diag_time": wall(diagnosis.at),
        "vali_flag": "1",
        "maindiag_flag": flag(diagnosis.main),
    }


def upload_fees(request: ask.UploadFees) -> Wire:
    """2204."""
    shared = {
        "mdtrt_id": request.mdtrt_id,
        "psn_no": request.psn_no,
        "chrg_bchno": request.batch,
        **filled(dise_codg=request.disease_code),
    }
    return {"feedetail": [{**shared, **fee(line)} for line in request.fees]}


def fee(line: ask.Fee) -> Wire:
    """One fee line, without what its batch shares."""
    return {
        "feedetl_sn": line.feedetl_sn,
        "rx_circ_flag": flag(line.outside_prescription),
        "fee_ocur_time": wall(line.at),
        "med_list_codg": line.med_list_codg,
        "medins_list_codg": line.own_code,
        "det_item_fee_sumamt": yuan(line.amount_fen),
        "cnt": line.quantity,
        "pric": line.unit_price,
        "bilg_dept_codg": line.department_code,
        "bilg_dept_name": line.department_name,
        "bilg_dr_codg": line.doctor_code,
        "bilg_dr_name": line.doctor_name,
        "hosp_appr_flag": line.hospital_approval,
        **_taking(line),
        **_executing(line),
    }


def _taking(line: ask.Fee) -> Wire:
    return filled(
        rxno=line.prescription_number,
        sin_dos_dscr=line.single_dose,
        used_frqu_dscr=line.frequency,
        medc_way_dscr=line.route,
        prd_days=line.days,
        tcmdrug_used_way=line.slices_way,
    )


def _executing(line: ask.Fee) -> Wire:
    return filled(
        acord_dept_codg=line.executing_department_code,
        acord_dept_name=line.executing_department_name,
        orders_dr_code=line.executing_doctor_code,
        orders_dr_name=line.executing_doctor_name,
    )


def cancel_fees(request: ask.CancelFees) -> Wire:
    """2205."""
    return {"data": {"psn_no": request.psn_no, "mdtrt_id": request.mdtrt_id, "chrg_bchno": request.batch}}


def presettle(request: ask.Settle) -> Wire:
    """2206."""
    return {
        "data": {
            "psn_no": request.psn_no,
            **_certificate(request.certificate),
            "med_type": request.med_type,
            "medfee_sumamt": yuan(request.total_fen),
            "psn_setlway": request.settle_way,
            "mdtrt_id": request.mdtrt_id,
            "chrg_bchno": request.batch,
            "insutype": request.insutype,
            "acct_used_flag": flag(request.use_account),
        }
    }


def settle(request: ask.Settle) -> Wire:
    """2207: as 2206, with the parts that it returned. The 追溯码 are left out again where the province does not want them here."""
    parts = {
        "fulamt_ownpay_amt": request.full_own_fen,
        "overlmt_selfpay": request.over_limit_fen,
        "preselfpay_amt": request.pre_own_fen,
        "inscp_scp_amt": request.in_scope_fen,
    }
    amounts = {name: yuan(fen) for name, fen in parts.items() if fen is not None}
    asked = {"data": {**presettle(request)["data"], **filled(invono=request.invoice_number), **amounts}}
    if request.traced:
        asked["drug_trac_info"] = [  # type: ignore[assignment]
            {"feedetl_sn": drug.feedetl_sn, "drug_trac_codg": drug.code, "trdn_flag": flag(drug.split)} for drug in request.traced
        ]
    return asked


def settlement_at(request: ask.SettlementAt) -> Wire:
    """2208 and 5203."""
    return {"data": {"psn_no": request.psn_no, "mdtrt_id": request.mdtrt_id, "setl_id": request.setl_id}}


def reverse(request: ask.Reverse) -> Wire:
    """2601."""
    return {"data": {"psn_no": request.psn_no, "omsgid": request.msgid, "oinfno": request.infno}}


def total_statement(request: ask.TotalStatement) -> Wire:
    """3201."""
    return {
        "data": {
            "insutype": request.insutype,
            "clr_type": request.clr_type,
            "setl_optins": request.clr_optins,
            "stmt_begndate": day(request.begins),
            "stmt_enddate": day(request.ends),
            "medfee_sumamt": yuan(request.total_fen),
            "fund_pay_sumamt": yuan(request.fund_fen),
            "acct_pay": yuan(request.account_fen),
            "fixmedins_setl_cnt": request.count,
        }
    }


def detail_statement(request: ask.DetailStatement) -> Wire:
    """3202."""
    return {
        "data": {
            "setl_optins": request.clr_optins,
            "file_qury_no": request.file_qury_no,
            "stmt_begndate": day(request.begins),
            "stmt_enddate": day(request.ends),
            "medfee_sumamt": yuan(request.total_fen),
            "fund_pay_sumamt": yuan(request.fund_fen),
            "cash_payamt": yuan(request.cash_fen),
            "fixmedins_setl_cnt": request.count,
        }
    }


def catalogue(request: ask.CatalogueSince) -> Wire:
    """13xx."""
    return {"data": {"ver": request.version}}


def dictionary(request: ask.DictionaryOf, region: str) -> Wire:
    """1901."""
    return {
        "data": {
            "type": request.type,
            "parentValue": request.parent,
            "admdvs": request.region or region,
            "date": day(request.on),
            "valiFlag": flag(request.valid_only),
        }
    }


def _certificate(shown: ask.Certificate) -> Wire:
    return {
        "mdtrt_cert_type": shown.kind,
        "mdtrt_cert_no": shown.number,
        **filled(card_sn=shown.card_sn, psn_cert_type=shown.identity_kind, certno=shown.identity_number, psn_name=shown.name),
    }
