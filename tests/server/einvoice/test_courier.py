"""From the bill to the platform: what is entered, sent, asked again, waited for, and never issued twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from common.errors import NotPermitted, WrongState
from common.messages.einvoice import ClaimEInvoice, EInvoiceFacts, EInvoiceQueue, ListEInvoices, RecordEInvoice, RetryEInvoice
from common.messages.invoices import GiveSegment, ListInvoices, VoidInvoice
from common.messages.registration import CancelVisit
from common.messages.settlement import GetBill, PlanRefund, RefundBill, RefundLine
from common.permissions import Permission
from server.channels.simulator.faults import Fault, FaultKind
from server.check.examine import examine_database
from server.einvoice import courier as couriers
from server.einvoice.courier import Courier
from server.einvoice.queue import pause
from server.einvoice.simulator.process import Simulator, start_simulator
from server.metrics import exposition
from tests import visits
from tests.server.einvoice.conftest import HASTY, PATIENT, connect
from tests.server.office import Office, at_once

_starts: Final = itertools.count(1)


@pytest.fixture
def clinic(own_office: Office) -> Iterator[Office]:
    """A clinic that issues medical e-invoices."""
    own_office.database.run("UPDATE money_rules SET einvoice_kind = 'medical'")
    yield own_office


@pytest.fixture
def courier(clinic: Office, simulator: Simulator, tmp_path: Path) -> Courier:
    return carrier(clinic, simulator, tmp_path)


def carrier(clinic: Office, simulator: Simulator, folder: Path, timeout_seconds: float = PATIENT) -> Courier:
    return Courier(clinic.connections, clinic.dispatch, clinic.clock, connect(folder, simulator, timeout_seconds))


def sell(clinic: Office, name: str = "张小三") -> int:
    """A visit that was paid; its id."""
    return visits.register(clinic, visits.new_patient(clinic, name).id).visit_id


def queue(clinic: Office, **which: Any) -> EInvoiceQueue:
    return clinic.desk(visits.CASHIER).call(ListEInvoices(**which))


def one(clinic: Office) -> EInvoiceFacts:
    (only,) = queue(clinic, issued=True).einvoices
    return only


def book(simulator: Simulator, clinic: Office) -> list[dict[str, Any]]:
    """What the platform has issued for this clinic's serials; other tests use the same numbers of the day."""
    numbers = {row[0] for row in clinic.rows("SELECT number FROM einvoice WHERE number <> ''")}
    return [entry for entry in simulator.control("book") if entry["number"] in numbers]


@pytest.fixture(autouse=True)
def own_serials(own_office: Office) -> None:
    """Each test's bills begin at another number, as the platform remembers those of the tests before."""
    start = 100 * next(_starts)
    own_office.database.run(f"INSERT INTO number_series (kind, scope, last) VALUES ('bill', '{own_office.today:%Y-%m-%d}', {start})")


def test_an_invoice_and_its_electronic_one_are_entered_together(clinic: Office) -> None:
    sell(clinic)
    entered = one(clinic)
    assert (entered.kind, entered.platform, entered.state, entered.tries) == ("BLUE", "medical", "PENDING", 0)
    assert entered.serial == clinic.database.value("SELECT number FROM bill")
    assert (
        clinic.database.value("SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM invoice UNION ALL SELECT xmin FROM einvoice) x")
        == 1
    )


def test_where_the_clinic_issues_none_there_is_none(own_office: Office) -> None:
    sell(own_office)
    assert queue(own_office, issued=True).einvoices == ()


