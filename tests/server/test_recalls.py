"""Lots that are kept out of use, recalls, and the way of a lot."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest

from common.domain.returning import Condition, ReturnReason
from common.errors import FieldWrong, NotFound, NotPermitted, WrongState
from common.messages.alerts import AlertKind, ListAlerts
from common.messages.batch_ways import FindLots, GetLotPatients, GetLotWay, LotWay
from common.messages.catalogue import DrugFacts, SearchDrugs, StockRow
from common.messages.consult import PrescriptionFacts, PrescriptionKind, SignPrescription
from common.messages.pharmacy import Dispense, PickPrescription, Scan
from common.messages.recalls import (
    CallOutcome,
    CloseRecall,
    GetRecallPatients,
    Held,
    HoldLot,
    HoldReason,
    Issuer,
    ListHolds,
    ListRecalls,
    NoteRecallCall,
    OpenRecall,
    PrintRecallList,
    RecallPatient,
    ReleaseLot,
)
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.settlement import Approve
from common.messages.store import ReceiveStock
from common.money_errors import ApprovalNeeded
from common.recall_errors import LotKeptOut, LotRecalled, PatientsToCall
from installer.sample import PASSWORD
from server.check.prescriptions import PRESCRIPTIONS
from server.check.recalls import RECALLS
from server.check.stock import STOCK
from server.stock_book import moves
from tests import visits
from tests.server.office import Office, at_once, refusals, successes

KEEPER = "kuyan"
D = Decimal
_lots = itertools.count(1)
#: Each test has a drug of its own, of which only its own lots are there.
_taken: set[int] = set()
_ORDINARY = (
    "SELECT d.id, d.name FROM drug d JOIN drug_code c ON c.drug_id = d.id AND c.kind = 'trace_prefix' WHERE d.active AND d.rx_class = 'ordinary'"
    " AND d.antibacterial = 'none' AND d.skin_test = 'none' AND d.drug_class <> 'herbal' AND d.allergens = '{}' ORDER BY d.id"
)


def fresh_drug(office: Office) -> DrugFacts:
    """A drug of which nothing is free."""
    found = next(
        drug
        for drug_id, name in office.rows(_ORDINARY)
        if drug_id not in _taken
        for drug in office.desk(visits.DOCTOR).call(SearchDrugs(text=name)).drugs
        if drug.id == drug_id
    )
    _taken.add(found.id)
    for (lot,) in office.rows("SELECT DISTINCT lot FROM stock_batch WHERE drug_id = %s", found.id):
        office.desk(KEEPER).call(HoldLot(drug_id=found.id, lot=lot, reason=HoldReason.NOTICE))
    return found


def receive(office: Office, drug: DrugFacts, packs: int, *, days: int = 400, place: str = "PHARMACY") -> str:
    """A new lot."""
    lot = f"LOT{next(_lots)}"
    row = StockRow(
        drug_code=drug.code, lot=lot, expires=office.today + timedelta(days=days), packs=D(packs), purchase_price=D(7), made=office.today
    )
    visits.supplier(office, "国药控股")
    request = ReceiveStock(rows=(row,), supplier="国药控股", invoice="FP7", inspector="顾砚", temperature=D(5), place=place)
    office.desk(KEEPER).call(request)
    return lot


def signed(office: Office, drug: DrugFacts, packs: int = 1, *, name: str = "沈青", paid: bool = True) -> PrescriptionFacts:
    """A prescription of so many packs, for a patient of its own."""
    patient = visits.new_patient(office, name)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    line = visits.line(drug, quantity=drug.pack_size * packs)
    facts = office.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit.visit_id, kind=PrescriptionKind.ORDINARY, lines=(line,)))
    if paid:
        visits.approve(office, facts.id)
        visits.settle_all(office, patient.id)
    return facts


def hold(office: Office, drug: DrugFacts, lot: str) -> Held:
    return office.desk(visits.PHARMACIST).call(HoldLot(drug_id=drug.id, lot=lot, reason=HoldReason.APPEARANCE))


def state(office: Office, facts: PrescriptionFacts) -> tuple[str, str]:
    """The prescription's state, and its reservation's."""
    return office.rows(
        "SELECT p.state, r.state FROM prescription p JOIN prescription_line l ON l.prescription_id = p.id"
        " JOIN stock_reservation r ON r.prescription_line_id = l.id WHERE p.id = %s",
        facts.id,
    )[0]


def places(office: Office, drug: DrugFacts, lot: str) -> dict[str, Decimal]:
    way = office.desk(KEEPER).call(GetLotWay(drug_id=drug.id, lot=lot))
    return {place.place: place.on_hand / drug.pack_size for place in way.places}


def is_sound(office: Office) -> None:
    """Moves, balances, levels, reservations and papers tell one story."""
    for rule in (*STOCK, *RECALLS, *PRESCRIPTIONS):
        found = office.connections.of_thread().execute(rule.breaches, {"zone": "Asia/Shanghai"}).fetchall()
        assert found == [], (rule.name, found)


def released(office: Office, held: Held, by: str = visits.PHARMACIST) -> Decimal:
    """Released by two."""
    hold_id = held.holds[0].id
    asked = Approve(act="release_lot", subject_id=hold_id, login=KEEPER, password=PASSWORD)
    approval = office.desk(by).call(asked).approval_id
    return office.desk(by).call(ReleaseLot(hold_id=hold_id, note="复检合格", approval_id=approval)).quantity


# --- quarantine --------------------------------------------------------------------------------------------------------------------


def test_all_of_a_lot_goes_aside_and_comes_back_where_it_was(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 5)
    store = receive(office, drug, 3, place="STORE")
    held = hold(office, drug, lot)
    assert held.quantity == 5 * drug.pack_size
    assert (held.put_back, held.unpaid, held.short) == ((), (), ())
    assert places(office, drug, lot) == {"QUARANTINE": D(5)}
    assert hold(office, drug, store).quantity == 3 * drug.pack_size
    listed = {paper.lot: paper for paper in office.desk(KEEPER).call(ListHolds()).holds}
    assert (listed[lot].reason, listed[lot].by, listed[lot].aside) == (HoldReason.APPEARANCE, "苏叶", 5 * drug.pack_size)
    with pytest.raises(LotKeptOut) as refused:
        hold(office, drug, lot)
    assert refused.value.number == held.holds[0].number
    assert released(office, held) == 5 * drug.pack_size
    assert places(office, drug, lot) == {"PHARMACY": D(5)}
    with pytest.raises(WrongState):
        released(office, held)
    assert hold(office, drug, lot).holds[0].number != held.holds[0].number  # once more, by a paper of its own
    is_sound(office)


def test_a_release_needs_a_second_person_and_a_reason_other_its_words(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 1)
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(HoldLot(drug_id=drug.id, lot=lot, reason=HoldReason.OTHER, note=" "))
    with pytest.raises(NotFound):
        office.desk(KEEPER).call(HoldLot(drug_id=drug.id, lot="NIE", reason=HoldReason.NOTICE))
    with pytest.raises(NotPermitted):
        office.desk(visits.CASHIER).call(HoldLot(drug_id=drug.id, lot=lot, reason=HoldReason.NOTICE))
    held = hold(office, drug, lot)
    with pytest.raises(ApprovalNeeded):
        office.desk(visits.PHARMACIST).call(ReleaseLot(hold_id=held.holds[0].id, note="可以"))


def test_what_is_laid_aside_is_put_back_and_the_newest_unpaid_gives_way_first(office: Office) -> None:
    drug = fresh_drug(office)
    bad = receive(office, drug, 4, days=200)
    receive(office, drug, 3, days=500)
    picked = signed(office, drug, 2)
    office.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=picked.id))
    older, newer = signed(office, drug, 2, paid=False), signed(office, drug, 2, paid=False)
    paid = signed(office, drug, 1)
    held = hold(office, drug, bad)  # three packs are left for seven that were promised
    assert held.put_back == (picked.number,)
    assert (held.unpaid, held.short) == ((newer.number, older.number), ())
    assert state(office, picked) == ("PAID", "HELD")
    assert [state(office, one)[1] for one in (older, newer, paid)] == ["RELEASED", "RELEASED", "HELD"]
    level = office.rows(
        "SELECT l.on_hand, l.reserved FROM stock_level l JOIN stock_location p ON p.id = l.location_id AND p.code = 'PHARMACY' WHERE drug_id = %s",
        drug.id,
    )
    assert level == [(3 * drug.pack_size, 3 * drug.pack_size)]
    rest = office.desk(KEEPER).call(GetLotWay(drug_id=drug.id, lot=bad))
    assert places(office, drug, bad) == {"QUARANTINE": D(4)}
    assert rest.lot.paper == held.holds[0].number
    visits.hand_over(office, picked.id)
    visits.hand_over(office, paid.id)
    is_sound(office)


def test_paid_ones_give_way_last(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 3)
    first, unpaid, last = signed(office, drug), signed(office, drug, paid=False), signed(office, drug)
    held = hold(office, drug, lot)
    assert (held.unpaid, held.short) == ((unpaid.number,), (last.number, first.number))
    assert state(office, first) == ("PAID", "RELEASED")
    is_sound(office)


def test_a_lot_that_is_kept_out_reaches_no_shelf(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 5)
    facts, wrong = signed(office, drug, 2), signed(office, drug)
    visits.hand_over(office, facts.id)
    visits.hand_over(office, wrong.id)
    held = hold(office, drug, lot)
    row = StockRow(drug_code=drug.code, lot=lot, expires=office.today + timedelta(days=400), packs=D(1), purchase_price=D(7))
    with pytest.raises(LotKeptOut):
        office.desk(KEEPER).call(ReceiveStock(rows=(row,), supplier="九州通"))
    pharmacist = office.desk(visits.PHARMACIST)
    with pytest.raises(LotKeptOut):
        pharmacist.call(UndoDispense(prescription_id=wrong.id, reason=UndoReason.NOT_TAKEN))
    (line,) = pharmacist.call(GetReturnable(prescription_id=facts.id)).lines
    code = visits.barcode(office, drug.id)
    back = ReturnLine(
        line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=drug.pack_size, condition=Condition.SALEABLE, codes=(code,)
    )
    asked = ReturnDrugs(prescription_id=facts.id, reason=ReturnReason.DOCTOR_CHANGED, lines=(back,))
    with pytest.raises(LotKeptOut):
        pharmacist.call(asked)
    quarantined = ReturnLine(
        line_id=line.line_id, batch_id=line.lots[0].batch_id, quantity=drug.pack_size, condition=Condition.QUARANTINED, codes=(code,)
    )
    pharmacist.call(ReturnDrugs(prescription_id=facts.id, reason=ReturnReason.RECALL, lines=(quarantined,)))
    assert places(office, drug, lot) == {"QUARANTINE": D(3)}
    assert released(office, held) == 2 * drug.pack_size  # what the patient brought back stays
    assert places(office, drug, lot) == {"PHARMACY": D(2), "QUARANTINE": D(1)}
    is_sound(office)


def test_what_was_on_its_way_goes_on_to_the_quarantine_area(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 2, place="STORE")
    batch = office.rows("SELECT id FROM stock_batch WHERE drug_id = %s AND lot = %s", drug.id, lot)[0][0]
    carry(office, batch, drug.pack_size, "STORE", "TRANSIT")
    held = hold(office, drug, lot)
    assert (held.quantity, held.holds[0].elsewhere) == (drug.pack_size, drug.pack_size)
    carry(office, batch, drug.pack_size, "TRANSIT", "PHARMACY")
    assert places(office, drug, lot) == {"QUARANTINE": D(2)}
    way = office.desk(KEEPER).call(GetLotWay(drug_id=drug.id, lot=lot))
    assert [(step.place, step.to_place) for step in way.steps] == [
        ("STORE", ""),
        ("STORE", "TRANSIT"),
        ("STORE", "QUARANTINE"),
        ("TRANSIT", "PHARMACY"),
        ("PHARMACY", "QUARANTINE"),
    ]
    assert {step.balance for step in way.steps} == {2 * drug.pack_size}
    is_sound(office)


def carry(office: Office, batch: int, quantity: Decimal, out_of: str, to: str) -> None:
    """As a transfer's paper does it."""
    from server.db import Tx
    from server.stock_book import location

    connection = office.connections.of_thread()
    with connection.transaction():
        tx = Tx(connection, office.actor(KEEPER), office.clock, None)
        moves.post(tx, "TRANSFER", "X1", moves.carried(batch, quantity, out_of=location(tx, out_of), to=location(tx, to)))


