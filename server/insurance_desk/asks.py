"""The service's own commands for errands and uploads; never asked for from outside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta

from common.messages.insurance import ErrandKind
from common.permissions import Permission
from common.wire import Command, Done, Fact, Query
from server.insurance.answers import DictionaryValue
from server.insurance.files import CatalogueRow, Difference, StatementRow
from server.insurance.uploads import OutpatientRecord, Purchased, Sold, StockChanged, StockTaken
from server.settling.asks import AskInsurance


class CallNumber(Fact, frozen=True, kw_only=True):
    """What a call carries: the sequence's next value, the operator's name and today's sign-in (empty: none stands)."""

    sequence: int
    operator: str
    sign_no: str
    at: datetime


class NumberCall(Command[CallNumber], frozen=True, kw_only=True):
    """Take a number for a call of an operator's."""

    permission = Permission.SERVICE
    staff_id: int


class NoteSignIn(Command[Done], frozen=True, kw_only=True):
    """9001 was carried out; an empty ``sign_no``: 9002 was, or the bureau does not know the sign-in any more."""

    permission = Permission.SERVICE
    staff_id: int
    sign_no: str = ""


class Errand(Fact, frozen=True, kw_only=True):
    """One to be carried out now by who took it. ``turn`` grows each time: what somebody earlier finds is not taken. ``since`` is what the last one
    of the same subject left for it."""

    id: int
    turn: int
    kind: ErrandKind
    subject: str
    staff_id: int
    progress: int
    total: int
    since: str


class TakenErrand(Fact, frozen=True, kw_only=True):
    """What was taken, if anything was due."""

    errand: Errand | None


class TakeErrand(Command[TakenErrand], frozen=True, kw_only=True):
    """Take the next one that is due; nobody else takes it for ``lease_seconds``."""

    permission = Permission.SERVICE
    lease_seconds: Annotated[int, Meta(ge=10, le=3600)] = 600


class EndErrand(Command[Done], frozen=True, kw_only=True):
    """What came of one: DONE, FAILED, or WAITING to be tried again after a pause. ``since`` is for the next of its subject."""

    permission = Permission.SERVICE
    errand_id: int
    turn: int
    state: Annotated[str, Meta(pattern="^(DONE|FAILED|WAITING)$")]
    told: str = ""
    since: str = ""


class EnterDictionary(Command[Done], frozen=True, kw_only=True):
    """The bureau's values of one dictionary (1901)."""

    permission = Permission.SERVICE
    type: str
    values: tuple[DictionaryValue, ...]


class EnterCatalogueRows(Command[Done], frozen=True, kw_only=True):
    """Rows of a list, and how far it is read with them."""

    permission = Permission.SERVICE
    errand_id: int
    turn: int
    rows: tuple[CatalogueRow, ...]
    progress: int
    total: int


class Told(Fact, frozen=True):
    """A mapping that the bureau knows and that another has taken the place of."""

    mapping_id: int
    own_code: str
    list_type: str
    med_list_codg: str


class MappingToTell(Fact, frozen=True, kw_only=True):
    """A mapping as the bureau is told of it: 3301, or with ``withdraw`` 3302. ``before`` are withdrawn first."""

    own_code: str
    own_name: str
    list_type: str
    med_list_codg: str
    begins: date
    ends: date
    approval_number: str
    dosage_form: str
    specification: str
    withdraw: bool
    before: tuple[Told, ...]


class GetMappingToTell(Query[MappingToTell | None], frozen=True, kw_only=True):
    """What is to be told of a mapping now."""

    permission = Permission.SERVICE
    mapping_id: int


class NoteMapping(Command[Done], frozen=True, kw_only=True):
    """What the bureau said to a mapping."""

    permission = Permission.SERVICE
    mapping_id: int
    upload: Annotated[str, Meta(pattern="^(DONE|FAILED|WITHDRAWN)$")]
    error: str = ""


class Group(Fact, frozen=True, kw_only=True):
    """Our sums of one kind of settlement on a day."""

    insutype: str
    clr_type: str
    clr_optins: str
    count: int = 0
    total_fen: int = 0
    fund_fen: int = 0
    account_fen: int = 0
    cash_fen: int = 0
    result: str = ""
    words: str = ""


