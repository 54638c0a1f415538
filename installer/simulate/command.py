"""``xinglin simulate``: live a clinic's days through the real service and print what happened as JSON."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from common import places
from common.i18n import tr
from installer.simulate import ground
from installer.simulate.days import live, opening
from installer.simulate.digest import digest_of
from installer.simulate.service import training_service
from installer.simulate.worker import SimulationFailed, Tally
from installer.simulate.world import World
from installer.terminal import complain, say

#: A new simulated clinic has so little on its shelves that some of it runs out.
_PACKS = 60


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to simulate: ``patients`` arrivals on each of ``days`` days from ``start``, all chance drawn from ``seed``."""

    days: int
    patients: int
    seed: int
    start: date


class Summary(msgspec.Struct, kw_only=True):
    """What happened. ``digest`` is the clinic's fingerprint; ``takings_fen`` is by tender, refunds counted back."""

    plan: Plan
    acts: dict[str, int]
    refusals: dict[str, int]
    replays: int
    visits: dict[str, int]
    prescriptions: dict[str, int]
    takings_fen: dict[str, int]
    digest: str
    database: str = ""
    keys: str = ""


def simulate(plan: Plan, dsn: str, keys: Path) -> Summary:
    """Live the plan's days in the sample clinic at ``dsn``. Raises :class:`SimulationFailed` when the service did what it must not."""
    begin: datetime = opening(plan.start)
    with training_service(dsn, keys, begin) as url:
        world = World(url, plan.seed, begin)
        live(world, plan.start, plan.days, plan.patients)
    return _summary(plan, dsn, world.tally)


def _summary(plan: Plan, dsn: str, tally: Tally) -> Summary:
    with psycopg.connect(dsn) as connection:
        return Summary(
            plan=plan,
            acts=dict(sorted(tally.acts.items())),
            refusals=dict(sorted(tally.refusals.items())),
            replays=tally.replays,
            visits=_counts(connection, "SELECT state, count(*) FROM visit GROUP BY state ORDER BY state"),
            prescriptions=_counts(connection, "SELECT state, count(*) FROM prescription GROUP BY state ORDER BY state"),
            takings_fen=_counts(connection, "SELECT tender, sum(amount_fen)::bigint FROM payment GROUP BY tender ORDER BY tender"),
            digest=digest_of(connection),
        )


def _counts(connection: psycopg.Connection[Any], query: str) -> dict[str, int]:
    return dict(connection.execute(query).fetchall())


def main(argv: Sequence[str]) -> int:
    """``xinglin simulate --days D --patients N --seed S [--start DATE] [--fresh NAME]``."""
    given = _options(argv)
    dsn, keys = os.environ["XINGLIN_DATABASE_URL"], places.keys_folder()
    if given.fresh:
        start = given.start or ground.FIRST_DAY
        dsn, _ = ground.fresh_database(ground.check_name(given.fresh), dsn, os.environ["XINGLIN_OWNER_URL"])
        keys = places.data_folder() / "simulated" / given.fresh / "keys"
        ground.set_up_sample(dsn, start, _PACKS)
    else:
        start = ground.first_free_day(dsn, given.start)
    try:
        summary = simulate(Plan(days=given.days, patients=given.patients, seed=given.seed, start=start), dsn, keys)
    except SimulationFailed as failed:
        complain(str(failed))
        return 1
    summary.database, summary.keys = given.fresh or "", str(keys)
    say(msgspec.json.format(msgspec.json.encode(summary), indent=1).decode())
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="xinglin simulate", description=tr("Live a clinic's days through the real service."))
    parser.add_argument("--days", type=_some, default=1, help=tr("how many days"))
    parser.add_argument("--patients", type=_some, default=40, help=tr("how many patients come on each day"))
    parser.add_argument("--seed", type=int, default=1, help=tr("the same seed gives the same clinic"))
    parser.add_argument("--start", type=date.fromisoformat, default=None, help=tr("first day, as 2026-01-05"))
    parser.add_argument("--fresh", metavar="NAME", default="", help=tr("live them in a new database of this name"))
    return parser.parse_args(argv)


def _some(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError(tr("between 1 and 100,000"))
    return number
