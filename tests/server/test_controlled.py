"""The register of narcotics: a row for every move, whoever moves; running balances; empties, residues and the count at the change of shifts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from common.catalogue_errors import CountUnexplained, MoreEmptiesThanOut
from common.errors import FieldWrong, NotFound, NotPermitted
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.controlled import (
    ControlledBatch,
    CountControlled,
    Counted,
    DailyUseRow,
    GetControlledStock,
    ListCounts,
    ListDailyUse,
    ListRegister,
    PrintRegister,
    RecordEmpties,
    RecordResidue,
    RegisterRow,
)
from common.messages.patients import DocumentKind, PatientSummary
from common.messages.pharmacy import Dispense, PickPrescription, Scan
from common.messages.returns import UndoDispense, UndoReason
from common.messages.settlement import Approve
from common.money_errors import ApprovalNeeded, ApprovalNotValid, SamePerson
from installer.sample import PASSWORD
from tests import visits
from tests.harness import Clinic
from tests.server.office import Office, at_once, refusals, successes

ID_NUMBER = "11010519491231002X"
D = Decimal


def approval(office: Clinic, act: str, subject: int, detail: str = "", login: str = "jianglan") -> int:
    asked = Approve(act=act, subject_id=subject, detail=detail, login=login, password=PASSWORD)
    return office.desk(visits.PHARMACIST).call(asked).approval_id


def hand_over(office: Clinic, patient: PatientSummary, quantity: int = 2, name: str = "盐酸吗啡注射液") -> tuple[int, str]:
    """A narcotic goes to a patient before two people; the prescription's id and number."""
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    line = visits.line(visits.drug(office, name), days=1, quantity=D(quantity), reason="癌痛")
    signed = office.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.NARCOTIC, lines=(line,)))
    visits.approve(office, signed.id)
    visits.settle_all(office, patient.id)
    pharmacist = office.desk(visits.PHARMACIST)
    picked = pharmacist.call(PickPrescription(prescription_id=signed.id))
    scans = tuple(
        Scan(line_id=entry.id, code=visits.barcode(office, entry.drug_id))
        for entry in picked.prescription.lines
        for _ in range(picked.packs[entry.id])
    )
    second = approval(office, "dispense_controlled", signed.id)
    pharmacist.call(Dispense(prescription_id=signed.id, scans=scans, approval_id=second))
    return signed.id, signed.number


def register(office: Office, text: str = "", **narrow: object) -> tuple[RegisterRow, ...]:
    days = {"first_day": office.today - timedelta(days=1), "last_day": office.today}
    return office.desk(visits.PHARMACIST).call(ListRegister(**days, text=text, **narrow)).rows  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def patient(office: Office) -> PatientSummary:
    return visits.new_patient(
        office, "孟痛", sex="2", birth_date=date(1949, 12, 31), document_kind=DocumentKind.ID_CARD, document_number=ID_NUMBER
    )


@pytest.fixture(scope="module")
def row(office: Office, patient: PatientSummary) -> RegisterRow:
    """The row of a hand-over of two ampoules."""
    _, number = hand_over(office, patient)
    return register(office, number)[0]


def test_a_hand_over_writes_its_row_by_itself(office: Office, row: RegisterRow) -> None:
    assert (row.patient_name, row.sex, row.id_number, row.drug, row.quantity) == ("孟痛", "2", ID_NUMBER, "盐酸吗啡注射液", D(-2))
    assert (row.doctor, row.by, row.checker, row.kind, row.undone) == ("方舟", "苏叶", "江蓝", "DISPENSE", False)
    assert "急性上呼吸道感染" in row.disease
    assert row.record_number
    assert row.age
    assert (
        row.batch_balance
        == office.rows(
            "SELECT b.on_hand FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id JOIN drug d ON d.id = s.drug_id"
            " WHERE d.name = '盐酸吗啡注射液' AND s.lot = %s",
            row.lot,
        )[0][0]
    )
    came = [each for each in register(office, drug_id=row.drug_id) if each.kind == "RECEIPT"]
    assert came[0].drug_balance == came[0].batch_balance == came[0].quantity
    assert row.drug_balance == sum(each.quantity for each in register(office, drug_id=row.drug_id) if each.id <= row.id)


