"""Rules that need somebody outside: codes, the insurance, refunds through either; faults there, and processes that die on the way.

No rule has a precondition: what is drawn may not depend on what happened, or a run could not be drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from common.messages.cashier import TenderKind
from common.messages.conversion import ConfirmConversion, ConvertToInsurance
from common.messages.settlement import (
    BeginSettlement,
    CancelSettlement,
    ConfirmSettlement,
    PlanRefund,
    RefundBill,
    RefundLine,
    RefundPlan,
    SettlementFacts,
)
from tests.server.settling.shop import by_code, enrol
from tests.simulation.books import CASHIER, Crash
from tests.simulation.money.clinic import ALONE_FEN, MoneyClinic, crashes, deaths, index
from tests.simulation.money.model import SHARES, Bill, Line, Patient, rounded

#: Faults after which nobody has to wait for an answer.
_QUICK = (
    "REJECT",
    "RESET_BEFORE",
    "RESET_AFTER",
    "CUT_AFTER",
    "GARBAGE",
    "WRONG_AMOUNT",
    "ERROR_BEFORE",
    "ERROR_AFTER",
    "DUPLICATE",
    "UNDECIDED",
)
faults = st.one_of(
    *[st.just(())] * 3,
    st.lists(st.tuples(st.sampled_from(_QUICK), st.sampled_from(("pay", "query", "refund", "reverse"))), min_size=1, max_size=2),
)
_BUREAU = ("REJECT", "RESET_BEFORE", "RESET_AFTER", "GARBAGE", "ERROR_BEFORE", "ERROR_AFTER", "UNDECIDED")
bureau_faults = st.one_of(
    *[st.just(())] * 3,
    st.lists(
        st.tuples(st.sampled_from(_BUREAU), st.sampled_from(("1101", "2201", "2204", "2206", "2207", "2208", "2601"))),
        min_size=1,
        max_size=2,
    ),
)
Faults = Sequence[tuple[str, str]]


class OutsideRules(MoneyClinic):
    """Settlements and refunds with channels and the bureau."""

    def __init__(self) -> None:
        super().__init__()
        self.with_doctor: set[int] = set()

    def go_wrong(self, channel: Faults = (), bureau: Faults = ()) -> None:
        """What will happen outside; what did not strike before is forgotten."""
        if channel or self._armed:
            self.channels.control("clear")
            self.channels.control("faults", [{"kind": kind, "act": act} for kind, act in channel])
        if bureau or self._armed:
            self.bureau.control("clear")
            for kind, infno in bureau:
                self.bureau.control("fault", {"kind": kind, "infno": infno})
        self._armed = bool(channel or bureau)

    _armed = True

    def carry(self, settlement: SettlementFacts, one: Any, dies: int | None, crash: Crash | None, leave: bool) -> None:
        """Follow a settlement to its end, or leave it where its process died."""
        patient, held, bill, finish = one
        if leave and dies is not None and settlement.state == "OPEN":
            self.service.walk(settlement.id, dies)
            settlement = self.service.look(CASHIER, settlement.id)
            if settlement.state in ("OPEN", "UNKNOWN"):
                patient.held |= held
                if bill is not None:
                    bill.held = True
                self.open.append((settlement, one))
                return
        finish(self.service.follow(CASHIER, settlement, dies, crash))

    @rule(place=index, dies=deaths, crash=crashes)
    def carry_on(self, place: int, dies: int | None, crash: Crash | None) -> None:
        """Somebody else's errand goes on with one that was left."""
        if not self.open:
            return
        settlement, (patient, held, bill, finish) = self.open.pop(place % len(self.open))
        now = self.service.follow(CASHIER, settlement, dies, crash)
        patient.held -= held
        if bill is not None:
            bill.held = False
        finish(now)

    def teardown(self) -> None:
        """Nothing is left open, so that both sides can be compared."""
        try:
            while self.open:
                self.carry_on(0, None, None)
            self.agree()
        finally:
            super().teardown()

    # --- codes ------------------------------------------------------------------------------------------------------------------------

    @rule(
        place=index, mask=st.integers(1, 15), cash=st.sampled_from((0, 0, 30)), two=st.booleans(), faults=faults, dies=deaths, crash=crashes,
        tail=st.sampled_from(("111111", "111111", "111111", "900001", "900004", "900005")), leave=st.booleans(),
    )  # fmt: skip
    def by_code(
        self, place: int, mask: int, cash: int, two: bool, faults: Faults, dies: int | None, crash: Crash | None, tail: str, leave: bool
    ) -> None:
        """A code from the telephone, beside cash or another code."""
        patient = self.patient(place)
        lines = [line for at, line in enumerate(patient.free()) if mask >> (at % 4) & 1]
        due = sum(line.fen for line in lines)
        paid, rounding = self.mixed(patient, due, [("deposit", cash)], 0, "wechat")
        if paid.get("wechat", 0) < 2:
            return
        codes = [by_code(paid["wechat"], tail=tail)]
        if two:
            paid["alipay"] = paid["wechat"] // 2
            paid["wechat"] -= paid["alipay"]
            codes = [by_code(paid["wechat"], tail=tail), by_code(paid["alipay"], TenderKind.ALIPAY)]
        counter = {kind: fen for kind, fen in paid.items() if kind not in ("wechat", "alipay")}
        self.go_wrong(faults)
        request = BeginSettlement(
            patient_id=patient.id, line_ids=tuple(line.id for line in lines), expected_fen=due, tenders=(*codes, *self.tenders(counter))
        )
        begun = self.service.do(CASHIER, request)
        sure = not faults and dies is None and crash is None and tail in ("111111", "900004")
        one = (patient, {line.id for line in lines}, None, lambda now: self._sold(now, patient, lines, paid, rounding, sure))
        self.carry(begun, one, dies, crash, leave)

    def _sold(self, now: SettlementFacts, patient: Patient, lines: list[Line], paid: dict[str, int], rounding: int, sure: bool) -> None:
        """It came to a bill, or to nothing at all."""
        assert now.state in ("DONE", "FAILED"), now
        if now.state == "FAILED":
            assert not sure, now.failure
            assert now.failure is not None
            return
        assert now.settled is not None
        self.model.sold(CASHIER, Bill(now.settled.bill_id, patient, lines, paid, rounding, CASHIER))

    # --- the insurance ----------------------------------------------------------------------------------------------------------------

    @rule(
        place=index, balance=st.sampled_from((0, 3000, 10**7)), faults=bureau_faults, channel=faults,
        how=st.sampled_from(("cash", "cash", "code", "no")), dies=deaths, dies_later=deaths, crash=crashes,
    )  # fmt: skip
    def insured(
        self,
        place: int,
        balance: int,
        faults: Faults,
        channel: Faults,
        how: str,
        dies: int | None,
        dies_later: int | None,
        crash: Crash | None,
    ) -> None:
        """Quoted, and confirmed by cash or a code, or given up."""
        patient = self.patient(place)
        lines = patient.free()
        due = sum(line.fen for line in lines)
        if not due or patient.cancelled:
            return
        self._to_the_doctor(patient)
        self.go_wrong(channel, faults)
        use = enrol(self.bureau, patient.name, balance)
        request = BeginSettlement(patient_id=patient.id, line_ids=tuple(line.id for line in lines), expected_fen=due, insurance=use)
        now = self.service.follow(CASHIER, self.service.do(CASHIER, request), dies, crash)
        for turn in range(8):
            if now.state != "QUOTED":
                break
            now = self._confirm(now, "cash" if turn else how, dies_later if not turn else None, crash)
        sure = not faults and not channel and dies is None and dies_later is None and crash is None and how != "no"
        self._insured_end(now, patient, lines, sure)

    def _to_the_doctor(self, patient: Patient) -> None:
        """The bureau wants a diagnosis."""
        if patient.visit not in self.with_doctor:
            self.see(patient)
            self.with_doctor.add(patient.visit)

    def _confirm(self, now: SettlementFacts, how: str, dies: int | None, crash: Crash | None) -> SettlementFacts:
        assert now.quote is not None
        quote = now.quote
        parts = (quote.fund_fen, quote.account_fen, quote.mutual_aid_fen, quote.hospital_fen, quote.cash_fen)
        assert sum(parts) == now.expected_fen
        if how == "no":
            request: Any = CancelSettlement(settlement_id=now.id)
        elif how == "code" and quote.cash_fen > 0:
            tenders: Any = (by_code(quote.cash_fen),)
            request = ConfirmSettlement(settlement_id=now.id, expected_cash_fen=quote.cash_fen, tenders=tenders)
        else:
            fen = rounded(quote.cash_fen, self.model.mode)
            tenders = self.tenders({"cash": fen}) if fen else ()
            request = ConfirmSettlement(settlement_id=now.id, expected_cash_fen=quote.cash_fen, tenders=tenders)
        return self.service.follow(CASHIER, self.service.do(CASHIER, request), dies, crash)

    def _insured_end(self, now: SettlementFacts, patient: Patient, lines: list[Line], sure: bool) -> None:
        if now.state == "FAILED":
            assert not sure, now.failure
            return
        assert now.settled is not None, now
        receipt = now.settled.receipt
        assert receipt.insurance is not None
        paid = {str(one.kind): one.amount_fen for one in receipt.tenders}
        assert sum(fen for kind, fen in paid.items() if kind not in SHARES) - receipt.rounding_fen == receipt.insurance.cash_fen
        self.model.sold(CASHIER, Bill(now.settled.bill_id, patient, lines, paid, receipt.rounding_fen, CASHIER, insured=True))

    @rule(
        place=index, balance=st.sampled_from((0, 3000, 10**7)), faults=bureau_faults, channel=faults, gives_up=st.sampled_from((False, False, True)),
        dies=deaths, dies_later=deaths, crash=crashes,
    )  # fmt: skip
    def convert(
        self,
        place: int,
        balance: int,
        faults: Faults,
        channel: Faults,
        gives_up: bool,
        dies: int | None,
        dies_later: int | None,
        crash: Crash | None,
    ) -> None:
        """A bill that was paid without the insurance is settled with it after all."""
        bills = [bill for bill in self.refundable() if not (bill.insured or "waiver" in bill.paid or bill.patient.cancelled)]
        if not bills:
            return
        bill = bills[place % len(bills)]
        self._to_the_doctor(bill.patient)
        self.go_wrong(channel, faults)
        use = enrol(self.bureau, bill.patient.name, balance)
        request = ConvertToInsurance(bill_id=bill.id, insured=use, reason="就诊时未带医保卡")
        now = self.service.follow(CASHIER, self.service.do(CASHIER, request), dies, crash)
        for turn in range(8):
            if now.state != "QUOTED":
                break
            answer = CancelSettlement(settlement_id=now.id) if gives_up and not turn else self._agreed(now, bill)
            now = self.service.follow(CASHIER, self.service.do(CASHIER, answer), dies_later if not turn else None, crash)
        sure = not (faults or channel or gives_up) and dies is None and dies_later is None and crash is None
        self._converted(now, bill, sure)

    def _agreed(self, now: SettlementFacts, bill: Bill) -> ConfirmConversion:
        offer, quote = now.conversion, now.quote
        assert offer is not None and offer.back_fen is not None and quote is not None
        own = sum(bill.paid.values()) - bill.rounding
        assert abs(offer.back_fen - (own - quote.cash_fen)) < 20, (
            "the patient keeps paying what the insurance does not, but for the rounding of cash"
        )
        request = ConfirmConversion(settlement_id=now.id, expected_back_fen=offer.back_fen)
        assert bool(offer.needs_approval) == (offer.back_fen > ALONE_FEN or bill.earlier)
        if not offer.needs_approval:
            return request
        self.expect("ApprovalNeeded", CASHIER, request)
        return msgspec.structs.replace(request, approval_id=self.approval("refund", bill.id, offer.back_fen))

    def _converted(self, now: SettlementFacts, bill: Bill, sure: bool) -> None:
        assert now.state in ("DONE", "FAILED"), now
        if now.state == "FAILED":
            assert not sure, now.failure
            return
        assert now.refunded is not None and now.refunded.rest is not None, now.failure
        done, rest = now.refunded, now.refunded.rest
        assert done.refund.total_fen == -sum(bill.paid.values())
        assert rest.insurance is not None
        paid = {str(one.kind): one.amount_fen for one in rest.tenders}
        assert all(fen <= bill.paid.get(kind, 0) for kind, fen in paid.items() if kind not in SHARES), "nobody pays more than before"
        self.model.taken_back(CASHIER, bill)
        self.model.sold(CASHIER, Bill(rest.bill_id, bill.patient, bill.lines, paid, rest.rounding_fen, CASHIER, insured=True))

    # --- taking back ------------------------------------------------------------------------------------------------------------------

    @rule(
        place=index, mask=st.integers(1, 15), part=st.sampled_from((None, None, "0.5", "0.25", "0.3333")), faults=faults, bureau=bureau_faults,
        dies=deaths, crash=crashes, leave=st.booleans(),
    )  # fmt: skip
    def refund(
        self, place: int, mask: int, part: str | None, faults: Faults, bureau: Faults, dies: int | None, crash: Crash | None, leave: bool
    ) -> None:
        """Some lines of a bill, or a part of a line, or all of it; much money with a second person."""
        bills = self.refundable()
        if not bills:
            return
        bill = bills[place % len(bills)]
        back = {line.id: self._part(line, part) for at, line in enumerate(bill.lines) if mask >> (at % 4) & 1}
        if not back:
            return
        rest = [left for line in bill.lines if (left := line.without(back[line.id]) if line.id in back else line).quantity]
        kept, rounding = bill.keeps(0 if bill.insured else sum(line.fen - line.waived for line in rest), self.model.mode)
        request = self._refund(bill, back, kept)
        self.go_wrong(faults, bureau)
        begun = self.service.do(CASHIER, request)
        one: Any = (bill.patient, set(), bill, lambda now: self._taken_back(now, bill, rest, kept, rounding))
        self.carry(begun, one, dies, crash, leave)

    def refundable(self) -> list[Bill]:
        """Bills that a cashier may take back now; a fee goes back with its visit."""
        return [bill for bill in self.model.bills if not bill.fee and not bill.held]

    def _part(self, line: Line, part: str | None) -> Line:
        quantity = (line.quantity * Decimal(part or 1)).quantize(Decimal("0.0001"))
        return line.part(quantity if 0 < quantity <= line.quantity else line.quantity)

    def _refund(self, bill: Bill, back: dict[int, Line], kept: dict[str, int]) -> RefundBill:
        wanted = tuple(RefundLine(charge_line_id=line.id, quantity=line.quantity) for line in back.values())
        plan: RefundPlan = self._ask(CASHIER, PlanRefund(bill_id=bill.id, lines=wanted))
        own = {kind: fen for kind, fen in bill.paid.items() if kind not in (*SHARES, "waiver")}
        net = {kind: fen - kept.get(kind, 0) for kind, fen in own.items() if fen != kept.get(kind, 0)}
        assert {str(kind): fen for kind, fen in plan.back.items()} == net
        request = RefundBill(bill_id=bill.id, lines=wanted, reason="开错了", expected_back_fen=plan.back_fen)
        assert plan.value_fen == sum(line.fen for line in back.values())
        assert bool(plan.needs_approval) == (plan.value_fen > ALONE_FEN or bill.earlier)
        if not plan.needs_approval:
            return request
        self.expect("ApprovalNeeded", CASHIER, request)
        approval = self.approval("refund", bill.id, plan.value_fen)
        return RefundBill(bill_id=bill.id, lines=wanted, reason="开错了", expected_back_fen=plan.back_fen, approval_id=approval)

    def _taken_back(self, now: SettlementFacts, bill: Bill, rest: list[Line], kept: dict[str, int], rounding: int) -> None:
        assert now.state in ("DONE", "FAILED"), now
        assert now.refunded is not None, f"a refund that nobody gave up: {now.failure}"
        done = now.refunded
        assert done.refund.total_fen == -sum(bill.paid.values())
        self.model.taken_back(CASHIER, bill)
        if done.due_again_fen or (rest and done.rest is None):
            self._due_again(bill.patient, rest, done.due_again_fen)
            return
        assert (done.rest is None) == (not rest)
        if done.rest is None:
            return
        paid: dict[str, int] = {}
        for one in done.rest.tenders:
            paid[str(one.kind)] = paid.get(str(one.kind), 0) + one.amount_fen
        if not bill.insured:
            waived = sum(line.waived for line in rest)
            assert paid == kept | ({"waiver": waived} if waived else {})
            assert done.rest.rounding_fen == rounding
        assert abs(done.rest.rounding_fen) < 10
        again = Bill(done.rest.bill_id, bill.patient, rest, paid, done.rest.rounding_fen, CASHIER, insured=bill.insured)
        self.model.sold(CASHIER, again)

    def _due_again(self, patient: Patient, rest: list[Line], fen: int) -> None:
        """The insurance would not settle the rest: it stands open again."""
        known = {*patient.owes}
        new = [Line(line.id, line.quantity, line.amount_fen) for line in self.unpaid(patient).lines if line.id not in known]
        assert sum(line.fen for line in new) == fen == sum(line.fen for line in rest)
        patient.owes.update({line.id: line for line in new})
