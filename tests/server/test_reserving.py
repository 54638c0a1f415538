"""Stock held from signing or from payment: the clinic's switch, both ways, and while prescriptions are open."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from common.errors import NotEnoughStock
from common.messages.cashier import GetUnpaid, Settle
from common.messages.consult import ExpirePrescriptions, PrescriptionFacts, VoidPrescription
from common.messages.settlement import BeginSettlement
from common.messages.windows import GetPharmacyRules, PharmacyRules, ReserveAt, SetPharmacyRules
from common.window_errors import DrugGone
from tests import visits
from tests.server.office import Office, at_once, refusals, successes
from tests.server.test_pharmacy import PHARMACIST, pick, signed, state

MANAGER = "yuanzhang"


def rule(office: Office, reserve_at: ReserveAt) -> None:
    rules = office.desk(MANAGER).call(GetPharmacyRules())
    office.desk(MANAGER).call(SetPharmacyRules(rules=PharmacyRules(batch_review=rules.batch_review, reserve_at=reserve_at)))


def reserved(office: Office, prescription: PrescriptionFacts) -> Decimal:
    row = office.rows("SELECT reserved FROM stock_level WHERE drug_id = %s", prescription.lines[0].drug_id)
    return Decimal(row[0][0])


def holds(office: Office, prescription: PrescriptionFacts) -> list[str]:
    sql = "SELECT r.state FROM stock_reservation r JOIN prescription_line l ON l.id = r.prescription_line_id WHERE l.prescription_id = %s"
    return [row[0] for row in office.rows(sql, prescription.id)]


def left(office: Office, drug_id: int, quantity: Decimal) -> None:
    """So much of the drug is there."""
    office.database.run("UPDATE stock_balance SET on_hand = 0 WHERE drug_id = %s", drug_id)
    first = "SELECT min(batch_id) FROM stock_balance WHERE drug_id = %s"
    office.database.run(f"UPDATE stock_balance SET on_hand = %s WHERE batch_id = ({first})", quantity, drug_id)
    office.database.run("UPDATE stock_level SET on_hand = %s WHERE drug_id = %s", quantity, drug_id)


def begin(office: Office, patient_id: int) -> object:
    unpaid = office.desk(visits.CASHIER).call(GetUnpaid(patient_id=patient_id))
    ids = tuple(line.id for line in unpaid.lines)
    tenders = visits.cash(unpaid.total_fen)
    request = BeginSettlement(patient_id=patient_id, line_ids=ids, expected_fen=unpaid.total_fen, tenders=tenders)
    return office.desk(visits.CASHIER).call(request)


def test_from_signing_it_is_held_at_once(own_office: Office) -> None:
    prescription = signed(own_office, "签一")
    assert (holds(own_office, prescription), reserved(own_office, prescription)) == (["HELD"], prescription.lines[0].quantity)


def test_from_payment_nothing_is_held_until_it_is_paid(own_office: Office) -> None:
    office = own_office
    rule(office, ReserveAt.PAYMENT)
    prescription = signed(office, "付一")
    assert (holds(office, prescription), reserved(office, prescription)) == ([], Decimal(0))
    visits.approve(office, prescription.id)
    begin(office, prescription.patient_id)
    assert (holds(office, prescription), reserved(office, prescription)) == (["HELD"], prescription.lines[0].quantity)
    assert state(office, prescription) == "PAID"
    pick(office, prescription)
    visits.hand_over(office, prescription.id)
    assert (holds(office, prescription), reserved(office, prescription)) == (["USED"], Decimal(0))


def test_signing_still_looks_whether_it_is_there(own_office: Office) -> None:
    office = own_office
    rule(office, ReserveAt.PAYMENT)
    drug = visits.drug(office, "布洛芬")
    left(office, drug.id, drug.pack_size)
    with pytest.raises(NotEnoughStock):
        signed(office, "付二", drug.pack_size * 2)
    one, other = signed(office, "付三", drug.pack_size), signed(office, "付四", drug.pack_size)  # both may be written
    for prescription in (one, other):
        visits.approve(office, prescription.id)
    visits.settle_all(office, one.patient_id)
    for pay in (begin, visits.settle_all):
        with pytest.raises(DrugGone) as gone:
            pay(office, other.patient_id)
        assert drug.name in gone.value.sentence()
    assert (state(office, one), state(office, other)) == ("PAID", "APPROVED")
    assert office.rows("SELECT 1 FROM bill WHERE patient_id = %s AND kind = 'SALE' AND id IN (SELECT bill_id FROM charge_line"
                       " WHERE prescription_id = %s)", other.patient_id, other.id) == []  # fmt: skip


def test_two_who_pay_the_last_pack_at_once(own_office: Office) -> None:
    office = own_office
    rule(office, ReserveAt.PAYMENT)
    drug = visits.drug(office, "布洛芬")
    left(office, drug.id, drug.pack_size)
    both = [signed(office, name, drug.pack_size) for name in ("付五", "付六")]
    for prescription in both:
        visits.approve(office, prescription.id)
    settles = []
    for prescription in both:
        unpaid = office.desk(visits.CASHIER).call(GetUnpaid(patient_id=prescription.patient_id))
        ids = tuple(line.id for line in unpaid.lines)
        settles.append(
            Settle(patient_id=prescription.patient_id, line_ids=ids, expected_fen=unpaid.total_fen, tenders=visits.cash(unpaid.total_fen))
        )
    outcomes = at_once(*(lambda each=each: office.desk(visits.CASHIER).call(each) for each in settles))
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [DrugGone]
    assert sorted(state(office, prescription) for prescription in both) == ["APPROVED", "PAID"]


def test_switching_while_prescriptions_are_open_leaves_each_its_rule(own_office: Office) -> None:
    office = own_office
    from_signing = signed(office, "换一")
    rule(office, ReserveAt.PAYMENT)
    from_payment = signed(office, "换二")
    rule(office, ReserveAt.SIGNING)
    again_from_signing = signed(office, "换三")
    everything = (from_signing, from_payment, again_from_signing)
    assert [holds(office, each) for each in everything] == [["HELD"], [], ["HELD"]]
    for each in everything:
        visits.approve(office, each.id)
        visits.settle_all(office, each.patient_id)
        pick(office, each)
        visits.hand_over(office, each.id)
    assert [holds(office, each) for each in everything] == [["USED"]] * 3
    assert reserved(office, from_signing) == 0


def test_expiry_and_voiding_free_what_there_is_to_free(own_office: Office) -> None:
    office = own_office
    held = signed(office, "废一")
    rule(office, ReserveAt.PAYMENT)
    expires, voided = signed(office, "废二"), signed(office, "废三")
    office.desk(visits.DOCTOR).call(VoidPrescription(prescription_id=voided.id, reason="开错"))
    office.clock.by = timedelta(days=1)
    assert office.desk("admin").call(ExpirePrescriptions()).expired == 2
    assert [state(office, each) for each in (held, expires, voided)] == ["EXPIRED", "EXPIRED", "VOIDED"]
    assert reserved(office, held) == 0


def test_the_rules_are_the_managers_and_audited(own_office: Office) -> None:
    from common.errors import NotPermitted

    rule(own_office, ReserveAt.PAYMENT)
    with pytest.raises(NotPermitted):
        own_office.desk(PHARMACIST).call(SetPharmacyRules(rules=PharmacyRules()))
    ((detail,),) = own_office.rows("SELECT detail FROM audit_entry WHERE act = 'set_pharmacy_rules'")
    assert (detail["old"]["reserve_at"], detail["new"]["reserve_at"]) == ("SIGNING", "PAYMENT")