def test_the_row_keeps_the_patient_as_they_were(office: Office, row: RegisterRow) -> None:
    office.database.run("UPDATE patient SET name = '改名', document_number = '' WHERE name = '孟痛'")
    try:
        assert register(office, row.prescription_number)[0] == row
    finally:
        office.database.run("UPDATE patient SET name = '孟痛', document_number = %s WHERE name = '改名'", ID_NUMBER)


def test_undoing_is_a_row_of_its_own(office: Office) -> None:
    prescription_id, number = hand_over(office, visits.new_patient(office, "莫取"), 1)
    office.desk(visits.PHARMACIST).call(UndoDispense(prescription_id=prescription_id, reason=UndoReason.WRONG_PATIENT))
    rows = register(office, number)
    assert [(each.quantity, each.undone) for each in rows] == [(D(-1), False), (D(1), True)]
    assert rows[1].batch_balance == rows[0].batch_balance + 1
    with pytest.raises(MoreEmptiesThanOut):
        office.desk(visits.PHARMACIST).call(RecordEmpties(entry_id=rows[0].id, pieces=1, from_whom="家属"))


def test_other_drugs_write_no_rows(office: Office) -> None:
    kept_of = {"narcotic", "psychotropic_1"}
    found = office.rows("SELECT DISTINCT d.controlled FROM controlled_entry e JOIN drug d ON d.id = e.drug_id")
    assert {row[0] for row in found} <= kept_of
    moves = office.rows(
        "SELECT m.id FROM stock_move m JOIN drug d ON d.id = m.drug_id LEFT JOIN controlled_entry e ON e.move_id = m.id"
        " WHERE (d.controlled = ANY(%s)) <> (e.id IS NOT NULL)",
        list(kept_of),
    )
    assert moves == []


def test_a_drug_that_comes_under_control_brings_its_moves(own_office: Office) -> None:
    office = own_office
    drug_id = office.rows("SELECT id FROM drug WHERE name = '布洛芬片'")[0][0]
    assert register(office, drug_id=drug_id) == ()
    office.database.run("UPDATE drug SET rx_class = 'psychotropic_1' WHERE id = %s", drug_id)
    rows = register(office, drug_id=drug_id)
    assert len(rows) == office.rows("SELECT count(*) FROM stock_move WHERE drug_id = %s", drug_id)[0][0]
    assert rows[-1].drug_balance == office.rows("SELECT on_hand FROM stock_level WHERE drug_id = %s", drug_id)[0][0]
    office.database.run("UPDATE drug SET rx_class = 'ordinary' WHERE id = %s", drug_id)
    office.database.run("UPDATE drug SET rx_class = 'narcotic' WHERE id = %s", drug_id)
    assert register(office, drug_id=drug_id) == rows


def test_empties_come_back_and_never_more_than_went_out(office: Office, row: RegisterRow) -> None:
    desk = office.desk(visits.PHARMACIST)
    acts = [partial(desk.call, RecordEmpties(entry_id=row.id, pieces=1, from_whom="护士许宁"))] * 3
    outcomes = at_once(*acts)
    assert (len(successes(outcomes)), [type(each) for each in refusals(outcomes)]) == (2, [MoreEmptiesThanOut])
    with pytest.raises(FieldWrong):
        desk.call(RecordEmpties(entry_id=row.id, pieces=-1, from_whom="护士许宁"))
    desk.call(RecordEmpties(entry_id=row.id, pieces=-1, from_whom="护士许宁", note="数错一支"))
    desk.call(RecordEmpties(entry_id=row.id, pieces=1, from_whom="家属"))
    now = register(office, row.prescription_number)[0]
    assert (now.empties, now.empties_from) == (2, "家属、护士许宁")
    with pytest.raises(MoreEmptiesThanOut):
        desk.call(RecordEmpties(entry_id=row.id, pieces=-3, from_whom="x", note="x"))
    came = next(each for each in register(office, drug_id=row.drug_id) if each.kind == "RECEIPT")
    for entry_id, error in ((came.id, FieldWrong), (10**12, NotFound)):
        with pytest.raises(error):
            desk.call(RecordEmpties(entry_id=entry_id, pieces=1, from_whom="x"))


