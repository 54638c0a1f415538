"""A price change becomes valid: the drugs cost the new price, what lies at each place is worth more or less, and what nobody has paid yet is
priced anew. All of it in one transaction that the paper's own state lets happen once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain.money import pack_amount, unit_price
from common.messages.repricing import ApplyPriceChanges, PricesApplied
from server.db import Read, Write
from server.features import handles
from server.money_book import repricing as charges
from server.prices.drug_prices import set_drug_price

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Database, Row, Tx

_DUE: Final = Write(
    "SELECT id FROM price_change WHERE state = 'APPROVED' AND effective_at <= %(now)s ORDER BY effective_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_ANY_DUE: Final = Read("SELECT 1 FROM price_change WHERE state = 'APPROVED' AND effective_at <= %(now)s LIMIT 1")
_LINES: Final = Read(
    "SELECT l.id, l.drug_id, l.new_price, d.price, d.pack_size, c.number FROM price_change_line l JOIN price_change c ON c.id = l.price_change_id"
    " JOIN drug d ON d.id = l.drug_id WHERE c.id = %(id)s ORDER BY l.drug_id"
)
_UNPAID: Final = Read(
    "SELECT DISTINCT p.id FROM prescription p JOIN prescription_line l ON l.prescription_id = p.id"
    " WHERE p.state IN ('SUBMITTED', 'REJECTED', 'APPROVED', 'OVERRIDDEN') AND l.drug_id = ANY(%(drugs)s) ORDER BY p.id"
)
_LOCK_PRESCRIPTIONS: Final = Write(
    "SELECT id, patient_id, amount_fen, state FROM prescription WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
)
_WRITTEN: Final = Read(
    "SELECT id, drug_id, quantity, amount_fen FROM prescription_line WHERE prescription_id = %(id)s AND drug_id = ANY(%(drugs)s) ORDER BY id"
)
_REPRICE: Final = Write(
    "UPDATE prescription_line l SET unit_price = u.unit_price, amount_fen = u.amount_fen FROM unnest(%(lines)s::bigint[], %(prices)s::numeric[],"
    " %(fens)s::bigint[]) AS u(line_id, unit_price, amount_fen) WHERE l.id = u.line_id"
)
_AMOUNT: Final = Write("UPDATE prescription SET amount_fen = %(fen)s WHERE id = %(id)s")
_MET: Final = Write(
    "INSERT INTO price_change_unpaid (price_change_id, prescription_id, was_fen, now_fen, kept) VALUES (%(change_id)s, %(id)s, %(was)s, %(now)s,"
    " %(kept)s)"
)
_LOCK_LEVELS: Final = Write(
    "SELECT drug_id, location_id, on_hand FROM stock_level WHERE drug_id = ANY(%(drugs)s) ORDER BY drug_id, location_id FOR UPDATE"
)
_VALUE: Final = Write(
    "INSERT INTO price_change_value (line_id, location_id, quantity, old_price, new_price, value_fen, pack_size) VALUES (%(line_id)s,"
    " %(location_id)s, %(quantity)s, %(old)s, %(new)s, %(fen)s, %(size)s)"
)
_APPLIED: Final = Write("UPDATE price_change SET state = 'APPLIED', applied_at = %(at)s WHERE id = %(id)s")
_UNPAID_STATES: Final = ("SUBMITTED", "REJECTED", "APPROVED", "OVERRIDDEN")


def price_changes_due(database: Database, now: datetime) -> bool:
    """Whether one waits for the service, so that the trail is not filled with acts that did nothing."""
    return database.of_thread().execute(_ANY_DUE.bytes, {"now": now}).fetchone() is not None


@handles(ApplyPriceChanges, replayed=False)
def apply_price_changes(tx: Tx, request: ApplyPriceChanges) -> PricesApplied:
    """The first that is due and that nobody else has in hand."""
    row = tx.write_one(_DUE, now=tx.now)
    if row is None:
        return PricesApplied(number="")
    applied = apply(tx, row[0])
    tx.detail = applied
    return PricesApplied(number=applied["document"])


def apply(tx: Tx, change_id: int) -> dict[str, Any]:
    """Let a price change become valid; its row is locked and APPROVED. What the trail keeps of it is given back."""
    lines = tx.rows(_LINES, id=change_id)
    repriced, kept = _reprice(tx, change_id, {row[1]: row for row in lines})
    value = _revalue(tx, lines)
    for _, drug_id, new, _, _, number in lines:
        set_drug_price(tx, drug_id, new, number)
    tx.write(_APPLIED, id=change_id, at=tx.now)
    tx.changed(topics.CATALOGUE)
    tx.changed(topics.STOCK)
    return {"document": lines[0][5], "drugs": len(lines), "value_fen": value, "repriced": repriced, "kept": kept}


def _reprice(tx: Tx, change_id: int, drugs: dict[int, Row]) -> tuple[int, int]:
    """What is signed and not paid: how many cost the new price, and how many keep the old one."""
    ids = [row[0] for row in tx.rows(_UNPAID, drugs=list(drugs))]
    repriced = kept = 0
    for id, patient_id, was, state in tx.write(_LOCK_PRESCRIPTIONS, ids=ids) if ids else ():
        if state not in _UNPAID_STATES:
            continue  # paid or void before it could be locked
        fixed = charges.price_is_fixed(tx, id)
        now = was if fixed else _reprice_one(tx, id, patient_id, was, drugs)
        tx.write(_MET, change_id=change_id, id=id, was=was, now=now, kept=fixed)
        repriced, kept = repriced + (not fixed), kept + fixed
    return repriced, kept


def _reprice_one(tx: Tx, prescription_id: int, patient_id: int, was: int, drugs: dict[int, Row]) -> int:
    lines, amount = [], was
    for line_id, drug_id, quantity, fen in tx.rows(_WRITTEN, id=prescription_id, drugs=list(drugs)):
        _, _, new, _, pack_size, _ = drugs[drug_id]
        costs = pack_amount(new, pack_size, quantity)
        lines.append((line_id, unit_price(new, pack_size), costs))
        amount += costs - fen
    ids, prices, fens = zip(*lines, strict=True)
    tx.write(_REPRICE, lines=list(ids), prices=list(prices), fens=list(fens))
    tx.write(_AMOUNT, id=prescription_id, fen=amount)
    charges.reprice(tx, patient_id, lines)
    tx.changed(topics.PRESCRIPTION, prescription_id)
    return amount


def _revalue(tx: Tx, lines: list[Row]) -> int:
    """Profit and loss of what lies at each place, while nobody moves it; their sum in fen."""
    of = {row[1]: row for row in lines}
    total = 0
    for drug_id, location_id, on_hand in tx.write(_LOCK_LEVELS, drugs=list(of)):
        line_id, _, new, old, pack_size, _ = of[drug_id]
        if on_hand:
            fen = int((on_hand * (new - old) / pack_size * Decimal(100)).to_integral_value(ROUND_HALF_UP))
            tx.write(_VALUE, line_id=line_id, location_id=location_id, quantity=on_hand, old=old, new=new, fen=fen, size=pack_size)
            total += fen
    return total
