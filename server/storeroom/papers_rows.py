"""The rows of a paper: entered, locked, taken a step further. Whoever moves goods for one holds its row before any stock.

A transfer's row is locked before that of the request which it serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common import topics
from common.domain.dosage import plain
from common.errors import FieldWrong, NotFound, WrongState
from common.i18n import N_
from common.messages.store_papers import PaperKind
from common.store_errors import NotEnoughInBatch
from common.store_paper_errors import BatchUnfit, PaperRefused
from server import numbers, stock_book
from server.db import Read, Write
from server.stock_book.moves import Part, carried, post

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal

    from common.messages.store_papers import AskedFor, Taken
    from server.db import ReadTx, Row, Tx

TWICE: Final = N_("stock paper|a batch or drug stands on it twice")
EXPIRED: Final = N_("stock paper|it has expired; the pharmacy may not get it")
NOT_FROM_THERE: Final = N_("stock paper|such a paper takes nothing from there")
ANOTHER_SUPPLIER: Final = N_("stock paper|it came from another supplier")

#: The letters before a number say what the paper is: 申领 SL, 调拨 DB, 报损 BS, 销毁 XH, 退货 TH. All share one series.
PREFIXES: Final = {
    PaperKind.REQUEST: "SL",
    PaperKind.TRANSFER: "DB",
    PaperKind.DAMAGE: "BS",
    PaperKind.DESTROY: "XH",
    PaperKind.SUPPLIER_RETURN: "TH",
}
#: Where a paper may take from.
PLACES: Final = {
    PaperKind.REQUEST: (),
    PaperKind.TRANSFER: (stock_book.STORE, stock_book.PHARMACY),
    PaperKind.DAMAGE: (stock_book.STORE, stock_book.PHARMACY),
    PaperKind.DESTROY: (stock_book.QUARANTINE,),
    PaperKind.SUPPLIER_RETURN: (stock_book.STORE, stock_book.PHARMACY, stock_book.QUARANTINE),
}
_FOUR_PLACES: Final = 10**4

_ENTER: Final = Write(
    "INSERT INTO stock_paper (number, kind, state, out_of, goes_to, supplier, reason, note, witness, site, way, serves, reverses, business_date,"
    " staff_id, at) VALUES (%(number)s, %(kind)s, %(state)s, %(out_of)s, %(goes_to)s, %(supplier)s, %(reason)s, %(note)s, %(witness)s, %(site)s,"
    " %(way)s, %(serves)s, %(reverses)s, %(day)s, %(staff_id)s, %(at)s) RETURNING id"
)
_LINES: Final = Write(
    "INSERT INTO stock_paper_line (paper_id, version, line_no, drug_id, batch_id, location_id, quantity)"
    " SELECT %(paper_id)s, %(version)s, u.line_no, u.drug_id, u.batch_id, u.location_id, u.quantity FROM unnest(%(drugs)s::bigint[],"
    " %(batches)s::bigint[], %(locations)s::bigint[], %(quantities)s::numeric[]) WITH ORDINALITY"
    " AS u(drug_id, batch_id, location_id, quantity, line_no) ORDER BY u.line_no"
)
_STEP: Final = Write(
    "INSERT INTO stock_paper_step (paper_id, state, version, note, staff_id, at)"
    " VALUES (%(paper_id)s, %(state)s, %(version)s, %(note)s, %(staff_id)s, %(at)s)"
)
_STATE: Final = Write("UPDATE stock_paper SET state = %(state)s WHERE id = %(id)s")
_DECIDED: Final = Write(
    "UPDATE stock_paper SET state = %(state)s, decided_by = %(staff_id)s, decided_at = %(at)s, reason = CASE WHEN reason = '' THEN %(reason)s"
    " ELSE reason END WHERE id = %(id)s"
)
_LOCK: Final = Write(
    "SELECT id, number, kind, state, version, staff_id, out_of, goes_to, serves, supplier FROM stock_paper WHERE number = %(number)s FOR UPDATE"
)
_NUMBER: Final = Read("SELECT number FROM stock_paper WHERE id = %(id)s")
_OF_PAPER: Final = Read(
    "SELECT l.id, l.line_no, l.drug_id, d.name, d.base_unit, l.batch_id, b.lot, b.expires, l.location_id, l.quantity FROM stock_paper_line l"
    " JOIN drug d ON d.id = l.drug_id LEFT JOIN stock_batch b ON b.id = l.batch_id WHERE l.paper_id = %(id)s AND l.version = %(version)s"
    " ORDER BY l.line_no"
)
_BATCHES: Final = Read(
    "SELECT b.id, b.drug_id, d.name, d.base_unit, b.lot, b.expires, b.supplier FROM stock_batch b JOIN drug d ON d.id = b.drug_id"
    " WHERE b.id = ANY(%(ids)s)"
)
_FREE: Final = Read(
    "SELECT location_id, batch_id, on_hand - picked FROM stock_balance WHERE batch_id = ANY(%(ids)s) AND location_id = ANY(%(locations)s)"
)


class Paper(NamedTuple):
    """A paper's row, locked."""

    id: int
    number: str
    kind: PaperKind
    state: str
    version: int
    staff_id: int
    out_of: int | None
    goes_to: int | None
    serves: int | None
    supplier: str


