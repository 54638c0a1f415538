"""When a prescription holds its stock: from its signing, or from its payment, as the clinic's rule was when it was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import NotEnoughStock
from common.messages.windows import ReserveAt
from common.window_errors import DrugGone
from server import pharmacy_rules, stock_book
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from server.db import Tx
    from server.stock_book import Need

_FREE: Final = Read(
    "SELECT l.drug_id, coalesce((SELECT sum(b.on_hand) FROM stock_balance b WHERE b.location_id = l.location_id AND b.drug_id = l.drug_id"
    " AND b.expires >= %(today)s), 0) - l.reserved FROM stock_level l WHERE l.location_id = %(location_id)s AND l.drug_id = ANY(%(drugs)s)"
)
_UNHELD: Final = Read(
    "SELECT l.id, l.drug_id, l.quantity, l.name, l.unit FROM prescription_line l WHERE l.prescription_id = ANY(%(ids)s)"
    " AND NOT EXISTS (SELECT FROM stock_reservation r WHERE r.prescription_line_id = l.id AND r.state IN ('HELD', 'USED'))"
    " ORDER BY l.drug_id, l.id"
)
#: Unpaid ones that hold stock only because somebody began to pay them.
_BEGUN: Final = Read(
    "SELECT DISTINCT p.id FROM charge_line c JOIN prescription p ON p.id = c.prescription_id WHERE c.id = ANY(%(line_ids)s)"
    " AND p.reserve_at = 'PAYMENT' AND p.state IN ('APPROVED', 'OVERRIDDEN') ORDER BY p.id"
)


def at_signing(tx: Tx, needs: Sequence[Need]) -> ReserveAt:
    """Claim the stock, or only look whether it is there if the clinic reserves from payment. Raises ``NotEnoughStock``.

    Gives back the rule that the prescription is signed under; :func:`hold` wants it once the lines exist.
    """
    rule = pharmacy_rules.rules(tx).reserve_at
    if rule is ReserveAt.SIGNING:
        stock_book.claim(tx, needs)
    else:
        _look(tx, needs)
    return rule


def hold(tx: Tx, rule: ReserveAt, needs: Sequence[Need]) -> None:
    """Write down which lines hold what :func:`at_signing` claimed."""
    if rule is ReserveAt.SIGNING:
        stock_book.hold(tx, needs)


def _look(tx: Tx, needs: Sequence[Need]) -> None:
    """Whether so much is free at this moment; nothing is locked or held."""
    wanted: dict[int, Decimal] = {}
    for need in needs:
        wanted[need.drug_id] = wanted.get(need.drug_id, need.quantity * 0) + need.quantity
    free: dict[int, Decimal] = dict(tx.rows(_FREE, location_id=stock_book.location(tx), drugs=sorted(wanted), today=tx.today))
    for need in needs:
        left = max(free.get(need.drug_id, need.quantity * 0), need.quantity * 0)
        if left < wanted[need.drug_id]:
            raise NotEnoughStock(drug=need.drug, wanted=wanted[need.drug_id], left=left, unit=need.unit)


def claim_unheld(tx: Tx, prescription_ids: Sequence[int]) -> None:
    """Claim and hold what lines of these prescriptions hold nothing yet. Raises ``NotEnoughStock``."""
    needs = [
        stock_book.Need(line_id=row[0], drug_id=row[1], quantity=row[2], drug=row[3], unit=row[4])
        for row in tx.rows(_UNHELD, ids=list(prescription_ids))
    ]
    if not needs:
        return
    stock_book.claim(tx, needs)
    stock_book.hold(tx, needs)


def for_payment(tx: Tx, prescription_ids: Sequence[int]) -> None:
    """Before any money is taken: what is to be paid holds its stock. Raises ``DrugGone`` where it is gone."""
    if not prescription_ids:
        return
    try:
        claim_unheld(tx, prescription_ids)
    except NotEnoughStock as short:
        raise DrugGone(drug=short.drug, wanted=short.wanted, left=short.left, unit=short.unit) from short


def payment_given_up(tx: Tx, line_ids: Sequence[int]) -> None:
    """Charge lines that somebody began to pay are not paid after all: what holds stock only from payment lets it go."""
    for (prescription_id,) in tx.rows(_BEGUN, line_ids=list(line_ids)):
        stock_book.release(tx, prescription_id)
