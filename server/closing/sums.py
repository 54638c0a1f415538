"""What the ledger says of shifts, by kind of operation and account, and the headings of a daily close made of that.

A partial refund takes the whole bill back and charges the rest anew, in one act and one shift. What that merely carries over (the lines that are
kept, the payments that go on paying for them) came from nobody and went to nobody: it is left out both of what was received and of what was paid
back, so that the sums agree with the drawer and with the channels' statements. Every account's net sum is untouched by that, and so is all that
is reconciled with the ledger: ``accounts()`` and the check rules ``close_sheet`` and ``roll_up_sums``. What the insurance settled anew is no such
thing: the bureau's own statement has both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from common.messages.close_sheet import InOut
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from server.db import ReadTx

#: Kind, account, sum of the debits, sum of the credits; then what is carried over, off both sides.
_SUMS: Final = Read(
    "WITH carried AS MATERIALIZED (SELECT p.account, sum(p.amount_fen)::bigint AS fen FROM bill b JOIN ledger_operation o ON o.bill_id = b.id"
    " JOIN ledger_posting p ON p.operation_id = o.id LEFT JOIN payment y ON y.id = p.payment_id WHERE b.shift_id = ANY(%(ids)s)"
    " AND b.reissues IS NOT NULL AND (p.payment_id IS NULL OR y.carries IS NOT NULL) GROUP BY p.account)"
    " SELECT o.kind, p.account, coalesce(sum(p.amount_fen) FILTER (WHERE p.amount_fen > 0), 0)::bigint,"
    " coalesce(sum(p.amount_fen) FILTER (WHERE p.amount_fen < 0), 0)::bigint FROM ledger_operation o"
    " JOIN ledger_posting p ON p.operation_id = o.id WHERE o.shift_id = ANY(%(ids)s) GROUP BY o.kind, p.account"
    " UNION ALL SELECT 'SALE', account, -greatest(fen, 0), -least(fen, 0) FROM carried"
    " UNION ALL SELECT 'REFUND', account, least(fen, 0), greatest(fen, 0) FROM carried"
)

#: The cash of these is no payment by anybody: it only goes between drawer, vault and what was found to differ.
_OWN_CASH: Final = frozenset({"FLOAT", "OVER_SHORT", "HAND_IN", "EXPENSE"})
#: Of these operations one account is what was paid for, not what it was paid with.
_PAID_FOR: Final = {
    "DEPOSIT": frozenset({"tender:deposit"}),
    "DEPOSIT_BACK": frozenset({"tender:deposit"}),
    "COLLECT": frozenset({"tender:credit", "tender:green"}),
}


class _Sum(NamedTuple):
    kind: str
    account: str
    positive: int
    negative: int

    @property
    def net(self) -> int:
        return self.positive + self.negative


class ShiftSums:
    """The sums of one or several shifts."""

    def __init__(self, rows: Iterable[_Sum]) -> None:
        self._rows = tuple(rows)

    def accounts(self) -> dict[str, int]:
        """Every account's sum that is not zero."""
        found: dict[str, int] = {}
        for row in self._rows:
            found[row.account] = found.get(row.account, 0) + row.net
        return {account: fen for account, fen in sorted(found.items()) if fen}

    def tenders(self) -> tuple[InOut, ...]:
        """Received, paid back and net by tender; without what only moved the clinic's own cash, and what a partial refund carries over."""
        rows = (row for row in self._rows if row.kind not in _OWN_CASH and row.account not in _PAID_FOR.get(row.kind, frozenset()))
        return _in_out(rows, "tender:", lambda row: (row.positive, row.negative))

    def categories(self) -> tuple[InOut, ...]:
        """Earned, taken back and net by fee category; without what a partial refund charges anew."""
        return _in_out(self._rows, "income:", lambda row: (-row.negative, -row.positive))

    def deposits(self) -> InOut:
        """Deposits taken in and paid out."""
        rows = [row for row in self._rows if row.kind in ("DEPOSIT", "DEPOSIT_BACK") and row.account == "tender:deposit"]
        return InOut(code="deposit", in_fen=-sum(row.negative for row in rows), out_fen=-sum(row.positive for row in rows))

    def collected(self) -> int:
        """What companies and green-channel patients paid of what they owed."""
        return -sum(row.net for row in self._rows if row.kind == "COLLECT" and row.account in _PAID_FOR["COLLECT"])

    def net(self, account: str) -> int:
        """An account's sum over everything."""
        return sum(row.net for row in self._rows if row.account == account)

    def expenses(self) -> int:
        """What was paid out of the drawer for the clinic's own expenses."""
        return -sum(row.net for row in self._rows if row.kind == "EXPENSE" and row.account == "tender:cash")

    def over_short(self) -> int:
        """Above zero: more was counted than there should have been."""
        return -self.net("over_short")


def _in_out(rows: Iterable[_Sum], prefix: str, both: Callable[[_Sum], tuple[int, int]]) -> tuple[InOut, ...]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.account.startswith(prefix):
            code = row.account.removeprefix(prefix)
            before, now = found.get(code, (0, 0)), both(row)
            found[code] = before[0] + now[0], before[1] + now[1]
    return tuple(InOut(code=code, in_fen=came, out_fen=went) for code, (came, went) in sorted(found.items()))


def of_shifts(tx: ReadTx, shift_ids: Sequence[int]) -> ShiftSums:
    """The sums of these shifts together."""
    return ShiftSums(_Sum(*row) for row in tx.rows(_SUMS, ids=list(shift_ids)))
