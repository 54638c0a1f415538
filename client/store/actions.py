"""What the drug store's desk can do. Which page is shown decides what a key means; where it means nothing, it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.action import Action
from client.store.model import GOODS_IN, RECEIPTS, STOCK
from common.i18n import N_
from common.permissions import Permission

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk

_OTHER_PAGE = N_("This belongs to another page.")


def rows(desk: StoreDesk) -> list[Action]:
    """The desk's actions."""
    on = desk.on
    return [
        Action(id="find", title=N_("store|Find"), key="F2", run=lambda: desk.page().seek()),
        Action(id="next_page", title=N_("store|Next page"), key="F4", run=desk.next_page),
        Action(id="new", title=N_("store|Goods in"), key="F3", run=lambda: new(desk), needs=Permission.STORE_RECEIVE),
        Action(
            id="reprint",
            title=N_("store|Print again"),
            key="F6",
            run=desk.receipts.reprint,
            needs=Permission.STORE_RECEIVE,
            enabled=lambda _s: desk.receipts.may_print() if on(RECEIPTS) else _OTHER_PAGE,
        ),
        Action(
            id="take_out",
            title=N_("store|Take the line out"),
            key="F10",
            run=desk.goods_in.take_out,
            needs=Permission.STORE_RECEIVE,
            enabled=lambda _s: desk.goods_in.may_take_out() if on(GOODS_IN) else _OTHER_PAGE,
        ),
        Action(
            id="moment",
            title=N_("store|As of a moment"),
            key="F7",
            run=desk.stock.ask_moment,
            enabled=lambda _s: True if on(STOCK) else _OTHER_PAGE,
        ),
        Action(
            id="empty",
            title=N_("store|Also what is used up"),
            key="F8",
            run=desk.stock.also_empty,
            enabled=lambda _s: True if on(STOCK) else _OTHER_PAGE,
        ),
        Action(
            id="save",
            title=N_("store|Carry out"),
            key="F12",
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
    """F3: to the delivery that is being typed; there, a new one."""
    if desk.on(GOODS_IN):
        desk.goods_in.begin()
    else:
        desk.go_to(GOODS_IN).work().setFocus()
