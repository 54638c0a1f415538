"""Every fault of the other side makes the right one of three outcomes, and what is unknown can be cleared up."""

from __future__ import annotations

import hashlib
import socket
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from common.domain.insurance_split import split_warnings
from server.insurance import client, inputs, outputs
from server.insurance import requests as ask
from server.insurance.answers import Nothing
from server.insurance.client import Insurance
from server.insurance.protocol import NOT_SENT, Operator, Prepared, Reply, Secrets
from server.outcome import Outcome, Rejected, Success, Unknown
from tests.server.insurance.desk import NOW, Line, Visit, done, fee, new, standing

AFTER = ["SILENT_AFTER", "RESET_AFTER", "CUT_AFTER", "GARBAGE", "EMPTY", "ERROR_AFTER", "UNDECIDED"]
BEFORE = ["SILENT_BEFORE", "RESET_BEFORE", "ERROR_BEFORE"]


def prepared(line: Line, visit: Visit, infno: str = "2207") -> Prepared:
    call = line.call()
    return line.insurance.prepare(
        infno,
        inputs.settle(visit.settle_request()),
        msgid_sequence=call.msgid_sequence,
        at=call.at,
        operator=call.operator,
        sign_no=call.sign_no,
        insuplc=call.insuplc,
    )


def reversal(insurance: Insurance, line: Line, visit: Visit, lost: Prepared) -> Outcome[Nothing]:
    request = ask.Reverse(psn_no=visit.person.psn_no, msgid=lost.msgid, infno=lost.infno)
    return insurance.reverse(request, line.call())


@pytest.mark.parametrize("kind", AFTER)
def test_a_settlement_whose_answer_is_lost_is_unknown_and_can_be_reversed(line: Line, kind: str) -> None:
    visit = Visit(line).charged(10_000)
    lost = prepared(line, visit)
    line.fault(kind, "2207")
    assert isinstance(line.hasty.send(lost), Unknown)
    assert len(standing(line.simulator, visit.mdtrt_id, 1)) == 1
    done(reversal(line.insurance, line, visit, lost))
    assert standing(line.simulator, visit.mdtrt_id, 0) == []
    again = reversal(line.insurance, line, visit, lost)
    assert isinstance(again, Rejected)
    assert line.insurance.was_nothing(again)
    assert done(visit.settle()).split.total_fen == 10_000
    assert len(standing(line.simulator, visit.mdtrt_id, 1)) == 1


@pytest.mark.parametrize("kind", BEFORE)
def test_a_settlement_that_never_happened_is_unknown_until_2601_says_so(line: Line, kind: str) -> None:
    visit = Visit(line).charged(10_000)
    lost = prepared(line, visit)
    line.fault(kind, "2207")
    assert isinstance(line.hasty.send(lost), Unknown)
    told = reversal(line.insurance, line, visit, lost)
    assert isinstance(told, Rejected)
    assert line.insurance.was_nothing(told)
    done(visit.settle())


