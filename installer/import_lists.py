"""``xinglin import KIND FILE``: load a clinic's own list. Everything that is wrong is said by row and column, and then nothing is stored."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from common.errors import XinglinError
from common.i18n import N_, tr
from common.messages.catalogue import ImportCatalogue
from common.messages.store import ReceiveStock
from installer.terminal import complain, say
from server.db import Read
from server.importing.columns import parse_mapping
from server.importing.kinds import KINDS
from server.importing.problems import CellError, FileRefused
from server.importing.validation import Validated, import_file
from server.local import LocalDesk

if TYPE_CHECKING:
    from collections.abc import Collection

#: The request's field that takes the rows of a list.
_FIELDS: Final = {
    "drugs": "drugs",
    "diagnoses": "diagnoses",
    "services": "services",
    "frequencies": "frequencies",
    "routes": "routes",
    "ethnic_groups": "ethnic_groups",
    "allergens": "allergens",
    "regions": "regions",
}
#: Lists that the rows of another one may name.
_KNOWN: Final = {
    "drugs": Read("SELECT code FROM drug"),
    "frequencies": Read("SELECT code FROM frequency"),
    "routes": Read("SELECT code FROM route"),
    "allergens": Read("SELECT code FROM code_name WHERE list = 'allergens'"),
}
_SHOWN: Final = 200
ASK: Final = N_("Look at these rows. Store the list all the same? Type yes: ")


def options(argv: list[str]) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="xinglin import", description=tr("Load the clinic's own lists from CSV or XLSX."))
    parser.add_argument("kind", choices=sorted(KINDS), help=tr("which list"))
    parser.add_argument("file", type=Path, help=tr("the file, CSV or XLSX"))
    parser.add_argument("--map", action="append", default=[], metavar="HEADING=FIELD", help=tr("what a heading of the file stands for"))
    parser.add_argument("--check", action="store_true", help=tr("only check the file, store nothing"))
    parser.add_argument("--yes", action="store_true", help=tr("store without asking about rows that should be looked at"))
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """``xinglin import``: 0 when stored, 1 when the file is not right, 2 when it could not be read."""
    given = options(argv)
    desk = LocalDesk(os.environ["XINGLIN_DATABASE_URL"])
    try:
        outcome = import_file(given.kind, given.file, parse_mapping(given.map), _known(desk))
        if not isinstance(outcome, Validated):
            return _refuse(outcome)
        return _store(desk, given, outcome)
    except (FileRefused, XinglinError) as refused:
        complain(str(refused))
        return 2
    finally:
        desk.close()


def _known(desk: LocalDesk) -> dict[str, Collection[str]]:
    connection = desk.database.of_thread()
    return {name: {row[0] for row in connection.execute(statement.bytes)} for name, statement in _KNOWN.items()}


def _refuse(errors: list[CellError]) -> int:
    for error in errors[:_SHOWN]:
        complain(error.sentence())
    complain(tr("{n} errors; nothing was stored.", n=len(errors)))
    return 1


def _store(desk: LocalDesk, given: argparse.Namespace, outcome: Validated) -> int:
    for notice in outcome.notices[:_SHOWN]:
        complain(notice.sentence())
    if outcome.unused:
        complain(tr("These columns were not used: {columns}", columns=", ".join(outcome.unused)))
    if given.check:
        say(tr("{n} rows are right; nothing was stored, as asked.", n=len(outcome.rows)))
        return 0
    if outcome.notices and not given.yes and input(tr(ASK)).strip().lower() not in ("yes", "y", "是"):
        say(tr("Nothing was stored."))
        return 1
    say(_stored(desk, given.kind, given.file.name, outcome.rows))
    return 0


def _stored(desk: LocalDesk, kind: str, source: str, rows: list[Any]) -> str:
    if kind == "stock":
        received = desk.perform(ReceiveStock(rows=tuple(rows), note=source))
        return tr("Booked in {n} batches under {number}.", n=received.batches, number=received.document_number)
    request = ImportCatalogue(source=source, **{_FIELDS[kind]: tuple(rows)})
    stored = desk.perform(request)
    return tr(
        "Stored: {added} new, {changed} changed, {unchanged} as they were.",
        added=stored.added,
        changed=stored.changed,
        unchanged=stored.unchanged,
    )
