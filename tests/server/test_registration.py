"""Registration: the fee, the last number, taking a visit back."""

from __future__ import annotations

import pytest

from common.errors import AmountChanged, NotFound, TendersDoNotCover, WrongState
from common.messages.admin import SetClinic
from common.messages.cashier import GetReceipt, Tender, TenderKind
from common.messages.registration import CancelVisit, GetSlip, ListSessions, RegisterVisit, VisitRegistered
from common.registration_errors import AlreadyRegistered, NoSlotLeft
from tests import visits
from tests.server.office import Office, at_once, changed, refusals, session, successes


def take(office: Office, patient_id: int, doctor: str = "方舟", clerk: str = visits.CLERK, nth: int = 0) -> VisitRegistered:
    found = session(office, doctor, nth)
    return office.desk(clerk).call(
        RegisterVisit(
            patient_id=patient_id,
            session_id=found.id,
            expected_fee_fen=found.fee_fen,
            tenders=visits.cash(found.fee_fen, found.fee_fen + 500),
        )
    )


def test_a_number_is_taken_and_its_fee_paid_in_one_act(office: Office) -> None:
    before = session(office)
    patient = visits.new_patient(office, "甘一")
    registered = take(office, patient.id)
    after = session(office)
    assert (after.left, after.waiting) == (before.left - 1, before.waiting + 1)
    assert registered.state == "WAITING"
    assert registered.slip.queue_number == registered.queue_number
    assert registered.slip.waiting_before == before.waiting
    receipt = registered.receipt
    assert receipt is not None
    assert (receipt.total_fen, receipt.change_fen) == (before.fee_fen, 500)
    assert [line.amount_fen for line in receipt.lines] == [before.fee_fen]
    assert office.desk("qianduo").call(GetReceipt(bill_id=receipt.bill_id)) == receipt
    assert office.desk(visits.CLERK).call(GetSlip(visit_id=registered.visit_id)) == registered.slip


def test_the_fee_is_the_rounded_price_of_its_items(office: Office) -> None:
    expert = session(office, "林悦")
    price = office.database.value("SELECT round(price * 100) FROM service_item WHERE code = 'C002'")
    assert expert.fee_fen == price > 0


def test_a_changed_fee_is_refused_and_takes_no_number(office: Office) -> None:
    patient = visits.new_patient(office, "甘二")
    found = session(office)
    request = RegisterVisit(
        patient_id=patient.id, session_id=found.id, expected_fee_fen=found.fee_fen + 100, tenders=visits.cash(found.fee_fen + 100)
    )
    with pytest.raises(AmountChanged) as refused:
        office.desk(visits.CLERK).call(request)
    assert (refused.value.shown_fen, refused.value.due_fen) == (found.fee_fen + 100, found.fee_fen)
    assert session(office).left == found.left
    assert office.rows("SELECT 1 FROM visit WHERE patient_id = %s", patient.id) == []


@pytest.mark.parametrize("short", [1, -1])
def test_tenders_that_do_not_fit_store_nothing(office: Office, short: int) -> None:
    patient = visits.new_patient(office, "甘三")
    found = session(office)
    tenders = (Tender(kind=TenderKind.WECHAT, amount_fen=found.fee_fen - short),)
    with pytest.raises(TendersDoNotCover):
        office.desk(visits.CLERK).call(
            RegisterVisit(patient_id=patient.id, session_id=found.id, expected_fee_fen=found.fee_fen, tenders=tenders)
        )
    assert session(office).left == found.left
    assert office.rows("SELECT 1 FROM charge_line WHERE patient_id = %s", patient.id) == []


def test_nobody_waits_twice_in_one_session(office: Office) -> None:
    patient = visits.new_patient(office, "甘四")
    first = take(office, patient.id)
    with pytest.raises(AlreadyRegistered) as refused:
        take(office, patient.id)
    assert (refused.value.patient, refused.value.number) == ("甘四", first.queue_number)
    take(office, patient.id, "秦山")  # another doctor is another matter


def test_patients_and_sessions_that_do_not_exist(office: Office) -> None:
    found = session(office)
    for patient_id, session_id in ((10**9, found.id), (visits.new_patient(office, "甘五").id, 10**9)):
        with pytest.raises(NotFound):
            office.desk(visits.CLERK).call(
                RegisterVisit(
                    patient_id=patient_id, session_id=session_id, expected_fee_fen=found.fee_fen, tenders=visits.cash(found.fee_fen)
                )
            )


def test_a_session_of_another_day_gives_no_number(own_office: Office) -> None:
    patient = visits.new_patient(own_office)
    found = session(own_office)
    own_office.database.run("UPDATE clinic_session SET date = date - 1")
    with pytest.raises(NoSlotLeft):
        own_office.desk(visits.CLERK).call(
            RegisterVisit(patient_id=patient.id, session_id=found.id, expected_fee_fen=found.fee_fen, tenders=visits.cash(found.fee_fen))
        )


