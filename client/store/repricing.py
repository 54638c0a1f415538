"""A price change that is being written, and words for those that exist. No Qt."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from client.store.delivery import number
from client.store.model import moment_of
from common.domain.dosage import plain
from common.domain.states import PRICE_CHANGE
from common.i18n import N_, tr
from common.messages.repricing import ChangedPrice, PricedDrug, ProposePriceChange

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from common.messages.repricing import PriceChangeEntry, PriceLine

TONES: Final = {"PROPOSED": "warning", "APPROVED": "info", "APPLIED": "done", "VOIDED": "plain"}
REASONS: Final = (N_("price|the price was wrong"), N_("price|not wanted any more"))


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A drug and what it is to cost."""

    drug: PricedDrug
    price: Decimal

    @property
    def value_fen(self) -> int:
        """What lies there would be worth so much more."""
        worth = self.drug.on_hand * (self.price - self.drug.price) / self.drug.pack_size * 100
        return int(worth.to_integral_value("ROUND_HALF_UP"))


class NewChange(msgspec.Struct, kw_only=True):
    """What stands in the fields, and the lines so far."""

    lines: list[NewLine] = []
    reason: str = ""
    authority: str = ""
    day: str = ""
    clock: str = ""

    def begun(self) -> bool:
        """Whether there is anything that would be lost."""
        return bool(self.lines or self.reason)


def wrong(drug: PricedDrug | None, typed: str, lines: list[NewLine]) -> tuple[str, str] | None:
    """The first field of the line in hand that is not right, and why."""
    price = number(typed)
    if drug is None:
        return "drug", tr("delivery|Choose the drug.")
    if any(line.drug.drug_id == drug.drug_id for line in lines):
        return "drug", tr("price|This drug stands on the paper already.")
    if price is None or not 0 <= price <= 1_000_000 or price != round(price, 6):
        return "price", tr("price|Type the new price of a pack, such as 12.50.")
    if price == drug.price:
        return "price", tr("price|It costs that already.")
    if drug.ceiling is not None and price > drug.ceiling:
        return "price", tr("price|It may cost {price} at most.", price=plain(drug.ceiling))
    return None


def effective(day: date | None, typed_day: str, clock: str, zone: tzinfo | None) -> datetime | str | None:
    """The moment that the two fields name: ``None`` is as soon as somebody agrees; a sentence if they name none."""
    if not typed_day.strip() and not clock.strip():
        return None
    at = moment_of(day, clock.strip() or "00:00", zone)
    return at if at is not None else tr("price|Type a day such as 2026-12-01, and a time such as 00:00 or none.")


def request(change: NewChange, at: datetime | None) -> ProposePriceChange:
    """The command."""
    return ProposePriceChange(
        lines=tuple(ChangedPrice(drug_id=line.drug.drug_id, price=line.price) for line in change.lines),
        reason=change.reason.strip(),
        authority=change.authority.strip(),
        effective_at=at,
    )


def state(entry: PriceChangeEntry) -> str:
    """The state as a person reads it."""
    return PRICE_CHANGE.label(entry.state)


def about(entry: PriceChangeEntry) -> str:
    """``阿莫西林胶囊 等 3 种``."""
    return entry.about if entry.lines == 1 else tr("price|{drug} and others, {n} drugs", drug=entry.about, n=entry.lines)


def change(line: PriceLine | NewLine) -> str:
    """``12.5 → 14``."""
    old, new = (line.drug.price, line.price) if isinstance(line, NewLine) else (line.old_price, line.new_price)
    return f"{plain(old)} → {plain(new)}"
