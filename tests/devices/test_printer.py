"""Receipt printers over the real wire: status bits, jobs whole, every way to fail, and what is known of the outcome."""

from __future__ import annotations

import importlib.util
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from devices.address import parse_address
from devices.printer import PrinterLost, PrinterNotReady, PrinterStatus, Reason
from devices.printer import driver as escpos_driver
from devices.printer.driver import DRAWER_PULSE, EscPosPrinter
from devices.printer.escpos_stream import next_command
from devices.printer.protocol import TransportMissing
from devices.printer.simulator import EscPosPrinterSimulator
from devices.printer.status import escpos_status
from tests.devices.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECEIPT = b"\x1b@\x1c&" + "杏林诊所\n挂号票 3 号\n".encode("gb18030") + b"\x1bd\x03\x1dVB\x00"
# A picture whose data look like a cut and like a request for status.
PICTURE = b"\x1dv0\x00\x02\x00\x04\x00" + b"\x1dV\x00\x10\x04\x01\x1d\x72" + b"\n\x1dV\x00"
LONG = b"".join(f"line {n:05d}\n".encode() for n in range(2000)) + b"\x1dV\x00"


@pytest.fixture
def simulator(wire: str) -> Iterator[EscPosPrinterSimulator]:
    with EscPosPrinterSimulator(wire) as device:
        yield device


@pytest.fixture
def printer(simulator: EscPosPrinterSimulator) -> Iterator[EscPosPrinter]:
    driver = EscPosPrinter(parse_address(simulator.address))
    yield driver
    driver.close()


@pytest.mark.parametrize(
    ("answers", "field", "value"),
    [
        ("12 12 12 12", "online", True),
        ("1A 12 12 12", "online", False),
        ("16 12 12 12", "drawer_open", True),
        ("12 16 12 12", "cover_open", True),
        ("12 32 12 12", "paper_out", True),
        ("12 12 1A 12", "cutter_error", True),
        ("12 12 32 12", "other_error", True),
        ("12 12 12 1E", "paper_near_end", True),
        ("12 12 12 1E", "paper_out", False),
        ("12 12 12 72", "paper_out", True),
    ],
)
def test_status_bit_by_bit(answers: str, field: str, value: bool) -> None:
    status = escpos_status(bytes.fromhex(answers))
    assert getattr(status, field) is value
    well = escpos_status(bytes.fromhex("12 12 12 12"))
    assert (status == well) == (answers == "12 12 12 12")


def test_drawer_switch_of_the_other_kind() -> None:
    assert escpos_status(bytes.fromhex("12 12 12 12"), drawer_open_is_high=False).drawer_open
    assert not escpos_status(bytes.fromhex("16 12 12 12"), drawer_open_is_high=False).drawer_open


@pytest.mark.parametrize("answers", ["12 12 12", "12 12 12 00", "12 12 12 92", "12 12 12 13"])
def test_other_bytes_are_no_status(answers: str) -> None:
    with pytest.raises(ValueError, match="DLE EOT"):
        escpos_status(bytes.fromhex(answers))


@pytest.mark.parametrize(("number", "answer"), [(1, "1A"), (2, "36"), (3, "12"), (4, "7E")], ids=["printer", "offline", "error", "paper"])
def test_answers_byte_for_byte_on_the_bare_wire(number: int, answer: str) -> None:
    with EscPosPrinterSimulator() as device:
        device.open_cover()
        device.take_out_paper()
        where = parse_address(device.address)
        with socket.create_connection((where.target, where.port), 5) as line:
            line.sendall(b"\x10\x04" + bytes([number]))
            assert line.recv(10) == bytes.fromhex(answer)


@pytest.mark.parametrize(
    ("job", "lengths"),
    [
        (PICTURE, [16, 1, 3]),
        (b"\x1b*\x21\x02\x00\x1d\x56\x00\x0a\x0a\x0aA", [11, 1]),
        (b"\x1d(k\x04\x00\x1dV\x00A\x1b@", [9, 2]),
        (b"\x1dkI\x04{B12\x1dVB\x00", [8, 4]),
        (b"\x1dk\x0412\x00\n", [6, 1]),
        (b"\x1bp\x00\x3c\xff\x1cS\x00\x00AB\n", [5, 4, 2, 1]),
    ],
)
def test_commands_end_where_they_end(job: bytes, lengths: list[int]) -> None:
    stream = bytearray(job)
    found = []
    while length := next_command(stream):
        found.append(length)
        del stream[:length]
    assert found == lengths
    assert not stream
    for cut in range(1, lengths[0]):
        assert next_command(bytearray(job[:cut])) in (0, cut)


