"""SM2 signatures over SM3 (GB/T 32918.2 and .5, user id of §5.5), for provinces that sign bodies (docs/adr/0011-sm2.md).

The hash is the library's; the curve arithmetic is here because no library that builds everywhere signs by SM2. One signature takes some
milliseconds, which is nothing beside the call that it is for. The scalar is blinded; this is still not meant for a machine shared with an enemy.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.hazmat.primitives import hashes

USER_ID: Final = b"1234567812345678"
_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _P - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: Final[_Jacobian] = (1, 1, 0)


class KeyUnreadable(ValueError):
    """What was given is no SM2 private key in any form that bureaus issue."""


def sm3(message: bytes) -> bytes:
    """The 32 bytes of GB/T 32905."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize()


def public_key(private: int) -> Point:
    """The point that belongs to a private key."""
    return _affine(_times(private, _G))


def sign(private: int, message: bytes, *, nonce: int | None = None) -> tuple[int, int]:
    """``(r, s)``. ``nonce`` is for the standard's example only."""
    digest = int.from_bytes(sm3(_identity(public_key(private)) + message))
    while True:
        k = nonce or 1 + secrets.randbelow(_N - 1)
        r = (digest + _affine(_times(k, _G))[0]) % _N
        s = pow(1 + private, -1, _N) * (k - r * private) % _N
        if r and s and r + k != _N:
            return r, s


def verify(public: Point, message: bytes, signature: tuple[int, int]) -> bool:
    """Whether ``signature`` was made over ``message`` with the key of ``public``."""
    r, s = signature
    t = (r + s) % _N
    if not (0 < r < _N and 0 < s < _N and t and _on_curve(public)):
        return False
    digest = int.from_bytes(sm3(_identity(public) + message))
    total = _add(_times(s, _G, blind=False), _times(t, public, blind=False))
    return total[2] != 0 and (digest + _affine(total)[0]) % _N == r


def to_hex(signature: tuple[int, int]) -> str:
    """``r`` and ``s`` side by side, 128 upper-case hexadecimal digits."""
    return "".join(f"{part:064X}" for part in signature)


def from_hex(text: str) -> tuple[int, int]:
    """The reverse of :func:`to_hex`; ``ValueError`` if it is none."""
    raw = bytes.fromhex(text)
    if len(raw) != 64:
        raise ValueError(len(raw))
    return int.from_bytes(raw[:32]), int.from_bytes(raw[32:])


def private_key(text: str) -> int:
    """A private key as bureaus issue it: 64 hexadecimal digits, Base64 of its 32 bytes, or SEC 1 or PKCS #8 DER as Base64 or hexadecimal.

    Raises :class:`KeyUnreadable`.
    """
    raw = _bytes("".join(text.split()))
    scalar = raw if len(raw) == 32 else _scalar(raw)
    value = int.from_bytes(scalar)
    if len(scalar) != 32 or not 0 < value < _N - 1:
        raise KeyUnreadable("no scalar of the curve")
    return value


def _bytes(text: str) -> bytes:
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            return decode(text)
        except (ValueError, binascii.Error):
            continue
    raise KeyUnreadable("neither hexadecimal nor Base64")


def _scalar(der: bytes) -> bytes:
    """The octets of SEC 1's ``ECPrivateKey {1, OCTET STRING}``, which PKCS #8 wraps as ``{0, algorithm, OCTET STRING}``."""
    fields = _elements(_elements(der)[0][1])
    octets = next((content for tag, content in fields if tag == 0x04), b"")
    return octets if len(octets) == 32 else _scalar(octets) if octets else b""


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 2 <= len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(der[at : at + width]), at + width
        found.append((tag, der[at : at + length]))
        at += length
    if not found or at != len(der):
        raise KeyUnreadable("no DER")
    return found


def _identity(public: Point) -> bytes:
    """Z of §5.5: the signer's id, the curve and the public key, hashed."""
    numbers = b"".join(number.to_bytes(32) for number in (_A, _B, *_G, *public))
    return sm3((len(USER_ID) * 8).to_bytes(2) + USER_ID + numbers)


def _on_curve(point: Point) -> bool:
    x, y = point
    return 0 <= x < _P and 0 <= y < _P and (y * y - x * x * x - _A * x - _B) % _P == 0


def _times(scalar: int, point: Point, *, blind: bool = True) -> _Jacobian:
    """Double and add from the top. A random multiple of the order hides the scalar's own bits and length."""
    if blind:
        scalar += _N * (2**31 + secrets.randbits(31))
    base: _Jacobian = (*point, 1)
    total = _INFINITY
    for bit in f"{scalar:b}":
        total = _double(total)
        if bit == "1":
            total = _add(total, base)
    return total


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z:
        return point
    yy = y * y % _P
    s = 4 * x * yy % _P
    zz = z * z % _P
    m = 3 * (x - zz) * (x + zz) % _P  # a = -3
    x3 = (m * m - 2 * s) % _P
    return x3, (m * (s - x3) - 8 * yy * yy) % _P, 2 * y * z % _P


def _add(one: _Jacobian, other: _Jacobian) -> _Jacobian:
    x1, y1, z1 = one
    x2, y2, z2 = other
    if not z1 or not z2:
        return other if not z1 else one
    zz1, zz2 = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * zz2 % _P, x2 * zz1 % _P
    s1, s2 = y1 * z2 * zz2 % _P, y2 * z1 * zz1 % _P
    h, r = (u2 - u1) % _P, (s2 - s1) % _P
    if not h:
        return _double(one) if not r else _INFINITY
    hh = h * h % _P
    hhh, v = h * hh % _P, u1 * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * hhh) % _P, h * z1 * z2 % _P


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    inverse = pow(z, -1, _P)
    return x * inverse * inverse % _P, y * inverse**3 % _P
