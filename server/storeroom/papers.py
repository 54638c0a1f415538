"""Papers of the store as they are read: the list, one of them, its printed copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import NotFound
from common.i18n import N_
from common.messages.store_papers import (
    GetPaper,
    ListPapers,
    PaperCopy,
    PaperEntry,
    PaperFacts,
    PaperLine,
    PaperList,
    PaperStep,
    PrintPaper,
)
from server.db import Read, Write, spelling
from server.features import handles
from server.storeroom.copies import copies, count

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

MOST: Final = 300

#: What became of a line ``l`` of a request ``p``: arrived, and on the way.
SERVED: Final = (
    "(SELECT coalesce(sum(a.received), 0) AS received, coalesce(sum(y.quantity) FILTER (WHERE c.state = 'SENT'), 0) AS coming"
    " FROM stock_paper c JOIN stock_paper_line y ON y.paper_id = c.id LEFT JOIN stock_paper_arrival a ON a.line_id = y.id"
    " WHERE c.serves = p.id AND y.drug_id = l.drug_id)"
)
_OPEN: Final = "p.state IN ('DRAFT', 'OPEN', 'SENT')"
_ENTRY: Final = (
    "SELECT p.id, p.number, p.kind, p.state, p.version, p.at, p.staff_id, s.name AS by, coalesce(g.name, '') AS decided_by,"
    " coalesce(o.code, '') AS out_of, coalesce(t.code, '') AS goes_to, p.supplier, p.reason, l.about, l.lines, l.value_fen,"
    " p.kind = 'REQUEST' AND EXISTS (SELECT FROM stock_paper c WHERE c.serves = p.id AND c.state IN ('SENT', 'RECEIVED')) AS part"
    " FROM stock_paper p JOIN staff s ON s.id = p.staff_id LEFT JOIN staff g ON g.id = p.decided_by LEFT JOIN stock_location o ON o.id = p.out_of"
    " LEFT JOIN stock_location t ON t.id = p.goes_to"
    " CROSS JOIN LATERAL (SELECT count(*) AS lines, (array_agg(d.name ORDER BY l.line_no))[1] AS about,"
    " coalesce(sum(round(l.quantity * b.purchase_price / b.pack_size * 100)), 0)::bigint AS value_fen FROM stock_paper_line l"
    " JOIN drug d ON d.id = l.drug_id LEFT JOIN stock_batch b ON b.id = l.batch_id WHERE l.paper_id = p.id AND l.version = p.version) l"
)
_LIST: Final = Read(
    f"{_ENTRY} WHERE ({_OPEN} OR NOT %(open_only)s AND p.business_date BETWEEN %(first)s AND %(last)s)"
    " AND (%(kind)s = '' OR p.kind = %(kind)s) AND (%(text)s = '' OR strpos(p.number, upper(%(text)s)) > 0 OR strpos(p.supplier, %(text)s) > 0"
    " OR EXISTS (SELECT FROM stock_paper_line x JOIN drug d ON d.id = x.drug_id LEFT JOIN stock_batch b ON b.id = x.batch_id"
    " WHERE x.paper_id = p.id AND x.version = p.version AND (upper(b.lot) = upper(%(text)s) OR strpos(d.name, %(text)s) > 0"
    " OR d.code = upper(%(text)s) OR d.id IN (SELECT k.drug_id FROM drug_spelling k WHERE k.key >= %(low)s AND k.key < %(high)s))))"
    " ORDER BY p.at DESC, p.id DESC LIMIT %(limit)s"
)
_WAITING: Final = Read(f"SELECT p.kind, count(*) FROM stock_paper p WHERE {_OPEN} GROUP BY p.kind")
_ONE: Final = Read(f"{_ENTRY} WHERE p.number = %(number)s")
_HEAD: Final = Read(
    "SELECT p.note, p.witness, p.site, p.way, coalesce((SELECT q.number FROM stock_paper q WHERE q.id = p.serves), ''),"
    " ARRAY(SELECT q.number FROM stock_paper q WHERE q.serves = p.id ORDER BY q.id),"
    " coalesce((SELECT q.number FROM stock_paper q WHERE q.id = p.reverses), ''),"
    " coalesce((SELECT q.number FROM stock_paper q WHERE q.reverses = p.id), ''), (SELECT name FROM clinic WHERE id = 1)"
    " FROM stock_paper p WHERE p.id = %(id)s"
)
_LINES: Final = Read(
    "SELECT l.line_no, l.drug_id, d.name AS drug, d.specification, d.manufacturer, d.base_unit, d.pack_unit, d.pack_size, l.batch_id,"
    " coalesce(b.lot, '') AS lot, b.expires, coalesce(w.code, '') AS place, coalesce(b.supplier, '') AS supplier, l.quantity,"
    " coalesce(a.received, v.received, 0) AS received, coalesce(a.back, 0) AS back, coalesce(a.damaged, 0) AS damaged,"
    " coalesce(v.coming, 0) AS coming, coalesce(b.purchase_price, 0) AS purchase_price,"
    " coalesce(round(l.quantity * b.purchase_price / b.pack_size * 100), 0)::bigint AS value_fen FROM stock_paper_line l"
    " JOIN stock_paper p ON p.id = l.paper_id AND p.version = l.version JOIN drug d ON d.id = l.drug_id"
    " LEFT JOIN stock_batch b ON b.id = l.batch_id LEFT JOIN stock_location w ON w.id = l.location_id"
    f" LEFT JOIN stock_paper_arrival a ON a.line_id = l.id LEFT JOIN LATERAL {SERVED} v ON p.kind = 'REQUEST'"
    " WHERE l.paper_id = %(id)s ORDER BY l.line_no"
)
_STEPS: Final = Read(
    "SELECT t.state, t.version, s.name AS by, t.at, t.note FROM stock_paper_step t JOIN staff s ON s.id = t.staff_id WHERE t.paper_id = %(id)s"
    " ORDER BY t.id"
)
_LOCK: Final = Write("SELECT id FROM stock_paper WHERE number = %(number)s FOR NO KEY UPDATE")
_COPY: Final = copies("stock_paper_print", "paper_id")


@handles(ListPapers)
def list_papers(tx: ReadTx, request: ListPapers) -> PaperList:
    """Papers, newest first."""
    text = request.text.strip()
    found = tx.structs(
        PaperEntry,
        _LIST,
        first=request.first_day,
        last=request.last_day,
        kind=request.kind or "",
        open_only=request.open_only,
        text=text,
        limit=MOST + 1,
        **spelling(text),
    )
    return PaperList(papers=found[:MOST], more=len(found) > MOST, waiting=dict(tx.rows(_WAITING)))


@handles(GetPaper)
def get_paper(tx: ReadTx, request: GetPaper) -> PaperFacts:
    """One paper with its lines."""
    return facts(tx, request.number)


def facts(tx: ReadTx, number: str) -> PaperFacts:
    """A paper with its lines and steps. Raises ``NotFound``."""
    found = tx.structs(PaperEntry, _ONE, number=number.upper())
    if not found:
        raise NotFound(kind=N_("Stock paper"), key=number)
    note, witness, site, way, serves, served_by, reverses, reversed_by, clinic = tx.rows(_HEAD, id=found[0].id)[0]
    return PaperFacts(
        clinic=clinic or "",
        entry=found[0],
        note=note,
        witness=witness,
        site=site,
        way=way,
        serves=serves,
        served_by=tuple(served_by),
        reverses=reverses,
        reversed_by=reversed_by,
        lines=tx.structs(PaperLine, _LINES, id=found[0].id),
        steps=tx.structs(PaperStep, _STEPS, id=found[0].id),
    )


@handles(PrintPaper)
def print_paper(tx: Tx, request: PrintPaper) -> PaperCopy:
    """Count a copy."""
    tx.write(_LOCK, number=request.number.upper())
    paper = facts(tx, request.number)
    copy = count(tx, _COPY, paper.entry.id)
    tx.detail = {"document": paper.entry.number, "copy": copy}
    return PaperCopy(paper=paper, copy=copy, at=tx.now, by=tx.actor.name)