class Line(NamedTuple):
    """A line as it is entered, or as it stands there (then with its ``id`` and ``line_no``)."""

    drug_id: int
    drug: str
    unit: str
    batch_id: int | None
    lot: str
    expires: date | None
    location_id: int | None
    quantity: Decimal
    id: int = 0
    line_no: int = 0

    def __str__(self) -> str:
        return f"{self.drug} {self.lot} {plain(self.quantity)}{self.unit}"


def lock(tx: Tx, number: str, kinds: Iterable[PaperKind], state: str) -> Paper:
    """A paper of one of these kinds, which nobody else changes until the end. Raises ``NotFound``, ``WrongState``."""
    row = tx.write_one(_LOCK, number=number.upper())
    if row is None or PaperKind(row[2]) not in kinds:
        raise NotFound(kind=N_("Stock paper"), key=number)
    found = Paper(*row)._replace(kind=PaperKind(row[2]))
    if found.state != state:
        raise WrongState(machine="stock_paper", key=found.number, state=found.state)
    return found


def lock_id(tx: Tx, paper_id: int) -> Paper:
    """A paper that another one names, in whatever state."""
    number = tx.one(_NUMBER, NotFound(kind=N_("Stock paper"), key=str(paper_id)), id=paper_id)[0]
    row = tx.write_one(_LOCK, number=number)
    assert row is not None, "papers are never deleted"
    return Paper(*row)._replace(kind=PaperKind(row[2]))


def lines_of(tx: ReadTx, paper: Paper) -> list[Line]:
    """Its lines as they are now."""
    return [
        Line(row[2], row[3], row[4], row[5], row[6] or "", row[7], row[8], row[9], id=row[0], line_no=row[1])
        for row in tx.rows(_OF_PAPER, id=paper.id, version=paper.version)
    ]


def enter(tx: Tx, kind: PaperKind, state: str, lines: Sequence[Line], **fields: Any) -> Paper:
    """Write a paper down, with its number, its lines and its first step."""
    number = f"{PREFIXES[kind]}{numbers.dated(tx, 'stock_paper', tx.today, 4)}"
    given: dict[str, Any] = dict.fromkeys(("out_of", "goes_to", "serves", "reverses")) | dict.fromkeys(
        ("supplier", "reason", "note", "witness", "site", "way"), ""
    )
    given |= fields
    row = tx.write_one(_ENTER, number=number, kind=kind, state=state, day=tx.today, staff_id=tx.actor.staff, at=tx.now, **given)
    assert row is not None
    paper = Paper(row[0], number, kind, state, 1, tx.actor.staff, given["out_of"], given["goes_to"], given["serves"], given["supplier"])
    write_lines(tx, paper, lines)
    note_step(tx, paper, state)
    say(tx, paper, lines)
    return paper


def write_lines(tx: Tx, paper: Paper, lines: Sequence[Line]) -> None:
    """The lines of its version."""
    tx.write(
        _LINES,
        paper_id=paper.id,
        version=paper.version,
        drugs=[line.drug_id for line in lines],
        batches=[line.batch_id for line in lines],
        locations=[line.location_id for line in lines],
        quantities=[line.quantity for line in lines],
    )


def note_step(tx: Tx, paper: Paper, state: str, note: str = "", staff_id: int | None = None) -> None:
    """Who did what with it."""
    by = tx.actor.staff if staff_id is None else staff_id
    tx.write(_STEP, paper_id=paper.id, state=state, version=paper.version, note=note, staff_id=by, at=tx.now)


