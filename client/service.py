"""Where the service is. It knows no network, so that the sign-in screen stands before anything of it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Service:
    """Where the service is and how to know it. ``fingerprint`` is the SHA-256 of its certificate; only a loopback address may do without.

    ``desk`` is what pairing gave: the desk's id and its secret.
    """

    url: str
    fingerprint: bytes | None = None
    desk: tuple[int, str] | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the address of a service: {self.url}")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("plain http is for this machine only")
        if parts.scheme == "https" and self.fingerprint is None:
            raise ValueError("a service by https is known by its certificate's fingerprint")

    @property
    def base(self) -> str:
        """The address without a trailing slash."""
        return self.url.rstrip("/")
