"""A card reader at the other end of the wire, on which one lays cards, and which fails when told to."""

from __future__ import annotations

import functools
import operator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from devices.idcard.protocol import IdCard, IdCardKind
from devices.wire.simulator import TCP, SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_START: Final = bytes.fromhex("AAAAAA9669")
_ALL_WELL: Final = bytes.fromhex("AAAAAA9669 0004 000090 94")
_CARD_FOUND: Final = bytes.fromhex("AAAAAA9669 0008 00009F 00000000 97")
_NO_CARD: Final = bytes.fromhex("AAAAAA9669 0004 000080 84")
_SELECTED: Final = bytes.fromhex("AAAAAA9669 000C 000090 0000000000000000 9C")
_NOT_SELECTED: Final = bytes.fromhex("AAAAAA9669 0004 000081 85")
_NOT_READ: Final = bytes.fromhex("AAAAAA9669 0004 000041 45")
_SELF_TEST_FAILED: Final = bytes.fromhex("AAAAAA9669 0004 000060 64")
_UNKNOWN_COMMAND: Final = bytes.fromhex("AAAAAA9669 0004 000021 25")

_FLAGS: Final = {
    IdCardKind.CITIZEN: " ",
    IdCardKind.HMT_RESIDENT: "J",
    IdCardKind.FOREIGNER_OLD: "I",
    IdCardKind.FOREIGNER_NEW: "Y",
}


class ReaderFault(StrEnum):
    """What goes wrong with every answer until :meth:`IdCardReaderSimulator.mend`."""

    NOISE_BEFORE = "noise_before"
    """random bytes, then the right frame"""
    ONLY_NOISE = "only_noise"
    BAD_CHECKSUM = "bad_checksum"
    HALF_FRAME = "half_frame"
    IMPOSSIBLE_LENGTH = "impossible_length"
    WRONG_LENGTH = "wrong_length"
    """a whole frame whose length belongs to another command"""
    SILENCE = "silence"
    SELECT_FAILS = "select_fails"
    READ_FAILS = "read_fails"
    SELF_TEST_FAILS = "self_test_fails"


