"""Pairing a desk with a short code: both sides prove that they know it, and the proof covers the certificate, so that nobody in between can
put in his own. The code's key is derived slowly (Argon2id), so that eight digits cannot be tried out while the pairing lasts.

``POST /pair`` twice: ``hello`` brings the service's proof for each open offer, ``prove`` brings the desk's id and secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from common.errors import Malformed, PairingRefused
from common.messages.admin import OfferPairing, PairingCode
from common.pairing import DESK, SERVICE, Offer, Offers, Paired, code_key, proof
from server.db import Read, Write
from server.features import handles

if TYPE_CHECKING:
    from server.db import Database, Tx

_MINUTES: Final = 10
_TRIES: Final = 5

_OFFER: Final = Write(
    "INSERT INTO pairing_offer (desk_name, key, salt, expires_at) VALUES (%(desk_name)s, %(key)s, %(salt)s, %(expires_at)s)"
)
_OPEN: Final = Read(
    "SELECT id, key, salt FROM pairing_offer WHERE used_at IS NULL AND expires_at > %(wall)s AND tries < 5 ORDER BY id DESC LIMIT 20"
)
_TRY: Final = Write(
    "UPDATE pairing_offer SET tries = tries + 1 WHERE id = %(id)s AND used_at IS NULL AND expires_at > %(wall)s AND tries < 5"
    " RETURNING key, desk_name"
)
_USE: Final = Write("UPDATE pairing_offer SET used_at = %(wall)s WHERE id = %(id)s AND used_at IS NULL")
_ADMIT: Final = Write("INSERT INTO desk (name, secret_hash, paired_at) VALUES (%(name)s, %(secret_hash)s, %(wall)s) RETURNING id")


class PairingStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a desk sends. All but the step is hexadecimal."""

    step: str
    desk_nonce: str
    service_nonce: str = ""
    offer_id: int = 0
    proof: str = ""


@handles(OfferPairing, replayed=False)
def offer_pairing(tx: Tx, request: OfferPairing) -> PairingCode:
    """Make a code of eight digits."""
    code = f"{secrets.randbelow(10**8):08d}"
    salt = secrets.token_bytes(16)
    expires_at = tx.wall + timedelta(minutes=_MINUTES)
    tx.write(_OFFER, desk_name=request.desk_name, key=code_key(code, salt), salt=salt, expires_at=expires_at)
    tx.detail = {"desk_name": request.desk_name}
    return PairingCode(code=code, expires_at=expires_at)


def answer_pairing(database: Database, wall: datetime, fingerprint: bytes, body: bytes) -> Offers | Paired:
    """One step of a pairing. Raises ``Malformed`` or ``PairingRefused``."""
    try:
        step = msgspec.json.decode(body, type=PairingStep)
        desk_nonce = bytes.fromhex(step.desk_nonce)
        given, service_nonce = bytes.fromhex(step.proof), bytes.fromhex(step.service_nonce)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(detail=str(error)[:200]) from None
    if len(desk_nonce) != 32:
        raise Malformed(detail="desk_nonce")
    if step.step == "hello":
        return _offers(database, wall, fingerprint, desk_nonce)
    return _prove(database, wall, fingerprint, step.offer_id, desk_nonce, service_nonce, given)


def _offers(database: Database, wall: datetime, fingerprint: bytes, desk_nonce: bytes) -> Offers:
    nonce = secrets.token_bytes(32)
    rows = database.of_thread().execute(_OPEN.bytes, {"wall": wall}).fetchall()
    offers = [
        Offer(offer_id=row[0], salt=bytes(row[2]).hex(), proof=proof(bytes(row[1]), SERVICE, fingerprint, desk_nonce, nonce).hex())
        for row in rows
    ]
    return Offers(service_nonce=nonce.hex(), offers=offers)


def _prove(
    database: Database, wall: datetime, fingerprint: bytes, offer_id: int, desk_nonce: bytes, service_nonce: bytes, given: bytes
) -> Paired:
    connection = database.of_thread()
    row = connection.execute(_TRY.bytes, {"id": offer_id, "wall": wall}).fetchone()  # counted even if what follows fails
    if row is None or len(service_nonce) != 32:
        raise PairingRefused
    if not hmac.compare_digest(given, proof(bytes(row[0]), DESK, fingerprint, desk_nonce, service_nonce)):
        raise PairingRefused
    secret = secrets.token_urlsafe(32)
    with connection.transaction():
        if connection.execute(_USE.bytes, {"id": offer_id, "wall": wall}).rowcount != 1:
            raise PairingRefused
        parameters = {"name": row[1], "secret_hash": hashlib.sha256(secret.encode()).digest(), "wall": wall}
        admitted = connection.execute(_ADMIT.bytes, parameters).fetchone()
    assert admitted is not None
    return Paired(desk_id=admitted[0], secret=secret, desk_name=row[1])


def main(argv: list[str]) -> int:
    """``xinglin pair NAME``: make a code on the service's own machine, as the administrator of the operating system."""
    import argparse

    from common.i18n import tr
    from server.local import perform_locally

    longest = 40
    parser = argparse.ArgumentParser(prog="xinglin pair", description=tr("Show the short code that pairs a new desk."), add_help=False)
    parser.add_argument_group(tr("options")).add_argument("-h", "--help", action="help", help=tr("show this help"))
    arguments = parser.add_argument_group(tr("arguments"))
    arguments.add_argument("name", nargs="*", help=tr("what the desk is called, for example Registration 1; “desk” if not given"))
    name = " ".join(parser.parse_args(argv).name).strip() or "desk"
    if len(name) > longest:
        parser.error(tr("The name of a desk has at most {n} characters.", n=longest))
    code = perform_locally(OfferPairing(desk_name=name))
    sys.stdout.write(f"{code.code[:4]} {code.code[4:]}\n{code.expires_at:%Y-%m-%d %H:%M}\n")
    return 0
