"""Words that platforms want in Chinese, whatever language anybody's screen speaks."""

from __future__ import annotations

from typing import Final

from common.i18n import CHINESE, N_, language, tr
from printing.documents.fees import FeeCategory

_SEX: Final = {"1": N_("einvoice|male"), "2": N_("einvoice|female")}


def sex(code: str) -> str:
    """GB/T 2261.1 as a word; empty where it is not known."""
    with language(CHINESE):
        return tr(_SEX[code]) if code in _SEX else ""


def fee_category(code: str) -> str:
    """A fee category by its legal name (DOMAIN.md §5.1)."""
    with language(CHINESE):
        return FeeCategory(code).label


def refund() -> str:
    """Why money went back, where nobody said."""
    with language(CHINESE):
        return tr("einvoice|refund")


def rounding() -> str:
    """The line of cash rounding 舍入差额."""
    with language(CHINESE):
        return tr("einvoice|cash rounding")


def tax_free() -> str:
    """The privilege that medical services have (VAT exemption)."""
    with language(CHINESE):
        return tr("einvoice|tax-free")
