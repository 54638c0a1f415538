"""Charging by hand from the price list, in place: what is found, how much of it, and taking it back while it is unpaid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Final

from client.cashier.lists import load_debtors, load_unpaid
from common.domain.money import format_yuan, line_amount, yuan
from common.i18n import N_, tr
from common.messages.prices import ChargeManually, ItemQuantity, SearchPriceItems, VoidManualCharge
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.cashier.view.desk import CashierDesk
    from common.errors import XinglinError
    from common.messages.cashier import ChargeFacts
    from common.messages.prices import ChargedManually, PackageFacts, PriceHits, PriceItem
    from common.wire import Done

#: Lines charged from the price list stand under this source; a doctor's orders under others.
MANUAL: Final = "service"
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True)
class Entry:
    """An item or a package of the price list, as it stands in the list that hangs below the field."""

    item: PriceItem | None = None
    package: PackageFacts | None = None

    @property
    def key(self) -> object:
        """Which one it is."""
        return ("item", self.item.id) if self.item else ("package", self.package.id if self.package else 0)

    @property
    def name(self) -> str:
        """Its name."""
        return self.item.name if self.item else self.package.name if self.package else ""

    @property
    def unit(self) -> str:
        """What it is counted in; a package is charged once."""
        return self.item.unit if self.item else tr("charge|package")

    @property
    def price(self) -> str:
        """Today's price in yuan."""
        if self.item:
            places = max(2, -int(self.item.price.normalize().as_tuple().exponent))
            return f"{self.item.price:,.{places}f}"
        return f"{yuan(self.package.total_fen):,}" if self.package else ""

    def amount_fen(self, quantity: Decimal) -> int:
        """What ``quantity`` of it costs."""
        if self.item:
            return line_amount(self.item.price, quantity)
        return self.package.total_fen if self.package else 0


def entries(hits: PriceHits) -> list[Entry]:
    """What was found: packages first, they are fewer and were asked for by name."""
    return [*(Entry(package=each) for each in hits.packages), *(Entry(item=each) for each in hits.items)]


def quantity_of(text: str) -> Decimal | None:
    """What was typed as a quantity (above zero, at most 4 places); an empty field means one."""
    try:
        found = Decimal(text.strip() or "1")
    except InvalidOperation:
        return None
    sound = found.is_finite() and 0 < found <= 9999 and found == found.quantize(_PLACES)
    return found if sound else None


def look_up(desk: CashierDesk, text: str, show: Callable[[Sequence[Entry]], None]) -> None:
    """Type-ahead in the price list."""
    desk.send(SearchPriceItems(text=text), done=lambda hits: show(entries(hits)), key="price items")


def charge(desk: CashierDesk, entry: Entry, quantity: Decimal) -> None:
    """The line appears among the unpaid ones; the hand is back at the field for the next."""
    patient_id = desk.model.patient_id
    if patient_id is None or desk.charging:
        return
    amount, number = entry.amount_fen(quantity), f"{quantity.normalize():f}"
    items = (ItemQuantity(item_id=entry.item.id, quantity=quantity),) if entry.item else ()
    request = ChargeManually(
        patient_id=patient_id, items=items, package_id=entry.package.id if entry.package else None, expected_fen=amount
    )

    def done(charged: ChargedManually) -> None:
        desk.charging = False
        desk.tell(
            tr("charge|Charged: {name} ×{quantity} {amount}.", name=entry.name, quantity=number, amount=format_yuan(charged.total_fen))
        )
        desk.charge_bar.next()
        load_unpaid(desk)
        load_debtors(desk)

    def failed(error: XinglinError) -> None:
        desk.charging = desk.own_change = False
        desk.fail(error)

    desk.charging = desk.own_change = True
    desk.send(request, done=done, failed=failed, request_id=new_request_id())


def why_not_void(line: ChargeFacts | None) -> str:
    """Why a line cannot be taken back here, as a sentence; empty if it can."""
    if line is None:
        return tr("charge|Go to the line that was charged by hand (Alt+2).")
    if line.source != MANUAL:
        return tr("charge|A doctor's line cannot be changed here.")
    return ""


def void(desk: CashierDesk) -> None:
    """Delete: ask in place, and take the line back."""
    row = desk.bill.current()
    line = row.line if row is not None else None
    why = why_not_void(line)
    if why or line is None:
        desk.tell(why, "warning")
        return
    if Permission.CASHIER_CHARGE not in desk.place.session.permissions or desk.model.held:
        return
    question = tr("charge|Take back {name}, {amount}?", name=line.name, amount=format_yuan(line.amount_fen))
    desk.ask(
        question,
        [
            (N_("charge|Entered by mistake"), partial(_void, desk, line, tr("charge|Entered by mistake"))),
            (N_("charge|The patient does not want it"), partial(_void, desk, line, tr("charge|The patient does not want it"))),
        ],
    )


def _void(desk: CashierDesk, line: ChargeFacts, reason: str) -> None:
    def done(_done: Done) -> None:
        desk.tell(tr("charge|{name} was taken back.", name=line.name))
        load_unpaid(desk)
        load_debtors(desk)

    def failed(error: XinglinError) -> None:
        desk.own_change = False
        desk.fail(error)

    desk.own_change = True
    desk.send(VoidManualCharge(charge_line_id=line.id, reason=reason), done=done, failed=failed)
