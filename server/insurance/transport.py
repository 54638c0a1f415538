"""How a message reaches the bureau: HTTP to one of three kinds of address (DOMAIN.md §1.4), and what may be said about one that got no answer.

A connection is used once. A kept one could hand a late or doubled reply to the next question, and a settlement that is credited to the wrong
patient costs more than a handshake.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from server.insurance.province import Province
    from server.insurance.signing import Signer

#: More than any catalogue; whatever is longer is no reply.
_LARGEST: Final = 256 * 1024 * 1024
_STEP: Final = 64 * 1024
#: Waiting for a connection costs nothing but patience: nothing has been sent yet.
_CONNECT_SECONDS: Final = 10.0


class NotSent(Exception):
    """No connection came about: nothing has left the house."""


class NoAnswer(Exception):
    """The message left, or may have, and no whole answer came back. The argument says how that showed."""


class RawReply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, unread."""

    status: int
    body: bytes


class Transport(Protocol):
    """One kind of address."""

    def post(self, infno: str, body: bytes) -> RawReply:
        """Send once and wait for the whole answer. Raises :class:`NotSent` and :class:`NoAnswer`, nothing else."""

    def close(self) -> None:
        """Let go of the line."""


class HttpTransport:
    """POST to ``address``, in which ``{infno}`` stands for the transaction. Safe for many threads at once."""

    def __init__(self, address: str, signer: Signer, *, seconds: float, tls: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._signer = signer
        self._seconds = seconds
        self._tls = (tls or ssl.create_default_context()) if address.startswith("https:") else None

    def post(self, infno: str, body: bytes) -> RawReply:
        """See :class:`Transport`. By the standard library: it costs a quarter of what a larger client does, seven times a settlement."""
        until = time.monotonic() + self._seconds
        parts = urlsplit(self._address.replace("{infno}", infno))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close", **self._signer.headers()}
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        connection.sock = self._open(parts)
        try:
            connection.request("POST", path or "/", body, headers)
            reply = connection.getresponse()
            return RawReply(status=reply.status, body=_whole(reply, until))
        except TimeoutError as fault:
            raise NoAnswer("time-out") from fault
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise NoAnswer(type(fault).__name__) from fault
        finally:
            connection.close()

    def _open(self, parts: SplitResult) -> socket.socket:
        """A connection that answers within the time; nothing has been sent by then."""
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotSent("address")
        port = parts.port or (443 if self._tls else 80)
        try:
            line = socket.create_connection((parts.hostname, port), min(self._seconds, _CONNECT_SECONDS))
        except OSError as fault:
            raise NotSent(type(fault).__name__) from fault
        try:
            line = self._tls.wrap_socket(line, server_hostname=parts.hostname) if self._tls else line
        except OSError as fault:
            line.close()
            raise NotSent(type(fault).__name__) from fault
        line.settimeout(self._seconds)
        return line

    def close(self) -> None:
        """Nothing is kept open."""


class TifHeaders(HttpTransport):
    """``<base>/<infno>``, the gateway's headers beside it: Guangdong, Hunan and others [C-code]."""

    def __init__(self, base: str, signer: Signer, *, seconds: float, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(f"{base.rstrip('/')}/{{infno}}", signer, seconds=seconds, tls=tls)


class SingleEndpoint(HttpTransport):
    """One address for all; the envelope's ``infno`` says which transaction it is [C]."""

    def __init__(self, base: str, signer: Signer, *, path: str = "", seconds: float, tls: ssl.SSLContext | None = None) -> None:
        address = base.rstrip("/") + (f"/{path.lstrip('/')}" if path else "")
        super().__init__(address, signer, seconds=seconds, tls=tls)


class BodySm2(SingleEndpoint):
    """Hubei: one address, the signature in the envelope's ``cainfo``, where the signer has put it [C-code]."""


def transport(province: Province, base: str, signer: Signer, *, seconds: float, tls: ssl.SSLContext | None = None) -> Transport:
    """The transport that a province's profile names; ``ValueError`` if there is none of that name."""
    if province.transport == "tif":
        return TifHeaders(base, signer, seconds=seconds, tls=tls)
    kinds = {"single": SingleEndpoint, "body": BodySm2}
    if province.transport not in kinds:
        raise ValueError(province.transport)
    return kinds[province.transport](base, signer, path=province.path, seconds=seconds, tls=tls)


def _whole(reply: http.client.HTTPResponse, until: float) -> bytes:
    """The whole body, if it comes before ``until``: each read has its own time-out, so a trickle would never end."""
    parts, length = [], 0
    while part := reply.read1(_STEP):
        parts.append(part)
        length += len(part)
        if time.monotonic() > until:
            raise NoAnswer("time-out")
        if length > _LARGEST:
            raise NoAnswer("too long")
    if reply.length:
        raise NoAnswer("IncompleteRead")
    return b"".join(parts)
