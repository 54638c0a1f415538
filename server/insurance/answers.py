"""What the insurance answers: one struct for each transaction (DOMAIN.md §1.7). Money in fen."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from common.domain.insurance_split import LineSplit, Split

__all__ = [
    "Answer",
    "Benefit",
    "Coverage",
    "DictionaryValue",
    "FeesSplit",
    "FileHandle",
    "FundShare",
    "Identity",
    "LineSplit",
    "Nothing",
    "Person",
    "Reconciled",
    "Settlement",
    "SignedIn",
    "Split",
    "UploadFault",
    "Uploaded",
    "VisitOpened",
]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers."""


class Nothing(Answer, frozen=True, kw_only=True):
    """Transactions that only say "done"."""


class SignedIn(Answer, frozen=True, kw_only=True):
    """9001: valid for this operator and day. ``at`` may be missing."""

    sign_no: str
    at: datetime | None = None


class Coverage(Answer, frozen=True, kw_only=True):
    """One entry of ``insuinfo``. ``status`` 1 normal, 2 paused, 4 stopped [M]. ``insuplc`` is the region insured, wanted by later calls."""

    insutype: str
    psn_type: str
    status: str
    balance_fen: int
    insuplc: str
    civil_servant: bool = False
    employer: str = ""
    begins: date | None = None
    paused: date | None = None

    @property
    def valid(self) -> bool:
        """Whether it can be settled with now; a bureau that states no status leaves that to the settlement."""
        return self.status in ("1", "")


class Identity(Answer, frozen=True, kw_only=True):
    """One entry of ``idetinfo``: a special status of the person."""

    kind: str
    level: str = ""
    memo: str = ""


class Person(Answer, frozen=True, kw_only=True):
    """1101: who is insured and how. Several insurances are normal; ``valid`` are those that may be settled with."""

    psn_no: str
    name: str
    identity_kind: str
    identity_number: str
    gender: str
    born: date | None
    insurances: tuple[Coverage, ...]
    identities: tuple[Identity, ...] = ()

    @property
    def valid(self) -> tuple[Coverage, ...]:
        """The insurances in force."""
        return tuple(entry for entry in self.insurances if entry.valid)


class Benefit(Answer, frozen=True, kw_only=True):
    """2001: one benefit. ``reason`` says why there is none."""

    fund_pay_type: str
    enjoyed: bool
    reason: str = ""


class VisitOpened(Answer, frozen=True, kw_only=True):
    """2201."""

    mdtrt_id: str


class FeesSplit(Answer, frozen=True, kw_only=True):
    """2204: every line as the bureau sees it."""

    lines: tuple[LineSplit, ...]


class FundShare(Answer, frozen=True, kw_only=True):
    """One entry of ``setldetail``."""

    fund_pay_type: str
    name: str
    amount_fen: int


class Settlement(Answer, frozen=True, kw_only=True):
    """2206, 2207, 2208, 5203. ``setl_id`` is empty after 2206; after 2208 it is the cancellation's own and all amounts are negative.

    ``medins_setl_id`` echoes our msgid.
    """

    psn_no: str
    mdtrt_id: str
    setl_id: str
    medins_setl_id: str
    insutype: str
    psn_type: str
    at: datetime | None
    split: Split
    shares: tuple[FundShare, ...] = ()
    clr_type: str = ""
    clr_optins: str = ""
    clr_way: str = ""


class Reconciled(Answer, frozen=True, kw_only=True):
    """3201: ``code`` 000000 equal, 000101 the centre has more [M], 000102 we have more, 000103 amounts differ."""

    code: str
    description: str

    @property
    def equal(self) -> bool:
        """Whether both sides have the same."""
        return self.code in ("0", "000000")


class FileHandle(Answer, frozen=True, kw_only=True):
    """A file at the bureau (13xx, 3202, 9101). ``count``: its rows, if said. An empty ``file_qury_no``: there is nothing newer."""

    file_qury_no: str
    filename: str = ""
    count: int | None = None


class DictionaryValue(Answer, frozen=True, kw_only=True):
    """1901: one value."""

    type: str
    value: str
    label: str
    parent: str = ""
    position: int = 0
    valid: bool = True


class UploadFault(Answer, frozen=True, kw_only=True):
    """A row that an upload refused, in the bureau's words."""

    subject: str
    message: str


class Uploaded(Answer, frozen=True, kw_only=True):
    """350x: taken; ``faults`` are the rows that were not (the batch forms accept the others)."""

    faults: tuple[UploadFault, ...] = ()
