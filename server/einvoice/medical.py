"""The driver for medical e-invoices 医疗收费电子票据 by the API that most provinces' platforms offer (docs/interfaces/einvoice.md says what is
confirmed). What is not proven is :class:`~server.outcome.Unknown`: only a signed reply to the question is a success or a refusal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from common.domain.money import yuan
from server.channels.line import NoAnswerError, NotSentError
from server.einvoice import medical_wire as wire
from server.einvoice import words
from server.einvoice.protocol import NOT_FOUND, NOT_SENT, Issued
from server.outcome import Rejected, Success, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.messages.einvoice import EInvoiceDocument, EInvoiceLine, IssuedBefore
    from server.channels.line import Line
    from server.outcome import Outcome

ZONE: Final = ZoneInfo("Asia/Shanghai")
_LONGEST: Final = 300


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from province to province. ``charge_codes``: its codes of the fee categories, by ours; ``not_found`` and ``duplicate``: its
    result codes for a serial that it never saw, and for one that it has issued already."""

    place_code: str = "001"
    bus_type: str = "02"
    institution_type: str = ""
    charge_codes: Mapping[str, str] = {}
    not_found: tuple[str, ...] = ("E0404",)
    duplicate: tuple[str, ...] = ("E0409",)


class MedicalPlatform:
    """See :class:`server.einvoice.protocol.Platform` for what each call promises."""

    def __init__(self, line: Line, account: wire.Account, dialect: Dialect) -> None:
        self._line, self._account, self._dialect = line, account, dialect

    @property
    def name(self) -> Literal["medical", "tax"]:
        """Which rule it serves."""
        return "medical"

    def issue(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """``invoiceEBillOutpatient``."""
        outcome = self._ask("invoiceEBillOutpatient", self._blue(document), _issued)
        return self._or_before(outcome, document)

    def red_flush(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """``writeOffEBill``."""
        assert document.original is not None, "a red e-invoice takes a blue one back"
        outcome = self._ask("writeOffEBill", self._red(document, document.original), _flushed)
        return self._or_before(outcome, document)

    def query(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """``getBillByBusNo`` for a blue one, ``getEBillStatesByBillInfo`` of its original for a red one."""
        if document.original is None:
            outcome = self._ask("getBillByBusNo", {"busNo": document.serial}, lambda found: _issued(found, document.total_fen))
        else:
            asked = {"billBatchCode": document.original.code, "billNo": document.original.number}
            outcome = self._ask("getEBillStatesByBillInfo", asked, _scarlet)
        if isinstance(outcome, Rejected) and outcome.code in self._dialect.not_found:
            return Rejected(NOT_FOUND, outcome.message)
        if isinstance(outcome, Rejected) and outcome.code not in (NOT_FOUND, NOT_SENT):
            return Unknown(f"{outcome.code} {outcome.message}")  # the question was refused, which says nothing of the invoice
        return outcome

    def _or_before(self, outcome: Outcome[Issued], document: EInvoiceDocument) -> Outcome[Issued]:
        """What was issued for this serial before, where the platform says that it was."""
        if isinstance(outcome, Rejected) and outcome.code in self._dialect.duplicate:
            before = self.query(document)
            return Unknown("the platform says both that it has this serial and that it has not") if _missing(before) else before
        return outcome

    def _ask(self, act: str, content: object, read: Any) -> Outcome[Issued]:
        try:
            reply = self._line.post(self._line.path(act), {"Content-Type": "application/json"}, wire.seal(self._account, content))
        except NotSentError as problem:
            return Rejected(NOT_SENT, str(problem))
        except NoAnswerError as problem:
            return Unknown(str(problem))
        if reply.status != 200:
            return Unknown(f"HTTP {reply.status}")
        try:
            result, message = wire.read_answer(self._account, reply.body)
            return read(message) if result == wire.OK else Rejected(result, message[:_LONGEST])
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as problem:
            return Unknown(f"the reply cannot be read ({type(problem).__name__})")

    # --- what is asked -----------------------------------------------------------------------------------------------------------

    def _blue(self, document: EInvoiceDocument) -> dict[str, Any]:
        content = {
            "busNo": document.serial,
            "busType": self._dialect.bus_type,
            "payer": document.payer,
            "busDateTime": _moment(document.at),
            "placeCode": self._dialect.place_code,
            "payee": document.cashier,
            "author": document.cashier,
            "totalAmt": yuan(document.total_fen),
            "remark": document.invoice_number,
            "payerType": "1",
            "sex": words.sex(document.sex),
            "medicalInstitution": self._dialect.institution_type,
            "patientNo": document.visit_number,
            "patientId": document.patient_number,
            "consultationDate": f"{document.at.astimezone(ZONE):%Y%m%d}",
            "chargeDetail": self._charges(document),
            "listDetail": [self._item(number, line) for number, line in enumerate(document.lines, 1)],
        }
        return content | _shares(document)

    def _charges(self, document: EInvoiceDocument) -> list[dict[str, Any]]:
        """One entry for each fee category, in the order of the first line of each."""
        sums: dict[str, int] = {}
        for line in document.lines:
            sums[line.category] = sums.get(line.category, 0) + line.amount_fen
        return [
            {
                "sortNo": number,
                "chargeCode": self._code(category),
                "chargeName": words.fee_category(category),
                "number": 1,
                "amt": yuan(fen),
            }
            for number, (category, fen) in enumerate(sums.items(), 1)
        ]

    def _item(self, number: int, line: EInvoiceLine) -> dict[str, Any]:
        return {
            "listDetailNo": str(number),
            "chargeCode": self._code(line.category),
            "chargeName": words.fee_category(line.category),
            "name": line.name,
            "specification": line.specification,
            "unit": line.unit,
            "number": line.quantity.normalize() if line.quantity else Decimal(0),
            "amt": yuan(line.amount_fen),
            "sortNo": number,
        }

    def _code(self, category: str) -> str:
        return self._dialect.charge_codes.get(category, category)

    def _red(self, document: EInvoiceDocument, original: IssuedBefore) -> dict[str, Any]:
        return {
            "busNo": document.serial,
            "billBatchCode": original.code,
            "billNo": original.number,
            "reason": document.reason or words.refund(),
            "operator": document.cashier,
            "busDateTime": _moment(document.at),
            "placeCode": self._dialect.place_code,
        }


def _shares(document: EInvoiceDocument) -> dict[str, Any]:
    """What the insurance and the person paid (其他信息)."""
    share = document.insurance
    if share is None:
        return {"fundPay": yuan(0), "accountPay": yuan(0), "otherfundPay": yuan(0), "ownPay": yuan(document.total_fen)}
    return {
        "fundPay": yuan(share.fund_fen),
        "accountPay": yuan(share.account_fen),
        "otherfundPay": yuan(share.mutual_aid_fen + share.hospital_fen),
        "ownPay": yuan(share.cash_fen),
        "selfConceitedAmt": yuan(share.own_scope_fen),
        "selfPayAmt": yuan(share.own_out_fen),
        "medicalCareType": share.insutype_name,
        "patientCategoryCode": share.psn_no,
    }


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"


# --- what comes back -------------------------------------------------------------------------------------------------------------------


def _issued(found: Any, total_fen: int | None = None) -> Outcome[Issued]:
    if total_fen is not None and "totalAmt" in found and Decimal(str(found["totalAmt"])) != yuan(total_fen):
        return Unknown("the platform has this serial with another amount")
    return _read(found, "billBatchCode", "billNo", "random")


def _flushed(found: Any) -> Outcome[Issued]:
    return _read(found, "eScarletBillBatchCode", "eScarletBillNo", "eScarletRandom")


def _scarlet(found: Any) -> Outcome[Issued]:
    if str(found["isScarlet"]) != "1":
        return Rejected(NOT_FOUND, "")
    return _read(found, "scarletBillBatchCode", "scarletBillNo", "scarletRandom")


def _read(found: Any, code: str, number: str, check_code: str) -> Outcome[Issued]:
    issued_at = datetime.strptime(str(found["createTime"])[:14], "%Y%m%d%H%M%S").replace(tzinfo=ZONE)
    named = [str(found[key]) for key in (code, number, check_code)]
    if not all(named[:2]) or max(map(len, named)) > 40:
        return Unknown("the reply names no invoice")
    url = str(found.get("pictureUrl") or found.get("billQRCode") or "")[:2000]
    return Success(Issued(code=named[0], number=named[1], check_code=named[2], url=url, issued_at=issued_at))


def _missing(outcome: Outcome[Issued]) -> bool:
    return isinstance(outcome, Rejected) and outcome.code == NOT_FOUND
