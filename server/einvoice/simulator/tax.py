"""The tax wire, answered as a service provider does: a request is accepted, and the result is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from server.channels.simulator.faults import FaultKind
from server.channels.simulator.http import response
from server.einvoice import tax

if TYPE_CHECKING:
    from server.channels.simulator.faults import Fault
    from server.channels.simulator.http import HttpRequest
    from server.einvoice.simulator.book import Book, Entry

DUPLICATE: Final = "E9106"
WRONG: Final = "E9101"
UNSIGNED: Final = "E0401"
_URL: Final = "https://einvoice.example/tax/"


class Tax:
    """Every act of the wire. ``name`` is the platform's in the book."""

    name = "tax"

    def __init__(self, book: Book, account: tax.Account) -> None:
        self._book, self._account = book, account

    def read(self, request: HttpRequest) -> tuple[str, str, Any] | bytes:
        """The method, the order number that it is about, and its content; or the answer to what cannot be read."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        given = (asked.get("senid", ""), asked.get("nonce", ""), asked.get("timestamp", ""))
        signed = self._account.sign(*given, request.body.decode("utf-8", "replace"))
        known = request.headers.get("accesstoken") == self._account.access_token and asked.get("appkey") == self._account.app_key
        if not known or signed != request.headers.get("x-nuonuo-sign"):
            return response(200, {}, _body((UNSIGNED, "the signature is wrong")))
        content = msgspec.json.decode(request.body)
        serial = content["order"]["orderNo"] if "order" in content else content["orderNos"][0]
        return request.headers.get("method", ""), serial, content

    def carry_out(self, act: str, content: Any, fault: Fault | None) -> tuple[str, Any]:
        """Code and result of a call that was read."""
        if fault is not None and fault.kind is FaultKind.REJECT:
            return fault.code, fault.message
        polls = 1 if fault is not None and fault.kind is FaultKind.UNDECIDED else 0
        if act == tax.QUERY:
            return self._query(content["orderNos"])
        order = content["order"]
        if self._book.of(self.name, order["orderNo"]) is not None:
            return DUPLICATE, "the order number is there already"
        if act == tax.ISSUE:
            sum_of_lines = sum(Decimal(line["taxIncludedAmount"]) for line in order["invoiceDetail"])
            entry = self._book.issue(self.name, order["orderNo"], f"{sum_of_lines:.2f}", polls=polls)
        else:
            blue = self._book.numbered(self.name, order["originalInvoiceNo"])
            if blue is None or self._book.red_of(self.name, blue.number) is not None:
                return WRONG, "there is no such invoice, or it was taken back before"
            entry = self._book.issue(self.name, order["orderNo"], f"-{blue.amount}", reverses=blue.number, polls=polls)
        return tax.OK, {"invoiceSerialNum": f"S{entry.number}"}

    def _query(self, serials: list[str]) -> tuple[str, Any]:
        found = [entry for serial in serials if (entry := self._book.of(self.name, serial)) is not None]
        return tax.OK, [_result(self._book.polled(entry)) for entry in found]

    def reply(self, result: tuple[str, Any], fault: Fault | None) -> bytes:
        """The reply's body. This wire's replies are not signed; the line is TLS."""
        del fault
        return _body(result)


def _body(result: tuple[str, Any]) -> bytes:
    code, value = result
    told = {"code": code, "describe": value if isinstance(value, str) else "ok"}
    return msgspec.json.encode(told if isinstance(value, str) else told | {"result": value})


def _result(entry: Entry) -> dict[str, Any]:
    if entry.polls:
        return {"orderNo": entry.serial, "status": "20", "statusMsg": "being issued"}
    return {
        "orderNo": entry.serial,
        "serialNo": f"S{entry.number}",
        "status": "2",
        "statusMsg": "done",
        "invoiceCode": entry.code,
        "invoiceNo": entry.number,
        "allElectronicInvoiceNumber": entry.number,
        "checkCode": "",
        "pdfUrl": _URL + entry.number,
        "invoiceTime": str(int(entry.moment.timestamp()) * 1000),
    }
