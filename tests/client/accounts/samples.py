"""A month of a clinic's accounts, as facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from common.messages.accounts import (
    AccountMoved,
    AccountReceipt,
    Ageing,
    CardTopUp,
    CreditAccount,
    CreditAccountFacts,
    CreditAccountList,
    CreditEntry,
    CreditKind,
    CreditMember,
    Deposit,
    DepositEntry,
    Statement,
    StatementLine,
)
from common.messages.cashier import Tender, TenderKind
from common.messages.patients import PatientHit
from common.messages.settlement import MoneyRules, OutsideStep, SettlementFacts, SettlementKind

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
RULES = MoneyRules(
    cash_rounding="none",
    refund_alone_fen=20_000,
    waiver_limits={},
    green_days=30,
    invoice_segments=False,
    close_needs_acceptance=False,
    einvoice_kind="none",
)
HIT = PatientHit(
    id=7, number="00000007", name="欧阳春晓", sex="2", birth_date=date(1961, 4, 9), phone="13812346677", document_tail="", last_visit=TODAY
)


def account(id: int = 3, name: str = "春风纺织有限责任公司工会委员会", **fields: Any) -> CreditAccount:
    """A company that owes 970.15."""
    facts: dict[str, Any] = {
        "id": id,
        "kind": CreditKind.COMPANY,
        "name": name,
        "patient_id": None,
        "patient_number": "",
        "limit_fen": 500_000,
        "balance_fen": 97_015,
        "due_on": None,
        "overdue": False,
        "contact": "工会 赵敏 0571-8801 2231",
        "note": "",
        "active": True,
        "members": 4,
        **fields,
    }
    return CreditAccount(**facts)


ACCOUNTS = CreditAccountList(
    accounts=(
        account(5, "晨光实验小学", balance_fen=196_300, limit_fen=200_000),
        account(),
        account(
            9, "艾力江·买买提", kind=CreditKind.GREEN, patient_id=31, patient_number="00011502", balance_fen=38_600, limit_fen=50_000,
            due_on=TODAY - timedelta(days=3), overdue=True, contact="", note="急诊先治", members=0,
        ),
        account(
            10, "沈知秋", kind=CreditKind.GREEN, patient_id=32, patient_number="00010233", balance_fen=12_000, limit_fen=50_000,
            due_on=TODAY + timedelta(days=21), contact="", note="家属正在赶来", members=0,
        ),
        account(6, "河滨街道敬老院", balance_fen=0),
        account(8, "远山测绘院", balance_fen=-2_350, active=False),
    )
)  # fmt: skip
_PEOPLE = (("沈知秋", "00010233"), ("顾西洲", "00010871"), ("欧阳春晓", "00012345"), ("艾力江·买买提", "00011502"))


def credit_facts(of: CreditAccount | None = None) -> CreditAccountFacts:
    """The company with its entries and members."""
    of = of or account()
    entries, balance = [], of.balance_fen
    for place in range(24):
        kind, amount = ("COLLECT", -128_400) if place == 9 else ("CHARGE_BACK", -3_860) if place == 4 else ("CHARGE", 3_860 + place * 475)
        name, number = ("", "") if kind == "COLLECT" else _PEOPLE[place % 4]
        entries.append(
            CreditEntry(
                id=100 - place,
                kind=kind,
                amount_fen=amount,
                balance_fen=balance,
                patient_number=number,
                patient_name=name,
                bill_id=None if kind == "COLLECT" else 500 - place,
                bill_number="" if kind == "COLLECT" else f"261121{150 - place:05d}",
                number="C26112000002" if kind == "COLLECT" else "",
                staff="钱朵",
                business_date=TODAY,
                at=NOW - timedelta(hours=5 * place),
            )
        )
        balance -= amount
    members = tuple(
        CreditMember(
            patient_id=10 + place,
            patient_number=number,
            name=name,
            since=NOW - timedelta(days=200),
            until=NOW - timedelta(days=9) if place == 3 else None,
        )
        for place, (name, number) in enumerate(_PEOPLE)
    )
    ageing = Ageing(up_to_30_fen=81_015, up_to_60_fen=16_000, up_to_90_fen=0, older_fen=0)
    return CreditAccountFacts(account=of, members=members, entries=tuple(entries), more=False, ageing=ageing)


def deposit(balance_fen: int = 63_250) -> Deposit:
    """A patient's deposit that was topped up by cash and card."""
    kinds = (
        ("SPEND", -3_860, 21),
        ("SPEND_BACK", 12_500, 20),
        ("SPEND", -20_390, 19),
        ("TOP_UP", 30_000, 0),
        ("PAY_OUT", -5_000, 0),
        ("TOP_UP", 50_000, 0),
    )
    entries, balance = [], balance_fen
    for place, (kind, amount, bill) in enumerate(kinds):
        entries.append(
            DepositEntry(
                id=50 - place,
                kind=kind,
                amount_fen=amount,
                balance_fen=balance,
                number="" if bill else f"D261121000{20 - place}",
                bill_id=bill or None,
                bill_number=f"26112100{bill:03d}" if bill else "",
                staff="钱朵",
                at=NOW - timedelta(hours=20 * place),
            )
        )
        balance -= amount
    card = CardTopUp(payment_id=77, tender=TenderKind.CARD, reference="POS 004512", amount_fen=30_000, left_fen=30_000, at=NOW)
    return Deposit(
        patient_id=7,
        patient_number="00000007",
        patient_name="欧阳春晓",
        balance_fen=balance_fen,
        entries=tuple(entries),
        more=False,
        cards=(card,),
    )


