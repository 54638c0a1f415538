"""The driver for tax e-invoices 数电票 through a service provider's open API (docs/interfaces/einvoice.md says what is confirmed).

The provider issues in its own time: a request is accepted, and asking by our order number tells when it is done. Medical services are free of VAT
(财税〔2016〕36 号, annex 3), so every line goes out tax-free.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from common.domain.money import yuan
from server.channels.line import NoAnswerError, NotSentError
from server.einvoice import words
from server.einvoice.protocol import NOT_FOUND, NOT_SENT, Issued
from server.outcome import Rejected, Success, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.messages.einvoice import EInvoiceDocument, EInvoiceLine
    from server.channels.line import Line
    from server.outcome import Outcome

ZONE: Final = ZoneInfo("Asia/Shanghai")
OK: Final = "E0000"
ISSUE: Final = "nuonuo.OpeMplatform.requestBillingNew"
RED: Final = "nuonuo.OpeMplatform.fastInvoiceRed"
QUERY: Final = "nuonuo.OpeMplatform.queryInvoiceResult"

#: The provider has it and is at it; nothing is wrong with the line.
BEING_ISSUED: Final = Unknown("the platform is issuing it")
_DONE: Final = "2"
_AT_IT: Final = frozenset({"20", "21"})
_LONGEST: Final = 300


class Account(NamedTuple):
    """What the provider gave the clinic."""

    app_key: str
    app_secret: str
    access_token: str
    tax_number: str

    def sign(self, senid: str, nonce: str, timestamp: str, content: str) -> str:
        """HMAC-SHA1 over the call's parts in their fixed order, in base64."""
        text = f"a=services&l=v1&p=open&k={self.app_key}&i={senid}&n={nonce}&t={timestamp}&f={content}"
        return base64.b64encode(hmac.digest(self.app_secret.encode(), text.encode(), hashlib.sha1)).decode("ascii")


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """Who issues. ``goods_code`` is the tax authority's classification of medical services; ``duplicate`` are the provider's codes for an
    order number that it has already."""

    phone: str = ""
    address: str = ""
    goods_code: str = "3070202000000000000"
    duplicate: tuple[str, ...] = ("E9106",)


