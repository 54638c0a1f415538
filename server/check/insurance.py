"""The insurance desk: mappings, uploads, and differences that were cleared."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

#: From when on everything is told: what was booked in the very minute of connecting may have been just before it.
_SINCE: Final = (
    "WITH since AS (SELECT told_from + interval '1 minute' AS at FROM insurance_setup WHERE connected AND told_from IS NOT NULL)"
)

INSURANCE: Final = (
    Rule(
        "mapping_once",
        "insurance_mapping",
        N_("{count} drugs or services have two national codes on one day."),
        "SELECT b.id, b.own_kind, b.own_id FROM insurance_mapping a JOIN insurance_mapping b ON b.own_kind = a.own_kind AND b.own_id = a.own_id"
        " AND b.id > a.id AND b.begins <= coalesce(a.ends, 'infinity') AND a.begins <= coalesce(b.ends, 'infinity')"
        " WHERE a.upload <> 'WITHDRAWN' AND b.upload <> 'WITHDRAWN'",
    ),
    Rule(
        "mapping_own",
        "insurance_mapping",
        N_("{count} mappings are of a drug or service that does not exist."),
        "SELECT m.id, m.own_kind, m.own_id FROM insurance_mapping m WHERE NOT CASE m.own_kind"
        " WHEN 'drug' THEN EXISTS (SELECT FROM drug d WHERE d.id = m.own_id) ELSE EXISTS (SELECT FROM service_item i WHERE i.id = m.own_id) END",
    ),
    Rule(
        "upload_subject",
        "insurance_upload",
        N_("{count} uploads tell of something that did not happen."),
        "SELECT u.id, u.infno, u.subject, u.subject_id FROM insurance_upload u WHERE NOT coalesce(CASE u.subject"
        " WHEN 'hand_over' THEN EXISTS (SELECT FROM hand_over h WHERE h.id = u.subject_id)"
        " WHEN 'visit' THEN EXISTS (SELECT FROM visit v WHERE v.id = u.subject_id AND v.started_at IS NOT NULL)"
        " WHEN 'stock_move' THEN EXISTS (SELECT FROM stock_move m WHERE m.id = u.subject_id AND CASE u.infno WHEN '3506' THEN m.kind = 'RETURN'"
        " WHEN '3504' THEN m.kind = 'SUPPLIER_RETURN' WHEN '3503' THEN m.kind = 'RECEIPT' WHEN '3502' THEN m.kind NOT IN ('DISPENSE', 'RETURN')"
        " ELSE u.infno = '3501A' END) END, false)",
    ),
    Rule(
        "upload_owed",
        "insurance_upload",
        N_("{count} moves of goods or hand-overs have to be told to the bureau and are not in the queue."),
        f"{_SINCE} SELECT m.id, m.kind, m.document FROM stock_move m JOIN stock_location l ON l.id = m.location_id, since"
        " WHERE m.at >= since.at AND m.kind <> 'DISPENSE' AND l.code <> 'TRANSIT' AND NOT EXISTS (SELECT FROM insurance_upload u"
        " WHERE u.subject = 'stock_move' AND u.subject_id = m.id AND u.infno IN ('3502', '3503', '3504', '3506'))"
        # a purchase and a return to the supplier are told once a batch
        " AND NOT (m.kind IN ('RECEIPT', 'SUPPLIER_RETURN') AND EXISTS (SELECT FROM stock_move o JOIN insurance_upload u ON u.subject = 'stock_move'"
        " AND u.subject_id = o.id AND u.infno IN ('3502', '3503', '3504') WHERE o.batch_id = m.batch_id AND o.document = m.document"
        " AND o.kind = m.kind AND (o.kind = 'SUPPLIER_RETURN' OR u.infno = '3503')))"
        " UNION ALL SELECT h.id, 'hand_over', p.number FROM hand_over h JOIN prescription p ON p.id = h.prescription_id, since"
        " WHERE h.at >= since.at AND NOT EXISTS (SELECT FROM insurance_upload u WHERE u.infno = '3505A' AND u.subject = 'hand_over'"
        " AND u.subject_id = h.id)"
        " UNION ALL SELECT h.id, 'undone', p.number FROM hand_over h JOIN prescription p ON p.id = h.prescription_id JOIN insurance_upload s"
        " ON s.infno = '3505A' AND s.subject = 'hand_over' AND s.subject_id = h.id AND s.payload ? 'sales', since"
        " WHERE EXISTS (SELECT FROM hand_over_line x JOIN stock_move v ON v.prescription_line_id = x.prescription_line_id"
        " AND v.reverses = x.move_id AND v.kind = 'DISPENSE' AND v.at >= since.at WHERE x.hand_over_id = h.id)"
        " AND NOT EXISTS (SELECT FROM insurance_upload u WHERE u.infno = '3506A' AND u.subject = 'hand_over' AND u.subject_id = h.id)",
    ),
    Rule(
        "upload_ended",
        "insurance_upload",
        N_("{count} uploads have ended without a time or a reason, or wait although they have ended."),
        "SELECT u.id, u.state, u.done_at FROM insurance_upload u WHERE (u.state IN ('DONE', 'DROPPED')) <> (u.done_at IS NOT NULL)"
        " OR (u.state IN ('DROPPED', 'FAILED') AND u.error = '')",
    ),
    Rule(
        "insurance_difference_cleared",
        "money_difference",
        N_("{count} differences with the insurance were cleared without a reason, or what was found void still counts."),
        "SELECT d.id, d.way, d.number FROM money_difference d LEFT JOIN insurance_settlement s ON s.id = d.insurance_settlement_id"
        " WHERE d.party = 'insurance' AND d.resolved_at IS NOT NULL AND ((d.way <> 'FOUND_LATER' AND d.resolution = '')"
        " OR (d.way = 'AGAIN' AND s.state IS DISTINCT FROM 'CANCELLED'))",
    ),
)
