"""The customer display over both wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devices.address import parse_address
from devices.display.driver import VfdDisplay, fitted, move_to
from devices.display.simulator import DisplaySimulator
from devices.errors import PortLost
from tests.devices.conftest import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def simulator(wire: str) -> Iterator[DisplaySimulator]:
    with DisplaySimulator(wire) as device:
        yield device


@pytest.fixture
def display(simulator: DisplaySimulator) -> Iterator[VfdDisplay]:
    driver = VfdDisplay(parse_address(simulator.address))
    yield driver
    driver.close()


def test_two_rows_replace_what_was_there(simulator: DisplaySimulator, display: VfdDisplay) -> None:
    display.show("应付 38.60", "Thank you")
    wait_until(lambda: simulator.rows == ("应付 38.60", "Thank you"))
    display.show("收 50.00", "找零 11.40")
    wait_until(lambda: simulator.rows == ("收 50.00", "找零 11.40"))
    display.clear()
    wait_until(lambda: simulator.rows == ("", ""))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12345678901234567890123", "12345678901234567890"),
        ("一二三四五六七八九十百", "一二三四五六七八九十"),
        ("1一二三四五六七八九十", "1一二三四五六七八九"),
        ("𠮷祥", "?祥"),
        ("a\x0cb\x1b@", "ab@"),
        ("\ud800", ""),
    ],
)
def test_rows_are_cut_between_characters(text: str, shown: str) -> None:
    assert fitted(text).decode("gb18030") == shown


def test_cursor_command() -> None:
    assert move_to(1, 2) == bytes.fromhex("1F 24 01 02")


def test_unplugged_and_plugged_in_again(simulator: DisplaySimulator, display: VfdDisplay) -> None:
    display.show("first")
    wait_until(lambda: simulator.rows[0] == "first")
    simulator.unplug()
    with pytest.raises(PortLost):
        for _ in range(5):  # TCP accepts a first write to a closed peer
            display.show("second")
    simulator.plug_in()
    display.show("third")
    wait_until(lambda: simulator.rows[0] == "third")


def test_a_change_is_told() -> None:
    told: list[tuple[str, str]] = []
    with DisplaySimulator(on_change=told.append) as simulator:
        display = VfdDisplay(parse_address(simulator.address))
        display.show("应付 38.60")
        wait_until(lambda: bool(told) and told[-1] == ("应付 38.60", ""))
        display.close()
