"""A Zebra printer on white labels: the ZPL that our backend sends."""

from __future__ import annotations

import re
from typing import Final

from PIL import Image

from printing import code128
from printing.errors import UnknownCommand
from printing.render.bars import draw_bars

_COMMAND: Final = re.compile(r"\^([A-Z][A-Z0-9])([^^]*)")
_SUBSETS: Final = {":": "B", ";": "C", "5": "C", "6": "B"}


def zpl_labels(data: bytes) -> list[Image.Image]:
    """A picture of each label. Raises ``UnknownCommand``."""
    text = data.decode("ascii")
    labels: list[Image.Image] = []
    printer = _Printer()
    end = 0
    for found in _COMMAND.finditer(text):
        if text[end : found.start()].strip():
            raise _unknown(end, text[end : end + 16])
        printer.obey(found[1], found[2].strip(), found.start())
        end = found.end()
        if found[1] == "XZ":
            labels += printer.labels()
            printer = _Printer()
    if text[end:].strip():
        raise _unknown(end, text[end : end + 16])
    return labels


def _unknown(offset: int, command: str) -> UnknownCommand:
    return UnknownCommand(printer_language="ZPL", offset=offset, command=command)


class _Printer:
    """The label between ``^XA`` and ``^XZ``, and the field that is being described."""

    def __init__(self) -> None:
        self._size = {"PW": 0, "LL": 0}
        self._origin = (0, 0)
        self._module = 2
        self._bar_height = 10
        self._copies = 1
        self._fields: list[tuple[tuple[int, int], Image.Image]] = []

    def obey(self, name: str, parameters: str, offset: int) -> None:
        """Carry out one command."""
        match name:
            case "XA" | "XZ" | "FS" | "LH" if parameters in ("", "0,0"):
                pass
            case "PW" | "LL":
                self._size[name] = int(parameters)
            case "FO":
                x, y = parameters.split(",")
                self._origin = (int(x), int(y))
            case "PQ":
                self._copies = int(parameters)
            case "BY":
                self._module = int(parameters)
            case "GF" if parameters.startswith("A,"):
                self._fields.append((self._origin, _graphic(parameters, offset)))
            case "BC" if re.fullmatch(r"N,\d+,N,N,N", parameters):
                self._bar_height = int(parameters.split(",")[1])
            case "FD":
                self._fields.append((self._origin, draw_bars(code128.symbols(_pieces(parameters, offset)), self._module, self._bar_height)))
            case _:
                raise _unknown(offset, f"^{name}{parameters[:16]}")

    def labels(self) -> list[Image.Image]:
        """The label as often as ``^PQ`` asked for it."""
        paper = Image.new("L", (self._size["PW"], self._size["LL"]), 255)
        for origin, picture in self._fields:
            # A field adds ink; white takes none away.
            paper.paste(0, origin, Image.eval(picture, lambda value: 255 - value))
        return [paper] * self._copies


def _pieces(content: str, offset: int) -> list[tuple[str, str]]:
    """``>:AB>51234`` as subsets and their texts."""
    pieces = [(_SUBSETS.get(part[0], ""), part[1:]) for part in content.split(">")[1:]]
    if not pieces or any(not subset for subset, _ in pieces):
        raise _unknown(offset, f"^FD{content}")
    return pieces


def _graphic(parameters: str, offset: int) -> Image.Image:
    """The picture of ``^GFA``, its run lengths unpacked."""
    _, total, _, row_bytes, data = parameters.split(",", 4)
    digits_a_row = int(row_bytes) * 2
    rows = _rows(data, digits_a_row, offset)
    if len(rows) * int(row_bytes) != int(total):
        raise _unknown(offset, f"^GFA {len(rows)} rows")
    burnt = bytes.fromhex("".join(rows))
    white = bytes(byte ^ 0xFF for byte in burnt)
    return Image.frombytes("1", (int(row_bytes) * 8, len(rows)), white).convert("L")


def _rows(data: str, digits: int, offset: int) -> list[str]:
    rows: list[str] = []
    row, times = "", 0
    for char in data:
        if char in "0123456789ABCDEF":
            row += char * (times or 1)
            times = 0
        elif "G" <= char <= "Y":
            times += ord(char) - ord("F")
        elif "g" <= char <= "z":
            times += 20 * (ord(char) - ord("f"))
        elif char in ",!":
            row = row.ljust(digits, "0" if char == "," else "F")
        elif char == ":":
            row = rows[-1]
        else:
            raise _unknown(offset, char)
        if len(row) >= digits:
            rows.append(row)
            row = ""
    return rows
