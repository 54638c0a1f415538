"""A tiny service for faults on the line: HTTP and WebSocket on one port, answers from a table, replies that get lost on purpose."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.server import ServerProtocol

from common import wire
from common.wire import Pushed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from common.errors import XinglinError

Answer = tuple[int, bytes]


class WireServer:
    """``answers[name]`` takes the body and gives (status, body). ``lose`` replies are dropped after the request was carried out."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Callable[[bytes], Answer]] = {}
        self.asked: list[tuple[str, str, bytes]] = []
        self.feeds_asked: list[str] = []
        self.lose = 0
        self.refuse_feeds = False
        self._context = context
        self._port = 0
        self._listener: socket.socket | None = None
        self._guard = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._feeds: list[tuple[socket.socket, ServerProtocol]] = []
        self.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self._port}"

    @property
    def listening(self) -> int:
        """How many feeds are open: what is pushed now reaches them."""
        return len(self._feeds)

    @property
    def connected(self) -> int:
        """How many connections of desks are open."""
        return len(self._sockets)

    def start(self) -> None:
        """Listen, on the same port as before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        """Go away; every connection breaks."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):  # Windows and macOS: a listener cannot be shut down, closing it is enough
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection, but go on listening."""
        with self._guard:
            open_now = list(self._sockets)
        for each in open_now:
            self._drop(each)

    def push(self, pushed: Pushed) -> None:
        """Tell every desk that listens."""
        for connection, protocol in list(self._feeds):
            protocol.send_text(wire.encode(pushed))
            connection.sendall(b"".join(protocol.data_to_send()))

    def reply(self, name: str, answer: Any) -> None:
        """Answer ``name`` with a reply, or refuse it with an error."""
        from common.errors import XinglinError

        if isinstance(answer, XinglinError):
            refused = wire.encode(Refused(error=type(answer).__name__, fields=answer.fields))
            self.answers[name] = lambda _body: (answer.status, refused)
        else:
            self.answers[name] = lambda _body: (200, wire.encode(answer))

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._guard:
                self._sockets.add(connection)
            if self._listener is not listener:  # it went away while this one came in
                self._drop(connection)
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                plain, connection = connection, self._context.wrap_socket(connection, server_side=True)
                with self._guard:
                    self._sockets.discard(plain)
                    self._sockets.add(connection)
            while self._one(connection):
                pass
        except OSError:
            pass
        finally:
            self._drop(connection)

    def _one(self, connection: socket.socket) -> bool:
        head = _until(connection, b"\r\n\r\n")
        if not head:
            return False
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        path = first.split()[1]
        if path.startswith("/changes"):
            self._feed(connection, head, path)
            return False
        body = _exactly(connection, int(headers.get("content-length", "0")))
        name = path.removeprefix("/api/")
        self.asked.append((name, headers.get("request-id", ""), body))
        status, content = self.answers[name](body)
        if self.lose:
            self.lose -= 1
            return False
        connection.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        return True

    def _feed(self, connection: socket.socket, head: bytes, path: str) -> None:
        self.feeds_asked.append(path)
        if self.refuse_feeds:
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        protocol = ServerProtocol()
        protocol.receive_data(head)
        handshake = next(event for event in protocol.events_received() if isinstance(event, Handshake))
        protocol.send_response(protocol.accept(handshake))
        connection.sendall(b"".join(protocol.data_to_send()))
        with self._guard:
            self._feeds.append((connection, protocol))
        while data := connection.recv(4096):
            protocol.receive_data(data)
            closed = any(isinstance(event, Frame) and event.opcode is Opcode.CLOSE for event in protocol.events_received())
            connection.sendall(b"".join(protocol.data_to_send()))
            if closed:
                return

    def _drop(self, connection: socket.socket) -> None:
        with self._guard:
            self._sockets.discard(connection)
            self._feeds = [feed for feed in self._feeds if feed[0] is not connection]
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def error(problem: XinglinError) -> Answer:
    """A refusal on the wire."""
    return problem.status, wire.encode(Refused(error=type(problem).__name__, fields=problem.fields))


def _until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        piece = connection.recv(1)
        if not piece:
            return b""
        data += piece
    return data


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the desk hung up in the middle of a request")
        data += piece
    return data


def certificate_file(folder: Path) -> tuple[Path, bytes]:
    """A certificate with its key in one file, and its fingerprint."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "service.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file, made.fingerprint(hashes.SHA256())
