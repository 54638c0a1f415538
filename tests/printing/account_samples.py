"""Receipts and a statement of accounts with invented people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from common.messages.accounts import AccountReceipt as Facts
from common.messages.accounts import Statement, StatementLine
from common.messages.cashier import Tender, TenderKind
from printing.documents.account_receipt import AccountReceipt
from printing.documents.base import Copy
from printing.documents.credit_statement import CreditStatement

AT = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)
CLINIC = "杏林中医西医结合门诊部"


def account_receipt(number: int = 1, language: str = "zh_CN", **changes: Any) -> AccountReceipt:
    """500 yuan into a deposit, by cash and card."""
    facts = {
        "kind": "DEPOSIT",
        "number": "D26112200007",
        "clinic": CLINIC,
        "payer": "欧阳春晓",
        "patient_number": "00012345",
        "date": date(2026, 11, 22),
        "issued_at": AT,
        "cashier": "钱朵",
        "amount_fen": 50_000,
        "tenders": (
            Tender(kind=TenderKind.CASH, amount_fen=20_000, given_fen=30_000),
            Tender(kind=TenderKind.CARD, amount_fen=30_000, reference="POS 004512"),
        ),
        "change_fen": 10_000,
        "balance_fen": 63_250,
        **changes,
    }
    return AccountReceipt(clinic=CLINIC, copy=Copy(number=number, at=AT, by="钱朵"), language=language, facts=Facts(**facts))


PEOPLE = (("沈知秋", "00010233"), ("顾西洲", "00010871"), ("欧阳春晓", "00012345"), ("艾力江·买买提", "00011502"))


def statement(count: int = 12, opening_fen: int = 128_400) -> Statement:
    """A month of a company's bills, one of them taken back, and one transfer."""
    lines: list[StatementLine] = []
    balance = opening_fen
    for place in range(count):
        kind, amount = "CHARGE", 3_860 + place * 1_175
        name, number = PEOPLE[place % 4]
        paper = f"2611{place % 28 + 1:02d}{place * 7 + 3:05d}"
        if place == 4:
            kind, amount = "CHARGE_BACK", -lines[3].amount_fen
            name, number = PEOPLE[3]
        if place == 6:
            kind, amount, name, number, paper = "COLLECT", -opening_fen, "", "", "C26111200001"
        balance += amount
        day = date(2026, 11, min(place % 28 + 1, 28))
        lines.append(
            StatementLine(
                date=day, kind=kind, patient_number=number, patient_name=name, number=paper, amount_fen=amount, balance_fen=balance
            )
        )
    lines.sort(key=lambda line: line.date)

    def total(kind: str) -> int:
        return abs(sum(line.amount_fen for line in lines if line.kind == kind))

    return Statement(
        clinic=CLINIC,
        account_id=3,
        name="春风纺织有限责任公司工会委员会",
        month=date(2026, 11, 1),
        opening_fen=opening_fen,
        lines=tuple(lines),
        charged_fen=total("CHARGE"),
        taken_back_fen=total("CHARGE_BACK"),
        collected_fen=total("COLLECT"),
        paid_back_fen=0,
        closing_fen=balance,
        made_at=AT,
        made_by="袁璋",
    )


def credit_statement(count: int = 12, language: str = "zh_CN", number: int = 1) -> CreditStatement:
    """That month on paper."""
    return CreditStatement(clinic=CLINIC, copy=Copy(number=number, at=AT, by="袁璋"), language=language, statement=statement(count))
