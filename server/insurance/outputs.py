"""From the ``output`` of a reply to our structs (DOMAIN.md §1.7). Each raises :class:`~server.insurance.reading.Unreadable` if it lacks what
the transaction promises; what is merely optional may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.domain.insurance_split import LineSplit, Split
from server.insurance import answers as got
from server.insurance.reading import Unreadable, day, decimal, fen, flag, moment, needed, needed_fen, part, rows, text

if TYPE_CHECKING:
    from server.insurance.protocol import Wire


def nothing(output: Wire) -> got.Nothing:
    """Transactions that only say "done"."""
    del output
    return got.Nothing()


def signed_in(output: Wire) -> got.SignedIn:
    """9001."""
    signed = part(output, "signinoutb")
    return got.SignedIn(sign_no=needed(signed, "sign_no"), at=moment(signed, "sign_time"))


def person(output: Wire) -> got.Person:
    """1101."""
    base = part(output, "baseinfo")
    return got.Person(
        psn_no=needed(base, "psn_no"),
        name=text(base, "psn_name"),
        identity_kind=text(base, "psn_cert_type"),
        identity_number=text(base, "certno"),
        gender=text(base, "gend"),
        born=day(base, "brdy"),
        insurances=tuple(_coverage(row) for row in rows(output, "insuinfo")),
        identities=tuple(_identity(row) for row in rows(output, "idetinfo")),
    )


def _coverage(row: Wire) -> got.Coverage:
    return got.Coverage(
        insutype=needed(row, "insutype"),
        psn_type=text(row, "psn_type"),
        status=text(row, "psn_insu_stas"),
        balance_fen=fen(row, "balc"),
        insuplc=text(row, "insuplc_admdvs"),
        civil_servant=flag(row, "cvlserv_flag"),
        employer=text(row, "emp_name"),
        begins=day(row, "psn_insu_date"),
        paused=day(row, "paus_insu_date"),
    )


def _identity(row: Wire) -> got.Identity:
    return got.Identity(kind=text(row, "psn_idet_type"), level=text(row, "psn_type_lv"), memo=text(row, "memo"))


def benefits(output: Wire) -> tuple[got.Benefit, ...]:
    """2001. Lists are seen under several names."""
    listed = next((name for name in ("trtinfo", "data", "result") if output.get(name)), "data")
    return tuple(
        got.Benefit(fund_pay_type=text(row, "fund_pay_type"), enjoyed=flag(row, "trt_enjymnt_flag"), reason=text(row, "trt_chk_rslt"))
        for row in rows(output, listed)
    )


def visit_opened(output: Wire) -> got.VisitOpened:
    """2201."""
    return got.VisitOpened(mdtrt_id=needed(part(output, "data"), "mdtrt_id"))


def fees_split(output: Wire) -> got.FeesSplit:
    """2204."""
    lines = rows(output, "result")
    if not lines:
        raise Unreadable("result")
    return got.FeesSplit(lines=tuple(_line(row) for row in lines))


def _line(row: Wire) -> LineSplit:
    return LineSplit(
        feedetl_sn=needed(row, "feedetl_sn"),
        total_fen=needed_fen(row, "det_item_fee_sumamt"),
        full_own_fen=fen(row, "fulamt_ownpay_amt"),
        over_limit_fen=fen(row, "overlmt_amt"),
        pre_own_fen=fen(row, "preselfpay_amt"),
        in_scope_fen=fen(row, "inscp_scp_amt"),
        level=text(row, "chrgitm_lv"),
        restricted=flag(row, "lmt_used_flag"),
        memo=text(row, "memo"),
    )


def presettlement(output: Wire) -> got.Settlement:
    """2206."""
    settled = part(output, "setlinfo")
    return got.Settlement(
        psn_no=text(settled, "psn_no"),
        mdtrt_id=text(settled, "mdtrt_id"),
        setl_id=text(settled, "setl_id"),
        medins_setl_id=text(settled, "medins_setl_id"),
        insutype=text(settled, "insutype"),
        psn_type=text(settled, "psn_type"),
        at=moment(settled, "setl_time"),
        split=split(settled),
        shares=tuple(_share(row) for row in rows(output, "setldetail")),
        clr_type=text(settled, "clr_type"),
        clr_optins=text(settled, "clr_optins"),
        clr_way=text(settled, "clr_way"),
    )


def settlement(output: Wire) -> got.Settlement:
    """2207, 2208 and 5203: the same, and it has a number."""
    needed(part(output, "setlinfo"), "setl_id")
    return presettlement(output)


def split(settled: Wire) -> Split:
    """The amounts of ``setlinfo``. The total and what the person pays must be there; the rest counts as nothing where it is missing."""
    return Split(
        total_fen=needed_fen(settled, "medfee_sumamt"),
        full_own_fen=fen(settled, "fulamt_ownpay_amt"),
        over_limit_fen=fen(settled, "overlmt_selfpay"),
        pre_own_fen=fen(settled, "preselfpay_amt"),
        in_scope_fen=fen(settled, "inscp_scp_amt"),
        deductible_fen=fen(settled, "act_pay_dedc"),
        pooled_fen=fen(settled, "hifp_pay"),
        civil_servant_fen=fen(settled, "cvlserv_pay"),
        enterprise_fen=fen(settled, "hifes_pay"),
        residents_illness_fen=fen(settled, "hifmi_pay"),
        employees_large_fen=fen(settled, "hifob_pay"),
        assistance_fen=fen(settled, "maf_pay"),
        disabled_fen=fen(settled, "hifdm_pay"),
        other_fen=fen(settled, "oth_pay"),
        fund_fen=needed_fen(settled, "fund_pay_sumamt"),
        person_fen=fen(settled, "psn_part_amt"),
        account_fen=fen(settled, "acct_pay"),
        mutual_fen=fen(settled, "acct_mulaid_pay"),
        cash_fen=needed_fen(settled, "psn_cash_pay"),
        hospital_fen=fen(settled, "hosp_part_amt"),
        balance_fen=fen(settled, "balc"),
    )


def _share(row: Wire) -> got.FundShare:
    return got.FundShare(fund_pay_type=text(row, "fund_pay_type"), name=text(row, "fund_pay_type_name"), amount_fen=fen(row, "fund_payamt"))


def reconciled(output: Wire) -> got.Reconciled:
    """3201."""
    stated = part(output, "stmtinfo")
    return got.Reconciled(code=needed(stated, "stmt_rslt"), description=text(stated, "stmt_rslt_dscr"))


def file_handle(output: Wire) -> got.FileHandle:
    """9101, 3202 and 13xx: directly in the output, or within ``fileinfo`` or ``data`` [C-code: all are seen]."""
    named = next((name for name in ("fileinfo", "data") if output.get(name)), "")
    handle = part(output, named) if named else output
    count = decimal(handle, "data_cnt")
    return got.FileHandle(
        file_qury_no=text(handle, "file_qury_no"), filename=text(handle, "filename"), count=None if count is None else int(count)
    )


def uploaded_file(output: Wire) -> got.FileHandle:
    """9101 and 3202, where there must be a file."""
    handle = file_handle(output)
    if not handle.file_qury_no:
        raise Unreadable("file_qury_no")
    return handle


def dictionary(output: Wire) -> tuple[got.DictionaryValue, ...]:
    """1901."""
    listed = next((name for name in ("list", "data") if output.get(name)), "list")
    return tuple(
        got.DictionaryValue(
            type=text(row, "type"),
            value=needed(row, "value"),
            label=text(row, "label"),
            parent=text(row, "parentValue"),
            position=int(decimal(row, "sort") or 0),
            valid=text(row, "vali_flag") != "0",
        )
        for row in rows(output, listed)
    )


def uploaded(output: Wire) -> got.Uploaded:
    """350x: ``retRslt`` 1 or nothing is taken; the batch forms name only the rows that were not."""
    results = rows(output, "result")
    refused = [row for row in results if text(row, "retRslt") not in ("", "1")]
    faults = [
        got.UploadFault(
            subject=text(row, "stoout_no") or text(row, "rtal_docno") or text(row, "fixmedins_bchno"), message=text(row, "msgRslt")
        )
        for row in refused
    ]
    return got.Uploaded(faults=tuple(faults))