def test_two_desks_pick_while_a_lot_is_taken_away(office: Office) -> None:
    """Whoever comes first: nothing of the lot is handed out behind it, nothing is promised that is not there, and nobody waits for ever."""
    drug = fresh_drug(office)
    bad = receive(office, drug, 6, days=100)
    waiting = [signed(office, drug) for _ in range(3)]
    unpaid = signed(office, drug, paid=False)
    pick = [lambda one=one: office.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=one.id)) for one in waiting]
    outcomes = at_once(*pick, lambda: hold(office, drug, bad))
    (held,) = [outcome for outcome in outcomes if isinstance(outcome, Held)]
    assert held.quantity == 6 * drug.pack_size
    assert (set(held.short), held.unpaid) == ({one.number for one in waiting}, (unpaid.number,))
    assert {state(office, one) for one in waiting} == {("PAID", "RELEASED")}
    assert len(refusals(outcomes)) + len(held.put_back) == 3
    is_sound(office)


def test_a_lot_is_taken_away_once(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 2)
    outcomes = at_once(*[lambda: hold(office, drug, lot)] * 3)
    assert len(successes(outcomes)) == 1
    assert {type(refusal) for refusal in refusals(outcomes)} == {LotKeptOut}
    is_sound(office)


# --- the way of a lot --------------------------------------------------------------------------------------------------------------


