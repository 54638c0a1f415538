"""What the machine's rules stand on: its database, its people, and sending what a rule has thought out."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from common.messages.accounts import AddCreditMember, OpenCreditAccount
from common.messages.cashier import GetUnpaid, Tender, TenderKind, Unpaid
from common.messages.consult import CallVisit, SaveRecord, StartConsult
from common.messages.patients import AllergyState, PatientFile, RegisterPatient
from common.messages.prices import AddServiceItem
from common.messages.registration import RegisterVisit
from common.messages.settlement import Approve, Approved, GetMoneyRules, GiveBadge, MoneyRules, SetMoneyRules, SettlementFacts
from common.wire import decode, reply_type
from installer.postgres import EmbeddedPostgres
from server.channels.simulator import Simulator as ChannelSimulator
from server.check.examine import SECTIONS, Examination
from server.check.trail import Log
from server.insurance.simulator.process import Simulator as BureauSimulator
from tests.server.settling.shop import INSURE
from tests.simulation.books import CASHIER, CLERK, DOCTOR, Crash, refusal
from tests.simulation.money.model import Bill, Drawer, Line, Model, Patient, rounded
from tests.simulation.money.service import MoneyService, Since, differences
from tests.visits import COLD, RECORD

MANAGER, ADMIN = "yuanzhang", "admin"
BADGE = "B" * 20
#: What may be charged by hand, in yuan: prices that come to odd fen.
PRICES = ("1.23", "0.05", "33.337", "120")
ALONE_FEN = 5_000
WAIVER_FEN = 1_000
LIMIT_FEN = 8_000

_SESSION = (
    "SELECT s.id, round(i.price * 100)::int FROM clinic_session s JOIN staff p ON p.id = s.doctor_id"
    " JOIN clinic_session_fee f ON f.session_id = s.id JOIN service_item i ON i.id = f.service_item_id"
    " WHERE p.login = %s ORDER BY s.starts LIMIT 1"
)
_DRAWERS = (
    "SELECT c.login, coalesce(sum(p.amount_fen), 0)::bigint, s.float_fen FROM shift s JOIN staff c ON c.id = s.cashier_id"
    " LEFT JOIN ledger_operation o ON o.shift_id = s.id LEFT JOIN ledger_posting p ON p.operation_id = o.id AND p.account = 'tender:cash'"
    " WHERE s.state = 'OPENED' GROUP BY c.login, s.float_fen"
)
_SEEN = (
    "SELECT lower(kind) || ' bills', count(*) FROM bill WHERE id > %s GROUP BY 1 UNION ALL"
    " SELECT lower(kind) || ' settlements ' || lower(state), count(*) FROM settlement WHERE id > %s GROUP BY 1"
)
_names = itertools.count(1)
_seconds = itertools.count(1)

crashes = st.one_of(
    *[st.none()] * 12,
    st.builds(Crash, st.just("statement"), st.integers(1, 30), st.just(1)),
    st.sampled_from((Crash("before"), Crash("after"), Crash("after", times=2), Crash("before", times=4))),
)
index = st.integers(0, 50)
shares = st.lists(st.tuples(st.sampled_from(("card", "deposit", "credit")), st.integers(5, 95)), max_size=2)
#: After how many of its steps an errand's process dies, if it does.
deaths = st.one_of(*[st.none()] * 4, st.integers(0, 24))


class MoneyClinic(RuleBasedStateMachine):
    """A clinic with one cashier, one clerk, a company that owes, channels and a bureau."""

    postgres: EmbeddedPostgres
    template: str
    channels: ChannelSimulator
    bureau: BureauSimulator
    #: The runs share a database and its service as long as they are sound: each begins with the books as it finds them.
    name = ""
    open_service: MoneyService | None = None
    #: What was done in all runs so far.
    sequences = 0
    steps = 0
    deaths = 0
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        fresh = MoneyClinic.open_service is None
        if fresh:
            MoneyClinic.name = f"money_{next(_names)}"
            self.postgres.create_from_template(MoneyClinic.name, self.template)
            MoneyClinic.open_service = MoneyService(self.postgres.dsn(dbname=MoneyClinic.name), self.channels, self.bureau)
            # The bureau knows message numbers of an earlier database, which have their second in them: time goes on meanwhile.
            clock = MoneyClinic.open_service.clock
            clock.set(clock.now() + timedelta(seconds=next(_seconds)))
        assert MoneyClinic.open_service is not None
        self.service = MoneyClinic.open_service
        self.service.last, self.service.deaths = None, 0
        self.next_day = False
        if fresh:
            self._furnish()
        self.session, self.fee = self.service.row(_SESSION, DOCTOR)
        self.items = [row[0] for row in self.service.rows("SELECT id FROM service_item WHERE code LIKE 'M%%' ORDER BY id")]
        self.model = Model()
        for login, fen, float_fen in self.service.rows(_DRAWERS):
            self.model.drawers[login] = Drawer(fen, float_fen)
        self.model.limit = LIMIT_FEN
        self.money_rules: MoneyRules = self._ask(ADMIN, GetMoneyRules())
        self.model.mode = self.money_rules.cash_rounding
        company = OpenCreditAccount(name=f"公司{next(_names)}", limit_fen=LIMIT_FEN)
        self.company = self.service.do(MANAGER, company).id
        self.since = Since(self.service)
        self.open: list[tuple[SettlementFacts, Any]] = []

    def _furnish(self) -> None:
        """What the clinic needs once: prices, rules, a badge, national codes, room for everybody."""
        for place, price in enumerate(PRICES):
            item = AddServiceItem(code=f"M{place}", name=f"治疗{place}", unit="次", category="treatment", price=Decimal(price))
            self.service.do(MANAGER, item)
        manager = self.service.row("SELECT id FROM staff WHERE login = %s", MANAGER)[0]
        self.service.do(ADMIN, GiveBadge(staff_id=manager, code=BADGE))
        rules: MoneyRules = self._ask(ADMIN, GetMoneyRules())
        limits = {"cashier": WAIVER_FEN}
        self._rule(msgspec.structs.replace(rules, refund_alone_fen=ALONE_FEN, waiver_limits=limits))
        with psycopg.connect(self.postgres.dsn("xinglin_owner", MoneyClinic.name), autocommit=True) as connection:
            connection.execute("UPDATE clinic_session SET capacity = 1000000")
            connection.execute(INSURE.encode())

    def _rule(self, rules: MoneyRules) -> None:
        self.service.do(MANAGER, SetMoneyRules(rules=rules))
        self.money_rules = rules

    def teardown(self) -> None:
        """The whole examination at the end of each run, and both sides compared. What is not sound any more is thrown away."""
        sound = False
        try:
            MoneyClinic.sequences += 1
            MoneyClinic.deaths += self.service.deaths
            MoneyClinic.seen.update(dict(self.service.rows(_SEEN, self.since.bill, self.since.settlement)))
            sections = [name for name in SECTIONS if name != "audit"]
            report = Examination(self.service.database.of_thread(), keys=Path(), log=Log()).examine(sections)
            found = [(finding.check, finding.rows) for finding in report.findings]
            assert not found, found
            found = list(self._outside())
            assert not found, found
            sound = not self.open and not self.next_day
        finally:
            if not sound:
                MoneyClinic.throw_away()

    @classmethod
    def throw_away(cls) -> None:
        """The next run begins with a new database."""
        if MoneyClinic.open_service is not None:
            MoneyClinic.open_service.close()
            MoneyClinic.open_service = None
            cls.postgres.drop(MoneyClinic.name)

    def _outside(self) -> Any:
        """Where bureau or channels hold something else than the clinic."""
        theirs = {one["setl_id"] for one in self.bureau.control("settlements") if not one["cancelled_by"] and not one["cancels"]}
        ours = {row[0] for row in self.service.rows("SELECT setl_id FROM insurance_settlement WHERE state = 'SETTLED'")}
        if not ours <= theirs:
            yield f"settled here and not at the bureau: {ours - theirs}"
        since = self.service.rows(
            "SELECT psn_no FROM insurance_settlement WHERE settlement_id > %s AND state = 'CANCELLED'", self.since.settlement
        )
        gone = {row[0] for row in since}
        for one in self.bureau.control("settlements"):
            if one["psn_no"] in gone and one["setl_id"] in theirs - ours:
                yield f"settled at the bureau and not here: {one}"

    def agree(self) -> None:
        """The database is what the model says."""
        found = "\n".join(differences(self.service, self.model, self.since, self.company))
        assert not found, found

    # --- sending ------------------------------------------------------------------------------------------------------------------

    def _ask(self, login: str, request: Any) -> Any:
        kind: Any = type(request)
        return decode(reply_type(kind), self.service.dispatch.perform(request, self.service.actors[login]).body)

    def expect(self, wanted: str, login: str, request: Any, crash: Crash | None = None) -> None:
        """Send a command that ends as the model says."""
        assert refusal(self.service, login, request, crash) == wanted

    def approval(self, act: str, subject: int, fen: int = 0) -> int:
        """The manager shows a badge at the cashier's desk."""
        yes: Approved = self.service.do(CASHIER, Approve(act=act, subject_id=subject, amount_fen=fen, badge=BADGE))
        return yes.approval_id

    # --- people ------------------------------------------------------------------------------------------------------------------

    def new_patient(self, kind: str, crash: Crash | None) -> None:
        """Registered, the fee paid, seen by the doctor."""
        file = PatientFile(name="陈一", sex="2", birth_date=date(1985, 3, 12), allergy_state=AllergyState.NONE_KNOWN)
        patient_id = self.service.do(CLERK, RegisterPatient(file=file, another_person=True), crash).id
        paid = rounded(self.fee, self.model.mode) if kind == "cash" else self.fee
        request = RegisterVisit(patient_id=patient_id, session_id=self.session, expected_fee_fen=self.fee, tenders=(tender(kind, paid),))
        done = self.service.do(CLERK, request, crash)
        patient = Patient(patient_id, file.name, done.visit_id)
        bill, line = self.service.row("SELECT bill_id, id FROM charge_line WHERE visit_id = %s AND source = 'registration'", done.visit_id)
        fee = Bill(bill, patient, [Line(line, Decimal(1), self.fee)], {kind: paid}, paid - self.fee, CLERK, fee=True)
        self.model.patients.append(patient)
        self.model.sold(CLERK, fee)
        if len(self.model.patients) % 2:
            self.service.do(MANAGER, AddCreditMember(account_id=self.company, patient_id=patient_id))
            self.model.members.add(patient_id)

    def see(self, patient: Patient) -> None:
        """The doctor writes the record, so that the bureau can be told a diagnosis."""
        self.service.do(DOCTOR, CallVisit(visit_id=patient.visit))
        version = self.service.do(DOCTOR, StartConsult(visit_id=patient.visit)).record_version
        self.service.do(DOCTOR, SaveRecord(visit_id=patient.visit, version=version, record=RECORD, diagnoses=(COLD,)))

    def patient(self, place: int) -> Patient:
        """One of the patients."""
        return self.model.patients[place % len(self.model.patients)]

    def unpaid(self, patient: Patient) -> Unpaid:
        """What the service says that a patient owes."""
        found: Unpaid = self._ask(CASHIER, GetUnpaid(patient_id=patient.id))
        return found

    # --- what is laid on the counter ------------------------------------------------------------------------------------------------

    def mixed(self, patient: Patient, due: int, parts: Sequence[tuple[str, int]], waive: int, last: str) -> tuple[dict[str, int], int]:
        """Tenders for an amount, by kind, and the cash rounding: parts in per cent by other means, a waiver, and the rest by ``last``."""
        paid: dict[str, int] = {}
        left = due
        if waive:
            paid["waiver"] = min(waive, WAIVER_FEN, left)
            left -= paid["waiver"]
        room = {"deposit": patient.deposit, "credit": self.model.limit - self.model.owed if patient.id in self.model.members else 0}
        for kind, percent in parts:
            fen = min(due * percent // 100, left, room.get(kind, left))
            if fen > 0 and kind not in paid and kind in ("card", "deposit", "credit"):
                paid[kind] = fen
                left -= fen
        rounding = 0
        if left and last == "cash" and not rounded(left, self.model.mode) and set(paid) - {"waiver"}:
            last = "card"  # rounding belongs to cash, and nobody hands over any
        if left and last == "cash":
            rounding = rounded(left, self.model.mode) - left
            left += rounding
        if left:
            paid[last] = paid.get(last, 0) + left
        return paid, rounding

    def tenders(self, paid: dict[str, int], over: int = 0) -> tuple[Tender, ...]:
        """As a request has them; ``over`` is handed over too much in cash."""
        return tuple(tender(kind, fen, over, self.company) for kind, fen in paid.items())


def tender(kind: str, fen: int, over: int = 0, company: int = 0) -> Tender:
    """One means of payment."""
    return Tender(
        kind=TenderKind(kind),
        amount_fen=fen,
        given_fen=fen + over if kind == "cash" else 0,
        reference="困难减免" if kind == "waiver" else "",
        account_id=company if kind == "credit" else 0,
    )
