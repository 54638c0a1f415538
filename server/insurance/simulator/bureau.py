"""From a request's bytes to the reply's: signature, envelope, the right counter, and the faults that were ordered."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.channels.simulator.http import Answering, Cut, HttpRequest, Silence, response
from server.insurance import reading, sm2
from server.insurance.protocol import BEIJING
from server.insurance.signing import signed_text, tif_signature
from server.insurance.simulator import fees, lists, people, settling, stock
from server.insurance.simulator.faults import BEFORE, Fault, FaultKind, Faults
from server.insurance.simulator.office import WORDS, Message, Office, Refusal, every

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.insurance.simulator.store import Document

_COUNTERS: Final[dict[str, Callable[[Office, Message], Document]]] = {
    "9001": people.sign_in,
    "9002": people.sign_out,
    "1101": people.person,
    "2001": people.benefits,
    "2201": people.open_visit,
    "2202": people.cancel_visit,
    "2203": people.describe_visit,
    "2203A": people.describe_visit,
    "2204": fees.upload_fees,
    "2205": fees.cancel_fees,
    "2206": settling.presettle,
    "2207": settling.settle,
    "2208": settling.cancel,
    "2601": settling.reverse,
    "5203": settling.query,
    "1901": lists.dictionary,
    "3201": lists.reconcile_total,
    "3202": lists.reconcile_detail,
    "3301": lists.map_item,
    "3302": lists.unmap_item,
    "9101": lists.upload_file,
    "3501A": stock.take_stock,
    "3505": stock.sell,
    "3505A": stock.sell_batch,
    "3506": stock.take_back,
    "3506A": stock.take_back_batch,
    "3507": stock.delete_row,
    "4201": stock.self_pay_fees,
    "4301": stock.record,
    **dict.fromkeys(("1301", "1302", "1303", "1305", "1306"), lists.catalogue),
    **dict.fromkeys(("3501", "3502", "3503", "3504"), stock.stock),
}
_ENVELOPE: Final = ("infno", "msgid", "mdtrtarea_admvs", "recer_sys_code", "infver", "opter_type", "opter", "opter_name", "inf_time")
#: A gateway takes signatures that are younger than this.
_SIGNED_SECONDS: Final = 600
_GARBAGE: Final = b"<html><body>502 Bad Gateway</body></html>"
_numbers: Final = msgspec.json.Encoder(decimal_format="number")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What this bureau issued to its one institution."""

    paasid: str
    token: str
    private_key: str