def test_a_residue_is_destroyed_before_two_people(office: Office, row: RegisterRow) -> None:
    desk = office.desk(visits.PHARMACIST)
    ask = partial(RecordResidue, entry_id=row.id, way="倒入下水道")
    with pytest.raises(ApprovalNeeded):
        desk.call(ask(amount=D("4")))
    with pytest.raises(SamePerson):
        approval(office, "residue", row.id, "4", login=visits.PHARMACIST)
    with pytest.raises(ApprovalNotValid):
        desk.call(ask(amount=D("5"), approval_id=approval(office, "residue", row.id, "4")))
    desk.call(ask(amount=D("4.0"), approval_id=approval(office, "residue", row.id, "4")))
    now = register(office, row.prescription_number)[0]
    assert (now.residue, now.residue_unit, now.residue_by) == (D(4), "mg", "苏叶、江蓝")
    for amount in (D("17"), D(0), D("-1"), D("0.00001")):  # two ampoules of 10 mg hold 16 more
        with pytest.raises(FieldWrong):
            desk.call(ask(amount=amount, approval_id=1))


def test_what_is_used_day_by_day(office: Office, row: RegisterRow) -> None:
    days = {"first_day": office.today - timedelta(days=1), "last_day": office.today}
    used = office.desk(visits.PHARMACIST).call(ListDailyUse(**days, drug_id=row.drug_id)).rows  # type: ignore[arg-type]
    today = next(each for each in used if each.day == office.today)
    assert isinstance(today, DailyUseRow)
    assert today.opened + today.came - today.went + today.back + today.other == today.closed
    assert today.went >= 2
    assert today.closed == office.rows("SELECT on_hand FROM stock_level WHERE drug_id = %s", row.drug_id)[0][0]


def stock(office: Office) -> tuple[ControlledBatch, ...]:
    return office.desk(visits.PHARMACIST).call(GetControlledStock()).batches


def test_the_count_at_the_change_of_shifts(office: Office, row: RegisterRow) -> None:
    there = stock(office)
    assert {batch.controlled for batch in there} == {"narcotic", "psychotropic_1"}
    right = tuple(Counted(batch_id=batch.batch_id, quantity=batch.on_hand) for batch in there)
    total = sum((line.quantity for line in right), D(0))
    desk = office.desk(visits.PHARMACIST)
    with pytest.raises(ApprovalNeeded):
        desk.call(CountControlled(lines=right))
    sign = partial(approval, office, "narcotics_count", len(right))
    desk.call(CountControlled(lines=right, approval_id=sign(f"{total.normalize():f}")))
    wrong = (Counted(batch_id=right[0].batch_id, quantity=right[0].quantity - 1), *right[1:])
    short = sign(f"{(total - 1).normalize():f}")
    with pytest.raises(CountUnexplained) as refused:
        desk.call(CountControlled(lines=wrong, approval_id=short))
    assert (refused.value.booked - refused.value.counted, refused.value.drug) == (D(1), there[0].drug)
    desk.call(CountControlled(lines=wrong, note="少一支，已报告院长", approval_id=short))
    for lines in (right[1:], (*right, right[0]), (Counted(batch_id=right[0].batch_id, quantity=D(-1)), *right[1:])):
        with pytest.raises(FieldWrong):
            desk.call(CountControlled(lines=lines, approval_id=1))
    counts = desk.call(ListCounts(first_day=office.today, last_day=office.today)).counts
    assert [(count.by, count.taken_by, count.note) for count in counts] == [("苏叶", "江蓝", "少一支，已报告院长"), ("苏叶", "江蓝", "")]
    assert [line.booked - line.counted for line in counts[0].lines if line.booked != line.counted] == [1]
    assert all(line.booked == line.counted for line in counts[1].lines)


def test_who_may_see_the_register(office: Office, row: RegisterRow) -> None:
    days = {"first_day": date(2026, 1, 1), "last_day": office.today}
    for login in ("kuyan", "admin", visits.CASHIER, visits.DOCTOR):
        with pytest.raises(NotPermitted):
            office.desk(login).call(ListRegister(**days))  # type: ignore[arg-type]
    sheet = office.desk("yuanzhang").call(PrintRegister(**days, drug_id=row.drug_id, patients=True))  # type: ignore[arg-type]
    assert sheet.drug.startswith("盐酸吗啡注射液")
    assert (sheet.by, sheet.register.clinic) == ("袁璋", "杏林诊所")
    assert all(each.patient_name for each in sheet.register.rows)
    told = office.rows("SELECT detail->>'drug' FROM audit_entry WHERE act = 'print_register' ORDER BY id DESC LIMIT 1")
    assert told[0][0] == sheet.drug