def test_a_reversal_can_be_lost_as_well(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    lost = prepared(line, visit)
    line.fault("SILENT_AFTER", "2207")
    assert isinstance(line.hasty.send(lost), Unknown)
    assert len(standing(line.simulator, visit.mdtrt_id, 1)) == 1
    line.fault("SILENT_BEFORE", "2601")
    line.fault("SILENT_AFTER", "2601")
    assert isinstance(reversal(line.hasty, line, visit, lost), Unknown)
    assert isinstance(reversal(line.hasty, line, visit, lost), Unknown)
    assert standing(line.simulator, visit.mdtrt_id, 0) == []
    told = reversal(line.insurance, line, visit, lost)
    assert isinstance(told, Rejected)
    assert line.insurance.was_nothing(told)


def test_a_lost_cancellation_is_reversed_and_the_settlement_stands_again(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    settled = done(visit.settle())
    call = line.call()
    lost = line.insurance.prepare(
        "2208",
        inputs.settlement_at(visit.at(settled)),
        msgid_sequence=call.msgid_sequence,
        at=call.at,
        operator=call.operator,
        sign_no=call.sign_no,
        insuplc=call.insuplc,
    )
    line.fault("RESET_AFTER", "2208")
    assert isinstance(line.hasty.send(lost), Unknown)
    assert len(standing(line.simulator, visit.mdtrt_id, 2)) == 2
    done(reversal(line.insurance, line, visit, lost))
    assert standing(line.simulator, visit.mdtrt_id, 1) == [settled.setl_id]
    assert isinstance(visit.settle(), Rejected)  # the details are settled again
    done(line.insurance.cancel_settlement(visit.at(settled), line.call()))


def test_a_refusal_is_rejected_in_the_bureaus_words(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    line.fault("REJECT", "2207", code="-1", message="该凭证已失效")
    assert visit.settle() == Rejected(code="-1", message="该凭证已失效")
    done(visit.settle())


def test_a_slow_answer_is_waited_for_and_too_slow_a_one_is_not(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    line.fault("SLOW", "2207", seconds=0.5)
    done(visit.settle())
    late = prepared(line, Visit(line).charged(10_000))
    line.fault("SLOW", "2207", seconds=600)
    assert isinstance(line.hasty.send(late), Unknown)


def test_a_doubled_answer_does_not_answer_the_next_question(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    line.fault("DUPLICATE", "2207")
    settled = done(visit.settle())
    other = Visit(line).charged(7_000)
    assert done(other.settle()).split.total_fen == 7_000
    assert settled.split.total_fen == 10_000


@pytest.mark.parametrize("infno", ["2207", "2206", "2204", "2201", "2208"])
def test_an_answer_to_somebody_elses_question_is_unknown(line: Line, infno: str) -> None:
    first = Visit(line).charged(10_000)
    done(line.insurance.presettle(first.settle_request(), line.call()))
    settled = done(first.settle())
    if infno == "2208":
        done(line.insurance.cancel_settlement(first.at(settled), line.call()))
    outcome: Outcome[Any]
    if infno == "2201":
        second = Visit(line)
        line.fault("STALE", "2201")
        with pytest.raises(AssertionError, match="Unknown"):
            second.open()
        return
    if infno == "2204":
        second = Visit(line).open()
        done(second.describe())
        line.fault("STALE", "2204")
        outcome = line.insurance.upload_fees(second.fees(fee(new(), 100)), line.call())
    else:
        second = Visit(line).charged(10_000)
        if infno == "2208":
            own = done(second.settle())
            line.fault("STALE", infno)
            outcome = line.insurance.cancel_settlement(second.at(own), line.call())
        else:
            line.fault("STALE", infno)
            ask_for = line.insurance.presettle if infno == "2206" else line.insurance.settle
            outcome = ask_for(second.settle_request(), line.call())
    assert outcome == Unknown(reason=client.UNREADABLE)


def test_amounts_that_do_not_agree_are_taken_and_told(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    line.fault("WRONG_AMOUNTS", "2207")
    split = done(visit.settle()).split
    found = split_warnings(split, fund_includes_account=False, lines_fen=10_000)
    assert [(one.should_fen, one.is_fen) for one in found] == [(10_000, 10_003), (split.fund_fen + 3, split.fund_fen)]


def test_nothing_leaves_when_nobody_listens(line: Line) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        setup = line.simulator.setup(5)
        unreachable = Insurance(replace(setup, url=f"http://127.0.0.1:{taken.getsockname()[1]}"), Secrets())
        outcome = unreachable.person(ask.Certificate(kind="02", number="1"), line.call(""))
        assert outcome == Rejected(code=NOT_SENT, message=client.NOT_REACHED)
        assert not unreachable.was_nothing(outcome)
        unreachable.close()


def test_a_gateways_refusal_and_a_wrong_address_reach_nobody(line: Line) -> None:
    setup = replace(line.simulator.setup(), url=f"http://127.0.0.1:{line.simulator.told.control_port}")
    lost = Insurance(setup, Secrets())
    outcome = lost.person(ask.Certificate(kind="02", number="1"), line.call(""))
    assert outcome == Rejected(code="HTTP 404", message=client.NOT_REACHED)
    lost.close()
    with pytest.raises(ValueError, match="https"):
        Insurance(replace(setup, url="ftp://127.0.0.1"), Secrets())


def test_the_same_message_is_taken_once(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    once = prepared(line, visit)
    assert isinstance(line.insurance.send(once), Success)
    assert isinstance(line.insurance.send(once), Rejected)
    assert len(standing(line.simulator, visit.mdtrt_id, 1)) == 1


def test_what_is_prepared_is_what_is_sent_and_can_be_read_again(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    ready = prepared(line, visit)
    assert hashlib.sha256(ready.body).digest() == ready.payload_hash
    assert ready.msgid.startswith("H44030000001")
    assert len(ready.msgid) == 30
    reply: Reply = done(line.insurance.send(ready))
    assert len(reply.refmsgid) == 30
    read = outputs.settlement(reply.output)
    assert read.medins_setl_id == ready.msgid
    kept = msgspec.json.decode(msgspec.json.encode(reply.output))  # as a JSON column keeps it: decimals are text there
    assert outputs.settlement(kept) == read


def test_prepared_calls_differ_by_their_number_alone(line: Line) -> None:
    def at(sequence: int) -> Prepared:
        return line.insurance.prepare(
            "5203", {"data": {}}, msgid_sequence=sequence, at=NOW + timedelta(seconds=1), operator=Operator(number="1", name="N")
        )

    assert at(7).msgid[:-4] == at(10_008).msgid[:-4]
    assert (at(7).msgid[-4:], at(10_008).msgid[-4:]) == ("0007", "0008")