def test_the_way_of_a_lot_ends_in_what_is_there(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 6)
    facts, undone = signed(office, drug, 2, name="林一"), signed(office, drug, name="林二")
    visits.hand_over(office, facts.id)
    visits.hand_over(office, undone.id)
    pharmacist = office.desk(visits.PHARMACIST)
    pharmacist.call(UndoDispense(prescription_id=undone.id, reason=UndoReason.NOT_TAKEN))
    hold(office, drug, lot)
    way = pharmacist.call(GetLotWay(drug_id=drug.id, lot=lot))
    pack = drug.pack_size
    assert [(step.kind, step.place, step.to_place, step.quantity / pack, step.balance / pack) for step in way.steps] == [
        ("RECEIPT", "PHARMACY", "", D(6), D(6)),
        ("DISPENSE", "PHARMACY", "", D(-2), D(4)),
        ("DISPENSE", "PHARMACY", "", D(-1), D(3)),
        ("DISPENSE", "PHARMACY", "", D(1), D(4)),
        ("TRANSFER", "PHARMACY", "QUARANTINE", D(4), D(4)),
    ]
    receipt, out, _, back, _ = way.steps
    assert (receipt.supplier, receipt.invoice, receipt.inspector) == ("国药控股", "FP7", "顾砚")
    assert (out.document, out.prescription_id, out.by, back.undone) == (facts.number, facts.id, "苏叶", True)
    assert sum(place.on_hand for place in way.places) == way.steps[-1].balance
    assert way.earlier == 0
    patients = pharmacist.call(GetLotPatients(drug_id=drug.id, lot=lot)).patients
    assert [(one.patient_name, one.prescription_number, one.phone) for one in patients] == [
        ("林一", facts.number, "13812341234"),
        ("林二", undone.number, "13812341234"),
    ]
    (looked,) = office.rows("SELECT detail FROM audit_entry WHERE act = 'get_lot_patients'")
    assert looked[0] == {"drug": drug.name, "lot": lot, "patients": 2}


