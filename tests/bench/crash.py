"""``crash``: the service, the desks and both simulators are killed (``kill -9``) while cashiers settle and take back; then everything is counted.

A trial is one patient: charged by hand, paid by deposit, by a code or with the insurance, and in half of the trials taken back. Ten desks work at
once, so that one kill hits ten trials. In the end there must be one charge, one bill, one settlement at the bureau and one payment at the channel
for each, or none where it was taken back. ``--runs`` is the number of trials.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import psycopg

from tests import visits
from tests.bench import alone
from tests.bench.crash_count import count
from tests.bench.crash_desk import Orders, Trial
from tests.bench.crash_sides import Sides
from tests.bench.history import say
from tests.harness import TestDatabase
from tests.server.office import Office
from tests.server.settling.shop import enrol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from installer.postgres import EmbeddedPostgres

TRIALS: Final = 1000
LANES: Final = 10
#: Between two kills the desks finish about so many trials.
_TRIALS_A_KILL: Final = 22
_LOGINS: Final = ["qianduo", "jinxing"]
#: Most kills hit the two whose death leaves commands without an answer.
_VICTIMS: Final = ("service", "desks", "service", "channels", "service", "desks", "service", "bureau")
_QUIET_SECONDS: Final = 120.0
_LIVE: Final = "SELECT count(*) FROM settlement WHERE state IN ('OPEN', 'QUOTED', 'UNKNOWN')"
_DONE: Final = (
    "SELECT count(*) FROM request_log WHERE name IN ('charge_manually', 'top_up_deposit', 'settle', 'begin_settlement', 'refund_bill')"
)
_CARRIED_OUT: Final = "SELECT count(*) FROM request_log WHERE id = ANY(%s::uuid[])"


def measure(runs: int, first_seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    trials = runs or (200 if quick else TRIALS)
    with alone.folder() as folder, alone.database(folder) as postgres:
        return crash(postgres, alone.TEMPLATE, folder, trials, first_seed)


def crash(
    postgres: EmbeddedPostgres, template: str, folder: Path, trials: int, seed: int, *, kills: int = 0, forgets: bool = False
) -> dict[str, Any]:
    """Carry out so many trials under fire. ``forgets``: the desks, which alone are killed then, send anew under other ids: that has to be found."""
    name = f"crash_{seed}_{int(forgets)}"
    postgres.create_from_template(name, template)
    database = TestDatabase(postgres.dsn(dbname=name), postgres.dsn("xinglin_owner", name), name)
    sides = Sides(folder, database.dsn, database.owner_dsn)
    try:
        made = prepared(database, sides, trials, random.Random(seed))
        sides.wait_for_service()
        lanes = [made[lane::LANES] for lane in range(LANES)]
        sides.open_desks(Orders(sides.url, str(folder), lanes, _LOGINS, forgets))
        victims = ("desks",) if forgets else _VICTIMS
        battle = Battle(sides, database.dsn, random.Random(seed), kills or max(trials // _TRIALS_A_KILL, 6), victims)
        battle.fight(trials)
        still_open = _until_quiet(database.dsn)
    finally:
        sides_down(sides)
    found = count(database, sides, made)
    return {"trials": trials, **battle.figures(), **found, "unknown_open": still_open}


def sides_down(sides: Sides) -> None:
    """End the desks and the service; the simulators stay, to be asked what they hold."""
    if sides.desks is not None and sides.desks.poll() is None:
        sides.kill_desks()
    sides.service.terminate()
    sides.service.wait(60)


class Battle:
    """The kills, one after the other, each answered by a restart."""

    def __init__(self, sides: Sides, dsn: str, chance: random.Random, kills: int, victims: Sequence[str]) -> None:
        self.sides, self.chance, self.kills, self.victims = sides, chance, kills, victims
        self.killed = self.between = 0
        self.struck: Counter[str] = Counter()
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._connection.prepare_threshold = 0

    def fight(self, trials: int) -> None:
        """Kill at moments spread over the whole work, and let the desks finish."""
        started = time.monotonic()
        for turn in range(self.kills):
            if not self._wait_until(trials * 3 * (turn + 1) // (self.kills + 1)):
                break
            self._strike(self.victims[turn % len(self.victims)])
        while self.sides.at_work():
            time.sleep(0.05)
        self.seconds = round(time.monotonic() - started)
        self._connection.close()

    def _wait_until(self, done: int) -> bool:
        """Until the service has carried out so many commands; then a random moment longer. ``False`` when the desks were quicker."""
        while self._done() < done:
            if not self.sides.at_work():
                return False
            time.sleep(0.005)
        time.sleep(self.chance.random() * 0.1)
        return True

    def _done(self) -> int:
        row = self._connection.execute(_DONE).fetchone()
        return int(row[0]) if row else 0

    def _strike(self, victim: str) -> None:
        """Kill, count what had been committed without an answer, and bring it back."""
        kill, bring_back = self.sides.acts()[victim]
        if victim in ("service", "desks"):  # right after a commit, while its answer is on its way
            before, deadline = self._done(), time.monotonic() + 1
            while self._done() == before and time.monotonic() < deadline:
                pass
        if not self.sides.at_work():
            return
        kill()
        self.struck[victim] += 1
        self.killed += LANES
        if victim in ("service", "desks"):
            time.sleep(0.2)  # what had reached a desk before is noted by then
            row = self._connection.execute(_CARRIED_OUT, (self.sides.unanswered(),)).fetchone()
            self.between += int(row[0]) if row else 0
        time.sleep(self.chance.random() * 0.3)
        bring_back()

    def figures(self) -> dict[str, Any]:
        """What was done to them. ``killed``: trials in work at the moment of a kill."""
        return {"kills": dict(self.struck), "killed": self.killed, "between_commit_and_reply": self.between, "seconds": self.seconds}


def _until_quiet(dsn: str) -> int:
    """Wait until nothing is open; how much still is when it takes too long."""
    deadline = time.monotonic() + _QUIET_SECONDS
    with psycopg.connect(dsn, autocommit=True) as connection:
        while True:
            row = connection.execute(_LIVE).fetchone()
            if row == (0,) or time.monotonic() > deadline:
                return int(row[0]) if row else 0
            time.sleep(0.05)


# --- patients ---------------------------------------------------------------------------------------------------------------------------


def prepared(database: TestDatabase, sides: Sides, trials: int, chance: random.Random) -> list[Trial]:
    """So many patients with a visit, a third of them insured and seen by the doctor."""
    database.run("UPDATE clinic_session SET capacity = 1000000")
    office = Office(database)
    item = office.rows("SELECT id FROM service_item WHERE active AND price > 0 ORDER BY id LIMIT 1")[0][0]
    made = []
    try:
        for place in range(trials):
            kind = ("deposit", "code", "insured")[place % 3]
            patient = visits.new_patient(office, "陈一")
            visit = visits.register(office, patient.id)
            fee = office.rows("SELECT bill_id FROM charge_line WHERE visit_id = %s", visit.visit_id)[0][0]
            certificate = ""
            if kind == "insured":
                visits.consult(office, visit.visit_id)
                certificate = enrol(sides.bureau, "陈一", chance.choice((0, 10**6))).certificate_number
            made.append(Trial(patient.id, visit.visit_id, fee, item, kind, chance.random() < 0.5, certificate))
    finally:
        office.close()
    say(f"  {trials} patients")
    return made
