"""The driver against the simulator: what each act comes to, and that nothing unproven is ever a success."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from common.messages.cashier import CHANNELS, TenderKind
from server.channels.acquirer import CHANNEL_ZONE
from server.channels.protocol import CLOSED, NOT_CONNECTED, NOT_FOUND, Channel, Paid, Paying, RefundDone, Reversed, StatementAct
from server.channels.simulator import Simulator, start_simulator
from server.outcome import Rejected, Success, Unknown
from tests.server.channels.conftest import Practice

CLINIC = "杏林诊所"
#: How a reply may be wrong, and whether the payment was made all the same.
UNPROVEN = {
    "RESET_BEFORE": False,
    "ERROR_BEFORE": False,
    "RESET_AFTER": True,
    "ERROR_AFTER": True,
    "CUT_AFTER": True,
    "GARBAGE": True,
    "STALE": True,
    "WRONG_AMOUNT": True,
    "WRONG_ORDER": True,
    "WRONG_SIGNATURE": True,
    "UNDECIDED": True,
}


def paid(practice: Practice, amount_fen: int = 1280) -> str:
    """An order that was paid."""
    order = practice.order()
    assert isinstance(practice.channel().pay(order, amount_fen, practice.code(), CLINIC), Success)
    return order


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_each_kind_collects_by_its_own_codes_alone(practice: Practice, kind: TenderKind) -> None:
    channel: Channel = practice.channel(kind)
    order = practice.order()
    outcome = channel.pay(order, 1280, practice.code(kind), CLINIC)
    assert isinstance(outcome, Success)
    assert outcome.value.amount_fen == 1280
    assert outcome.value.channel_number
    assert channel.query(order, 1280) == outcome
    other = TenderKind.ALIPAY if kind is not TenderKind.ALIPAY else TenderKind.WECHAT
    assert channel.pay(practice.order(), 1, practice.code(other), CLINIC) == Rejected("CODE_INVALID", "付款码无效")


def test_the_same_order_again_is_no_second_payment(practice: Practice) -> None:
    order, code = practice.order(), practice.code()
    first = practice.channel().pay(order, 500, code, CLINIC)
    assert practice.channel().pay(order, 500, code, CLINIC) == first
    assert practice.book(order) == [("PAY", 500)]
    assert isinstance(practice.channel().pay(order, 501, code, CLINIC), Rejected)


@pytest.mark.parametrize(
    ("tail", "code", "words"),
    [
        ("900001", "NOT_ENOUGH", "余额不足"),
        ("900002", "CODE_EXPIRED", "付款码已过期"),
        ("900003", "CODE_USED", "付款码已使用"),
    ],
)
def test_a_refusal_is_final(practice: Practice, tail: str, code: str, words: str) -> None:
    order = practice.order()
    outcome = practice.channel().pay(order, 500, practice.code(tail=tail), CLINIC)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.message) == (code, words)
    assert practice.channel().query(order) == outcome
    assert practice.book(order) == []


def test_a_code_pays_once(practice: Practice) -> None:
    code = practice.code()
    assert isinstance(practice.channel().pay(practice.order(), 1, code, CLINIC), Success)
    second = practice.channel().pay(practice.order(), 1, code, CLINIC)
    assert isinstance(second, Rejected)
    assert second.code == "CODE_USED"


def test_a_person_who_types_the_password_has_paid(practice: Practice) -> None:
    channel, order = practice.channel(), practice.order()
    assert channel.pay(order, 90000, practice.code(tail="900004"), CLINIC) == Paying()
    assert [channel.query(order), channel.query(order)] == [Paying(), Paying()]
    assert isinstance(channel.query(order, 90000), Success)


def test_a_person_who_does_not_has_not(practice: Practice) -> None:
    channel, order = practice.channel(), practice.order()
    assert channel.pay(order, 90000, practice.code(tail="900005"), CLINIC) == Paying()
    assert [channel.query(order), channel.query(order)] == [Paying(), Paying()]
    assert channel.query(order) == Rejected("USER_CANCELLED", "付款人已取消付款")


def test_reversing_ends_an_order_whatever_became_of_it(practice: Practice) -> None:
    channel = practice.channel()
    done, asked, unseen = paid(practice, 700), practice.order(), practice.order()
    assert channel.pay(asked, 700, practice.code(tail="900006"), CLINIC) == Paying()
    assert channel.reverse(done) == Success(Reversed(was_paid=True)) == channel.reverse(done)
    assert channel.reverse(asked) == Success(Reversed(was_paid=False))
    assert channel.reverse(unseen) == Success(Reversed(was_paid=False)) == channel.reverse(unseen)
    for order in (done, asked, unseen):
        late = channel.pay(order, 700, practice.code(), CLINIC)
        assert isinstance(late, Rejected)
        assert late.code == CLOSED
        assert isinstance(query := channel.query(order), Rejected)
        assert query.code == CLOSED
    assert [practice.book(order) for order in (done, asked, unseen)] == [[("PAY", 700), ("REVERSE", 700)], [], []]


def test_a_payment_that_was_under_way_when_its_order_was_reversed_takes_nothing(practice: Practice) -> None:
    channel, order = practice.channel(), practice.order()
    practice.fault("HELD", "pay")
    assert practice.channel(seconds=0.3).pay(order, 700, practice.code(), CLINIC) == Unknown("no answer in time")
    assert channel.reverse(order) == Success(Reversed(was_paid=False))
    practice.simulator.control("release")
    assert isinstance(channel.pay(order, 700, practice.code(), CLINIC), Rejected)
    assert practice.book(order) == []


def test_parts_go_back_once_each_and_never_more_than_was_paid(practice: Practice) -> None:
    channel, order = practice.channel(), paid(practice, 1000)
    first = channel.refund(order, order + "-1", 400, 1000)
    assert isinstance(first, Success)
    assert channel.refund(order, order + "-1", 400, 1000) == first == channel.query_refund(order, order + "-1", 400)
    assert isinstance(channel.refund(order, order + "-2", 601, 1000), Rejected)
    assert isinstance(channel.refund(order, order + "-2", 600, 1000), Success)
    assert isinstance(channel.refund(order, order + "-1", 399, 1000), Rejected)
    assert practice.book(order) == [("PAY", 1000), ("REFUND", 400), ("REFUND", 600)]
    assert channel.reverse(order) == Rejected("REFUNDED", "订单已有退款")


def test_what_was_never_seen_is_not_found(practice: Practice) -> None:
    channel = practice.channel()
    for outcome in (channel.query(practice.order()), channel.query_refund(paid(practice), practice.order())):
        assert isinstance(outcome, Rejected)
        assert outcome.code == NOT_FOUND
    refused = channel.refund(practice.order(), practice.order(), 1, 1)
    assert isinstance(refused, Rejected)


@pytest.mark.parametrize("kind", UNPROVEN)
def test_no_unproven_payment_is_a_success(practice: Practice, kind: str) -> None:
    paid(practice)  # so that there is an earlier reply
    order = practice.order()
    practice.fault(kind, "pay", order_prefix=order)
    assert isinstance(practice.channel().pay(order, 500, practice.code(), CLINIC), Unknown)
    assert practice.book(order) == ([("PAY", 500)] if UNPROVEN[kind] else [])
    told = practice.channel().query(order, 500)
    assert isinstance(told, Success if UNPROVEN[kind] else Rejected)


@pytest.mark.parametrize("kind", UNPROVEN)
def test_no_other_unproven_act_is_a_success(practice: Practice, kind: str) -> None:
    channel, order, closed = practice.channel(), paid(practice, 800), practice.order()
    number = order + "-1"
    practice.fault(kind, "query")
    assert isinstance(channel.query(order, 800), Unknown)
    practice.fault(kind, "refund")
    assert isinstance(channel.refund(order, number, 300, 800), Unknown)
    assert isinstance(channel.refund(order, number, 300, 800), Success)
    practice.fault(kind, "query_refund")
    assert isinstance(channel.query_refund(order, number, 300), Unknown)
    practice.fault(kind, "statement")
    today = datetime.now(CHANNEL_ZONE).date()
    assert isinstance(channel.statement(today), Unknown) or kind == "WRONG_ORDER"
    practice.simulator.control("clear")
    if kind != "WRONG_AMOUNT":  # a reversal names none
        practice.fault(kind, "reverse")
        assert isinstance(channel.reverse(closed), Unknown)
    assert channel.reverse(closed) == Success(Reversed(was_paid=False))
    assert practice.book(order) == [("PAY", 800), ("REFUND", 300)]


@pytest.mark.parametrize(("kind", "happened"), [("SILENT_BEFORE", False), ("SILENT_AFTER", True)])
def test_silence_is_unknown_after_the_time_that_was_set(practice: Practice, kind: str, happened: bool) -> None:
    order = practice.order()
    practice.fault(kind, "pay")
    assert practice.channel(seconds=0.3).pay(order, 500, practice.code(), CLINIC) == Unknown("no answer in time")
    assert bool(practice.book(order)) is happened


def test_a_reply_that_comes_twice_is_one(practice: Practice) -> None:
    order = practice.order()
    practice.fault("DUPLICATE", "pay")
    assert isinstance(practice.channel().pay(order, 500, practice.code(), CLINIC), Success)
    assert practice.book(order) == [("PAY", 500)]


def test_a_refusal_on_order_and_faults_by_order_and_number(practice: Practice) -> None:
    order, other = practice.order(), practice.order()
    practice.fault("REJECT", "pay", order_prefix=order, times=2, code="BUSY_DAY", message="not today")
    assert isinstance(practice.channel().pay(other, 1, practice.code(), CLINIC), Success)
    for _ in range(2):
        assert practice.channel().pay(order, 1, practice.code(), CLINIC) == Rejected("BUSY_DAY", "not today")
    assert isinstance(practice.channel().pay(order, 1, practice.code(), CLINIC), Success)


def test_the_wrong_amount_is_unknown_also_when_asked_for(practice: Practice) -> None:
    order = paid(practice, 500)
    assert practice.channel().query(order, 501) == Unknown("the reply names another amount")
    assert isinstance(practice.channel().query(order), Success)


def test_a_statement_holds_the_day(practice: Practice) -> None:
    channel, order = practice.channel(TenderKind.ECNY), practice.order()
    moment = datetime.now(CHANNEL_ZONE)
    assert isinstance(channel.pay(order, 900, practice.code(TenderKind.ECNY), CLINIC), Success)
    assert isinstance(channel.refund(order, order + "-1", 100, 900), Success)
    lines = []
    for day in {moment.date(), datetime.now(CHANNEL_ZONE).date()}:  # midnight may pass between
        statement = channel.statement(day)
        assert isinstance(statement, Success)
        lines += [line for line in statement.value if line.order == order]
    assert [(line.act, line.number, line.amount_fen) for line in lines] == [
        (StatementAct.PAY, order, 900),
        (StatementAct.REFUND, order + "-1", 100),
    ]
    assert channel.statement(moment.date() + timedelta(days=9)) == Success(())


def test_it_forgets_nothing_when_it_is_killed(tmp_path: Path) -> None:
    first = start_simulator(tmp_path / "memory.db")
    practice = Practice(first)
    order = paid(practice, 640)
    first.stop()
    assert practice.channel().pay(practice.order(), 1, practice.code(), CLINIC) == Rejected(
        NOT_CONNECTED, "no connection (ConnectionRefusedError)"
    )
    assert isinstance(practice.channel().query(order), Unknown)
    again = start_simulator(tmp_path / "memory.db", port=first.told.port)
    try:
        outcome = practice.channel().query(order, 640)
        assert isinstance(outcome, Success)
        assert isinstance(outcome.value, Paid)
        assert isinstance(practice.channel().refund(order, order + "-1", 640, 640), Success)
    finally:
        again.stop()


def test_another_secret_is_answered_by_nobody(practice: Practice, simulator: Simulator) -> None:
    from server.channels.acquirer import Acquirer
    from server.channels.line import Line
    from server.channels.signing import HmacSigner

    line = Line(simulator.url, connect_seconds=30, timeout_seconds=60)
    stranger = Acquirer(TenderKind.WECHAT, simulator.told.merchant, line, HmacSigner("not the secret at all"))
    assert stranger.query(practice.order()) == Unknown("the channel answered HTTP 401")


def test_the_code_is_nowhere(
    practice: Practice, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = start_simulator(tmp_path / "memory.db")
    try:
        here = Practice(own)
        code, orders = here.code(), [here.order() for _ in range(5)]
        here.fault("REJECT", "pay", code="ECHO", message=f"the code {code} is bad")
        for kind in ("RESET_AFTER", "GARBAGE", "WRONG_ORDER"):
            here.fault(kind, "pay")
        with caplog.at_level(logging.DEBUG):
            outcomes = [here.channel().pay(order, 1, code, CLINIC) for order in orders]
    finally:
        own.stop()
    said = caplog.text + "".join(capfd.readouterr()) + repr(outcomes)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert code not in said
    assert code.encode() not in kept
    assert orders[-1].encode() in kept


def test_refunds_are_named_alike(practice: Practice) -> None:
    order = paid(practice, 10)
    done = practice.channel().refund(order, order + "-1", 10, 10)
    assert isinstance(done, Success)
    assert isinstance(done.value, RefundDone)
    assert done.value.amount_fen == 10
