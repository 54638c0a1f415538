"""The serial scanner over both wires: ends of lines, AIM ids, GS, Chinese, bad lines, unplugged and replugged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from common.domain.barcodes import Gs1Code, classify
from devices.address import parse_address
from devices.errors import DeviceTrouble, PortLost
from devices.scanner import Scan
from devices.scanner.driver import SerialScanner
from devices.scanner.protocol import ScanCutShort, ScanNotText, ScanTooLong
from devices.scanner.simulator import ScannerFault, ScannerSimulator
from devices.wire.simulator import TCP
from tests.devices.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def simulator(wire: str) -> Iterator[ScannerSimulator]:
    with ScannerSimulator(wire, sends_aim=True) as device:
        yield device


@pytest.fixture
def scanner(simulator: ScannerSimulator) -> Iterator[SerialScanner]:
    driver = SerialScanner(parse_address(simulator.address))
    assert driver.poll() == []
    wait_until(lambda: simulator.connected)
    yield driver
    driver.close()


def collect(scanner: SerialScanner, count: int, seconds: float = 20.0) -> list[Scan]:
    scans: list[Scan] = []
    deadline = time.monotonic() + seconds
    while len(scans) < count and time.monotonic() < deadline:
        scans += scanner.poll()
        time.sleep(0.01)
    return scans


def trouble(scanner: SerialScanner, seconds: float = 20.0) -> DeviceTrouble:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            assert scanner.poll() == []
        except DeviceTrouble as error:
            return error
        time.sleep(0.01)
    raise AssertionError("no trouble came")


def test_scans_arrive_in_order_with_aim_split_off(simulator: ScannerSimulator, scanner: SerialScanner) -> None:
    simulator.scan("1000123454", "]C0")
    simulator.scan("0106901234567892172706301 0LOT1".replace(" ", "") + "\x1d21S1", "]d2")
    scans = collect(scanner, 2)
    assert scans == [Scan("1000123454", "]C0"), Scan("01069012345678921727063010LOT1\x1d21S1", "]d2")]
    assert isinstance(classify(scans[1].aim + scans[1].text), Gs1Code)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_end_of_line(end: str) -> None:
    with ScannerSimulator(TCP, end=end) as simulator:
        scanner = SerialScanner(parse_address(simulator.address))
        scanner.poll()
        wait_until(lambda: simulator.connected)
        simulator.scan("6901234567892")
        simulator.scan("81234567890123456789")
        assert collect(scanner, 2) == [Scan("6901234567892"), Scan("81234567890123456789")]
        scanner.close()


def test_chinese_in_utf8_and_in_gb18030(simulator: ScannerSimulator, scanner: SerialScanner) -> None:
    simulator.scan("张三")
    simulator.send("李四\r".encode("gb18030"))
    assert collect(scanner, 2) == [Scan("张三"), Scan("李四")]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ScannerFault.NO_END, ScanCutShort(received=10)),
        (ScannerFault.HALF, ScanCutShort(received=5)),
        (ScannerFault.GARBLED, ScanNotText(received=13)),
    ],
)
def test_bad_lines_have_names_and_the_next_one_is_read(
    simulator: ScannerSimulator, scanner: SerialScanner, fault: ScannerFault, error: DeviceTrouble
) -> None:
    simulator.scan_badly("1000123454", fault)
    raised = trouble(scanner)
    assert type(raised) is type(error)
    assert raised.fields == error.fields
    simulator.scan("6901234567892")
    assert collect(scanner, 1) == [Scan("6901234567892")]


def test_an_endless_line_is_given_up(simulator: ScannerSimulator, scanner: SerialScanner) -> None:
    simulator.scan_badly("1000123454", ScannerFault.ENDLESS)
    assert isinstance(trouble(scanner), ScanTooLong)


def test_good_lines_before_a_bad_one_are_kept(simulator: ScannerSimulator, scanner: SerialScanner) -> None:
    simulator.send(b"1000123454\r\xff\xfe\x80\r6901234567892\r")
    with pytest.raises(ScanNotText):
        collect(scanner, 1)
    assert collect(scanner, 2) == [Scan("1000123454"), Scan("6901234567892")]


def test_unplugged_and_plugged_in_again(simulator: ScannerSimulator, scanner: SerialScanner) -> None:
    simulator.send(b"half a li")
    simulator.unplug()
    with pytest.raises(PortLost):
        collect(scanner, 1)
    simulator.plug_in()
    assert scanner.poll() == []
    wait_until(lambda: simulator.connected)
    simulator.scan("6901234567892")
    assert collect(scanner, 1) == [Scan("6901234567892")]
