"""The page of this desk's devices: addresses taken apart and put together, tried on simulators at the other end of the wire, and saved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest

from client import settings, texts
from client.settings import DeskSettings
from client.shell.devices import model
from client.shell.devices.view import DevicesDesk
from common.i18n import CHINESE, ENGLISH
from devices.display.simulator import DisplaySimulator
from devices.errors import AddressWrong
from devices.idcard.protocol import IdCard, IdCardKind
from devices.idcard.simulator import IdCardReaderSimulator
from devices.printer.label_simulator import ZplPrinterSimulator
from devices.printer.simulator import EscPosPrinterSimulator
from devices.scanner.simulator import ScannerSimulator
from tests.client.stage import Stage, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from client.shell.devices.trials import Verdict

CARD = IdCard(
    kind=IdCardKind.CITIZEN, name="欧阳小明", sex="1", birth_date=date(1985, 3, 14), number="110101198503140036", issuer="北京市公安局",
    valid_from=date(2015, 1, 1), valid_to=None, ethnic_code="01", address="北京市东城区",
)  # fmt: skip


@pytest.fixture
def desk(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DevicesDesk]:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    made = DevicesDesk(stage.place)
    stage.show(made)
    made.setFocus()
    yield made
    stage.place.devices.stop()


@pytest.fixture
def at(stage: Stage, desk: DevicesDesk) -> Callable[[str, str], None]:
    """Set a role's address as a person does: choose the device, the way, type."""

    def set_up(role: str, address: str) -> None:
        setting = model.read(address)
        desk.table.select(role)
        desk.form.way.set_code(setting.way)
        desk.form.way.chosen.emit(setting.way)
        desk.form.target.setFocus()
        stage.type(setting.target)

    return set_up


def verdict(stage: Stage, desk: DevicesDesk, role: str) -> Verdict:
    """What came of a trial, once it has."""
    stage.settle(until=lambda: desk.trials.verdict(role).tone not in ("plain", "info"), seconds=30)
    return desk.trials.verdict(role)


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("receipt", "tcp://192.168.1.60:9100?roll=58&drawer=low"),
        ("label", "usb://04b8:0202?language=zpl"),
        ("a5", "spooler://HP%20LaserJet%20%E8%AF%8A%E5%AE%A4"),
        ("idcard", "serial:///dev/ttyUSB0?baud=9600"),
        ("idcard", "serial://COM3"),
        ("receipt", "file:///dev/usb/lp0"),
        ("receipt", "file:///C:/out.bin"),
        ("scanner", "VIRTUAL"),
        ("display", ""),
    ],
)
def test_an_address_survives_being_taken_apart(role: str, address: str) -> None:
    assert model.write(role, model.read(address)) == address


def test_a_printer_needs_no_port_and_a_reader_does() -> None:
    assert model.write("receipt", model.Setting(way=model.NETWORK, target="192.168.1.60")) == "tcp://192.168.1.60:9100"
    for role, target in (("idcard", "192.168.1.60"), ("receipt", ""), ("receipt", "tcp://x:1"), ("label", "a b")):
        with pytest.raises(AddressWrong):
            model.write(role, model.Setting(way=model.NETWORK if target != "a b" else model.USB, target=target))


def test_virtual_devices_are_for_training(app: object, tmp_path: Path) -> None:
    assert model.SIMULATED not in dict(model.ways("receipt", model.NETWORK, virtual=False))
    trainee = Stage(tmp_path)
    trainee.place.session = msgspec.structs.replace(session(), clinic=msgspec.structs.replace(session().clinic, training=True))
    desk = DevicesDesk(trainee.place)
    trainee.show(desk)
    assert model.SIMULATED in desk.form.way.codes()
    assert model.USB in desk.form.way.codes()
    desk.table.select("idcard")
    assert desk.form.way.codes() == [model.NONE, model.NETWORK, model.SERIAL, model.SIMULATED]
    trainee.close()


def test_a_receipt_printer_is_set_up_tried_and_saved_by_the_keyboard(stage: Stage, desk: DevicesDesk) -> None:
    printer = EscPosPrinterSimulator()
    assert desk.table.hasFocus()
    stage.press("F8")
    assert "怎么接" in stage.said(), "nothing to try yet, and the desk says why"
    stage.press("Return", "2", "Return")
    stage.type(printer.address.removeprefix("tcp://"))
    stage.press("Return", "Right", "F8")
    assert verdict(stage, desk, "receipt").tone == "done"
    assert len(printer.jobs) == 1
    assert "测试页".encode("gb18030") in printer.jobs[0]
    assert b"12345678901234567890123456789012\n" in printer.jobs[0], "58 mm was chosen"
    assert settings.load() == DeskSettings(), "trying is not saving"
    stage.press("F7")
    stage.settle(until=lambda: printer.drawer_open)
    stage.press("F12")
    assert settings.load().devices == {"receipt": f"{printer.address}?roll=58"}
    stage.press("F12")
    assert stage.said() == "没有改动。"
    stage.place.devices.stop()
    printer.close()


