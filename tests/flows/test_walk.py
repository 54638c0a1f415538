"""The demonstration's walk: whole visits through the four real windows, by keys, scans and cards alone, and what it writes down."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import pytest

from client.__main__ import start
from client.settings import DeskSettings
from installer.demo.clinic import DemoClinic
from installer.demo.people import RefusedRow, invented_people
from installer.demo.walk import Walk, walk_all
from tests.harness import ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Clinic

PNG = b"\x89PNG"


@pytest.mark.timeout(240)
def test_patients_walk_through_all_desks(clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    start(DeskSettings())
    today = datetime.now(ZONE).date()
    refused = [RefusedRow(line=3, reason="no name")]
    out = tmp_path / "out"
    demo = DemoClinic(clinic.url, None, clinic.database.dsn)
    walk, smooth = walk_all(demo, invented_people(2, 5, today), refused, out, tmp_path / "desks", today, 5)
    assert walk.refused == refused, walk.refused
    assert smooth
    told = msgspec.json.decode(msgspec.json.encode(walk), type=Walk)
    assert len(told.visits) == 2
    for number, visit in enumerate(told.visits, 1):
        assert visit.amounts["paid"] == visit.amounts["prescription"]
        assert visit.amounts["given"] - visit.amounts["change"] == visit.amounts["paid"]
        assert visit.states[0] == "visit:WAITING"
        assert visit.states[-1] == "prescription:DISPENSED"
        assert set(visit.desks) == {"registration", "doctor", "pharmacy", "cashier"}
        assert all(effort.clicks == 0 for effort in visit.desks.values())
        printers = [paper.printer for paper in visit.documents]
        assert printers.count("receipt") == 3
        assert printers.count("a5") == 1
        assert printers.count("label") >= 1
        for paper in visit.documents:
            assert (out / paper.bytes).stat().st_size > 0
            assert all((out / name).read_bytes().startswith(PNG) for name in paper.png)
        assert len(list((out / f"visit{number:03d}").glob("*-*-*.png"))) >= 11
    assert clinic.database.value("SELECT count(*) FROM visit WHERE state = 'FINISHED'") == 2
    assert clinic.database.value("SELECT sum(amount_fen) FROM ledger_posting") == 0
