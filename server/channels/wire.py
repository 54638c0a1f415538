"""The bodies of an acquirer's API, as both sides read them (docs/interfaces/payment-channels.md). Amounts are whole fen.

Unknown fields are let through, as a provider adds some in every edition; missing or mistyped ones are not.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

Number = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Fen = Annotated[int, Meta(gt=0, lt=10**13)]
Moment = Annotated[datetime, Meta(tz=True)]


class Asked(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A request: whose, on which channel, and the act's own fields."""

    merchant: str
    channel: str
    data: T


class Answered(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A reply. SUCCESS has ``data``; FAILED says why and is final; PAYING waits for the person; UNKNOWN: the provider cannot tell itself."""

    merchant: str
    channel: str
    result: Literal["SUCCESS", "FAILED", "PAYING", "UNKNOWN"]
    code: str = ""
    message: str = ""
    data: T | None = None


class Pay(msgspec.Struct, frozen=True, kw_only=True):
    """``pay``: collect by the code on the telephone. Its text form hides the code."""

    order: Number
    amount_fen: Fen
    auth_code: Annotated[str, Meta(pattern="^[0-9]{16,24}$")]
    subject: str

    def __repr__(self) -> str:
        return f"Pay({self.order})"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """``query`` and ``reverse``."""

    order: Number


class PaidOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was paid."""

    order: Number
    channel_number: str
    amount_fen: Fen
    at: Moment


class ReversedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is closed now."""

    order: Number
    was_paid: bool


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """``refund``: pay a part or all of an order back."""

    order: Number
    refund_number: Number
    amount_fen: Fen
    total_fen: Fen


class RefundAsked(msgspec.Struct, frozen=True, kw_only=True):
    """``query_refund``."""

    order: Number
    refund_number: Number


class RefundMade(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that the provider took."""

    order: Number
    refund_number: Number
    channel_number: str
    amount_fen: Fen
    at: Moment


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """``statement``."""

    day: date


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement. ``number`` is the order's (PAY, REVERSE) or the refund's (REFUND)."""

    order: Number
    act: Literal["PAY", "REFUND", "REVERSE"]
    number: Number
    amount_fen: Fen
    at: Moment
    channel_number: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A day's movements in the order of time; ``count`` and ``net_fen`` (collected less given back) prove it whole."""

    day: date
    count: int
    net_fen: int
    lines: tuple[Movement, ...]
