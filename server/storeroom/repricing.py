"""Price changes 调价: proposed, agreed to, withdrawn, shown, printed. What one does when it becomes valid: :mod:`server.storeroom.revaluing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.counting_errors import PriceChangeWaits
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import N_
from common.messages.repricing import (
    ApprovePriceChange,
    FindPricedDrugs,
    GetPriceChange,
    ListPriceChanges,
    PlaceValue,
    PriceChange,
    PriceChangeCopy,
    PriceChangeEntry,
    PriceChangeList,
    PricedDrug,
    PricedDrugs,
    PriceLine,
    PrintPriceChange,
    ProposePriceChange,
    UnpaidPrescription,
    WithdrawPriceChange,
)
from common.money_errors import SamePerson
from server import approvals, numbers
from server.db import Read, Write
from server.features import handles
from server.prices.validity import check_price
from server.storeroom.revaluing import apply
from server.storeroom.stock import sought

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import ReadTx, Row, Tx

MOST: Final = 20
_THERE: Final = "coalesce((SELECT sum(v.on_hand) FROM stock_level v WHERE v.drug_id = d.id), 0)"
_FIND: Final = Read(
    "SELECT d.id AS drug_id, d.code, d.name, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size, d.price,"
    " (SELECT b.purchase_price FROM stock_batch b WHERE b.drug_id = d.id ORDER BY b.id DESC LIMIT 1) AS last_purchase,"
    f" d.price_ceiling AS ceiling, {_THERE} AS on_hand FROM drug d WHERE d.active AND (%(named)s <> '' AND strpos(d.name, %(named)s) > 0"
    " OR d.code = upper(%(text)s) OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    " OR d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s OR c.kind = 'trace_prefix'"
    " AND c.code = %(product)s)) ORDER BY d.code <> upper(%(text)s), length(d.name), d.name, d.id LIMIT %(limit)s"
)
#: What a line is worth: as it was kept when it became valid, else as it would be now.
_WORTH: Final = (
    "CASE WHEN c.state = 'APPLIED' THEN coalesce((SELECT sum(w.value_fen) FROM price_change_value w WHERE w.line_id = l.id), 0)"
    f" ELSE round({_THERE} * (l.new_price - d.price) / d.pack_size * 100) END::bigint"
)
_ENTRY: Final = (
    "SELECT c.id, c.number, c.state, c.reason, c.authority, c.effective_at, c.proposed_at, p.name AS proposed_by, c.approved_at,"
    " coalesce(a.name, '') AS approved_by, c.applied_at, c.voided_at, coalesce(v.name, '') AS voided_by, c.void_reason, x.about, x.lines, x.value_fen"
    " FROM price_change c JOIN staff p ON p.id = c.proposed_by LEFT JOIN staff a ON a.id = c.approved_by LEFT JOIN staff v ON v.id = c.voided_by"
    f" CROSS JOIN LATERAL (SELECT (array_agg(d.name ORDER BY l.line_no))[1] AS about, count(*) AS lines, sum({_WORTH})::bigint AS value_fen"
    " FROM price_change_line l JOIN drug d ON d.id = l.drug_id WHERE l.price_change_id = c.id) x"
)
_LIST: Final = Read(f"{_ENTRY} ORDER BY c.state IN ('PROPOSED', 'APPROVED') DESC, c.id DESC LIMIT %(limit)s")
_ONE: Final = Read(f"{_ENTRY} WHERE c.id = %(id)s")
_LINES: Final = Read(
    "SELECT l.id, l.drug_id, d.code, d.name, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size, d.price_ceiling,"
    " l.old_price, l.new_price,"
    " CASE WHEN c.state = 'APPLIED' THEN coalesce((SELECT sum(w.quantity) FROM price_change_value w WHERE w.line_id = l.id), 0)"
    f" ELSE {_THERE} END, {_WORTH} FROM price_change_line l JOIN price_change c ON c.id = l.price_change_id JOIN drug d ON d.id = l.drug_id"
    " WHERE l.price_change_id = %(id)s ORDER BY l.line_no"
)
_PLACES: Final = Read(
    "SELECT w.line_id, p.code, w.quantity, w.value_fen FROM price_change_value w JOIN stock_location p ON p.id = w.location_id"
    " WHERE w.line_id = ANY(%(ids)s) ORDER BY w.line_id, p.id"
)
_UNPAID: Final = Read(
    "SELECT p.number, t.name AS patient, u.was_fen, u.now_fen, u.kept FROM price_change_unpaid u JOIN prescription p ON p.id = u.prescription_id"
    " JOIN patient t ON t.id = p.patient_id WHERE u.price_change_id = %(id)s ORDER BY p.number"
)
_CLINIC: Final = Read("SELECT coalesce((SELECT name FROM clinic WHERE id = 1), '')")
_ONE_AT_A_TIME: Final = Write("SELECT pg_advisory_xact_lock(hashtextextended('price change', 0))")
_DRUGS: Final = Read(
    "SELECT d.id, d.name, d.price, d.price_ceiling, (SELECT c.number FROM price_change c JOIN price_change_line l ON l.price_change_id = c.id"
    " WHERE l.drug_id = d.id AND c.state IN ('PROPOSED', 'APPROVED') LIMIT 1) FROM drug d WHERE d.id = ANY(%(ids)s)"
)
_PROPOSE: Final = Write(
    "INSERT INTO price_change (number, state, reason, authority, effective_at, proposed_at, proposed_by) VALUES (%(number)s, 'PROPOSED',"
    " %(reason)s, %(authority)s, %(effective_at)s, %(at)s, %(by)s) RETURNING id"
)
_PROPOSE_LINES: Final = Write(
    "INSERT INTO price_change_line (price_change_id, line_no, drug_id, old_price, new_price) SELECT %(id)s, u.line_no, d.id, d.price, u.price"
    " FROM unnest(%(drugs)s::bigint[], %(prices)s::numeric[]) WITH ORDINALITY AS u(drug_id, price, line_no) JOIN drug d ON d.id = u.drug_id"
)
_LOCK: Final = Write("SELECT number, state, proposed_by, effective_at FROM price_change WHERE id = %(id)s FOR UPDATE")
_APPROVE: Final = Write("UPDATE price_change SET state = 'APPROVED', approved_at = %(at)s, approved_by = %(agreed_by)s WHERE id = %(id)s")
_VOID: Final = Write(
    "UPDATE price_change SET state = 'VOIDED', voided_at = %(at)s, voided_by = %(by)s, void_reason = %(reason)s WHERE id = %(id)s"
)
_PRINT: Final = Write("UPDATE price_change SET prints = prints + 1 WHERE id = %(id)s RETURNING prints")


@handles(FindPricedDrugs)
def find_priced_drugs(tx: ReadTx, request: FindPricedDrugs) -> PricedDrugs:
    """Drugs that words or a pack name."""
    text = request.text.strip()
    return PricedDrugs(drugs=tx.structs(PricedDrug, _FIND, limit=MOST, **sought(text)) if text else ())


@handles(ListPriceChanges)
def list_price_changes(tx: ReadTx, request: ListPriceChanges) -> PriceChangeList:
    """Those that wait, then the newest."""
    return PriceChangeList(changes=tx.structs(PriceChangeEntry, _LIST, limit=request.limit))


@handles(GetPriceChange)
def get_price_change(tx: ReadTx, request: GetPriceChange) -> PriceChange:
    """One with its lines."""
    return facts(tx, request.change_id)


def facts(tx: ReadTx, change_id: int) -> PriceChange:
    """A price change as it is. Raises ``NotFound``."""
    found = tx.structs(PriceChangeEntry, _ONE, id=change_id)
    if not found:
        raise NotFound(kind=N_("Price change"), key=str(change_id))
    rows = tx.rows(_LINES, id=change_id)
    places: dict[int, list[PlaceValue]] = {}
    for line_id, place, quantity, value_fen in tx.rows(_PLACES, ids=[row[0] for row in rows]):
        places.setdefault(line_id, []).append(PlaceValue(place=place, quantity=quantity, value_fen=value_fen))
    return PriceChange(
        clinic=tx.rows(_CLINIC)[0][0],
        entry=found[0],
        lines=tuple(_line(row, places.get(row[0], [])) for row in rows),
        unpaid=tx.structs(UnpaidPrescription, _UNPAID, id=change_id),
    )


def _line(row: Row, places: list[PlaceValue]) -> PriceLine:
    told = dict(zip(PriceLine.__struct_fields__[:-1], row[1:], strict=True))
    return PriceLine(**told, places=tuple(places))


@handles(ProposePriceChange)
def propose_price_change(tx: Tx, request: ProposePriceChange) -> PriceChange:
    """Write the paper down; nothing costs more or less by it yet."""
    effective_at = _effective(tx, request.effective_at)
    tx.write(_ONE_AT_A_TIME)
    number = f"J{numbers.dated(tx, 'price_change', tx.today, 3)}"
    replaced = _replace(tx, request.replaces, number) if request.replaces is not None else {}
    _check_lines(tx, request)
    row = tx.write_one(
        _PROPOSE,
        number=number,
        reason=request.reason.strip(),
        authority=request.authority.strip(),
        effective_at=effective_at,
        at=tx.now,
        by=tx.actor.staff,
    )
    assert row is not None
    tx.write(_PROPOSE_LINES, id=row[0], drugs=[line.drug_id for line in request.lines], prices=[line.price for line in request.lines])
    tx.detail = {"document": number, "drugs": len(request.lines), "from": f"{effective_at:%Y-%m-%d %H:%M}"} | replaced
    tx.changed(topics.STOCK)
    return facts(tx, row[0])


def _replace(tx: Tx, change_id: int, number: str) -> dict[str, str]:
    """One that nobody has agreed to yet gives way to its correction, which its reason names."""
    old = _lock(tx, change_id, "PROPOSED")[0]
    tx.write(_VOID, id=change_id, at=tx.now, by=tx.actor.staff, reason=f"→ {number}")
    return {"replaces": old}


def _effective(tx: Tx, wanted: datetime | None) -> datetime:
    if wanted is not None and (wanted.tzinfo is None or wanted < tx.now):
        raise FieldWrong(field=N_("price|Valid from"), reason=N_("not before now: what was paid is not rewritten"))
    return wanted or tx.now


def _check_lines(tx: ReadTx, request: ProposePriceChange) -> None:
    ids = [line.drug_id for line in request.lines]
    if len(set(ids)) != len(ids):
        raise FieldWrong(field=N_("Drug"), reason=N_("a drug stands on it twice"))
    drugs = {row[0]: row for row in tx.rows(_DRUGS, ids=ids)}
    for line in request.lines:
        if line.drug_id not in drugs:
            raise NotFound(kind=N_("Drug"), key=str(line.drug_id))
        _, name, price, ceiling, waiting = drugs[line.drug_id]
        check_price(line.price)
        if waiting is not None:
            raise PriceChangeWaits(drug=name, number=waiting)
        if line.price == price:
            raise FieldWrong(field=name, reason=N_("it costs that already"))
        if ceiling is not None and line.price > ceiling:
            raise FieldWrong(field=name, reason=N_("it may not cost that much; see its ceiling in the catalogue"))


@handles(ApprovePriceChange)
def approve_price_change(tx: Tx, request: ApprovePriceChange) -> PriceChange:
    """Agreed to by somebody who did not propose it; valid at once if its moment has come."""
    number, _, proposed_by, effective_at = _lock(tx, request.change_id, "PROPOSED")
    agreed_by = approvals.use(tx, request.approval_id, "price_change", request.change_id)
    if agreed_by == proposed_by:
        raise SamePerson
    tx.write(_APPROVE, id=request.change_id, at=tx.now, agreed_by=agreed_by)
    tx.detail = {"document": number, "agreed_by": agreed_by}
    tx.changed(topics.STOCK)
    if effective_at <= tx.now:
        tx.detail["applied"] = apply(tx, request.change_id)
    return facts(tx, request.change_id)


def _lock(tx: Tx, change_id: int, *states: str) -> Row:
    row = tx.write_one(_LOCK, id=change_id)
    if row is None:
        raise NotFound(kind=N_("Price change"), key=str(change_id))
    if row[1] not in states:
        raise WrongState(machine="price_change", key=row[0], state=row[1])
    return row


@handles(WithdrawPriceChange)
def withdraw_price_change(tx: Tx, request: WithdrawPriceChange) -> PriceChange:
    """It never becomes valid."""
    number = _lock(tx, request.change_id, "PROPOSED", "APPROVED")[0]
    tx.write(_VOID, id=request.change_id, at=tx.now, by=tx.actor.staff, reason=request.reason.strip())
    tx.detail = {"document": number, "reason": request.reason.strip()}
    tx.changed(topics.STOCK)
    return facts(tx, request.change_id)


@handles(PrintPriceChange)
def print_price_change(tx: Tx, request: PrintPriceChange) -> PriceChangeCopy:
    """Count a copy."""
    _lock(tx, request.change_id, "PROPOSED", "APPROVED", "APPLIED", "VOIDED")
    row = tx.write_one(_PRINT, id=request.change_id)
    assert row is not None
    change = facts(tx, request.change_id)
    tx.detail = {"document": change.entry.number, "copy": row[0]}
    return PriceChangeCopy(change=change, copy=row[0], at=tx.now, by=tx.actor.name)
