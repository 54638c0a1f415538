"""Prescriptions that are paid and handed over, each pack with its 追溯码."""

from __future__ import annotations

from common.messages.pharmacy import Dispense, PickPrescription, Scan
from installer.sample import trace_code
from server.catalogue.starter import starter
from tests import visits
from tests.server.insurance_desk.conftest import Bureau


def pharmacists_known(bureau: Bureau) -> None:
    """Everybody has the bureau's code of a pharmacist."""
    bureau.database.run(
        "INSERT INTO insurance_code (kind, own_id, code) SELECT 'pharmacist', id, 'Y4403' || lpad(id::text, 8, '0') FROM staff"
    )


def dispensed(bureau: Bureau, *drugs: str) -> int:
    """A visit that was finished, with a prescription that was paid and handed over, each pack with its 追溯码."""
    patient = visits.new_patient(bureau, "林静怡")
    visit = visits.register(bureau, patient.id)
    visits.consult(bureau, visit.visit_id)
    prescription = visits.prescribe(bureau, visit.visit_id, *drugs)
    visits.approve(bureau, prescription.id)
    visits.settle_all(bureau, patient.id)
    hand_over(bureau, prescription.id)
    visits.finish(bureau, visit.visit_id)
    return prescription.id


def hand_over(bureau: Bureau, prescription_id: int, known: tuple[Scan, ...] = ()) -> tuple[Scan, ...]:
    """Picked and handed over with codes that no pack had before, or with these."""
    pharmacist = bureau.desk(visits.PHARMACIST)
    picked = pharmacist.call(PickPrescription(prescription_id=prescription_id))
    codes = [row.code for row in starter("drugs")]
    scans = list(known)
    for line in picked.prescription.lines if not known else ():
        own = bureau.database.value("SELECT code FROM drug WHERE id = %s", line.drug_id)
        for _ in range(picked.packs[line.id]):
            scans.append(Scan(line_id=line.id, code=trace_code(codes.index(own) + 1, bureau.serial())))
    pharmacist.call(Dispense(prescription_id=prescription_id, scans=tuple(scans)))
    return tuple(scans)


def scans_of(bureau: Bureau, prescription_id: int) -> tuple[Scan, ...]:
    """The packs of its latest hand-over."""
    rows = bureau.rows(
        "SELECT c.prescription_line_id, c.code FROM dispensed_code c WHERE c.hand_over_id = (SELECT max(h.id) FROM hand_over h"
        " WHERE h.prescription_id = %s) ORDER BY c.id",
        prescription_id,
    )
    return tuple(Scan(line_id=row[0], code=row[1]) for row in rows)
