"""Breaches of what the insurance desk promises."""

from __future__ import annotations

from typing import Final

from tests.server.check.planted import plant

_MAP: Final = (
    "INSERT INTO insurance_mapping (own_kind, own_id, list_type, med_list_codg, begins, ends, mapped_at, mapped_by)"
    " VALUES ('drug', {0}, '101', '{1}', '{2}', {3}, now(), 1)"
)
_UNTIL: Final = "'2026-01-01'"
_DRUG: Final = "(SELECT min(id) FROM drug)"
_TELL: Final = (
    "INSERT INTO insurance_upload (infno, subject, subject_id, payload, state, next_try_at, entered_at, error)"
    " VALUES ('3505A', 'hand_over', {0}, '{{}}', '{1}', now(), now(), '')"
)
_DISPENSED: Final = "(SELECT min(id) FROM hand_over)"

INSURANCE: Final = (
    plant(
        "mapping_once",
        f"{_MAP.format(_DRUG, 'A', '2026-01-01', _UNTIL)}; {_MAP.format(_DRUG, 'B', '2025-06-01', _UNTIL)}",
    ),
    plant("mapping_own", _MAP.format("0", "A", "2026-01-01", "NULL")),
    plant("upload_subject", _TELL.format("(SELECT max(id) + 1 FROM hand_over)", "PENDING")),
    plant("upload_owed", "UPDATE insurance_setup SET connected = true, told_from = '-infinity'"),
    plant("upload_ended", _TELL.format(_DISPENSED, "DONE")),
    plant(
        "insurance_difference_cleared",
        "INSERT INTO money_difference (party, day, number, finding, act, found_at, way, resolution, resolved_at, resolved_by)"
        " VALUES ('insurance', current_date, 'x', 'THEIRS_ONLY', 'SETTLE', now(), 'ACCEPTED', '', now(), 1)",
    ),
)
