"""Reports against the ledger: whatever happened, every total agrees with the other side of the books, and every figure with its postings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from common.errors import FieldWrong, NotFound, NotPermitted
from common.messages.cashier import GetReceipt, GetUnpaid, Settle, Tender, TenderKind
from common.messages.finance import (
    DrillDown,
    Drilled,
    DrillRow,
    EnterExpense,
    ExpenseCategory,
    GetExpense,
    GetReport,
    PaidFrom,
    Report,
    ReportKind,
    ReverseExpense,
)
from common.messages.prices import ChargeManually, ItemQuantity, ListPriceItems
from common.messages.registration import CancelVisit, ListSessions, RegisterVisit
from common.messages.settlement import RefundLine
from installer.postgres import EmbeddedPostgres
from tests import visits
from tests.server.office import Office, open_office
from tests.server.settling.shop import lines_by_hand, take_back
from tests.visits import CASHIER, CLERK

MANAGER = "yuanzhang"
DAYS = 4
SEEDS = (3, 11, 42)


def booked(office: Office, kind: str, day: date, **postings: int) -> None:
    """An operation of a kind that other parts of the service book, as they book it."""
    accounts = [name.replace("__", ":") for name in postings]
    office.database.run(
        "WITH o AS (INSERT INTO ledger_operation (kind, at, business_date, staff_id) SELECT %s, now(), %s, id FROM staff WHERE login = 'jinxing'"
        " RETURNING id) INSERT INTO ledger_posting (operation_id, account, amount_fen) SELECT o.id, p.* FROM o,"
        " unnest(%s::text[], %s::bigint[]) AS p",
        kind,
        day,
        accounts,
        list(postings.values()),
    )


class History:
    """Some days of a clinic that nobody planned."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        items = office.desk(CASHIER).call(ListPriceItems()).items
        self.items = self.chance.sample(items, 25)

    def run(self) -> None:
        """From some days ago until today."""
        for ago in reversed(range(DAYS)):
            self.office.clock.by = -timedelta(days=ago)
            for _ in range(self.chance.randrange(3, 7)):
                self.chance.choice((self.visit, self.visit, self.cancelled, self.expense, self.other))()

    def visit(self) -> None:
        patient = visits.new_patient(self.office, "史一")
        self._register(patient.id)
        wanted = {item.id: self.chance.choice(("1", "2", "1.5", "0.3333")) for item in self.chance.choices(self.items, k=4)}
        items = tuple(ItemQuantity(item_id=id, quantity=Decimal(quantity)) for id, quantity in wanted.items())
        cashier = self.office.desk(self.chance.choice((CASHIER, "jinxing")))
        cashier.call(ChargeManually(patient_id=patient.id, items=items))
        due = cashier.call(GetUnpaid(patient_id=patient.id))
        first = self.chance.randrange(1, due.total_fen)
        kinds = self.chance.sample((TenderKind.CASH, TenderKind.CARD), 2)
        amounts = (first, due.total_fen - first)
        tenders = tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in zip(kinds, amounts, strict=True) if fen)
        tenders = tuple(
            Tender(kind=t.kind, amount_fen=t.amount_fen, given_fen=t.amount_fen if t.kind is TenderKind.CASH else 0) for t in tenders
        )
        bill = cashier.call(
            Settle(patient_id=patient.id, line_ids=tuple(line.id for line in due.lines), expected_fen=due.total_fen, tenders=tenders)
        )
        if self.chance.random() < 0.4:
            take_back(self.office, bill.bill_id, RefundLine(charge_line_id=self.chance.choice(due.lines).id))

    def _register(self, patient_id: int) -> int:
        day = self.office.today
        self.office.database.run("UPDATE clinic_session SET date = %s WHERE date <> %s", day, day)
        doctor = self.chance.choice(("方舟", "林悦", "秦山"))
        session = next(s for s in self.office.desk(CLERK).call(ListSessions()).sessions if s.doctor == doctor)
        request = RegisterVisit(
            patient_id=patient_id, session_id=session.id, expected_fee_fen=session.fee_fen, tenders=visits.cash(session.fee_fen)
        )
        return self.office.desk(CLERK).call(request).visit_id

    def cancelled(self) -> None:
        visit = self._register(visits.new_patient(self.office, "史二").id)
        self.office.desk(CLERK).call(CancelVisit(visit_id=visit, reason="有事"))

    def expense(self) -> None:
        manager = self.office.desk(MANAGER)
        spent = manager.call(
            EnterExpense(
                category=self.chance.choice(list(ExpenseCategory)),
                amount_fen=self.chance.randrange(1, 500_000),
                paid_from=self.chance.choice(list(PaidFrom)),
                payee="供应商",
            )
        )
        if self.chance.random() < 0.3:
            manager.call(ReverseExpense(expense_id=spent.id, reason="重复"))

    def other(self) -> None:
        """What cash rounding, deposits, credit, waivers, drawers and the insurance book."""
        day, fen = self.office.today, self.chance.randrange(1, 9000)
        what = (
            ("DEPOSIT", {"tender__cash": fen, "tender__deposit": -fen}),
            ("DEPOSIT_BACK", {"tender__cash": -fen, "tender__deposit": fen}),
            ("COLLECT", {"tender__bank": fen, "tender__credit": -fen}),
            ("FLOAT", {"tender__cash": fen, "vault": -fen}),
            ("OVER_SHORT", {"tender__cash": -fen, "over_short": fen}),
        )
        kind, postings = self.chance.choice(what)
        booked(self.office, kind, day, **postings)
        booked(self.office, "SALE", day, tender__fund=700, tender__waiver=fen, tender__cash=100, income__exam=-795 - fen, rounding=-5)


