"""``xinglin bench``: measure the speed of service and desks, and print it as one JSON object.

Each section is one module with ``measure(store, patients, quick=…)``; a new one is a row of :data:`SECTIONS`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import time
from pathlib import Path
from typing import Final

from common.i18n import tr

#: Section → the module that measures it.
SECTIONS: Final = {
    "requests": "tests.bench.requests",
    "search": "tests.bench.search",
    "growth": "tests.bench.growth",
    "start": "tests.bench.start",
    "desks": "tests.bench.desks",
    "closing": "tests.bench.closing",
    "reports": "tests.bench.reports",
}
#: Those that measure whether money and stock hold, and the pharmacy's windows, on a clinic of their own: ``measure(runs, seed, quick=…)``.
ALONE: Final = {
    "bills": "tests.bench.bills",
    "crash": "tests.bench.crash",
    "insured": "tests.bench.insured",
    "ledger": "tests.bench.ledger",
    "races": "tests.bench.races",
    "stock": "tests.bench.stock",
    "trace": "tests.bench.codes",
    "windows": "tests.bench.windows",
}


def main(argv: list[str]) -> int:
    """``xinglin bench SECTION… [--quick] [--patients N] [--keep DIR] [--runs N] [--seed N]``."""
    from tests.bench.data import MOST_PATIENTS, Store
    from tests.bench.history import say

    given = _options(argv)
    if not 200 <= given.patients <= MOST_PATIENTS:
        raise SystemExit(tr("From 200 to {most} patients.", most=MOST_PATIENTS))
    measured = {}
    with contextlib.ExitStack() as stack:
        store = None
        for name in given.section:
            say(f"{name}:")
            started = time.monotonic()
            if name in ALONE:
                measured[name] = importlib.import_module(ALONE[name]).measure(given.runs, given.seed, quick=given.quick)
                continue
            if store is None:
                store = stack.enter_context(Store(given.keep).open())
                store.clinic(given.patients)
                started = time.monotonic()
            measured[name] = importlib.import_module(SECTIONS[name]).measure(store, given.patients, quick=given.quick)
            say(f"{name}: {time.monotonic() - started:.0f} s")
    print(json.dumps(measured, ensure_ascii=False, indent=1))
    return 0


def _options(argv: list[str]) -> argparse.Namespace:
    from tests.bench.data import PATIENTS

    parser = argparse.ArgumentParser(
        prog="xinglin bench",
        description=tr("Measure the speed of service and desks on a generated clinic. The clinic is made at the first run and kept."),
    )
    parser.add_argument("section", nargs="+", choices=[*SECTIONS, *ALONE], help=tr("what to measure"))
    parser.add_argument("--quick", action="store_true", help=tr("rough figures, within 50 seconds a section"))
    parser.add_argument("--patients", type=int, default=PATIENTS, help=tr("how large the clinic is"))
    parser.add_argument("--keep", type=Path, default=None, metavar="DIR", help=tr("where the generated clinics are kept"))
    parser.add_argument("--runs", type=int, default=0, help=tr("how many bills, sequences or trials; without it the usual number"))
    parser.add_argument("--seed", type=int, default=0, help=tr("where chance begins"))
    return parser.parse_args(argv)
