"""Whether what the finance desk offers can be done now, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.finance.model import DIFFERENCES, RULES, SPEND, SURCHARGES
from common.i18n import N_

if TYPE_CHECKING:
    from client.finance.view.desk import FinanceDesk

_NO_REPORT = N_("Choose a report first.")
_NO_DAYS = N_("This page has no days.")


def has_report(desk: FinanceDesk) -> bool | str:
    """A report is shown."""
    return True if desk.model.report is not None and desk.model.kind is not None else _NO_REPORT


def has_days(desk: FinanceDesk) -> bool | str:
    """The page is about days."""
    return True if desk.model.kind is not None or desk.model.page == SPEND else _NO_DAYS


def may_begin(desk: FinanceDesk) -> bool | str:
    """The page has a form."""
    if desk.model.page in (RULES, DIFFERENCES):
        return N_("Nothing is begun on this page.")
    return True if desk.model.kind is None else N_("A report is only read; choose a page to enter something.")


def may_save(desk: FinanceDesk) -> bool | str:
    """The form is complete."""
    if desk.model.kind is not None:
        return N_("A report is only read; choose a page to enter something.")
    if desk.saving:
        return N_("It is being sent; please wait for the answer.")
    missing = desk.missing()
    return missing if missing else True


def may_reverse(desk: FinanceDesk) -> bool | str:
    """An expense is chosen, and the reason is written."""
    if desk.model.page != SPEND or desk.spend.reversible() is None:
        return N_("Choose the expense in the list first; one that was reversed stays so.")
    return True if desk.spend.note.text().strip() else N_("Write the reason into the note first.")


def may_drop(desk: FinanceDesk) -> bool | str:
    """A surcharge is chosen."""
    chosen = desk.model.page == SURCHARGES and desk.surcharges.current() is not None
    return True if chosen else N_("Choose the surcharge in the list first.")


def may_fetch(desk: FinanceDesk) -> bool | str:
    """The page has channels, and one of them with a day is chosen."""
    if desk.model.page != DIFFERENCES:
        return N_("Statements are fetched on the page of channel differences.")
    return desk.differences.why_no_fetch() or True