@pytest.fixture(scope="module", params=SEEDS)
def past(request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str) -> Iterator[Office]:
    """A clinic with a random past."""
    name = f"reports_{request.param}"
    office = open_office(postgres, template, name)
    office.database.run("UPDATE money_rules SET refund_alone_fen = 100000000")
    History(office, request.param).run()
    office.clock.by = timedelta()
    yield office
    office.close()
    postgres.drop(name)


def report(office: Office, kind: ReportKind, begins: date, ends: date) -> Report:
    return office.desk(MANAGER).call(GetReport(kind=kind, begins=begins, ends=ends))


def whole(office: Office) -> tuple[date, date]:
    """All days of the history."""
    return office.today - timedelta(days=DAYS), office.today


def drilled(office: Office, kind: ReportKind, key: str, before: int | None = None, limit: int = 1000) -> Drilled:
    begins, ends = whole(office)
    return office.desk(MANAGER).call(DrillDown(kind=kind, key=key, begins=begins, ends=ends, before=before, limit=limit))


def every_range(office: Office) -> list[tuple[date, date]]:
    days = [office.today - timedelta(days=ago) for ago in range(DAYS + 1)]
    return [(begins, ends) for begins in days for ends in days if begins <= ends]


@pytest.mark.parametrize("kind", ReportKind)
def test_every_total_is_what_the_other_side_of_the_ledger_says(past: Office, kind: ReportKind) -> None:
    for begins, ends in every_range(past):
        made = report(past, kind, begins, ends)
        assert made.total_fen == made.ledger_fen, (begins, ends)
        assert made.total_fen == sum(row.cells[-1] for row in made.rows if row.group != "memo")
        assert len(made.columns) == len(made.totals) == len(set(made.columns))
        assert made.columns[-1] == "net"


def test_every_figure_is_the_sum_of_its_postings(past: Office) -> None:
    for kind in ReportKind:
        rows = report(past, kind, *whole(past)).rows
        assert rows, kind
        for row in rows:
            if row.group == "memo":
                continue
            behind = drilled(past, kind, row.key)
            assert behind.sum_fen == row.cells[-1] == sum(each.amount_fen for each in behind.rows)
            assert behind.count == len(behind.rows)


