"""From a bare machine to a program that runs inside ``.venv``. Standard library only."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

from common.i18n import tr
from installer.environment import DEVELOPER_LOCK, RUNTIME_LOCK, Environment
from installer.libraries import provide_libraries
from installer.terminal import SetUpStopped, complain, has_display, speak_system_language

REPO: Final = Path(__file__).resolve().parent.parent


def bootstrap(argv: list[str]) -> int:
    """Set up what ``argv`` needs and run it inside ``.venv``. The exit code; on POSIX a success never returns."""
    speak_system_language()
    command, rest = parse(argv)
    environment = Environment(REPO)
    try:
        provide_libraries(display=needs_display(command, rest))
        environment.provide(DEVELOPER_LOCK if command == "test" else RUNTIME_LOCK)
    except SetUpStopped as stopped:
        complain(str(stopped))
        return 1
    except TimeoutError:
        complain(tr("Another set-up has been running for half an hour. End it, then start again."))
        return 1
    except KeyboardInterrupt:
        complain(tr("Interrupted. The next start goes on where this one ended."))
        return 130
    return run_inside(environment.python, [command, *rest])


def parse(argv: list[str]) -> tuple[str, list[str]]:
    """The command and its own arguments. Prints the help and exits on anything else."""
    parser = argparse.ArgumentParser(prog="python3 -m installer", description=tr("Set up Xinglin on this machine and run it."))
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo|test|setup")
    demo = tr("set up, load the sample clinic, open the desks; --help tells more")
    commands.add_parser("demo", help=demo, description=demo, add_help=False)  # its own options are told by itself, once it is set up
    for name, purpose, more in (
        ("test", tr("set up, then run every check and test"), tr("Whatever else is given goes to pytest.")),
        ("setup", tr("set up only: packages, fonts, database"), tr("Whatever else is given goes to “xinglin migrate”.")),
    ):
        commands.add_parser(name, help=purpose, description=purpose, epilog=more)
    known, rest = parser.parse_known_args(argv)
    return known.command, rest


def needs_display(command: str, rest: list[str]) -> bool:
    """Only the demo opens windows on the screen, and only where there is one and nobody asked for ``--headless``."""
    return command == "demo" and has_display() and "--headless" not in rest


# The path file in .venv names the checkout, so -P costs nothing, and no folder of the person's stands before it.
INSIDE: Final = ("-P", "-m", "installer.inside")

if sys.platform == "win32":

    def run_inside(python: Path, arguments: list[str]) -> int:
        """Go on as the environment's own Python. Windows' execv would give the terminal back while the program still runs."""
        return subprocess.run([python, *INSIDE, *arguments], check=False).returncode

else:

    def run_inside(python: Path, arguments: list[str]) -> NoReturn:
        """Go on as the environment's own Python, in this same process."""
        sys.stdout.flush()
        os.execv(python, [str(python), *INSIDE, *arguments])
