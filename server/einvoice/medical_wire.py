"""The envelope of the medical e-invoice API 医疗收费电子票据, as both sides read it (docs/interfaces/einvoice.md).

A call is a JSON object of ``appid``, ``data`` (base64 of the business JSON), ``noise``, ``version`` and ``sign``; a reply has ``data`` (base64 of
``result`` and ``message``, the latter base64 again), ``noise`` and ``sign``. Fields of the business JSON are the API's own names.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives import hashes

OK: Final = "S0000"


class Account(NamedTuple):
    """What the platform gave the clinic: ``digest`` is md5 or sm3."""

    appid: str
    key: str
    version: str = "1.0"
    digest: str = "md5"

    def sign(self, data: str, noise: str) -> str:
        """The digest over all parts in their fixed order, in upper-case hex."""
        text = f"appid={self.appid}&data={data}&noise={noise}&key={self.key}&version={self.version}".encode()
        if self.digest == "sm3":
            sm3 = hashes.Hash(hashes.SM3())
            sm3.update(text)
            return sm3.finalize().hex().upper()
        return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()  # the API's own choice; the line is TLS


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A signed call or reply."""

    data: str
    noise: str
    sign: str
    appid: str = ""
    version: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a reply's ``data``."""

    result: str
    message: str = ""


_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def seal(account: Account, content: object) -> bytes:
    """A call or a reply over ``content``."""
    data = base64.b64encode(_encoder.encode(content)).decode("ascii")
    noise = secrets.token_hex(16)
    sealed = Sealed(appid=account.appid, data=data, noise=noise, version=account.version, sign=account.sign(data, noise))
    return msgspec.json.encode(sealed)


def open_sealed(account: Account, body: bytes) -> bytes:
    """The content of a call or a reply. Raises ``ValueError`` if it cannot be read or its other side did not sign it."""
    sealed = msgspec.json.decode(body, type=Sealed)
    if not secrets.compare_digest(account.sign(sealed.data, sealed.noise).encode(), sealed.sign.encode()):
        raise ValueError("the signature is wrong")
    return _plain(sealed.data)


def answer(account: Account, result: str, message: object) -> bytes:
    """A reply. ``message`` is the business JSON of a success, a text otherwise."""
    inner = message.encode() if isinstance(message, str) else _encoder.encode(message)
    return seal(account, {"result": result, "message": base64.b64encode(inner).decode("ascii")})


def read_answer(account: Account, body: bytes) -> tuple[str, Any]:
    """A reply's result and message: decoded JSON of a success, else a text. Raises ``ValueError``."""
    answered = msgspec.json.decode(open_sealed(account, body), type=Answered)
    inner = _plain(answered.message)
    if answered.result == OK:
        return answered.result, msgspec.json.decode(inner)
    return answered.result, inner.decode("utf-8", "replace")


def _plain(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
