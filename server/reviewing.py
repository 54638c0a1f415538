"""Reviewing 审方 beyond one yes or no: what the rules find clean, earlier drugs of the patient, and asking the doctor.

A prescription is clean if :func:`common.domain.prescription.check_prescription` finds nothing at all in it with the patient's file as it is now,
and nothing about it needs a person's judgement: no controlled or herbal kind, no skin test, no reason that the doctor gave, never sent back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from common import topics
from common.domain import dosage
from common.domain.age import full_years
from common.domain.prescription import CheckedLine, check_prescription
from common.errors import FieldWrong, NotFound, XinglinError
from common.i18n import N_
from common.messages.catalogue import DrugFacts
from common.messages.consult import PrescriptionKind
from common.messages.patients import AllergyState
from common.messages.pharmacy import ApprovePrescription
from common.messages.reviewing import (
    DoctorCallFacts,
    DoctorContact,
    DoctorOutcome,
    EarlierDrug,
    EarlierDrugs,
    GetDoctorContact,
    GetEarlierDrugs,
    Judged,
    Judgements,
    JudgeReviews,
    PassClean,
    RecordDoctorCall,
)
from common.prescribing_errors import PrescriptionExpired
from common.window_errors import BatchReviewOff, NotClean, ReviewAlone
from common.wire import Done, Refused
from server import pharmacy, pharmacy_rules, prescribing
from server.db import Read, Write
from server.drafting import DRUG_COLUMNS
from server.features import handles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Tx

#: What may be passed together; every other kind is looked at by itself.
BATCH_KINDS: Final = (PrescriptionKind.ORDINARY, PrescriptionKind.EMERGENCY, PrescriptionKind.PAEDIATRIC)
#: How far back the earlier drugs go.
EARLIER_DAYS: Final = 90

_HEADS: Final = (
    "SELECT p.id, p.number, p.kind, p.issued->>'allergy_state', p.issued->'allergies', p.replaces IS NOT NULL, p.valid_until, t.birth_date,"
    " t.allergy_state, t.allergies, s.antibacterial_level FROM prescription p JOIN patient t ON t.id = p.patient_id"
    " JOIN staff s ON s.id = p.doctor_id"
)
_WAITING: Final = Read(f"{_HEADS} WHERE p.state = 'SUBMITTED' ORDER BY p.signed_at, p.id LIMIT 300")
_ONE: Final = Read(f"{_HEADS} WHERE p.id = %(id)s")
_LINES: Final = Read(
    "SELECT l.prescription_id, l.drug_id, l.name, l.dose, l.days, l.quantity, l.group_no, l.reason, l.skin_test, f.times"
    " FROM prescription_line l LEFT JOIN frequency f ON f.code = l.frequency WHERE l.prescription_id = ANY(%(ids)s)"
    " ORDER BY l.prescription_id, l.line_no"
)
_DRUGS: Final = Read(f"SELECT {DRUG_COLUMNS} FROM drug d WHERE d.id = ANY(%(ids)s) AND d.active")
_ALLERGENS: Final = Read("SELECT code, name_zh FROM code_name WHERE list = 'allergens'")


class _Head(NamedTuple):
    id: int
    number: str
    kind: str
    issued_state: str
    issued_allergies: list[str]
    replaced: bool
    valid_until: Any
    birth_date: Any
    allergy_state: str
    allergies: list[dict[str, Any]]
    doctor_level: str


class _Line(NamedTuple):
    prescription_id: int
    drug_id: int
    name: str
    dose: Any
    days: int
    quantity: Any
    group: int
    reason: str
    skin_test: str
    times: str | None


class _Known(NamedTuple):
    """What the judging of many prescriptions shares."""

    lines: dict[int, list[_Line]]
    drugs: dict[int, DrugFacts]
    allergens: dict[str, str]


# --- clean or not -------------------------------------------------------------------------------------------------------------------


@handles(JudgeReviews)
def judge_reviews(tx: ReadTx, request: JudgeReviews) -> Judgements:
    """Everything that waits for review, judged."""
    heads = [_Head(*row) for row in tx.rows(_WAITING)]
    known = _known(tx, [head.id for head in heads])
    judged = (Judged(prescription_id=head.id, whys=tuple(_told(why) for why in _whys(tx, head, known))) for head in heads)
    return Judgements(allowed=pharmacy_rules.rules(tx).batch_review, judged=tuple(judged))


def _told(error: XinglinError) -> Refused:
    return Refused(error=type(error).__name__, fields=error.fields)


def _known(tx: ReadTx, ids: Sequence[int]) -> _Known:
    lines: dict[int, list[_Line]] = {id: [] for id in ids}
    for line in (_Line(*row) for row in tx.rows(_LINES, ids=list(ids))):
        lines[line.prescription_id].append(line)
    drug_ids = sorted({line.drug_id for each in lines.values() for line in each})
    found = tx.structs(DrugFacts, _DRUGS, ids=drug_ids, today=tx.today)
    drugs = {drug.id: msgspec.structs.replace(drug, allergens=tuple(drug.allergens)) for drug in found}
    return _Known(lines, drugs, dict(tx.rows(_ALLERGENS)))


def _whys(tx: ReadTx, head: _Head, known: _Known) -> list[XinglinError]:
    """Everything that speaks against passing it with others."""
    whys: list[XinglinError] = []
    if head.kind not in BATCH_KINDS:
        whys.append(ReviewAlone(reason=N_("batch review|this kind is reviewed by itself")))
    if head.replaced:
        whys.append(ReviewAlone(reason=N_("batch review|the doctor changed it")))
    if head.valid_until < tx.now:
        whys.append(PrescriptionExpired(number=head.number, valid_until=f"{head.valid_until:%Y-%m-%d %H:%M}"))
    whys += _about_allergies(head)
    checked = []
    for line in known.lines[head.id]:
        drug = known.drugs.get(line.drug_id)
        if drug is None or line.times is None:
            whys.append(ReviewAlone(drug=line.name, reason=N_("batch review|not compared by rule")))
            continue
        if line.skin_test == "required":
            whys.append(ReviewAlone(drug=line.name, reason=N_("batch review|needs a skin test")))
        if line.reason.strip():
            whys.append(ReviewAlone(drug=line.name, reason=N_("batch review|the doctor gave a reason")))
        checked.append(_checked(line, drug))
    return whys + _findings(tx, head, checked, known)


def _about_allergies(head: _Head) -> list[XinglinError]:
    if head.allergy_state not in (AllergyState.KNOWN, AllergyState.NONE_KNOWN):
        return [ReviewAlone(reason=N_("batch review|allergies are not known"))]
    now = sorted(allergy["text"] for allergy in head.allergies) if head.allergy_state == AllergyState.KNOWN else []
    if head.issued_state != head.allergy_state or sorted(head.issued_allergies) != now:
        return [ReviewAlone(reason=N_("batch review|the patient's file says other allergies now"))]
    return []


def _checked(line: _Line, drug: DrugFacts) -> CheckedLine:
    assert line.times is not None
    return CheckedLine(
        drug=drug,
        dose=line.dose,
        times=dosage.times_per_day(line.times),
        days=line.days,
        quantity=line.quantity,
        reason="",
        group=line.group,
        max_daily_dose=drug.max_daily_dose,
        min_age_years=drug.min_age_years,
        pregnancy=drug.pregnancy,
    )


def _findings(tx: ReadTx, head: _Head, lines: list[CheckedLine], known: _Known) -> list[XinglinError]:
    allergies = head.allergies if head.allergy_state == AllergyState.KNOWN else []
    found = check_prescription(
        PrescriptionKind(head.kind),
        lines,
        age_years=max(0, full_years(head.birth_date, tx.today)),
        allergen_codes=frozenset(allergy["allergen"] for allergy in allergies if allergy.get("allergen")),
        allergy_texts=tuple(allergy["text"] for allergy in allergies),
        doctor_antibacterial=head.doctor_level,
        allergen_names=known.allergens,
    )
    return [finding.error for finding in found]


@handles(PassClean, keeps_refusals=True)
def pass_clean(tx: Tx, request: PassClean) -> PrescriptionFacts | PrescriptionExpired:
    """One of a batch: an approval like any other, if it is still clean at this moment."""
    if not pharmacy_rules.rules(tx).batch_review:
        raise BatchReviewOff
    prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    head = _Head(*tx.one(_ONE, NotFound(kind=N_("Prescription"), key=str(request.prescription_id)), id=request.prescription_id))
    whys = _whys(tx, head, _known(tx, [head.id]))
    if any(not isinstance(why, PrescriptionExpired) for why in whys):
        raise NotClean(number=head.number)
    approved = pharmacy.approve_prescription(tx, ApprovePrescription(prescription_id=head.id))
    tx.detail = {"batch": request.batch, "number": head.number}
    return approved


# --- earlier drugs ------------------------------------------------------------------------------------------------------------------

_EARLIER: Final = Read(
    "SELECT l.drug_id, l.name, l.specification, l.quantity, l.quantity_text, l.dose, l.dose_unit, l.frequency, l.frequency_text, l.days,"
    " p.signed_at, p.issued->>'doctor' AS doctor, p.issued->>'department' AS department, p.state FROM visit v"
    " JOIN prescription p ON p.visit_id = v.id JOIN prescription_line l ON l.prescription_id = p.id"
    " WHERE v.patient_id = %(patient_id)s AND p.id <> %(prescription_id)s AND p.signed_at >= %(since)s"
    " AND p.state NOT IN ('DRAFT', 'REJECTED', 'VOIDED', 'EXPIRED') ORDER BY p.signed_at DESC, l.prescription_id, l.line_no LIMIT 60"
)


@handles(GetEarlierDrugs)
def get_earlier_drugs(tx: ReadTx, request: GetEarlierDrugs) -> EarlierDrugs:
    """What else the patient takes or took."""
    tx.viewed = request.patient_id
    since = tx.now - timedelta(days=EARLIER_DAYS)
    lines = tx.structs(EarlierDrug, _EARLIER, patient_id=request.patient_id, prescription_id=request.prescription_id, since=since)
    return EarlierDrugs(lines=lines)


# --- asking the doctor --------------------------------------------------------------------------------------------------------------

_DOCTOR: Final = Read(
    "SELECT s.id, s.name, s.title, p.issued->>'department', s.phone FROM prescription p JOIN staff s ON s.id = p.doctor_id WHERE p.id = %(id)s"
)
_ROOMS: Final = Read(
    "SELECT room FROM clinic_session WHERE doctor_id = %(doctor_id)s AND date = %(today)s AND capacity > 0 AND room <> ''"
    " GROUP BY room ORDER BY min(starts)"
)
_CALLS: Final = Read(
    "SELECT c.outcome, c.note, s.name AS by, c.at FROM doctor_call c JOIN staff s ON s.id = c.staff_id"
    " WHERE c.prescription_id = %(id)s ORDER BY c.id"
)
_ASKED: Final = Write(
    "INSERT INTO doctor_call (prescription_id, outcome, note, staff_id, at) VALUES (%(id)s, %(outcome)s, %(note)s, %(staff_id)s, %(at)s)"
)


@handles(GetDoctorContact)
def get_doctor_contact(tx: ReadTx, request: GetDoctorContact) -> DoctorContact:
    """Where the doctor is reached, and what was asked before."""
    missing = NotFound(kind=N_("Prescription"), key=str(request.prescription_id))
    doctor_id, name, title, department, phone = tx.one(_DOCTOR, missing, id=request.prescription_id)
    calls = tx.rows(_CALLS, id=request.prescription_id)
    return DoctorContact(
        prescription_id=request.prescription_id,
        doctor=name,
        title=title,
        department=department,
        phone=phone,
        rooms=tuple(row[0] for row in tx.rows(_ROOMS, doctor_id=doctor_id, today=tx.today)),
        calls=tuple(DoctorCallFacts(outcome=DoctorOutcome(row[0]), note=row[1], by=row[2], at=row[3]) for row in calls),
    )


@handles(RecordDoctorCall)
def record_doctor_call(tx: Tx, request: RecordDoctorCall) -> Done:
    """The doctor was asked about what waits for review."""
    row = prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    note = request.note.strip()
    if request.outcome is DoctorOutcome.OTHER and not note:
        raise FieldWrong(field=N_("Note"), reason=N_("what came of it"))
    tx.write(_ASKED, id=request.prescription_id, outcome=str(request.outcome), note=note, staff_id=tx.actor.staff, at=tx.now)
    tx.patient_id = row[3]
    tx.detail = {"number": row[0], "outcome": str(request.outcome), "note": note}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return Done()
