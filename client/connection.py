"""The line to the service: one class, synchronous, used from the worker threads of :mod:`client.ops` only."""

from __future__ import annotations

import hashlib
import ssl
import threading
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from client.errors import WrongCertificate
from client.http_line import CONNECT_SECONDS, BrokenOffError, HttpLine, NotConnectedError
from client.service import Service
from common import wire
from common.errors import Malformed, OutcomeUnknown, ServiceBroken, Unreachable, XinglinError, error_from_wire

if TYPE_CHECKING:
    from common.wire import Request

__all__ = ["CONNECT_SECONDS", "Connection", "Service", "pinned_context"]

Reply = TypeVar("Reply")

QUERY_SECONDS: Final = 10.0
COMMAND_SECONDS: Final = 20.0


class Connection:
    """Keeps a few connections open and turns requests into replies or into errors that a person can read."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.token = ""
        self._line: HttpLine | None = None
        self._closed = False
        self._lock = threading.Lock()

    def call(self, request: Request[Reply], request_id: str | None = None) -> Reply:
        """Send and wait for the answer.

        Raises what the service refused with; :class:`Unreachable` if nothing left or it was a query; :class:`OutcomeUnknown` if a command
        went out and no answer came. A command needs ``request_id``; sent again with the same one it is carried out once.
        """
        name, writes = wire.wire_name(type(request)), type(request).writes
        headers = self.headers() | ({wire.REQUEST_ID_HEADER: request_id} if request_id else {})
        seconds = COMMAND_SECONDS if writes else QUERY_SECONDS
        try:
            answer = self._open_line().ask("POST", f"/api/{name}", headers, wire.encode(request), seconds=seconds)
        except NotConnectedError as problem:
            raise _not_connected(problem) from problem
        except BrokenOffError as problem:
            raise (OutcomeUnknown() if writes else Unreachable()) from problem
        if answer.status == 200:
            return _reply(request, answer.content)
        raise _refusal(answer.status, answer.content, writes=writes)

    def healthy(self) -> bool:
        """Whether the service answers at all."""
        try:
            return self._open_line().ask("GET", "/health", {}, seconds=CONNECT_SECONDS).status == 200
        except OSError:
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
        """Keep no connection open any more: idle ones close now, others with their answer. What was asked last still goes out."""
        with self._lock:
            self._closed = True
            if self._line is not None:
                self._line.close()

    def _open_line(self) -> HttpLine:
        with self._lock:
            if self._line is None:
                service = self.service
                self._line = HttpLine(service.base, pinned_context(service.fingerprint) if service.fingerprint else None)
                if self._closed:
                    self._line.close()
            return self._line


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
