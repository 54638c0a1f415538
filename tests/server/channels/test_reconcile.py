"""Our books against the channel's: planted differences of every kind are found and cleared, against the real simulator and database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from common.errors import ChangedMeanwhile, FieldWrong, NotFound, NotPermitted
from common.messages.cashier import TenderKind
from common.messages.reconcile import (
    DifferenceFacts,
    EndDifference,
    EnterStatement,
    Finding,
    ListDifferences,
    ListReconciliations,
    NoteStatementTrouble,
    ReconciliationFacts,
    ResolveDifference,
    RunChannelReconciliation,
    TakeUpDifferences,
    Way,
)
from common.settling_errors import NotConnected
from common.wire import Command
from server import outside
from server.channels.acquirer import CHANNEL_ZONE
from server.channels.protocol import is_order_number
from server.channels.reconcile import reconcile, reconcile_due
from server.channels.simulator import Simulator
from server.channels.statements import ANOTHERS, NOT_HELD, REFUNDED_ELSEWHERE
from server.clock import Clock
from server.outside import ReconciliationSetting
from server.parties import NOBODY_OUTSIDE, Parties
from tests import visits
from tests.server.channels.conftest import Practice
from tests.server.office import Office

KIND = TenderKind.WECHAT
MANAGER = "yuanzhang"
SYSTEM = "系统"


class House:
    """The service without HTTP."""

    def __init__(self, office: Office, simulator: Simulator, folder: Path) -> None:
        (folder / outside.FILE).write_text(simulator.outside(60), encoding="utf-8")
        self.parties = office.dispatch.parties = Parties(outside.channels(folder))
        self.reconciliation = ReconciliationSetting(hour=0)
        self.database, self.dispatch = office.connections, office.dispatch
        self.clock: Clock = office.clock


class Sent(NamedTuple):
    """A payment or refund of ours."""

    order: str
    call_id: int
    settlement_id: int


class Books:
    """Plants on both sides. Every test has a day of its own, long past, so that what another left does not count."""

    def __init__(self, office: Office, practice: Practice, house: House, day: date) -> None:
        self.office, self.practice, self.house, self.day = office, practice, house, day
        self.noon = datetime.combine(day, time(12), CHANNEL_ZONE)
        self._serial = 0

    def order(self) -> str:
        self._serial += 1
        return f"XL{self.day:%y%m%d}{self._serial:010d}"

    def ours(self, *states: str, fen: int = 1000, at: datetime | None = None, order: str = "", settled: str = "DONE") -> Sent:
        """A payment of ours whose call went through these states, of a settlement that ended so."""
        order, at = order or self.order(), at or self.noon
        with psycopg.connect(self.office.database.owner_dsn) as connection:
            settlement = _one(connection, _SETTLEMENT, fen, at)
            payment = _one(connection, _PAYMENT, settlement, fen, order, at)
            call = _one(connection, _CALL, settlement, payment, "PAY", order, fen, at)
            for state in states:
                connection.execute("UPDATE channel_call SET state = %s WHERE id = %s", (state, call))
            if settled:
                connection.execute("UPDATE settlement SET state = %s, ended_at = %s WHERE id = %s", (settled, at, settlement))
        return Sent(order, call, settlement)

    def refunded(self, sent: Sent, number: str, fen: int) -> None:
        """A refund of ours that was carried out."""
        with psycopg.connect(self.office.database.owner_dsn) as connection:
            row = connection.execute("SELECT id FROM payment WHERE order_number = %s", (sent.order,)).fetchone()
            assert row is not None
            payment = _one(connection, _BACK, sent.settlement_id, -fen, row[0], self.noon)
            call = _one(connection, _CALL, sent.settlement_id, payment, "REFUND", number, fen, self.noon)
            connection.execute("UPDATE channel_call SET state = 'SUCCESS' WHERE id = %s", (call,))

    def theirs(self, *orders: str, fen: int = 1000, at: datetime | None = None, act: str = "PAY", number: str = "") -> None:
        """Movements in the channel's books."""
        lines = [
            {
                "order": order,
                "act": act,
                "number": number or order,
                "amount_fen": fen,
                "at": (at or self.noon).isoformat(),
                "channel_number": "W1",
            }
            for order in orders
        ]
        self.practice.simulator.control("plant", {"channel": KIND.value, "lines": lines})

    def reconcile(self, day: date | None = None) -> ReconciliationFacts:
        facts = reconcile(self.house, KIND, day or self.day)
        assert facts is not None
        return facts

    def found(self) -> list[DifferenceFacts]:
        """All differences of this day and the two after it."""
        every = self.office.desk(MANAGER).call(ListDifferences(party=KIND.value, open_only=False, since=self.day, limit=2000)).differences
        return [each for each in every if each.day <= self.day + timedelta(days=2)]

    def only(self) -> DifferenceFacts:
        (found,) = self.found()
        return found

    def resolve(self, found: DifferenceFacts, way: Way, settlement_id: int | None = None) -> DifferenceFacts:
        request = ResolveDifference(difference_id=found.id, way=way, reason="seen in the channel's console", settlement_id=settlement_id)
        return self.office.desk(MANAGER).call(request)