class WantDay(Command[Done], frozen=True, kw_only=True):
    """A day is to be compared that nobody asked for."""

    permission = Permission.SERVICE
    day: date
    kind: ErrandKind = ErrandKind.RECONCILE


class DayBook(Fact, frozen=True, kw_only=True):
    """Our side of a day: sums by kind, and each settlement and cancellation by its clearing office."""

    groups: tuple[Group, ...]
    rows: dict[str, tuple[StatementRow, ...]]


class GetDayBook(Query[DayBook], frozen=True, kw_only=True):
    """Our side of a day, with the kinds of the last three months also where nothing happened."""

    permission = Permission.SERVICE
    day: date


class EnterInsuranceStatement(Command[Done], frozen=True, kw_only=True):
    """What the bureau said of a day: 3201 by kind, and what 3202 found (``None``: it was not needed)."""

    permission = Permission.SERVICE
    day: date
    groups: tuple[Group, ...]
    found: tuple[Difference, ...] | None


class TakenDifference(Fact, frozen=True, kw_only=True):
    """What to ask about a difference now, already written down; ``None``: nothing is to be asked."""

    ask: AskInsurance | None


class TakeUpDifference(Command[TakenDifference], frozen=True, kw_only=True):
    """The next call towards clearing a difference in the way that was chosen."""

    permission = Permission.SERVICE
    difference_id: int
    staff_id: int


class EndInsuranceDifference(Command[Done], frozen=True, kw_only=True):
    """What the bureau said to that call. ``outcome`` is a :mod:`server.outcome`."""

    permission = Permission.SERVICE
    difference_id: int
    call_id: int
    act: str
    outcome: Any


class TakenReversal(Fact, frozen=True, kw_only=True):
    """A 2601 to be asked again, already written down. ``last``: if there is still nothing, it is not asked any more."""

    ask: AskInsurance
    last: bool


class TakeUpReversal(Command[TakenReversal], frozen=True, kw_only=True):
    """Ask again for the reversal of a 2207 of which nothing was there."""

    permission = Permission.SERVICE
    call_id: int
    staff_id: int


class EndReversal(Command[Done], frozen=True, kw_only=True):
    """What the bureau said to that call, ``asked_id``. ``outcome`` is a :mod:`server.outcome`."""

    permission = Permission.SERVICE
    call_id: int
    asked_id: int
    outcome: Any


class ClaimedUpload(Fact, frozen=True, kw_only=True):
    """A row of the queue as it will be sent: exactly one of its parts holds something. ``message`` is the number of its message, given at
    ``numbered_at``: one whose answer was lost bears its old number where the bureau could not know it again otherwise, and ``again`` says so."""

    id: int
    turn: int
    infno: str
    message: int
    numbered_at: datetime
    again: bool = False
    sales: tuple[Sold, ...] = ()
    stock_take: tuple[StockTaken, ...] = ()
    stock: StockChanged | None = None
    purchase: Purchased | None = None
    purchase_returned: Purchased | None = None
    returned: Sold | None = None
    undone: tuple[Sold, ...] = ()
    record: OutpatientRecord | None = None


class UploadClaim(Fact, frozen=True, kw_only=True):
    """What was claimed. ``more``: others are due (one that lacks something is not sent but shown to a person)."""

    upload: ClaimedUpload | None
    more: bool


class ClaimUpload(Command[UploadClaim], frozen=True, kw_only=True):
    """Take the next row that is due; what will be sent is written down with it. Nobody else takes it for ``lease_seconds``."""

    permission = Permission.SERVICE
    lease_seconds: Annotated[int, Meta(ge=10, le=3600)] = 180


class RecordUpload(Command[Done], frozen=True, kw_only=True):
    """What became of one: DONE, FAILED with the bureau's words, or PENDING to be tried again after a pause. ``kept_here``: it did not leave the
    house this time."""

    permission = Permission.SERVICE
    upload_id: int
    turn: int
    state: Annotated[str, Meta(pattern="^(DONE|FAILED|PENDING)$")]
    error: str = ""
    kept_here: bool = False
