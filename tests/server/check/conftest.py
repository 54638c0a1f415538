"""A clinic that has lived a little of everything, examined over and over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from common.messages.accounts import (
    AddCreditMember,
    CollectCredit,
    GetCreditAccount,
    GetDeposit,
    OpenCreditAccount,
    OpenGreenChannel,
    PayOutDeposit,
    TopUpDeposit,
)
from common.messages.cashier import GetUnpaid, Settle, Tender, TenderKind
from common.messages.close_sheet import Pieces
from common.messages.closing import CloseFacts, CloseShift, CountShift, OpenShift, ReopenClose, RollUpDay
from common.messages.consult import PrescriptionKind as Kind
from common.messages.consult import SaveRecord, SignPrescription, StartConsult, VoidPrescription
from common.messages.patients import CorrectPatient
from common.messages.pharmacy import Dispense, PickPrescription, RejectPrescription, RejectReason, Scan
from common.messages.registration import CancelVisit, RegisterVisit
from common.messages.settlement import Approve
from installer.postgres import EmbeddedPostgres
from installer.sample import PASSWORD, trace_code
from server.catalogue.starter import starter
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import start_simulator as start_bureau
from tests import visits
from tests.harness import Clinic, SignedInDesk, TestDatabase
from tests.server.check.controlled_breaches import live_with_controlled
from tests.server.check.counting_breaches import live_with_counting, months_closed
from tests.server.check.dispensing_breaches import live_with_owed
from tests.server.check.herbal_breaches import live_with_slices
from tests.server.check.invoice_breaches import live_with_invoices
from tests.server.check.paper_breaches import live_with_papers
from tests.server.check.purchase_breaches import live_with_purchases
from tests.server.check.recall_breaches import live_with_recalls
from tests.server.check.return_breaches import live_with_returns
from tests.server.check.settlement_breaches import live_with_outside
from tests.server.check.window_breaches import live_with_windows
from tests.server.settling.shop import Shop


class Lived(NamedTuple):
    """The database after some visits, its superuser's address, and the service's keys."""

    dsn: str
    superuser: str
    keys: Path


@pytest.fixture(scope="module")
def lived(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Visits of every kind, sealed by the service's end."""
    keys, name = tmp_path_factory.mktemp("check") / "keys", "check_lived"
    postgres.create_from_template(name, template)
    database = TestDatabase(postgres.dsn(dbname=name), postgres.dsn("xinglin_owner", name), name)
    months_closed(database)
    _open(Clinic(database, keys), _closed)
    _outside(database, tmp_path_factory.mktemp("outside"))
    _open(Clinic(database, keys), _live)
    yield Lived(postgres.dsn(dbname=name), postgres.dsn("postgres", name), keys)
    postgres.drop(name)


@pytest.fixture
def superuser(lived: Lived) -> Iterator[psycopg.Connection[Any]]:
    """A superuser without triggers, whose deeds are undone when the test ends."""
    with psycopg.connect(lived.superuser) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield connection
        connection.rollback()


def _open(clinic: Clinic, live: Callable[[Clinic], None]) -> None:
    clinic.start()
    try:
        live(clinic)
    finally:
        clinic.stop()


def _outside(database: TestDatabase, folder: Path) -> None:
    """Settlements with payment channels and the insurance, while nobody else is at work."""
    channels = start_channels(folder / "channels.db")
    bureau = start_bureau(folder / "bureau.db", province="guangdong", arguments=("--lenient",))
    shop = Shop(database, channels, bureau)
    try:
        shop.insure()
        live_with_outside(shop)
        database.run("UPDATE insurance_setup SET connected = false")
    finally:
        shop.close()
        channels.stop()
        bureau.stop()


def _live(clinic: Clinic) -> None:
    _whole_visit(clinic, "张小三", "阿莫西林胶囊", "布洛芬")
    _whole_visit(clinic, "李四", "氯雷他定")
    _cancelled(clinic)
    _on_account(clinic)
    live_with_invoices(clinic)
    live_with_returns(clinic)
    live_with_owed(clinic)
    live_with_slices(clinic)
    live_with_recalls(clinic)
    live_with_papers(clinic)
    live_with_purchases(clinic)
    live_with_windows(clinic)
    live_with_counting(clinic)
    live_with_controlled(clinic)
    _sent_back(clinic)
    _half_way(clinic)
    _corrected(clinic)


