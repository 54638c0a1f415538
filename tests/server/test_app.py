"""What the service tells of itself: OpenAPI, health, metrics; and that no input of any shape is a fault of its own."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from common.messages.patients import SearchPatients
from common.permissions import Permission
from common.wire import encode, new_request_id, request_types
from server import metrics
from server.app import App, Service
from server.config import Config
from server.dispatch import Call
from server.openapi import document, main
from tests import visits
from tests.harness import Clinic
from tests.server.office import Office
from tests.server.test_dispatch import token

DOCUMENT = json.loads(encode(document()))


# --- the document


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {value["$ref"]} if "$ref" in value else set().union(*map(references, value.values()), set())
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_the_document_is_sound_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert {reference.rpartition("/")[0] for reference in references(DOCUMENT)} == {"#/components/schemas"}
    assert {reference.rpartition("/")[2] for reference in references(DOCUMENT)} <= set(DOCUMENT["components"]["schemas"])
    operations = [path["post"] for path in DOCUMENT["paths"].values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    import jsonschema_rs

    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.validator_for(
            {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"]}
        )
    schemathesis.openapi.from_dict(DOCUMENT).config  # noqa: B018 -- reading it checks its frame


def test_every_request_is_in_it_with_its_words_and_its_permission() -> None:
    assert set(DOCUMENT["paths"]) == {f"/api/{name}" for name in request_types()}
    for name, kind in request_types().items():
        operation = DOCUMENT["paths"][f"/api/{name}"]["post"]
        assert operation["x-permission"] == kind.permission
        assert operation["summary"] == (kind.__doc__ or "").strip().splitlines()[0]
        assert bool(operation["security"]) is (kind.permission is not Permission.ANYONE)
        assert [p["name"] for p in operation.get("parameters", ())] == (["Request-Id"] if kind.writes else [])
        assert set(operation["responses"]) == {"200", "4XX", "5XX"}


def test_it_can_be_printed_and_asked_for(clinic: Clinic, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([]) == 0
    assert json.loads(capfdbinary.readouterr().out) == DOCUMENT
    assert httpx.get(f"{clinic.url}/openapi.json").json() == DOCUMENT


# --- whatever may come in


@pytest.fixture(scope="module")
def fuzzed(office: Office) -> dict[str, str]:
    """Sessions of everybody who may do something, by permission."""
    logins = ("zhouqing", "fangzhou", "suye", "qianduo", "kuyan", "admin", "yuanzhang", "xuning")
    tokens = {login: token(office, login) for login in logins}
    return {str(p): tokens[login] for login in logins for p in office.actor(login).permissions}


SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
#: They cost a password's hash each.
COSTLY = {"sign_in", "unlock", "change_password", "add_staff", "offer_pairing", "sign_out"}
WILD: list[Any] = ["", "\x00", "x" * 5000, -1, 2**63, 1e300, [], {}, None, True, "2026-13-99", "NaN", "Infinity", "1E+999"]


@pytest.mark.parametrize("name", sorted(set(request_types()) - COSTLY))
def test_nothing_that_fits_or_breaks_the_schema_is_a_fault(office: Office, fuzzed: dict[str, str], name: str) -> None:
    operation = SCHEMA[f"/api/{name}"]["POST"]
    kind = request_types()[name]
    asked: list[Any] = []

    def ask(body: Any) -> None:
        asked.append(body)
        text = body if isinstance(body, bytes) else msgspec.json.encode(body)
        answer = office.dispatch.answer(Call(name=name, body=text, token=fuzzed[kind.permission], request_id=new_request_id()))
        assert answer.status < 500, (body, answer.body)
        assert answer.status != 401, (body, answer.body)
        json.loads(answer.body)

    @settings(
        max_examples=8, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(case=operation.as_strategy())
    def fits(case: Any) -> None:
        ask(_plain(case.body))

    fits()
    assert asked
    bodies: list[Any] = [{}, [], None, "x", {"nonsense": 1}, dict.fromkeys(kind.__struct_fields__, -1)]
    for body in bodies:
        ask(body)
    for field in kind.__struct_fields__:
        for value in WILD:
            ask({field: value})


def _plain(body: Any) -> Any:
    """A generated body; one that JSON cannot hold (lone surrogates) as the bytes that somebody might send."""
    try:
        msgspec.json.encode(body)
    except (TypeError, UnicodeEncodeError, msgspec.EncodeError):
        return json.dumps(body, default=str).encode()
    return body


# --- health and figures


def test_health_says_what_is_there(clinic: Clinic) -> None:
    answer = httpx.get(f"{clinic.url}/health")
    assert (answer.status_code, answer.json()) == (200, {"service": "ok", "database": "ok"})


def test_health_says_when_the_database_is_gone(tmp_path: Any) -> None:
    import asyncio

    from server.clock import Clock
    from server.db import Database

    config = Config(dsn="postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", keys=tmp_path, threads=1)
    app = App(Service(config, Database(config.dsn), Clock()))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
            refused = await client.post("/api/sign_in", content=b"{}", headers={"Desk": "1:x"})
            assert (refused.status_code, refused.json()["error"]) == (503, "Unreachable")
            return await client.get("/health")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")
    app.service.threads.shutdown()


LINE = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+(Inf|NaN)?$')


def test_figures_are_prometheus_text_and_hold_nothing_of_a_patient(clinic: Clinic) -> None:
    clerk = clinic.desk(visits.CLERK)
    visits.new_patient(clinic, "费六", phone="13912349999")
    clerk.call(SearchPatients(text="费六"))
    for path in ("/api/费六", "/api/13912349999", "/api/x" * 20):
        for headers in ({}, {"Authorization": "Bearer x"}, {"Desk": "1:x"}):
            clerk.http.post(urllib.parse.quote(path), content=b"{}", headers=headers)
    answer = httpx.get(f"{clinic.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.match(line)] == []
    assert re.search(r'^xinglin_requests_total\{request="search_patients",status="200"\} [1-9]', answer.text, re.MULTILINE)
    assert "xinglin_desks_listening 0.0" in answer.text
    named = set(re.findall(r'request="([^"]*)"', answer.text))
    assert named <= {*request_types(), "?"}  # nobody from outside can make up series
    for secret in ("费六", "13912349999", urllib.parse.quote("费六")):
        assert secret not in answer.text


def test_requests_are_counted_by_their_outcome() -> None:
    def count(status: int) -> float:
        return float(metrics.REQUESTS.labels("get_shift", str(status))._value.get())

    before = count(200), count(409)
    metrics.observe("get_shift", 200, 0.01)
    metrics.observe("get_shift", 409, 0.01)
    assert (count(200), count(409)) == (before[0] + 1, before[1] + 1)
