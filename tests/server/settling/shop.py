"""A clinic whose service may ask simulated channels and a simulated bureau; and what its cashier does there."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from common.messages.cashier import ChargeFacts, GetUnpaid, Tender, TenderKind, Unpaid
from common.messages.settlement import (
    BeginSettlement,
    ConfirmSettlement,
    GetBill,
    GetSettlement,
    InsuranceUse,
    PlanRefund,
    RefundBill,
    RefundLine,
    SettlementFacts,
)
from server.channels.acquirer import Acquirer
from server.channels.line import Line
from server.channels.simulator import Simulator as ChannelSimulator
from server.dispatch import Dispatch
from server.insurance.client import Insurance
from server.insurance.simulator.process import Simulator as BureauSimulator
from server.parties import Parties
from server.settling.errands import Errands
from tests import visits
from tests.harness import TestDatabase
from tests.server.office import Office

CASHIER: Final = visits.CASHIER
_numbers: Final = itertools.count(1)
PREFIX: Final = {TenderKind.WECHAT: "13", TenderKind.ALIPAY: "28", TenderKind.UNIONPAY: "62", TenderKind.ECNY: "01"}
LENGTH: Final = {TenderKind.WECHAT: 18, TenderKind.ALIPAY: 18, TenderKind.UNIONPAY: 19, TenderKind.ECNY: 19}

#: What the insurance desk enters: national codes of drugs, services, doctors and departments.
INSURE: Final = (
    "UPDATE insurance_setup SET connected = true WHERE id = 1;"
    "INSERT INTO insurance_mapping (own_kind, own_id, list_type, med_list_codg, begins, mapped_at, mapped_by)"
    " SELECT 'drug', d.id, '101', 'XT' || lpad(d.id::text, 6, '0') || '1', DATE '2020-01-01', now(), 1 FROM drug d"
    " UNION ALL SELECT 'service', i.id, '201', 'S' || lpad(i.id::text, 6, '0') || '1', DATE '2020-01-01', now(), 1 FROM service_item i;"
    "INSERT INTO insurance_code (kind, own_id, code) SELECT 'doctor', id, 'D4403' || lpad(id::text, 8, '0') FROM staff;"
    "INSERT INTO insurance_code (kind, own_id, code, extra) SELECT 'department', id, 'A' || lpad(id::text, 3, '0'), 'A03' FROM department"
)


class Shop(Office):
    """The office, with somebody outside. ``seconds``: how long its lines wait for an answer."""

    def __init__(
        self, database: TestDatabase, channels: ChannelSimulator | None = None, bureau: BureauSimulator | None = None, seconds: float = 20
    ) -> None:
        super().__init__(database)
        database.run("UPDATE money_rules SET refund_alone_fen = 100000000")
        database.stand_apart()
        self.channel_simulator, self.bureau_simulator = channels, bureau
        self.parties = Parties(
            {} if channels is None else {kind: self._channel(channels, kind, seconds) for kind in PREFIX},
            None if bureau is None else Insurance(bureau.setup(int(max(seconds, 1))), bureau.secrets),
        )
        self.dispatch = Dispatch(self.connections, self.clock, parties=self.parties)
        self.errands = Errands(self.connections, self.dispatch, self.parties)
        self.dispatch.set_out = self.errands.begin

    def _channel(self, simulator: ChannelSimulator, kind: TenderKind, seconds: float) -> Acquirer:
        return Acquirer(kind, simulator.told.merchant, Line(simulator.url, connect_seconds=20, timeout_seconds=seconds), simulator.signer)

    def close(self) -> None:
        self.errands.close()
        super().close()

    def another_service(self) -> Errands:
        """Another service process over the same database, with the same parties; it has not been told of anything."""
        parties = Parties(self.parties.channels, self.parties.bureau)
        dispatch = Dispatch(self.connections, self.clock, parties=parties)
        return Errands(self.connections, dispatch, parties)

    # --- the insured

    def insure(self) -> None:
        """Give every drug, service, doctor and department a national code, as the insurance desk does."""
        self.database.run(INSURE)

    def insured(self, name: str = "林静怡", balance_fen: int = 125_000) -> InsuranceUse:
        """Somebody new at the bureau, with his ID number as certificate."""
        assert self.bureau_simulator is not None
        return enrol(self.bureau_simulator, name, balance_fen)

    def settlements_at_bureau(self, psn_no: str) -> list[dict[str, Any]]:
        """What stands at the bureau for a person."""
        assert self.bureau_simulator is not None
        return [one for one in self.bureau_simulator.control("settlements") if one["psn_no"] == psn_no]

    def standing_at_bureau(self, psn_no: str) -> list[dict[str, Any]]:
        """Those of them that were neither cancelled nor are cancellations."""
        return [one for one in self.settlements_at_bureau(psn_no) if not one["cancelled_by"] and not one["cancels"]]

    # --- a patient at the counter

    def debtor(self, name: str = "张小三", **file: Any) -> Unpaid:
        """A patient with a reviewed prescription to pay."""
        patient = visits.new_patient(self, name, **file)
        visit = visits.register(self, patient.id)
        visits.consult(self, visit.visit_id)
        visits.approve(self, visits.prescribe(self, visit.visit_id).id)
        return self.desk(CASHIER).call(GetUnpaid(patient_id=patient.id))

    def begin(self, due: Unpaid, *tenders: Tender, insurance: InsuranceUse | None = None) -> SettlementFacts:
        """Begin to settle everything that the patient owes."""
        return self.desk(CASHIER).call(
            BeginSettlement(
                patient_id=due.patient_id,
                line_ids=tuple(line.id for line in due.lines),
                expected_fen=due.total_fen,
                tenders=tenders,
                insurance=insurance,
            )
        )

    def now(self, settlement: SettlementFacts) -> SettlementFacts:
        """Where it stands."""
        return self.desk(CASHIER).call(GetSettlement(settlement_id=settlement.id))

    def until(self, settlement: SettlementFacts, *states: str, sweep: Errands | None = None) -> SettlementFacts:
        """Wait until it is in one of these states; the service's sweep runs meanwhile, as it does every second."""
        found: SettlementFacts = self.wait_for(lambda: self.now(settlement), lambda facts: facts.state in states, sweep or self.errands)
        return found

    def wait_for(self, look: Callable[[], Any], enough: Callable[[Any], bool], errands: Errands) -> Any:
        """Look until it is enough."""
        deadline = time.monotonic() + 60
        while not enough(seen := look()):
            assert time.monotonic() < deadline, seen
            errands.sweep()
            time.sleep(0.02)
        return seen

    def confirm(self, settlement: SettlementFacts, *tenders: Tender) -> SettlementFacts:
        """Pay the patient's share of a quote."""
        assert settlement.quote is not None
        return self.desk(CASHIER).call(
            ConfirmSettlement(settlement_id=settlement.id, expected_cash_fen=settlement.quote.cash_fen, tenders=tenders)
        )

    def refund(self, bill_id: int, *lines: RefundLine, approval_id: int | None = None) -> SettlementFacts:
        """Take lines of a bill back, or all of it."""
        return take_back(self, bill_id, *lines, approval_id=approval_id)

    # --- what the outside does and holds

    def fault(self, kind: str, act: str, **more: Any) -> None:
        """The channels' next call of ``act`` goes wrong."""
        assert self.channel_simulator is not None
        self.channel_simulator.control("faults", [{"kind": kind, "act": act, **more}])

    def bureau_fault(self, kind: str, infno: str, **more: Any) -> None:
        """The bureau's next transaction ``infno`` goes wrong."""
        assert self.bureau_simulator is not None
        self.bureau_simulator.control("fault", {"kind": kind, "infno": infno, **more})

    def book(self, order: str) -> list[tuple[str, int]]:
        """What the channels hold of an order."""
        assert self.channel_simulator is not None
        found = self.channel_simulator.control("book", {"channel": "wechat", "order_prefix": order})
        return [(line["act"], line["amount_fen"]) for line in found]

    def order_of(self, settlement: SettlementFacts) -> str:
        """The order number of its first payment."""
        return str(self.rows("SELECT order_number FROM payment WHERE settlement_id = %s ORDER BY id", settlement.id)[0][0])


