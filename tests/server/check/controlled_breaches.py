"""Breaches of the narcotics register and of the catalogue's history, and the life that they are planted into."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.catalogue_attributes import DecideAlike, GetDrugPage, ProposeDrugChange, WithdrawDrugChange
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.controlled import CountControlled, Counted, GetControlledStock, ListRegister, RecordEmpties, RecordResidue
from common.messages.pharmacy import Dispense, PickPrescription, Scan
from common.messages.settlement import Approve
from installer.sample import PASSWORD
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from tests.harness import Clinic

DRUG: Final = "盐酸吗啡注射液"
_OUT: Final = "(SELECT min(e.id) FROM controlled_entry e WHERE e.quantity < 0)"
_CAME: Final = "(SELECT min(e.id) FROM controlled_entry e WHERE e.quantity > 0)"

CONTROLLED: Final = (
    plant("register_rows", f"UPDATE controlled_entry SET at = at - interval '1 hour' WHERE id = {_OUT}"),
    plant("register_running", f"UPDATE controlled_entry SET drug_balance = drug_balance + 1 WHERE id = {_OUT}"),
    plant(
        "register_stock",
        f"UPDATE stock_balance b SET on_hand = on_hand - 1 FROM controlled_entry e WHERE e.id = {_OUT} AND b.batch_id = e.batch_id"
        " AND b.location_id = e.location_id;"
        f"UPDATE stock_level l SET on_hand = on_hand - 1 FROM controlled_entry e WHERE e.id = {_OUT} AND l.drug_id = e.drug_id"
        " AND l.location_id = e.location_id",
        "balance_moves",
    ),
    plant(
        "empties_within",
        f"INSERT INTO controlled_empty (entry_id, quantity, from_whom, staff_id, at) VALUES ({_OUT}, 9, '家属', 1, now())",
    ),
    plant("residue_handed_over", f"UPDATE controlled_residue SET entry_id = {_CAME}"),
    plant(
        "count_booked",
        "UPDATE controlled_count_line SET booked = booked + 1 WHERE batch_id = (SELECT min(batch_id) FROM controlled_count_line)",
    ),
    plant("drug_history", "UPDATE drug SET trade_name = '别的' WHERE trade_name = '芬必得'"),
    plant("change_applied", "UPDATE drug_change SET after = '{\"vbp\": \"1\"}' WHERE state = 'APPLIED'"),
    plant(
        "change_overdue",
        "INSERT INTO drug_change (drug_id, state, before, after, effective_at, proposed_at, proposed_by)"
        " SELECT min(id), 'PROPOSED', '{}', '{}', now() - interval '2 days', now() - interval '3 days', 1 FROM drug",
    ),
    plant("alike_marks", "UPDATE drug SET name_marks = '' WHERE id = (SELECT min(id) FROM drug WHERE name_marks <> '')"),
    plant(
        "drug_change_state",
        "ALTER TABLE drug_change DROP CONSTRAINT ck_drug_change_ended; UPDATE drug_change SET state = 'LOST' WHERE state = 'WITHDRAWN'",
    ),
)


def live_with_controlled(clinic: Clinic) -> None:
    """An ampoule of morphine goes out before two people and comes back empty, the rest of it destroyed; a count; a change and a marked pair."""
    _hand_over(clinic)
    pharmacist = clinic.desk(visits.PHARMACIST)
    entry = pharmacist.call(ListRegister(first_day=date(2026, 1, 1), last_day=date(2099, 1, 1), patients=True)).rows[0]
    pharmacist.call(RecordEmpties(entry_id=entry.id, pieces=1, from_whom="家属"))
    yes = _yes(clinic, "residue", entry.id, "2")
    pharmacist.call(RecordResidue(entry_id=entry.id, amount=Decimal(2), way="倒入下水道", approval_id=yes))
    there = pharmacist.call(GetControlledStock()).batches
    lines = tuple(Counted(batch_id=batch.batch_id, quantity=batch.on_hand) for batch in there)
    total = sum((line.quantity for line in lines), Decimal(0))
    pharmacist.call(CountControlled(lines=lines, approval_id=_yes(clinic, "narcotics_count", len(lines), f"{total.normalize():f}")))
    keeper = clinic.desk("kuyan")
    drug, other = visits.drug(clinic, "布洛芬片"), visits.drug(clinic, "布洛芬缓释胶囊")
    seen = keeper.call(GetDrugPage(drug_id=drug.id)).values
    keeper.call(ProposeDrugChange(drug_id=drug.id, seen={"trade_name": seen["trade_name"]}, after={"trade_name": "芬必得"}))
    keeper.call(DecideAlike(drug_id=drug.id, other_id=other.id, kind="LOOK", kept=True))
    withdrawn = keeper.call(
        ProposeDrugChange(
            drug_id=drug.id, seen={"vbp": "0"}, after={"vbp": "1"}, effective_at=clinic.service.clock.now() + timedelta(days=9)
        )
    )
    keeper.call(WithdrawDrugChange(change_id=withdrawn.id, reason="不进集采了"))


def _yes(clinic: Clinic, act: str, subject: int, detail: str = "") -> int:
    asked = Approve(act=act, subject_id=subject, detail=detail, login="jianglan", password=PASSWORD)
    return clinic.desk(visits.PHARMACIST).call(asked).approval_id


def _hand_over(clinic: Clinic) -> None:
    patient = visits.new_patient(clinic, "孟痛")
    visit = visits.register(clinic, patient.id).visit_id
    visits.consult(clinic, visit)
    line = visits.line(visits.drug(clinic, DRUG), days=1, quantity=Decimal(1), reason="癌痛")
    signed = clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=visit, kind=PrescriptionKind.NARCOTIC, lines=(line,)))
    visits.approve(clinic, signed.id)
    visits.settle_all(clinic, patient.id)
    picked = clinic.desk(visits.PHARMACIST).call(PickPrescription(prescription_id=signed.id))
    scans = tuple(
        Scan(line_id=entry.id, code=visits.barcode(clinic, entry.drug_id))
        for entry in picked.prescription.lines
        for _ in range(picked.packs[entry.id])
    )
    yes = _yes(clinic, "dispense_controlled", signed.id)
    clinic.desk(visits.PHARMACIST).call(Dispense(prescription_id=signed.id, scans=scans, approval_id=yes))
