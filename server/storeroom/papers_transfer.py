"""Requests 申领 and transfers 调拨. What is sent lies in TRANSIT until it is received or called back, so that it is always in exactly one place."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.store_papers import (
    AskStore,
    CallBackTransfer,
    CloseRequest,
    PaperFacts,
    PaperKind,
    ReceiveTransfer,
    SendTransfer,
)
from common.permissions import Permission
from common.store_paper_errors import BatchUnfit, PaperRefused
from server import stock_book
from server.db import Read, Write
from server.features import handles
from server.stock_book.moves import Part, carried, post
from server.storeroom import papers, papers_rows
from server.storeroom.papers_rows import Line

if TYPE_CHECKING:
    from common.messages.store_papers import Arrived
    from server.db import Tx
    from server.storeroom.papers_rows import Paper

ON_THE_WAY: Final = N_("stock paper|something of it is on the way; receive it or call it back first")
MORE_THAN_SENT: Final = N_("stock paper|more arrived than was sent")
ONLY_THE_STORE: Final = N_("stock paper|a request is served out of the store")

_OTHER: Final = {stock_book.STORE: stock_book.PHARMACY, stock_book.PHARMACY: stock_book.STORE}
#: Who may act for a place.
_ACTS_FOR: Final = {stock_book.STORE: Permission.STORE_MANAGE, stock_book.PHARMACY: Permission.PHARMACY_DISPENSE}

_DRUGS: Final = Read("SELECT id, name, base_unit FROM drug WHERE id = ANY(%(ids)s) AND active")
_ARRIVED: Final = Write(
    "INSERT INTO stock_paper_arrival (line_id, received, back, damaged) SELECT * FROM unnest(%(lines)s::bigint[], %(received)s::numeric[],"
    " %(back)s::numeric[], %(damaged)s::numeric[])"
)
_STILL_WANTED: Final = Read(
    "SELECT coalesce(bool_or(l.quantity > u.received), false), coalesce(bool_or(u.coming > 0), false) FROM stock_paper p"
    f" JOIN stock_paper_line l ON l.paper_id = p.id AND l.version = p.version CROSS JOIN LATERAL {papers.SERVED} u WHERE p.id = %(id)s"
)


@handles(AskStore)
def ask_store(tx: Tx, request: AskStore) -> PaperFacts:
    """The pharmacy asks."""
    tx.actor.require(_ACTS_FOR[stock_book.PHARMACY])
    drugs = {row[0]: row for row in tx.rows(_DRUGS, ids=[line.drug_id for line in request.lines])}
    if len({line.drug_id for line in request.lines}) < len(request.lines):
        raise PaperRefused(reason=papers_rows.TWICE)
    lines = []
    for line in request.lines:
        papers_rows.amount(line)
        if line.drug_id not in drugs:
            raise NotFound(kind=N_("Drug"), key=str(line.drug_id))
        lines.append(Line(line.drug_id, drugs[line.drug_id][1], drugs[line.drug_id][2], None, "", None, None, line.quantity))
    paper = papers_rows.enter(tx, PaperKind.REQUEST, "OPEN", lines, note=request.note.strip())
    return papers.facts(tx, paper.number)


@handles(CloseRequest)
def close_request(tx: Tx, request: CloseRequest) -> PaperFacts:
    """No more is sent for it."""
    paper = papers_rows.lock(tx, request.number, (PaperKind.REQUEST,), "OPEN")
    if tx.rows(_STILL_WANTED, id=paper.id)[0][1]:
        raise PaperRefused(reason=ON_THE_WAY)
    papers_rows.decide(tx, paper, "CLOSED", request.reason)
    papers_rows.say(tx, paper, (), reason=request.reason)
    return papers.facts(tx, paper.number)


@handles(SendTransfer)
def send_transfer(tx: Tx, request: SendTransfer) -> PaperFacts:
    """Out of one place, on the way to the other."""
    tx.actor.require(_ACTS_FOR[request.out_of])
    if any(line.place != request.out_of for line in request.lines):
        raise PaperRefused(reason=papers_rows.NOT_FROM_THERE)
    serves = _served(tx, request) if request.serves else None
    fresh = request.out_of == stock_book.STORE
    lines = papers_rows.checked(tx, PaperKind.TRANSFER, request.lines, fresh=fresh)
    paper = papers_rows.enter(
        tx,
        PaperKind.TRANSFER,
        "SENT",
        lines,
        out_of=stock_book.location(tx, request.out_of),
        goes_to=stock_book.location(tx, _OTHER[request.out_of]),
        serves=serves,
        note=request.note.strip(),
    )
    papers_rows.carry(tx, "TRANSFER", paper, lines, to=stock_book.location(tx, stock_book.TRANSIT))
    return papers.facts(tx, paper.number)


def _served(tx: Tx, request: SendTransfer) -> int:
    """The request that is answered; nobody closes it meanwhile."""
    if request.out_of != stock_book.STORE:
        raise PaperRefused(reason=ONLY_THE_STORE)
    return papers_rows.lock(tx, request.serves, (PaperKind.REQUEST,), "OPEN").id


class _Arrival(NamedTuple):
    """What became of a line; the three are what was sent."""

    line: Line
    received: Decimal
    back: Decimal
    damaged: Decimal


@handles(ReceiveTransfer)
def receive_transfer(tx: Tx, request: ReceiveTransfer) -> PaperFacts:
    """What arrived lies where it should; the rest went back, or is damaged and kept apart."""
    paper = papers_rows.lock(tx, request.number, (PaperKind.TRANSFER,), "SENT")
    assert paper.out_of is not None
    assert paper.goes_to is not None
    code = _place_of(tx, paper.goes_to)
    tx.actor.require(_ACTS_FOR[code])
    arrivals = _arrivals(papers_rows.lines_of(tx, paper), {line.line_no: line for line in request.lines}, paper.number)
    if any(arrival.back or arrival.damaged for arrival in arrivals) and not request.reason.strip():
        raise FieldWrong(field=N_("Reason"), reason=N_("less arrived than was sent; say why"))
    _refuse_expired(tx, code, arrivals)
    if paper.serves is not None:  # before any stock, as every paper's row is
        papers_rows.lock_id(tx, paper.serves)
    _unload(tx, paper, arrivals)
    papers_rows.decide(tx, paper, "RECEIVED", request.reason.strip())
    _note_served(tx, paper)
    short = [str(arrival.line) for arrival in arrivals if arrival.back or arrival.damaged]
    papers_rows.say(tx, paper, [arrival.line for arrival in arrivals], short=short, reason=request.reason)
    return papers.facts(tx, paper.number)


def _place_of(tx: Tx, location_id: int) -> str:
    return next(code for code in _OTHER if stock_book.location(tx, code) == location_id)


def _arrivals(lines: list[Line], said: dict[int, Arrived], number: str) -> list[_Arrival]:
    """Each line with what became of it. Lines that nobody mentions arrived in full."""
    unknown = said.keys() - {line.line_no for line in lines}
    if unknown:
        raise NotFound(kind=N_("Stock paper"), key=f"{number} / {min(unknown)}")
    arrivals = []
    for line in lines:
        told = said.get(line.line_no)
        received, damaged = (told.received, told.damaged) if told else (line.quantity, Decimal(0))
        if received < 0 or damaged < 0 or received * 10**4 % 1 or damaged * 10**4 % 1:
            raise FieldWrong(field=N_("Quantity"), reason=N_("not below zero, at most four places"))
        if received + damaged > line.quantity:
            raise PaperRefused(reason=MORE_THAN_SENT)
        arrivals.append(_Arrival(line, received, line.quantity - received - damaged, damaged))
    return arrivals


def _refuse_expired(tx: Tx, code: str, arrivals: list[_Arrival]) -> None:
    """What expired on its way is not put on the pharmacy's shelf."""
    for arrival in arrivals:
        expires = arrival.line.expires
        if code == stock_book.PHARMACY and arrival.received and expires is not None and expires < tx.today:
            raise BatchUnfit(drug=arrival.line.drug, lot=arrival.line.lot, reason=papers_rows.EXPIRED)


