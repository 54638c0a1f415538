"""What each row of the queue says, put together out of the clinic's own rows at the moment when it is sent (DOMAIN.md §1.7).

Where a field is demanded and the clinic does not know it, nothing is invented: :class:`Lacking` says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.i18n import N_, tr
from server.db import Read
from server.insurance import uploads as up
from server.insurance_desk import return_rows, stock_rows
from server.insurance_desk.told_drug import CODE, MADE, PAPERS, TURN, Lacking, batch, line_number, pack_price, packs, require_codes

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import ReadTx, Row

#: ``medfee_paymtd_code`` of 4301 [?].
_PAID_BY: Final = {"310": "01", "390": "02"}
_SELF_PAID: Final = "07"

_SALE: Final = Read(
    "SELECT p.number, v.number, doc.name, coalesce(ph.name, ''), coalesce(ic.code, ''), h.at, pt.name, pt.document_kind,"
    f" pt.document_number, u.mdtrtarea_admvs, {TURN} FROM hand_over h"
    " JOIN prescription p ON p.id = h.prescription_id JOIN visit v ON v.id = p.visit_id JOIN staff doc ON doc.id = p.doctor_id"
    " JOIN patient pt ON pt.id = p.patient_id JOIN insurance_setup u ON u.id = 1 LEFT JOIN staff ph ON ph.id = h.staff_id"
    " LEFT JOIN insurance_code ic ON ic.kind = 'pharmacist' AND ic.own_id = h.staff_id WHERE h.id = %(id)s"
)
_PICKS: Final = Read(
    f"SELECT l.id, d.code, l.name, coalesce(m.med_list_codg, ''), b.id, b.lot, {MADE}, b.expires, NOT d.otc, -w.quantity, b.pack_size,"
    " l.unit_price, coalesce(s.setl_id, ''), coalesce(s.psn_no, ''), coalesce(s.insuplc_admdvs, ''), coalesce(o.code, '')"
    " FROM hand_over_line x JOIN stock_move w ON w.id = x.move_id JOIN prescription_line l ON l.id = x.prescription_line_id"
    f" JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = w.batch_id LEFT JOIN open_pack o ON o.id = x.open_pack_id {CODE}"
    " LEFT JOIN charge_line c ON c.prescription_line_id = l.id LEFT JOIN insurance_settlement s ON s.bill_id = c.bill_id AND s.state = 'SETTLED'"
    " WHERE x.hand_over_id = %(id)s AND NOT EXISTS (SELECT FROM stock_move v WHERE v.prescription_line_id = l.id AND v.reverses = w.id"
    " AND v.kind = 'DISPENSE') ORDER BY l.line_no, b.expires, b.id, x.id"
)
_TRACES: Final = Read(
    "SELECT c.prescription_line_id, c.code, c.split_pack FROM dispensed_code c"
    " WHERE c.hand_over_id = %(id)s AND (c.returned_at IS NULL OR c.return_line_id IS NOT NULL) ORDER BY c.id"
)
_RECORD: Final = Read(
    "SELECT v.number, v.registered_at, coalesce(v.started_at, v.registered_at), coalesce(nullif(kc.extra, ''), d.code), d.name, r.text, r.diagnoses,"
    " coalesce(s.mdtrt_id, ''), coalesce(s.psn_no, ''), coalesce(s.insutype, '') FROM visit v JOIN department d ON d.id = v.department_id"
    " LEFT JOIN insurance_code kc ON kc.kind = 'department' AND kc.own_id = d.id LEFT JOIN record r ON r.visit_id = v.id"
    " LEFT JOIN LATERAL (SELECT i.* FROM insurance_settlement i WHERE i.visit_id = v.id AND i.state = 'SETTLED' ORDER BY i.id DESC LIMIT 1) s"
    " ON true WHERE v.id = %(id)s"
)
_DRUGS: Final = Read(
    "SELECT p.number, p.signed_at, l.id, l.name, l.specification, l.form, l.frequency, l.dose, l.dose_unit, l.route, l.days, l.quantity,"
    " l.skin_test, l.advice FROM prescription p JOIN prescription_line l ON l.prescription_id = p.id WHERE p.visit_id = %(id)s"
    " AND p.state NOT IN ('DRAFT', 'REJECTED', 'VOIDED', 'EXPIRED') ORDER BY p.id, l.line_no"
)


class _Part(NamedTuple):
    """So much of one batch that went out for one line at one hand-over: whole packs, or out of opened ones."""

    pick: Row
    quantity: Decimal
    opened: bool
    codes: tuple[str, ...]


def sales(tx: ReadTx, hand_over_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """3505A: a row for each batch of each line, whole packs and opened ones apart, each with the 追溯码 of its packs."""
    head = tx.first(_SALE, id=hand_over_id)
    picks = tx.rows(_PICKS, id=hand_over_id, today=tx.today)
    assert head is not None, "a hand-over is never deleted"
    if not picks:
        raise Lacking(tr(N_("Prescription {number} is not handed over; the hand-over was undone."), number=head[0]))
    if not head[4]:
        raise Lacking(tr(N_("The pharmacist {name} has no national code."), name=head[3]))
    require_codes((row[2], row[3]) for row in picks)
    traces: dict[int, list[tuple[str, bool]]] = {}
    for line_id, code, split in tx.rows(_TRACES, id=hand_over_id):
        traces.setdefault(line_id, []).append((code, split))
    parts = [part for line_id in dict.fromkeys(row[0] for row in picks) for part in _parts(picks, line_id, traces.get(line_id, []))]
    return {"sales": tuple(_sold(head, part) for part in parts)}


def _parts(picks: list[Row], line_id: int, traces: list[tuple[str, bool]]) -> list[_Part]:
    """Codes are scanned by line, not by batch: whole packs' codes go to the batches in the order in which they expire."""
    whole, opened = [code for code, split in traces if not split], [code for code, split in traces if split]
    parts: list[_Part] = []
    for pick in (row for row in picks if row[0] == line_id):
        whole_packs, rest = divmod(pick[9], pick[10])
        if whole_packs:
            mine, whole = whole[: int(whole_packs)], whole[int(whole_packs) :]
            parts.append(_Part(pick, whole_packs * pick[10], False, tuple(mine)))
        if rest:
            mine = [pick[15]] if pick[15] else opened
            parts.append(_Part(pick, rest, True, tuple(mine)))
            opened = [code for code in opened if code not in mine]
    if whole and parts:  # a pack that two batches had to share
        parts[-1] = parts[-1]._replace(codes=(*parts[-1].codes, *whole))
    return _joined(parts)


