"""What a person may lay on the counter for an amount: enough, of the right kinds, within the clinic's rules about rounding and waivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from common.domain.rounding import round_cash
from common.domain.tenders import TITLES, check_tenders
from common.errors import TendersDoNotCover
from common.i18n import N_
from common.messages.cashier import INSURANCE, Tender, TenderKind
from common.settling_errors import TenderNotAllowed, WaiverNeedsReason, WaiverTooHigh
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Tx

_RULES: Final = Read("SELECT cash_rounding, waiver_limits FROM money_rules WHERE id = 1")


class Taken(NamedTuple):
    """What goes back as change, and the cash rounding 舍入差额 (negative: the patient pays less than the lines come to)."""

    change_fen: int
    rounding_fen: int


def check(tx: Tx, due_fen: int, tenders: Sequence[Tender], patient_id: int, approval_id: int | None, *, codes: bool = False) -> Taken:
    """Whether the tenders pay ``due_fen`` exactly, cash rounded by the clinic's rule. ``codes``: payment codes are going to be sent.

    Raises ``TendersDoNotCover``, ``TenderNotAllowed``, ``WaiverNeedsReason``, ``WaiverTooHigh`` and what an approval raises.
    """
    for tender in tenders:
        if tender.kind in INSURANCE or tender.kind is TenderKind.BANK:
            raise TenderNotAllowed(tender=TITLES[tender.kind], reason=N_("cannot be used here"))
        if tender.code and not codes:
            raise TenderNotAllowed(tender=TITLES[tender.kind], reason=N_("its payment code cannot be sent from here"))
    others = sum(tender.amount_fen for tender in tenders if tender.kind is not TenderKind.CASH)
    if others > due_fen:
        raise TendersDoNotCover(due_fen=due_fen, given_fen=sum(tender.amount_fen for tender in tenders))
    rounding = 0
    waived = [tender for tender in tenders if tender.kind is TenderKind.WAIVER]
    if others < due_fen or waived:
        mode, limits = tx.first(_RULES) or ("none", {})
        rounding = round_cash(due_fen - others, mode) - (due_fen - others)
        if rounding and rounding == others - due_fen and len(waived) < len(tenders):  # nobody hands cash over: nothing is rounded away
            rounding = 0
        _check_waiver(tx, waived, limits, patient_id, approval_id)
    return Taken(check_tenders(due_fen + rounding, tenders), rounding)


def _check_waiver(tx: Tx, waived: Sequence[Tender], limits: dict[str, int], patient_id: int, approval_id: int | None) -> None:
    """Within the person's own limit, or within that of a second person who agreed."""
    if not waived:
        return
    if len(waived) > 1:
        raise TenderNotAllowed(tender=TITLES[TenderKind.WAIVER], reason=N_("once for each bill"))
    if not waived[0].reference.strip():
        raise WaiverNeedsReason
    amount = waived[0].amount_fen
    limit = max((limits.get(role, 0) for role in tx.actor.roles), default=0)
    if amount <= limit:
        return
    if approval_id is None:
        raise WaiverTooHigh(waived_fen=amount, limit_fen=limit)
    from server import approvals

    approver = approvals.use(tx, approval_id, "waiver", patient_id, amount)
    tx.detail = {**tx.detail, "waiver_approved_by": approver}


def without_waiver(tenders: Sequence[Tender]) -> list[Tender]:
    """The tenders that are money."""
    return [tender for tender in tenders if tender.kind is not TenderKind.WAIVER]


def bare(tender: Tender) -> Tender:
    """The tender without the payment code, as it may be stored."""
    return msgspec.structs.replace(tender, code="")