_SETTLEMENT = (
    "INSERT INTO settlement (kind, state, patient_id, plan, expected_fen, cashier_id, opened_at)"
    " SELECT 'SALE', 'OPEN', min(p.id), '{}', %s, min(s.id), %s FROM patient p, staff s RETURNING id"
)
_PAYMENT = (
    "INSERT INTO payment (settlement_id, tender, amount_fen, given_fen, change_fen, state, order_number, at)"
    " VALUES (%s, 'wechat', %s, 0, 0, 'PENDING', %s, %s) RETURNING id"
)
_BACK = (
    "INSERT INTO payment (settlement_id, tender, amount_fen, given_fen, change_fen, state, reverses, at)"
    " VALUES (%s, 'wechat', %s, 0, 0, 'PENDING', %s, %s) RETURNING id"
)
_CALL = (
    "INSERT INTO channel_call (settlement_id, payment_id, channel, act, number, amount_fen, state, sent_at)"
    " VALUES (%s, %s, 'wechat', %s, %s, %s, 'PENDING', %s) RETURNING id"
)


def _one(connection: psycopg.Connection[Any], sql: str, *values: object) -> int:
    row = connection.execute(sql, values).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def house(office: Office, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> House:
    visits.new_patient(office)
    return House(office, simulator, tmp_path_factory.mktemp("keys"))


_days: Iterator[date] = (datetime.now(CHANNEL_ZONE).date() - timedelta(days=1000 - 5 * n) for n in range(100))


@pytest.fixture
def books(office: Office, practice: Practice, house: House) -> Iterator[Books]:
    house.reconciliation = ReconciliationSetting(hour=0)
    yield Books(office, practice, house, next(_days))


def test_a_day_that_agrees_has_no_difference(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.theirs(sent.order)
    books.refunded(sent, f"{sent.order}-1", 400)
    books.theirs(sent.order, fen=400, act="REFUND", number=f"{sent.order}-1")
    gone = books.ours("UNKNOWN", "REVERSED", settled="FAILED")
    books.theirs(gone.order)
    books.theirs(gone.order, act="REVERSE")
    facts = books.reconcile()
    assert (facts.lines, facts.paid_fen, facts.back_fen) == (4, 2000, 1400)
    assert (facts.differences, facts.open_differences, facts.trouble) == (0, 0, "")
    assert books.found() == []


@pytest.mark.parametrize("state", ["REJECTED", "REVERSED", None])
def test_money_that_nobody_waits_for_goes_back_to_its_payer(books: Books, state: str | None) -> None:
    order = books.ours("UNKNOWN", state, settled="FAILED").order if state else books.order()
    books.theirs(order, fen=770)
    facts = books.reconcile()
    found = books.only()
    assert (found.finding, found.act, found.theirs_fen, found.ours_fen) == (Finding.THEIRS_ONLY, "PAY", 770, None)
    assert (found.way, found.resolved_by) == (Way.REFUND, SYSTEM)
    assert found.resolved_at is not None
    assert books.practice.book(order) == [("PAY", 770), ("REFUND", 770)]
    assert (facts.differences, facts.open_differences) == (1, 0)
    books.reconcile()
    assert len(books.practice.book(order)) == 2
    assert books.only() == found


def test_our_own_repayment_is_no_difference_on_its_day(books: Books) -> None:
    """It stands in today's statement, and in no settlement."""
    order = books.order()
    books.theirs(order)
    books.reconcile()
    found = books.only()
    today = datetime.now(CHANNEL_ZONE).date()
    books.reconcile(today)
    for day in (today, today - timedelta(days=1)):  # midnight may have passed
        books.reconcile(day)
    every = books.office.desk(MANAGER).call(ListDifferences(party=KIND.value, open_only=False, limit=2000)).differences
    assert [each for each in every if each.order == order] == [found]


def test_a_settlement_that_is_still_finding_out_is_waited_for(books: Books) -> None:
    sent = books.ours("UNKNOWN", settled="")
    books.theirs(sent.order)
    books.reconcile()
    waiting = books.only()
    assert (waiting.way, waiting.resolved_at, waiting.trouble) == (Way.OPEN, None, "")
    assert books.practice.book(sent.order) == [("PAY", 1000)]
    books.office.database.run("UPDATE channel_call SET state = 'SUCCESS' WHERE id = %s", sent.call_id)
    books.office.database.run("UPDATE money_difference SET next_try_at = NULL WHERE id = %s", waiting.id)
    reconcile_due(books.house)
    settled = books.only()
    assert (settled.way, settled.settlement_id) == (Way.SETTLED, sent.settlement_id)
    assert settled.resolved_at is not None
    assert books.practice.book(sent.order) == [("PAY", 1000)]


def test_what_the_channel_had_taken_back_after_midnight_is_not_paid_back_again(books: Books) -> None:
    sent = books.ours("UNKNOWN", "REVERSED", settled="FAILED")
    books.theirs(sent.order)
    assert books.house.parties.channels[KIND].reverse(sent.order)
    books.reconcile()
    assert books.only().way is Way.TAKEN_BACK
    assert [act for act, _ in books.practice.book(sent.order)] == ["PAY", "REVERSE"]


def test_what_the_channel_took_back_and_we_did_not_is_ours_only(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.theirs(sent.order)
    books.theirs(sent.order, act="REVERSE")
    books.reconcile()
    found = books.only()
    assert (found.finding, found.ours_fen, found.theirs_fen, found.resolved_at) == (Finding.OURS_ONLY, 1000, 0, None)


def test_other_peoples_orders_and_refunds_wait_for_a_person(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.theirs(sent.order)
    books.theirs("SHOP-12345")
    books.theirs(sent.order, fen=100, act="REFUND", number="CONSOLE-1")
    books.reconcile()
    troubles = {each.number: each.trouble for each in books.found()}
    assert troubles == {"SHOP-12345": ANOTHERS, "CONSOLE-1": REFUNDED_ELSEWHERE}
    assert books.practice.book("SHOP-12345") == [("PAY", 1000)]
    reconcile_due(books.house)
    assert all(each.resolved_at is None for each in books.found())
    for each in books.found():
        if each.act == "REFUND":
            with pytest.raises(FieldWrong):
                books.resolve(each, Way.REFUND)
        assert books.resolve(each, Way.ACCEPTED).resolution == "seen in the channel's console"


def test_after_a_backup_was_restored_unknown_orders_are_not_paid_back(books: Books) -> None:
    books.house.reconciliation = ReconciliationSetting(refund_unknown=False, hour=0)
    order = books.order()
    books.theirs(order)
    books.reconcile()
    found = books.only()
    assert (found.trouble, found.resolved_at) == (NOT_HELD, None)
    assert books.resolve(found, Way.REFUND).way is Way.REFUND
    with pytest.raises(ChangedMeanwhile):
        books.resolve(found, Way.ACCEPTED)
    reconcile_due(books.house)
    done = books.only()
    assert (done.way, done.resolution) == (Way.REFUND, "seen in the channel's console")
    assert done.resolved_at is not None
    assert books.practice.book(order) == [("PAY", 1000), ("REFUND", 1000)]


@pytest.mark.parametrize("fault", ["RESET_BEFORE", "RESET_AFTER", "GARBAGE", "ERROR_AFTER"])
@pytest.mark.parametrize("act", ["query", "refund"])
def test_a_repayment_whose_answer_is_lost_is_asked_for_again_and_made_once(books: Books, fault: str, act: str) -> None:
    order = books.order()
    books.theirs(order)
    books.practice.fault(fault, act, order_prefix=order)
    books.reconcile()
    waiting = books.only()
    assert (waiting.way, waiting.resolved_at) == (Way.REFUND, None)
    assert waiting.trouble
    books.office.database.run("UPDATE money_difference SET next_try_at = NULL WHERE id = %s", waiting.id)
    reconcile_due(books.house)
    assert books.only().resolved_at is not None
    assert books.practice.book(order) == [("PAY", 1000), ("REFUND", 1000)]


def test_a_repayment_that_the_channel_refuses_waits_for_a_person(books: Books) -> None:
    order = books.order()
    books.theirs(order)
    books.practice.fault("REJECT", "refund", code="NO_FUNDS", message="the merchant's balance is not enough")
    books.reconcile()
    found = books.only()
    assert (found.way, found.resolved_at) == (Way.OPEN, None)
    assert found.trouble == "NO_FUNDS the merchant's balance is not enough"
    books.resolve(found, Way.REFUND)
    reconcile_due(books.house)
    assert books.only().resolved_at is not None
    assert books.practice.book(order) == [("PAY", 1000), ("REFUND", 1000)]


def test_what_the_channel_does_not_have_is_cleared_by_a_person_alone(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.reconcile()
    reconcile_due(books.house)
    found = books.only()
    assert (found.finding, found.number, found.ours_fen, found.theirs_fen) == (Finding.OURS_ONLY, sent.order, 1000, None)
    assert (found.settlement_id, found.resolved_at) == (sent.settlement_id, None)
    assert found.patient_name
    for way in (Way.REFUND, Way.OPEN, Way.TAKEN_BACK, Way.SETTLED):
        with pytest.raises(FieldWrong):
            books.resolve(found, way)
    with pytest.raises(FieldWrong):  # not one that is done
        books.resolve(found, Way.SETTLED, books.ours(settled="").settlement_id)
    done = books.resolve(found, Way.SETTLED, sent.settlement_id)
    assert done.resolved_by == books.office.actor(MANAGER).name
    with pytest.raises(ChangedMeanwhile):
        books.resolve(found, Way.ACCEPTED)
    state = books.office.database.value("SELECT state FROM channel_call WHERE id = %s", sent.call_id)
    assert state == "SUCCESS"


def test_what_stands_in_a_later_statement_was_found_later(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.reconcile()
    assert books.only().resolved_at is None
    books.theirs(sent.order, at=books.noon + timedelta(days=1))
    books.reconcile(books.day + timedelta(days=1))
    found = books.only()
    assert (found.way, found.resolved_by) == (Way.FOUND_LATER, SYSTEM)


def test_what_was_sent_at_midnight_is_looked_for_on_both_sides_of_it(books: Books) -> None:
    midnight = datetime.combine(books.day + timedelta(days=1), time(), CHANNEL_ZONE)
    over, lost = (books.ours("SUCCESS", at=midnight - timedelta(seconds=5)) for _ in range(2))
    books.theirs(over.order, at=midnight + timedelta(seconds=2))
    assert books.reconcile().differences == 0
    books.reconcile(books.day + timedelta(days=1))
    assert [(each.number, each.finding) for each in books.found()] == [(lost.order, Finding.OURS_ONLY)]


def test_other_amounts_are_found_on_payments_and_refunds(books: Books) -> None:
    sent = books.ours("SUCCESS", fen=1000)
    books.theirs(sent.order, fen=1001)
    books.refunded(sent, f"{sent.order}-1", 400)
    books.theirs(sent.order, fen=399, act="REFUND", number=f"{sent.order}-1")
    books.reconcile()
    assert [(each.act, each.finding, each.ours_fen, each.theirs_fen, each.order) for each in books.found()] == [
        ("PAY", Finding.AMOUNT, 1000, 1001, sent.order),
        ("REFUND", Finding.AMOUNT, 400, 399, sent.order),
    ]


def test_two_hundred_planted_on_both_sides_are_all_found_and_all_cleared(books: Books) -> None:
    agreed = [books.ours("SUCCESS").order for _ in range(40)]
    known = [books.ours("UNKNOWN", "REJECTED", settled="FAILED").order for _ in range(50)]
    unknown = [books.order() for _ in range(50)]
    missing = {books.ours("SUCCESS").order for _ in range(100)}
    books.theirs(*agreed, *known, *unknown)
    facts = books.reconcile()
    found = books.found()
    assert {each.number for each in found if each.finding is Finding.THEIRS_ONLY} == {*known, *unknown}
    assert {each.number for each in found if each.finding is Finding.OURS_ONLY} == missing
    assert (len(found), facts.differences, facts.open_differences) == (200, 200, 100)
    for order in known + unknown:
        assert books.practice.book(order) == [("PAY", 1000), ("REFUND", 1000)]
    for each in found:
        if each.resolved_at is None:
            books.resolve(each, Way.ACCEPTED)
    assert [each for each in books.found() if each.resolved_at is None] == []
    assert books.reconcile().open_differences == 0
    assert len(books.found()) == 200


def test_a_statement_that_cannot_be_had_is_noted_and_tried_again(books: Books) -> None:
    sent = books.ours("SUCCESS")
    books.theirs(sent.order)
    books.practice.fault("WRONG_AMOUNT", "statement")
    assert reconcile(books.house, KIND, books.day) is None
    (day,) = _day(books)
    assert (day.fetched_at, day.trouble) == (None, "the statement's lines do not sum up to what it says")
    assert books.found() == []
    books.office.database.run("UPDATE channel_statement SET next_try_at = NULL WHERE day = %s", books.day)
    reconcile_due(books.house)
    (day,) = _day(books)
    assert (day.lines, day.trouble) == (1, "")
    assert day.fetched_at is not None


def _day(books: Books) -> list[ReconciliationFacts]:
    days = books.office.desk(MANAGER).call(ListReconciliations(since=books.day)).days
    return [day for day in days if (day.channel, day.day) == (KIND.value, books.day)]


def test_a_person_asks_for_a_day(books: Books) -> None:
    manager = books.office.desk(MANAGER)
    books.office.dispatch.parties = NOBODY_OUTSIDE
    with pytest.raises(NotConnected):
        manager.call(RunChannelReconciliation(channel=KIND, day=books.day))
    books.office.dispatch.parties = books.house.parties
    with pytest.raises(FieldWrong):
        manager.call(RunChannelReconciliation(channel=KIND, day=datetime.now(CHANNEL_ZONE).date() + timedelta(days=1)))
    order = books.order()
    books.theirs(order)
    wanted = manager.call(RunChannelReconciliation(channel=KIND, day=books.day))
    assert wanted.fetched_at is None
    reconcile_due(books.house)
    assert books.only().way is Way.REFUND
    books.theirs(books.order())
    again = manager.call(RunChannelReconciliation(channel=KIND, day=books.day))
    assert again.wanted_at > wanted.wanted_at
    reconcile_due(books.house)
    assert len(books.found()) == 2


def test_yesterday_is_fetched_by_itself_from_the_hour_on_that_is_set(books: Books) -> None:
    yesterday = datetime.now(CHANNEL_ZONE).date() - timedelta(days=1)
    books.ours("SUCCESS", at=datetime.combine(yesterday, time(), CHANNEL_ZONE))
    reconcile_due(books.house)
    days = {day.day for day in books.office.desk(MANAGER).call(ListReconciliations(since=yesterday)).days if day.channel == KIND.value}
    assert yesterday in days


def test_nobody_but_the_service_enters_statements(books: Books) -> None:
    manager = books.office.desk(MANAGER)
    own: tuple[Command[Any], ...] = (
        EnterStatement(channel=KIND, day=books.day, lines=()),
        NoteStatementTrouble(channel=KIND, day=books.day, trouble=""),
        TakeUpDifferences(channel=KIND, refund_unknown=True),
        EndDifference(difference_id=1, way=Way.REFUND),
    )
    for request in own:
        with pytest.raises(NotPermitted):
            manager.call(request)
    with pytest.raises(NotPermitted):
        books.office.desk(visits.CASHIER).call(ResolveDifference(difference_id=1, way=Way.ACCEPTED, reason="so"))
    with pytest.raises(NotFound):
        manager.call(ResolveDifference(difference_id=10**9, way=Way.ACCEPTED, reason="so"))


def test_the_books_own_order_numbers_are_told_from_others(office: Office) -> None:
    """Those that the money book gives, and none of another program at the same merchant."""
    given = office.rows("SELECT 'XL' || to_char(now(), 'YYMMDD') || lpad(nextval('channel_order')::text, 10, '0')")[0][0]
    assert is_order_number(given)
    assert not any(map(is_order_number, ("", "XL12", "A" + given, given + "-1", "420000" + given[2:])))
