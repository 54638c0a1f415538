"""Papers of the store 单据: requests 申领, transfers 调拨, damage 报损, destruction 销毁, returns to a supplier 退货. Quantities in base units."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

import common.store_errors
import common.store_paper_errors  # noqa: F401 -- their errors come back over the wire
from common.permissions import Permission
from common.wire import Command, Fact, Query


class PaperKind(StrEnum):
    """What a paper is about."""

    REQUEST = "REQUEST"
    TRANSFER = "TRANSFER"
    DAMAGE = "DAMAGE"
    DESTROY = "DESTROY"
    SUPPLIER_RETURN = "SUPPLIER_RETURN"


Number = Annotated[str, Meta(max_length=30)]
Words = Annotated[str, Meta(max_length=200)]
Place = Annotated[str, Meta(pattern="^(PHARMACY|STORE|QUARANTINE)$")]
#: What is kept in the pharmacy and in the store goes between the two.
Shelf = Annotated[str, Meta(pattern="^(PHARMACY|STORE)$")]


# --- what a paper says ---------------------------------------------------------------------------------------------------------------


class PaperLine(Fact, frozen=True, kw_only=True):
    """A line. ``place`` is where the batch was taken from; a request has drugs only.

    Of a transfer that arrived, ``received``, ``back`` and ``damaged`` are together what was sent. Of a request, ``received`` is what has
    arrived and ``coming`` what is on the way.
    """

    line_no: int
    drug_id: int
    drug: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    batch_id: int | None
    lot: str
    expires: date | None
    place: str
    supplier: str
    quantity: Decimal
    received: Decimal
    back: Decimal
    damaged: Decimal
    coming: Decimal
    purchase_price: Decimal
    value_fen: int


class PaperStep(Fact, frozen=True, kw_only=True):
    """Who did what with it: ``state`` is the one that it was in afterwards."""

    state: str
    version: int
    by: str
    at: datetime
    note: str


class PaperEntry(Fact, frozen=True, kw_only=True):
    """A paper in the list. ``about`` names its first drug, ``value_fen`` is at purchase price. ``part``: some of a request has been sent."""

    id: int
    number: str
    kind: PaperKind
    state: str
    version: int
    at: datetime
    staff_id: int
    by: str
    decided_by: str
    out_of: str
    goes_to: str
    supplier: str
    reason: str
    about: str
    lines: int
    value_fen: int
    part: bool


class PaperFacts(Fact, frozen=True, kw_only=True):
    """A paper with its lines, as it is printed. ``serves`` is the request that a transfer answers, ``served_by`` the transfers of a request;
    ``reverses`` the paper that this one undoes, ``reversed_by`` the other way round."""

    clinic: str
    entry: PaperEntry
    note: str
    witness: str
    site: str
    way: str
    serves: str
    served_by: tuple[str, ...]
    reverses: str
    reversed_by: str
    lines: tuple[PaperLine, ...]
    steps: tuple[PaperStep, ...]


class PaperList(Fact, frozen=True, kw_only=True):
    """Papers, newest first; ``more``: there are others before them. ``waiting`` counts by kind what is open, whatever the list is narrowed to."""

    papers: tuple[PaperEntry, ...]
    more: bool
    waiting: dict[str, int]


class ListPapers(Query[PaperList], frozen=True, kw_only=True):
    """Papers of these days, at most 300, and all that are open, however old. ``text``: number, drug, lot or supplier."""

    permission = Permission.STORE_VIEW
    first_day: date
    last_day: date
    kind: PaperKind | None = None
    open_only: bool = False
    text: Annotated[str, Meta(max_length=60)] = ""


class GetPaper(Query[PaperFacts], frozen=True, kw_only=True):
    """One paper by its number."""

    permission = Permission.STORE_VIEW
    number: Number


class PaperCopy(Fact, frozen=True, kw_only=True):
    """A paper to be printed; ``copy`` 1 is the first one."""

    paper: PaperFacts
    copy: int
    at: datetime
    by: str


class PrintPaper(Command[PaperCopy], frozen=True, kw_only=True):
    """Print a paper; copies are counted."""

    permission = Permission.STORE_PAPERS
    number: Number


# --- what may be put on one ----------------------------------------------------------------------------------------------------------


class PaperGoods(Fact, frozen=True, kw_only=True):
    """A batch at a place, or for a request a drug. ``free`` may be taken now; ``suggested`` is what a suggestion puts on the paper.

    Of a request ``there`` is what the store could send and ``free`` what the pharmacy has.
    """

    drug_id: int
    code: str
    drug: str
    specification: str
    manufacturer: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    batch_id: int | None
    lot: str
    expires: date | None
    place: str
    supplier: str
    purchase_price: Decimal
    free: Decimal
    there: Decimal
    suggested: Decimal


class PaperGoodsList(Fact, frozen=True, kw_only=True):
    """What fits. ``short`` names drugs of which the place has less than is asked for."""

    goods: tuple[PaperGoods, ...]
    short: tuple[str, ...] = ()


class FindPaperGoods(Query[PaperGoodsList], frozen=True, kw_only=True):
    """What may go on a paper of this kind: by drug's name, pinyin, code, a pack's barcode, or by lot. At most 40, first expiry first.

    ``place`` is where it is taken from; empty: wherever such a paper may take from. ``supplier`` narrows to that supplier's batches.
    """

    permission = Permission.STORE_VIEW
    kind: PaperKind
    place: Annotated[str, Meta(pattern="^(PHARMACY|STORE|QUARANTINE|)$")] = ""
    supplier: Annotated[str, Meta(max_length=100)] = ""
    text: Annotated[str, Meta(max_length=200)]


class SuggestPaper(Query[PaperGoodsList], frozen=True, kw_only=True):
    """What should go on a paper of this kind now.

    REQUEST: drugs of which the pharmacy has less than the minimum, with what is missing in whole packs. TRANSFER: what the request ``serves``
    still wants, by first expiry. DAMAGE: what has expired on a shelf. DESTROY: all that lies in the quarantine area. SUPPLIER_RETURN: what
    of the ``supplier`` lies there or expires within 90 days.
    """

    permission = Permission.STORE_VIEW
    kind: PaperKind
    serves: Number = ""
    supplier: Annotated[str, Meta(max_length=100)] = ""


# --- requests and transfers ----------------------------------------------------------------------------------------------------------


class AskedFor(Fact, frozen=True, kw_only=True):
    """So much of a drug."""

    drug_id: int
    quantity: Decimal


class AskStore(Command[PaperFacts], frozen=True, kw_only=True):
    """The pharmacy asks the store for drugs 申领. Who asks dispenses."""

    permission = Permission.STORE_PAPERS
    lines: Annotated[tuple[AskedFor, ...], Meta(min_length=1, max_length=200)]
    note: Words = ""


class CloseRequest(Command[PaperFacts], frozen=True, kw_only=True):
    """No more is sent for a request: the store will not, or the pharmacy does not want it any more. Refused while something is on the way."""

    permission = Permission.STORE_PAPERS
    number: Number
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Taken(Fact, frozen=True, kw_only=True):
    """So much of a batch, out of the place where it lies."""

    batch_id: int
    place: Place
    quantity: Decimal


class SendTransfer(Command[PaperFacts], frozen=True, kw_only=True):
    """Send batches from one shelf to the other 调拨出库: they are on the way then, and nobody has them.

    Raises ``BatchUnfit`` for what has expired (to the pharmacy), ``NotEnoughInBatch``, ``HeldForPatients``. ``serves``: the request.
    """

    permission = Permission.STORE_PAPERS
    out_of: Shelf
    lines: Annotated[tuple[Taken, ...], Meta(min_length=1, max_length=200)]
    serves: Number = ""
    note: Words = ""


class Arrived(Fact, frozen=True, kw_only=True):
    """What of a line arrived, and what of it is damaged; the rest goes back."""

    line_no: int
    received: Decimal
    damaged: Decimal = Decimal(0)


class ReceiveTransfer(Command[PaperFacts], frozen=True, kw_only=True):
    """Take over what was sent 调拨入库. Lines that are not named arrived in full; for any that did not there is a ``reason``."""

    permission = Permission.STORE_PAPERS
    number: Number
    lines: Annotated[tuple[Arrived, ...], Meta(max_length=200)] = ()
    reason: Words = ""


class CallBackTransfer(Command[PaperFacts], frozen=True, kw_only=True):
    """Call back what was sent and has not been received: all of it lies where it was."""

    permission = Permission.STORE_PAPERS
    number: Number
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


# --- what a second person signs ------------------------------------------------------------------------------------------------------


class DraftPaper(Command[PaperFacts], frozen=True, kw_only=True):
    """Make a paper of damage, destruction or a return to a supplier, or change one (``number`` and the ``version`` that was read).

    Nothing moves before a second person has approved. Destruction names ``site``, ``way`` and ``witness``; a return its ``supplier``, whose
    batches all lines are. Raises ``PaperChanged``, ``BatchUnfit``.
    """

    permission = Permission.STORE_PAPERS
    kind: PaperKind
    lines: Annotated[tuple[Taken, ...], Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    note: Words = ""
    supplier: Annotated[str, Meta(max_length=100)] = ""
    site: Annotated[str, Meta(max_length=100)] = ""
    way: Annotated[str, Meta(max_length=100)] = ""
    witness: Annotated[str, Meta(max_length=100)] = ""
    number: Number = ""
    version: int = 0


class ApprovePaper(Command[PaperFacts], frozen=True, kw_only=True):
    """Sign a draft as the second person; then its goods move. Who made it asks another one: ``approval_id`` is of the act ``stock_paper``, its
    subject the paper's id, its detail the number and the version (``BS26112200010 v1``). Raises ``PaperChanged`` if it is not as it was read."""

    permission = Permission.STORE_APPROVE
    number: Number
    version: int
    approval_id: int | None = None


class RejectPaper(Command[PaperFacts], frozen=True, kw_only=True):
    """Refuse a draft, or throw one's own away; it stays to be read."""

    permission = Permission.STORE_APPROVE
    number: Number
    version: int
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class VoidPaper(Command[PaperFacts], frozen=True, kw_only=True):
    """Undo a paper of damage by a reversing one: what was carried to the quarantine area lies where it was. A second person agrees, as to
    signing one: on the paper that is voided. What was destroyed or given back cannot be undone."""

    permission = Permission.STORE_PAPERS
    number: Number
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    approval_id: int | None = None
