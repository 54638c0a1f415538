"""The one command-line program, ``xinglin``. Each subcommand loads its own part only, and only when it is asked for."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

from common.i18n import N_, tr
from installer.faults import told
from installer.lazily import require_module, run_module
from installer.prepare import fonts_beside_the_rest
from installer.terminal import speak_system_language


class Subcommand(NamedTuple):
    """A row of the table: its name, the module whose ``main(argv)`` does it, and what it does in one line."""

    name: str
    module: str
    purpose: str
    database: bool
    """Whether it works on a database, so that the embedded one must run unless the clinic's own server is named."""


SUBCOMMANDS: Final = (
    Subcommand("serve", "server.__main__", N_("run the service that all desks talk to"), True),
    Subcommand("desk", "client.__main__", N_("open a workstation"), False),
    Subcommand("demo", "installer.demo", N_("open the sample clinic"), True),
    Subcommand("migrate", "migrations.run", N_("bring the database's tables up to this version"), True),
    Subcommand("import", "installer.import_lists", N_("load the clinic's own lists from CSV or XLSX"), True),
    Subcommand("clinic", "installer.clinic", N_("name the clinic, open departments and clinic sessions"), True),
    Subcommand("staff", "installer.staff", N_("add people, give roles, set passwords"), True),
    Subcommand("pair", "server.pairing", N_("show the short code that pairs a new desk"), True),
    Subcommand("check", "server.check", N_("examine the database: money, stock, numbers, states, audit trail"), True),
    Subcommand("simulate", "installer.simulate", N_("live a clinic's days through the service, for training and measuring"), True),
    Subcommand("bench", "tests.bench", N_("measure the speed of service and desks"), False),
    Subcommand("openapi", "server.openapi", N_("print the description of the service's interface"), False),
)


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand and return its exit code; 1 with a sentence if it cannot be run."""
    speak_system_language()
    chosen, rest = parse(sys.argv[1:] if argv is None else argv)
    fonts_beside_the_rest()
    return told(lambda: _run(chosen, rest))


def _run(chosen: Subcommand, rest: list[str]) -> int:
    require_module(chosen.module)
    if not chosen.database or {"-h", "--help"} & set(rest):
        return run_module(chosen.module, rest)
    from installer.database import database_at_hand, require_tables

    with database_at_hand():
        if chosen.name == "serve":  # The others end with this sentence when they meet a table that is not there.
            require_tables()
        return run_module(chosen.module, rest)


def parse(argv: list[str]) -> tuple[Subcommand, list[str]]:
    """The subcommand and its own arguments. Prints help or version and exits where they are asked for or the name is unknown."""
    parser = argparse.ArgumentParser(
        prog="xinglin",
        description=tr("Xinglin: outpatient clinic suite"),
        epilog=tr("“xinglin SUBCOMMAND --help” tells more about each."),
        add_help=False,
    )
    general = parser.add_argument_group(tr("options"))
    general.add_argument("-h", "--help", action="help", help=tr("show this help"))
    general.add_argument("--version", action="version", version=f"xinglin {project_version()}", help=tr("show the version"))
    commands = parser.add_subparsers(dest="command", required=True, metavar=tr("SUBCOMMAND"), title=tr("subcommands"))
    for row in SUBCOMMANDS:
        # A prefix char that nobody types: everything after the name, options too, goes to the subcommand's own parser.
        command = commands.add_parser(row.name, help=tr(row.purpose), add_help=False, prefix_chars="\0")
        command.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    known = parser.parse_args(argv)
    return next(row for row in SUBCOMMANDS if row.name == known.command), known.rest


def project_version() -> str:
    """The version in ``pyproject.toml``, the only place that says it."""
    file = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"])


if __name__ == "__main__":
    sys.exit(main())
