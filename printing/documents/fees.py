"""The fee categories of the outpatient receipt, in the order in which they stand on it (DOMAIN.md §5.1)."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind

if TYPE_CHECKING:
    from collections.abc import Iterable


@unique
class FeeCategory(StrEnum):
    """A category of the receipt, by the code that charge items carry. ``FeeCategory("西药费")`` finds it by its legal name too."""

    CONSULTATION = "consultation"
    EXAM = "exam"
    LAB = "lab"
    TREATMENT = "treatment"
    SURGERY = "surgery"
    MATERIAL = "material"
    WESTERN_DRUG = "western_drug"
    HERBAL = "herbal"
    PATENT = "patent"
    GENERAL = "general"
    REGISTRATION = "registration"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> FeeCategory | None:
        return _BY_LEGAL_NAME.get(str(value))

    @property
    def label(self) -> str:
        """The category's name in the current language."""
        return tr(_LABELS[self])


_LABELS: Final = {
    FeeCategory.CONSULTATION: N_("fee|Consultation"),
    FeeCategory.EXAM: N_("fee|Examinations"),
    FeeCategory.LAB: N_("fee|Laboratory"),
    FeeCategory.TREATMENT: N_("fee|Treatment"),
    FeeCategory.SURGERY: N_("fee|Surgery"),
    FeeCategory.MATERIAL: N_("fee|Materials"),
    FeeCategory.WESTERN_DRUG: N_("fee|Western drugs"),
    FeeCategory.HERBAL: N_("fee|Herbal slices"),
    FeeCategory.PATENT: N_("fee|Patent Chinese drugs"),
    FeeCategory.GENERAL: N_("fee|General treatment"),
    FeeCategory.REGISTRATION: N_("fee|Registration"),
    FeeCategory.OTHER: N_("fee|Other outpatient fees"),
}
_LEGAL_NAMES: Final = (
    "诊察费",
    "检查费",
    "化验费",
    "治疗费",
    "手术费",
    "卫生材料费",
    "西药费",
    "中药饮片",
    "中成药费",
    "一般诊疗费",
    "挂号费",
    "其他门（急）诊收费",
)
_BY_LEGAL_NAME: Final = dict(zip(_LEGAL_NAMES, FeeCategory, strict=True))


def in_order(present: Iterable[FeeCategory]) -> list[FeeCategory]:
    """Each category that is present, once, in the receipt's order."""
    found = set(present)
    return [category for category in FeeCategory if category in found]


def tender_label(kind: TenderKind) -> str:
    """The means of payment in the current language."""
    return tr(TITLES[kind])
