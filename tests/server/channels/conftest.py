"""One simulator a module, and channels that ask it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

import pytest

from common.messages.cashier import TenderKind
from server.channels.acquirer import Acquirer
from server.channels.line import Line
from server.channels.simulator import Simulator, start_simulator

_numbers: Final = itertools.count(1)
PREFIX: Final = {TenderKind.WECHAT: "13", TenderKind.ALIPAY: "28", TenderKind.UNIONPAY: "62", TenderKind.ECNY: "01"}
LENGTH: Final = {TenderKind.WECHAT: 18, TenderKind.ALIPAY: 18, TenderKind.UNIONPAY: 19, TenderKind.ECNY: 19}


class Practice:
    """A simulator with channels to it. Numbers are new each time; what a test made go wrong is over with it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def channel(self, kind: TenderKind = TenderKind.WECHAT, seconds: float = 60) -> Acquirer:
        """A channel that waits so long for answers."""
        line = Line(self.simulator.url, connect_seconds=30, timeout_seconds=seconds)
        return Acquirer(kind, self.simulator.told.merchant, line, self.simulator.signer)

    def code(self, kind: TenderKind = TenderKind.WECHAT, tail: str = "") -> str:
        """A new payment code; ``tail`` makes the person behave as the simulator's rules say."""
        body = f"{next(_numbers):0{LENGTH[kind] - 2 - (len(tail) or 6)}d}" + (tail or "111111")
        return PREFIX[kind] + body

    def order(self) -> str:
        """A new order number."""
        return f"XL261122120000{next(_numbers):08d}"

    def fault(self, kind: str, act: str = "", **more: Any) -> None:
        """One fault to come."""
        self.simulator.control("faults", [{"kind": kind, "act": act, **more}])

    def book(self, order: str, kind: TenderKind = TenderKind.WECHAT) -> list[tuple[str, int]]:
        """What the channel's own books hold of an order: act and amount."""
        found = self.simulator.control("book", {"channel": kind.value, "order_prefix": order})
        return [(line["act"], line["amount_fen"]) for line in found]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    started = start_simulator(tmp_path_factory.mktemp("channel") / "memory.db")
    yield started
    started.stop()


@pytest.fixture
def practice(simulator: Simulator) -> Iterator[Practice]:
    yield Practice(simulator)
    simulator.control("clear")
