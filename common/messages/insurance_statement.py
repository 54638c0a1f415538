"""Holding our insurance settlements against the bureau's: 3201 over each day and kind, 3202 by settlement (DOMAIN.md §1.7).

What differs stands in the list of :mod:`common.messages.reconcile` under the party ``insurance``; here it is shown with both sides and cleared.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

from common.messages.insurance import ErrandFacts
from common.messages.reconcile import Finding, Way
from common.permissions import Permission
from common.wire import Command, Fact, Query

#: What a person may choose, by what was found and what it is about.
WAYS: dict[tuple[Finding, str], tuple[Way, ...]] = {
    (Finding.THEIRS_ONLY, "SETTLE"): (Way.REFUND, Way.SETTLED, Way.ACCEPTED),
    (Finding.THEIRS_ONLY, "CANCEL"): (Way.AGAIN, Way.ACCEPTED),
    (Finding.OURS_ONLY, "SETTLE"): (Way.AGAIN, Way.ACCEPTED),
    (Finding.OURS_ONLY, "CANCEL"): (Way.REFUND, Way.ACCEPTED),
    (Finding.AMOUNT, "SETTLE"): (Way.ACCEPTED,),
    (Finding.AMOUNT, "CANCEL"): (Way.ACCEPTED,),
}


class StatementFacts(Fact, frozen=True, kw_only=True):
    """One kind of settlement of a day: our sums and what the bureau says of them. ``result`` as of 3201 (000000 equal); empty: not asked yet."""

    day: date
    insutype: str
    insutype_name: str
    insutype_name_en: str
    clr_type: str
    clr_optins: str
    count: int
    total_fen: int
    fund_fen: int
    account_fen: int
    result: str
    words: str
    at: datetime


class StatementList(Fact, frozen=True, kw_only=True):
    """Kinds by day, latest first."""

    statements: tuple[StatementFacts, ...]


class ListInsuranceStatements(Query[StatementList], frozen=True, kw_only=True):
    """What was compared since a day."""

    permission = Permission.INSURANCE_USE
    since: date


class ReconcileInsurance(Command[ErrandFacts], frozen=True, kw_only=True):
    """Compare a day, once more if it was compared before. Yesterday is compared by the service itself. Raises ``NotConnected``, ``FieldWrong``."""

    permission = Permission.INSURANCE_USE
    day: date


class Side(Fact, frozen=True, kw_only=True):
    """How one side has a settlement."""

    total_fen: int
    fund_fen: int
    account_fen: int


class InsuranceDifference(Fact, frozen=True, kw_only=True):
    """A difference with both sides. ``act`` SETTLE or CANCEL; ``number`` the bureau's ``setl_id``; ``msgid`` ours.

    ``way`` without ``resolved_at``: it is being cleared at the bureau; ``trouble`` is what hindered that the last time.
    """

    id: int
    day: date
    finding: Finding
    act: str
    number: str
    msgid: str
    psn_no: str
    mdtrt_id: str
    memo: str
    ours: Side | None
    theirs: Side | None
    patient_id: int | None
    patient_name: str
    bill_id: int | None
    bill_number: str
    settlement_id: int | None
    way: Way
    trouble: str
    resolution: str
    resolved_at: datetime | None
    resolved_by: str

    @property
    def size_fen(self) -> int:
        """What is at stake, never negative: a second person agrees to that."""
        ours, theirs = (side.total_fen if side else 0 for side in (self.ours, self.theirs))
        return abs(theirs - ours)


class InsuranceDifferences(Fact, frozen=True, kw_only=True):
    """Differences, oldest first. ``more``: the list was cut."""

    differences: tuple[InsuranceDifference, ...]
    more: bool


class ListInsuranceDifferences(Query[InsuranceDifferences], frozen=True, kw_only=True):
    """Differences with the bureau; ``open_only``: those that nothing has cleared yet."""

    permission = Permission.INSURANCE_USE
    open_only: bool = True
    limit: Annotated[int, Meta(ge=1, le=2000)] = 500


class ResolveInsuranceDifference(Command[InsuranceDifference], frozen=True, kw_only=True):
    """Clear one by a person's finding; ``way`` as of :data:`WAYS`. Needs a second person's approval (act ``finding``, subject the difference,
    amount its ``size_fen``).

    REFUND: it is cancelled at the bureau (2601, else 2208). AGAIN: nothing stands there, so that the bill can be refunded, or its lines settled
    again; the service asks the bureau first (5203). SETTLED names the settlement that it belongs to. ACCEPTED: the two people answer for it.
    Raises ``FieldWrong``, ``ChangedMeanwhile``, ``NotConnected``, ``ApprovalNeeded``.
    """

    permission = Permission.INSURANCE_USE
    difference_id: int
    way: Way
    reason: Annotated[str, Meta(min_length=2, max_length=200)]
    approval_id: int | None = None
    settlement_id: int | None = None