def decide(tx: Tx, paper: Paper, state: str, note: str = "", staff_id: int | None = None) -> None:
    """A person ends the state that it is in."""
    by = tx.actor.staff if staff_id is None else staff_id
    tx.write(_DECIDED, id=paper.id, state=state, staff_id=by, at=tx.now, reason=note)
    note_step(tx, paper, state, note, by)


def go_on(tx: Tx, paper: Paper, state: str, note: str = "") -> None:
    """Into a state that leaves the decision where it was: a request that is served, a paper that another one undid."""
    tx.write(_STATE, id=paper.id, state=state)
    note_step(tx, paper, state, note)


def say(tx: Tx, paper: Paper, lines: Sequence[Line], **more: Any) -> None:
    """What the trail and the other desks hear."""
    tx.detail = {"document": paper.number, "kind": paper.kind, "lines": [str(line) for line in lines], **more}
    tx.changed(topics.STOCK)


# --- what may stand on one -----------------------------------------------------------------------------------------------------------


def checked(tx: Tx, kind: PaperKind, taken: Sequence[Taken], *, supplier: str = "", fresh: bool = False) -> list[Line]:
    """The lines of a paper, each a batch at a place. Raises ``BatchUnfit``, ``PaperRefused``, ``NotFound``, ``NotEnoughInBatch``, ``FieldWrong``.

    ``supplier``: all batches are of this one. ``fresh``: nothing of it has expired.
    """
    if len({(line.place, line.batch_id) for line in taken}) < len(taken):
        raise PaperRefused(reason=TWICE)
    batches = {row[0]: row for row in tx.rows(_BATCHES, ids=[line.batch_id for line in taken])}
    lines = []
    for wanted in taken:
        amount(wanted)
        if wanted.batch_id not in batches:
            raise NotFound(kind=N_("Batch"), key=str(wanted.batch_id))
        _, drug_id, drug, unit, lot, expires, whose = batches[wanted.batch_id]
        unfit = _unfit(kind, wanted, expires < tx.today and fresh, supplier not in ("", whose))
        if unfit:
            raise BatchUnfit(drug=drug, lot=lot, reason=unfit)
        place = stock_book.location(tx, wanted.place)
        lines.append(Line(drug_id, drug, unit, wanted.batch_id, lot, expires, place, wanted.quantity))
    _require_there(tx, lines)
    return lines


def _unfit(kind: PaperKind, wanted: Taken, expired: bool, anothers: bool) -> str:
    if wanted.place not in PLACES[kind]:
        return NOT_FROM_THERE
    return EXPIRED if expired else ANOTHER_SUPPLIER if anothers else ""


def amount(line: Taken | AskedFor) -> None:
    """Raises ``FieldWrong`` for what is no quantity."""
    if line.quantity <= 0 or line.quantity * _FOUR_PLACES % 1:
        raise FieldWrong(field=N_("Quantity"), reason=N_("more than zero, at most four places"))


def _require_there(tx: Tx, lines: Sequence[Line]) -> None:
    """A draft, too, names only what is there; what was taken in the meantime is found out when its goods move."""
    locations = list({line.location_id for line in lines})
    rows: list[Row] = tx.rows(_FREE, ids=[line.batch_id for line in lines], locations=locations)
    free = {(row[0], row[1]): row[2] for row in rows}
    for line in lines:
        left = free.get((line.location_id, line.batch_id), line.quantity * 0)
        if left < line.quantity:
            raise NotEnoughInBatch(drug=line.drug, lot=line.lot, wanted=line.quantity, left=left, unit=line.unit)


def carry(tx: Tx, kind: str, paper: Paper, lines: Sequence[Line], *, to: int | None, out_of: int | None = None) -> None:
    """Move all lines from where each lies (or from ``out_of``) to a place; ``to`` is ``None`` for what leaves the house."""
    parts: list[Part] = []
    for line in lines:
        batch_id, place = line.batch_id, line.location_id if out_of is None else out_of
        assert batch_id is not None
        assert place is not None
        if to is None:
            parts.append(Part(location_id=place, batch_id=batch_id, quantity=-line.quantity))
        else:
            parts.extend(carried(batch_id, line.quantity, out_of=place, to=to))
    if parts:
        post(tx, kind, paper.number, parts)
