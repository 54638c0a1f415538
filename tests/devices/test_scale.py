"""The scale over both wires: frames of several makers, swinging and at rest, too heavy, garbled, silent, unplugged."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from devices.address import parse_address
from devices.errors import DeviceTrouble, PortLost
from devices.registry import open_scale
from devices.scale import Reading
from devices.scale import driver as driver_module
from devices.scale.driver import SerialScale
from devices.scale.protocol import ScaleOverloaded, ScaleSilent, ScaleUnreadable, read_frame
from devices.scale.simulator import ScaleSimulator
from devices.wire.simulator import TCP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def simulator(wire: str) -> Iterator[ScaleSimulator]:
    with ScaleSimulator(wire) as device:
        yield device


@pytest.fixture
def scale(simulator: ScaleSimulator) -> Iterator[SerialScale]:
    driver = SerialScale(parse_address(simulator.address))
    yield driver
    driver.close()


def until(scale: SerialScale, wanted: Callable[[Reading], bool], seconds: float = 20.0) -> list[Reading]:
    """What was read until something wanted came."""
    found: list[Reading] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        reading = scale.poll()
        if reading is not None:
            found.append(reading)
            if wanted(reading):
                return found
        time.sleep(0.01)
    raise AssertionError(f"never came: {found[-5:]}")


def trouble(scale: SerialScale, seconds: float = 20.0) -> DeviceTrouble:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            scale.poll()
        except DeviceTrouble as error:
            return error
        time.sleep(0.01)
    raise AssertionError("no trouble came")


@pytest.mark.parametrize(
    ("line", "grams", "stable"),
    [
        (b"ST,GS,+  12.34g", "12.34", True), (b"US,GS,+ 105.00g ", "105.00", False), (b"ST,NT,-   3.10g", "-3.10", True),
        (b"ST,+00105.26  g", "105.26", True), (b"ST,GS,  0.105kg", "105.000", True), (b"st,gs,+0.0 g", "0.0", True),
    ],
)  # fmt: skip
def test_frames_of_several_makers(line: bytes, grams: str, stable: bool) -> None:
    assert read_frame(line) == Reading(Decimal(grams), stable)


@pytest.mark.parametrize("line", [b"ST,GS,+  12.3", b"12.34g", b"ST,GS,+ 1 2.3g", b"\xff\x80", b"ST,GS,+ 12.34lb", b"ST,GS,+12,34g"])
def test_what_is_no_frame_is_no_weight(line: bytes) -> None:
    with pytest.raises(ScaleUnreadable):
        read_frame(line)


def test_the_weight_swings_and_comes_to_rest(simulator: ScaleSimulator, scale: SerialScale) -> None:
    until(scale, lambda reading: reading == Reading(Decimal("0.00"), stable=True))
    simulator.lay_on(Decimal("105.20"))
    found = until(scale, lambda reading: reading.stable and reading.grams > 0)
    assert found[-1].grams == Decimal("105.20")
    assert all(reading.stable is (reading.grams in (Decimal(0), Decimal("105.20"))) for reading in found)


def test_too_heavy_is_said_and_passes(simulator: ScaleSimulator, scale: SerialScale) -> None:
    until(scale, lambda reading: reading.stable)
    simulator.lay_on(Decimal(3001))
    assert isinstance(trouble(scale), ScaleOverloaded)
    simulator.lay_on(Decimal(20))
    _settled(scale, Decimal(20))


def test_a_garbled_line_is_said_and_the_next_one_read(simulator: ScaleSimulator, scale: SerialScale) -> None:
    until(scale, lambda reading: reading.stable)
    deadline = time.monotonic() + 20
    said = None
    while said is None and time.monotonic() < deadline:  # a good frame right behind it would cover it
        simulator.send_badly()
        try:
            scale.poll()
        except ScaleUnreadable as error:
            said = error
        time.sleep(0.005)
    assert said is not None
    _settled(scale, Decimal(0))


def test_a_scale_that_says_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "SILENT_SECONDS", 0)
    with ScaleSimulator(TCP) as device:
        monkeypatch.setattr(device, "tick", lambda: None)
        mute = open_scale(device.address)
        assert isinstance(trouble(mute), ScaleSilent)  # type: ignore[arg-type]
        mute.close()


def test_unplugged_and_plugged_in_again(simulator: ScaleSimulator, scale: SerialScale) -> None:
    until(scale, lambda reading: reading.stable)
    simulator.unplug()
    assert isinstance(trouble(scale), DeviceTrouble)
    simulator.plug_in()
    simulator.lay_on(Decimal("7.50"))
    _settled(scale, Decimal("7.50"))


def _settled(scale: SerialScale, grams: Decimal, seconds: float = 20.0) -> None:
    """It weighs ``grams`` in the end, whatever trouble comes before."""
    deadline = time.monotonic() + seconds
    reading = None
    while time.monotonic() < deadline:
        try:
            reading = scale.poll() or reading
        except DeviceTrouble as error:
            assert not isinstance(error, PortLost) or reading is None or seconds
        if reading == Reading(grams, stable=True):
            return
        time.sleep(0.01)
    raise AssertionError(reading)