def test_patients_are_shown_to_the_pharmacy_alone(office: Office) -> None:
    lot, drug_id = office.rows("SELECT lot, drug_id FROM stock_batch LIMIT 1")[0]
    for login in (KEEPER, visits.CASHIER, visits.DOCTOR):
        with pytest.raises(NotPermitted):
            office.desk(login).call(GetLotPatients(drug_id=drug_id, lot=lot))


def test_lots_are_found(office: Office) -> None:
    drug = fresh_drug(office)
    lot, other = receive(office, drug, 1), receive(office, drug, 1)
    keeper, barcode = office.desk(KEEPER), visits.barcode(office, drug.id)
    assert [found.lot for found in keeper.call(FindLots(text=lot.lower())).lots] == [lot]
    for text in (drug.name, drug.code.lower(), barcode):
        assert [found.lot for found in keeper.call(FindLots(text=text)).lots][:2] == [other, lot], text
    gs1 = f"010{barcode}17280630" + f"10{lot}"
    assert [found.lot for found in keeper.call(FindLots(text=gs1)).lots] == [lot]
    assert not keeper.call(FindLots(text="没有这个")).lots
    hold(office, drug, lot)
    assert lot in {found.lot for found in keeper.call(FindLots()).lots}
    with pytest.raises(NotFound):
        keeper.call(GetLotWay(drug_id=drug.id, lot="NIE"))


