"""The medical wire, answered as a province's platform does."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.channels.simulator.faults import FaultKind
from server.channels.simulator.http import response
from server.einvoice import medical_wire as wire

if TYPE_CHECKING:
    from server.channels.simulator.faults import Fault
    from server.channels.simulator.http import HttpRequest
    from server.einvoice.simulator.book import Book, Entry

NOT_FOUND: Final = "E0404"
DUPLICATE: Final = "E0409"
WRONG: Final = "E0400"
UNSIGNED: Final = "E0401"
_URL: Final = "https://einvoice.example/medical/"


class Medical:
    """Every act of the wire. ``name`` is the platform's in the book."""

    name = "medical"

    def __init__(self, book: Book, account: wire.Account) -> None:
        self._book, self._account = book, account

    def read(self, request: HttpRequest) -> tuple[str, str, Any] | bytes:
        """The act, the serial that it is about, and its content; or the answer to what cannot be read."""
        act = request.path.rsplit("/", 1)[-1]
        try:
            content = msgspec.json.decode(wire.open_sealed(self._account, request.body))
        except (msgspec.MsgspecError, ValueError):
            return response(200, {}, wire.answer(self._account, UNSIGNED, "the signature is wrong"))
        return act, str(content.get("busNo") or content.get("billNo") or ""), content

    def carry_out(self, act: str, content: Any, fault: Fault | None) -> tuple[str, Any]:
        """Result code and message of a call that was read."""
        if fault is not None and fault.kind is FaultKind.REJECT:
            return fault.code, fault.message
        acts = {
            "invoiceEBillOutpatient": self._issue,
            "writeOffEBill": self._flush,
            "getBillByBusNo": self._by_serial,
            "getEBillStatesByBillInfo": self._states,
        }
        return acts[act](content) if act in acts else (WRONG, f"there is no {act}")

    def _issue(self, content: Any) -> tuple[str, Any]:
        whole = _exact(content["totalAmt"])
        charged = sum(_exact(each["amt"]) for each in content["chargeDetail"])
        listed = sum(_exact(each["amt"]) for each in content["listDetail"])
        if charged != whole or listed != whole:
            return WRONG, "the amounts do not sum to the total"
        if not content["payer"] or not content["busNo"]:
            return WRONG, "payer or busNo is missing"
        if self._book.of(self.name, content["busNo"]) is not None:
            return DUPLICATE, "this busNo was issued before"
        return wire.OK, _blue(self._book.issue(self.name, content["busNo"], f"{whole:.2f}"))

    def _flush(self, content: Any) -> tuple[str, Any]:
        blue = self._book.numbered(self.name, content["billNo"])
        if blue is None or blue.code != content["billBatchCode"] or blue.kind != "BLUE":
            return WRONG, "there is no such blue e-invoice"
        if self._book.red_of(self.name, blue.number) is not None:
            return DUPLICATE, "it was taken back before"
        red = self._book.issue(self.name, content["busNo"], f"-{blue.amount}", reverses=blue.number)
        return wire.OK, {
            "eScarletBillBatchCode": red.code,
            "eScarletBillNo": red.number,
            "eScarletRandom": red.check_code,
            "createTime": _time(red),
            "pictureUrl": _URL + red.number,
        }

    def _by_serial(self, content: Any) -> tuple[str, Any]:
        entry = self._book.of(self.name, content["busNo"])
        return (NOT_FOUND, "there is no such busNo") if entry is None else (wire.OK, _blue(entry) | {"totalAmt": entry.amount})

    def _states(self, content: Any) -> tuple[str, Any]:
        blue = self._book.numbered(self.name, content["billNo"])
        if blue is None:
            return NOT_FOUND, "there is no such e-invoice"
        red = self._book.red_of(self.name, blue.number)
        if red is None:
            return wire.OK, {"state": "1", "isScarlet": "0"}
        return wire.OK, {
            "state": "1",
            "isScarlet": "1",
            "scarletBillBatchCode": red.code,
            "scarletBillNo": red.number,
            "scarletRandom": red.check_code,
            "createTime": _time(red),
            "pictureUrl": _URL + red.number,
        }

    def reply(self, result: tuple[str, Any], fault: Fault | None) -> bytes:
        """The reply's body, spoiled as the fault wants."""
        if fault is not None and fault.kind is FaultKind.WRONG_SIGNATURE:
            return wire.answer(self._account._replace(key="another key"), *result)
        return wire.answer(self._account, *result)


def _exact(number: object) -> Decimal:
    """A JSON number as it was written."""
    return Decimal(str(number))


def _blue(entry: Entry) -> dict[str, Any]:
    return {
        "billBatchCode": entry.code,
        "billNo": entry.number,
        "random": entry.check_code,
        "createTime": _time(entry),
        "pictureUrl": _URL + entry.number,
    }


def _time(entry: Entry) -> str:
    return f"{entry.moment:%Y%m%d%H%M%S}000"
