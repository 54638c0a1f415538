"""A clinic connected to a simulated bureau, whose errands a test has carried out when it wants."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.messages.insurance import ErrandKind, ListErrands
from common.messages.insurance_upload import ListUploads, UploadRow
from server.clock import Clock
from server.insurance.connect import line_to_bureau
from server.insurance.simulator.process import Simulator, start_simulator
from server.insurance_desk import courier, runner
from tests.harness import TestDatabase
from tests.server.settling.shop import Shop

MANAGER = "yuanzhang"
_SERIALS = itertools.count(1)


class House:
    """What errands need of a service."""

    def __init__(self, shop: Shop) -> None:
        self.database, self.dispatch, self.parties = shop.connections, shop.dispatch, shop.parties
        self.clock: Clock = shop.clock


class Bureau(Shop):
    """The shop with its insurance desk: ``work`` does what the service does every second."""

    def __init__(self, database: TestDatabase, bureau: Simulator) -> None:
        super().__init__(database, None, bureau)
        setup = bureau.setup(20)  # as the shop's own line
        database.run(
            "UPDATE insurance_setup SET connected = true, province = %s, url = %s, fixmedins_code = %s, fixmedins_name = %s,"
            " mdtrtarea_admvs = %s, timeout_seconds = 20",
            setup.province,
            setup.url,
            setup.fixmedins_code,
            setup.fixmedins_name,
            setup.mdtrtarea_admvs,
        )
        # an errand asks through the same line as a settlement
        self.secrets = bureau.secrets
        self.simulator = bureau
        self.house = House(self)

    def reconnect(self) -> None:
        """As the service does every two seconds."""
        self.parties.bureau = line_to_bureau(self.connections, self.secrets, self.parties.bureau)

    def serial(self) -> int:
        """A serial that no pack of this run had: the bureau remembers what was sold."""
        return next(_SERIALS)

    def line(self) -> Any:
        """The line as it stands."""
        return self.parties.bureau

    def work(self) -> None:
        """Carry out what is due."""
        runner.run_due(self.house)

    def upload(self) -> None:
        """Send what is due."""
        courier.send_due(self.house)

    def due_again(self) -> None:
        """Let every pause be over."""
        self.database.run("UPDATE insurance_errand SET next_try_at = now() WHERE state = 'WAITING'")
        self.database.run("UPDATE insurance_upload SET next_try_at = now() WHERE state = 'PENDING'")

    def queue(self, infno: str) -> list[UploadRow]:
        """What the desk shows of one kind of report, done or not, as it was entered."""
        rows = self.desk(MANAGER).call(ListUploads(done=True)).rows
        return sorted((row for row in rows if row.infno == infno), key=lambda row: row.id)

    def at_bureau(self, infno: str) -> list[dict[str, Any]]:
        """What arrived there, in that order; also of other tests' clinics."""
        return [one["row"] for one in self.simulator.control("uploads", infno)]

    def errand(self, kind: ErrandKind) -> Any:
        """The newest errand of a kind that is listed."""
        return next(one for one in self.desk(MANAGER).call(ListErrands()).errands if one.kind is kind)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One bureau for the run; lenient, so that every drug and person is known."""
    started = start_simulator(tmp_path_factory.mktemp("desk-bureau") / "state", province="guangdong", arguments=("--lenient",))
    yield started
    started.stop()


@pytest.fixture
def bureau(database: TestDatabase, simulator: Simulator) -> Iterator[Bureau]:
    """The clinic for one test."""
    simulator.control("clear")
    simulator.control("forget_uploads")  # every test's clinic counts its prescriptions and batches from 1
    opened = Bureau(database, simulator)
    yield opened
    opened.close()
    simulator.control("clear")


@pytest.fixture
def own(database: TestDatabase, tmp_path: Path) -> Iterator[Bureau]:
    """A clinic whose bureau nobody else settles with, and that is strict about codes."""
    started = start_simulator(tmp_path / "state", province="guangdong")
    opened = Bureau(database, started)
    yield opened
    opened.close()
    started.stop()
