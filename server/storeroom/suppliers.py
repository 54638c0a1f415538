"""Suppliers and their licences; and whether one may deliver."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from common import topics
from common.errors import AlreadyExists, FieldWrong, NotFound
from common.i18n import N_
from common.messages.suppliers import (
    DEMANDED,
    EnterLicence,
    FindSuppliers,
    Licence,
    LicenceKind,
    LicenceState,
    SaveSupplier,
    Supplier,
    SupplierList,
    SupplierSaved,
)
from common.purchasing_errors import LICENCES, LicenceMissing, SupplierUnknown
from common.wire import Done
from server import approvals
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from datetime import date

    from common.messages.store import ReceiveStock
    from server.db import ReadTx, Row, Tx

_FIND: Final = Read(
    "SELECT s.id, s.code, s.name, s.contact, s.phone, s.lead_days, s.note, s.active, (SELECT max(r.at) FROM stock_receipt r"
    " WHERE r.supplier_id = s.id) FROM supplier s WHERE (s.active OR %(inactive)s) AND (%(text)s = '' OR strpos(s.name, %(text)s) > 0"
    " OR strpos(s.code, upper(%(text)s)) > 0 OR strpos(s.contact, %(text)s) > 0) ORDER BY s.name"
)
#: The newest of each kind; one that was withdrawn is none.
_LICENCES: Final = Read(
    "SELECT l.supplier_id, l.kind, l.number, l.expires, l.at, l.by FROM (SELECT DISTINCT ON (x.supplier_id, x.kind) x.*, p.name AS by"
    " FROM supplier_licence x JOIN staff p ON p.id = x.staff_id WHERE %(supplier_id)s::bigint IS NULL OR x.supplier_id = %(supplier_id)s"
    " ORDER BY x.supplier_id, x.kind, x.id DESC) l WHERE NOT l.withdrawn ORDER BY l.supplier_id"
)
_BY_NAME: Final = Read("SELECT id FROM supplier WHERE name = %(name)s AND active")
_ONE: Final = Read("SELECT name FROM supplier WHERE id = %(id)s")
#: Names and codes are looked at and taken by one at a time.
_ALONE: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('supplier', 0))")
_TAKEN: Final = Read(
    "SELECT CASE WHEN s.name = %(name)s THEN s.name ELSE s.code END FROM supplier s WHERE (s.name = %(name)s OR s.code = %(code)s)"
    " AND s.id IS DISTINCT FROM %(id)s::bigint LIMIT 1"
)
_NEXT_CODE: Final = Read(
    "SELECT 'G' || lpad((coalesce(max(substr(code, 2)::int), 0) + 1)::text, 3, '0') FROM supplier WHERE code ~ '^G\\d{3,6}$'"
)
_OWN_CODE: Final = Read("SELECT code FROM supplier WHERE id = %(id)s")
_ENTER: Final = Write(
    "INSERT INTO supplier (code, name, contact, phone, lead_days, note, active) VALUES (%(code)s, %(name)s, %(contact)s, %(phone)s, %(lead_days)s,"
    " %(note)s, %(active)s) RETURNING id"
)
_CORRECT: Final = Write(
    "UPDATE supplier SET code = %(code)s, name = %(name)s, contact = %(contact)s, phone = %(phone)s, lead_days = %(lead_days)s, note = %(note)s,"
    " active = %(active)s WHERE id = %(id)s RETURNING id"
)
_ENTER_LICENCE: Final = Write(
    "INSERT INTO supplier_licence (supplier_id, kind, number, expires, withdrawn, staff_id, at) VALUES (%(supplier_id)s, %(kind)s, %(number)s,"
    " %(expires)s, %(withdrawn)s, %(staff_id)s, %(at)s)"
)
#: The worst first.
_WORST: Final = tuple(LicenceState)


class Deliverer(NamedTuple):
    """Whom goods come from, as far as they are known; and who agreed that they come although a licence does not hold."""

    supplier_id: int | None
    agreed_by: int | None


def licence_state(expires: date | None, today: date) -> LicenceState:
    """How a licence that is there stands."""
    if expires is None or expires > today + timedelta(days=90):
        return LicenceState.VALID
    if expires < today:
        return LicenceState.EXPIRED
    return LicenceState.NEAR_30 if expires <= today + timedelta(days=30) else LicenceState.NEAR_90


def licences(tx: ReadTx, supplier_id: int | None = None) -> dict[int, tuple[Licence, ...]]:
    """By supplier, in the order of the kinds: those that are there, and of those that are demanded also the missing ones (of suppliers that have
    at least one)."""
    rows = tx.rows(_LICENCES, supplier_id=supplier_id)
    return {supplier: _complete(list(mine), tx.today) for supplier, mine in groupby(rows, itemgetter(0))}


def _complete(rows: list[Row], today: date) -> tuple[Licence, ...]:
    there = {
        LicenceKind(kind): Licence(
            kind=LicenceKind(kind), number=number, expires=expires, state=licence_state(expires, today), entered_at=at, entered_by=by
        )
        for _, kind, number, expires, at, by in rows
    }
    return tuple(there.get(kind) or missing(kind) for kind in LicenceKind if kind in there or kind in DEMANDED)


def missing(kind: LicenceKind) -> Licence:
    """A licence that is not there."""
    return Licence(kind=kind, number="", expires=None, state=LicenceState.MISSING)


def worst(found: tuple[Licence, ...]) -> Licence:
    """The one that decides."""
    return min(found, key=lambda licence: _WORST.index(licence.state))


@handles(FindSuppliers)
def find_suppliers(tx: ReadTx, request: FindSuppliers) -> SupplierList:
    """Suppliers with their licences."""
    known = licences(tx)
    return SupplierList(
        suppliers=tuple(_supplier(row, known) for row in tx.rows(_FIND, text=request.text.strip(), inactive=request.inactive))
    )


def _supplier(row: Row, known: dict[int, tuple[Licence, ...]]) -> Supplier:
    found = known.get(row[0]) or _complete([], row[8])
    names = ("id", "code", "name", "contact", "phone", "lead_days", "note", "active", "last_delivery")
    return Supplier(**dict(zip(names, row, strict=True)), licences=found, worst=worst(found).state)


@handles(SaveSupplier)
def save_supplier(tx: Tx, request: SaveSupplier) -> SupplierSaved:
    """Enter or correct a supplier."""
    tx.write(_ALONE)
    name, code = request.name.strip(), request.code.strip().upper()
    if not name:
        raise FieldWrong(field=N_("Supplier"), reason=N_("is missing"))
    if not code:
        none = NotFound(kind=N_("Supplier"), key=str(request.supplier_id))
        code = tx.one(_NEXT_CODE, none)[0] if request.supplier_id is None else tx.one(_OWN_CODE, none, id=request.supplier_id)[0]
    taken = tx.first(_TAKEN, name=name, code=code, id=request.supplier_id)
    if taken is not None:
        raise AlreadyExists(kind=N_("Supplier"), key=taken[0])
    fields = {
        "code": code,
        "name": name,
        "contact": request.contact.strip(),
        "phone": request.phone.strip(),
        "lead_days": request.lead_days,
        "note": request.note.strip(),
        "active": request.active,
    }
    row = tx.write_one(_ENTER, **fields) if request.supplier_id is None else tx.write_one(_CORRECT, id=request.supplier_id, **fields)
    if row is None:
        raise NotFound(kind=N_("Supplier"), key=str(request.supplier_id))
    tx.changed(topics.PURCHASE, row[0])
    tx.detail = {"supplier": name, "code": code, "lead_days": request.lead_days, "active": request.active}
    return SupplierSaved(supplier_id=row[0], code=code)


@handles(EnterLicence)
def enter_licence(tx: Tx, request: EnterLicence) -> Done:
    """Write a licence down beside the earlier ones."""
    name = tx.one(_ONE, NotFound(kind=N_("Supplier"), key=str(request.supplier_id)), id=request.supplier_id)[0]
    number = request.number.strip()
    if not number and not request.withdrawn:
        raise FieldWrong(field=LICENCES[request.kind], reason=N_("its number is missing"))
    tx.write(
        _ENTER_LICENCE,
        supplier_id=request.supplier_id,
        kind=request.kind,
        number=number,
        expires=request.expires,
        withdrawn=request.withdrawn,
        staff_id=tx.actor.staff,
        at=tx.now,
    )
    tx.changed(topics.PURCHASE, request.supplier_id)
    expires = request.expires.isoformat() if request.expires else ""
    tx.detail = {"supplier": name, "licence": request.kind, "number": number, "expires": expires, "withdrawn": request.withdrawn}
    return Done()


def deliverer(tx: Tx, request: ReceiveStock) -> Deliverer:
    """Who delivers. Goods that are inspected, invoiced or ordered are a purchase: its supplier is known and licensed, or somebody agreed.

    Raises ``SupplierUnknown``, ``LicenceMissing``, and what an approval raises that does not hold.
    """
    row = tx.first(_BY_NAME, name=request.supplier) if request.supplier else None
    if not request.supplier or not (request.inspector or request.invoice or request.order_number):
        return Deliverer(row[0] if row else None, None)
    if row is None:
        raise SupplierUnknown(supplier=request.supplier)
    bad = worst(licences(tx, row[0]).get(row[0]) or (missing(DEMANDED[0]),))
    if bad.state not in (LicenceState.MISSING, LicenceState.EXPIRED):
        return Deliverer(row[0], None)
    if not request.licence_reason.strip() or request.approval_id is None:
        raise LicenceMissing(supplier=request.supplier, kind=bad.kind, expired=bad.expires.isoformat() if bad.expires else "")
    return Deliverer(row[0], approvals.use(tx, request.approval_id, "supplier_licence", row[0]))
