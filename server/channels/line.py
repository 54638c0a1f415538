"""One HTTP exchange with a provider, by the standard library: a connection of its own each time, so that no reply can come from an earlier one."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_BYTES: Final = 64 * 1024 * 1024
_STEP: Final = 64 * 1024


class NotSentError(OSError):
    """No connection came about: not one byte of the request left this machine."""


class NoAnswerError(OSError):
    """The request went out, wholly or in part, and no whole answer came."""


class HttpReply(NamedTuple):
    """What came back; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """The way to one provider's address. Safe to use from several threads. Raises ``ValueError`` for an address that must not be used."""

    def __init__(self, url: str, *, connect_seconds: float, timeout_seconds: float, authority: Path | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.hostname or "", parts.path.rstrip("/")
        if parts.scheme not in ("http", "https") or not self._host or parts.query or parts.fragment or parts.username:
            raise ValueError("the address must be like https://host/path")
        if parts.scheme == "http" and not _is_loopback(self._host):
            raise ValueError("without TLS only this machine itself may be asked; the address must begin with https://")
        self._context = ssl.create_default_context(cafile=authority) if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._context else 80)
        self._connect_seconds, self._timeout_seconds = connect_seconds, timeout_seconds

    def path(self, act: str) -> str:
        """Where an act is asked for on that host."""
        return f"{self._path}/{act}"

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
        """Send, and wait for the whole answer at most as long as set. Redirections are answers like others. Raises :class:`NotSentError` and
        :class:`NoAnswerError`, whose texts hold nothing of what was sent."""
        until = time.monotonic() + self._timeout_seconds
        connection = http.client.HTTPConnection(self._host, self._port)
        connection.sock = self._open()
        try:
            connection.sock.settimeout(self._timeout_seconds)
            connection.request("POST", path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            content = _read(answer, until)
        except TimeoutError:
            raise NoAnswerError("no answer in time") from None
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise NoAnswerError(f"the line broke off ({type(problem).__name__})") from None
        finally:
            connection.close()
        return HttpReply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _open(self) -> socket.socket:
        try:
            line = socket.create_connection((self._host, self._port), self._connect_seconds)
        except OSError as problem:
            raise NotSentError(f"no connection ({type(problem).__name__})") from None
        try:
            return self._context.wrap_socket(line, server_hostname=self._host) if self._context else line
        except OSError as problem:
            line.close()
            raise NotSentError(f"no secure connection ({type(problem).__name__})") from None


def _read(answer: http.client.HTTPResponse, until: float) -> bytes:
    """The body, by steps, so that one that trickles in does not hold the caller for ever."""
    parts, size = [], 0
    while part := answer.read1(_STEP):
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise ValueError("the answer is too large")
        if time.monotonic() > until:
            raise TimeoutError
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(parts)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
