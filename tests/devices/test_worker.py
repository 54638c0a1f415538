"""One thread a port: order, results, errors, polling, an orderly end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest

from devices.address import parse_address
from devices.errors import WorkerStopped, WrongPortThread
from devices.idcard.driver import SerialIdCardReader
from devices.idcard.simulator import IdCardReaderSimulator
from devices.worker import PortWorker
from tests.devices import cards
from tests.devices.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devices.idcard import IdCard


def ignore(_: object) -> None: ...


@pytest.fixture
def worker() -> Iterator[PortWorker]:
    port = PortWorker("test")
    yield port
    assert port.stop()


def test_calls_run_in_order_on_one_thread(worker: PortWorker) -> None:
    done: list[tuple[int, str]] = []
    futures = [worker.submit(lambda n: done.append((n, threading.current_thread().name)), n) for n in range(50)]
    for future in futures:
        future.result(20)
    assert done == [(n, "port test") for n in range(50)]


def test_results_and_errors_reach_the_future(worker: PortWorker) -> None:
    assert worker.submit(divmod, 7, 2).result(20) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        worker.submit(divmod, 7, 0).result(20)
    assert worker.submit(divmod, 9, 2).result(20) == (4, 1)


def test_polling_goes_on_after_an_error_and_ends_when_cancelled(worker: PortWorker) -> None:
    results: list[int] = []
    errors: list[Exception] = []
    count = iter(range(1000))

    def look() -> int:
        n = next(count)
        if n % 2:
            raise OSError(n)
        return n

    polling = worker.every(0.005, look, results.append, errors.append)
    wait_until(lambda: len(results) >= 3 and len(errors) >= 3)
    polling.cancel()
    worker.submit(time.sleep, 0.02).result(20)
    assert results[:3] == [0, 2, 4]
    seen = len(results) + len(errors)
    time.sleep(0.03)
    assert len(results) + len(errors) == seen


def test_a_listener_that_fails_does_not_end_the_port(worker: PortWorker) -> None:
    def listen(_: int) -> None:
        raise RuntimeError("a mistake of the window")

    worker.every(10, lambda: 1, listen, ignore)
    assert worker.submit(divmod, 7, 2).result(20) == (3, 1)


def test_calls_go_between_two_polls(worker: PortWorker) -> None:
    worker.every(3600, lambda: None, ignore, ignore)
    worker.submit(divmod, 7, 2).result(20)


def test_stop_ends_the_call_under_way_and_cancels_the_others() -> None:
    worker = PortWorker("test")
    entered, leave = threading.Event(), threading.Event()

    def slow() -> str:
        entered.set()
        leave.wait(20)
        return "done"

    first, second = worker.submit(slow), worker.submit(divmod, 7, 2)
    entered.wait(20)
    assert not worker.stop(0.01)
    leave.set()
    assert worker.stop()
    assert first.result(20) == "done"
    with pytest.raises(CancelledError):
        second.result(20)
    with pytest.raises(WorkerStopped):
        worker.submit(divmod, 7, 2)
    with pytest.raises(WorkerStopped):
        worker.every(1, lambda: None, ignore, ignore)


def test_assert_here(worker: PortWorker) -> None:
    worker.submit(worker.assert_here).result(20)
    with pytest.raises(WrongPortThread):
        worker.assert_here()


def test_a_card_reader_on_its_worker(worker: PortWorker) -> None:
    with IdCardReaderSimulator() as simulator:
        reader = SerialIdCardReader(parse_address(simulator.address))
        looks: list[IdCard | None] = []
        polling = worker.every(0.02, reader.poll, looks.append, ignore)

        def look_twice() -> None:
            before = len(looks)
            wait_until(lambda: len(looks) >= before + 2)

        simulator.insert_card(cards.CITIZEN)
        wait_until(lambda: cards.CITIZEN in looks)
        with pytest.raises(WrongPortThread):
            reader.poll()
        look_twice()
        simulator.remove_card()
        look_twice()
        simulator.insert_card(cards.ELDERLY)
        wait_until(lambda: cards.ELDERLY in looks)
        assert [card for card in looks if card] == [cards.CITIZEN, cards.ELDERLY]
        polling.cancel()
        worker.submit(reader.close).result(20)