class IdCardReaderSimulator(SimulatedDevice):
    """A reader that answers the frames of DOMAIN §4.5. Lay a card on it with :meth:`insert_card`."""

    def __init__(self, wire: str = TCP) -> None:
        self._buffer = bytearray()
        self._record: bytes | None = None
        self._selected = False
        self._halted = False
        self._fault: ReaderFault | None = None
        super().__init__(wire)

    # what a person can do

    def insert_card(self, card: IdCard) -> None:
        """Lay a card on the reader; a card that lay there is taken away first."""
        self.insert_record(record_of(card))

    def insert_record(self, record: bytes) -> None:
        """Lay a card with this text record on the reader, which may be a broken one."""
        with self.lock:
            self.remove_card()
            self._record = record

    def remove_card(self) -> None:
        """Take the card away."""
        with self.lock:
            self._record = None
            self._selected = self._halted = False

    @property
    def card_inserted(self) -> bool:
        """Whether a card lies on the reader."""
        return self._record is not None

    def break_by(self, fault: ReaderFault) -> None:
        """Answer wrongly from now on."""
        with self.lock:
            self._fault = fault

    def mend(self) -> None:
        """Answer rightly again."""
        with self.lock:
            self._fault = None

    # the wire

    def received(self, data: bytes) -> None:
        """Take the driver's frames one by one."""
        self._buffer += data
        while (request := self._next_request()) is not None:
            if self._fault != ReaderFault.SILENCE:
                self.send(self._spoil(self._answer(request)))

    def _next_request(self) -> bytes | None:
        """Command and parameter of the next whole frame. What is none is thrown away."""
        begin = self._buffer.find(_START)
        if begin < 0:
            del self._buffer[: -len(_START) + 1]
            return None
        del self._buffer[:begin]
        length = int.from_bytes(self._buffer[5:7], "big")
        if len(self._buffer) < 7 or len(self._buffer) < 7 + length:
            return None
        frame = bytes(self._buffer[: 7 + length])
        del self._buffer[: 7 + length]
        return frame[7:-1] if functools.reduce(operator.xor, frame[5:]) == 0 else b""

    def _answer(self, request: bytes) -> bytes:
        answers: dict[bytes, Callable[[], bytes]] = {
            b"\x11\xff": self._status,
            b"\x20\x01": self._find,
            b"\x20\x02": self._select,
            b"\x30\x01": self._read,
        }
        answer = answers.get(request)
        return answer() if answer else _UNKNOWN_COMMAND

    def _status(self) -> bytes:
        return _SELF_TEST_FAILED if self._fault == ReaderFault.SELF_TEST_FAILS else _ALL_WELL

    def _find(self) -> bytes:
        return _CARD_FOUND if self._record is not None and not self._halted else _NO_CARD

    def _select(self) -> bytes:
        if self._record is None or self._halted or self._fault == ReaderFault.SELECT_FAILS:
            return _NOT_SELECTED
        self._selected = True
        return _SELECTED

    def _read(self) -> bytes:
        if self._record is None or not self._selected or self._fault == ReaderFault.READ_FAILS:
            return _NOT_READ
        self._selected = False
        # As real readers do: a card that was read is not found again until it is lifted.
        self._halted = True
        body = bytes.fromhex("0508 000090 0100 0400") + self._record + bytes(1024)
        return _START + body + bytes([functools.reduce(operator.xor, body)])

    def _spoil(self, frame: bytes) -> bytes:
        if self._fault == ReaderFault.NOISE_BEFORE:
            return bytes.fromhex("00FFAAAA960012AA") + frame
        if self._fault == ReaderFault.ONLY_NOISE:
            return bytes.fromhex("00FFAAAA9600125533")
        if self._fault == ReaderFault.BAD_CHECKSUM:
            return frame[:-1] + bytes([frame[-1] ^ 0xFF])
        if self._fault == ReaderFault.HALF_FRAME:
            return frame[: len(frame) // 2 + 3]
        if self._fault == ReaderFault.IMPOSSIBLE_LENGTH:
            return _START + b"\xff\xff" + frame[7:]
        if self._fault == ReaderFault.WRONG_LENGTH:
            return bytes.fromhex("AAAAAA9669 0005 00009F 00 9A") if frame == _CARD_FOUND else frame
        return frame


# --- the record as the card's issuer writes it -------------------------------------------------------------------------


def record_of(card: IdCard) -> bytes:
    """The 256 bytes of ``card``'s text record. Raises ``ValueError`` if a field is too long for its place."""
    start, end = _day(card.valid_from), _day(card.valid_to) if card.valid_to else "长期"
    if card.kind == IdCardKind.FOREIGNER_OLD:
        layout = [(card.english_name, 120), (card.sex, 2), (card.number, 30), (card.nationality, 6), (card.name, 30)]
        layout += [(start, 16), (end, 16), (_day(card.birth_date), 16), ("01", 4), (card.issuer, 8)]
    elif card.kind == IdCardKind.FOREIGNER_NEW:
        layout = [(card.name, 30), (card.sex, 2), ("", 4), (_day(card.birth_date), 16), (card.english_name, 70)]
        layout += [(card.number, 36), (card.issuer, 30), (start, 16), (end, 16), ("", 18), ("01", 4), (card.nationality, 6)]
    else:
        layout = [(card.name, 30), (card.sex, 2), (card.ethnic_code, 4), (_day(card.birth_date), 16), (card.address, 70)]
        layout += [(card.number, 36), (card.issuer, 30), (start, 16), (end, 16), (card.pass_number, 18), ("", 10)]
    layout += [(_FLAGS[card.kind], 2), ("", 6)]
    return b"".join(_padded(text, length) for text, length in layout)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _padded(text: str, length: int) -> bytes:
    encoded = text.encode("utf-16-le")
    if len(encoded) > length:
        raise ValueError(f"{text!r} is longer than {length} bytes")
    return encoded + " ".encode("utf-16-le") * ((length - len(encoded)) // 2)
