"""What the crash bench counts in the end: each trial's charge, bill, money at the channel and settlement at the bureau, on both sides."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import psycopg

from server.check.examine import SECTIONS, examine_database

if TYPE_CHECKING:
    from tests.bench.crash_desk import Trial
    from tests.bench.crash_sides import Sides
    from tests.harness import TestDatabase

_LINES: Final = "SELECT patient_id, count(*) FROM charge_line WHERE source = 'service' AND state <> 'VOIDED' GROUP BY patient_id"
_BILLS: Final = (
    "SELECT b.patient_id, count(*) FILTER (WHERE b.kind = 'SALE'), count(*) FILTER (WHERE b.kind = 'REFUND'), coalesce(sum(b.total_fen), 0)::bigint"
    " FROM bill b JOIN visit v ON v.id = b.visit_id WHERE b.id <> ALL(%s) GROUP BY b.patient_id"
)
_TOPPED: Final = (
    "SELECT patient_id, count(*) FILTER (WHERE kind = 'TOP_UP'), coalesce(sum(amount_fen), 0)::bigint FROM deposit_entry"
    " GROUP BY patient_id"
)
_ORDERS: Final = (
    "SELECT y.order_number, s.patient_id FROM payment y JOIN settlement s ON s.id = y.settlement_id WHERE y.order_number IS NOT NULL"
)
_PERSONS: Final = "SELECT DISTINCT i.psn_no, i.patient_id FROM insurance_settlement i"


class Found:
    """What there is of each patient, on all sides."""

    def __init__(self, database: TestDatabase, sides: Sides, fees: list[int]) -> None:
        with psycopg.connect(database.dsn) as connection:
            self.lines: dict[int, int] = dict(connection.execute(_LINES).fetchall())
            self.bills: dict[int, tuple[int, int, int]] = {row[0]: row[1:] for row in connection.execute(_BILLS, (fees,)).fetchall()}
            self.topped: dict[int, tuple[int, int]] = {row[0]: row[1:] for row in connection.execute(_TOPPED).fetchall()}
            orders: dict[str, int] = dict(connection.execute(_ORDERS).fetchall())
            persons: dict[str, int] = dict(connection.execute(_PERSONS).fetchall())
        self.channel: Counter[int] = Counter()
        for movement in sides.channels.control("book", {"channel": "wechat", "order_prefix": ""}):
            sign = 1 if movement["act"] == "PAY" else -1
            self.channel[orders.get(movement["order"], 0)] += sign * movement["amount_fen"]
        self.bureau: Counter[int] = Counter()
        for one in sides.bureau.control("settlements"):
            if not one["cancelled_by"] and not one["cancels"]:
                self.bureau[persons.get(one["psn_no"], 0)] += 1


def count(database: TestDatabase, sides: Sides, trials: list[Trial]) -> dict[str, Any]:
    """Trials that lost something, did something twice, or stand on one side only; and whether the examination finds anything."""
    found = Found(database, sides, [trial.fee_bill for trial in trials])
    sides.channels.stop()
    sides.bureau.stop()
    lost = [trial.patient for trial in trials if _lost(found, trial)]
    doubled = [trial.patient for trial in trials if _doubled(found, trial)]
    half = [trial.patient for trial in trials if _half(found, trial)]
    strangers = [patient for patient in (*found.channel, *found.bureau) if patient == 0 and (found.channel[0] or found.bureau[0])]
    report = examine_database(database.dsn, sides.keys, [name for name in SECTIONS if name != "audit"])
    return {
        "lost": len(lost),
        "doubled": len(doubled),
        "half": len(half) + len(strangers),
        "check": {finding.check: finding.count for finding in report.findings},
    }


def _lost(found: Found, trial: Trial) -> bool:
    """No charge, or no bill, or it was not taken back although it should have been."""
    sales, refunds, _ = found.bills.get(trial.patient, (0, 0, 0))
    return not found.lines.get(trial.patient) or not sales or bool(trial.refund and not refunds)


def _doubled(found: Found, trial: Trial) -> bool:
    """Charged, billed, taken back, topped up or settled at the bureau more than once."""
    sales, refunds, _ = found.bills.get(trial.patient, (0, 0, 0))
    topped = found.topped.get(trial.patient, (0, 0))[0]
    return max(found.lines.get(trial.patient, 0), sales, refunds, topped, found.bureau[trial.patient]) > 1


def _half(found: Found, trial: Trial) -> bool:
    """One side has what the other has not."""
    net = found.bills.get(trial.patient, (0, 0, 0))[2]
    if (net == 0) != trial.refund:
        return True
    if trial.kind == "code":
        return found.channel[trial.patient] != net
    if trial.kind == "insured":
        return found.bureau[trial.patient] != (0 if trial.refund else 1)
    left = found.topped.get(trial.patient, (0, 0))[1]  # spent, and back in the deposit where the bill was taken back
    return (left > 0) != trial.refund
