"""How a message reaches the bureau: HTTP to one of three kinds of address (DOMAIN.md §1.4), and what may be said about one that got no answer.

A connection is used once. A kept one could hand a late or doubled reply to the next question, and a settlement that is credited to the wrong
patient costs more than a handshake.
"""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Final, Protocol

import httpx
import msgspec

if TYPE_CHECKING:
    from server.insurance.province import Province
    from server.insurance.signing import Signer

#: More than any catalogue; whatever is longer is no reply.
_LARGEST: Final = 256 * 1024 * 1024
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
        limits = httpx.Limits(max_keepalive_connections=0, max_connections=None)
        timeout = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        self._client = httpx.Client(timeout=timeout, limits=limits, verify=tls or True, trust_env=False, follow_redirects=False)

    def post(self, infno: str, body: bytes) -> RawReply:
        """See :class:`Transport`."""
        until = time.monotonic() + self._seconds
        headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close", **self._signer.headers()}
        try:
            with self._client.stream("POST", self._address.replace("{infno}", infno), content=body, headers=headers) as reply:
                return RawReply(status=reply.status_code, body=_whole(reply, until))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as fault:
            raise NotSent(type(fault).__name__) from fault
        except httpx.TimeoutException as fault:
            raise NoAnswer("time-out") from fault
        except (httpx.HTTPError, httpx.StreamError) as fault:
            raise NoAnswer(type(fault).__name__) from fault

    def close(self) -> None:
        """Let go of the line."""
        self._client.close()


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


def _whole(reply: httpx.Response, until: float) -> bytes:
    """The whole body, if it comes before ``until``: each read has its own time-out, so a trickle would never end."""
    parts, length = [], 0
    for chunk in reply.iter_bytes():
        parts.append(chunk)
        length += len(chunk)
        if time.monotonic() > until:
            raise NoAnswer("time-out")
        if length > _LARGEST:
            raise NoAnswer("too long")
    return b"".join(parts)
