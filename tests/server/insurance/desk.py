"""A clinic's line to a simulated bureau, and the visits that tests take there."""

from __future__ import annotations

import itertools
import time
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from server.insurance import requests as ask
from server.insurance.answers import Person, Settlement
from server.insurance.client import Insurance
from server.insurance.protocol import BEIJING, Call, Operator
from server.insurance.simulator.process import Simulator
from server.outcome import Outcome, Success

A = TypeVar("A")

EMPLOYEE: Final = ask.Certificate(kind="02", number="440301198503120022")
RESIDENT: Final = ask.Certificate(kind="02", number="440301196707220018")
SUSPENDED: Final = ask.Certificate(kind="02", number="440301199011050034")
NOW: Final = datetime.now(BEIJING)
CLERK: Final = Operator(number="0007", name="Clerk")
AMOXICILLIN: Final = "XJ01CAA040E001010101001"  # class A
OMEPRAZOLE: Final = "XA02BCA004E001010101005"  # class B
_sequence: Final = itertools.count(1)


def new() -> str:
    """A number that nobody has used."""
    return uuid.uuid4().hex[:20]


def done(outcome: Outcome[A]) -> A:
    """What a success says."""
    assert isinstance(outcome, Success), outcome
    return outcome.value


def standing(simulator: Simulator, mdtrt_id: str, awaited: int) -> list[str]:
    """Settlements of that visit that the bureau has, asked again until there are so many: whoever gave up may have been quicker than it."""
    until = time.monotonic() + 60
    while True:
        found = [one["setl_id"] for one in simulator.control("settlements") if one["mdtrt_id"] == mdtrt_id]
        if len(found) == awaited or time.monotonic() > until:
            return found


class Line:
    """The insurance with everything around a call filled in."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.insurance = Insurance(simulator.setup(60), simulator.secrets)
        #: Gives up after two seconds: for the one call that will not be answered.
        self.hasty = Insurance(simulator.setup(2), simulator.secrets)
        self.sign_no = ""
        self.sign_no = done(self.insurance.sign_in(ask.SignIn(operator_number="0007", mac="00-00", ip="10.0.0.7"), self.call())).sign_no

    def call(self, insuplc: str = "440300") -> Call:
        number = next(_sequence)  # by the second and the number unique, as the database's sequence would make it
        at = NOW + timedelta(seconds=number // 10_000)
        return Call(msgid_sequence=number, at=at, operator=CLERK, sign_no=self.sign_no, insuplc=insuplc)

    def close(self) -> None:
        self.insurance.close()
        self.hasty.close()

    def newcomer(self, balance_fen: int = 125_000) -> ask.Certificate:
        """Somebody insured whom no other test knows: an employee with a full deductible."""
        certno = f"440301{uuid.uuid4().int % 10**12:012d}"
        own = {"insutype": "310", "psn_type": "1101", "status": "1", "balance_fen": balance_fen, "insuplc": "440300"}
        person = {"psn_no": new(), "name": "Newcomer", "certno": certno, "gend": "1", "brdy": "1980-01-01", "insurances": [own]}
        self.simulator.control("person", person)
        return ask.Certificate(kind="02", number=certno)

    def fault(self, kind: str, infno: str, **more: Any) -> None:
        self.simulator.control("fault", {"kind": kind, "infno": infno, **more})


def fee(number: str, fen: int, code: str = AMOXICILLIN, **more: Any) -> ask.Fee:
    """One fee line."""
    fields: dict[str, Any] = {
        "feedetl_sn": number,
        "at": NOW,
        "med_list_codg": code,
        "own_code": "D1",
        "amount_fen": fen,
        "quantity": Decimal("1"),
        "unit_price": Decimal(fen) / 100,
        "department_code": "A03",
        "department_name": "Medicine",
        "doctor_code": "D440300000001",
        "doctor_name": "Doctor",
    }
    return ask.Fee(**{**fields, **more})


class Visit:
    """A visit at the bureau, up to its fees."""

    def __init__(self, line: Line, shown: ask.Certificate | None = None, insutype: str = "310") -> None:
        self.line, self.shown, self.insutype = line, shown or line.newcomer(), insutype
        self.person: Person = done(line.insurance.person(self.shown, line.call("")))
        self.ipt_otp_no, self.batch = new(), new()
        self.mdtrt_id = ""
        self.total_fen = 0

    def open(self) -> Visit:
        request = ask.OpenVisit(
            psn_no=self.person.psn_no,
            insutype=self.insutype,
            begins=NOW,
            certificate=self.shown,
            ipt_otp_no=self.ipt_otp_no,
            doctor_code="D440300000001",
            doctor_name="Doctor",
            department_code="A03",
            department_name="Medicine",
            caty="A03",
        )
        self.mdtrt_id = done(self.line.insurance.open_visit(request, self.line.call())).mdtrt_id
        return self

    def describe(self, *mains: bool) -> Outcome[Any]:
        diagnoses = tuple(
            ask.Diagnosis(
                kind="1",
                position=place,
                code="J06.900",
                name="URTI",
                department_code="A03",
                doctor_code="D440300000001",
                doctor_name="Doctor",
                at=NOW,
                main=main,
            )
            for place, main in enumerate(mains or (True,), 1)
        )
        request = ask.DescribeVisit(
            psn_no=self.person.psn_no, mdtrt_id=self.mdtrt_id, med_type="11", begins=NOW, diagnoses=diagnoses, complaint="cough"
        )
        return self.line.insurance.describe_visit(request, self.line.call())

    def fees(self, *fees: ask.Fee) -> ask.UploadFees:
        self.total_fen += sum(one.amount_fen for one in fees)
        return ask.UploadFees(psn_no=self.person.psn_no, mdtrt_id=self.mdtrt_id, batch=self.batch, fees=fees)

    def charged(self, *fen: int) -> Visit:
        """Opened, described, and with class A lines of these amounts."""
        self.open()
        done(self.describe())
        lines = [fee(new(), amount) for amount in fen or (10_000,)]
        done(self.line.insurance.upload_fees(self.fees(*lines), self.line.call()))
        return self

    def settle_request(self, *, use_account: bool = True, **more: Any) -> ask.Settle:
        fields: dict[str, Any] = {
            "psn_no": self.person.psn_no,
            "mdtrt_id": self.mdtrt_id,
            "batch": self.batch,
            "insutype": self.insutype,
            "med_type": "11",
            "certificate": self.shown,
            "total_fen": self.total_fen,
            "use_account": use_account,
        }
        return ask.Settle(**{**fields, **more})

    def settle(self) -> Outcome[Settlement]:
        return self.line.insurance.settle(self.settle_request(), self.line.call())

    def at(self, settlement: Settlement) -> ask.SettlementAt:
        return ask.SettlementAt(psn_no=self.person.psn_no, mdtrt_id=self.mdtrt_id, setl_id=settlement.setl_id)
