"""Pairing over real TLS: a short code, a pinned certificate, and nobody in between."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import ssl
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from client import pairing as desk
from client.connection import pinned_context
from client.errors import ServiceNotProven
from common.errors import DeskUnknown, Malformed, PairingRefused, Unreachable, XinglinError, error_from_wire
from common.messages.admin import OfferPairing
from common.messages.session import SignedIn, SignIn, WhoAmI
from common.pairing import Offers
from common.wire import DESK_HEADER, REQUEST_ID_HEADER, Refused, Request, decode, encode, new_request_id, reply_type, wire_name
from installer.sample import PASSWORD
from server.app import App, Service
from server.config import Config
from server.db import Database
from server.tls import certificate, write_private
from tests.harness import Served
from tests.server.office import MovedClock, Office


class Shop:
    """A service behind TLS that lets only paired desks in."""

    def __init__(self, office: Office, keys: Path) -> None:
        crt, key, self.fingerprint = certificate(keys)
        self.served = Served(ssl_certfile=str(crt), ssl_keyfile=str(key))
        self.url = f"https://127.0.0.1:{self.served.port}"
        self.office = office
        self.clock = MovedClock()
        config = Config(dsn=office.database.dsn, keys=keys, port=self.served.port, threads=4, fingerprint=self.fingerprint)
        self.service = Service(config, Database(config.dsn), self.clock)

    def start(self) -> None:
        self.served.start(App(self.service))

    def stop(self) -> None:
        self.served.stop()

    def code(self, name: str = "收费一号台") -> str:
        return self.office.desk("admin").call(OfferPairing(desk_name=name)).code

    def ask(self, request: Request[Any], **headers: str) -> Any:
        """One request of a desk; raises the refusal."""
        with httpx.Client(verify=pinned_context(self.fingerprint), trust_env=False) as client:
            sent = {REQUEST_ID_HEADER: new_request_id(), **headers}
            answer = client.post(f"{self.url}/api/{wire_name(type(request))}", content=encode(request), headers=sent)
        if answer.status_code != 200:
            told = decode(Refused, answer.content)
            raise error_from_wire(told.error, told.fields)
        return decode(reply_type(type(request)), answer.content)


@pytest.fixture
def shop(own_office: Office, tmp_path: Path) -> Iterator[Shop]:
    running = Shop(own_office, tmp_path / "keys")
    running.start()
    yield running
    running.stop()


SIGN_IN = SignIn(login="qianduo", password=PASSWORD)


def test_the_right_code_pairs_and_the_desk_may_sign_in(shop: Shop) -> None:
    with pytest.raises(DeskUnknown):
        shop.ask(SIGN_IN)
    code = shop.code()
    assert len(code) == 8
    assert code.isdecimal()
    service, paired = desk.pair(shop.url, f"{code[:4]} {code[4:]}")  # typed as it is shown
    assert paired.desk_name == "收费一号台"
    assert service.fingerprint == shop.fingerprint
    header = f"{paired.desk_id}:{paired.secret}"
    signed_in: SignedIn = shop.ask(SIGN_IN, **{DESK_HEADER: header})
    assert shop.ask(WhoAmI(), Authorization=f"Bearer {signed_in.token}").staff.login == "qianduo"
    assert shop.office.rows("SELECT desk_id FROM session") == [(paired.desk_id,)]
    dump = str(shop.office.rows("SELECT d::text FROM desk d")) + str(shop.office.rows("SELECT a::text FROM audit_entry a"))
    assert paired.secret not in dump
    assert code not in dump
    assert shop.office.rows("SELECT secret_hash FROM desk") == [(hashlib.sha256(paired.secret.encode()).digest(),)]


@pytest.mark.parametrize("header", ["", "1", "1:", ":x", "x:y", "99:nonsense", "9" * 30 + ":x", "1:nonsense", "١:x"])
def test_no_desk_that_is_not_paired_comes_in(shop: Shop, header: str) -> None:
    with pytest.raises(DeskUnknown):
        shop.ask(SIGN_IN, **({DESK_HEADER: header} if header.isascii() else {}))


@pytest.mark.parametrize("authorization", ["Basic eDp5", "x", "Bearer"])
def test_a_header_that_is_no_session_does_not_stand_for_a_desk(shop: Shop, authorization: str) -> None:
    with pytest.raises(DeskUnknown):
        shop.ask(SIGN_IN, Authorization=authorization)


def test_a_desk_that_was_revoked_is_out(shop: Shop) -> None:
    _, paired = desk.pair(shop.url, shop.code())
    shop.office.database.run("UPDATE desk SET revoked_at = now()")
    with pytest.raises(DeskUnknown):
        shop.ask(SIGN_IN, **{DESK_HEADER: f"{paired.desk_id}:{paired.secret}"})


def test_another_code_proves_nothing(shop: Shop) -> None:
    code = shop.code()
    other = f"{(int(code) + 1) % 10**8:08d}"
    with pytest.raises(ServiceNotProven):
        desk.pair(shop.url, other)
    desk.pair(shop.url, code)


def test_a_code_is_used_once(shop: Shop) -> None:
    code = shop.code()
    desk.pair(shop.url, code)
    with pytest.raises((PairingRefused, ServiceNotProven)):
        desk.pair(shop.url, code)
    assert shop.office.rows("SELECT count(*) FROM desk") == [(1,)]


def test_a_code_lives_ten_minutes(shop: Shop) -> None:
    first, second = shop.code("a"), shop.code("b")
    shop.clock.wall_by = timedelta(minutes=9, seconds=30)
    desk.pair(shop.url, first)
    shop.clock.wall_by = timedelta(minutes=10, seconds=1)
    with pytest.raises((PairingRefused, ServiceNotProven)):
        desk.pair(shop.url, second)


# --- step by step, as somebody else's program would


def step(shop: Shop, **fields: Any) -> Any:
    with httpx.Client(verify=pinned_context(shop.fingerprint), trust_env=False) as client:
        answer = client.post(f"{shop.url}/pair", content=msgspec.json.encode(fields))
    if answer.status_code != 200:
        told = decode(Refused, answer.content)
        raise error_from_wire(told.error, told.fields)
    return answer.json()


def hello(shop: Shop, nonce: bytes) -> Offers:
    return msgspec.convert(step(shop, step="hello", desk_nonce=nonce.hex()), Offers)


def prove(shop: Shop, nonce: bytes, offers: Offers, offer_id: int, proof: bytes) -> Any:
    return step(shop, step="prove", desk_nonce=nonce.hex(), service_nonce=offers.service_nonce, offer_id=offer_id, proof=proof.hex())


def test_five_tries_and_the_code_is_spent(shop: Shop) -> None:
    code, nonce = shop.code(), secrets.token_bytes(32)
    offers = hello(shop, nonce)
    offer_id, right = desk.desk_proof(code, offers, shop.fingerprint, nonce)
    for _ in range(5):
        with pytest.raises(PairingRefused):
            prove(shop, nonce, offers, offer_id, secrets.token_bytes(32))
    with pytest.raises(PairingRefused):
        prove(shop, nonce, offers, offer_id, right)
    assert hello(shop, nonce).offers == []


def test_the_fifth_try_may_be_the_right_one(shop: Shop) -> None:
    code, nonce = shop.code(), secrets.token_bytes(32)
    offers = hello(shop, nonce)
    offer_id, right = desk.desk_proof(code, offers, shop.fingerprint, nonce)
    for _ in range(4):
        with pytest.raises(PairingRefused):
            prove(shop, nonce, offers, offer_id, b"")
    assert prove(shop, nonce, offers, offer_id, right)["desk_id"]


def test_a_proof_fits_its_nonces_its_side_and_its_offer_alone(shop: Shop) -> None:
    code, nonce = shop.code(), secrets.token_bytes(32)
    offers = hello(shop, nonce)
    offer_id, right = desk.desk_proof(code, offers, shop.fingerprint, nonce)
    mirrored = bytes.fromhex(offers.offers[0].proof)  # the service's own proof sent back
    for other_nonce, proof in ((secrets.token_bytes(32), right), (nonce, mirrored)):
        with pytest.raises(PairingRefused):
            prove(shop, other_nonce, offers, offer_id, proof)
    with pytest.raises(PairingRefused):
        prove(shop, nonce, offers, offer_id + 100, right)


def test_steps_that_make_no_sense(shop: Shop) -> None:
    nonce = "00" * 32
    for fields in (
        {},
        {"step": "hello"},
        {"step": "hello", "desk_nonce": "xyz"},
        {"step": "hello", "desk_nonce": "00"},
        {"step": "hello", "desk_nonce": nonce, "more": 1},
        {"step": 1, "desk_nonce": nonce},
    ):
        with pytest.raises(Malformed):
            step(shop, **fields)
    with pytest.raises(PairingRefused):
        step(shop, step="prove", desk_nonce=nonce, offer_id=2**63)
    with pytest.raises(Malformed):
        step(shop, step="hello", desk_nonce="00" * 100_000)


# --- the line itself


@contextmanager
def in_between(shop: Shop, keys: Path) -> Iterator[str]:
    """Somebody in between: shows a certificate of his own and hands every byte on, unciphered.

    One loop owns every line: OpenSSL does not allow one thread to read while another writes the same line.
    """
    crt, key, _ = certificate(keys)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    inner = ssl._create_unverified_context()
    port = int(shop.url.rpartition(":")[2])

    async def hand_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        target.close()

    async def meet(near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, ask = await asyncio.open_connection("127.0.0.1", port, ssl=inner)
        await asyncio.gather(hand_on(near, ask), hand_on(far, answer))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(asyncio.start_server(meet, "127.0.0.1", 0, ssl=context), loop).result(20)
    yield f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(listener.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)


def test_somebody_in_between_is_found_out(shop: Shop, tmp_path: Path) -> None:
    code = shop.code()
    with in_between(shop, tmp_path / "his") as url:
        with httpx.Client(verify=False, trust_env=False) as client:
            assert client.get(f"{url}/health").json()["service"] == "ok"  # he does hand everything on
        with pytest.raises(ServiceNotProven):
            desk.pair(url, code)
        with pytest.raises(httpx.ConnectError), httpx.Client(verify=pinned_context(shop.fingerprint), trust_env=False) as client:
            client.get(f"{url}/health")  # a desk that is paired does not talk to him either
    assert shop.office.rows("SELECT count(*) FROM desk") == [(0,)]
    desk.pair(shop.url, code)


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises((Unreachable, XinglinError)):
        desk.pair("https://127.0.0.1:1", "12345678")


def test_plain_http_gets_nothing(shop: Shop) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(shop.url.replace("https", "http") + "/health", trust_env=False)


# --- certificate and keys


def test_the_certificate_stays(tmp_path: Path) -> None:
    crt, key, first = certificate(tmp_path / "keys")
    before = crt.read_bytes(), key.read_bytes()
    assert certificate(tmp_path / "keys")[2] == first
    assert (crt.read_bytes(), key.read_bytes()) == before
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(crt.read_text())).digest() == first
    assert certificate(tmp_path / "others")[2] != first


def test_services_that_start_at_once_on_one_folder_have_one_certificate_and_one_key(tmp_path: Path) -> None:
    from server.tls import signing_key

    for turn in range(10):
        folder = tmp_path / str(turn)
        together = threading.Barrier(6)

        def start(folder: Path = folder, together: threading.Barrier = together) -> tuple[bytes, object]:
            together.wait(10)
            return certificate(folder)[2], signing_key(folder).public_key().public_bytes_raw()

        with ThreadPoolExecutor(6) as pool:
            started = [future.result() for future in [pool.submit(start) for _ in range(6)]]
        assert len(set(started)) == 1
        assert {file.name for file in folder.iterdir()} == {"service.crt", "service.key", "audit.key", "audit.pub"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes; the folder's own rights protect the key there")
def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        _, key, _ = certificate(tmp_path / "keys")
        write_private(tmp_path / "secret", b"x")
        write_private(tmp_path / "secret", b"y")  # again, over the first
    finally:
        os.umask(old)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert (tmp_path / "secret").read_bytes() == b"y"
    from server.tls import signing_key

    assert signing_key(tmp_path / "keys").public_key() == signing_key(tmp_path / "keys").public_key()
    assert stat.S_IMODE((tmp_path / "keys" / "audit.key").stat().st_mode) == 0o600
