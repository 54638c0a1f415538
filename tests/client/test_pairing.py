"""Pairing: both sides agree, another code or another certificate does not."""

from __future__ import annotations

import secrets

import pytest

from client.errors import ServiceNotProven
from client.pairing import desk_proof, full_address
from common.pairing import Offer, Offers, code_key, proof

FINGERPRINT = secrets.token_bytes(32)
DESK_NONCE = secrets.token_bytes(32)
SERVICE_NONCE = secrets.token_bytes(32)
KEY = "d0b661c5b63b8fbb49bbba810caec83904ecd2313c7483ea8d981c9ef1658a33"
PROOF = "43dd7c614b87626a7c55aba50aab92c82127cbf83ec732f2e91fe7b7501034df"


def _offer(number: int, code: str, fingerprint: bytes = FINGERPRINT) -> Offer:
    salt = secrets.token_bytes(16)
    mine = proof(code_key(code, salt), b"service", fingerprint, DESK_NONCE, SERVICE_NONCE)
    return Offer(offer_id=number, salt=salt.hex(), proof=mine.hex())


def _offers(*offers: Offer) -> Offers:
    return Offers(service_nonce=SERVICE_NONCE.hex(), offers=list(offers))


def test_the_proof_is_the_one_that_was_written_down() -> None:
    """A desk of today must still be able to pair with a service of tomorrow."""
    key = code_key("12345678", bytes(range(16)))
    made = proof(key, b"desk", b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    assert (key.hex(), made.hex()) == (KEY, PROOF)


def test_the_desk_finds_its_offer_among_several() -> None:
    offers = _offers(_offer(1, "11111111"), _offer(2, "12345678"))
    offer_id, mine = desk_proof("12345678", offers, FINGERPRINT, DESK_NONCE)
    key = code_key("12345678", bytes.fromhex(offers.offers[1].salt))
    assert offer_id == 2
    assert mine == proof(key, b"desk", FINGERPRINT, DESK_NONCE, SERVICE_NONCE)


def test_a_wrong_code_proves_nothing() -> None:
    with pytest.raises(ServiceNotProven):
        desk_proof("87654321", _offers(_offer(1, "12345678")), FINGERPRINT, DESK_NONCE)


def test_somebody_in_between_has_another_certificate_and_no_proof() -> None:
    theirs = secrets.token_bytes(32)
    with pytest.raises(ServiceNotProven):
        desk_proof("12345678", _offers(_offer(1, "12345678")), theirs, DESK_NONCE)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.168.1.10", "https://192.168.1.10:8443"),
        (" clinic:9000/ ", "https://clinic:9000"),
        ("https://clinic", "https://clinic:8443"),
        ("[fe80::1]", "https://[fe80::1]:8443"),
    ],
)
def test_an_address_is_completed(typed: str, address: str) -> None:
    assert full_address(typed) == address


@pytest.mark.parametrize("typed", ["", "http://clinic", "ftp://x"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="address"):
        full_address(typed)
