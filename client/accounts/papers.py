"""Paper of the desk, made of the facts that the service replied with. It speaks the clinic's language, whatever the screen does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from printing.documents.account_receipt import AccountReceipt
from printing.documents.base import Copy
from printing.documents.credit_statement import CreditStatement

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.accounts import AccountReceipt as ReceiptFacts
    from common.messages.accounts import Statement


def receipt(facts: ReceiptFacts, by: str, now: datetime, *, copy: int = 1) -> AccountReceipt:
    """预交金收据 or 挂账还款收据, as it was at issue; its times are the clinic's."""
    local = msgspec.structs.replace(facts, issued_at=facts.issued_at.astimezone(now.tzinfo))
    return AccountReceipt(clinic=facts.clinic, copy=Copy(number=copy, at=now, by=by), facts=local)


def statement(facts: Statement, by: str, now: datetime) -> CreditStatement:
    """挂账月结单."""
    local = msgspec.structs.replace(facts, made_at=facts.made_at.astimezone(now.tzinfo))
    return CreditStatement(clinic=facts.clinic, copy=Copy(at=now, by=by), statement=local)
