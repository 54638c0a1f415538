"""From our structs to the ``input`` of mapping, stock, sale and record uploads, and of files (DOMAIN.md §1.7)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from common.domain.money import yuan
from server.insurance.envelope import wall
from server.insurance.inputs import day, fee, filled, flag

if TYPE_CHECKING:
    from server.insurance import requests as ask
    from server.insurance import uploads as up
    from server.insurance.protocol import Wire


def upload_file(request: ask.UploadFile, fixmedins_code: str, *, as_bytes: bool) -> Wire:
    """9101: the file as numbers of its bytes, or as Base64 [C-code: both are seen]."""
    content: Any = list(request.content) if as_bytes else base64.b64encode(request.content).decode()
    return {"fsUploadIn": {"in": content, "filename": request.filename, "fixmedins_code": fixmedins_code}}


def download_file(request: ask.DownloadFile, fixmedins_code: str) -> Wire:
    """9102."""
    return {"fsDownloadIn": {"file_qury_no": request.file_qury_no, "filename": request.filename, "fixmedins_code": fixmedins_code}}


def map_item(request: up.MapItem) -> Wire:
    """3301."""
    return {
        "data": {
            "fixmedins_hilist_id": request.own_code,
            "fixmedins_hilist_name": request.own_name,
            "list_type": request.list_type,
            "med_list_codg": request.med_list_codg,
            "begndate": day(request.begins),
            "enddate": day(request.ends),
            **filled(aprvno=request.approval_number, dosform=request.dosage_form, spec=request.specification, pric=request.price),
        }
    }


def unmap_item(request: up.UnmapItem, fixmedins_code: str) -> Wire:
    """3302."""
    return {
        "data": {
            "fixmedins_code": fixmedins_code,
            "fixmedins_hilist_id": request.own_code,
            "list_type": request.list_type,
            "med_list_codg": request.med_list_codg,
        }
    }


def _drug(drug: up.Drug) -> Wire:
    return {
        "med_list_codg": drug.med_list_codg,
        "fixmedins_hilist_id": drug.own_code,
        "fixmedins_hilist_name": drug.own_name,
        "fixmedins_bchno": drug.batch_number,
        "manu_lotnum": drug.lot,
        "rx_flag": flag(drug.prescription_drug),
        "trdn_flag": flag(drug.split),
        **({"manu_date": day(drug.made)} if drug.made else {}),
        **({"expy_end": day(drug.expires)} if drug.expires else {}),
        **filled(memo=drug.memo),
        "drugtracinfo": [{"drug_trac_codg": code} for code in drug.codes],
    }


def stock_taken(request: up.StockTaken) -> Wire:
    """3501."""
    return {"invinfo": _lying(request)}


def stock_taken_batch(lying: tuple[up.StockTaken, ...]) -> Wire:
    """3501A: many at once [C-code]; the answer names those that were refused."""
    return {"invinfoDetail": [_lying(one) for one in lying]}


def _lying(request: up.StockTaken) -> Wire:
    return {**_drug(request.drug), "invdate": day(request.on), "inv_cnt": request.quantity}


def stock_changed(request: up.StockChanged) -> Wire:
    """3502."""
    return {
        "invinfo": {
            **_drug(request.drug),
            "inv_chg_type": request.kind,
            "pric": request.price,
            "cnt": request.quantity,
            "inv_chg_time": wall(request.at),
            "inv_chg_opter_name": request.operator,
        }
    }


def purchased(request: up.Purchased) -> Wire:
    """3503 and 3504."""
    return {
        "purcinfo": {
            **_drug(request.drug),
            "spler_name": request.supplier,
            "prdr_name": request.maker,
            "aprvno": request.approval_number,
            "finl_trns_pric": request.price,
            "purc_retn_cnt": request.quantity,
            "purc_invo_no": request.invoice_number,
            "purc_retn_stoin_time": wall(request.at),
            "purc_retn_opter_name": request.operator,
            "prod_geay_flag": flag(request.gift),
            **filled(dynt_no=request.order_number, spler_pmtno=request.supplier_permit),
        }
    }


def sold(request: up.Sold) -> Wire:
    """3505 and 3506."""
    return {"selinfo": _sale(request)}


def sold_batch(sales: tuple[up.Sold, ...]) -> Wire:
    """3505A and 3506A: many at once; the answer names those that were refused."""
    return {"selinfoDetail": [_sale(sale) for sale in sales]}


def _sale(request: up.Sold) -> Wire:
    insured = request.settled_by != "0"
    return {
        **_drug(request.drug),
        "prsc_dr_name": request.doctor_name,
        "phar_name": request.pharmacist_name,
        "phar_prac_cert_no": request.pharmacist_licence,
        "hi_feesetl_type": request.settled_by,
        "mdtrt_setl_type": "1" if insured else "2",
        "mdtrt_sn": request.visit_number,
        "rtal_docno": request.document_number,
        "stoout_no": request.line_number,
        "psn_cert_type": request.identity_kind,
        "sel_retn_cnt": request.quantity,
        "finl_trns_pric": request.price,
        "sel_retn_time": wall(request.at),
        "sel_retn_opter_name": request.operator,
        "rx_circ_flag": flag(request.outside_prescription),
        **_people(request),
        **filled(setl_id=request.setl_id, rxno=request.prescription_number, medins_prod_sel_no=request.returns),
    }


def _people(request: up.Sold) -> Wire:
    return filled(
        psn_no=request.psn_no,
        certno=request.identity_number,
        psn_name=request.name,
        prsc_dr_cert_type=request.doctor_identity_kind,
        prsc_dr_certno=request.doctor_identity_number,
        phar_cert_type=request.pharmacist_identity_kind,
        phar_certno=request.pharmacist_identity_number,
    )


def delete_row(request: up.DeleteRow) -> Wire:
    """3507."""
    return {"data": {"fixmedins_bchno": request.batch_number, "inv_data_type": request.kind}}


def self_pay_fees(request: up.SelfPayFees) -> Wire:
    """4201."""
    shared = {
        "mdtrt_sn": request.visit_number,
        "ipt_otp_no": request.ipt_otp_no,
        "med_type": request.med_type,
        "chrg_bchno": request.batch,
        "psn_cert_type": request.identity_kind,
        "certno": request.identity_number,
        "psn_name": request.name,
    }
    named = [
        {
            **shared,
            **fee(line),
            "medins_list_name": request.fee_names.get(line.feedetl_sn, ""),
            "med_chrgitm_type": request.category_codes.get(line.feedetl_sn, "14"),
        }
        for line in request.fees
    ]
    return {"feedetail": named}


def outpatient_record(request: up.OutpatientRecord) -> Wire:
    """4301."""
    return {
        "rgstinfo": _registration(request.registration),
        "caseinfo": _case(request.case),
        "diseinfo": [_record_diagnosis(diagnosis) for diagnosis in request.diagnoses],
        "rxinfo": [_record_drug(drug) for drug in request.drugs],
    }


def _registration(one: up.RecordRegistration) -> Wire:
    return {
        "mdtrt_sn": one.visit_number,
        "rgst_type_code": one.kind,
        "rgst_way_code": one.way,
        "rgst_serv_fee": yuan(one.fee_fen),
        "rgst_retnr_time": wall(one.at),
        "medfee_paymtd_code": one.paid_by,
        "fstdiag_flag": flag(one.first_visit),
        "retnr_flag": flag(one.returned),
        "mdtrt_flag": "1",
        "vali_flag": "1",
        **filled(mdtrt_id=one.mdtrt_id, psn_no=one.psn_no),
    }


def _case(one: up.RecordCase) -> Wire:
    texts = filled(
        chfcomp=one.complaint, illhis=one.history, algs=one.allergies, phex=one.examination, symp_name=one.symptoms, dspo_opnn=one.disposal
    )
    onset = {"attk_date_time": wall(one.onset)} if one.onset else {}
    return {
        "mdtrt_date": wall(one.at),
        "dept_code": one.department_code,
        "dept_name": one.department_name,
        **texts,
        **onset,
        "vali_flag": "1",
    }


def _record_diagnosis(one: up.RecordDiagnosis) -> Wire:
    named = {"tcm_dise_code": one.code, "tcm_dise_name": one.name} if one.tcm else {"diag_code": one.code, "diag_name": one.name}
    syndrome = filled(tcmsymp_code=one.syndrome_code, tcmsymp=one.syndrome)
    return {"tcm_diag_flag": flag(one.tcm), "maindiag_flag": flag(one.main), **named, **syndrome, "vali_flag": "1"}


def _record_drug(one: up.RecordDrug) -> Wire:
    return {
        "rxno": one.prescription_number,
        "rx_prsc_time": wall(one.at),
        "rx_type_code": one.kind,
        "rx_detl_id": one.line_number,
        "rx_detl_name": one.name,
        "bas_medn_flag": flag(one.essential),
        "urgt_flag": flag(one.urgent),
        "vali_flag": "1",
        **filled(
            drug_spec=one.specification,
            drug_dosform=one.dosage_form,
            drug_used_frqu=one.frequency,
            drug_used_sdose=one.single,
            drug_used_idose=one.total,
            drug_used_dosunt=one.dose_unit,
            drug_used_way_code=one.route,
            medc_days=one.days,
            skintst_dicm=one.skin_test,
            tcmherb_foote=one.footnote,
            medc_begntime=wall(one.begins) if one.begins else "",
        ),
    }
