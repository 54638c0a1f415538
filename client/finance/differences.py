"""Differences with payment channels in words, and how a person may clear them. Plain Python, no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.mask import mask_name
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from common.messages.reconcile import Finding, MovementAct, Way
from printing.documents.fees import tender_label

if TYPE_CHECKING:
    from common.messages.reconcile import DifferenceFacts, ReconciliationFacts

#: The party of the list that has a desk of its own.
INSURANCE: Final = "insurance"
FINDINGS: Final = {
    Finding.THEIRS_ONLY: N_("finding|Channel alone"),
    Finding.OURS_ONLY: N_("finding|Our books alone"),
    Finding.AMOUNT: N_("finding|Amounts differ"),
}
WAYS: Final = {
    Way.REFUND: N_("way|The channel pays it back"),
    Way.SETTLED: N_("way|It belongs to our settlement"),
    Way.ACCEPTED: N_("way|Accept it with the reason"),
    Way.TAKEN_BACK: N_("way|The channel took it back itself"),
    Way.FOUND_LATER: N_("way|Found on the next day"),
}
_SENTENCES: Final = {
    (Finding.THEIRS_ONLY, False): N_("difference|The channel has this payment; our books do not."),
    (Finding.THEIRS_ONLY, True): N_("difference|The channel has this refund; our books do not."),
    (Finding.OURS_ONLY, False): N_("difference|Our books have this payment; the channel does not."),
    (Finding.OURS_ONLY, True): N_("difference|Our books have this refund; the channel does not."),
    (Finding.AMOUNT, False): N_("difference|Both have this payment, over different amounts."),
    (Finding.AMOUNT, True): N_("difference|Both have this refund, over different amounts."),
}


def party(code: str) -> str:
    """A channel in the current language."""
    return tender_label(TenderKind(code)) if code in set(TenderKind) else code


def is_refund(one: DifferenceFacts) -> bool:
    """Whether it is about money that went back."""
    return one.act == MovementAct.REFUND


def act(one: DifferenceFacts) -> str:
    """What the line is."""
    return tr("movement|Refund") if is_refund(one) else tr("movement|Payment")


def ways(one: DifferenceFacts | None) -> tuple[Way, ...]:
    """What a person may choose now. One that is being paid back waits for the channel, unless the channel could not do it."""
    if one is None or one.resolved_at is not None or (one.way and not one.trouble):
        return ()
    back = one.finding is Finding.THEIRS_ONLY and not is_refund(one)
    return (Way.REFUND, Way.SETTLED, Way.ACCEPTED) if back else (Way.SETTLED, Way.ACCEPTED)


def standing(one: DifferenceFacts) -> tuple[str, str]:
    """Its state in words, and the tone."""
    if one.resolved_at is not None:
        return (tr(WAYS[one.way]) if one.way in WAYS else one.way), "done"
    if one.trouble:
        return tr("difference|hindered"), "danger"
    return (tr("difference|being cleared"), "info") if one.way else (tr("difference|open"), "warning")


def about(one: DifferenceFacts) -> str:
    """What is wrong, and what is known of it, a line each."""
    lines = [
        tr(_SENTENCES[(one.finding, is_refund(one))]),
        tr("difference|Order {number}", number=one.order),
    ]
    if one.number != one.order:
        lines.append(tr("difference|Refund {number}", number=one.number))
    if one.settlement_id is not None:
        lines.append(tr("difference|Our settlement {number}", number=one.settlement_id))
    if one.refund_number:
        lines.append(tr("difference|Paid back under {number}", number=one.refund_number))
    if one.trouble:
        lines.append(tr(one.trouble))
    if one.resolved_at is not None:
        lines.append(tr("difference|{who}: {reason}", who=one.resolved_by, reason=one.resolution or standing(one)[0]))
    return "\n".join(lines)


def fetched(day: ReconciliationFacts) -> tuple[str, str]:
    """How a day's statement stands in words, and the tone."""
    if day.fetched_at is not None and day.fetched_at >= day.wanted_at:
        if day.open_differences:
            return tr("statement|{n} open", n=day.open_differences), "warning"
        return tr("statement|equal"), "done"
    if day.trouble:
        return tr(day.trouble), "danger"
    return tr("statement|being fetched"), "info"


def fen(amount: int | None) -> str:
    """An amount, or a dash where a side has nothing."""
    return "–" if amount is None else format_yuan(amount)


def patient(one: DifferenceFacts) -> str:
    """Whose payment it is, masked; a report's desk is no reason to see names."""
    return mask_name(one.patient_name) if one.patient_name else "–"
