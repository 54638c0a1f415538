"""What the bureau is told of drugs that came back: from a patient (3506), or never left after all (3506A). Of which sale, how much of which batch,
and the 追溯码 of its packs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.i18n import N_, tr
from server.db import Read
from server.insurance import uploads as up
from server.insurance_desk.told_drug import CODE, MADE, PAPERS, TURN, Lacking, batch, line_number, pack_price, packs, require_codes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from server.db import ReadTx

_BACK: Final = Read(
    f"SELECT d.code, d.name, coalesce(m.med_list_codg, ''), b.id, b.lot, {MADE}, b.expires, NOT d.otc, t.quantity, b.pack_size, l.unit_price,"
    " -o.quantity, l.id, ARRAY(SELECT c.code FROM dispensed_code c WHERE c.return_line_id = t.id ORDER BY c.id),"
    " coalesce((SELECT bool_and(c.split_pack) FROM dispensed_code c WHERE c.return_line_id = t.id), false),"
    " r.number, r.at, r.reason, p.number, v.number, doc.name, s.name, coalesce(ic.code, ''), pt.name, pt.document_kind, pt.document_number,"
    f" u.mdtrtarea_admvs, coalesce(z.setl_id, ''), coalesce(z.psn_no, ''), coalesce(z.insuplc_admdvs, ''), coalesce({TURN}, 1) FROM stock_move w"
    " JOIN drug_return_line t ON t.move_id = w.id JOIN drug_return r ON r.id = t.drug_return_id JOIN stock_move o ON o.id = w.reverses"
    " LEFT JOIN hand_over_line x ON x.move_id = o.id LEFT JOIN hand_over h ON h.id = x.hand_over_id"
    " JOIN prescription_line l ON l.id = t.prescription_line_id JOIN prescription p ON p.id = l.prescription_id JOIN visit v ON v.id = p.visit_id"
    " JOIN drug d ON d.id = l.drug_id JOIN stock_batch b ON b.id = w.batch_id JOIN staff doc ON doc.id = p.doctor_id"
    f" JOIN staff s ON s.id = r.staff_id JOIN patient pt ON pt.id = p.patient_id JOIN insurance_setup u ON u.id = 1 {CODE}"
    " LEFT JOIN insurance_code ic ON ic.kind = 'pharmacist' AND ic.own_id = r.staff_id"
    " LEFT JOIN LATERAL (SELECT i.* FROM charge_line c JOIN insurance_settlement i ON i.bill_id = c.bill_id AND i.state = 'SETTLED'"
    " WHERE c.prescription_line_id = l.id ORDER BY i.id DESC LIMIT 1) z ON true WHERE w.id = %(id)s"
)
#: The sale as it was sent, who undid it and when.
_UNDONE: Final = Read(
    "SELECT s.payload->'sales', v.at, f.name FROM insurance_upload s JOIN hand_over_line x ON x.hand_over_id = s.subject_id"
    " JOIN stock_move v ON v.reverses = x.move_id AND v.kind = 'DISPENSE' JOIN staff f ON f.id = v.staff_id"
    " WHERE s.infno = '3505A' AND s.subject = 'hand_over' AND s.subject_id = %(id)s ORDER BY v.id LIMIT 1"
)


def undone(tx: ReadTx, hand_over_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """3506A: every row of a sale (3505A) that was told, taken back as it was told."""
    row = tx.first(_UNDONE, id=hand_over_id)
    assert row is not None, "only what was told is taken back"
    sales, at, operator = msgspec.convert(row[0], tuple[up.Sold, ...], strict=False), row[1], row[2]
    return {"undone": tuple(_taken_back(sale, at, operator, given["reason"]) for sale in sales)}


def _taken_back(sale: up.Sold, at: datetime, operator: str, reason: str) -> up.Sold:
    number = sale.line_number
    drug = msgspec.structs.replace(sale.drug, memo=reason)
    return msgspec.structs.replace(sale, drug=drug, returns=number, line_number=f"{number}-u", at=at, operator=operator)


def returned(tx: ReadTx, move_id: int, _given: Mapping[str, Any]) -> dict[str, Any]:
    """3506: one batch of one line. ``returns`` is the ``line_number`` of its sale (3505A), where opened packs stand apart."""
    row = tx.first(_BACK, id=move_id, today=tx.today)
    assert row is not None, "a return is never deleted"
    quantity, pack_size, price, handed, line_id, codes, split = row[8:15]
    number, at, reason, prescription, visit, doctor, pharmacist, licence, patient, paper, paper_number, region = row[15:27]
    setl_id, psn_no, insuplc, turn = row[27:]
    if not licence:
        raise Lacking(tr(N_("The pharmacist {name} has no national code."), name=pharmacist))
    require_codes([(row[1], row[2])])
    opened = split or handed < pack_size
    told = up.Sold(
        drug=batch(*row[:8], split=opened, codes=tuple(codes), memo=reason),
        doctor_name=doctor,
        pharmacist_name=pharmacist,
        pharmacist_licence=licence,
        settled_by="0" if not setl_id else "1" if insuplc[:4] == region[:4] else "2",
        visit_number=visit,
        document_number=number,
        line_number=str(move_id),
        quantity=packs(quantity, pack_size),
        price=pack_price(price, pack_size),
        at=at,
        operator=pharmacist,
        setl_id=setl_id,
        psn_no=psn_no,
        identity_kind=PAPERS.get(paper, "99"),
        identity_number=paper_number,
        name=patient,
        prescription_number=prescription,
        returns=line_number(line_id, row[3], turn, opened=opened),
    )
    return {"returned": told}
