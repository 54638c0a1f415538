"""The simulator's two addresses: the wires that the clinic asks, and the control by which a test or a demonstration makes things go wrong."""

from __future__ import annotations

import asyncio
import collections
from typing import TYPE_CHECKING, Final

import msgspec

from server.channels.simulator.faults import Fault, FaultKind, Faults
from server.channels.simulator.http import Answering, Cut, HttpRequest, Silence, response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.einvoice.simulator.book import Book
    from server.einvoice.simulator.medical import Medical
    from server.einvoice.simulator.tax import Tax

_BEFORE: Final[Mapping[FaultKind, Answering]] = {
    FaultKind.SILENT_BEFORE: Silence(),
    FaultKind.RESET_BEFORE: Cut(),
    FaultKind.ERROR_BEFORE: response(500, {}, b"{}"),
}
_AFTER: Final[Mapping[FaultKind, Answering]] = {
    FaultKind.SILENT_AFTER: Silence(),
    FaultKind.RESET_AFTER: Cut(),
    FaultKind.ERROR_AFTER: response(502, {}, b"{}"),
    FaultKind.GARBAGE: response(200, {}, b"<html>"),
}
#: What cannot be played here: these wires' replies name no amount of their own.
_STRANGE: Final = frozenset({FaultKind.WRONG_AMOUNT, FaultKind.WRONG_ORDER, FaultKind.STALE})


class Wires:
    """Answers both wires by their paths."""

    def __init__(self, medical: Medical, tax: Tax, faults: Faults) -> None:
        self._medical, self._tax, self._faults = medical, tax, faults
        #: How often each act came, properly signed.
        self.calls: collections.Counter[str] = collections.Counter()

    async def answer(self, request: HttpRequest) -> Answering:
        """One call."""
        wire = self._medical if request.path.startswith("/medical-web/") else self._tax
        asked = wire.read(request)
        if isinstance(asked, bytes):
            return asked
        act, serial, content = asked
        self.calls[act] += 1
        fault = self._faults.hit(act, serial)
        if fault is not None and fault.kind in _BEFORE:
            return _BEFORE[fault.kind]
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        result = wire.carry_out(act, content, fault)
        if fault is not None and fault.kind in _AFTER:
            return _AFTER[fault.kind]
        whole = response(200, {}, wire.reply(result, fault))
        if fault is not None and fault.kind is FaultKind.CUT_AFTER:
            return Cut(whole[:-10])
        return whole * 2 if fault is not None and fault.kind is FaultKind.DUPLICATE else whole


class Control:
    """Answers the control address."""

    def __init__(self, book: Book, faults: Faults, wires: Wires) -> None:
        self._book, self._faults, self._wires = book, faults, wires

    async def answer(self, request: HttpRequest) -> Answering:
        """One order from a test."""
        try:
            return response(200, {}, msgspec.json.encode(self._obey(request.path, request.body)))
        except msgspec.MsgspecError as problem:
            return response(400, {}, msgspec.json.encode({"message": str(problem)}))

    def _obey(self, path: str, body: bytes) -> object:
        if path == "/faults":
            for fault in msgspec.json.decode(body, type=list[Fault]):
                if fault.kind in _STRANGE:
                    raise msgspec.ValidationError(f"{fault.kind} cannot be played here")
                self._faults.add(fault)
        elif path == "/clear":
            self._faults.clear()
        elif path == "/book":
            return self._book.all()
        elif path == "/calls":
            return dict(self._wires.calls)
        else:
            raise msgspec.ValidationError("there is no such order")
        return "done"
