"""Breaches of shifts, closes and roll-ups; see :mod:`tests.server.check.breaches`. The clinic that lived closed shifts that had only a float."""

from __future__ import annotations

from typing import Final

from tests.server.check.planted import Planted, plant

#: Closed, not rolled up, nothing short; rolled up and short by two yuan.
_CLOSED: Final = "(SELECT max(id) FROM shift WHERE state = 'CLOSED')"
_ROLLED: Final = "(SELECT max(id) FROM shift WHERE state = 'ROLLED_UP')"
_CLOSE: Final = f"(SELECT max(id) FROM day_close WHERE shift_id = {_CLOSED})"
_HAND_IN: Final = f"(SELECT max(id) FROM ledger_operation WHERE kind = 'HAND_IN' AND shift_id = {_CLOSED})"

SHIFTS: Final[tuple[Planted, ...]] = (
    plant("shift_steps", f"UPDATE shift SET accepted_by = NULL WHERE id = {_CLOSED}"),
    plant("shift_float", f"UPDATE shift SET float_fen = float_fen + 1 WHERE id = {_CLOSED}"),
    plant("shift_count", f'UPDATE shift SET counted = \'{{"pieces": [[10000, 1]], "loose_fen": 3}}\' WHERE id = {_CLOSED}'),
    plant(
        "shift_expected",
        f"UPDATE shift SET expected_fen = expected_fen + 1, counted_fen = counted_fen + 1,"
        f" counted = jsonb_set(counted, '{{loose_fen}}', '1') WHERE id = {_CLOSED}",
        "close_bills",
    ),
    plant(
        "shift_closed_empty",
        f"UPDATE ledger_posting SET amount_fen = amount_fen - sign(amount_fen) * 5 WHERE operation_id = {_HAND_IN}",
        "close_sheet",
    ),
    plant("shift_difference", f"UPDATE shift SET difference_reason = '' WHERE id = {_ROLLED}"),
    plant("shift_close", f"UPDATE day_close SET reopened_at = now() WHERE id = {_CLOSE}"),
    plant("close_sheet", f"UPDATE day_close SET facts = jsonb_set(facts, '{{accounts,income:lab}}', '100') WHERE id = {_CLOSE}"),
    plant("close_bills", f"UPDATE day_close SET facts = jsonb_set(facts, '{{bills}}', '7') WHERE id = {_CLOSE}"),
    plant("roll_up_sums", "UPDATE roll_up SET facts = jsonb_set(facts, '{counted_fen}', '7')"),
)

_NEWEST: Final = "(SELECT max(id) FROM day_close)"
_SECOND: Final = "(SELECT max(id) FROM day_close WHERE roll_up_id IS NOT NULL)"

CLOSING_NUMBERS: Final[tuple[Planted, ...]] = (
    plant("day_close_number_form", f"UPDATE day_close SET number = 'abc' WHERE id = {_NEWEST}", "day_close_number_last"),
    plant(
        "day_close_number_once",
        "ALTER TABLE day_close DROP CONSTRAINT uq_day_close_number;"
        f"UPDATE day_close SET number = (SELECT min(number) FROM day_close) WHERE id = {_SECOND}",
        "day_close_number_last",
    ),
    plant("day_close_number_within", "UPDATE number_series SET last = last - 1 WHERE kind = 'day_close'"),
    plant("day_close_number_last", "UPDATE number_series SET last = last + 3 WHERE kind = 'day_close'"),
    plant(
        "day_close_number_gaps",
        f"UPDATE day_close SET number = left(number, -3) || '900' WHERE id = {_NEWEST};"
        "UPDATE number_series SET last = 900 WHERE kind = 'day_close' AND scope = (SELECT max(scope) FROM number_series WHERE kind = 'day_close')",
    ),
    plant(
        "day_close_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series WHERE kind = 'day_close'",
    ),
    plant("roll_up_number_form", "UPDATE roll_up SET number = 'abc'", "roll_up_number_last"),
    plant(
        "roll_up_number_once",
        "ALTER TABLE roll_up DROP CONSTRAINT uq_roll_up_number; DROP INDEX uq_roll_up_business_date;"
        "INSERT INTO roll_up (number, business_date, facts, at, staff_id) SELECT number, business_date, facts, at, staff_id FROM roll_up",
        "roll_up_sums",
    ),
    plant("roll_up_number_within", "UPDATE number_series SET last = last - 1 WHERE kind = 'roll_up'"),
    plant("roll_up_number_last", "UPDATE number_series SET last = last + 3 WHERE kind = 'roll_up'"),
    plant(
        "roll_up_number_gaps",
        "UPDATE roll_up SET number = left(number, -2) || '90'; UPDATE number_series SET last = 90 WHERE kind = 'roll_up'",
    ),
    plant(
        "roll_up_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series WHERE kind = 'roll_up'",
    ),
)