def test_the_way_of_a_packs_code(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 2)
    prefix = office.rows("SELECT code FROM drug_code WHERE kind = 'trace_prefix' AND drug_id = %s", drug.id)
    code = f"{prefix[0][0]}0000000000001" if prefix else ""
    assert code, "the sample clinic has learned the prefixes of its drugs"
    facts = signed(office, drug)
    pharmacist = office.desk(visits.PHARMACIST)
    picked = pharmacist.call(PickPrescription(prescription_id=facts.id))
    pharmacist.call(Dispense(prescription_id=facts.id, scans=(Scan(line_id=picked.prescription.lines[0].id, code=code),)))
    found = pharmacist.call(FindLots(text=f" {code} "))
    assert (found.code, [one.lot for one in found.lots]) == (code, [lot])
    (step,) = found.code_steps
    assert (step.prescription_number, step.by, step.lots, step.split, step.returned_at) == (facts.number, "苏叶", (lot,), False, None)
    way: LotWay = pharmacist.call(GetLotWay(drug_id=drug.id, lot=lot))
    assert way.steps[-1].codes == (code,)


# --- recalls -----------------------------------------------------------------------------------------------------------------------


def recalled(office: Office) -> tuple[DrugFacts, list[str], list[PrescriptionFacts]]:
    """Two lots of a drug, of which three patients have some."""
    drug = fresh_drug(office)
    lots = [receive(office, drug, 1, days=100), receive(office, drug, 4, days=200)]
    prescriptions = [signed(office, drug, packs, name=name) for packs, name in ((2, "何一"), (1, "何二"), (1, "何三"))]
    for facts in prescriptions:
        visits.hand_over(office, facts.id)
    return drug, lots, prescriptions


def begin(office: Office, drug: DrugFacts, lots: list[str], level: int = 1) -> int:
    request = OpenRecall(drug_id=drug.id, lots=tuple(lots), level=level, issuer=Issuer.AUTHORITY, document="药监召字2026-17号")
    return office.desk(visits.PHARMACIST).call(request).recall.id


def call(office: Office, recall_id: int, patient_id: int, outcome: CallOutcome, note: str = "") -> None:
    office.desk(visits.PHARMACIST).call(NoteRecallCall(recall_id=recall_id, patient_id=patient_id, outcome=outcome, note=note))


def patients(office: Office, recall_id: int) -> tuple[RecallPatient, ...]:
    return office.desk(visits.PHARMACIST).call(GetRecallPatients(recall_id=recall_id)).patients


