"""The rules: what a cashier does at the counter, in any order, with connections that break and processes that die."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from common.errors import RequestIdReused
from common.messages.accounts import CollectCredit, PayOutDeposit, TopUpDeposit
from common.messages.cashier import Settle
from common.messages.closing import CloseShift, CountShift, OpenShift, ReopenClose
from common.messages.invoices import ReprintInvoice, VoidInvoice
from common.messages.prices import ChargeManually, ItemQuantity, VoidManualCharge
from common.messages.registration import CancelVisit
from tests.simulation.books import CASHIER, CLERK, Crash
from tests.simulation.money.clinic import ALONE_FEN, MoneyClinic, crashes, deaths, index, shares, tender
from tests.simulation.money.model import Bill, Close, Line, Patient
from tests.simulation.money.outside import OutsideRules, bureau_faults, faults

_QUANTITIES = ("1", "2", "0.5", "3", "1.3333")
_last = st.sampled_from(("cash", "cash", "card"))
_mask = st.integers(1, 15)
_OPEN_SHIFT = "SELECT s.id FROM shift s JOIN staff c ON c.id = s.cashier_id WHERE c.login = %s AND s.state = 'OPENED'"
_REPLAYED = (Settle, ChargeManually, TopUpDeposit, PayOutDeposit, CollectCredit, OpenShift)


class Money(OutsideRules):
    """All rules together."""

    @initialize(kinds=st.lists(st.sampled_from(("cash", "card")), min_size=2, max_size=3))
    def open_the_doors(self, kinds: list[str]) -> None:
        """Some patients are there, and owe something."""
        for place, kind in enumerate(kinds):
            self.new_patient(kind, None)
            self.charge(place, [place, place + 1], ["1", "2"], None)

    @invariant()
    def books_agree(self) -> None:
        """Every operation and every day sums to zero; accounts, drawers, numbers, what is owed and held are what the model says."""
        MoneyClinic.steps += 1
        self.agree()

    # --- what is owed -----------------------------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(("cash", "card")), crash=crashes)
    def newcomer(self, kind: str, crash: Crash | None) -> None:
        """Registered, the fee paid."""
        if len(self.model.patients) < 6 and not self.next_day:
            self.new_patient(kind, crash)

    @rule(
        place=index,
        what=st.lists(index, min_size=1, max_size=4),
        quantities=st.lists(st.sampled_from(_QUANTITIES), min_size=4),
        crash=crashes,
    )
    def charge(self, place: int, what: list[int], quantities: list[str], crash: Crash | None) -> None:
        """Services by hand."""
        patient = self.patient(place)
        chosen = dict(zip((self.items[item % len(self.items)] for item in what), map(Decimal, quantities), strict=False))
        items = tuple(ItemQuantity(item_id=item, quantity=quantity) for item, quantity in chosen.items())
        request = ChargeManually(patient_id=patient.id, visit_id=patient.visit, items=items)
        if patient.cancelled:
            self.expect("NotFound", CASHIER, request, crash)
            return
        done = self.service.do(CASHIER, request, crash)
        rows = self.service.rows("SELECT id, quantity, amount_fen, unit_price FROM charge_line WHERE id = ANY(%s)", list(done.line_ids))
        for line_id, quantity, fen, price in rows:
            assert fen == int((quantity * price * 100).quantize(Decimal(1), "ROUND_HALF_UP"))
            patient.owes[line_id] = Line(line_id, quantity, fen)

    @rule(place=index, which=index, crash=crashes)
    def uncharge(self, place: int, which: int, crash: Crash | None) -> None:
        """Charged by mistake; not what is being settled."""
        patient = self.patient(place)
        lines = list(patient.owes.values())
        if lines:
            line = lines[which % len(lines)]
            wanted = "LinesHeld" if line.id in patient.held else ""
            self.expect(wanted, CASHIER, VoidManualCharge(charge_line_id=line.id, reason="误收"), crash)
            if not wanted:
                del patient.owes[line.id]

    # --- at the counter ---------------------------------------------------------------------------------------------------------------

    @rule(
        place=index,
        mask=_mask,
        parts=shares,
        waive=st.sampled_from((0, 0, 1, 137, 1000)),
        last=_last,
        over=st.sampled_from((0, 3000)),
        crash=crashes,
    )
    def settle(self, place: int, mask: int, parts: Any, waive: int, last: str, over: int, crash: Crash | None) -> None:
        """Some of the lines, by several means."""
        patient = self.patient(place)
        lines = self.some(patient.free(), mask)
        if not lines:
            request = Settle(patient_id=patient.id, line_ids=(1,), expected_fen=1, tenders=(tender("cash", 1),))
            self.expect("NothingToSettle", CASHIER, request, crash)
            return
        due = sum(line.fen for line in lines)
        paid, rounding = self.mixed(patient, due, parts, waive, last)
        done = self.service.do(CASHIER, self._settle(patient, lines, due, self.tenders(paid, over)), crash)
        assert done.change_fen == (over if "cash" in paid else 0)
        assert (done.total_fen, done.receipt.rounding_fen) == (due + rounding, rounding)
        lines = self.model.spread(lines, paid.get("waiver", 0))
        self.model.sold(CASHIER, Bill(done.bill_id, patient, lines, paid, rounding, CASHIER))

    @rule(
        place=index, how=st.sampled_from(("counter", "counter", "code", "insured")), parts=shares, waive=st.sampled_from((0, 0, 300)),
        masks=st.tuples(_mask, _mask), part=st.sampled_from((None, "0.5", "0.3333")), faults=faults, bureau=bureau_faults, dies=deaths,
        crash=crashes,
    )  # fmt: skip
    def there_and_back(
        self, place: int, how: str, parts: Any, waive: int, masks: tuple[int, int], part: str | None, faults: Any, bureau: Any,
        dies: int | None, crash: Crash | None,
    ) -> None:  # fmt: skip
        """Charged, paid, and taken back in two goes."""
        before = len(self.model.bills)
        self.charge(place, [0, 2, 3], ["3", "1", "1"], None)
        if how == "counter":
            self.settle(place, 15, parts, waive, "cash", 0, crash)
        elif how == "code":
            self.by_code(place, 15, 0, False, faults, None, crash, "111111", False)
        else:
            self.insured(place, 3000, bureau, (), "cash", None, dies, crash)
        if len(self.model.bills) == before:
            return
        for mask in masks:
            if not self.model.bills[-1].fee:
                self.refund(len(self.refundable()) - 1, mask, part, faults, bureau, dies, crash, False)

    @staticmethod
    def some(lines: list[Line], mask: int) -> list[Line]:
        """Those whose bit is set, and every fifth."""
        return [line for place, line in enumerate(lines) if mask >> (place % 4) & 1]

    def _settle(self, patient: Patient, lines: list[Line], due: int, tenders: Any) -> Settle:
        return Settle(patient_id=patient.id, line_ids=tuple(line.id for line in lines), expected_fen=due, tenders=tenders)

    @rule(place=index, how=st.sampled_from(("amount", "short", "deposit", "credit", "held", "waiver", "share")), crash=crashes)
    def settle_wrong(self, place: int, how: str, crash: Crash | None) -> None:
        """Refused, and nothing has happened."""
        patient = self.patient(place)
        lines = [line for line in patient.owes.values() if (line.id in patient.held) == (how == "held")]
        due = sum(line.fen for line in lines)
        if not lines or not due:
            return
        wanted, kind, fen = "TendersDoNotCover", "card", due
        if how == "amount":
            wanted, due = "AmountChanged", due + 1
        elif how == "short":
            fen -= 1
        elif how == "deposit" and due > patient.deposit:
            wanted, kind = "NotEnoughDeposit", "deposit"
        elif how == "credit" and due > self.model.limit - self.model.owed:
            wanted, kind = "CreditLimitReached" if patient.id in self.model.members else "CreditRefused", "credit"
        elif how == "held":
            wanted = "LinesHeld"
        elif how == "waiver" and due > 1000:
            wanted, kind = "WaiverTooHigh", "waiver"
        elif how == "share":
            wanted, kind = "TenderNotAllowed", "fund"
        else:
            return
        tenders = self.tenders({kind: fen}) if fen else ()
        self.expect(wanted, CASHIER, self._settle(patient, lines, due, tenders), crash)

    @rule(place=index, crash=crashes)
    def cancel_visit(self, place: int, crash: Crash | None) -> None:
        """The fee goes back; whoever has been with the doctor has had the visit."""
        patient = self.patient(place)
        bill = next((bill for bill in self.model.bills if bill.fee and bill.patient is patient), None)
        if patient.visit in self.with_doctor or patient.owes or bill is None:
            return
        if any(other.patient is patient for other in self.model.bills if other is not bill):
            return
        self.service.do(CLERK, CancelVisit(visit_id=patient.visit, reason="不看了"), crash)
        self.model.taken_back(CLERK, bill)
        patient.cancelled = True

    @rule(mode=st.sampled_from(("none", "down", "half_up", "up")))
    def rounding(self, mode: str) -> None:
        """The clinic rounds cash another way."""
        self._rule(msgspec.structs.replace(self.money_rules, cash_rounding=mode))
        self.model.mode = mode

    @rule(chance=st.integers(0, 3))
    def midnight(self, chance: int) -> None:
        """The next day; there are no clinic sessions on it, and what was billed before goes back only with a second person."""
        if not chance and not self.next_day:
            self.service.clock.set(self.service.clock.now() + timedelta(days=1))
            self.next_day = True
            for bill in self.model.bills:
                bill.earlier = True

    # --- deposit and credit -----------------------------------------------------------------------------------------------------------

    @rule(place=index, fen=st.integers(1, 9000), kind=st.sampled_from(("cash", "card")), crash=crashes)
    def top_up(self, place: int, fen: int, kind: str, crash: Crash | None) -> None:
        """Money in advance."""
        patient = self.patient(place)
        done = self.service.do(CASHIER, TopUpDeposit(patient_id=patient.id, amount_fen=fen, tenders=(tender(kind, fen),)), crash)
        patient.deposit += fen
        assert done.balance_fen == patient.deposit
        self.model.move(CASHIER, {f"tender:{kind}": fen, "tender:deposit": -fen})

    @rule(place=index, fen=st.integers(1, 9000), crash=crashes)
    def pay_out(self, place: int, fen: int, crash: Crash | None) -> None:
        """Money in advance that was not needed; a large amount with a second person."""
        patient = self.patient(place)
        request = PayOutDeposit(patient_id=patient.id, amount_fen=fen, reason="不再就诊")
        if fen > ALONE_FEN:
            self.expect("ApprovalNeeded", CASHIER, request, crash)
            request = msgspec.structs.replace(request, approval_id=self.approval("pay_out", patient.id, fen))
        if fen > patient.deposit:
            self.expect("NotEnoughDeposit", CASHIER, request, crash)
            return
        self.service.do(CASHIER, request, crash)
        patient.deposit -= fen
        self.model.move(CASHIER, {"tender:cash": -fen, "tender:deposit": fen})

    @rule(fen=st.integers(1, 9000), crash=crashes)
    def collect(self, fen: int, crash: Crash | None) -> None:
        """The company pays what it owes."""
        fen = min(fen, self.model.owed)
        if fen > 0:
            request = CollectCredit(
                account_id=self.company, amount_fen=fen, expected_balance_fen=self.model.owed, tenders=(tender("bank", fen),)
            )
            self.service.do(CASHIER, request, crash)
            self.model.owed -= fen
            self.model.move(CASHIER, {"tender:bank": fen, "tender:credit": -fen})

    # --- the shift --------------------------------------------------------------------------------------------------------------------

    @rule(fen=st.sampled_from((1, 20_000)), crash=crashes)
    def float_in(self, fen: int, crash: Crash | None) -> None:
        """Change money from the vault, once a shift."""
        drawer = self.model.drawer(CASHIER)
        wanted = "FloatCounted" if drawer.float_fen else ""
        self.expect(wanted, CASHIER, OpenShift(float_fen=fen), crash)
        if not wanted:
            self.model.move(CASHIER, {"tender:cash": fen, "vault": -fen})
            drawer.float_fen = fen

    @rule(off=st.sampled_from((0, 0, 1, -300)), crash=crashes)
    def close(self, off: int, crash: Crash | None) -> None:
        """Count, explain, close. Not while anything is open."""
        found = self.service.rows(_OPEN_SHIFT, CASHIER)
        if not found:
            return
        shift, drawer = found[0][0], self.model.drawer(CASHIER)
        if self.open:
            self.expect("OpenMatters", CASHIER, CountShift(shift_id=shift, counts=(), loose_fen=0), crash)
            return
        counted = self._count(shift, drawer.fen + off, crash)
        request = CloseShift(shift_id=shift, difference_reason="找零差错" if counted != drawer.fen else "")
        done = self.service.do(CASHIER, request, crash)
        self._hand_in(Close(done.close.id, drawer.fen, counted), 1)
        drawer.closes.append(Close(done.close.id, drawer.fen, counted))
        drawer.fen = drawer.float_fen = 0

    def _count(self, shift: int, fen: int, crash: Crash | None) -> int:
        counted = max(fen, 0)
        done = self.service.do(CASHIER, CountShift(shift_id=shift, counts=(), loose_fen=counted), crash)
        assert done.difference_fen is not None
        return counted

    def _hand_in(self, close: Close, sign: int) -> None:
        difference = close.counted - close.drawer
        self.model.accounts.update(
            {"tender:cash": sign * (difference - close.counted), "over_short": -sign * difference, "vault": sign * close.counted}
        )

    @rule(off=st.sampled_from((0, 2, -500)), crash=crashes)
    def reopen(self, off: int, crash: Crash | None) -> None:
        """The latest close was wrong: counted anew and closed under another number. An earlier one cannot be opened."""
        closes = self.model.drawer(CASHIER).closes
        if len(closes) > 1:
            wrong = ReopenClose(close_id=closes[0].id, reason="数错了", approval_id=self.approval("reopen", closes[0].id))
            self.expect("NotLatestClose", CASHIER, wrong, crash)
        if self.open or not closes:
            return
        last = closes.pop()
        reopen = ReopenClose(close_id=last.id, reason="数错了")
        self.expect("ApprovalNeeded", CASHIER, reopen, crash)
        back = self.service.do(CASHIER, msgspec.structs.replace(reopen, approval_id=self.approval("reopen", last.id)), crash)
        self._hand_in(last, -1)
        counted = self._count(back.id, last.drawer + off, crash)
        request = CloseShift(shift_id=back.id, difference_reason="重新清点" if counted != last.drawer else "")
        again = Close(self.service.do(CASHIER, request, crash).close.id, last.drawer, counted)
        self._hand_in(again, 1)
        closes.append(again)

    # --- paper and retries ------------------------------------------------------------------------------------------------------------

    @rule(place=index, spoiled=st.booleans(), crash=crashes)
    def reprint(self, place: int, spoiled: bool, crash: Crash | None) -> None:
        """Another copy, or another number for a spoiled paper."""
        if not self.model.bills:
            return
        bill = self.model.bills[place % len(self.model.bills)]
        if not spoiled:
            self.service.do(CASHIER, ReprintInvoice(bill_id=bill.id), crash)
            return
        (invoice,) = self.service.row("SELECT id FROM invoice WHERE bill_id = %s AND state <> 'VOIDED'", bill.id)
        self.service.do(CASHIER, VoidInvoice(invoice_id=invoice, reason="卡纸"), crash)
        self.model.spoiled += 1

    @rule(crash=crashes)
    def send_again(self, crash: Crash | None) -> None:
        """The last command with the same id: the same reply, and nothing happens. With other contents it is refused."""
        last = self.service.last
        if last is None or not isinstance(last.request, _REPLAYED):
            return
        answer = self.service._insist(last.login, last.request, last.request_id, crash)
        assert answer.replayed
        assert answer.body == last.body
        with pytest.raises(RequestIdReused):
            self.service.send(last.login, _changed(last.request), last.request_id)


def _changed(request: Any) -> Any:
    """The request with one of its numbers changed."""
    for name in ("patient_id", "account_id", "float_fen"):
        if hasattr(request, name):
            return msgspec.structs.replace(request, **{name: getattr(request, name) + 1})
    raise AssertionError(request)
