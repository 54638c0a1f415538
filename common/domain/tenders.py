"""Whether what a person hands over pays the bill exactly (DOMAIN.md §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.money import MAX_FEN
from common.errors import TendersDoNotCover
from common.i18n import N_
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.cashier import Tender

#: What a person calls them.
TITLES: Final = {
    TenderKind.CASH: N_("tender|Cash"),
    TenderKind.CARD: N_("tender|Bank card"),
    TenderKind.WECHAT: N_("tender|WeChat Pay"),
    TenderKind.ALIPAY: N_("tender|Alipay"),
    TenderKind.UNIONPAY: N_("tender|UnionPay"),
    TenderKind.ECNY: N_("tender|e-CNY"),
    TenderKind.DEPOSIT: N_("tender|Deposit"),
    TenderKind.CREDIT: N_("tender|Company account"),
    TenderKind.GREEN: N_("tender|Green channel"),
    TenderKind.WAIVER: N_("tender|Waiver"),
    TenderKind.BANK: N_("tender|Bank transfer"),
    TenderKind.FUND: N_("tender|Insurance fund"),
    TenderKind.ACCOUNT: N_("tender|Insurance account"),
    TenderKind.MUTUAL_AID: N_("tender|Family account"),
    TenderKind.HOSPITAL: N_("tender|Borne by the clinic"),
}


def check_tenders(due_fen: int, tenders: Sequence[Tender]) -> int:
    """The change to give back, in fen.

    The amounts are positive and sum to ``due_fen``; a bill of nothing takes no tender. At most one tender is cash, and only cash may be
    given in excess of its amount (``given_fen`` 0: not counted, that is, exactly the amount). Raises :class:`TendersDoNotCover` otherwise.
    """
    handed_over = sum(_given(tender) for tender in tenders)
    cash = sum(tender.kind is TenderKind.CASH for tender in tenders)
    covered = sum(tender.amount_fen for tender in tenders)
    if covered != due_fen or cash > 1 or not all(_sound(tender) for tender in tenders):
        raise TendersDoNotCover(due_fen=due_fen, given_fen=handed_over)
    return handed_over - covered


def _given(tender: Tender) -> int:
    return tender.given_fen or tender.amount_fen


def _sound(tender: Tender) -> bool:
    enough = _given(tender) >= tender.amount_fen if tender.kind is TenderKind.CASH else _given(tender) == tender.amount_fen
    return enough and 1 <= tender.amount_fen <= MAX_FEN and _given(tender) <= MAX_FEN
