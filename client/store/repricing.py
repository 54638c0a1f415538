"""A price change that is being written, and words for those that exist. No Qt."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from client.store import words
from client.store.delivery import number
from client.store.model import moment_of
from common.domain.states import PRICE_CHANGE
from common.i18n import N_, tr
from common.messages.repricing import ChangedPrice, PricedDrug, ProposePriceChange

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from common.messages.repricing import PriceChange, PriceChangeEntry, PriceLine

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
    """What stands in the fields, and the lines so far; ``drug`` and ``price`` are the line in hand."""

    lines: list[NewLine] = []
    reason: str = ""
    authority: str = ""
    day: str = ""
    clock: str = ""
    #: The paper that this one corrects, and its number.
    replaces: int | None = None
    corrects: str = ""
    drug: PricedDrug | None = None
    price: str = ""

    def begun(self) -> bool:
        """Whether there is anything that would be lost."""
        return bool(
            self.lines or self.drug or any(typed.strip() for typed in (self.reason, self.authority, self.day, self.clock, self.price))
        )


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
        return "price", tr("price|It may cost {price} at most.", price=words.price(drug.ceiling))
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
        replaces=change.replaces,
    )


def correction(shown: PriceChange, now: datetime) -> NewChange:
    """What nobody has agreed to yet, to be written anew in its place. A moment that is past by now is as soon as somebody agrees."""
    entry, zone = shown.entry, now.tzinfo
    at = entry.effective_at.astimezone(zone) if entry.effective_at > now else None
    return NewChange(
        lines=[NewLine(drug=_priced(line), price=line.new_price) for line in shown.lines],
        reason=entry.reason,
        authority=entry.authority,
        day=f"{at:%Y-%m-%d}" if at else "",
        clock=f"{at:%H:%M}" if at else "",
        replaces=entry.id,
        corrects=entry.number,
    )


def _priced(line: PriceLine) -> PricedDrug:
    return PricedDrug(
        drug_id=line.drug_id,
        code=line.code,
        name=line.drug,
        specification=line.specification,
        manufacturer=line.manufacturer,
        base_unit=line.base_unit,
        pack_unit=line.pack_unit,
        pack_size=line.pack_size,
        price=line.old_price,
        last_purchase=None,
        ceiling=line.ceiling,
        on_hand=line.quantity,
    )


def state(entry: PriceChangeEntry) -> str:
    """The state as a person reads it."""
    return PRICE_CHANGE.label(entry.state)


def begins(entry: PriceChangeEntry) -> str:
    """From when it is valid; one that waits for no day is valid with the second person's yes."""
    if entry.state == "PROPOSED" and entry.effective_at <= entry.proposed_at:
        return tr("price|When approved")
    return f"{entry.effective_at:%Y-%m-%d %H:%M}"


def about(entry: PriceChangeEntry) -> str:
    """``阿莫西林胶囊 等 3 种``."""
    return entry.about if entry.lines == 1 else tr("price|{drug} and others, {n} drugs", drug=entry.about, n=entry.lines)


def change(line: PriceLine | NewLine) -> str:
    """``12.50 → 14.00``."""
    old, new = (line.drug.price, line.price) if isinstance(line, NewLine) else (line.old_price, line.new_price)
    return f"{words.price(old)} → {words.price(new)}"