def _closed(clinic: Clinic) -> None:
    """A shift that had only a float, closed, opened again, closed and rolled up; then another one, which counts for the next day."""
    cashier, manager = clinic.desk("jinxing"), clinic.desk("yuanzhang")
    shift = cashier.call(OpenShift(float_fen=100_00))
    first = _close(cashier, shift.id, 95_00)
    manager.call(ReopenClose(close_id=first.close.id, reason="再点一次"))
    rolled = _close(cashier, shift.id, 98_00)
    manager.call(RollUpDay(business_date=rolled.close.business_date))
    _close(cashier, cashier.call(OpenShift(float_fen=100_00)).id, 100_00)


def _close(cashier: SignedInDesk, shift_id: int, counted_fen: int) -> CloseFacts:
    whole, rest = divmod(counted_fen, 1_00)
    cashier.call(CountShift(shift_id=shift_id, counts=(Pieces(denomination_fen=1_00, pieces=whole),), loose_fen=rest))
    return cashier.call(CloseShift(shift_id=shift_id, difference_reason="找零差错"))


def _in_room(clinic: Clinic, name: str) -> tuple[int, int]:
    patient = visits.new_patient(clinic, name)
    visit = visits.register(clinic, patient.id)
    visits.consult(clinic, visit.visit_id)
    return patient.id, visit.visit_id


def _whole_visit(clinic: Clinic, name: str, *drugs: str) -> None:
    """Paid by two tenders; the first line is handed over with its packs' own codes."""
    patient, visit = _in_room(clinic, name)
    prescription = visits.prescribe(clinic, visit, *drugs)
    visits.approve(clinic, prescription.id)
    unpaid = clinic.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient))
    tenders = (
        Tender(kind=TenderKind.WECHAT, amount_fen=100, reference="wx1"),
        Tender(kind=TenderKind.CASH, amount_fen=unpaid.total_fen - 100, given_fen=100_00),
    )
    lines = tuple(line.id for line in unpaid.lines)
    clinic.desk(visits.CASHIER).call(Settle(patient_id=patient, line_ids=lines, expected_fen=unpaid.total_fen, tenders=tenders))
    _hand_over_traced(clinic, prescription.id)
    visits.finish(clinic, visit)


def _hand_over_traced(clinic: Clinic, prescription_id: int) -> None:
    picked = clinic.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription_id))
    codes = [row.code for row in starter("drugs")]
    scans = []
    for line in picked.prescription.lines:
        code = clinic.database.value("SELECT code FROM drug WHERE id = %s", line.drug_id)
        for pack in range(picked.packs[line.id]):
            scans.append(Scan(line_id=line.id, code=trace_code(codes.index(code) + 1, line.id * 100 + pack)))
    clinic.desk(visits.PHARMACIST).call(Dispense(prescription_id=prescription_id, scans=tuple(scans)))


def _cancelled(clinic: Clinic) -> None:
    patient = visits.new_patient(clinic, "王五")
    visit = visits.register(clinic, patient.id)
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=visit.visit_id, reason="不看了"))


def _sent_back(clinic: Clinic) -> None:
    """One is sent back and signed anew, one is taken back after approval, one waits for review, one stays sent back."""
    _, visit = _in_room(clinic, "赵六")
    doctor, pharmacist = clinic.desk(visits.DOCTOR), clinic.desk(visits.PHARMACIST)
    first = visits.prescribe(clinic, visit, "布洛芬")
    pharmacist.call(RejectPrescription(prescription_id=first.id, reasons=(RejectReason.DOSE,)))
    lines = (visits.line(visits.drug(clinic, "布洛芬"), days=2),)
    doctor.call(SignPrescription(visit_id=visit, kind=Kind.ORDINARY, lines=lines, replaces=first.id))
    taken_back = visits.prescribe(clinic, visit, "氯雷他定")
    visits.approve(clinic, taken_back.id)
    doctor.call(VoidPrescription(prescription_id=taken_back.id, reason="换药"))
    stays = visits.prescribe(clinic, visit, "蒙脱石")
    pharmacist.call(RejectPrescription(prescription_id=stays.id, reasons=(RejectReason.INDICATION,)))


