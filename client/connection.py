"""The line to the service: one class, synchronous, used from the worker threads of :mod:`client.ops` only."""

from __future__ import annotations

import hashlib
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from client.errors import WrongCertificate
from common import wire
from common.errors import Malformed, OutcomeUnknown, ServiceBroken, Unreachable, XinglinError, error_from_wire

if TYPE_CHECKING:
    import httpx

    from common.wire import Request

Reply = TypeVar("Reply")

CONNECT_SECONDS: Final = 3.0
QUERY_SECONDS: Final = 10.0
COMMAND_SECONDS: Final = 20.0
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


class Connection:
    """Keeps a few connections open and turns requests into replies or into errors that a person can read."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.token = ""
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def call(self, request: Request[Reply], request_id: str | None = None) -> Reply:
        """Send and wait for the answer.

        Raises what the service refused with; :class:`Unreachable` if nothing left or it was a query; :class:`OutcomeUnknown` if a command
        went out and no answer came. A command needs ``request_id``; sent again with the same one it is carried out once.
        """
        import httpx

        name, writes = wire.wire_name(type(request)), type(request).writes
        headers = self.headers() | ({wire.REQUEST_ID_HEADER: request_id} if request_id else {})
        timeout = httpx.Timeout(COMMAND_SECONDS if writes else QUERY_SECONDS, connect=CONNECT_SECONDS)
        try:
            answer = self._http().post(f"/api/{name}", content=wire.encode(request), headers=headers, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise _not_connected(problem) from problem
        except httpx.HTTPError as problem:
            raise (OutcomeUnknown() if writes else Unreachable()) from problem
        if answer.status_code == 200:
            return _reply(request, answer.content)
        raise _refusal(answer.status_code, answer.content, writes=writes)

    def healthy(self) -> bool:
        """Whether the service answers at all."""
        import httpx

        try:
            return self._http().get("/health", timeout=CONNECT_SECONDS).status_code == 200
        except httpx.HTTPError:
            return False

    def headers(self) -> dict[str, str]:
        """The headers that every request and the change feed carry."""
        made = {"Content-Type": "application/json"}
        if self.token:
            made["Authorization"] = f"Bearer {self.token}"
        if self.service.desk:
            made[wire.DESK_HEADER] = f"{self.service.desk[0]}:{self.service.desk[1]}"
        return made

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self.service.base,
                    verify=pinned_context(self.service.fingerprint) if self.service.fingerprint else True,
                    trust_env=False,  # a proxy of the desktop has no business between desk and service
                    limits=httpx.Limits(max_keepalive_connections=6, keepalive_expiry=60),
                )
            return self._client


def pinned_context(fingerprint: bytes) -> ssl.SSLContext:
    """A context that accepts exactly the certificate with this SHA-256 fingerprint, whatever its name or issuer."""

    class Pinned(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            shown = self.getpeercert(binary_form=True) or b""
            if hashlib.sha256(shown).digest() != fingerprint:
                raise ssl.SSLCertVerificationError("certificate is not the pinned one")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint above is the check
    context.sslsocket_class = Pinned
    return context


def _not_connected(problem: BaseException) -> XinglinError:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "pinned" in str(cause):
            return WrongCertificate()
        cause = cause.__cause__ or cause.__context__
    return Unreachable()


def _reply(request: Request[Reply], content: bytes) -> Reply:
    try:
        reply: Reply = wire.decode(wire.reply_type(type(request)), content)
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise Malformed(detail=str(problem)) from problem
    return reply


def _refusal(status: int, content: bytes, *, writes: bool) -> XinglinError:
    """The error in an answer that is no reply. Without the service's own words a gateway spoke, and nobody knows what happened."""
    try:
        refused = wire.decode(wire.Refused, content)
        return error_from_wire(refused.error, refused.fields)
    except (msgspec.ValidationError, msgspec.DecodeError, TypeError):
        if status >= 500:
            return OutcomeUnknown() if writes else Unreachable()
        return ServiceBroken(reference=f"HTTP {status}")
