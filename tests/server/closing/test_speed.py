"""The close of a busy shift: as many statements as of an empty one, and quick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from common.messages.close_sheet import InOut
from common.messages.closing import CloseFacts, CloseShift, OpenShift
from server.db import ReadTx
from tests import visits
from tests.bench.settlements import settle_many
from tests.server.closing.conftest import CASHIER, count, drawer
from tests.server.office import Office


@contextmanager
def counted_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that handlers run meanwhile."""
    said: list[str] = []
    real = ReadTx._execute

    def execute(tx: ReadTx, statement: Any, parameters: Any) -> Any:
        said.append(statement.sql)
        return real(tx, statement, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(ReadTx, "_execute", execute)
        yield said


def busy_shift(office: Office, settlements: int) -> int:
    """An open shift with so many settlements; its id."""
    shift = office.desk(CASHIER).call(OpenShift(float_fen=0))
    if settlements:
        with psycopg.connect(office.database.owner_dsn, autocommit=True) as connection:
            settle_many(connection, CASHIER, settlements)
    return shift.id


def closed(office: Office, shift: int) -> CloseFacts:
    count(office, drawer(office, shift), shift_id=shift)
    return office.desk(CASHIER).call(CloseShift(shift_id=shift))


def test_a_busy_shift_takes_no_more_statements_than_a_small_one(own_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visits.register(own_office, visits.new_patient(own_office).id)
    numbers = []
    for settlements in (3, 600):
        shift = busy_shift(own_office, settlements)
        count(own_office, drawer(own_office, shift), shift_id=shift)
        with counted_statements(monkeypatch) as said:
            started = time.perf_counter()
            facts = own_office.desk(CASHIER).call(CloseShift(shift_id=shift))
            seconds = time.perf_counter() - started
        numbers.append(len(said))
        assert facts.sheet.bills == settlements
        assert seconds < 2
    assert numbers[0] == numbers[1] < 40


def test_every_sum_of_a_busy_shift_is_the_sum_of_its_bills(own_office: Office) -> None:
    visits.register(own_office, visits.new_patient(own_office).id)
    shift = busy_shift(own_office, 300)
    sheet = closed(own_office, shift).sheet
    paid = own_office.rows(
        "SELECT y.tender, sum(y.amount_fen)::bigint FROM payment y JOIN bill b ON b.id = y.bill_id WHERE b.shift_id = %s GROUP BY 1 ORDER BY 1",
        shift,
    )
    earned = own_office.rows(
        "SELECT c.category, sum(c.amount_fen)::bigint FROM charge_line c JOIN bill b ON b.id = c.bill_id WHERE b.shift_id = %s GROUP BY 1 ORDER BY 1",
        shift,
    )
    assert sheet.tenders == tuple(InOut(code=code, in_fen=fen, out_fen=0) for code, fen in paid)
    assert sheet.categories == tuple(InOut(code=code, in_fen=fen, out_fen=0) for code, fen in earned)
    assert sheet.bills_fen == sum(fen for _, fen in paid) == sum(fen for _, fen in earned)
    assert [(part.count, int(part.last) - int(part.first)) for part in sheet.invoices.used] == [(300, 299)]
