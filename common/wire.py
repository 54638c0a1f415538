"""How a desk and the service speak: requests declared once, replies, changes, and their JSON.

A request is a class. Its fields are the payload, its type argument is the reply, and it names the permission that its sender needs::

    class RefundBill(Command[RefundReceipt]):
        '''Pay a settled bill back.'''
        permission = Permission.CASHIER_REFUND
        bill_id: int

``POST /api/refund_bill`` carries it. A :class:`Command` writes and so has a request id (header ``Request-Id``) made when its form opened; a
:class:`Query` only reads.
"""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast, get_args

import msgspec

from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

REQUEST_ID_HEADER = "Request-Id"
DESK_HEADER = "Desk"
REPLAYED_HEADER = "Replayed"

Reply = TypeVar("Reply")
Kind = TypeVar("Kind")


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every struct that crosses the wire: immutable, keyword-only, and refusing fields that it does not know."""


class Request(Fact, Generic[Reply], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a desk asks of the service. Subclass :class:`Query` or :class:`Command`, never this."""

    permission: ClassVar[Permission]
    writes: ClassVar[bool]


class Query(Request[Reply], Generic[Reply], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that changes nothing and may be repeated freely."""

    writes: ClassVar[bool] = False
    #: The field that names the patient (or the many patients) whose record is looked at, where a look must leave an audit entry.
    views: ClassVar[str | None] = None


class Command(Request[Reply], Generic[Reply], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that writes, exactly once for each request id."""

    writes: ClassVar[bool] = True


class Done(Fact, frozen=True, kw_only=True):
    """The reply of a command that has nothing to tell but that it was carried out."""


class Change(Fact, frozen=True, kw_only=True):
    """What a committed command changed: a topic of :mod:`common.topics` and the object's id (0: the topic as a whole)."""

    topic: str
    id: int = 0


class Pushed(Fact, frozen=True, kw_only=True):
    """One message of the change feed. ``seq`` grows; a desk that reconnects names the last one that it saw."""

    seq: int
    changes: tuple[Change, ...]
    #: True when older changes are gone, so that the desk has to read everything anew.
    reset: bool = False


class Refused(Fact, frozen=True, kw_only=True):
    """An error on the wire: the class of :mod:`common.errors` and its fields."""

    error: str
    fields: dict[str, Any] = {}


def new_request_id() -> str:
    """A fresh request id, made when a form opens and kept until its answer is known."""
    return str(uuid.uuid4())


def wire_name(request: type[Request[Any]]) -> str:
    """``RefundBill`` → ``refund_bill``, the last part of the request's path."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", request.__name__).lower()


@cache
def reply_type(request: type[Request[Any]]) -> type[Any]:
    """The reply that a request class declares. Raises ``TypeError`` if it declares none."""
    for base in getattr(request, "__orig_bases__", ()):
        arguments = get_args(base)
        if arguments and not isinstance(arguments[0], TypeVar):
            return cast("type[Any]", arguments[0])
    raise TypeError(f"{request.__name__} does not name its reply")


@cache
def request_types() -> dict[str, type[Request[Any]]]:
    """Every request by its wire name."""
    import common.messages

    common.messages.load()
    found: dict[str, type[Request[Any]]] = {}
    for kind in (Query, Command):
        for request in cast("Iterable[type[Request[Any]]]", kind.__subclasses__()):
            if request.permission is not Permission.SERVICE:  # the service's own work is not to be had over the wire
                other = found.setdefault(wire_name(request), request)
                assert other is request, f"{other} and {request} have one name"
    return found


_encoder = msgspec.json.Encoder(decimal_format="string")


def encode(value: object) -> bytes:
    """``value`` as JSON; decimals are strings, dates and times ISO 8601."""
    return _encoder.encode(value)


#: msgspec looks a type's fields up when it first makes a decoder for it; two threads at that at once can end the process.
_making: Final = threading.Lock()


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    with _making:
        return msgspec.json.Decoder(kind, strict=True)


def decode(kind: type[Reply], data: bytes) -> Reply:
    """JSON as ``kind``, strictly: raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``."""
    return cast("Reply", _decoder(cast("Any", kind)).decode(data))


def as_kind(value: Any, kind: type[Kind], *, strict: bool = True) -> Kind:
    """``value`` (built of plain things, as it comes from a JSON column) as ``kind``: raises ``msgspec.ValidationError``."""
    _decoder(cast("Any", kind))  # has the type's fields looked up, by one thread alone
    return msgspec.convert(value, kind, strict=strict)


def payload_hash(request: Request[Any]) -> bytes:
    """SHA-256 over a request's name and fields, independent of how its JSON was spaced or ordered."""
    return hashlib.sha256(wire_name(type(request)).encode() + b"\0" + encode(request)).digest()
