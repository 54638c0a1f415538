"""What each row of the queue says, put together out of the clinic's own rows at the moment when it is sent (DOMAIN.md §1.7).

Where a field is demanded and the clinic does not know it, nothing is invented: :class:`Lacking` says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.i18n import N_, tr
from server.db import Read
from server.insurance import uploads as up

if TYPE_CHECKING:
    from datetime import date, datetime

    from server.db import ReadTx, Row

#: The kinds of identity papers, from the file's to the bureau's (``psn_cert_type``).
_PAPERS: Final = {"id_card": "01", "hk_macau_permit": "04", "taiwan_permit": "06", "foreign_residence": "07", "passport": "08"}
#: ``inv_chg_type`` of goods that came in: a purchase (3503) would need the day of making and the supplier's invoice, which receipts do not hold yet.
OTHER_IN: Final = "106"
#: ``medfee_paymtd_code`` of 4301 [?].
_PAID_BY: Final = {"310": "01", "390": "02"}
_SELF_PAID: Final = "07"


class Lacking(Exception):
    """Something that the bureau demands is not known here. The sentence is for the person who can enter it."""


#: The national code of a drug that holds today.
_CODE: Final = (
    "LEFT JOIN LATERAL (SELECT g.med_list_codg FROM insurance_mapping g WHERE g.own_kind = 'drug' AND g.own_id = d.id AND g.upload <> 'WITHDRAWN'"
    " AND g.begins <= %(today)s AND (g.ends IS NULL OR g.ends >= %(today)s) ORDER BY g.begins DESC, g.id DESC LIMIT 1) m ON true"
)
_SALE: Final = Read(
    "SELECT p.number, v.number, doc.name, coalesce(ph.name, ''), coalesce(ic.code, ''), p.dispensed_at, pt.name, pt.document_kind,"
    " pt.document_number, u.mdtrtarea_admvs FROM prescription p JOIN visit v ON v.id = p.visit_id JOIN staff doc ON doc.id = p.doctor_id"
    " JOIN patient pt ON pt.id = p.patient_id JOIN insurance_setup u ON u.id = 1 LEFT JOIN staff ph ON ph.id = p.dispenser_id"
    " LEFT JOIN insurance_code ic ON ic.kind = 'pharmacist' AND ic.own_id = p.dispenser_id WHERE p.id = %(id)s"
)
_PICKS: Final = Read(
    "SELECT l.id, d.code, l.name, coalesce(m.med_list_codg, ''), b.id, b.lot, b.expires, NOT d.otc, k.quantity, d.pack_size, l.unit_price,"
    " coalesce(s.setl_id, ''), coalesce(s.psn_no, ''), coalesce(s.insuplc_admdvs, '') FROM pick k JOIN prescription_line l"
    f" ON l.id = k.prescription_line_id JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = k.batch_id {_CODE}"
    " LEFT JOIN charge_line c ON c.prescription_line_id = l.id LEFT JOIN insurance_settlement s ON s.bill_id = c.bill_id AND s.state = 'SETTLED'"
    " WHERE l.prescription_id = %(id)s AND k.state = 'HANDED_OVER' ORDER BY l.line_no, b.expires, b.id"
)
_TRACES: Final = Read(
    "SELECT c.prescription_line_id, c.code, c.split_pack FROM dispensed_code c JOIN prescription_line l ON l.id = c.prescription_line_id"
    " WHERE l.prescription_id = %(id)s AND c.returned_at IS NULL ORDER BY c.id"
)
_MOVE: Final = Read(
    "SELECT d.code, d.name, coalesce(m.med_list_codg, ''), b.id, b.lot, b.expires, NOT d.otc, v.quantity / d.pack_size, b.purchase_price, v.at,"
    f" s.name, v.document FROM stock_move v JOIN drug d ON d.id = v.drug_id JOIN stock_batch b ON b.id = v.batch_id JOIN staff s ON s.id = v.staff_id"
    f" {_CODE} WHERE v.id = %(id)s"
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
    """So much of one batch that went out for one line: whole packs, or out of an opened one."""

    pick: Row
    quantity: Decimal
    opened: bool
    codes: tuple[str, ...]


def sales(tx: ReadTx, prescription_id: int) -> dict[str, Any]:
    """3505A: a row for each batch of each line, whole packs and opened ones apart, each with the 追溯码 of its packs."""
    head = tx.first(_SALE, id=prescription_id)
    picks = tx.rows(_PICKS, id=prescription_id, today=tx.today)
    assert head is not None, "a prescription is never deleted"
    if not head[4]:
        raise Lacking(tr(N_("The pharmacist {name} has no national code."), name=head[3]))
    _require_codes((row[2], row[3]) for row in picks)
    traces: dict[int, list[tuple[str, bool]]] = {}
    for line_id, code, split in tx.rows(_TRACES, id=prescription_id):
        traces.setdefault(line_id, []).append((code, split))
    parts = [part for line_id in dict.fromkeys(row[0] for row in picks) for part in _parts(picks, line_id, traces.get(line_id, []))]
    return {"sales": tuple(_sold(head, part) for part in parts)}


def _require_codes(drugs: Any) -> None:
    missing = sorted({name for name, code in drugs if not code})
    if missing:
        raise Lacking(tr(N_("No national code is mapped for: {names}"), names=", ".join(missing)))


def _parts(picks: list[Row], line_id: int, traces: list[tuple[str, bool]]) -> list[_Part]:
    """Codes are scanned by line, not by batch: whole packs' codes go to the batches in the order in which they expire."""
    whole, opened = [code for code, split in traces if not split], [code for code, split in traces if split]
    parts: list[_Part] = []
    for pick in (row for row in picks if row[0] == line_id):
        packs, rest = divmod(pick[8], pick[9])
        if packs:
            mine, whole = whole[: int(packs)], whole[int(packs) :]
            parts.append(_Part(pick, packs * pick[9], False, tuple(mine)))
        if rest:
            parts.append(_Part(pick, rest, True, tuple(opened)))
            opened = []
    if whole and parts:  # a pack that two batches had to share
        parts[-1] = parts[-1]._replace(codes=(*parts[-1].codes, *whole))
    return parts