def test_it_is_sent_and_everything_stands_there(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    sell(clinic)
    courier.send_due()
    issued = one(clinic)
    assert (issued.state, issued.tries, issued.error) == ("ISSUED", 1, "")
    (there,) = book(simulator, clinic)
    assert (there["serial"], there["code"], there["check_code"]) == (issued.serial, issued.code, issued.check_code)
    assert issued.url.endswith(issued.number)
    assert issued.issued_at is not None
    (listed,) = clinic.desk(visits.CASHIER).call(ListInvoices(first_day=clinic.today, last_day=clinic.today)).invoices
    assert listed.einvoice == "ISSUED"
    sent = clinic.database.value("SELECT payload FROM einvoice")
    assert (sent["serial"], sent["payer"], sent["total_fen"]) == (issued.serial, "张小三", issued.amount_fen)
    with pytest.raises(WrongState):
        clinic.desk(visits.CASHIER).call(RetryEInvoice(einvoice_id=issued.id))


@pytest.mark.parametrize(
    "kind", [FaultKind.SILENT_BEFORE, FaultKind.SILENT_AFTER, FaultKind.RESET_AFTER, FaultKind.GARBAGE, FaultKind.ERROR_AFTER]
)
def test_an_unknown_outcome_is_asked_and_never_issued_twice(
    clinic: Office, courier: Courier, simulator: Simulator, tmp_path: Path, kind: FaultKind
) -> None:
    sell(clinic)
    serial = one(clinic).serial
    simulator.control("faults", [Fault(kind=kind, order_prefix=serial)])
    (carrier(clinic, simulator, tmp_path, HASTY) if kind.startswith("SILENT") else courier).send_due()
    unknown = one(clinic)
    assert (unknown.state, unknown.tries) == ("UNKNOWN", 1)
    assert unknown.error
    courier.send_due()
    assert one(clinic).tries == 1  # its pause is not over
    clinic.clock.by += pause(1) + timedelta(seconds=1)
    courier.send_due()
    assert one(clinic).state == "ISSUED"
    assert len(book(simulator, clinic)) == 1


def test_a_line_that_is_down_holds_up_nobody_and_everything_goes_out_later(clinic: Office, tmp_path: Path) -> None:
    state = tmp_path / "own.sqlite"
    platform = start_simulator(state)
    courier = carrier(clinic, platform, tmp_path)
    platform.stop()
    for _ in range(3):
        sell(clinic)
    courier.send_due()
    down = queue(clinic)
    assert (down.waiting, down.failed, len(down.einvoices)) == (3, 0, 3)
    assert [found.state for found in down.einvoices] == ["PENDING"] * 3
    assert sorted(found.tries for found in down.einvoices) == [0, 0, 1]  # the first one that fails ends the round
    courier.send_due()
    assert b"xinglin_einvoices_waiting 3.0" in exposition()
    again = start_simulator(state, port=platform.told.port)
    try:
        clinic.clock.by += timedelta(minutes=11)
        courier.send_due()
    finally:
        again.stop()
    assert queue(clinic).waiting == 0
    courier.send_due()
    assert b"xinglin_einvoices_waiting 0.0" in exposition()


def test_pauses_grow() -> None:
    assert [pause(tries).total_seconds() for tries in (1, 2, 3, 6, 50)] == [30, 60, 120, 600, 600]


def test_a_refusal_waits_for_a_person(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    sell(clinic)
    serial = one(clinic).serial
    simulator.control("faults", [Fault(kind=FaultKind.REJECT, order_prefix=serial, code="E7001", message="开票点未启用")])
    courier.send_due()
    refused = one(clinic)
    assert (refused.state, refused.error) == ("FAILED", "E7001 开票点未启用")
    clinic.clock.by += timedelta(hours=2)
    courier.send_due()
    assert one(clinic).state == "FAILED"
    assert (queue(clinic).waiting, queue(clinic).failed) == (0, 1)
    assert b"xinglin_einvoices_failed 1.0" in exposition()
    clinic.desk(visits.CASHIER).call(RetryEInvoice(einvoice_id=refused.id))
    courier.send_due()
    assert one(clinic).state == "ISSUED"


def test_a_refund_takes_the_electronic_one_back(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    visit = sell(clinic)
    courier.send_due()
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=visit, reason="不看了"))
    courier.send_due()
    red, blue = queue(clinic, issued=True).einvoices
    assert (red.kind, red.state, blue.kind) == ("RED", "ISSUED", "BLUE")
    there = {entry["number"]: entry for entry in book(simulator, clinic)}
    assert there[red.number]["reverses"] == blue.number


def test_a_red_one_waits_for_its_blue_one(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    visit = sell(clinic)
    serial = one(clinic).serial
    simulator.control("faults", [Fault(kind=FaultKind.REJECT, order_prefix=serial)])
    courier.send_due()
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=visit, reason="不看了"))
    courier.send_due()
    blue, red = queue(clinic).einvoices
    assert (blue.state, red.state, red.tries, red.waits_for) == ("FAILED", "PENDING", 0, blue.serial)
    clinic.desk(visits.CASHIER).call(RetryEInvoice(einvoice_id=blue.id))
    courier.send_due()
    assert {found.kind: found.state for found in queue(clinic, issued=True).einvoices} == {"BLUE": "ISSUED", "RED": "ISSUED"}


def test_what_began_electronically_ends_so_after_the_rule_changed(clinic: Office, courier: Courier) -> None:
    visit = sell(clinic)
    courier.send_due()
    clinic.database.run("UPDATE money_rules SET einvoice_kind = 'tax'")
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=visit, reason="不看了"))
    assert [(found.kind, found.platform) for found in queue(clinic).einvoices] == [("RED", "medical")]


