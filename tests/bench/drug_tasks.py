"""Two tasks about drugs: a pack comes back at the pharmacy, and ten lines of an order are taken in at the store."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import psycopg

from common.domain.barcodes import OwnKind, make_code
from common.messages.purchasing import ApproveOrder, MakeOrder, SendOrder, Wanted
from common.messages.suppliers import DEMANDED, EnterLicence, SaveSupplier
from installer.demo.station import Station
from installer.sample import PASSWORD
from tests.harness import SignedInDesk

if TYPE_CHECKING:
    from pathlib import Path

    from common.messages.consult import PrescriptionFacts
    from installer.demo.walk import Clinic

KEEPER, MANAGER = "kuyan", "yuanzhang"
LINES: Final = 10
#: Drugs that are not kept cold, each with one barcode of a pack.
_PACKS: Final = (
    "SELECT d.id, min(c.code) FROM drug_code c JOIN drug d ON d.id = c.drug_id WHERE c.kind = 'barcode' AND length(c.code) = 13"
    " AND d.storage = 'room' AND d.active GROUP BY d.id ORDER BY d.id LIMIT %s"
)


def seat(clinic: Clinic, folder: Path) -> Station:
    """The store keeper at the store's desk."""
    return Station(clinic.clinic, "store", KEEPER, PASSWORD, folder)


def return_pack(station: Station, facts: PrescriptionFacts, pack: str) -> None:
    """The prescription under the scanner, the pack under the scanner, the reason, done."""
    desk = station.desk
    station.press("F8")
    station.until(lambda: desk.model.returns.shown, "at the returns")
    station.rest(0.2)  # the day's list
    before = len(desk.model.returns.today)
    station.scan(make_code(OwnKind.PRESCRIPTION, int(facts.number)))
    station.until(lambda: desk.model.returns.work is not None, "what may come back")
    station.scan(pack)
    station.until(lambda: desk.model.returns.work.taken, "the pack taken in")
    station.press("4")
    station.until(lambda: desk.model.returns.work.reason is not None, "the reason")
    station.press("F12")
    station.until(lambda: desk.model.returns.work is None and len(desk.model.returns.today) > before, "taken back")


def leave_returns(station: Station) -> None:
    """To the worklists again."""
    station.press("F8")
    station.until(lambda: not station.desk.model.returns.shown, "at the worklists")


class Order:
    """An order of ten drugs that was sent, and their packs' codes."""

    def __init__(self, url: str, dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            self.packs = connection.execute(_PACKS, (LINES,)).fetchall()
        keeper, manager = SignedInDesk(url, KEEPER), SignedInDesk(url, MANAGER)
        try:
            supplier = keeper.call(SaveSupplier(name=f"量测药业{uuid.uuid4().hex[:6]}")).supplier_id
            for kind in DEMANDED:
                keeper.call(EnterLicence(supplier_id=supplier, kind=kind, number=f"{kind}-1", expires=date(2099, 12, 31)))
            wanted = tuple(Wanted(drug_id=drug, packs=Decimal(20), price=Decimal("6.5")) for drug, _ in self.packs)
            made = keeper.call(MakeOrder(supplier_id=supplier, lines=wanted))
            manager.call(ApproveOrder(order_id=made.order_id))
            keeper.call(SendOrder(number=made.number))
        finally:
            keeper.http.close()
            manager.http.close()
        self.number = made.number


def show(station: Station, order: Order) -> None:
    """The order lies on the keeper's screen."""
    station.front()
    orders = station.desk.go_to("orders")
    station.until(
        lambda: orders.order is not None and orders.order.entry.number == order.number and orders.order.entry.state == "SENT", "the order"
    )
    orders.work().setFocus()


def take_in(station: Station, order: Order) -> None:
    """F12 begins, each scan adds the line before it, Enter the last one, F12 books in."""
    page = station.desk.goods_in
    station.press("F12")
    station.until(lambda: page.delivery.order == order.number and page.line.drug.hasFocus(), "the goods of the order")
    for place, (_, code) in enumerate(order.packs):
        station.scan(f"010{code}11260105" + "17280630" + f"10LOT{place}")
        station.until(lambda place=place: page.line.lot.text() == f"LOT{place}" and page.line.packs.hasFocus(), f"line {place + 1}")  # type: ignore[misc]
    station.press("Return")
    station.press("F12")
    station.until(lambda: not page.delivery.lines, "booked in")