def _half_way(clinic: Clinic) -> None:
    """Approved and unpaid, paid, and picked."""
    for name, step in (("孙一", 0), ("孙二", 1), ("孙三", 2)):
        patient, visit = _in_room(clinic, name)
        prescription = visits.prescribe(clinic, visit, "布洛芬", "氯雷他定")
        visits.approve(clinic, prescription.id)
        if step >= 1:
            visits.settle_all(clinic, patient)
        if step >= 2:
            clinic.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=prescription.id))


def _on_account(clinic: Clinic) -> None:
    """Fees paid by deposit, by a company and on the green channel; some taken back; money paid out and collected."""
    cashier, manager = clinic.desk(visits.CASHIER), clinic.desk("yuanzhang")
    first, second, third, fourth = (visits.new_patient(clinic, name).id for name in ("郑甲", "郑乙", "郑丙", "郑丁"))
    for fen, kind in ((50_000, TenderKind.CASH), (3_000, TenderKind.CARD)):
        cashier.call(TopUpDeposit(patient_id=first, amount_fen=fen, tenders=(Tender(kind=kind, amount_fen=fen),)))
    company = manager.call(OpenCreditAccount(name="春风纺织厂", limit_fen=100_000))
    manager.call(OpenGreenChannel(patient_id=third, limit_fen=50_000, reason="急诊先治"))
    for member in (second, fourth):
        manager.call(AddCreditMember(account_id=company.id, patient_id=member))
    _fee(clinic, second, TenderKind.CREDIT, company.id)
    _fee(clinic, third, TenderKind.GREEN)
    taken_back = _fee(clinic, fourth, TenderKind.CREDIT, company.id)
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=taken_back, reason="不看了"))
    _fee(clinic, first, TenderKind.DEPOSIT)
    yes = cashier.call(Approve(act="pay_out", subject_id=first, amount_fen=30_000, login="yuanzhang", password=PASSWORD))
    cashier.call(PayOutDeposit(patient_id=first, amount_fen=30_000, reason="不再就诊", approval_id=yes.approval_id))
    (card,) = cashier.call(GetDeposit(patient_id=first)).cards
    cashier.call(PayOutDeposit(patient_id=first, amount_fen=1_000, reason="不再就诊", payment_id=card.payment_id))
    owed = cashier.call(GetCreditAccount(account_id=company.id)).account.balance_fen
    for part in (owed - 100, 50):
        tenders = (Tender(kind=TenderKind.BANK, amount_fen=part),)
        cashier.call(CollectCredit(account_id=company.id, amount_fen=part, expected_balance_fen=owed, tenders=tenders))
        owed -= part


def _fee(clinic: Clinic, patient: int, kind: TenderKind, account: int = 0) -> int:
    """A visit whose fee is paid by one tender."""
    clerk, session = clinic.desk(visits.CLERK), visits.session_of(clinic)
    tender = Tender(kind=kind, amount_fen=session.fee_fen, account_id=account)
    request = RegisterVisit(patient_id=patient, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=(tender,))
    return clerk.call(request).visit_id


def _corrected(clinic: Clinic) -> None:
    """A corrected file, and a record that was amended after it had been signed."""
    _, visit = _in_room(clinic, "周八")
    visits.finish(clinic, visit)
    doctor = clinic.desk(visits.DOCTOR)
    doctor.call(StartConsult(visit_id=visit))
    doctor.call(SaveRecord(visit_id=visit, version=1, record=visits.RECORD, diagnoses=(visits.COLD,)))
    visits.finish(clinic, visit)
    file = visits.new_patient(clinic, "吴九")
    clinic.desk(visits.CLERK).call(CorrectPatient(patient_id=file.id, version=1, file=file.file))
