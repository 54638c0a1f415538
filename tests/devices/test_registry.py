"""Addresses, and the drivers that they select."""

from __future__ import annotations

import pytest

from devices.address import Transport, parse_address
from devices.display.driver import VfdDisplay
from devices.display.simulator import DisplaySimulator
from devices.errors import AddressWrong, NoVirtualDevice, TransportNotFit
from devices.idcard.driver import SerialIdCardReader
from devices.idcard.simulator import IdCardReaderSimulator
from devices.printer.driver import EscPosPrinter
from devices.printer.label_simulator import ZplPrinterSimulator
from devices.printer.labels import TsplPrinter, ZplPrinter
from devices.registry import (
    DeviceKind,
    DeviceSetting,
    PrinterLanguage,
    open_display,
    open_idcard_reader,
    open_printer,
    open_scanner,
)
from devices.scanner.driver import SerialScanner
from tests.devices import cards


@pytest.mark.parametrize(
    ("text", "transport", "target", "port", "options"),
    [
        ("tcp://127.0.0.1:9100", Transport.TCP, "127.0.0.1", 9100, {}),
        ("socket://printer.local:9100", Transport.TCP, "printer.local", 9100, {}),
        ("tcp://[::1]:9100", Transport.TCP, "::1", 9100, {}),
        ("serial:///dev/ttyUSB0?baud=115200", Transport.SERIAL, "/dev/ttyUSB0", 0, {"baud": "115200"}),
        ("serial://COM3", Transport.SERIAL, "COM3", 0, {}),
        ("usb://04b8:0202", Transport.USB, "04b8:0202", 0, {}),
        ("spooler://EPSON", Transport.SPOOLER, "EPSON", 0, {}),
        ("spooler://EPSON%20TM-T88", Transport.SPOOLER, "EPSON TM-T88", 0, {}),
        ("file:///tmp/out.bin", Transport.FILE, "/tmp/out.bin", 0, {}),
        ("file:///C:/out.bin", Transport.FILE, "C:/out.bin", 0, {}),
    ],
)
def test_addresses(text: str, transport: Transport, target: str, port: int, options: dict[str, str]) -> None:
    address = parse_address(text)
    assert (address.transport, address.target, address.port, address.options) == (transport, target, port, options)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "COM3",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:x",
        "tcp://:9100",
        "usb://zz:1",
        "serial://",
        "http://a:1",
        "file://",
        "tcp://[::1:9100",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressWrong) as wrong:
        parse_address(text)
    assert wrong.value.address == text


@pytest.mark.parametrize("baud", ["0", "-1", "x", "٣"])
def test_what_is_no_speed(baud: str) -> None:
    with pytest.raises(AddressWrong):
        open_scanner(f"serial:///dev/ttyUSB0?baud={baud}")


def test_each_kind_has_its_driver() -> None:
    assert isinstance(open_printer("tcp://127.0.0.1:9100"), EscPosPrinter)
    assert isinstance(open_printer("tcp://127.0.0.1:9100", PrinterLanguage.ZPL), ZplPrinter)
    assert isinstance(open_printer("tcp://127.0.0.1:9100", PrinterLanguage.TSPL), TsplPrinter)
    assert isinstance(open_idcard_reader("serial://COM3"), SerialIdCardReader)
    assert isinstance(open_scanner("serial://COM4"), SerialScanner)
    assert isinstance(open_display("serial://COM5"), VfdDisplay)


@pytest.mark.parametrize("address", ["usb://04b8:0202", "spooler://EPSON", "file:///tmp/x"])
def test_readers_need_a_line(address: str) -> None:
    for opener in (open_idcard_reader, open_scanner, open_display):
        with pytest.raises(TransportNotFit):
            opener(address)


def test_virtual_is_the_same_driver_at_the_simulators_address() -> None:
    setting = DeviceSetting(kind=DeviceKind.IDCARD_READER)
    with IdCardReaderSimulator() as cards_device, ZplPrinterSimulator() as labels, DisplaySimulator() as shown:
        reader = open_idcard_reader(setting.address, virtual=cards_device.address)
        cards_device.insert_card(cards.CITIZEN)
        assert isinstance(reader, SerialIdCardReader)
        assert reader.poll() == cards.CITIZEN
        printer = open_printer("virtual", PrinterLanguage.ZPL, virtual=labels.address)
        printer.send(b"^XA^XZ")
        assert labels.jobs == [b"^XA^XZ"]
        display = open_display("VIRTUAL", virtual=shown.address)
        display.show("1")
        for device in (reader, printer, display):
            device.close()


def test_virtual_without_a_simulator_says_so() -> None:
    with pytest.raises(NoVirtualDevice) as missing:
        open_scanner("VIRTUAL")
    assert missing.value.device == DeviceKind.SCANNER.value
