"""What a desk remembers between two starts: its service, its look, its devices, its window. One small JSON file, never a secret."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Final

from common import places

if TYPE_CHECKING:
    from pathlib import Path

    from client.service import Service

FILE: Final = "desk.json"


@dataclass(kw_only=True)
class DeskSettings:
    """``fingerprint`` is the certificate's SHA-256 in hex.

    ``devices`` maps a role (receipt, label, a5, idcard, scanner, display, scale) to an address such as ``tcp://192.168.1.60:9100``,
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
    #: The pharmacy window that this computer stands at; 0: none.
    window_id: int = 0
    devices: dict[str, str] = field(default_factory=dict)
    geometry: dict[str, str] = field(default_factory=dict)

    @property
    def paired(self) -> bool:
        """Whether the desk knows its service."""
        return bool(self.url)

    def belong_to(self, service: Service, desk_name: str) -> None:
        """The desk was paired."""
        self.url, self.desk_name = service.url, desk_name
        self.fingerprint = (service.fingerprint or b"").hex()
        self.desk_id = service.desk[0] if service.desk else 0


def settings_file() -> Path:
    """Where the settings lie."""
    return places.data_folder() / FILE


def load(file: Path | None = None) -> DeskSettings:
    """The settings; fresh ones if there are none or if they cannot be read (a half-written file is set aside, not lost)."""
    file = file or settings_file()
    try:
        return _settings(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return DeskSettings()
    except ValueError:
        file.replace(file.with_suffix(".unreadable.json"))
        return DeskSettings()


def _settings(read: object) -> DeskSettings:
    """What a file holds; a field that this version does not know is passed over. Raises ``ValueError`` for anything else."""
    fresh = DeskSettings()
    if not isinstance(read, dict):
        raise ValueError("not settings")
    for each in fields(fresh):
        value = read.get(each.name, getattr(fresh, each.name))
        if type(value) is not type(getattr(fresh, each.name)):
            raise ValueError(f"{each.name} is {value!r}")
        setattr(fresh, each.name, value)
    if not all(isinstance(value, str) for value in (*fresh.devices.values(), *fresh.geometry.values())):
        raise ValueError("an address or a window's place that is no text")
    return fresh


def save(settings: DeskSettings, file: Path | None = None) -> None:
    """Write the settings; the file appears whole or not at all. Raises :class:`~client.errors.NotKept`."""
    file = file or settings_file()
    fresh = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(asdict(settings), ensure_ascii=False, indent=2), encoding="utf-8")
        fresh.replace(file)
    except OSError as problem:
        from client.errors import NotKept

        raise NotKept(file=str(file), cause=problem.strerror or type(problem).__name__) from problem
