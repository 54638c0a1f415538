"""The insurance desk: mappings, uploads, and differences that were cleared."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

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
        " WHEN 'stock_move' THEN EXISTS (SELECT FROM stock_move m WHERE m.id = u.subject_id"
        " AND (m.kind = CASE u.infno WHEN '3506' THEN 'RETURN' WHEN '3504' THEN 'SUPPLIER_RETURN' ELSE 'RECEIPT' END OR u.infno = '3501A'"
        " OR u.infno = '3502' AND m.kind = 'SUPPLIER_RETURN')) END, false)",
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
