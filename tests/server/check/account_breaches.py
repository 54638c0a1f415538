"""Breaches of deposits and credit accounts; see :mod:`tests.server.check.breaches`. The clinic that lived used both."""

from __future__ import annotations

from typing import Final

from tests.server.check.planted import Planted, plant

_DEPOSIT: Final = "(SELECT min(patient_id) FROM deposit)"
_COMPANY: Final = "(SELECT min(id) FROM credit_account WHERE kind = 'COMPANY')"
_SPEND: Final = "(SELECT min(id) FROM deposit_entry WHERE kind = 'SPEND')"
_CHARGE: Final = "(SELECT min(id) FROM credit_entry WHERE kind = 'CHARGE')"

ACCOUNTS: Final[tuple[Planted, ...]] = (
    plant("deposit_entries", f"UPDATE deposit SET balance_fen = balance_fen + 1 WHERE patient_id = {_DEPOSIT}", "deposit_ledger"),
    plant("deposit_running", f"UPDATE deposit_entry SET balance_fen = balance_fen + 1 WHERE id = {_SPEND}"),
    plant(
        "deposit_ledger",
        "UPDATE ledger_posting SET account = 'tender:waiver' WHERE id = (SELECT min(id) FROM ledger_posting"
        " WHERE account = 'tender:deposit' AND payment_id IS NULL)",
    ),
    plant("deposit_cause", "UPDATE deposit_entry SET bill_id = (SELECT min(id) FROM bill) WHERE kind = 'SPEND'"),
    plant("credit_entries", f"UPDATE credit_account SET balance_fen = balance_fen + 1 WHERE id = {_COMPANY}", "credit_ledger"),
    plant("credit_running", f"UPDATE credit_entry SET balance_fen = balance_fen + 1 WHERE id = {_CHARGE}"),
    plant(
        "credit_ledger",
        "UPDATE ledger_posting SET account = 'tender:waiver' WHERE id = (SELECT min(id) FROM ledger_posting"
        " WHERE account = 'tender:credit' AND payment_id IS NULL)",
    ),
    plant("credit_cause", "UPDATE credit_entry SET receipt = jsonb_set(receipt, '{number}', '\"C0\"') WHERE kind = 'COLLECT'"),
    plant("credit_limit", f"UPDATE credit_account SET limit_fen = balance_fen - 1 WHERE id = {_COMPANY}"),
    plant("credit_holder", f"DELETE FROM credit_member WHERE account_id = {_COMPANY}"),
    plant("approval_used", "UPDATE approval SET used_at = expires_at + interval '1 second'"),
)


def _numbered(kind: str, table: str, receipt: str) -> tuple[Planted, ...]:
    newest = f"(SELECT max(id) FROM {table} WHERE number IS NOT NULL)"
    return (
        plant(f"{kind}_number_form", f"UPDATE {table} SET number = 'abc' WHERE id = {newest}", f"{kind}_number_last", receipt),
        plant(
            f"{kind}_number_once",
            f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_number;"
            f"UPDATE {table} SET number = (SELECT min(number) FROM {table}) WHERE id = {newest}",
            f"{kind}_number_last",
            receipt,
        ),
        plant(f"{kind}_number_within", f"UPDATE number_series SET last = last - 1 WHERE kind = '{kind}'"),
        plant(f"{kind}_number_last", f"UPDATE number_series SET last = last + 3 WHERE kind = '{kind}'"),
        plant(
            f"{kind}_number_gaps",
            f"UPDATE {table} SET number = left(number, -4) || '0900' WHERE id = {newest};"
            f"UPDATE number_series SET last = 900 WHERE kind = '{kind}'",
            receipt,
        ),
        plant(
            f"{kind}_gap_unused",
            f"INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
            f" WHERE kind = '{kind}'",
        ),
    )


ACCOUNT_NUMBERS: Final[tuple[Planted, ...]] = (
    *_numbered("deposit", "deposit_entry", "deposit_cause"),
    *_numbered("collect", "credit_entry", "credit_cause"),
)
