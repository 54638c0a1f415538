"""The insurance, over HTTP: every transaction as a method that takes a plain struct and never raises for anything outside the house.

``prepare`` and ``send`` are for those that move money (:mod:`server.insurance.protocol`); the other methods do both at once.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from common.i18n import N_
from server.insurance import answers as got
from server.insurance import envelope, inputs, transactions, upload_inputs
from server.insurance.protocol import NOT_SENT, Call, Prepared, Reply
from server.insurance.province import province
from server.insurance.reading import Unreadable
from server.insurance.signing import signer
from server.insurance.transport import NoAnswer, NotSent, RawReply, transport
from server.outcome import Rejected, Success, Unknown

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from server.insurance import requests as ask
    from server.insurance import uploads as up
    from server.insurance.protocol import Operator, Secrets, Setup, Wire
    from server.insurance.transactions import Transaction
    from server.outcome import Outcome

log = logging.getLogger(__name__)
A = TypeVar("A")

NOT_REACHED: Final = N_("The insurance cannot be reached")
NO_ANSWER: Final = N_("The insurance did not answer")
FAILED: Final = N_("The insurance's server failed")
UNREADABLE: Final = N_("The insurance's answer cannot be read")
#: Gateways that refuse with these have passed nothing on. 408, 425, 429 and everything else may have.
_REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 411, 413, 414, 415, 422})
_ZIP: Final = b"PK"


class Insurance:
    """One clinic's line to its bureau. Safe for many threads at once.

    Raises when it is made: :class:`~server.insurance.province.UnknownProvince`, ``KeyUnreadable``, ``ValueError`` (address).
    ``tls``: trust in a bureau's own authority.
    """

    def __init__(self, setup: Setup, secrets: Secrets, *, tls: ssl.SSLContext | None = None) -> None:
        self.setup = setup
        self.province = province(setup.province)
        if not setup.url.startswith(("https://", "http://")):
            raise ValueError("the insurance's address begins with https:// or http://")
        self._signer = signer(self.province.signer, secrets)
        self._transport = transport(self.province, setup.url, self._signer, seconds=setup.timeout_seconds, tls=tls)

    def close(self) -> None:
        """Let go of the line."""
        self._transport.close()

    def prepare(
        self,
        infno: str,
        asked: Wire,
        *,
        msgid_sequence: int,
        at: datetime,
        operator: Operator,
        sign_no: str = "",
        insuplc: str = "",
        numbered_at: datetime | None = None,
    ) -> Prepared:
        """See :class:`~server.insurance.protocol.Bureau`. ``numbered_at``: see :class:`~server.insurance.protocol.Call`."""
        number, dressed = self.province.number(infno), self.province.dress(infno, asked)
        msgid = envelope.message_id(self.setup.fixmedins_code, numbered_at or at, msgid_sequence)
        message = envelope.envelope(
            self.setup, self.province, number, dressed, msgid=msgid, at=at, operator=operator, sign_no=sign_no, insuplc=insuplc
        )
        body = envelope.encode(self.province, self._signer.sign(message))
        return Prepared(msgid=msgid, infno=number, body=body, payload_hash=hashlib.sha256(body).digest(), asked=dressed)

    def send(self, prepared: Prepared) -> Outcome[Reply]:
        """See :class:`~server.insurance.protocol.Bureau`."""
        outcome = self._sent(prepared)
        log.info("insurance %s %s: %s", prepared.infno, prepared.msgid, type(outcome).__name__)
        return outcome

    def _sent(self, prepared: Prepared) -> Outcome[Reply]:
        try:
            raw = self._transport.post(prepared.infno, prepared.body)
        except NotSent:
            return Rejected(code=NOT_SENT, message=NOT_REACHED)
        except NoAnswer as fault:
            log.warning("insurance %s %s: %s", prepared.infno, prepared.msgid, fault)
            return Unknown(reason=NO_ANSWER)
        try:
            return self._judged(prepared, raw)
        except Unreadable as fault:
            log.warning("insurance %s %s: unreadable: %s", prepared.infno, prepared.msgid, fault)
            return _without_reply(raw.status)

    def _judged(self, prepared: Prepared, raw: RawReply) -> Outcome[Reply]:
        if raw.status >= 500:
            return Unknown(reason=FAILED)
        if raw.status == 200 and prepared.infno == transactions.DOWNLOAD_FILE.infno and raw.body.startswith(_ZIP):
            return Success(Reply(output={}, file=raw.body))
        parsed = envelope.parse(raw.body)
        if not parsed.done:
            if any(word in parsed.message for word in self.province.unknown_when):
                return Unknown(reason=parsed.message)
            return Rejected(code=parsed.infcode, message=parsed.message)
        if raw.status != 200 or prepared.infno == transactions.DOWNLOAD_FILE.infno:
            return Unknown(reason=UNREADABLE)  # "done" under a status that says otherwise, or a download without its file
        self._check(prepared, parsed.output)
        return Success(Reply(output=parsed.output, refmsgid=parsed.refmsgid, message=parsed.message))

    def _check(self, prepared: Prepared, output: Wire) -> None:
        transactions.by_number(prepared.infno).read(output)
        echoes = self.province.echoes_msgid
        transactions.check_belongs(prepared.infno, prepared.msgid, prepared.asked, output, echoes_msgid=echoes)

    def _replied(self, infno: str, asked: Wire, call: Call) -> Outcome[Reply]:
        prepared = self.prepare(
            infno,
            asked,
            msgid_sequence=call.msgid_sequence,
            at=call.at,
            operator=call.operator,
            sign_no=call.sign_no,
            insuplc=call.insuplc,
            numbered_at=call.numbered_at,
        )
        return self.send(prepared)

    def _done(self, one: Transaction[A], asked: Wire, call: Call) -> Outcome[A]:
        outcome = self._replied(one.infno, asked, call)
        return Success(one.read(outcome.value.output)) if isinstance(outcome, Success) else outcome

    # the day

    def sign_in(self, request: ask.SignIn, call: Call) -> Outcome[got.SignedIn]:
        """9001: its ``sign_no`` goes into every later call of this operator."""
        return self._done(transactions.SIGN_IN, inputs.sign_in(request), call)

    def sign_out(self, request: ask.SignOut, call: Call) -> Outcome[got.Nothing]:
        """9002."""
        return self._done(transactions.SIGN_OUT, inputs.sign_out(request), call)

    # a visit

    def person(self, shown: ask.Certificate, call: Call) -> Outcome[got.Person]:
        """1101."""
        return self._done(transactions.PERSON, inputs.person(shown), call)

    def benefits(self, request: ask.BenefitCheck, call: Call) -> Outcome[tuple[got.Benefit, ...]]:
        """2001."""
        return self._done(transactions.BENEFIT, inputs.benefit(request, self.setup.fixmedins_code), call)

    def open_visit(self, request: ask.OpenVisit, call: Call) -> Outcome[got.VisitOpened]:
        """2201."""
        return self._done(transactions.OPEN_VISIT, inputs.open_visit(request), call)

    def cancel_visit(self, request: ask.CancelVisit, call: Call) -> Outcome[got.Nothing]:
        """2202."""
        return self._done(transactions.CANCEL_VISIT, inputs.cancel_visit(request), call)

    def describe_visit(self, request: ask.DescribeVisit, call: Call) -> Outcome[got.Nothing]:
        """2203 or 2203A."""
        return self._done(transactions.DESCRIBE_VISIT, inputs.describe_visit(request), call)

    def upload_fees(self, request: ask.UploadFees, call: Call) -> Outcome[got.FeesSplit]:
        """2204."""
        return self._done(transactions.UPLOAD_FEES, inputs.upload_fees(request), call)

    def cancel_fees(self, request: ask.CancelFees, call: Call) -> Outcome[got.Nothing]:
        """2205."""
        return self._done(transactions.CANCEL_FEES, inputs.cancel_fees(request), call)

    def presettle(self, request: ask.Settle, call: Call) -> Outcome[got.Settlement]:
        """2206."""
        return self._done(transactions.PRESETTLE, inputs.presettle(request), call)

    def settle(self, request: ask.Settle, call: Call) -> Outcome[got.Settlement]:
        """2207. A settlement of the service takes ``prepare`` and ``send`` instead, so that the call is committed before it leaves."""
        return self._done(transactions.SETTLE, inputs.settle(request), call)

    def cancel_settlement(self, request: ask.SettlementAt, call: Call) -> Outcome[got.Settlement]:
        """2208. As :meth:`settle`."""
        return self._done(transactions.CANCEL_SETTLEMENT, inputs.settlement_at(request), call)

    def reverse(self, request: ask.Reverse, call: Call) -> Outcome[got.Nothing]:
        """2601. A refusal that says "not found" means that nothing had happened: see :meth:`was_nothing`."""
        return self._done(transactions.REVERSE, inputs.reverse(request), call)

    def was_nothing(self, refused: Rejected) -> bool:
        """Whether a refused 2601 says that there was nothing to reverse, which is as good as reversed (§1.6)."""
        return refused.code != NOT_SENT and self.knows_nothing(refused.message)

    def knows_nothing(self, words: str) -> bool:
        """Whether the words of a refusal say that what was to be taken back is not there."""
        return any(word in words for word in self.province.nothing_when)

    def had_message(self, refused: Rejected) -> bool:
        """Whether a refusal says that a message of this very number was carried out before."""
        return refused.code != NOT_SENT and any(word in refused.message for word in self.province.message_repeated_when)

    def was_repeated(self, words: str) -> bool:
        """Whether the words of a refused upload (a ``Rejected.message``, an ``UploadFault.message``) say that it is there already."""
        return any(word in words for word in self.province.repeated_when)

    def query_settlement(self, request: ask.SettlementAt, call: Call) -> Outcome[got.Settlement]:
        """5203."""
        return self._done(transactions.QUERY_SETTLEMENT, inputs.settlement_at(request), call)

    # reconciliation and lists

    def reconcile_total(self, request: ask.TotalStatement, call: Call) -> Outcome[got.Reconciled]:
        """3201."""
        return self._done(transactions.RECONCILE_TOTAL, inputs.total_statement(request), call)

    def reconcile_detail(self, request: ask.DetailStatement, call: Call) -> Outcome[got.FileHandle]:
        """3202: what it names is fetched by :meth:`download`."""
        return self._done(transactions.RECONCILE_DETAIL, inputs.detail_statement(request), call)

    def upload(self, request: ask.UploadFile, call: Call) -> Outcome[got.FileHandle]:
        """9101."""
        as_bytes = self.province.upload_as == "bytes"
        asked = upload_inputs.upload_file(request, self.setup.fixmedins_code, as_bytes=as_bytes)
        return self._done(transactions.UPLOAD_FILE, asked, call)

    def download(self, request: ask.DownloadFile, call: Call) -> Outcome[bytes]:
        """9102: the ZIP; :mod:`server.insurance.files` reads it."""
        outcome = self._replied(transactions.DOWNLOAD_FILE.infno, upload_inputs.download_file(request, self.setup.fixmedins_code), call)
        return Success(outcome.value.file) if isinstance(outcome, Success) else outcome

    def catalogue(self, infno: str, request: ask.CatalogueSince, call: Call) -> Outcome[got.FileHandle]:
        """1301 to 1319: the file of what is newer; none if its ``file_qury_no`` is empty."""
        return self._done(transactions.catalogue(infno), inputs.catalogue(request), call)

    def dictionary(self, request: ask.DictionaryOf, call: Call) -> Outcome[tuple[got.DictionaryValue, ...]]:
        """1901."""
        return self._done(transactions.DICTIONARY, inputs.dictionary(request, self.setup.mdtrtarea_admvs), call)

    # uploads

    def map_item(self, request: up.MapItem, call: Call) -> Outcome[got.Nothing]:
        """3301."""
        return self._done(transactions.MAP_ITEM, upload_inputs.map_item(request), call)

    def unmap_item(self, request: up.UnmapItem, call: Call) -> Outcome[got.Nothing]:
        """3302."""
        return self._done(transactions.UNMAP_ITEM, upload_inputs.unmap_item(request, self.setup.fixmedins_code), call)

    def stock_taken(self, request: up.StockTaken, call: Call) -> Outcome[got.Uploaded]:
        """3501."""
        return self._done(transactions.STOCK_TAKEN, upload_inputs.stock_taken(request), call)

    def stock_taken_batch(self, lying: tuple[up.StockTaken, ...], call: Call) -> Outcome[got.Uploaded]:
        """3501A: many rows; ``faults`` names those that were refused by their ``batch_number``."""
        return self._done(transactions.STOCK_TAKEN_BATCH, upload_inputs.stock_taken_batch(lying), call)

    def stock_changed(self, request: up.StockChanged, call: Call) -> Outcome[got.Uploaded]:
        """3502."""
        return self._done(transactions.STOCK_CHANGED, upload_inputs.stock_changed(request), call)

    def purchased(self, request: up.Purchased, call: Call) -> Outcome[got.Uploaded]:
        """3503."""
        return self._done(transactions.PURCHASED, upload_inputs.purchased(request), call)

    def purchase_returned(self, request: up.Purchased, call: Call) -> Outcome[got.Uploaded]:
        """3504."""
        return self._done(transactions.PURCHASE_RETURNED, upload_inputs.purchased(request), call)

    def sold(self, request: up.Sold, call: Call) -> Outcome[got.Uploaded]:
        """3505: one row; a code that was sold before is refused."""
        return self._done(transactions.SOLD, upload_inputs.sold(request), call)

    def sold_batch(self, sales: tuple[up.Sold, ...], call: Call) -> Outcome[got.Uploaded]:
        """3505A: many rows; ``faults`` names those that were refused by their ``line_number``."""
        return self._done(transactions.SOLD_BATCH, upload_inputs.sold_batch(sales), call)

    def sale_returned(self, request: up.Sold, call: Call) -> Outcome[got.Uploaded]:
        """3506: ``returns`` names the sale's ``line_number``."""
        return self._done(transactions.SALE_RETURNED, upload_inputs.sold(request), call)

    def sales_returned(self, sales: tuple[up.Sold, ...], call: Call) -> Outcome[got.Uploaded]:
        """3506A: many rows; ``faults`` names those that were refused by their ``line_number``."""
        return self._done(transactions.SALES_RETURNED, upload_inputs.sold_batch(sales), call)

    def delete_row(self, request: up.DeleteRow, call: Call) -> Outcome[got.Uploaded]:
        """3507."""
        return self._done(transactions.DELETE_ROW, upload_inputs.delete_row(request), call)

    def self_pay_fees(self, request: up.SelfPayFees, call: Call) -> Outcome[got.Nothing]:
        """4201."""
        return self._done(transactions.SELF_PAY_FEES, upload_inputs.self_pay_fees(request), call)

    def outpatient_record(self, request: up.OutpatientRecord, call: Call) -> Outcome[got.Nothing]:
        """4301."""
        return self._done(transactions.OUTPATIENT_RECORD, upload_inputs.outpatient_record(request), call)


def _without_reply(status: int) -> Outcome[Any]:
    """An answer that is none of this platform's: a gateway's refusal, or nobody knows."""
    return Rejected(code=f"HTTP {status}", message=NOT_REACHED) if status in _REFUSALS else Unknown(reason=UNREADABLE)