def take_back(office: Office, bill_id: int, *lines: RefundLine, approval_id: int | None = None, login: str = CASHIER) -> SettlementFacts:
    """Take lines of a bill back, or all of it."""
    cashier = office.desk(login)
    wanted = lines or tuple(RefundLine(charge_line_id=line.charge_line_id) for line in cashier.call(GetBill(bill_id=bill_id)).lines)
    plan = cashier.call(PlanRefund(bill_id=bill_id, lines=wanted))
    request = RefundBill(bill_id=bill_id, lines=wanted, reason="开错了药", expected_back_fen=plan.back_fen, approval_id=approval_id)
    return cashier.call(request)


def lines_by_hand(shop: Office, *amounts: tuple[str, str], name: str = "钱小五") -> tuple[int, tuple[ChargeFacts, ...]]:
    """A patient whom the doctor has seen, with manual charges: unit price and quantity of each."""
    patient = visits.new_patient(shop, name)
    visit = visits.register(shop, patient.id)
    visits.consult(shop, visit.visit_id)
    for price, quantity in amounts:
        shop.database.run(
            "INSERT INTO charge_line (patient_id, visit_id, source, category, name, quantity, unit, unit_price, amount_fen, refunded_fen,"
            " department_id, doctor_id, state, created_at, entered_by, service_item_id)"
            " SELECT patient_id, id, 'service', 'treatment', '换药', %s, '次', %s,"
            " round(%s::numeric * %s::numeric * 100), 0, department_id, doctor_id, 'PENDING', now(), 1, (SELECT min(id) FROM service_item)"
            " FROM visit WHERE id = %s",
            quantity,
            price,
            price,
            quantity,
            visit.visit_id,
        )
    unpaid = shop.desk(CASHIER).call(GetUnpaid(patient_id=patient.id))
    return patient.id, unpaid.lines


def enrol(bureau: BureauSimulator, name: str, balance_fen: int) -> InsuranceUse:
    """Insure somebody new at the bureau; the ID number is the certificate."""
    number = f"440301{uuid.uuid4().int % 10**12:012d}"
    own = {"insutype": "310", "psn_type": "1101", "status": "1", "balance_fen": balance_fen, "insuplc": "440300"}
    person = {"psn_no": uuid.uuid4().hex[:20], "name": name, "certno": number, "gend": "2", "brdy": "1985-03-12", "insurances": [own]}
    bureau.control("person", person)
    return InsuranceUse(certificate_type="02", certificate_number=number)


def code(kind: TenderKind = TenderKind.WECHAT, tail: str = "111111") -> str:
    """A new payment code; ``tail`` makes the person behave as the simulator's rules say."""
    return PREFIX[kind] + f"{next(_numbers):0{LENGTH[kind] - 2 - len(tail)}d}" + tail


def by_code(fen: int, kind: TenderKind = TenderKind.WECHAT, tail: str = "111111") -> Tender:
    """A tender by a payment code."""
    return Tender(kind=kind, amount_fen=fen, code=code(kind, tail))


def cash(fen: int) -> Tender:
    """Exact cash."""
    return Tender(kind=TenderKind.CASH, amount_fen=fen, given_fen=fen)
