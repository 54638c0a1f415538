"""What the insurance desk shows: which page, and which of its rows. Plain Python, no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.i18n import N_
from common.messages.insurance_statement import WAYS

if TYPE_CHECKING:
    from common.messages.insurance_statement import InsuranceDifference, Side
    from common.messages.reconcile import Way

RECONCILE, UPLOADS, MAPPING, CODES, LISTS, LINE = "reconcile", "uploads", "mapping", "codes", "lists", "line"


class Page(NamedTuple):
    """An entry of the list on the left."""

    id: str
    title: str
    group: str


PAGES: Final = (
    Page(RECONCILE, N_("insurance page|Reconciliation"), N_("insurance page|Every day")),
    Page(UPLOADS, N_("insurance page|Uploads"), N_("insurance page|Every day")),
    Page(MAPPING, N_("insurance page|Mapping"), N_("insurance page|To maintain")),
    Page(CODES, N_("insurance page|National codes"), N_("insurance page|To maintain")),
    Page(LISTS, N_("insurance page|Lists and dictionaries"), N_("insurance page|To maintain")),
    Page(LINE, N_("insurance page|Line and sign-ins"), N_("insurance page|To maintain")),
)


class SideRow(NamedTuple):
    """An amount as both sides have it; ``None`` where a side has nothing."""

    title: str
    ours: int | None
    theirs: int | None

    @property
    def gap(self) -> int:
        """The bureau's less ours."""
        return (self.theirs or 0) - (self.ours or 0)


def sides(one: InsuranceDifference) -> list[SideRow]:
    """Both sides of a difference, amount by amount."""

    def of(side: Side | None, name: str) -> int | None:
        return None if side is None else int(getattr(side, name))

    titles = (
        (N_("statement|Total"), "total_fen"),
        (N_("statement|Fund"), "fund_fen"),
        (N_("statement|Personal account"), "account_fen"),
    )
    return [SideRow(title, of(one.ours, name), of(one.theirs, name)) for title, name in titles]


def ways(one: InsuranceDifference | None) -> tuple[Way, ...]:
    """What a person may choose for a difference that is open."""
    if one is None or one.resolved_at is not None or (one.way and not one.trouble):
        return ()
    return WAYS[(one.finding, one.act)]


class InsuranceModel:
    """The desk's state."""

    def __init__(self) -> None:
        self.page = RECONCILE
        self.done_too = False
        self.unmapped_only = False
        self.saving = False
