"""The national codes of doctors, pharmacists and departments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import NotFound
from common.i18n import N_
from common.messages.insurance_mapping import ListNationalCodes, NationalCode, NationalCodes, SetNationalCode
from common.wire import Done
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_WHO: Final = (
    "SELECT CASE WHEN 'doctor' = ANY(s.roles) THEN 'doctor' ELSE 'pharmacist' END AS kind, s.id AS own_id, s.name, s.title,"
    " coalesce(d.name, '') AS department FROM staff s LEFT JOIN department d ON d.id = s.department_id"
    " WHERE s.active AND s.roles && ARRAY['doctor', 'pharmacist']"
    " UNION ALL SELECT 'department', d.id, d.name, '', '' FROM department d WHERE d.active AND d.kind = 'clinical'"
)
_LIST: Final = Read(
    f"SELECT w.*, coalesce(c.code, '') AS code, coalesce(c.extra, '') AS extra FROM ({_WHO}) w LEFT JOIN insurance_code c"
    " ON c.kind = w.kind AND c.own_id = w.own_id ORDER BY array_position(ARRAY['doctor', 'pharmacist', 'department'], w.kind),"
    " coalesce(c.code, '') <> '', w.own_id"
)
_KNOWN: Final = Read(f"SELECT 1 FROM ({_WHO}) w WHERE w.kind = %(kind)s AND w.own_id = %(own_id)s")
_PUT: Final = Write(
    "INSERT INTO insurance_code (kind, own_id, code, extra) VALUES (%(kind)s, %(own_id)s, %(code)s, %(extra)s)"
    " ON CONFLICT (kind, own_id) DO UPDATE SET code = excluded.code, extra = excluded.extra"
)
_TAKE_AWAY: Final = Write("DELETE FROM insurance_code WHERE kind = %(kind)s AND own_id = %(own_id)s")


@handles(ListNationalCodes)
def list_national_codes(tx: ReadTx, request: ListNationalCodes) -> NationalCodes:
    """People and departments with their codes."""
    return NationalCodes(codes=tx.structs(NationalCode, _LIST))


@handles(SetNationalCode)
def set_national_code(tx: Tx, request: SetNationalCode) -> Done:
    """Enter, correct or take away a code."""
    whose = {"kind": request.kind, "own_id": request.own_id}
    tx.one(_KNOWN, NotFound(kind=N_("Person or department"), key=str(request.own_id)), **whose)
    code = request.code.strip()
    if code:
        tx.write(_PUT, **whose, code=code, extra=request.extra.strip())
    else:
        tx.write(_TAKE_AWAY, **whose)
    tx.detail = {**whose, "code": code, "extra": request.extra}
    tx.changed(topics.INSURANCE)
    return Done()
