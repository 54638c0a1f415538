"""Prescriptions: checked and signed by the doctor, held in stock, taken back; and how one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from common import topics
from common.domain import dosage
from common.domain.age import age_text, full_years
from common.domain.money import unit_price
from common.domain.prescription import CheckedLine, Finding, check_prescription, first_refusal, valid_until
from common.errors import NotFound, NotPermitted, WrongState
from common.i18n import CHINESE, N_, language
from common.messages.consult import (
    Diagnosis,
    Expired,
    ExpirePrescriptions,
    GetPrescription,
    HerbalFacts,
    HerbalOrder,
    PrescriptionFacts,
    PrescriptionKind,
    PrescriptionLine,
    SignPrescription,
    VoidPrescription,
)
from common.permissions import Permission
from common.prescribing_errors import NoDiagnosis
from common.wire import Done, encode
from server import herbal, money_book, numbers, records, stock_book
from server.db import Read, Write
from server.drafting import Draft, draft_lines
from server.features import handles
from server.stock_book import reserving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from server.db import Database, ReadTx, Row, Tx

#: Receipt categories of drugs (DOMAIN.md §5.1).
_CATEGORY: Final = {"western": "western_drug", "patent": "patent", "herbal": "herbal"}

# --- signing -----------------------------------------------------------------------------------------------------------------------

_ALLERGENS: Final = Read("SELECT code, name_zh FROM code_name WHERE list = 'allergens'")
_VISIT: Final = Write(
    "SELECT v.number, v.state, v.doctor_id, v.patient_id, v.department_id, d.name, p.number, p.name, p.sex, p.birth_date, p.phone, p.payer,"
    " p.allergy_state, p.allergies, coalesce(c.name, ''), v.registered_at, s.antibacterial_level"
    " FROM visit v JOIN patient p ON p.id = v.patient_id JOIN department d ON d.id = v.department_id JOIN staff s ON s.id = v.doctor_id"
    " LEFT JOIN clinic c ON c.id = 1 WHERE v.id = %(id)s FOR UPDATE OF v"
)
_PRESCRIPTION: Final = Write(
    "INSERT INTO prescription (number, visit_id, patient_id, doctor_id, department_id, kind, state, signed_at, valid_until, amount_fen,"
    " issued, replaces, reserve_at) VALUES (%(number)s, %(visit_id)s, %(patient_id)s, %(doctor_id)s, %(department_id)s, %(kind)s, 'SUBMITTED',"
    " %(now)s, %(valid_until)s, %(amount_fen)s, %(issued)s, %(replaces)s, %(reserve_at)s) RETURNING id"
)
_LINES: Final = Write(
    "INSERT INTO prescription_line (prescription_id, line_no, drug_id, name, specification, form, dose, dose_unit, frequency,"
    " frequency_text, route, route_text, days, quantity, unit, quantity_text, packs, group_no, advice, skin_test, category, unit_price,"
    " amount_fen, reason, handling) SELECT %(id)s, l.line_no, l.drug_id, l.name, l.specification, l.form, l.dose, l.dose_unit, l.frequency,"
    " l.frequency_text, l.route, l.route_text, l.days, l.quantity, l.unit, l.quantity_text, l.packs, l.group_no, l.advice, l.skin_test,"
    " l.category, l.unit_price, l.amount_fen, l.reason, l.handling FROM jsonb_to_recordset(%(lines)s) AS l(line_no int, drug_id bigint, name text,"
    " specification text, form text, dose numeric, dose_unit text, frequency text, frequency_text text, route text, route_text text,"
    " days int, quantity numeric, unit text, quantity_text text, packs int, group_no int, advice text, skin_test text, category text,"
    " unit_price numeric, amount_fen bigint, reason text, handling text) ORDER BY l.line_no RETURNING id"
)
_REPLACED: Final = Write("SELECT number, state, doctor_id FROM prescription WHERE id = %(id)s AND visit_id = %(visit_id)s FOR UPDATE")
_VOID: Final = Write("UPDATE prescription SET state = 'VOIDED', void_reason = %(reason)s WHERE id = %(id)s")


@handles(SignPrescription)
def sign_prescription(tx: Tx, request: SignPrescription) -> PrescriptionFacts:
    """Rules, then stock, then the signed prescription: nothing of it can be changed afterwards, only voided or sent back."""
    visit = _lock_visit(tx, request.visit_id)
    diagnoses = _diagnoses(tx, request)
    drafts = draft_lines(tx, request.lines)
    findings = _check(tx, request.kind, visit, drafts)
    if request.replaces is not None:
        _take_back(tx, request.replaces, request.visit_id, visit[3])
    rule = reserving.at_signing(tx, [_need(0, draft) for draft in drafts])
    amount = sum(draft.amount_fen for draft in drafts)
    number = numbers.dated(tx, "prescription", tx.today)
    row = tx.write_one(
        _PRESCRIPTION,
        number=number,
        visit_id=request.visit_id,
        patient_id=visit[3],
        doctor_id=tx.actor.staff,
        department_id=visit[4],
        kind=request.kind,
        now=tx.now,
        valid_until=valid_until(tx.now),
        amount_fen=amount,
        issued=Jsonb(_issued(tx, visit, diagnoses), dumps=encode),
        replaces=request.replaces,
        reserve_at=rule,
    )
    assert row is not None
    lines = tx.write(_LINES, id=row[0], lines=Jsonb([_line(n, draft) for n, draft in enumerate(drafts, 1)], dumps=encode))
    reserving.hold(tx, rule, [_need(line[0], draft) for line, draft in zip(lines, drafts, strict=True)])
    if request.kind is PrescriptionKind.HERBAL:
        herbal.enter_order(tx, row[0], request.herbal or HerbalOrder(), drafts[0].doses, drafts[0].wrote.route)
    tx.patient_id = visit[3]
    tx.detail = {"number": number, "findings": [f"{f.line}:{type(f.error).__name__}:{f.severity}" for f in findings]}
    tx.changed(topics.PRESCRIPTION, row[0])
    return one(tx, row[0])


def _lock_visit(tx: Tx, visit_id: int) -> Row:
    visit = tx.write_one(_VISIT, id=visit_id)
    if visit is None:
        raise NotFound(kind=N_("Visit"), key=str(visit_id))
    if visit[1] not in ("IN_CONSULT", "ON_HOLD"):
        raise WrongState(machine="visit", key=visit[0], state=visit[1])
    if visit[2] != tx.actor.staff:
        raise NotPermitted(permission=Permission.PRESCRIPTION_SIGN)
    return visit


def _diagnoses(tx: Tx, request: SignPrescription) -> tuple[Diagnosis, ...]:
    """The diagnoses on the paper: those sent along, which are saved with it, or the record's."""
    saved = records.diagnoses_of(tx, request.visit_id)
    wanted = request.diagnoses if request.diagnoses is not None else saved
    if not wanted:
        raise NoDiagnosis
    if wanted != saved:
        records.save_diagnoses(tx, request.visit_id, wanted)
    return wanted


