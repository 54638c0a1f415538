"""The sheet of a daily close: its headings and sums, as they go over the wire, are kept with the close, and stand on paper."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta

from common.wire import Fact

#: The notes and coins that are counted by piece, in fen: 100, 50, 20, 10, 5, 1 yuan, 5 and 1 jiao.
DENOMINATIONS_FEN: Final = (100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 50, 10)


class Pieces(Fact, frozen=True, kw_only=True):
    """How many notes or coins of one denomination were counted."""

    denomination_fen: int
    pieces: Annotated[int, Meta(ge=0, le=100_000)]


class InOut(Fact, frozen=True, kw_only=True):
    """What came in and what went back under one heading. ``out_fen`` is not above zero; the net sum is theirs."""

    code: str
    in_fen: int
    out_fen: int

    @property
    def net_fen(self) -> int:
        """In less out."""
        return self.in_fen + self.out_fen


class InvoiceRange(Fact, frozen=True, kw_only=True):
    """Numbers in a row without a gap."""

    first: str
    last: str
    count: int


class InvoiceUse(Fact, frozen=True, kw_only=True):
    """What became of invoice numbers in the shift. ``used`` are all that were taken; ``red`` those of them that take another back, ``reversed``
    the ones that were taken back; ``reprinted`` was printed again."""

    used: tuple[InvoiceRange, ...]
    used_count: int
    red: tuple[str, ...]
    reversed: tuple[str, ...]
    voided: tuple[str, ...]
    reprinted: tuple[str, ...]


class InsuranceSum(Fact, frozen=True, kw_only=True):
    """Insurance settlements of one kind of insurance and clearing, cancelled ones counted back (DOMAIN.md §1.9). ``clr_name``: the clearing
    type as the bureau's dictionary calls it, empty where that does not know it."""

    insutype: str
    clr_type: str
    clr_name: str = ""
    settled: int
    cancelled: int
    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    hospital_fen: int
    cash_fen: int


class CloseSheet(Fact, frozen=True, kw_only=True):
    """日结单: everything that a close says, as it was at that moment. All of it comes out of the ledger of the shift.

    ``accounts`` are the shift's sums by ledger account, the last posting of the close included; tender:cash is not among them, since it sums to
    zero. ``tenders`` and ``categories`` leave float, hand-in, differences and expenses out, and what a partial refund carries over.
    ``bills`` are those of patients; ``reissued`` ones, over the rest of a partial refund, are not among them, and their amounts are part of
    ``refunds_fen``: that is what went back in the end.
    """

    clinic: str
    number: str
    cashier: str
    opened_at: datetime
    closed_at: datetime
    business_date: date
    bills: int
    bills_fen: int
    refunds: int
    refunds_fen: int
    reissued: int
    invoices: InvoiceUse
    categories: tuple[InOut, ...]
    tenders: tuple[InOut, ...]
    insurance: tuple[InsuranceSum, ...]
    deposits: InOut
    collected_fen: int
    waived_fen: int
    rounding_fen: int
    expenses_fen: int
    float_fen: int
    expected_fen: int
    counted: tuple[Pieces, ...]
    loose_fen: int
    counted_fen: int
    difference_fen: int
    difference_reason: str
    handed_in_fen: int
    kept_fen: int
    accepted_by: str
    accepted_alone: bool
    accounts: dict[str, int]