def _unload(tx: Tx, paper: Paper, arrivals: list[_Arrival]) -> None:
    """Out of TRANSIT, all of it in one act."""
    transit, quarantine = stock_book.location(tx, stock_book.TRANSIT), stock_book.location(tx, stock_book.QUARANTINE)
    parts: list[Part] = []
    for arrival in arrivals:
        batch_id = arrival.line.batch_id
        assert batch_id is not None
        for quantity, place in ((arrival.received, paper.goes_to), (arrival.back, paper.out_of), (arrival.damaged, quarantine)):
            if quantity and place is not None:
                parts.extend(carried(batch_id, quantity, out_of=transit, to=place))
    post(tx, "TRANSFER", paper.number, parts)
    tx.write(
        _ARRIVED,
        lines=[arrival.line.id for arrival in arrivals],
        received=[arrival.received for arrival in arrivals],
        back=[arrival.back for arrival in arrivals],
        damaged=[arrival.damaged for arrival in arrivals],
    )


def _note_served(tx: Tx, paper: Paper) -> None:
    """A request that has all it asked for is served."""
    if paper.serves is None:
        return
    request = papers_rows.lock_id(tx, paper.serves)
    if request.state == "OPEN" and not tx.rows(_STILL_WANTED, id=request.id)[0][0]:
        papers_rows.go_on(tx, request, "SERVED", paper.number)


@handles(CallBackTransfer)
def call_back_transfer(tx: Tx, request: CallBackTransfer) -> PaperFacts:
    """All of it lies where it was."""
    paper = papers_rows.lock(tx, request.number, (PaperKind.TRANSFER,), "SENT")
    assert paper.out_of is not None
    tx.actor.require(_ACTS_FOR[_place_of(tx, paper.out_of)])
    lines = papers_rows.lines_of(tx, paper)
    papers_rows.carry(tx, "TRANSFER", paper, lines, to=paper.out_of, out_of=stock_book.location(tx, stock_book.TRANSIT))
    papers_rows.decide(tx, paper, "CALLED_BACK", request.reason)
    papers_rows.say(tx, paper, lines, reason=request.reason)
    return papers.facts(tx, paper.number)
