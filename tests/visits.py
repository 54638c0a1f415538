"""Whole visits in a few lines: what tests write when the way there is not what they test."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from common.messages.cashier import GetUnpaid, Settle, Settled, Tender, TenderKind
from common.messages.catalogue import DrugFacts, SearchDrugs
from common.messages.consult import (
    CallVisit,
    Diagnosis,
    DrugLine,
    FinishVisit,
    PrescriptionFacts,
    PrescriptionKind,
    RecordText,
    SaveRecord,
    SignPrescription,
    StartConsult,
)
from common.messages.herbal import GetWeighing, WeighBag, WeighingFacts, WeighSlice
from common.messages.patients import AllergyState, PatientFile, PatientSummary, RegisterPatient
from common.messages.pharmacy import ApprovePrescription, Dispense, Dispensed, NoCode, PickPrescription, Scan
from common.messages.registration import ListSessions, RegisterVisit, SessionFacts, VisitRegistered
from common.messages.suppliers import DEMANDED, EnterLicence, FindSuppliers, SaveSupplier

if TYPE_CHECKING:
    from tests.harness import Clinic

CLERK, DOCTOR, PHARMACIST, CASHIER = "zhouqing", "fangzhou", "suye", "qianduo"

RECORD = RecordText(
    chief_complaint="咳嗽三天",
    present_illness="三天前受凉后咳嗽，无发热",
    past_history="否认慢性病史",
    allergy_history="否认",
    examination="咽部充血，双肺呼吸音清",
    auxiliary="未查",
    treatment="对症治疗，三日后复诊",
)
COLD = Diagnosis(code="J06.900", name="急性上呼吸道感染")


def cash(fen: int, given: int = 0) -> tuple[Tender, ...]:
    """Cash that covers ``fen``; nothing when nothing is due."""
    return (Tender(kind=TenderKind.CASH, amount_fen=fen, given_fen=given or fen),) if fen else ()


def new_patient(clinic: Clinic, name: str = "张小三", **fields: object) -> PatientSummary:
    """A patient's file."""
    file = PatientFile(
        **{  # type: ignore[arg-type]
            "name": name,
            "sex": "1",
            "birth_date": date(1990, 3, 7),
            "phone": "13812341234",
            "allergy_state": AllergyState.NONE_KNOWN,
            **fields,
        }
    )
    return clinic.desk(CLERK).call(RegisterPatient(file=file, another_person=True))


def session_of(clinic: Clinic, doctor: str = "方舟") -> SessionFacts:
    """A clinic session of today with that doctor."""
    sessions = clinic.desk(CLERK).call(ListSessions()).sessions
    return next(session for session in sessions if session.doctor == doctor)


def register(clinic: Clinic, patient_id: int) -> VisitRegistered:
    """The patient waits."""
    session = session_of(clinic)
    return clinic.desk(CLERK).call(
        RegisterVisit(patient_id=patient_id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=cash(session.fee_fen))
    )


def consult(clinic: Clinic, visit_id: int) -> None:
    """The patient is with the doctor, and the record is written."""
    doctor = clinic.desk(DOCTOR)
    doctor.call(CallVisit(visit_id=visit_id))
    encounter = doctor.call(StartConsult(visit_id=visit_id))
    doctor.call(SaveRecord(visit_id=visit_id, version=encounter.record_version, record=RECORD, diagnoses=(COLD,)))


def drug(clinic: Clinic, text: str) -> DrugFacts:
    """The first drug that a doctor finds."""
    return clinic.desk(DOCTOR).call(SearchDrugs(text=text)).drugs[0]


def line(found: DrugFacts, days: int = 3, **fields: object) -> DrugLine:
    """A drug with its defaults."""
    return DrugLine(
        **{  # type: ignore[arg-type]
            "drug_id": found.id,
            "dose": found.default_dose,
            "frequency": found.default_frequency,
            "route": found.default_route,
            "days": days,
            **fields,
        }
    )


