"""The line to the service: what each kind of trouble is called, and that only the right certificate will do."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import pytest

from client.connection import Connection, Service
from client.errors import WrongCertificate
from common.errors import NotEnoughStock, OutcomeUnknown, ServiceBroken, Unreachable
from common.messages.catalogue import DiagnosisHit, DiagnosisHits, SearchDiagnoses
from common.messages.consult import HoldVisit
from common.wire import Done
from tests.client.wire_server import WireServer, certificate_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HITS = DiagnosisHits(diagnoses=(DiagnosisHit(code="J06.900", name="急性上呼吸道感染"),))
QUERY = SearchDiagnoses(text="sg")
COMMAND = HoldVisit(visit_id=7)


@pytest.fixture
def server() -> Iterator[WireServer]:
    made = WireServer()
    yield made
    made.stop()


@pytest.fixture
def line(server: WireServer) -> Iterator[Connection]:
    made = Connection(Service(server.url, desk=(3, "secret")))
    yield made
    made.close()


def test_a_reply_comes_back_as_its_class(server: WireServer, line: Connection) -> None:
    server.reply("search_diagnoses", HITS)
    assert line.call(QUERY) == HITS


def test_a_refusal_is_raised_with_its_fields(server: WireServer, line: Connection) -> None:
    from decimal import Decimal

    server.reply("hold_visit", NotEnoughStock(drug="阿莫西林", wanted=Decimal(24), left=Decimal(10), unit="粒"))
    with pytest.raises(NotEnoughStock) as caught:
        line.call(COMMAND, "id-1")
    assert caught.value.left == Decimal(10)
    assert "阿莫西林" in caught.value.sentence()


def test_a_lost_reply_leaves_a_command_unknown_and_a_query_unreachable(server: WireServer, line: Connection) -> None:
    server.reply("hold_visit", Done())
    server.reply("search_diagnoses", HITS)
    server.lose = 1
    with pytest.raises(OutcomeUnknown):
        line.call(COMMAND, "id-1")
    server.lose = 1
    with pytest.raises(Unreachable):
        line.call(QUERY)


def test_nobody_there_means_that_nothing_left(server: WireServer, line: Connection) -> None:
    server.stop()
    with pytest.raises(Unreachable):
        line.call(COMMAND, "id-1")


def test_a_gateways_page_is_no_word_of_the_service(server: WireServer, line: Connection) -> None:
    server.answers["hold_visit"] = lambda _body: (502, b"<html>Bad gateway</html>")
    with pytest.raises(OutcomeUnknown):
        line.call(COMMAND, "id-1")
    server.answers["hold_visit"] = lambda _body: (404, b"<html>Not here</html>")
    with pytest.raises(ServiceBroken):
        line.call(COMMAND, "id-1")


def test_the_headers_name_session_desk_and_request(server: WireServer, line: Connection) -> None:
    server.reply("hold_visit", Done())
    line.token = "t"
    assert line.headers()["Authorization"] == "Bearer t"
    assert line.headers()["Desk"] == "3:secret"
    line.call(COMMAND, "id-9")
    assert server.asked[-1][1] == "id-9"


@pytest.mark.parametrize("url", ["http://192.168.1.10:8460", "https://clinic:8460", "ftp://127.0.0.1", "clinic"])
def test_an_address_that_cannot_be_trusted_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|machine|fingerprint"):
        Service(url)


def test_only_the_pinned_certificate_is_accepted(tmp_path: Path) -> None:
    file, fingerprint = certificate_file(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = WireServer(context)
    server.reply("hold_visit", Done())
    right = Connection(Service(server.url, fingerprint))
    wrong = Connection(Service(server.url, hashlib.sha256(b"another").digest()))
    assert right.call(COMMAND, "id-1") == Done()
    with pytest.raises(WrongCertificate):
        wrong.call(COMMAND, "id-2")
    assert [request_id for _, request_id, _ in server.asked] == ["id-1"], "nothing went to the wrong one"
    right.close()
    wrong.close()
    server.stop()


def test_a_connection_that_the_service_closed_is_not_used_again(server: WireServer, line: Connection) -> None:
    server.reply("hold_visit", Done())
    line.call(COMMAND, "id-1")
    server.cut()
    assert line.call(COMMAND, "id-2") == Done()
    server.stop()
    server.start()
    assert line.call(COMMAND, "id-3") == Done()
    assert [request_id for _, request_id, _ in server.asked] == ["id-1", "id-2", "id-3"]


def test_connections_are_kept_open(server: WireServer, line: Connection) -> None:
    server.reply("search_diagnoses", HITS)
    for _ in range(5):
        line.call(QUERY)
    assert len(server._sockets) == 1