def test_a_spoiled_paper_leaves_the_electronic_one_alone(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    sell(clinic)
    courier.send_due()
    (listed,) = clinic.desk(visits.CASHIER).call(ListInvoices(first_day=clinic.today, last_day=clinic.today)).invoices
    reissued = clinic.desk(visits.CASHIER).call(VoidInvoice(invoice_id=listed.id, reason="卡纸"))
    assert one(clinic).invoice_number == reissued.paper.receipt.invoice_number
    assert reissued.paper.einvoice_url == one(clinic).url
    courier.send_due()
    assert len(book(simulator, clinic)) == 1


def test_a_process_that_died_while_sending_asks_first(
    clinic: Office, courier: Courier, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sent, and died before it could write down the answer."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    sell(clinic)
    with monkeypatch.context() as patch:
        patch.setattr(couriers, "_record", die)
        with pytest.raises(Died):
            courier.send_due()
    claimed = one(clinic)
    assert (claimed.state, claimed.tries) == ("PENDING", 1)
    courier.send_due()
    assert one(clinic).tries == 1  # its claim still runs
    clinic.clock.by += timedelta(minutes=3)
    before = simulator.control("calls")["invoiceEBillOutpatient"]
    courier.send_due()
    assert one(clinic).state == "ISSUED"
    assert simulator.control("calls")["invoiceEBillOutpatient"] == before
    assert len(book(simulator, clinic)) == 1


def test_several_carriers_take_each_one_once(clinic: Office, simulator: Simulator, tmp_path: Path) -> None:
    for _ in range(6):
        sell(clinic)
    before = simulator.control("calls").get("invoiceEBillOutpatient", 0)
    carriers = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        carriers.append(carrier(clinic, simulator, folder))
    at_once(*(each.send_due for each in carriers))
    done = queue(clinic, issued=True).einvoices
    assert [(found.state, found.tries) for found in done] == [("ISSUED", 1)] * 6
    assert simulator.control("calls")["invoiceEBillOutpatient"] == before + 6


def test_an_answer_to_an_earlier_claim_is_not_taken(clinic: Office) -> None:
    sell(clinic)
    office = clinic.desk(visits.CASHIER)
    with pytest.raises(NotPermitted):
        office.call(ClaimEInvoice(platforms=("medical",)))
    service = msgspec.structs.replace(office.actor, permissions=frozenset({Permission.SERVICE}))
    for _ in range(2):
        clinic.dispatch.perform(ClaimEInvoice(platforms=("medical",), lease_seconds=10), service)
        clinic.clock.by += timedelta(seconds=11)
    late = RecordEInvoice(einvoice_id=one(clinic).id, turn=1, state="FAILED", error="late")
    clinic.dispatch.perform(late, service)
    assert (one(clinic).state, one(clinic).tries, one(clinic).error) == ("PENDING", 2, "")


def test_the_tax_wire_end_to_end(clinic: Office, courier: Courier, simulator: Simulator) -> None:
    clinic.database.run("UPDATE money_rules SET einvoice_kind = 'tax'")
    visit = sell(clinic)
    simulator.control("faults", [Fault(kind=FaultKind.UNDECIDED, order_prefix=one(clinic).serial)])
    courier.send_due()
    assert one(clinic).state == "UNKNOWN"
    clinic.clock.by += timedelta(seconds=31)
    courier.send_due()
    assert (one(clinic).state, len(one(clinic).number)) == ("ISSUED", 20)
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=visit, reason="不看了"))
    courier.send_due()
    assert [found.state for found in queue(clinic, issued=True).einvoices] == ["ISSUED", "ISSUED"]


def test_a_partial_refund_is_a_red_one_over_the_whole_and_a_blue_one_over_the_rest(
    clinic: Office, courier: Courier, simulator: Simulator
) -> None:
    """DOMAIN.md §5.4; with segments too: three papers, three numbers in a row of one person's segment."""
    clinic.database.run("UPDATE money_rules SET invoice_segments = true, refund_alone_fen = 100000000")
    for login, prefix in ((visits.CLERK, "A"), (visits.CASHIER, "B")):
        holder = clinic.database.value("SELECT id FROM staff WHERE login = %s", login)
        clinic.desk("yuanzhang").call(GiveSegment(cashier_id=holder, prefix=prefix, first="01", last="03"))
    patient = visits.new_patient(clinic)
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    for drug in ("布洛芬", "氯雷他定"):
        visits.approve(clinic, visits.prescribe(clinic, visit.visit_id, drug).id)
    settled = visits.settle_all(clinic, patient.id)
    courier.send_due()
    cashier = clinic.desk(visits.CASHIER)
    line = RefundLine(charge_line_id=cashier.call(GetBill(bill_id=settled.bill_id)).lines[0].charge_line_id)
    plan = cashier.call(PlanRefund(bill_id=settled.bill_id, lines=(line,)))
    cashier.call(RefundBill(bill_id=settled.bill_id, lines=(line,), reason="开错了药", expected_back_fen=plan.back_fen))
    courier.send_due()
    listed = cashier.call(ListInvoices(first_day=clinic.today, last_day=clinic.today)).invoices
    rest, red, blue, _fee = listed
    assert [found.number for found in (blue, red, rest)] == ["B01", "B02", "B03"]
    assert (blue.state, blue.reversed_by, red.reverses, red.amount_fen) == ("REVERSED", "B02", "B01", -settled.total_fen)
    assert {found.einvoice for found in listed} == {"ISSUED"}
    amounts = [entry["amount"] for entry in book(simulator, clinic)[1:]]
    assert amounts == [f"{blue.amount_fen / 100:.2f}", f"-{blue.amount_fen / 100:.2f}", f"{rest.amount_fen / 100:.2f}"]
    assert clinic.database.value("SELECT count(*) FROM invoice WHERE segment_id IS NULL") == 0
    assert examine_database(clinic.database.dsn, Path("nowhere"), ["invoices", "bills", "ledger"]).findings == []
