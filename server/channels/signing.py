"""Signing what goes to an acquirer and checking what comes back: one small class a scheme."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from pathlib import Path

_LEAST_BITS: Final = 2048


class Signer(Protocol):
    """Signs as one side and checks as from the other. ``scheme`` is its name on the wire."""

    @property
    def scheme(self) -> str:
        """``HMAC-SHA256`` or ``RSA2``."""
        ...

    def sign(self, text: bytes) -> str:
        """The signature over ``text``, in base64."""
        ...

    def verifies(self, text: bytes, signature: str) -> bool:
        """Whether the other side made ``signature`` over ``text``. False for anything malformed."""
        ...


class HmacSigner:
    """Both sides hold one secret."""

    scheme = "HMAC-SHA256"

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, text: bytes) -> str:
        """The signature over ``text``, in base64."""
        return base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256)).decode("ascii")

    def verifies(self, text: bytes, signature: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode("utf-8", "replace"))


class RsaSigner:
    """RSA2: SHA-256 with RSA, PKCS #1 v1.5; each side signs with a key of its own. Raises ``ValueError`` for keys that are none."""

    scheme = "RSA2"

    def __init__(self, own_key: bytes, their_key: bytes) -> None:
        own = serialization.load_pem_private_key(own_key, password=None)
        theirs = serialization.load_pem_public_key(their_key)
        if not (isinstance(own, rsa.RSAPrivateKey) and isinstance(theirs, rsa.RSAPublicKey)):
            raise ValueError("RSA2 needs RSA keys")
        if min(own.key_size, theirs.key_size) < _LEAST_BITS:
            raise ValueError("RSA keys need at least 2048 bits")
        self._own, self._theirs = own, theirs

    @classmethod
    def from_files(cls, own_key: Path, their_key: Path) -> RsaSigner:
        """With keys from two PEM files. Raises ``OSError`` too."""
        return cls(own_key.read_bytes(), their_key.read_bytes())

    def sign(self, text: bytes) -> str:
        """The signature over ``text``, in base64."""
        return base64.b64encode(self._own.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")

    def verifies(self, text: bytes, signature: str) -> bool:
        """By the other side's public key."""
        try:
            self._theirs.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def request_text(path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed of a request."""
    return f"POST\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def reply_text(status: int, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed of a reply. ``nonce`` is the request's, so that no reply can stand for another."""
    return f"{status}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