def test_two_clerks_race_for_the_last_number_and_one_wins(own_office: Office) -> None:
    office = own_office
    found = session(office)
    office.database.run(f"UPDATE clinic_session SET capacity = 1 WHERE id = {found.id}")
    patients = [visits.new_patient(office, name) for name in ("冯一", "冯二", "冯三", "冯四")]
    office.desk("zhouqing"), office.desk("hulan")
    outcomes = at_once(
        *(lambda p=p, clerk=clerk: take(office, p.id, clerk=clerk) for p, clerk in zip(patients, ("zhouqing", "hulan") * 2, strict=True))
    )
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [NoSlotLeft] * 3
    assert session(office).left == 0
    assert office.rows("SELECT count(*) FROM bill") == office.rows("SELECT count(*) FROM visit") == [(1,)]


def test_numbers_of_a_session_have_no_gap_after_a_race(own_office: Office) -> None:
    office = own_office
    patients = [visits.new_patient(office, name) for name in ("冯一", "冯二", "冯三", "冯四", "冯五", "冯六")]
    outcomes = at_once(*(lambda p=p: take(office, p.id) for p in patients))
    assert sorted(r.queue_number for r in successes(outcomes)) == [f"N{n:03d}" for n in range(1, 7)]
    visit_numbers = sorted(int(r.visit_number[6:]) for r in successes(outcomes))
    assert visit_numbers == list(range(1, 7))


def test_cancelling_gives_exactly_the_fee_back_and_the_place_but_not_the_number(own_office: Office) -> None:
    office = own_office
    patient = visits.new_patient(office)
    before = session(office)
    first = take(office, patient.id)
    cancelled = office.desk(visits.CLERK).call(CancelVisit(visit_id=first.visit_id, reason="不看了"))
    assert cancelled.refunded_fen == before.fee_fen
    assert cancelled.refund is not None
    assert cancelled.refund.total_fen == -before.fee_fen
    assert first.receipt is not None
    assert cancelled.refund.refund_of == first.receipt.bill_number
    assert session(office).left == before.left
    postings = office.rows("SELECT account, sum(amount_fen) FROM ledger_posting GROUP BY account")
    assert {total for _, total in postings} == {0}
    assert office.rows("SELECT state, refunded_fen FROM charge_line") == [("REFUNDED", before.fee_fen)]
    assert office.rows("SELECT state FROM invoice ORDER BY id") == [("REVERSED",), ("USED",)]
    assert take(office, patient.id).queue_number == "N002"
    with pytest.raises(NotFound):
        office.desk(visits.CLERK).call(GetSlip(visit_id=first.visit_id))


def test_a_visit_is_cancelled_once_and_only_before_the_consultation(office: Office) -> None:
    patient = visits.new_patient(office, "甘六")
    visit = take(office, patient.id, nth=1)
    outcomes = at_once(
        *(
            lambda clerk=clerk: office.desk(clerk).call(CancelVisit(visit_id=visit.visit_id, reason="不看了"))
            for clerk in ("zhouqing", "hulan")
        )
    )
    assert [type(error) for error in refusals(outcomes)] == [WrongState]
    assert office.rows("SELECT count(*) FROM bill WHERE patient_id = %s AND kind = 'REFUND'", patient.id) == [(1,)]
    second = take(office, patient.id, nth=1)
    visits.consult(office, second.visit_id)
    with pytest.raises(WrongState):
        office.desk(visits.CLERK).call(CancelVisit(visit_id=second.visit_id, reason="不看了"))
    with pytest.raises(NotFound):
        office.desk(visits.CLERK).call(CancelVisit(visit_id=10**12, reason="不看了"))


def test_a_free_session_takes_no_tender(own_office: Office) -> None:
    office = own_office
    office.database.run("DELETE FROM clinic_session_fee")
    patient = visits.new_patient(office)
    found = session(office)
    assert found.fee_fen == 0
    request = RegisterVisit(patient_id=patient.id, session_id=found.id, expected_fee_fen=0)
    with pytest.raises(TendersDoNotCover):
        office.desk(visits.CLERK).call(changed(request, tenders=visits.cash(100)))
    registered = office.desk(visits.CLERK).call(request)
    assert registered.receipt is None
    cancelled = office.desk(visits.CLERK).call(CancelVisit(visit_id=registered.visit_id, reason="不看了"))
    assert (cancelled.refunded_fen, cancelled.refund) == (0, None)


def test_a_clinic_with_a_triage_desk_lets_patients_report_there_first(own_office: Office) -> None:
    own_office.desk("admin").call(SetClinic(name="杏林诊所", triage_desk=True))
    registered = take(own_office, visits.new_patient(own_office).id)
    assert registered.state == "REGISTERED"


def test_the_sessions_of_another_day_can_be_asked_for(office: Office) -> None:
    clerk = office.desk(visits.CLERK)
    assert clerk.call(ListSessions(date=office.today)) == clerk.call(ListSessions())
    assert clerk.call(ListSessions(date=office.today.replace(year=2001))).sessions == ()
