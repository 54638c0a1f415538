"""The keys of the pharmacy's desk while the herbal room is shown: the same rows, doing what they mean there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from client.action import Action
from client.pharmacy import herbal_acts as acts
from client.pharmacy import herbal_decocting as decocting
from client.pharmacy.herbal import NO_ORDER, NOT_UNEVEN, NOTHING_OPEN, Page, next_step
from common.i18n import N_, tr
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.pharmacy.view.desk import PharmacyDesk

_ELSEWHERE = N_("Esc leads back to the lists.")


def over(desk: PharmacyDesk, outside: list[Action]) -> list[Action]:
    """The desk's actions as they are here; F4 stands in front, where a narrow window shows it too."""
    here = _here(desk)
    turn = Action(
        id="herbal",
        title=N_("herbal|Slices"),
        key="F4",
        run=lambda: acts.turn(desk),
        needs=Permission.PHARMACY_DISPENSE,
        naming=lambda: _turn_words(desk),
    )
    find, *rows = (_turned(desk, action, here) for action in outside)
    return [find, turn, *rows]


def _turn_words(desk: PharmacyDesk) -> str:
    room = desk.model.herbal
    if not room.shown:
        return tr("herbal|Slices")
    return tr("herbal|Decoctions") if room.page is Page.WEIGH else tr("pharmacy|Back to the lists")


def _turned(desk: PharmacyDesk, action: Action, here: dict[str, _Here]) -> Action:
    mine = here.get(action.key)
    room = desk.model.herbal

    def run() -> Any:
        if not room.shown:
            return action.run()
        return mine.run() if mine is not None else None

    def enabled(state: Any) -> bool | str:
        if not room.shown:
            return action.enabled(state)
        return mine.enabled() if mine is not None else _ELSEWHERE

    return Action(
        id=action.id,
        title=action.title,
        key=action.key,
        run=run,
        needs=action.needs,
        enabled=enabled,
        primary=action.primary,
        bar=action.bar,
        naming=lambda: (mine.naming() if mine is not None and room.shown else "") or action.caption(),
    )


@dataclass(frozen=True)
class _Here:
    """What a key does in the room."""

    run: Callable[[], Any]
    naming: Callable[[], str]
    enabled: Callable[[], bool | str]


def _here(desk: PharmacyDesk) -> dict[str, _Here]:
    room = desk.model.herbal
    return {
        "F2": _Here(lambda: desk.herbal_room.seek(), lambda: "", lambda: True),
        "F6": _f6(desk),
        "F9": _Here(lambda: acts.reprint(desk), lambda: "", lambda: room.page is Page.DECOCT or room.last is not None),
        "F10": _Here(lambda: decocting.begin_cancel(desk), lambda: tr("herbal|Cancel the order"), lambda: _cancelling(desk)),
        "F12": _Here(lambda: acts.finish(desk), lambda: acts.words_of_f12(desk), lambda: _may_finish(desk)),
    }


def _f6(desk: PharmacyDesk) -> _Here:
    """At the scale the reason for an uneven bag, among the decoctions where one goes to."""
    room = desk.model.herbal
    return _Here(
        lambda: decocting.begin_delivery(desk) if room.page is Page.DECOCT else acts.begin_reason(desk),
        lambda: tr("herbal|Delivery") if room.page is Page.DECOCT else tr("herbal|Reason"),
        lambda: _decocting(desk) if room.page is Page.DECOCT else _uneven(desk),
    )


def _uneven(desk: PharmacyDesk) -> bool | str:
    work = desk.model.herbal.work
    return True if work is not None and work.bag and work.off() else NOT_UNEVEN


def _decocting(desk: PharmacyDesk) -> bool | str:
    order = desk.herbal_room.order()
    here = desk.model.herbal.page is Page.DECOCT and order is not None and order.id > 0 and bool(next_step(order))
    return True if here else NO_ORDER


def _cancelling(desk: PharmacyDesk) -> bool | str:
    order = desk.herbal_room.order()
    here = desk.model.herbal.page is Page.DECOCT and order is not None and order.state == "TAKEN_IN"
    return True if here else decocting.TOO_LATE


def _may_finish(desk: PharmacyDesk) -> bool | str:
    room = desk.model.herbal
    if room.page is Page.DECOCT:
        order = desk.herbal_room.order()
        return True if order is not None and next_step(order) else NO_ORDER
    return True if room.work is not None else NOTHING_OPEN
