"""What a second person signs: damage 报损, destruction 销毁, return to a supplier 退货. Goods move when it is signed, not before."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.errors import FieldWrong
from common.i18n import N_
from common.messages.store_papers import ApprovePaper, DraftPaper, PaperFacts, PaperKind, RejectPaper, VoidPaper
from common.permissions import Permission
from common.store_paper_errors import GoneFromQuarantine, PaperChanged, PaperRefused
from server import approvals, stock_book
from server.db import Write
from server.features import handles
from server.insurance_desk import entering
from server.stock_book import apart
from server.stock_book.moves import Part, carried, post, refuse_kept_out
from server.storeroom import papers, papers_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import Tx
    from server.storeroom.papers_rows import Line, Paper

ANOTHERS: Final = N_("stock paper|only who made it changes it; reject it, and make another")
NOT_UNDONE: Final = N_("stock paper|what was destroyed or given back cannot be undone")
NOT_AGAIN: Final = N_("stock paper|it undoes another paper itself")

SIGNED: Final = (PaperKind.DAMAGE, PaperKind.DESTROY, PaperKind.SUPPLIER_RETURN)
#: The kind of the moves of each. A return's goods and what is destroyed leave the house.
_MOVES: Final = {PaperKind.DAMAGE: "DAMAGE", PaperKind.DESTROY: "DESTROY", PaperKind.SUPPLIER_RETURN: "SUPPLIER_RETURN"}

_CHANGE: Final = Write(
    "UPDATE stock_paper SET version = version + 1, supplier = %(supplier)s, reason = %(reason)s, note = %(note)s, witness = %(witness)s,"
    " site = %(site)s, way = %(way)s WHERE id = %(id)s"
)


@handles(DraftPaper)
def draft_paper(tx: Tx, request: DraftPaper) -> PaperFacts:
    """Write a draft down, or its next version."""
    _require(tx, request)
    fields = _fields(request)
    paper = _to_change(tx, request) if request.number else None
    lines = papers_rows.checked(tx, request.kind, request.lines, supplier=fields["supplier"])
    if paper is None:
        paper = papers_rows.enter(tx, request.kind, "DRAFT", lines, **fields)
    else:
        tx.write(_CHANGE, id=paper.id, **fields)
        paper = paper._replace(version=paper.version + 1)
        papers_rows.write_lines(tx, paper, lines)
        papers_rows.note_step(tx, paper, "DRAFT")
        papers_rows.say(tx, paper, lines, version=paper.version)
    return papers.facts(tx, paper.number)


def _require(tx: Tx, request: DraftPaper) -> None:
    """The pharmacy writes its own damage down; all else is the store keeper's."""
    if request.kind not in SIGNED:
        raise FieldWrong(field=N_("Kind"), reason=N_("stock paper|not one that a second person signs"))
    own = request.kind is PaperKind.DAMAGE and {line.place for line in request.lines} == {stock_book.PHARMACY}
    tx.actor.require(Permission.STORE_PAPERS if own else Permission.STORE_MANAGE)


def _fields(request: DraftPaper) -> dict[str, str]:
    """What stands on it besides its lines. Raises ``FieldWrong`` for what its kind cannot do without."""
    said = {"supplier": request.supplier, "reason": request.reason, "note": request.note}
    said |= {"witness": request.witness, "site": request.site, "way": request.way}
    said = {name: words.strip() for name, words in said.items()}
    needed = {"reason": N_("Reason")}
    if request.kind is PaperKind.DESTROY:
        needed |= {"site": N_("Place of destruction"), "way": N_("Way of destruction"), "witness": N_("Witness")}
    if request.kind is PaperKind.SUPPLIER_RETURN:
        needed |= {"supplier": N_("Supplier")}
    for name, title in needed.items():
        if not said[name]:
            raise FieldWrong(field=title, reason=N_("stock paper|is missing"))
    return said | ({} if "supplier" in needed else {"supplier": ""})


def _to_change(tx: Tx, request: DraftPaper) -> Paper:
    paper = papers_rows.lock(tx, request.number, (request.kind,), "DRAFT")
    if paper.staff_id != tx.actor.staff:
        raise PaperRefused(reason=ANOTHERS)
    _require_version(paper, request.version)
    return paper


def _require_version(paper: Paper, version: int) -> None:
    if paper.version != version:
        raise PaperChanged(number=paper.number)