def _joined(parts: list[_Part]) -> list[_Part]:
    """One row for each batch, sealed and opened apart, however many packs or picks it came out of."""
    rows: dict[tuple[int, bool], _Part] = {}
    for part in parts:
        key = (part.pick[4], part.opened)
        before = rows.get(key)
        if before is not None:
            part = part._replace(quantity=before.quantity + part.quantity, codes=(*before.codes, *part.codes))
        rows[key] = part
    return list(rows.values())


def _sold(head: Row, part: _Part) -> up.Sold:
    line_id, about, batch_id = part.pick[0], part.pick[1:9], part.pick[4]
    pack_size, price, setl_id, psn_no, insuplc = part.pick[10:15]
    number, visit, doctor, pharmacist, licence, at, patient, paper, paper_number, region, turn = head
    return up.Sold(
        drug=batch(*about, split=part.opened, codes=part.codes),
        doctor_name=doctor,
        pharmacist_name=pharmacist,
        pharmacist_licence=licence,
        settled_by="0" if not setl_id else "1" if insuplc[:4] == region[:4] else "2",
        visit_number=visit,
        document_number=number,
        line_number=line_number(line_id, batch_id, turn, opened=part.opened),
        quantity=packs(part.quantity, pack_size),
        price=pack_price(price, pack_size),
        at=at,
        operator=pharmacist,
        setl_id=setl_id,
        psn_no=psn_no,
        identity_kind=PAPERS.get(paper, "99"),
        identity_number=paper_number,
        name=patient,
        prescription_number=number,
    )


def record(tx: ReadTx, visit_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """4301: a finished visit with its record, diagnoses and prescriptions."""
    row = tx.first(_RECORD, id=visit_id)
    assert row is not None, "a visit is never deleted"
    number, registered, begun, department_code, department, text, diagnoses, mdtrt_id, psn_no, insutype = row
    if not diagnoses:
        raise Lacking(tr(N_("Visit {number} has no diagnosis."), number=number))
    told = up.OutpatientRecord(
        registration=up.RecordRegistration(
            visit_number=number,
            kind="1",
            way="1",
            paid_by=_PAID_BY.get(insutype, _SELF_PAID),
            at=registered,
            mdtrt_id=mdtrt_id,
            psn_no=psn_no,
        ),
        case=_case(begun, department_code, department, text or {}),
        diagnoses=tuple(up.RecordDiagnosis(code=one["code"], name=one["name"], main=place == 0) for place, one in enumerate(diagnoses)),
        drugs=tuple(_prescribed(line) for line in tx.rows(_DRUGS, id=visit_id)),
    )
    return {"record": told}


def _case(at: datetime, code: str, department: str, text: dict[str, str]) -> up.RecordCase:
    return up.RecordCase(
        at=at,
        department_code=code,
        department_name=department,
        complaint=text.get("chief_complaint", ""),
        history=text.get("present_illness", ""),
        allergies=text.get("allergy_history", ""),
        examination=text.get("examination", ""),
        disposal=text.get("treatment", ""),
    )


def _prescribed(line: Row) -> up.RecordDrug:
    number, at, line_id, name, specification, form, frequency, dose, unit, route, days, quantity, skin_test, advice = line
    return up.RecordDrug(
        prescription_number=number,
        at=at,
        kind="1",
        line_number=str(line_id),
        name=name,
        specification=specification,
        dosage_form=form,
        frequency=frequency,
        single=dose,
        total=quantity,
        dose_unit=unit,
        route=route,
        days=days,
        skin_test=skin_test,
        footnote=advice,
    )


#: How each kind of row is put together, out of its subject and what was given with it.
BUILD: Final[dict[str, Callable[[ReadTx, int, Mapping[str, Any]], dict[str, Any]]]] = {
    "3501A": stock_rows.stock_take,
    "3502": stock_rows.changed,
    "3503": stock_rows.purchase,
    "3504": stock_rows.given_back,
    "3505A": sales,
    "3506": return_rows.returned,
    "3506A": return_rows.undone,
    "4301": record,
}
