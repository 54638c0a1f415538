"""The driver of card readers that speak the SAM's serial frames : find, select, read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from devices.idcard import frames
from devices.idcard.frames import Action, Reply
from devices.idcard.protocol import ReaderRefused, ReplyLengthWrong
from devices.idcard.record import LENGTH, read_record
from devices.wire.port import Port
from devices.worker import port_call, release_port

if TYPE_CHECKING:
    from devices.address import Address
    from devices.idcard.protocol import IdCard

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.4
"""How often :meth:`SerialIdCardReader.poll` is to be called."""


class SerialIdCardReader:
    """A reader at a serial port, or behind a TCP port that carries the same bytes."""

    def __init__(self, address: Address) -> None:
        self._port = Port(address, frames.BAUD)
        self._card_lies_there = False

    @port_call
    def poll(self) -> IdCard | None:
        """See :meth:`~devices.idcard.protocol.IdCardReader.poll`."""
        if not self._find():
            self._card_lies_there = False
            return None
        if self._card_lies_there:
            return None
        card = self._read()
        self._card_lies_there = True
        return card

    @port_call
    def self_test(self) -> None:
        """Ask the security module whether it is well. Raises :class:`ReaderRefused` with status 60 if not."""
        _expect(Action.STATUS, frames.ask(self._port, Action.STATUS), frames.DONE, 0)

    def close(self) -> None:
        """See :meth:`~devices.idcard.protocol.IdCardReader.close`."""
        self._port.close()
        self._card_lies_there = False
        release_port(self)

    def _find(self) -> bool:
        """Whether a card lies there. A reader that has read a card answers "no card" until another one comes."""
        reply = frames.ask(self._port, Action.FIND)
        if reply.status == frames.NO_CARD:
            return False
        _expect(Action.FIND, reply, frames.FOUND, 4)
        return True

    def _read(self) -> IdCard:
        _expect(Action.SELECT, frames.ask(self._port, Action.SELECT), frames.DONE, 8)
        reply = frames.ask(self._port, Action.READ)
        if reply.status != frames.DONE:
            raise ReaderRefused(action=Action.READ.title, code=reply.status)
        return read_record(_text_of(reply))


def _expect(action: Action, reply: Reply, status: int, length: int) -> None:
    if reply.status != status:
        raise ReaderRefused(action=action.title, code=reply.status)
    if len(reply.content) != length:
        raise ReplyLengthWrong(action=action.title, length=len(reply.content) + 4)


def _text_of(reply: Reply) -> bytes:
    """The text record. The photo behind it is dropped here and never stored."""
    text_length = int.from_bytes(reply.content[0:2], "big")
    photo_length = int.from_bytes(reply.content[2:4], "big")
    if text_length != LENGTH or len(reply.content) != 4 + text_length + photo_length:
        raise ReplyLengthWrong(action=Action.READ.title, length=len(reply.content) + 4)
    return reply.content[4 : 4 + text_length]
