"""Label printers over the real wire, in both languages."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from devices.address import parse_address
from devices.printer import PrinterLost, PrinterNotReady, PrinterPort, Reason
from devices.printer.label_simulator import LabelPrinterSimulator, TsplPrinterSimulator, ZplPrinterSimulator
from devices.printer.labels import TsplPrinter, ZplPrinter
from devices.printer.protocol import NoDrawer
from devices.printer.status import tspl_status, zpl_status
from tests.devices.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ZPL = b"^XA^FO20,20^GFA,8,8,1,FF00FF00FF00FF00^FS^XZ"
# The picture's data hold a line end, the end of a label and a request for status.
TSPL = b"SIZE 50 mm,30 mm\r\nCLS\r\nBITMAP 10,10,4,4,0,\r\nPRINT 1\r\n\x1b!?\xff\xff\x00\r\nPRINT 1,1\r\n"


@pytest.fixture(params=["zpl", "tspl"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def label(kind: str) -> bytes:
    return ZPL if kind == "zpl" else TSPL


@pytest.fixture
def simulator(kind: str, wire: str) -> Iterator[LabelPrinterSimulator]:
    with ZplPrinterSimulator(wire) if kind == "zpl" else TsplPrinterSimulator(wire) as device:
        yield device


@pytest.fixture
def printer(kind: str, simulator: LabelPrinterSimulator) -> Iterator[PrinterPort]:
    address = parse_address(simulator.address)
    driver: PrinterPort = ZplPrinter(address) if kind == "zpl" else TsplPrinter(address)
    yield driver
    driver.close()


def test_zpl_status_of_the_manual() -> None:
    answer = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
    status, left = zpl_status(answer)
    assert (status.online, status.reasons, left) == (True, (), 0)
    status, left = zpl_status(answer.replace(b"030,0,0,1245,000", b"030,1,1,1245,002"))
    assert (status.online, status.reasons, left) == (False, (Reason.PAPER_OUT,), 2)
    status, _ = zpl_status(answer.replace(b"000,0,0,0,0,2,4,0", b"000,0,1,1,0,2,4,0"))
    assert status.reasons == (Reason.COVER_OPEN, Reason.RIBBON_OUT)
    status, left = zpl_status(answer.replace(b"030,0,0", b"030,0,1").replace(b"00000000", b"00000003"))
    assert (status.reasons, left) == ((Reason.PAUSED,), 3)
    with pytest.raises(ValueError, match="~HS"):
        zpl_status(b"\x02030,0\x03\r\n")


@pytest.mark.parametrize(
    ("byte", "reasons", "busy"),
    [
        (0x00, (), False),
        (0x20, (), True),
        (0x01, (Reason.COVER_OPEN,), False),
        (0x02, (Reason.PAPER_JAM,), False),
        (0x05, (Reason.COVER_OPEN, Reason.PAPER_OUT), False),
        (0x08, (Reason.RIBBON_OUT,), False),
        (0x10, (Reason.PAUSED,), False),
        (0x80, (Reason.OTHER_ERROR,), False),
    ],
)
def test_tspl_status_bit_by_bit(byte: int, reasons: tuple[Reason, ...], busy: bool) -> None:
    status, printing = tspl_status(bytes([byte]))
    assert (status.reasons, printing) == (reasons, busy)
    assert status.online == (not reasons)


def test_tspl_answers_on_the_bare_wire() -> None:
    with TsplPrinterSimulator() as device:
        device.open_cover()
        device.take_out_paper()
        where = parse_address(device.address)
        with socket.create_connection((where.target, where.port), 5) as line:
            line.sendall(bytes.fromhex("1B 21 3F"))
            assert line.recv(10) == b"\x05"


def test_labels_arrive_byte_for_byte(simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes) -> None:
    printer.send(label)
    assert simulator.jobs == [label]
    printer.send(label + label)
    assert simulator.jobs == [label] * 3


def test_a_slow_printer_is_waited_for(simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes) -> None:
    simulator.be_slow(50)
    printer.send(label * 3)
    assert simulator.jobs == [label] * 3


def test_nothing_leaves_for_a_printer_that_is_not_ready(simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes) -> None:
    for act, undo, reason in (
        (simulator.open_cover, simulator.close_cover, Reason.COVER_OPEN),
        (simulator.take_out_paper, simulator.load_paper, Reason.PAPER_OUT),
        (simulator.pause, lambda: simulator.pause(False), Reason.PAUSED),
        (simulator.take_out_ribbon, lambda: simulator.take_out_ribbon(False), Reason.RIBBON_OUT),
    ):
        act()
        with pytest.raises(PrinterNotReady) as refused:
            printer.send(label)
        assert refused.value.reasons == (reason,)
        undo()
    assert printer.status().reasons == ()
    assert simulator.jobs == []


def test_paper_that_ends_amid_a_job(simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes) -> None:
    simulator.load_paper(15)
    with pytest.raises(PrinterLost) as lost:
        printer.send(label * 3)
    assert (lost.value.sent_bytes, lost.value.reasons) == (3 * len(label), (Reason.PAPER_OUT,))
    assert simulator.jobs == [label] * 2
    simulator.load_paper()
    wait_until(lambda: simulator.jobs == [label] * 3)


def test_a_silent_printer_gets_nothing(
    simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.printer.labels.ANSWER_SECONDS", 0.1)
    simulator.go_silent()
    with pytest.raises(PrinterNotReady) as refused:
        printer.send(label)
    assert refused.value.reasons == (Reason.NOT_ANSWERING,)
    simulator.go_silent(False)
    printer.send(label)
    assert simulator.jobs == [label]


def test_no_drawer(printer: PrinterPort) -> None:
    with pytest.raises(NoDrawer):
        printer.open_drawer()


def test_unplugged_and_plugged_in_again(simulator: LabelPrinterSimulator, printer: PrinterPort, label: bytes) -> None:
    simulator.unplug()
    with pytest.raises(PrinterNotReady):
        printer.send(label)
    simulator.plug_in()
    printer.send(label)
    assert simulator.jobs == [label]
