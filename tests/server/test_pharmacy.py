"""The pharmacy: review before payment, first expiry first, every pack scanned, nothing handed out twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from common.dispensing_errors import CodeAlreadySold, PacksMissing, WrongPack
from common.errors import NotEnoughStock, NotFound, WrongState
from common.messages.consult import ExpirePrescriptions, GetPrescription, PrescriptionFacts, PrescriptionKind, SignPrescription
from common.messages.pharmacy import (
    ApprovePrescription,
    CheckPack,
    Dispense,
    GetLabels,
    ListToDispense,
    ListToReview,
    NoCode,
    PickList,
    PickPrescription,
    RejectPrescription,
    RejectReason,
    Scan,
)
from common.prescribing_errors import PrescriptionExpired
from tests import visits
from tests.server.office import Office, at_once, refusals, successes

PHARMACIST, OTHER = "suye", "jianglan"


def signed(office: Office, name: str = "何一", quantity: Decimal | None = None, *drugs: str) -> PrescriptionFacts:
    visit = visits.register(office, visits.new_patient(office, name).id)
    visits.consult(office, visit.visit_id)
    lines = tuple(visits.line(visits.drug(office, drug), quantity=quantity) for drug in drugs or ("布洛芬",))
    request = SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=lines)
    return office.desk(visits.DOCTOR).call(request)


def paid(office: Office, name: str = "何一", quantity: Decimal | None = None, *drugs: str) -> PrescriptionFacts:
    prescription = signed(office, name, quantity, *drugs)
    visits.approve(office, prescription.id)
    visits.settle_all(office, prescription.patient_id)
    return prescription


def pick(office: Office, prescription: PrescriptionFacts) -> PickList:
    return office.desk(PHARMACIST).call(PickPrescription(prescription_id=prescription.id))


def trace(office: Office, drug_id: int, serial: int) -> str:
    """A pack's own 追溯码."""
    prefix = office.database.value("SELECT code FROM drug_code WHERE kind = 'trace_prefix' AND drug_id = %s", drug_id)
    return f"{prefix}{serial:013d}"


def state(office: Office, prescription: PrescriptionFacts) -> str:
    return office.desk(PHARMACIST).call(GetPrescription(prescription_id=prescription.id)).state


# --- review


def test_nothing_is_charged_before_the_review(office: Office) -> None:
    prescription = signed(office)
    assert prescription.id in [entry.prescription_id for entry in office.desk(PHARMACIST).call(ListToReview()).entries]
    assert office.rows("SELECT 1 FROM charge_line WHERE prescription_id = %s", prescription.id) == []
    with pytest.raises(WrongState):
        pick(office, prescription)
    approved = office.desk(PHARMACIST).call(ApprovePrescription(prescription_id=prescription.id))
    assert (approved.state, approved.reviewer) == ("APPROVED", "苏叶")
    assert prescription.id not in [entry.prescription_id for entry in office.desk(PHARMACIST).call(ListToReview()).entries]
    with pytest.raises(WrongState):
        pick(office, prescription)  # approved is not paid


def test_two_pharmacists_who_decide_at_once_make_one_decision(office: Office) -> None:
    prescription = signed(office, "何二")
    outcomes = at_once(
        partial(office.desk(PHARMACIST).call, ApprovePrescription(prescription_id=prescription.id)),
        partial(office.desk(OTHER).call, ApprovePrescription(prescription_id=prescription.id)),
        partial(office.desk(OTHER).call, RejectPrescription(prescription_id=prescription.id, reasons=(RejectReason.OTHER,))),
    )
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [WrongState] * 2
    charged = office.rows("SELECT count(*) FROM charge_line WHERE prescription_id = %s", prescription.id)
    assert charged == [(1 if state(office, prescription) == "APPROVED" else 0,)]


