"""The clinic's rules about money: one row, read by whatever rounds, waives, refunds or closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.settlement import GetMoneyRules, MoneyRules, SetMoneyRules
from common.permissions import Role
from common.wire import Done, encode
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_RULES: Final = Read(
    "SELECT cash_rounding, refund_alone_fen, waiver_limits, green_days, insure_days, invoice_segments, close_needs_acceptance,"
    " einvoice_kind FROM money_rules WHERE id = 1"
)
_SET: Final = Write(
    "UPDATE money_rules SET cash_rounding = %(cash_rounding)s, refund_alone_fen = %(refund_alone_fen)s, waiver_limits = %(waiver_limits)s,"
    " green_days = %(green_days)s, insure_days = %(insure_days)s, invoice_segments = %(invoice_segments)s,"
    " close_needs_acceptance = %(close_needs_acceptance)s, einvoice_kind = %(einvoice_kind)s WHERE id = 1"
)
_FIELDS: Final = (
    "cash_rounding",
    "refund_alone_fen",
    "waiver_limits",
    "green_days",
    "insure_days",
    "invoice_segments",
    "close_needs_acceptance",
    "einvoice_kind",
)


def rules(tx: ReadTx) -> MoneyRules:
    """The rules as they are now, without what is connected."""
    row = tx.first(_RULES)
    assert row is not None, "the migration made it"
    return MoneyRules(**dict(zip(_FIELDS, row, strict=True)))


def _stored(money_rules: MoneyRules) -> dict[str, Any]:
    return {name: getattr(money_rules, name) for name in _FIELDS}


@handles(GetMoneyRules)
def get_money_rules(tx: ReadTx, request: GetMoneyRules) -> MoneyRules:
    """The rules, and what is connected."""
    channels, insurance = tuple(sorted(tx.parties.channels)), tx.parties.bureau is not None
    return msgspec.structs.replace(rules(tx), channels=channels, insurance=insurance)


@handles(SetMoneyRules)
def set_money_rules(tx: Tx, request: SetMoneyRules) -> Done:
    """Set the rules; the audit entry holds the old and the new ones."""
    _check(request.rules)
    old, new = _stored(rules(tx)), _stored(request.rules)
    tx.write(_SET, **{**new, "waiver_limits": Jsonb(request.rules.waiver_limits, dumps=encode)})
    tx.detail = {"old": old, "new": new}
    tx.changed(topics.CATALOGUE)
    return Done()


def _check(money_rules: MoneyRules) -> None:
    if money_rules.cash_rounding not in ("none", "down", "half_up", "up"):
        raise FieldWrong(field=N_("Cash rounding"), reason=N_("one of: none, down, half_up, up"))
    if money_rules.einvoice_kind not in ("none", "medical", "tax"):
        raise FieldWrong(field=N_("E-invoice"), reason=N_("one of: none, medical, tax"))
    if not set(money_rules.waiver_limits) <= set(Role) or any(limit < 0 for limit in money_rules.waiver_limits.values()):
        raise FieldWrong(field=N_("Waiver limits"), reason=N_("an amount not below zero for each role"))
