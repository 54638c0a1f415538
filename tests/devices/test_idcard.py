"""The card reader over its real frames: byte vectors, every kind of card, every fault, unplugged and replugged."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.address import parse_address
from devices.errors import PortLost, PortNotFound, WrongPortThread
from devices.idcard import frames, record
from devices.idcard.driver import SerialIdCardReader
from devices.idcard.frames import Action
from devices.idcard.protocol import (
    CardRecordWrong,
    ChecksumWrong,
    NoiseOnLine,
    ReaderRefused,
    ReaderSilent,
    ReaderTrouble,
    ReplyCutShort,
    ReplyLengthWrong,
)
from devices.idcard.simulator import IdCardReaderSimulator, ReaderFault, record_of
from devices.wire.port import Port
from tests.devices import cards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devices.idcard import IdCard


@pytest.fixture
def simulator(wire: str) -> Iterator[IdCardReaderSimulator]:
    with IdCardReaderSimulator(wire) as device:
        yield device


@pytest.fixture
def reader(simulator: IdCardReaderSimulator) -> Iterator[SerialIdCardReader]:
    driver = SerialIdCardReader(parse_address(simulator.address))
    yield driver
    driver.close()


@pytest.mark.parametrize(
    ("action", "vector"),
    [
        (Action.STATUS, "AAAAAA9669 0003 11 FF ED"),
        (Action.FIND, "AAAAAA9669 0003 20 01 22"),
        (Action.SELECT, "AAAAAA9669 0003 20 02 21"),
        (Action.READ, "AAAAAA9669 0003 30 01 32"),
    ],
)
def test_requests_byte_for_byte(action: Action, vector: str) -> None:
    assert action.request == bytes.fromhex(vector)


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("AAAAAA9669 0003 11 FF ED", "AAAAAA9669 0004 00 00 90 94"),
        ("AAAAAA9669 0003 20 01 22", "AAAAAA9669 0008 00 00 9F 00 00 00 00 97"),
        ("AAAAAA9669 0003 20 02 21", "AAAAAA9669 000C 00 00 90 00 00 00 00 00 00 00 00 9C"),
    ],
)
def test_answers_byte_for_byte_on_the_bare_wire(request_hex: str, answer_hex: str) -> None:
    with IdCardReaderSimulator() as device:
        device.insert_card(cards.CITIZEN)
        where = parse_address(device.address)
        with socket.create_connection((where.target, where.port), 5) as line:
            line.sendall(bytes.fromhex(request_hex))
            assert line.recv(100) == bytes.fromhex(answer_hex)


def test_read_answer_has_1295_bytes_and_the_heads_of_the_vector() -> None:
    with IdCardReaderSimulator() as device:
        device.insert_card(cards.CITIZEN)
        port = Port(parse_address(device.address), frames.BAUD)
        port.write(Action.FIND.request + Action.SELECT.request)
        port.read(15 + 19, 2)
        port.write(Action.READ.request)
        answer = port.read(2000, 0.5)
        port.close()
    assert len(answer) == 1295
    assert answer.startswith(bytes.fromhex("AAAAAA9669 0508 0000 90 0100 0400"))
    assert frames.checksum(answer[5:]) == 0


@pytest.mark.parametrize("card", cards.ALL, ids=lambda card: card.kind + card.sex)
def test_every_kind_of_card_is_read(simulator: IdCardReaderSimulator, reader: SerialIdCardReader, card: IdCard) -> None:
    assert reader.poll() is None
    simulator.insert_card(card)
    assert reader.poll() == card


def test_a_card_is_given_once_until_it_is_taken_away(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    simulator.insert_card(cards.CITIZEN)
    assert reader.poll() == cards.CITIZEN
    assert [reader.poll() for _ in range(3)] == [None, None, None]
    simulator.remove_card()
    assert reader.poll() is None
    simulator.insert_card(cards.CITIZEN)
    assert reader.poll() == cards.CITIZEN


def test_a_reader_that_finds_the_lying_card_again_does_not_give_it_twice(
    simulator: IdCardReaderSimulator, reader: SerialIdCardReader
) -> None:
    simulator.insert_card(cards.CITIZEN)
    assert reader.poll() == cards.CITIZEN
    # Some readers do not halt the card: the same find would succeed again.
    simulator.insert_card(cards.CITIZEN)
    assert reader.poll() is None
    simulator.remove_card()
    assert reader.poll() is None
    simulator.insert_card(cards.ELDERLY)
    assert reader.poll() == cards.ELDERLY


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ReaderFault.ONLY_NOISE, NoiseOnLine(action="find", received=9)),
        (ReaderFault.BAD_CHECKSUM, ChecksumWrong(action="find", expected=0x97, received=0x68)),
        (ReaderFault.HALF_FRAME, ReplyCutShort(action="find", wanted=15, received=10)),
        (ReaderFault.IMPOSSIBLE_LENGTH, ReplyLengthWrong(action="find", length=0xFFFF)),
        (ReaderFault.WRONG_LENGTH, ReplyLengthWrong(action="find", length=5)),
        (ReaderFault.SILENCE, ReaderSilent(action="find", seconds=0.8)),
        (ReaderFault.SELECT_FAILS, ReaderRefused(action="select", code=0x81)),
        (ReaderFault.READ_FAILS, ReaderRefused(action="read", code=0x41)),
    ],
    ids=lambda value: value if isinstance(value, ReaderFault) else "",
)
def test_faults_have_names_and_pass(
    simulator: IdCardReaderSimulator, reader: SerialIdCardReader, fault: ReaderFault, error: ReaderTrouble
) -> None:
    simulator.insert_card(cards.CITIZEN)
    simulator.break_by(fault)
    with pytest.raises(type(error)) as raised:
        reader.poll()
    assert raised.value.fields == error.fields
    assert raised.value.sentence()
    simulator.mend()
    assert reader.poll() == cards.CITIZEN


def test_noise_before_a_whole_frame_is_skipped(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    simulator.insert_card(cards.CITIZEN)
    simulator.break_by(ReaderFault.NOISE_BEFORE)
    assert reader.poll() == cards.CITIZEN


def test_self_test(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    reader.self_test()
    simulator.break_by(ReaderFault.SELF_TEST_FAILS)
    with pytest.raises(ReaderRefused) as refused:
        reader.self_test()
    assert refused.value.code == 0x60


def test_a_late_answer_is_not_taken_for_the_next_one(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    reader.poll()
    simulator.insert_card(cards.CITIZEN)
    simulator.send(bytes.fromhex("AAAAAA9669 0004 000080 84"))
    time.sleep(0.05)
    assert reader.poll() == cards.CITIZEN


def test_unplugged_and_plugged_in_again(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    assert reader.poll() is None
    simulator.unplug()
    with pytest.raises(PortLost):
        reader.poll()
    with pytest.raises(PortNotFound):
        reader.poll()
    simulator.plug_in()
    simulator.insert_card(cards.HONG_KONG)
    assert reader.poll() == cards.HONG_KONG


def test_another_thread_may_not_use_the_reader(reader: SerialIdCardReader) -> None:
    reader.poll()
    errors: list[BaseException] = []

    def intrude() -> None:
        try:
            reader.poll()
        except WrongPortThread as error:
            errors.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert len(errors) == 1


# --- the record --------------------------------------------------------------------------------------------------------


def test_layout_of_a_citizens_record() -> None:
    text = record_of(cards.CITIZEN)
    assert len(text) == 256
    assert text[0:30].decode("utf-16-le").rstrip() == "张小三"
    assert text[30:32] == "1".encode("utf-16-le")
    assert text[122:158].decode("utf-16-le") == "110101199003070011"
    assert text[204:220].decode("utf-16-le") == "20350601"
    assert text[248:250] == " ".encode("utf-16-le")


@pytest.mark.parametrize(
    ("offset", "text", "field"),
    [
        (0, " " * 15, record.NAME),
        (30, "7", record.SEX),
        (32, "xx", record.ETHNIC_GROUP),
        (36, "19900230", record.BIRTH_DATE),
        (36, "１９９００３０７", record.BIRTH_DATE),
        (122, "11010119900307001A", record.NUMBER),
        (188, "        ", record.VALID_FROM),
        (204, "长期有效", record.VALID_TO),
        (248, "Z", record.CARD_KIND),
    ],
)
def test_a_field_that_cannot_be_is_named(offset: int, text: str, field: str) -> None:
    broken = bytearray(record_of(cards.CITIZEN))
    broken[offset : offset + 2 * len(text)] = text.encode("utf-16-le")
    with pytest.raises(CardRecordWrong) as wrong:
        record.read_record(bytes(broken))
    assert wrong.value.field == field


def test_a_broken_record_is_an_error_and_the_next_card_is_read(simulator: IdCardReaderSimulator, reader: SerialIdCardReader) -> None:
    simulator.insert_record(b"\x00\xd8" * 128)
    with pytest.raises(CardRecordWrong):
        reader.poll()
    simulator.insert_card(cards.CITIZEN)
    assert reader.poll() == cards.CITIZEN


@given(st.binary(min_size=256, max_size=256))
def test_no_record_at_all_makes_it_stumble(content: bytes) -> None:
    try:
        record.read_record(content)
    except CardRecordWrong as wrong:
        assert wrong.field


class _Canned(Port):
    """A port on which these bytes wait."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def discard_input(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def read(self, wanted: int, seconds: float) -> bytes:
        data, self._rest = self._rest[:wanted], self._rest[wanted:]
        return data


@given(st.binary(max_size=64), st.sampled_from([b"", frames.PREAMBLE, frames.PREAMBLE + b"\x00\x08"]))
@settings(max_examples=300)
def test_no_bytes_at_all_make_it_stumble(data: bytes, begin: bytes) -> None:
    try:
        frames.ask(_Canned(begin + data), Action.FIND)
    except ReaderTrouble as trouble:
        assert trouble.fields["action"] == "find"
