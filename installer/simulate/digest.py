"""A fingerprint of a clinic: equal for two clinics that lived the same days, whenever and wherever that was.

Everything that the business says is in it. Left out are request ids, transaction ids, and what goes by the real clock: sessions, passwords,
the trail's own times. Times of the clinic count to the second, since the training clock counts requests below that.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import psycopg

#: Table → its key, in the order in which they are read.
_TABLES: Final = {
    "clinic_session": "id",
    "patient": "id",
    "patient_version": "patient_id, version",
    "patient_spelling": "patient_id, key",
    "visit": "id",
    "record": "visit_id",
    "record_version": "visit_id, version",
    "prescription": "id",
    "prescription_line": "id",
    "dispensed_code": "id",
    "charge_line": "id",
    "shift": "id",
    "bill": "id",
    "payment": "id",
    "invoice": "id",
    "ledger_operation": "id",
    "ledger_posting": "id",
    "stock_batch": "id",
    "stock_balance": "location_id, batch_id",
    "stock_level": "location_id, drug_id",
    "stock_reservation": "prescription_line_id",
    "stock_move": "id",
    "pick": "id",
    "number_series": "kind, scope",
    "number_gap": "id",
}
_LEFT_OUT: Final = "ARRAY['xid', 'request_id']"


def digest_of(connection: psycopg.Connection[Any]) -> str:
    """The fingerprint, as 64 hexadecimal digits."""
    connection.execute("SET LOCAL timezone = 'UTC'")
    whole = hashlib.sha256()
    for table, key in _TABLES.items():
        whole.update(f"\n{table}\n".encode())
        with connection.cursor(f"digest_{table}") as cursor:
            cursor.itersize = 5000
            cursor.execute(
                f"SELECT regexp_replace((to_jsonb(t) - {_LEFT_OUT})::text, '(\\d\\d:\\d\\d:\\d\\d)\\.\\d+', '\\1', 'g') FROM {table} t ORDER BY {key}"
            )
            for (row,) in cursor:
                whole.update(row.encode())
    return whole.hexdigest()
