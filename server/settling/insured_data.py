"""What the bureau is told of a settlement, out of the clinic's own rows (DOMAIN.md §1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common.i18n import N_
from common.settling_errors import InsuranceDataMissing, NotMapped
from server.db import Read
from server.insurance import requests as ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.settlement import InsuranceUse
    from server.db import ReadTx
    from server.settling.insured_rows import Insured
    from server.settling.plan import Settlement

_PATIENT: Final = Read("SELECT name FROM patient WHERE id = %(id)s")
_VISIT: Final = Read(
    "SELECT v.number, v.registered_at, s.id, s.name, d.id, d.code, d.name, coalesce(dc.code, ''), coalesce(kc.code, ''), coalesce(kc.extra, ''),"
    " coalesce(r.diagnoses, '[]'), coalesce(r.text->>'chief_complaint', ''), coalesce(r.saved_at, v.registered_at) FROM visit v"
    " JOIN staff s ON s.id = v.doctor_id JOIN department d ON d.id = v.department_id LEFT JOIN record r ON r.visit_id = v.id"
    " LEFT JOIN insurance_code dc ON dc.kind = 'doctor' AND dc.own_id = s.id"
    " LEFT JOIN insurance_code kc ON kc.kind = 'department' AND kc.own_id = d.id WHERE v.id = %(id)s"
)
#: Each line with the national code that is valid on the day, or none.
_LINES: Final = Read(
    "SELECT c.id, c.name, c.amount_fen - c.refunded_fen AS amount_fen, c.quantity - c.refunded_quantity AS quantity, c.unit_price, c.created_at,"
    " c.source_number, coalesce(m.med_list_codg, ''), coalesce(g.code, i.code, ''), l.dose, l.dose_unit, l.frequency, l.route, l.days"
    " FROM charge_line c LEFT JOIN prescription_line l ON l.id = c.prescription_line_id LEFT JOIN drug g ON g.id = l.drug_id"
    " LEFT JOIN service_item i ON i.id = c.service_item_id LEFT JOIN insurance_mapping m ON m.own_kind = CASE WHEN l.id IS NULL THEN 'service'"
    " ELSE 'drug' END AND m.own_id = coalesce(l.drug_id, c.service_item_id) AND m.begins <= %(today)s"
    " AND (m.ends IS NULL OR m.ends >= %(today)s) AND m.upload <> 'WITHDRAWN' WHERE c.id = ANY(%(ids)s) ORDER BY c.id"
)


def patient_name(tx: ReadTx, patient_id: int) -> str:
    """The name on the file, to be compared with the certificate's."""
    row = tx.first(_PATIENT, id=patient_id)
    return row[0] if row else ""


def check(tx: ReadTx, line_ids: Sequence[int], visit_id: int | None) -> None:
    """Whether the bureau can be told all that it demands. Raises ``NotMapped``, ``InsuranceDataMissing``."""
    unmapped = [row[1] for row in tx.rows(_LINES, ids=list(line_ids), today=tx.today) if not row[7]]
    if unmapped:
        raise NotMapped(names=unmapped)
    visit = tx.first(_VISIT, id=visit_id)
    missing = []
    if visit is None or not visit[7]:
        missing.append(N_("the doctor's national code"))
    if visit is None or not visit[8]:
        missing.append(N_("the department's national code"))
    if visit is None or not visit[10]:
        missing.append(N_("a diagnosis"))
    if missing:
        raise InsuranceDataMissing(what=missing)


def certificate(use: InsuranceUse) -> ask.Certificate:
    """What the patient showed."""
    return ask.Certificate(kind=use.certificate_type, number=use.certificate_number, card_sn=use.card_sn)


def open_visit(tx: ReadTx, insured: Insured, use: InsuranceUse, visit_id: int | None) -> ask.OpenVisit:
    """2201."""
    visit = _visit(tx, visit_id)
    return ask.OpenVisit(
        psn_no=insured.psn_no,
        insutype=insured.insutype,
        begins=visit[1],
        certificate=certificate(use),
        ipt_otp_no=insured.ipt_otp_no,
        doctor_code=visit[7],
        doctor_name=visit[3],
        department_code=visit[8],
        department_name=visit[6],
        caty=visit[9],
    )


def describe_visit(tx: ReadTx, insured: Insured, use: InsuranceUse, visit_id: int | None) -> ask.DescribeVisit:
    """2203: exactly one main diagnosis, the record's first."""
    visit = _visit(tx, visit_id)
    diagnoses = tuple(
        ask.Diagnosis(
            kind="1",
            position=position,
            code=diagnosis["code"],
            name=diagnosis["name"],
            department_code=visit[8],
            doctor_code=visit[7],
            doctor_name=visit[3],
            at=visit[12],
            main=position == 1,
        )
        for position, diagnosis in enumerate(visit[10], start=1)
    )
    return ask.DescribeVisit(
        psn_no=insured.psn_no,
        mdtrt_id=insured.mdtrt_id,
        med_type=use.med_type,
        begins=visit[1],
        diagnoses=diagnoses,
        complaint=visit[11],
        disease_code=use.disease_code,
    )


def upload_fees(tx: ReadTx, insured: Insured, settlement: Settlement) -> ask.UploadFees:
    """2204: every line under its national code."""
    visit, use = _visit(tx, settlement.visit_id), settlement.at_bureau().insurance
    assert use is not None
    return ask.UploadFees(
        psn_no=insured.psn_no,
        mdtrt_id=insured.mdtrt_id,
        batch=insured.batch,
        fees=tuple(_fee(row, visit) for row in _lines(tx, settlement)),
        disease_code=use.disease_code,
    )


def national_codes(tx: ReadTx, settlement: Settlement) -> dict[str, tuple[int, str, int]]:
    """By ``feedetl_sn``: the charge line, its national code and its amount."""
    return {str(row[0]): (row[0], row[7], row[2]) for row in _lines(tx, settlement)}


def _lines(tx: ReadTx, settlement: Settlement) -> list[tuple[Any, ...]]:
    """The lines as they are told: all of them, or what is kept of a bill that goes back."""
    rows = tx.rows(_LINES, ids=list(settlement.at_bureau().line_ids), today=tx.today)
    if settlement.refunds is None:
        return rows
    rest = settlement.refund().rest
    return [(*row[:2], rest[row[0]].amount_fen, rest[row[0]].quantity, *row[4:]) for row in rows]


def _visit(tx: ReadTx, visit_id: int | None) -> tuple[Any, ...]:
    row = tx.first(_VISIT, id=visit_id)
    assert row is not None, "a settlement at the bureau has a visit"
    return row


def _fee(row: tuple[Any, ...], visit: tuple[Any, ...]) -> ask.Fee:
    id, name, amount, quantity, price, at, number, national, own, dose, dose_unit, frequency, route, days = row
    return ask.Fee(
        feedetl_sn=str(id),
        at=at,
        med_list_codg=national,
        own_code=own or name[:30],
        amount_fen=amount,
        quantity=quantity,
        unit_price=price,
        department_code=visit[8],
        department_name=visit[6],
        doctor_code=visit[7],
        doctor_name=visit[3],
        prescription_number=number,
        single_dose="" if dose is None else f"{dose.normalize():f}{dose_unit}",
        frequency=frequency or "",
        route=route or "",
        days=days,
    )
