"""Breaches about stock-takes, price changes and closed months, and the life that they are planted into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.messages.settlement import Approve
from common.messages.stock_take import (
    Choice,
    ConfirmStockTake,
    CountLine,
    FinishCounting,
    GetCountSheet,
    GetDifferences,
    OpenStockTake,
)
from installer.sample import PASSWORD
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from tests.harness import Clinic
    from tests.server.check.planted import Planted

KEEPER: Final = "kuyan"
COUNTERS: Final = ("suye", "jianglan")
_COUNT: Final = "(SELECT min(id) FROM stock_take_count WHERE round = 2)"


def numbered(kind: str, *also: str) -> tuple[Planted, ...]:
    """The six breaches of a series whose numbers are those of the table ``kind``; ``also``: what names its moves by the number."""
    last = f"(SELECT max(id) FROM {kind})"
    return (
        plant(f"{kind}_number_form", f"UPDATE {kind} SET number = 'abc' WHERE id = {last}", f"{kind}_number_last", *also),
        plant(
            f"{kind}_number_once",
            f"ALTER TABLE {kind} DROP CONSTRAINT uq_{kind}_number; UPDATE {kind} SET number = (SELECT min(number) FROM {kind})",
            f"{kind}_number_last",
            *also,
        ),
        plant(f"{kind}_number_within", f"DELETE FROM number_series WHERE kind = '{kind}'"),
        plant(f"{kind}_number_last", f"UPDATE number_series SET last = last + 1 WHERE kind = '{kind}'"),
        plant(
            f"{kind}_number_gaps",
            f"UPDATE {kind} SET number = left(number, -1) || '9' WHERE id = {last}; UPDATE number_series SET last = 9 WHERE kind = '{kind}'",
            *also,
        ),
        plant(
            f"{kind}_gap_unused",
            "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
            f" WHERE kind = '{kind}'",
        ),
    )


COUNTING: Final = (
    plant(
        "take_moves",
        "UPDATE stock_take_count SET aside = aside + 1, book = book + 2 WHERE id = (SELECT max(id) FROM stock_take_count)",
        "take_book",
    ),
    plant("take_book", "UPDATE stock_take_line SET book = book + 1 WHERE id = (SELECT min(id) FROM stock_take_line)"),
    plant(
        "take_counters",
        f"UPDATE stock_take_count SET staff_id = (SELECT staff_id FROM stock_take_count ORDER BY id LIMIT 1) WHERE id = {_COUNT}",
    ),
    plant("take_steps", "UPDATE stock_take SET approved_by = NULL WHERE state = 'CONFIRMED'"),
    *numbered("stock_take", "take_moves"),
    plant("stock_take_state", "UPDATE stock_take SET state = 'LOST' WHERE state = 'CONFIRMED'", "take_moves", "take_steps"),
)


def live_with_counting(clinic: Clinic) -> None:
    """Two stock-takes of a drug each, with a loss that two people counted."""
    for name in ("蒙脱石散", "维生素C片"):
        _counted(clinic, name)


def _counted(clinic: Clinic, name: str) -> None:
    keeper, drug = clinic.desk(KEEPER), visits.drug(clinic, name)
    take = keeper.call(OpenStockTake(choice=Choice.DRUGS, drugs=(drug.id,)))
    for line in keeper.call(GetCountSheet(take_id=take.id)).lines:
        for nth, login in enumerate(COUNTERS, 1):
            clinic.desk(login).call(CountLine(line_id=line.line_id, round=nth, quantity=drug.pack_size))
    keeper.call(FinishCounting(take_id=take.id))
    told = keeper.call(GetDifferences(take_id=take.id))
    ask = Approve(act="stock_take", subject_id=take.id, amount_fen=told.gain_fen + told.loss_fen, login=COUNTERS[0], password=PASSWORD)
    keeper.call(ConfirmStockTake(take_id=take.id, approval_id=keeper.call(ask).approval_id))
