"""Reading a printer's bytes from front to back."""

from __future__ import annotations

from printing.errors import UnknownCommand


class Cursor:
    """A place in ``data``. Reading past the end raises ``UnknownCommand``: the command was cut off."""

    def __init__(self, data: bytes, printer_language: str) -> None:
        self._data = data
        self._language = printer_language
        self.place = 0

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.place >= len(self._data)

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        taken = self._data[self.place : self.place + count]
        if len(taken) < count:
            raise self.unknown(self.place, taken)
        self.place += count
        return taken

    def number(self, count: int = 1) -> int:
        """The next ``count`` bytes as a little-endian number."""
        return int.from_bytes(self.take(count), "little")

    def until(self, end: bytes) -> bytes:
        """The bytes before the next ``end``, which is read too."""
        stop = self._data.find(end, self.place)
        if stop < 0:
            raise self.unknown(self.place, self._data[self.place : self.place + 8])
        taken = self._data[self.place : stop]
        self.place = stop + len(end)
        return taken

    def unknown(self, offset: int, command: bytes) -> UnknownCommand:
        """The error for a command at ``offset``."""
        return UnknownCommand(printer_language=self._language, offset=offset, command=command[:16].hex(" ").upper())