class Bureau:
    """Answers requests, one after the other; waiting for a slow one holds nobody up."""

    def __init__(self, office: Office, keys: Keys, faults: Faults, *, seconds: float = 0) -> None:
        self.office = office
        self.faults = faults
        self.seconds = seconds
        self.calls: deque[tuple[str, str]] = deque(maxlen=10_000)
        #: The latest input of each transaction, as it came over the wire.
        self.heard: dict[str, Document] = {}
        self._keys = keys
        self._public = sm2.public_key(sm2.private_key(keys.private_key))
        self._last: dict[str, bytes] = {}
        self._late: list[HttpRequest] = []

    async def answer(self, request: HttpRequest) -> Answering:
        """One request's answer, or what the fault makes of it."""
        envelope = _envelope(request)
        infno = reading.text(envelope, "infno")
        fault = self.faults.hit(infno)
        await asyncio.sleep(self.seconds + (fault.seconds if fault else 0))
        if fault and fault.kind in BEFORE:
            return _before(fault)
        if fault and fault.kind is FaultKind.LATE:
            self._late.append(request)
            return Cut()
        self.calls.append((infno, reading.text(envelope, "msgid")))
        body = self._body(request, envelope, fault)
        if infno == "2601":
            self._carry_out_late()
        earlier, self._last[infno] = self._last.get(infno, body), body
        return _after(fault, body, earlier)

    def _carry_out_late(self) -> None:
        """What the fault LATE held back is carried out now, with nobody there to hear."""
        held, self._late = self._late, []
        for request in held:
            self._body(request, _envelope(request), None)

    def _body(self, request: HttpRequest, envelope: Document, fault: Fault | None) -> bytes:
        try:
            self._admit(request, envelope)
            with self.office.store:
                output = self._carried_out(envelope)
        except Refusal as refusal:
            return self._told("-1", refusal.words, None)
        except reading.Unreadable as fault_of_input:
            return self._told("-1", WORDS["missing"] + str(fault_of_input), None)
        if isinstance(output, bytes):
            return output
        if fault and fault.kind is FaultKind.UNDECIDED:
            return self._told("-1", WORDS["undecided"], None)
        if fault and fault.kind is FaultKind.WRONG_AMOUNTS:
            output = _spoilt(output)
        return self._told("0", "", {} if fault and fault.kind is FaultKind.EMPTY else output)

    def _carried_out(self, envelope: Document) -> Document | bytes:
        message = self._message(envelope)
        self.heard[message.infno] = message.input
        self.office.store.put("msgid", message.msgid, {"infno": message.infno})
        if message.infno == "9102":
            return lists.download(self.office, message)
        if message.infno not in _COUNTERS:
            raise Refusal("unknown_transaction", message.infno)
        return _COUNTERS[message.infno](self.office, message)

    def _admit(self, request: HttpRequest, envelope: Document) -> None:
        """Whether it comes from the institution: what is checked depends on the province."""
        kind, headers = self.office.province.signer, request.headers
        if kind == "tif":
            timestamp, nonce = headers.get("x-tif-timestamp", ""), headers.get("x-tif-nonce", "")
            right = tif_signature(timestamp, self._keys.token, nonce)
            known = headers.get("x-tif-paasid") == self._keys.paasid and timestamp.isdigit()
            told = headers.get("x-tif-signature", "")
            if not (known and hmac.compare_digest(right, told) and abs(int(timestamp) - time.time()) < _SIGNED_SECONDS):
                raise Refusal("bad_signature")
            if not request.path.endswith(f"/{envelope.get('infno')}"):
                raise Refusal("bad_envelope", "infno")
        if kind == "sm2" and not self._signed(envelope):
            raise Refusal("bad_signature")
        every(envelope, *_ENVELOPE, "fixmedins_code", "fixmedins_name")

    def _signed(self, envelope: Document) -> bool:
        try:
            signature = sm2.from_hex(reading.text(envelope, "cainfo"))
        except ValueError:
            return False
        return envelope.get("signtype") == "SM2" and sm2.verify(self._public, signed_text(envelope), signature)

    def _message(self, envelope: Document) -> Message:
        infno, msgid, given = envelope["infno"], envelope["msgid"], envelope.get("input")
        if self.office.province.input_as_text:
            given = reading.json(given) if isinstance(given, str) else None
        if not isinstance(given, dict) or len(msgid) > 30:
            raise Refusal("bad_envelope")
        if self.office.store.get("msgid", msgid):
            raise Refusal("repeated_msgid")
        if self.office.province.signs_in and infno != "9001":
            self.office.document("sign", reading.text(envelope, "sign_no"), "not_signed_in")
        region = reading.text(envelope, "insuplc_admdvs")
        if _names_person(given) and not region:
            raise Refusal("no_region")
        return Message(infno=infno, msgid=msgid, insuplc=region, input=given, at=datetime.now(BEIJING))

    def _told(self, infcode: str, message: str, output: Any) -> bytes:
        """Provinces differ here as well: the code as a number or a text, the output as an object or a text."""
        at = f"{datetime.now(BEIJING):%Y%m%d%H%M%S%f}"[:17]
        as_text = self.office.province.input_as_text
        return _numbers.encode(
            {
                "infcode": infcode if as_text else int(infcode),
                "inf_refmsgid": f"{self.office.region}{at[:14]}{time.monotonic_ns() % 10**10:010d}",
                "refmsg_time": at,
                "respond_time": at,
                "err_msg": message or None,
                "output": _numbers.encode(output).decode() if as_text and output is not None else output,
            }
        )


def _envelope(request: HttpRequest) -> Document:
    found = reading.json(request.body)
    if not isinstance(found, dict):
        raise reading.Unreadable("envelope")
    return found


def _names_person(given: Any) -> bool:
    if isinstance(given, dict):
        return bool(given.get("psn_no")) or any(map(_names_person, given.values()))
    return isinstance(given, list) and any(map(_names_person, given))


def _before(fault: Fault) -> Answering:
    if fault.kind is FaultKind.SILENT_BEFORE:
        return Silence()
    if fault.kind is FaultKind.RESET_BEFORE:
        return Cut()
    if fault.kind is FaultKind.ERROR_BEFORE:
        return response(500, {}, _GARBAGE)
    refused = {"infcode": fault.code, "err_msg": fault.message or WORDS["fault"], "output": None}
    return response(200, {}, _numbers.encode(refused))


def _after(fault: Fault | None, body: bytes, earlier: bytes) -> Answering:
    reply = response(200, {}, body)
    kind = fault.kind if fault else None
    if kind is FaultKind.SILENT_AFTER:
        return Silence()
    if kind is FaultKind.RESET_AFTER:
        return Cut()
    if kind is FaultKind.CUT_AFTER:
        return Cut(reply[: len(reply) - len(body) // 2])
    if kind is FaultKind.GARBAGE:
        return response(200, {}, _GARBAGE)
    if kind is FaultKind.ERROR_AFTER:
        return response(500, {}, _GARBAGE)
    if kind is FaultKind.STALE:
        return response(200, {}, earlier)
    return reply * 2 if kind is FaultKind.DUPLICATE else reply


_AMOUNT: Final = re.compile(r"^(hifp_pay|inscp_scp_amt)$")


def _spoilt(value: Any) -> Any:
    """The fund's part and what is in scope are three fen more than all the rest says."""
    if isinstance(value, dict):
        return {name: _more(one) if _AMOUNT.match(name) else _spoilt(one) for name, one in value.items()}
    return [_spoilt(one) for one in value] if isinstance(value, list) else value


def _more(amount: Any) -> Any:
    return reading.decimal({"amount": amount}, "amount") + reading.decimal({"amount": "0.03"}, "amount")  # type: ignore[operator]
