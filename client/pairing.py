"""Pairing a desk with its service by a short code: each side proves that it knows the code and sees the same certificate.

The key is Argon2id of the code's digits (t=3, 32 MiB, p=1), slow enough that the digits cannot be tried out while a pairing lasts. A proof
is HMAC-SHA256(key, side + fingerprint + desk's nonce + service's nonce). Somebody in between has another certificate, and so no proof fits.
"""

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
from common.errors import Malformed, PairingRefused, Unreachable, error_from_wire
from common.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PORT: Final = 8443
_SERVICE: Final = b"service"
_DESK: Final = b"desk"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One open code of the service: its salt and the service's proof, in hexadecimal."""

    offer_id: int
    salt: str
    proof: str


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``hello``."""

    service_nonce: str
    offers: list[Offer]


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk is from now on. ``secret`` is shown once."""

    desk_id: int
    secret: str
    desk_name: str


def code_key(code: str, salt: bytes) -> bytes:
    """The key that both sides derive from the code's digits; about 0.1 s."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(code.encode(), salt, time_cost=3, memory_cost=32 * 1024, parallelism=1, hash_len=32, type=Type.ID)


def proof(key: bytes, side: bytes, fingerprint: bytes, desk_nonce: bytes, service_nonce: bytes) -> bytes:
    """That ``side`` knows the code and sees this certificate."""
    return hmac.new(key, side + fingerprint + desk_nonce + service_nonce, hashlib.sha256).digest()


def desk_proof(code: str, offers: Offers, fingerprint: bytes, desk_nonce: bytes) -> tuple[int, bytes]:
    """The offer that ``code`` belongs to and the desk's proof for it. Raises :class:`ServiceNotProven` if the service proved none."""
    service_nonce = bytes.fromhex(offers.service_nonce)
    for offer in offers.offers:
        key = code_key(code, bytes.fromhex(offer.salt))
        expected = proof(key, _SERVICE, fingerprint, desk_nonce, service_nonce)
        if hmac.compare_digest(expected, bytes.fromhex(offer.proof)):
            return offer.offer_id, proof(key, _DESK, fingerprint, desk_nonce, service_nonce)
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
    import httpx

    def ask(step: dict[str, Any]) -> bytes:
        try:
            with httpx.Client(verify=pinned_context(fingerprint), trust_env=False, timeout=10) as client:
                answer = client.post(f"{address}/pair", content=msgspec.json.encode(step))
        except httpx.HTTPError as problem:
            raise Unreachable from problem
        if answer.status_code != 200:
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
