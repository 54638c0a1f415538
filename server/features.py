"""The table of handlers: one function a request. Features fill it with :func:`handles`; only dispatch reads it."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.wire import Request

FEATURES: Final = (
    "server.accounts",
    "server.admin",
    "server.alike",
    "server.approvals",
    "server.bills",
    "server.cashier",
    "server.catalogue_book",
    "server.channels.statements",
    "server.closing.close",
    "server.closing.lists",
    "server.closing.matters",
    "server.closing.roll_up",
    "server.closing.steps",
    "server.consult",
    "server.controlled",
    "server.differences",
    "server.dispensing.handing",
    "server.dispensing.lists",
    "server.dispensing.owed",
    "server.dispensing.picking",
    "server.einvoice.queue",
    "server.expenses",
    "server.formulary",
    "server.herbal.choosing",
    "server.herbal.decoctions",
    "server.herbal.weighing",
    "server.insurance_desk.codes",
    "server.insurance_desk.errands",
    "server.insurance_desk.late",
    "server.insurance_desk.lists",
    "server.insurance_desk.mapping",
    "server.insurance_desk.resolving",
    "server.insurance_desk.setup",
    "server.insurance_desk.sign_ins",
    "server.insurance_desk.statements",
    "server.insurance_desk.stock_take",
    "server.insurance_desk.uploads",
    "server.invoices",
    "server.money_rules",
    "server.pairing",
    "server.patients",
    "server.pharmacy",
    "server.pharmacy_rules",
    "server.prescribing",
    "server.prices",
    "server.registration",
    "server.reports",
    "server.return_facts",
    "server.returns",
    "server.reviewing",
    "server.sessions",
    "server.settling.begin",
    "server.settling.convert",
    "server.settling.facts",
    "server.settling.moving",
    "server.settling.steps",
    "server.store",
    "server.storeroom.alerts",
    "server.storeroom.counting",
    "server.storeroom.differing",
    "server.storeroom.goods",
    "server.storeroom.plan",
    "server.storeroom.purchasing",
    "server.storeroom.papers",
    "server.storeroom.papers_goods",
    "server.storeroom.papers_signed",
    "server.storeroom.papers_transfer",
    "server.storeroom.recalls",
    "server.storeroom.receipts",
    "server.storeroom.months",
    "server.storeroom.repricing",
    "server.storeroom.revaluing",
    "server.storeroom.stock",
    "server.storeroom.ways",
    "server.storeroom.suppliers",
    "server.storeroom.temperature",
    "server.window_calls",
    "server.windows",
)

F = TypeVar("F", bound="Callable[..., Any]")


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """How a request is carried out.

    ``replayed``: its reply is kept and given again for the same request id (not for replies that hold a secret). ``keeps_refusals``: a
    refusal may be *returned*, and then what was written is committed (a counted wrong password).
    """

    request: type[Request[Any]]
    carry_out: Callable[[Any, Any], Any]
    replayed: bool = True
    keeps_refusals: bool = False


HANDLERS: Final[dict[type[Request[Any]], Handler]] = {}


def handles(request: type[Request[Any]], *, replayed: bool = True, keeps_refusals: bool = False) -> Callable[[F], F]:
    """Mark a function as the one that carries out ``request``."""

    def register(carry_out: F) -> F:
        if request in HANDLERS:
            raise TypeError(f"{request.__name__} has two handlers")
        HANDLERS[request] = Handler(request=request, carry_out=carry_out, replayed=replayed, keeps_refusals=keeps_refusals)
        return carry_out

    return register


@cache
def load() -> None:
    """Import every feature."""
    for feature in FEATURES:
        importlib.import_module(feature)
