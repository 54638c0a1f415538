"""The narcotics register against the stock that it is kept of, and what people added to it; the catalogue against its own history."""

from __future__ import annotations

from typing import Final

from common.i18n import N_
from server.check.rule import Rule

_KEPT: Final = "d.controlled IN ('narcotic', 'psychotropic_1')"
#: A column of the catalogue as history writes it.
_SAID: Final = (
    "CASE jsonb_typeof(to_jsonb(d)->h.field) WHEN 'boolean' THEN CASE to_jsonb(d)->>h.field WHEN 'true' THEN '1' ELSE '0' END"
    " WHEN 'number' THEN trim_scale((to_jsonb(d)->>h.field)::numeric)::text ELSE coalesce(to_jsonb(d)->>h.field, '') END"
)

CONTROLLED: Final = (
    Rule(
        "register_rows",
        "stock_move",
        N_("{count} moves of narcotics have no row in the register, or one that says something else."),
        "SELECT m.id, m.document, m.quantity, e.quantity AS told FROM stock_move m JOIN drug d ON d.id = m.drug_id"
        f" LEFT JOIN controlled_entry e ON e.move_id = m.id WHERE {_KEPT} AND (e.id IS NULL OR"
        " (e.quantity, e.batch_id, e.drug_id, e.location_id, e.at) <> (m.quantity, m.batch_id, m.drug_id, m.location_id, m.at)"
        " OR e.prescription_line_id IS DISTINCT FROM m.prescription_line_id)",
    ),
    Rule(
        "register_running",
        "controlled_entry",
        N_("{count} rows of the narcotics register do not go on from the balance of the row before."),
        "WITH run AS (SELECT e.id, e.drug, e.batch_balance, e.drug_balance,"
        " sum(e.quantity) OVER (PARTITION BY e.location_id, e.batch_id ORDER BY e.move_id) AS batch_sum,"
        " sum(e.quantity) OVER (PARTITION BY e.location_id, e.drug_id ORDER BY e.move_id) AS drug_sum"
        f" FROM controlled_entry e JOIN drug d ON d.id = e.drug_id WHERE {_KEPT})"
        " SELECT * FROM run WHERE batch_balance <> batch_sum OR drug_balance <> drug_sum",
    ),
    Rule(
        "register_stock",
        "stock_balance",
        N_("{count} batches of narcotics have another stock than the register's last row says."),
        "WITH last AS (SELECT DISTINCT ON (e.location_id, e.batch_id) e.location_id, e.batch_id, e.batch_balance FROM controlled_entry e"
        " ORDER BY e.location_id, e.batch_id, e.move_id DESC) SELECT b.batch_id AS id, b.location_id, b.on_hand, l.batch_balance FROM stock_balance b"
        f" JOIN drug d ON d.id = b.drug_id LEFT JOIN last l ON l.location_id = b.location_id AND l.batch_id = b.batch_id WHERE {_KEPT}"
        " AND b.on_hand <> coalesce(l.batch_balance, 0)",
    ),
    Rule(
        "empties_within",
        "controlled_entry",
        N_("{count} hand-overs of narcotics have more empties back than went out, or fewer than none."),
        "SELECT e.id, e.drug, e.quantity, x.empties FROM controlled_entry e JOIN stock_move m ON m.id = e.move_id JOIN (SELECT entry_id,"
        " sum(quantity) AS empties FROM controlled_empty GROUP BY entry_id) x ON x.entry_id = e.id WHERE x.empties NOT BETWEEN 0 AND -e.quantity"
        " OR m.kind <> 'DISPENSE'",
    ),
    Rule(
        "residue_handed_over",
        "controlled_residue",
        N_("{count} residues were destroyed of what never went to a patient."),
        "SELECT r.id, e.id AS entry_id, e.drug, r.amount FROM controlled_residue r JOIN controlled_entry e ON e.id = r.entry_id"
        " JOIN stock_move m ON m.id = e.move_id WHERE m.kind <> 'DISPENSE' OR e.quantity > 0",
    ),
    Rule(
        "count_booked",
        "controlled_count",
        N_("{count} batches stood otherwise in the register than a count at the change of shifts says."),
        "SELECT c.id, l.batch_id, l.booked, s.quantity FROM controlled_count c JOIN controlled_count_line l ON l.count_id = c.id CROSS JOIN LATERAL"
        " (SELECT coalesce(sum(e.quantity), 0) AS quantity FROM controlled_entry e WHERE e.batch_id = l.batch_id AND e.location_id = c.location_id"
        " AND e.id <= c.upto) s WHERE l.booked <> s.quantity",
    ),
    Rule(
        "drug_history",
        "drug",
        N_("{count} drugs say something else than the last change in their history."),
        "WITH last AS (SELECT DISTINCT ON (drug_id, field) drug_id, field, after FROM drug_history ORDER BY drug_id, field, id DESC)"
        f" SELECT d.id, d.name, h.field, h.after, {_SAID} AS says FROM last h JOIN drug d ON d.id = h.drug_id WHERE h.after <> {_SAID}",
    ),
    Rule(
        "change_applied",
        "drug_change",
        N_("{count} changes of the catalogue took effect otherwise than they said, or without having to."),
        "SELECT c.id, c.state, c.after, h.told FROM drug_change c LEFT JOIN LATERAL (SELECT jsonb_object_agg(field, after) AS told FROM drug_history"
        " WHERE change_id = c.id) h ON true WHERE CASE c.state WHEN 'APPLIED' THEN h.told IS DISTINCT FROM c.after ELSE h.told IS NOT NULL END",
    ),
    Rule(
        "change_overdue",
        "drug_change",
        N_("{count} changes of the catalogue should have taken effect a day ago."),
        "SELECT c.id, c.drug_id, c.effective_at FROM drug_change c WHERE c.state = 'PROPOSED' AND c.effective_at < now() - interval '1 day'",
    ),
    Rule(
        "alike_marks",
        "drug",
        N_("{count} drugs are marked although nothing is like them, or not marked although something is."),
        "WITH alike AS (SELECT d.id, bool_or(a.kind <> 'STRENGTH' AND o.name <> d.name) AS named,"
        " bool_or(a.kind = 'STRENGTH' AND o.specification <> d.specification) AS measured FROM drug d JOIN drug_alike a ON a.kept"
        " AND d.id IN (a.drug_id, a.other_id) JOIN drug o ON o.id = a.drug_id + a.other_id - d.id GROUP BY d.id)"
        " SELECT d.id, d.name, d.name_marks, d.specification_marks FROM drug d LEFT JOIN alike a ON a.id = d.id"
        " WHERE (d.name_marks <> '') <> coalesce(a.named, false) OR (d.specification_marks <> '') <> coalesce(a.measured, false)",
    ),
)