def test_a_recall_from_its_notice_to_its_report(office: Office) -> None:
    drug, lots, prescriptions = recalled(office)
    recall_id = begin(office, drug, [*lots, "NEVER1"], level=2)
    pharmacist = office.desk(visits.PHARMACIST)
    (entry,) = [one for one in pharmacist.call(ListRecalls()).recalls if one.id == recall_id]
    pack = drug.pack_size
    assert (entry.lots, entry.patients, entry.to_call, entry.state) == ((*lots, "NEVER1"), 3, 3, "OPEN")
    assert (entry.out, entry.back, entry.aside) == (4 * pack, D(0), pack)
    assert entry.deadline - entry.at == timedelta(hours=48)
    alerts = [alert for alert in pharmacist.call(ListAlerts()).alerts if alert.kind is AlertKind.RECALL and alert.drug_id == drug.id]
    assert {alert.lot: alert.on_hand / pack for alert in alerts} == {"NEVER1": D(0), lots[0]: D(0), lots[1]: D(1)}
    third, second, first = patients(office, recall_id)  # the last one first
    assert (first.patient_name, first.lots, first.quantity, first.phone) == ("何一", tuple(lots), 2 * pack, "13812341234")
    assert (second.prescriptions, second.calls, second.outcome) == ((prescriptions[1].number,), 0, None)
    with pytest.raises(PatientsToCall) as early:
        pharmacist.call(CloseRecall(recall_id=recall_id, report="完成"))
    assert early.value.count == 3
    call(office, recall_id, third.patient_id, CallOutcome.NOT_REACHED, "无人接听")
    call(office, recall_id, first.patient_id, CallOutcome.BRINGS_BACK)
    call(office, recall_id, second.patient_id, CallOutcome.NOT_REACHED)
    call(office, recall_id, second.patient_id, CallOutcome.INFORMED)
    shown = patients(office, recall_id)
    assert [(one.patient_name, one.outcome, one.calls) for one in shown] == [
        ("何三", CallOutcome.NOT_REACHED, 1),
        ("何一", CallOutcome.BRINGS_BACK, 1),
        ("何二", CallOutcome.INFORMED, 2),
    ]
    assert (shown[0].note, shown[0].called_by) == ("无人接听", "苏叶")
    copies = [pharmacist.call(PrintRecallList(recall_id=recall_id)) for _ in range(2)]
    assert [(copy.copy, len(copy.patients), copy.clinic) for copy in copies] == [(1, 3, "杏林诊所"), (2, 3, "杏林诊所")]
    closed = pharmacist.call(CloseRecall(recall_id=recall_id, report="已全部通知"))
    assert (closed.state, closed.report, closed.closed_by, closed.to_call) == ("CLOSED", "已全部通知", "苏叶", 1)
    assert recall_id not in {one.id for one in pharmacist.call(ListRecalls()).recalls}
    assert recall_id in {one.id for one in pharmacist.call(ListRecalls(closed=True)).recalls}
    with pytest.raises(WrongState):
        call(office, recall_id, third.patient_id, CallOutcome.INFORMED)
    is_sound(office)


def test_what_came_back_is_counted_and_nobody_is_called_for_nothing(office: Office) -> None:
    drug, lots, prescriptions = recalled(office)
    recall_id = begin(office, drug, lots)
    pharmacist = office.desk(visits.PHARMACIST)
    (line,) = pharmacist.call(GetReturnable(prescription_id=prescriptions[2].id)).lines
    back = ReturnLine(
        line_id=line.line_id,
        batch_id=line.lots[0].batch_id,
        quantity=drug.pack_size,
        condition=Condition.QUARANTINED,
        codes=(visits.barcode(office, drug.id),),
    )
    pharmacist.call(ReturnDrugs(prescription_id=prescriptions[2].id, reason=ReturnReason.RECALL, lines=(back,)))
    listed = patients(office, recall_id)
    assert [(one.patient_name, one.back / drug.pack_size) for one in listed] == [("何二", D(0)), ("何一", D(0)), ("何三", D(1))]
    (entry,) = [one for one in pharmacist.call(ListRecalls()).recalls if one.id == recall_id]
    assert (entry.patients, entry.to_call, entry.back) == (3, 2, drug.pack_size)
    stranger = visits.new_patient(office, "路人")
    with pytest.raises(NotFound):
        call(office, recall_id, stranger.id, CallOutcome.INFORMED)
    with pytest.raises(NotPermitted):
        office.desk(KEEPER).call(GetRecallPatients(recall_id=recall_id))
    looks = office.rows("SELECT detail->>'drug' FROM audit_entry WHERE act = 'get_recall_patients' AND detail->>'drug' = %s", drug.name)
    assert looks == [(drug.name,)]


def test_a_recalled_lot_is_not_used_again_unless_the_recall_was_withdrawn(office: Office) -> None:
    drug = fresh_drug(office)
    lot = receive(office, drug, 2)
    held = hold(office, drug, lot)
    recall_id = begin(office, drug, [lot], level=3)  # it takes the paper over
    assert office.desk(KEEPER).call(ListHolds()).holds[0].recall.startswith("H")
    with pytest.raises(LotRecalled):
        released(office, held)
    with pytest.raises(LotRecalled):
        begin(office, drug, [lot])
    with pytest.raises(FieldWrong):
        begin(office, drug, ["A", " "])
    office.desk(KEEPER).call(CloseRecall(recall_id=recall_id, report="误发", withdrawn=True))
    assert released(office, held) == 2 * drug.pack_size
    assert places(office, drug, lot) == {"PHARMACY": D(2)}
    is_sound(office)
