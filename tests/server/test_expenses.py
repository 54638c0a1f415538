"""Expenses: booked once, never changed, only reversed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import FieldWrong, NotFound, NotPermitted
from common.messages.finance import (
    EnterExpense,
    ExpenseCategory,
    ExpenseFacts,
    GetExpense,
    ListExpenses,
    PaidFrom,
    ReverseExpense,
)
from tests.server.office import Office, at_once, changed, refusals, successes
from tests.visits import CASHIER

MANAGER = "yuanzhang"
RENT = EnterExpense(category=ExpenseCategory.RENT, amount_fen=850_000, paid_from=PaidFrom.BANK, payee="城南物业", note="十一月房租")


def enter(office: Office, expense: EnterExpense = RENT) -> ExpenseFacts:
    return office.desk(MANAGER).call(expense)


def postings(office: Office, expense: ExpenseFacts) -> list[tuple[object, ...]]:
    return office.rows(
        "SELECT o.kind, o.business_date, p.account, p.amount_fen FROM expense e JOIN ledger_operation o ON o.id = e.operation_id"
        " JOIN ledger_posting p ON p.operation_id = o.id WHERE e.id = %s ORDER BY p.account",
        expense.id,
    )


def test_an_expense_by_bank_and_one_from_the_vault(office: Office) -> None:
    rent = enter(office)
    assert (rent.amount_fen, rent.payee, rent.date, rent.entered_by) == (850_000, "城南物业", office.today, "袁璋")
    assert postings(office, rent) == [
        ("EXPENSE", office.today, "expense:rent", 850_000),
        ("EXPENSE", office.today, "tender:bank", -850_000),
    ]
    paper = enter(office, changed(RENT, category=ExpenseCategory.OFFICE, amount_fen=1280, paid_from=PaidFrom.CASH))
    assert [row[2:] for row in postings(office, paper)] == [("expense:office", 1280), ("vault", -1280)]
    assert rent.number < paper.number
    assert office.rows("SELECT count(*) FROM ledger_operation WHERE kind = 'EXPENSE' AND shift_id IS NOT NULL") == [(0,)]


def test_an_earlier_day_is_booked_on_that_day_but_not_behind_a_roll_up(own_office: Office) -> None:
    office, day = own_office, own_office.today - timedelta(days=2)
    earlier = enter(office, changed(RENT, date=day))
    assert (earlier.date, {row[1] for row in postings(office, earlier)}) == (day, {day})
    staff = office.actor(MANAGER).staff
    office.database.run("INSERT INTO roll_up (number, business_date, facts, at, staff_id) VALUES ('R1', %s, '{}', now(), %s)", day, staff)
    for wrong in (day, day - timedelta(days=1), office.today + timedelta(days=1)):
        with pytest.raises(FieldWrong):
            enter(office, changed(RENT, date=wrong))
    enter(office, changed(RENT, date=day + timedelta(days=1)))
    office.desk(MANAGER).call(ReverseExpense(expense_id=earlier.id, reason="重复"))  # today's, so the day that was rolled up stays


def test_a_reversal_is_the_mirror_and_comes_once(office: Office) -> None:
    wrong = enter(office)
    back = office.desk(MANAGER).call(ReverseExpense(expense_id=wrong.id, reason="重复录入"))
    assert (back.amount_fen, back.reverses, back.note) == (-850_000, wrong.number, "重复录入")
    assert [row[2:] for row in postings(office, back)] == [("expense:rent", -850_000), ("tender:bank", 850_000)]
    assert office.desk(MANAGER).call(GetExpense(expense_id=wrong.id)).reversed_by == back.number
    for again in (wrong.id, back.id):
        with pytest.raises(FieldWrong):
            office.desk(MANAGER).call(ReverseExpense(expense_id=again, reason="再来"))
    with pytest.raises(NotFound):
        office.desk(MANAGER).call(ReverseExpense(expense_id=10**15, reason="没有"))


def test_two_who_reverse_one_expense_at_once_reverse_it_once(own_office: Office) -> None:
    wrong = enter(own_office)
    reverse = ReverseExpense(expense_id=wrong.id, reason="重复录入")
    outcomes = at_once(*[lambda: own_office.desk(MANAGER).call(reverse)] * 3)
    assert len(successes(outcomes)) == 1
    assert [type(error) for error in refusals(outcomes)] == [FieldWrong, FieldWrong]
    assert own_office.rows("SELECT sum(amount_fen)::bigint FROM ledger_posting WHERE account = 'expense:rent'") == [(0,)]


def test_the_list_of_days_with_its_sum(own_office: Office) -> None:
    office, yesterday = own_office, own_office.today - timedelta(days=1)
    first = enter(office, changed(RENT, date=yesterday))
    second = enter(office)
    office.desk(MANAGER).call(ReverseExpense(expense_id=second.id, reason="重复录入"))
    both = office.desk(MANAGER).call(ListExpenses(begins=yesterday, ends=office.today))
    assert ([e.amount_fen for e in both.expenses], both.total_fen) == ([-850_000, 850_000, 850_000], 850_000)
    assert [e.id for e in office.desk(MANAGER).call(ListExpenses(begins=yesterday, ends=yesterday)).expenses] == [first.id]


def test_a_cashier_enters_no_expense_and_a_payee_is_named(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.desk(CASHIER).call(RENT)
    with pytest.raises(FieldWrong):
        enter(office, changed(RENT, payee="  "))