def prescribe(clinic: Clinic, visit_id: int, *names: str) -> PrescriptionFacts:
    """A signed prescription."""
    lines = tuple(line(drug(clinic, name)) for name in names or ("布洛芬",))
    return clinic.desk(DOCTOR).call(SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=lines))


def approve(clinic: Clinic, prescription_id: int) -> None:
    """Passed by the pharmacist."""
    clinic.desk(PHARMACIST).call(ApprovePrescription(prescription_id=prescription_id))


def settle_all(clinic: Clinic, patient_id: int, given: int = 0) -> Settled:
    """Everything paid in cash."""
    unpaid = clinic.desk(CASHIER).call(GetUnpaid(patient_id=patient_id))
    return clinic.desk(CASHIER).call(
        Settle(
            patient_id=patient_id,
            line_ids=tuple(line.id for line in unpaid.lines),
            expected_fen=unpaid.total_fen,
            tenders=cash(unpaid.total_fen, given),
        )
    )


def barcode(clinic: Clinic, drug_id: int) -> str:
    """What stands on each pack of a drug."""
    return str(clinic.database.value("SELECT code FROM drug_code WHERE kind = 'barcode' AND drug_id = %s", drug_id))


def hand_over(clinic: Clinic, prescription_id: int) -> Dispensed:
    """Picked, scanned and handed over."""
    pharmacist = clinic.desk(PHARMACIST)
    picked = pharmacist.call(PickPrescription(prescription_id=prescription_id))
    scans = tuple(
        Scan(line_id=entry.id, code=barcode(clinic, entry.drug_id))
        for entry in picked.prescription.lines
        for _ in range(picked.packs[entry.id])
    )
    return pharmacist.call(Dispense(prescription_id=prescription_id, scans=scans))


def weigh_slices(clinic: Clinic, prescription_id: int) -> WeighingFacts:
    """Every slice and every bag of a picked prescription just as heavy as it should be; nothing of it is toxic or costly."""
    pharmacist = clinic.desk(PHARMACIST)
    found = pharmacist.call(GetWeighing(prescription_id=prescription_id))
    for each in found.slices:
        found = pharmacist.call(WeighSlice(line_id=each.line_id, grams=each.target, by_scale=True))
    for bag in found.bags:
        found = pharmacist.call(WeighBag(prescription_id=prescription_id, bag=bag.bag, grams=bag.target, by_scale=True))
    return found


def hand_over_slices(clinic: Clinic, prescription_id: int) -> Dispensed:
    """Picked, weighed slice by slice and bag by bag, and handed over."""
    pharmacist = clinic.desk(PHARMACIST)
    pharmacist.call(PickPrescription(prescription_id=prescription_id))
    lines = weigh_slices(clinic, prescription_id).prescription.lines
    reasons = tuple(NoCode(line_id=line.id, reason="herbal") for line in lines)
    return pharmacist.call(Dispense(prescription_id=prescription_id, scans=(), without_code=reasons))


def finish(clinic: Clinic, visit_id: int) -> None:
    """Signed off by the doctor."""
    doctor = clinic.desk(DOCTOR)
    version = clinic.database.value("SELECT version FROM record WHERE visit_id = %s", visit_id)
    doctor.call(FinishVisit(visit_id=visit_id, version=version))


def supplier(clinic: Clinic, name: str, keeper: str = "kuyan") -> int:
    """A supplier whose licences hold, entered where there is none of that name; its id."""
    desk = clinic.desk(keeper)
    known = [found.id for found in desk.call(FindSuppliers(text=name, inactive=True)).suppliers if found.name == name]
    if known:
        return known[0]
    supplier_id = desk.call(SaveSupplier(name=name)).supplier_id
    for kind in DEMANDED:
        desk.call(EnterLicence(supplier_id=supplier_id, kind=kind, number=f"{kind}-1", expires=date(2099, 12, 31)))
    return supplier_id
