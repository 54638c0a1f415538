"""Rules of the stock machine: orders and what they bring, requests, prices, days that pass and months that are closed."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common.messages.catalogue import StockRow
from common.messages.consult import ExpirePrescriptions
from common.messages.purchasing import ApproveOrder, CloseOrder, MakeOrder, SendOrder, Wanted
from common.messages.repricing import (
    ApplyPriceChanges,
    ApprovePriceChange,
    ChangedPrice,
    GetPriceChange,
    PriceChange,
    ProposePriceChange,
    WithdrawPriceChange,
)
from common.messages.stock_months import CloseStockMonth, GetStockMonth, ListStockMonths, ReopenStockMonth, StockMonth
from common.messages.store import ReceiveStock
from installer.sample import SUPPLIER
from server.people import system_actor
from tests.simulation.stock.house import House, crashes, index, places
from tests.simulation.stock.shelves import KEEPER, PHARMACIST, Crash, approval, attempt

_SESSIONS = (
    "INSERT INTO clinic_session (date, period, starts, ends, department_id, doctor_id, room, level, capacity, queue_prefix)"
    " SELECT %s, period, starts, ends, department_id, doctor_id, room, level, capacity, queue_prefix FROM clinic_session WHERE date = %s"
)
_FEES = (
    "INSERT INTO clinic_session_fee (session_id, service_item_id) SELECT n.id, f.service_item_id FROM clinic_session_fee f"
    " JOIN clinic_session s ON s.id = f.session_id AND s.date = %s JOIN clinic_session n ON n.date = %s AND n.doctor_id = s.doctor_id"
    " AND n.starts = s.starts"
)
#: No run outlives the lots that it began with.
_MOST_DAYS = 200


class Trade(House):
    """What is bought, what it costs, and what is written down of a month."""

    def __init__(self) -> None:
        super().__init__()
        #: By order: its number, its drug, how many packs are awaited.
        self.orders: list[tuple[int, str, int, Decimal]] = []
        #: Price changes that wait for their day.
        self.coming: list[tuple[date, PriceChange]] = []
        self.ended: dict[date, dict[tuple[str, int], Decimal]] = {}

    # --- bought ----------------------------------------------------------------------------------------------------------------------

    @rule(drug=index, packs=st.integers(1, 8), good=st.sampled_from((True, True, True, False)), crash=crashes)
    def order(self, drug: int, packs: int, good: bool, crash: Crash | None) -> None:
        """Made by one, agreed to by another, sent; or given up."""
        number = list(self.goods)[drug % len(self.goods)]
        (supplier,) = self.service.row("SELECT id FROM supplier WHERE name = %s", SUPPLIER)
        made = self.service.do(KEEPER, MakeOrder(supplier_id=supplier, lines=(Wanted(drug_id=number, packs=Decimal(packs)),)), crash)
        if not good:
            self.service.do(KEEPER, CloseOrder(order_id=made.order_id, reason="不要了"), crash)
            said = attempt(self.service, PHARMACIST, ApproveOrder(order_id=made.order_id), crash, ("WrongState",))
            assert said == "WrongState"
            return
        self.service.do(PHARMACIST, ApproveOrder(order_id=made.order_id), crash)
        self.service.do(KEEPER, SendOrder(number=made.number), crash)
        self.orders.append((made.order_id, made.number, number, Decimal(packs)))

    @precondition(lambda self: self.orders)
    @rule(at=index, packs=st.integers(1, 8), lot=st.integers(0, 2), place=places, surplus=st.booleans(), crash=crashes)
    def deliver(self, at: int, packs: int, lot: int, place: str, surplus: bool, crash: Crash | None) -> None:
        """What was ordered comes, in parts; more than that is asked about."""
        order, number, drug, awaited = self.orders.pop(at % len(self.orders))
        _, _, _, code, pack_size, *_ = self.goods[drug]
        row = StockRow(
            drug_code=code,
            lot=f"{self.lot(lot)}P",
            expires=self.began + timedelta(days=400 + 30 * lot),
            packs=Decimal(packs),
            purchase_price=Decimal(2),
        )
        request = ReceiveStock(rows=(row,), supplier=SUPPLIER, place=place, order_number=number, surplus_reason="多发了" if surplus else "")
        said = self.goods_in(request, drug, packs * pack_size, crash, ("MoreThanOrdered", "LicenceMissing"))
        if isinstance(said, str):
            assert said != "MoreThanOrdered" or (packs > awaited and not surplus)
            self.orders.append((order, number, drug, awaited))
        elif packs < awaited:
            self.orders.append((order, number, drug, awaited - packs))
        else:
            (state,) = self.service.row("SELECT state FROM purchase_order WHERE id = %s", order)
            assert state == "RECEIVED"

    # --- prices ----------------------------------------------------------------------------------------------------------------------

    @rule(
        drug=index,
        price=st.integers(1, 4000),
        then=st.sampled_from(("now", "now", "later", "withdrawn")),
        crash=crashes,
    )
    def reprice(self, drug: int, price: int, then: str, crash: Crash | None) -> None:
        """Another price, at once or from a day on; or not after all."""
        number = list(self.goods)[drug % len(self.goods)]
        new = Decimal(price) / 100
        waits = any(change.lines[0].drug_id == number for _, change in self.coming)
        at = self.service.clock.now() + timedelta(days=2) if then == "later" else None
        request = ProposePriceChange(lines=(ChangedPrice(drug_id=number, price=new),), reason="进价变动", effective_at=at)
        said = attempt(self.service, KEEPER, request, crash, ("PriceChangeWaits", "FieldWrong"))
        assert (said == "PriceChangeWaits") == waits
        if isinstance(said, str):
            assert waits or new == self.prices[number] or self._above(number, new)
            return
        assert said.lines[0].old_price == self.prices[number]
        if then == "withdrawn":
            self.service.do(KEEPER, WithdrawPriceChange(change_id=said.entry.id, reason="写错了"), crash)
            return
        yes = approval(self.service, KEEPER, "price_change", said.entry.id)
        agreed = self.service.do(KEEPER, ApprovePriceChange(change_id=said.entry.id, approval_id=yes), crash)
        if at is None:
            assert agreed.entry.state == "APPLIED"
            self._costs(agreed)
        else:
            assert agreed.entry.state == "APPROVED"
            self.coming.append((at.date(), agreed))

    def _above(self, drug: int, price: Decimal) -> bool:
        (ceiling,) = self.service.row("SELECT price_ceiling FROM drug WHERE id = %s", drug)
        return ceiling is not None and price > ceiling

    def _costs(self, change: PriceChange) -> None:
        """The new price, and what lies at each place is worth more or less by exactly that."""
        (line,) = change.lines
        self.prices[line.drug_id] = line.new_price
        pack_size = self.goods[line.drug_id][4]
        lies: dict[str, Decimal] = defaultdict(Decimal)
        ours = self.ours()
        for (place, batch), quantity in self.model.at.items():
            if quantity and batch in ours and ours[batch][0] == line.drug_id:
                lies[place] += quantity
        worth = (
            (place, quantity, int((quantity * (line.new_price - line.old_price) / pack_size * 100).to_integral_value(ROUND_HALF_UP)))
            for place, quantity in lies.items()
        )
        told = sorted((value.place, value.quantity, value.value_fen) for value in line.places)
        right = sorted(worth)
        assert told == right, f"{told} instead of {right}"

    # --- time ------------------------------------------------------------------------------------------------------------------------

    @rule(days=st.sampled_from((1, 1, 2, 5)))
    def days_pass(self, days: int) -> None:
        """The next day, or a later one: what waited for it happens, and the doctor sees the patient anew."""
        clock, last = self.service.clock, self.today
        if (last - self.began).days + days > _MOST_DAYS:
            return
        day = last + timedelta(days=days)
        month = last.replace(day=1)
        while month < day.replace(day=1):
            self.ended[month] = {spot: quantity for spot, quantity in self.model.at.items() if quantity}
            month = (month + timedelta(days=monthrange(month.year, month.month)[1])).replace(day=1)
        clock.set(clock.now() + timedelta(days=days))
        self._open(last, day)
        self._service_looks()
        self.visit = self._into_the_room()

    def _open(self, last: date, day: date) -> None:
        """The same doctors sit there again."""
        self.owned(_SESSIONS, day, last)
        self.owned(_FEES, last, day)

    def _service_looks(self) -> None:
        """What the service does by itself every minute."""
        system = system_actor(self.service.database)
        self.service.dispatch.perform(ExpirePrescriptions(), system)
        due = [change for day, change in self.coming if day <= self.today]
        self.coming = [each for each in self.coming if each[0] > self.today]
        for _ in range(len(due) + 1):
            self.service.dispatch.perform(ApplyPriceChanges(), system)
        for change in due:
            now = self.service.do(KEEPER, GetPriceChange(change_id=change.entry.id))
            assert now.entry.state == "APPLIED"
            self._costs(now)

    @rule(at=index, again=st.booleans(), crash=crashes)
    def end_month(self, at: int, again: bool, crash: Crash | None) -> None:
        """A day of the next month, and the account of this one."""
        self.days_pass(32 - self.today.day + at % 5)
        self.close_month(again, crash)

    @rule(again=st.sampled_from((False, False, True)), crash=crashes)
    def close_month(self, again: bool, crash: Crash | None) -> None:
        """A month's account is what lay there when it ended; opened and closed again it is the same."""
        told = self.service.do(KEEPER, ListStockMonths())
        said = attempt(self.service, KEEPER, CloseStockMonth(month=told.next), crash, ("MonthNotOver", "PapersOpen"))
        assert (said == "MonthNotOver") == (told.next >= self.today.replace(day=1)), said
        if isinstance(said, str):
            assert said == "MonthNotOver" or told.papers
            return
        self._account(told.next, said)
        if again:
            yes = approval(self.service, KEEPER, "stock_month", said.entry.id)
            self.service.do(KEEPER, ReopenStockMonth(close_id=said.entry.id, reason="查账", approval_id=yes), crash)
            anew = self.service.do(KEEPER, CloseStockMonth(month=told.next), crash)
            assert (anew.places, anew.drugs) == (said.places, said.drugs)
        kept = self.service.do(KEEPER, GetStockMonth(close_id=said.entry.id))
        assert kept.drugs == said.drugs

    def _account(self, month: date, told: StockMonth) -> None:
        assert all(drug.opening + drug.came - drug.went == drug.closing for drug in told.drugs)
        assert all(drug.opening_fen + drug.came_fen - drug.went_fen == drug.closing_fen for drug in told.drugs)
        if month not in self.ended:
            return  # ended before this run began
        of = dict(self.service.rows("SELECT id, drug_id FROM stock_batch"))
        lay: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
        for (place, batch), quantity in self.ended[month].items():
            lay[place, of[batch]] += quantity
        assert {(drug.place, drug.drug_id): drug.closing for drug in told.drugs if drug.closing} == lay