def test_a_review_after_the_validity_expires_it_and_frees_its_stock(own_office: Office) -> None:
    office = own_office
    prescription = signed(office)
    drug_id = prescription.lines[0].drug_id
    assert office.rows("SELECT reserved > 0 FROM stock_level WHERE drug_id = %s", drug_id) == [(True,)]
    last = office.rows("SELECT coalesce(max(seq), 0) FROM outbox")[0][0]
    office.clock.by = timedelta(days=1)
    with pytest.raises(PrescriptionExpired):
        office.desk(PHARMACIST).call(ApprovePrescription(prescription_id=prescription.id))
    assert state(office, prescription) == "EXPIRED"
    assert office.rows("SELECT reserved FROM stock_level WHERE drug_id = %s", drug_id) == [(Decimal(0),)]
    announced = office.rows("SELECT changes::text FROM outbox WHERE seq > %s", last)
    assert len(announced) == 1  # the other desks hear of it, although the request was refused
    assert "prescription" in announced[0][0]
    with pytest.raises(WrongState):
        office.desk(PHARMACIST).call(ApprovePrescription(prescription_id=prescription.id))


def test_the_service_lets_unpaid_ones_expire(own_office: Office) -> None:
    office = own_office
    waiting, approved = signed(office, "何三"), signed(office, "何四")
    visits.approve(office, approved.id)
    kept = paid(office, "何五", None, "氯雷他定")
    admin = office.desk("admin")
    assert admin.call(ExpirePrescriptions()).expired == 0
    office.clock.by = timedelta(days=1)
    assert admin.call(ExpirePrescriptions()).expired == 2
    assert [state(office, p) for p in (waiting, approved, kept)] == ["EXPIRED", "EXPIRED", "PAID"]
    assert office.rows("SELECT DISTINCT state FROM charge_line WHERE prescription_id = %s", approved.id) == [("VOIDED",)]
    drug_id = waiting.lines[0].drug_id
    assert office.rows("SELECT reserved FROM stock_level WHERE drug_id = %s", drug_id) == [(Decimal(0),)]
    assert admin.call(ExpirePrescriptions()).expired == 0


# --- picking


def batches(office: Office, drug_id: int) -> list[int]:
    """A drug's batches, first expiry first."""
    return [row[0] for row in office.rows("SELECT batch_id FROM stock_balance WHERE drug_id = %s ORDER BY expires, batch_id", drug_id)]


def leave(office: Office, batch_id: int, quantity: Decimal) -> None:
    """Make a batch that small."""
    office.database.run("UPDATE stock_balance SET on_hand = %s WHERE batch_id = %s", quantity, batch_id)


