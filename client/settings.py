"""What a desk remembers between two starts: its service, its look, its devices, its window. One small JSON file, never a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec

from client.errors import NotKept
from common import places

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "desk.json"


class DeskSettings(msgspec.Struct, kw_only=True):
    """``fingerprint`` is the certificate's SHA-256 in hex.

    ``devices`` maps a role (receipt, label, a5, idcard, scanner, display) to an address such as ``tcp://192.168.1.60:9100``,
    ``serial:///dev/ttyUSB0`` or ``VIRTUAL``.
    """

    url: str = ""
    fingerprint: str = ""
    desk_id: int = 0
    desk_name: str = ""
    clinic: str = ""
    language: str = "zh_CN"
    theme: str = "light"
    scale_percent: int = 100
    sounds: bool = True
    last_login: str = ""
    last_desk: str = ""
    devices: dict[str, str] = {}
    geometry: dict[str, str] = {}

    @property
    def paired(self) -> bool:
        """Whether the desk knows its service."""
        return bool(self.url)


def settings_file() -> Path:
    """Where the settings lie."""
    return places.data_folder() / FILE


def load(file: Path | None = None) -> DeskSettings:
    """The settings; fresh ones if there are none or if they cannot be read (a half-written file is set aside, not lost)."""
    file = file or settings_file()
    try:
        return msgspec.json.decode(file.read_bytes(), type=DeskSettings)
    except FileNotFoundError:
        return DeskSettings()
    except (msgspec.ValidationError, msgspec.DecodeError):
        file.replace(file.with_suffix(".unreadable.json"))
        return DeskSettings()


def save(settings: DeskSettings, file: Path | None = None) -> None:
    """Write the settings; the file appears whole or not at all. Raises :class:`~client.errors.NotKept`."""
    file = file or settings_file()
    fresh = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(settings)))
        fresh.replace(file)
    except OSError as problem:
        raise NotKept(file=str(file), cause=problem.strerror or type(problem).__name__) from problem
