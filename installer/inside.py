"""The second half of ``python3 -m installer …``: it runs inside ``.venv`` and may use every package."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Final

from common.i18n import tr
from installer.database import database_at_hand
from installer.faults import told
from installer.lazily import run_module
from installer.prepare import fonts_beside_the_rest, fonts_prepared
from installer.terminal import has_display, say, speak_system_language

DEMO: Final = "installer.demo"


def main(argv: list[str]) -> int:
    """Run ``demo``, ``test`` or ``setup``. Returns the exit code."""
    speak_system_language()
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    command, *rest = argv
    fonts_beside_the_rest()
    return told(lambda: {"demo": demo, "test": test, "setup": setup}[command](rest))


def demo(argv: list[str]) -> int:
    """Open the sample clinic."""
    if {"-h", "--help"} & set(argv):
        return run_module(DEMO, argv)
    with ExitStack() as running:
        with fonts_prepared():  # beside the database's first start
            running.enter_context(database_at_hand())
        return run_module(DEMO, argv)


def test(argv: list[str]) -> int:
    """Run every check and test."""
    from installer.suite import run_suite

    return run_suite(argv)


def setup(argv: list[str]) -> int:
    """Prepare fonts and database, and migrate it."""
    with fonts_prepared(), database_at_hand():
        code = run_module("migrations.run", argv)
    if code == 0:
        say(tr("Xinglin is set up. Start it with: {command}", command="python3 -m installer demo"))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
