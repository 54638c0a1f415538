"""The simulator's two addresses: the API that the clinic asks, and the control by which a test or a demonstration makes things go wrong."""

from __future__ import annotations

import asyncio
import collections
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta

from server.channels import wire
from server.channels.signing import reply_text, request_text
from server.channels.simulator.acts import PAYER_OF, Acts
from server.channels.simulator.faults import Fault, FaultKind, Faults
from server.channels.simulator.http import Answering, Cut, HttpRequest, Silence, response
from server.outcome import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.channels.signing import Signer
    from server.channels.simulator.acts import Result
    from server.channels.simulator.ledger import Ledger

_FRESH_SECONDS: Final = 300


class Plant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``/plant``: movements that no request brought about."""

    channel: str
    lines: tuple[wire.Movement, ...]


class Erase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``/erase``: orders that are to be forgotten, with all that was done to them."""

    channel: str
    orders: Annotated[tuple[str, ...], Meta(min_length=1)]


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``/book``: every movement of a channel whose order begins with ``order_prefix``."""

    channel: str
    order_prefix: str = ""


class Acquirer:
    """Answers the API."""

    def __init__(self, merchant: str, signers: Mapping[str, Signer], ledger: Ledger, faults: Faults) -> None:
        self._merchant, self._signers, self._faults = merchant, signers, faults
        self._acts = Acts(ledger)
        self._last: tuple[bytes, str] = (b"", "")
        #: Lets those go that are held.
        self.release = asyncio.Event()
        #: How often each act came, properly signed.
        self.calls: collections.Counter[str] = collections.Counter()

    async def answer(self, request: HttpRequest) -> Answering:
        """One call."""
        signer = self._caller(request)
        if signer is None:
            return _plain(401, "the signature is wrong")
        act = request.path.rsplit("/", 1)[-1]
        try:
            asked = self._acts.read(act, request.body)
        except msgspec.MsgspecError:
            return _plain(400, "the request cannot be read")
        if asked is None or asked.merchant != self._merchant or asked.channel not in PAYER_OF:
            return _plain(404, "no such act, merchant or channel")
        self.calls[act] += 1
        fault = self._faults.hit(act, getattr(asked.data, "order", ""))
        if fault is not None and fault.kind in _BEFORE:
            return _BEFORE[fault.kind]
        await self._delay(fault)
        refused = fault is not None and fault.kind is FaultKind.REJECT
        result = Rejected(fault.code, fault.message) if fault and refused else self._acts.carry_out(act, asked)
        return self._reply(request, signer, asked.channel, result, fault)

    async def _delay(self, fault: Fault | None) -> None:
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind is FaultKind.HELD:
            await self.release.wait()

    def _caller(self, request: HttpRequest) -> Signer | None:
        """How the caller signs, if the signature is right and new."""
        scheme, _, signature = request.headers.get("signature", "").partition(" ")
        signer, timestamp = self._signers.get(scheme), request.headers.get("timestamp", "")
        if signer is None or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > _FRESH_SECONDS:
            return None
        text = request_text(request.path, timestamp, request.headers.get("nonce", ""), request.body)
        return signer if signer.verifies(text, signature) else None

    def _reply(self, request: HttpRequest, signer: Signer, channel: str, result: Result, fault: Fault | None) -> Answering:
        kind = fault.kind if fault else None
        if kind in _AFTER:
            return _AFTER[kind]
        body = b"<html>" if kind is FaultKind.GARBAGE else msgspec.json.encode(self._body(channel, _changed(result, kind), kind))
        timestamp = str(int(time.time()))
        signature = signer.sign(reply_text(200, timestamp, request.headers.get("nonce", ""), body))
        stale, self._last = self._last, (body, signature)
        if kind is FaultKind.STALE:
            body, signature = stale
        if kind is FaultKind.WRONG_SIGNATURE:
            signature = signer.sign(b"something else")
        whole = response(200, {"Timestamp": timestamp, "Signature": f"{signer.scheme} {signature}"}, body)
        if kind is FaultKind.CUT_AFTER:
            return Cut(whole[: len(whole) - len(body) + len(body) // 2])
        return whole * 2 if kind is FaultKind.DUPLICATE else whole

    def _body(self, channel: str, result: Result, kind: FaultKind | None) -> wire.Answered[Any]:
        merchant = self._merchant
        if kind is FaultKind.UNDECIDED:
            return wire.Answered(merchant=merchant, channel=channel, result="UNKNOWN", code="SYSTEM_ERROR", message="ask again")
        if isinstance(result, Rejected):
            return wire.Answered(merchant=merchant, channel=channel, result="FAILED", code=result.code, message=result.message)
        return wire.Answered(merchant=merchant, channel=channel, result="SUCCESS" if result else "PAYING", data=result)


class Control:
    """Answers the control address."""

    def __init__(self, ledger: Ledger, faults: Faults, acquirer: Acquirer) -> None:
        self._ledger, self._faults, self._acquirer = ledger, faults, acquirer

    async def answer(self, request: HttpRequest) -> Answering:
        """One order from a test."""
        try:
            return response(200, {}, msgspec.json.encode(self._obey(request.path, request.body)))
        except msgspec.MsgspecError as problem:
            return _plain(400, str(problem))

    def _obey(self, path: str, body: bytes) -> object:
        if path == "/faults":
            for fault in msgspec.json.decode(body, type=list[Fault]):
                self._faults.add(fault)
        elif path == "/release":
            self._acquirer.release.set()
            self._acquirer.release = asyncio.Event()
        elif path == "/clear":
            self._faults.clear()
        elif path == "/plant":
            plant = msgspec.json.decode(body, type=Plant)
            for line in plant.lines:
                self._ledger.plant(plant.channel, line)
        elif path == "/erase":
            erase = msgspec.json.decode(body, type=Erase)
            return sum(self._ledger.erase(erase.channel, order) for order in erase.orders)
        elif path == "/book":
            look = msgspec.json.decode(body, type=Look)
            return self._ledger.book(look.channel, look.order_prefix)
        elif path == "/calls":
            return dict(self._acquirer.calls)
        else:
            raise msgspec.ValidationError("there is no such order")
        return "done"


def _plain(status: int, message: str) -> bytes:
    return response(status, {}, msgspec.json.encode({"message": message}))


_BEFORE: Final[Mapping[FaultKind, Answering]] = {
    FaultKind.SILENT_BEFORE: Silence(),
    FaultKind.RESET_BEFORE: Cut(),
    FaultKind.ERROR_BEFORE: _plain(500, "out of order"),
}
_AFTER: Final[Mapping[FaultKind | None, Answering]] = {
    FaultKind.SILENT_AFTER: Silence(),
    FaultKind.RESET_AFTER: Cut(),
    FaultKind.ERROR_AFTER: _plain(502, "out of order"),
}


def _changed(result: Result, kind: FaultKind | None) -> Result:
    """The same with a wrong amount or order, where it has one."""
    if kind is FaultKind.WRONG_AMOUNT and isinstance(result, wire.PaidOrder | wire.RefundMade):
        return msgspec.structs.replace(result, amount_fen=result.amount_fen + 1)
    if kind is FaultKind.WRONG_AMOUNT and isinstance(result, wire.Statement):
        return msgspec.structs.replace(result, net_fen=result.net_fen + 1)
    if kind is FaultKind.WRONG_ORDER and isinstance(result, wire.PaidOrder | wire.RefundMade | wire.ReversedOrder):
        return msgspec.structs.replace(result, order=f"{result.order[:-1]}Z")
    return result
