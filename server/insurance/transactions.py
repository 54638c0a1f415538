"""Each transaction's number, how its answer is read, and whether an answer belongs to the question.

A reply that was meant for somebody else can be perfectly readable. Where the platform repeats what it was asked, that is compared; a
difference makes the outcome UNKNOWN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from server.insurance import answers as got
from server.insurance import outputs, reading
from server.insurance.reading import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.insurance.protocol import Wire

A = TypeVar("A")


class Transaction(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """One transaction. ``echoes``: within which part of the output the asked ``psn_no`` and the like come back; empty for none."""

    infno: str
    read: Callable[[Wire], A]
    echoes: str = ""


SIGN_IN: Final = Transaction(infno="9001", read=outputs.signed_in)
SIGN_OUT: Final = Transaction(infno="9002", read=outputs.nothing)
PERSON: Final = Transaction(infno="1101", read=outputs.person)
BENEFIT: Final = Transaction(infno="2001", read=outputs.benefits)
OPEN_VISIT: Final = Transaction(infno="2201", read=outputs.visit_opened, echoes="data")
CANCEL_VISIT: Final = Transaction(infno="2202", read=outputs.nothing)
DESCRIBE_VISIT: Final = Transaction(infno="2203", read=outputs.nothing)
UPLOAD_FEES: Final = Transaction(infno="2204", read=outputs.fees_split)
CANCEL_FEES: Final = Transaction(infno="2205", read=outputs.nothing)
PRESETTLE: Final = Transaction(infno="2206", read=outputs.presettlement, echoes="setlinfo")
SETTLE: Final = Transaction(infno="2207", read=outputs.settlement, echoes="setlinfo")
CANCEL_SETTLEMENT: Final = Transaction(infno="2208", read=outputs.settlement, echoes="setlinfo")
REVERSE: Final = Transaction(infno="2601", read=outputs.nothing)
QUERY_SETTLEMENT: Final = Transaction(infno="5203", read=outputs.settlement, echoes="setlinfo")
RECONCILE_TOTAL: Final = Transaction(infno="3201", read=outputs.reconciled)
RECONCILE_DETAIL: Final = Transaction(infno="3202", read=outputs.uploaded_file)
UPLOAD_FILE: Final = Transaction(infno="9101", read=outputs.uploaded_file)
DOWNLOAD_FILE: Final = Transaction(infno="9102", read=outputs.nothing)
DICTIONARY: Final = Transaction(infno="1901", read=outputs.dictionary)
MAP_ITEM: Final = Transaction(infno="3301", read=outputs.nothing)
UNMAP_ITEM: Final = Transaction(infno="3302", read=outputs.nothing)
STOCK_TAKEN: Final = Transaction(infno="3501", read=outputs.uploaded)
STOCK_TAKEN_BATCH: Final = Transaction(infno="3501A", read=outputs.uploaded)
STOCK_CHANGED: Final = Transaction(infno="3502", read=outputs.uploaded)
PURCHASED: Final = Transaction(infno="3503", read=outputs.uploaded)
PURCHASE_RETURNED: Final = Transaction(infno="3504", read=outputs.uploaded)
SOLD: Final = Transaction(infno="3505", read=outputs.uploaded)
SOLD_BATCH: Final = Transaction(infno="3505A", read=outputs.uploaded)
SALE_RETURNED: Final = Transaction(infno="3506", read=outputs.uploaded)
SALES_RETURNED: Final = Transaction(infno="3506A", read=outputs.uploaded)
DELETE_ROW: Final = Transaction(infno="3507", read=outputs.uploaded)
SELF_PAY_FEES: Final = Transaction(infno="4201", read=outputs.nothing)
OUTPATIENT_RECORD: Final = Transaction(infno="4301", read=outputs.nothing)


def catalogue(infno: str) -> Transaction[got.FileHandle]:
    """1301 to 1319, which differ in nothing but their rows."""
    return Transaction(infno=infno, read=outputs.file_handle)


_BY_NUMBER: Final[dict[str, Transaction[Any]]] = {one.infno: one for one in list(globals().values()) if isinstance(one, Transaction)}
#: What comes back as it was asked, wherever it comes back.
_ECHOED: Final = ("psn_no", "mdtrt_id", "ipt_otp_no")


def by_number(infno: str) -> Transaction[Any]:
    """The transaction of a number, be it a province's variant (``2203A``). Raises ``KeyError``."""
    if infno.startswith("13"):
        return catalogue(infno)
    return _BY_NUMBER[infno] if infno in _BY_NUMBER else _BY_NUMBER[infno[:4]]


def check_belongs(infno: str, msgid: str, asked: Wire, output: Wire, *, echoes_msgid: bool) -> None:
    """Raises :class:`Unreadable` if the answer is to another question."""
    one = by_number(infno)
    if one.echoes:
        question, answer = reading.part(asked, "data"), reading.part(output, one.echoes)
        for name in _ECHOED:
            _same(name, reading.text(question, name), reading.text(answer, name))
        if echoes_msgid and one is SETTLE:
            _same("medins_setl_id", msgid, reading.text(answer, "medins_setl_id"))
    if one is UPLOAD_FEES:
        ours = {reading.text(row, "feedetl_sn") for row in asked["feedetail"]}
        if {reading.text(row, "feedetl_sn") for row in reading.rows(output, "result")} - ours:
            raise Unreadable("feedetl_sn")


def _same(name: str, asked: str, answered: str) -> None:
    """A field that is missing on either side says nothing."""
    if asked and answered and asked != answered:
        raise Unreadable(name)