def test_a_printer_in_trouble_says_so_in_both_languages(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    printer = ZplPrinterSimulator()
    at("label", printer.address)
    desk.form.option.set_code("zpl")
    desk.form.option.chosen.emit("zpl")
    printer.open_cover()
    stage.press("F8")
    assert verdict(stage, desk, "label").tone == "danger"
    assert "盖" in desk.form.sentence.text()
    texts.speak(ENGLISH)
    stage.settle()
    assert "cover" in desk.form.sentence.text()
    assert desk.form.title.text() == "Label printer"
    texts.speak(CHINESE)
    stage.place.devices.stop()
    printer.close()


def test_a_card_and_a_scan_are_waited_for(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    reader, scanner = IdCardReaderSimulator(), ScannerSimulator()
    at("idcard", reader.address)
    stage.press("F8")
    assert desk.trials.verdict("idcard").tone == "info"
    reader.insert_card(CARD)
    assert "欧**明，尾号 0036" in verdict(stage, desk, "idcard").sentence
    at("scanner", scanner.address)
    stage.press("F8")
    stage.settle(until=lambda: scanner.connected)
    scanner.scan("6901234567892")
    assert "6901234567892" in verdict(stage, desk, "scanner").sentence
    stage.place.devices.stop()
    reader.close()
    scanner.close()


def test_a_wait_for_a_card_ends(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    reader = IdCardReaderSimulator()
    at("idcard", reader.address)
    stage.press("F8")
    desk.trials._wait.setInterval(1)
    assert "20 秒" in verdict(stage, desk, "idcard").sentence
    stage.place.devices.stop()
    reader.close()


def test_a_scanner_that_types_shows_itself_without_any_port(stage: Stage, desk: DevicesDesk) -> None:
    desk.table.select("scanner")
    stage.press("F8")
    stage.scan("6901234567892")
    assert "6901234567892" in verdict(stage, desk, "scanner").sentence


def test_the_display_shows_the_clinic(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    display = DisplaySimulator()
    at("display", display.address)
    stage.press("F8")
    assert verdict(stage, desk, "display").tone == "done"
    stage.settle(until=lambda: display.rows[0] == "杏林门诊部")
    stage.place.devices.stop()
    display.close()


def test_an_address_that_is_none_is_refused_where_it_stands(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    at("idcard", "tcp://192.168.1.60")
    desk.table.select("receipt")
    stage.press("F12")
    assert desk.role() == "idcard", "the page goes where the mistake is"
    assert desk.form.target.hasFocus()
    assert desk.form.target.property("wrong")
    assert "tcp://192.168.1.60" in stage.said()
    assert stage.place.settings.devices == {}


def test_what_was_tried_and_not_saved_is_forgotten_after_a_question(
    stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]
) -> None:
    left: list[bool] = []
    desk.left.connect(lambda: left.append(True))
    at("receipt", "tcp://127.0.0.1:1")
    stage.press("F8")
    assert verdict(stage, desk, "receipt").tone == "danger"
    stage.press("Esc")
    frame = stage.frame
    assert frame is not None
    assert frame.question.isVisible()
    assert not left
    stage.press("Esc")
    assert not left, "no leaves everything as it is"
    stage.press("Esc", "Tab", "Return")
    assert left
    desk.wind_up()
    assert stage.place.settings.devices == {}
    assert settings.load().devices == {}


def test_a_disk_that_takes_nothing_is_said(
    stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    monkeypatch.setenv("XINGLIN_HOME", str(in_the_way / "home"))
    at("receipt", "tcp://127.0.0.1:9100")
    stage.press("F12")
    assert "写不了文件" in stage.said()


def test_tab_visits_every_field_and_comes_back(stage: Stage, desk: DevicesDesk, at: Callable[[str, str], None]) -> None:
    at("label", "serial://COM3")
    desk.table.setFocus()
    form = desk.form
    wanted = [form.way, form.target, form.speed, form.option, form.test, desk.table]
    for target in wanted:
        stage.press("Tab")
        assert target.hasFocus()
    for target in reversed([desk.table, *wanted[:-1]]):
        stage.press("Shift+Tab")
        assert target.hasFocus()
