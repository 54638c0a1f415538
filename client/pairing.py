"""The desk's side of pairing with its service by a short code."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from client.connection import CONNECT_SECONDS, Service, pinned_context
from client.errors import ServiceNotProven
from client.http_line import HttpLine
from common.errors import Malformed, PairingRefused, Unreachable, error_from_wire
from common.pairing import DESK, SERVICE, Offers, Paired, code_key, proof
from common.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PORT: Final = 8443
_ANSWER_SECONDS: Final = 10.0


def desk_proof(code: str, offers: Offers, fingerprint: bytes, desk_nonce: bytes) -> tuple[int, bytes]:
    """The offer that ``code`` belongs to and the desk's proof for it. Raises :class:`ServiceNotProven` if the service proved none."""
    service_nonce = bytes.fromhex(offers.service_nonce)
    for offer in offers.offers:
        key = code_key(code, bytes.fromhex(offer.salt))
        expected = proof(key, SERVICE, fingerprint, desk_nonce, service_nonce)
        if hmac.compare_digest(expected, bytes.fromhex(offer.proof)):
            return offer.offer_id, proof(key, DESK, fingerprint, desk_nonce, service_nonce)
    raise ServiceNotProven


def pair(url: str, code: str) -> tuple[Service, Paired]:
    """Pair this desk. Blocks; run it by :meth:`client.ops.Ops.run`.

    Raises :class:`ServiceNotProven` (another code, or somebody in between), :class:`PairingRefused`, :class:`Unreachable`, or
    ``ValueError`` for something that is no address.
    """
    address = full_address(url)
    digits = "".join(char for char in code if char.isdecimal())
    fingerprint = seen_fingerprint(address)
    ask = _asker(address, fingerprint)
    desk_nonce = secrets.token_bytes(32)
    offers = _decoded(ask({"step": "hello", "desk_nonce": desk_nonce.hex()}), Offers)
    offer_id, mine = desk_proof(digits, offers, fingerprint, desk_nonce)
    step = {"step": "prove", "desk_nonce": desk_nonce.hex(), "service_nonce": offers.service_nonce}
    paired = _decoded(ask(step | {"offer_id": offer_id, "proof": mine.hex()}), Paired)
    return Service(address, fingerprint, (paired.desk_id, paired.secret)), paired


def full_address(typed: str) -> str:
    """What a person types (``192.168.1.10``, ``clinic:8460``) as an address. Raises ``ValueError``."""
    text = typed.strip().rstrip("/")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"not the address of a service: {typed}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{parts.port or DEFAULT_PORT}"


def seen_fingerprint(address: str) -> bytes:
    """SHA-256 of the certificate that is shown at ``address``; nothing is trusted yet. Raises :class:`Unreachable`."""
    parts = urlsplit(address)
    try:
        shown = ssl.get_server_certificate((parts.hostname or "", parts.port or DEFAULT_PORT), timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as problem:
        raise Unreachable from problem
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).digest()


def _asker(address: str, fingerprint: bytes) -> Callable[[dict[str, Any]], bytes]:
    def ask(step: dict[str, Any]) -> bytes:
        line = HttpLine(address, pinned_context(fingerprint))
        try:
            answer = line.ask("POST", "/pair", {"Content-Type": "application/json"}, msgspec.json.encode(step), seconds=_ANSWER_SECONDS)
        except OSError as problem:
            raise Unreachable from problem
        finally:
            line.close()
        if answer.status != 200:
            raise _refusal(answer.content)
        return answer.content

    return ask


def _refusal(content: bytes) -> Exception:
    try:
        refused = msgspec.json.decode(content, type=Refused)
    except msgspec.DecodeError:
        return PairingRefused()
    return error_from_wire(refused.error, refused.fields)


def _decoded(content: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as problem:
        raise Malformed(detail=str(problem)) from problem
