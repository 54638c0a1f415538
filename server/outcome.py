"""What became of a request to somebody outside: the insurance, a payment channel, an invoice platform (DOMAIN.md §1.6).

Three answers, never two. A time-out, a broken line, a reply that cannot be read or does not fit the question is :class:`Unknown`: it may or may
not have been carried out, and only the other side can say. Callers take an outcome apart by ``isinstance`` or ``match``.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Success(msgspec.Struct, Generic[T], frozen=True):
    """It was carried out, and the reply proves it. ``value`` is what the reply says."""

    value: T


class Rejected(msgspec.Struct, frozen=True):
    """The other side answered properly that it did not and will not carry it out. ``code`` is its own code, ``message`` its own words."""

    code: str
    message: str


class Unknown(msgspec.Struct, frozen=True):
    """Nobody here can tell. ``reason`` is for the person who has to look into it; it holds no code, key or name."""

    reason: str


Outcome = Success[T] | Rejected | Unknown