def _check(tx: Tx, kind: PrescriptionKind, visit: Row, drafts: Sequence[Draft]) -> list[Finding]:
    allergies = visit[13]
    findings = check_prescription(
        kind,
        [_checked(draft) for draft in drafts],
        age_years=full_years(visit[9], tx.today),
        allergen_codes=frozenset(allergy["allergen"] for allergy in allergies if allergy.get("allergen")),
        allergy_texts=tuple(allergy["text"] for allergy in allergies),
        doctor_antibacterial=visit[16],
        allergen_names=dict(tx.rows(_ALLERGENS)) if allergies else None,
    )
    refusing = first_refusal(findings)
    if refusing is not None:
        raise refusing
    return findings


def _checked(draft: Draft) -> CheckedLine:
    return CheckedLine(
        drug=draft.drug,
        dose=draft.wrote.dose,
        times=draft.times,
        days=draft.wrote.days,
        quantity=draft.quantity,
        reason=draft.wrote.reason.strip(),
        group=draft.wrote.group,
        max_daily_dose=draft.drug.max_daily_dose,
        min_age_years=draft.drug.min_age_years,
        pregnancy=draft.drug.pregnancy,
        route=draft.wrote.route,
    )


def _issued(tx: Tx, visit: Row, diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """The paper's header, as it is now and stays (DOMAIN.md §2.9)."""
    with language(CHINESE):
        age = age_text(visit[9], visit[15])
    return {
        "clinic": visit[14],
        "payer": visit[11],
        "visit_number": visit[0],
        "patient_number": visit[6],
        "patient_name": visit[7],
        "sex": visit[8],
        "age": age,
        "phone": visit[10],
        "department": visit[5],
        "diagnoses": [_diagnosis_text(diagnosis) for diagnosis in diagnoses],
        "allergy_state": visit[12],
        "allergies": [allergy["text"] for allergy in visit[13]],
        "doctor": tx.actor.name,
    }


def _diagnosis_text(diagnosis: Diagnosis) -> str:
    """``name (note) (code)``, suspected ones marked (DOMAIN.md §2.9 rule 2)."""
    note = f"（{diagnosis.note}）" if diagnosis.note else ""
    return f"{'疑似' if diagnosis.suspected else ''}{diagnosis.name}{note}（{diagnosis.code}）"


def _line(number: int, draft: Draft) -> dict[str, Any]:
    wrote, drug = draft.wrote, draft.drug
    return {
        "line_no": number,
        "drug_id": drug.id,
        "name": drug.name,
        "specification": drug.specification,
        "form": drug.form,
        "dose": wrote.dose,
        "dose_unit": drug.dose_unit,
        "frequency": wrote.frequency,
        "frequency_text": draft.frequency_text,
        "route": wrote.route,
        "route_text": draft.route_text,
        "days": wrote.days,
        "quantity": draft.quantity,
        "unit": drug.base_unit,
        "quantity_text": draft.quantity_text,
        "packs": dosage.packs_to_scan(draft.quantity, drug.pack_size),
        "group_no": wrote.group,
        "advice": wrote.advice,
        "skin_test": drug.skin_test,
        "category": _CATEGORY[drug.drug_class],
        "unit_price": unit_price(drug.pack_price, drug.pack_size),
        "amount_fen": draft.amount_fen,
        "reason": wrote.reason,
        "handling": wrote.handling,
    }


def _need(line_id: int, draft: Draft) -> stock_book.Need:
    return stock_book.Need(line_id=line_id, drug_id=draft.drug.id, quantity=draft.quantity, drug=draft.drug.name, unit=draft.drug.base_unit)


# --- taking back -------------------------------------------------------------------------------------------------------------------

_UNPAID_STATES: Final = ("SUBMITTED", "APPROVED", "REJECTED", "OVERRIDDEN")
_LOCK: Final = Write("SELECT number, state, doctor_id, patient_id FROM prescription WHERE id = %(id)s FOR UPDATE")


def lock(tx: Tx, prescription_id: int, *states: str) -> Row:
    """Lock a prescription (number, state, doctor, patient) in one of ``states``. Raises ``NotFound``, ``WrongState``, ``LinesHeld``."""
    row = tx.write_one(_LOCK, id=prescription_id)
    if row is None:
        raise NotFound(kind=N_("Prescription"), key=str(prescription_id))
    if row[1] not in states:
        raise WrongState(machine="prescription", key=row[0], state=row[1])
    if row[1] != "SUBMITTED":  # its lines may be on their way to be paid, or to be paid back
        money_book.refuse_held(tx, prescription_id)
    return row


def _take_back(tx: Tx, prescription_id: int, visit_id: int, patient_id: int) -> None:
    row = tx.write_one(_REPLACED, id=prescription_id, visit_id=visit_id)
    if row is None:
        raise NotFound(kind=N_("Prescription"), key=str(prescription_id))
    if row[1] not in _UNPAID_STATES:
        raise WrongState(machine="prescription", key=row[0], state=row[1])
    _void(tx, prescription_id, patient_id, "replaced")


def _void(tx: Tx, prescription_id: int, patient_id: int, reason: str) -> None:
    money_book.void_prescription_charges(tx, prescription_id, patient_id)
    tx.write(_VOID, id=prescription_id, reason=reason)
    stock_book.release(tx, prescription_id)
    tx.changed(topics.PRESCRIPTION, prescription_id)


@handles(VoidPrescription)
def void_prescription(tx: Tx, request: VoidPrescription) -> Done:
    """The doctor takes back what nobody has paid."""
    row = lock(tx, request.prescription_id, *_UNPAID_STATES)
    if row[2] != tx.actor.staff:
        raise NotPermitted(permission=Permission.PRESCRIPTION_SIGN)
    _void(tx, request.prescription_id, row[3], request.reason)
    tx.patient_id = row[3]
    tx.detail = {"reason": request.reason}
    return Done()


#: What a cashier is settling at this moment is paid, or expires afterwards.
_PAST: Final = (
    "state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'OVERRIDDEN') AND valid_until < %(now)s"
    " AND NOT EXISTS (SELECT FROM charge_line c WHERE c.prescription_id = prescription.id AND c.settlement_id IS NOT NULL)"
)
_EXPIRED: Final = Write(f"SELECT id, patient_id FROM prescription WHERE {_PAST} ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED")
_EXPIRE: Final = Write("UPDATE prescription SET state = 'EXPIRED' WHERE id = %(id)s")


def expire(tx: Tx, prescription_id: int, patient_id: int) -> None:
    """Past its validity and unpaid: nobody owes for it, and its stock is free."""
    money_book.void_prescription_charges(tx, prescription_id, patient_id)
    tx.write(_EXPIRE, id=prescription_id)
    stock_book.release(tx, prescription_id)
    tx.changed(topics.PRESCRIPTION, prescription_id)


_ANY_EXPIRED: Final = Read(f"SELECT 1 FROM prescription WHERE {_PAST} LIMIT 1")


def prescriptions_past_validity(database: Database, now: datetime) -> bool:
    """Whether there is anything to expire, so that the trail is not filled with acts that did nothing."""
    return database.of_thread().execute(_ANY_EXPIRED.bytes, {"now": now}).fetchone() is not None


@handles(ExpirePrescriptions, replayed=False)
def expire_prescriptions(tx: Tx, request: ExpirePrescriptions) -> Expired:
    """At most 200 at once; the service asks again until none is left."""
    rows = tx.write(_EXPIRED, now=tx.now)
    for prescription_id, patient_id in rows:
        expire(tx, prescription_id, patient_id)
    tx.detail = {"expired": len(rows)}
    return Expired(expired=len(rows))


# --- reading -----------------------------------------------------------------------------------------------------------------------

_FACTS: Final = (
    "SELECT p.id, p.number, p.visit_id, p.kind, p.state, p.issued, p.patient_id, p.amount_fen, p.signed_at, p.valid_until,"
    " coalesce(r.name, ''), p.reviewed_at, p.rejection, coalesce(k.name, ''), coalesce(o.name, ''), p.dispensed_at,"
    f" h.doses, h.portions, {herbal.DECOCTS}, h.usage FROM prescription p LEFT JOIN herbal_order h ON h.prescription_id = p.id"
    " LEFT JOIN staff r ON r.id = p.reviewer_id LEFT JOIN staff k ON k.id = p.picker_id LEFT JOIN staff o ON o.id = p.dispenser_id"
)
_BY_ID: Final = Read(f"{_FACTS} WHERE p.id = %(id)s")
_BY_VISIT: Final = Read(f"{_FACTS} WHERE p.visit_id = %(visit_id)s ORDER BY p.id")
_LINE_FACTS: Final = Read(
    "SELECT l.id, l.drug_id, l.name, l.specification, l.form, l.dose, l.dose_unit, l.frequency, l.frequency_text, l.route, l.route_text, l.days,"
    ' l.quantity, l.unit, l.quantity_text, l.group_no AS "group", l.advice, l.skin_test, l.unit_price, l.amount_fen, l.dispensed, l.reason,'
    " l.handling, l.returned, l.given_up, CASE WHEN d.name = l.name THEN d.name_marks ELSE '' END AS name_marks,"
    " CASE WHEN d.specification = l.specification THEN d.specification_marks ELSE '' END AS specification_marks"
    " FROM prescription_line l JOIN drug d ON d.id = l.drug_id WHERE l.prescription_id = %(id)s ORDER BY l.line_no"
)


def one(tx: ReadTx, prescription_id: int) -> PrescriptionFacts:
    """A prescription as it was at signing, with its state now. Raises ``NotFound``."""
    row = tx.one(_BY_ID, NotFound(kind=N_("Prescription"), key=str(prescription_id)), id=prescription_id)
    return _facts(tx, row)


def of_visit(tx: ReadTx, visit_id: int) -> tuple[PrescriptionFacts, ...]:
    """A visit's prescriptions, oldest first."""
    return tuple(_facts(tx, row) for row in tx.rows(_BY_VISIT, visit_id=visit_id))


def _facts(tx: ReadTx, row: Row) -> PrescriptionFacts:
    issued = row[5]
    return PrescriptionFacts(
        id=row[0],
        number=row[1],
        visit_id=row[2],
        visit_number=issued["visit_number"],
        kind=PrescriptionKind(row[3]),
        state=row[4],
        clinic=issued["clinic"],
        payer=issued["payer"],
        patient_id=row[6],
        patient_number=issued["patient_number"],
        patient_name=issued["patient_name"],
        sex=issued["sex"],
        age=issued["age"],
        weight=issued.get("weight", ""),
        phone=issued["phone"],
        department=issued["department"],
        diagnoses=tuple(issued["diagnoses"]),
        allergy_state=issued["allergy_state"],
        allergies=tuple(issued["allergies"]),
        lines=tx.structs(PrescriptionLine, _LINE_FACTS, id=row[0]),
        amount_fen=row[7],
        doctor=issued["doctor"],
        signed_at=row[8],
        valid_until=row[9],
        reviewer=row[10],
        reviewed_at=row[11],
        rejection=_rejection(row[12]),
        picker=row[13],
        dispenser=row[14],
        dispensed_at=row[15],
        herbal=HerbalFacts(doses=row[16], portions=row[17], decoct=row[18], usage=row[19]) if row[16] is not None else None,
    )


def _rejection(rejection: dict[str, Any] | None) -> str:
    if rejection is None:
        return ""
    return "; ".join([*rejection["reasons"], *filter(None, [rejection["note"]])])


@handles(GetPrescription)
def get_prescription(tx: ReadTx, request: GetPrescription) -> PrescriptionFacts:
    """One prescription."""
    return one(tx, request.prescription_id)
