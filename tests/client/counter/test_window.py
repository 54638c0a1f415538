"""The counter's window: what a person does there reaches the devices, and the paper that came out lies there."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from client import capture, texts
from client.counter.codes import OfferedCode, codes_on, printed_codes
from client.counter.devices import A5, LABEL, RECEIPT, VirtualDevices
from client.counter.window import Counter
from common.domain.barcodes import OwnKind, make_code
from common.i18n import CHINESE, ENGLISH
from devices.registry import PrinterLanguage, open_idcard_reader, open_printer, open_scanner
from printing.catalog import render_document
from printing.media import Backend, Media
from tests.client.counter.test_devices import LABEL_PAPER, scanned
from tests.printing import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication

    from printing.catalog import AnyDocument


@pytest.fixture
def devices() -> Iterator[VirtualDevices]:
    with VirtualDevices() as made:
        yield made


@pytest.fixture
def counter(app: QApplication, devices: VirtualDevices) -> Iterator[Counter]:
    made = Counter(devices, lambda: (OfferedCode("阿莫西林胶囊 追溯码", "89000010000000000001"),))
    made.show()
    capture.settle()
    yield made
    made.close()
    made.deleteLater()
    capture.settle()


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        capture.settle()
        time.sleep(0.005)


def print_on(devices: VirtualDevices, role: str, paper: AnyDocument) -> None:
    if role == A5:
        printer, data = open_printer(f"{devices.addresses[A5]}?answers=no"), render_document(paper, Backend.PDF)
    elif role == LABEL:
        printer, data = open_printer(devices.addresses[LABEL], PrinterLanguage.TSPL), render_document(paper, Backend.TSPL)
    else:
        printer, data = open_printer(devices.addresses[RECEIPT]), render_document(paper, Backend.ESCPOS, Media.ROLL_80)
    printer.send(data)
    printer.close()


def test_a_card_is_laid_on_the_reader_by_enter(counter: Counter, devices: VirtualDevices) -> None:
    reader = open_idcard_reader(devices.addresses["idcard"])
    cards = counter.table().reader.cards
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_Down)
    QTest.keyClick(cards, Qt.Key.Key_Return)
    assert devices.card == cards.rows()[1]
    assert reader.poll() == devices.card
    capture.settle()
    assert counter.table().reader.state.text() == cards.rows()[1].name
    reader.close()


def test_a_wrong_number_is_said(counter: Counter, devices: VirtualDevices) -> None:
    machine = counter.table().reader
    machine.number.setText("110101199003070012")
    QTest.keyClick(machine.number, Qt.Key.Key_Return)
    assert devices.card is None
    assert "校验" in machine.wrong.text()
    machine.number.setText("110101199003070011")
    QTest.keyClick(machine.number, Qt.Key.Key_Return)
    assert devices.reader.card_inserted
    assert machine.wrong.text() == ""


def test_codes_are_scanned_and_nobody_listening_is_said(counter: Counter, devices: VirtualDevices) -> None:
    machine = counter.table().scanner
    machine.codes.chosen.emit(machine.codes.rows()[0])
    assert machine.state.text() == "没有窗口在接收"
    scanner = open_scanner(devices.addresses["scanner"])
    scanner.poll()
    wait_for(lambda: devices.scanner.connected)
    machine.field.setText("2090000000018")
    QTest.keyClick(machine.field, Qt.Key.Key_Return)
    found: list[str] = []
    wait_for(lambda: scanned(scanner, found))
    assert found == ["2090000000018"]
    scanner.close()


def test_paper_lies_there_and_its_codes_can_be_scanned(counter: Counter, devices: VirtualDevices) -> None:
    table = counter.table()
    print_on(devices, RECEIPT, samples.registration_slip())
    print_on(devices, LABEL, LABEL_PAPER)
    print_on(devices, A5, samples.prescription())
    wait_for(lambda: table.receipt.strip.pieces() == 1 and table.label.strip.pieces() == 1 and table.a5.strip.pieces() >= 1)
    slip = samples.registration_slip(barcode=make_code(OwnKind.VISIT, 1234))
    print_on(devices, RECEIPT, slip)
    wait_for(lambda: len(devices.jobs(RECEIPT)) == 2)
    assert codes_on(devices.jobs(RECEIPT)[-1]) == [slip.barcode]
    assert codes_on(devices.jobs(LABEL)[0]) == [LABEL_PAPER.barcode]
    assert OfferedCode("挂号单 1234", slip.barcode) in printed_codes(devices)


def test_cover_and_paper(counter: Counter, devices: VirtualDevices) -> None:
    machine = counter.table().receipt
    machine.cover.click()
    capture.settle()
    assert devices.cover_open(RECEIPT)
    assert machine.state.text() == "盖子开着"
    machine.cover.click()
    machine.paper.click()
    capture.settle()
    assert not devices.cover_open(RECEIPT)
    assert devices.paper_out(RECEIPT)
    assert machine.state.text() == "缺纸"


def test_it_speaks_both_languages(counter: Counter) -> None:
    texts.speak(ENGLISH)
    assert counter.table().receipt.cover.text() == "Open the cover"
    texts.speak(CHINESE)
    assert counter.table().receipt.cover.text() == "打开盖子"


def test_several_desks_have_tables_of_their_own(app: QApplication) -> None:
    with VirtualDevices() as one, VirtualDevices() as other:
        counter = Counter({"收费": one, "药房": other})
        counter.show_desk("药房")
        assert counter.table().devices is other
        with pytest.raises(ValueError, match="挂号"):
            counter.show_desk("挂号")
        counter.close()
        counter.deleteLater()
        capture.settle()


def test_serial_numbers_of_packs_differ() -> None:
    from client.counter.codes import SamplePack

    pack = SamplePack("2090000000018", "8900001")
    codes = {pack.trace_code(serial) for serial in itertools.islice(itertools.count(1), 5)}
    assert len(codes) == 5
    assert all(len(code) == 20 for code in codes)
