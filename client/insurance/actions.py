"""What the insurance desk can do. Which page is shown decides what a key means; where it means nothing, it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.action import Action
from client.insurance.model import LINE, LISTS, MAPPING, RECONCILE, UPLOADS
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.insurance.view.desk import InsuranceDesk

_OTHER_PAGE = N_("This belongs to another page.")


def rows(desk: InsuranceDesk) -> list[Action]:
    """The desk's actions."""
    on = desk.on
    return [
        Action(
            id="compare",
            title=N_("verb|Compare the day"),
            key="F4",
            run=desk.reconciling.compare,
            enabled=lambda _s: (
                (desk.reconciling.day.date() is not None or N_("Type the day at the top.")) if on(RECONCILE) else _OTHER_PAGE
            ),
        ),
        Action(
            id="done_too",
            title=N_("verb|Also what is done"),
            key="F6",
            run=lambda: done_too(desk),
            enabled=lambda _s: True if on(RECONCILE, UPLOADS) else _OTHER_PAGE,
        ),
        Action(
            id="unmapped",
            title=N_("verb|Only without code"),
            key="F7",
            run=lambda: unmapped(desk),
            enabled=lambda _s: True if on(MAPPING) else _OTHER_PAGE,
        ),
        Action(id="again", title=N_("verb|Send again"), key="F8", run=lambda: again(desk), enabled=lambda _s: may_again(desk)),
        Action(
            id="dictionaries",
            title=N_("verb|Fetch dictionaries"),
            key="F10",
            run=desk.lists.refresh_dictionaries,
            needs=Permission.INSURANCE_MANAGE,
            enabled=lambda _s: True if on(LISTS) else _OTHER_PAGE,
        ),
        Action(
            id="try",
            title=N_("verb|Try the line"),
            key="F11",
            run=desk.line.try_it,
            needs=Permission.INSURANCE_MANAGE,
            enabled=lambda _s: (desk.line.why_not_try() or True) if on(LINE) else _OTHER_PAGE,
        ),
        Action(
            id="report_stock",
            title=N_("verb|Report the stock"),
            key="Ctrl+R",
            run=desk.uploads.report_stock,
            enabled=lambda _s: (desk.uploads.why_not_report() or True) if on(UPLOADS) else _OTHER_PAGE,
            bar=False,
        ),
        Action(
            id="take_away",
            title=N_("verb|End, withdraw, drop"),
            key="Ctrl+D",
            run=lambda: take_away(desk),
            enabled=lambda _s: may_take_away(desk),
            bar=False,
        ),
        Action(
            id="forget",
            title=N_("verb|Forget the sign-in"),
            key="Ctrl+G",
            run=desk.line.forget,
            enabled=lambda _s: (desk.line.why_not_take_away() or True) if on(LINE) else _OTHER_PAGE,
            bar=False,
        ),
        Action(
            id="save",
            title=N_("verb|Carry out"),
            key="F12",
            run=lambda: desk.page().finish(),
            primary=True,
            enabled=lambda _s: may_finish(desk),
        ),
    ]


def may_finish(desk: InsuranceDesk) -> bool | str:
    """F12 of the page."""
    if desk.model.saving:
        return N_("It is being sent; please wait for the answer.")
    return desk.page().why_not() or True


def may_again(desk: InsuranceDesk) -> bool | str:
    """F8: a row of the queue, or the mappings."""
    if desk.on(MAPPING):
        return desk.place.may(Permission.INSURANCE_MANAGE) or N_("Only who maintains the insurance may do this.")
    if desk.on(UPLOADS):
        return True if desk.uploads.current() is not None else N_("Choose a row that waits or was refused.")
    return _OTHER_PAGE


def again(desk: InsuranceDesk) -> None:
    """F8."""
    if desk.on(MAPPING):
        desk.mapping.again()
    else:
        desk.uploads.again()


def may_take_away(desk: InsuranceDesk) -> bool | str:
    """Ctrl+D: a mapping ends, a row is dropped, an operator is signed out."""
    if not desk.on(MAPPING, UPLOADS, LINE):
        return _OTHER_PAGE
    if not desk.on(LINE) and not desk.place.may(Permission.INSURANCE_MANAGE):
        return N_("Only who maintains the insurance may do this.")
    page = desk.mapping if desk.on(MAPPING) else desk.uploads if desk.on(UPLOADS) else desk.line
    return page.why_not_take_away() or True


def take_away(desk: InsuranceDesk) -> None:
    """Ctrl+D."""
    page = desk.mapping if desk.on(MAPPING) else desk.uploads if desk.on(UPLOADS) else desk.line
    page.take_away()


def done_too(desk: InsuranceDesk) -> None:
    """F6: the lists show what is done as well, or only what is open."""
    desk.model.done_too = not desk.model.done_too
    desk.page().load()


def unmapped(desk: InsuranceDesk) -> None:
    """F7: only items without a code, or all of them."""
    desk.model.unmapped_only = not desk.model.unmapped_only
    desk.mapping.load()
