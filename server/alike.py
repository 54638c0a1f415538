"""Drugs that are mixed up 看似听似: proposed by their names, kept by a person, marked wherever a drug is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from common import topics
from common.domain.likeness import STRENGTH, Named, differing, propose, substance, write_marks
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.catalogue_attributes import AlikePair, AlikePairs, DecideAlike, ListAlike
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.importing.pinyin import term_spelling
from server.storeroom.stock import sought

if TYPE_CHECKING:
    from collections.abc import Iterable

    from common.domain.likeness import Span
    from server.db import ReadTx, Row, Tx

#: So many proposals are shown at once.
MOST: Final = 500

_DRUGS: Final = Read("SELECT id, name, specification FROM drug WHERE active ORDER BY id")
_DECIDED: Final = Read(
    "SELECT a.drug_id, d.name, d.specification, a.other_id, o.name, o.specification, a.kind, a.kept, s.name, a.at FROM drug_alike a"
    " JOIN drug d ON d.id = a.drug_id JOIN drug o ON o.id = a.other_id JOIN staff s ON s.id = a.staff_id ORDER BY d.name, o.name, a.id"
)
_FITTING: Final = Read(
    "SELECT d.id FROM drug d WHERE %(text)s = '' OR %(named)s <> '' AND strpos(d.name, %(named)s) > 0 OR d.code = upper(%(text)s)"
    " OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s)"
    " OR d.id IN (SELECT c.drug_id FROM drug_code c WHERE c.kind = 'barcode' AND c.code = %(article)s"
    " OR c.kind = 'trace_prefix' AND c.code = %(product)s)"
)
_LOCK: Final = Write("SELECT id, name FROM drug WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE")
_DECIDE: Final = Write(
    "INSERT INTO drug_alike (drug_id, other_id, kind, kept, staff_id, at) VALUES (%(drug_id)s, %(other_id)s, %(kind)s, %(kept)s, %(by)s, %(at)s)"
    " ON CONFLICT (drug_id, other_id) DO UPDATE SET kind = excluded.kind, kept = excluded.kept, staff_id = excluded.staff_id, at = excluded.at"
)
_OTHERS: Final = Read(
    "SELECT d.id, d.name, d.specification, o.name, o.specification, a.kind FROM drug d LEFT JOIN drug_alike a ON d.id IN (a.drug_id, a.other_id)"
    " AND a.kept LEFT JOIN drug o ON o.id = a.drug_id + a.other_id - d.id WHERE d.id = ANY(%(ids)s) ORDER BY d.id, a.id"
)
_AFFECTED: Final = Read(
    "SELECT DISTINCT x.id FROM drug_alike a CROSS JOIN LATERAL (VALUES (a.drug_id), (a.other_id)) x(id)"
    " WHERE a.kept AND (a.drug_id = ANY(%(ids)s) OR a.other_id = ANY(%(ids)s))"
)
_MARK: Final = Write("UPDATE drug SET name_marks = %(name)s, specification_marks = %(specification)s WHERE id = %(id)s")


@handles(ListAlike)
def list_alike(tx: ReadTx, request: ListAlike) -> AlikePairs:
    """What was decided, then what is proposed."""
    fitting = {row[0] for row in tx.rows(_FITTING, **sought(request.text.strip()))}
    decided = tx.rows(_DECIDED)
    pairs = [_pair(*row) for row in decided if row[7] and (row[0] in fitting or row[3] in fitting)]
    if not request.proposals:
        return AlikePairs(pairs=tuple(pairs), proposals=0)
    known = {(row[0], row[3]) for row in decided}
    drugs = {row[0]: row for row in tx.rows(_DRUGS)}
    found = [
        found
        for found in propose([_named(*row) for row in drugs.values()])
        if (found.drug_id, found.other_id) not in known and (found.drug_id in fitting or found.other_id in fitting)
    ]
    pairs += [_pair(*(*drugs[one.drug_id], *drugs[one.other_id], one.kind, None, "", None)) for one in found[:MOST]]
    return AlikePairs(pairs=tuple(pairs), proposals=len(found))


def _named(id: int, name: str, specification: str) -> Named:
    return Named(id, name, specification, *term_spelling(substance(name)))


def _pair(
    id: int,
    name: str,
    specification: str,
    other: int,
    other_name: str,
    other_specification: str,
    kind: str,
    kept: bool | None,
    by: str,
    at: Any,
) -> AlikePair:
    mine, theirs = (specification, other_specification) if kind == STRENGTH else (name, other_name)
    return AlikePair(
        drug_id=id,
        name=name,
        specification=specification,
        marks=write_marks(differing(mine, theirs)),
        other_id=other,
        other_name=other_name,
        other_specification=other_specification,
        other_marks=write_marks(differing(theirs, mine)),
        kind=kind,
        kept=kept,
        by=by,
        at=at,
    )


@handles(DecideAlike)
def decide(tx: Tx, request: DecideAlike) -> Done:
    """Write it down and mark both drugs anew."""
    first, second = sorted((request.drug_id, request.other_id))
    if first == second:
        raise FieldWrong(field=N_("Drug"), reason=N_("it cannot be mixed up with itself"))
    rows = tx.write(_LOCK, ids=[first, second])
    if len(rows) < 2:
        raise NotFound(kind=N_("Drug"), key=str(first if not rows or rows[0][0] != first else second))
    tx.write(_DECIDE, drug_id=first, other_id=second, kind=request.kind, kept=request.kept, by=tx.actor.staff, at=tx.now)
    mark(tx, [first, second])
    for drug_id in (first, second):
        tx.changed(topics.CATALOGUE, drug_id)
    tx.detail = {"drugs": [row[1] for row in rows], "kind": request.kind, "kept": request.kept}
    return Done()


def mark(tx: Tx, ids: Iterable[int]) -> None:
    """Work out anew which characters of these drugs are marked."""
    marks: dict[int, tuple[list[Span], list[Span]]] = {}
    for row in tx.rows(_OTHERS, ids=sorted(ids)):
        names, specifications = marks.setdefault(row[0], ([], []))
        _add(row, names, specifications)
    if marks:
        tx.write_many(
            _MARK, [{"id": id, "name": write_marks(names), "specification": write_marks(more)} for id, (names, more) in marks.items()]
        )


def _add(row: Row, names: list[Span], specifications: list[Span]) -> None:
    if row[5] == STRENGTH:
        specifications += differing(row[2], row[4])
    elif row[5] is not None:
        names += differing(row[1], row[3])


def mark_renamed(tx: Tx, ids: Iterable[int]) -> None:
    """Drugs that are called otherwise now: they and those they are mixed up with are marked anew."""
    affected = [row[0] for row in tx.rows(_AFFECTED, ids=list(ids))]
    if affected:
        mark(tx, affected)
