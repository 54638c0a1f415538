"""How a message proves who sent it (DOMAIN.md §1.4). A signer either adds headers or fills fields of the envelope."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from server.insurance import sm2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.insurance.protocol import Secrets

#: Fields that the body's signature leaves out.
_UNSIGNED: Final = frozenset({"cainfo", "input"})


class Signer(Protocol):
    """One way of signing."""

    def sign(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The envelope with whatever the signature puts into it."""

    def headers(self) -> dict[str, str]:
        """Headers of one request, made when it leaves."""


class NullSigner:
    """Nothing is signed: lines that are private to the institution, and trials."""

    def sign(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The envelope as it is."""
        return envelope

    def headers(self) -> dict[str, str]:
        """None."""
        return {}


class TifHeaderSigner:
    """Gateway headers: SHA-256 over timestamp, token, nonce, timestamp [C-code]. The body is not covered."""

    def __init__(self, paasid: str, token: str, clock: Callable[[], float] = time.time) -> None:
        self._paasid = paasid
        self._token = token
        self._clock = clock

    def sign(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The envelope as it is."""
        return envelope

    def headers(self) -> dict[str, str]:
        """The four ``x-tif`` headers."""
        timestamp, nonce = str(int(self._clock())), secrets.token_hex(8)
        return {
            "x-tif-paasid": self._paasid,
            "x-tif-timestamp": timestamp,
            "x-tif-nonce": nonce,
            "x-tif-signature": tif_signature(timestamp, self._token, nonce),
        }


def tif_signature(timestamp: str, token: str, nonce: str) -> str:
    """Lower-case hexadecimal SHA-256 of ``timestamp + token + nonce + timestamp``; ``timestamp`` in Unix seconds."""
    return hashlib.sha256(f"{timestamp}{token}{nonce}{timestamp}".encode()).hexdigest()


class Sm2BodySigner:
    """Hubei: the envelope's fields but ``cainfo`` and ``input``, signed by SM2 into ``cainfo`` [C-code]. The input itself is not covered."""

    def __init__(self, private_key: str) -> None:
        self._key = sm2.private_key(private_key)

    def sign(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The envelope with ``signtype`` and ``cainfo``."""
        signed = {**envelope, "signtype": "SM2"}
        return {**signed, "cainfo": sm2.to_hex(sm2.sign(self._key, signed_text(signed)))}

    def headers(self) -> dict[str, str]:
        """None."""
        return {}


class Sm3BodySigner:
    """The same text, only hashed: bureaus take it in development alone, since anybody can make it."""

    def sign(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The envelope with ``signtype`` and ``cainfo``."""
        signed = {**envelope, "signtype": "SM3"}
        return {**signed, "cainfo": sm2.sm3(signed_text(signed)).hex().upper()}

    def headers(self) -> dict[str, str]:
        """None."""
        return {}


def signed_text(envelope: Mapping[str, Any]) -> bytes:
    """``k=v`` of all fields but ``cainfo`` and ``input``, sorted by name, joined by ``&``; nothing becomes an empty text."""
    fields = sorted((name, value) for name, value in envelope.items() if name not in _UNSIGNED)
    return "&".join(f"{name}={'' if value is None else value}" for name, value in fields).encode()


def signer(kind: str, secrets: Secrets) -> Signer:
    """The signer that a province's profile names. Raises ``KeyUnreadable`` for a key that is none, ``ValueError`` for an unknown kind."""
    makers: dict[str, Callable[[], Signer]] = {
        "none": NullSigner,
        "tif": lambda: TifHeaderSigner(secrets.paasid, secrets.token),
        "sm2": lambda: Sm2BodySigner(secrets.private_key),
        "sm3": Sm3BodySigner,
    }
    if kind not in makers:
        raise ValueError(kind)
    return makers[kind]()
