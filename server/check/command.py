"""``xinglin check``: examine a database and print JSON; exit code 1 if anything was found."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from common import places
from common.i18n import tr
from server.check.examine import SECTIONS, examine_database

if TYPE_CHECKING:
    from server.check.examine import Report


def main(argv: list[str]) -> int:
    """``xinglin check [--section NAME]… [--keys DIR]``. The report goes to the output, each finding's sentence to the error output."""
    given = _options(argv)
    report = examine_database(os.environ["XINGLIN_DATABASE_URL"], given.keys, given.section or tuple(SECTIONS), given.zone)
    print(as_json(report))
    for finding in report.findings:
        print(f"{finding.check}: {finding.sentence}", file=sys.stderr)
    return 0 if report.ok else 1


def as_json(report: Report) -> str:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="xinglin check", description=tr("Examine the database: money, stock, numbers, states, audit trail. Nothing is changed.")
    )
    parser.add_argument("--section", action="append", choices=list(SECTIONS), help=tr("only this part; may be given several times"))
    parser.add_argument("--keys", type=Path, default=places.keys_folder(), help=tr("folder of the service's keys"))
    parser.add_argument("--zone", default="Asia/Shanghai", help=tr("the clinic's time zone"))
    return parser.parse_args(argv)
