"""``start``: from the start of a desk's process to its sign-in screen and on to the desk, against a bare PySide6 window."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

from common.places import HOME_VARIABLE
from installer.sample import PASSWORD
from tests.bench.history import say
from tests.bench.sides import service
from tests.bench.states import States

if TYPE_CHECKING:
    from tests.bench.data import Store

#: The clerk of the sample clinic, and the desk that is opened.
_LOGIN: Final = "zhouqing"
DESK: Final = "registration"
_SECONDS: Final = 60.0


def measure(store: Store, patients: int, *, quick: bool) -> dict[str, Any]:
    """The section: medians of several starts, desk and bare window by turns; memory is the proportional set size."""
    clinic = store.clinic(patients)
    turns = 5 if quick else 15
    with ExitStack() as stack:
        stack.enter_context(closing(States(clinic)))
        ours = stack.enter_context(service(clinic))
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="xinglin-start-"))
        url = f"http://127.0.0.1:{ours.port}"
        desk = ["-m", "tests.bench.started", "desk", DESK, url, _LOGIN, PASSWORD]
        bare = ["-m", "tests.bench.started", "bare"]
        for arguments in (desk, bare):
            _start(arguments, home)  # the first start also reads the files from disk
        runs = [(_start(desk, home), _start(bare, home)) for _ in range(turns)]
    return _row([one for one, _ in runs], [two for _, two in runs])


def _start(arguments: list[str], home: str) -> dict[str, float]:
    """Start a process and read what it says: seconds since its start, memory."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, HOME_VARIABLE: home}
    began = time.monotonic()
    done = subprocess.run([sys.executable, *arguments, repr(began)], env=environment, stdout=subprocess.PIPE, timeout=_SECONDS, check=True)
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def _row(desks: list[dict[str, float]], bares: list[dict[str, float]]) -> dict[str, Any]:
    def median(runs: list[dict[str, float]], name: str) -> float:
        return statistics.median(run[name] for run in runs)

    sign_in, bare = median(desks, "sign_in_s"), median(bares, "sign_in_s")
    row = {
        "sign_in_s": round(sign_in, 3),
        "bare_s": round(bare, 3),
        "ratio": round(sign_in / bare, 2),
        "desk_s": round(median(desks, "desk_s"), 3),
        "sign_in_pss_mb": round(median(desks, "sign_in_pss_mb"), 1),
        "pss_mb": round(median(desks, "pss_mb"), 1),
        "bare_pss_mb": round(median(bares, "sign_in_pss_mb"), 1),
        "pss_ratio": round(median(desks, "pss_mb") / median(bares, "sign_in_pss_mb"), 2),
        "desk": DESK,
        "starts": len(desks),
    }
    say(f"  {row}")
    return row
