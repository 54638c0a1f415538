"""The file that says whom the service may ask: what is connected, and a clear sentence for whatever is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from common.i18n import ENGLISH, language
from common.messages.cashier import CHANNELS, TenderKind
from server import outside
from server.channels.line import Line, NoAnswerError, NotSentError
from server.channels.signing import HmacSigner, RsaSigner, reply_text, request_text
from server.channels.simulator import Simulator, start_simulator
from server.config import Config
from server.outcome import Rejected, Success
from tests.server.channels.conftest import Practice

SECRET = "a-secret-of-this-test-alone"
GOOD = f'[channel.wechat]\nurl = "https://pay.example.cn/v1"\nmerchant = "M1"\nsecret = "{SECRET}"\n'


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with language(ENGLISH):
        yield


def write(folder: Path, text: str) -> Path:
    (folder / outside.FILE).write_text(text, encoding="utf-8")
    return folder


def test_no_file_connects_nothing(tmp_path: Path) -> None:
    assert outside.channels(tmp_path) == {}
    assert outside.section(tmp_path, "insurance") == {}
    assert outside.reconciliation(tmp_path).refund_unknown


def test_what_stands_in_it_is_connected(tmp_path: Path) -> None:
    keys = write(tmp_path, GOOD + "[reconciliation]\nrefund_unknown = false\n[insurance]\nprovince = '440300'\n")
    assert [channel.kind for channel in outside.channels(keys).values()] == [TenderKind.WECHAT]
    assert not outside.reconciliation(keys).refund_unknown
    assert outside.section(keys, "insurance") == {"province": "440300"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[channel.wechat", "cannot be read"),
        ("[channels.wechat]", "[channels]: there are only channel,"),
        ("channel = 1", "[channel]: it is no section"),
        ("[channel.paypal]", "[channel.paypal]: there are only alipay, ecny,"),
        ("channel.wechat = 3", "[channel.wechat]: Expected `object`"),
        (GOOD.replace("merchant", "merchantt"), "unknown field `merchantt`"),
        (GOOD.replace('merchant = "M1"\n', ""), "missing required field `merchant`"),
        (GOOD.replace(SECRET, "short"), "the secret is missing or shorter than 16"),
        (GOOD.replace("https", "http"), "must begin with https://"),
        (GOOD.replace("https://pay.example.cn/v1", "pay.example.cn"), "like https://host/path"),
        (GOOD + "timeout_seconds = 0\n", "timeout_seconds"),
        (GOOD + 'timeout_seconds = "10"\n', "timeout_seconds"),
        (GOOD + 'sign = "rsa2"\n', "[channel.wechat]:"),
        (GOOD + 'authority = "none.pem"\n', "[channel.wechat]:"),
    ],
)
def test_what_is_wrong_is_said_and_no_secret_with_it(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        outside.channels(write(tmp_path, text))
    assert words in str(ended.value)
    assert "outside.toml" in str(ended.value)
    assert SECRET not in str(ended.value)


def test_a_service_with_a_wrong_file_does_not_start(tmp_path: Path) -> None:
    from server.app import Service
    from server.clock import Clock
    from server.db import Database

    with pytest.raises(SystemExit, match="there are only"):
        Service(Config(dsn="", keys=write(tmp_path, "[bank]\n")), Database(""), Clock())


def test_the_simulators_own_sections_connect_all_four(simulator: Simulator, practice: Practice, tmp_path: Path) -> None:
    found = outside.channels(write(tmp_path, simulator.outside(60)))
    assert set(found) == CHANNELS
    for kind, channel in found.items():
        assert isinstance(channel.pay(practice.order(), 1, practice.code(kind), "x"), Success)


def test_rsa_signs_and_checks_both_ways(tmp_path: Path) -> None:
    ours, theirs, strange = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3))
    for name, key in (("our", ours), ("their", theirs), ("strange", strange)):
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(pem)
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub").write_bytes(public)
    arguments = ("--own-key", str(tmp_path / "their.pem"), "--merchant-key", str(tmp_path / "our.pub"))
    running = start_simulator(tmp_path / "memory.db", arguments=arguments)
    try:
        practice, section = Practice(running), f'[channel.wechat]\nurl = "{running.url}"\nmerchant = "SIMULATED"\nsign = "rsa2"\n'
        keys = write(tmp_path, section + 'private_key = "our.pem"\nprovider_key = "their.pub"\n')
        assert isinstance(outside.channels(keys)[TenderKind.WECHAT].pay(practice.order(), 1, practice.code(), "x"), Success)
        write(tmp_path, section + 'private_key = "our.pem"\nprovider_key = "strange.pub"\n')
        order = practice.order()
        outcome = outside.channels(keys)[TenderKind.WECHAT].pay(order, 1, practice.code(), "x")
        assert not isinstance(outcome, Success | Rejected)
        assert practice.book(order) == [("PAY", 1)]
        write(tmp_path, section + 'private_key = "strange.pem"\nprovider_key = "their.pub"\n')
        outside.channels(keys)[TenderKind.WECHAT].pay(order := practice.order(), 1, practice.code(), "x")
        assert practice.book(order) == []
    finally:
        running.stop()


def test_signatures_are_those_that_the_page_gives() -> None:
    """The worked example of docs/interfaces/payment-channels.md."""
    signer = HmacSigner("practice-secret-0001")
    request = request_text("/v1/query", "1790000000", "00112233445566778899aabbccddeeff", b'{"order":"XL1"}')
    assert request == b'POST\n/v1/query\n1790000000\n00112233445566778899aabbccddeeff\n{"order":"XL1"}\n'
    assert signer.sign(request) == REQUEST_SIGNATURE
    reply = reply_text(200, "1790000001", "00112233445566778899aabbccddeeff", b"{}")
    assert signer.sign(reply) == REPLY_SIGNATURE
    assert signer.verifies(reply, REPLY_SIGNATURE)
    for wrong in ("", "=", "垃圾", REQUEST_SIGNATURE, REPLY_SIGNATURE[:-4]):
        assert not signer.verifies(reply, wrong)


REQUEST_SIGNATURE = "uHng9IEE324zXVwwTZ0VlLgTUQ0lXuRTewB0JwH4crk="
REPLY_SIGNATURE = "igVrCBPu3ZzwvWgvWNxRmbN/8W8bnAnKUvewKEx84QA="


def test_keys_that_are_too_short_are_refused() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="2048"):
        RsaSigner(pem, public)
    with pytest.raises(ValueError):
        RsaSigner(b"no key", public)


def test_tls_to_somebody_who_speaks_none_sends_nothing(simulator: Simulator) -> None:
    line = Line(f"https://127.0.0.1:{simulator.told.port}/v1", connect_seconds=0.5, timeout_seconds=30)
    with pytest.raises(NotSentError):
        line.post(line.path("pay"), {}, b"{}")


def test_an_answer_that_is_no_http_is_no_answer(simulator: Simulator) -> None:
    line = Line(f"http://127.0.0.1:{simulator.told.port}", connect_seconds=30, timeout_seconds=30)
    with pytest.raises(NoAnswerError):
        line.post("/v1/pay", {"Content-Length": "-1"}, b"")