def _drug(own_code: str, name: str, national: str, batch: int, lot: str, expires: date, rx: bool, **more: Any) -> up.Drug:
    return up.Drug(
        med_list_codg=national,
        own_code=own_code,
        own_name=name,
        batch_number=str(batch),
        lot=lot,
        made=None,
        expires=expires,
        prescription_drug=rx,
        **more,
    )


def _sold(head: Row, part: _Part) -> up.Sold:
    line_id, own_code, name, national, batch, lot, expires, rx, _, _, price, setl_id, psn_no, insuplc = part.pick
    number, visit, doctor, pharmacist, licence, at, patient, paper, paper_number, region = head
    return up.Sold(
        drug=_drug(own_code, name, national, batch, lot, expires, rx, split=part.opened, codes=part.codes),
        doctor_name=doctor,
        pharmacist_name=pharmacist,
        pharmacist_licence=licence,
        settled_by="0" if not setl_id else "1" if insuplc[:4] == region[:4] else "2",
        visit_number=visit,
        document_number=number,
        line_number=f"{line_id}-{batch}{'-s' if part.opened else ''}",
        quantity=part.quantity,
        price=price,
        at=at,
        operator=pharmacist,
        setl_id=setl_id,
        psn_no=psn_no,
        identity_kind=_PAPERS.get(paper, "99"),
        identity_number=paper_number,
        name=patient,
        prescription_number=number,
    )


def stock(tx: ReadTx, move_id: int) -> dict[str, Any]:
    """3502: goods of one batch that came in, in packs."""
    row = tx.first(_MOVE, id=move_id, today=tx.today)
    assert row is not None, "a move is never deleted"
    own_code, name, national, batch, lot, expires, rx, packs, price, at, operator, document = row
    _require_codes([(name, national)])
    drug = _drug(own_code, name, national, batch, lot, expires, rx, memo=document)
    return {"stock": up.StockChanged(drug=drug, kind=OTHER_IN, price=price, quantity=packs, at=at, operator=operator)}


def record(tx: ReadTx, visit_id: int) -> dict[str, Any]:
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


#: How each kind of row is put together.
BUILD: Final[dict[str, Callable[[ReadTx, int], dict[str, Any]]]] = {"3505A": sales, "3502": stock, "4301": record}
