"""The clinic's rules for the pharmacy: one row, read by whatever reviews or reserves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common import topics
from common.messages.windows import GetPharmacyRules, PharmacyRules, ReserveAt, SetPharmacyRules, WeighingRule
from common.wire import Done
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_RULES: Final = Read("SELECT batch_review, reserve_at, weighing FROM pharmacy_rules WHERE id = 1")
_SET: Final = Write(
    "UPDATE pharmacy_rules SET batch_review = %(batch_review)s, reserve_at = %(reserve_at)s, weighing = %(weighing)s WHERE id = 1"
)


def rules(tx: ReadTx) -> PharmacyRules:
    """The rules as they are now."""
    row = tx.first(_RULES)
    assert row is not None, "the migration made it"
    return PharmacyRules(batch_review=row[0], reserve_at=ReserveAt(row[1]), weighing=WeighingRule(row[2]))


@handles(GetPharmacyRules)
def get_pharmacy_rules(tx: ReadTx, request: GetPharmacyRules) -> PharmacyRules:
    """The rules as they are now."""
    return rules(tx)


@handles(SetPharmacyRules)
def set_pharmacy_rules(tx: Tx, request: SetPharmacyRules) -> Done:
    """Set the rules; the audit entry holds the old and the new ones."""
    old, new = _stored(rules(tx)), _stored(request.rules)
    tx.write(_SET, **new)
    tx.detail = {"old": old, "new": new}
    tx.changed(topics.WINDOW)
    return Done()


def _stored(pharmacy_rules: PharmacyRules) -> dict[str, object]:
    return {
        "batch_review": pharmacy_rules.batch_review,
        "reserve_at": str(pharmacy_rules.reserve_at),
        "weighing": str(pharmacy_rules.weighing),
    }
