"""``xinglin import KIND FILE``: load a clinic's own list. Everything that is wrong is said by row and column, and then nothing is stored.

The refused rows are written beside the file, to be completed and imported again; ``--accept-parsed`` stores the others meanwhile.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from common.errors import XinglinError
from common.i18n import N_, tr
from common.messages.catalogue import ImportCatalogue
from common.messages.store import ReceiveStock
from installer.national_codes import map_drugs
from installer.terminal import complain, say
from server.db import Read
from server.importing.columns import parse_mapping
from server.importing.kinds import KINDS
from server.importing.problems import FileRefused
from server.importing.refused import write_refused
from server.importing.table import read_table
from server.importing.validation import sift
from server.local import LocalDesk

if TYPE_CHECKING:
    from collections.abc import Collection

    from server.importing.table import Table
    from server.importing.validation import Sifted

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
    parser.add_argument("--accept-parsed", action="store_true", help=tr("store the rows that are right, though others are refused"))
    parser.add_argument("--yes", action="store_true", help=tr("store without asking about rows that should be looked at"))
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """``xinglin import``: 0 when stored (with ``--accept-parsed`` also a part), 1 when the file is not right, 2 when it could not be read."""
    given = options(argv)
    desk = LocalDesk(os.environ["XINGLIN_DATABASE_URL"])
    try:
        mapping = parse_mapping(given.map)
        table = read_table(given.file)
        sifted = sift(given.kind, table, mapping, _known(desk))
        if sifted.errors:
            _say_refused(given, table, sifted, mapping)
            if sifted.header_wrong or not sifted.rows or not given.accept_parsed:
                complain(tr("{n} errors; nothing was stored.", n=len(sifted.errors)))
                return 1
        return _store(desk, given, sifted)
    except (FileRefused, XinglinError) as refused:
        complain(str(refused))
        return 2
    finally:
        desk.close()


def _known(desk: LocalDesk) -> dict[str, Collection[str]]:
    connection = desk.database.of_thread()
    return {name: {row[0] for row in connection.execute(statement.bytes)} for name, statement in _KNOWN.items()}


def _say_refused(given: argparse.Namespace, table: Table, sifted: Sifted, mapping: dict[str, str]) -> None:
    """Every error, how often each reason occurs, and where the rows to complete are."""
    for error in sifted.errors[:_SHOWN]:
        complain(error.sentence())
    if sifted.header_wrong:
        return
    for reason, times in Counter(error.sort() for error in sifted.errors).most_common():
        complain(tr("{n} ×: {reason}", n=times, reason=reason))
    total = len(table.rows)
    complain(
        tr(
            "{right} of {total} rows are right, {refused} are refused.",
            right=len(sifted.rows),
            total=total,
            refused=total - len(sifted.rows),
        )
    )
    try:
        path = write_refused(given.file, table, sifted, mapping)
    except OSError as error:
        complain(tr("The list of refused rows could not be written: {reason}", reason=error.strerror or str(error)))
        return
    complain(tr("The refused rows are in {path}: complete them there and import that file.", path=path))


def _store(desk: LocalDesk, given: argparse.Namespace, sifted: Sifted) -> int:
    for notice in sifted.notices[:_SHOWN]:
        complain(notice.sentence())
    if sifted.unused:
        complain(tr("These columns were not used: {columns}", columns=", ".join(sifted.unused)))
    if given.check:
        say(tr("{n} rows are right; nothing was stored, as asked.", n=len(sifted.rows)))
        return 0
    if sifted.notices and not given.yes and input(tr(ASK)).strip().lower() not in ("yes", "y", "是"):
        say(tr("Nothing was stored."))
        return 1
    say(_stored(desk, given.kind, given.file.name, sifted.rows))
    if given.kind == "drugs":
        _map_drugs(desk, sifted)
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


def _map_drugs(desk: LocalDesk, sifted: Sifted) -> None:
    codes = {row.code: aside["insurance_code"] for row, aside in zip(sifted.rows, sifted.aside, strict=True) if aside["insurance_code"]}
    if not codes:
        return
    mapped, refused = map_drugs(desk, codes)
    say(tr("Mapped to national codes: {n} drugs.", n=mapped))
    for code, reason in refused.items():
        complain(tr("{code} was not mapped to its national code: {reason}", code=code, reason=reason))
