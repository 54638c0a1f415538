"""What the drug store's desk can do. Which page is shown decides what a key means; where it means nothing, it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.action import Action
from client.store.model import GOODS_IN, STOCK
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.store.view.desk import StoreDesk


def rows(desk: StoreDesk) -> list[Action]:
    """The desk's actions."""
    on = desk.on

    def named(action_id: str) -> Callable[[], str]:
        """What a key does on the page that is shown."""
        return lambda: desk.page().names().get(action_id, "")

    return [
        Action(id="find", title=N_("store|Find"), key="F2", run=lambda: desk.page().seek()),
        Action(id="next_page", title=N_("store|Next page"), key="F4", run=desk.next_page),
        Action(id="new", title=N_("store|New"), key="F3", run=lambda: new(desk)),
        Action(
            id="reprint",
            title=N_("store|Print again"),
            key="F6",
            run=lambda: desk.page().reprint(),
            enabled=lambda _s: desk.page().may_print(),
        ),
        Action(
            id="take_out",
            title=N_("store|Take out, give up"),
            key="F10",
            naming=named("take_out"),
            run=lambda: desk.page().take_out(),
            enabled=lambda _s: desk.page().may_take_out(),
        ),
        Action(
            id="moment",
            title=N_("store|Moment, suggestion, correction"),
            key="F7",
            naming=named("moment"),
            run=lambda: desk.stock.ask_moment() if on(STOCK) else desk.page().suggest(),
            enabled=lambda _s: True if on(STOCK) else desk.page().may_suggest(),
        ),
        Action(
            id="empty",
            title=N_("store|Show more or less"),
            key="F8",
            naming=named("empty"),
            run=lambda: desk.stock.also_empty() if on(STOCK) else desk.page().narrow(),
            enabled=lambda _s: True if on(STOCK) else desk.page().may_narrow(),
        ),
        Action(
            id="patients",
            title=N_("store|Patients"),
            key="F11",
            naming=named("patients"),
            run=lambda: desk.page().see(),
            enabled=lambda _s: desk.page().may_see(),
        ),
        Action(
            id="save",
            title=N_("store|Carry out"),
            key="F12",
            naming=named("save"),
            run=lambda: desk.page().finish(),
            primary=True,
            enabled=lambda _s: may_finish(desk),
        ),
    ]


def may_finish(desk: StoreDesk) -> bool | str:
    """F12 of the page."""
    if desk.model.saving:
        return N_("It is being sent; please wait for the answer.")
    return desk.page().why_not() or True


def new(desk: StoreDesk) -> None:
    """F3: what begins on this page; elsewhere to the delivery that is being typed."""
    if not desk.page().begin() and desk.place.may(Permission.STORE_RECEIVE):
        desk.go_to(GOODS_IN).work().setFocus()