@handles(ApprovePaper)
def approve_paper(tx: Tx, request: ApprovePaper) -> PaperFacts:
    """Sign it; its goods move."""
    paper = papers_rows.lock(tx, request.number, SIGNED, "DRAFT")
    _require_version(paper, request.version)
    signed_by = _second(tx, paper, request.approval_id) if paper.staff_id == tx.actor.staff else tx.actor.staff
    lines = papers_rows.lines_of(tx, paper)
    to = stock_book.location(tx, stock_book.QUARANTINE) if paper.kind is PaperKind.DAMAGE else None
    papers_rows.carry(tx, _MOVES[paper.kind], paper, lines, to=to)
    if paper.kind is PaperKind.SUPPLIER_RETURN:
        entering.enter_supplier_return(tx, paper.number)
    papers_rows.decide(tx, paper, "APPROVED", staff_id=signed_by)
    papers_rows.say(tx, paper, lines, signed_by=signed_by)
    return papers.facts(tx, paper.number)


def _second(tx: Tx, paper: Paper, approval_id: int | None) -> int:
    return approvals.use(tx, approval_id, "stock_paper", paper.id, detail=f"{paper.number} v{paper.version}")


@handles(RejectPaper)
def reject_paper(tx: Tx, request: RejectPaper) -> PaperFacts:
    """Refused, or thrown away by who made it."""
    paper = papers_rows.lock(tx, request.number, SIGNED, "DRAFT")
    _require_version(paper, request.version)
    papers_rows.decide(tx, paper, "REJECTED", request.reason.strip())
    papers_rows.say(tx, paper, (), reason=request.reason)
    return papers.facts(tx, paper.number)


@handles(VoidPaper)
def void_paper(tx: Tx, request: VoidPaper) -> PaperFacts:
    """Undo damage by a reversing paper, which is what is given back."""
    paper = papers_rows.lock(tx, request.number, SIGNED, "APPROVED")
    _require_undoable(tx, paper)
    signed_by = _second(tx, paper, request.approval_id)
    lines = papers_rows.lines_of(tx, paper)
    places = {line.location_id for line in lines}
    own = places == {stock_book.location(tx, stock_book.PHARMACY)}
    tx.actor.require(Permission.STORE_PAPERS if own else Permission.STORE_MANAGE)
    _require_there(tx, paper, lines)
    reversing = papers_rows.enter(tx, paper.kind, "DRAFT", lines, reason=request.reason.strip(), reverses=paper.id)
    _put_back(tx, reversing, lines)
    papers_rows.decide(tx, reversing, "APPROVED", staff_id=signed_by)
    papers_rows.go_on(tx, paper, "VOIDED", reversing.number)
    papers_rows.say(tx, reversing, lines, reverses=paper.number, signed_by=signed_by)
    return papers.facts(tx, reversing.number)


def _require_undoable(tx: Tx, paper: Paper) -> None:
    if paper.kind is not PaperKind.DAMAGE:
        raise PaperRefused(reason=NOT_UNDONE)
    if papers.facts(tx, paper.number).reverses:
        raise PaperRefused(reason=NOT_AGAIN)


def _require_there(tx: Tx, paper: Paper, lines: Sequence[Line]) -> None:
    """All that the paper brought to the quarantine area lies there, and its lots may be used: what others brought is not for it to take.

    Raises ``LotKeptOut``, ``GoneFromQuarantine``."""
    apart.lock(tx, [line.drug_id for line in lines])
    refuse_kept_out(tx, {(line.drug_id, line.lot) for line in lines})
    brought: dict[int, list[Line]] = {}
    for line in lines:
        assert line.batch_id is not None
        brought.setdefault(line.batch_id, []).append(line)
    for batch_id, found in apart.lying(tx, list(brought)).items():
        line, left = brought[batch_id][0], found.of(paper.number)
        wanted = sum((each.quantity for each in brought[batch_id]), Decimal(0))
        if left < wanted:
            raise GoneFromQuarantine(
                number=paper.number,
                drug=line.drug,
                lot=line.lot,
                wanted=wanted,
                left=left,
                unit=line.unit,
                taken_by=list(found.takers(paper.number)),
            )


def _put_back(tx: Tx, paper: Paper, lines: Sequence[Line]) -> None:
    """Out of the quarantine area to where each line lay."""
    quarantine = stock_book.location(tx, stock_book.QUARANTINE)
    parts: list[Part] = []
    for line in lines:
        assert line.batch_id is not None
        assert line.location_id is not None
        parts.extend(carried(line.batch_id, line.quantity, out_of=quarantine, to=line.location_id))
    post(tx, "DAMAGE", paper.number, parts)
