"""The cashier: what is owed, settling it once, the receipt, the shift."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from common.errors import AmountChanged, NotFound, NothingToSettle, PartOfPrescription, TendersDoNotCover, WrongState
from common.messages.cashier import (
    GetReceipt,
    GetShift,
    GetUnpaid,
    ListDebtors,
    Settle,
    Tender,
    TenderKind,
    Unpaid,
)
from common.messages.consult import PrescriptionFacts, VoidPrescription
from common.messages.registration import CancelVisit
from common.prescribing_errors import PrescriptionExpired
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, successes

CASHIER = visits.CASHIER


def owing(office: Office, name: str, *drugs: str) -> PrescriptionFacts:
    """An approved prescription of a new patient."""
    visit = visits.register(office, visits.new_patient(office, name).id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id, *drugs)
    visits.approve(office, prescription.id)
    return prescription


def unpaid(office: Office, patient_id: int) -> Unpaid:
    return office.desk(CASHIER).call(GetUnpaid(patient_id=patient_id))


def settling(due: Unpaid, *tenders: Tender) -> Settle:
    return Settle(
        patient_id=due.patient_id,
        line_ids=tuple(line.id for line in due.lines),
        expected_fen=due.total_fen,
        tenders=tenders or visits.cash(due.total_fen),
    )


def test_what_is_owed_appears_with_the_pharmacists_review(office: Office) -> None:
    patient = visits.new_patient(office, "尤一")
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id, "布洛芬", "氯雷他定")
    before = unpaid(office, patient.id)
    assert (before.lines, before.total_fen, before.in_review) == ((), 0, 1)
    visits.approve(office, prescription.id)
    after = unpaid(office, patient.id)
    assert (len(after.lines), after.total_fen, after.in_review) == (2, prescription.amount_fen, 0)
    assert [line.source_number for line in after.lines] == [prescription.number] * 2
    assert patient.id in [debtor.patient_id for debtor in office.desk(CASHIER).call(ListDebtors()).debtors]


def test_debtors_are_listed_longest_waiting_first_and_leave_when_they_paid(own_office: Office) -> None:
    first, second = owing(own_office, "尤二"), owing(own_office, "尤三", "布洛芬", "氯雷他定")
    debtors = own_office.desk(CASHIER).call(ListDebtors()).debtors
    assert [(d.name, d.lines, d.total_fen) for d in debtors] == [("尤二", 1, first.amount_fen), ("尤三", 2, second.amount_fen)]
    assert len(own_office.desk(CASHIER).call(ListDebtors(limit=1)).debtors) == 1
    visits.settle_all(own_office, first.patient_id)
    assert [d.name for d in own_office.desk(CASHIER).call(ListDebtors()).debtors] == ["尤三"]


def test_cash_with_change_is_booked_to_the_fen(own_office: Office) -> None:
    prescription = owing(own_office, "尤四", "布洛芬", "氯雷他定")
    before = own_office.rows("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'tender:cash'")[0][0]
    due = unpaid(own_office, prescription.patient_id)
    settled = own_office.desk(CASHIER).call(settling(due, *visits.cash(due.total_fen, due.total_fen + 1234)))
    assert (settled.total_fen, settled.change_fen, settled.left_fen) == (due.total_fen, 1234, 0)
    cash = own_office.rows("SELECT sum(amount_fen) FROM ledger_posting WHERE account = 'tender:cash'")[0][0]
    assert cash == before + due.total_fen  # the change is not income
    assert own_office.rows("SELECT given_fen - change_fen = amount_fen FROM payment WHERE bill_id = %s", settled.bill_id) == [(True,)]
    operation = own_office.rows(
        "SELECT o.kind, sum(p.amount_fen), count(*) FROM ledger_operation o JOIN ledger_posting p ON p.operation_id = o.id"
        " WHERE o.bill_id = %s GROUP BY o.kind",
        settled.bill_id,
    )
    assert operation == [("SALE", 0, 1 + len(due.lines))]
    assert own_office.rows("SELECT state FROM prescription WHERE id = %s", prescription.id) == [("PAID",)]


def test_several_tenders_pay_one_bill(office: Office) -> None:
    due = unpaid(office, owing(office, "尤五").patient_id)
    tenders = (
        Tender(kind=TenderKind.WECHAT, amount_fen=100, reference="wx-1"),
        Tender(kind=TenderKind.CASH, amount_fen=due.total_fen - 100, given_fen=due.total_fen),
    )
    settled = office.desk(CASHIER).call(settling(due, *tenders))
    assert settled.change_fen == 100
    rows = office.rows("SELECT tender, amount_fen, reference FROM payment WHERE bill_id = %s ORDER BY id", settled.bill_id)
    assert rows == [("wechat", 100, "wx-1"), ("cash", due.total_fen - 100, "")]


def test_a_prescription_is_paid_whole_and_others_may_wait(office: Office) -> None:
    prescription = owing(office, "尤六", "布洛芬", "氯雷他定")
    due = unpaid(office, prescription.patient_id)
    one = due.lines[0]
    with pytest.raises(PartOfPrescription):
        office.desk(CASHIER).call(
            Settle(patient_id=due.patient_id, line_ids=(one.id,), expected_fen=one.amount_fen, tenders=visits.cash(one.amount_fen))
        )
    assert unpaid(office, prescription.patient_id) == due
    second = visits.prescribe(office, prescription.visit_id, "蒙脱石")
    visits.approve(office, second.id)
    settled = office.desk(CASHIER).call(settling(due))
    assert settled.left_fen == second.amount_fen
    assert office.rows("SELECT state FROM prescription WHERE id = ANY(%s) ORDER BY id", [prescription.id, second.id]) == [
        ("PAID",),
        ("APPROVED",),
    ]


@pytest.mark.parametrize("difference", [1, -1, 100])
def test_another_amount_than_the_cashier_saw_is_refused(office: Office, difference: int) -> None:
    due = unpaid(office, owing(office, "尤七").patient_id)
    shown = due.total_fen + difference
    with pytest.raises(AmountChanged) as refused:
        office.desk(CASHIER).call(changed(settling(due), expected_fen=shown, tenders=visits.cash(shown)))
    assert (refused.value.shown_fen, refused.value.due_fen) == (shown, due.total_fen)
    assert unpaid(office, due.patient_id) == due


def test_tenders_that_do_not_cover_the_bill_exactly(office: Office) -> None:
    due = unpaid(office, owing(office, "尤八").patient_id)
    total = due.total_fen
    for tenders in (
        (Tender(kind=TenderKind.CARD, amount_fen=total + 1),),
        (Tender(kind=TenderKind.CARD, amount_fen=total - 1),),
        (Tender(kind=TenderKind.CARD, amount_fen=total, given_fen=total + 100),),  # only cash gives change
        (Tender(kind=TenderKind.CASH, amount_fen=total, given_fen=total - 1),),
        (Tender(kind=TenderKind.CASH, amount_fen=1), Tender(kind=TenderKind.CASH, amount_fen=total - 1)),
    ):
        with pytest.raises(TendersDoNotCover):
            office.desk(CASHIER).call(settling(due, *tenders))
    assert unpaid(office, due.patient_id) == due
    assert office.rows("SELECT count(*) FROM bill WHERE patient_id = %s", due.patient_id) == [(1,)]  # the registration's


def test_lines_of_somebody_else_or_none_or_paid_ones(office: Office) -> None:
    mine, other = (unpaid(office, owing(office, name).patient_id) for name in ("尤九", "尤十"))
    cashier = office.desk(CASHIER)
    with pytest.raises(NothingToSettle):
        cashier.call(changed(settling(mine), line_ids=tuple(line.id for line in other.lines)))
    with pytest.raises(NothingToSettle):
        cashier.call(changed(settling(mine), line_ids=(10**15,)))
    cashier.call(settling(mine))
    with pytest.raises(NothingToSettle):
        cashier.call(settling(mine))


def test_a_paid_and_an_unpaid_line_together_are_refused_whole(office: Office) -> None:
    prescription = owing(office, "尤廿", "布洛芬", "氯雷他定")
    due = unpaid(office, prescription.patient_id)
    office.desk(CASHIER).call(settling(due))
    second = visits.prescribe(office, prescription.visit_id, "蒙脱石")
    visits.approve(office, second.id)
    fresh = unpaid(office, prescription.patient_id)
    both = changed(settling(fresh), line_ids=(*(line.id for line in due.lines), *(line.id for line in fresh.lines)))
    with pytest.raises(WrongState):
        office.desk(CASHIER).call(both)
    assert unpaid(office, prescription.patient_id) == fresh


def test_the_same_line_named_twice_is_paid_once(office: Office) -> None:
    due = unpaid(office, owing(office, "尤卅").patient_id)
    settled = office.desk(CASHIER).call(changed(settling(due), line_ids=(due.lines[0].id, due.lines[0].id)))
    assert settled.total_fen == due.total_fen


def test_two_cashiers_race_and_one_settles(own_office: Office) -> None:
    office = own_office
    for n in "一二三":
        due = unpaid(office, owing(office, f"尤{n}").patient_id)
        outcomes = at_once(*(partial(office.desk(login).call, settling(due)) for login in ("qianduo", "jinxing")))
        assert len(successes(outcomes)) == 1
        assert [type(error) for error in refusals(outcomes)] == [NothingToSettle]
    assert office.rows(
        "SELECT count(*) FROM bill b WHERE EXISTS (SELECT FROM charge_line c WHERE c.bill_id = b.id AND c.source = 'prescription')"
    ) == [(3,)]
    numbers = [int(row[0]) for row in office.rows("SELECT number FROM invoice ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))  # the losers left no gap
    assert office.rows("SELECT sum(amount_fen) FROM ledger_posting") == [(0,)]


def test_a_cashiers_first_money_opens_one_shift_even_from_two_desks(own_office: Office) -> None:
    dues = [unpaid(own_office, owing(own_office, f"尤{n}").patient_id) for n in "一二三四"]
    cashier = own_office.desk("jinxing")
    assert cashier.call(GetShift()) is None
    outcomes = at_once(*(partial(cashier.call, settling(due)) for due in dues))
    assert refusals(outcomes) == []
    shift = cashier.call(GetShift())
    assert shift is not None
    assert (shift.bills, shift.refunds, shift.state) == (4, 0, "OPENED")
    assert shift.by_tender == {}  # cash is not told before the count
    drawer = own_office.rows(
        "SELECT sum(p.amount_fen) FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id WHERE o.shift_id = %s"
        " AND p.account = 'tender:cash'",
        shift.id,
    )
    assert drawer == [(sum(due.total_fen for due in dues),)]


def test_a_shift_counts_refunds_back(own_office: Office) -> None:
    visit = visits.register(own_office, visits.new_patient(own_office).id)
    clerk = own_office.actor(visits.CLERK).staff
    own_office.desk(visits.CLERK).call(CancelVisit(visit_id=visit.visit_id, reason="不看了"))
    total = own_office.rows(
        "SELECT sum(p.amount_fen) FROM payment p JOIN bill b ON b.id = p.bill_id JOIN shift s ON s.id = b.shift_id WHERE s.cashier_id = %s",
        clerk,
    )
    assert total == [(0,)]


def test_a_receipt_is_kept_as_it_was(office: Office) -> None:
    prescription = owing(office, "尤鉴", "布洛芬")
    settled = visits.settle_all(office, prescription.patient_id)
    office.database.run("UPDATE patient SET name = '改过名' WHERE id = %s", prescription.patient_id)
    again = office.desk("yuanzhang").call(GetReceipt(bill_id=settled.bill_id))
    assert again == settled.receipt
    assert (again.patient_name, again.cashier, again.date) == ("尤鉴", "钱朵", office.today)
    assert again.total_fen == sum(line.amount_fen for line in again.lines)
    with pytest.raises(NotFound):
        office.desk(CASHIER).call(GetReceipt(bill_id=10**14))


def test_an_expired_prescription_is_not_paid(office: Office) -> None:
    due = unpaid(office, owing(office, "尤过").patient_id)
    office.clock.by = timedelta(days=1)
    with pytest.raises(PrescriptionExpired):
        office.desk(CASHIER).call(settling(due))


def test_a_line_that_the_doctor_took_back_meanwhile(office: Office) -> None:
    prescription = owing(office, "尤撤")
    due = unpaid(office, prescription.patient_id)
    office.desk(visits.DOCTOR).call(VoidPrescription(prescription_id=prescription.id, reason="开错"))
    with pytest.raises(NothingToSettle):
        office.desk(CASHIER).call(settling(due))
    assert unpaid(office, prescription.patient_id).lines == ()
