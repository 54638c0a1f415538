"""Money and stock as a state machine: rules that act on the service, and the model that says what must come of it."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.domain.returning import Condition, ReturnReason
from common.errors import RequestIdReused
from common.messages.cashier import Settle, Tender, TenderKind
from common.messages.catalogue import StockRow
from common.messages.consult import (
    CallVisit,
    DrugLine,
    PassVisit,
    PrescriptionKind,
    SignPrescription,
    StartConsult,
    VoidPrescription,
)
from common.messages.patients import AllergyState, PatientFile, RegisterPatient
from common.messages.pharmacy import ApprovePrescription, Dispense, NoCode, PickPrescription, RejectPrescription, RejectReason
from common.messages.registration import CancelVisit, RegisterVisit
from common.messages.returns import ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.store import ReceiveStock
from installer.postgres import EmbeddedPostgres
from server.check.examine import Examination
from server.check.trail import Log
from tests.simulation.books import (
    CASHIER,
    CLERK,
    DOCTOR,
    DRUGS,
    KEEPER,
    PHARMACIST,
    Crash,
    Model,
    Rx,
    Service,
    Visit,
    differences,
    refusal,
)
from tests.visits import COLD

_EXAMPLES = "XINGLIN_MACHINE_EXAMPLES"
_SECTIONS = ("ledger", "bills", "prescriptions", "stock", "returns", "visits", "numbers", "states")
_DRUG_FACTS = "SELECT id, default_dose, default_frequency, code, pack_size FROM drug WHERE code = ANY(%s) ORDER BY id"
_SESSION = (
    "SELECT s.id, round(i.price * 100)::int FROM clinic_session s JOIN staff p ON p.id = s.doctor_id"
    " JOIN clinic_session_fee f ON f.session_id = s.id JOIN service_item i ON i.id = f.service_item_id"
    " WHERE p.login = %s ORDER BY s.starts LIMIT 1"
)
#: What of each batch is with the patient, line by line.
_OUT = (
    "SELECT l.id, l.drug_id, m.batch_id, -sum(m.quantity) FROM stock_move m JOIN prescription_line l ON l.id = m.prescription_line_id"
    " WHERE l.prescription_id = %s GROUP BY l.id, l.drug_id, m.batch_id HAVING sum(m.quantity) < 0 ORDER BY l.id, m.batch_id"
)
_names = itertools.count(1)

_crashes = st.one_of(
    *[st.none()] * 12,
    st.builds(Crash, st.just("statement"), st.integers(1, 30), st.just(1)),
    st.sampled_from((Crash("before"), Crash("after"), Crash("after", times=2), Crash("before", times=4), Crash("after", times=4))),
)
_index = st.integers(0, 50)
_kinds = st.sampled_from((TenderKind.CASH, TenderKind.CARD, TenderKind.WECHAT, TenderKind.ALIPAY))


def _paid(kind: TenderKind, fen: int, over: int = 0) -> tuple[Tender, ...]:
    given = fen + over if kind is TenderKind.CASH else 0
    return (Tender(kind=kind, amount_fen=fen, given_fen=given),) if fen else ()


class Books(RuleBasedStateMachine):
    """A clinic of one doctor, with little on its shelves."""

    postgres: EmbeddedPostgres
    template: str
    #: The runs share a database as long as it is sound: each begins with the books as it finds them.
    name = ""

    def __init__(self) -> None:
        super().__init__()
        if not Books.name:
            Books.name = self._new_database()
        self.service = Service(self.postgres.dsn(dbname=Books.name))
        self.drugs = {row[0]: row for row in self.service.rows(_DRUG_FACTS, list(DRUGS))}
        self.session, self.fee = self.service.row(_SESSION, DOCTOR)
        for index in range(len(self.drugs)):
            self._stock_up(index, 100)
        self.model = Model(self.service, list(self.drugs))
        self.service.carried_out = 0

    def _new_database(self) -> str:
        name = f"books_{next(_names)}"
        self.postgres.create_from_template(name, self.template)
        with psycopg.connect(self.postgres.dsn("xinglin_owner", name)) as connection:
            connection.execute("UPDATE clinic_session SET capacity = 1000000")
        return name

    def teardown(self) -> None:
        """The whole examination at the end of each run. What is not sound any more is thrown away."""
        try:
            report = Examination(self.service.database.of_thread(), keys=Path(), log=Log()).examine(_SECTIONS)
        finally:
            self.service.close()
        if not report.ok:
            self.postgres.drop(Books.name)
            Books.name = ""
        assert report.findings == []

    @invariant()
    def books_agree(self) -> None:
        """Money, stock and states are what the model says; every command was carried out exactly once."""
        assert list(differences(self.service, self.model)) == []

    def _expect(self, wanted: str, login: str, request: Any, crash: Crash | None = None) -> bool:
        """Send a command that ends as the model says; true if it was carried out."""
        assert refusal(self.service, login, request, crash) == wanted
        return not wanted

    # --- the usual way -----------------------------------------------------------------------------------------------

    @initialize(kinds=st.lists(_kinds, min_size=2, max_size=4), undone=st.booleans())
    def open_the_doors(self, kinds: list[TenderKind], undone: bool) -> None:
        """Some patients are in the room already, and one waits. The first one pays a fen too much, which is refused."""
        self.pay_wrong(1, True, None)
        for kind in kinds:
            self.register(kind, None, 1)
        for index in range(len(kinds) - 1):
            self.see(index, None)
        if len(kinds) > 2:
            self._morning(undone=undone)

    def _morning(self, *, undone: bool) -> None:
        """Some have been through already, so that what comes next meets prescriptions in every state."""
        self.walk(0, [30], [None] * 5, True)
        self.come_back(1, -1 if undone else 0, None)
        self.walk(1, [20], [None] * 5, True)
        self.walk(0, [10], [None], True)
        self.void(len(self.model.prescriptions) - 1, None)

    @rule(
        index=_index,
        quantities=st.lists(st.integers(1, 900), min_size=1, max_size=3),
        steps=st.lists(_crashes, min_size=2, max_size=6),
        good=st.booleans(),
    )
    def walk(self, index: int, quantities: list[int], steps: list[Crash | None], good: bool) -> None:
        """A prescription goes as far as the steps reach: signed, reviewed, paid, picked, handed over; or signed and sent back."""
        seen = [visit for visit in self.model.visits if visit.state == "IN_CONSULT"]
        before = len(self.model.prescriptions)
        self._sign(seen[index % len(seen)], quantities, None, steps[0] if steps else None)
        if len(self.model.prescriptions) > before and not good:
            self.review(before, steps[1], False)
        elif len(self.model.prescriptions) > before:
            for crash in steps[1:]:
                self.advance(len(self.model.prescriptions) - 1, crash)

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, crash=_crashes)
    def advance(self, index: int, crash: Crash | None) -> None:
        """One prescription takes its next step; the hand-over of a single drug was none."""
        place = index % len(self.model.prescriptions)
        rx = self.model.prescriptions[place]
        if rx.state == "SUBMITTED":
            self.review(place, crash, True)
        elif rx.state == "APPROVED":
            self.pay(self.model.visits.index(rx.visit), TenderKind.CASH, 100, False, crash)
        elif rx.state == "PAID":
            self.pick(place, crash)
        elif rx.state == "PICKED":
            self.dispense(place, crash, 1)
        elif rx.state == "DISPENSED" and len(rx.lines) == 1:
            self._undo_hand_over(rx, crash)

    # --- registration -------------------------------------------------------------------------------------------------

    @rule(kind=_kinds, crash=_crashes, again=st.integers(0, 3))
    def register(self, kind: TenderKind, crash: Crash | None, again: int) -> None:
        """Somebody new takes a number, or somebody who has one already."""
        patient = self.model.visits[0].patient if again == 0 and self.model.visits else self._newcomer(crash)
        request = RegisterVisit(patient_id=patient, session_id=self.session, expected_fee_fen=self.fee, tenders=_paid(kind, self.fee))
        if any(visit.patient == patient and visit.state != "CANCELLED" for visit in self.model.visits):
            self._expect("AlreadyRegistered", CLERK, request, crash)
            return
        done = self.service.do(CLERK, request, crash)
        self.model.visits.append(Visit(id=done.visit_id, patient=patient, fee=self.fee, tender=str(kind)))
        self.model.booked(str(kind), self.fee)

    def _newcomer(self, crash: Crash | None) -> int:
        file = PatientFile(name="陈一", sex="1", birth_date=date(1980, 1, 1), allergy_state=AllergyState.NONE_KNOWN)
        return self.service.do(CLERK, RegisterPatient(file=file, another_person=True), crash).id

    @precondition(lambda self: self.model.visits)
    @rule(index=_index, crash=_crashes)
    def cancel(self, index: int, crash: Crash | None) -> None:
        """A number is given back, and its fee by the same way."""
        visit = self._visit(index)
        request = CancelVisit(visit_id=visit.id, reason="不看了")
        if self._expect("" if visit.state == "WAITING" else "WrongState", CLERK, request, crash):
            visit.state = "CANCELLED"
            self.model.booked(visit.tender, -visit.fee)

    def _visit(self, index: int) -> Visit:
        return self.model.visits[index % len(self.model.visits)]

    def _rx(self, index: int) -> Rx:
        return self.model.prescriptions[index % len(self.model.prescriptions)]

    # --- the doctor ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.visits)
    @rule(index=_index, crash=_crashes)
    def see(self, index: int, crash: Crash | None) -> None:
        """The patient is called in."""
        visit = self._visit(index)
        if self._expect("" if visit.state == "WAITING" else "WrongState", DOCTOR, CallVisit(visit_id=visit.id), crash):
            self.service.do(DOCTOR, StartConsult(visit_id=visit.id), crash)
            visit.state = "IN_CONSULT"

    @precondition(lambda self: self.model.visits)
    @rule(index=_index, crash=_crashes)
    def pass_over(self, index: int, crash: Crash | None) -> None:
        """Called, and not there: the patient waits again, behind others."""
        visit = self._visit(index)
        if self._expect("" if visit.state == "WAITING" else "WrongState", DOCTOR, CallVisit(visit_id=visit.id)):
            self.service.do(DOCTOR, PassVisit(visit_id=visit.id), crash)

    @precondition(lambda self: self.model.visits)
    @rule(index=_index, quantities=st.lists(st.integers(1, 3000), min_size=1, max_size=3), crash=_crashes)
    def prescribe(self, index: int, quantities: list[int], crash: Crash | None) -> None:
        """One to three drugs, sometimes more than there is."""
        self._sign(self._visit(index), quantities, None, crash)

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, quantities=st.lists(st.integers(1, 3000), min_size=1, max_size=2), crash=_crashes)
    def replace(self, index: int, quantities: list[int], crash: Crash | None) -> None:
        """Signed anew in the place of another one."""
        old = self._rx(index)
        self._sign(old.visit, quantities, old, crash)

    def _sign(self, visit: Visit, quantities: list[int], old: Rx | None, crash: Crash | None) -> None:
        lines = {drug: Decimal(quantity) for drug, quantity in zip(self.drugs, quantities, strict=False)}
        request = SignPrescription(
            visit_id=visit.id,
            kind=PrescriptionKind.ORDINARY,
            lines=tuple(self._line(drug, quantity) for drug, quantity in lines.items()),
            diagnoses=(COLD,),
            replaces=old.id if old else None,
        )
        wanted = self._why_not(visit, lines, old)
        if wanted:
            self._expect(wanted, DOCTOR, request, crash)
            return
        facts = self.service.do(DOCTOR, request, crash)
        if old is not None:
            self.model.hold(old, -1)
            old.state = "VOIDED"
        rx = Rx(id=facts.id, visit=visit, lines=lines, amounts=[line.amount_fen for line in facts.lines])
        self.model.hold(rx, 1)
        self.model.prescriptions.append(rx)

    def _line(self, drug: int, quantity: Decimal) -> DrugLine:
        _, dose, frequency, _, _ = self.drugs[drug]
        return DrugLine(drug_id=drug, dose=dose, frequency=frequency, route="po", days=3, quantity=quantity)

    def _why_not(self, visit: Visit, lines: dict[int, Decimal], old: Rx | None) -> str:
        if visit.state != "IN_CONSULT" or (old is not None and old.state not in ("SUBMITTED", "APPROVED", "REJECTED")):
            return "WrongState"
        back = old.lines if old is not None else {}
        short = any(quantity > self.model.free(drug) + back.get(drug, 0) for drug, quantity in lines.items())
        return "NotEnoughStock" if short else ""

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, crash=_crashes)
    def void(self, index: int, crash: Crash | None) -> None:
        """Taken back while nobody has paid."""
        rx = self._rx(index)
        legal = rx.state in ("SUBMITTED", "APPROVED", "REJECTED")
        if self._expect("" if legal else "WrongState", DOCTOR, VoidPrescription(prescription_id=rx.id, reason="换药"), crash):
            rx.state = "VOIDED"
            self.model.hold(rx, -1)

    # --- the pharmacy -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, crash=_crashes, passes=st.booleans())
    def review(self, index: int, crash: Crash | None, passes: bool) -> None:
        """Passed, or sent back."""
        rx = self._rx(index)
        request: Any = ApprovePrescription(prescription_id=rx.id)
        if not passes:
            request = RejectPrescription(prescription_id=rx.id, reasons=(RejectReason.DOSE,))
        if self._expect("" if rx.state == "SUBMITTED" else "WrongState", PHARMACIST, request, crash):
            rx.state = "APPROVED" if passes else "REJECTED"
            if passes:
                rows = self.service.rows("SELECT id FROM charge_line WHERE prescription_id = %s ORDER BY id", rx.id)
                rx.charges = [row[0] for row in rows]

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, crash=_crashes)
    def pick(self, index: int, crash: Crash | None) -> None:
        """Laid aside; asked for again it is the same list."""
        rx = self._rx(index)
        legal = rx.state in ("PAID", "PICKED")
        if self._expect("" if legal else "WrongState", PHARMACIST, PickPrescription(prescription_id=rx.id), crash):
            rx.state = "PICKED"

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, crash=_crashes, complete=st.integers(0, 3))
    def dispense(self, index: int, crash: Crash | None, complete: int) -> None:
        """Handed over; with a pack missing it is refused."""
        rx = self._rx(index)
        lines = [row[0] for row in self.service.rows("SELECT id FROM prescription_line WHERE prescription_id = %s ORDER BY id", rx.id)]
        reasons = tuple(NoCode(line_id=line, reason="damaged") for line in (lines if complete else lines[1:]))
        wanted = "WrongState" if rx.state != "PICKED" else "" if complete else "PacksMissing"
        if self._expect(wanted, PHARMACIST, Dispense(prescription_id=rx.id, scans=(), without_code=reasons), crash):
            rx.state = "DISPENSED"
            self.model.hold(rx, -1)
            for drug, quantity in rx.lines.items():
                self.model.on_hand[drug] -= quantity

    @rule(index=_index, packs=st.integers(1, 5), crash=_crashes)
    def receive(self, index: int, packs: int, crash: Crash | None) -> None:
        """Goods come in, twice of the same lot at times."""
        drug, quantity = self._stock_up(index, packs, crash)
        self.model.on_hand[drug] += quantity

    def _stock_up(self, index: int, packs: int, crash: Crash | None = None) -> tuple[int, Decimal]:
        drug, _, _, code, pack_size = list(self.drugs.values())[index % len(self.drugs)]
        expires = date.today() + timedelta(days=300)  # noqa: DTZ011 -- any day far away
        row = StockRow(drug_code=code, lot=f"L{index % 2}", expires=expires, packs=Decimal(packs), purchase_price=Decimal(1))
        self.service.do(KEEPER, ReceiveStock(rows=(row,)), crash)
        return drug, packs * pack_size

    # --- the cashier --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.visits)
    @rule(index=_index, kind=_kinds, over=st.integers(0, 500), first_only=st.booleans(), crash=_crashes)
    def pay(self, index: int, kind: TenderKind, over: int, first_only: bool, crash: Crash | None) -> None:
        """Everything that a patient owes, or the first prescription alone."""
        patient = self._visit(index).patient
        owed = self.model.owed_by(patient)[: 1 if first_only else None]
        if not owed:
            request = Settle(patient_id=patient, line_ids=(1,), expected_fen=self.fee, tenders=_paid(kind, self.fee))
            self._expect("NothingToSettle", CASHIER, request, crash)
            return
        due = sum(rx.amount for rx in owed)
        self.service.do(CASHIER, self._settle(patient, owed, due, _paid(kind, due, over)), crash)
        self.model.booked(str(kind), due)
        for rx in owed:
            rx.state = "PAID"

    @precondition(lambda self: any(rx.state == "APPROVED" and len(rx.charges) > 1 for rx in self.model.prescriptions))
    @rule(kind=_kinds, crash=_crashes)
    def pay_part(self, kind: TenderKind, crash: Crash | None) -> None:
        """One line of a prescription alone cannot be paid."""
        rx = next(rx for rx in self.model.prescriptions if rx.state == "APPROVED" and len(rx.charges) > 1)
        due = rx.amounts[0]
        request = Settle(patient_id=rx.visit.patient, line_ids=tuple(rx.charges[:1]), expected_fen=due, tenders=_paid(kind, due))
        self._expect("PartOfPrescription", CASHIER, request, crash)

    @rule(off=st.sampled_from((-1, 1, 100)), tenders_off=st.booleans(), crash=_crashes)
    def pay_wrong(self, off: int, tenders_off: bool, crash: Crash | None) -> None:
        """The amount on the screen, or what is handed over, is not what is due: at the cashier's or at registration."""
        owing = [rx.visit.patient for rx in self.model.prescriptions if rx.state == "APPROVED"]
        wanted = "TendersDoNotCover" if tenders_off else "AmountChanged"
        if not owing:
            shown, tenders = self._off(self.fee, off, tenders_off)
            patient = self._newcomer(None)
            form = RegisterVisit(patient_id=patient, session_id=self.session, expected_fee_fen=shown, tenders=tenders)
            self._expect(wanted, CLERK, form, crash)
            return
        owed = self.model.owed_by(owing[0])
        shown, tenders = self._off(sum(rx.amount for rx in owed), off, tenders_off)
        self._expect(wanted, CASHIER, self._settle(owing[0], owed, shown, tenders), crash)

    def _off(self, due: int, off: int, tenders_off: bool) -> tuple[int, tuple[Tender, ...]]:
        return due if tenders_off else due + off, _paid(TenderKind.CARD, due + off)

    def _settle(self, patient: int, owed: list[Rx], expected: int, tenders: tuple[Tender, ...]) -> Settle:
        lines = tuple(line for rx in owed for line in rx.charges)
        return Settle(patient_id=patient, line_ids=lines, expected_fen=expected, tenders=tenders)

    # --- what comes back ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.prescriptions)
    @rule(index=_index, packs=st.sampled_from((0, -1, 1, 2, -1)), crash=_crashes)
    def come_back(self, index: int, packs: int, crash: Crash | None) -> None:
        """A hand-over was none (-1), all of a line comes back (0), or so many packs of it."""
        out = [rx for rx in self.model.prescriptions if rx.state in ("DISPENSED", "PART_RETURNED")]
        rx = out[index % len(out)] if out and index % 4 else self._rx(index)
        if packs < 0:
            self._undo_hand_over(rx, crash)
        else:
            self._take_back(rx, packs, crash)

    def _take_back(self, rx: Rx, packs: int, crash: Crash | None) -> None:
        """Whole packs go back to their shelf, what was opened into quarantine; never more than went out."""
        line, drug, batch, left = (*self.service.rows(_OUT, rx.id), (1, 0, 1, Decimal(0)))[0]
        pack = self.drugs[drug][4] if drug else Decimal(1)
        quantity = pack * packs or left or Decimal(1)
        condition = Condition.QUARANTINED if quantity % pack else Condition.SALEABLE
        wanted = ReturnLine(line_id=line, batch_id=batch, quantity=quantity, condition=condition)
        request = ReturnDrugs(prescription_id=rx.id, reason=ReturnReason.WRONG_DRUG, lines=(wanted,))
        legal = rx.state in ("DISPENSED", "PART_RETURNED")
        refused = "WrongState" if not legal else "ReturnRefused" if quantity > left else ""
        if self._expect(refused, PHARMACIST, request, crash):
            place = self.model.kept_back if quantity % pack else self.model.on_hand
            place[drug] = place.get(drug, Decimal(0)) + quantity
            rx.returned[drug] = rx.returned.get(drug, Decimal(0)) + quantity
            rx.state = "RETURNED" if rx.returned == rx.lines else "PART_RETURNED"

    def _undo_hand_over(self, rx: Rx, crash: Crash | None) -> None:
        """Everything is where it was, and held again."""
        request = UndoDispense(prescription_id=rx.id, reason=UndoReason.MISTAKE)
        if self._expect("" if rx.state == "DISPENSED" else "WrongState", PHARMACIST, request, crash):
            rx.state = "PAID"
            self.model.hold(rx, 1)
            for drug, quantity in rx.lines.items():
                self.model.on_hand[drug] += quantity

    # --- once only ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.service.last is not None)
    @rule(crash=_crashes)
    def send_again(self, crash: Crash | None) -> None:
        """The last command with the same id: the same reply, and nothing happens. With other contents it is refused."""
        last = self.service.last
        assert last is not None
        answer = self.service._insist(last.login, last.request, last.request_id, crash)
        assert answer.replayed
        assert answer.body == last.body
        with pytest.raises(RequestIdReused):
            self.service.send(last.login, _changed(last.request), last.request_id)


def _changed(request: Any) -> Any:
    """The request with one of its numbers or texts changed."""
    for name in ("visit_id", "prescription_id", "patient_id"):
        if hasattr(request, name):
            return msgspec.structs.replace(request, **{name: getattr(request, name) + 1})
    if isinstance(request, ReceiveStock):
        return msgspec.structs.replace(request, note="other")
    return msgspec.structs.replace(request, file=msgspec.structs.replace(request.file, name="陈二"))
