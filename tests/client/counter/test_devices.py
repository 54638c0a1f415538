"""The devices of the virtual counter, reached through the drivers in use."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from client.counter.cards import card_of, sample_cards
from client.counter.devices import A5, DISPLAY, LABEL, RECEIPT, SCANNER, VirtualDevices
from common.domain.idcard import parse_id_number
from common.errors import FieldWrong
from devices.idcard.simulator import record_of
from devices.printer import PrinterNotReady, Reason
from devices.registry import PrinterLanguage, open_display, open_idcard_reader, open_printer, open_scanner
from printing.catalog import render_document
from printing.documents.base import Copy
from printing.documents.drug_label import DrugLabel
from printing.media import Backend, Media
from printing.render import render_png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devices.scanner.protocol import Scanner

TODAY = date(2026, 11, 21)
LABEL_PAPER = DrugLabel(
    clinic="杏林诊所",
    copy=Copy(at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC), by="苏叶"),
    patient="陆知远",
    sex="男",
    age="38岁",
    drug="阿莫西林胶囊",
    specification="0.25g×24粒",
    quantity="2盒",
    usage="口服 一次0.5g（2粒） 每日3次",
    dispensed_on=TODAY,
    dispenser="苏叶",
    barcode="3000000017",
)


@pytest.fixture
def devices() -> Iterator[VirtualDevices]:
    with VirtualDevices() as made:
        yield made


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def scanned(scanner: Scanner, found: list[str]) -> bool:
    """Look once; what came goes to ``found``."""
    found += [scan.text for scan in scanner.poll()]
    return bool(found)


def test_a_card_is_read_once(devices: VirtualDevices) -> None:
    card = sample_cards(TODAY)[0]
    reader = open_idcard_reader("VIRTUAL", devices.addresses["idcard"])
    assert reader.poll() is None
    devices.insert_card(card)
    assert reader.poll() == card
    assert reader.poll() is None
    devices.remove_card()
    assert devices.card is None
    reader.close()


def test_a_scan_reaches_the_desk_or_says_that_nobody_listens(devices: VirtualDevices) -> None:
    assert devices.scan("2090000000018") is False
    scanner = open_scanner("VIRTUAL", devices.addresses[SCANNER])
    scanner.poll()
    wait_for(lambda: devices.scan("2090000000018"))
    found: list[str] = []
    wait_for(lambda: scanned(scanner, found))
    assert found == ["2090000000018"]
    scanner.close()


def test_a_label_comes_out_and_a_cover_stops_it(devices: VirtualDevices) -> None:
    heard: list[str] = []
    devices.listen(heard.append)
    printer = open_printer(devices.addresses[LABEL], PrinterLanguage.TSPL)
    paper = render_document(LABEL_PAPER, Backend.TSPL, Media.LABEL_60X40)
    printer.send(paper)
    wait_for(lambda: len(devices.jobs(LABEL)) == 1)
    assert render_png(devices.jobs(LABEL)[0], devices.media(LABEL))[0].startswith(b"\x89PNG")
    devices.open_cover(LABEL)
    with pytest.raises(PrinterNotReady) as refused:
        printer.send(paper)
    assert Reason.COVER_OPEN in refused.value.reasons
    assert len(devices.jobs(LABEL)) == 1
    devices.close_cover(LABEL)
    printer.send(paper)
    wait_for(lambda: len(devices.jobs(LABEL)) == 2 and heard.count(LABEL) == 4)
    printer.close()


def test_the_drawer_and_the_paper_of_the_receipt_printer(devices: VirtualDevices) -> None:
    printer = open_printer(devices.addresses[RECEIPT])
    printer.open_drawer()
    wait_for(lambda: devices.drawer_open)
    devices.close_drawer()
    assert not devices.drawer_open
    devices.take_out_paper()
    assert devices.paper_out(RECEIPT)
    with pytest.raises(PrinterNotReady):
        printer.send(b"\x1b@hello\n\x1dVB\x00")
    devices.load_paper()
    printer.send(b"\x1b@hello\n\x1dVB\x00")
    wait_for(lambda: len(devices.jobs(RECEIPT)) == 1)
    printer.close()


def test_pages_come_out_whole(devices: VirtualDevices) -> None:
    page = render_document(LABEL_PAPER, Backend.PDF, Media.LABEL_60X40)
    printer = open_printer(f"{devices.addresses[A5]}?answers=no")
    printer.send(page)
    printer.send(page)
    wait_for(lambda: len(devices.jobs(A5)) == 2)
    assert all(len(render_png(job, Media.A5)) == 1 for job in devices.jobs(A5))
    printer.close()


def test_what_the_customer_sees(devices: VirtualDevices) -> None:
    heard: list[str] = []
    devices.listen(heard.append)
    display = open_display(devices.addresses[DISPLAY])
    display.show("38.60", "11.40")
    wait_for(lambda: "38.60" in devices.rows[0])
    wait_for(lambda: DISPLAY in heard)
    display.close()


def test_sample_cards_hold_and_fit_on_a_card() -> None:
    cards = sample_cards(TODAY)
    assert len({card.number for card in cards}) == len(cards) == 10
    for card in cards:
        read = parse_id_number(card.number, TODAY)
        assert (read.sex, read.birth_date) == (card.sex, card.birth_date)
        assert len(record_of(card)) == 256
        assert card.valid_from <= TODAY


def test_a_typed_number_makes_a_card_or_says_what_is_wrong() -> None:
    card = card_of("110101199003070011", "李一", today=TODAY)
    assert (card.name, card.sex, card.birth_date) == ("李一", "1", date(1990, 3, 7))
    with pytest.raises(FieldWrong):
        card_of("110101199003070012", today=TODAY)