def test_a_job_arrives_byte_for_byte_and_is_confirmed(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    assert printer.confirms
    printer.send(RECEIPT)
    # It is printed when send returns, not some time later.
    assert simulator.jobs == [RECEIPT]
    printer.send(PICTURE)
    assert simulator.jobs == [RECEIPT, PICTURE]


def test_status_follows_what_a_person_does(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    assert printer.status() == PrinterStatus(
        online=True,
        cover_open=False,
        paper_out=False,
        paper_near_end=False,
        cutter_error=False,
        drawer_open=False,
        other_error=False,
    )
    simulator.open_cover()
    status = printer.status()
    assert (status.online, status.cover_open, status.reasons) == (False, True, (Reason.COVER_OPEN,))
    simulator.close_cover()
    simulator.load_paper(20)
    status = printer.status()
    assert (status.online, status.paper_near_end, status.reasons) == (True, True, ())
    simulator.take_out_paper()
    assert printer.status().reasons == (Reason.PAPER_OUT,)
    simulator.load_paper()
    assert printer.status().reasons == ()


@pytest.mark.parametrize("why", ["open_cover", "take_out_paper", "jam_cutter"])
def test_nothing_leaves_for_a_printer_that_is_not_ready(simulator: EscPosPrinterSimulator, printer: EscPosPrinter, why: str) -> None:
    getattr(simulator, why)()
    with pytest.raises(PrinterNotReady) as refused:
        printer.send(RECEIPT)
    assert refused.value.reasons
    assert refused.value.sent_nothing
    simulator.close_cover()
    simulator.load_paper()
    simulator.jam_cutter(False)
    assert (simulator.jobs, simulator.unfinished) == ([], b"")
    printer.send(RECEIPT)
    assert simulator.jobs == [RECEIPT]


def test_a_silent_printer_gets_nothing(simulator: EscPosPrinterSimulator, printer: EscPosPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escpos_driver, "ANSWER_SECONDS", 0.1)
    simulator.go_silent()
    with pytest.raises(PrinterNotReady) as refused:
        printer.send(RECEIPT)
    assert refused.value.reasons == (Reason.NOT_ANSWERING,)
    assert simulator.jobs == []


def test_paper_that_ends_amid_a_job_leaves_the_outcome_open(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    simulator.load_paper(1)
    with pytest.raises(PrinterLost) as lost:
        printer.send(RECEIPT)
    assert (lost.value.sent_bytes, lost.value.reasons) == (len(RECEIPT), (Reason.PAPER_OUT,))
    assert not getattr(lost.value, "sent_nothing", False)
    assert simulator.jobs == []
    assert simulator.unfinished
    # As with a real printer, the rest is printed when there is paper again: that is why the person is asked.
    simulator.load_paper()
    wait_until(lambda: simulator.jobs == [RECEIPT])


def test_a_slow_printer_is_waited_for(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    simulator.be_slow(5)
    printer.send(RECEIPT)
    assert simulator.jobs == [RECEIPT]


def test_a_printer_that_never_ends_is_given_up(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos_driver, "CONFIRM_SECONDS", 0.3)
    simulator.be_slow(0.2)
    with pytest.raises(PrinterLost) as lost:
        printer.send(RECEIPT)
    assert lost.value.reasons == (Reason.NOT_ANSWERING,)


def test_a_connection_that_breaks_amid_a_job() -> None:
    with EscPosPrinterSimulator() as simulator:
        printer = EscPosPrinter(parse_address(simulator.address))
        simulator.drop_after(12 + 5000)
        with pytest.raises(PrinterLost) as lost:
            printer.send(LONG)
        assert lost.value.reasons == (Reason.NOT_CONNECTED,)
        wait_until(lambda: bool(simulator.unfinished))
        assert simulator.jobs == []
        assert len(LONG) >= lost.value.sent_bytes
        printer.close()


def test_a_connection_that_breaks_before_the_confirmation() -> None:
    with EscPosPrinterSimulator() as simulator:
        printer = EscPosPrinter(parse_address(simulator.address))
        simulator.drop_after(12 + len(RECEIPT))
        with pytest.raises(PrinterLost) as lost:
            printer.send(RECEIPT)
        assert lost.value.sent_bytes == len(RECEIPT)
        wait_until(lambda: simulator.jobs == [RECEIPT])
        printer.send(RECEIPT)
        assert len(simulator.jobs) == 2
        printer.close()


def test_unplugged_and_plugged_in_again(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    printer.send(RECEIPT)
    simulator.unplug()
    for call in (printer.status, lambda: printer.send(RECEIPT), printer.open_drawer):
        with pytest.raises(PrinterNotReady) as refused:
            call()
        assert refused.value.reasons == (Reason.NOT_CONNECTED,)
    simulator.plug_in()
    printer.send(RECEIPT)
    assert simulator.jobs == [RECEIPT, RECEIPT]


def test_the_drawer_opens_also_without_paper(simulator: EscPosPrinterSimulator, printer: EscPosPrinter) -> None:
    simulator.take_out_paper()
    printer.open_drawer()
    wait_until(lambda: simulator.drawer_open)
    assert printer.status().drawer_open
    simulator.close_drawer()
    assert not printer.status().drawer_open
    assert simulator.drawer_pulses == 1
    assert bytes.fromhex("1B 70 00 3C FF") == DRAWER_PULSE
    simulator.load_paper()
    printer.send(RECEIPT)
    assert simulator.jobs == [RECEIPT]


def test_a_printer_without_ordered_answers() -> None:
    with EscPosPrinterSimulator() as simulator:
        printer = EscPosPrinter(parse_address(simulator.address + "?confirm=status"))
        printer.send(RECEIPT)
        wait_until(lambda: simulator.jobs == [RECEIPT])
        printer.close()


def test_a_printer_that_never_answers_is_not_believed_to_confirm() -> None:
    with EscPosPrinterSimulator() as simulator:
        simulator.go_silent()
        printer = EscPosPrinter(parse_address(simulator.address + "?answers=no"))
        assert not printer.confirms
        assert printer.status() == PrinterStatus(online=True)
        printer.send(RECEIPT)
        wait_until(lambda: simulator.jobs == [RECEIPT])
        printer.close()


def test_a_file_takes_jobs_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "out 纸.bin"
    printer = EscPosPrinter(parse_address(path.as_uri()))
    printer.send(RECEIPT)
    printer.send(PICTURE)
    printer.open_drawer()
    assert path.read_bytes() == RECEIPT + PICTURE + DRAWER_PULSE
    assert not printer.confirms


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    printer = EscPosPrinter(parse_address((tmp_path / "none" / "out.bin").as_uri()))
    with pytest.raises(PrinterNotReady):
        printer.send(RECEIPT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows prints through its own spooler")
def test_the_spooler_gets_whole_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs lp and lpstat are replaced by ones that write down what they get."""
    out = tmp_path / "job"
    for name, script in (("lpstat", 'case "$1" in -e) echo EPSON;; *) echo "device for EPSON: usb://x";; esac'), ("lp", f"cat >> {out}")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    EscPosPrinter(parse_address("spooler://EPSON")).send(RECEIPT)
    assert out.read_bytes() == RECEIPT
    with pytest.raises(PrinterNotReady):
        EscPosPrinter(parse_address("spooler://NONE")).send(RECEIPT)
    (tmp_path / "lp").write_text("#!/bin/sh\ncat > /dev/null\nexit 1\n")
    with pytest.raises(PrinterLost):
        EscPosPrinter(parse_address("spooler://EPSON")).send(RECEIPT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows prints through its own spooler")
def test_a_missing_spooler_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TransportMissing):
        EscPosPrinter(parse_address("spooler://EPSON")).send(RECEIPT)


def test_usb_without_its_package_says_so() -> None:
    if importlib.util.find_spec("usb"):
        with pytest.raises(PrinterNotReady):
            EscPosPrinter(parse_address("usb://04b8:0202")).send(RECEIPT)
    else:
        with pytest.raises(TransportMissing) as missing:
            EscPosPrinter(parse_address("usb://04b8:0202")).send(RECEIPT)
        assert missing.value.part == "pyusb"
