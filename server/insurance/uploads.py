"""What the bureau is told beside the settlement: mapping, stock, sales with 追溯码, self-pay fees, records (DOMAIN.md §1.7).

Structs hold what the clinic knows; quantities of 350x are in the smallest priced pack 最小计价包装, ≤ 4 places.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from server.insurance.requests import Asked, Fee


class MapItem(Asked, frozen=True, kw_only=True):
    """3301: an own drug or item is the national ``med_list_codg`` from a day on. ``list_type``: 101 western and patent, 102 slices, 201 service …"""

    own_code: str
    own_name: str
    list_type: str
    med_list_codg: str
    begins: date
    ends: date
    approval_number: str = ""
    dosage_form: str = ""
    specification: str = ""
    price: Decimal | None = None


class UnmapItem(Asked, frozen=True, kw_only=True):
    """3302."""

    own_code: str
    list_type: str
    med_list_codg: str


class Drug(Asked, frozen=True, kw_only=True):
    """The part that all of 350x share. ``batch_number`` is our own serial of the batch, ``lot`` the maker's. ``prescription_drug``: Rx."""

    med_list_codg: str
    own_code: str
    own_name: str
    batch_number: str
    lot: str
    made: date | None
    expires: date | None
    prescription_drug: bool
    split: bool = False
    codes: tuple[str, ...] = ()
    memo: str = ""


class StockTaken(Asked, frozen=True, kw_only=True):
    """3501: what lies there."""

    drug: Drug
    on: date
    quantity: Decimal


class StockChanged(Asked, frozen=True, kw_only=True):
    """3502. ``kind``: 101 transfer in, 102 transfer out, 103 gain, 104 loss, 105 destroyed, 106 other in, 107 other out, 108 initial."""

    drug: Drug
    kind: str
    price: Decimal
    quantity: Decimal
    at: datetime
    operator: str


class Purchased(Asked, frozen=True, kw_only=True):
    """3503 purchase, and 3504 return to the supplier. ``price`` in yuan, ≤ 6 places."""

    drug: Drug
    supplier: str
    maker: str
    approval_number: str
    price: Decimal
    quantity: Decimal
    invoice_number: str
    at: datetime
    operator: str
    order_number: str = ""
    supplier_permit: str = ""
    gift: bool = False


class Sold(Asked, frozen=True, kw_only=True):
    """3505 or 3505A, and with ``returns`` (our number of the sale) 3506. One drug of one batch, with the codes of its packs.

    ``settled_by``: 0 not insured, 1 local, 2 another region. ``document_number`` is ours for the retail document, ``line_number`` for the line.
    """

    drug: Drug
    doctor_name: str
    pharmacist_name: str
    pharmacist_licence: str
    settled_by: str
    visit_number: str
    document_number: str
    line_number: str
    quantity: Decimal
    price: Decimal
    at: datetime
    operator: str
    setl_id: str = ""
    psn_no: str = ""
    identity_kind: str = "01"
    identity_number: str = ""
    name: str = ""
    prescription_number: str = ""
    outside_prescription: bool = False
    doctor_identity_kind: str = ""
    doctor_identity_number: str = ""
    pharmacist_identity_kind: str = ""
    pharmacist_identity_number: str = ""
    returns: str = ""


class DeleteRow(Asked, frozen=True, kw_only=True):
    """3507. ``kind``: 1 stock take, 2 change, 3 purchase, 4 sale."""

    batch_number: str
    kind: str


class SelfPayFees(Asked, frozen=True, kw_only=True):
    """4201: fees of a patient whom no insurance pays for."""

    visit_number: str
    ipt_otp_no: str
    med_type: str
    batch: str
    identity_kind: str
    identity_number: str
    name: str
    fees: tuple[Fee, ...]
    fee_names: dict[str, str] = {}
    category_codes: dict[str, str] = {}


class RecordRegistration(Asked, frozen=True, kw_only=True):
    """``rgstinfo`` of 4301."""

    visit_number: str
    kind: str
    way: str
    paid_by: str
    at: datetime
    mdtrt_id: str = ""
    psn_no: str = ""
    fee_fen: int = 0
    first_visit: bool = False
    returned: bool = False


class RecordCase(Asked, frozen=True, kw_only=True):
    """``caseinfo`` of 4301."""

    at: datetime
    department_code: str
    department_name: str
    complaint: str = ""
    onset: datetime | None = None
    history: str = ""
    allergies: str = ""
    examination: str = ""
    symptoms: str = ""
    disposal: str = ""


class RecordDiagnosis(Asked, frozen=True, kw_only=True):
    """An entry of ``diseinfo`` of 4301; ``tcm`` ones have a disease and a syndrome."""

    code: str
    name: str
    main: bool = False
    tcm: bool = False
    syndrome_code: str = ""
    syndrome: str = ""


class RecordDrug(Asked, frozen=True, kw_only=True):
    """An entry of ``rxinfo`` of 4301: one line of a prescription. ``single`` and ``total`` in ``dose_unit``."""

    prescription_number: str
    at: datetime
    kind: str
    line_number: str
    name: str
    specification: str = ""
    dosage_form: str = ""
    frequency: str = ""
    single: Decimal | None = None
    total: Decimal | None = None
    dose_unit: str = ""
    route: str = ""
    days: int | None = None
    skin_test: str = ""
    footnote: str = ""
    begins: datetime | None = None
    essential: bool = False
    urgent: bool = False


class OutpatientRecord(Asked, frozen=True, kw_only=True):
    """4301: what happened at a visit."""

    registration: RecordRegistration
    case: RecordCase
    diagnoses: tuple[RecordDiagnosis, ...]
    drugs: tuple[RecordDrug, ...] = ()