def test_what_expires_first_goes_out_first_over_batches(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    first, second = batches(office, found.id)
    leave(office, first, found.pack_size)
    picked = pick(office, paid(office, "何六", found.pack_size * 3))
    assert [(part.batch_id, part.quantity) for part in picked.picks] == [(first, found.pack_size), (second, found.pack_size * 2)]
    assert picked.packs == {picked.prescription.lines[0].id: 3}
    assert office.rows("SELECT picked FROM stock_balance WHERE batch_id = ANY(%s) ORDER BY expires", [first, second]) == [
        (found.pack_size,),
        (found.pack_size * 2,),
    ]


def test_an_expired_batch_is_never_picked(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    first, second = batches(office, found.id)
    yesterday = office.today - timedelta(days=1)
    office.database.run("UPDATE stock_balance SET expires = %s WHERE batch_id = %s", yesterday, first)
    picked = pick(office, paid(office, "何七", found.pack_size))
    assert [part.batch_id for part in picked.picks] == [second]
    office.database.run("UPDATE stock_balance SET expires = %s WHERE batch_id = %s", yesterday, second)
    with pytest.raises(NotEnoughStock):
        pick(office, paid(office, "何八", found.pack_size))


def test_a_batch_expires_after_its_last_day(own_office: Office) -> None:
    found = visits.drug(own_office, "布洛芬")
    first, _ = batches(own_office, found.id)
    own_office.database.run("UPDATE stock_balance SET expires = %s WHERE batch_id = %s", own_office.today, first)
    assert [part.batch_id for part in pick(own_office, paid(own_office, "何九", found.pack_size)).picks] == [first]


def test_picking_again_gives_the_same_list_and_lays_nothing_aside_twice(office: Office) -> None:
    prescription = paid(office, "何十")
    before = pick(office, prescription)
    again = office.desk(OTHER).call(PickPrescription(prescription_id=prescription.id))
    assert again.picks == before.picks
    assert again.prescription.picker == "苏叶"
    assert office.rows("SELECT count(*) FROM pick WHERE prescription_line_id = %s", before.picks[0].line_id) == [(1,)]


def test_two_prescriptions_picked_at_once_take_different_packs(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    first, second = batches(office, found.id)
    leave(office, first, found.pack_size)
    leave(office, second, found.pack_size)
    both = [paid(office, name, found.pack_size) for name in ("何百", "何千")]
    outcomes = at_once(*(partial(pick, office, prescription) for prescription in both))
    assert refusals(outcomes) == []
    assert sorted(part.batch_id for outcome in outcomes for part in outcome.picks) == sorted((first, second))


# --- handing over


def test_scanned_packs_leave_the_stock(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    level = office.rows("SELECT on_hand FROM stock_level WHERE drug_id = %s", found.id)[0][0]
    prescription = paid(office, "吕一", found.pack_size * 2)
    handed = visits.hand_over(office, prescription.id)
    assert (handed.prescription.state, handed.prescription.dispenser) == ("DISPENSED", "苏叶")
    assert office.rows("SELECT on_hand, reserved FROM stock_level WHERE drug_id = %s", found.id) == [
        (level - found.pack_size * 2, Decimal(0))
    ]
    moved = office.rows(
        "SELECT kind, sum(quantity), document FROM stock_move WHERE prescription_line_id IS NOT NULL GROUP BY kind, document"
    )
    assert moved == [("DISPENSE", -found.pack_size * 2, prescription.number)]
    (label,) = handed.labels
    assert (label.patient_name, label.prescription_number, label.dispenser) == ("吕一", prescription.number, "苏叶")
    assert label.lot == office.rows("SELECT lot FROM stock_batch WHERE id = %s", batches(office, found.id)[0])[0][0]
    assert office.desk(OTHER).call(GetLabels(prescription_id=prescription.id)) == handed
    with pytest.raises(WrongState):
        office.desk(PHARMACIST).call(Dispense(prescription_id=prescription.id, scans=()))


def test_packs_that_were_not_scanned_need_a_reason(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    picked = pick(office, paid(office, "吕二", found.pack_size * 2))
    line_id = picked.picks[0].line_id
    scan = Scan(line_id=line_id, code=visits.barcode(office, found.id))
    pharmacist = office.desk(PHARMACIST)
    with pytest.raises(PacksMissing) as refused:
        pharmacist.call(Dispense(prescription_id=picked.prescription.id, scans=(scan,)))
    assert (refused.value.wanted, refused.value.scanned) == (2, 1)
    reason = NoCode(line_id=line_id, reason="damaged")
    pharmacist.call(Dispense(prescription_id=picked.prescription.id, scans=(scan,), without_code=(reason,)))
    assert office.rows("SELECT no_code_reason, dispensed = quantity FROM prescription_line WHERE id = %s", line_id) == [("damaged", True)]


def test_the_pack_of_another_drug_or_of_none_is_refused(office: Office) -> None:
    picked = pick(office, paid(office, "吕三"))
    line_id = picked.picks[0].line_id
    other = visits.drug(office, "氯雷他定")
    for code in (visits.barcode(office, other.id), trace(office, other.id, 7), "6901234567892", "nonsense", "0000", "x" * 100):
        with pytest.raises(WrongPack):
            office.desk(PHARMACIST).call(CheckPack(line_id=line_id, code=code))
        with pytest.raises(WrongPack):
            office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=(Scan(line_id=line_id, code=code),)))
    office.desk(PHARMACIST).call(CheckPack(line_id=line_id, code=visits.barcode(office, picked.prescription.lines[0].drug_id)))
    with pytest.raises(NotFound):
        office.desk(PHARMACIST).call(CheckPack(line_id=10**10, code="6901234567892"))
    with pytest.raises(NotFound):
        office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=(Scan(line_id=10**10, code="0000"),)))


def test_a_traced_pack_goes_out_once(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    first, second = (pick(office, paid(office, name, found.pack_size)) for name in ("吕四", "吕五"))
    code = trace(office, found.id, 42)
    pharmacist = office.desk(PHARMACIST)
    pharmacist.call(Dispense(prescription_id=first.prescription.id, scans=(Scan(line_id=first.picks[0].line_id, code=code),)))
    scan = Scan(line_id=second.picks[0].line_id, code=code)
    with pytest.raises(CodeAlreadySold):
        pharmacist.call(CheckPack(line_id=scan.line_id, code=code))
    with pytest.raises(CodeAlreadySold):
        pharmacist.call(Dispense(prescription_id=second.prescription.id, scans=(scan,)))
    assert state(office, second.prescription) == "PICKED"


def test_the_same_traced_pack_scanned_twice_is_one_pack(office: Office) -> None:
    found = visits.drug(office, "布洛芬")
    picked = pick(office, paid(office, "吕六", found.pack_size * 2))
    scan = Scan(line_id=picked.picks[0].line_id, code=trace(office, found.id, 43))
    with pytest.raises(CodeAlreadySold):
        office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=(scan, scan)))