def moved(kind: str = "DEPOSIT", amount_fen: int = 50_000, change_fen: int = 0) -> AccountMoved:
    """Money that came in or went out."""
    receipt = AccountReceipt(
        kind=kind,
        number="D26112100031",
        clinic="杏林门诊部",
        payer="欧阳春晓",
        patient_number="00000007",
        date=TODAY,
        issued_at=NOW,
        cashier="王芳",
        amount_fen=amount_fen,
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=amount_fen, given_fen=amount_fen + change_fen),),
        change_fen=change_fen,
        balance_fen=113_250,
    )
    return AccountMoved(entry_id=51, balance_fen=113_250, change_fen=change_fen, receipt=receipt)


def statement(month: date = date(2026, 11, 1)) -> Statement:
    """The company's month."""
    lines, balance = [], 128_400
    for place in range(11):
        kind, amount = ("COLLECT", -128_400) if place == 6 else ("CHARGE", 3_860 + place * 1_000)
        balance += amount
        name, number = ("", "") if kind == "COLLECT" else _PEOPLE[place % 4]
        lines.append(
            StatementLine(
                date=month.replace(day=place * 2 + 1),
                kind=kind,
                patient_number=number,
                patient_name=name,
                number="C26112000002" if kind == "COLLECT" else f"2611{place * 2 + 1:02d}00{place:03d}",
                amount_fen=amount,
                balance_fen=balance,
            )
        )
    charged = sum(line.amount_fen for line in lines if line.kind == "CHARGE")
    return Statement(
        clinic="杏林门诊部",
        account_id=3,
        name="春风纺织有限责任公司工会委员会",
        month=month,
        opening_fen=128_400,
        lines=tuple(lines),
        charged_fen=charged,
        taken_back_fen=0,
        collected_fen=128_400,
        paid_back_fen=0,
        closing_fen=balance,
        made_at=NOW,
        made_by="袁璋",
    )


def under_way(kind: SettlementKind = SettlementKind.COLLECT, state: str = "OPEN", **fields: Any) -> SettlementFacts:
    """A payment by code that a channel is asked about."""
    step = OutsideStep(party="wechat", act="PAY", number="XL2611210000000112345", state="PENDING", amount_fen=12_000, message="", at=NOW)
    facts: dict[str, Any] = {
        "id": 91,
        "kind": kind,
        "state": state,
        "patient_id": 0,
        "patient_number": "",
        "patient_name": "春风纺织有限责任公司工会委员会",
        "cashier": "王芳",
        "expected_fen": 12_000,
        "opened_at": NOW,
        "steps": (step,),
        "can_cancel": True,
        **fields,
    }
    return SettlementFacts(**facts)
