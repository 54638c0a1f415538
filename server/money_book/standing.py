"""A sale that stands: read or locked with its lines and payments, as a refund needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common import topics
from common.domain.refunds import Paid as PaidBefore
from common.domain.refunds import Part, Standing, part_of
from common.errors import NothingToSettle, WrongState
from common.i18n import N_
from common.messages.cashier import INSURANCE, TenderKind
from common.settling_errors import LineNotRefundable
from server.db import Read, Write
from server.money_book.entries import Head
from server.money_book.sales import lines_held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from server.db import ReadTx, Row, Tx

_SALE_SQL: Final = (
    "SELECT b.id, b.number, b.patient_id, b.visit_id, b.total_fen, b.rounding_fen, b.business_date FROM bill b WHERE b.id = %(id)s"
    " AND b.kind = 'SALE' AND NOT EXISTS (SELECT FROM bill r WHERE r.reverses = b.id)"
)
_SALE: Final = Read(_SALE_SQL)
_SALE_LOCKED: Final = Write(f"{_SALE_SQL} FOR UPDATE")

_LINES_SQL: Final = (
    "SELECT c.id, c.amount_fen, c.category, c.name, c.specification, c.quantity, c.unit, c.visit_id, c.prescription_id, c.state,"
    " c.refunded_fen, c.refunded_quantity, c.waived_fen, c.settlement_id, c.source, coalesce(l.quantity, c.quantity),"
    " coalesce(l.returned + l.given_up, 0)"
    " FROM charge_line c LEFT JOIN prescription_line l ON l.id = c.prescription_line_id WHERE c.bill_id = %(bill_id)s ORDER BY c.id"
)
_SALE_LINES: Final = Read(_LINES_SQL)
_SALE_LINES_LOCKED: Final = Write(f"{_LINES_SQL} FOR UPDATE OF c")
_HOLD: Final = Write("UPDATE charge_line SET settlement_id = %(settlement_id)s WHERE id = ANY(%(ids)s)")

_SALE_PAYMENTS: Final = Read(
    "SELECT id, tender, amount_fen, reference, coalesce(credit_account_id, 0) FROM payment WHERE bill_id = %(bill_id)s ORDER BY id"
)

NOT_SO_MUCH: Final = N_("not so much is left of it")


class Line(NamedTuple):
    """A line of a sale that is to be taken back, wholly or in part. ``prescribed`` was ordered in the first place, and ``returned`` of it came
    back to the pharmacy so far."""

    id: int
    category: str
    shown: tuple[Any, ...]
    visit_id: int
    prescription_id: int | None
    source: str
    state: str
    standing: Standing
    prescribed: Decimal
    returned: Decimal


class Old(NamedTuple):
    """A sale that stands, locked with its lines and payments."""

    head: Head
    total_fen: int
    rounding_fen: int
    business_date: Any
    lines: list[Line]
    payments: list[Row]

    def paid(self) -> list[PaidBefore]:
        """The payments that can go on paying for the rest: money, not the insurance's shares and not a waiver."""
        return [
            PaidBefore(row[0], TenderKind(row[1]), row[2])
            for row in self.payments
            if TenderKind(row[1]) not in INSURANCE and TenderKind(row[1]) is not TenderKind.WAIVER
        ]


def lock_sale(tx: Tx, bill_id: int, held_by: int | None = None) -> Old:
    """Lock a sale that stands. Raises ``NothingToSettle`` when it was taken back before, ``LinesHeld`` when somebody is at it."""
    sale = tx.write_one(_SALE_LOCKED, id=bill_id)
    return _old(tx, sale, tx.write(_SALE_LINES_LOCKED, bill_id=bill_id), held_by)


def read_sale(tx: ReadTx, bill_id: int, held_by: int | None = None) -> Old:
    """A sale that stands, to see what a refund would do. Raises as :func:`lock_sale`."""
    return _old(tx, tx.first(_SALE, id=bill_id), tx.rows(_SALE_LINES, bill_id=bill_id), held_by)


def _old(tx: ReadTx, sale: Row | None, rows: Sequence[Row], held_by: int | None) -> Old:
    if sale is None:
        raise NothingToSettle
    for row in rows:
        if row[13] != held_by:
            raise lines_held(tx, row[13])
    head = Head(sale[0], sale[1], "", sale[2], sale[3])
    return Old(head, sale[4], sale[5], sale[6], [_line(row) for row in rows], tx.rows(_SALE_PAYMENTS, bill_id=sale[0]))


def hold(tx: Tx, old: Old, settlement_id: int) -> None:
    """Keep everybody from these lines, and the pharmacy from their drugs, until the refund is booked or given up."""
    tx.write(_HOLD, ids=[line.id for line in old.lines], settlement_id=settlement_id)
    tx.changed(topics.CHARGE, old.head.patient_id)


def _line(row: Row) -> Line:
    standing = Standing(row[5] - row[11], row[1] - row[10], row[12])
    return Line(row[0], row[2], row[3:7], row[7], row[8], row[14], row[9], standing, row[15], row[16])


def parts(old: Old, wanted: Mapping[int, Decimal | None]) -> dict[int, Part]:
    """What goes back of each line. Raises ``LineNotRefundable`` for a line that is not of this bill or of which not so much is left."""
    known = {line.id: line for line in old.lines}
    found: dict[int, Part] = {}
    for line_id, quantity in wanted.items():
        line = known.get(line_id)
        if line is None:
            raise LineNotRefundable(name=str(line_id), reason=N_("it is not on this bill"))
        if line.state not in ("SETTLED", "PART_REFUNDED"):
            raise WrongState(machine="charge_line", key=line.shown[0], state=line.state)
        try:
            found[line_id] = part_of(line.standing, quantity)
        except ValueError:
            raise LineNotRefundable(name=line.shown[0], reason=NOT_SO_MUCH) from None
    return found


def rest_fen(old: Old, back: Mapping[int, Part]) -> tuple[int, int]:
    """What the patient keeps: its amount, and the part of it that is waived."""
    amount = sum(line.standing.amount_fen - (back[line.id].amount_fen if line.id in back else 0) for line in old.lines)
    waived = sum(line.standing.waived_fen - (back[line.id].waived_fen if line.id in back else 0) for line in old.lines)
    return amount, waived
