"""The simulated bureau itself: it forgets nothing when it is killed, checks who is asking, and answers many at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from server.insurance import requests as ask
from server.insurance.client import Insurance
from server.insurance.protocol import Secrets
from server.insurance.simulator.process import Simulator
from server.outcome import Rejected, Success, Unknown
from tests.server.insurance.desk import EMPLOYEE, Line, Visit, done, standing


def test_what_it_committed_survives_its_death(own_bureau: Callable[..., Simulator]) -> None:
    first = own_bureau()
    line = Line(first)
    visit = Visit(line).charged(10_000)
    line.fault("SILENT_AFTER", "2207")
    assert isinstance(line.hasty.settle(visit.settle_request(), line.call()), Unknown)
    assert len(standing(first, visit.mdtrt_id, 1)) == 1
    first.process.kill()
    first.process.wait(30)
    reborn = Line(own_bureau())
    (kept,) = reborn.simulator.control("settlements")
    assert (kept["mdtrt_id"], kept["total_fen"]) == (visit.mdtrt_id, 10_000)
    assert first.secrets == reborn.simulator.secrets
    done(reborn.insurance.reverse(ask.Reverse(psn_no=visit.person.psn_no, msgid=kept["msgid"], infno="2207"), reborn.call()))
    visit.line = reborn
    done(visit.settle())


@pytest.mark.parametrize(
    ("province", "wrong"),
    [
        ("hunan", Secrets(paasid="simulated", token="wrong")),
        ("hubei", Secrets(private_key="3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")),
    ],
)
def test_a_wrong_signature_is_refused(bureaus: Callable[[str], Simulator], province: str, wrong: Secrets) -> None:
    simulator = bureaus(province)
    line = Line(simulator)
    stranger = Insurance(simulator.setup(), wrong)
    outcome = stranger.person(EMPLOYEE, line.call(""))
    assert isinstance(outcome, Rejected)
    assert "签名" in outcome.message
    assert isinstance(line.insurance.person(EMPLOYEE, line.call("")), Success)
    stranger.close()
    line.close()


def test_nobody_is_served_who_has_not_signed_in(line: Line) -> None:
    outcome = line.insurance.person(EMPLOYEE, replace(line.call(""), sign_no="nobody"))
    assert isinstance(outcome, Rejected)
    assert "签到" in outcome.message


def test_a_slow_call_holds_nobody_up(line: Line) -> None:
    visits = [Visit(line).charged(1_000 + number) for number in range(8)]
    line.fault("SLOW", "2206", seconds=600)
    assert isinstance(line.hasty.presettle(visits[0].settle_request(), line.call()), Unknown)  # and the bureau is still at it
    with ThreadPoolExecutor(8) as windows:
        settled = list(windows.map(lambda visit: done(visit.settle()), visits))
    assert [one.split.total_fen for one in settled] == [1_000 + number for number in range(8)]
    assert len({one.setl_id for one in settled}) == 8


def test_of_two_at_once_for_the_same_details_one_is_refused(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    calls = [line.call() for _ in range(6)]
    with ThreadPoolExecutor(6) as windows:
        outcomes = list(windows.map(lambda call: line.insurance.settle(visit.settle_request(), call), calls))
    assert sorted(type(one).__name__ for one in outcomes) == ["Rejected"] * 5 + ["Success"]


def test_a_lenient_bureau_knows_everybody_and_every_code(own_bureau: Callable[..., Simulator]) -> None:
    line = Line(own_bureau(arguments=("--lenient",)))
    shown = ask.Certificate(kind="02", number="110101199003072316", name="Anybody")
    first, again = (done(line.insurance.person(shown, line.call(""))) for _ in range(2))
    assert first == again
    assert (first.name, str(first.born), first.gender) == ("Anybody", "1990-03-07", "1")
    assert [one.balance_fen for one in first.valid] == [200_000]


def test_orders_that_are_none_are_refused(line: Line) -> None:
    for order, body in (("fault", {"kind": "NO SUCH"}), ("nothing", None), ("plant", {}), ("delay", "x")):
        with pytest.raises(ValueError, match=r"\S"):
            line.simulator.control(order, body)
    assert line.simulator.control("erase", "nowhere") is False


def test_it_ends_at_once_over_a_state_that_is_none(own_bureau: Callable[..., Simulator]) -> None:
    with pytest.raises(OSError, match="ended"):
        own_bureau(arguments=("--province", "atlantis"))
