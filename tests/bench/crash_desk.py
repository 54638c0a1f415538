"""The desks of the crash bench, a process of their own that may be killed: ``python -m tests.bench.crash_desk ORDERS``.

Each lane is a desk with its own journal and outbox, the real ones, and a cashier who works off a list of patients. Like a person he goes by what
the screen shows and never presses twice: what the patient owes, what is under way, which bills there are. What had no answer when the desk died
is sent again under its own id by the outbox, before anything else.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from client.connection import Connection
from client.journal import Journal
from client.outbox import Delivery, Outbox, is_secret
from client.service import Service
from common import wire
from common.errors import NotSignedIn, OutcomeUnknown, TooBusy, Unreachable, XinglinError
from common.messages.accounts import GetDeposit, TopUpDeposit
from common.messages.cashier import GetUnpaid, Settle, Tender, TenderKind
from common.messages.prices import ChargeManually, ItemQuantity
from common.messages.session import SignIn
from common.messages.settlement import (
    BeginSettlement,
    ConfirmSettlement,
    FindBills,
    GetBill,
    InsuranceUse,
    ListOpenSettlements,
    RefundBill,
    RefundLine,
)
from installer.sample import PASSWORD

if TYPE_CHECKING:
    from common.messages.cashier import Unpaid
    from common.wire import Request

_AGAIN_SECONDS: Final = 0.05
_KEY: Final = "trial"


class Trial(msgspec.Struct, frozen=True):
    """One patient: ``kind`` deposit, code or insured; ``refund``: the bill goes back in the end. ``fee_bill`` is of his registration."""

    patient: int
    visit: int
    fee_bill: int
    item: int
    kind: str
    refund: bool
    certificate: str = ""


class Orders(msgspec.Struct, frozen=True):
    """What a desk process is to do. ``forgets``: it sends what had no answer under another id, as no desk may."""

    url: str
    folder: str
    lanes: list[list[Trial]]
    logins: list[str]
    forgets: bool = False


class Forgetful(Connection):
    """A line that gives every sending an id of its own."""

    def call(self, request: Any, request_id: str | None = None) -> Any:
        """Send, with another id than the one that is written down."""
        return super().call(request, wire.new_request_id() if request_id else None)


class Lane:
    """One desk and its cashier."""

    def __init__(self, orders: Orders, number: int) -> None:
        self.trials = orders.lanes[number]
        self.login = orders.logins[number % len(orders.logins)]
        self.journal = Journal(Path(orders.folder) / f"lane-{number}.db")
        self.connection = (Forgetful if orders.forgets else Connection)(Service(orders.url))
        self.outbox = Outbox(self.connection, self.journal, self._told)
        self._answered = threading.Event()
        self._last: Delivery | None = None
        self.problem: BaseException | None = None

    def work(self) -> None:
        """All trials, from the one on that was being worked at."""
        sending = threading.Thread(target=self.outbox.run)
        try:
            self._sign_in()
            sending.start()
            for place in range(self.journal.draft(_KEY, int) or 0, len(self.trials)):
                while not self._step(self.trials[place]):
                    pass
                self.journal.keep(_KEY, place + 1)
        except BaseException as problem:  # noqa: BLE001 -- carried over to the main thread
            self.problem = problem
        finally:
            self.outbox.stop()
            if sending.ident is not None:
                sending.join()
            self.journal.close()

    def _sign_in(self) -> None:
        signed_in = self._ask(SignIn(login=self.login, password=PASSWORD))
        self.connection.token = signed_in.token
        self.outbox.resume(signed_in.staff.id)

    def _ask(self, request: Request[Any]) -> Any:
        """A query, or the sign-in, until the service is there."""
        while True:
            try:
                return self.connection.call(request)
            except (Unreachable, OutcomeUnknown, TooBusy):
                time.sleep(_AGAIN_SECONDS)

    def _told(self, delivery: Delivery) -> None:
        if delivery.state == "answered":
            self._last = delivery
            self._answered.set()

    def _send(self, request: Request[Any]) -> None:
        """A command; what became of it shows on the screen. A payment code is written down nowhere, and so sent once."""
        if is_secret(request):
            try:
                self.connection.call(request, wire.new_request_id())
            except NotSignedIn:
                raise
            except XinglinError:
                return
            return
        self._answered.clear()
        self.outbox.put(wire.new_request_id(), request)
        self._answered.wait()

    def _step(self, trial: Trial) -> bool:
        """Look at the screen and do the next thing; true when there is nothing left to do."""
        if self.outbox.waiting():
            time.sleep(_AGAIN_SECONDS)
            return False
        for settlement in self._ask(ListOpenSettlements(mine=True)).settlements:
            if settlement.patient_id == trial.patient:
                self._go_on(settlement)
                return False
        bills = [bill for bill in self._ask(FindBills(patient_id=trial.patient)).bills if bill.id != trial.fee_bill]
        standing = next((bill for bill in bills if bill.state == "STANDS"), None)
        if standing is not None and trial.refund:
            self._take_back(standing.id)
        elif not bills:
            self._charge_or_settle(trial)
        else:
            return not trial.refund or any(bill.kind == "REFUND" for bill in bills)
        return False

    def _go_on(self, settlement: Any) -> None:
        if settlement.state != "QUOTED":
            time.sleep(_AGAIN_SECONDS)
            return
        fen = settlement.quote.cash_fen
        tenders = (Tender(kind=TenderKind.CASH, amount_fen=fen, given_fen=fen),) if fen else ()
        self._send(ConfirmSettlement(settlement_id=settlement.id, expected_cash_fen=fen, tenders=tenders))

    def _charge_or_settle(self, trial: Trial) -> None:
        unpaid: Unpaid = self._ask(GetUnpaid(patient_id=trial.patient))
        if not unpaid.lines:
            item = ItemQuantity(item_id=trial.item, quantity=Decimal(2))
            self._send(ChargeManually(patient_id=trial.patient, visit_id=trial.visit, items=(item,)))
            return
        lines, due = tuple(line.id for line in unpaid.lines), unpaid.total_fen
        if trial.kind == "deposit":
            self._by_deposit(trial, lines, due)
        elif trial.kind == "code":
            tender = Tender(kind=TenderKind.WECHAT, amount_fen=due, code=_code())
            self._send(BeginSettlement(patient_id=trial.patient, line_ids=lines, expected_fen=due, tenders=(tender,)))
        else:
            use = InsuranceUse(certificate_type="02", certificate_number=trial.certificate)
            self._send(BeginSettlement(patient_id=trial.patient, line_ids=lines, expected_fen=due, insurance=use))

    def _by_deposit(self, trial: Trial, lines: tuple[int, ...], due: int) -> None:
        """Topped up by exactly what is due, then spent."""
        if self._ask(GetDeposit(patient_id=trial.patient)).balance_fen < due:
            cash = Tender(kind=TenderKind.CASH, amount_fen=due, given_fen=due)
            self._send(TopUpDeposit(patient_id=trial.patient, amount_fen=due, tenders=(cash,)))
            return
        tenders = (Tender(kind=TenderKind.DEPOSIT, amount_fen=due),)
        self._send(Settle(patient_id=trial.patient, line_ids=lines, expected_fen=due, tenders=tenders))

    def _take_back(self, bill_id: int) -> None:
        bill = self._ask(GetBill(bill_id=bill_id))
        lines = tuple(RefundLine(charge_line_id=line.charge_line_id) for line in bill.lines)
        back = sum(payment.amount_fen for payment in bill.payments if payment.tender not in _NOT_HIS)
        self._send(RefundBill(bill_id=bill_id, lines=lines, reason="不做了", expected_back_fen=back))


_NOT_HIS: Final = frozenset({TenderKind.FUND, TenderKind.ACCOUNT, TenderKind.MUTUAL_AID, TenderKind.HOSPITAL})
_code_lock: Final = threading.Lock()
_codes = time.time_ns() // 1000 % 10**9


def _code() -> str:
    """A payment code that was never shown before, of somebody who pays at once."""
    global _codes
    with _code_lock:
        _codes += 1
        return f"13{_codes:010d}111111"


def main(argv: list[str]) -> int:
    """Work off the orders; 0 when everything is done."""
    faulthandler.enable()  # its log is read where it ends by itself
    orders = msgspec.json.decode(Path(argv[0]).read_bytes(), type=Orders)
    lanes = [Lane(orders, number) for number in range(len(orders.lanes))]
    threads = [threading.Thread(target=lane.work) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for lane in lanes:
        if lane.problem is not None:
            raise lane.problem
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
