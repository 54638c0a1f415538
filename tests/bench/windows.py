"""``windows``: ten desks at four windows with 300 prescriptions waiting: how long it takes until a worklist and the hall's screen are read anew.

In each round one patient is called; every desk then reads what the pharmacy's desk reads after a change (windows, what is to be reviewed, what is to
be handed out) and the hall's screen who is called, all at the same moment, each over a connection of its own. The shares say how the load was spread,
and how it is after one window closed. ``--runs`` is how many rounds.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from common.messages.pharmacy import ListToDispense, ListToReview, PickPrescription
from common.messages.windows import CallPatient, CloseWindow, ListCalls, ListWindows, OpenWindow, SetWindow
from tests import visits
from tests.bench import alone
from tests.bench.history import say
from tests.bench.people import People
from tests.bench.requests import percentile_ms
from tests.bench.sides import service
from tests.harness import Clinic, TestDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.wire import Request
    from tests.harness import SignedInDesk

ROUNDS: Final = 200
DESKS, WINDOWS, WAITING, CALLED = 10, 4, 300, 40
MANAGER, OTHER = "yuanzhang", "jianglan"
_WORKLIST: Final[tuple[Request[Any], ...]] = (ListWindows(), ListToReview(), ListToDispense())
_HALL: Final[tuple[Request[Any], ...]] = (ListCalls(),)
#: Prescriptions of one drug and of two weigh differently.
_DRUGS: Final = (("布洛芬",), ("氯雷他定",), ("布洛芬", "氯雷他定"))


def measure(runs: int, seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    with alone.folder() as folder, alone.database(folder) as postgres:
        served = alone.clinic(postgres, folder)
        with service(served, threads=4) as side:
            database = TestDatabase(served.dsn, served.owner_dsn, alone.TEMPLATE)
            clinic = People(f"http://127.0.0.1:{side.port}", database)
            return refresh(clinic, random.Random(seed), desks=DESKS, waiting=WAITING, rounds=runs or (30 if quick else ROUNDS))


def refresh(clinic: Clinic, chance: random.Random, *, desks: int, waiting: int, rounds: int) -> dict[str, Any]:
    """All of it on a sample clinic that is served."""
    windows = _open(clinic)
    ids = _wait(clinic, chance, waiting)
    say(f"  {waiting} wait")
    share = _shares(clinic)
    called = ids[: min(CALLED, waiting)]
    for prescription_id in called:
        _call(clinic, prescription_id, chance.choice(windows))
    people = [People(clinic.url, clinic.database) for _ in range(desks + 1)]
    try:
        signed_in = [one.desk(visits.PHARMACIST) for one in people]
        worklist, hall = _rounds(signed_in, lambda: _call(clinic, chance.choice(called), chance.choice(windows)), rounds)
    finally:
        for one in people:
            one.stop()
    moved = clinic.desk(visits.PHARMACIST).call(CloseWindow(window_id=windows[0])).moved
    listed = clinic.desk(visits.PHARMACIST).call(ListToDispense()).entries
    return {
        "desks": desks,
        "windows": len(windows),
        "waiting": waiting,
        "called": len(called),
        "rounds": rounds,
        **_times("worklist", worklist),
        **_times("hall", hall),
        "share_of_load": share,
        "handed_over_at_closing": moved,
        "share_after_closing": _shares(clinic),
        "lost": waiting - len({entry.prescription_id for entry in listed} & set(ids)),
    }


def _open(clinic: Clinic) -> list[int]:
    manager, pharmacists = clinic.desk(MANAGER), (clinic.desk(visits.PHARMACIST), clinic.desk(OTHER))
    made = [manager.call(SetWindow(name=f"{number}号窗口")).window_id for number in range(1, WINDOWS + 1)]
    for place, window_id in enumerate(made):
        pharmacists[place % 2].call(OpenWindow(window_id=window_id))
    return made


def _wait(clinic: Clinic, chance: random.Random, waiting: int) -> list[int]:
    """Paid one after the other, as patients come to the till."""
    patient_id = visits.new_patient(clinic).id
    visit_id = visits.register(clinic, patient_id).visit_id
    visits.consult(clinic, visit_id)
    ids = []
    for _ in range(waiting):
        prescription = visits.prescribe(clinic, visit_id, *chance.choice(_DRUGS))
        visits.approve(clinic, prescription.id)
        visits.settle_all(clinic, patient_id)
        ids.append(prescription.id)
    return ids


def _call(clinic: Clinic, prescription_id: int, window_id: int) -> None:
    pharmacist = clinic.desk(visits.PHARMACIST)
    pharmacist.call(PickPrescription(prescription_id=prescription_id))
    pharmacist.call(CallPatient(prescription_id=prescription_id, window_id=window_id))


def _rounds(desks: Sequence[SignedInDesk], change: Callable[[], None], rounds: int) -> tuple[list[int], list[int]]:
    """Nanoseconds of each reading: of all desks but the last, and of that one, which is the hall's."""
    worklist: list[int] = []
    hall: list[int] = []
    asked = [*((desk, _WORKLIST) for desk in desks[:-1]), (desks[-1], _HALL)]
    with ThreadPoolExecutor(len(desks)) as pool:
        for _ in range(rounds):
            change()
            *of_desks, of_hall = pool.map(lambda one: _read(*one), asked)
            worklist += of_desks
            hall.append(of_hall)
    return worklist, hall


def _read(desk: SignedInDesk, requests: Sequence[Request[Any]]) -> int:
    began = time.perf_counter_ns()
    for request in requests:
        desk.call(request)
    return time.perf_counter_ns() - began


def _times(name: str, took: list[int]) -> dict[str, float | None]:
    took.sort()
    return {
        f"{name}_p50_ms": percentile_ms(took, 50),
        f"{name}_p95_ms": percentile_ms(took, 95),
        f"{name}_most_ms": percentile_ms(took, 100),
    }


def _shares(clinic: Clinic) -> dict[str, float]:
    windows = [window for window in clinic.desk(visits.PHARMACIST).call(ListWindows()).windows if window.open]
    load = sum(window.load for window in windows)
    return {window.name: round(window.load / load, 3) for window in windows}