class TaxPlatform:
    """See :class:`server.einvoice.protocol.Platform` for what each call promises."""

    def __init__(self, line: Line, account: Account, seller: Seller) -> None:
        self._line, self._account, self._seller = line, account, seller

    @property
    def name(self) -> Literal["medical", "tax"]:
        """Which rule it serves."""
        return "tax"

    def issue(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """Ask for a blue one, then look whether it is there already."""
        return self._accepted(self._ask(ISSUE, {"order": self._blue(document)}), document)

    def red_flush(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """Ask for the red one of ``document.original``, then look whether it is there already."""
        assert document.original is not None, "a red e-invoice takes a blue one back"
        order = {
            "orderNo": document.serial,
            "originalOrderNo": document.original.serial,
            "originalInvoiceNo": document.original.number,
            "taxNum": self._account.tax_number,
            "reason": "2",  # 销货退回
            "clerk": document.cashier,
        }
        return self._accepted(self._ask(RED, {"order": order}), document)

    def query(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """What became of our order number."""
        outcome = self._ask(QUERY, {"orderNos": [document.serial], "isOfferInvoiceDetail": "0"})
        if isinstance(outcome, Rejected) and outcome.code != NOT_SENT:
            return Unknown(f"{outcome.code} {outcome.message}")  # the question was refused, which says nothing of the invoice
        if not isinstance(outcome, Success):
            return outcome
        try:
            found = [row for row in outcome.value if row["orderNo"] == document.serial]
            return _result(found[0]) if found else Rejected(NOT_FOUND, "")
        except (KeyError, TypeError, ValueError) as problem:
            return Unknown(f"the reply cannot be read ({type(problem).__name__})")

    def _accepted(self, outcome: Outcome[Any], document: EInvoiceDocument) -> Outcome[Issued]:
        if isinstance(outcome, Rejected) and outcome.code not in self._seller.duplicate:
            return outcome
        if isinstance(outcome, Unknown):
            return outcome
        found = self.query(document)
        unsure = isinstance(found, Rejected) and found.code in (NOT_FOUND, NOT_SENT)  # it was accepted a moment ago
        return BEING_ISSUED if unsure else found

    def _ask(self, method: str, content: Mapping[str, Any]) -> Outcome[Any]:
        body = msgspec.json.encode(content).decode()
        senid, nonce, timestamp = secrets.token_hex(16), f"{secrets.randbelow(10**8):08d}", str(int(time.time()))
        parts = urlencode({"senid": senid, "nonce": nonce, "timestamp": timestamp, "appkey": self._account.app_key})
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "X-Nuonuo-Sign": self._account.sign(senid, nonce, timestamp, body),
            "accessToken": self._account.access_token,
            "userTax": self._account.tax_number,
            "method": method,
        }
        try:
            reply = self._line.post(f"{self._line.path('services')}?{parts}", headers, body.encode())
        except NotSentError as problem:
            return Rejected(NOT_SENT, str(problem))
        except NoAnswerError as problem:
            return Unknown(str(problem))
        return _answer(reply.status, reply.body)

    def _blue(self, document: EInvoiceDocument) -> dict[str, Any]:
        return {
            "orderNo": document.serial,
            "buyerName": document.payer,
            "salerTaxNum": self._account.tax_number,
            "salerTel": self._seller.phone,
            "salerAddress": self._seller.address,
            "invoiceDate": f"{document.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
            "invoiceLine": "pc",
            "invoiceType": "1",
            "pushMode": "-1",
            "clerk": document.cashier,
            "remark": document.invoice_number,
            "invoiceDetail": self._details(document),
        }

    def _details(self, document: EInvoiceDocument) -> list[dict[str, Any]]:
        """The lines; cash rounding in the patient's favour is a discount 折扣行 behind the largest one."""
        lines = [line for line in document.lines if line.amount_fen > 0]
        largest = max(range(len(lines)), key=lambda place: lines[place].amount_fen)
        off = sum(line.amount_fen for line in document.lines if line.amount_fen < 0)
        details = [self._detail(line, line.amount_fen, "2" if off and place == largest else "0") for place, line in enumerate(lines)]
        if off:
            details.insert(largest + 1, self._detail(lines[largest], off, "1"))
        return details

    def _detail(self, line: EInvoiceLine, fen: int, kind: str) -> dict[str, Any]:
        detail = {
            "goodsName": line.name,
            "goodsCode": self._seller.goods_code,
            "withTaxFlag": "1",
            "taxIncludedAmount": str(yuan(fen)),
            "taxExcludedAmount": str(yuan(fen)),
            "tax": "0.00",
            "taxRate": "0",
            "invoiceLineProperty": kind,
            "favouredPolicyFlag": "01",
            "favouredPolicyName": words.tax_free(),
            "zeroRateFlag": "1",
        }
        if kind == "1":
            return detail
        return detail | {"specType": line.specification, "unit": line.unit, "num": f"{line.quantity.normalize():f}"}


def _answer(status: int, body: bytes) -> Outcome[Any]:
    if status != 200:
        return Unknown(f"HTTP {status}")
    try:
        reply = msgspec.json.decode(body)
        if reply["code"] == OK:
            return Success(reply.get("result"))
        return Rejected(str(reply["code"])[:40], str(reply.get("describe", ""))[:_LONGEST])
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as problem:
        return Unknown(f"the reply cannot be read ({type(problem).__name__})")


def _result(row: Any) -> Outcome[Issued]:
    """Raises ``KeyError``, ``ValueError``, ``TypeError`` for what is no result."""
    status = str(row["status"])
    if status in _AT_IT:
        return BEING_ISSUED
    if status != _DONE:
        return Rejected(f"STATUS{status}"[:40], str(row.get("failCause") or row.get("statusMsg") or "")[:_LONGEST])
    number = str(row.get("allElectronicInvoiceNumber") or row["invoiceNo"])
    if not 8 <= len(number) <= 40:
        raise ValueError("no invoice number")
    # Milliseconds since 1970, as the provider counts.
    issued_at = datetime.fromtimestamp(int(row["invoiceTime"]) // 1000, ZONE)
    issued = Issued(
        code=str(row.get("invoiceCode") or "")[:40],
        number=number,
        check_code=str(row.get("checkCode") or "")[:40],
        url=str(row.get("pdfUrl") or "")[:2000],
        issued_at=issued_at,
    )
    return Success(issued)
