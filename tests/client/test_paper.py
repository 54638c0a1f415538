"""Paper and devices at a desk: what became of a job is said, asked, or repeated."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from client.desk import Kind, Question, Result
from devices.printer.simulator import EscPosPrinterSimulator
from printing.documents.base import Copy
from printing.documents.queue_ticket import QueueTicket
from tests.client.sample_desk import SampleDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from printing.spool import Outcome
    from tests.client.stage import Stage

AT = datetime(2026, 11, 21, 14, 5)  # noqa: DTZ001 - the clinic's wall clock, as on paper
TICKET = QueueTicket(clinic="杏林门诊部", copy=Copy(at=AT, by="王芳"), queue="内科", queue_number="A012", ahead=3)


class Desk:
    """A stage with a printer and ears."""

    def __init__(self, stage: Stage, printer: EscPosPrinterSimulator, jobs: list[bytes]) -> None:
        self.stage, self.printer, self.jobs = stage, printer, jobs
        self.paper = stage.place.paper
        self.outcomes: list[Outcome] = []
        self.told: list[Result] = []
        self.asked: list[Question] = []
        self.paper.finished.connect(self.outcomes.append)
        self.paper.told.connect(self.told.append)
        self.paper.asked.connect(self.asked.append)

    def states(self) -> list[str]:
        return [outcome.state.value for outcome in self.outcomes]


@pytest.fixture
def desk(stage: Stage) -> Iterator[Desk]:
    jobs: list[bytes] = []
    printer = EscPosPrinterSimulator(on_job=jobs.append)
    stage.place.settings.devices["receipt"] = printer.address
    stage.show(SampleDesk(stage.place))
    yield Desk(stage, printer, jobs)
    stage.place.devices.stop()
    printer.close()


def test_a_paper_comes_out_once_and_again_as_a_copy(desk: Desk) -> None:
    assert desk.paper.may_repeat() is not True
    desk.paper.print(TICKET, "receipt", "act-1")
    desk.stage.settle(until=lambda: desk.states() == ["PRINTED"])
    desk.paper.print(TICKET, "receipt", "act-1")
    desk.stage.settle(until=lambda: len(desk.outcomes) == 2)
    assert len(desk.jobs) == 1, "the same act again is the same job"
    desk.stage.press("F9")
    desk.stage.settle(until=lambda: len(desk.outcomes) == 3)
    assert len(desk.jobs) == 2
    assert "补打 1".encode("gb18030") in desk.jobs[1]
    assert not desk.told


def test_no_paper_is_said_and_f9_prints_when_it_is_mended(desk: Desk) -> None:
    desk.printer.take_out_paper()
    desk.paper.print(TICKET, "receipt", "act-2")
    desk.stage.settle(until=lambda: bool(desk.told))
    assert desk.states() == ["FAILED"]
    assert desk.told[0].kind is Kind.WARNING
    assert "纸" in desk.stage.said()
    desk.printer.load_paper()
    desk.stage.press("F9")
    desk.stage.settle(until=lambda: desk.states() == ["FAILED", "PRINTED"])
    assert len(desk.jobs) == 1


def test_an_unknown_outcome_is_asked_in_place(desk: Desk) -> None:
    desk.printer.drop_after(40)
    desk.paper.print(TICKET, "receipt", "act-3")
    desk.stage.settle(until=lambda: bool(desk.asked), seconds=30)
    assert desk.states() == ["UNKNOWN"]
    frame = desk.stage.frame
    assert frame is not None
    assert frame.question.isVisible()
    _title, print_it = desk.asked[0].answers[1]
    print_it()
    desk.stage.settle(until=lambda: desk.states() == ["UNKNOWN", "PRINTED"])


def test_a_desk_without_a_printer_says_so(desk: Desk) -> None:
    desk.paper.print(TICKET, "label", "act-4")
    assert desk.told
    assert "标签打印机" in desk.told[0].text


def test_the_drawer_opens(desk: Desk) -> None:
    future = desk.stage.place.devices.open_drawer()
    future.result(timeout=20)
    desk.stage.settle(until=lambda: desk.printer.drawer_open)


def test_a_scanner_at_a_port_reaches_the_desk(stage: Stage) -> None:
    from devices.scanner.simulator import ScannerSimulator

    scanner = ScannerSimulator()
    stage.place.settings.devices["scanner"] = "VIRTUAL"
    stage.place.devices.virtual["scanner"] = scanner.address
    desk = SampleDesk(stage.place)
    stage.show(desk)
    stage.place.devices.start()
    stage.settle(until=lambda: scanner.connected)
    scanner.scan("6901234567892")
    stage.settle(until=lambda: desk.codes == ["6901234567892"])
    stage.place.devices.stop()
    scanner.close()


def test_a_device_that_is_gone_is_said_once(stage: Stage) -> None:
    heard: list[tuple[str, str]] = []
    stage.place.settings.devices["idcard"] = "tcp://127.0.0.1:1"
    stage.place.devices.trouble.connect(lambda role, sentence: heard.append((role, sentence)))
    stage.show(SampleDesk(stage.place))
    stage.place.devices.start()
    stage.settle(until=lambda: bool(heard))
    first = len(heard)
    stage.settle(until=lambda: True)
    assert first == len(heard) == 1
    assert heard[0][0] == "idcard"
    assert stage.said() == heard[0][1]
