"""The driver: one kind of code, by an aggregating acquirer's API (docs/interfaces/payment-channels.md).

What is not proven is :class:`~server.outcome.Unknown`: only a signed reply to this very request, over this order and this amount, is a success or a
refusal.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from server.channels import wire
from server.channels.line import Line, NoAnswerError, NotSentError
from server.channels.protocol import (
    NOT_CONNECTED,
    Paid,
    Paying,
    RefundDone,
    Reversed,
    StatementAct,
    StatementLine,
)
from server.channels.signing import reply_text, request_text
from server.outcome import Rejected, Success, Unknown

if TYPE_CHECKING:
    from datetime import date

    from common.messages.cashier import TenderKind
    from server.channels.signing import Signer
    from server.outcome import Outcome

T = TypeVar("T")

#: The calendar of every channel in the country.
CHANNEL_ZONE: Final = ZoneInfo("Asia/Shanghai")
_LONGEST_MESSAGE: Final = 200

_PAID: Final = msgspec.json.Decoder(wire.Answered[wire.PaidOrder])
_REVERSED: Final = msgspec.json.Decoder(wire.Answered[wire.ReversedOrder])
_REFUNDED: Final = msgspec.json.Decoder(wire.Answered[wire.RefundMade])
_STATEMENT: Final = msgspec.json.Decoder(wire.Answered[wire.Statement])

OTHER_ORDER: Final = Unknown("the reply is about another order")
OTHER_AMOUNT: Final = Unknown("the reply names another amount")
_NOT_PAYING: Final = Unknown("the reply says PAYING where nothing is being paid")


class Acquirer:
    """One channel of one merchant; see :class:`server.channels.protocol.Channel` for what each call promises."""

    def __init__(self, kind: TenderKind, merchant: str, line: Line, signer: Signer) -> None:
        self._kind, self._merchant, self._line, self._signer = kind, merchant, line, signer

    @property
    def kind(self) -> TenderKind:
        """Which tender it collects."""
        return self._kind

    def pay(self, order: str, amount_fen: int, code: str, subject: str) -> Outcome[Paid] | Paying:
        """Collect."""
        try:
            reply = self._ask("pay", wire.Pay(order=order, amount_fen=amount_fen, auth_code=code, subject=subject), _PAID)
        except NotSentError as problem:
            return Rejected(NOT_CONNECTED, str(problem))
        outcome = _paid(reply, order, amount_fen)
        if isinstance(outcome, Rejected):  # no provider should repeat the code in its words
            return Rejected(outcome.code.replace(code, "…"), outcome.message.replace(code, "…"))
        return outcome

    def query(self, order: str, amount_fen: int | None = None) -> Outcome[Paid] | Paying:
        """What became of an order."""
        return _paid(self._surely("query", wire.Order(order=order), _PAID), order, amount_fen)

    def reverse(self, order: str) -> Outcome[Reversed]:
        """Close an order, or take it back."""
        found = _value(self._surely("reverse", wire.Order(order=order), _REVERSED))
        if not isinstance(found, Success):
            return found
        return Success(Reversed(was_paid=found.value.was_paid)) if found.value.order == order else OTHER_ORDER

    def refund(self, order: str, refund_number: str, amount_fen: int, total_fen: int) -> Outcome[RefundDone]:
        """Pay back a part or all of an order."""
        asked = wire.Refund(order=order, refund_number=refund_number, amount_fen=amount_fen, total_fen=total_fen)
        return _refunded(self._surely("refund", asked, _REFUNDED), order, refund_number, amount_fen)

    def query_refund(self, order: str, refund_number: str, amount_fen: int | None = None) -> Outcome[RefundDone]:
        """What became of a refund."""
        asked = wire.RefundAsked(order=order, refund_number=refund_number)
        return _refunded(self._surely("query_refund", asked, _REFUNDED), order, refund_number, amount_fen)

    def statement(self, day: date) -> Outcome[tuple[StatementLine, ...]]:
        """Every movement of a day."""
        found = _value(self._surely("statement", wire.Day(day=day), _STATEMENT))
        if not isinstance(found, Success):
            return found
        fault = _statement_fault(found.value, day)
        return Unknown(fault) if fault else Success(tuple(map(_line, found.value.lines)))

    def _surely(self, act: str, asked: msgspec.Struct, decoder: msgspec.json.Decoder[wire.Answered[T]]) -> wire.Answered[T] | Unknown:
        """For acts about an order that was sent before: that this question did not go out says nothing about the order."""
        try:
            return self._ask(act, asked, decoder)
        except NotSentError as problem:
            return Unknown(str(problem))

    def _ask(self, act: str, asked: msgspec.Struct, decoder: msgspec.json.Decoder[wire.Answered[T]]) -> wire.Answered[T] | Unknown:
        """Send and read a proven reply. Raises :class:`NotSentError`."""
        path, nonce = self._line.path(act), secrets.token_hex(16)
        body = msgspec.json.encode(wire.Asked[Any](merchant=self._merchant, channel=self._kind.value, data=asked))
        try:
            status, headers, content = self._line.post(path, self._headers(path, nonce, body), body)
        except NoAnswerError as problem:
            return Unknown(str(problem))
        if status != 200:
            return Unknown(f"the channel answered HTTP {status}")
        scheme, _, signature = headers.get("signature", "").partition(" ")
        text = reply_text(status, headers.get("timestamp", ""), nonce, content)
        if scheme != self._signer.scheme or not self._signer.verifies(text, signature):
            return Unknown("the reply's signature is wrong")
        return self._read(content, decoder)

    def _read(self, content: bytes, decoder: msgspec.json.Decoder[wire.Answered[T]]) -> wire.Answered[T] | Unknown:
        try:
            reply = decoder.decode(content)
        except msgspec.MsgspecError:  # its text may quote what came
            return Unknown("the reply cannot be read")
        if (reply.merchant, reply.channel) != (self._merchant, self._kind.value):
            return Unknown("the reply is for another merchant or channel")
        return reply

    def _headers(self, path: str, nonce: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self._signer.sign(request_text(path, timestamp, nonce, body))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Merchant": self._merchant,
            "Timestamp": timestamp,
            "Nonce": nonce,
            "Signature": f"{self._signer.scheme} {signature}",
        }


def _value(reply: wire.Answered[T] | Unknown) -> Outcome[T]:
    """What a reply says where nobody has a password to type."""
    if isinstance(reply, Unknown):
        return reply
    if reply.result == "FAILED" and reply.code:
        return Rejected(reply.code[:64], reply.message[:_LONGEST_MESSAGE])
    if reply.result == "SUCCESS" and reply.data is not None:
        return Success(reply.data)
    return _NOT_PAYING if reply.result == "PAYING" else Unknown(f"the channel cannot tell ({reply.code[:64]})")


def _paid(reply: wire.Answered[wire.PaidOrder] | Unknown, order: str, amount_fen: int | None) -> Outcome[Paid] | Paying:
    if isinstance(reply, wire.Answered) and reply.result == "PAYING":
        return Paying()
    found = _value(reply)
    if not isinstance(found, Success):
        return found
    facts = found.value
    if facts.order != order:
        return OTHER_ORDER
    if amount_fen is not None and facts.amount_fen != amount_fen:
        return OTHER_AMOUNT
    return Success(Paid(channel_number=facts.channel_number, amount_fen=facts.amount_fen, at=facts.at))


def _refunded(reply: wire.Answered[wire.RefundMade] | Unknown, order: str, number: str, amount_fen: int | None) -> Outcome[RefundDone]:
    found = _value(reply)
    if not isinstance(found, Success):
        return found
    facts = found.value
    if (facts.order, facts.refund_number) != (order, number):
        return OTHER_ORDER
    if amount_fen is not None and facts.amount_fen != amount_fen:
        return OTHER_AMOUNT
    return Success(RefundDone(channel_number=facts.channel_number, amount_fen=facts.amount_fen, at=facts.at))


def _statement_fault(statement: wire.Statement, day: date) -> str:
    """Why a statement is not to be believed, or nothing."""
    lines = statement.lines
    if statement.day != day or any(line.at.astimezone(CHANNEL_ZONE).date() != day for line in lines):
        return "the statement holds another day"
    if statement.count != len(lines) or statement.net_fen != sum(
        line.amount_fen if line.act == "PAY" else -line.amount_fen for line in lines
    ):
        return "the statement's lines do not sum up to what it says"
    return "the statement names a movement twice" if len({(line.act, line.number) for line in lines}) != len(lines) else ""


def _line(line: wire.Movement) -> StatementLine:
    return StatementLine(
        order=line.order,
        act=StatementAct(line.act),
        number=line.number,
        amount_fen=line.amount_fen,
        at=line.at,
        channel_number=line.channel_number,
    )