def test_the_reports_say_what_the_rows_of_the_ledger_say(past: Office) -> None:
    begins, ends = past.today - timedelta(days=2), past.today
    rows = past.rows(
        "SELECT o.kind, o.business_date, o.staff_id, p.account, p.amount_fen, c.department_id, c.doctor_id FROM ledger_posting p"
        " JOIN ledger_operation o ON o.id = p.operation_id LEFT JOIN charge_line c ON c.id = p.charge_line_id"
    )
    income: dict[ReportKind, Counter[str]] = {kind: Counter() for kind in ReportKind}
    for kind, day, staff, account, fen, department, doctor in rows:
        if not begins <= day <= ends:
            continue
        if account.startswith("income:") or account == "rounding":
            for report_kind, key in (
                (ReportKind.DAILY, f"{day}"),
                (ReportKind.CASHIER, f"{staff}"),
                (ReportKind.CATEGORY, account),
                (ReportKind.DEPARTMENT, f"{department or ''}"),
                (ReportKind.DOCTOR, f"{doctor or ''}"),
            ):
                income[report_kind][key] -= fen
        elif account.startswith("expense:"):
            income[ReportKind.EXPENSES][account] += fen
        if account.startswith("tender:"):
            income[ReportKind.TENDER][account] += fen
        assert kind
    for kind, expected in income.items():
        if kind is not ReportKind.PROFIT:
            found = {row.key: row.cells[-1] for row in report(past, kind, begins, ends).rows if row.cells[-1]}
            assert found == {key: fen for key, fen in expected.items() if fen}, kind


def test_the_daily_report_counts_bills_and_tells_deposits_and_insurance_apart(past: Office) -> None:
    made = report(past, ReportKind.DAILY, *whole(past))
    total = dict(zip(made.columns, made.totals, strict=True))
    assert (total["bills"], total["refund_bills"]) == past.rows(
        "SELECT count(*) FILTER (WHERE kind = 'SALE' AND reissues IS NULL), count(*) FILTER (WHERE kind = 'REFUND') FROM bill"
    )[0]
    assert total["charged"] + total["refunded"] + total.get("rounding", 0) == total["net"]
    assert sum(fen for column, fen in total.items() if column.startswith("income:")) + total.get("rounding", 0) == total["net"]
    assert sum(fen for column, fen in total.items() if column.startswith("tender:")) == total["net"]
    for column, sql in (
        ("deposits", "kind = 'DEPOSIT' AND account = 'tender:cash'"),
        ("collections", "kind = 'COLLECT' AND account = 'tender:bank'"),
        ("tender:fund", "account = 'tender:fund'"),
        ("tender:waiver", "account = 'tender:waiver'"),
    ):
        (ledger,) = past.rows(
            f"SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_posting p JOIN ledger_operation o ON o.id = p.operation_id WHERE {sql}"
        )[0]
        assert total.get(column, 0) == ledger, column


def test_of_a_partial_refund_only_what_went_back_counts(own_office: Office) -> None:
    own_office.database.run("UPDATE money_rules SET refund_alone_fen = 100000000")
    patient_id, lines = lines_by_hand(own_office, ("19.08", "1"), ("8.00", "1"))
    day, fee = own_office.today, report(own_office, ReportKind.TENDER, own_office.today, own_office.today).total_fen
    tenders = (
        Tender(kind=TenderKind.WECHAT, amount_fen=1208, reference="wx-9"),
        *visits.cash(1000),
        Tender(kind=TenderKind.CARD, amount_fen=500),
    )
    request = Settle(patient_id=patient_id, line_ids=tuple(line.id for line in lines), expected_fen=2708, tenders=tenders)
    bill = own_office.desk(CASHIER).call(request)
    take_back(own_office, bill.bill_id, RefundLine(charge_line_id=lines[1].id))
    made = report(own_office, ReportKind.TENDER, day, day)
    found = {row.key: dict(zip(made.columns, row.cells, strict=True)) for row in made.rows}
    assert found["tender:wechat"] == {"sales": 1208, "refunds": -800, "net": 408}
    assert found["tender:card"] == {"sales": 500, "refunds": 0, "net": 500}
    assert found["tender:cash"] == {"sales": fee + 1000, "refunds": 0, "net": fee + 1000}
    assert made.total_fen == made.ledger_fen == fee + 1908
    for kind in (ReportKind.DAILY, ReportKind.CASHIER, ReportKind.CATEGORY, ReportKind.DEPARTMENT, ReportKind.DOCTOR):
        made = report(own_office, kind, day, day)
        total = dict(zip(made.columns, made.totals, strict=True))
        assert (total["charged"], total["refunded"], made.total_fen) == (fee + 2708, -800, made.ledger_fen), kind
        assert (total.get("bills", 2), total.get("refund_bills", 1)) == (2, 1), kind


