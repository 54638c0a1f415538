"""What is asked of the insurance: one struct for each transaction (DOMAIN.md §1.7). Money in fen, quantities and unit prices as decimals.

Codes (``insutype``, ``med_type`` …) are the bureau's own; their meaning stands in the table ``insurance_dictionary``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all requests."""


class SignIn(Asked, frozen=True, kw_only=True):
    """9001: an operator begins the day at one machine."""

    operator_number: str
    mac: str
    ip: str


class SignOut(Asked, frozen=True, kw_only=True):
    """9002."""

    sign_no: str
    operator_number: str


class Certificate(Asked, frozen=True, kw_only=True):
    """1101, and part of later requests: what the patient showed (§1.10). ``kind`` 01 e-certificate, 02 ID number, 03 card (needs ``card_sn``)."""

    kind: str
    number: str
    card_sn: str = ""
    identity_kind: str = ""
    identity_number: str = ""
    name: str = ""


class BenefitCheck(Asked, frozen=True, kw_only=True):
    """2001: is this person entitled to this kind of visit."""

    psn_no: str
    insutype: str
    med_type: str
    begins: datetime
    disease_code: str = ""
    disease_name: str = ""


class OpenVisit(Asked, frozen=True, kw_only=True):
    """2201. ``ipt_otp_no`` is our number of the visit, unique in the institution; ``caty`` the national code of the speciality."""

    psn_no: str
    insutype: str
    begins: datetime
    certificate: Certificate
    ipt_otp_no: str
    doctor_code: str
    doctor_name: str
    department_code: str
    department_name: str
    caty: str


class CancelVisit(Asked, frozen=True, kw_only=True):
    """2202. Refused while a settlement of the visit stands."""

    psn_no: str
    mdtrt_id: str
    ipt_otp_no: str


class Diagnosis(Asked, frozen=True, kw_only=True):
    """One diagnosis. ``kind``: 1 western, 2 TCM disease, 3 TCM syndrome. Exactly one of a visit is ``main``."""

    kind: str
    position: int
    code: str
    name: str
    department_code: str
    doctor_code: str
    doctor_name: str
    at: datetime
    main: bool = False


class DescribeVisit(Asked, frozen=True, kw_only=True):
    """2203 or 2203A. ``disease_code`` is required for chronic and special visits (``med_type`` 14, 16)."""

    psn_no: str
    mdtrt_id: str
    med_type: str
    begins: datetime
    diagnoses: tuple[Diagnosis, ...]
    complaint: str = ""
    disease_code: str = ""
    disease_name: str = ""


class Fee(Asked, frozen=True, kw_only=True):
    """One line of 2204. ``feedetl_sn`` is unique within the visit. ``unit_price`` in yuan, ≤ 6 places; ``quantity`` ≤ 4 places.

    ``hospital_approval``: for restricted drugs 1 reimburse, 0 do not (the doctor says so). ``slices_way``: herbal slices 1 compound, 2 single.
    """

    feedetl_sn: str
    at: datetime
    med_list_codg: str
    own_code: str
    amount_fen: int
    quantity: Decimal
    unit_price: Decimal
    department_code: str
    department_name: str
    doctor_code: str
    doctor_name: str
    prescription_number: str = ""
    outside_prescription: bool = False
    single_dose: str = ""
    frequency: str = ""
    route: str = ""
    days: Decimal | None = None
    executing_department_code: str = ""
    executing_department_name: str = ""
    executing_doctor_code: str = ""
    executing_doctor_name: str = ""
    hospital_approval: str = "1"
    slices_way: str = ""


class UploadFees(Asked, frozen=True, kw_only=True):
    """2204: the lines of one batch (``batch``, ours), all under one disease code."""

    psn_no: str
    mdtrt_id: str
    batch: str
    fees: tuple[Fee, ...]
    disease_code: str = ""


class CancelFees(Asked, frozen=True, kw_only=True):
    """2205: ``batch`` 0000 means everything of the visit that is not settled."""

    psn_no: str
    mdtrt_id: str
    batch: str = "0000"


class TracedDrug(Asked, frozen=True, kw_only=True):
    """A 追溯码 within 2207, for provinces that want it there. ``split``: sold out of an opened pack."""

    feedetl_sn: str
    code: str
    split: bool = False


class Settle(Asked, frozen=True, kw_only=True):
    """2206 and 2207 alike. The four parts of the total are those that 2206 returned, in fen; 2206 itself sends none."""

    psn_no: str
    mdtrt_id: str
    batch: str
    insutype: str
    med_type: str
    certificate: Certificate
    total_fen: int
    use_account: bool
    settle_way: str = "01"
    invoice_number: str = ""
    full_own_fen: int | None = None
    over_limit_fen: int | None = None
    pre_own_fen: int | None = None
    in_scope_fen: int | None = None
    traced: tuple[TracedDrug, ...] = ()


class SettlementAt(Asked, frozen=True, kw_only=True):
    """2208 (cancel) and 5203 (query): a settlement by the bureau's number."""

    psn_no: str
    mdtrt_id: str
    setl_id: str


class Reverse(Asked, frozen=True, kw_only=True):
    """2601: take back what the message ``msgid`` (transaction ``infno``) may have done."""

    psn_no: str
    msgid: str
    infno: str


class TotalStatement(Asked, frozen=True, kw_only=True):
    """3201: our sums of one (insutype, clr_type, clr_optins) over whole days. Cancelled settlements count as negative rows of their own."""

    insutype: str
    clr_type: str
    clr_optins: str
    begins: date
    ends: date
    total_fen: int
    fund_fen: int
    account_fen: int
    count: int


class DetailStatement(Asked, frozen=True, kw_only=True):
    """3202: the same against the rows of an uploaded file (9101)."""

    clr_optins: str
    file_qury_no: str
    begins: date
    ends: date
    total_fen: int
    fund_fen: int
    cash_fen: int
    count: int


class UploadFile(Asked, frozen=True, kw_only=True):
    """9101."""

    filename: str
    content: bytes


class DownloadFile(Asked, frozen=True, kw_only=True):
    """9102: a file that another transaction announced."""

    file_qury_no: str
    filename: str


class CatalogueSince(Asked, frozen=True, kw_only=True):
    """13xx: what came after ``version``, the last one held (empty: everything)."""

    version: str


class DictionaryOf(Asked, frozen=True, kw_only=True):
    """1901: the values of one dictionary on a day."""

    type: str
    on: date
    parent: str = ""
    region: str = ""
    valid_only: bool = True
