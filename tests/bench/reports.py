"""``reports``: a month of 2,000 settlements a day by every report, at the service."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from common.messages.finance import DrillDown, GetReport, ReportKind
from tests.bench.crowd import Crowd, Order
from tests.bench.data import ZONE
from tests.bench.history import say, visits_a_day
from tests.bench.kinds import Asked
from tests.bench.requests import percentile_ms
from tests.bench.sides import service, wait_until_sealed
from tests.bench.states import States

if TYPE_CHECKING:
    from common.wire import Request
    from tests.bench.data import Clinic, Store

#: 30 days of 2,000 settlements.
SETTLEMENTS: Final = 60_000


def period(clinic: Clinic) -> tuple[date, date]:
    """The last days that together hold so many settlements (17 bills to 10 visits), or all there are."""
    a_day = visits_a_day(clinic.visits)
    days = min(-(-SETTLEMENTS * 10 // (a_day * 17)), clinic.visits // a_day)
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    return yesterday - timedelta(days=days - 1), yesterday


def measure(store: Store, patients: int, *, quick: bool) -> list[dict[str, Any]]:
    """The section. One client asks, one report after the other, with nothing kept between two askings."""
    clinic = store.clinic(patients)
    count = 20 if quick else 100
    begins, ends = period(clinic)
    rows = []
    with ExitStack() as stack:
        token = _manager(stack.enter_context(closing(States(clinic))))
        ours = stack.enter_context(service(clinic))
        crowd = stack.enter_context(Crowd())
        wait_until_sealed(clinic)
        asked: dict[str, Request[Any]] = {kind: GetReport(kind=kind, begins=begins, ends=ends) for kind in ReportKind}
        asked["drill down"] = DrillDown(kind=ReportKind.CATEGORY, key="income:western_drug", begins=begins, ends=ends)
        for name, request in asked.items():
            shots = [Asked(request, token).shot()] * count
            outcome = crowd.carry_out(Order(port=ours.port, clients=1, seconds=120, shots=shots))
            assert not outcome.errors, outcome.refusals
            times = sorted(outcome.nanoseconds)
            row = {
                "report": str(name),
                "days": (ends - begins).days + 1,
                "p50_ms": percentile_ms(times, 50),
                "p95_ms": percentile_ms(times, 95),
            }
            rows.append(row)
            say(f"  {row}")
    return rows


def _manager(states: States) -> str:
    """The sample clinic's manager, signed in; the token."""
    token = secrets.token_urlsafe(32)
    states.connection.execute(
        "INSERT INTO session (token_hash, staff_id, created_at, last_seen_at, expires_at)"
        " SELECT %s, id, now(), now(), now() + interval '14 h' FROM staff WHERE login = 'yuanzhang'",
        (hashlib.sha256(token.encode()).digest(),),
    )
    return token
