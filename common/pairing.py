"""What both sides of a pairing say and compute (ADR 0008): each proves that it knows the short code and sees the same certificate.

The key is Argon2id of the code's digits (t=3, 32 MiB, p=1), slow enough that the digits cannot be tried out while a pairing lasts. A proof
is HMAC-SHA256(key, side + fingerprint + desk's nonce + service's nonce). Somebody in between has another certificate, and so no proof fits.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec

SERVICE: Final = b"service"
DESK: Final = b"desk"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One open code: its salt and the service's proof, in hexadecimal."""

    offer_id: int
    salt: str
    proof: str


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``hello``."""

    service_nonce: str
    offers: list[Offer]


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``prove``: what the desk is from now on. ``secret`` is shown once."""

    desk_id: int
    secret: str
    desk_name: str


def code_key(code: str, salt: bytes) -> bytes:
    """The key that both sides derive from the code's digits; about 0.1 s."""
    from argon2.low_level import Type, hash_secret_raw  # late: a desk pairs once in its life

    return hash_secret_raw(code.encode(), salt, time_cost=3, memory_cost=32 * 1024, parallelism=1, hash_len=32, type=Type.ID)


def proof(key: bytes, side: bytes, fingerprint: bytes, desk_nonce: bytes, service_nonce: bytes) -> bytes:
    """That ``side`` (:data:`SERVICE` or :data:`DESK`) knows the code and sees this certificate."""
    return hmac.new(key, side + fingerprint + desk_nonce + service_nonce, hashlib.sha256).digest()