def test_income_expense_and_result_by_month(past: Office) -> None:
    today = past.today
    made = report(past, ReportKind.PROFIT, today.replace(day=1) - timedelta(days=40), today)
    months = made.columns[:-1]
    assert all(sum(row.cells[:-1]) == row.cells[-1] for row in made.rows if row.group != "memo")
    assert months == tuple(sorted(months))
    groups = {group: sum(row.cells[-1] for row in made.rows if row.group == group) for group in ("income", "reduction", "expense")}
    spent = report(past, ReportKind.EXPENSES, made.begins, today)
    assert groups["expense"] == -spent.total_fen
    assert sum(groups.values()) == made.total_fen


def test_drilling_down_ends_at_the_document(past: Office) -> None:
    manager = past.desk(MANAGER)
    row = next(row for row in report(past, ReportKind.DOCTOR, *whole(past)).rows if row.key)
    posting = drilled(past, ReportKind.DOCTOR, row.key).rows[0]
    assert posting.bill_id is not None
    receipt = manager.call(GetReceipt(bill_id=posting.bill_id))
    assert (receipt.bill_number, receipt.patient_number) == (posting.document, posting.patient_number)
    assert posting.doctor == row.name
    assert posting.item in {line.name for line in receipt.lines}
    spent = report(past, ReportKind.EXPENSES, *whole(past)).rows[0]
    posting = drilled(past, ReportKind.EXPENSES, spent.key).rows[0]
    assert posting.expense_id is not None
    assert manager.call(GetExpense(expense_id=posting.expense_id)).number == posting.document


def test_long_lists_come_in_parts(past: Office) -> None:
    every = drilled(past, ReportKind.CATEGORY, "income:consultation")
    assert every.count > 4
    seen: list[DrillRow] = []
    before = None
    while True:
        part = drilled(past, ReportKind.CATEGORY, "income:consultation", before, limit=2)
        seen += part.rows
        assert part.count == every.count
        before = part.before
        if before is None:
            break
    assert tuple(seen) == every.rows


def test_a_report_over_broken_books_shows_the_difference(own_office: Office) -> None:
    office = own_office
    day = office.today
    booked(office, "SALE", day, tender__cash=500, income__exam=-500)
    with psycopg.connect(office.database.owner_dsn) as owner:
        owner.execute("ALTER TABLE ledger_posting DISABLE TRIGGER USER")
        owner.execute(
            "INSERT INTO ledger_posting (operation_id, account, amount_fen) SELECT max(id), 'income:lab', -300 FROM ledger_operation"
        )
        owner.execute("ALTER TABLE ledger_posting ENABLE TRIGGER USER")
    made = report(office, ReportKind.CATEGORY, day, day)
    assert made.total_fen - made.ledger_fen == 300


def test_days_without_anything_and_days_that_cannot_be(office: Office) -> None:
    long_ago = date(2001, 2, 3)
    for kind in ReportKind:
        made = report(office, kind, long_ago, long_ago)
        assert (made.rows, made.total_fen, made.ledger_fen) == ((), 0, 0)
    for begins, ends in ((long_ago, date(2001, 2, 2)), (long_ago, date(2026, 1, 1))):
        with pytest.raises(FieldWrong):
            report(office, ReportKind.DAILY, begins, ends)
    with pytest.raises(NotFound):
        office.desk(MANAGER).call(DrillDown(kind=ReportKind.DAILY, key="gestern", begins=long_ago, ends=long_ago))
    with pytest.raises(NotPermitted):
        office.desk(CASHIER).call(GetReport(kind=ReportKind.DAILY, begins=long_ago, ends=long_ago))