def test_two_desks_that_hand_out_the_same_pack_at_once(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "布洛芬")
    for serial in range(3):
        picked = [pick(office, paid(office, f"吕{n}", found.pack_size)) for n in "甲乙"]
        code = trace(office, found.id, serial)
        acts = [
            partial(
                office.desk(login).call, Dispense(prescription_id=p.prescription.id, scans=(Scan(line_id=p.picks[0].line_id, code=code),))
            )
            for login, p in zip((PHARMACIST, OTHER), picked, strict=True)
        ]
        outcomes = at_once(*acts)
        assert len(successes(outcomes)) == 1
        assert [type(error) for error in refusals(outcomes)] == [CodeAlreadySold]


def test_two_desks_that_hand_over_one_prescription_at_once(own_office: Office) -> None:
    found = visits.drug(own_office, "布洛芬")
    picked = pick(own_office, paid(own_office, "吕七", found.pack_size))
    request = Dispense(
        prescription_id=picked.prescription.id, scans=(Scan(line_id=picked.picks[0].line_id, code=visits.barcode(own_office, found.id)),)
    )
    outcomes = at_once(*(partial(own_office.desk(login).call, request) for login in (PHARMACIST, OTHER)))
    assert [type(error) for error in refusals(outcomes)] == [WrongState]
    assert own_office.rows("SELECT count(*) FROM stock_move WHERE kind = 'DISPENSE'") == [(1,)]


def test_the_rest_of_an_opened_pack_may_go_out_again(own_office: Office) -> None:
    office = own_office
    found = visits.drug(office, "阿莫西林胶囊")
    assert found.splittable
    code = trace(office, found.id, 1)
    for name in ("吕八", "吕九"):
        picked = pick(office, paid(office, name, Decimal(6), "阿莫西林胶囊"))
        assert list(picked.packs.values()) == [1]
        scan = Scan(line_id=picked.picks[0].line_id, code=code)
        office.desk(PHARMACIST).call(Dispense(prescription_id=picked.prescription.id, scans=(scan,)))
    assert office.rows("SELECT count(*) FROM dispensed_code WHERE code = %s AND split_pack", code) == [(2,)]


def test_the_worklist_is_longest_waiting_first(own_office: Office) -> None:
    first, second = paid(own_office, "吕一"), paid(own_office, "吕二")
    pick(own_office, second)
    entries = own_office.desk(PHARMACIST).call(ListToDispense()).entries
    assert [(entry.prescription_id, entry.state) for entry in entries] == [(first.id, "PAID"), (second.id, "PICKED")]
    visits.hand_over(own_office, first.id)
    assert [entry.prescription_id for entry in own_office.desk(PHARMACIST).call(ListToDispense()).entries] == [second.id]
